/*
 * 63_rescreen_verb: rescreen_delta(), rescreen_full(), rescreen_due()
 */

/* ---------------------------------------------------------------------
 * what a tranche means for reviews that are done
 * ------------------------------------------------------------------ */

/*
 * Closed alerts whose entry is no longer the one that was reviewed are
 * reopened, confirmed matches get a notice; a new legal text alone makes
 * notices only; open alerts of an entry that left the list are marked.
 */
CREATE FUNCTION entity_screen.review_alerts(entry_ids bigint[])
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	item record;
	reopened integer := 0;
BEGIN
	FOR item IN
		WITH reviewed AS MATERIALIZED (
			SELECT DISTINCT u.id AS entry_id,
				entity_screen.entry_review_key(u.id) AS entry_key
			FROM unnest(entry_ids) AS u (id)
			WHERE EXISTS (
				SELECT FROM entity_screen.alert a WHERE a.entry_id = u.id))
		SELECT a.*,
			a.entry_key <> e.entry_key AS entry_changed,
			NOT EXISTS (
				SELECT FROM entity_screen.entry_version v
				WHERE v.entry_id = a.entry_id AND upper_inf(v.known)
					AND (upper_inf(v.valid)
						 OR upper(v.valid) > (now() AT TIME ZONE 'UTC')::date))
				AS is_removed,
			EXISTS (
				SELECT FROM entity_screen.entry_version v
				WHERE v.entry_id = a.entry_id AND upper_inf(v.known)
					AND lower(v.known) > a.changed_at) AS has_new_text
		FROM reviewed e
		JOIN entity_screen.alert a ON a.entry_id = e.entry_id
			AND a.alert_status <> 'superseded'
		ORDER BY a.alert_id
	LOOP
		IF item.is_removed THEN
			CONTINUE WHEN item.alert_status = 'closed'
				OR item.notice = 'entry_removed';
			PERFORM entity_screen.move_alert(item.alert_id,
				item.alert_status, 'entry_removed', item.disposition,
				item.disposition_id, 'entry_removed');
		ELSIF item.entry_changed AND item.alert_status = 'closed'
			AND item.disposition <> 'true_match' THEN
			PERFORM entity_screen.move_alert(item.alert_id, 'reopened',
				'entry_changed', notice => 'entry_changed');
			reopened := reopened + 1;
		ELSIF item.has_new_text AND item.alert_status <> 'reopened' THEN
			PERFORM entity_screen.move_alert(item.alert_id,
				item.alert_status, 'policy_changed', item.disposition,
				item.disposition_id,
				CASE WHEN item.entry_changed THEN 'entry_changed'
					ELSE 'policy_changed' END);
		END IF;
	END LOOP;
	UPDATE entity_screen.exception e
	SET notice = 'policy_changed'
	WHERE e.entry_id = ANY (entry_ids) AND e.exception_status = 'approved'
		AND EXISTS (
			SELECT FROM entity_screen.entry_version v
			WHERE v.entry_id = e.entry_id AND upper_inf(v.known)
				AND lower(v.known) > e.decided_at);
	RETURN reopened;
END;
$$;
COMMENT ON FUNCTION entity_screen.review_alerts(bigint[]) IS
'Internal: reopens or marks alerts whose entries have changed; returns how many were reopened';

/*
 * Entries that left their list, and of which open alerts do not say so yet.
 */
CREATE FUNCTION entity_screen.ended_entries()
RETURNS bigint[]
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT coalesce(array_agg(DISTINCT a.entry_id), '{}')
	FROM entity_screen.alert a
	WHERE a.alert_status NOT IN ('closed', 'superseded')
		AND a.notice IS DISTINCT FROM 'entry_removed'
		AND a.entry_id IS NOT NULL AND NOT EXISTS (
			SELECT FROM entity_screen.entry_version v
			WHERE v.entry_id = a.entry_id AND upper_inf(v.known)
				AND (upper_inf(v.valid)
					 OR upper(v.valid) > (now() AT TIME ZONE 'UTC')::date));
END;
COMMENT ON FUNCTION entity_screen.ended_entries() IS
'Internal: entries that left their list, and of which open alerts do not say so yet';

/* ---------------------------------------------------------------------
 * the verbs
 * ------------------------------------------------------------------ */

/*
 * rescreen_delta(tranche_id) - what a tranche means for the watched tables
 *
 * tranche_id	null: all that were published and not closed yet, for each
 *				watch
 *
 * Also looks at the rows that changed since the last sweep, at entries that
 * begin or end today, at everything when a threshold or the normalizer has
 * changed, and at rows of guarded tables that were in flight.  Exceptions and
 * closed alerts whose entry is another now are reopened.  Call it after each
 * load, and again as long as open_rescreens() has rows.
 *
 * Result: one row for each hit that is new, changed or gone, of the lists
 * that the caller may see; the work is done for all.  Errors: SC001 when a
 * list cannot be asked, P0002 for an unknown tranche.
 */
CREATE FUNCTION entity_screen.rescreen_delta(tranche_id bigint DEFAULT NULL)
RETURNS SETOF entity_screen.rescreen_hit
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	seen text[] := entity_screen.session_lists();
	item entity_screen.watch;
	tranches bigint[];
	entries bigint[];
BEGIN
	PERFORM FROM entity_screen.tranche t
	WHERE t.tranche_id = rescreen_delta.tranche_id
		AND entity_screen.session_may_see(t.list_code);
	IF rescreen_delta.tranche_id IS NOT NULL AND NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found',
			MESSAGE = format('there is no tranche %s',
							 rescreen_delta.tranche_id),
			DETAIL = 'No loaded rule has this number.',
			HINT = 'See entity_screen.v_tranche.';
	END IF;
	PERFORM FROM entity_screen.review_exceptions();
	IF rescreen_delta.tranche_id IS NULL THEN
		PERFORM entity_screen.review_alerts(ARRAY(
			SELECT DISTINCT e
			FROM unnest(entity_screen.tranches_in_flight(NULL)) AS t,
				entity_screen.entries_of_tranche(t) AS e));
	END IF;
	RETURN QUERY SELECT l.* FROM entity_screen.sweep_late_events(
		rescreen_delta.tranche_id) l
		WHERE l.list_code = ANY (seen);
	IF rescreen_delta.tranche_id IS NOT NULL THEN
		PERFORM entity_screen.review_alerts(ARRAY(
			SELECT entity_screen.entries_of_tranche(
				rescreen_delta.tranche_id)));
	END IF;
	FOR item IN SELECT w.* FROM entity_screen.lock_watches(NULL) w LOOP
		tranches := ARRAY(
			SELECT t.tranche_id FROM entity_screen.tranche t
			WHERE t.status IN ('approved', 'retracted')
				AND CASE WHEN rescreen_delta.tranche_id IS NULL
				THEN NOT EXISTS (
					SELECT FROM entity_screen.rescreen r
					WHERE r.watch_id = item.watch_id
						AND r.tranche_id = t.tranche_id
						AND r.xid = t.xid
						AND r.closed_at IS NOT NULL)
				ELSE t.tranche_id = rescreen_delta.tranche_id END);
		entries := ARRAY(
			SELECT e FROM unnest(tranches) AS t,
				entity_screen.entries_of_tranche(t) AS e
			UNION
			SELECT entity_screen.entries_due(item.screened_on,
				(SELECT max(s.today) FROM entity_screen.screening_scope(
					item.lists, NULL) s)));
		IF rescreen_delta.tranche_id IS NULL THEN
			PERFORM entity_screen.review_alerts(entries);
		END IF;
		RETURN QUERY SELECT s.* FROM entity_screen.sweep_watch(item,
			'delta', rescreen_delta.tranche_id,
			CASE WHEN item.screened_at IS NOT NULL THEN entries END,
			tranches) s
			WHERE s.list_code = ANY (seen);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.rescreen_delta(bigint) IS
'Screens the watched rows near the names that a tranche changed, and the rows that changed meanwhile; one row for each hit that is new, changed or gone. SC001, P0002.';

/*
 * rescreen_full(target) - all rows of a watched table, or of all
 *
 * Result and errors as rescreen_delta(); 42704 when it is not watched.
 */
CREATE FUNCTION entity_screen.rescreen_full(target regclass DEFAULT NULL)
RETURNS SETOF entity_screen.rescreen_hit
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	seen text[] := entity_screen.session_lists();
	item entity_screen.watch;
BEGIN
	PERFORM FROM entity_screen.review_exceptions();
	FOR item IN
		SELECT w.* FROM entity_screen.lock_watches(rescreen_full.target) w
	LOOP
		RETURN QUERY SELECT s.* FROM entity_screen.sweep_watch(item, 'full',
			NULL, NULL, NULL) s
			WHERE s.list_code = ANY (seen);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.rescreen_full(regclass) IS
'Screens all rows of a watched table, or of all watched tables; one row for each hit that is new, changed or gone. SC001, 42704.';

/*
 * rescreen_due() - what a new day brings
 *
 * Entries that begin or end since the last sweep, rows that changed since,
 * exceptions that expire.  For a daily schedule, or a shorter one.  Result
 * and errors as rescreen_delta().
 */
CREATE FUNCTION entity_screen.rescreen_due()
RETURNS SETOF entity_screen.rescreen_hit
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	seen text[] := entity_screen.session_lists();
	item entity_screen.watch;
	entries bigint[];
BEGIN
	PERFORM FROM entity_screen.review_exceptions();
	PERFORM entity_screen.review_alerts(entity_screen.ended_entries());
	FOR item IN SELECT w.* FROM entity_screen.lock_watches(NULL) w LOOP
		entries := ARRAY(SELECT entity_screen.entries_due(item.screened_on,
			(SELECT max(s.today) FROM entity_screen.screening_scope(
				item.lists, NULL) s)));
		PERFORM entity_screen.review_alerts(entries);
		RETURN QUERY SELECT s.* FROM entity_screen.sweep_watch(item, 'due',
			NULL, CASE WHEN item.screened_at IS NOT NULL THEN entries END,
			'{}') s
			WHERE s.list_code = ANY (seen);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.rescreen_due() IS
'Screens what a new day brings: entries that begin or end, rows that changed, exceptions that expired; one row for each hit that is new, changed or gone. SC001.';

/*
 * open_rescreens() - tranches that some watch has not done with
 *
 * waits_for: sessions whose transaction or snapshot is older than the
 * tranche, and prepared transactions that may be; a sweep after they have
 * ended closes it.
 */
CREATE FUNCTION entity_screen.open_rescreens()
RETURNS TABLE (
	target text,
	tranche_id bigint,
	citation text,
	swept_at timestamptz,
	waits_for text[])
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT w.target, t.tranche_id,
		coalesce(t.citation, t.document_number), r.swept_at,
		ARRAY(
			SELECT 'pid ' || a.pid FROM pg_stat_activity a
			WHERE a.pid <> pg_backend_pid()
				AND a.backend_type NOT IN ('autovacuum worker', 'walsender')
				AND (age(a.backend_xid) >= age(t.xid::xid)
					 OR age(a.backend_xmin) >= age(t.xid::xid))
			UNION ALL
			SELECT 'prepared ' || p.gid FROM pg_prepared_xacts p
			WHERE p.database = current_database()
				AND (age(p.transaction) >= age(t.xid::xid)
					 OR p.prepared <= coalesce(r.settled_at, now()))
			ORDER BY 1)
	FROM (SELECT o.watch_id, o.target::text AS target, o.lists,
			'-infinity'::timestamptz AS since
		  FROM entity_screen.watch o
		  WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = o.target)
		  UNION ALL
		  SELECT 0, 'guarded tables', NULL, min(g.created_at)
		  FROM entity_screen.guard g
		  HAVING count(*) > 0) w
	CROSS JOIN entity_screen.tranche t
	LEFT JOIN entity_screen.rescreen r
		ON r.watch_id = w.watch_id AND r.tranche_id = t.tranche_id
	WHERE t.status IN ('approved', 'retracted')
		AND t.known_from > w.since
		AND (r.closed_at IS NULL OR r.xid <> t.xid)
		AND (w.lists IS NULL OR t.list_code = ANY (w.lists))
	ORDER BY w.watch_id, t.tranche_id;
END;
COMMENT ON FUNCTION entity_screen.open_rescreens() IS
'Tranches that are published and not yet swept for good by a watch, and who is in the way';
