/*
 * 50_entry_current: the lists as they stand
 */

CREATE VIEW entity_screen.v_entry_current
WITH (security_invoker = true) AS
SELECT e.list_code, e.entry_id, v.entry_version_id,
	(SELECT (array_agg(n.name::text ORDER BY n.entry_name_id))[1]
	 FROM entity_screen.entry_name n
	 WHERE n.entry_id = e.entry_id AND n.name_type = 'primary'
		AND upper_inf(n.known) AND n.valid @> d.today) AS entry_name,
	(SELECT string_agg(n.name::text, '; ' ORDER BY n.entry_name_id)
	 FROM entity_screen.entry_name n
	 WHERE n.entry_id = e.entry_id AND n.name_type <> 'primary'
		AND upper_inf(n.known) AND n.valid @> d.today) AS aliases,
	(SELECT string_agg(a.address, '; ' ORDER BY a.entry_address_id)
	 FROM entity_screen.entry_address a
	 WHERE a.entry_id = e.entry_id
		AND upper_inf(a.known) AND a.valid @> d.today) AS addresses,
	v.destination_country,
	v.entry_type AS entry_type_code,
	entity_screen.code_label(v.entry_type) AS entry_type_label,
	v.parent_entry_id,
	v.license_requirement, v.license_review_policy,
	array_to_string(v.footnotes, ' ') AS footnotes, v.scope_note, v.reason,
	array_to_string(v.citations, '; ') AS citations,
	v.listed_from, lower(v.valid) AS valid_from, upper(v.valid) AS valid_until,
	v.valid_from_basis AS valid_from_basis_code,
	entity_screen.code_label(v.valid_from_basis) AS valid_from_basis_label,
	l.legal_effect AS legal_effect_code,
	entity_screen.code_label(l.legal_effect) AS legal_effect_label,
	v.tranche_id, t.citation, lower(v.known) AS known_from
FROM entity_screen.entry e
JOIN entity_screen.screening_list l ON l.list_code = e.list_code
CROSS JOIN LATERAL (
	SELECT (now() AT TIME ZONE l.time_zone)::date AS today) d
JOIN entity_screen.entry_version v
	ON v.entry_id = e.entry_id AND upper_inf(v.known) AND v.valid @> d.today
JOIN entity_screen.tranche t ON t.tranche_id = v.tranche_id;
COMMENT ON VIEW entity_screen.v_entry_current IS
'Every entry in force today, one row each, in plain types';
COMMENT ON COLUMN entity_screen.v_entry_current.list_code IS
'List';
COMMENT ON COLUMN entity_screen.v_entry_current.entry_id IS
'Entry';
COMMENT ON COLUMN entity_screen.v_entry_current.entry_version_id IS
'Version of its text';
COMMENT ON COLUMN entity_screen.v_entry_current.entry_name IS
'Primary name';
COMMENT ON COLUMN entity_screen.v_entry_current.aliases IS
'Other names, separated by semicolons';
COMMENT ON COLUMN entity_screen.v_entry_current.addresses IS
'Addresses, separated by semicolons';
COMMENT ON COLUMN entity_screen.v_entry_current.destination_country IS
'Destination heading, as printed';
COMMENT ON COLUMN entity_screen.v_entry_current.entry_type_code IS
'Kind of entry';
COMMENT ON COLUMN entity_screen.v_entry_current.entry_type_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_entry_current.parent_entry_id IS
'Entry it is subordinate to';
COMMENT ON COLUMN entity_screen.v_entry_current.license_requirement IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.v_entry_current.license_review_policy IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.v_entry_current.footnotes IS
'Footnotes that apply, separated by blanks';
COMMENT ON COLUMN entity_screen.v_entry_current.scope_note IS
'Open-ended scope';
COMMENT ON COLUMN entity_screen.v_entry_current.reason IS
'Why the authority lists it';
COMMENT ON COLUMN entity_screen.v_entry_current.citations IS
'Citations, oldest first, separated by semicolons';
COMMENT ON COLUMN entity_screen.v_entry_current.listed_from IS
'Date from which it has been listed without interruption';
COMMENT ON COLUMN entity_screen.v_entry_current.valid_from IS
'First date of this text';
COMMENT ON COLUMN entity_screen.v_entry_current.valid_until IS
'First date on which it no longer is the law; null when open';
COMMENT ON COLUMN entity_screen.v_entry_current.valid_from_basis_code IS
'Where valid_from comes from';
COMMENT ON COLUMN entity_screen.v_entry_current.valid_from_basis_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_entry_current.legal_effect_code IS
'Class of the consequence';
COMMENT ON COLUMN entity_screen.v_entry_current.legal_effect_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_entry_current.tranche_id IS
'Tranche that last changed the text';
COMMENT ON COLUMN entity_screen.v_entry_current.citation IS
'Citation of that tranche';
COMMENT ON COLUMN entity_screen.v_entry_current.known_from IS
'When this database learned of the text';
