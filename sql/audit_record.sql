-- What people decide and set is recorded and chained; a row changed behind the back of its trigger is named.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DROP ROLE IF EXISTS regress_es_first, regress_es_second;
CREATE ROLE regress_es_first;
CREATE ROLE regress_es_second;
SELECT count(entity_screen.grant_role(k, r)) FROM (VALUES ('analyst', 'regress_es_first'::regrole), ('approver', 'regress_es_second')) v (k, r);
-- a row in each of the tables, by the functions that write them
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect, visibility) VALUES ('private_ours', 'Ours', 'We', 'internal_block', 'private');
INSERT INTO entity_screen.list_setting (list_code, max_list_age) VALUES ('us_bis_el', '1000 years');
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
CREATE TABLE orders (id int PRIMARY KEY, buyer text, ordered_on date DEFAULT '2020-07-01', status text DEFAULT 'new');
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on', action => 'alert') > 0 AS guarded;
INSERT INTO orders VALUES (1, 'Dahua Technology'), (2, 'Muster GmbH'), (3, 'Yitu Technologies');
SELECT count(*) > 0 AS recorded FROM entity_screen.screen_table('orders', party => 'buyer', on_date => 'ordered_on', record => true);
SELECT entity_screen.set_policy('two persons', threshold_needs_approval => true) > 0 AS set, entity_screen.set_threshold(0.66, NULL, 'test') AS c,
	entity_screen.add_owner('Dahua Technology', 60, party => 'Alpha Peru') AS owner, entity_screen.set_regime('house_rule', '[2020-01-01,)', 'in_force', 'policy 7', '{us_bis_el}', 'Ours', 25) AS regime,
	entity_screen.set_retention('12 years', 'test') AS retention, entity_screen.place_legal_hold('case 1', '2020-01-01', '2020-01-31') AS hold \gset
SELECT entity_screen.grant_list('private_ours', 'regress_es_second');
SELECT entity_screen.end_owner(:owner, '2022-01-01');
SELECT alert_id AS dahua FROM entity_screen.alert WHERE party_ref = '1' ORDER BY alert_id LIMIT 1 \gset
SELECT alert_id AS yitu FROM entity_screen.alert WHERE party_ref = '3' ORDER BY alert_id LIMIT 1 \gset
SET SESSION AUTHORIZATION regress_es_first;
SELECT entity_screen.propose_disposition(:dahua, 'true_match', 'same address') AS d \gset
SELECT entity_screen.propose_exception(:yitu, 'another Yitu', ((now() AT TIME ZONE 'UTC')::date + 30)) AS x \gset
SET SESSION AUTHORIZATION regress_es_second;
SELECT entity_screen.approve_disposition(:d);
SELECT entity_screen.approve_exception(:x);
SELECT entity_screen.approve_threshold(:c);
RESET SESSION AUTHORIZATION;
RESET client_min_messages;

SELECT s.table_name, count(r.record_id) > 0 AS recorded, bool_or(r.operation = 'update') AS changes FROM entity_screen.sealed_table s LEFT JOIN entity_screen.audit_record r USING (table_name) GROUP BY 1 ORDER BY 1;
-- who did what, in the order of the work
SELECT table_name, operation, content ->> 'alert_status' AS alert_status, content ->> 'decision' AS decision, content ->> 'exception_status' AS exception_status, session_user_name
FROM entity_screen.audit_record WHERE table_name IN ('alert', 'alert_disposition', 'exception') AND (table_name <> 'alert' OR row_key = :'dahua') ORDER BY record_id;
SELECT * FROM entity_screen.verify_audit();
SELECT event_count > 0 AS events, record_count > 20 AS records FROM entity_screen.seal_audit();
SELECT * FROM entity_screen.seal_audit();
SELECT * FROM entity_screen.verify_audit();
-- a case carries the proof of what was decided
SELECT x -> 'content' ->> 1 AS table_name, x ->> 'is_as_sealed' AS is_as_sealed, encode(sha256(convert_to((x -> 'content')::text, 'UTF8')), 'hex') = x ->> 'digest' AS digest, count(*) > 0 AS found
FROM jsonb_array_elements(entity_screen.export_evidence(alert_id => :dahua) -> 'records') x GROUP BY 1, 2, 3 ORDER BY 1;

-- Nobody changes a record
UPDATE entity_screen.audit_record SET content = '{}';
DELETE FROM entity_screen.audit_record;
TRUNCATE entity_screen.audit_record;

-- A superuser who switches triggers off: changed, deleted and added rows of every table are found and named
CREATE FUNCTION pg_temp.tamper(target text, key text[], how text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	finding text;
	col text;
	where_key text := format('ctid = (SELECT min(ctid) FROM entity_screen.%I WHERE (to_jsonb(%1$I) ->> ''is_shipped'')::boolean IS NOT TRUE)', target);
BEGIN
	EXECUTE format('ALTER TABLE entity_screen.%I DISABLE TRIGGER USER', target);
	IF how = 'missing' THEN
		EXECUTE format('DELETE FROM entity_screen.%I WHERE %s', target, where_key);
	ELSIF how = 'changed' THEN
		SELECT a.attname INTO col FROM pg_attribute a
		WHERE a.attrelid = ('entity_screen.' || target)::regclass AND a.attnum > 0 AND a.attname <> ALL (key)
			AND CASE target WHEN 'list_setting' THEN a.attname = 'max_list_age' WHEN 'screening_list' THEN a.attname = 'title'
				ELSE a.atttypid = 'timestamptz'::regtype AND a.attnotnull END ORDER BY a.attnum DESC LIMIT 1;
		EXECUTE format('UPDATE entity_screen.%I SET %I = %s WHERE %s', target, col, CASE col WHEN 'title' THEN '''x''' ELSE format('%I + interval ''1 microsecond''', col) END, where_key);
	ELSE
		EXECUTE format('INSERT INTO entity_screen.%I OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(t, jsonb_build_object(%L, %s, ''event_id'', -9, ''source_hash'', ''\x'' || repeat(''00'', 32), ''known_from'', now() + interval ''1 day'', ''known'', ''[2020-01-01,)''))).* FROM entity_screen.%1$I t WHERE %4$s',
			target, key[1], CASE key[1] WHEN 'list_code' THEN '''un_sc''' ELSE '-9' END, CASE target WHEN 'screening_list' THEN 'list_code = ''private_ours''' ELSE where_key END);
	END IF;
	SELECT string_agg(DISTINCT v.finding || ' ' || v.table_name || CASE WHEN v.row_key IS NULL THEN '' ELSE ' ' || (v.row_key ~ '^-9$|un_sc|-9,')::text END, '; ') INTO finding FROM entity_screen.verify_audit() v;
	RAISE EXCEPTION USING MESSAGE = coalesce(finding, 'nothing'), ERRCODE = 'TT000';
EXCEPTION WHEN SQLSTATE 'TT000' THEN
	RETURN SQLERRM;
END;
$$;
SELECT table_name, pg_temp.tamper(table_name, key_columns, 'changed') AS changed, pg_temp.tamper(table_name, key_columns, 'missing') AS missing FROM entity_screen.sealed_table ORDER BY 1;
SELECT table_name, pg_temp.tamper(table_name, key_columns, 'added') AS added FROM entity_screen.sealed_table WHERE table_name <> 'screening_list' ORDER BY 1;
SELECT pg_temp.tamper('audit_record', '{record_id}', 'changed') AS changed, pg_temp.tamper('audit_record', '{record_id}', 'missing') AS missing, pg_temp.tamper('audit_record', '{record_id}', 'added') AS added;
-- rows of the install script
BEGIN;
ALTER TABLE entity_screen.screening_config DISABLE TRIGGER USER;
UPDATE entity_screen.screening_config SET threshold = 1 WHERE is_shipped AND names = 'all';
SELECT finding, table_name, detail FROM entity_screen.verify_audit();
ROLLBACK;
BEGIN;
ALTER TABLE entity_screen.screening_config DISABLE TRIGGER USER;
INSERT INTO entity_screen.screening_config (names, threshold, needs_approval, reason, set_by, set_at, is_shipped) VALUES ('all', 1, false, 'x', 'x', now(), true);
SELECT finding, table_name, detail FROM entity_screen.verify_audit();
ROLLBACK;
-- what a restore does is no record, and found where it was none
BEGIN;
SELECT set_config('search_path', '', true);
INSERT INTO entity_screen.list_setting (list_code) VALUES ('un_sc');
SELECT finding, table_name, row_key FROM entity_screen.verify_audit();
ROLLBACK;
-- an update with the triggers on is recorded as what it is: by whom, and when
BEGIN;
UPDATE entity_screen.list_setting SET max_list_age = '1 day';
SELECT * FROM entity_screen.verify_audit();
SELECT operation, content ->> 'max_list_age' AS max_list_age, session_user_name = session_user AS mine FROM entity_screen.audit_record WHERE table_name = 'list_setting' ORDER BY record_id;
ROLLBACK;
-- deleted and granted again
SELECT entity_screen.revoke_list('private_ours', 'regress_es_second');
SELECT * FROM entity_screen.verify_audit();
SELECT entity_screen.grant_list('private_ours', 'regress_es_second');
SELECT * FROM entity_screen.verify_audit();
-- settings of a session do not matter
SET timezone = 'Asia/Kolkata';
SET datestyle = 'German';
SET intervalstyle = 'iso_8601';
SET bytea_output = 'escape';
SET extra_float_digits = -5;
SELECT entity_screen.set_retention('13 years 2 mons', 'settings') > 0 AS set, entity_screen.set_regime('house_rule', '[2020-01-01,2021-01-01)', 'in_force', 'x') > 0 AS regime;
SELECT * FROM entity_screen.verify_audit();
RESET timezone;
RESET datestyle;
RESET intervalstyle;
RESET bytea_output;
RESET extra_float_digits;
SELECT record_count FROM entity_screen.seal_audit();
SELECT * FROM entity_screen.verify_audit();
-- a private list leaves no key to who may not see it
SET client_min_messages = warning;
SELECT entity_screen.grant_role('auditor', 'regress_es_first');
ALTER TABLE entity_screen.list_reader DISABLE TRIGGER USER;
DELETE FROM entity_screen.list_reader;
SET SESSION AUTHORIZATION regress_es_first;
SELECT finding, table_name, row_key FROM entity_screen.verify_audit();
SELECT count(*) FROM entity_screen.audit_record r WHERE r::text ~ 'private_ours';
RESET SESSION AUTHORIZATION;
SELECT finding, table_name, row_key FROM entity_screen.verify_audit();
DROP TABLE orders;
DROP OWNED BY regress_es_first, regress_es_second;
DROP EXTENSION entity_screen CASCADE;
DROP ROLE regress_es_first, regress_es_second;
