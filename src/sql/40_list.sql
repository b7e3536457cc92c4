/*
 * 40_list: screening lists, tranches and the entries they make
 *
 * A tranche is a rule: a document with a citation, dates and operations on
 * entries.  The operations are kept exactly as the file stated them
 * (tranche_operation with its names and addresses).  Everything said about
 * an entry is DERIVED from them, by entry_timeline(), name_timeline() and
 * address_timeline(), and stored in entry_version, entry_name and
 * entry_address with two time dimensions:
 *
 *   valid daterange   the law: from which date until before which date
 *   known tstzrange   this database: when it held that to be the law
 *
 * So an answer depends on the set of loaded rules, never on the order in
 * which they were loaded.  A rule loaded late and a correction with a
 * retroactive date are the same step: derive again, close `known` of the
 * rows that no longer hold, insert the ones that do.  Rows are never updated
 * otherwise and never deleted.
 *
 * There are no foreign keys among the tables: they are dumped as data of an
 * extension, whose keys exist before the rows arrive, and pg_restore -j
 * loads the tables in any order.  Only the functions below write them;
 * check_references() says whether anything dangles.
 */

/* ---------------------------------------------------------------------
 * pure helpers
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.name_key(name text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT lower(btrim(regexp_replace(name, '[ \t\r\n]+', ' ', 'g'))
				 COLLATE "C");
END;
COMMENT ON FUNCTION entity_screen.name_key(text) IS
'A name as printed, white space squeezed and ASCII letters in lower case. Tells two entries of a list apart, which the normal form used for screening must not: "Qihoo 360 Technology Co. Ltd." and "Qihoo 360 Technology Company" are two entries.';

CREATE FUNCTION entity_screen.is_keyless(name text)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(@extschema@.entity_normal_form(
						@extschema@.entity_name(name)), '') = '';
END;
COMMENT ON FUNCTION entity_screen.is_keyless(text) IS
'True for a name that no screening can find because nothing of it is left in the normal form (punctuation only, or characters lost in an encoding). The loader refuses such a list name, and a guard does not take such a party for screened.';

/* ---------------------------------------------------------------------
 * standing data
 * ------------------------------------------------------------------ */

CREATE TABLE entity_screen.screening_list (
	list_code text PRIMARY KEY
		CHECK (list_code ~ '^[a-z][a-z0-9_]{2,62}$'),
	title text NOT NULL CHECK (title <> ''),
	authority text NOT NULL CHECK (authority <> ''),
	legal_effect text NOT NULL CHECK (legal_effect IN (
		'license_required', 'red_flag', 'export_denied', 'blocking',
		'sectoral', 'securities_ban', 'correspondent_account',
		'import_presumption', 'procurement_notice', 'asset_freeze',
		'internal_block')),
	time_zone text NOT NULL DEFAULT 'UTC',
	approval_policy text NOT NULL DEFAULT 'none'
		CHECK (approval_policy IN ('none')),
	visibility text NOT NULL DEFAULT 'public'
		CHECK (visibility IN ('public', 'private')),
	is_shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE entity_screen.screening_list IS
'A named register of one authority. Rows with is_shipped come with the extension; add your own, for example a private list.';
COMMENT ON COLUMN entity_screen.screening_list.list_code IS
'Code used everywhere in place of a number, for example us_bis_el';
COMMENT ON COLUMN entity_screen.screening_list.title IS 'Full title';
COMMENT ON COLUMN entity_screen.screening_list.authority IS
'Who publishes the list';
COMMENT ON COLUMN entity_screen.screening_list.legal_effect IS
'Class of the consequence of being listed';
COMMENT ON COLUMN entity_screen.screening_list.time_zone IS
'Time zone in which a date of this list begins and ends';
COMMENT ON COLUMN entity_screen.screening_list.approval_policy IS
'What must happen before a loaded tranche counts; none: it counts at once';
COMMENT ON COLUMN entity_screen.screening_list.visibility IS
'public or private';
COMMENT ON COLUMN entity_screen.screening_list.is_shipped IS
'True for rows of the install script, which pg_dump leaves out';

INSERT INTO entity_screen.screening_list
	(list_code, title, authority, legal_effect, time_zone, is_shipped)
VALUES
	('us_bis_el', 'Entity List (15 CFR part 744, Supplement No. 4)',
	 'US Department of Commerce, Bureau of Industry and Security',
	 'license_required', 'America/New_York', true),
	('us_bis_meu',
	 'Military End-User List (15 CFR part 744, Supplement No. 7)',
	 'US Department of Commerce, Bureau of Industry and Security',
	 'license_required', 'America/New_York', true),
	('us_bis_uvl', 'Unverified List (15 CFR part 744, Supplement No. 6)',
	 'US Department of Commerce, Bureau of Industry and Security',
	 'red_flag', 'America/New_York', true),
	('us_bis_dpl', 'Denied Persons List',
	 'US Department of Commerce, Bureau of Industry and Security',
	 'export_denied', 'America/New_York', true),
	('us_ofac_sdn', 'Specially Designated Nationals and Blocked Persons List',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'blocking', 'America/New_York', true),
	('us_ofac_cmic',
	 'Non-SDN Chinese Military-Industrial Complex Companies List',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'securities_ban', 'America/New_York', true),
	('us_ofac_ssi', 'Sectoral Sanctions Identifications List',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'sectoral', 'America/New_York', true),
	('us_ofac_capta',
	 'List of Foreign Financial Institutions Subject to Correspondent Account or Payable-Through Account Sanctions',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'correspondent_account', 'America/New_York', true),
	('us_dhs_uflpa', 'Uyghur Forced Labor Prevention Act Entity List',
	 'US Department of Homeland Security', 'import_presumption',
	 'America/New_York', true),
	('us_dod_1260h', 'Section 1260H list of Chinese military companies',
	 'US Department of Defense', 'procurement_notice',
	 'America/New_York', true),
	('eu_fsf', 'Consolidated list of persons, groups and entities subject to EU financial sanctions',
	 'European Union', 'asset_freeze', 'Europe/Brussels', true),
	('uk_sanctions', 'UK Sanctions List',
	 'United Kingdom, Foreign, Commonwealth and Development Office',
	 'asset_freeze', 'Europe/London', true),
	('un_sc', 'United Nations Security Council Consolidated List',
	 'United Nations Security Council', 'asset_freeze',
	 'America/New_York', true);

/*
 * What a site decides about a list has a table of its own: pg_dump leaves out
 * shipped rows, with whatever was changed in them.
 */
CREATE TABLE entity_screen.list_setting (
	list_code text PRIMARY KEY,
	max_list_age interval NOT NULL CHECK (max_list_age > interval '0')
);
COMMENT ON TABLE entity_screen.list_setting IS
'What this site decides about a list, shipped or its own';
COMMENT ON COLUMN entity_screen.list_setting.list_code IS
'List it applies to';
COMMENT ON COLUMN entity_screen.list_setting.max_list_age IS
'Screening refuses to answer from the list when it was not loaded for longer than this; a list without a row has no limit';

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

/*
 * A change of a shipped row would be lost in the next dump without a word.
 * An update script of the extension disables the trigger where it must.
 */
CREATE FUNCTION entity_screen.refuse_shipped_change()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
		MESSAGE = format('%s of a shipped row of table %I.%I is refused',
						 TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME),
		DETAIL = 'The row comes with the extension, and a dump would leave out the change.',
		HINT = 'Add a row of your own, or use entity_screen.list_setting for max_list_age.';
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_shipped_change() IS
'Trigger function of tables with shipped rows: raises 55000';

CREATE TRIGGER screening_list_shipped
	BEFORE UPDATE OR DELETE ON entity_screen.screening_list
	FOR EACH ROW WHEN (OLD.is_shipped)
	EXECUTE FUNCTION entity_screen.refuse_shipped_change();
COMMENT ON TRIGGER screening_list_shipped ON entity_screen.screening_list IS
'Refuses changes that a dump would leave out';
CREATE TRIGGER country_spelling_shipped
	BEFORE UPDATE OR DELETE ON entity_screen.country_spelling
	FOR EACH ROW WHEN (OLD.is_shipped)
	EXECUTE FUNCTION entity_screen.refuse_shipped_change();
COMMENT ON TRIGGER country_spelling_shipped
	ON entity_screen.country_spelling IS
'Refuses changes that a dump would leave out';

/* ---------------------------------------------------------------------
 * tranches and their operations: what the files said
 * ------------------------------------------------------------------ */

CREATE TABLE entity_screen.tranche (
	tranche_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	list_code text NOT NULL,
	document_number text,
	citation text,
	volume integer CHECK (volume > 0),
	page_from integer CHECK (page_from > 0),
	page_to integer,
	docket text,
	title text,
	announced_on date,
	public_inspection_on date,
	published_on date,
	effective_on date NOT NULL,
	applicable_on date,
	compliance_on date,
	savings_cutoff_on date,
	savings_end_on date,
	savings_text text,
	ceases_on date,
	declared_entities integer CHECK (declared_entities >= 0),
	declared_entries integer CHECK (declared_entries >= 0),
	declared_revised integer CHECK (declared_revised >= 0),
	declared_removed integer CHECK (declared_removed >= 0),
	declared_corrected integer CHECK (declared_corrected >= 0),
	declared_moved integer CHECK (declared_moved >= 0),
	difference_entities integer NOT NULL DEFAULT 0,
	difference_entries integer NOT NULL DEFAULT 0,
	difference_note text,
	note text,
	source_hash bytea NOT NULL CHECK (length(source_hash) = 32),
	source_format text NOT NULL,
	status text NOT NULL DEFAULT 'approved' CHECK (status IN ('approved')),
	known_from timestamptz NOT NULL,
	xid xid8 NOT NULL,
	loaded_by name NOT NULL,
	loaded_at timestamptz NOT NULL,
	approved_by name,
	approved_at timestamptz,
	UNIQUE (list_code, source_hash),
	UNIQUE (list_code, known_from),
	CHECK (citation IS NOT NULL OR document_number IS NOT NULL),
	CHECK (page_to >= page_from),
	CHECK (savings_end_on >= savings_cutoff_on),
	CHECK ((difference_entities = 0 AND difference_entries = 0)
		   OR difference_note IS NOT NULL)
);
COMMENT ON TABLE entity_screen.tranche IS
'One publication that changes a list: a rule, with all its dates. Immutable once loaded.';
COMMENT ON COLUMN entity_screen.tranche.tranche_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.tranche.list_code IS 'The list it changes';
COMMENT ON COLUMN entity_screen.tranche.document_number IS
'Number of the publication, for example 2019-22210; null when not confirmed';
COMMENT ON COLUMN entity_screen.tranche.citation IS
'Citation of the first page, for example 84 FR 54002';
COMMENT ON COLUMN entity_screen.tranche.volume IS
'Volume of the citation; entries cite any page from page_from to page_to of it';
COMMENT ON COLUMN entity_screen.tranche.page_from IS 'First page';
COMMENT ON COLUMN entity_screen.tranche.page_to IS
'Last page known to belong to the rule; null when not known';
COMMENT ON COLUMN entity_screen.tranche.docket IS 'Docket or RIN';
COMMENT ON COLUMN entity_screen.tranche.title IS 'Title of the rule';
COMMENT ON COLUMN entity_screen.tranche.announced_on IS
'Press release: no legal effect, but compliance teams act on it';
COMMENT ON COLUMN entity_screen.tranche.public_inspection_on IS
'Filed and readable before publication';
COMMENT ON COLUMN entity_screen.tranche.published_on IS
'Issue date of the publication';
COMMENT ON COLUMN entity_screen.tranche.effective_on IS
'Operative date; may precede, equal or follow published_on';
COMMENT ON COLUMN entity_screen.tranche.applicable_on IS
'Retroactive start stated by the rule; then `valid` begins here';
COMMENT ON COLUMN entity_screen.tranche.compliance_on IS
'Later date from which compliance is demanded though the rule is effective';
COMMENT ON COLUMN entity_screen.tranche.savings_cutoff_on IS
'Savings clause: shipments en route on this date keep the former treatment';
COMMENT ON COLUMN entity_screen.tranche.savings_end_on IS
'Savings clause: last day of that treatment; null when not limited';
COMMENT ON COLUMN entity_screen.tranche.savings_text IS
'Savings clause, verbatim';
COMMENT ON COLUMN entity_screen.tranche.ceases_on IS
'End of a temporary rule; null when not limited';
COMMENT ON COLUMN entity_screen.tranche.declared_entities IS
'Entities the rule says it adds';
COMMENT ON COLUMN entity_screen.tranche.declared_entries IS
'Entries under which it says it adds them: one entity may stand under several destinations';
COMMENT ON COLUMN entity_screen.tranche.declared_revised IS
'Entries the rule says it revises';
COMMENT ON COLUMN entity_screen.tranche.declared_removed IS
'Entries the rule says it removes';
COMMENT ON COLUMN entity_screen.tranche.declared_corrected IS
'Entries the rule says it corrects';
COMMENT ON COLUMN entity_screen.tranche.declared_moved IS
'Entries the rule says it moves';
COMMENT ON COLUMN entity_screen.tranche.difference_entities IS
'Known difference: entities in the file minus declared_entities';
COMMENT ON COLUMN entity_screen.tranche.difference_entries IS
'Known difference: entries in the file minus declared_entries';
COMMENT ON COLUMN entity_screen.tranche.difference_note IS
'Why the file is known to differ from what the rule announces';
COMMENT ON COLUMN entity_screen.tranche.note IS
'Remark of the maker of the file';
COMMENT ON COLUMN entity_screen.tranche.source_hash IS
'SHA-256 of the loaded bytes: loading them again changes nothing';
COMMENT ON COLUMN entity_screen.tranche.source_format IS
'Format that was read';
COMMENT ON COLUMN entity_screen.tranche.status IS
'approved: its operations count';
COMMENT ON COLUMN entity_screen.tranche.known_from IS
'Moment from which this database answers with it; strictly increasing per list';
COMMENT ON COLUMN entity_screen.tranche.xid IS
'Transaction that published it';
COMMENT ON COLUMN entity_screen.tranche.loaded_by IS
'Session user who loaded it';
COMMENT ON COLUMN entity_screen.tranche.loaded_at IS 'When it was loaded';
COMMENT ON COLUMN entity_screen.tranche.approved_by IS
'Who approved it; the loader under approval policy none';
COMMENT ON COLUMN entity_screen.tranche.approved_at IS 'When it was approved';

CREATE TABLE entity_screen.entry (
	entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	list_code text NOT NULL,
	created_by_tranche_id bigint NOT NULL
);
COMMENT ON TABLE entity_screen.entry IS
'Identity of one row of a list. Carries nothing that can change: see entry_version.';
COMMENT ON COLUMN entity_screen.entry.entry_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.entry.list_code IS 'The list it stands in';
COMMENT ON COLUMN entity_screen.entry.created_by_tranche_id IS
'Tranche whose loading created the identity (not necessarily the oldest rule about it)';

CREATE TABLE entity_screen.tranche_operation (
	tranche_id bigint NOT NULL,
	line_no bigint NOT NULL CHECK (line_no > 0),
	list_code text NOT NULL,
	operation text NOT NULL CHECK (operation IN (
		'add', 'revise', 'remove', 'correct', 'move')),
	entry_id bigint,
	is_applied boolean NOT NULL DEFAULT true,
	on_conflict text NOT NULL DEFAULT 'error'
		CHECK (on_conflict IN ('error', 'record')),
	starts_on date NOT NULL,
	entry_name text NOT NULL,
	destination_country text,
	new_destination_country text,
	entry_type text CHECK (entry_type IN (
		'', 'organization', 'person', 'address_only', 'vessel', 'aircraft',
		'other')),
	parent text,
	parent_entry_id bigint,
	license_requirement text,
	license_review_policy text,
	reason text,
	scope_note text,
	footnotes text,
	citation text,
	note text,
	PRIMARY KEY (tranche_id, line_no)
);
COMMENT ON TABLE entity_screen.tranche_operation IS
'What a tranche does to an entry, as its file states it. Null: the operation says nothing about the field; empty text: it clears the field.';
COMMENT ON COLUMN entity_screen.tranche_operation.tranche_id IS 'The tranche';
COMMENT ON COLUMN entity_screen.tranche_operation.line_no IS
'Line of the file on which the record begins';
COMMENT ON COLUMN entity_screen.tranche_operation.list_code IS
'List of the tranche, repeated for look-up';
COMMENT ON COLUMN entity_screen.tranche_operation.operation IS
'add, revise, remove, correct or move';
COMMENT ON COLUMN entity_screen.tranche_operation.entry_id IS
'The entry it works on; null while no loaded tranche has added that entry (recorded as a load_conflict, resolved when one does)';
COMMENT ON COLUMN entity_screen.tranche_operation.is_applied IS
'False for an add of an entry that was already in force, kept as a record only';
COMMENT ON COLUMN entity_screen.tranche_operation.on_conflict IS
'What the file asks for when the entry is missing (or, for add, present): error refuses the file, record loads the rest';
COMMENT ON COLUMN entity_screen.tranche_operation.starts_on IS
'First date on which the operation has effect: applicable_on of the entry record or of the rule, else effective_on';
COMMENT ON COLUMN entity_screen.tranche_operation.entry_name IS
'Name by which the record addresses the entry, as printed';
COMMENT ON COLUMN entity_screen.tranche_operation.destination_country IS
'Destination heading under which the entry stands, as printed';
COMMENT ON COLUMN entity_screen.tranche_operation.new_destination_country IS
'For move: the heading it is moved to';
COMMENT ON COLUMN entity_screen.tranche_operation.entry_type IS
'Kind of entry';
COMMENT ON COLUMN entity_screen.tranche_operation.parent IS
'Name of the entry it is subordinate to';
COMMENT ON COLUMN entity_screen.tranche_operation.parent_entry_id IS
'That entry, when it is loaded';
COMMENT ON COLUMN entity_screen.tranche_operation.license_requirement IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.tranche_operation.license_review_policy IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.tranche_operation.reason IS
'Why the authority lists it';
COMMENT ON COLUMN entity_screen.tranche_operation.scope_note IS
'Open-ended scope ("and any subsidiary thereof"), kept out of the name';
COMMENT ON COLUMN entity_screen.tranche_operation.footnotes IS
'Numbers of the footnotes that apply, separated by blanks';
COMMENT ON COLUMN entity_screen.tranche_operation.citation IS
'Page the entry itself cites, for example 85 FR 34505; may differ from the first page of the rule';
COMMENT ON COLUMN entity_screen.tranche_operation.note IS
'Remark of the maker of the file, for example what is unverified';

CREATE TABLE entity_screen.tranche_operation_name (
	tranche_id bigint NOT NULL,
	line_no bigint NOT NULL CHECK (line_no > 0),
	entry_line_no bigint NOT NULL,
	change text NOT NULL CHECK (change IN ('add', 'drop')),
	name text NOT NULL CHECK (name <> ''),
	name_type text NOT NULL CHECK (name_type IN (
		'primary', 'variation', 'aka', 'fka', 'dba', 'acronym',
		'native_script')),
	alias_quality text NOT NULL CHECK (alias_quality IN (
		'strong', 'weak', 'unknown')),
	note text,
	PRIMARY KEY (tranche_id, line_no)
);
COMMENT ON TABLE entity_screen.tranche_operation_name IS
'A name that an operation adds to an entry or drops from it';
COMMENT ON COLUMN entity_screen.tranche_operation_name.tranche_id IS
'The tranche';
COMMENT ON COLUMN entity_screen.tranche_operation_name.line_no IS
'Line of the file';
COMMENT ON COLUMN entity_screen.tranche_operation_name.entry_line_no IS
'Line of the entry record it belongs to';
COMMENT ON COLUMN entity_screen.tranche_operation_name.change IS
'add or drop';
COMMENT ON COLUMN entity_screen.tranche_operation_name.name IS
'The name as printed';
COMMENT ON COLUMN entity_screen.tranche_operation_name.name_type IS
'primary, variation, aka, fka, dba, acronym or native_script';
COMMENT ON COLUMN entity_screen.tranche_operation_name.alias_quality IS
'strong, weak or unknown';
COMMENT ON COLUMN entity_screen.tranche_operation_name.note IS
'Remark of the maker of the file';

CREATE TABLE entity_screen.tranche_operation_address (
	tranche_id bigint NOT NULL,
	line_no bigint NOT NULL CHECK (line_no > 0),
	entry_line_no bigint NOT NULL,
	change text NOT NULL CHECK (change IN ('add', 'drop')),
	address text NOT NULL CHECK (address <> ''),
	country text,
	note text,
	PRIMARY KEY (tranche_id, line_no)
);
COMMENT ON TABLE entity_screen.tranche_operation_address IS
'An address that an operation adds to an entry or drops from it';
COMMENT ON COLUMN entity_screen.tranche_operation_address.tranche_id IS
'The tranche';
COMMENT ON COLUMN entity_screen.tranche_operation_address.line_no IS
'Line of the file';
COMMENT ON COLUMN entity_screen.tranche_operation_address.entry_line_no IS
'Line of the entry record it belongs to';
COMMENT ON COLUMN entity_screen.tranche_operation_address.change IS
'add or drop';
COMMENT ON COLUMN entity_screen.tranche_operation_address.address IS
'The address as printed';
COMMENT ON COLUMN entity_screen.tranche_operation_address.country IS
'Country of the address when it is known; null otherwise';
COMMENT ON COLUMN entity_screen.tranche_operation_address.note IS
'Remark of the maker of the file';

CREATE INDEX tranche_operation_entry_idx
	ON entity_screen.tranche_operation (entry_id);
CREATE INDEX tranche_operation_unresolved_idx
	ON entity_screen.tranche_operation (list_code)
	WHERE entry_id IS NULL;
CREATE INDEX tranche_operation_name_entry_idx
	ON entity_screen.tranche_operation_name (tranche_id, entry_line_no);
CREATE INDEX tranche_operation_name_primary_idx
	ON entity_screen.tranche_operation_name (entity_screen.name_key(name))
	WHERE name_type = 'primary';
CREATE INDEX tranche_operation_address_entry_idx
	ON entity_screen.tranche_operation_address (tranche_id, entry_line_no);

CREATE TABLE entity_screen.load_conflict (
	tranche_id bigint NOT NULL,
	line_no bigint NOT NULL,
	conflict text NOT NULL CHECK (conflict IN (
		'entry_missing', 'entry_present', 'parent_missing')),
	detail text NOT NULL,
	resolved_by_tranche_id bigint,
	PRIMARY KEY (tranche_id, line_no, conflict)
);
COMMENT ON TABLE entity_screen.load_conflict IS
'A statement of a loaded file that could not be applied as it stands. None of them is ever silent: the load summary counts them.';
COMMENT ON COLUMN entity_screen.load_conflict.tranche_id IS 'The tranche';
COMMENT ON COLUMN entity_screen.load_conflict.line_no IS 'Line of the file';
COMMENT ON COLUMN entity_screen.load_conflict.conflict IS
'entry_missing: no loaded tranche adds the entry; entry_present: added though in force; parent_missing: the parent is not loaded';
COMMENT ON COLUMN entity_screen.load_conflict.detail IS
'What was stated and what was found';
COMMENT ON COLUMN entity_screen.load_conflict.resolved_by_tranche_id IS
'Tranche whose loading resolved it; null while it is open';

/* ---------------------------------------------------------------------
 * what the law was, and what this database held it to be
 * ------------------------------------------------------------------ */

/*
 * The constraint says that at no time this database held two texts of one
 * entry to be the law of one date.  Its ranges are written as expressions so
 * that the planner cannot take its index for a look-up by date alone, which
 * would read all of the list where one entry is wanted.
 */
CREATE TABLE entity_screen.entry_version (
	entry_version_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	entry_id bigint NOT NULL,
	valid daterange NOT NULL CHECK (NOT isempty(valid)),
	known tstzrange NOT NULL CHECK (NOT isempty(known)),
	valid_from_basis text NOT NULL CHECK (valid_from_basis IN (
		'rule', 'citation', 'source_date', 'unknown')),
	listed_from date,
	tranche_id bigint NOT NULL,
	operation text NOT NULL,
	destination_country text,
	entry_type text NOT NULL,
	parent_entry_id bigint,
	license_requirement text,
	license_review_policy text,
	reason text,
	scope_note text,
	footnotes smallint[] NOT NULL,
	citations text[] NOT NULL,
	note text,
	CONSTRAINT entry_version_no_overlap EXCLUDE USING gist (
		int8range(entry_id, entry_id, '[]') WITH &&,
		(valid * '(,)'::daterange) WITH &&,
		(known * '(,)'::tstzrange) WITH &&)
);
COMMENT ON TABLE entity_screen.entry_version IS
'The text of an entry over a range of dates. Derived by entry_timeline(); only `known` is ever updated, once, to close it.';
COMMENT ON COLUMN entity_screen.entry_version.entry_version_id IS
'Identifies this exact text in evidence';
COMMENT ON COLUMN entity_screen.entry_version.entry_id IS 'The entry';
COMMENT ON COLUMN entity_screen.entry_version.valid IS
'Dates on which this is the law';
COMMENT ON COLUMN entity_screen.entry_version.known IS
'When this database held it to be the law';
COMMENT ON COLUMN entity_screen.entry_version.valid_from_basis IS
'Where the lower bound of valid comes from: rule, citation, source_date or unknown';
COMMENT ON COLUMN entity_screen.entry_version.listed_from IS
'Date from which the entry has stood in the list without interruption; null when not known';
COMMENT ON COLUMN entity_screen.entry_version.tranche_id IS
'Tranche that last changed the text';
COMMENT ON COLUMN entity_screen.entry_version.operation IS
'Operation by which it did';
COMMENT ON COLUMN entity_screen.entry_version.destination_country IS
'Destination heading, as printed';
COMMENT ON COLUMN entity_screen.entry_version.entry_type IS 'Kind of entry';
COMMENT ON COLUMN entity_screen.entry_version.parent_entry_id IS
'Entry it is subordinate to';
COMMENT ON COLUMN entity_screen.entry_version.license_requirement IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.entry_version.license_review_policy IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.entry_version.reason IS
'Why the authority lists it';
COMMENT ON COLUMN entity_screen.entry_version.scope_note IS
'Open-ended scope, kept out of the names';
COMMENT ON COLUMN entity_screen.entry_version.footnotes IS
'Footnotes that apply';
COMMENT ON COLUMN entity_screen.entry_version.citations IS
'Citations of the entry on these dates, oldest first';
COMMENT ON COLUMN entity_screen.entry_version.note IS
'Remarks of the makers of the files';

CREATE TABLE entity_screen.entry_name (
	entry_name_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	entry_id bigint NOT NULL,
	valid daterange NOT NULL CHECK (NOT isempty(valid)),
	known tstzrange NOT NULL CHECK (NOT isempty(known)),
	name @extschema@.entity_name NOT NULL,
	name_type text NOT NULL,
	alias_quality text NOT NULL,
	tranche_id bigint NOT NULL,
	note text
);
COMMENT ON TABLE entity_screen.entry_name IS
'Names of an entry over a range of dates. Derived by name_timeline(); only `known` is ever updated, once, to close it.';
COMMENT ON COLUMN entity_screen.entry_name.entry_name_id IS
'Identifies the name in evidence';
COMMENT ON COLUMN entity_screen.entry_name.entry_id IS 'The entry';
COMMENT ON COLUMN entity_screen.entry_name.valid IS
'Dates on which the entry bears the name';
COMMENT ON COLUMN entity_screen.entry_name.known IS
'When this database held it to be so';
COMMENT ON COLUMN entity_screen.entry_name.name IS 'The name';
COMMENT ON COLUMN entity_screen.entry_name.name_type IS
'primary, variation, aka, fka, dba, acronym or native_script';
COMMENT ON COLUMN entity_screen.entry_name.alias_quality IS
'strong, weak or unknown';
COMMENT ON COLUMN entity_screen.entry_name.tranche_id IS
'Tranche that stated the name';
COMMENT ON COLUMN entity_screen.entry_name.note IS
'Remark of the maker of the file';

CREATE TABLE entity_screen.entry_address (
	entry_address_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	entry_id bigint NOT NULL,
	valid daterange NOT NULL CHECK (NOT isempty(valid)),
	known tstzrange NOT NULL CHECK (NOT isempty(known)),
	address text NOT NULL,
	country text,
	tranche_id bigint NOT NULL,
	note text
);
COMMENT ON TABLE entity_screen.entry_address IS
'Addresses of an entry over a range of dates. Derived by address_timeline(); only `known` is ever updated, once, to close it.';
COMMENT ON COLUMN entity_screen.entry_address.entry_address_id IS
'Identifies the address in evidence';
COMMENT ON COLUMN entity_screen.entry_address.entry_id IS 'The entry';
COMMENT ON COLUMN entity_screen.entry_address.valid IS
'Dates on which the entry has the address';
COMMENT ON COLUMN entity_screen.entry_address.known IS
'When this database held it to be so';
COMMENT ON COLUMN entity_screen.entry_address.address IS
'The address as printed';
COMMENT ON COLUMN entity_screen.entry_address.country IS
'Country of the address when it is known';
COMMENT ON COLUMN entity_screen.entry_address.tranche_id IS
'Tranche that stated the address';
COMMENT ON COLUMN entity_screen.entry_address.note IS
'Remark of the maker of the file';

/*
 * fastupdate=off: lists are loaded seldom and screened all the time, so the
 * loader merges and no screening ever scans a pending list.
 */
CREATE INDEX entry_name_name_idx ON entity_screen.entry_name
	USING gin (name @extschema@.gin_entity_ops) WITH (fastupdate = off);
CREATE INDEX entry_name_entry_idx ON entity_screen.entry_name (entry_id);
CREATE INDEX entry_name_tranche_idx ON entity_screen.entry_name (tranche_id);
CREATE INDEX entry_version_entry_idx
	ON entity_screen.entry_version (entry_id);
CREATE INDEX entry_address_entry_idx
	ON entity_screen.entry_address (entry_id);

CREATE TABLE entity_screen.list_state (
	list_code text PRIMARY KEY,
	list_version bytea NOT NULL,
	known_from timestamptz NOT NULL,
	loaded_at timestamptz NOT NULL,
	tranche_count integer NOT NULL,
	name_count integer NOT NULL,
	normalizer_version integer NOT NULL
);
COMMENT ON TABLE entity_screen.list_state IS
'State of each loaded list: one row a list, rewritten by each load. A list without a row has never been loaded.';
COMMENT ON COLUMN entity_screen.list_state.list_code IS 'The list';
COMMENT ON COLUMN entity_screen.list_state.list_version IS
'SHA-256 over the source hashes of the approved tranches: equal sets of rules have equal versions';
COMMENT ON COLUMN entity_screen.list_state.known_from IS
'Start of `known` of the newest load';
COMMENT ON COLUMN entity_screen.list_state.loaded_at IS
'When something was last loaded, an unchanged file included';
COMMENT ON COLUMN entity_screen.list_state.tranche_count IS
'Approved tranches';
COMMENT ON COLUMN entity_screen.list_state.name_count IS
'Names currently held for any date';
COMMENT ON COLUMN entity_screen.list_state.normalizer_version IS
'Version of the normalizer that made the stored names';

/* ---------------------------------------------------------------------
 * derivation: operations -> what the law was
 * ------------------------------------------------------------------ */

/*
 * The fold.  At each date on which something about an entry begins, the
 * operations in force are all those that have begun by then, in the order in
 * which the rules took effect, back to the last removal.  The order of two
 * operations is decided by the rules alone (never by the order of loading),
 * so every order of loading ends in the same answer.
 *
 * OFFSET 0: the transaction that loads a tranche has no statistics of it yet,
 * and the planner would rather read all of the tranche than look up entries.
 */
CREATE FUNCTION entity_screen.entry_span(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	valid daterange,
	step bigint,
	tranche_id bigint,
	line_no bigint,
	listed_from date)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH op AS (
		SELECT o.entry_id, o.tranche_id, o.line_no, o.operation, o.starts_on,
			row_number() OVER (
				PARTITION BY o.entry_id
				ORDER BY t.effective_on, t.published_on, t.volume,
					t.page_from, t.document_number, t.source_hash,
					o.line_no) AS step
		FROM entity_screen.tranche_operation o
		CROSS JOIN LATERAL (
			SELECT r.* FROM entity_screen.tranche r
			WHERE r.tranche_id = o.tranche_id AND r.status = 'approved'
			OFFSET 0) t
		WHERE o.entry_id = ANY (entry_ids)
			AND o.is_applied
	), edge AS (
		SELECT e.entry_id, e.starts_on,
			lead(e.starts_on) OVER (
				PARTITION BY e.entry_id ORDER BY e.starts_on) AS ends_on
		FROM (SELECT DISTINCT op.entry_id, op.starts_on FROM op) e
	), begun AS (
		SELECT edge.entry_id,
			daterange(edge.starts_on, edge.ends_on) AS valid,
			op.step, op.tranche_id, op.line_no, op.operation, op.starts_on,
			coalesce(max(op.step) FILTER (WHERE op.operation = 'remove')
				OVER (PARTITION BY edge.entry_id, edge.starts_on), 0)
				AS last_removal
		FROM edge
		JOIN op ON op.entry_id = edge.entry_id
			AND op.starts_on <= edge.starts_on
	), standing AS (
		SELECT b.*,
			min(b.starts_on) FILTER (WHERE b.operation = 'add')
				OVER (PARTITION BY b.entry_id, b.valid) AS listed_from
		FROM begun b
		WHERE b.step > b.last_removal
	)
	SELECT s.entry_id, s.valid, s.step, s.tranche_id, s.line_no,
		s.listed_from
	FROM standing s
	WHERE s.listed_from IS NOT NULL;
END;
COMMENT ON FUNCTION entity_screen.entry_span(bigint[]) IS
'For each range of dates on which an entry is listed: the operations that make it what it is then, in order';

CREATE FUNCTION entity_screen.distinct_in_order(items text[])
RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(array_agg(d.item ORDER BY d.first_seen), '{}'::text[])
	FROM (SELECT u.item, min(u.ordinality) AS first_seen
		  FROM unnest(items) WITH ORDINALITY AS u (item, ordinality)
		  GROUP BY u.item) d;
END;
COMMENT ON FUNCTION entity_screen.distinct_in_order(text[]) IS
'The elements without repetition, in the order of their first appearance';

CREATE FUNCTION entity_screen.entry_timeline(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	valid daterange,
	valid_from_basis text,
	listed_from date,
	tranche_id bigint,
	operation text,
	destination_country text,
	entry_type text,
	parent_entry_id bigint,
	license_requirement text,
	license_review_policy text,
	reason text,
	scope_note text,
	footnotes smallint[],
	citations text[],
	note text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT s.entry_id, s.valid, 'rule'::text, min(s.listed_from),
		(array_agg(s.tranche_id ORDER BY s.step DESC))[1],
		(array_agg(o.operation ORDER BY s.step DESC))[1],
		nullif((array_agg(coalesce(o.new_destination_country,
								   o.destination_country)
			ORDER BY s.step DESC)
			FILTER (WHERE coalesce(o.new_destination_country,
								   o.destination_country) IS NOT NULL))[1],
			''),
		coalesce(nullif((array_agg(o.entry_type ORDER BY s.step DESC)
			FILTER (WHERE o.entry_type IS NOT NULL))[1], ''),
			'organization'),
		(array_agg(o.parent_entry_id ORDER BY s.step DESC)
			FILTER (WHERE o.parent IS NOT NULL))[1],
		nullif((array_agg(o.license_requirement ORDER BY s.step DESC)
			FILTER (WHERE o.license_requirement IS NOT NULL))[1], ''),
		nullif((array_agg(o.license_review_policy ORDER BY s.step DESC)
			FILTER (WHERE o.license_review_policy IS NOT NULL))[1], ''),
		nullif((array_agg(o.reason ORDER BY s.step DESC)
			FILTER (WHERE o.reason IS NOT NULL))[1], ''),
		nullif((array_agg(o.scope_note ORDER BY s.step DESC)
			FILTER (WHERE o.scope_note IS NOT NULL))[1], ''),
		coalesce(string_to_array(
			nullif((array_agg(o.footnotes ORDER BY s.step DESC)
				FILTER (WHERE o.footnotes IS NOT NULL))[1], ''),
			' ')::smallint[], '{}'::smallint[]),
		entity_screen.distinct_in_order(
			array_agg(coalesce(o.citation, t.citation, t.document_number)
				ORDER BY s.step)),
		nullif((array_agg(o.note ORDER BY s.step DESC)
			FILTER (WHERE o.note IS NOT NULL))[1], '')
	FROM entity_screen.entry_span(entry_ids) s
	JOIN entity_screen.tranche_operation o
		ON o.tranche_id = s.tranche_id AND o.line_no = s.line_no
	JOIN entity_screen.tranche t ON t.tranche_id = s.tranche_id
	GROUP BY s.entry_id, s.valid;
END;
COMMENT ON FUNCTION entity_screen.entry_timeline(bigint[]) IS
'The versions of the entries over time, derived from all approved operations';

CREATE FUNCTION entity_screen.name_timeline(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	valid daterange,
	name text,
	name_type text,
	alias_quality text,
	tranche_id bigint,
	note text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH said AS (
		SELECT DISTINCT ON (s.entry_id, s.valid,
							entity_screen.name_key(n.name))
			s.entry_id, s.valid, s.step, s.tranche_id, n.change, n.name,
			n.name_type, n.alias_quality, n.note, n.line_no
		FROM entity_screen.entry_span(entry_ids) s
		JOIN entity_screen.tranche_operation_name n
			ON n.tranche_id = s.tranche_id AND n.entry_line_no = s.line_no
		ORDER BY s.entry_id, s.valid, entity_screen.name_key(n.name),
			s.step DESC, n.line_no DESC
	), standing AS (
		SELECT s.*,
			row_number() OVER (
				PARTITION BY s.entry_id, s.valid, s.name_type = 'primary'
				ORDER BY s.step DESC, s.line_no DESC) AS place
		FROM said s
		WHERE s.change = 'add'
	), period AS (
		SELECT s.entry_id, range_agg(s.valid) AS valid, s.name, s.name_type,
			s.alias_quality, s.tranche_id, s.note
		FROM standing s
		WHERE s.name_type <> 'primary' OR s.place = 1
		GROUP BY s.entry_id, s.name, s.name_type, s.alias_quality,
			s.tranche_id, s.note
	)
	SELECT p.entry_id, r.valid, p.name, p.name_type, p.alias_quality,
		p.tranche_id, p.note
	FROM period p
	CROSS JOIN LATERAL unnest(p.valid) AS r (valid);
END;
COMMENT ON FUNCTION entity_screen.name_timeline(bigint[]) IS
'The names of the entries over time, derived from all approved operations; an entry has one primary name at a time, the last one stated';

CREATE FUNCTION entity_screen.address_timeline(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	valid daterange,
	address text,
	country text,
	tranche_id bigint,
	note text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH said AS (
		SELECT DISTINCT ON (s.entry_id, s.valid,
							entity_screen.name_key(a.address))
			s.entry_id, s.valid, s.tranche_id, a.change, a.address,
			a.country, a.note
		FROM entity_screen.entry_span(entry_ids) s
		JOIN entity_screen.tranche_operation_address a
			ON a.tranche_id = s.tranche_id AND a.entry_line_no = s.line_no
		ORDER BY s.entry_id, s.valid, entity_screen.name_key(a.address),
			s.step DESC, a.line_no DESC
	), period AS (
		SELECT s.entry_id, range_agg(s.valid) AS valid, s.address, s.country,
			s.tranche_id, s.note
		FROM said s
		WHERE s.change = 'add'
		GROUP BY s.entry_id, s.address, s.country, s.tranche_id, s.note
	)
	SELECT p.entry_id, r.valid, p.address, p.country, p.tranche_id, p.note
	FROM period p
	CROSS JOIN LATERAL unnest(p.valid) AS r (valid);
END;
COMMENT ON FUNCTION entity_screen.address_timeline(bigint[]) IS
'The addresses of the entries over time, derived from all approved operations';

/*
 * Bring the derived tables in line with the operations.  Only what differs
 * is touched: a row that no longer holds gets an end of `known`, a new row
 * begins at the same moment.  The loader calls it for a thousand entries at
 * a time, which keeps memory bounded and the fold's joins small; each call
 * is planned for the tables as they have grown by then.
 */
CREATE FUNCTION entity_screen.derive_entries(entry_ids bigint[],
											 known_from timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
	UPDATE entity_screen.entry_version v
	SET known = tstzrange(lower(v.known), derive_entries.known_from)
	WHERE v.entry_id = ANY (entry_ids)
		AND upper_inf(v.known)
		AND NOT EXISTS (
			SELECT FROM entity_screen.entry_timeline(entry_ids) t
			WHERE t.entry_id = v.entry_id AND t.valid = v.valid
				AND ROW(t.*) IS NOT DISTINCT FROM ROW(v.entry_id, v.valid,
					v.valid_from_basis, v.listed_from, v.tranche_id,
					v.operation, v.destination_country, v.entry_type,
					v.parent_entry_id, v.license_requirement,
					v.license_review_policy, v.reason, v.scope_note,
					v.footnotes, v.citations, v.note));
	INSERT INTO entity_screen.entry_version (entry_id, valid, known,
		valid_from_basis, listed_from, tranche_id, operation,
		destination_country, entry_type, parent_entry_id,
		license_requirement, license_review_policy, reason, scope_note,
		footnotes, citations, note)
	SELECT t.entry_id, t.valid, tstzrange(derive_entries.known_from, NULL),
		t.valid_from_basis, t.listed_from, t.tranche_id, t.operation,
		t.destination_country, t.entry_type, t.parent_entry_id,
		t.license_requirement, t.license_review_policy, t.reason,
		t.scope_note, t.footnotes, t.citations, t.note
	FROM entity_screen.entry_timeline(entry_ids) t
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.entry_version v
		WHERE v.entry_id = ANY (entry_ids)
			AND v.entry_id = t.entry_id AND v.valid = t.valid
			AND upper_inf(v.known))
	ORDER BY t.entry_id, t.valid;

	UPDATE entity_screen.entry_name n
	SET known = tstzrange(lower(n.known), derive_entries.known_from)
	WHERE n.entry_id = ANY (entry_ids)
		AND upper_inf(n.known)
		AND NOT EXISTS (
			SELECT FROM entity_screen.name_timeline(entry_ids) t
			WHERE t.entry_id = n.entry_id AND t.valid = n.valid
				AND ROW(t.*) IS NOT DISTINCT FROM ROW(n.entry_id, n.valid,
					n.name::text, n.name_type, n.alias_quality,
					n.tranche_id, n.note));
	INSERT INTO entity_screen.entry_name (entry_id, valid, known, name,
		name_type, alias_quality, tranche_id, note)
	SELECT t.entry_id, t.valid, tstzrange(derive_entries.known_from, NULL),
		t.name, t.name_type, t.alias_quality, t.tranche_id, t.note
	FROM entity_screen.name_timeline(entry_ids) t
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.entry_name n
		WHERE n.entry_id = ANY (entry_ids)
			AND n.entry_id = t.entry_id AND n.valid = t.valid
			AND n.name::text = t.name AND upper_inf(n.known))
	ORDER BY t.entry_id, t.name_type <> 'primary', t.name, t.valid;

	UPDATE entity_screen.entry_address a
	SET known = tstzrange(lower(a.known), derive_entries.known_from)
	WHERE a.entry_id = ANY (entry_ids)
		AND upper_inf(a.known)
		AND NOT EXISTS (
			SELECT FROM entity_screen.address_timeline(entry_ids) t
			WHERE t.entry_id = a.entry_id AND t.valid = a.valid
				AND ROW(t.*) IS NOT DISTINCT FROM ROW(a.entry_id, a.valid,
					a.address, a.country, a.tranche_id, a.note));
	INSERT INTO entity_screen.entry_address (entry_id, valid, known, address,
		country, tranche_id, note)
	SELECT t.entry_id, t.valid, tstzrange(derive_entries.known_from, NULL),
		t.address, t.country, t.tranche_id, t.note
	FROM entity_screen.address_timeline(entry_ids) t
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.entry_address a
		WHERE a.entry_id = ANY (entry_ids)
			AND a.entry_id = t.entry_id AND a.valid = t.valid
			AND a.address = t.address AND upper_inf(a.known))
	ORDER BY t.entry_id, t.address, t.valid;
END;
$$;
COMMENT ON FUNCTION entity_screen.derive_entries(bigint[], timestamptz) IS
'Brings versions, names and addresses of the entries in line with the operations, closing and opening `known` at the given moment';

/* ---------------------------------------------------------------------
 * loading
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.parse_operation_file(content bytea)
RETURNS TABLE (
	line_no bigint,
	entry_line_no bigint,
	record text,
	operation text,
	list_code text,
	document_number text,
	citation text,
	page_from integer,
	page_to integer,
	docket text,
	title text,
	announced_on date,
	public_inspection_on date,
	published_on date,
	effective_on date,
	applicable_on date,
	compliance_on date,
	savings_cutoff_on date,
	savings_end_on date,
	savings_text text,
	ceases_on date,
	declared_entities integer,
	declared_entries integer,
	declared_revised integer,
	declared_removed integer,
	declared_corrected integer,
	declared_moved integer,
	difference_entities integer,
	difference_entries integer,
	difference_note text,
	name text,
	destination_country text,
	new_destination_country text,
	entry_type text,
	parent text,
	license_requirement text,
	license_review_policy text,
	reason text,
	scope_note text,
	footnotes text,
	on_conflict text,
	name_type text,
	alias_quality text,
	address text,
	country text,
	note text)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE
COST 100000 ROWS 1000
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.parse_operation_file(bytea) IS
'Reads and checks an operation file (docs/operation_file.md) without changing anything: one row a record, or an error with line, column and reason';

CREATE TYPE entity_screen.load_summary AS (
	tranche_id bigint,
	list_code text,
	citation text,
	document_number text,
	already_loaded boolean,
	added integer,
	revised integer,
	removed integer,
	corrected integer,
	moved integer,
	names integer,
	addresses integer,
	conflicts integer,
	seconds double precision);
COMMENT ON TYPE entity_screen.load_summary IS
'What one load did. added, revised, removed, corrected, moved: operations applied; names, addresses: stated by them; conflicts: statements that could not be applied (see load_conflict).';

/*
 * The volume and first page of "84 FR 54002", or nulls for a citation of
 * another shape ("OJ L 123", a document number).
 */
CREATE FUNCTION entity_screen.citation_part(citation text, part integer)
RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT (regexp_match(citation, '^([0-9]{1,6}) FR ([0-9]{1,9})$'))[part]
		::integer;
END;
COMMENT ON FUNCTION entity_screen.citation_part(text, integer) IS
'Volume (part 1) or page (part 2) of a Federal Register citation such as "84 FR 54002"; null for other citations';

/*
 * A citation names a rule by ANY page from its first to its last: entries of
 * 85 FR 34503 cite 85 FR 34505.
 */
CREATE FUNCTION entity_screen.resolve_citation(citation text,
											   list_code text DEFAULT NULL)
RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT t.tranche_id
	FROM entity_screen.tranche t
	WHERE t.volume = entity_screen.citation_part(resolve_citation.citation, 1)
		AND entity_screen.citation_part(resolve_citation.citation, 2)
			BETWEEN t.page_from AND coalesce(t.page_to, t.page_from)
		AND (resolve_citation.list_code IS NULL
			 OR t.list_code = resolve_citation.list_code)
	ORDER BY t.tranche_id;
END;
COMMENT ON FUNCTION entity_screen.resolve_citation(text, text) IS
'Tranches whose page range holds the cited page';

CREATE FUNCTION entity_screen.list_is_usable(list_code text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN s.list_code IS NULL THEN 'unknown list'
		WHEN p.list_code IS NULL THEN 'never loaded'
		WHEN p.name_count = 0 THEN 'holds no name'
		WHEN p.normalizer_version <> entity_screen.normalizer_version()
			THEN 'names made by another version of the normalizer'
		WHEN p.loaded_at + o.max_list_age < now()
			THEN 'older than max_list_age'
		END
	FROM (SELECT list_is_usable.list_code AS code) c
	LEFT JOIN entity_screen.screening_list s ON s.list_code = c.code
	LEFT JOIN entity_screen.list_setting o ON o.list_code = c.code
	LEFT JOIN entity_screen.list_state p ON p.list_code = c.code;
END;
COMMENT ON FUNCTION entity_screen.list_is_usable(text) IS
'Null when the list can be screened; else why it cannot, and then screening refuses to answer';

/*
 * The entry that a record of a file speaks of.  First the primary names as
 * printed, under the destination given; then, except for add, the primary
 * names by normal form, if only one entry has it.  More than one entry: the
 * file has to name the destination.
 */
CREATE FUNCTION entity_screen.same_name(a @extschema@.entity_name, b text)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT a OPERATOR(@extschema@.=) @extschema@.entity_name(b);
END;
COMMENT ON FUNCTION entity_screen.same_name(@extschema@.entity_name, text) IS
'True when both names have the same normal form';

CREATE FUNCTION entity_screen.find_entry(list_code text, name text,
										 destination_country text,
										 by_normal_form boolean)
RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH named AS (
		SELECT o.entry_id
		FROM entity_screen.tranche_operation_name n
		JOIN entity_screen.tranche_operation o
			ON o.tranche_id = n.tranche_id AND o.line_no = n.entry_line_no
		WHERE NOT find_entry.by_normal_form
			AND entity_screen.name_key(n.name)
				= entity_screen.name_key(find_entry.name)
			AND n.name_type = 'primary'
			AND o.list_code = find_entry.list_code
		UNION
		SELECT e.entry_id
		FROM entity_screen.entry_name n
		JOIN entity_screen.entry e ON e.entry_id = n.entry_id
		WHERE find_entry.by_normal_form
			AND entity_screen.same_name(n.name, find_entry.name)
			AND n.name_type = 'primary'
			AND upper_inf(n.known)
			AND e.list_code = find_entry.list_code
	)
	SELECT coalesce(array_agg(named.entry_id ORDER BY named.entry_id),
					'{}'::bigint[])
	FROM named
	WHERE named.entry_id IS NOT NULL
		AND (find_entry.destination_country IS NULL OR EXISTS (
			SELECT FROM entity_screen.tranche_operation o
			WHERE o.entry_id = named.entry_id
				AND entity_screen.name_key(find_entry.destination_country) IN
					(entity_screen.name_key(o.destination_country),
					 entity_screen.name_key(o.new_destination_country))));
END;
COMMENT ON FUNCTION entity_screen.find_entry(text, text, text, boolean) IS
'Entries of a list that have had this primary name under this destination (null: any)';

CREATE FUNCTION entity_screen.is_in_force(entry_id bigint, on_date date,
										  tranche_id bigint, line_no bigint)
RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(
		(SELECT o.operation = 'add'
		 FROM entity_screen.tranche_operation o
		 WHERE o.tranche_id = is_in_force.tranche_id
			AND o.entry_id = is_in_force.entry_id
			AND o.line_no < is_in_force.line_no
			AND o.operation IN ('add', 'remove')
			AND o.is_applied
		 ORDER BY o.line_no DESC
		 LIMIT 1),
		EXISTS (
		 SELECT FROM entity_screen.entry_version v
		 WHERE v.entry_id = is_in_force.entry_id
			AND v.valid @> is_in_force.on_date
			AND upper_inf(v.known)));
END;
COMMENT ON FUNCTION entity_screen.is_in_force(bigint, date, bigint, bigint) IS
'Whether the entry is listed on the date just before this line of this tranche is applied';

/*
 * Attach one operation to its entry, or refuse it.
 */
CREATE FUNCTION entity_screen.attach_operation(
	op entity_screen.tranche_operation)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	label text := quote_literal(op.entry_name)
		|| coalesce(' (' || op.destination_country || ')', '');
	begins text := to_char(op.starts_on, 'YYYY-MM-DD');
	found bigint[];
	entry bigint;
	present boolean;
	problem text;
BEGIN
	found := entity_screen.find_entry(op.list_code, op.entry_name,
									  op.destination_country, false);
	IF found = '{}' AND op.operation <> 'add' THEN
		found := entity_screen.find_entry(op.list_code, op.entry_name,
										  op.destination_country, true);
	END IF;
	IF cardinality(found) > 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'SC004',
			MESSAGE = format('line %s, column name: more than one entry is named %s',
							 op.line_no, label),
			DETAIL = format('Entries %s of list %s bear the name.',
							array_to_string(found, ', '), op.list_code),
			HINT = 'Give destination_country on this record.';
	END IF;
	entry := found[1];
	present := coalesce(entity_screen.is_in_force(entry, op.starts_on,
							op.tranche_id, op.line_no), false);
	problem := CASE
		WHEN op.operation = 'add' AND present THEN 'entry_present'
		WHEN op.operation <> 'add' AND NOT present THEN 'entry_missing'
		END;
	IF problem IS NOT NULL AND op.on_conflict = 'error' THEN
		RAISE EXCEPTION USING ERRCODE = 'SC004',
			MESSAGE = format('line %s, column operation: cannot %s %s',
							 op.line_no, op.operation, label),
			DETAIL = CASE problem
				WHEN 'entry_present' THEN
					format('Entry %s of list %s is already in force on %s.',
						   entry, op.list_code, begins)
				ELSE format('List %s has no such entry in force on %s.',
							op.list_code, begins) END,
			HINT = CASE problem
				WHEN 'entry_present' THEN
					'Use operation revise, or on_conflict record to load the rest of the file and keep the statement as a conflict.'
				ELSE 'Load the rule that adds the entry first, or use on_conflict record to load the rest of the file and apply the statement when that rule is loaded.' END;
	END IF;
	IF problem IS NOT NULL THEN
		INSERT INTO entity_screen.load_conflict
			(tranche_id, line_no, conflict, detail)
		VALUES (op.tranche_id, op.line_no, problem,
				format('%s %s on %s', op.operation, label, begins));
	END IF;
	IF entry IS NULL AND op.operation = 'add' THEN
		INSERT INTO entity_screen.entry (list_code, created_by_tranche_id)
		VALUES (op.list_code, op.tranche_id)
		RETURNING entry_id INTO entry;
	END IF;
	UPDATE entity_screen.tranche_operation o
	SET entry_id = entry, is_applied = problem IS DISTINCT FROM 'entry_present'
	WHERE o.tranche_id = op.tranche_id AND o.line_no = op.line_no;
END;
$$;
COMMENT ON FUNCTION entity_screen.attach_operation(entity_screen.tranche_operation) IS
'Ties an operation to the entry it speaks of, making the identity for an add; raises SC004 for an add of an entry in force and for any other operation on an entry that is not, unless the record says on_conflict record';

/*
 * Statements of earlier files that waited for an entry this tranche adds.
 */
CREATE FUNCTION entity_screen.attach_waiting(tranche_id bigint,
											 list_code text)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	op entity_screen.tranche_operation;
	found bigint[];
	attached bigint[] := '{}';
BEGIN
	FOR op IN
		SELECT w.* FROM entity_screen.tranche_operation w
		WHERE w.list_code = attach_waiting.list_code
			AND w.entry_id IS NULL
		ORDER BY w.tranche_id, w.line_no
	LOOP
		found := entity_screen.find_entry(op.list_code, op.entry_name,
										  op.destination_country, false);
		CONTINUE WHEN cardinality(found) <> 1;
		UPDATE entity_screen.tranche_operation w SET entry_id = found[1]
		WHERE w.tranche_id = op.tranche_id AND w.line_no = op.line_no;
		UPDATE entity_screen.load_conflict c
		SET resolved_by_tranche_id = attach_waiting.tranche_id
		WHERE c.tranche_id = op.tranche_id
			AND c.line_no = op.line_no
			AND c.conflict = 'entry_missing';
		attached := attached || found;
	END LOOP;
	RETURN attached;
END;
$$;
COMMENT ON FUNCTION entity_screen.attach_waiting(bigint, text) IS
'Attaches operations of earlier tranches that waited for an entry which this tranche adds';

CREATE FUNCTION entity_screen.attach_parents(tranche_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	op entity_screen.tranche_operation;
	found bigint[];
BEGIN
	FOR op IN
		SELECT o.* FROM entity_screen.tranche_operation o
		WHERE o.tranche_id = attach_parents.tranche_id AND o.parent <> ''
		ORDER BY o.line_no
	LOOP
		found := entity_screen.find_entry(op.list_code, op.parent,
										  op.destination_country, false);
		IF cardinality(found) <> 1 THEN
			found := entity_screen.find_entry(op.list_code, op.parent,
											  NULL, false);
		END IF;
		IF cardinality(found) = 1 THEN
			UPDATE entity_screen.tranche_operation o
			SET parent_entry_id = found[1]
			WHERE o.tranche_id = op.tranche_id AND o.line_no = op.line_no;
		ELSE
			INSERT INTO entity_screen.load_conflict
				(tranche_id, line_no, conflict, detail)
			VALUES (op.tranche_id, op.line_no, 'parent_missing',
					format('parent %L of %L: %s entries found', op.parent,
						   op.entry_name, cardinality(found)));
		END IF;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.attach_parents(bigint) IS
'Ties the operations of a tranche to the parent entries they name; a parent that is not loaded is a recorded conflict';

/*
 * Announced against stated.  Entities and entries are different numbers: one
 * entity may stand under several destinations.
 */
CREATE FUNCTION entity_screen.reconcile_tranche(tranche_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	problems text;
BEGIN
	SELECT string_agg(format(
			'The rule announces %s %s; the file holds %s%s.',
			r.announced, r.what, r.stated,
			CASE WHEN r.known <> 0
				THEN format(' and states a known difference of %s', r.known)
				ELSE '' END), E'\n' ORDER BY r.place)
	INTO problems
	FROM (
		SELECT v.place, v.what, v.announced, v.stated, v.known
		FROM entity_screen.tranche t
		CROSS JOIN LATERAL (
			SELECT
				count(DISTINCT entity_screen.name_key(o.entry_name))
					FILTER (WHERE o.operation = 'add') AS entities,
				count(*) FILTER (WHERE o.operation = 'add') AS entries,
				count(*) FILTER (WHERE o.operation = 'revise') AS revised,
				count(*) FILTER (WHERE o.operation = 'remove') AS removed,
				count(*) FILTER (WHERE o.operation = 'correct') AS corrected,
				count(*) FILTER (WHERE o.operation = 'move') AS moved
			FROM entity_screen.tranche_operation o
			WHERE o.tranche_id = t.tranche_id) c
		CROSS JOIN LATERAL (VALUES
			(1, 'added entities', t.declared_entities, c.entities,
			 t.difference_entities),
			(2, 'added entries', t.declared_entries, c.entries,
			 t.difference_entries),
			(3, 'revised entries', t.declared_revised, c.revised, 0),
			(4, 'removed entries', t.declared_removed, c.removed, 0),
			(5, 'corrected entries', t.declared_corrected, c.corrected, 0),
			(6, 'moved entries', t.declared_moved, c.moved, 0))
			AS v (place, what, announced, stated, known)
		WHERE t.tranche_id = reconcile_tranche.tranche_id
			AND v.announced + v.known <> v.stated) r;
	IF problems IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SC005',
			MESSAGE = 'announced and stated counts differ',
			DETAIL = problems,
			HINT = 'Complete the file. If the difference is known and accepted, state it in difference_entities or difference_entries of the tranche record, with the reason in difference_note.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.reconcile_tranche(bigint) IS
'Raises SC005 with the numbers when a tranche''s operations are not as many as its rule announces, known differences included';

CREATE FUNCTION entity_screen.report_load_progress(done bigint,
												   is_end boolean)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.report_load_progress(bigint, boolean) IS
'Internal: shows a running load in pg_stat_progress_copy, tuples_processed being the operations applied so far';

/*
 * Write what the file states, unchanged, into tranche and its operations.
 */
CREATE FUNCTION entity_screen.store_tranche(content bytea, list_code text,
	source_hash bytea, known_from timestamptz)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	INSERT INTO entity_screen.tranche (list_code, document_number, citation,
		volume, page_from, page_to, docket, title, announced_on,
		public_inspection_on, published_on, effective_on, applicable_on,
		compliance_on, savings_cutoff_on, savings_end_on, savings_text,
		ceases_on, declared_entities, declared_entries, declared_revised,
		declared_removed, declared_corrected, declared_moved,
		difference_entities, difference_entries, difference_note, note,
		source_hash, source_format, known_from, xid, loaded_by, loaded_at,
		approved_by, approved_at)
	SELECT store_tranche.list_code, f.document_number, f.citation,
		entity_screen.citation_part(f.citation, 1),
		coalesce(f.page_from, entity_screen.citation_part(f.citation, 2)),
		f.page_to, f.docket, f.title, f.announced_on,
		f.public_inspection_on, f.published_on, f.effective_on,
		f.applicable_on, f.compliance_on, f.savings_cutoff_on,
		f.savings_end_on, f.savings_text, f.ceases_on, f.declared_entities,
		f.declared_entries, f.declared_revised, f.declared_removed,
		f.declared_corrected, f.declared_moved,
		coalesce(f.difference_entities, 0),
		coalesce(f.difference_entries, 0), f.difference_note, f.note,
		store_tranche.source_hash, 'operation_csv', store_tranche.known_from,
		pg_current_xact_id(), session_user, clock_timestamp(), session_user,
		clock_timestamp()
	FROM entity_screen.parse_operation_file(content) f
	WHERE f.record = 'tranche'
	RETURNING tranche_id INTO id;

	WITH f AS MATERIALIZED (
		SELECT p.* FROM entity_screen.parse_operation_file(content) p
	), operation AS (
		INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
			list_code, operation, on_conflict, starts_on, entry_name,
			destination_country, new_destination_country, entry_type, parent,
			license_requirement, license_review_policy, reason, scope_note,
			footnotes, citation, note)
		SELECT id, f.line_no, store_tranche.list_code, f.operation,
			coalesce(f.on_conflict, 'error'),
			coalesce(f.applicable_on, t.applicable_on, t.effective_on),
			f.name, f.destination_country, f.new_destination_country,
			f.entry_type, f.parent, f.license_requirement,
			f.license_review_policy, f.reason, f.scope_note, f.footnotes,
			f.citation, f.note
		FROM f
		JOIN entity_screen.tranche t ON t.tranche_id = id
		WHERE f.record = 'entry'
	), address AS (
		INSERT INTO entity_screen.tranche_operation_address (tranche_id,
			line_no, entry_line_no, change, address, country, note)
		SELECT id, f.line_no, f.entry_line_no, coalesce(f.operation, 'add'),
			f.address, f.country, f.note
		FROM f
		WHERE f.record = 'address'
	)
	INSERT INTO entity_screen.tranche_operation_name (tranche_id, line_no,
		entry_line_no, change, name, name_type, alias_quality, note)
	SELECT id, f.line_no, coalesce(f.entry_line_no, f.line_no),
		CASE f.record WHEN 'name' THEN coalesce(f.operation, 'add')
			ELSE 'add' END,
		f.name,
		CASE f.record WHEN 'name' THEN coalesce(f.name_type, 'aka')
			ELSE 'primary' END,
		coalesce(f.alias_quality, 'unknown'),
		CASE f.record WHEN 'name' THEN f.note END
	FROM f
	WHERE f.record = 'name' OR (f.record = 'entry' AND f.operation = 'add');
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.store_tranche(bytea, text, bytea, timestamptz) IS
'Stores a checked operation file as a tranche with its operations, unchanged';

CREATE FUNCTION entity_screen.refuse_keyless_names(tranche_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	bad record;
BEGIN
	SELECT n.line_no, n.name INTO bad
	FROM entity_screen.tranche_operation_name n
	WHERE n.tranche_id = refuse_keyless_names.tranche_id
		AND n.change = 'add'
		AND entity_screen.is_keyless(n.name)
	ORDER BY n.line_no
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('line %s, column name: %s cannot be screened',
							 bad.line_no, quote_literal(bad.name)),
			DETAIL = 'Nothing of the name is left in its normal form: it has no letter or digit.',
			HINT = 'Give the name as the list prints it, or drop the record.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_keyless_names(bigint) IS
'Raises 22023 for a name that no screening could ever find';

CREATE FUNCTION entity_screen.refresh_list_state(list_code text,
												 known_from timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO entity_screen.list_state AS s (list_code, list_version,
		known_from, loaded_at, tranche_count, name_count, normalizer_version)
	SELECT refresh_list_state.list_code,
		sha256(string_agg(t.source_hash, ''::bytea ORDER BY t.source_hash)),
		refresh_list_state.known_from, clock_timestamp(), count(*),
		(SELECT count(*)
		 FROM entity_screen.entry_name n
		 JOIN entity_screen.entry e ON e.entry_id = n.entry_id
		 WHERE e.list_code = refresh_list_state.list_code
			AND upper_inf(n.known)),
		entity_screen.normalizer_version()
	FROM entity_screen.tranche t
	WHERE t.list_code = refresh_list_state.list_code
		AND t.status = 'approved'
	ON CONFLICT (list_code) DO UPDATE
	SET list_version = EXCLUDED.list_version,
		known_from = EXCLUDED.known_from,
		loaded_at = EXCLUDED.loaded_at,
		tranche_count = EXCLUDED.tranche_count,
		name_count = EXCLUDED.name_count,
		normalizer_version = CASE
			WHEN s.name_count = 0 THEN EXCLUDED.normalizer_version
			ELSE s.normalizer_version END;
END;
$$;
COMMENT ON FUNCTION entity_screen.refresh_list_state(text, timestamptz) IS
'Rewrites the state row of a list after a load';

CREATE FUNCTION entity_screen.summarize_load(tranche_id bigint,
											 already_loaded boolean,
											 started_at timestamptz)
RETURNS entity_screen.load_summary
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT t.tranche_id, t.list_code, t.citation, t.document_number,
		summarize_load.already_loaded,
		count(*) FILTER (WHERE o.operation = 'add')::integer,
		count(*) FILTER (WHERE o.operation = 'revise')::integer,
		count(*) FILTER (WHERE o.operation = 'remove')::integer,
		count(*) FILTER (WHERE o.operation = 'correct')::integer,
		count(*) FILTER (WHERE o.operation = 'move')::integer,
		CASE WHEN summarize_load.already_loaded THEN 0 ELSE (
			SELECT count(*)
			FROM entity_screen.tranche_operation_name n
			WHERE n.tranche_id = t.tranche_id) END::integer,
		CASE WHEN summarize_load.already_loaded THEN 0 ELSE (
			SELECT count(*)
			FROM entity_screen.tranche_operation_address a
			WHERE a.tranche_id = t.tranche_id) END::integer,
		CASE WHEN summarize_load.already_loaded THEN 0 ELSE (
			SELECT count(*)
			FROM entity_screen.load_conflict c
			WHERE c.tranche_id = t.tranche_id) END::integer,
		extract(epoch FROM clock_timestamp() - started_at)::float8
	FROM entity_screen.tranche t
	LEFT JOIN entity_screen.tranche_operation o
		ON o.tranche_id = t.tranche_id
		AND o.is_applied AND o.entry_id IS NOT NULL
		AND NOT summarize_load.already_loaded
	WHERE t.tranche_id = summarize_load.tranche_id
	GROUP BY t.tranche_id;
END;
COMMENT ON FUNCTION entity_screen.summarize_load(bigint, boolean, timestamptz) IS
'Counts what a load did; all zero for a file that was already loaded';

/*
 * load_tranche(content, list_code, format) - load one rule
 *
 * content	  the bytes of an operation file (docs/operation_file.md)
 * list_code  list to load into; null: as the file says
 * format	  'auto' or 'operation_csv'
 *
 * Result: one row, entity_screen.load_summary.  All or nothing; loading the
 * same bytes again changes nothing and says already_loaded.
 *
 * Errors: 22P04, 22021, 22007, 22008, 22023, 54000 for a file that cannot be
 * read, with line and column; SC004 for an operation that contradicts the
 * list; SC005 when announced and stated counts differ.
 */
CREATE FUNCTION entity_screen.load_tranche(content bytea,
	list_code text DEFAULT NULL, format text DEFAULT 'auto')
RETURNS entity_screen.load_summary
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	started_at timestamptz := clock_timestamp();
	hash bytea := sha256(content);
	known_from timestamptz;
	code text;
	tranche bigint;
	op entity_screen.tranche_operation;
	touched bigint[];
	done bigint := 0;
BEGIN
	IF content IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'there is no file to load',
			DETAIL = 'The argument content is null.',
			HINT = 'Pass the bytes of the file, for example lo_get(oid) after \lo_import in psql.';
	END IF;
	IF load_tranche.format IS NULL
		OR load_tranche.format NOT IN ('auto', 'operation_csv') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('format %L is not known', load_tranche.format),
			DETAIL = 'The argument format names how the file is written.',
			HINT = 'Use auto or operation_csv.';
	END IF;
	SELECT f.list_code INTO code
	FROM entity_screen.parse_operation_file(content) f
	WHERE f.record = 'tranche';
	IF code <> load_tranche.list_code THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('the file is for list %s, not %s', code,
							 load_tranche.list_code),
			DETAIL = 'The tranche record and the argument list_code differ.',
			HINT = 'Leave list_code out, or pass the list the file names.';
	END IF;
	code := coalesce(code, load_tranche.list_code);
	PERFORM FROM entity_screen.screening_list l WHERE l.list_code = code;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = CASE WHEN code IS NULL
				THEN 'the file does not say which list it changes'
				ELSE format('list %s is not known', code) END,
			DETAIL = 'A rule changes one list.',
			HINT = 'Pass list_code, one of entity_screen.screening_list.';
	END IF;

	/* One load a list at a time; others wait here and then see its result. */
	PERFORM pg_advisory_xact_lock(hashtext('entity_screen.load'),
								  hashtext(code));
	SELECT t.tranche_id INTO tranche
	FROM entity_screen.tranche t
	WHERE t.list_code = code AND t.source_hash = hash;
	IF FOUND THEN
		UPDATE entity_screen.list_state s SET loaded_at = clock_timestamp()
		WHERE s.list_code = code;
		RETURN entity_screen.summarize_load(tranche, true, started_at);
	END IF;
	SELECT greatest(clock_timestamp(),
					max(s.known_from) + interval '1 microsecond')
	INTO known_from
	FROM entity_screen.list_state s WHERE s.list_code = code;

	tranche := entity_screen.store_tranche(content, code, hash, known_from);
	PERFORM entity_screen.refuse_keyless_names(tranche);
	PERFORM entity_screen.reconcile_tranche(tranche);
	FOR op IN
		SELECT o.* FROM entity_screen.tranche_operation o
		WHERE o.tranche_id = tranche ORDER BY o.line_no
	LOOP
		PERFORM entity_screen.attach_operation(op);
		done := done + 1;
		PERFORM entity_screen.report_load_progress(done, false);
	END LOOP;
	touched := entity_screen.attach_waiting(tranche, code);
	PERFORM entity_screen.attach_parents(tranche);
	PERFORM entity_screen.derive_entries(u.entry_ids, known_from)
	FROM (SELECT array_agg(e.entry_id) AS entry_ids
		  FROM (SELECT DISTINCT t.entry_id
				FROM (SELECT o.entry_id
					  FROM entity_screen.tranche_operation o
					  WHERE o.tranche_id = tranche
					  UNION ALL
					  SELECT unnest(touched)) t
				WHERE t.entry_id IS NOT NULL) e
		  GROUP BY e.entry_id / 1024) u;
	PERFORM entity_screen.refresh_list_state(code, known_from);
	PERFORM entity_screen.report_load_progress(done, true);
	RETURN entity_screen.summarize_load(tranche, false, started_at);
END;
$$;
COMMENT ON FUNCTION entity_screen.load_tranche(bytea, text, text) IS
'Loads one rule from an operation file: all or nothing, once only. Returns what it did.';

CREATE FUNCTION entity_screen.load_tranche(content text,
	list_code text DEFAULT NULL, format text DEFAULT 'auto')
RETURNS entity_screen.load_summary
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN entity_screen.load_tranche(convert_to(content, 'UTF8'), list_code,
									  format);
END;
$$;
COMMENT ON FUNCTION entity_screen.load_tranche(text, text, text) IS
'The same for a small file pasted as text';

/*
 * Names that a tranche newly brings into the list, for the question "which
 * of my customers does this rule newly hit": join it to the customers'
 * entity_name column.
 */
CREATE FUNCTION entity_screen.tranche_name(tranche_id bigint)
RETURNS TABLE (
	entry_id bigint,
	name @extschema@.entity_name,
	name_type text,
	valid_from date,
	citation text)
LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 100
BEGIN ATOMIC
	SELECT n.entry_id, n.name, n.name_type, lower(n.valid), t.citation
	FROM entity_screen.entry_name n
	JOIN entity_screen.tranche t ON t.tranche_id = n.tranche_id
	WHERE n.tranche_id = tranche_name.tranche_id
		AND upper_inf(n.known);
END;
COMMENT ON FUNCTION entity_screen.tranche_name(bigint) IS
'Names that a tranche stated and this database now holds. JOIN customer c ON c.name % n.name shows which customers it newly hits.';

/* ---------------------------------------------------------------------
 * what pg_dump takes along: everything a site loads, nothing we ship
 * ------------------------------------------------------------------ */

SELECT pg_catalog.pg_extension_config_dump('entity_screen.screening_list',
	'WHERE NOT is_shipped');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.list_setting',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.country_spelling',
	'WHERE NOT is_shipped');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche_tranche_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_entry_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche_operation',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche_operation_name',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche_operation_address',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.load_conflict',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_version',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_version_entry_version_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_name',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_name_entry_name_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_address',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_address_entry_address_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.list_state',
	'');
