-- health(): what is wrong and what mends it; self_test(); v_privilege.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;

-- Nothing is loaded
SELECT check_code, detail, command FROM entity_screen.health() WHERE status = 'error';
SELECT entity_screen.self_test();
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
SELECT check_code, status, command FROM entity_screen.health() WHERE status <> 'ok' AND check_code <> 'worker';
INSERT INTO entity_screen.list_setting (list_code, max_list_age) VALUES ('us_bis_el', '14 days');
SELECT check_code, status, detail FROM entity_screen.health(deep => true) WHERE check_code <> 'worker';

-- A list that is too old, then one that nearly is
UPDATE entity_screen.list_state SET loaded_at = now() - interval '15 days';
SELECT check_code, status, detail, command FROM entity_screen.health() WHERE check_code LIKE 'list%' AND status <> 'ok';
UPDATE entity_screen.list_state SET loaded_at = now() - interval '13 days';
SELECT check_code, status, detail FROM entity_screen.health() WHERE check_code LIKE 'list%' AND status <> 'ok';
UPDATE entity_screen.list_state SET loaded_at = now(), normalizer_version = 0;
SELECT check_code, status, detail, command FROM entity_screen.health() WHERE check_code LIKE 'list%' AND status <> 'ok';
SELECT command FROM entity_screen.health() WHERE check_code = 'list_usable' \gexec
SELECT status FROM entity_screen.health() WHERE check_code = 'list_usable';

-- Names of another normalizer in the lists and in a table of the site
CREATE TABLE customer (id int, name entity_name);
INSERT INTO customer VALUES (1, 'Muster');
SELECT entity_screen.stored_normalizer_version('Muster') = entity_screen.normalizer_version() AS present;
SELECT status FROM entity_screen.health() WHERE check_code = 'stale_name';

-- Indexes
BEGIN;
DROP INDEX entity_screen.entry_name_name_idx;
SELECT check_code, status FROM entity_screen.health() WHERE check_code = 'index';
ROLLBACK;
CREATE INDEX customer_name_idx ON customer USING gin (name);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'customer_name_idx'::regclass;
SELECT check_code, status, detail, command FROM entity_screen.health() WHERE check_code = 'index';
DROP TABLE customer;

-- Guards: each problem has its command
CREATE TABLE orders (id int PRIMARY KEY, buyer text, status text DEFAULT 'new');
CREATE TABLE loose (buyer text);
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold', status_column => 'status') IS NOT NULL AS protected;
SELECT entity_screen.protect_table('loose', party => 'buyer') IS NOT NULL AS protected;
ALTER TABLE orders DISABLE TRIGGER zzz_entity_screen_record;
SELECT check_code, status, replace(regexp_replace(detail, ': [^:]*$', ''), current_user, 'ME') AS detail, command FROM entity_screen.health() WHERE check_code LIKE 'guard%' ORDER BY 1, 2, 3;
SELECT command FROM entity_screen.health() WHERE check_code = 'guard' \gexec
SELECT status FROM entity_screen.health() WHERE check_code = 'guard';
SELECT entity_screen.alter_protection('orders', on_replica => 'skip') IS NOT NULL AS altered;
SELECT command FROM entity_screen.health() WHERE check_code = 'guard_bypass' AND status = 'warning' \gexec
SELECT count(*) FROM entity_screen.health() WHERE check_code = 'guard_bypass' AND status = 'warning';
DROP TABLE loose;
SELECT detail ~ '^table [0-9]+: table dropped$' AS dropped, command FROM entity_screen.health() WHERE check_code = 'guard';
SELECT command FROM entity_screen.health() WHERE check_code = 'guard' \gexec
SELECT status FROM entity_screen.health() WHERE check_code = 'guard';

-- Evidence: not chained for long, in the default partition, changed
INSERT INTO orders VALUES (1, 'CloudWalk'), (2, 'Muster');
SELECT status FROM entity_screen.health() WHERE check_code = 'unsealed';
INSERT INTO entity_screen.screening_event (event_at, target, row_operation, action, decision, hit_count, xid, session_user_name, role_name)
	VALUES (now() - interval '20 years', 'public.old', 'insert', 'observe', 'clear', 0, pg_current_xact_id(), 'old', 'old');
SELECT check_code, status, command FROM entity_screen.health() WHERE check_code IN ('unsealed', 'partition');
SELECT event_count FROM entity_screen.seal_audit();
SELECT check_code, status FROM entity_screen.health() WHERE check_code IN ('unsealed', 'partition');
SELECT check_code, status, detail FROM entity_screen.health(true) WHERE check_code = 'chain';
BEGIN;
ALTER TABLE entity_screen.screening_event DISABLE TRIGGER ALL;
UPDATE entity_screen.screening_event SET party = 'Other' WHERE party = 'Muster';
SELECT check_code, status, detail ~ '^changed: block [0-9]+, event [0-9]+' AS names_it FROM entity_screen.health(true) WHERE check_code = 'chain';
ROLLBACK;

-- Who may look
CREATE ROLE regress_es_auditor;
SELECT entity_screen.grant_role('auditor', 'regress_es_auditor');
SET ROLE regress_es_auditor;
SELECT count(*) > 10 AS checks FROM entity_screen.health(true);
SELECT count(*) > 0 AS mutations FROM entity_screen.self_test(max_names => 3);
SELECT count(*) FROM entity_screen.verify_audit();
SELECT entity_screen.seal_audit();
RESET ROLE;
SELECT object_kind_code AS object_kind, count(*) > 0 AS some, array_agg(DISTINCT privilege) AS privileges FROM entity_screen.v_privilege WHERE role_name = 'regress_es_auditor' GROUP BY 1 ORDER BY 1;

-- The newest names, written otherwise
SELECT bool_and(is_found) FILTER (WHERE mutation_code = 'as_listed') AS all_as_listed, avg(is_found::int) >= 0.9 AS nearly_all, count(DISTINCT mutation_code) AS ways FROM entity_screen.self_test();
SELECT count(DISTINCT name) FROM entity_screen.self_test(1, 5);
SELECT entity_screen.self_test(-1);
SELECT entity_screen.self_test(max_names => 0);
SELECT mutation_code, mutated FROM entity_screen.mutation('CloudWalk Technology Group') ORDER BY 1;
SELECT mutation_code, mutated FROM entity_screen.mutation('云从') ORDER BY 1;

SELECT count(*) FROM entity_screen.unprotect_all();
SELECT entity_screen.end_retention('end of the test');
DROP TABLE orders;
DROP EXTENSION entity_screen;
CREATE EXTENSION entity_screen;
DROP ROLE regress_es_auditor;
