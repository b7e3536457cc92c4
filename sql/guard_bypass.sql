-- Every way in which an application could get a listed order past the guard:
-- none leaves it in another state than held.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));

CREATE ROLE regress_es_app;
CREATE TABLE orders (id int PRIMARY KEY, buyer text, ordered_on date DEFAULT '2020-07-01', status text NOT NULL DEFAULT 'new', memo text);
GRANT SELECT, INSERT, UPDATE ON orders TO regress_es_app;
-- a trigger of the site that runs after ours and changes what was decided
CREATE FUNCTION rewrite() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF NEW.memo = 'party' THEN NEW.buyer := 'CloudWalk'; END IF;
	IF NEW.memo = 'status' THEN NEW.status := 'released'; END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER zzzzz_rewrite BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION rewrite();
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on', action => 'hold', status_column => 'status') IS NOT NULL AS protected;

SET ROLE regress_es_app;
-- settings, known and made up
SET entity_screen.threshold = 1;
SET entity_screen.enable_join = off;
SET gin_fuzzy_search_limit = 1;
SET lc_messages = 'C';
SET session_replication_role = replica;
SET entity_screen.disable = on;
INSERT INTO orders (id, buyer) VALUES (1, 'CloudWalk');
-- the status in the statement
INSERT INTO orders (id, buyer, status) VALUES (2, 'CloudWalk', 'released');
INSERT INTO orders (id, buyer, status) VALUES (3, 'CloudWalk', 'held');
COPY orders (id, buyer, status) FROM stdin;
4	Hikvision	released
\.
MERGE INTO orders o USING (VALUES (5, 'CloudWalk'), (1, 'CloudWalk')) v (id, buyer) ON o.id = v.id
	WHEN NOT MATCHED THEN INSERT (id, buyer, status) VALUES (v.id, v.buyer, 'released') WHEN MATCHED THEN UPDATE SET memo = 'merged';
MERGE INTO orders o USING (VALUES (5)) v (id) ON o.id = v.id WHEN MATCHED THEN UPDATE SET status = 'released';
INSERT INTO orders (id, buyer) VALUES (5, 'x') ON CONFLICT (id) DO UPDATE SET status = 'released';
-- afterwards
UPDATE orders SET status = 'released' WHERE id = 1;
UPDATE orders SET status = 'released', buyer = 'Muster' WHERE id = 1;
UPDATE orders SET status = 'released', id = 100 WHERE id = 1;
WITH u AS (UPDATE orders SET status = 'released' RETURNING id) SELECT count(*) FROM u;
-- clean first, listed later
INSERT INTO orders (id, buyer, status) VALUES (6, 'Muster', 'released');
UPDATE orders SET buyer = 'CloudWalk' WHERE id = 6;
INSERT INTO orders (id, buyer, status, ordered_on) VALUES (7, 'CloudWalk', 'released', '2019-01-01');
UPDATE orders SET ordered_on = '2021-01-01' WHERE id = 7;
-- the trigger that runs later
INSERT INTO orders (id, buyer, memo) VALUES (8, 'Muster', 'party');
INSERT INTO orders (id, buyer, memo) VALUES (9, 'CloudWalk', 'status');
UPDATE orders SET memo = 'status' WHERE id = 2;
-- several in one statement, and in a savepoint that is rolled back
INSERT INTO orders (id, buyer, status) SELECT n, CASE n % 2 WHEN 0 THEN 'Hikvision' ELSE 'Muster' END, 'released' FROM generate_series(10, 19) n;
BEGIN;
SAVEPOINT s;
INSERT INTO orders (id, buyer) VALUES (20, 'CloudWalk');
ROLLBACK TO s;
INSERT INTO orders (id, buyer, status) VALUES (20, 'CloudWalk', 'released');
COMMIT;
-- objects of our names in the temporary schema
CREATE TEMP TABLE guard (guard_id bigint, target regclass);
CREATE TEMP TABLE entry_name (name text);
CREATE FUNCTION pg_temp.guard_hit(text, text, text, text[], date[], double precision[], double precision) RETURNS int LANGUAGE sql RETURN 0;
INSERT INTO orders (id, buyer, status) VALUES (21, 'CloudWalk', 'released');
-- our own functions
SELECT entity_screen.release('orders', '1', 'let me');
SELECT entity_screen.alter_protection('orders', action => 'observe');
SELECT entity_screen.unprotect_table('orders');
SELECT entity_screen.set_threshold(1.0, NULL, 'let me');
SELECT entity_screen.suppress_hits('public.orders', '1', 'buyer', 'CloudWalk', NULL, NULL, '[]');
RESET ROLE;
RESET entity_screen.threshold; RESET gin_fuzzy_search_limit; RESET entity_screen.enable_join;
SELECT id, buyer, status FROM orders WHERE status = 'held' ORDER BY id;
SELECT count(*) AS listed_and_not_held FROM orders WHERE buyer IN ('CloudWalk', 'Hikvision') AND status <> 'held';
SELECT count(*) AS unscreened FROM entity_screen.unscreened_rows('orders');

-- Without its index screening is slower and says the same
DROP INDEX entity_screen.entry_name_name_idx;
INSERT INTO orders (id, buyer) VALUES (30, 'CloudWalk'), (31, 'Muster');
SELECT id, status FROM orders WHERE id IN (30, 31) ORDER BY id;
SELECT status FROM entity_screen.health() WHERE check_code = 'index';
SELECT command FROM entity_screen.health() WHERE check_code = 'index' \gexec
SELECT status FROM entity_screen.health() WHERE check_code = 'index';

-- A superuser can go round it; unscreened_rows() names exactly those rows
ALTER TABLE orders DISABLE TRIGGER zzzzz_rewrite;
SET session_replication_role = replica;
INSERT INTO orders (id, buyer) SELECT n, 'Muster ' || n FROM generate_series(1001, 2000) n;
SELECT count(*) FROM entity_screen.unscreened_rows('orders');
SELECT entity_screen.alter_protection('orders', on_replica => 'skip') IS NOT NULL AS altered;
INSERT INTO orders (id, buyer) SELECT n, 'Muster ' || n FROM generate_series(2001, 3000) n;
RESET session_replication_role;
SELECT count(*), min(party_ref::int), max(party_ref::int) FROM entity_screen.unscreened_rows('orders');

-- An approved exception lets a row pass, is in the evidence, and for that row only
SELECT min(alert_id) AS alert FROM entity_screen.alert WHERE party_ref = '1' AND target = 'public.orders' \gset
SELECT entity_screen.propose_exception(:alert, 'another firm of that name', (now() + interval '100 days')::date) AS exception \gset
CREATE ROLE regress_es_second SUPERUSER;
SET SESSION AUTHORIZATION regress_es_second;
SELECT entity_screen.approve_exception(:exception) > 0 AS approved;
RESET SESSION AUTHORIZATION;
SET ROLE regress_es_app;
UPDATE orders SET ordered_on = '2020-07-02' WHERE id = 1;
INSERT INTO orders (id, buyer) VALUES (40, 'CloudWalk');
RESET ROLE;
SELECT id, status FROM orders WHERE id IN (1, 40) ORDER BY id;
SELECT party_ref, decision, hits -> 0 ? 'suppressed_by' AS suppressed FROM entity_screen.screening_event WHERE party_ref IN ('1', '40') ORDER BY event_id;

SELECT count(*) FROM entity_screen.unprotect_all();
SELECT entity_screen.end_retention('end of the test');
DROP TABLE orders;
DROP FUNCTION rewrite();
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DISCARD TEMP;
DROP ROLE regress_es_app, regress_es_second;
