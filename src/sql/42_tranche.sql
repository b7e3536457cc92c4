/*
 * 42_tranche: tranches and their operations, as the files stated them
 */

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
	kind text NOT NULL DEFAULT 'rule' CHECK (kind IN ('rule', 'snapshot')),
	snapshot_on date,
	base_tranche_id bigint,
	source_rows integer,
	source_entries integer,
	source_names integer,
	entry_names integer,
	status text NOT NULL DEFAULT 'pending' CHECK (status IN (
		'approved', 'pending', 'retracted')),
	known_from timestamptz NOT NULL,
	xid xid8 NOT NULL,
	loaded_by name NOT NULL,
	loaded_at timestamptz NOT NULL,
	approved_by name,
	approved_at timestamptz,
	retracted_by name,
	retracted_at timestamptz,
	status_reason text,
	UNIQUE (list_code, known_from),
	CHECK ((kind = 'snapshot') = (snapshot_on IS NOT NULL)),
	CHECK (citation IS NOT NULL OR document_number IS NOT NULL),
	CHECK (page_to >= page_from),
	CHECK (savings_end_on >= savings_cutoff_on),
	CHECK ((difference_entities = 0 AND difference_entries = 0)
		   OR difference_note IS NOT NULL)
);
COMMENT ON TABLE entity_screen.tranche IS
'One change of a list: a rule with all its dates, or the differences that a snapshot of the whole list brought. Only its status is ever updated.';
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
COMMENT ON COLUMN entity_screen.tranche.kind IS
'rule: operations as published; snapshot: differences of a whole list';
COMMENT ON COLUMN entity_screen.tranche.snapshot_on IS
'Snapshot: date on which the source said this was its list';
COMMENT ON COLUMN entity_screen.tranche.base_tranche_id IS
'Snapshot: the snapshot before it, from which it differs by its operations';
COMMENT ON COLUMN entity_screen.tranche.source_rows IS
'Snapshot: rows of the file that belong to this list';
COMMENT ON COLUMN entity_screen.tranche.source_entries IS
'Snapshot: entries they make';
COMMENT ON COLUMN entity_screen.tranche.source_names IS
'Snapshot: names in it as its source counts them';
COMMENT ON COLUMN entity_screen.tranche.entry_names IS
'Snapshot: names of the entries it makes; load_difference explains what lies between';
COMMENT ON COLUMN entity_screen.tranche.status IS
'approved: its operations count; pending: it waits for approve_tranche(); retracted: it no longer counts';
COMMENT ON COLUMN entity_screen.tranche.retracted_by IS
'Session user who retracted it';
COMMENT ON COLUMN entity_screen.tranche.retracted_at IS
'When it was retracted';
COMMENT ON COLUMN entity_screen.tranche.status_reason IS
'Why it waits, or why it was retracted';
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
	source_id text,
	start_basis text NOT NULL DEFAULT 'rule' CHECK (start_basis IN (
		'rule', 'citation', 'source_date', 'unknown')),
	source_start_on date,
	source_citation text,
	citations text[],
	detail jsonb,
	content_hash bytea,
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
'First date on which the operation has effect: applicable_on of the entry record or of the rule, else effective_on; for an entry that a snapshot adds the date its source gives, -infinity when it gives none';
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
COMMENT ON COLUMN entity_screen.tranche_operation.source_id IS
'Snapshot: number of the entry in its source, where that is stable';
COMMENT ON COLUMN entity_screen.tranche_operation.start_basis IS
'Where starts_on comes from: rule, citation, source_date or unknown; of a removal by a snapshot: rule when only a rule had added the entry';
COMMENT ON COLUMN entity_screen.tranche_operation.source_start_on IS
'Snapshot: date of listing that the source states, right or wrong';
COMMENT ON COLUMN entity_screen.tranche_operation.source_citation IS
'Snapshot: citations as the source writes them';
COMMENT ON COLUMN entity_screen.tranche_operation.citations IS
'Snapshot: the citations read from source_citation';
COMMENT ON COLUMN entity_screen.tranche_operation.detail IS
'Snapshot: what else the source says: programs, identifiers, dates of birth, remarks';
COMMENT ON COLUMN entity_screen.tranche_operation.content_hash IS
'Snapshot: digest of all that the source says of the entry';
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

CREATE UNIQUE INDEX tranche_source_hash_idx
	ON entity_screen.tranche (list_code, source_hash,
		coalesce(snapshot_on, '-infinity'))
	WHERE status <> 'retracted';
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
		'entry_missing', 'entry_present', 'parent_missing', 'date_conflict',
		'value_refused', 'row_refused', 'alias_count',
		'listed_after_removal')),
	detail text NOT NULL,
	resolved_by_tranche_id bigint,
	PRIMARY KEY (tranche_id, line_no, conflict)
);
COMMENT ON TABLE entity_screen.load_conflict IS
'A statement of a loaded file that could not be applied as it stands. None of them is ever silent: the load summary counts them.';
COMMENT ON COLUMN entity_screen.load_conflict.tranche_id IS 'The tranche';
COMMENT ON COLUMN entity_screen.load_conflict.line_no IS 'Line of the file';
COMMENT ON COLUMN entity_screen.load_conflict.conflict IS
'entry_missing: no loaded tranche adds the entry; entry_present: added though in force; parent_missing: the parent is not loaded; date_conflict: the source gives another date than the rule that adds the entry; value_refused: a value that cannot be, kept as text only; row_refused: a row without a usable name; alias_count: the text announces another number of aliases than it holds; listed_after_removal: a snapshot lists what a rule removed';
COMMENT ON COLUMN entity_screen.load_conflict.detail IS
'What was stated and what was found';
COMMENT ON COLUMN entity_screen.load_conflict.resolved_by_tranche_id IS
'Tranche whose loading resolved it; null while it is open';

CREATE TABLE entity_screen.load_difference (
	tranche_id bigint NOT NULL,
	line_no bigint NOT NULL,
	entry_name text,
	source_rows integer NOT NULL,
	source_names integer NOT NULL,
	taken_apart integer NOT NULL,
	repeated integer NOT NULL,
	remarks integer NOT NULL,
	refused integer NOT NULL,
	entry_names integer NOT NULL,
	PRIMARY KEY (tranche_id, line_no),
	CHECK (source_names + taken_apart - repeated - remarks - refused
		   = entry_names)
);
COMMENT ON TABLE entity_screen.load_difference IS
'Where an entry is not one row and as many names as its source counts: each line of a snapshot for which that is so, with the reasons as numbers that add up';
COMMENT ON COLUMN entity_screen.load_difference.tranche_id IS 'The tranche';
COMMENT ON COLUMN entity_screen.load_difference.line_no IS
'Line of the file; for XML and JSON the number of the record';
COMMENT ON COLUMN entity_screen.load_difference.entry_name IS
'Primary name; null when the row has none';
COMMENT ON COLUMN entity_screen.load_difference.source_rows IS
'Rows of the file that make the entry';
COMMENT ON COLUMN entity_screen.load_difference.source_names IS
'Names as the source counts them: values between its separators';
COMMENT ON COLUMN entity_screen.load_difference.taken_apart IS
'More names, because one value held several';
COMMENT ON COLUMN entity_screen.load_difference.repeated IS
'Fewer names, because one was stated twice';
COMMENT ON COLUMN entity_screen.load_difference.remarks IS
'Fewer names, because a value is a remark';
COMMENT ON COLUMN entity_screen.load_difference.refused IS
'Fewer names, because nothing of a value can be screened';
COMMENT ON COLUMN entity_screen.load_difference.entry_names IS
'Names of the entry; 0: the row is no entry';

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
