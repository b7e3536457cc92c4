/*
 * 63_rescreen_in_flight: guarded rows that were in flight while a tranche was
 * published
 *
 * A transaction that began before the publication screened with the list of
 * before, and may commit after it.  Its events say so: the version of the
 * lists they carry is not the present one.  rescreen_delta() asks about them
 * again and alerts; the row itself is what it is.  Under watch_id 0 the
 * table rescreen says which tranches are done with.
 */

/*
 * Events of guards, of the last day before a tranche was published or later,
 * that were screened with other lists than the present ones and are near one
 * of the entries.
 */
CREATE FUNCTION entity_screen.late_events(entry_ids bigint[],
										  since timestamptz)
RETURNS SETOF entity_screen.screening_event
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET entity_screen.threshold = 0.65
SET gin_fuzzy_search_limit = 0
SET jit = off
AS $$
BEGIN
	PERFORM set_config('entity_screen.threshold', (
		SELECT min(s.threshold)::text
		FROM entity_screen.guard g
		CROSS JOIN LATERAL entity_screen.screening_scope(g.lists, NULL,
														 g.guard_id) s),
		true);
	RETURN QUERY
	WITH stale AS MATERIALIZED (
		SELECT c.context_id FROM entity_screen.screening_context c
		WHERE c.list_version IS DISTINCT FROM
			entity_screen.version_of_lists(c.list_codes)
	), late AS MATERIALIZED (
		SELECT e.event_id, @extschema@.entity_name(e.party) AS name
		FROM entity_screen.screening_event e
		WHERE e.event_at >= since - interval '1 day'
			AND e.guard_id IS NOT NULL AND e.party ~ '[^ \t\r\n]'
			AND (e.context_id IS NULL
				 OR e.context_id IN (SELECT s.context_id FROM stale s))
	), near AS (
		SELECT DISTINCT l.event_id
		FROM late l
		JOIN entity_screen.entry_name n
			ON l.name OPERATOR(@extschema@.%) n.name
		WHERE upper_inf(n.known) AND n.entry_id = ANY (entry_ids))
	SELECT e.* FROM entity_screen.screening_event e
	WHERE e.event_at >= since - interval '1 day'
		AND e.event_id IN (SELECT r.event_id FROM near r)
	ORDER BY e.event_id;
END;
$$;
COMMENT ON FUNCTION entity_screen.late_events(bigint[], timestamptz) IS
'Internal: events of guards that were screened with lists of before and are near one of the entries';

/*
 * What such an event did not see: hits on the entries, that no alert of the
 * row speaks of yet.
 */
CREATE FUNCTION entity_screen.unseen_hits(
	event entity_screen.screening_event, entry_ids bigint[])
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_agg(h.value ORDER BY (h.value ->> 'score')::numeric DESC,
					 (h.value ->> 'entry_id')::bigint)
	FROM entity_screen.guard g
	CROSS JOIN LATERAL jsonb_array_elements(entity_screen.watched_hits(
		NULL, NULL, (event).party, (event).country, (event).address,
		CASE (event).on_date_basis WHEN 'row' THEN (event).on_date END,
		NULL, g.lists, g.guard_id)) h
	CROSS JOIN LATERAL (
		SELECT (h.value ->> 'entry_id')::bigint AS entry_id) n
	WHERE g.guard_id = (event).guard_id
		AND n.entry_id = ANY (entry_ids)
		AND NOT EXISTS (
			SELECT FROM jsonb_array_elements((event).hits) s
			WHERE (s.value ->> 'entry_id')::bigint = n.entry_id)
		AND NOT EXISTS (
			SELECT FROM entity_screen.alert a
			WHERE a.entry_id = n.entry_id AND a.target = (event).target
				AND a.party_ref IS NOT DISTINCT FROM (event).party_ref
				AND a.party_column IS NOT DISTINCT FROM (event).party_column
				AND a.party_key = entity_screen.party_review_key(
					(event).party, (event).country, (event).address));
END;
COMMENT ON FUNCTION entity_screen.unseen_hits(entity_screen.screening_event, bigint[]) IS
'Internal: hits of an event on the entries that neither it nor an alert speaks of';

/*
 * The tranches that guarded rows in flight may not have seen yet: null
 * tranche_id: all that were published since there is a guard and are not
 * closed.
 */
CREATE FUNCTION entity_screen.tranches_in_flight(tranche_id bigint)
RETURNS bigint[]
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT coalesce(array_agg(t.tranche_id), '{}')
	FROM entity_screen.tranche t
	WHERE t.status IN ('approved', 'retracted')
		AND t.known_from > (SELECT min(g.created_at)
							FROM entity_screen.guard g)
		AND CASE WHEN tranches_in_flight.tranche_id IS NOT NULL
			THEN t.tranche_id = tranches_in_flight.tranche_id
			ELSE NOT EXISTS (
				SELECT FROM entity_screen.rescreen r
				WHERE r.watch_id = 0 AND r.tranche_id = t.tranche_id
					AND r.xid = t.xid AND r.closed_at IS NOT NULL) END;
END;
COMMENT ON FUNCTION entity_screen.tranches_in_flight(bigint) IS
'Internal: tranches against which guarded rows in flight have not been screened for good';

CREATE FUNCTION entity_screen.guard_context(guard_id bigint)
RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT entity_screen.context_of(
		array_agg(s.list_code ORDER BY s.list_code),
		array_agg(s.threshold ORDER BY s.list_code),
		array_agg(s.weak_threshold ORDER BY s.list_code),
		entity_screen.config_ids_of(min(g.lists), NULL,
									guard_context.guard_id),
		entity_screen.version_of_lists(array_agg(s.list_code)))
	FROM entity_screen.guard g
	CROSS JOIN LATERAL entity_screen.screening_scope(g.lists, NULL,
													 g.guard_id) s
	WHERE g.guard_id = guard_context.guard_id;
END;
COMMENT ON FUNCTION entity_screen.guard_context(bigint) IS
'Internal: the row of screening_context for what a guard screens with now';

CREATE FUNCTION entity_screen.sweep_late_events(tranche_id bigint)
RETURNS SETOF entity_screen.rescreen_hit
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	tranches bigint[] := entity_screen.tranches_in_flight(
		sweep_late_events.tranche_id);
	settled CONSTANT bigint[] := entity_screen.settled_tranches();
	closable CONSTANT bigint[] := entity_screen.closable_tranches(0, settled);
	entries bigint[];
	event entity_screen.screening_event;
	run bigint;
	fresh jsonb;
	looked bigint := 0;
	hits bigint := 0;
	alerts bigint := 0;
BEGIN
	IF cardinality(tranches) = 0 THEN
		RETURN;
	END IF;
	PERFORM entity_screen.check_lists_usable(g.lists)
	FROM entity_screen.guard g
	WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = g.target);
	entries := ARRAY(SELECT DISTINCT e FROM unnest(tranches) AS t,
					 entity_screen.entries_of_tranche(t) AS e);
	run := entity_screen.start_run('delta', NULL,
		jsonb_build_object('guards', true), NULL, NULL,
		sweep_late_events.tranche_id);
	FOR event IN
		SELECT l.* FROM entity_screen.late_events(entries,
			(SELECT min(t.known_from) FROM entity_screen.tranche t
			 WHERE t.tranche_id = ANY (tranches))) l
	LOOP
		looked := looked + 1;
		fresh := entity_screen.unseen_hits(event, entries);
		CONTINUE WHEN fresh IS NULL;
		hits := hits + jsonb_array_length(fresh);
		alerts := alerts + entity_screen.record_party(run, event.target,
			event.party_ref, event.party_column, event.party, event.country,
			event.address, event.on_date, event.on_date_basis = 'row',
			'alert', fresh, entity_screen.guard_context(event.guard_id));
		RETURN QUERY SELECT event.target, event.party_ref,
			event.party_column, event.party, h.value ->> 'list_code',
			(h.value ->> 'entry_id')::bigint, h.value ->> 'entry_name',
			(h.value ->> 'score')::double precision, 'new'
			FROM jsonb_array_elements(fresh) h;
	END LOOP;
	PERFORM entity_screen.mark_swept(
		jsonb_populate_record(NULL::entity_screen.watch, '{"watch_id": 0}'),
		(SELECT r.list_codes FROM entity_screen.screening_run r
		 WHERE r.run_id = run), run, tranches, settled, closable);
	PERFORM entity_screen.finish_run(run, looked, hits, alerts, NULL);
END;
$$;
COMMENT ON FUNCTION entity_screen.sweep_late_events(bigint) IS
'Internal: alerts what guarded rows in flight did not see of a tranche';

/*
 * A party whose owners change is looked at again.
 */
CREATE FUNCTION entity_screen.queue_owned(party_owner_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET entity_screen.threshold = 1
SET gin_fuzzy_search_limit = 0
AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO entity_screen.watch_queue (watch_id, party_ref, party_column,
		changed_at)
	SELECT w.watch_id, w.party_ref, w.party_column, clock_timestamp()
	FROM entity_screen.party_owner o
	JOIN entity_screen.watch x ON x.target::text = o.target
	JOIN entity_screen.watched_name w
		ON w.watch_id = x.watch_id AND w.party_ref = o.party_ref
	WHERE o.party_owner_id = queue_owned.party_owner_id
		AND upper_inf(o.known)
	UNION ALL
	SELECT w.watch_id, w.party_ref, w.party_column, clock_timestamp()
	FROM entity_screen.party_owner o
	JOIN entity_screen.watched_name w
		ON w.name OPERATOR(@extschema@.%) @extschema@.entity_name(o.party)
	WHERE o.party_owner_id = queue_owned.party_owner_id
		AND upper_inf(o.known)
		AND o.party_ref IS NULL;
END;
$$;
COMMENT ON FUNCTION entity_screen.queue_owned(bigint) IS
'Internal: queues the watched rows of a party whose owner was added or ended';
