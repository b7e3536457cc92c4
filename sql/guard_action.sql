-- The four actions of a guard, what protect_table() refuses, and what happens
-- when a row cannot be screened.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;

CREATE TABLE orders (id int PRIMARY KEY, buyer text, consignee varchar(100), country char(2), ordered_on date,
	ordered_at timestamptz, status text NOT NULL DEFAULT 'new', size int,
	buyer_upper text GENERATED ALWAYS AS (upper(buyer)) STORED);

-- What cannot be protected, and how
SELECT entity_screen.protect_table('orders');
SELECT entity_screen.protect_table('orders', party => 'no_such');
SELECT entity_screen.protect_table('orders', party => 'buyer_upper');
SELECT entity_screen.protect_table('orders', party => 'buyer', key => 'nokey');
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'size');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'block');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold', status_column => 'status', held_value => 'x', released_value => 'x');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold', status_column => 'size');
-- ... or a status column whose own rules do not take the values
CREATE DOMAIN short_state AS varchar(12) CHECK (VALUE <> 'parked');
CREATE TABLE strict (id int PRIMARY KEY, buyer text, "The State" short_state DEFAULT 'new' CHECK ("The State" IN ('new', 'shipped', 'held', 'parked')),
	memo text, CONSTRAINT both_columns CHECK ("The State" <> 'held' OR memo IS NOT NULL));
SELECT entity_screen.protect_table('strict', party => 'buyer', action => 'hold', status_column => 'The State');
SELECT entity_screen.protect_table('strict', party => 'buyer', action => 'hold', status_column => 'The State', held_value => 'on hold', released_value => 'new');
SELECT entity_screen.protect_table('strict', party => 'buyer', action => 'hold', status_column => 'The State', held_value => 'parked', released_value => 'new');
SELECT entity_screen.protect_table('strict', party => 'buyer', action => 'hold', status_column => 'The State', held_value => 'held until released');
SELECT count(*) AS rows FROM strict;
SELECT entity_screen.protect_table('strict', party => 'buyer', action => 'hold', status_column => 'The State', released_value => 'shipped') IS NOT NULL AS protected;
DROP TABLE strict;
DROP DOMAIN short_state;
SELECT entity_screen.drop_stale_guards();
SELECT entity_screen.protect_table('orders', party => 'buyer', lists => '{no_such_list}');
SELECT entity_screen.protect_table('orders', party => 'buyer', lists => '{}');
SELECT entity_screen.protect_table('orders', party => 'buyer', threshold => 0.1);
SELECT entity_screen.protect_table('pg_class', party => 'relname');
SELECT entity_screen.protect_table('entity_screen.tranche', party => 'title');
SELECT entity_screen.protect_table('entity_screen.v_tranche', party => 'title');
SELECT entity_screen.protect_table(NULL, party => 'title');
SELECT entity_screen.unprotect_table('orders');
SELECT count(*) AS guards FROM entity_screen.guard;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'orders'::regclass;

-- Nothing is loaded: no row passes as screened
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on') AS guard;
INSERT INTO orders (id, buyer, ordered_on) VALUES (1, 'Muster GmbH', '2020-07-01');
SELECT entity_screen.unprotect_table('orders');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'alert') AS guard;
INSERT INTO orders (id, buyer, ordered_on) VALUES (2, 'Muster GmbH', '2020-07-01');
SELECT entity_screen.unprotect_table('orders');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold', status_column => 'status') AS guard;
INSERT INTO orders (id, buyer, ordered_on) VALUES (3, 'Muster GmbH', '2020-07-01');
SELECT entity_screen.unprotect_table('orders');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'reject') AS guard;
INSERT INTO orders (id, buyer, ordered_on) VALUES (4, 'Muster GmbH', '2020-07-01');
SELECT entity_screen.unprotect_table('orders');
SELECT party_ref, action, decision, reason, context_id FROM entity_screen.screening_event ORDER BY event_id;
SELECT party_ref, alert_reason, entry_id FROM entity_screen.alert ORDER BY alert_id;
SELECT id, status FROM orders ORDER BY id;
TRUNCATE orders;

\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));

-- observe: records, changes nothing
SELECT entity_screen.protect_table('orders', party => 'buyer', country => 'country', on_date => 'ordered_on') AS guard;
SELECT entity_screen.protect_table('orders', party => 'buyer');
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'orders'::regclass ORDER BY 1;
INSERT INTO orders (id, buyer, country, ordered_on) VALUES
	(10, 'Cloud Walk Technology', 'CN', '2020-07-01'), (11, 'Cloud Walk Technology', 'CN', '2020-06-04'),
	(12, 'Muster GmbH', 'DE', '2020-07-01'), (13, NULL, NULL, '2020-07-01'), (14, 'Hikvision', 'NL', NULL);
SELECT party_ref, party, country, on_date_basis, decision, hit_count, hits -> 0 ->> 'entry_name' AS entry_name,
	hits -> 0 ->> 'country_agrees' AS country_agrees, hits -> 0 -> 'citations' AS citations, on_date = (now() AT TIME ZONE 'America/New_York')::date AS today
FROM entity_screen.screening_event WHERE guard_id = (SELECT guard_id FROM entity_screen.guard) ORDER BY event_id;
SELECT id, status FROM orders ORDER BY id;
-- what an event tells besides
SELECT target, row_operation, party_column, action, xid IS NOT NULL AS xid, session_user_name = session_user AS who, role_name = current_user AS role, tableoid::regclass::text ~ '_[0-9]{4}_[0-9]{2}$' AS in_month,
	list_codes, thresholds, normalizer_version = entity_screen.normalizer_version() AS version, engine_version IS NOT NULL AS engine, octet_length(list_version) AS version_bytes
FROM (SELECT tableoid, * FROM entity_screen.screening_event) e JOIN entity_screen.screening_context USING (context_id) WHERE party_ref = '10';
SELECT jsonb_object_keys(hits -> 0) FROM entity_screen.screening_event WHERE party_ref = '10' ORDER BY 1;
SELECT entity_screen.unprotect_table('orders');

-- alert: also opens a work item
SELECT entity_screen.protect_table('orders', key => 'id', party => 'buyer', on_date => 'ordered_on', action => 'alert') AS guard;
INSERT INTO orders (id, buyer, ordered_on) VALUES (20, 'CloudWalk', '2020-07-01'), (21, 'Muster GmbH', '2020-07-01');
SELECT a.party_ref, a.party, a.alert_reason, a.alert_status, a.score >= 0.65 AS above, e.decision
FROM entity_screen.alert a JOIN entity_screen.screening_event e USING (event_id) WHERE a.party_ref = '20';
SELECT count(*) FROM entity_screen.alert WHERE party_ref = '21';
SELECT entity_screen.unprotect_table('orders');

-- reject: own SQLSTATE, nothing of the list in the message
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on', action => 'reject') AS guard;
DO $$ BEGIN
	INSERT INTO orders (id, buyer, ordered_on) VALUES (30, 'CloudWalk', '2020-07-01');
EXCEPTION WHEN SQLSTATE 'SC002' THEN
	DECLARE d text; h text;
	BEGIN
		GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
		RAISE NOTICE USING MESSAGE = concat_ws(' / ', SQLSTATE, SQLERRM, d, h);
	END;
END $$;
INSERT INTO orders (id, buyer, ordered_on) VALUES (31, 'Muster GmbH', '2020-07-01');
BEGIN;
INSERT INTO orders (id, buyer, ordered_on) VALUES (32, 'Muster AG', '2020-07-01');
SAVEPOINT s;
INSERT INTO orders (id, buyer, ordered_on) VALUES (33, 'CloudWalk', '2020-07-01');
ROLLBACK TO s;
INSERT INTO orders (id, buyer, ordered_on) VALUES (34, 'Muster KG', '2020-07-01');
COMMIT;
UPDATE orders SET buyer = 'Hikvision' WHERE id = 31;
SELECT id, buyer FROM orders WHERE id >= 30 ORDER BY id;
SELECT party_ref, decision FROM entity_screen.screening_event WHERE party_ref::int >= 30 ORDER BY event_id;
SELECT entity_screen.unprotect_table('orders');

-- A party from which nothing can be read (a name lost in an encoding) is not
-- screened; a null or blank one is nobody
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'observe') AS guard;
INSERT INTO orders (id, buyer) VALUES (50, '????'), (51, '!!'), (52, NULL), (53, ''), (54, E' \t\n'), (55, U&'\00A0\3000'), (56, '38'), (57, '????');
SELECT entity_screen.unprotect_table('orders');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'alert') AS guard;
INSERT INTO orders (id, buyer) VALUES (58, '????'), (59, ' ');
SELECT entity_screen.unprotect_table('orders');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold', status_column => 'status') AS guard;
INSERT INTO orders (id, buyer) VALUES (60, '????'), (61, ' ');
SELECT entity_screen.unprotect_table('orders');
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'reject') AS guard;
INSERT INTO orders (id, buyer) VALUES (62, '????');
INSERT INTO orders (id, buyer) VALUES (63, ' ');
UPDATE orders SET buyer = '!!' WHERE id = 63;
SELECT entity_screen.unprotect_table('orders');
SELECT e.party_ref, e.action, e.decision, e.reason, a.alert_reason
FROM entity_screen.screening_event e LEFT JOIN entity_screen.alert a USING (event_id)
WHERE e.party_ref IN (SELECT n::text FROM generate_series(50, 63) n) ORDER BY e.event_id;
SELECT id, status FROM orders WHERE id BETWEEN 50 AND 63 AND status <> 'new';
SELECT count(*) AS rows, entity_screen.is_keyless('????') AS keyless FROM entity_screen.screen_party('????');

-- Several parties of a row, a timestamp as date, a composite key
SELECT entity_screen.protect_table('orders', ARRAY['buyer', 'consignee'], key => '{id,size}', on_date => 'ordered_at', action => 'alert') AS guard;
INSERT INTO orders (id, buyer, consignee, ordered_at, size) VALUES
	(40, 'Muster GmbH', 'CloudWalk', '2020-06-05 03:59:59+00', 7),	-- still 4 June in Washington
	(41, 'Muster GmbH', 'CloudWalk', '2020-06-05 04:00:00+00', 8), (42, 'Hikvision', 'NetPosa', '2021-01-01 00:00:00+00', NULL);
SELECT party_ref, party_column, party, on_date, decision FROM entity_screen.screening_event WHERE party_ref LIKE '[%' ORDER BY event_id;
SELECT entity_screen.unprotect_table('orders');

-- Rows of one transaction share their decisions, not their events
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on') AS guard;
INSERT INTO orders (id, buyer, ordered_on) SELECT n, CASE n % 3 WHEN 0 THEN 'CloudWalk' ELSE 'Muster GmbH' END, '2020-07-01' FROM generate_series(1000, 1299) n;
SELECT decision, count(*), count(DISTINCT party_ref) FROM entity_screen.screening_event WHERE party_ref::text ~ '^1[0-9]{3}$' GROUP BY 1 ORDER BY 1;
-- A list loaded in the same transaction counts from the next statement on
BEGIN;
INSERT INTO orders (id, buyer, ordered_on) VALUES (2000, 'Newly Listed Works', '2025-01-01');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,99 FR 1,2024-01-01\nentry,add,Newly Listed Works,Peru,,\n', 'us_bis_el');
INSERT INTO orders (id, buyer, ordered_on) VALUES (2001, 'Newly Listed Works', '2025-01-01');
SELECT party_ref, decision FROM entity_screen.screening_event WHERE party_ref IN ('2000', '2001') ORDER BY 1;
ROLLBACK;

-- Evidence cannot be changed
UPDATE entity_screen.screening_event SET decision = 'clear';
DELETE FROM entity_screen.screening_event;
TRUNCATE entity_screen.screening_event;
SET session_replication_role = replica;
DELETE FROM entity_screen.screening_event;
RESET session_replication_role;

-- A guard whose column is gone stops the table rather than pass unscreened rows
BEGIN;
ALTER TABLE orders RENAME COLUMN buyer TO purchaser;
INSERT INTO orders (id, purchaser) VALUES (3000, 'Muster GmbH');
ROLLBACK;
-- ... and so does one whose row is gone, or that stands on a wrong table
BEGIN;
DELETE FROM entity_screen.guard;
INSERT INTO orders (id, buyer) VALUES (3000, 'Muster GmbH');
ROLLBACK;
CREATE TABLE other (id int, buyer text, ordered_on date);
SELECT format('CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION entity_screen.guard_decide(%L)', guard_id) FROM entity_screen.guard \gexec
INSERT INTO other VALUES (1, 'CloudWalk');
DROP TABLE other;
CREATE TRIGGER t AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION entity_screen.guard_record(1);
DELETE FROM orders WHERE id = 10;
DROP TRIGGER t ON orders;
SELECT entity_screen.guard_decide();
DROP TABLE orders;
