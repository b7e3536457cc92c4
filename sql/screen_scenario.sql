-- What a compliance officer expects of the three rules, case by case.  ok: the
-- first entry of the answer is the expected one, or there is none.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set rule_military :abs_srcdir '/data/tranches/2020-06-05_85FR34495.csv'
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

CREATE FUNCTION first_hit(party text, country text, on_date date)
RETURNS text LANGUAGE sql AS $$
	SELECT s.entry_name
	FROM entity_screen.screen_party(first_hit.party, first_hit.country, on_date => first_hit.on_date)
		WITH ORDINALITY s ORDER BY s.ordinality LIMIT 1 $$;

-- Spacing and other variants of a listed name, after the rule took effect
SELECT q, first_hit(q, 'CN', '2020-07-01') = 'CloudWalk Technology' AS ok
FROM unnest(ARRAY['Cloud Walk Technology', 'CLOUDWALK TECH CO LTD', '云从科技', 'Yuncong Technology']) q;
-- ... with the text of that rule, and why
SELECT citation, citations, license_requirement, license_review_policy LIKE '%infectious%' AS clause,
	license_review_policy, explanation -> 'met' -> 0 ->> 'means' AS means, country_agrees
FROM entity_screen.screen_party('Cloud Walk Technology', 'CN', on_date => '2020-07-01');

-- Announced and not yet effective: an advisory, not a hit
SELECT d, entity_screen.is_listed('Cloud Walk Technology', d) AS listed,
	(SELECT advisory FROM entity_screen.screen_party('Cloud Walk Technology', on_date => d, include_advisory => true)) AS advisory
FROM unnest(ARRAY['2020-05-25', '2020-06-04', '2020-06-05']::date[]) d;

-- One entry, its citations over time
SELECT d, citations FROM unnest(ARRAY['2020-06-04', '2020-06-05']::date[]) d,
	entity_screen.screen_party('Hikvision', on_date => d);

-- The date of a party is that of the rule that added it
SELECT q, d, first_hit(q, NULL, d) IS NOT DISTINCT FROM CASE WHEN d >= since THEN entry END AS ok
FROM (VALUES
	(1, 'Nanjing Fiberhome Starrysky', 'Nanjing FiberHome Starrysky Communication Development Co.', '2020-06-05'::date),
	(2, 'NetPosa', 'NetPosa', '2020-06-05'),
	(3, 'SenseNets', 'SenseNets', '2020-06-05'),
	(4, 'SenseNets Technology Ltd', 'SenseNets', '2020-06-05'),
	(5, 'Dahua', 'Dahua Technology', '2019-10-09'),
	(6, 'Megvii', 'Megvii Technology', '2019-10-09'),
	(7, 'Yitu', 'Yitu Technologies', '2019-10-09'),
	(8, 'Beijing Sensetime', 'Beijing Sensetime Technology Development Co., Ltd.', '2019-10-09'),
	(9, 'Shihezi Municipality Public Security Bureau', 'Shihezi Municipality Public Security Bureau', '2019-10-09'))
	v (o, q, entry, since),
	unnest(ARRAY['2019-10-08', '2020-01-15', '2020-06-10']::date[]) d ORDER BY o, d;

-- Parent and subsidiary: the Group first, the subsidiary as a related hit
SELECT entry_name FROM entity_screen.screen_party('FiberHome', on_date => '2020-07-01');
SELECT q, first_hit(q, c, '2020-07-01') IS NOT DISTINCT FROM entry AS ok
FROM (VALUES ('FiberHome Telecommunication Technologies Co., Ltd', 'CN', 'FiberHome Technologies Group'),
	('Fiber Home Optics GmbH', 'DE', NULL)) v (q, c, entry);

-- Benign look-alikes: no hit at the default
SELECT q, first_hit(q, c, '2020-07-01') IS NULL AS ok
FROM (VALUES ('Cloudwalker Outdoor Ltd', 'GB'), ('Netpost AB', 'SE'), ('Senses Network GmbH', 'DE'),
	('Mega VII Studios', 'US'), ('Norwegian Institute of Forensic Science', 'NO')) v (q, c);
-- ... and below the line their explanation names what differs
SELECT matched_name, score < 0.65 AS below, explanation ? 'missing_in_a' AS explained
FROM entity_screen.screen_party('Cloudwalker Outdoor Ltd', 'GB', on_date => '2020-07-01', threshold => 0.3)
WHERE entry_name = 'CloudWalk Technology';

-- Short and embedded names: the right entry first, and few others
SELECT q, first_hit(q, NULL, '2020-07-01') = entry AS ok
FROM (VALUES ('Yitu', 'Yitu Technologies'), ('Yi Tu Technology Co Ltd', 'Yitu Technologies'),
	('Megvii', 'Megvii Technology'), ('Dahua', 'Dahua Technology'),
	('DAHUA TECHNOLOGY UK LIMITED', 'Dahua Technology'),
	('SenseTime Group Inc.', 'Beijing Sensetime Technology Development Co., Ltd.')) v (q, entry);
SELECT count(*) <= 15 AS few
FROM unnest(ARRAY['Yitu', 'Yi Tu Technology Co Ltd', 'Megvii', 'Dahua', 'DAHUA TECHNOLOGY UK LIMITED',
	'SenseTime Group Inc.']) q, entity_screen.screen_party(q, on_date => '2020-07-01');

-- Damaged characters
SELECT q, first_hit(q, NULL, '2020-07-01') = 'IS''Vision' AS ok
FROM unnest(ARRAY['IS''Vision', 'IS’Vision', 'IS?Vision', 'ISVision', 'IS Vision', 'I S''Vision Co., Ltd']) q;
SELECT q, first_hit(q, NULL, '2020-07-01') = 'Ministry of Public Security''s Institute of Forensic Science of China' AS ok
FROM unnest(ARRAY['MPS Institute of Forensic Science', 'Ministry of Public Security’s Institute of Forensic Science',
	'Ministry of Public Security?s Institute of Forensic Science of China']) q;

-- Han script and other spellings of what the list has in Latin letters
SELECT q, first_hit(q, 'CN', '2020-07-01') = entry AS ok
FROM (VALUES ('云从科技集团股份有限公司', 'CloudWalk Technology'), ('东方网力科技', 'NetPosa'),
	('云天励飞', 'Intellifusion'),
	('商汤科技', 'Beijing Sensetime Technology Development Co., Ltd.'),
	('烽火星空', 'Nanjing FiberHome Starrysky Communication Development Co.'),
	('Nanjing Fiber Home Starry Sky Communication', 'Nanjing FiberHome Starrysky Communication Development Co.'),
	('Net Posa', 'NetPosa'), ('Sense Nets', 'SenseNets'),
	('HIKVISION DIGITAL TECHNOLOGY', 'Hangzhou Hikvision Digital Technology Co., Ltd.')) v (q, entry);
DROP FUNCTION first_hit(text, text, date);
