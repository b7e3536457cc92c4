/*
 * 71_reconciliation: announced, stated, and what other sources claim
 */

/*
 * For each rule what it announces, what its file holds, and what the newest
 * snapshot of the list claims for it: entries whose source date is the
 * rule's date and whose first citation lies in its pages.
 */
CREATE VIEW entity_screen.v_reconciliation
WITH (security_invoker = true) AS
WITH claim AS (
	SELECT DISTINCT ON (o.list_code, o.entry_id) o.list_code, o.entry_id,
		o.source_start_on, o.citations[1] AS citation
	FROM entity_screen.tranche_operation o
	JOIN entity_screen.tranche t ON t.tranche_id = o.tranche_id
	WHERE t.kind = 'snapshot' AND t.status = 'approved'
		AND o.start_basis = 'source_date' AND o.operation <> 'remove'
	ORDER BY o.list_code, o.entry_id, t.snapshot_on DESC
)
SELECT t.list_code, t.tranche_id,
	t.kind AS kind_code,
	entity_screen.code_label(t.kind) AS kind_label,
	t.citation, t.document_number, t.effective_on,
	t.status AS status_code,
	entity_screen.code_label(t.status) AS status_label, t.source_rows, t.source_entries,
	t.source_names, t.entry_names, t.declared_entities, t.declared_entries, t.declared_revised,
	t.declared_removed, o.added, o.revised, o.removed, t.difference_note,
	c.claimed,
	CASE
		WHEN t.kind = 'snapshot'
			THEN nullif(concat_ws('; ',
				CASE WHEN t.source_rows > t.source_entries
					THEN format('%s rows make %s entries: %s join others of the same entry, %s have no usable name',
						t.source_rows, t.source_entries,
						t.source_rows - t.source_entries - d.nameless,
						d.nameless) END,
				CASE WHEN d.lines > 0 AND t.source_names <> t.entry_names
					THEN format('%s names in it are %s: %s more taken apart, %s repeated, %s remarks, %s without letter or digit',
						t.source_names, t.entry_names, d.taken_apart,
						d.repeated, d.remarks, d.refused) END), '')
		WHEN t.kind = 'rule' AND c.claimed > 0
			AND c.claimed <> coalesce(t.declared_entities, o.added)
			THEN format('%s entries of the newest dated snapshot claim the rule, which announces %s',
				c.claimed, coalesce(t.declared_entities, o.added))
		WHEN t.difference_note IS NOT NULL THEN t.difference_note
		END AS remark,
	(SELECT count(*) FROM entity_screen.load_conflict p
	 WHERE p.tranche_id = t.tranche_id
		AND p.resolved_by_tranche_id IS NULL) AS open_conflicts
FROM entity_screen.tranche t
CROSS JOIN LATERAL (
	SELECT count(*) FILTER (WHERE p.operation = 'add') AS added,
		count(*) FILTER (WHERE p.operation = 'revise') AS revised,
		count(*) FILTER (WHERE p.operation = 'remove') AS removed
	FROM entity_screen.tranche_operation p
	WHERE p.tranche_id = t.tranche_id) o
CROSS JOIN LATERAL (
	SELECT count(*) AS lines, sum(l.taken_apart) AS taken_apart,
		sum(l.repeated) AS repeated, sum(l.remarks) AS remarks,
		sum(l.refused) AS refused,
		count(*) FILTER (WHERE l.entry_names = 0) AS nameless
	FROM entity_screen.load_difference l
	WHERE l.tranche_id = t.tranche_id) d
LEFT JOIN LATERAL (
	SELECT count(*) AS claimed
	FROM claim
	WHERE t.kind = 'rule' AND claim.list_code = t.list_code
		AND claim.source_start_on = t.effective_on
		AND entity_screen.citation_part(claim.citation, 1) = t.volume
		AND entity_screen.citation_part(claim.citation, 2)
			BETWEEN t.page_from AND coalesce(t.page_to, t.page_from)
	) c ON t.kind = 'rule';
COMMENT ON VIEW entity_screen.v_reconciliation IS
'Every tranche: what it announces, what its file holds, and for a rule how many entries of the newest dated snapshot claim to come from it';
COMMENT ON COLUMN entity_screen.v_reconciliation.list_code IS 'List';
COMMENT ON COLUMN entity_screen.v_reconciliation.tranche_id IS 'Tranche';
COMMENT ON COLUMN entity_screen.v_reconciliation.kind_code IS
'rule or snapshot';
COMMENT ON COLUMN entity_screen.v_reconciliation.kind_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_reconciliation.citation IS 'Citation';
COMMENT ON COLUMN entity_screen.v_reconciliation.document_number IS
'Number of the publication, or the date of the snapshot';
COMMENT ON COLUMN entity_screen.v_reconciliation.effective_on IS
'Effective date, or date of the snapshot';
COMMENT ON COLUMN entity_screen.v_reconciliation.status_code IS
'approved, pending or retracted';
COMMENT ON COLUMN entity_screen.v_reconciliation.status_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_reconciliation.source_rows IS
'Snapshot: rows of the file';
COMMENT ON COLUMN entity_screen.v_reconciliation.source_entries IS
'Snapshot: entries they make';
COMMENT ON COLUMN entity_screen.v_reconciliation.source_names IS
'Snapshot: names in it as its source counts them';
COMMENT ON COLUMN entity_screen.v_reconciliation.entry_names IS
'Snapshot: names of the entries; v_load_difference has the lines that explain what lies between';
COMMENT ON COLUMN entity_screen.v_reconciliation.declared_entities IS
'Entities the rule announces to add';
COMMENT ON COLUMN entity_screen.v_reconciliation.declared_entries IS
'Entries under which it announces them';
COMMENT ON COLUMN entity_screen.v_reconciliation.declared_revised IS
'Entries it announces to revise';
COMMENT ON COLUMN entity_screen.v_reconciliation.declared_removed IS
'Entries it announces to remove';
COMMENT ON COLUMN entity_screen.v_reconciliation.added IS
'Operations add that it holds';
COMMENT ON COLUMN entity_screen.v_reconciliation.revised IS
'Operations revise';
COMMENT ON COLUMN entity_screen.v_reconciliation.removed IS
'Operations remove';
COMMENT ON COLUMN entity_screen.v_reconciliation.difference_note IS
'Why the file is known to differ';
COMMENT ON COLUMN entity_screen.v_reconciliation.claimed IS
'Rule: entries of the newest snapshot that claim to come from it';
COMMENT ON COLUMN entity_screen.v_reconciliation.remark IS
'What does not agree, and why when that is known; null: all agrees';
COMMENT ON COLUMN entity_screen.v_reconciliation.open_conflicts IS
'Statements that could not be applied and still wait';

/*
 * The same line by line, for snapshots.
 */
CREATE VIEW entity_screen.v_load_difference
WITH (security_invoker = true) AS
SELECT t.list_code, d.tranche_id, t.snapshot_on, d.line_no, d.entry_name,
	d.source_rows, d.source_names, d.taken_apart, d.repeated, d.remarks,
	d.refused, d.entry_names,
	concat_ws('; ',
		CASE WHEN d.source_rows > 1
			THEN format('%s rows are one entry', d.source_rows) END,
		CASE WHEN d.entry_names = 0
			THEN 'no name that can be screened' END,
		CASE WHEN d.taken_apart > 0
			THEN format('%s names more, taken out of values that hold several',
						d.taken_apart) END,
		CASE WHEN d.repeated > 0
			THEN format('%s names stated twice', d.repeated) END,
		CASE WHEN d.remarks > 0
			THEN format('%s values are remarks', d.remarks) END,
		CASE WHEN d.refused > 0
			THEN format('%s values have no letter or digit', d.refused) END)
		AS explanation
FROM entity_screen.load_difference d
JOIN entity_screen.tranche t ON t.tranche_id = d.tranche_id;
COMMENT ON VIEW entity_screen.v_load_difference IS
'Line by line where an entry of a snapshot is not one row with as many names as its source counts: source_names + taken_apart - repeated - remarks - refused = entry_names';
COMMENT ON COLUMN entity_screen.v_load_difference.list_code IS
'List';
COMMENT ON COLUMN entity_screen.v_load_difference.tranche_id IS
'Tranche';
COMMENT ON COLUMN entity_screen.v_load_difference.snapshot_on IS
'Date of the snapshot';
COMMENT ON COLUMN entity_screen.v_load_difference.line_no IS
'Line of the file; for XML and JSON the number of the record';
COMMENT ON COLUMN entity_screen.v_load_difference.entry_name IS
'Primary name; null when the row has none';
COMMENT ON COLUMN entity_screen.v_load_difference.source_rows IS
'Rows of the file that make the entry';
COMMENT ON COLUMN entity_screen.v_load_difference.source_names IS
'Names as the source counts them';
COMMENT ON COLUMN entity_screen.v_load_difference.taken_apart IS
'More names, because one value held several';
COMMENT ON COLUMN entity_screen.v_load_difference.repeated IS
'Fewer names, because one was stated twice';
COMMENT ON COLUMN entity_screen.v_load_difference.remarks IS
'Fewer names, because a value is a remark';
COMMENT ON COLUMN entity_screen.v_load_difference.refused IS
'Fewer names, because nothing of a value can be screened';
COMMENT ON COLUMN entity_screen.v_load_difference.entry_names IS
'Names of the entry; 0: the row is no entry';
COMMENT ON COLUMN entity_screen.v_load_difference.explanation IS
'The same in words';
