/*
 * 63_rescreen_sweep: one run over one watch, and what it is done with
 */

/*
 * The rows a sweep looks at: those that changed, those near the entries,
 * those that were known to hit one of them; in a full sweep those that
 * cannot be read as well.
 */
CREATE FUNCTION entity_screen.rows_to_sweep(item entity_screen.watch,
	entry_ids bigint[], changed entity_screen.watch_queue[],
	list_codes text[], lowest double precision)
RETURNS TABLE (party_ref text, party_column text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT q.party_ref, q.party_column FROM unnest(changed) q
	UNION
	SELECT n.party_ref, n.party_column
	FROM entity_screen.near_watched(item, list_codes, entry_ids, lowest) n
	UNION
	SELECT h.party_ref, h.party_column
	FROM entity_screen.watch_hit h
	WHERE h.watch_id = (item).watch_id
		AND (entry_ids IS NULL OR h.entry_id = ANY (entry_ids))
	UNION
	SELECT w.party_ref, w.party_column
	FROM entity_screen.watched_name w
	WHERE entry_ids IS NULL AND w.watch_id = (item).watch_id
		AND coalesce(@extschema@.entity_normal_form(w.name), '') = '';
END;
COMMENT ON FUNCTION entity_screen.rows_to_sweep(entity_screen.watch, bigint[], entity_screen.watch_queue[], text[], double precision) IS
'Internal: the watched rows that a sweep asks about';

/*
 * Of which tranches nobody is left who may have read the lists before them
 * and still write rows: no transaction that was running, and no snapshot,
 * as of REPEATABLE READ, that was taken before they were published.  A sweep
 * asks this first and reads afterwards, so that it sees what those have
 * written.  A transaction whose snapshot stays is told nothing.
 */
CREATE FUNCTION entity_screen.settled_tranches()
RETURNS bigint[]
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT coalesce(array_agg(t.tranche_id), '{}')
	FROM entity_screen.tranche t
	WHERE current_setting('transaction_isolation') = 'read committed'
		AND t.xid < pg_snapshot_xmin(pg_current_snapshot())
		AND NOT EXISTS (
			SELECT FROM pg_stat_activity a
			WHERE a.pid <> pg_backend_pid()
				AND a.backend_type NOT IN ('autovacuum worker', 'walsender')
				AND age(a.backend_xmin) >= age(t.xid::xid));
END;
COMMENT ON FUNCTION entity_screen.settled_tranches() IS
'Internal: tranches that no running transaction and no snapshot is older than';

CREATE FUNCTION entity_screen.prepared_before(moment timestamptz)
RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM pg_prepared_xacts p
		WHERE p.database = current_database()
			AND p.prepared <= prepared_before.moment);
END;
COMMENT ON FUNCTION entity_screen.prepared_before(timestamptz) IS
'Internal: whether a transaction that was prepared by then has not ended';

/*
 * Of which tranches a sweep that begins to read now is the last: settled, now
 * or at an earlier sweep, and no transaction that was prepared by then is
 * left.
 */
CREATE FUNCTION entity_screen.closable_tranches(watch_id bigint,
												settled bigint[])
RETURNS bigint[]
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT coalesce(array_agg(t.tranche_id), '{}')
	FROM entity_screen.tranche t
	LEFT JOIN entity_screen.rescreen r
		ON r.watch_id = closable_tranches.watch_id
		AND r.tranche_id = t.tranche_id AND r.xid = t.xid
	WHERE current_setting('transaction_isolation') = 'read committed'
		AND (r.settled_at IS NOT NULL OR t.tranche_id = ANY (settled))
		AND NOT entity_screen.prepared_before(
			coalesce(r.settled_at, clock_timestamp()));
END;
COMMENT ON FUNCTION entity_screen.closable_tranches(bigint, bigint[]) IS
'Internal: tranches that a sweep which begins to read now is done with';

/*
 * Which tranches a sweep has covered.
 */
CREATE FUNCTION entity_screen.mark_swept(item entity_screen.watch,
	list_codes text[], run_id bigint, tranche_ids bigint[],
	settled bigint[], closable bigint[])
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.rescreen AS r (watch_id, tranche_id, run_id,
		xid, sweep_count, swept_at, settled_at, closed_at)
	SELECT (item).watch_id, t.tranche_id, mark_swept.run_id, t.xid, 1,
		clock_timestamp(),
		CASE WHEN t.tranche_id = ANY (settled) THEN clock_timestamp() END,
		CASE WHEN t.tranche_id = ANY (closable) THEN clock_timestamp() END
	FROM entity_screen.tranche t
	WHERE t.list_code = ANY (list_codes)
		AND t.status IN ('approved', 'retracted')
		AND (tranche_ids IS NULL OR t.tranche_id = ANY (tranche_ids))
	ON CONFLICT (watch_id, tranche_id) DO UPDATE
	SET run_id = EXCLUDED.run_id, xid = EXCLUDED.xid,
		sweep_count = r.sweep_count + 1, swept_at = EXCLUDED.swept_at,
		settled_at = CASE WHEN r.xid = EXCLUDED.xid
			THEN coalesce(r.settled_at, EXCLUDED.settled_at)
			ELSE EXCLUDED.settled_at END,
		closed_at = EXCLUDED.closed_at
	WHERE r.closed_at IS NULL OR r.xid <> EXCLUDED.xid
		OR tranche_ids IS NOT NULL;
END;
COMMENT ON FUNCTION entity_screen.mark_swept(entity_screen.watch, text[], bigint, bigint[], bigint[], bigint[]) IS
'Internal: records which tranches a sweep covered; null tranche_ids: all of the lists';

/*
 * sweep_watch() - one watch, for some entries or for all
 *
 * entry_ids	null: all rows near any name
 * tranche_ids	the tranches this covers; null: all
 */
CREATE FUNCTION entity_screen.sweep_watch(item entity_screen.watch,
	run_kind text, tranche_id bigint, entry_ids bigint[],
	tranche_ids bigint[])
RETURNS SETOF entity_screen.rescreen_hit
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	run entity_screen.screening_run;
	changed entity_screen.watch_queue[];
	lowest double precision;
	near_entries bigint[] := entry_ids;
	settled CONSTANT bigint[] := entity_screen.settled_tranches();
	closable CONSTANT bigint[] := entity_screen.closable_tranches(
		item.watch_id, settled);
	done bigint := 0;
	hits bigint := 0;
	alerts bigint := 0;
	place record;
	found_hit record;
BEGIN
	SELECT min(s.threshold) INTO lowest
	FROM entity_screen.screening_scope(item.lists, NULL) s;
	run.run_id := entity_screen.start_run(sweep_watch.run_kind,
		item.target::text, jsonb_build_object('entries',
		cardinality(entry_ids)), item.lists, NULL, sweep_watch.tranche_id);
	SELECT r.* INTO run FROM entity_screen.screening_run r
	WHERE r.run_id = run.run_id;
	WITH taken AS (
		DELETE FROM entity_screen.watch_queue q
		WHERE q.watch_id = item.watch_id RETURNING q.*)
	SELECT array_agg(t::entity_screen.watch_queue) INTO changed FROM taken t;
	IF entity_screen.scope_changed(item.scope,
								   entity_screen.scope_of_watch(item)) THEN
		near_entries := NULL;
	END IF;
	PERFORM entity_screen.report_progress(item.target, 0);
	FOR place IN
		SELECT r.* FROM entity_screen.rows_to_sweep(item, near_entries,
			changed, run.list_codes, lowest) r
		ORDER BY 1, 2
	LOOP
		done := done + 1;
		PERFORM entity_screen.report_progress(item.target, done);
		FOR found_hit IN
			SELECT s.* FROM entity_screen.sweep_row(item, run,
				place.party_ref, place.party_column) s
		LOOP
			hits := hits + (found_hit.change <> 'gone')::integer;
			alerts := alerts + found_hit.alert_count;
			RETURN QUERY SELECT run.target, place.party_ref,
				place.party_column, found_hit.party_name,
				found_hit.list_code, found_hit.entry_id,
				found_hit.entry_name, found_hit.score, found_hit.change;
		END LOOP;
	END LOOP;
	PERFORM entity_screen.report_progress(item.target, -1);
	PERFORM entity_screen.mark_swept(item, run.list_codes, run.run_id,
									 tranche_ids, settled, closable);
	PERFORM entity_screen.finish_run(run.run_id, done, hits, alerts, NULL);
	UPDATE entity_screen.watch w
	SET scope = entity_screen.scope_of_watch(item),
		screened_at = CASE WHEN entry_ids IS NULL THEN clock_timestamp()
			ELSE w.screened_at END,
		screened_on = (SELECT min(s.today) FROM entity_screen.screening_scope(
					   item.lists, NULL) s)
	WHERE w.watch_id = item.watch_id;
END;
$$;
COMMENT ON FUNCTION entity_screen.sweep_watch(entity_screen.watch, text, bigint, bigint[], bigint[]) IS
'Internal: one run over one watch';

/* The watches, one at a time: rescreening one twice at once would be idle */
CREATE FUNCTION entity_screen.lock_watches(target regclass)
RETURNS SETOF entity_screen.watch
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	item entity_screen.watch;
BEGIN
	IF lock_watches.target IS NOT NULL THEN
		PERFORM entity_screen.watch_of(lock_watches.target);
	END IF;
	FOR item IN
		SELECT w.* FROM entity_screen.watch w
		WHERE (lock_watches.target IS NULL OR w.target = lock_watches.target)
			AND EXISTS (SELECT FROM pg_class c WHERE c.oid = w.target)
		ORDER BY w.watch_id
	LOOP
		PERFORM entity_screen.check_lists_usable(item.lists);
		PERFORM pg_advisory_xact_lock(hashtext('entity_screen.rescreen'),
									  item.watch_id::integer);
		RETURN QUERY SELECT w.* FROM entity_screen.watch w
			WHERE w.watch_id = item.watch_id;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.lock_watches(regclass) IS
'Internal: the watches of a table, or all, each locked against another rescreening; SC001 when the lists cannot be asked';
