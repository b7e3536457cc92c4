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
