-- The score, by what people expect of it.

\set SHOW_CONTEXT never

-- Found at the default threshold of 0.65
SELECT a, b, entity_similarity(a::entity_name, b::entity_name) >= 0.65 AS found
FROM (VALUES
	('Cloud Walk Tech. Co., Ltd', 'CloudWalk Technology'),
	('Yuncong Technology', 'Yun Cong Technology'),
	('云从科技', 'Yun Cong Technology'),
	('Nanjing Fiberhome Starrysky',
	 'Nanjing FiberHome Starrysky Communication Development Co.'),
	('SenseTime Group Inc.', 'Sense Time'),
	('Yi Tu Technology Co Ltd', 'Yitu Technologies'),
	('DAHUA TECHNOLOGY UK LIMITED', 'Dahua Technology'),
	('I S''Vision Co., Ltd', 'IS''Vision'),
	('Hikvison Digital', 'Hikvision Digital'),
	('MPS Institute of Forensic Science',
	 'Ministry of Public Security''s Institute of Forensic Science of China'),
	('SIS DOO', 'SIS d.o.o.'),
	('Almaz Antey Telecom', 'Almaz-Antey'),
	('Алмаз-Антей', 'Almaz Antey'),
	('Putin, Vladimir', 'Vladimir Putin')) v (a, b);

-- Not found
SELECT a, b, entity_similarity(a::entity_name, b::entity_name) < 0.65 AS kept_apart
FROM (VALUES
	('Cloudwalker Outdoor Ltd', 'CloudWalk Technology'),
	('Netpost AB', 'NetPosa'),
	('Senses Network GmbH', 'SenseNets'),
	('Mega VII Studios', 'Megvii Technology'),
	('Norwegian Institute of Forensic Science',
	 'Ministry of Public Security''s Institute of Forensic Science of China'),
	('Fiber Optics GmbH', 'FiberHome'),
	('38th Research Institute', '13th Research Institute')) v (a, b);

-- 1 for equal normal forms and nothing else; nothing is like an empty name
SELECT entity_similarity('CLOUDWALK', 'cloudwalk') AS equal,
	   entity_similarity('Cloud Walk', 'CloudWalk') < 1 AS joined_is_less,
	   entity_similarity('', '') AS empty,
	   ''::entity_name % '' AS empty_matches,
	   entity_similarity('', 'X') AS one_empty;
SELECT 'CloudWalk'::entity_name <-> 'cloudwalk' AS distance;

-- Three doors, one engine
SELECT 'Cloud Walk'::entity_name % 'CloudWalk' AS by_setting,
	   'Cloud Walk'::entity_name @@ entity_query('CloudWalk', 0.9) AS by_query,
	   entity_match('Cloud Walk', 'CloudWalk', 0.9) AS by_function;
SET entity_screen.threshold = 1;
SELECT 'Cloud Walk'::entity_name % 'CloudWalk' AS at_one,
	   entity_match('Cloud Walk', 'CloudWalk', 0.9) AS not_by_setting;
RESET entity_screen.threshold;
SET entity_screen.threshold = 0.2;
\echo :LAST_ERROR_SQLSTATE
SELECT entity_match('Cloud Walk', 'CloudWalk', 1.01);
\echo :LAST_ERROR_SQLSTATE

-- An explanation names every word.
SELECT jsonb_pretty(entity_explain('Cloud Walk Beijing', 'CloudWalk Technology'));
