/*
 * 71_list_report: what each tranche did to the lists, and how soon
 *
 * Views of 7x are for dashboards: plain types, codes beside labels, one
 * timestamptz for time axes.  They run with the rights of the reader.
 */

CREATE VIEW entity_screen.v_tranche_change
WITH (security_invoker = true) AS
SELECT o.tranche_id, o.line_no, o.list_code, t.citation,
	o.operation AS operation_code,
	entity_screen.code_label(o.operation) AS operation_label,
	o.entry_id, o.entry_name, o.destination_country,
	o.new_destination_country, o.starts_on, o.is_applied,
	(SELECT string_agg(n.name, '; ' ORDER BY n.line_no)
	 FROM entity_screen.tranche_operation_name n
	 WHERE n.tranche_id = o.tranche_id AND n.entry_line_no = o.line_no
		AND n.change = 'add' AND n.name <> o.entry_name) AS names_added,
	(SELECT string_agg(n.name, '; ' ORDER BY n.line_no)
	 FROM entity_screen.tranche_operation_name n
	 WHERE n.tranche_id = o.tranche_id AND n.entry_line_no = o.line_no
		AND n.change = 'drop') AS names_dropped,
	o.license_requirement, o.license_review_policy, o.reason,
	(SELECT string_agg(entity_screen.code_label(c.conflict) || ': '
			|| c.detail, '; ' ORDER BY c.conflict)
	 FROM entity_screen.load_conflict c
	 WHERE c.tranche_id = o.tranche_id AND c.line_no = o.line_no
		AND c.resolved_by_tranche_id IS NULL) AS open_conflict
FROM entity_screen.tranche_operation o
JOIN entity_screen.tranche t ON t.tranche_id = o.tranche_id;
COMMENT ON VIEW entity_screen.v_tranche_change IS
'What each tranche does, one row an operation, as its file states it';
COMMENT ON COLUMN entity_screen.v_tranche_change.tranche_id IS 'Tranche';
COMMENT ON COLUMN entity_screen.v_tranche_change.line_no IS
'Line of the file';
COMMENT ON COLUMN entity_screen.v_tranche_change.list_code IS 'List';
COMMENT ON COLUMN entity_screen.v_tranche_change.citation IS
'Citation of the tranche';
COMMENT ON COLUMN entity_screen.v_tranche_change.operation_code IS
'add, revise, remove, correct or move';
COMMENT ON COLUMN entity_screen.v_tranche_change.operation_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_tranche_change.entry_id IS
'Entry; null while no loaded tranche has added it';
COMMENT ON COLUMN entity_screen.v_tranche_change.entry_name IS
'Name by which the file addresses the entry';
COMMENT ON COLUMN entity_screen.v_tranche_change.destination_country IS
'Destination heading';
COMMENT ON COLUMN entity_screen.v_tranche_change.new_destination_country IS
'For a move: the new heading';
COMMENT ON COLUMN entity_screen.v_tranche_change.starts_on IS
'First date on which it has effect';
COMMENT ON COLUMN entity_screen.v_tranche_change.is_applied IS
'False when it is kept as a record only';
COMMENT ON COLUMN entity_screen.v_tranche_change.names_added IS
'Names it adds besides the one that addresses the entry';
COMMENT ON COLUMN entity_screen.v_tranche_change.names_dropped IS
'Names it drops';
COMMENT ON COLUMN entity_screen.v_tranche_change.license_requirement IS
'Verbatim text; null: it says nothing about it';
COMMENT ON COLUMN entity_screen.v_tranche_change.license_review_policy IS
'Verbatim text; null: it says nothing about it';
COMMENT ON COLUMN entity_screen.v_tranche_change.reason IS
'Why the authority lists the entry';
COMMENT ON COLUMN entity_screen.v_tranche_change.open_conflict IS
'Why it could not be applied as it stands; null: no conflict is open';

CREATE VIEW entity_screen.v_entry_history
WITH (security_invoker = true) AS
SELECT e.list_code, v.entry_id, v.entry_version_id,
	(SELECT n.name::text
	 FROM entity_screen.entry_name n
	 WHERE n.entry_id = v.entry_id AND n.name_type = 'primary'
		AND n.valid && v.valid AND n.known && v.known
	 ORDER BY upper_inf(n.known) DESC, lower(n.valid) DESC, n.entry_name_id
	 LIMIT 1) AS entry_name,
	lower(v.valid) AS valid_from, upper(v.valid) AS valid_until,
	v.valid_from_basis AS valid_from_basis_code,
	entity_screen.code_label(v.valid_from_basis) AS valid_from_basis_label,
	lower(v.known) AS known_from, upper(v.known) AS known_until,
	upper_inf(v.known) AS is_known_now,
	v.operation AS operation_code,
	entity_screen.code_label(v.operation) AS operation_label,
	v.destination_country, v.license_requirement, v.license_review_policy,
	v.reason, array_to_string(v.citations, '; ') AS citations,
	v.tranche_id, t.citation
FROM entity_screen.entry_version v
JOIN entity_screen.entry e ON e.entry_id = v.entry_id
JOIN entity_screen.tranche t ON t.tranche_id = v.tranche_id;
COMMENT ON VIEW entity_screen.v_entry_history IS
'Every text an entry has had: over the dates of the law, and over what this database knew';
COMMENT ON COLUMN entity_screen.v_entry_history.list_code IS 'List';
COMMENT ON COLUMN entity_screen.v_entry_history.entry_id IS 'Entry';
COMMENT ON COLUMN entity_screen.v_entry_history.entry_version_id IS
'Text, as evidence names it';
COMMENT ON COLUMN entity_screen.v_entry_history.entry_name IS
'Primary name at that time';
COMMENT ON COLUMN entity_screen.v_entry_history.valid_from IS
'First date of the text; null: not known, listed as long as anybody knows';
COMMENT ON COLUMN entity_screen.v_entry_history.valid_until IS
'First date on which it no longer is the law; null: open';
COMMENT ON COLUMN entity_screen.v_entry_history.valid_from_basis_code IS
'Where valid_from comes from';
COMMENT ON COLUMN entity_screen.v_entry_history.valid_from_basis_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_entry_history.known_from IS
'When this database learned of it';
COMMENT ON COLUMN entity_screen.v_entry_history.known_until IS
'When this database learned otherwise; null: it has not';
COMMENT ON COLUMN entity_screen.v_entry_history.is_known_now IS
'Whether this is what the database holds now';
COMMENT ON COLUMN entity_screen.v_entry_history.operation_code IS
'Operation that made the text';
COMMENT ON COLUMN entity_screen.v_entry_history.operation_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_entry_history.destination_country IS
'Destination heading';
COMMENT ON COLUMN entity_screen.v_entry_history.license_requirement IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.v_entry_history.license_review_policy IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.v_entry_history.reason IS
'Why the authority lists it';
COMMENT ON COLUMN entity_screen.v_entry_history.citations IS
'Citations, oldest first, separated by semicolons';
COMMENT ON COLUMN entity_screen.v_entry_history.tranche_id IS
'Tranche that made the text';
COMMENT ON COLUMN entity_screen.v_entry_history.citation IS 'Its citation';

/*
 * A publication counts from the beginning of its date in the list's own time
 * zone.
 */
CREATE VIEW entity_screen.v_list_timeliness
WITH (security_invoker = true) AS
SELECT t.list_code, t.tranche_id, t.citation, t.title, p.published_at,
	t.loaded_at, t.approved_at, r.rescreened_at,
	round(extract(epoch FROM t.loaded_at - p.published_at) / 3600, 1)
		AS hours_to_load,
	round(extract(epoch FROM t.approved_at - t.loaded_at) / 3600, 1)
		AS hours_to_approval,
	round(extract(epoch FROM r.rescreened_at - t.approved_at) / 3600, 1)
		AS hours_to_rescreening
FROM entity_screen.tranche t
JOIN entity_screen.screening_list l ON l.list_code = t.list_code
CROSS JOIN LATERAL (
	SELECT t.published_on::timestamp AT TIME ZONE l.time_zone
		AS published_at) p
CROSS JOIN LATERAL (
	SELECT max(s.finished_at) AS rescreened_at
	FROM entity_screen.screening_run s
	WHERE s.run_kind = 'delta' AND s.run_status = 'finished'
		AND s.tranche_id = t.tranche_id) r;
COMMENT ON VIEW entity_screen.v_list_timeliness IS
'How soon each tranche was loaded, approved, and the watched tables rescreened with it';
COMMENT ON COLUMN entity_screen.v_list_timeliness.list_code IS 'List';
COMMENT ON COLUMN entity_screen.v_list_timeliness.tranche_id IS 'Tranche';
COMMENT ON COLUMN entity_screen.v_list_timeliness.citation IS
'Its citation';
COMMENT ON COLUMN entity_screen.v_list_timeliness.title IS 'Its title';
COMMENT ON COLUMN entity_screen.v_list_timeliness.published_at IS
'Begin of the date of publication in the time zone of the list';
COMMENT ON COLUMN entity_screen.v_list_timeliness.loaded_at IS
'When it was loaded';
COMMENT ON COLUMN entity_screen.v_list_timeliness.approved_at IS
'When it was approved; null: it waits';
COMMENT ON COLUMN entity_screen.v_list_timeliness.rescreened_at IS
'When the last rescreening with it ended; null: none did';
COMMENT ON COLUMN entity_screen.v_list_timeliness.hours_to_load IS
'Hours from publication to load';
COMMENT ON COLUMN entity_screen.v_list_timeliness.hours_to_approval IS
'Hours from load to approval';
COMMENT ON COLUMN entity_screen.v_list_timeliness.hours_to_rescreening IS
'Hours from approval to the end of the rescreening';
