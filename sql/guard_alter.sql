-- Changing guards: promote, count clean rows, replicated rows, take all off.
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

CREATE TABLE orders (id int PRIMARY KEY, buyer text, ordered_on date DEFAULT '2020-07-01', status text NOT NULL DEFAULT 'new', state int);
SELECT entity_screen.alter_protection('orders', action => 'hold');
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on', record_clean => 'never');
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on', on_replica => 'maybe');
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on');
INSERT INTO orders VALUES (1, 'CloudWalk'), (2, 'Muster GmbH');

-- What hold would have done
SELECT party_ref, party_column, party, reason, entry_name, list_code, score >= 0.65 AS above FROM entity_screen.guard_preview('orders');
SELECT count(*) FROM entity_screen.guard_preview('orders', since => now() + interval '1 hour');
SELECT count(*) FROM entity_screen.guard_preview('pg_class');
SELECT count(*) FROM entity_screen.guard_preview(NULL);

-- Promote: needs what protect_table() needs
SELECT entity_screen.alter_protection('orders', action => 'hold');
SELECT entity_screen.alter_protection('orders', action => 'stop');
SELECT entity_screen.alter_protection('orders', action => 'hold', status_column => 'state');
SELECT entity_screen.alter_protection('orders', action => 'hold', status_column => 'status', threshold => 0.2);
SELECT entity_screen.alter_protection('orders', action => 'hold', status_column => 'status', lists => '{nowhere}');
SELECT entity_screen.alter_protection('orders', action => 'hold', status_column => 'status') IS NOT NULL AS altered;
INSERT INTO orders VALUES (3, 'CloudWalk');
SELECT id, status FROM orders ORDER BY id;
-- Held rows stay recognizable
SELECT entity_screen.alter_protection('orders', held_value => 'stopped');
SELECT entity_screen.release('orders', '3', 'license D1');
SELECT entity_screen.alter_protection('orders', held_value => 'stopped', released_value => 'free') IS NOT NULL AS altered;
INSERT INTO orders VALUES (4, 'CloudWalk');
SELECT entity_screen.alter_protection('orders', action => 'reject') IS NOT NULL AS altered;
INSERT INTO orders VALUES (5, 'CloudWalk');
SELECT id, status FROM orders WHERE id > 2 ORDER BY id;

-- Counting clean rows: one event a transaction, hits as ever
SELECT entity_screen.alter_protection('orders', action => 'alert', record_clean => 'count') IS NOT NULL AS altered;
BEGIN;
INSERT INTO orders SELECT n, 'Muster ' || n FROM generate_series(100, 199) n;
SAVEPOINT a;
INSERT INTO orders SELECT n, 'Muster ' || n FROM generate_series(200, 299) n;
ROLLBACK TO a;
SAVEPOINT b;
INSERT INTO orders SELECT n, CASE n WHEN 310 THEN 'Hikvision' ELSE 'Muster ' || n END FROM generate_series(300, 319) n;
RELEASE b;
UPDATE orders SET buyer = 'Muster AG' WHERE id IN (100, 101);
COMMIT;
BEGIN;
INSERT INTO orders VALUES (400, 'Muster');
ROLLBACK;
SELECT row_operation, party_ref, party, decision, row_count, hit_count > 0 AS hit, context_id IS NOT NULL AS context FROM entity_screen.screening_event WHERE row_count IS NOT NULL OR party = 'Hikvision' ORDER BY event_id;

-- Rows that replication applies
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'orders'::regclass ORDER BY 1;
SELECT entity_screen.alter_protection('orders', on_replica => 'skip', record_clean => 'row') IS NOT NULL AS altered;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'orders'::regclass ORDER BY 1;
SELECT problem FROM entity_screen.v_guard;
SELECT entity_screen.alter_protection('orders', on_replica => 'screen') IS NOT NULL AS altered;
SELECT problem FROM entity_screen.v_guard;

-- A status column that is part of the partition key cannot be set
CREATE TABLE shipment (id int, buyer text, status text) PARTITION BY LIST (status);
SELECT entity_screen.protect_table('shipment', party => 'buyer', action => 'hold', status_column => 'status');
SELECT entity_screen.protect_table('shipment', party => 'buyer') IS NOT NULL AS protected;

-- Who did what
SELECT target, change, guard ->> 'action' AS action, guard ->> 'held_value' AS held_value, guard ->> 'record_clean' AS record_clean, changed_by = session_user AS who FROM entity_screen.guard_change ORDER BY change_id;
DELETE FROM entity_screen.guard_change;

SELECT entity_screen.unprotect_all();
SELECT entity_screen.unprotect_all();
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zzz_entity%';
SELECT change, count(*) FROM entity_screen.guard_change GROUP BY 1 ORDER BY 1;
DROP TABLE orders, shipment;
