-- Normal forms, step by step. What stands in one group must be one form.

CREATE FUNCTION forms(VARIADIC names text[]) RETURNS TABLE (form text, names text)
LANGUAGE sql AS $$
	SELECT entity_normal_form(name::entity_name), string_agg(name, ' | ' ORDER BY i)
	FROM unnest(names) WITH ORDINALITY n (name, i)
	GROUP BY 1 ORDER BY min(i)
$$;

-- repair: lost characters, quotation marks, HTML entities
SELECT * FROM forms('IS''Vision', 'IS’Vision', 'IS?Vision', 'ISVision',
	'IS&#39;Vision', 'IS&#x2019;Vision', E'IS\uFFFDVision');
SELECT * FROM forms('Ministry of Public Security''s Institute',
	'Ministry of Public Security’s Institute',
	'Ministry of Public Security?s Institute');
SELECT * FROM forms('Smith &amp; Sons', 'Smith & Sons', '"Smith" & Sons');
SELECT * FROM forms('AO ?Almaz?', 'AO «Almaz»', 'AO "Almaz"');

-- width, case, accents, invisible characters, composed or not
SELECT DISTINCT entity_normal_form(name::entity_name)
FROM (VALUES ('ＣｌｏｕｄＷａｌｋ'), ('CLOUDWALK'), (E'Cloud\u00ADWalk'),
			 (E'Cloud\u200BWalk'), ('CloudWalk')) v (name);
SELECT DISTINCT entity_normal_form(name::entity_name)
FROM (VALUES ('Société Générale'), ('SOCIETE GENERALE'),
			 (E'Socie\u0301te\u0301 Ge\u0301ne\u0301rale')) v (name);
SELECT * FROM forms('Ødegård', 'Odegard');
SELECT * FROM forms('Müller', 'MULLER', 'Muller');
SELECT * FROM forms('Алмаз-Антей', 'АЛМАЗ–АНТЕЙ', 'Almaz-Antey');

-- punctuation of abbreviations
SELECT * FROM forms('Dahua S.A.', 'Dahua SA', 'Dahua S. A.');
SELECT * FROM forms('SIS d.o.o.', 'SIS DOO', 'SIS D.O.O');
SELECT * FROM forms('Maersk A/S', 'Maersk AS');
SELECT * FROM forms('Bosch G.m.b.H.', 'Bosch GmbH',
	'Bosch Gesellschaft mit beschränkter Haftung');

-- legal forms by language
SELECT * FROM forms('X Co., Ltd.', 'X Company Limited', 'X Co.,Ltd');
SELECT * FROM forms('云从科技有限公司', '云从科技股份有限公司',
	'雲從科技有限公司', 'Yuncong Technology Co., Ltd.');
SELECT * FROM forms('ООО Вертикаль', 'OOO Vertikal',
	'Общество с ограниченной ответственностью «Вертикаль»');
SELECT * FROM forms('АО Микрон', 'Акционерное общество Микрон');
SELECT * FROM forms('Siemens AG', 'Siemens Aktiengesellschaft');
SELECT * FROM forms('Total S.A.R.L.', 'Total SARL',
	'Total société à responsabilité limitée');
SELECT * FROM forms('Repsol S.A.', 'Repsol Sociedad Anónima');
SELECT * FROM forms('Eni S.p.A.', 'Eni SpA', 'Eni società per azioni');
SELECT * FROM forms('Vale Ltda', 'Vale Limitada');
SELECT * FROM forms('Arçelik Anonim Şirketi', 'Arcelik A.Ş.');
SELECT * FROM forms('شرکت آبان سهامی خاص');
SELECT * FROM forms('株式会社ソニー', 'ソニー株式会社', 'ソニー(株)');
SELECT * FROM forms('삼성전자 주식회사', '주식회사 삼성전자', '삼성전자주식회사');

-- numbers and ordinals
SELECT * FROM forms('38th Research Institute', 'No. 38 Research Institute',
	'No.38 Research Institute', '第三十八研究所', '第38研究所',
	'Thirty-Eighth Research Institute');
SELECT * FROM forms('CETC 38', 'CETC-38', 'CETC38', 'CETC No. 38', 'CETC ３８');
SELECT * FROM forms('World War II Museum', 'World War 2 Museum');

-- business words and places
SELECT * FROM forms('Harbin Engineering University', '哈尔滨工程大学');
SELECT * FROM forms('Dahua Tech', 'Dahua Technologies', '大华科技');
SELECT * FROM forms('Beijing Bank', '北京银行', 'Peking Bank');

-- script by script
SELECT name, entity_normal_form(name::entity_name)
FROM (VALUES ('Газпром'), ('Київстар'), ('Ελλάς'), ('الشركة السورية'),
			 ('قاسم سلیمانی'), ('華為技術'), ('삼성'), ('かぶしき'),
			 ('საქართველო'), ('Հայաստան'), ('ישראל'), ('ไทย'), ('भारत'),
			 (E'\u1E9E'), ('①'), ('ﬁne')) v (name);

-- Nothing fails and nothing is invented.
SELECT name, entity_normal_form(name::entity_name) AS form
FROM (VALUES (''), ('   '), ('?'), ('...'), ('Ltd'), ('The Co.'), ('38'),
			 ('A')) v (name);
SELECT entity_normal_form(E'\U0010FFFF') = '' AS unassigned,
	   entity_normal_form(E'\u0301\u0301') = '' AS marks_alone;

-- Padding does not push a name out of sight.
SELECT entity_normal_form((repeat(' ', 20000) || 'Huawei')::entity_name),
	   entity_normal_form((repeat('- ', 9000) || 'Huawei')::entity_name),
	   entity_normal_form(('Hu' || repeat(E'\u0301', 9000) || 'awei')
						  ::entity_name);
SELECT entity_explain(repeat('ab ', 40)::entity_name, 'ab')
	   #> '{a,clipped}' AS clipped;

-- Compound names are cut where they were joined; the article of Arabic script
-- is a word, as in Latin letters; a Roman numeral does not begin a name.
SELECT n AS name, entity_normal_form(n::entity_name)
FROM unnest(ARRAY['Abdulrahman', 'Abdurrahman', 'Abd al-Rahman', 'Abdul Rahman',
	'Abdallah', 'عبدالله', 'Hidayatullah', 'Shamsuddin', 'المصري', 'والشام', 'الله',
	'Mohammed', 'Mohd', 'محمد', 'Abou Bakr', 'Xi Jinping', 'Plant XI', 'Abdullin']) n;

-- Forms of the GLEIF list, in their own languages
SELECT n AS name, entity_normal_form(n::entity_name)
FROM unnest(ARRAY['Novo Perseroan Terbatas Penanaman Modal Dalam Negeri', 'Kontor Försäkringsaktiebolag',
	'Ruda Spoločnosť komanditná na akcie', 'Obshchestvo s ogranichennoi otvetstvennostyu Mokran',
	'Univ. of Sci. and Tech.', 'Guangzhou Haige Comm Grp']) n;

-- Letters of two scripts in one word are read by shape, and reported.
SELECT entity_normal_form('СlоudWаlk'), entity_normal_form('РOCНEФТЬ'),
	   entity_explain('СlоudWаlk', 'CloudWalk') #> '{a,mixed_scripts}' AS a,
	   entity_explain('СlоudWаlk', 'CloudWalk') #> '{b,mixed_scripts}' AS b;

DROP FUNCTION forms(text[]);

-- Words of the tables that gained a space or lost one; brands stay as they
-- are.
SELECT n AS name, entity_normal_form(n::entity_name) FROM unnest(ARRAY[
	'Internatio nal Trading', 'Chemical laborat-ory', 'TECHNO LOGY Ltd',
	'NamchongangTrading Corporation', 'Triangletechnologies', 'Alpha TechnologyCo',
	'Olga NikolayevnaKHOKHLOVA', 'CloudWalk', 'SenseTIME', 'BelVEB',
	'Technipfmc', 'Petro Plus Ltd']) n;

-- Adjectives of Russian in any form, in either script.
SELECT n AS name, entity_normal_form(n::entity_name) FROM unnest(ARRAY[
	'Вертолетная сервисная компания', 'Vertoletnaya Servisnaya Kompaniya',
	'Институт лазерных технологий', 'Zavod tochnogo mashinostroyeniya',
	'Vinny Trading']) n;

-- A rare word that is a slip away from a common business word or a legal
-- form, or sounds like one, is read as it; a long legal form is cut off any
-- word.  Places, persons and short words are left alone.
SELECT n AS name, entity_normal_form(n::entity_name) FROM unnest(ARRAY[
	'46 Cntral Research Institute', 'Shahed Macheenery', 'Kazan Planqt',
	'Ltd Libaility Co Asset Electric', 'Faramojcompany', 'Internahtional Oil',
	'Piotech', 'Sharia', 'Hotland', 'Denvir', 'Tous Trading', 'Bakn',
	'Sukhoi', 'Mahan', 'Unlimited Brands']) n;
