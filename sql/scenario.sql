-- Scenes of daily work with the four rules: orders, alerts, later rules,
-- corrections, exceptions, evidence.  ok says that the outcome is the one
-- expected.  Spellings: the test screen_scenario; owners: the test owner.
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
-- ... unless the site takes an announced entry for a hit: then held, and the alert says that it is not the law yet
BEGIN;
SELECT entity_screen.set_policy('act on announcements', announced_counts => true) > 0 AS set;
INSERT INTO orders VALUES (7, 'Cloud Walk Technology', 'CN', NULL, '2020-05-25'), (8, 'Cloud Walk Technology', 'CN', NULL, '2020-05-21'), (9, 'Cloud Walk Technology', 'CN', NULL, '2020-06-05');
SELECT o.id, o.status, a.is_listed, h.value ->> 'advisory' AS advisory FROM orders o LEFT JOIN entity_screen.alert a ON a.party_ref = o.id::text LEFT JOIN entity_screen.screening_event e ON e.event_id = a.event_id LEFT JOIN LATERAL jsonb_array_elements(e.hits) h ON true WHERE o.id BETWEEN 7 AND 9 ORDER BY 1;
SELECT e.party_ref, r.finding FROM entity_screen.screening_event e, entity_screen.replay(e.event_id) r WHERE e.party_ref IN ('7', '9') ORDER BY 1;
SELECT entity_screen.is_listed('Cloud Walk Technology', '2020-05-25');
ROLLBACK;
-- ... from the statement after it on
BEGIN;
INSERT INTO orders VALUES (7, 'Cloud Walk Technology', 'CN', NULL, '2020-05-26');
SELECT entity_screen.set_policy('act on announcements', announced_counts => true) > 0 AS set;
INSERT INTO orders VALUES (8, 'Cloud Walk Technology', 'CN', NULL, '2020-05-26');
SELECT entity_screen.set_policy('do not', announced_counts => false) > 0 AS set;
INSERT INTO orders VALUES (9, 'Cloud Walk Technology', 'CN', NULL, '2020-05-26');
SELECT id, status FROM orders WHERE id BETWEEN 7 AND 9 ORDER BY 1;
ROLLBACK;

-- 3: one entry, two texts
SELECT d, license_review_policy LIKE '%infectious disease%' AS clause, citations FROM unnest(ARRAY['2020-06-20', '2020-08-01']::date[]) d,
	entity_screen.screen_party('CloudWalk', on_date => d) ORDER BY d;
-- ... and an entry whose text the rule announces to change and does not: returned as it is
SELECT d, license_review_policy LIKE '%infectious disease%' AS clause, citations FROM unnest(ARRAY['2020-06-20', '2020-08-01']::date[]) d,
	entity_screen.screen_party('Aksu Huafu Textiles', on_date => d) ORDER BY d;
-- ... and what the rule says of it is reported: a revision that changes nothing
SELECT d.operation, d.entry_name FROM entity_screen.tranche t, entity_screen.tranche_diff(t.tranche_id) d WHERE t.citation = '85 FR 44159' AND d.names_added || d.names_dropped || d.addresses_added || d.addresses_dropped = '{}' AND d.changed = '{}' ORDER BY 2;

-- 4: the government's file dates three parties of June 2020 to 2019: a conflict, and the rule's date holds
INSERT INTO orders VALUES (50, 'Nanjing Fiberhome Starrysky', 'CN', NULL, '2020-01-15'), (51, 'Nanjing Fiberhome Starrysky', 'CN', NULL, '2020-06-10'), (52, 'NetPosa Tech', 'CN', NULL, '2020-01-15'),
	(53, 'Net Posa', 'CN', NULL, '2020-06-10'), (54, 'SenseNets', 'CN', NULL, '2020-01-15'), (55, 'Sense Nets', 'CN', NULL, '2020-06-10'),
	(56, 'Megvii', 'CN', NULL, '2019-10-08'), (57, 'Megvii', 'CN', NULL, '2020-01-15'), (58, 'Beijing Sense Time', 'CN', NULL, '2020-01-15');
SELECT id, party, status FROM orders WHERE id BETWEEN 50 AND 58 ORDER BY 1;
-- ... the file itself, when there is one, is loaded by test/t/032_list_snapshot.pl

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
-- ... each that scores at least 0.30 is in the sample from below the line, and the explanation says what differs
CREATE TABLE look_alike AS SELECT id, party, country FROM orders WHERE id BETWEEN 20 AND 24;
SELECT party_name, count(*) > 0 AS sampled, bool_and(side = 'below_the_line' AND score < 0.65 AND explanation ? 'missing_in_a') AS below FROM entity_screen.line_sample('look_alike', key => 'id', party => 'party', country => 'country', band => 0.35, pairs => 1000) GROUP BY 1 ORDER BY 1;
SELECT explanation -> 'missing_in_a' AS missing_in_a, explanation -> 'missing_in_b' AS missing_in_b FROM entity_screen.screen_party('Cloudwalker Outdoor Ltd', 'GB', on_date => '2020-09-01', threshold => 0.3) WHERE entry_name = 'CloudWalk Technology';
DROP TABLE look_alike;

-- 8: two lists name the party: one alert with two entries and two effects
SELECT added FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on
tranche,,,,CMIC test,2020-01-01
entry,add,SenseTime Group Limited,China,,
$$, 'us_ofac_cmic');
SELECT is_listed, entry_count, legal_effects FROM entity_screen.screen_party_summary('SenseTime Group Inc.', on_date => '2021-12-15');
INSERT INTO orders VALUES (25, 'SenseTime Group Inc.', 'HK', NULL, '2021-12-15');
SELECT alert_count, legal_effects FROM entity_screen.v_alert_party WHERE party_ref = '25';

-- 9: lost and replaced letters
INSERT INTO orders SELECT 60 + n, q, 'CN', NULL, '2020-09-01' FROM unnest(ARRAY['IS''Vision', 'IS’Vision', 'IS?Vision', 'ISVision', 'IS Vision', 'I S''Vision Co., Ltd', 'MPS Institute of Forensic Science', 'Ministry of Public Security’s Institute of Forensic Science']) WITH ORDINALITY u (q, n);
SELECT count(*) FILTER (WHERE o.status = 'held' AND a.entry_name = CASE WHEN o.id <= 66 THEN 'IS''Vision' ELSE 'Ministry of Public Security''s Institute of Forensic Science of China' END) AS ok
FROM orders o CROSS JOIN LATERAL (SELECT entry_name FROM entity_screen.alert a WHERE a.party_ref = o.id::text ORDER BY score DESC, alert_id LIMIT 1) a WHERE o.id BETWEEN 61 AND 68;

-- 10: a place with a common word is no alert alone, and one with the address
INSERT INTO orders VALUES (30, 'Shenzhen Vision Eyewear Co', 'CN', NULL, '2020-09-01'),
	(31, 'Shenzhen Vision Eyewear Co', 'CN', '16F China Merchants Development Center, 1063 Nanhai Avenue, Nanshan District, Shenzhen', '2020-09-01');
SELECT id, status FROM orders WHERE id IN (30, 31) ORDER BY 1;

-- goods that were under way when the rule came are still held: the database cannot know, the advisory says that the savings clause may apply
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on,savings_cutoff_on,savings_end_on,savings_text\ntranche,,,,88 FR 70,2023-10-17,2023-10-17,2023-11-15,Goods aboard a carrier on that day may proceed.\nentry,add,Gimel Semiconductor,China,,,,,\n', 'us_bis_meu');
INSERT INTO orders VALUES (35, 'Gimel Semiconductors', 'CN', NULL, '2023-10-20'), (36, 'Gimel Semiconductors', 'CN', NULL, '2023-11-16'), (37, 'Gimel Semiconductors', 'CN', NULL, '2023-10-16');
SELECT o.id, o.status, h.value ->> 'advisory' AS advisory FROM orders o JOIN entity_screen.screening_event e ON e.party_ref = o.id::text LEFT JOIN LATERAL jsonb_array_elements(e.hits) h ON true WHERE o.id BETWEEN 35 AND 37 ORDER BY 1;

-- 11: a rule of another day supplements the list: previewed, reconciled, approved by a second person, and the delta is what a full screening would newly find
CREATE ROLE regress_es_loader LOGIN;
CREATE ROLE regress_es_approver LOGIN;
SELECT count(entity_screen.grant_role(k, r)) FROM (VALUES ('loader', 'regress_es_loader'::regrole), ('approver', 'regress_es_approver')) v (k, r);
CREATE TABLE client AS SELECT 100000 + n AS id, CASE n % 500 WHEN 0 THEN 'Tauri Optics ' || n WHEN 1 THEN 'Vega Mare Shipping' WHEN 2 THEN 'CloudWalk' ELSE 'Muster Handel ' || n END AS name FROM generate_series(1, 5000) n;
ALTER TABLE client ADD PRIMARY KEY (id);
SELECT entity_screen.watch_table('client', party => 'name') > 0 AS watched;
CALL entity_screen.refresh_watch('client');
SELECT count(*) FROM entity_screen.rescreen_full('client');
CREATE TABLE before_rule AS SELECT party_ref, entry_id FROM entity_screen.watch_hit;
INSERT INTO entity_screen.list_setting (list_code, approval_policy) VALUES ('us_bis_el', 'second_person');
SET SESSION AUTHORIZATION regress_es_loader;
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on,declared_entries\ntranche,,,,90 FR 1,2020-01-01,3\nentry,add,Tauri Optics,Peru,,,\nentry,add,Vega Mare,Chile,,,\n', 'us_bis_el');
SELECT tranche_id AS rule FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on,declared_entries\ntranche,,,,90 FR 1,2020-01-01,2\nentry,add,Tauri Optics,Peru,,,\nentry,add,Vega Mare,Chile,,,\n', 'us_bis_el') \gset
RESET SESSION AUTHORIZATION;
SELECT status, declared_entries FROM entity_screen.tranche WHERE tranche_id = :rule;
SELECT count(*) AS nothing_active FROM entity_screen.screen_party('Tauri Optics');
SELECT operation, count(*) FROM entity_screen.tranche_diff(:rule) GROUP BY 1 ORDER BY 1;
GRANT EXECUTE ON FUNCTION entity_screen.approve_tranche(bigint) TO regress_es_loader;
SET SESSION AUTHORIZATION regress_es_loader;
SELECT entity_screen.approve_tranche(:rule);
SET SESSION AUTHORIZATION regress_es_approver;
SELECT count(*) > 0 AS approved FROM entity_screen.approve_tranche(:rule);
RESET SESSION AUTHORIZATION;
CREATE TABLE delta AS SELECT party_ref, entry_id FROM entity_screen.rescreen_delta(:rule) WHERE target = 'public.client';
SELECT count(*) > 10 AS found FROM delta;
SELECT count(*) AS the_full_one_adds FROM entity_screen.rescreen_full('client');
(SELECT party_ref, entry_id FROM delta EXCEPT (SELECT h.party_ref, s.entry_id FROM client c, LATERAL entity_screen.screen_party(c.name) s, LATERAL (SELECT c.id::text) h (party_ref) EXCEPT SELECT * FROM before_rule))
UNION ALL ((SELECT h.party_ref, s.entry_id FROM client c, LATERAL entity_screen.screen_party(c.name) s, LATERAL (SELECT c.id::text) h (party_ref) EXCEPT SELECT * FROM before_rule) EXCEPT SELECT party_ref, entry_id FROM delta);
-- ... taken back, the answers are those of before, and the history keeps both
SELECT clock_timestamp() AS with_rule \gset
SELECT count(*) > 0 AS retracted FROM entity_screen.retract_tranche(:rule, 'withdrawn');
SELECT count(*) AS now, (SELECT count(*) FROM entity_screen.screen_party('Tauri Optics', known_at => :'with_rule')) AS known_then FROM entity_screen.screen_party('Tauri Optics');
SELECT count(*) FILTER (WHERE change <> 'gone') AS others FROM entity_screen.rescreen_delta(:rule);
(SELECT party_ref, entry_id FROM entity_screen.watch_hit EXCEPT SELECT * FROM before_rule) UNION ALL (SELECT * FROM before_rule EXCEPT SELECT party_ref, entry_id FROM entity_screen.watch_hit);
UPDATE entity_screen.list_setting SET approval_policy = NULL;
SELECT entity_screen.unwatch_table('client');
DROP TABLE client, before_rule, delta;

-- 12: a correction that reaches back: what the law says and what was known then, and which decisions were made under the old text
SELECT clock_timestamp() AS then \gset
SELECT tranche_id AS correction FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on,applicable_on,license_review_policy
tranche,,,,87 FR 21011,2022-04-11,2020-08-14,
entry,correct,CloudWalk Technology,China,,,,Corrected policy
$$, 'us_bis_el') \gset
SELECT license_review_policy LIKE 'Corrected%' AS as_known_now FROM entity_screen.screen_party('CloudWalk', on_date => '2020-09-01');
SELECT license_review_policy LIKE 'Corrected%' AS as_known_then FROM entity_screen.screen_party('CloudWalk', on_date => '2020-09-01', known_at => :'then');
SELECT party_ref, on_date, decision, policy_then LIKE '%infectious disease%' AS old, policy_now, is_listed_now FROM entity_screen.changed_decisions(:correction) WHERE target = 'public.orders' ORDER BY event_id;
-- ... and a removal: before it listed, after it not; open alerts are marked, closed ones left
SELECT entity_screen.set_policy('one person in this test', disposition_needs_approval => false) > 0 AS set;
SELECT entity_screen.propose_disposition((SELECT alert_id FROM entity_screen.alert WHERE party_ref = '1'), 'true_match', 'it is', only_this => true) > 0 AS closed;
SELECT tranche_id AS removal FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on
tranche,,,,91 FR 9,2026-06-01
entry,remove,CloudWalk Technology,China,,
$$, 'us_bis_el') \gset
SELECT count(*) FROM entity_screen.rescreen_delta(:removal);
SELECT d, entity_screen.is_listed('CloudWalk Technology', d) FROM unnest(ARRAY['2026-05-31', '2026-06-01']::date[]) d;
SELECT party_ref, alert_status, notice FROM entity_screen.alert WHERE entry_name = 'CloudWalk Technology' AND target = 'public.orders' AND party_ref IN ('1', '2') ORDER BY 1;

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
-- ... and not with a policy text alone, which is a notice; a hit on another entry is alerted regardless
SELECT tranche_id AS text_only FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on,license_review_policy
tranche,,,,85 FR 99,2020-12-01,
entry,revise,FiberHome Technologies Group,China,,,Another policy
$$, 'us_bis_el') \gset
SELECT count(*) FROM entity_screen.rescreen_delta(:text_only);
SELECT exception_status, notice FROM entity_screen.exception WHERE exception_id = :x;
SELECT added FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on
tranche,,,,ALIKE 1,2020-01-01
entry,add,Wuhan Fiberhome International,China,,
$$, 'us_bis_meu');
INSERT INTO orders VALUES (43, 'Wuhan Fiberhome International Technologies (Malaysia) Sdn Bhd', 'MY', NULL, '2025-10-18');
SELECT a.entry_name, a.alert_status, o.status FROM entity_screen.alert a JOIN orders o ON o.id::text = a.party_ref WHERE o.id = 43 AND a.list_code = 'us_bis_meu';
UPDATE entity_screen.exception SET valid_until = (now() AT TIME ZONE 'UTC')::date - 1;
SELECT exception_id = :x AS it, end_reason FROM entity_screen.review_exceptions();
SELECT alert_status, notice FROM entity_screen.alert WHERE alert_id = :a15;
INSERT INTO orders VALUES (42, 'Wuhan Fiberhome International Technologies (Malaysia) Sdn Bhd', 'MY', NULL, '2025-10-17');
SELECT status FROM orders WHERE id = 42;

-- 14: what cannot be screened does not slip through, and the evidence stands
SELECT entity_screen.alter_protection('orders', action => 'hold') > 0 AS guarded;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; RETURN 'stored'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;
BEGIN;
UPDATE entity_screen.list_setting SET max_list_age = '1 microsecond' WHERE list_code = 'us_bis_el';
INSERT INTO orders VALUES (70, 'Muster GmbH', 'DE', NULL, '2020-09-01');
SELECT o.status, e.decision, e.reason ~ 'not_screened' AS not_screened FROM orders o JOIN entity_screen.screening_event e ON e.party_ref = o.id::text WHERE o.id = 70;
ROLLBACK;
SELECT entity_screen.alter_protection('orders', action => 'reject') > 0 AS guarded;
BEGIN;
UPDATE entity_screen.list_setting SET max_list_age = '1 microsecond' WHERE list_code = 'us_bis_el';
SELECT pg_temp.try($$INSERT INTO orders VALUES (71, 'Muster GmbH', 'DE', NULL, '2020-09-01')$$);
ROLLBACK;
BEGIN;
SELECT pg_temp.try($$INSERT INTO orders VALUES (72, 'Vision Dahua Technology', 'DE', NULL, '2020-09-01')$$);
ROLLBACK;
SELECT count(*) FROM orders WHERE id IN (70, 71, 72);
SELECT decision, party, hit_count > 0 AS hit FROM entity_screen.screening_event WHERE party_ref = '72';
-- a missing index is slower, not another answer
BEGIN;
DROP INDEX entity_screen.entry_name_name_idx;
SELECT pg_temp.try($$INSERT INTO orders VALUES (73, 'Dahua', 'CN', NULL, '2020-09-01')$$), pg_temp.try($$INSERT INTO orders VALUES (74, 'Muster GmbH', 'CN', NULL, '2020-09-01')$$);
ROLLBACK;
SELECT event_count > 0 AS sealed FROM entity_screen.seal_audit();
SELECT count(*) FROM entity_screen.verify_audit();
CREATE ROLE regress_es_auditor LOGIN;
SELECT entity_screen.grant_role('auditor', 'regress_es_auditor');
SET SESSION AUTHORIZATION regress_es_auditor;
SELECT count(*) FROM entity_screen.screening_event WHERE party_ref = '72';
\set VERBOSITY sqlstate
DELETE FROM entity_screen.screening_event;
UPDATE entity_screen.alert SET alert_status = 'closed';
INSERT INTO entity_screen.list_setting (list_code) VALUES ('un_sc');
\set VERBOSITY default
RESET SESSION AUTHORIZATION;
BEGIN;
ALTER TABLE entity_screen.screening_event DISABLE TRIGGER ALL;
UPDATE entity_screen.screening_event SET party = 'Muster' WHERE party_ref = '72';
SELECT finding, event_id = (SELECT event_id FROM entity_screen.screening_event WHERE party_ref = '72') AS that_row FROM entity_screen.verify_audit();
ROLLBACK;

-- 15: an address of high risk reaches a party whose name says nothing
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on,entry_type,address,country\ntranche,,,,89 FR 51644,2024-06-12,,,\nentry,add,Address 01,Hong Kong,,,address_only,,\naddress,,,,,,,"Unit 7, 12/F, Sample Tower, 8 Example Street, Kowloon",HK\n', 'us_bis_el');
SELECT entity_screen.alter_protection('orders', action => 'hold') > 0 AS guarded;
INSERT INTO orders VALUES (80, 'Fresh Fruit Import', 'HK', 'Unit 7 12F Sample Tower 8 Example St. Kowloon', '2024-07-01'), (81, 'Fresh Fruit Import', 'HK', 'Unit 9, 3/F, Other House, 77 Harbour Road, Wanchai', '2024-07-01'), (82, 'Fresh Fruit Import', 'HK', 'Unit 7 12F Sample Tower 8 Example St. Kowloon', '2024-06-11');
SELECT o.id, o.status, a.entry_name FROM orders o LEFT JOIN entity_screen.alert a ON a.party_ref = o.id::text WHERE o.id BETWEEN 80 AND 82 ORDER BY 1;
-- ... and every event of this test is answered by its replay as it was
SELECT r.finding, count(*) > 0 AS found, bool_and(r.finding = 'same' OR r.cause IS NOT NULL) AS explained FROM entity_screen.screening_event e, entity_screen.replay(e.event_id) r WHERE e.target = 'public.orders' GROUP BY 1 ORDER BY 1;

DROP TABLE orders;
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DROP ROLE regress_es_ann, regress_es_loader, regress_es_approver, regress_es_auditor;
