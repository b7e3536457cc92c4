-- Alerts from opening to closing and back, exceptions, four eyes.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
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
CREATE ROLE regress_es_ann LOGIN;
CREATE ROLE regress_es_bob LOGIN;
SELECT entity_screen.grant_role('analyst', 'regress_es_ann');
SELECT entity_screen.grant_role('approver', 'regress_es_bob');
CREATE TABLE client (id int PRIMARY KEY, name text, country text, since date, note text);
SELECT entity_screen.protect_table('client', party => 'name', country => 'country', on_date => 'since', action => 'alert') > 0 AS guarded;

-- One alert for each entry that a party hits; v_alert_party folds them
INSERT INTO client VALUES (1, 'FiberHome', 'CN', '2020-07-01'), (2, 'Muster GmbH', 'DE', '2020-07-01'),
	(3, 'Cloud Walk Technology', 'CN', '2020-07-01'), (4, 'CLOUD WALK TECHNOLOGY', 'MY', '2020-07-01'), (42, 'Cloudwalk Consulting', 'GB', '2020-07-01');
SELECT party_ref, status_code AS alert_status, reason_code AS alert_reason, entry_name, legal_effect_code AS legal_effect FROM entity_screen.v_alert ORDER BY alert_id;
SELECT party_ref, party, alert_count, entry_names, legal_effects FROM entity_screen.v_alert_party ORDER BY party_ref;

-- An update that leaves the party alone opens nothing; one that changes it replaces the open alert
UPDATE client SET note = 'x';
SELECT count(*) FROM entity_screen.alert;
UPDATE client SET country = 'HK' WHERE id = 3;
SELECT party_ref, country, status_code AS alert_status, supersedes_alert_id IS NOT NULL AS replaces FROM entity_screen.v_alert WHERE party_ref = '3' ORDER BY alert_id;

-- Review: only forward, always with a reason
SELECT alert_id AS a3 FROM entity_screen.alert WHERE party_ref = '3' AND alert_status = 'open' \gset
SET SESSION AUTHORIZATION regress_es_ann;
SELECT entity_screen.start_review(:a3);
SELECT entity_screen.start_review(:a3);
SELECT entity_screen.escalate_alert(:a3, ' ');
SELECT entity_screen.escalate_alert(:a3, 'Which plant?');
SELECT entity_screen.propose_disposition(:a3, 'sure', 'x');
SELECT entity_screen.propose_disposition(:a3, 'true_match', NULL);
SELECT entity_screen.propose_disposition(-1, 'true_match', 'x');
-- one disposition for all open alerts of the same normal form and entry
SELECT entity_screen.propose_disposition(:a3, 'true_match', 'same registration number') AS d \gset
SELECT party_ref, status_code AS alert_status, disposition_code AS disposition FROM entity_screen.v_alert WHERE party_ref IN ('3', '4') ORDER BY alert_id;
SELECT entity_screen.approve_disposition(:d);
RESET SESSION AUTHORIZATION;
GRANT EXECUTE ON FUNCTION entity_screen.approve_disposition(bigint) TO regress_es_ann;
SET SESSION AUTHORIZATION regress_es_ann;
SELECT entity_screen.approve_disposition(:d);
RESET SESSION AUTHORIZATION;
-- by constraint too
\set VERBOSITY terse
UPDATE entity_screen.alert_disposition SET decision = 'approved', decided_by = proposed_by, decided_at = now();
SET SESSION AUTHORIZATION regress_es_bob;
\set VERBOSITY default
SELECT entity_screen.refuse_disposition(:d, 'no evidence attached');
SELECT party_ref, status_code AS alert_status FROM entity_screen.v_alert WHERE party_ref IN ('3', '4') ORDER BY alert_id;
SELECT entity_screen.approve_disposition(:d);
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_es_ann;
SELECT entity_screen.propose_disposition(:a3, 'true_match', 'extract of the register attached') AS d \gset
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_es_bob;
SELECT entity_screen.approve_disposition(:d) AS closed;
SELECT entity_screen.start_review(:a3);
SELECT entity_screen.reopen_alert(:a3, '');
SELECT entity_screen.reopen_alert(:a3, 'new register extract');
RESET SESSION AUTHORIZATION;
SELECT from_status, to_status, disposition, reason, done_by FROM entity_screen.alert_history WHERE alert_id = :a3 ORDER BY history_id;
UPDATE entity_screen.alert_history SET reason = 'x';
DELETE FROM entity_screen.alert_history;
DELETE FROM entity_screen.alert;
UPDATE entity_screen.alert_disposition SET reason = 'x';
TRUNCATE entity_screen.alert_disposition;

-- Exceptions: reason, date, second person
SELECT alert_id AS a42 FROM entity_screen.alert WHERE party_ref = '42' \gset
SELECT (now() AT TIME ZONE 'UTC')::date AS today \gset
SET SESSION AUTHORIZATION regress_es_ann;
SELECT entity_screen.propose_exception(:a42, '', :'today');
\set VERBOSITY terse
SELECT entity_screen.propose_exception(:a42, 'x', NULL) IS NULL;
\set VERBOSITY default
DO $$ BEGIN
	PERFORM entity_screen.propose_exception((SELECT min(alert_id) FROM entity_screen.alert), 'x', ((now() AT TIME ZONE 'UTC')::date + 367));
EXCEPTION WHEN datetime_field_overflow THEN RAISE INFO 'too long'; END $$;
SELECT entity_screen.propose_exception(:a42, 'x', :'today', 'everybody');
SELECT entity_screen.propose_exception(:a42, 'British consultancy, company number checked', :'today'::date + 180) AS x \gset
RESET SESSION AUTHORIZATION;
UPDATE client SET since = '2020-07-02' WHERE id = 42;
SELECT decision FROM entity_screen.screening_event WHERE party_ref = '42' ORDER BY event_id;
GRANT EXECUTE ON FUNCTION entity_screen.approve_exception(bigint) TO regress_es_ann;
SET SESSION AUTHORIZATION regress_es_ann;
SELECT entity_screen.approve_exception(:x);
RESET SESSION AUTHORIZATION;
\set VERBOSITY terse
UPDATE entity_screen.exception SET exception_status = 'approved', decided_by = proposed_by;
\set VERBOSITY default
SET SESSION AUTHORIZATION regress_es_bob;
SELECT entity_screen.approve_exception(:x) AS closed;
RESET SESSION AUTHORIZATION;
SELECT alert_status, disposition FROM entity_screen.alert WHERE alert_id = :a42;
SELECT problem FROM entity_screen.exception_for('public.client', '42', 'name', 'Cloudwalk Consulting', 'GB', NULL,
	(SELECT entry_id FROM entity_screen.alert WHERE alert_id = :a42), 0.5);
-- the party's own facts count, not their spelling
SELECT n, c, problem FROM (VALUES ('cloudwalk  consulting', 'gb'), ('Cloudwalk Consulting', 'FR'), ('Cloudwalk Consulting Group', 'GB')) v (n, c),
	entity_screen.exception_for('public.client', '42', 'name', n, c, NULL, (SELECT entry_id FROM entity_screen.alert WHERE alert_id = :a42), 0.5);
SELECT problem FROM entity_screen.exception_for('public.client', '42', 'name', 'Cloudwalk Consulting', 'GB', NULL,
	(SELECT entry_id FROM entity_screen.alert WHERE alert_id = :a42), 1);
SELECT count(*) FROM entity_screen.review_exceptions();
SET SESSION AUTHORIZATION regress_es_bob;
SELECT entity_screen.revoke_exception(:x, 'the number belongs to another company');
SELECT entity_screen.refuse_exception(:x, 'x');
RESET SESSION AUTHORIZATION;
SELECT alert_status, notice FROM entity_screen.alert WHERE alert_id = :a42;

-- The policy: without a second person a disposition closes at once
SELECT entity_screen.set_policy('');
SELECT entity_screen.set_policy('small team', disposition_needs_approval => false) > 0 AS set;
SELECT entity_screen.propose_disposition(:a42, 'false_positive', 'reviewed') > 0 AS proposed;
SELECT alert_status, disposition FROM entity_screen.alert WHERE alert_id = :a42;
SELECT entity_screen.set_policy('second person for thresholds', threshold_needs_approval => true) > 0 AS set;
SELECT entity_screen.set_threshold(0.9, NULL, 'too many') AS c \gset
SELECT entity_screen.current_threshold('us_bis_el');
SELECT entity_screen.approve_threshold(:c);
SET SESSION AUTHORIZATION regress_es_bob;
SELECT entity_screen.approve_threshold(:c);
SELECT entity_screen.current_threshold('us_bis_el');
RESET SESSION AUTHORIZATION;
DELETE FROM entity_screen.screening_config_approval;
UPDATE entity_screen.screening_policy SET exception_max_days = 9999;

DROP TABLE client;
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DROP ROLE regress_es_ann, regress_es_bob;
