/*
 * 61_screen_table: screening all rows of a table
 *
 * What reads the user's table (screen_table(), lookback() and their query)
 * runs with the rights of the caller, who can do no more with it than with a
 * SELECT of his own.  What reads the lists gets values only.  The names of
 * fifty thousand rows at a time are normalized once and joined with the
 * names of the lists; only parties that are near a name are asked about one
 * by one, with the same function as screen_party(), so the answer is the
 * same.
 */

/* ---------------------------------------------------------------------
 * many parties at once
 * ------------------------------------------------------------------ */

/*
 * screen_party() for a date or for a moment, which is a date of its own in
 * the time zone of each list.
 */
CREATE FUNCTION entity_screen.screen_at(party text, country text,
	address text, on_date date, moment timestamptz, lists text[],
	threshold double precision)
RETURNS SETOF entity_screen.screening_hit
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
	SELECT h.*
	FROM (
		SELECT screen_at.lists AS codes, screen_at.on_date AS day
		WHERE screen_at.moment IS NULL
		UNION ALL
		SELECT ARRAY[s.list_code],
			(screen_at.moment AT TIME ZONE s.time_zone)::date
		FROM entity_screen.screening_scope(screen_at.lists, NULL) s
		WHERE screen_at.moment IS NOT NULL) q
	CROSS JOIN LATERAL entity_screen.screen_party(screen_at.party,
		screen_at.country, screen_at.address, q.day, NULL,
		screen_at.threshold, q.codes) h
	ORDER BY h.score DESC, h.entry_id;
END;
COMMENT ON FUNCTION entity_screen.screen_at(text, text, text, date, timestamptz, text[], double precision) IS
'Internal: screen_party() for a date or a moment';

/*
 * Which of the parties are near a name or an address of the lists, of
 * whatever date: one join.  The plan is made for the number of parties at
 * hand.
 */
CREATE FUNCTION entity_screen.near_parties(parties text[],
	lowest double precision)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET entity_screen.threshold = 0.65
SET gin_fuzzy_search_limit = 0
SET jit = off
AS $$
BEGIN
	PERFORM set_config('entity_screen.threshold', lowest::text, true);
	RETURN ARRAY(
		WITH asked AS MATERIALIZED (
			SELECT u.party, @extschema@.entity_name(u.party) AS name
			FROM unnest(parties) AS u (party))
		SELECT DISTINCT a.party
		FROM asked a
		JOIN entity_screen.entry_name n
			ON n.name OPERATOR(@extschema@.%) a.name);
END;
$$;
COMMENT ON FUNCTION entity_screen.near_parties(text[], double precision) IS
'Internal: those of the parties that score at least lowest with a name of any list, of whatever date';

CREATE FUNCTION entity_screen.near_addresses(addresses text[])
RETURNS text[]
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT coalesce(array_agg(a.address), '{}')
	FROM (SELECT DISTINCT u.address FROM unnest(addresses) AS u (address)
		  WHERE EXISTS (SELECT FROM entity_screen.entry_version v
						WHERE v.entry_type = 'address_only')) a
	WHERE EXISTS (
		SELECT FROM entity_screen.address_candidate(a.address));
END;
COMMENT ON FUNCTION entity_screen.near_addresses(text[]) IS
'Internal: those of the addresses that an address-only entry has';

/*
 * A hit of a row of a table.
 */
CREATE TYPE entity_screen.table_hit AS (
	party_ref text,
	party_column text,
	party_name text,
	list_code text,
	entry_id bigint,
	entry_version_id bigint,
	entry_name text,
	matched_name text,
	name_type text,
	score double precision,
	country_agrees boolean,
	destination_country text,
	tranche_id bigint,
	citation text,
	citations text[],
	valid_from date,
	valid_until date,
	valid_from_basis text,
	listed_from date,
	license_requirement text,
	license_review_policy text,
	legal_effect text,
	asked_on date,
	explanation jsonb);
COMMENT ON TYPE entity_screen.table_hit IS
'Result of screen_table(): one entry that one party column of a row hits';

/*
 * screen_values() - screen parties of rows
 *
 * run_id: record the hits as events of this run of the session user; null:
 * record nothing.
 *
 * Result: the hits, with the key and column of the row.  Errors: those of
 * screen_party(), P0002 for a run that is not there.
 */
CREATE FUNCTION entity_screen.screen_values(
	parties entity_screen.row_party[], lists text[],
	threshold double precision, run_id bigint)
RETURNS SETOF entity_screen.table_hit
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	near text[];
	near_address text[];
	item entity_screen.row_party;
	run entity_screen.screening_run;
	asked CONSTANT text[] := entity_screen.asked_lists(lists);
BEGIN
	PERFORM FROM entity_screen.screen_party(NULL,
		threshold => screen_values.threshold, lists => asked);
	IF screen_values.run_id IS NOT NULL THEN
		SELECT r.* INTO run FROM entity_screen.screening_run r
		WHERE r.run_id = screen_values.run_id
			AND r.run_status = 'running'
			AND r.session_user_name = session_user;
		IF NOT FOUND THEN
			RAISE EXCEPTION USING ERRCODE = 'no_data_found',
				MESSAGE = format('no run %s of yours is going on',
								 screen_values.run_id),
				DETAIL = 'Hits are recorded in a run that begin_recording() began.',
				HINT = 'Call entity_screen.screen_table() with record => true.';
		END IF;
	END IF;
	near := entity_screen.near_parties(
		ARRAY(SELECT DISTINCT u.party FROM unnest(parties) u
			  WHERE u.party ~ '[^ \t\r\n]'),
		(SELECT min(s.threshold) FROM entity_screen.screening_scope(
			asked, screen_values.threshold) s));
	near_address := entity_screen.near_addresses(ARRAY(
		SELECT u.address FROM unnest(parties) u));
	FOR item IN
		SELECT u.*
		FROM unnest(parties) u
		WHERE u.party IN (SELECT unnest(near))
			OR (u.party ~ '[^ \t\r\n]'
				AND u.address IN (SELECT unnest(near_address)))
			OR (run.run_id IS NOT NULL AND u.party ~ '[^ \t\r\n]'
				AND entity_screen.is_keyless(u.party))
	LOOP
		IF run.run_id IS NOT NULL THEN
			PERFORM entity_screen.record_screened(run.run_id, run.target,
				item.party_ref, item.party_column, item.party, item.country,
				item.address, item.on_date, item.moment, asked,
				screen_values.threshold, 'observe');
		END IF;
		RETURN QUERY
		SELECT item.party_ref, item.party_column, item.party, h.list_code,
			h.entry_id, h.entry_version_id, h.entry_name, h.matched_name, h.name_type,
			h.score, h.country_agrees, h.destination_country, h.tranche_id,
			h.citation, h.citations, h.valid_from, h.valid_until,
			h.valid_from_basis, h.listed_from, h.license_requirement,
			h.license_review_policy, h.legal_effect, h.on_date, h.explanation
		FROM entity_screen.screen_at(item.party, item.country, item.address,
			item.on_date, item.moment, asked, screen_values.threshold) h;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.screen_values(entity_screen.row_party[], text[], double precision, bigint) IS
'Screens parties of rows, and by choice records their hits in a run; screen_table() calls it';

CREATE FUNCTION entity_screen.record_screened(run_id bigint, target text,
	party_ref text, party_column text, party text, country text,
	address text, on_date date, moment timestamptz, lists text[],
	threshold double precision, action text)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	found_hits jsonb;
	asked date;
BEGIN
	SELECT jsonb_agg(to_jsonb(h) - 'party'
			|| jsonb_build_object('score', h.score::numeric)
			ORDER BY h.score DESC, h.entry_id), min(h.on_date)
	INTO found_hits, asked
	FROM entity_screen.screen_at(record_screened.party,
		record_screened.country, record_screened.address,
		record_screened.on_date, record_screened.moment,
		record_screened.lists, record_screened.threshold) h;
	IF found_hits IS NULL
		AND NOT entity_screen.is_keyless(record_screened.party) THEN
		RETURN 0;
	END IF;
	RETURN entity_screen.record_party(record_screened.run_id,
		record_screened.target, record_screened.party_ref,
		record_screened.party_column, record_screened.party,
		record_screened.country, record_screened.address,
		coalesce(record_screened.on_date, asked),
		record_screened.on_date IS NOT NULL
			OR record_screened.moment IS NOT NULL,
		record_screened.action, found_hits);
END;
$$;
COMMENT ON FUNCTION entity_screen.record_screened(bigint, text, text, text, text, text, text, date, timestamptz, text[], double precision, text) IS
'Internal: screens a party and writes its event, if it has hits or cannot be read; returns how many alerts it opened';

/*
 * begin_recording(), end_recording() - the run of a table, for the caller
 */
CREATE FUNCTION entity_screen.begin_recording(run_kind text, target text,
	arguments jsonb, lists text[], threshold double precision)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF run_kind IS NULL OR run_kind NOT IN ('screen_table', 'lookback') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('run_kind %L is not known', run_kind),
			DETAIL = 'A recording is of screen_table or lookback.',
			HINT = 'Call entity_screen.screen_table() or entity_screen.lookback().';
	END IF;
	RETURN entity_screen.start_run(run_kind, target, arguments,
		entity_screen.asked_lists(lists), threshold);
END;
$$;
COMMENT ON FUNCTION entity_screen.begin_recording(text, text, jsonb, text[], double precision) IS
'Begins the evidence of a run over a table; screen_table() and lookback() call it';

CREATE FUNCTION entity_screen.end_recording(run_id bigint, row_count bigint,
											input_digest bytea)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM entity_screen.finish_run(end_recording.run_id,
		end_recording.row_count,
		(SELECT coalesce(sum(e.hit_count), 0)
		 FROM entity_screen.screening_event e
		 WHERE e.run_id = end_recording.run_id
			AND e.xid = pg_current_xact_id()), 0,
		end_recording.input_digest);
END;
$$;
COMMENT ON FUNCTION entity_screen.end_recording(bigint, bigint, bytea) IS
'Ends the evidence of a run of the session user; screen_table() and lookback() call it';

/*
 * screen_rows() - read the rows of a statement and screen them in portions
 */
CREATE FUNCTION entity_screen.screen_rows(target regclass, query text,
	lists text[], threshold double precision, run_id bigint)
RETURNS SETOF entity_screen.table_hit
LANGUAGE plpgsql VOLATILE ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	portion CONSTANT integer := 50000;
	rows_read bigint := 0;
	digest bytea := '';
	source refcursor;
	item entity_screen.row_party;
	parties entity_screen.row_party[];
BEGIN
	IF query IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'there is no query to read the rows with',
			DETAIL = 'screen_table() passes what row_query() makes.',
			HINT = 'Use entity_screen.screen_table().';
	END IF;
	PERFORM FROM entity_screen.screen_party(NULL, threshold => threshold,
											lists => lists);
	PERFORM entity_screen.report_progress(target, 0);
	OPEN source NO SCROLL FOR EXECUTE query;
	LOOP
		parties := '{}';
		FOR i IN 1 .. portion LOOP
			FETCH source INTO item;
			EXIT WHEN NOT FOUND;
			parties := parties || item;
		END LOOP;
		EXIT WHEN cardinality(parties) = 0;
		RETURN QUERY SELECT v.* FROM entity_screen.screen_values(parties,
			lists, threshold, run_id) v;
		rows_read := rows_read + cardinality(parties);
		PERFORM entity_screen.report_progress(target, rows_read);
		IF run_id IS NOT NULL THEN
			digest := entity_screen.digest_text(encode(digest, 'hex')
				|| jsonb_build_array(
					ARRAY(SELECT u.party_ref FROM unnest(parties) u),
					ARRAY(SELECT u.party FROM unnest(parties) u))::text);
		END IF;
	END LOOP;
	CLOSE source;
	PERFORM entity_screen.report_progress(target, -1);
	IF run_id IS NOT NULL THEN
		PERFORM entity_screen.end_recording(run_id, rows_read, digest);
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.screen_rows(regclass, text, text[], double precision, bigint) IS
'Reads rows with the rights of the caller and screens them in portions; screen_table() calls it with row_query()';

/*
 * screen_table(target, ...) - screen all rows of a table or view
 *
 * target		  read with the rights of the caller
 * key			  column that identifies a row, or several: '{a,b}'; default
 *				  the primary key
 * party		  column to screen, or several: '{buyer,consignee}'
 * country, address, on_date  columns, if the table has them
 * lists, threshold  default: all loaded lists, screening_config
 * record		  also write a screening_run and an event for each party with
 *				  hits or without a readable letter
 *
 * Result: one row for each row, party column and entry.  Progress shows in
 * pg_stat_progress_copy.  Errors: those of screen_party(), 42703, 42804,
 * 42809 and 22004 for the arguments.
 */
CREATE FUNCTION entity_screen.screen_table(target regclass,
	key text DEFAULT NULL, party text DEFAULT NULL,
	country text DEFAULT NULL, address text DEFAULT NULL,
	on_date text DEFAULT NULL, lists text[] DEFAULT NULL,
	threshold double precision DEFAULT NULL, record boolean DEFAULT false)
RETURNS SETOF entity_screen.table_hit
LANGUAGE plpgsql VOLATILE ROWS 100
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	query text := entity_screen.row_query(screen_table.target,
		screen_table.key, screen_table.party, screen_table.country,
		screen_table.address, screen_table.on_date);
	id bigint;
BEGIN
	IF screen_table.record THEN
		id := entity_screen.begin_recording('screen_table',
			screen_table.target::text, jsonb_build_object(
				'key', screen_table.key, 'party', screen_table.party,
				'country', screen_table.country,
				'address', screen_table.address,
				'on_date', screen_table.on_date),
			screen_table.lists, screen_table.threshold);
	END IF;
	RETURN QUERY SELECT r.* FROM entity_screen.screen_rows(
		screen_table.target, query, screen_table.lists,
		screen_table.threshold, id) r;
END;
$$;
COMMENT ON FUNCTION entity_screen.screen_table(regclass, text, text, text, text, text, text[], double precision, boolean) IS
'Screens all rows of a table or view that the caller may read: one row for each row, party column and entry; record => true also writes evidence';

/*
 * lookback(target, on_date, ...) - past orders again, at their own dates
 *
 * Arguments as screen_table(); on_date is required, since and until bound
 * it, both included.  22004 without on_date.
 */
CREATE FUNCTION entity_screen.lookback(target regclass,
	key text DEFAULT NULL, party text DEFAULT NULL,
	country text DEFAULT NULL, address text DEFAULT NULL,
	on_date text DEFAULT NULL, lists text[] DEFAULT NULL,
	threshold double precision DEFAULT NULL, record boolean DEFAULT false,
	since date DEFAULT NULL, until date DEFAULT NULL)
RETURNS SETOF entity_screen.table_hit
LANGUAGE plpgsql VOLATILE ROWS 100
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	query text;
	id bigint;
BEGIN
	IF lookback.on_date IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'lookback needs on_date',
			DETAIL = 'Past orders are screened at their own dates.',
			HINT = 'Pass on_date, the column that holds the date, or use entity_screen.screen_table().';
	END IF;
	query := entity_screen.row_query(lookback.target, lookback.key,
		lookback.party, lookback.country, lookback.address,
		lookback.on_date, lookback.since, lookback.until);
	IF lookback.record THEN
		id := entity_screen.begin_recording('lookback',
			lookback.target::text, jsonb_build_object(
				'key', lookback.key, 'party', lookback.party,
				'country', lookback.country, 'address', lookback.address,
				'on_date', lookback.on_date, 'since', lookback.since,
				'until', lookback.until),
			lookback.lists, lookback.threshold);
	END IF;
	RETURN QUERY SELECT r.* FROM entity_screen.screen_rows(lookback.target,
		query, lookback.lists, lookback.threshold, id) r;
END;
$$;
COMMENT ON FUNCTION entity_screen.lookback(regclass, text, text, text, text, text, text[], double precision, boolean, date, date) IS
'Screens past rows again, each at its own date: screen_table() for a span of dates';
