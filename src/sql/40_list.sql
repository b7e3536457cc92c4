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

CREATE FUNCTION entity_screen.code_label(code text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT upper(left(code, 1)) || replace(substr(code, 2), '_', ' ');
END;
COMMENT ON FUNCTION entity_screen.code_label(text) IS
'A code as people read it: awaiting_approval is "Awaiting approval"';

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
	visibility text NOT NULL DEFAULT 'public'
		CHECK (visibility IN ('public', 'private')),
	max_list_age interval CHECK (max_list_age > interval '0'),
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
COMMENT ON COLUMN entity_screen.screening_list.visibility IS
'public or private';
COMMENT ON COLUMN entity_screen.screening_list.max_list_age IS
'Screening refuses to answer from the list when it was not loaded for longer than this, unless list_setting says otherwise; null: no limit';
COMMENT ON COLUMN entity_screen.screening_list.is_shipped IS
'True for rows of the install script, which pg_dump leaves out';

/*
 * How old a load may be: 7 days where assets are blocked, which takes effect
 * on the day of publication; 14 days for the other lists that change on any
 * day; 45 days for those of a few editions a year.  A daily job that stops is
 * noticed within that time, a weekend or a holiday is not an outage.
 */
INSERT INTO entity_screen.screening_list
	(list_code, title, authority, legal_effect, time_zone, max_list_age,
	 is_shipped)
VALUES
	('us_bis_el', 'Entity List (15 CFR part 744, Supplement No. 4)',
	 'US Department of Commerce, Bureau of Industry and Security',
	 'license_required', 'America/New_York', '14 days', true),
	('us_bis_meu',
	 'Military End-User List (15 CFR part 744, Supplement No. 7)',
	 'US Department of Commerce, Bureau of Industry and Security',
	 'license_required', 'America/New_York', '14 days', true),
	('us_bis_uvl', 'Unverified List (15 CFR part 744, Supplement No. 6)',
	 'US Department of Commerce, Bureau of Industry and Security',
	 'red_flag', 'America/New_York', '14 days', true),
	('us_bis_dpl', 'Denied Persons List',
	 'US Department of Commerce, Bureau of Industry and Security',
	 'export_denied', 'America/New_York', '14 days', true),
	('us_ofac_sdn', 'Specially Designated Nationals and Blocked Persons List',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'blocking', 'America/New_York', '7 days', true),
	('us_ofac_cmic',
	 'Non-SDN Chinese Military-Industrial Complex Companies List',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'securities_ban', 'America/New_York', '7 days', true),
	('us_ofac_ssi', 'Sectoral Sanctions Identifications List',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'sectoral', 'America/New_York', '7 days', true),
	('us_bis_mieu',
	 'Military-intelligence end users (15 CFR 744.22)',
	 'US Department of Commerce, Bureau of Industry and Security',
	 'license_required', 'America/New_York', '45 days', true),
	('us_ofac_mbs', 'Non-SDN Menu-Based Sanctions List',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'sectoral', 'America/New_York', '7 days', true),
	('us_ofac_fse', 'Foreign Sanctions Evaders List',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'sectoral', 'America/New_York', '7 days', true),
	('us_ofac_plc', 'Palestinian Legislative Council List',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'sectoral', 'America/New_York', '7 days', true),
	('us_ofac_nonsdn', 'Consolidated list of the non-SDN lists',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'sectoral', 'America/New_York', '7 days', true),
	('us_state_isn', 'Nonproliferation sanctions',
	 'US Department of State, Bureau of International Security and Nonproliferation',
	 'export_denied', 'America/New_York', '14 days', true),
	('us_ddtc_debarred', 'Parties debarred under the ITAR and AECA',
	 'US Department of State, Directorate of Defense Trade Controls',
	 'export_denied', 'America/New_York', '14 days', true),
	('us_dod_1286', 'Section 1286 list of foreign institutions',
	 'US Department of Defense', 'red_flag', 'America/New_York',
	 '45 days', true),
	('jp_meti_eul', 'Foreign End User List',
	 'Japan, Ministry of Economy, Trade and Industry',
	 'license_required', 'Asia/Tokyo', '45 days', true),
	('cn_mofcom_control', 'Export Control Watchlist',
	 'China, Ministry of Commerce', 'export_denied', 'Asia/Shanghai',
	 '45 days', true),
	('cn_mofcom_unreliable', 'Unreliable Entity List',
	 'China, Ministry of Commerce', 'export_denied', 'Asia/Shanghai',
	 '45 days', true),
	('cn_mofcom_attention', 'Attention List',
	 'China, Ministry of Commerce', 'red_flag', 'Asia/Shanghai',
	 '45 days', true),
	('us_ofac_capta',
	 'List of Foreign Financial Institutions Subject to Correspondent Account or Payable-Through Account Sanctions',
	 'US Department of the Treasury, Office of Foreign Assets Control',
	 'correspondent_account', 'America/New_York', '7 days', true),
	('us_dhs_uflpa', 'Uyghur Forced Labor Prevention Act Entity List',
	 'US Department of Homeland Security', 'import_presumption',
	 'America/New_York', '45 days', true),
	('us_dod_1260h', 'Section 1260H list of Chinese military companies',
	 'US Department of Defense', 'procurement_notice',
	 'America/New_York', '45 days', true),
	('eu_fsf', 'Consolidated list of persons, groups and entities subject to EU financial sanctions',
	 'European Union', 'asset_freeze', 'Europe/Brussels', '7 days', true),
	('uk_sanctions', 'UK Sanctions List',
	 'United Kingdom, Foreign, Commonwealth and Development Office',
	 'asset_freeze', 'Europe/London', '7 days', true),
	('un_sc', 'United Nations Security Council Consolidated List',
	 'United Nations Security Council', 'asset_freeze',
	 'America/New_York', '7 days', true);

/*
 * What a site decides about a list has a table of its own: pg_dump leaves out
 * shipped rows, with whatever was changed in them.
 */
CREATE TABLE entity_screen.list_setting (
	list_code text PRIMARY KEY,
	max_list_age interval CHECK (max_list_age > interval '0'),
	approval_policy text CHECK (approval_policy IN (
		'none', 'second_person', 'auto_within_limits')),
	max_removed_share numeric CHECK (max_removed_share BETWEEN 0 AND 1),
	auto_removed_share numeric CHECK (auto_removed_share BETWEEN 0 AND 1),
	auto_changed_share numeric CHECK (auto_changed_share >= 0)
);
COMMENT ON TABLE entity_screen.list_setting IS
'What this site decides about a list, shipped or its own';
COMMENT ON COLUMN entity_screen.list_setting.list_code IS
'List it applies to';
COMMENT ON COLUMN entity_screen.list_setting.approval_policy IS
'What must happen before a loaded tranche counts: none (default), it counts at once; second_person, somebody else approves it; auto_within_limits, at once unless it is larger than the shares below';
COMMENT ON COLUMN entity_screen.list_setting.max_removed_share IS
'Share of its entries that a snapshot may take from the list, else it is refused; default 0.25';
COMMENT ON COLUMN entity_screen.list_setting.auto_removed_share IS
'auto_within_limits: share of the entries that may be removed; default 0.02';
COMMENT ON COLUMN entity_screen.list_setting.auto_changed_share IS
'auto_within_limits: share of the entries that may be added, revised or removed; default 0.20';
COMMENT ON COLUMN entity_screen.list_setting.max_list_age IS
'Screening refuses to answer from the list when it was not loaded for longer than this; null: as screening_list says';

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
