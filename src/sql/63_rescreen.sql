/*
 * 63_rescreen: screening watched tables again
 *
 * watch_hit holds what the rows of a watched table hit as of the last
 * screening.  A sweep finds the rows that may hit something else now, asks
 * about each of them, and writes the difference: events and alerts for what
 * is new or has changed, notices for what is gone.  A full sweep looks at all
 * rows near any name, a delta at those near the names of changed entries:
 * both end in the same watch_hit.
 */

CREATE TABLE entity_screen.rescreen (
	watch_id bigint NOT NULL,
	tranche_id bigint NOT NULL,
	run_id bigint NOT NULL,
	xid xid8 NOT NULL,
	sweep_count integer NOT NULL,
	swept_at timestamptz NOT NULL,
	settled_at timestamptz,
	closed_at timestamptz,
	PRIMARY KEY (watch_id, tranche_id)
);
COMMENT ON TABLE entity_screen.rescreen IS
'Which tranches were screened against which watch. One is closed when no transaction is left that began before the tranche was published.';
COMMENT ON COLUMN entity_screen.rescreen.watch_id IS
'The watch; 0: the guarded tables';
COMMENT ON COLUMN entity_screen.rescreen.tranche_id IS 'The tranche';
COMMENT ON COLUMN entity_screen.rescreen.run_id IS 'Run that swept it last';
COMMENT ON COLUMN entity_screen.rescreen.xid IS
'Transaction that had published, or retracted, the tranche then';
COMMENT ON COLUMN entity_screen.rescreen.sweep_count IS 'How often it was';
COMMENT ON COLUMN entity_screen.rescreen.swept_at IS 'When it was swept last';
COMMENT ON COLUMN entity_screen.rescreen.settled_at IS
'When no session was left whose transaction or snapshot is older than the tranche; one that was prepared by then may still commit';
COMMENT ON COLUMN entity_screen.rescreen.closed_at IS
'When nothing in flight was left; null while another sweep is due';

SELECT pg_catalog.pg_extension_config_dump('entity_screen.rescreen', '');

/* ---------------------------------------------------------------------
 * what may have changed
 * ------------------------------------------------------------------ */

/*
 * Entries that a tranche speaks of, or whose rows it made this database
 * write again.
 */
CREATE FUNCTION entity_screen.entries_of_tranche(tranche_id bigint)
RETURNS SETOF bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT o.entry_id
	FROM entity_screen.tranche_operation o
	WHERE o.tranche_id = entries_of_tranche.tranche_id
		AND o.entry_id IS NOT NULL
	UNION
	SELECT v.entry_id
	FROM entity_screen.tranche t
	CROSS JOIN LATERAL (
		SELECT n.entry_id, n.known FROM entity_screen.entry_name n
		UNION ALL
		SELECT a.entry_id, a.known FROM entity_screen.entry_address a
		UNION ALL
		SELECT e.entry_id, e.known FROM entity_screen.entry_version e) v
	WHERE t.tranche_id = entries_of_tranche.tranche_id
		AND t.known_from IN (lower(v.known), upper(v.known));
END;
COMMENT ON FUNCTION entity_screen.entries_of_tranche(bigint) IS
'Internal: the entries that a tranche changed';

/* Entries that become the law, or stop to be, in a span of days */
CREATE FUNCTION entity_screen.entries_due(first_day date, last_day date)
RETURNS SETOF bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT DISTINCT v.entry_id
	FROM (
		SELECT n.entry_id, n.valid FROM entity_screen.entry_name n
		WHERE upper_inf(n.known)
		UNION ALL
		SELECT a.entry_id, a.valid FROM entity_screen.entry_address a
		WHERE upper_inf(a.known)
		UNION ALL
		SELECT e.entry_id, e.valid FROM entity_screen.entry_version e
		WHERE upper_inf(e.known)) v
	WHERE lower(v.valid) BETWEEN first_day AND last_day
		OR upper(v.valid) BETWEEN first_day AND last_day;
END;
COMMENT ON FUNCTION entity_screen.entries_due(date, date) IS
'Internal: the entries of which something begins or ends in a span of days';

CREATE FUNCTION entity_screen.scope_of_watch(item entity_screen.watch)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('normalizer',
			entity_screen.normalizer_version(),
			'announced', (
				SELECT p.announced_counts
				FROM entity_screen.policy_at(NULL) p))
		|| coalesce(jsonb_object_agg(s.list_code, jsonb_build_array(
			s.threshold::numeric, s.weak_threshold::numeric)),
			'{}')
	FROM entity_screen.screening_scope((item).lists, NULL) s;
END;
COMMENT ON FUNCTION entity_screen.scope_of_watch(entity_screen.watch) IS
'Internal: lists, thresholds and normalizer with which a watch is screened now';

/* Did a threshold or the normalizer change since the last sweep? */
CREATE FUNCTION entity_screen.scope_changed(before jsonb, after jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT before IS NULL OR EXISTS (
		SELECT FROM jsonb_each(before) b
		WHERE after -> b.key IS DISTINCT FROM b.value);
END;
COMMENT ON FUNCTION entity_screen.scope_changed(jsonb, jsonb) IS
'Internal: whether what a watch was screened with has changed, new lists aside';

/* ---------------------------------------------------------------------
 * rows to look at
 * ------------------------------------------------------------------ */

/*
 * Rows near a current name of the entries, or of any entry: one join, by the
 * index on the watched names or, for many names, in memory.
 */
CREATE FUNCTION entity_screen.near_watched(item entity_screen.watch,
	list_codes text[], entry_ids bigint[], lowest double precision)
RETURNS TABLE (party_ref text, party_column text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET entity_screen.threshold = 0.65
SET gin_fuzzy_search_limit = 0
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
	PERFORM set_config('entity_screen.threshold', lowest::text, true);
	IF entry_ids IS NULL THEN
		RETURN QUERY
		SELECT DISTINCT w.party_ref, w.party_column
		FROM entity_screen.watched_name w
		JOIN entity_screen.entry_name n
			ON w.name OPERATOR(@extschema@.%) n.name
		WHERE w.watch_id = item.watch_id AND upper_inf(n.known)
			AND n.entry_id IN (SELECT e.entry_id FROM entity_screen.entry e
							   WHERE e.list_code = ANY (list_codes));
	ELSE
		RETURN QUERY
		SELECT DISTINCT w.party_ref, w.party_column
		FROM entity_screen.entry_name n
		JOIN entity_screen.watched_name w
			ON w.name OPERATOR(@extschema@.%) n.name
		WHERE w.watch_id = item.watch_id AND upper_inf(n.known)
			AND n.entry_id = ANY (entry_ids);
	END IF;
	RETURN QUERY
	WITH listed AS MATERIALIZED (
		SELECT DISTINCT o.target, o.party_ref, o.party
		FROM entity_screen.party_owner o
		JOIN entity_screen.entry_name n
			ON n.name OPERATOR(@extschema@.%)
				@extschema@.entity_name(o.owner_name)
		WHERE upper_inf(n.known) AND upper_inf(o.known)
			AND (entry_ids IS NULL OR n.entry_id = ANY (entry_ids)))
	SELECT w.party_ref, w.party_column
	FROM listed l
	JOIN entity_screen.watched_name w ON w.watch_id = item.watch_id
		AND w.party_ref = l.party_ref AND l.target = item.target::text
	UNION ALL
	SELECT w.party_ref, w.party_column
	FROM listed l
	JOIN entity_screen.watched_name w ON w.watch_id = item.watch_id
		AND w.name OPERATOR(@extschema@.%) @extschema@.entity_name(l.party)
		AND w.name OPERATOR(@extschema@.=) @extschema@.entity_name(l.party)
	WHERE l.party_ref IS NULL;
	RETURN QUERY
	SELECT w.party_ref, w.party_column
	FROM entity_screen.watched_name w
	WHERE w.watch_id = item.watch_id AND w.address IS NOT NULL
		AND EXISTS (
			SELECT FROM entity_screen.entry_version v
			WHERE v.entry_type = 'address_only'
				AND (entry_ids IS NULL OR v.entry_id = ANY (entry_ids)))
		AND EXISTS (
			SELECT FROM entity_screen.address_candidate(w.address));
END;
$$;
COMMENT ON FUNCTION entity_screen.near_watched(entity_screen.watch, text[], bigint[], double precision) IS
'Internal: the watched rows near a name or address of the entries; null entry_ids: of any entry';
