-- What besides the name decides: weak and general aliases, addresses.
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
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect) VALUES ('private_ours', 'Ours', 'We', 'internal_block');
SELECT added FROM entity_screen.load_tranche($$record,operation,name,destination_country,citation,effective_on,entry_type,name_type,alias_quality,address
tranche,,,,O 1,2020-01-01,,,,
entry,add,Zenith Optics,Peru,,,organization,,,
name,,Lens House,,,,,aka,weak,
address,,,,,,,,,"12 Harbour Street, Lima, Peru"
entry,add,Address 01,Hong Kong,,,address_only,,,
address,,,,,,,,,"Unit 5, 12/F, Sun Fung Centre, 88 Kwok Shui Road, Tsuen Wan, Hong Kong"
$$, 'private_ours');

-- A general alias (a place and a common word) counts in full or with the address
SELECT q, a IS NOT NULL AS address, (SELECT matched_name FROM entity_screen.screen_party(q, 'CN', a, '2020-09-01'))
FROM (VALUES ('Shenzhen Vision Eyewear Co', NULL), ('Shenzhen Vision Eyewear Co', '99 Baker Street, London'),
	('Shenzhen Vision Eyewear Co', '16/F China Merchants Development Center, 1063 Nanhai Avenue, Nanshan, Shenzhen'),
	('Shenzhen Vision Eyewear Co', 'Skyworth Semiconductor Design Building East Tower 8th Floor, 18 Gaoxin South 4th Road, Yuehai Street, Nanshan District, Shenzhen'),
	('Shenzhen Vision', NULL), ('Shenzhen Vision Co., Ltd.', NULL)) v (q, a);
SELECT n, entity_screen.is_general_alias(n::entity_name) FROM unnest(ARRAY['Shenzhen Vision', 'Yitu', 'Beijing Sensetime', 'Vision', 'Shenzhen', 'AR Sales', '']) n;

-- An alias that the list marks as weak: off, with a threshold of its own, or with the address
SELECT count(*) FROM entity_screen.screen_party('Lens House', on_date => '2020-09-01');
SELECT name_type FROM entity_screen.screen_party('Lens House', address => '12 Harbour St., Lima', on_date => '2020-09-01');
SELECT entity_screen.set_threshold(0.9, '{private_ours}', 'confirmed by the desk', 'weak') > 0 AS set;
SELECT matched_name FROM entity_screen.screen_party('Lens House', on_date => '2020-09-01');
SELECT count(*) FROM entity_screen.screen_party('Glass Works', on_date => '2020-09-01');
SELECT entity_screen.set_threshold(NULL, '{private_ours}', 'off again', 'weak') > 0 AS set;
SELECT count(*) FROM entity_screen.screen_party('Lens House', on_date => '2020-09-01');
SELECT entity_screen.set_threshold(NULL, NULL, 'x');
SELECT entity_screen.set_threshold(0.9, NULL, 'x', 'strong');

-- An entry that is an address: any party that uses it
SELECT list_code, entry_name, matched_name, name_type, score, explanation -> 'address' ->> 'agrees' AS agrees
FROM entity_screen.screen_party('Muster Trading', 'HK', '12/F Sun Fung Centre, 88 Kwok Shui Rd, Hong Kong', '2020-09-01');
SELECT count(*) FROM entity_screen.screen_party('Muster Trading', 'HK', '12/F Sun Fung Centre, 90 Kwok Shui Rd, Hong Kong', '2020-09-01');
SELECT count(*) FROM entity_screen.screen_party('Muster Trading', 'HK', '12/F Sun Fung Centre, 88 Kwok Shui Rd, Hong Kong', '2019-09-01');
-- an address never takes a name hit away, and it ranks
SELECT entry_name FROM entity_screen.screen_party('CloudWalk', 'DE', '99 Baker Street, London', '2020-09-01');
SELECT explanation -> 'address' ->> 'agrees' FROM entity_screen.screen_party('CloudWalk', 'CN', 'Rm 1306, 26 Jinlong Rd., Nansha, Guangzhou', '2020-09-01');
