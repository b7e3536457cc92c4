-- Scenes of daily work with the four rules: orders, alerts, later rules,
-- corrections, exceptions.  ok says that the outcome is the one expected.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set rule_military :abs_srcdir '/data/tranches/2020-06-05_85FR34495.csv'
\set rule_july :abs_srcdir '/data/tranches/2020-07-22_85FR44159.csv'
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
\lo_import :rule_military
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_july
SELECT added, revised FROM entity_screen.load_tranche(lo_get(:LASTOID));
CREATE TABLE orders (id int PRIMARY KEY, party text, country text, address text, ordered_on date, status text NOT NULL DEFAULT 'new');
SELECT entity_screen.protect_table('orders', party => 'party', country => 'country', address => 'address', on_date => 'ordered_on', action => 'hold', status_column => 'status') > 0 AS guarded;

-- 1: a spelling of a listed party, after the rule and its new clause: held, one alert, the text of the day, words joined, country equal
INSERT INTO orders VALUES (1, 'Cloud Walk Technology', 'CN', NULL, '2020-09-01'), (2, 'CLOUDWALK TECH CO LTD', 'CN', NULL, '2020-09-01'),
	(3, '云从科技', 'CN', NULL, '2020-09-01'), (4, 'Yuncong Technology', 'CN', NULL, '2020-09-01');
SELECT o.id, o.status = 'held' AND a.entry_name = 'CloudWalk Technology' AND h.value ->> 'citation' = '85 FR 44159' AND h.value ->> 'license_requirement' LIKE 'For all items subject to the EAR.%'
	AND h.value ->> 'license_review_policy' LIKE '%infectious disease%' AND (h.value ->> 'country_agrees')::boolean AS ok
FROM orders o JOIN entity_screen.alert a ON a.party_ref = o.id::text JOIN entity_screen.screening_event e USING (event_id), jsonb_array_elements(e.hits) h
WHERE h.value ->> 'entry_name' = a.entry_name ORDER BY 1;
SELECT explanation -> 'met' -> 0 ->> 'means' AS means FROM entity_screen.screen_party('Cloud Walk Technology', 'CN', on_date => '2020-09-01');

-- 2: announced and not yet the law: not held, an advisory
INSERT INTO orders VALUES (5, 'Cloud Walk Technology', 'CN', NULL, '2020-05-25'), (6, 'Cloud Walk Technology', 'CN', NULL, '2020-06-05');
SELECT id, status FROM orders WHERE id IN (5, 6) ORDER BY 1;
SELECT is_listed, advisory, valid_from FROM entity_screen.screen_party('Cloud Walk Technology', on_date => '2020-05-25', include_advisory => true);

-- 3: one entry, two texts
SELECT d, license_review_policy LIKE '%infectious disease%' AS clause, citations FROM unnest(ARRAY['2020-06-20', '2020-08-01']::date[]) d,
	entity_screen.screen_party('CloudWalk', on_date => d) ORDER BY d;

-- 5: parent and subsidiary: one alert for the person, two entries in it
INSERT INTO orders VALUES (10, 'FiberHome', 'CN', NULL, '2020-07-01'), (11, 'FiberHome Telecommunication Technologies Co., Ltd', 'CN', NULL, '2020-07-01'), (12, 'Fiber Home Optics GmbH', 'DE', NULL, '2020-07-01');
SELECT party_ref, alert_count, entry_names LIKE 'FiberHome Technologies Group%' AS group_first FROM entity_screen.v_alert_party WHERE party_ref IN ('10', '11', '12') ORDER BY 1;
SELECT id, status FROM orders WHERE id BETWEEN 10 AND 12 ORDER BY 1;

-- 6: an unlisted affiliate: an alert by the alias it contains; its owner decides by date (see the test of owners)
INSERT INTO orders VALUES (15, 'Wuhan Fiberhome International Technologies (Malaysia) Sdn Bhd', 'MY', NULL, '2025-10-15');
SELECT entry_name, alert_status FROM entity_screen.alert WHERE party_ref = '15' ORDER BY score DESC LIMIT 1;

-- 7: look-alikes pass
INSERT INTO orders VALUES (20, 'Cloudwalker Outdoor Ltd', 'GB', NULL, '2020-09-01'), (21, 'Netpost AB', 'SE', NULL, '2020-09-01'), (22, 'Senses Network GmbH', NULL, NULL, '2020-09-01'),
	(23, 'Mega VII Studios', NULL, NULL, '2020-09-01'), (24, 'Norwegian Institute of Forensic Science', 'NO', NULL, '2020-09-01');
SELECT count(*) FILTER (WHERE status = 'new') AS pass, count(*) FILTER (WHERE status = 'held') AS held FROM orders WHERE id BETWEEN 20 AND 24;

-- 8: two lists name the party: one alert with two entries and two effects
SELECT added FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on
tranche,,,,CMIC test,2020-01-01
entry,add,SenseTime Group Limited,China,,
$$, 'us_ofac_cmic');
SELECT is_listed, entry_count, legal_effects FROM entity_screen.screen_party_summary('SenseTime Group Inc.', on_date => '2021-12-15');
INSERT INTO orders VALUES (25, 'SenseTime Group Inc.', 'HK', NULL, '2021-12-15');
SELECT alert_count, legal_effects FROM entity_screen.v_alert_party WHERE party_ref = '25';

-- 10: a place with a common word is no alert alone, and one with the address
INSERT INTO orders VALUES (30, 'Shenzhen Vision Eyewear Co', 'CN', NULL, '2020-09-01'),
	(31, 'Shenzhen Vision Eyewear Co', 'CN', '16F China Merchants Development Center, 1063 Nanhai Avenue, Nanshan District, Shenzhen', '2020-09-01');
SELECT id, status FROM orders WHERE id IN (30, 31) ORDER BY 1;

-- 12: a correction that reaches back: what the law says and what was known then, and which decisions were made under the old text
SELECT clock_timestamp() AS then \gset
SELECT tranche_id AS correction FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on,applicable_on,license_review_policy
tranche,,,,87 FR 21011,2022-04-11,2020-08-14,
entry,correct,CloudWalk Technology,China,,,,Corrected policy
$$, 'us_bis_el') \gset
SELECT license_review_policy LIKE 'Corrected%' AS as_known_now FROM entity_screen.screen_party('CloudWalk', on_date => '2020-09-01');
SELECT license_review_policy LIKE 'Corrected%' AS as_known_then FROM entity_screen.screen_party('CloudWalk', on_date => '2020-09-01', known_at => :'then');
SELECT party_ref, on_date, decision, policy_then LIKE '%infectious disease%' AS old, policy_now, is_listed_now FROM entity_screen.changed_decisions(:correction) ORDER BY event_id;
-- ... and a removal: before it listed, after it not; open alerts are marked, closed ones left
SELECT entity_screen.set_policy('one person in this test', disposition_needs_approval => false) > 0 AS set;
SELECT entity_screen.propose_disposition((SELECT alert_id FROM entity_screen.alert WHERE party_ref = '1'), 'true_match', 'it is', only_this => true) > 0 AS closed;
SELECT tranche_id AS removal FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on
tranche,,,,91 FR 9,2026-06-01
entry,remove,CloudWalk Technology,China,,
$$, 'us_bis_el') \gset
SELECT count(*) FROM entity_screen.rescreen_delta(:removal);
SELECT d, entity_screen.is_listed('CloudWalk Technology', d) FROM unnest(ARRAY['2026-05-31', '2026-06-01']::date[]) d;
SELECT party_ref, alert_status, notice FROM entity_screen.alert WHERE entry_name = 'CloudWalk Technology' AND party_ref IN ('1', '2') ORDER BY 1;

-- 13: an exception ends with its date
CREATE ROLE regress_es_ann LOGIN;
SELECT entity_screen.grant_role('analyst', 'regress_es_ann');
SELECT alert_id AS a15 FROM entity_screen.alert WHERE party_ref = '15' AND entry_name = 'FiberHome Technologies Group' \gset
SET SESSION AUTHORIZATION regress_es_ann;
SELECT entity_screen.propose_exception(:a15, 'sold in 2024', ((now() AT TIME ZONE 'UTC')::date + 30), 'name') AS x \gset
RESET SESSION AUTHORIZATION;
SELECT entity_screen.approve_exception(:x) AS closed;
INSERT INTO orders VALUES (40, 'WUHAN FIBERHOME International Technologies (Malaysia) Sdn. Bhd.', 'MY', NULL, '2025-10-16'), (41, 'Wuhan Fiberhome International Technologies (Malaysia) Sdn Bhd', 'SG', NULL, '2025-10-16');
SELECT e.party_ref, e.decision, h.value ->> 'entry_name' AS entry_name, h.value ? 'suppressed_by' AS suppressed FROM entity_screen.screening_event e, jsonb_array_elements(e.hits) h
WHERE party_ref IN ('40', '41') AND h.value ->> 'entry_name' = 'FiberHome Technologies Group' ORDER BY 1;
UPDATE entity_screen.exception SET valid_until = (now() AT TIME ZONE 'UTC')::date - 1;
SELECT exception_id = :x AS it, end_reason FROM entity_screen.review_exceptions();
SELECT alert_status, notice FROM entity_screen.alert WHERE alert_id = :a15;
INSERT INTO orders VALUES (42, 'Wuhan Fiberhome International Technologies (Malaysia) Sdn Bhd', 'MY', NULL, '2025-10-17');
SELECT status FROM orders WHERE id = 42;

DROP TABLE orders;
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DROP ROLE regress_es_ann;
