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

/* ---------------------------------------------------------------------
 * one row
 * ------------------------------------------------------------------ */

/*
 * All hits of a party, whoever rescreens: as a guard asks and not as
 * screen_party(), which asks for its user.
 */
CREATE FUNCTION entity_screen.watched_hits(target text, party_ref text,
	party text, country text, address text, on_date date,
	moment timestamptz, lists text[], guard_id bigint)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH scope AS MATERIALIZED (
		SELECT array_agg(s.list_code ORDER BY s.list_code) AS list_codes,
			array_agg(coalesce(watched_hits.on_date,
				(watched_hits.moment AT TIME ZONE s.time_zone)::date,
				s.today) ORDER BY s.list_code) AS on_dates,
			array_agg(s.threshold ORDER BY s.list_code) AS thresholds,
			array_agg(s.weak_threshold ORDER BY s.list_code)
				AS weak_thresholds,
			min(s.threshold) AS lowest
		FROM entity_screen.screening_scope(watched_hits.lists, NULL,
										   watched_hits.guard_id) s
	), direct AS MATERIALIZED (
		SELECT h.entry_id, h.score, to_jsonb(h) - 'party'
			|| jsonb_build_object('score', h.score::numeric) AS hit
		FROM scope q
		CROSS JOIN LATERAL entity_screen.hit(watched_hits.party,
			watched_hits.country, watched_hits.address, NULL,
			(SELECT p.announced_counts FROM entity_screen.policy_at(NULL) p),
			q.list_codes, q.on_dates, q.thresholds, q.weak_thresholds,
			q.lowest) h
		WHERE h.is_listed OR h.advisory = 'announced_not_effective'
	)
	SELECT jsonb_agg(x.hit ORDER BY x.score DESC, x.entry_id)
	FROM (
		SELECT d.entry_id, d.score, d.hit FROM direct d
		UNION ALL
		SELECT o.entry_id, o.score, o.hit
		FROM (SELECT s.* FROM scope s
			  WHERE entity_screen.has_owner(watched_hits.party,
				watched_hits.target, watched_hits.party_ref)) q
		CROSS JOIN LATERAL entity_screen.owner_hits(watched_hits.party,
			watched_hits.target, watched_hits.party_ref, q.list_codes,
			q.on_dates, q.thresholds, q.weak_thresholds, q.lowest, false) o
		WHERE NOT EXISTS (
			SELECT FROM direct d WHERE d.entry_id = o.entry_id)) x;
END;
COMMENT ON FUNCTION entity_screen.watched_hits(text, text, text, text, text, date, timestamptz, text[], bigint) IS
'Internal: the hits of a party as evidence keeps them, on all lists in scope; with the thresholds of a guard, if one is named';

/*
 * No answer is not the same as no hit: SC001 when a list in scope cannot be
 * asked.
 */
CREATE FUNCTION entity_screen.check_lists_usable(lists text[])
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	scope record;
BEGIN
	SELECT s.list_code, s.problem INTO scope
	FROM entity_screen.screening_scope(check_lists_usable.lists, NULL) s
	ORDER BY s.problem IS NULL, s.list_code LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SC001',
			MESSAGE = 'there is no list to screen against',
			DETAIL = 'No screening list has been loaded, or none was asked for.',
			HINT = 'Load a list with entity_screen.load_tranche().';
	ELSIF scope.problem IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SC001',
			MESSAGE = format('screening list "%s" cannot be used',
							 scope.list_code),
			DETAIL = format('The list is not usable: %s.', scope.problem),
			HINT = 'Load it with entity_screen.load_tranche(), or refresh its names with entity_screen.refresh_names(). See entity_screen.v_list_status.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_lists_usable(text[]) IS
'Internal: raises SC001 unless every list in scope can be asked';

/*
 * A hit that is gone stays in the alert, with a notice for the reviewer.
 */
CREATE FUNCTION entity_screen.note_gone(target text, party_ref text,
	party_column text, entry_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	item entity_screen.alert;
	cause text := CASE WHEN EXISTS (
		SELECT FROM entity_screen.entry_version v
		WHERE v.entry_id = note_gone.entry_id AND upper_inf(v.known)
			AND (upper_inf(v.valid)
				 OR upper(v.valid) > (now() AT TIME ZONE 'UTC')::date))
		THEN 'no_longer_hit' ELSE 'entry_removed' END;
BEGIN
	FOR item IN
		SELECT a.* FROM entity_screen.alert a
		WHERE a.target = note_gone.target
			AND a.party_ref = note_gone.party_ref
			AND a.party_column IS NOT DISTINCT FROM note_gone.party_column
			AND a.entry_id = note_gone.entry_id
			AND a.alert_status NOT IN ('closed', 'superseded')
			AND a.notice IS DISTINCT FROM cause
		ORDER BY a.alert_id
	LOOP
		PERFORM entity_screen.move_alert(item.alert_id, item.alert_status,
			cause, NULL, item.disposition_id, cause);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.note_gone(text, text, text, bigint) IS
'Internal: notes on the open alerts of a row that the entry is no longer hit';

/*
 * The difference between what a row hits and what it was known to hit.
 * hits is null for a row that is gone.
 */
CREATE FUNCTION entity_screen.compare_hits(watch_id bigint, party_ref text,
	party_column text, party_key bytea, hits jsonb)
RETURNS TABLE (change text, hit jsonb, entry_id bigint, entry_key bytea)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE WHEN h.value IS NULL THEN 'gone'
			WHEN k.entry_id IS NULL THEN 'new'
			WHEN k.party_key <> compare_hits.party_key
				OR k.entry_key <> e.entry_key
				OR (h.value ->> 'score')::double precision > k.score
				OR ((h.value ->> 'is_listed')::boolean AND NOT k.is_listed)
				THEN 'changed'
			WHEN k.entry_version_id
				<> (h.value ->> 'entry_version_id')::bigint THEN 'text'
			ELSE 'same' END,
		h.value, coalesce(e.entry_id, k.entry_id), e.entry_key
	FROM jsonb_array_elements(coalesce(compare_hits.hits, '[]')) h
	CROSS JOIN LATERAL (
		SELECT (h.value ->> 'entry_id')::bigint AS entry_id,
			entity_screen.entry_review_key(
				(h.value ->> 'entry_id')::bigint) AS entry_key) e
	FULL JOIN (
		SELECT w.* FROM entity_screen.watch_hit w
		WHERE w.watch_id = compare_hits.watch_id
			AND w.party_ref = compare_hits.party_ref
			AND w.party_column = compare_hits.party_column) k
		ON k.entry_id = e.entry_id;
END;
COMMENT ON FUNCTION entity_screen.compare_hits(bigint, text, text, bytea, jsonb) IS
'Internal: what is new, changed, gone or only has another legal text among the hits of a watched row';

CREATE FUNCTION entity_screen.store_hits(watch_id bigint, party_ref text,
	party_column text, party_key bytea, run_id bigint, hits jsonb)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	DELETE FROM entity_screen.watch_hit w
	WHERE w.watch_id = store_hits.watch_id
		AND w.party_ref = store_hits.party_ref
		AND w.party_column = store_hits.party_column
		AND NOT EXISTS (
			SELECT FROM jsonb_array_elements(coalesce(hits, '[]')) h
			WHERE (h.value ->> 'entry_id')::bigint = w.entry_id);
	INSERT INTO entity_screen.watch_hit AS w (watch_id, party_ref,
		party_column, entry_id, list_code, entry_name, score, party_key,
		entry_key, entry_version_id, is_listed, run_id, found_at)
	SELECT store_hits.watch_id, store_hits.party_ref,
		store_hits.party_column, (h.value ->> 'entry_id')::bigint,
		h.value ->> 'list_code', h.value ->> 'entry_name',
		(h.value ->> 'score')::double precision, store_hits.party_key,
		entity_screen.entry_review_key((h.value ->> 'entry_id')::bigint),
		(h.value ->> 'entry_version_id')::bigint,
		(h.value ->> 'is_listed')::boolean, store_hits.run_id,
		clock_timestamp()
	FROM jsonb_array_elements(coalesce(hits, '[]')) h
	ON CONFLICT (watch_id, party_ref, party_column, entry_id) DO UPDATE
	SET entry_name = EXCLUDED.entry_name, score = EXCLUDED.score,
		party_key = EXCLUDED.party_key, entry_key = EXCLUDED.entry_key,
		entry_version_id = EXCLUDED.entry_version_id,
		is_listed = EXCLUDED.is_listed,
		run_id = EXCLUDED.run_id, found_at = EXCLUDED.found_at
	WHERE (w.entry_name, w.score, w.party_key, w.entry_key,
		   w.entry_version_id, w.is_listed)
		IS DISTINCT FROM (EXCLUDED.entry_name, EXCLUDED.score,
			EXCLUDED.party_key, EXCLUDED.entry_key,
			EXCLUDED.entry_version_id, EXCLUDED.is_listed);
END;
COMMENT ON FUNCTION entity_screen.store_hits(bigint, text, text, bytea, bigint, jsonb) IS
'Internal: makes watch_hit say what a row hits';

/*
 * sweep_row() - ask about one watched row and write the difference
 *
 * Returns one row for each hit that is new, changed or gone.
 */
CREATE FUNCTION entity_screen.sweep_row(item entity_screen.watch,
	run entity_screen.screening_run, party_ref text, party_column text)
RETURNS TABLE (
	party_name text,
	list_code text,
	entry_id bigint,
	entry_name text,
	score double precision,
	change text,
	alert_count integer)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	said entity_screen.watched_name;
	asked text;
	key bytea;
	found_hits jsonb;
	fresh jsonb;
	opened integer := 0;
	part record;
BEGIN
	SELECT w.* INTO said FROM entity_screen.watched_name w
	WHERE w.watch_id = item.watch_id AND w.party_ref = sweep_row.party_ref
		AND w.party_column = sweep_row.party_column;
	asked := said.name::text;
	key := entity_screen.party_review_key(asked, said.country, said.address);
	found_hits := entity_screen.watched_hits(run.target, party_ref, asked,
		said.country, said.address, said.on_date, said.moment, item.lists,
		NULL);
	SELECT jsonb_agg(c.hit ORDER BY (c.hit ->> 'score')::numeric DESC,
					 c.entry_id)
	INTO fresh
	FROM entity_screen.compare_hits(item.watch_id, party_ref, party_column,
									key, found_hits) c
	WHERE c.change IN ('new', 'changed');
	IF fresh IS NOT NULL OR entity_screen.is_new_unreadable(run.target,
			party_ref, party_column, asked, key) THEN
		opened := entity_screen.record_party(run.run_id, run.target,
			party_ref, party_column, asked, said.country, said.address,
			coalesce(said.on_date, (said.moment AT TIME ZONE 'UTC')::date,
					 (now() AT TIME ZONE 'UTC')::date),
			said.on_date IS NOT NULL OR said.moment IS NOT NULL, 'alert',
			fresh);
	END IF;
	FOR part IN
		SELECT c.change, c.entry_id,
			coalesce(c.hit ->> 'list_code', k.list_code) AS list_code,
			coalesce(c.hit ->> 'entry_name', k.entry_name) AS entry_name,
			coalesce((c.hit ->> 'score')::double precision, k.score) AS score
		FROM entity_screen.compare_hits(item.watch_id, party_ref,
			party_column, key, found_hits) c
		LEFT JOIN entity_screen.watch_hit k
			ON k.watch_id = item.watch_id
			AND k.party_ref = sweep_row.party_ref
			AND k.party_column = sweep_row.party_column
			AND k.entry_id = c.entry_id
		WHERE c.change IN ('new', 'changed', 'gone')
		ORDER BY 5 DESC, 2
	LOOP
		IF part.change = 'gone' THEN
			PERFORM entity_screen.note_gone(run.target, party_ref,
				party_column, part.entry_id);
		END IF;
		party_name := asked;
		list_code := part.list_code;
		entry_id := part.entry_id;
		entry_name := part.entry_name;
		score := part.score;
		change := part.change;
		alert_count := opened;
		opened := 0;
		RETURN NEXT;
	END LOOP;
	PERFORM entity_screen.store_hits(item.watch_id, party_ref, party_column,
		key, run.run_id, found_hits);
END;
$$;
COMMENT ON FUNCTION entity_screen.sweep_row(entity_screen.watch, entity_screen.screening_run, text, text) IS
'Internal: screens one watched row and writes events, alerts and hits for what is new, changed or gone';

CREATE FUNCTION entity_screen.is_new_unreadable(target text, party_ref text,
	party_column text, party text, party_key bytea)
RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT coalesce(entity_screen.is_keyless(party), false)
		AND NOT EXISTS (
			SELECT FROM entity_screen.alert a
			WHERE a.target = is_new_unreadable.target
				AND a.party_ref = is_new_unreadable.party_ref
				AND a.party_column = is_new_unreadable.party_column
				AND a.alert_reason = 'not_screened'
				AND a.party_key = is_new_unreadable.party_key);
END;
COMMENT ON FUNCTION entity_screen.is_new_unreadable(text, text, text, text, bytea) IS
'Internal: whether nothing can be read of a party and no alert says so yet';

/* ---------------------------------------------------------------------
 * a sweep
 * ------------------------------------------------------------------ */

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
RETURNS TABLE (
	target text,
	party_ref text,
	party_column text,
	party_name text,
	list_code text,
	entry_id bigint,
	entry_name text,
	score double precision,
	change text)
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
		SELECT a.*,
			a.entry_key <> entity_screen.entry_review_key(a.entry_id)
				AS entry_changed,
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
		FROM entity_screen.alert a
		WHERE a.entry_id = ANY (entry_ids)
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
 * changed, and at rows of guarded tables that were in flight.  Exceptions and closed alerts whose entry is another now are
 * reopened.  Call it after each load, and again as long as open_rescreens()
 * has rows.
 *
 * Result: one row for each hit that is new, changed or gone, of the lists
 * that the caller may see; the work is done for all.  Errors: SC001 when a
 * list cannot be asked, P0002 for an unknown tranche.
 */
CREATE FUNCTION entity_screen.rescreen_delta(tranche_id bigint DEFAULT NULL)
RETURNS TABLE (
	target text,
	party_ref text,
	party_column text,
	party_name text,
	list_code text,
	entry_id bigint,
	entry_name text,
	score double precision,
	change text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	seen text[] := entity_screen.lists_visible_to(
		entity_screen.session_role());
	item entity_screen.watch;
	tranches bigint[];
	entries bigint[];
BEGIN
	PERFORM FROM entity_screen.tranche t
	WHERE t.tranche_id = rescreen_delta.tranche_id;
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
RETURNS TABLE (
	table_name text,
	party_ref text,
	party_column text,
	party_name text,
	list_code text,
	entry_id bigint,
	entry_name text,
	score double precision,
	change text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	seen text[] := entity_screen.lists_visible_to(
		entity_screen.session_role());
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
RETURNS TABLE (
	target text,
	party_ref text,
	party_column text,
	party_name text,
	list_code text,
	entry_id bigint,
	entry_name text,
	score double precision,
	change text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	seen text[] := entity_screen.lists_visible_to(
		entity_screen.session_role());
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
