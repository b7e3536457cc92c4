-- Direct owners: what they mean depends on their share and on the date.
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
-- An unlisted affiliate is found by the alias it contains, from another country; that is a hit to review
SELECT entry_name, country_agrees FROM entity_screen.screen_party('Wuhan Fiberhome International Technologies (Malaysia) Sdn Bhd', 'MY', on_date => '2025-10-15') LIMIT 1;
-- ... and with its owner known the rule of the day decides, and is named
SELECT entity_screen.add_owner('FiberHome Technologies Group', 60, party => 'Fibre Sarawak Sdn Bhd', source => 'annual report') > 0 AS added;
SELECT d, o.outcome, o.is_captured, o.listed_share, o.entry_name, o.regime_code, o.regime_status, o.regime_valid, o.path
FROM unnest(ARRAY['2025-09-28', '2025-09-29', '2025-10-15', '2026-03-01', '2026-11-23']::date[]) d
LEFT JOIN LATERAL entity_screen.screen_owners('FIBRE SARAWAK SDN. BHD.', on_date => d) o ON o.entry_name = 'FiberHome Technologies Group' ORDER BY d;
SELECT license_requirement IS NOT NULL AS requirement_of_the_owner FROM entity_screen.screen_owners('Fibre Sarawak Sdn Bhd', on_date => '2025-10-15') LIMIT 1;
-- should the suspension be extended, a row says so
BEGIN;
SELECT entity_screen.set_regime('bis_affiliates_50', '[2026-11-10,2027-11-10)', 'suspended', '91 FR 1') > 0 AS set;
SELECT DISTINCT outcome, is_captured, regime_status, regime_valid FROM entity_screen.screen_owners('Fibre Sarawak Sdn Bhd', on_date => '2026-11-23');
ROLLBACK;

-- shares are added up, exactly; an unknown one is a red flag of its own
CREATE TABLE client (id int PRIMARY KEY, name text);
SELECT count(*) FROM (
	SELECT entity_screen.add_owner(o, s, target => 'client', party_ref => r) FROM (VALUES
		('1', 'CloudWalk Technology', 25.0001), ('1', 'Hikvision', 24.9999), ('1', 'Muster GmbH', 50),
		('2', 'CloudWalk Technology', 25), ('2', 'Hikvision', 24.9999),
		('3', 'CloudWalk Technology', 10), ('3', 'Hikvision', NULL),
		('4', 'Dahua Technology', 10), ('5', 'Muster GmbH', 100)) v (r, o, s)) x;
SELECT r, string_agg(DISTINCT outcome, ' ') AS outcome, bool_or(is_captured) AS captured, max(listed_share) AS listed_share
FROM unnest(ARRAY['1', '2', '3', '4', '5', '6']) r LEFT JOIN LATERAL entity_screen.screen_owners('x', 'client', r, '2025-10-15') o ON true GROUP BY r ORDER BY r;
-- dated: an ownership that has ended
SELECT entity_screen.end_owner((SELECT party_owner_id FROM entity_screen.party_owner WHERE party_ref = '4'), '2025-10-14');
SELECT count(*) FROM entity_screen.screen_owners('x', 'client', '4', '2025-10-14');
SELECT count(*) FROM entity_screen.screen_owners('x', 'client', '4', '2025-10-15');
-- a list that no rule extends
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect) VALUES ('private_ours', 'Ours', 'We', 'internal_block');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,O 1,2020-01-01\nentry,add,Zenith Works,Peru,,\n', 'private_ours');
SELECT entity_screen.add_owner('Zenith Works', 100, party => 'Muster Peru') > 0 AS added;
SELECT outcome, is_captured, regime_code FROM entity_screen.screen_owners('Muster Peru', on_date => '2025-10-15');
SELECT entity_screen.set_regime('house_rule', '[2020-01-01,)', 'in_force', 'policy 7', '{private_ours}', 'Ours', 25) > 0 AS set;
SELECT outcome, is_captured, regime_code FROM entity_screen.screen_owners('Muster Peru', on_date => '2025-10-15');
-- a guard acts on a party that is captured on the date of the order, a watch alerts every tie
CREATE TABLE orders (id int PRIMARY KEY, buyer text, ordered_on date, status text DEFAULT 'new');
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on', lists => '{us_bis_el}', action => 'hold', status_column => 'status') > 0 AS guarded;
INSERT INTO orders (id, buyer, ordered_on) VALUES (1, 'Fibre Sarawak Sdn Bhd', '2025-09-28'), (2, 'FIBRE SARAWAK Sdn. Bhd.', '2025-10-15'), (3, 'Fibre Sarawak Sdn Bhd', '2026-03-01'), (4, 'Other Sarawak Sdn Bhd', '2025-10-15');
SELECT o.id, o.status, h.value ->> 'entry_name' AS entry_name, h.value ->> 'outcome' AS outcome, h.value ->> 'owner_name' AS owner_name, h.value ->> 'regime_code' AS regime_code
FROM orders o JOIN entity_screen.screening_event e ON e.party_ref = o.id::text LEFT JOIN LATERAL jsonb_array_elements(e.hits) h ON h.value ->> 'entry_name' LIKE 'FiberHome%' ORDER BY o.id;
SELECT party_ref, entry_name FROM entity_screen.alert WHERE entry_name LIKE 'FiberHome%' ORDER BY alert_id;
-- what was said of an owner stays: the event replays as it was, and the law of today differs
SELECT party_owner_id AS fibre FROM entity_screen.party_owner WHERE party = 'Fibre Sarawak Sdn Bhd' \gset
SELECT event_id AS held FROM entity_screen.screening_event WHERE party_ref = '2' AND target = 'public.orders' \gset
BEGIN;
SELECT entity_screen.end_owner(:fibre, '2025-10-01');
SELECT valid, upper_inf(known) AS is_known FROM entity_screen.party_owner WHERE party_owner_id = :fibre ORDER BY known;
SELECT entity_screen.end_owner(:fibre, '2025-09-30');
SELECT count(*), count(*) FILTER (WHERE upper_inf(known)) AS known_now FROM entity_screen.party_owner WHERE party_owner_id = :fibre;
SELECT entity_screen.end_owner(:fibre, '2025-10-15');
ROLLBACK;
BEGIN;
SELECT entity_screen.end_owner(:fibre, '2025-10-01');
SELECT entry_name, recorded_score = replayed_score AS as_recorded, present_score, finding, cause FROM entity_screen.replay(:held) WHERE entry_name LIKE 'FiberHome%';
UPDATE entity_screen.party_owner SET share = 1 WHERE party_owner_id = :fibre;
ROLLBACK;
BEGIN;
DELETE FROM entity_screen.party_owner;
ROLLBACK;
-- a rule that is set later does not change the replay either
BEGIN;
SELECT entity_screen.set_regime('bis_affiliates_50', '[2025-09-29,2026-11-10)', 'suspended', '90 FR 1') > 0 AS set;
SELECT recorded_score = replayed_score AS as_recorded, present_score, finding, cause FROM entity_screen.replay(:held) WHERE entry_name LIKE 'FiberHome%';
ROLLBACK;
INSERT INTO client VALUES (2, 'Alpha Peru'), (3, 'Beta Chile'), (7, 'Gamma Bolivia'), (8, 'Delta Ecuador');
SELECT entity_screen.watch_table('client', party => 'name', lists => '{us_bis_el}') > 0 AS watched;
CALL entity_screen.refresh_watch('client');
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_full('client') ORDER BY 1, 2;
SELECT entity_screen.add_owner('Yitu', 75, target => 'client', party_ref => '7') > 0 AS added, entity_screen.add_owner('Megvii', 5, party => 'DELTA Ecuador') AS later \gset
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_due() ORDER BY 1, 2;
SELECT DISTINCT e.party_ref, h.value ->> 'outcome' AS outcome, (h.value ->> 'is_captured')::boolean IS NOT NULL AS says FROM entity_screen.screening_event e, jsonb_array_elements(e.hits) h WHERE e.target = 'public.client' ORDER BY 1;
SELECT entity_screen.end_owner(:later, (now() AT TIME ZONE 'UTC')::date - 7);
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_due() ORDER BY 1, 2;
SELECT count(*) FROM entity_screen.rescreen_full('client');
-- ... and a new entry that is the owner of someone on file is a delta
SELECT entity_screen.add_owner('Brand New Listed Works', 55, party => 'Gamma Bolivia') > 0 AS added;
SELECT count(*) FROM entity_screen.rescreen_due();
SELECT tranche_id AS late FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,O 9,2020-01-01\nentry,add,Brand New Listed Works,Peru,,\n', 'us_bis_el') \gset
SELECT party_ref, entry_name, change FROM entity_screen.rescreen_delta(:late) WHERE target = 'public.client';
DROP TABLE orders;
-- arguments
SELECT entity_screen.add_owner('', 1, party => 'x');
SELECT entity_screen.add_owner('x', 1);
SELECT entity_screen.add_owner('x', 1, target => 'client');
SELECT entity_screen.add_owner('x', 0, party => 'y');
SELECT entity_screen.add_owner('x', 100.1, party => 'y');
SELECT entity_screen.end_owner(-1, '2020-01-01');
SELECT entity_screen.set_regime('x', NULL, 'in_force', 'c');
SELECT entity_screen.set_regime('new_one', '[2020-01-01,)', 'in_force', 'c');
SELECT entity_screen.set_regime('bis_affiliates_50', '[2020-01-01,)', 'sometimes', 'c');
SELECT entity_screen.set_regime('bis_affiliates_50', '[2020-01-01,)', 'in_force', 'c', '{nope}');
UPDATE entity_screen.legal_regime SET regime_status = 'suspended';
SELECT count(*) FROM entity_screen.screen_owners(NULL);
DROP TABLE client;
