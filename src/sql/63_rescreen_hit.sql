/*
 * 63_rescreen_hit: what one watched row hits, and what of it is new
 */

/*
 * What rescreening tells of one row.  One type serves all that rescreen.
 */
CREATE TYPE entity_screen.rescreen_hit AS (
	target text,
	party_ref text,
	party_column text,
	party_name text,
	list_code text,
	entry_id bigint,
	entry_name text,
	score double precision,
	change text);
COMMENT ON TYPE entity_screen.rescreen_hit IS
'Result of rescreen_delta(), rescreen_full() and rescreen_due(): one hit of a row, with what became of it: new, changed or gone';

/*
 * All hits of a party, whoever rescreens: as a guard asks and not as
 * screen_party(), which asks for its user.  The names within reach are
 * searched first, since most parties have none.  plpgsql and a generic plan:
 * a sweep asks this for each row, and to plan the query of the hits takes
 * longer than to run it.
 */
CREATE FUNCTION entity_screen.watched_hits(target text, party_ref text,
	party text, country text, address text, on_date date,
	moment timestamptz, lists text[], guard_id bigint)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
	scope record;
	announced boolean;
	names bigint[];
	is_owned boolean := entity_screen.has_owner(watched_hits.party,
		watched_hits.target, watched_hits.party_ref);
BEGIN
	SELECT array_agg(s.list_code ORDER BY s.list_code) AS list_codes,
		array_agg(coalesce(watched_hits.on_date,
			(watched_hits.moment AT TIME ZONE s.time_zone)::date,
			s.today) ORDER BY s.list_code) AS on_dates,
		array_agg(s.threshold ORDER BY s.list_code) AS thresholds,
		array_agg(s.weak_threshold ORDER BY s.list_code)
			AS weak_thresholds,
		min(s.threshold) AS lowest
	INTO scope
	FROM entity_screen.screening_scope(watched_hits.lists, NULL,
									   watched_hits.guard_id) s;
	names := ARRAY(
		SELECT c.entry_name_id
		FROM entity_screen.candidate(watched_hits.party, scope.lowest) c);
	IF cardinality(names) = 0 AND NOT is_owned
		AND coalesce(btrim(watched_hits.address), '') = '' THEN
		RETURN NULL;
	END IF;
	SELECT p.announced_counts INTO announced
	FROM entity_screen.policy_at(NULL) p;
	RETURN (
		WITH direct AS MATERIALIZED (
			SELECT h.entry_id, h.score, to_jsonb(h) - 'party'
				|| jsonb_build_object('score', h.score::numeric) AS hit
			FROM entity_screen.hit(watched_hits.party, watched_hits.country,
				watched_hits.address, NULL, announced, scope.list_codes,
				scope.on_dates, scope.thresholds, scope.weak_thresholds,
				scope.lowest, names) h
			WHERE h.is_listed OR h.advisory = 'announced_not_effective'
		)
		SELECT jsonb_agg(x.hit ORDER BY x.score DESC, x.entry_id)
		FROM (
			SELECT d.entry_id, d.score, d.hit FROM direct d
			UNION ALL
			SELECT o.entry_id, o.score, o.hit
			FROM (SELECT WHERE is_owned) q
			CROSS JOIN LATERAL entity_screen.owner_hits(watched_hits.party,
				watched_hits.target, watched_hits.party_ref,
				scope.list_codes, scope.on_dates, scope.thresholds,
				scope.weak_thresholds, scope.lowest, false) o
			WHERE NOT EXISTS (
				SELECT FROM direct d WHERE d.entry_id = o.entry_id)) x);
END;
$$;
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

CREATE TYPE entity_screen.compared_hit AS (
	change text,
	hit jsonb,
	entry_id bigint,
	entry_key bytea,
	list_code text,
	entry_name text,
	score double precision);
COMMENT ON TYPE entity_screen.compared_hit IS
'Internal: a hit of a watched row beside what the row was known to hit';

/*
 * The difference between what a row hits and what it was known to hit.
 * hits is null for a row that is gone.  The review key of an entry takes as
 * long as it has names, so it is made here, once, for all that follows.
 */
CREATE FUNCTION entity_screen.compare_hits(watch_id bigint, party_ref text,
	party_column text, party_key bytea, hits jsonb)
RETURNS SETOF entity_screen.compared_hit
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
		h.value, coalesce(e.entry_id, k.entry_id), e.entry_key,
		coalesce(h.value ->> 'list_code', k.list_code),
		coalesce(h.value ->> 'entry_name', k.entry_name),
		coalesce((h.value ->> 'score')::double precision, k.score)
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
	party_column text, party_key bytea, run_id bigint,
	hits entity_screen.compared_hit[])
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	DELETE FROM entity_screen.watch_hit w
	WHERE w.watch_id = store_hits.watch_id
		AND w.party_ref = store_hits.party_ref
		AND w.party_column = store_hits.party_column
		AND NOT EXISTS (
			SELECT FROM unnest(hits) h
			WHERE h.hit IS NOT NULL AND h.entry_id = w.entry_id);
	INSERT INTO entity_screen.watch_hit AS w (watch_id, party_ref,
		party_column, entry_id, list_code, entry_name, score, party_key,
		entry_key, entry_version_id, is_listed, run_id, found_at)
	SELECT store_hits.watch_id, store_hits.party_ref,
		store_hits.party_column, h.entry_id, h.list_code, h.entry_name,
		h.score, store_hits.party_key, h.entry_key,
		(h.hit ->> 'entry_version_id')::bigint,
		(h.hit ->> 'is_listed')::boolean, store_hits.run_id,
		clock_timestamp()
	FROM unnest(hits) h
	WHERE h.hit IS NOT NULL
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
COMMENT ON FUNCTION entity_screen.store_hits(bigint, text, text, bytea, bigint, entity_screen.compared_hit[]) IS
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
	compared entity_screen.compared_hit[];
	fresh jsonb;
	opened integer := 0;
	part entity_screen.compared_hit;
BEGIN
	SELECT w.* INTO said FROM entity_screen.watched_name w
	WHERE w.watch_id = item.watch_id AND w.party_ref = sweep_row.party_ref
		AND w.party_column = sweep_row.party_column;
	asked := said.name::text;
	key := entity_screen.party_review_key(asked, said.country, said.address);
	compared := ARRAY(
		SELECT c FROM entity_screen.compare_hits(item.watch_id, party_ref,
			party_column, key, entity_screen.watched_hits(run.target,
				party_ref, asked, said.country, said.address, said.on_date,
				said.moment, item.lists, NULL)) c);
	SELECT jsonb_agg(c.hit ORDER BY c.score DESC, c.entry_id)
	INTO fresh
	FROM unnest(compared) c
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
		SELECT c.* FROM unnest(compared) c
		WHERE c.change IN ('new', 'changed', 'gone')
		ORDER BY c.score DESC, c.entry_id
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
		key, run.run_id, compared);
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
