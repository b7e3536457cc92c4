/*
 * 55_count: how much was screened and hit, kept while events are sealed
 *
 * A dashboard must not read ten million events to draw a month.  Sealing
 * passes each event once, so it adds them up here, by quarter hour: that
 * makes days of every time zone.  Events not sealed yet are added up when
 * the views are read.  The counts outlive the events that pruning deletes.
 */

CREATE TABLE entity_screen.screening_count (
	quarter_at timestamptz NOT NULL,
	target text NOT NULL,
	action text NOT NULL,
	decision text NOT NULL,
	private_lists text[] NOT NULL,
	screening_count bigint NOT NULL,
	hit_count bigint NOT NULL,
	PRIMARY KEY (quarter_at, target, action, decision, private_lists)
);
COMMENT ON TABLE entity_screen.screening_count IS
'Sealed events added up. Kept by seal_audit() alone.';
COMMENT ON COLUMN entity_screen.screening_count.quarter_at IS
'Quarter of an hour in which they were screened, its start';
COMMENT ON COLUMN entity_screen.screening_count.target IS
'Table of the screened rows';
COMMENT ON COLUMN entity_screen.screening_count.action IS
'Action of the guard';
COMMENT ON COLUMN entity_screen.screening_count.decision IS
'What came of it';
COMMENT ON COLUMN entity_screen.screening_count.private_lists IS
'Private lists that were hit: such parties are counted apart, so that who may not see a list cannot count its hits';
COMMENT ON COLUMN entity_screen.screening_count.screening_count IS
'Parties screened';
COMMENT ON COLUMN entity_screen.screening_count.hit_count IS 'Entries hit';

CREATE TABLE entity_screen.hit_count (
	quarter_at timestamptz NOT NULL,
	target text NOT NULL,
	decision text NOT NULL,
	list_code text NOT NULL,
	tranche_id bigint NOT NULL,
	hit_count bigint NOT NULL,
	PRIMARY KEY (quarter_at, target, decision, list_code, tranche_id)
);
COMMENT ON TABLE entity_screen.hit_count IS
'Hits of sealed events added up by list and tranche. Kept by seal_audit() alone.';
COMMENT ON COLUMN entity_screen.hit_count.quarter_at IS
'Quarter of an hour in which they were screened, its start';
COMMENT ON COLUMN entity_screen.hit_count.target IS
'Table of the screened rows';
COMMENT ON COLUMN entity_screen.hit_count.decision IS
'What came of the party';
COMMENT ON COLUMN entity_screen.hit_count.list_code IS 'List of the entry';
COMMENT ON COLUMN entity_screen.hit_count.tranche_id IS
'Tranche whose text was the law on the date of the row';
COMMENT ON COLUMN entity_screen.hit_count.hit_count IS 'Entries hit';

SELECT pg_catalog.pg_extension_config_dump('entity_screen.screening_count',
										   '');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.hit_count', '');

CREATE FUNCTION entity_screen.quarter_of(moment timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT date_bin('15 minutes', moment, '2000-01-01 00:00:00+00');
END;
COMMENT ON FUNCTION entity_screen.quarter_of(timestamptz) IS
'Start of the quarter of an hour of a moment, the same in every time zone';

/*
 * A release is no screening.
 */
CREATE FUNCTION entity_screen.count_events(month date, event_ids bigint[])
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.screening_count AS c (quarter_at, target,
		action, decision, private_lists, screening_count, hit_count)
	SELECT entity_screen.quarter_of(e.event_at), e.target, e.action,
		e.decision, p.lists, sum(coalesce(e.row_count, 1)), sum(e.hit_count)
	FROM entity_screen.screening_event e
	CROSS JOIN LATERAL (
		SELECT coalesce(array_agg(DISTINCT l.list_code
				ORDER BY l.list_code), '{}'::text[]) AS lists
		FROM jsonb_to_recordset(e.hits) AS h (list_code text)
		JOIN entity_screen.screening_list l
			ON l.list_code = h.list_code AND l.visibility = 'private') p
	WHERE e.event_id = ANY (count_events.event_ids)
		AND e.event_at >= count_events.month::timestamp AT TIME ZONE 'UTC'
		AND e.event_at < (count_events.month + interval '1 month')
			AT TIME ZONE 'UTC'
		AND e.row_operation <> 'release'
	GROUP BY entity_screen.quarter_of(e.event_at), e.target, e.action,
		e.decision, p.lists
	ON CONFLICT (quarter_at, target, action, decision, private_lists)
		DO UPDATE
	SET screening_count = c.screening_count + excluded.screening_count,
		hit_count = c.hit_count + excluded.hit_count;
	INSERT INTO entity_screen.hit_count AS c (quarter_at, target, decision,
		list_code, tranche_id, hit_count)
	SELECT entity_screen.quarter_of(e.event_at), e.target, e.decision,
		h.list_code, h.tranche_id, count(*)
	FROM entity_screen.screening_event e
	CROSS JOIN LATERAL jsonb_to_recordset(e.hits)
		AS h (list_code text, tranche_id bigint)
	WHERE e.event_id = ANY (count_events.event_ids)
		AND e.event_at >= count_events.month::timestamp AT TIME ZONE 'UTC'
		AND e.event_at < (count_events.month + interval '1 month')
			AT TIME ZONE 'UTC'
		AND e.hits IS NOT NULL
	GROUP BY entity_screen.quarter_of(e.event_at), e.target, e.decision,
		h.list_code, h.tranche_id
	ON CONFLICT (quarter_at, target, decision, list_code, tranche_id)
		DO UPDATE
	SET hit_count = c.hit_count + excluded.hit_count;
END;
COMMENT ON FUNCTION entity_screen.count_events(date, bigint[]) IS
'Internal: adds events of a month to the counts; seal_audit() calls it once for each event';

/*
 * The largest xid8 there can be: whatever is not sealed.
 */
CREATE FUNCTION entity_screen.uncounted_event()
RETURNS SETOF entity_screen.screening_event
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT u.*
	FROM entity_screen.unsealed_event('18446744073709551615'::xid8,
		entity_screen.chain_is_foreign()) u;
END;
COMMENT ON FUNCTION entity_screen.uncounted_event() IS
'Events that are in no count yet, since they are not sealed';
