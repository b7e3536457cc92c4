/*
 * 47_format: what a list file looks like
 *
 * The shape of a flat file is data: a row of list_format says how the file is
 * split and which of its columns is which field.  A site adds a row for a
 * file of its own.  Readers that are code (XML, the OFAC set of files) have a
 * row as well, with the same switches where they apply.
 */

CREATE TABLE entity_screen.list_format (
	format text PRIMARY KEY CHECK (format ~ '^[a-z][a-z0-9_]{1,62}$'),
	title text NOT NULL CHECK (title <> ''),
	reader text NOT NULL CHECK (reader IN (
		'csv', 'json', 'ofac_csv', 'ofac_xml', 'un_xml', 'ecfr_xml',
		'rule_csv')),
	list_code text,
	source_lists jsonb,
	delimiter text NOT NULL DEFAULT ',' CHECK (length(delimiter) = 1),
	encoding text NOT NULL DEFAULT 'UTF8',
	header_line integer NOT NULL DEFAULT 1 CHECK (header_line >= 0),
	null_token text,
	records_path text[] NOT NULL DEFAULT '{}',
	signature text[] NOT NULL DEFAULT '{}',
	columns jsonb NOT NULL DEFAULT '{}'
		CHECK (jsonb_typeof(columns) = 'object'),
	words jsonb NOT NULL DEFAULT '{}',
	date_style text NOT NULL DEFAULT 'mdy' CHECK (date_style IN ('mdy', 'dmy')),
	separator text NOT NULL DEFAULT ';',
	group_rows boolean NOT NULL DEFAULT false,
	id_is_stable boolean NOT NULL DEFAULT true,
	short_rows boolean NOT NULL DEFAULT false,
	is_exact boolean NOT NULL DEFAULT false,
	is_shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE entity_screen.list_format IS
'Formats of list files for load_snapshot(). Rows with is_shipped come with the extension; add your own for another file.';
COMMENT ON COLUMN entity_screen.list_format.format IS
'Name, to be given as load_snapshot(format => ...)';
COMMENT ON COLUMN entity_screen.list_format.title IS 'What it is';
COMMENT ON COLUMN entity_screen.list_format.reader IS
'How the file is read: csv and json by the columns of this row, rule_csv as a rule for load_tranche(), the others by a reader of their own';
COMMENT ON COLUMN entity_screen.list_format.list_code IS
'List that files of this format hold; null: as source_lists or the call says';
COMMENT ON COLUMN entity_screen.list_format.source_lists IS
'For a file with several lists: {part of the value of field source: list_code}';
COMMENT ON COLUMN entity_screen.list_format.delimiter IS
'csv: the byte between two fields';
COMMENT ON COLUMN entity_screen.list_format.encoding IS
'csv: encoding of the file; a UTF-8 byte order mark overrules it';
COMMENT ON COLUMN entity_screen.list_format.header_line IS
'csv: row with the column names, counted without empty lines; 0: none, columns are named column_1, column_2 ...';
COMMENT ON COLUMN entity_screen.list_format.null_token IS
'csv: value that means none, besides the empty one';
COMMENT ON COLUMN entity_screen.list_format.records_path IS
'json: keys that lead to the array of records; empty: the file is the array';
COMMENT ON COLUMN entity_screen.list_format.signature IS
'Columns or keys by which a file is recognized (XML: its root element); empty: only when asked for';
COMMENT ON COLUMN entity_screen.list_format.columns IS
'{field: column, or array of columns}; fields are in docs/daily.md; a field detail.x keeps the column as detail x';
COMMENT ON COLUMN entity_screen.list_format.words IS
'{field: {word of the file: word of ours}} for entry_type, name_type and alias_quality';
COMMENT ON COLUMN entity_screen.list_format.date_style IS
'Order of day and month in dates with slashes; ISO dates and dates with the month''s name are always read';
COMMENT ON COLUMN entity_screen.list_format.separator IS
'Between several values in one field';
COMMENT ON COLUMN entity_screen.list_format.group_rows IS
'Several rows make one entry: those with the same source_id, or the same name when there is none';
COMMENT ON COLUMN entity_screen.list_format.id_is_stable IS
'Whether source_id stays with an entry from one file to the next';
COMMENT ON COLUMN entity_screen.list_format.short_rows IS
'csv: a row may leave out empty fields at its end; else it is taken for cut off';
COMMENT ON COLUMN entity_screen.list_format.is_exact IS
'csv: recognized only in a file that has no other column, since another one might hold names; asked for, other columns are kept as details';
COMMENT ON COLUMN entity_screen.list_format.is_shipped IS
'True for rows of the install script, which pg_dump leaves out';

CREATE TRIGGER list_format_shipped
	BEFORE UPDATE OR DELETE ON entity_screen.list_format
	FOR EACH ROW WHEN (OLD.is_shipped)
	EXECUTE FUNCTION entity_screen.refuse_shipped_change();
COMMENT ON TRIGGER list_format_shipped ON entity_screen.list_format IS
'Refuses changes that a dump would leave out';

INSERT INTO entity_screen.list_format (format, title, reader, list_code,
	source_lists, header_line, null_token, records_path, signature, columns,
	words, date_style, encoding, delimiter, group_rows, id_is_stable,
	is_exact, is_shipped)
VALUES
	('csl_csv', 'US Consolidated Screening List, CSV', 'csv', NULL,
	 '{"(EL)": "us_bis_el", "(SDN)": "us_ofac_sdn",
	   "(DTC)": "us_ddtc_debarred", "(DPL)": "us_bis_dpl",
	   "(SSI)": "us_ofac_ssi", "(UVL)": "us_bis_uvl",
	   "(ISN)": "us_state_isn", "(PLC)": "us_ofac_plc",
	   "(MEU)": "us_bis_meu", "(CMIC)": "us_ofac_cmic",
	   "(CAP)": "us_ofac_capta", "(NS-MBS List)": "us_ofac_mbs",
	   "(FSE)": "us_ofac_fse"}', 1, NULL, '{}',
	 '{source,entity_number,federal_register_notice,alt_names}',
	 '{"source": "source", "source_id": "entity_number",
	   "entry_type": "type", "name": "name", "aliases": "alt_names",
	   "addresses": "addresses", "citations": "federal_register_notice",
	   "start_on": "start_date", "license_requirement": "license_requirement",
	   "license_review_policy": "license_policy",
	   "detail.end_date": "end_date",
	   "detail.standard_order": "standard_order",
	   "detail.programs": "programs", "detail.title": "title",
	   "detail.remarks": "remarks", "detail.identifiers": "ids",
	   "detail.dates_of_birth": "dates_of_birth",
	   "detail.places_of_birth": "places_of_birth",
	   "detail.nationalities": "nationalities",
	   "detail.citizenships": "citizenships",
	   "detail.call_sign": "call_sign", "detail.vessel_type": "vessel_type",
	   "detail.gross_tonnage": "gross_tonnage",
	   "detail.gross_registered_tonnage": "gross_registered_tonnage",
	   "detail.vessel_flag": "vessel_flag",
	   "detail.vessel_owner": "vessel_owner"}',
	 '{"entry_type": {"individual": "person", "entity": "organization",
		"vessel": "vessel", "aircraft": "aircraft"}}',
	 'mdy', 'UTF8', ',', false, true, false, true),
	('csl_json', 'US Consolidated Screening List, JSON', 'json', NULL,
	 '{"(EL)": "us_bis_el", "(SDN)": "us_ofac_sdn",
	   "(DTC)": "us_ddtc_debarred", "(DPL)": "us_bis_dpl",
	   "(SSI)": "us_ofac_ssi", "(UVL)": "us_bis_uvl",
	   "(ISN)": "us_state_isn", "(PLC)": "us_ofac_plc",
	   "(MEU)": "us_bis_meu", "(CMIC)": "us_ofac_cmic",
	   "(CAP)": "us_ofac_capta", "(NS-MBS List)": "us_ofac_mbs",
	   "(FSE)": "us_ofac_fse"}', 1, NULL, '{results}',
	 '{source,name}',
	 '{"source": "source", "source_id": "entity_number",
	   "entry_type": "type", "name": "name", "aliases": "alt_names",
	   "addresses": "addresses", "citations": "federal_register_notice",
	   "start_on": "start_date", "license_requirement": "license_requirement",
	   "license_review_policy": "license_policy",
	   "detail.end_date": "end_date",
	   "detail.standard_order": "standard_order",
	   "detail.programs": "programs", "detail.title": "title",
	   "detail.remarks": "remarks", "detail.identifiers": "ids",
	   "detail.dates_of_birth": "dates_of_birth",
	   "detail.places_of_birth": "places_of_birth",
	   "detail.nationalities": "nationalities",
	   "detail.citizenships": "citizenships",
	   "detail.call_sign": "call_sign", "detail.vessel_type": "vessel_type",
	   "detail.vessel_flag": "vessel_flag",
	   "detail.vessel_owner": "vessel_owner"}',
	 '{"entry_type": {"individual": "person", "entity": "organization",
		"vessel": "vessel", "aircraft": "aircraft"}}',
	 'mdy', 'UTF8', ',', false, true, false, true),
	('us_bis_json', 'Lists of 15 CFR part 744 as JSON', 'json', NULL,
	 '{"bis-entity-list": "us_bis_el", "bis-meu": "us_bis_meu",
	   "dhs-uflpa": "us_dhs_uflpa", "dow-1260h": "us_dod_1260h",
	   "dow-1286": "us_dod_1286", "ofac-nscmic": "us_ofac_cmic",
	   "state-nonproliferation": "us_state_isn",
	   "state-debarred-statutory": "us_ddtc_debarred"}',
	 1, NULL, '{entities}', '{name,aliases,country,federal_register}',
	 '{"source": "list_id", "name": "name", "aliases": "aliases",
	   "destination": "country", "addresses": "address",
	   "citations": "federal_register", "start_on": "effective_date",
	   "license_requirement": "notes"}',
	 '{}', 'mdy', 'UTF8', ',', false, true, false, true),
	('uk_conlist_csv', 'UK consolidated list (ConList), CSV', 'csv',
	 'uk_sanctions', NULL, 2, NULL, '{}',
	 '{"Group ID","Alias Type","Name 6"}',
	 '{"source_id": "Group ID",
	   "name": ["Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6"],
	   "name_type": "Alias Type", "entry_type": "Group Type",
	   "address": ["Address 1", "Address 2", "Address 3", "Address 4",
		"Address 5", "Address 6", "Post/Zip Code"],
	   "country": "Country", "start_on": "Listed On",
	   "reason": "Other Information", "detail.programs": "Regime",
	   "detail.title": "Title", "detail.dates_of_birth": "DOB",
	   "detail.places_of_birth": ["Town of Birth", "Country of Birth"],
	   "detail.nationalities": "Nationality",
	   "detail.identifiers": ["Passport Details", "NI Number"],
	   "detail.position": "Position", "detail.updated": "Last Updated"}',
	 '{"entry_type": {"individual": "person", "entity": "organization",
		"ship": "vessel"},
	   "name_type": {"prime alias": "primary", "primary name": "primary",
		"primary name variation": "variation", "alias": "aka", "aka": "aka",
		"fka": "fka"}}',
	 'dmy', 'WIN1252', ',', true, true, false, true),
	('opensanctions_simple', 'OpenSanctions targets.simple.csv', 'csv', NULL,
	 NULL, 1, NULL, '{}', '{id,schema,name,aliases,countries,dataset}',
	 '{"source_id": "id", "entry_type": "schema", "name": "name",
	   "aliases": "aliases", "addresses": "addresses",
	   "destination": "countries", "detail.countries": "countries",
	   "start_on": "first_seen",
	   "detail.dates_of_birth": "birth_date",
	   "detail.identifiers": "identifiers", "detail.programs": "sanctions",
	   "detail.dataset": "dataset"}',
	 '{"entry_type": {"person": "person", "organization": "organization",
		"company": "organization", "legalentity": "organization",
		"publicbody": "organization", "vessel": "vessel",
		"airplane": "aircraft"}}',
	 'mdy', 'UTF8', ',', false, true, false, true),
	('plain_csv', 'Plain list of one''s own: name, alias, country, address, note',
	 'csv', NULL, NULL, 1, NULL, '{}', '{name}',
	 '{"source_id": "id", "name": "name", "aliases": "alias",
	   "destination": "country", "addresses": "address", "note": "note",
	   "entry_type": "type", "start_on": "listed_on"}',
	 '{"entry_type": {"person": "person", "organization": "organization",
		"vessel": "vessel", "aircraft": "aircraft",
		"address": "address_only"}}',
	 'mdy', 'UTF8', ',', true, true, true, true),
	('us_bis_el_raw_csv', 'BIS Entity List feed, CSV', 'csv', 'us_bis_el',
	 NULL, 1, NULL, '{}',
	 '{"Federal Register Notice","Alternate Name","License Policy"}',
	 '{"name": "Name", "aliases": "Alternate Name",
	   "address": ["Address", "City", "State/Province", "Postal Code"],
	   "country": "Country", "citations": "Federal Register Notice",
	   "start_on": "Effective Date",
	   "license_requirement": "License Requirement",
	   "license_review_policy": "License Policy"}',
	 '{}', 'mdy', 'UTF8', ',', true, false, false, true),
	('us_bis_uvl_csv', 'BIS Unverified List, CSV', 'csv', 'us_bis_uvl', NULL,
	 1, NULL, '{}', '{COUNTRY,NAME,ADDRESS}',
	 '{"destination": "COUNTRY", "name": "NAME", "address": "ADDRESS"}',
	 '{}', 'mdy', 'WIN1252', ',', true, false, false, true),
	('ofac_sdn_csv', 'OFAC list: the files sdn, alt, add and sdn_comments',
	 'ofac_csv', 'us_ofac_sdn', NULL, 0, '-0-', '{}', '{}', '{}',
	 '{"entry_type": {"individual": "person", "vessel": "vessel",
		"aircraft": "aircraft"},
	   "name_type": {"aka": "aka", "fka": "fka", "nka": "aka"}}',
	 'mdy', 'UTF8', ',', false, true, false, true),
	('ofac_xml', 'OFAC sdn.xml and consolidated.xml', 'ofac_xml', NULL,
	 NULL, 0, NULL, '{}', '{sdnList}', '{}',
	 '{"entry_type": {"individual": "person", "entity": "organization",
		"vessel": "vessel", "aircraft": "aircraft"},
	   "name_type": {"a.k.a.": "aka", "f.k.a.": "fka", "n.k.a.": "aka"},
	   "alias_quality": {"strong": "strong", "weak": "weak"}}',
	 'mdy', 'UTF8', ',', false, true, false, true),
	('un_xml', 'UN Security Council Consolidated List, XML', 'un_xml',
	 'un_sc', NULL, 0, NULL, '{}', '{CONSOLIDATED_LIST}', '{}',
	 '{"name_type": {"a.k.a.": "aka", "f.k.a.": "fka", "good": "aka",
		"low": "aka"},
	   "alias_quality": {"good": "strong", "low": "weak"}}',
	 'mdy', 'UTF8', ',', false, true, false, true),
	('ecfr_xml', 'Supplement No. 4 to 15 CFR part 744, eCFR XML', 'ecfr_xml',
	 'us_bis_el', NULL, 0, NULL, '{}', '{DIV[1-9],ECFR,DLPSTEXTCLASS}', '{}',
	 '{}', 'mdy', 'UTF8', ',', false, false, false, true);

INSERT INTO entity_screen.list_format (format, title, reader, list_code,
	signature, columns, delimiter, id_is_stable, short_rows, is_shipped)
VALUES ('us_bis_dpl_tsv', 'BIS Denied Persons List, tab-separated', 'csv',
	'us_bis_dpl', '{Name,Street_Address,FR_Citation}',
	'{"name": "Name", "address": ["Street_Address", "City", "State",
		"Postal_Code"], "country": "Country", "start_on": "Effective_Date",
	  "citations": "FR_Citation", "detail.end_date": "Expiration_Date",
	  "detail.standard_order": "Standard_Order",
	  "detail.remarks": "Action"}', E'\t', false, true, true);

CREATE FUNCTION entity_screen.split_csv(content bytea, delimiter text,
	encoding text, max_rows bigint)
RETURNS TABLE (line_no bigint, fields text[])
LANGUAGE c STABLE STRICT PARALLEL UNSAFE
COST 100000 ROWS 10000
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.split_csv(bytea, text, text, bigint) IS
'Internal: reads at most max_rows rows of a CSV file: line on which each begins, and its fields. Errors name line and offset.';
