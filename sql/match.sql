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

-- Other spellings and scripts of a name
SELECT a, b, entity_similarity(a::entity_name, b::entity_name) >= 0.65 AS found
FROM (VALUES
	('Muammar Qaddafi', 'Moammar Gaddafi'),
	('Lukashenko, Alexander', 'Alyaksandr Lukashenka'),
	('عبدالرحمن المصري', 'Abdul Rahman al-Masri'),
	('Hidayat Allah', 'Hidayatullah'),
	('Shams al-Din', 'Shamsuddin'),
	('Yusuf Hamdan', 'Youssef Hamdane'),
	('Сергей Лавров', 'Sergey Lavrov'),
	('Hikvision', 'Hangzhou Hikvision Digital Technology Co., Ltd.'),
	('Zhongxing Communicatoins Equipmnet', 'Zhongxing Communication Equipment')) v (a, b);

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
	('Abdul Ghani Turk', 'Abdul Ghani Baradar'),
	('Andrei Navalny', 'Alexei Navalny'),
	('Ahmed Hassan', 'Ahmed Hussein'),
	('Bank of China', 'China Construction Bank'),
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

-- In one line; the first argument is a.
SELECT entity_explain_text('CloudWalk Technology', 'Cloud Walk Beijing') ~
	'^0\.\d{4}; met: "cloudwalk" as "cloud walk" \(joined\); only in a: "technology"; only in b: "beijing"$' AS joined,
	entity_explain_text('38th Institute', '13th Institute') ~ 'number against: "38" / "13"' AS numbers,
	entity_explain_text('Same', 'SAME') AS same,
	entity_explain_text('СlоudWаlk', 'CloudWalk') ~ 'letters of two scripts' AS mixed;

-- Acronyms: legal forms before a name, "and", a place that the name begins
-- with, and words known by their translation.
SELECT entity_explain(a::entity_name, b::entity_name) #>> '{met,0,means}' AS means, a, b
FROM (VALUES ('NMG', 'JSC National Media Group'), ('POGC', 'Pars Oil and Gas Company'),
	('CSRC', 'Beijing Computational Science Research Center'),
	('JSC VOMZ', 'Joint Stock Company Vologda Optical and Mechanical Plant'),
	('CNPC', 'China National Petroleum Corporation')) v (a, b);

-- An auditor computes the score again from the explanation alone.
CREATE FUNCTION score_by_hand(e jsonb) RETURNS int LANGUAGE sql AS $$
	WITH part AS (
		SELECT floor((e #>> '{grams,shared}')::numeric * 10000
					 / greatest((e #>> '{grams,of}')::numeric, 1)) AS g,
			   (e #>> '{grams,trust}')::numeric AS trust,
			   (SELECT bool_and(akin::int >= greatest(ceil(core::int * 0.33), 10))
				FROM ROWS FROM (jsonb_array_elements_text(e #> '{grams,akin_weight}'),
								jsonb_array_elements_text(e #> '{grams,core_weight}'))
					 AS side (akin, core)) AS counts,
			   CASE WHEN (e #>> '{grams,respelled}')::boolean THEN 1 ELSE 0.85 END AS same,
			   (e #>> '{words,met}')::numeric AS met,
			   (e #>> '{words,of}')::numeric AS whole,
			   (e #>> '{words,left}')::numeric AS rest
	), component AS (
		SELECT CASE WHEN counts THEN floor(floor(least(floor(g * 1.12), 10000) * trust) * same) ELSE 0 END AS letters,
			   coalesce(floor(met * 10000 / nullif(whole + floor(rest * 125) / 1000
												   + least(rest, 6), 0)), 0) AS words
		FROM part
	)
	, contradicted AS (
		SELECT floor(floor(floor(floor(floor(c * (e ->> 'numbers_contradict')::numeric)
			* (e ->> 'places_contradict')::numeric) * (e ->> 'cores_contradict')::numeric)
			* (e ->> 'only_generic_words')::numeric) * (e ->> 'one_changed_word')::numeric) AS score,
			is_letters
		FROM component, LATERAL (VALUES (letters, true), (words, false)) v (c, is_letters)
	)
	SELECT max(CASE WHEN is_letters AND score > 6500 THEN 6500 + floor((score - 6500) / 10)
					ELSE least(score, 9999) END)::int
	FROM contradicted $$;
SELECT count(*) AS pairs, count(*) FILTER (
	WHERE score_by_hand(entity_explain(a::entity_name, b::entity_name))
		<> round(entity_similarity(a::entity_name, b::entity_name) * 10000)
	AND a::entity_name <> b::entity_name) AS differ
FROM (VALUES ('Cloud Walk Beijing'), ('CloudWalk Technology'), ('38th Research Institute'),
	('55th Research Institute of CETC'), ('China Electronics Technology Group'), ('CETC'),
	('Muammar Qaddafi'), ('Moammar Gaddafi'), ('Bank of China (Shanghai)'), ('Bank of Beijing'),
	('Hikvison'), ('Hikvision Digital'), ('Nanjing FiberHome Starrysky Communication'), ('FiberHome'),
	('Abdul Ghani Turk'), ('Abdul Ghani Baradar'), ('Group Holding Ltd'), ('Trading Group')) x (a),
	(VALUES ('Cloud Walk Beijing'), ('CloudWalk Technology'), ('38th Research Institute'),
	('55th Research Institute of CETC'), ('China Electronics Technology Group'), ('CETC'),
	('Muammar Qaddafi'), ('Moammar Gaddafi'), ('Bank of China (Shanghai)'), ('Bank of Beijing'),
	('Hikvison'), ('Hikvision Digital'), ('Nanjing FiberHome Starrysky Communication'), ('FiberHome'),
	('Abdul Ghani Turk'), ('Abdul Ghani Baradar'), ('Group Holding Ltd'), ('Trading Group')) y (b);
DROP FUNCTION score_by_hand(jsonb);
