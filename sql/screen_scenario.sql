-- What a compliance officer expects of the three rules, case by case.  The
-- first entry of each answer, and how many more there are.
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

CREATE FUNCTION answer(party text, country text DEFAULT NULL, on_date date DEFAULT '2020-07-01')
RETURNS TABLE (entry_name text, rule text, entries bigint, country_agrees boolean) LANGUAGE sql AS $$
	SELECT (array_agg(s.entry_name ORDER BY s.ordinality))[1], (array_agg(s.citation ORDER BY s.ordinality))[1],
		count(*), (array_agg(s.country_agrees ORDER BY s.ordinality))[1]
	FROM entity_screen.screen_party(answer.party, answer.country, on_date => answer.on_date)
		WITH ORDINALITY s $$;

-- 1. Spacing and other variants of a listed name, after the rule took effect
SELECT q, a.* FROM unnest(ARRAY['Cloud Walk Technology', 'CLOUDWALK TECH CO LTD', '云从科技', 'Yuncong Technology']) q,
	answer(q, 'CN', '2020-07-01') a;
-- ... with the text of that rule, and why
SELECT license_requirement, license_review_policy, license_review_policy LIKE '%infectious%' AS clause,
	explanation -> 'met' -> 0 ->> 'means' AS means, explanation -> 'country' ->> 'agrees' AS country
FROM entity_screen.screen_party('Cloud Walk Technology', 'CN', on_date => '2020-07-01');

-- 2. Announced and not yet effective: an advisory, not a hit
SELECT d, entity_screen.is_listed('Cloud Walk Technology', d) AS listed,
	(SELECT advisory FROM entity_screen.screen_party('Cloud Walk Technology', on_date => d, include_advisory => true)) AS advisory
FROM unnest(ARRAY['2020-05-25', '2020-06-04', '2020-06-05']::date[]) d;

-- 3. One entry, its citations over time
SELECT d, citations FROM unnest(ARRAY['2020-06-04', '2020-06-05']::date[]) d,
	entity_screen.screen_party('Hikvision', on_date => d);

-- 4. The date of a party is that of the rule that added it
SELECT q, d, a.entry_name, a.rule
FROM unnest(ARRAY['Nanjing Fiberhome Starrysky', 'NetPosa', 'SenseNets', 'Dahua', 'Megvii', 'Yitu',
	'Beijing Sensetime', 'Shihezi Municipality Public Security Bureau']) WITH ORDINALITY p(q, o),
	unnest(ARRAY['2020-01-15', '2020-06-10']::date[]) d, answer(q, NULL, d) a ORDER BY o, d;

-- 5. Parent and subsidiary
SELECT entry_name, matched_name, score = max(score) OVER () AS best
FROM entity_screen.screen_party('FiberHome', on_date => '2020-07-01') ORDER BY score DESC;
SELECT q, a.* FROM unnest(ARRAY['FiberHome Telecommunication Technologies Co., Ltd', 'Fiber Home Optics GmbH']) q,
	answer(q, 'CN') a;

-- 7. Benign look-alikes: no hit at the default
SELECT q, a.* FROM (VALUES ('Cloudwalker Outdoor Ltd', 'GB'), ('Netpost AB', 'SE'), ('Senses Network GmbH', 'DE'),
	('Mega VII Studios', 'US'), ('Norwegian Institute of Forensic Science', 'NO')) v (q, c), answer(q, c) a;

-- 8. Short and embedded names
SELECT q, a.* FROM unnest(ARRAY['Yitu', 'Yi Tu Technology Co Ltd', 'Megvii', 'Dahua', 'DAHUA TECHNOLOGY UK LIMITED',
	'SenseTime Group Inc.']) q, answer(q) a;

-- 9. Damaged characters
SELECT q, a.* FROM unnest(ARRAY['IS''Vision', 'IS’Vision', 'IS?Vision', 'ISVision', 'IS Vision', 'I S''Vision Co., Ltd',
	'MPS Institute of Forensic Science', 'Ministry of Public Security’s Institute of Forensic Science',
	'Ministry of Public Security?s Institute of Forensic Science of China']) q, answer(q) a;

-- Han-script and other spellings of what the list has in Latin letters
SELECT q, a.* FROM unnest(ARRAY['云从科技集团股份有限公司', '东方网力科技', '深网视界', '云天励飞', '烽火星空', '商汤科技',
	'Nanjing Fiber Home Starry Sky Communication', 'Net Posa', 'Sense Nets', 'HIKVISION DIGITAL TECHNOLOGY']) q, answer(q) a;
DROP FUNCTION answer(text, text, date);
