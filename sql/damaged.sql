-- An installation that somebody has taken something from, or whose library is
-- of another version: nothing is let through, and the error says what to do.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
\set rule :LASTOID
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
CREATE TABLE damaged_order (id int PRIMARY KEY, buyer text, ordered_on date, status text DEFAULT 'new');
SELECT entity_screen.protect_table('damaged_order', party => 'buyer', on_date => 'ordered_on',
	action => 'hold', status_column => 'status') IS NOT NULL AS guarded;

-- A table that has lost its name
BEGIN;
ALTER TABLE entity_screen.screening_event RENAME TO event_of_screening;
INSERT INTO damaged_order VALUES (1, 'CloudWalk', '2020-07-01');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN;
ALTER TABLE entity_screen.tranche_operation RENAME TO operation_of_tranche;
SELECT * FROM entity_screen.parse_operation_file('record');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- The rules of the site are gone: no order is clear, and the reason is kept
BEGIN;
ALTER TABLE entity_screen.screening_policy DISABLE TRIGGER USER;
DELETE FROM entity_screen.screening_policy;
INSERT INTO damaged_order VALUES (2, 'Muster GmbH', '2020-07-01');
SELECT status FROM damaged_order;
SELECT decision, reason FROM entity_screen.screening_event;
ROLLBACK;

-- Evidence that would be written elsewhere, or nowhere, stops the order
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
BEGIN;
CREATE TRIGGER nothing BEFORE INSERT ON entity_screen.screening_event FOR EACH ROW EXECUTE FUNCTION nothing();
INSERT INTO damaged_order VALUES (3, 'CloudWalk', '2020-07-01');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN;
CREATE TRIGGER nothing BEFORE INSERT ON entity_screen.screening_event FOR EACH ROW EXECUTE FUNCTION nothing();
INSERT INTO damaged_order VALUES (3, 'Muster GmbH', '2020-07-01');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SELECT entity_screen.alter_protection('damaged_order', record_clean => 'count') IS NOT NULL AS altered;
BEGIN;
CREATE RULE nothing AS ON INSERT TO entity_screen.screening_event DO INSTEAD NOTHING;
INSERT INTO damaged_order VALUES (3, 'Muster GmbH', '2020-07-01');
COMMIT;
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) AS orders FROM damaged_order;

-- A library that does not know what the script declares
CREATE FUNCTION parse_operation_file_later(content bytea)
RETURNS TABLE (line_no bigint, record text, color text)
LANGUAGE c STRICT AS '$libdir/entity_screen', 'parse_operation_file';
SELECT * FROM parse_operation_file_later(lo_get(:rule));
\echo :LAST_ERROR_SQLSTATE
CREATE OPERATOR CLASS later_ops FOR TYPE entity_name USING gin AS
	OPERATOR 9 % (entity_name, entity_name),
	FUNCTION 1 btint4cmp(integer, integer),
	FUNCTION 2 gin_entity_extract_value(entity_name, internal),
	FUNCTION 3 gin_entity_extract_query(entity_name, internal, smallint, internal, internal, internal, internal),
	FUNCTION 6 gin_entity_triconsistent(internal, smallint, entity_name, integer, internal, internal, internal),
	STORAGE integer;
CREATE TABLE damaged_name (name entity_name);
INSERT INTO damaged_name VALUES ('CloudWalk');
CREATE INDEX ON damaged_name USING gin (name later_ops);
SET enable_seqscan = off;
SELECT * FROM damaged_name WHERE name % 'CloudWalk';
\echo :LAST_ERROR_SQLSTATE
RESET enable_seqscan;

DROP TABLE damaged_order, damaged_name;
DROP OPERATOR FAMILY later_ops USING gin;
DROP FUNCTION parse_operation_file_later(bytea), nothing();
