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
 * the rows of a table
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.report_progress(target regclass, done bigint)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.report_progress(regclass, bigint) IS
'Shows a run over a table in pg_stat_progress_copy, tuples_processed being the rows read so far; 0 begins, a negative number ends';

CREATE FUNCTION entity_screen.check_readable(target regclass)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM FROM pg_class c
	WHERE c.oid = target AND c.relkind IN ('r', 'p', 'v', 'm', 'f');
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('%s cannot be screened',
							 coalesce(target::text, 'null')),
			DETAIL = 'Rows are read from a table or view.',
			HINT = 'Name a table or view that you may read.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_readable(regclass) IS
'Raises 42809 unless rows can be read from the relation';

CREATE FUNCTION entity_screen.check_column(target regclass, argument text,
										   column_name text)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	base text;
BEGIN
	IF check_column.column_name IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('%s: a column is needed', argument),
			DETAIL = 'The argument names a column of the table.',
			HINT = 'Name a column as it is stored, without quotes.';
	END IF;
	SELECT coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text INTO base
	FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
	WHERE a.attrelid = check_column.target
		AND a.attname = check_column.column_name
		AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column',
			MESSAGE = format('%s: %s has no column %s',
				coalesce(argument, 'null'), coalesce(target::text, 'null'),
				coalesce(quote_ident(check_column.column_name), 'null')),
			DETAIL = 'The argument names a column of the table.',
			HINT = 'Name columns as they are stored, without quotes.';
	END IF;
	IF argument = 'on_date' AND base NOT IN ('date',
		'timestamp without time zone', 'timestamp with time zone') THEN
		RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
			MESSAGE = format('on_date: column %I is of type %s',
							 check_column.column_name, base),
			DETAIL = 'The date the law is asked for is a date or a timestamp.',
			HINT = 'Name a column of type date, timestamp or timestamptz.';
	END IF;
	RETURN base;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_column(regclass, text, text) IS
'The base type of a column; 42703 when there is none, 42804 when on_date is no date';

/*
 * Values as their types write them, as a guard reads them; format() calls
 * the output function, a cast would not.
 */
CREATE FUNCTION entity_screen.text_expression(column_name text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN column_name IS NULL THEN 'NULL::text'
		ELSE format('CASE WHEN t.%1$I IS NOT NULL THEN pg_catalog.format(''%%s'', t.%1$I) END',
					column_name) END;
END;
COMMENT ON FUNCTION entity_screen.text_expression(text) IS
'Expression that gives a column of t as text';

CREATE FUNCTION entity_screen.key_expression(key_columns text[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE cardinality(key_columns)
		WHEN 0 THEN 'NULL::text'
		WHEN 1 THEN entity_screen.text_expression(key_columns[1])
		ELSE (
			SELECT '''['' || pg_catalog.concat_ws('', '', ' || string_agg(
				format('coalesce(pg_catalog.to_json(%s)::text, ''null'')',
					   entity_screen.text_expression(k.name)),
				', ' ORDER BY k.place) || ') || '']'''
			FROM unnest(key_columns) WITH ORDINALITY AS k (name, place))
		END;
END;
COMMENT ON FUNCTION entity_screen.key_expression(text[]) IS
'Expression that gives the key of a row of t as evidence does: one value, or a JSON array of several';

/*
 * row_query() - the statement that reads the parties of a table
 *
 * One row for each party column of each row: party_ref, party_column, party,
 * country, address, on_date, moment.  since and until bound the date column;
 * sampling is a TABLESAMPLE clause.
 */
CREATE FUNCTION entity_screen.row_query(target regclass, key text,
	party text, country text, address text, on_date text,
	since date DEFAULT NULL, until date DEFAULT NULL,
	sampling text DEFAULT '')
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	key_columns text[];
	party_columns text[] := entity_screen.column_list(party);
	base text;
	date_text text := 'NULL::date AS on_date, NULL::timestamptz AS moment';
BEGIN
	PERFORM entity_screen.check_readable(target);
	key_columns := coalesce(entity_screen.column_list(key),
							entity_screen.primary_key_columns(target));
	IF coalesce(cardinality(party_columns), 0) = 0
		OR array_position(party_columns, NULL) IS NOT NULL
		OR array_position(key_columns, NULL) IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'a party column is needed, and no name may be null',
			DETAIL = 'Without one there is nothing to screen.',
			HINT = 'Pass party, the column that holds the name to screen.';
	END IF;
	PERFORM entity_screen.check_column(target, c.argument, c.name)
	FROM (SELECT 'key', k FROM unnest(key_columns) AS k
		  UNION ALL SELECT 'party', p FROM unnest(party_columns) AS p
		  UNION ALL VALUES ('country', country), ('address', address))
		AS c (argument, name)
	WHERE c.name IS NOT NULL OR c.argument = 'party';
	IF on_date IS NOT NULL THEN
		base := entity_screen.check_column(target, 'on_date', on_date);
		date_text := CASE base WHEN 'timestamp with time zone'
			THEN format('NULL::date AS on_date, t.%I::timestamptz AS moment',
						 on_date)
			ELSE format('t.%I::date AS on_date, NULL::timestamptz AS moment',
						 on_date) END;
	END IF;
	RETURN format('SELECT %s AS party_ref, p.party_column, p.party, %s AS country, %s AS address, %s FROM %s AS t %s CROSS JOIN LATERAL (VALUES %s) AS p (party_column, party) WHERE true',
		entity_screen.key_expression(key_columns),
		entity_screen.text_expression(country),
		entity_screen.text_expression(address), date_text, target, sampling,
		(SELECT string_agg(format('(%L, %s)', c.name,
					entity_screen.text_expression(c.name)),
				', ' ORDER BY c.place)
		 FROM unnest(party_columns) WITH ORDINALITY AS c (name, place)))
		|| CASE WHEN since IS NULL THEN ''
			ELSE format(' AND t.%I >= %L', on_date, since::text) END
		|| CASE WHEN until IS NULL THEN ''
			ELSE format(' AND t.%I < %L', on_date, (until + 1)::text) END;
END;
$$;
COMMENT ON FUNCTION entity_screen.row_query(regclass, text, text, text, text, text, date, date, text) IS
'The statement that reads the parties of a table; 42703, 42804, 42809, 22004 for its arguments';

/* ---------------------------------------------------------------------
 * runs
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.start_run(run_kind text, target text,
	arguments jsonb, lists text[], threshold double precision,
	tranche_id bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.screening_run (run_kind, target, tranche_id,
		arguments, list_codes, thresholds, weak_thresholds, config_ids,
		list_version, normalizer_version, started_at, run_status, session_user_name,
		role_name)
	SELECT start_run.run_kind, start_run.target, start_run.tranche_id,
		start_run.arguments, array_agg(s.list_code ORDER BY s.list_code),
		array_agg(s.threshold ORDER BY s.list_code),
		array_agg(s.weak_threshold ORDER BY s.list_code),
		entity_screen.config_ids_of(start_run.lists, start_run.threshold),
		entity_screen.version_of_lists(array_agg(s.list_code)),
		entity_screen.normalizer_version(), clock_timestamp(), 'running',
		session_user, current_user
	FROM entity_screen.screening_scope(lists, threshold) s
	RETURNING run_id;
END;
COMMENT ON FUNCTION entity_screen.start_run(text, text, jsonb, text[], double precision, bigint) IS
'Internal: begins the evidence of a run';

CREATE FUNCTION entity_screen.finish_run(run_id bigint, row_count bigint,
	hit_count bigint, alert_count bigint, input_digest bytea)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	UPDATE entity_screen.screening_run r
	SET run_status = 'finished', finished_at = clock_timestamp(),
		row_count = finish_run.row_count, hit_count = finish_run.hit_count,
		alert_count = finish_run.alert_count,
		input_digest = finish_run.input_digest
	WHERE r.run_id = finish_run.run_id AND r.run_status = 'running'
		AND r.session_user_name = session_user;
END;
COMMENT ON FUNCTION entity_screen.finish_run(bigint, bigint, bigint, bigint, bytea) IS
'Internal: ends the evidence of a run of the session user';

/*
 * record_party() - the event of one party of a run
 *
 * hits: the array of the hits, null when the party could not be read.  With
 * action alert, alerts are opened for what no exception covers.  context_id:
 * with what it was screened; default: with what the run is.  Returns how many.
 */
CREATE FUNCTION entity_screen.record_party(run_id bigint, target text,
	party_ref text, party_column text, party text, country text,
	address text, on_date date, is_row_date boolean, action text, hits jsonb,
	context_id bigint DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	run entity_screen.screening_run;
	event entity_screen.screening_event;
	marked jsonb := entity_screen.suppress_hits(record_party.target,
		record_party.party_ref, record_party.party_column,
		record_party.party, record_party.country, record_party.address,
		record_party.hits);
	covered boolean := NOT EXISTS (
		SELECT FROM jsonb_array_elements(marked) h
		WHERE NOT h ? 'suppressed_by');
BEGIN
	SELECT r.* INTO run FROM entity_screen.screening_run r
	WHERE r.run_id = record_party.run_id;
	INSERT INTO entity_screen.screening_event (event_at, run_id, context_id,
		target, row_operation, party_ref, party_column, party, country,
		address, on_date, on_date_basis, action, decision, reason, hit_count,
		hits, xid, session_user_name, role_name, application_name)
	VALUES (clock_timestamp(), run.run_id,
		coalesce(record_party.context_id, entity_screen.context_of(
			run.list_codes, run.thresholds, run.weak_thresholds,
			run.config_ids, run.list_version)),
		record_party.target, 'screen', record_party.party_ref,
		record_party.party_column, record_party.party,
		record_party.country, record_party.address, record_party.on_date,
		CASE WHEN record_party.is_row_date THEN 'row' ELSE 'today' END,
		record_party.action,
		CASE WHEN marked IS NULL THEN 'screening_failed'
			WHEN covered THEN 'suppressed'
			WHEN record_party.action = 'alert' THEN 'alerted'
			ELSE 'observed' END,
		CASE WHEN marked IS NULL
			THEN 'not_screened: unreadable_party' END,
		coalesce(jsonb_array_length(marked), 0), marked,
		pg_current_xact_id(), session_user, run.role_name,
		current_setting('application_name'))
	RETURNING * INTO event;
	IF record_party.action <> 'alert' OR (marked IS NOT NULL AND covered) THEN
		RETURN 0;
	END IF;
	RETURN entity_screen.open_alerts(event);
END;
$$;
COMMENT ON FUNCTION entity_screen.record_party(bigint, text, text, text, text, text, text, date, boolean, text, jsonb, bigint) IS
'Internal: writes the event of one party of a run and opens its alerts; returns how many';

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
RETURNS TABLE (
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
	is_listed boolean,
	advisory text,
	on_date date,
	explanation jsonb)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
	SELECT h.list_code, h.entry_id, h.entry_version_id, h.entry_name,
		h.matched_name, h.name_type, h.score, h.country_agrees,
		h.destination_country, h.tranche_id, h.citation, h.citations,
		h.valid_from, h.valid_until, h.valid_from_basis, h.listed_from,
		h.license_requirement, h.license_review_policy, h.legal_effect,
		h.is_listed, h.advisory, h.on_date, h.explanation
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
 * screen_values() - screen rows given as arrays, one element a row
 *
 * run_id: record the hits as events of this run of the session user; null:
 * record nothing.
 *
 * Result: the hits, with the key and column of the row.  Errors: those of
 * screen_party(), P0002 for a run that is not there.
 */
CREATE FUNCTION entity_screen.screen_values(party_refs text[],
	party_columns text[], parties text[], countries text[],
	addresses text[], on_dates date[], moments timestamptz[], lists text[],
	threshold double precision, run_id bigint)
RETURNS TABLE (
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
	explanation jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	near text[];
	near_address text[];
	item record;
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
		ARRAY(SELECT DISTINCT u.party FROM unnest(parties) AS u (party)
			  WHERE u.party ~ '[^ \t\r\n]'),
		(SELECT min(s.threshold) FROM entity_screen.screening_scope(
			asked, screen_values.threshold) s));
	near_address := entity_screen.near_addresses(addresses);
	FOR item IN
		SELECT u.*
		FROM unnest(party_refs, party_columns, parties, countries, addresses,
					on_dates, moments)
			AS u (ref, col, party, country, address, day, moment)
		WHERE u.party IN (SELECT unnest(near))
			OR (u.party ~ '[^ \t\r\n]'
				AND u.address IN (SELECT unnest(near_address)))
			OR (run.run_id IS NOT NULL AND u.party ~ '[^ \t\r\n]'
				AND entity_screen.is_keyless(u.party))
	LOOP
		IF run.run_id IS NOT NULL THEN
			PERFORM entity_screen.record_screened(run.run_id, run.target,
				item.ref, item.col, item.party, item.country, item.address,
				item.day, item.moment, asked, screen_values.threshold,
				'observe');
		END IF;
		RETURN QUERY
		SELECT item.ref, item.col, item.party, h.list_code, h.entry_id,
			h.entry_version_id, h.entry_name, h.matched_name, h.name_type,
			h.score, h.country_agrees, h.destination_country, h.tranche_id,
			h.citation, h.citations, h.valid_from, h.valid_until,
			h.valid_from_basis, h.listed_from, h.license_requirement,
			h.license_review_policy, h.legal_effect, h.on_date, h.explanation
		FROM entity_screen.screen_at(item.party, item.country, item.address,
			item.day, item.moment, asked, screen_values.threshold) h;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.screen_values(text[], text[], text[], text[], text[], date[], timestamptz[], text[], double precision, bigint) IS
'Screens rows given as arrays, and by choice records their hits in a run; screen_table() calls it';

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
	SELECT jsonb_agg(to_jsonb(h)
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
RETURNS TABLE (
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
	explanation jsonb)
LANGUAGE plpgsql VOLATILE ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	portion CONSTANT integer := 50000;
	rows_read bigint := 0;
	digest bytea := '';
	source refcursor;
	item record;
	refs text[];
	cols text[];
	parties text[];
	countries text[];
	addresses text[];
	days date[];
	moments timestamptz[];
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
		refs := '{}'; cols := '{}'; parties := '{}'; countries := '{}';
		addresses := '{}'; days := '{}'; moments := '{}';
		FOR i IN 1 .. portion LOOP
			FETCH source INTO item;
			EXIT WHEN NOT FOUND;
			refs := refs || item.party_ref;
			cols := cols || item.party_column;
			parties := parties || item.party;
			countries := countries || item.country;
			addresses := addresses || item.address;
			days := days || item.on_date;
			moments := moments || item.moment;
		END LOOP;
		EXIT WHEN cardinality(cols) = 0;
		RETURN QUERY SELECT v.* FROM entity_screen.screen_values(refs, cols,
			parties, countries, addresses, days, moments, lists, threshold,
			run_id) v;
		rows_read := rows_read + cardinality(cols);
		PERFORM entity_screen.report_progress(target, rows_read);
		IF run_id IS NOT NULL THEN
			digest := entity_screen.digest_text(encode(digest, 'hex')
				|| jsonb_build_array(refs, parties)::text);
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
RETURNS TABLE (
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
	explanation jsonb)
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
RETURNS TABLE (
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
	explanation jsonb)
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
