/*
 * 43_entry: what the law was, and what this database held it to be
 */

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
	detail jsonb,
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
'Where the date of listing comes from: rule, citation, source_date or unknown';
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
COMMENT ON COLUMN entity_screen.entry_version.detail IS
'What else a source says: programs, identifiers, dates of birth, remarks, and its own date and citations where they were resolved otherwise';
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
'When the newest file that counts was loaded, or an unchanged one was loaded again; max_list_age is counted from here';
COMMENT ON COLUMN entity_screen.list_state.tranche_count IS
'Approved tranches';
COMMENT ON COLUMN entity_screen.list_state.name_count IS
'Names currently held for any date';
COMMENT ON COLUMN entity_screen.list_state.normalizer_version IS
'Version of the normalizer that made the stored names';

/*
 * Of the columns of screening_list and list_state, null where there is no
 * row.  An expression that the planner puts in the place of the call: a
 * screening of one name asks this each time.
 */
CREATE FUNCTION entity_screen.list_problem(list_code text,
	name_count integer, normalizer_version integer, loaded_at timestamptz,
	max_list_age interval)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN list_code IS NULL THEN 'unknown list'
		WHEN name_count IS NULL THEN 'never loaded'
		WHEN name_count = 0 THEN 'holds no name'
		WHEN normalizer_version <> entity_screen.normalizer_version()
			THEN 'names made by another version of the normalizer'
		WHEN loaded_at + max_list_age < now()
			THEN 'older than max_list_age'
		END;
END;
COMMENT ON FUNCTION entity_screen.list_problem(text, integer, integer, timestamptz, interval) IS
'Internal: list_is_usable() of the state of a list';

CREATE FUNCTION entity_screen.list_is_usable(list_code text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT entity_screen.list_problem(s.list_code, p.name_count,
		p.normalizer_version, p.loaded_at,
		coalesce(o.max_list_age, s.max_list_age))
	FROM (SELECT list_is_usable.list_code AS code) c
	LEFT JOIN entity_screen.screening_list s ON s.list_code = c.code
	LEFT JOIN entity_screen.list_setting o ON o.list_code = c.code
	LEFT JOIN entity_screen.list_state p ON p.list_code = c.code;
END;
COMMENT ON FUNCTION entity_screen.list_is_usable(text) IS
'Null when the list can be screened; else why it cannot, and then screening refuses to answer';
