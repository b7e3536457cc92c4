-- Files of lists, damaged in every way, through what reads them: parse_operation_file
-- and split_csv in C, load_tranche and load_snapshot whole. Each is loaded, or
-- refused with an SQLSTATE of docs/operation_file.md and a hint; what was
-- loaded is undone. Variables: dir, files, seconds,
-- seed, runs (-1 is any number).
SET client_min_messages = warning;
SELECT set_config('fuzz.dir', :'dir', false), set_config('fuzz.seconds', :'seconds', false), set_config('fuzz.seed', :'seed', false), set_config('fuzz.runs', :'runs', false) \g /dev/null
CREATE TABLE seed (id int GENERATED ALWAYS AS IDENTITY, kind text, content bytea);
CREATE TABLE finding (n int, target text, state text, message text, content bytea);

INSERT INTO seed (kind, content)
SELECT CASE WHEN f LIKE '%seed%' OR f LIKE '%lists%' THEN 'snapshot' ELSE 'operation' END, left_bytes
FROM unnest(string_to_array(:'files', E'\n')) f, LATERAL (SELECT pg_read_binary_file(f, 0, 6000, true)) r (left_bytes)
WHERE f <> '';
-- a file of every flat format, as its row describes it
INSERT INTO seed (kind, content)
SELECT 'snapshot', convert_to(string_agg(l.line, E'\n' ORDER BY l.n) || E'\n', 'UTF8')
FROM entity_screen.list_format f, LATERAL (
	SELECT n, string_agg(CASE WHEN n = 0 THEN '"' || c.name || '"' ELSE (ARRAY['Harbor Works Ltd', '2020-06-05', '85 FR 34495', '12', 'Алмаз', '"a, b"', '', 'CN', '1 Road, Wuhan'])[1 + (n * 7 + c.place::int) % 9] END, coalesce(f.delimiter, ',') ORDER BY c.place) AS line
	FROM generate_series(0, 4) n, (
		SELECT name, row_number() OVER (ORDER BY name) AS place FROM (
			SELECT DISTINCT coalesce(e.element, v.value #>> '{}') AS name
			FROM jsonb_each(f.columns) v LEFT JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(v.value) WHEN 'array' THEN v.value END) e (element) ON true
			UNION SELECT unnest(f.signature)) names) c
	GROUP BY n) l
WHERE f.reader = 'csv'
GROUP BY f.format;

CREATE FUNCTION pick(n int) RETURNS int LANGUAGE sql VOLATILE RETURN floor(random() * n)::int;

CREATE FUNCTION damage(content bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	at int := pick(length(content) + 1);
	size int := CASE WHEN random() < 0.8 THEN pick(12) ELSE pick(length(content) + 1) END;
	words text[] := ARRAY['"', ',', E'\n', E'\r', E'\r\n', E'\\.', E'\n\\.\n', '""', ';', E'\t', '(none)', '9999-99-99', '0097-06-30', 'infinity', '-1', '99999999999999999999', '&#0;', '&lt;', ']]>', '<!--', '<![CDATA[', '<!DOCTYPE a [<!ENTITY b "c">]>', '{', '[', 'null', '\u0000', 'drop', 'move', 'entry', 'tranche', 'Алмаз', '云从科技', '%s%n', '''; DROP TABLE seed; --'];
	bytes bytea[] := ARRAY['\x00', '\xff', '\xc3', '\xefbbbf', '\xfffe', '\xeda080', '\xf4908080', '\xc080'];
	piece bytea;
BEGIN
	CASE pick(8)
		WHEN 0 THEN
			IF at < length(content) THEN
				content := set_byte(content, at, pick(256));
			END IF;
		WHEN 1 THEN
			content := substr(content, 1, at) || substr(content, at + 1 + size);
		WHEN 2 THEN
			content := substr(content, 1, at) || substr(content, at + 1, size) || substr(content, at + 1);
		WHEN 3 THEN
			content := substr(content, 1, at) || bytes[1 + pick(cardinality(bytes))] || substr(content, at + 1);
		WHEN 4 THEN
			content := substr(content, 1, at);
		WHEN 5 THEN
			piece := (SELECT s.content FROM seed s ORDER BY random() LIMIT 1);
			content := substr(content, 1, at) || substr(piece, 1 + pick(length(piece)), size) || substr(content, at + 1);
		WHEN 6 THEN
			piece := convert_to(repeat(words[1 + pick(cardinality(words))], CASE WHEN random() < 0.03 THEN 30000 ELSE 1 + pick(4) END), 'UTF8');
			content := substr(content, 1, at) || piece || substr(content, at + 1);
		ELSE
			content := substr(content, 1, at) || convert_to(words[1 + pick(cardinality(words))], 'UTF8') || substr(content, at + 1 + size);
	END CASE;
	RETURN content;
END $$;

-- What reads it; whatever it did is undone.
CREATE FUNCTION read_it(target text, content bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CASE target
		WHEN 'parse_operation_file' THEN
			PERFORM entity_screen.parse_operation_file(content);
		WHEN 'split_csv' THEN
			PERFORM entity_screen.split_csv(content, (ARRAY[',', ';', E'\t', '|'])[1 + pick(4)], (ARRAY['UTF8', 'LATIN1', 'SJIS', 'BIG5', 'WIN1252'])[1 + pick(5)], pick(20));
		WHEN 'load_tranche' THEN
			PERFORM entity_screen.load_tranche(content, list_code => (ARRAY['us_bis_el', NULL])[1 + pick(2)]);
		WHEN 'load_snapshot' THEN
			PERFORM entity_screen.load_snapshot(content, '2024-01-01', list_code => CASE WHEN random() < 0.3 THEN 'us_bis_el' END, format => CASE WHEN random() < 0.2 THEN (SELECT f.format FROM entity_screen.list_format f ORDER BY random() LIMIT 1) END);
	END CASE;
	RAISE EXCEPTION USING ERRCODE = 'QQ000';
END $$;

CREATE FUNCTION state_of_tables() RETURNS TABLE (name text, rows bigint, hash numeric) LANGUAGE plpgsql AS $$
BEGIN
	FOR name IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*), sum(hashtextextended(t::text, 0)) FROM entity_screen.%I t', name) INTO rows, hash;
		RETURN NEXT;
	END LOOP;
END $$;

CREATE PROCEDURE fuzz() LANGUAGE plpgsql AS $$
DECLARE
	ends timestamptz := clock_timestamp() + make_interval(secs => current_setting('fuzz.seconds')::float);
	begun timestamptz;
	n int := 0;
	loaded int := 0;
	states text[] := '{}';
	target text;
	content bytea;
	state text; message text; hint text;
BEGIN
	PERFORM setseed(current_setting('fuzz.seed')::float / 1e9);
	WHILE clock_timestamp() < ends AND n <> current_setting('fuzz.runs')::int LOOP
		n := n + 1;
		target := (ARRAY['parse_operation_file', 'parse_operation_file', 'split_csv', 'load_tranche', 'load_snapshot', 'load_snapshot'])[1 + pick(6)];
		content := (SELECT s.content FROM seed s WHERE s.kind = CASE WHEN target IN ('parse_operation_file', 'load_tranche') THEN 'operation' ELSE 'snapshot' END ORDER BY random() LIMIT 1);
		FOR i IN 0 .. pick(6) LOOP
			content := damage(content);
		END LOOP;
		-- should the server go down, this is what it had
		EXECUTE format('COPY (SELECT %L, encode(%L::bytea, ''base64'')) TO %L', target, content, current_setting('fuzz.dir') || '/current');
		begun := clock_timestamp();
		BEGIN
			PERFORM read_it(target, content);
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
		END;
		IF state = 'QQ000' THEN
			loaded := loaded + 1;
		ELSIF state !~ '^(22P04|22021|22007|22008|22004|22023|54000|SC0..)$' AND NOT (target = 'load_snapshot' AND state IN ('2200M', '22P02', '55000')) OR hint = '' THEN
			INSERT INTO finding VALUES (n, target, state, message, content);
		END IF;
		IF NOT state = ANY (states) THEN
			states := states || state;
		END IF;
		-- twenty seconds, and for what was blown up one for each 10 kB
		IF clock_timestamp() - begun > make_interval(secs => greatest(20, length(content) / 10000.0)) THEN
			INSERT INTO finding VALUES (n, target, 'slow', (clock_timestamp() - begun)::text, content);
		END IF;
	END LOOP;
	CREATE TABLE result AS SELECT n, loaded, states;
END $$;

CREATE TABLE before_it AS SELECT * FROM state_of_tables();
CALL fuzz();
INSERT INTO finding SELECT 0, coalesce(b.name, a.name), 'changed', 'a table has other rows', NULL
FROM before_it b FULL JOIN state_of_tables() a USING (name) WHERE (b.rows, b.hash) IS DISTINCT FROM (a.rows, a.hash);
\pset format unaligned
\pset tuples_only on
SELECT target, state, left(message, 200), count(*), left(min(encode(content, 'base64')), 3000) FROM finding GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 20;
SELECT format('%s executions in %s s, %s accepted, %s kinds of refusal, %s findings', n, current_setting('fuzz.seconds'), loaded, cardinality(states) - 1, (SELECT count(*) FROM finding)) FROM result;
SELECT 1 / (loaded > 0 AND NOT EXISTS (SELECT FROM finding))::int AS fine FROM result \g /dev/null
