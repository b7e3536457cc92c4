/*
 * 41_country: countries in the spellings that lists and orders use
 */

CREATE TABLE entity_screen.country_spelling (
	spelling text PRIMARY KEY
		CHECK (spelling = entity_screen.name_key(spelling)),
	country_code text NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
	is_shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE entity_screen.country_spelling IS
'Spellings of countries and their ISO 3166-1 code. Only compares a party''s country with an entry''s; a country never decides whether a party is listed.';
COMMENT ON COLUMN entity_screen.country_spelling.spelling IS
'A spelling as entity_screen.name_key() gives it';
COMMENT ON COLUMN entity_screen.country_spelling.country_code IS
'ISO 3166-1 alpha-2 code';
COMMENT ON COLUMN entity_screen.country_spelling.is_shipped IS
'True for rows of the install script, which pg_dump leaves out';

INSERT INTO entity_screen.country_spelling (spelling, country_code, is_shipped)
SELECT v.spelling, v.country_code, true
FROM (VALUES
	('andorra', 'AD'), ('ad', 'AD'), ('united arab emirates', 'AE'),
	('uae', 'AE'), ('u.a.e.', 'AE'), ('ae', 'AE'), ('afghanistan', 'AF'),
	('af', 'AF'), ('antigua & barbuda', 'AG'), ('ag', 'AG'),
	('anguilla', 'AI'), ('ai', 'AI'), ('albania', 'AL'), ('al', 'AL'),
	('armenia', 'AM'), ('am', 'AM'), ('angola', 'AO'), ('ao', 'AO'),
	('antarctica', 'AQ'), ('aq', 'AQ'), ('argentina', 'AR'), ('ar', 'AR'),
	('samoa (american)', 'AS'), ('as', 'AS'), ('austria', 'AT'), ('at', 'AT'),
	('australia', 'AU'), ('au', 'AU'), ('aruba', 'AW'), ('aw', 'AW'),
	('ax', 'AX'), ('azerbaijan', 'AZ'), ('az', 'AZ'),
	('bosnia & herzegovina', 'BA'), ('bosnia and herzegovina', 'BA'),
	('ba', 'BA'), ('barbados', 'BB'), ('bb', 'BB'), ('bangladesh', 'BD'),
	('bd', 'BD'), ('belgium', 'BE'), ('be', 'BE'), ('burkina faso', 'BF'),
	('bf', 'BF'), ('bulgaria', 'BG'), ('bg', 'BG'), ('bahrain', 'BH'),
	('bh', 'BH'), ('burundi', 'BI'), ('bi', 'BI'), ('benin', 'BJ'),
	('bj', 'BJ'), ('st barthelemy', 'BL'), ('bl', 'BL'), ('bermuda', 'BM'),
	('bm', 'BM'), ('brunei', 'BN'), ('brunei darussalam', 'BN'), ('bn', 'BN'),
	('bolivia', 'BO'), ('bolivia, plurinational state of', 'BO'), ('bo', 'BO'),
	('caribbean nl', 'BQ'), ('bq', 'BQ'), ('brazil', 'BR'), ('br', 'BR'),
	('bahamas', 'BS'), ('bs', 'BS'), ('bhutan', 'BT'), ('bt', 'BT'),
	('bouvet island', 'BV'), ('bv', 'BV'), ('botswana', 'BW'), ('bw', 'BW'),
	('belarus', 'BY'), ('republic of belarus', 'BY'), ('by', 'BY'),
	('belize', 'BZ'), ('bz', 'BZ'), ('canada', 'CA'), ('ca', 'CA'),
	('cocos (keeling) islands', 'CC'), ('cocos', 'CC'), ('cc', 'CC'),
	('congo (dem. rep.)', 'CD'), ('democratic republic of the congo', 'CD'),
	('drc', 'CD'), ('congo, democratic republic of the', 'CD'), ('cd', 'CD'),
	('central african rep.', 'CF'), ('cf', 'CF'), ('congo (rep.)', 'CG'),
	('republic of the congo', 'CG'), ('congo', 'CG'), ('cg', 'CG'),
	('switzerland', 'CH'), ('ch', 'CH'), ('ivory coast', 'CI'), ('ci', 'CI'),
	('cook islands', 'CK'), ('ck', 'CK'), ('chile', 'CL'), ('cl', 'CL'),
	('cameroon', 'CM'), ('cm', 'CM'), ('china', 'CN'),
	('people''s republic of china', 'CN'), ('prc', 'CN'), ('p.r. china', 'CN'),
	('china, people''s republic of', 'CN'), ('mainland china', 'CN'),
	('cn', 'CN'), ('colombia', 'CO'), ('co', 'CO'), ('costa rica', 'CR'),
	('cr', 'CR'), ('cuba', 'CU'), ('cu', 'CU'), ('cape verde', 'CV'),
	('cabo verde', 'CV'), ('cv', 'CV'), ('cw', 'CW'),
	('christmas island', 'CX'), ('cx', 'CX'), ('cyprus', 'CY'), ('cy', 'CY'),
	('czech republic', 'CZ'), ('czechia', 'CZ'), ('cz', 'CZ'),
	('germany', 'DE'), ('federal republic of germany', 'DE'), ('de', 'DE'),
	('djibouti', 'DJ'), ('dj', 'DJ'), ('denmark', 'DK'), ('dk', 'DK'),
	('dominica', 'DM'), ('dm', 'DM'), ('dominican republic', 'DO'),
	('do', 'DO'), ('algeria', 'DZ'), ('dz', 'DZ'), ('ecuador', 'EC'),
	('ec', 'EC'), ('estonia', 'EE'), ('ee', 'EE'), ('egypt', 'EG'),
	('eg', 'EG'), ('western sahara', 'EH'), ('eh', 'EH'), ('eritrea', 'ER'),
	('er', 'ER'), ('spain', 'ES'), ('es', 'ES'), ('ethiopia', 'ET'),
	('et', 'ET'), ('finland', 'FI'), ('fi', 'FI'), ('fiji', 'FJ'),
	('fj', 'FJ'), ('falkland islands', 'FK'), ('fk', 'FK'),
	('micronesia', 'FM'), ('fm', 'FM'), ('faroe islands', 'FO'), ('fo', 'FO'),
	('france', 'FR'), ('fr', 'FR'), ('gabon', 'GA'), ('ga', 'GA'),
	('united kingdom', 'GB'), ('uk', 'GB'), ('u.k.', 'GB'),
	('great britain', 'GB'), ('england', 'GB'), ('scotland', 'GB'),
	('wales', 'GB'), ('britain', 'GB'), ('gb', 'GB'), ('grenada', 'GD'),
	('gd', 'GD'), ('georgia', 'GE'), ('ge', 'GE'), ('french guiana', 'GF'),
	('gf', 'GF'), ('guernsey', 'GG'), ('gg', 'GG'), ('ghana', 'GH'),
	('gh', 'GH'), ('gibraltar', 'GI'), ('gi', 'GI'), ('greenland', 'GL'),
	('gl', 'GL'), ('gambia', 'GM'), ('gm', 'GM'), ('guinea', 'GN'),
	('gn', 'GN'), ('guadeloupe', 'GP'), ('gp', 'GP'),
	('equatorial guinea', 'GQ'), ('gq', 'GQ'), ('greece', 'GR'), ('gr', 'GR'),
	('south georgia & the south sandwich islands', 'GS'), ('gs', 'GS'),
	('guatemala', 'GT'), ('gt', 'GT'), ('guam', 'GU'), ('gu', 'GU'),
	('guinea-bissau', 'GW'), ('gw', 'GW'), ('guyana', 'GY'), ('gy', 'GY'),
	('hong kong', 'HK'), ('hong kong sar', 'HK'), ('hong kong, china', 'HK'),
	('hk', 'HK'), ('heard island & mcdonald islands', 'HM'), ('hm', 'HM'),
	('honduras', 'HN'), ('hn', 'HN'), ('croatia', 'HR'), ('hr', 'HR'),
	('haiti', 'HT'), ('ht', 'HT'), ('hungary', 'HU'), ('hu', 'HU'),
	('indonesia', 'ID'), ('id', 'ID'), ('ireland', 'IE'), ('ie', 'IE'),
	('israel', 'IL'), ('il', 'IL'), ('isle of man', 'IM'), ('im', 'IM'),
	('india', 'IN'), ('in', 'IN'), ('british indian ocean territory', 'IO'),
	('io', 'IO'), ('iraq', 'IQ'), ('iq', 'IQ'), ('iran', 'IR'),
	('islamic republic of iran', 'IR'), ('ir', 'IR'), ('iceland', 'IS'),
	('is', 'IS'), ('italy', 'IT'), ('it', 'IT'), ('jersey', 'JE'),
	('je', 'JE'), ('jamaica', 'JM'), ('jm', 'JM'), ('jordan', 'JO'),
	('jo', 'JO'), ('japan', 'JP'), ('jp', 'JP'), ('kenya', 'KE'), ('ke', 'KE'),
	('kyrgyzstan', 'KG'), ('kg', 'KG'), ('cambodia', 'KH'), ('kh', 'KH'),
	('kiribati', 'KI'), ('ki', 'KI'), ('comoros', 'KM'), ('km', 'KM'),
	('st kitts & nevis', 'KN'), ('kn', 'KN'), ('korea (north)', 'KP'),
	('north korea', 'KP'), ('democratic people''s republic of korea', 'KP'),
	('dprk', 'KP'), ('kp', 'KP'), ('korea (south)', 'KR'),
	('south korea', 'KR'), ('republic of korea', 'KR'), ('korea', 'KR'),
	('kr', 'KR'), ('kuwait', 'KW'), ('kw', 'KW'), ('cayman islands', 'KY'),
	('ky', 'KY'), ('kazakhstan', 'KZ'), ('kz', 'KZ'), ('laos', 'LA'),
	('lao people''s democratic republic', 'LA'), ('la', 'LA'),
	('lebanon', 'LB'), ('lb', 'LB'), ('st lucia', 'LC'), ('lc', 'LC'),
	('liechtenstein', 'LI'), ('li', 'LI'), ('sri lanka', 'LK'), ('lk', 'LK'),
	('liberia', 'LR'), ('lr', 'LR'), ('lesotho', 'LS'), ('ls', 'LS'),
	('lithuania', 'LT'), ('lt', 'LT'), ('luxembourg', 'LU'), ('lu', 'LU'),
	('latvia', 'LV'), ('lv', 'LV'), ('libya', 'LY'), ('ly', 'LY'),
	('morocco', 'MA'), ('ma', 'MA'), ('monaco', 'MC'), ('mc', 'MC'),
	('moldova', 'MD'), ('republic of moldova', 'MD'), ('md', 'MD'),
	('montenegro', 'ME'), ('me', 'ME'), ('st martin (french)', 'MF'),
	('st martin', 'MF'), ('mf', 'MF'), ('madagascar', 'MG'), ('mg', 'MG'),
	('marshall islands', 'MH'), ('mh', 'MH'), ('north macedonia', 'MK'),
	('macedonia', 'MK'), ('mk', 'MK'), ('mali', 'ML'), ('ml', 'ML'),
	('myanmar (burma)', 'MM'), ('burma', 'MM'), ('myanmar', 'MM'),
	('mm', 'MM'), ('mongolia', 'MN'), ('mn', 'MN'), ('macau', 'MO'),
	('macao', 'MO'), ('macau sar', 'MO'), ('mo', 'MO'),
	('northern mariana islands', 'MP'), ('mp', 'MP'), ('martinique', 'MQ'),
	('mq', 'MQ'), ('mauritania', 'MR'), ('mr', 'MR'), ('montserrat', 'MS'),
	('ms', 'MS'), ('malta', 'MT'), ('mt', 'MT'), ('mauritius', 'MU'),
	('mu', 'MU'), ('maldives', 'MV'), ('mv', 'MV'), ('malawi', 'MW'),
	('mw', 'MW'), ('mexico', 'MX'), ('mx', 'MX'), ('malaysia', 'MY'),
	('my', 'MY'), ('mozambique', 'MZ'), ('mz', 'MZ'), ('namibia', 'NA'),
	('na', 'NA'), ('new caledonia', 'NC'), ('nc', 'NC'), ('niger', 'NE'),
	('ne', 'NE'), ('norfolk island', 'NF'), ('nf', 'NF'), ('nigeria', 'NG'),
	('ng', 'NG'), ('nicaragua', 'NI'), ('ni', 'NI'), ('netherlands', 'NL'),
	('the netherlands', 'NL'), ('holland', 'NL'), ('nl', 'NL'),
	('norway', 'NO'), ('no', 'NO'), ('nepal', 'NP'), ('np', 'NP'),
	('nauru', 'NR'), ('nr', 'NR'), ('niue', 'NU'), ('nu', 'NU'),
	('new zealand', 'NZ'), ('nz', 'NZ'), ('oman', 'OM'), ('om', 'OM'),
	('panama', 'PA'), ('pa', 'PA'), ('peru', 'PE'), ('pe', 'PE'),
	('french polynesia', 'PF'), ('pf', 'PF'), ('papua new guinea', 'PG'),
	('pg', 'PG'), ('philippines', 'PH'), ('ph', 'PH'), ('pakistan', 'PK'),
	('pk', 'PK'), ('poland', 'PL'), ('pl', 'PL'),
	('st pierre & miquelon', 'PM'), ('pm', 'PM'), ('pitcairn', 'PN'),
	('pn', 'PN'), ('puerto rico', 'PR'), ('pr', 'PR'), ('palestine', 'PS'),
	('palestinian territories', 'PS'), ('state of palestine', 'PS'),
	('ps', 'PS'), ('portugal', 'PT'), ('pt', 'PT'), ('palau', 'PW'),
	('pw', 'PW'), ('paraguay', 'PY'), ('py', 'PY'), ('qatar', 'QA'),
	('qa', 'QA'), ('re', 'RE'), ('romania', 'RO'), ('ro', 'RO'),
	('serbia', 'RS'), ('rs', 'RS'), ('russia', 'RU'),
	('russian federation', 'RU'), ('ru', 'RU'), ('rwanda', 'RW'), ('rw', 'RW'),
	('saudi arabia', 'SA'), ('sa', 'SA'), ('solomon islands', 'SB'),
	('sb', 'SB'), ('seychelles', 'SC'), ('sc', 'SC'), ('sudan', 'SD'),
	('sd', 'SD'), ('sweden', 'SE'), ('se', 'SE'), ('singapore', 'SG'),
	('sg', 'SG'), ('st helena', 'SH'), ('sh', 'SH'), ('slovenia', 'SI'),
	('si', 'SI'), ('svalbard & jan mayen', 'SJ'), ('sj', 'SJ'),
	('slovakia', 'SK'), ('sk', 'SK'), ('sierra leone', 'SL'), ('sl', 'SL'),
	('san marino', 'SM'), ('sm', 'SM'), ('senegal', 'SN'), ('sn', 'SN'),
	('somalia', 'SO'), ('so', 'SO'), ('suriname', 'SR'), ('sr', 'SR'),
	('south sudan', 'SS'), ('ss', 'SS'), ('sao tome & principe', 'ST'),
	('st', 'ST'), ('el salvador', 'SV'), ('sv', 'SV'),
	('st maarten (dutch)', 'SX'), ('st maarten', 'SX'), ('sx', 'SX'),
	('syria', 'SY'), ('syrian arab republic', 'SY'), ('sy', 'SY'),
	('eswatini (swaziland)', 'SZ'), ('swaziland', 'SZ'), ('eswatini', 'SZ'),
	('sz', 'SZ'), ('turks & caicos is', 'TC'), ('tc', 'TC'), ('chad', 'TD'),
	('td', 'TD'), ('french s. terr.', 'TF'), ('tf', 'TF'), ('togo', 'TG'),
	('tg', 'TG'), ('thailand', 'TH'), ('th', 'TH'), ('tajikistan', 'TJ'),
	('tj', 'TJ'), ('tokelau', 'TK'), ('tk', 'TK'), ('east timor', 'TL'),
	('tl', 'TL'), ('turkmenistan', 'TM'), ('tm', 'TM'), ('tunisia', 'TN'),
	('tn', 'TN'), ('tonga', 'TO'), ('to', 'TO'), ('turkey', 'TR'),
	('turkiye', 'TR'), ('tr', 'TR'), ('trinidad & tobago', 'TT'), ('tt', 'TT'),
	('tuvalu', 'TV'), ('tv', 'TV'), ('taiwan', 'TW'),
	('taiwan, province of china', 'TW'), ('tw', 'TW'), ('tanzania', 'TZ'),
	('united republic of tanzania', 'TZ'), ('tz', 'TZ'), ('ukraine', 'UA'),
	('ua', 'UA'), ('uganda', 'UG'), ('ug', 'UG'),
	('us minor outlying islands', 'UM'), ('um', 'UM'), ('united states', 'US'),
	('usa', 'US'), ('u.s.', 'US'), ('u.s.a.', 'US'),
	('united states of america', 'US'), ('us', 'US'), ('uruguay', 'UY'),
	('uy', 'UY'), ('uzbekistan', 'UZ'), ('uz', 'UZ'), ('vatican city', 'VA'),
	('va', 'VA'), ('st vincent', 'VC'), ('vc', 'VC'), ('venezuela', 'VE'),
	('venezuela, bolivarian republic of', 'VE'), ('ve', 'VE'),
	('virgin islands (uk)', 'VG'), ('vg', 'VG'), ('virgin islands (us)', 'VI'),
	('vi', 'VI'), ('vietnam', 'VN'), ('viet nam', 'VN'), ('vn', 'VN'),
	('vanuatu', 'VU'), ('vu', 'VU'), ('wallis & futuna', 'WF'), ('wf', 'WF'),
	('samoa (western)', 'WS'), ('ws', 'WS'), ('yemen', 'YE'), ('ye', 'YE'),
	('mayotte', 'YT'), ('yt', 'YT'), ('south africa', 'ZA'), ('za', 'ZA'),
	('zambia', 'ZM'), ('zm', 'ZM'), ('zimbabwe', 'ZW'), ('zw', 'ZW'),
	('samoa', 'WS'), ('cote d''ivoire', 'CI')
) AS v (spelling, country_code);

CREATE FUNCTION entity_screen.country_code(country text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT s.country_code
	FROM entity_screen.country_spelling s
	WHERE s.spelling = entity_screen.name_key(country);
END;
COMMENT ON FUNCTION entity_screen.country_code(text) IS
'ISO 3166-1 alpha-2 code of a country spelling or code; null when unknown';

CREATE TRIGGER country_spelling_shipped
	BEFORE UPDATE OR DELETE ON entity_screen.country_spelling
	FOR EACH ROW WHEN (OLD.is_shipped)
	EXECUTE FUNCTION entity_screen.refuse_shipped_change();
COMMENT ON TRIGGER country_spelling_shipped
	ON entity_screen.country_spelling IS
'Refuses changes that a dump would leave out';
