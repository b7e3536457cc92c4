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
		AND o.start_basis = 'source_date'
	ORDER BY o.list_code, o.entry_id, t.snapshot_on DESC
)
SELECT t.list_code, t.tranche_id,
	t.kind AS kind_code,
	entity_screen.code_label(t.kind) AS kind_label,
	t.citation, t.document_number, t.effective_on,
	t.status AS status_code,
	entity_screen.code_label(t.status) AS status_label, t.source_rows, t.source_entries,
	t.declared_entities, t.declared_entries, t.declared_revised,
	t.declared_removed, o.added, o.revised, o.removed, t.difference_note,
	c.claimed,
	CASE
		WHEN t.kind = 'snapshot' AND t.source_rows > t.source_entries
			THEN format('%s rows make %s entries: %s rows join others of the same entry or hold no usable name',
				t.source_rows, t.source_entries,
				t.source_rows - t.source_entries)
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
