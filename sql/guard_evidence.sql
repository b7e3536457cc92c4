-- Evidence: the chain, what was never screened, replay, export, retention.
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

CREATE TABLE orders (id int PRIMARY KEY, buyer text, country char(5), ordered_on date DEFAULT '2020-07-01', status text NOT NULL DEFAULT 'new');
SELECT entity_screen.protect_table('orders', party => 'buyer', country => 'country', on_date => 'ordered_on', action => 'hold', status_column => 'status') IS NOT NULL AS protected;
INSERT INTO orders SELECT n, CASE WHEN n % 100 = 0 THEN 'CloudWalk' ELSE 'Muster ' || n END, CASE WHEN n % 2 = 0 THEN 'CN' END FROM generate_series(1, 1200) n;
INSERT INTO orders VALUES (1201, NULL, NULL, NULL), (1202, 'Muster', 'DE', 'infinity'), (1203, 'Muster', 'DE', '-infinity');

-- ---------------------------------------------------------------- the chain
SELECT * FROM entity_screen.verify_audit();
SELECT * FROM entity_screen.seal_audit();
SELECT * FROM entity_screen.seal_audit();
SELECT block_no, block_kind, event_count, is_complete, octet_length(block_digest) AS bytes, previous_digest = decode(repeat('00', 32), 'hex') AS first FROM entity_screen.audit_block;
INSERT INTO orders SELECT n, 'Muster ' || n FROM generate_series(2001, 2010) n;
-- what is not committed is not sealed
BEGIN;
INSERT INTO orders VALUES (2011, 'Muster');
SELECT * FROM entity_screen.seal_audit();
ROLLBACK;
INSERT INTO orders VALUES (2012, 'CloudWalk');
SELECT * FROM entity_screen.seal_audit();
SELECT * FROM entity_screen.verify_audit();
SELECT block_digest AS head FROM entity_screen.audit_block ORDER BY block_no DESC LIMIT 1 \gset
SELECT * FROM entity_screen.verify_audit(:'head');
-- digests do not depend on settings
SET timezone = 'Asia/Kathmandu';
SET datestyle = 'German';
SET extra_float_digits = -5;
SET bytea_output = 'escape';
SELECT * FROM entity_screen.verify_audit();
RESET timezone; SET datestyle = 'ISO, YMD'; RESET extra_float_digits; RESET bytea_output;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM entity_screen.seal_audit();
ROLLBACK;
-- nobody changes evidence; a superuser who does is found out, row by row
UPDATE entity_screen.audit_block SET sealed_by = 'me';
DELETE FROM entity_screen.audit_block;
TRUNCATE entity_screen.audit_block;
INSERT INTO entity_screen.audit_block SELECT * FROM entity_screen.audit_block;
BEGIN;
ALTER TABLE entity_screen.screening_event DISABLE TRIGGER ALL;
ALTER TABLE entity_screen.screening_context DISABLE TRIGGER ALL;
ALTER TABLE entity_screen.audit_block DISABLE TRIGGER ALL;
SELECT min(event_id) AS first_id FROM entity_screen.screening_event \gset
SAVEPOINT s;
UPDATE entity_screen.screening_event SET party = 'Muster' WHERE event_id = :first_id + 99;
SELECT finding, block_no, event_id - :first_id AS place FROM entity_screen.verify_audit();
ROLLBACK TO s;
UPDATE entity_screen.screening_event SET hits = jsonb_set(hits, '{0,score}', '0.1') WHERE event_id = :first_id + 99;
SELECT finding, block_no, event_id - :first_id AS place FROM entity_screen.verify_audit();
ROLLBACK TO s;
DELETE FROM entity_screen.screening_event WHERE event_id IN (:first_id + 500, :first_id + 400);
SELECT finding, block_no, event_id - :first_id AS place FROM entity_screen.verify_audit();
ROLLBACK TO s;
INSERT INTO entity_screen.screening_event OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(e, '{"event_id": 1000000}')).* FROM entity_screen.screening_event e WHERE event_id = :first_id;
SELECT finding, block_no, event_id FROM entity_screen.verify_audit();
ROLLBACK TO s;
UPDATE entity_screen.screening_context SET thresholds = '{0.9}';
SELECT finding, block_no, count(*) FROM entity_screen.verify_audit() GROUP BY 1, 2 ORDER BY 1, 2;
ROLLBACK TO s;
DELETE FROM entity_screen.audit_block WHERE block_no = 1;
SELECT finding, block_no, detail FROM entity_screen.verify_audit() WHERE event_id IS NULL;
ROLLBACK TO s;
DELETE FROM entity_screen.audit_block WHERE block_no = (SELECT max(block_no) FROM entity_screen.audit_block);
SELECT finding, block_no, detail FROM entity_screen.verify_audit(:'head');
ROLLBACK TO s;
UPDATE entity_screen.audit_block SET sealed_by = 'me' WHERE block_no = 1;
SELECT finding, block_no, detail FROM entity_screen.verify_audit();
ROLLBACK;
SELECT * FROM entity_screen.verify_audit(:'head');

-- ------------------------------------------------ rows that were not screened
SELECT * FROM entity_screen.unscreened_rows('orders');
SET session_replication_role = replica;
ALTER TABLE orders DISABLE TRIGGER ALL;
INSERT INTO orders SELECT n, 'Muster ' || n, 'DE' FROM generate_series(5001, 6000) n;
UPDATE orders SET buyer = 'Other' WHERE id = 1;
UPDATE orders SET country = 'XX' WHERE id = 2;
UPDATE orders SET ordered_on = '2021-01-01' WHERE id = 3;
UPDATE orders SET status = 'shipped' WHERE id = 4;
SELECT entity_screen.alter_protection('orders', on_replica => 'screen') IS NOT NULL AS enabled;
RESET session_replication_role;
SELECT count(*), min(party_ref::int) FILTER (WHERE party_ref::int > 5000), max(party_ref::int), array_agg(party_ref ORDER BY party_ref::int) FILTER (WHERE party_ref::int < 5000) AS others FROM entity_screen.unscreened_rows('orders');
SELECT * FROM entity_screen.unscreened_rows('orders', '2020-12-31', '2021-12-31');
SELECT count(*) FROM entity_screen.unscreened_rows('orders', to_on => '2020-07-01');
SELECT * FROM entity_screen.unscreened_rows('pg_class');
SELECT * FROM entity_screen.unscreened_rows(NULL);
CREATE TABLE parcel (a date, b text, who text, at timestamptz, PRIMARY KEY (a, b));
INSERT INTO parcel VALUES ('2020-01-01', 'old', 'Muster', '2020-02-01 12:00+00');
SELECT entity_screen.protect_table('parcel', party => 'who', on_date => 'at') IS NOT NULL AS protected;
SET datestyle = 'German';
INSERT INTO parcel VALUES ('2020-01-02', E'"x"\\, é', 'Muster', '2020-06-05 01:00+00'), ('2020-01-03', '', NULL, NULL);
SET datestyle = 'ISO, YMD';
SELECT party_ref FROM entity_screen.screening_event WHERE target = 'public.parcel' ORDER BY event_id;
SELECT * FROM entity_screen.unscreened_rows('parcel');
SELECT entity_screen.alter_protection('parcel', record_clean => 'count') IS NOT NULL AS altered;
SELECT * FROM entity_screen.unscreened_rows('parcel');
CREATE TABLE keyless (who text);
SELECT entity_screen.protect_table('keyless', party => 'who') IS NOT NULL AS protected;
SELECT * FROM entity_screen.unscreened_rows('keyless');
SELECT * FROM entity_screen.unscreened_rows('keyless', '2020-01-01');

-- -------------------------------------------------------------------- replay
SELECT event_id AS hit FROM entity_screen.screening_event WHERE party = 'CloudWalk' ORDER BY event_id LIMIT 1 \gset
SELECT event_id AS clean FROM entity_screen.screening_event WHERE party LIKE 'Muster %' ORDER BY event_id LIMIT 1 \gset
SELECT entry_name, list_code, recorded_score = replayed_score AS replayed, recorded_score = present_score AS present, finding, cause FROM entity_screen.replay(:hit);
SELECT * FROM entity_screen.replay(:clean);
SELECT * FROM entity_screen.replay(-1);
SELECT * FROM entity_screen.replay(NULL);
-- the law is another one since
SELECT added, revised, removed FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,99 FR 1,2020-06-10\nentry,remove,CloudWalk Technology,China,,\nentry,add,Muster Works,Peru,,\n', 'us_bis_el');
SELECT entry_name, recorded_score > 0 AS recorded, replayed_score = recorded_score AS replayed, present_score, finding, cause ~ '^99 FR 1, known from 20' AS cause FROM entity_screen.replay(:hit);
SELECT entry_name, recorded_score, replayed_score, present_score > 0 AS present, finding FROM entity_screen.replay(:clean);
-- a record that was changed does not replay
BEGIN;
ALTER TABLE entity_screen.screening_event DISABLE TRIGGER ALL;
UPDATE entity_screen.screening_event SET hits = jsonb_set(hits, '{0,score}', '0.7') WHERE event_id = :hit;
SELECT finding, cause FROM entity_screen.replay(:hit);
ROLLBACK;
-- ... nor one of another normalizer, which is said
BEGIN;
ALTER TABLE entity_screen.screening_event DISABLE TRIGGER ALL;
INSERT INTO entity_screen.screening_context (list_codes, thresholds, weak_thresholds, config_ids, list_version, normalizer_version, engine_version, first_used_at)
	SELECT list_codes, thresholds, weak_thresholds, config_ids, list_version, 0, engine_version, first_used_at FROM entity_screen.screening_context ORDER BY context_id LIMIT 1 RETURNING context_id AS old_context \gset
INSERT INTO entity_screen.screening_event OVERRIDING SYSTEM VALUE
	SELECT (jsonb_populate_record(e, jsonb_build_object('event_id', -7, 'context_id', :old_context, 'hits', jsonb_set(hits, '{0,score}', '0.7')))).* FROM entity_screen.screening_event e WHERE event_id = :hit;
SELECT finding, cause ~ '^normalizer 0 then, [0-9]+ now$' AS cause FROM entity_screen.replay(-7);
ROLLBACK;
INSERT INTO orders VALUES (7000, '????');
SELECT finding, cause FROM entity_screen.replay((SELECT max(event_id) FROM entity_screen.screening_event));

-- -------------------------------------------------------------------- export
SELECT jsonb_object_keys(x) FROM (SELECT entity_screen.export_evidence(event_id => :hit)) e (x) ORDER BY 1;
SELECT x -> 'event' ->> 'party' AS party, x -> 'event' -> 'hits' -> 0 ->> 'license_requirement' AS law, x -> 'event' -> 'hits' -> 0 -> 'explanation' IS NOT NULL AS explained,
	x -> 'tranches' -> 0 ->> 'citation' AS citation, x -> 'context' ->> 'list_codes' AS lists, jsonb_array_length(x -> 'alerts') AS alerts, x -> 'chain' ->> 'is_sealed' AS sealed, x -> 'chain' ->> 'is_as_sealed' AS as_sealed,
	encode(sha256(convert_to((x -> 'chain' -> 'content')::text, 'UTF8')), 'hex') = x -> 'chain' ->> 'digest' AS digest,
	encode(sha256(convert_to((x -> 'chain' -> 'block_content')::text, 'UTF8')), 'hex') = x -> 'chain' ->> 'block_digest' AS block_digest
FROM (SELECT entity_screen.export_evidence(event_id => :hit)) e (x);
SELECT entity_screen.export_evidence(alert_id => (SELECT min(alert_id) FROM entity_screen.alert)) -> 'event' ->> 'event_id' = :'hit' AS same_event;
SELECT entity_screen.export_evidence();
SELECT entity_screen.export_evidence(1, 1);
SELECT entity_screen.export_evidence(alert_id => -1);

-- ----------------------------------------------------------------- retention
SELECT entity_screen.current_retention();
SELECT entity_screen.set_retention('11 months', 'too short');
SELECT entity_screen.set_retention('12 years', ' ');
SELECT entity_screen.set_retention('12 years', 'policy of the house') IS NOT NULL AS set;
SELECT entity_screen.current_retention();
-- events of long ago
SELECT entity_screen.make_evidence_partition('2010-05-01'), entity_screen.make_evidence_partition('2010-06-01'), entity_screen.make_evidence_partition('2010-07-01');
INSERT INTO entity_screen.screening_event (event_at, target, row_operation, party_ref, party, action, decision, hit_count, xid, session_user_name, role_name)
	SELECT m::timestamptz + n * interval '1 hour', 'public.orders', 'insert', n::text, 'Muster', 'observe', 'clear', 0, pg_current_xact_id(), 'old', 'old'
	FROM unnest(ARRAY['2010-05-02', '2010-06-02', '2010-07-02']) m, generate_series(1, 10) n;
SELECT * FROM entity_screen.prune_evidence('2010-09-01', 'end of retention');
SELECT event_count FROM entity_screen.seal_audit();
SELECT entity_screen.place_legal_hold('case 7', '2010-05-20', '2010-05-10');
SELECT entity_screen.place_legal_hold('', '2010-05-01', '2010-05-31');
SELECT entity_screen.place_legal_hold('case 7', '2010-05-01', '2010-05-31', 'orders', '3') AS hold \gset
SELECT entity_screen.place_legal_hold('case 8', '-infinity', 'infinity', 'parcel') IS NOT NULL AS other_table;
SELECT * FROM entity_screen.prune_evidence('2010-07-15', 'end of retention');
SELECT * FROM entity_screen.verify_audit();
UPDATE entity_screen.legal_hold SET from_on = '2020-01-01';
DELETE FROM entity_screen.legal_hold;
SELECT entity_screen.lift_legal_hold(:hold, 'case closed');
SELECT entity_screen.lift_legal_hold(:hold, 'again');
-- changed evidence is not pruned
BEGIN;
ALTER TABLE entity_screen.screening_event DISABLE TRIGGER ALL;
UPDATE entity_screen.screening_event SET party = 'x' WHERE event_at < '2010-06-01' AND party_ref = '5';
SELECT * FROM entity_screen.prune_evidence('2010-06-01', 'hide it');
ROLLBACK;
SELECT * FROM entity_screen.prune_evidence('2011-01-01', 'end of retention');
SELECT is_pruned, obstacle FROM entity_screen.prune_evidence('9999-01-01', 'all of it') WHERE event_count > 0;
SELECT * FROM entity_screen.verify_audit();
SELECT block_kind, evidence_month, statement FROM entity_screen.audit_block WHERE block_kind = 'pruning' ORDER BY block_no;
SELECT * FROM entity_screen.prune_evidence(NULL, 'x');
SELECT * FROM entity_screen.prune_evidence('2010-01-01', NULL);
SELECT count(*) FROM entity_screen.screening_event WHERE event_at < '2011-01-01';

-- ------------------------------------------------------------------- leaving
DROP EXTENSION entity_screen;
SELECT entity_screen.end_retention('we leave');
SELECT count(*) FROM entity_screen.unprotect_all();
SELECT entity_screen.end_retention('we leave');
SELECT entity_screen.lift_legal_hold(hold_id, 'we leave') FROM entity_screen.legal_hold WHERE lifted_at IS NULL;
SELECT entity_screen.end_retention('we leave');
DROP EXTENSION entity_screen;
SELECT to_regnamespace('entity_screen');
CREATE EXTENSION entity_screen;
DROP TABLE orders, parcel, keyless;
