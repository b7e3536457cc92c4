-- Every function of the list side with nulls, empty, huge and hostile
-- arguments: an answer, or an error with a SQLSTATE that says what is wrong;
-- and nothing of it is executed.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
CREATE TABLE "o'r%s""\" ("i d" int PRIMARY KEY, "b'uyer%I" text, "on\" date, "st""atus" text DEFAULT 'new');
SELECT entity_screen.protect_table('"o''r%s""\"', party => 'b''uyer%I', on_date => 'on\', action => 'hold', status_column => 'st"atus') IS NOT NULL AS protected;
INSERT INTO "o'r%s""\" VALUES (1, 'Hikvision', '2021-01-01'), (2, '''; DROP TABLE canary; --', NULL);
CREATE TABLE canary (id int);

-- What anybody can be granted; the rest is called by these only
CREATE ROLE regress_es_any;
SELECT count(entity_screen.grant_role(k, 'regress_es_any')) AS kinds FROM unnest(ARRAY['user', 'analyst', 'loader', 'approver', 'auditor', 'admin']) k;

-- Objects of the names we use, in the path of the caller
CREATE SCHEMA evil;
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil now' USING ERRCODE = 'XX001'; END $$;
CREATE FUNCTION evil.format(text, VARIADIC "any") RETURNS text LANGUAGE internal AS 'text_format';
CREATE FUNCTION evil.coalesce_(text) RETURNS text LANGUAGE sql RETURN $1;
CREATE FUNCTION evil.never(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil operator' USING ERRCODE = 'XX001'; END $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.never);
CREATE FUNCTION evil.sha256(bytea) RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil sha256' USING ERRCODE = 'XX001'; END $$;
CREATE FUNCTION evil.jsonb_build_array(VARIADIC "any") RETURNS jsonb LANGUAGE internal AS 'jsonb_build_array';
CREATE TABLE evil.screening_event (event_id int);

-- The value of a type that a kind of hostility would pass
CREATE FUNCTION hostile_value(type regtype, kind text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN kind = 'null' THEN NULL
		WHEN type IN ('text'::regtype, 'name'::regtype, 'entity_name'::regtype) THEN CASE kind WHEN 'empty' THEN '' WHEN 'huge' THEN repeat('Ab %s'' ', 9000)
			ELSE $q$'; DROP TABLE canary; -- %s %I %L \\ " $1 {}$q$ END
		WHEN type = 'bytea'::regtype THEN CASE kind WHEN 'empty' THEN '' WHEN 'huge' THEN '\x' || repeat('ff', 70000) ELSE '\x00ff' END
		WHEN type IN ('integer'::regtype, 'smallint'::regtype) THEN CASE kind WHEN 'empty' THEN '0' WHEN 'huge' THEN '32767' ELSE '-32768' END
		WHEN type IN ('bigint'::regtype, 'xid8'::regtype) THEN CASE kind WHEN 'empty' THEN '0' WHEN 'huge' THEN '9223372036854775807' ELSE '-1' END
		WHEN type IN ('double precision'::regtype, 'real'::regtype, 'numeric'::regtype) THEN CASE kind WHEN 'empty' THEN '0' WHEN 'huge' THEN 'Infinity' ELSE 'NaN' END
		WHEN type = 'date'::regtype THEN CASE kind WHEN 'empty' THEN 'infinity' WHEN 'huge' THEN '5874897-12-31' ELSE '4713-01-01 BC' END
		WHEN type IN ('timestamptz'::regtype, 'timestamp'::regtype) THEN CASE kind WHEN 'empty' THEN 'infinity' WHEN 'huge' THEN '294276-12-31' ELSE '4713-01-01 BC' END
		WHEN type = 'interval'::regtype THEN CASE kind WHEN 'empty' THEN '0' WHEN 'huge' THEN '1000000 years' ELSE '-1000000 years' END
		WHEN type = 'boolean'::regtype THEN CASE kind WHEN 'empty' THEN 'false' ELSE 'true' END
		WHEN type = 'regclass'::regtype THEN CASE kind WHEN 'empty' THEN '0' WHEN 'huge' THEN '4294967295' ELSE '"o''r%s""\"' END
		WHEN type = 'regrole'::regtype THEN CASE kind WHEN 'empty' THEN '0' ELSE '4294967295' END
		WHEN type = 'jsonb'::regtype THEN CASE kind WHEN 'empty' THEN '[]' WHEN 'huge' THEN (SELECT jsonb_agg(n)::text FROM generate_series(1, 20000) n) ELSE '{"a''%s": null}' END
		WHEN type::text LIKE '%[]' THEN CASE kind WHEN 'empty' THEN '{}' ELSE '{NULL}' END
		END $$;

-- Called for their arguments only: what they did is rolled back
CREATE FUNCTION call_it(function oid, kind text) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
	call text;
	state text; message text; hint text;
BEGIN
	SELECT format('SELECT * FROM %s(%s)', function::regproc, string_agg(format('%L::%s', hostile_value(t.type::regtype, kind), t.type::regtype), ', ' ORDER BY t.place)) INTO call
	FROM pg_proc p, unnest(p.proargtypes) WITH ORDINALITY t (type, place) WHERE p.oid = function;
	BEGIN
		SET LOCAL search_path = evil, public, pg_catalog;
		EXECUTE call;
		RAISE EXCEPTION USING ERRCODE = 'QQ000';
	EXCEPTION
		WHEN SQLSTATE 'QQ000' THEN RETURN NULL;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	END;
	-- what a function of ours refuses has a hint; what PostgreSQL refuses, none
	IF state ~ '^(P0|0A|21|42601|42P|42883|42804|22004)' AND hint = '' OR state ~ '^XX' THEN
		RETURN state || ' ' || left(message, 100);
	END IF;
	RETURN NULL;
END $$;

CREATE TEMP TABLE called AS
SELECT kind, p.oid::regprocedure::text AS function, call_it(p.oid, kind) AS problem
FROM pg_proc p, unnest(ARRAY['null', 'empty', 'huge', 'hostile']) kind
WHERE p.pronamespace = 'entity_screen'::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype
	AND (has_function_privilege('regress_es_any', p.oid, 'EXECUTE') OR p.oid = 'entity_screen.grant_role(text, regrole)'::regprocedure);
SELECT count(*) > 300 AS many FROM called;
SELECT * FROM called WHERE problem IS NOT NULL ORDER BY kind COLLATE "C", function COLLATE "C";
SELECT count(*) AS canary FROM canary;
SELECT id, decision FROM (SELECT party_ref AS id, decision, event_id FROM entity_screen.screening_event) e ORDER BY event_id;

DROP FUNCTION call_it, hostile_value;
DROP SCHEMA evil CASCADE;
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DROP TABLE canary, "o'r%s""\";
DROP ROLE regress_es_any;
