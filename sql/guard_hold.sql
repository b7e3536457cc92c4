-- Held rows: every way in is watched, and there is one way out.
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

CREATE TYPE order_state AS ENUM ('new', 'held', 'released', 'shipped');
CREATE TABLE orders (id int, line int DEFAULT 1, buyer text, ordered_on date DEFAULT '2020-07-01',
	status order_state NOT NULL DEFAULT 'new', memo text, PRIMARY KEY (id));
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on', action => 'hold', status_column => 'status') AS guard;

-- Every statement that stores a row
INSERT INTO orders (id, buyer) VALUES (1, 'CloudWalk'), (2, 'Muster GmbH');
INSERT INTO orders (id, buyer, status) VALUES (3, 'CloudWalk', 'released');
COPY orders (id, buyer, status) FROM stdin;
4	Hikvision	shipped
5	Muster AG	new
\.
INSERT INTO orders (id, buyer) VALUES (2, 'CloudWalk') ON CONFLICT DO NOTHING;
INSERT INTO orders (id, buyer) VALUES (5, 'CloudWalk') ON CONFLICT (id) DO UPDATE SET buyer = EXCLUDED.buyer;
UPDATE orders SET buyer = 'NetPosa' WHERE id = 2;
MERGE INTO orders o USING (VALUES (6, 'SenseNets'), (2, 'Dahua')) v (id, buyer) ON o.id = v.id
	WHEN MATCHED THEN UPDATE SET buyer = v.buyer WHEN NOT MATCHED THEN INSERT (id, buyer) VALUES (v.id, v.buyer);
WITH w AS (INSERT INTO orders (id, buyer) VALUES (7, 'CloudWalk') RETURNING id, status) SELECT * FROM w;
SELECT id, buyer, status FROM orders ORDER BY id;
-- One event for each stored row; none for the one that was not (DO NOTHING)
SELECT party_ref, row_operation, party, decision FROM entity_screen.screening_event ORDER BY event_id;
SELECT count(*) AS alerts FROM entity_screen.alert;

-- An update of what is not screened is not screened
UPDATE orders SET memo = 'packed', line = 2 WHERE id IN (1, 2);
UPDATE orders SET buyer = buyer WHERE id = 1;
SELECT count(*) AS events FROM entity_screen.screening_event;

-- No update lets a held row go
UPDATE orders SET status = 'released' WHERE id = 1;
UPDATE orders SET status = 'shipped', memo = 'x' WHERE id = 1;
UPDATE orders SET buyer = 'Muster GmbH', status = 'new' WHERE id = 1;
INSERT INTO orders (id, buyer) VALUES (1, 'Muster') ON CONFLICT (id) DO UPDATE SET status = 'released';
-- ... nor does another party: it stays on hold until a person looks at it
UPDATE orders SET buyer = 'Muster GmbH' WHERE id = 1;
SELECT buyer, status FROM orders WHERE id = 1;

-- release(): needs a reason and a held row
SELECT entity_screen.release('orders', '1', NULL);
SELECT entity_screen.release('orders', '1', ' ');
SELECT entity_screen.release('orders', '99', 'no such row');
SELECT entity_screen.release('orders', 'one', 'not a key');
SELECT entity_screen.release('pg_class', '1', 'not guarded');
SELECT entity_screen.release('orders', '1', 'buyer corrected, not listed');
SELECT entity_screen.release('orders', '1', 'again');
SELECT entity_screen.release('orders', ' 03', 'license D1234');
SELECT id, status FROM orders WHERE id IN (1, 3) ORDER BY id;
SELECT party_ref, row_operation, action, decision, reason FROM entity_screen.screening_event WHERE decision = 'released' ORDER BY event_id;
-- A released row goes on its way; changing what was screened holds it again
UPDATE orders SET status = 'shipped' WHERE id = 3;
UPDATE orders SET buyer = 'CloudWalk Technology' WHERE id = 3;
SELECT id, status FROM orders WHERE id = 3;

-- A later BEFORE trigger that changes the party, or takes the row off hold
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.memo = 'swap' THEN NEW.buyer := 'CloudWalk'; END IF;
	IF NEW.memo = 'clean' THEN NEW.buyer := 'Muster GmbH'; END IF;
	IF NEW.memo = 'free' THEN NEW.status := 'released'; END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER zzzz_last BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION meddle();
INSERT INTO orders (id, buyer, memo) VALUES (20, 'Muster GmbH', 'swap');
INSERT INTO orders (id, buyer, memo) VALUES (21, 'CloudWalk', 'free');
INSERT INTO orders (id, buyer, memo) VALUES (22, 'CloudWalk', 'clean');
UPDATE orders SET memo = 'free' WHERE id = 4;
SELECT id, buyer, status FROM orders WHERE id >= 20 OR id = 4 ORDER BY id;
SELECT party_ref, party, decision FROM entity_screen.screening_event WHERE party_ref = '22';
DROP TRIGGER zzzz_last ON orders;
-- An earlier one is simply seen
CREATE TRIGGER aaaa_first BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION meddle();
INSERT INTO orders (id, buyer, memo) VALUES (23, 'Muster GmbH', 'swap');
SELECT id, buyer, status FROM orders WHERE id = 23;
DROP TRIGGER aaaa_first ON orders;

-- A trigger cannot use a release under way for another row
CREATE FUNCTION ride_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE orders SET status = 'released' WHERE id = 6;
	RETURN NULL;
END $$;
CREATE TRIGGER ride AFTER UPDATE ON orders FOR EACH ROW WHEN (NEW.id = 4) EXECUTE FUNCTION ride_along();
SELECT entity_screen.release('orders', '4', 'license');
DROP TRIGGER ride ON orders;
SELECT id, status FROM orders WHERE id IN (4, 6) ORDER BY id;
-- ... and after an error nothing of it is left
UPDATE orders SET status = 'released' WHERE id = 4;

-- Replication role and savepoints change nothing
SET session_replication_role = replica;
INSERT INTO orders (id, buyer) VALUES (30, 'CloudWalk');
RESET session_replication_role;
BEGIN;
SAVEPOINT s;
INSERT INTO orders (id, buyer) VALUES (31, 'CloudWalk');
ROLLBACK TO s;
INSERT INTO orders (id, buyer) VALUES (31, 'CloudWalk');
RELEASE s;
COMMIT;
SELECT id, status FROM orders WHERE id >= 30 ORDER BY id;
SELECT party_ref, count(*) FROM entity_screen.screening_event WHERE party_ref::int >= 30 GROUP BY 1 ORDER BY 1;

-- Partitions, old and new, and rows that move between them
CREATE TABLE shipment (id int, region text, buyer text, status varchar(8) DEFAULT 'new', PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE shipment_eu PARTITION OF shipment FOR VALUES IN ('eu');
SELECT entity_screen.protect_table('shipment', party => 'buyer', action => 'hold', status_column => 'status') AS guard;
SELECT entity_screen.protect_table('shipment_eu', party => 'buyer');
CREATE TABLE shipment_us PARTITION OF shipment FOR VALUES IN ('us');
CREATE TABLE shipment_as (region text NOT NULL, status varchar(8), buyer text, id int NOT NULL);
ALTER TABLE shipment ATTACH PARTITION shipment_as FOR VALUES IN ('as');
INSERT INTO shipment VALUES (1, 'eu', 'CloudWalk'), (2, 'us', 'CloudWalk'), (3, 'as', 'CloudWalk'), (4, 'as', 'Muster GmbH');
INSERT INTO shipment_us VALUES (5, 'us', 'Hikvision');
UPDATE shipment SET region = 'us' WHERE id = 3;
UPDATE shipment SET region = 'eu', status = 'released' WHERE id = 3;
SELECT tableoid::regclass, id, buyer, status FROM shipment ORDER BY id;
-- the key may be written otherwise, and names one row
SELECT entity_screen.release('shipment', '["3", "us", "eu"]', 'license');
SELECT entity_screen.release('shipment', '["3"]', 'license');
SELECT entity_screen.release('shipment', '[3,"us"', 'license');
-- A rule in the place of the update
CREATE RULE keep AS ON UPDATE TO shipment DO INSTEAD NOTHING;
SELECT entity_screen.release('shipment', '[3, "us"]', 'license');
DROP RULE keep ON shipment;
SELECT entity_screen.release('shipment', '[ 3,"us"]', 'license');
SELECT status FROM shipment WHERE id = 3;
SELECT party_ref, reason FROM entity_screen.screening_event WHERE target = 'public.shipment' AND decision = 'released';
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgname LIKE 'zzz_entity_screen%' AND tgrelid::regclass::text LIKE 'shipment%' ORDER BY 1, 2;

-- v_guard shows what keeps a guard from its work
SELECT target, party_columns, action_code AS action, problem FROM entity_screen.v_guard ORDER BY guard_id;
BEGIN;
ALTER TABLE shipment_us DISABLE TRIGGER zzz_entity_screen_decide;
ALTER TABLE orders RENAME COLUMN buyer TO purchaser;
SELECT target, problem FROM entity_screen.v_guard ORDER BY guard_id;
ROLLBACK;

-- Plain inheritance: the triggers of a parent do not fire for rows of a child
CREATE TABLE base (id int PRIMARY KEY, buyer text, status text);
CREATE TABLE branch (extra int) INHERITS (base);
SELECT entity_screen.protect_table('base', party => 'buyer');
SELECT entity_screen.protect_table('branch', key => 'id', party => 'buyer', action => 'hold', status_column => 'status') AS guard;
SELECT entity_screen.protect_table('base', party => 'buyer', action => 'hold', status_column => 'status') AS guard;
INSERT INTO branch VALUES (1, 'CloudWalk'), (2, 'Muster GmbH');
UPDATE base SET buyer = 'CloudWalk' WHERE id = 2;
SELECT tableoid::regclass, id, status FROM base ORDER BY id;
SELECT target, problem FROM entity_screen.v_guard WHERE target ~ 'base|branch' ORDER BY guard_id;
CREATE TABLE late () INHERITS (base);
SELECT target, problem FROM entity_screen.v_guard WHERE target ~ 'base|branch' ORDER BY guard_id;
SELECT entity_screen.unprotect_table('base');
SELECT entity_screen.protect_table('base', party => 'buyer');

-- A dropped table leaves a row that says so, and that can be cleared away
DROP TABLE base CASCADE;
SELECT target ~ '^[0-9]+$' AS number, action_code AS action, problem FROM entity_screen.v_guard WHERE problem IS NOT NULL;
SELECT entity_screen.drop_stale_guards();
SELECT entity_screen.drop_stale_guards();
SELECT target, problem FROM entity_screen.v_guard ORDER BY guard_id;
SELECT party_ref, decision FROM entity_screen.screening_event WHERE target = 'public.branch' ORDER BY event_id;

DROP TABLE orders, shipment;
DROP TYPE order_state;
DROP FUNCTION meddle(), ride_along();
