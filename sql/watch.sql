-- Watched tables: filling, keeping current, full, delta and due rescreening.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
CREATE TABLE customer (id int PRIMARY KEY, name text, country text, note text);
INSERT INTO customer VALUES (1, 'Hikvision', 'CN'), (2, 'Muster GmbH', 'DE'), (3, NULL, NULL), (4, '  ', NULL), (5, '????', NULL), (42, 'Cloudwalk Consulting', 'GB');
SELECT entity_screen.watch_table('customer', party => 'name', country => 'country') > 0 AS watched;
CALL entity_screen.refresh_watch('customer');
SELECT party_ref, party_column, name, country FROM entity_screen.watched_name ORDER BY 1;
SELECT fill_rows, filled_at IS NOT NULL AS filled, screened_at FROM entity_screen.watch;
SELECT check_code, status, detail, command FROM entity_screen.health() WHERE check_code IN ('watch', 'rescreen', 'exception') ORDER BY 1, 2, 3;
-- without lists there is no answer
SELECT * FROM entity_screen.rescreen_full();
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
SELECT target, party_ref, party_name, entry_name, change FROM entity_screen.rescreen_full('customer') ORDER BY 2;
SELECT party_ref, alert_status, alert_reason, entry_name FROM entity_screen.alert ORDER BY alert_id;
SELECT count(*) FROM entity_screen.rescreen_full();
SELECT count(*) FROM entity_screen.alert;
SELECT count(*) FROM entity_screen.open_rescreens();

-- a second tranche: only what is new
\lo_import :rule_nine
SELECT tranche_id AS second FROM entity_screen.load_tranche(lo_get(:LASTOID)) \gset
SELECT target, citation, swept_at IS NULL AS not_swept FROM entity_screen.open_rescreens();
SELECT check_code, status, detail, command FROM entity_screen.health() WHERE check_code IN ('watch', 'rescreen') ORDER BY 1, 2, 3;
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_delta(:second);
SELECT count(*) FROM entity_screen.rescreen_full();
SELECT count(*) FROM entity_screen.open_rescreens();
SELECT run_kind, tranche_id = :second AS second, row_count > 0 AS looked, hit_count, alert_count FROM entity_screen.screening_run ORDER BY run_id;

-- rows that change are looked at next time: new, renamed, other key, cleared, deleted
INSERT INTO customer VALUES (6, 'NetPosa', 'CN'), (7, 'Yitu', NULL), (8, 'Dahua', NULL), (9, 'Megvii', NULL);
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_due() ORDER BY 1;
UPDATE customer SET note = 'x';
SELECT count(*) FROM entity_screen.watch_queue;
UPDATE customer SET name = 'Net Posa Technologies' WHERE id = 6;
UPDATE customer SET id = 70 WHERE id = 7;
UPDATE customer SET name = NULL WHERE id = 8;
DELETE FROM customer WHERE id = 9;
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_due() ORDER BY 1, 3;
SELECT party_ref, alert_status, notice FROM entity_screen.alert WHERE party_ref IN ('6', '7', '70', '8', '9') ORDER BY alert_id;
SELECT count(*) FROM entity_screen.rescreen_full();
BEGIN;
TRUNCATE customer;
SELECT count(*) FROM entity_screen.watched_name;
ROLLBACK;

-- what the triggers missed, a fill repairs
SET client_min_messages = warning;
ALTER TABLE customer DISABLE TRIGGER USER;
INSERT INTO customer VALUES (10, 'Intellifusion', NULL);
UPDATE customer SET name = 'Muster AG' WHERE id = 2;
DELETE FROM customer WHERE id = 1;
ALTER TABLE customer ENABLE ALWAYS TRIGGER zzz_entity_screen_watch;
ALTER TABLE customer ENABLE ALWAYS TRIGGER zzz_entity_screen_watch_truncate;
RESET client_min_messages;
CALL entity_screen.refresh_watch('customer');
SELECT party_ref, name FROM entity_screen.watched_name WHERE party_ref IN ('1', '2', '10') ORDER BY 1;
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_due() ORDER BY 1;

-- an exception holds until its entry gets another name, not when only its policy changes
CREATE ROLE regress_es_ann LOGIN;
CREATE ROLE regress_es_bob LOGIN;
SELECT entity_screen.grant_role('analyst', 'regress_es_ann');
SELECT entity_screen.grant_role('approver', 'regress_es_bob');
SELECT alert_id AS a42 FROM entity_screen.alert WHERE party_ref = '42' \gset
SET SESSION AUTHORIZATION regress_es_ann;
SELECT entity_screen.propose_exception(:a42, 'British consultancy', ((now() AT TIME ZONE 'UTC')::date + 90)) AS x \gset
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_es_bob;
SELECT entity_screen.approve_exception(:x);
RESET SESSION AUTHORIZATION;
UPDATE customer SET note = note || 'y', name = 'CLOUDWALK  Consulting' WHERE id = 42;
SELECT party_ref, change FROM entity_screen.rescreen_due();
SELECT alert_status FROM entity_screen.alert WHERE alert_id = :a42;
SELECT tranche_id AS policy FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on,license_review_policy
tranche,,,,85 FR 44159,2020-07-22,
entry,revise,CloudWalk Technology,China,,,"Presumption of denial, and another clause"
$$, 'us_bis_el') \gset
SELECT count(*) FROM entity_screen.rescreen_delta(:policy);
SELECT a.alert_status, a.notice, e.exception_status, e.notice FROM entity_screen.alert a, entity_screen.exception e WHERE a.alert_id = :a42;
SELECT decision FROM entity_screen.screening_event WHERE party_ref = '42' ORDER BY event_id DESC LIMIT 1;
SELECT tranche_id AS alias FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on
tranche,,,,86 FR 1,2021-01-04
entry,revise,CloudWalk Technology,China,,
name,,CW Guangzhou,,,
$$, 'us_bis_el') \gset
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_delta(:alias);
SELECT a.alert_status, a.notice, e.exception_status, e.end_reason, (SELECT count(*) FROM entity_screen.alert WHERE party_ref = '42') AS alerts FROM entity_screen.alert a, entity_screen.exception e WHERE a.alert_id = :a42;

-- a removal marks open alerts and leaves closed ones
SELECT tranche_id AS removal FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on
tranche,,,,86 FR 2,2021-02-01
entry,remove,NetPosa,China,,
$$, 'us_bis_el') \gset
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_delta(:removal);
SELECT party_ref, alert_status, notice FROM entity_screen.alert WHERE party_ref = '6' AND alert_status <> 'superseded';

-- a threshold that is lowered or raised is a delta too
INSERT INTO customer VALUES (11, 'Hikvision Nederland Trading Partners', NULL);
SELECT entity_screen.set_threshold(0.95, NULL, 'test') > 0 AS set;
SELECT count(*) FILTER (WHERE change = 'new') AS new, count(*) FILTER (WHERE change = 'gone') > 0 AS gone FROM entity_screen.rescreen_delta();
SELECT count(*) FROM entity_screen.rescreen_full();
SELECT entity_screen.set_threshold(0.5, NULL, 'test') > 0 AS set;
SELECT count(*) FILTER (WHERE change = 'new') > 0 AS new, count(*) FILTER (WHERE change = 'gone') AS gone FROM entity_screen.rescreen_delta();
SELECT count(*) FROM entity_screen.rescreen_full();

-- several columns, several keys, partitions, dates of the rows
CREATE TABLE deal (region text, no int, buyer text, agent text, ordered_on date, PRIMARY KEY (region, no)) PARTITION BY LIST (region);
CREATE TABLE deal_a PARTITION OF deal FOR VALUES IN ('a');
CREATE TABLE deal_b PARTITION OF deal FOR VALUES IN ('b');
INSERT INTO deal VALUES ('a', 1, 'Dahua', 'Muster', '2019-10-08'), ('b', 1, 'Dahua', 'Hikvision', '2019-10-09');
SELECT entity_screen.watch_table('deal', party => '{buyer,agent}', on_date => 'ordered_on') > 0 AS watched;
CALL entity_screen.refresh_watch('deal');
SELECT party_ref, party_column, name, on_date FROM entity_screen.watched_name WHERE watch_id = (entity_screen.watch_of('deal')).watch_id ORDER BY 1, 2;
SELECT party_ref, party_column, entry_name, change FROM entity_screen.rescreen_full('deal') ORDER BY 1, 2;
UPDATE deal SET region = 'a', no = 2 WHERE region = 'b';
SELECT party_ref, party_column, change FROM entity_screen.rescreen_due() ORDER BY 1, 2;
SELECT entity_screen.unwatch_table('deal');

-- refusals
SELECT entity_screen.watch_table('customer', party => 'name');
SELECT entity_screen.watch_table('deal_a', party => 'buyer');
SELECT entity_screen.watch_table('pg_stats', party => 'tablename');
SELECT entity_screen.watch_table(NULL, party => 'x');
CREATE TABLE no_key (name text);
SELECT entity_screen.watch_table('no_key', party => 'name');
SELECT entity_screen.watch_table('no_key', key => 'name');
SELECT entity_screen.watch_table('no_key', key => 'name', party => 'nope');
SELECT entity_screen.watch_table('no_key', key => 'name', party => 'name', lists => '{nope}');
SELECT entity_screen.unwatch_table('no_key');
CALL entity_screen.refresh_watch('no_key');
SELECT * FROM entity_screen.rescreen_full('no_key');
SELECT * FROM entity_screen.rescreen_delta(-1);
BEGIN;
CALL entity_screen.refresh_watch('customer');
ROLLBACK;
CREATE TRIGGER by_hand AFTER INSERT ON no_key FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.watch_row(1);
INSERT INTO no_key VALUES ('x');
DROP TABLE no_key;

-- another's table, and policies that hide rows
CREATE ROLE regress_es_admin;
SELECT entity_screen.grant_role('admin', 'regress_es_admin');
SET ROLE regress_es_admin;
SELECT entity_screen.watch_table('deal', party => 'buyer');
SELECT entity_screen.fill_watch('customer', pg_current_snapshot(), ARRAY[ROW('1', 'name', 'Harmless', NULL, NULL, NULL, NULL)::entity_screen.row_party], 0, 0);
SELECT entity_screen.unwatch_table('customer');
CALL entity_screen.refresh_watch('customer');
RESET ROLE;
ALTER TABLE deal OWNER TO regress_es_admin;
ALTER TABLE deal_a OWNER TO regress_es_admin;
ALTER TABLE deal_b OWNER TO regress_es_admin;
ALTER TABLE deal ENABLE ROW LEVEL SECURITY;
ALTER TABLE deal FORCE ROW LEVEL SECURITY;
SET ROLE regress_es_admin;
SELECT entity_screen.watch_table('deal', party => 'buyer');
RESET ROLE;

-- what a watched table runs, runs as whoever changes it
ALTER TABLE deal NO FORCE ROW LEVEL SECURITY;
CREATE FUNCTION who(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE INFO 'runs as %', current_user; RETURN true; END $$;
CREATE DOMAIN spied AS text CHECK (public.who(VALUE));
ALTER TABLE deal ADD COLUMN spied spied;
CREATE INDEX ON deal (who(buyer));
SET ROLE regress_es_admin;
SELECT entity_screen.watch_table('deal', party => '{spied,buyer}') > 0 AS watched;
INSERT INTO deal VALUES ('a', 9, 'Yitu', NULL, NULL, 'Dahua');
CALL entity_screen.refresh_watch('deal');
RESET ROLE;
SELECT party_ref, party_column, entry_name FROM entity_screen.rescreen_due() ORDER BY 1, 2;
-- an application needs no right on anything of ours
CREATE ROLE regress_es_app;
GRANT INSERT, UPDATE, DELETE, SELECT ON customer TO regress_es_app;
SET ROLE regress_es_app;
INSERT INTO customer VALUES (12, 'Megvii', 'CN');
UPDATE customer SET name = 'Megvii Technology' WHERE id = 12;
SELECT count(*) FROM entity_screen.watched_name;
RESET ROLE;
SELECT party_ref, party_name, change FROM entity_screen.rescreen_due();

-- the table is gone
DROP TABLE deal;
SELECT count(*) FROM entity_screen.rescreen_due();
SELECT entity_screen.drop_stale_watches();
DROP TABLE customer;
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DROP FUNCTION who CASCADE;
DROP ROLE regress_es_ann, regress_es_bob, regress_es_admin, regress_es_app;
