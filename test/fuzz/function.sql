-- Every function with hostile arguments, and the operators under random plans.
-- Variables: dir, files, seconds, seed, runs (-1 is any number).
--
-- A call answers, or is refused; what it did is undone. Never: an internal
-- error (XX...), a syntax error in SQL that we put together (42601), a refusal
-- of ours without a hint, an answer after more than 20 s. A query gives the same
-- rows however it is planned.
SET client_min_messages = error;
CREATE TABLE given AS SELECT :'dir'::text AS dir, :'seconds'::float AS seconds, :'seed'::float AS seed, :'runs'::int AS runs;
CREATE TABLE finding (n int, call text, state text, message text);
CREATE TABLE canary (id int);
CREATE TABLE "o'r%s""\" ("i d" int PRIMARY KEY, "b'uyer%I" text, "on\" date, "st""atus" text DEFAULT 'new');
SELECT entity_screen.load_tranche(pg_read_binary_file(f)) FROM unnest(string_to_array(:'files', E'\n')) f WHERE f <> '' \g /dev/null
SELECT entity_screen.protect_table('"o''r%s""\"', party => 'b''uyer%I', on_date => 'on\', action => 'hold', status_column => 'st"atus') \g /dev/null
INSERT INTO "o'r%s""\" VALUES (1, 'Hikvision', '2021-01-01'), (2, '''; DROP TABLE canary; --', NULL);

-- Names that the operators meet: made up, damaged, listed
CREATE FUNCTION pick(n int) RETURNS int LANGUAGE sql VOLATILE RETURN floor(random() * n)::int;
CREATE FUNCTION any_text() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	words text[] := ARRAY['Hikvision', 'Cloud Walk', 'Technology', 'Ltd', 'Алмаз-Антей', '云从科技', 'شرکت', 'No. 38', '13th', '', ' ', E'\n', '''; DROP TABLE canary; --', '%s %I %L', E'\\', '"', '$1', '{}', '&#0;', U&'\FFFD', U&'\200B', '😀', 'X', 'of the', 'GmbH', 'sha', 'tron', 'vision', 'Hangzhou', 'Digital'];
	result text := '';
BEGIN
	FOR i IN 0 .. pick(5) LOOP
		result := result || words[1 + pick(cardinality(words))] || CASE WHEN random() < 0.6 THEN ' ' ELSE '' END;
	END LOOP;
	IF random() < 0.02 THEN
		result := repeat(result || 'x', 3000);
	END IF;
	RETURN result;
END $$;

CREATE FUNCTION any_value(type regtype) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	element regtype := (SELECT nullif(typelem, 0) FROM pg_type WHERE oid = type AND typcategory = 'A');
	existing text;
BEGIN
	IF random() < 0.12 THEN
		RETURN 'NULL';
	ELSIF element IS NOT NULL THEN
		RETURN 'ARRAY[' || coalesce((SELECT string_agg(any_value(element), ', ') FROM generate_series(1, pick(4))), '') || ']';
	END IF;
	-- at times a value that is there
	IF type = 'text'::regtype AND random() < 0.4 THEN
		existing := (ARRAY['us_bis_el', 'us_ofac_sdn', 'observe', 'hold', 'reject', 'alert', 'plain_csv', 'CN', 'China', 'user', 'analyst', '85 FR 34495', 'Asia/Shanghai', 'high', 'id', '1'])[1 + pick(16)];
	ELSIF type = 'bigint'::regtype AND random() < 0.4 THEN
		existing := pick(6)::text;
	END IF;
	RETURN quote_literal(coalesce(existing, CASE
		WHEN type IN ('text'::regtype, 'name'::regtype, 'entity_name'::regtype, 'cstring'::regtype, 'varchar'::regtype) THEN any_text()
		WHEN type = 'bytea'::regtype THEN '\x' || encode(convert_to(any_text(), 'UTF8'), 'hex') || (ARRAY['', '00', 'ff'])[1 + pick(3)]
		WHEN type IN ('integer'::regtype, 'smallint'::regtype) THEN (ARRAY['0', '1', '-1', '32767', '-32768', '7'])[1 + pick(6)]
		WHEN type IN ('bigint'::regtype, 'xid8'::regtype) THEN (ARRAY['0', '1', '2', '9223372036854775807', '4294967296'])[1 + pick(5)]
		WHEN type IN ('double precision'::regtype, 'real'::regtype, 'numeric'::regtype) THEN (ARRAY['0', '0.3', '0.65', '1', 'NaN', 'Infinity', '-1', '1e-300', '0.99995'])[1 + pick(9)]
		WHEN type = 'date'::regtype THEN (ARRAY['2020-06-05', '2024-02-29', 'infinity', '-infinity', '5874897-12-31', '4713-01-01 BC'])[1 + pick(6)]
		WHEN type IN ('timestamptz'::regtype, 'timestamp'::regtype) THEN (ARRAY['2024-01-01', 'infinity', '-infinity', '294276-12-31', '4713-01-01 BC'])[1 + pick(5)]
		WHEN type = 'interval'::regtype THEN (ARRAY['0', '1 day', '-1 day', '1000000 years'])[1 + pick(4)]
		WHEN type = 'boolean'::regtype THEN (ARRAY['true', 'false'])[1 + pick(2)]
		WHEN type = 'regclass'::regtype THEN (ARRAY['0', '4294967295', '"o''r%s""\"', 'canary', 'pg_class', 'entity_screen.entry'])[1 + pick(6)]
		WHEN type = 'regrole'::regtype THEN (ARRAY['0', '4294967295', 'fuzz_role'])[1 + pick(3)]
		WHEN type IN ('jsonb'::regtype, 'json'::regtype) THEN (ARRAY['[]', '{}', 'null', '1', '{"a''%s": null}', '[[[[[]]]]]', '{"name": ["x", 1, null]}'])[1 + pick(7)]
		WHEN type = 'uuid'::regtype THEN '00000000-0000-0000-0000-000000000000'
		WHEN type = 'daterange'::regtype THEN (ARRAY['empty', '(,)', '[2020-01-01,2021-01-01)'])[1 + pick(3)]
	END)) || '::' || type;
END $$;

-- What anybody may be granted, and all of the value side. The rest takes its
-- arguments from these only.
CREATE ROLE fuzz_role;
SELECT count(entity_screen.grant_role(k, 'fuzz_role')) FROM unnest(ARRAY['user', 'analyst', 'loader', 'approver', 'auditor', 'admin']) k \g /dev/null
CREATE TABLE callable AS
SELECT p.oid, p.oid::regprocedure::text AS name, p.pronamespace = 'entity_screen'::regnamespace AS ours
FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'entity_screen'
WHERE p.prokind = 'f' AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype)
	AND NOT 'internal'::regtype = ANY (p.proargtypes) AND NOT 'cstring'::regtype = ANY (p.proargtypes)
	AND (p.pronamespace <> 'entity_screen'::regnamespace OR has_function_privilege('fuzz_role', p.oid, 'EXECUTE'));

CREATE FUNCTION call_any(OUT call text, OUT state text, OUT message text) LANGUAGE plpgsql AS $$
DECLARE
	hint text;
	function oid := (SELECT oid FROM callable ORDER BY random() LIMIT 1);
BEGIN
	SELECT format('SELECT * FROM %s(%s)', function::regproc, string_agg(any_value(t.type::regtype), ', ' ORDER BY t.place)) INTO call
	FROM pg_proc p, unnest(p.proargtypes) WITH ORDINALITY t (type, place) WHERE p.oid = function;
	call := coalesce(call, format('SELECT * FROM %s()', function::regproc));
	EXECUTE format('COPY (SELECT %L) TO %L', call, (SELECT dir FROM given) || '/current');
	BEGIN
		EXECUTE call;
		RAISE EXCEPTION USING ERRCODE = 'QQ000';
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	END;
	-- screen_rows() is given a query, and runs it as its caller
	IF NOT (state ~ '^(XX|57014|22P06)' OR state = '42601' AND call !~ 'screen_rows' OR
		state ~ '^(P0|0A|21|42P|42883|42804|22004)' AND hint = '') THEN
		state := CASE state WHEN 'QQ000' THEN 'fine' ELSE 'refused' END;
	END IF;
END $$;

CREATE TABLE a (id int PRIMARY KEY, name entity_name);
CREATE TABLE b (id int PRIMARY KEY, name entity_name);
INSERT INTO a SELECT i, left(any_text(), 10000)::entity_name FROM generate_series(1, 80) i;
INSERT INTO b SELECT i, left(any_text(), 10000)::entity_name FROM generate_series(1, 80) i;
CREATE INDEX ON a USING gin (name);
CREATE INDEX ON b USING gin (name);
CREATE INDEX ON a (name);
CREATE INDEX ON b USING hash (name);
ANALYZE a, b;

-- The same query under settings drawn at random, twice
CREATE FUNCTION query_under_settings(OUT call text, OUT state text, OUT message text) LANGUAGE plpgsql AS $$
DECLARE
	queries text[] := ARRAY[
		'SELECT count(*), sum(a.id * 7 + b.id) FROM a %s JOIN b ON a.name %% b.name',
		'SELECT count(*), sum(a.id * 7 + b.id) FROM a %s JOIN b ON entity_match(a.name, b.name::text, %s)',
		'SELECT count(*), sum(a.id) FROM a WHERE %s EXISTS (SELECT FROM b WHERE a.name %% b.name)',
		'SELECT count(*), sum(a.id) FROM a WHERE a.name %% %s::entity_name',
		'SELECT count(*), sum(a.id) FROM a WHERE entity_match(a.name, %s, %s)',
		'SELECT count(*), sum(a.id * 7 + b.id) FROM a %s JOIN b ON a.name = b.name AND a.name <= %s::entity_name',
		'SELECT count(*), sum(x.id) FROM a, LATERAL (SELECT b.id FROM b WHERE b.name %% a.name AND b.id > a.id ORDER BY b.name <-> a.name, b.id LIMIT 2) x',
		'SELECT md5(string_agg(a.name::text, '','' ORDER BY a.name, a.id)), count(DISTINCT a.name) FROM a WHERE a.name <> %s::entity_name'];
	which int := 1 + pick(cardinality(queries));
	join_kind text := (ARRAY['', 'LEFT', 'RIGHT', 'FULL'])[1 + pick(CASE WHEN which = 6 THEN 3 ELSE 2 END)];
	setting text; answer record; first text;
BEGIN
	call := replace(format(replace(queries[which], '%%', '@#'),
		CASE which WHEN 1 THEN join_kind WHEN 2 THEN join_kind WHEN 3 THEN (ARRAY['', 'NOT'])[1 + pick(2)] WHEN 6 THEN join_kind ELSE quote_literal(any_text()) END,
		CASE WHEN which = 6 THEN quote_literal(any_text()) ELSE (ARRAY['0.3', '0.5', '0.65', '0.8', '1'])[1 + pick(5)] END), '@#', '%');
	PERFORM set_config('entity_screen.threshold', (ARRAY['0.3', '0.5', '0.65', '0.8', '1'])[1 + pick(5)], false);
	FOR i IN 1 .. 2 LOOP
		FOREACH setting IN ARRAY ARRAY['enable_seqscan', 'enable_indexscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_nestloop', 'enable_material', 'enable_memoize', 'entity_screen.enable_join', 'jit'] LOOP
			PERFORM set_config(setting, (ARRAY['on', 'off'])[1 + pick(2)], false);
		END LOOP;
		PERFORM set_config('work_mem', (ARRAY['64kB', '4MB'])[1 + pick(2)], false),
			set_config('max_parallel_workers_per_gather', pick(3)::text, false),
			set_config('parallel_setup_cost', (ARRAY['0', '1000'])[1 + pick(2)], false),
			set_config('min_parallel_table_scan_size', (ARRAY['0', '8MB'])[1 + pick(2)], false);
		BEGIN
			EXECUTE call INTO answer;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
			-- a name above 64 kB
			state := CASE state WHEN '54000' THEN 'refused' ELSE state END;
			RETURN;
		END;
		IF i = 2 AND answer::text <> first THEN
			state := 'differs';
			message := first || ' and ' || answer::text;
			RETURN;
		END IF;
		first := answer::text;
	END LOOP;
	state := 'fine';
END $$;

CREATE FUNCTION query_any(OUT call text, OUT state text, OUT message text) LANGUAGE plpgsql AS $$
BEGIN
	SELECT * INTO call, state, message FROM query_under_settings();
	RESET ALL;
END $$;

CREATE PROCEDURE fuzz() LANGUAGE plpgsql AS $$
DECLARE
	ends timestamptz := clock_timestamp() + make_interval(secs => (SELECT seconds FROM given));
	n int := 0; fine int := 0;
	begun timestamptz;
	one record;
BEGIN
	PERFORM setseed((SELECT seed / 1e9 FROM given));
	WHILE clock_timestamp() < ends AND n <> (SELECT runs FROM given) LOOP
		n := n + 1;
		begun := clock_timestamp();
		IF n % 4 = 0 THEN
			one := query_any();
		ELSE
			one := call_any();
		END IF;
		IF clock_timestamp() - begun > '20 s' THEN
			INSERT INTO finding VALUES (n, one.call, 'slow', (clock_timestamp() - begun)::text);
		END IF;
		IF one.state = 'fine' THEN
			fine := fine + 1;
		ELSIF one.state <> 'refused' THEN
			INSERT INTO finding VALUES (n, one.call, one.state, one.message);
		END IF;
	END LOOP;
	CREATE TABLE result AS SELECT n, fine;
END $$;

CALL fuzz();
INSERT INTO finding SELECT 0, 'canary', 'changed', 'a table was touched'
WHERE to_regclass('canary') IS NULL OR EXISTS (SELECT FROM canary);
\pset format unaligned
\pset tuples_only on
SELECT state, left(min(message), 200), count(*), left(min(call), 600) FROM finding GROUP BY state, left(message, 40), split_part(call, '(', 1) ORDER BY 3 DESC LIMIT 20;
SELECT format('%s executions in %s s, %s answered, %s functions, %s findings', n, (SELECT seconds FROM given), fine, (SELECT count(*) FROM callable), (SELECT count(*) FROM finding)) FROM result;
SELECT 1 / (fine > 0 AND NOT EXISTS (SELECT FROM finding))::int AS fine FROM result \g /dev/null
