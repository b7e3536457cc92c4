-- What pg_dump takes along, and what it must not.
\set SHOW_CONTEXT never

-- Tables with a filter: those with rows that the install script ships, and
-- guards
SELECT c.relname, e.cond AS filter
FROM pg_class c
JOIN (SELECT unnest(extconfig) AS oid, unnest(extcondition) AS cond FROM pg_extension WHERE extname = 'entity_screen') e ON e.oid = c.oid
WHERE e.cond <> ''
ORDER BY c.relname COLLATE "C";

-- Every table and every identity sequence is registered
SELECT c.relname AS unregistered
FROM pg_class c
WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind IN ('r', 'p', 'S')
	AND NOT c.oid = ANY (SELECT unnest(extconfig) FROM pg_extension WHERE extname = 'entity_screen');

-- Shipped rows are exactly those a fresh installation has
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
CREATE FUNCTION pg_temp.has_rows(relation regclass) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	result boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %s)', relation) INTO result;
	RETURN result;
END $$;
SELECT c.relname AS has_rows
FROM pg_class c WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind = 'r' AND pg_temp.has_rows(c.oid::regclass)
ORDER BY c.relname COLLATE "C";
SELECT count(*) FILTER (WHERE is_shipped) > 0 AS shipped, count(*) FILTER (WHERE NOT is_shipped) AS own FROM entity_screen.screening_list
UNION ALL SELECT count(*) FILTER (WHERE is_shipped) > 0, count(*) FILTER (WHERE NOT is_shipped) FROM entity_screen.country_spelling
UNION ALL SELECT count(*) FILTER (WHERE is_shipped) > 0, count(*) FILTER (WHERE NOT is_shipped) FROM entity_screen.screening_config;
SELECT list_code, legal_effect, time_zone FROM entity_screen.screening_list ORDER BY 1;

-- A change of a shipped row would be lost in a dump, so it is refused
UPDATE entity_screen.screening_list SET time_zone = 'UTC' WHERE list_code = 'us_bis_el';
DELETE FROM entity_screen.screening_list WHERE is_shipped;
UPDATE entity_screen.country_spelling SET country_code = 'FR' WHERE spelling = 'de';
BEGIN;
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect) VALUES ('private_ours', 'Ours', 'We', 'internal_block');
UPDATE entity_screen.screening_list SET title = 'Our own' WHERE list_code = 'private_ours';
DELETE FROM entity_screen.screening_list WHERE list_code = 'private_ours';
ROLLBACK;

-- Nothing fires on INSERT into our tables: a restore inserts. Only sessions
-- are told that something changed, and what is chained is recorded, except by
-- a restore, which works with an empty search_path.
SELECT t.tgrelid::regclass, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'entity_screen'::regnamespace AND NOT t.tgisinternal AND t.tgtype & 4 <> 0
	AND t.tgfoid <> 'entity_screen.invalidate_guards()'::regprocedure
	AND NOT (t.tgfoid = 'entity_screen.record_row()'::regprocedure AND t.tgtype & 2 = 0
		AND pg_get_triggerdef(t.oid) ~ 'WHEN .*current_setting\(''search_path''.* <> ''''');

-- The install script leaves no object behind
DROP EXTENSION entity_screen;
SELECT to_regnamespace('entity_screen') IS NULL AS gone;
CREATE EXTENSION entity_screen;
