/*
 * 56_alert: work items, and how the code that screens opens them
 */

CREATE TABLE entity_screen.alert (
	alert_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	event_id bigint NOT NULL UNIQUE,
	guard_id bigint NOT NULL,
	target text NOT NULL,
	party_ref text,
	party text,
	entry_ids bigint[] NOT NULL,
	best_score double precision,
	alert_reason text NOT NULL CHECK (alert_reason IN (
		'hit', 'not_screened')),
	alert_status text NOT NULL DEFAULT 'open'
		CHECK (alert_status IN ('open', 'closed')),
	opened_at timestamptz NOT NULL
);
COMMENT ON TABLE entity_screen.alert IS
'Work items: one for each event of a guard with action alert or hold that needs a person';
COMMENT ON COLUMN entity_screen.alert.alert_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.alert.event_id IS
'The event that opened it';
COMMENT ON COLUMN entity_screen.alert.guard_id IS 'The guard';
COMMENT ON COLUMN entity_screen.alert.target IS 'The protected table';
COMMENT ON COLUMN entity_screen.alert.party_ref IS 'Key of the row';
COMMENT ON COLUMN entity_screen.alert.party IS 'The party';
COMMENT ON COLUMN entity_screen.alert.entry_ids IS
'Entries hit, best first; empty when screening failed';
COMMENT ON COLUMN entity_screen.alert.best_score IS 'Score of the best hit';
COMMENT ON COLUMN entity_screen.alert.alert_reason IS
'hit: the party hits an entry; not_screened: it could not be screened';
COMMENT ON COLUMN entity_screen.alert.alert_status IS 'open or closed';
COMMENT ON COLUMN entity_screen.alert.opened_at IS 'When it was opened';

SELECT pg_catalog.pg_extension_config_dump('entity_screen.alert', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.alert_alert_id_seq', '');

/*
 * open_alerts(event) - open what work an event makes
 *
 * Called for each event whose action is alert or hold and that needs a
 * person (hits, or not screened), in the transaction that writes the event
 * and with the rights of the owner of the extension.  It waits for no lock
 * that another transaction of a user may hold: two orders that are stored
 * at once do not block each other.
 *
 * Returns how many alerts were opened.
 */
CREATE FUNCTION entity_screen.open_alerts(event entity_screen.screening_event)
RETURNS integer
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	WITH opened AS (
		INSERT INTO entity_screen.alert (event_id, guard_id, target,
			party_ref, party, entry_ids, best_score, alert_reason, opened_at)
		SELECT (event).event_id, (event).guard_id, (event).target,
			(event).party_ref, (event).party,
			coalesce(array_agg(h.entry_id ORDER BY h.place)
					 FILTER (WHERE h.entry_id IS NOT NULL), '{}'),
			max(h.score),
			CASE WHEN (event).hit_count > 0 THEN 'hit'
				ELSE 'not_screened' END,
			(event).event_at
		FROM (
			SELECT (j.hit ->> 'entry_id')::bigint AS entry_id,
				(j.hit ->> 'score')::double precision AS score, j.place
			FROM jsonb_array_elements((event).hits)
				WITH ORDINALITY AS j (hit, place)) h
		RETURNING alert_id)
	SELECT count(*)::integer FROM opened;
END;
COMMENT ON FUNCTION entity_screen.open_alerts(entity_screen.screening_event) IS
'Internal: opens the alerts of an event that needs a person; returns how many';
