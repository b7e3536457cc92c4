/*
 * 48_snapshot_step: how staged records differ from what snapshots said
 */

/*
 * A field of a revise: null when it says the same as before, empty when it
 * says nothing any more.
 */
CREATE FUNCTION entity_screen.changed_field(before text, after text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN after IS DISTINCT FROM before
		THEN coalesce(after, '') END;
END;
COMMENT ON FUNCTION entity_screen.changed_field(text, text) IS
'Internal: what a revise says of a field: null unchanged, empty cleared';

CREATE FUNCTION entity_screen.changed_license(before text, after text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN entity_screen.license_key(after)
			IS DISTINCT FROM entity_screen.license_key(before)
		THEN coalesce(after, '') END;
END;
COMMENT ON FUNCTION entity_screen.changed_license(text, text) IS
'Internal: the same for a license text, which is compared by its letters and digits only';

/* Whether files of a format say anything about a field */
CREATE FUNCTION entity_screen.format_states(format text, field text,
											list_code text)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce((
		SELECT f.columns = '{}' OR f.columns ? format_states.field
			OR f.columns ? (format_states.field || '@'
							|| format_states.list_code)
		FROM entity_screen.list_format f
		WHERE f.format = format_states.format), true);
END;
COMMENT ON FUNCTION entity_screen.format_states(text, text, text) IS
'Internal: whether files of a format say anything about a field; what they do not speak of stays as it is';

/*
 * Entries that snapshots did not have up to a date.
 *
 * One that is undated is listed since we do not know when; but where an
 * earlier snapshot did not have it, since the day after that one.
 */
CREATE FUNCTION entity_screen.write_added(load_no bigint, list_code text,
	tranche_id bigint, upto date)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	base_on date;
BEGIN
	SELECT max(t.snapshot_on) INTO base_on
	FROM entity_screen.tranche t
	WHERE t.list_code = write_added.list_code AND t.kind = 'snapshot'
		AND t.status = 'approved' AND t.snapshot_on <= upto;

	WITH state AS MATERIALIZED (
		SELECT s.* FROM entity_screen.snapshot_operation(
			write_added.list_code, upto) s
	)
	INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
		list_code, operation, entry_id, on_conflict, starts_on, entry_name,
		destination_country, entry_type, parent, license_requirement,
		license_review_policy, reason, scope_note, footnotes, note,
		source_id, start_basis, source_start_on, source_citation, citations,
		detail, content_hash)
	SELECT write_added.tranche_id, s.line_no, s.list_code, 'add', s.entry_id,
		'record',
		CASE WHEN s.start_on = '-infinity' AND base_on IS NOT NULL
			THEN base_on + 1 ELSE s.start_on END,
		s.name, coalesce(s.destination, s.destination_code), s.entry_type,
		s.parent, s.license_requirement, s.license_review_policy, s.reason,
		s.scope_note, s.footnotes, s.note, s.source_id, s.start_basis,
		nullif(s.start_on, '-infinity'), s.source_citation, s.citations,
		s.detail, s.content_hash
	FROM entity_screen.stage_record s
	LEFT JOIN state ON state.entry_id = s.entry_id
	WHERE s.load_no = write_added.load_no
		AND s.list_code = write_added.list_code
		AND s.names <> '{}'
		AND coalesce(state.operation, 'remove') = 'remove';
END;
$$;
COMMENT ON FUNCTION entity_screen.write_added(bigint, text, bigint, date) IS
'Internal: stores the entries that are new, or back, as operations of a tranche';

/*
 * Entries that snapshots had, where the record says something else.
 */
CREATE FUNCTION entity_screen.write_revised(load_no bigint, list_code text,
	tranche_id bigint, snapshot_on date, upto date)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	requirement boolean;
	policy boolean;
	reasons boolean;
	kinds boolean;
	last_name bigint := (
		SELECT coalesce(max(w.line_no), 0)
		FROM entity_screen.tranche_operation_name w
		WHERE w.tranche_id = write_revised.tranche_id);
	last_address bigint := (
		SELECT coalesce(max(w.line_no), 0)
		FROM entity_screen.tranche_operation_address w
		WHERE w.tranche_id = write_revised.tranche_id);
BEGIN
	SELECT entity_screen.format_states(t.source_format,
			'license_requirement', t.list_code),
		entity_screen.format_states(t.source_format,
			'license_review_policy', t.list_code),
		entity_screen.format_states(t.source_format, 'reason', t.list_code),
		entity_screen.format_states(t.source_format, 'entry_type',
			t.list_code)
	INTO requirement, policy, reasons, kinds
	FROM entity_screen.tranche t
	WHERE t.tranche_id = write_revised.tranche_id;

	WITH revised AS MATERIALIZED (
		SELECT s.*
		FROM entity_screen.stage_record s
		JOIN entity_screen.snapshot_operation(write_revised.list_code, upto)
			state ON state.entry_id = s.entry_id
		WHERE s.load_no = write_revised.load_no
			AND s.list_code = write_revised.list_code
			AND s.names <> '{}'
			AND state.operation <> 'remove'
			AND state.content_hash IS DISTINCT FROM s.content_hash
	), before AS MATERIALIZED (
		SELECT b.* FROM entity_screen.snapshot_record(0,
			write_revised.list_code,
			ARRAY(SELECT r.entry_id FROM revised r), upto) b
	), operation AS (
		INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
			list_code, operation, entry_id, on_conflict, starts_on,
			entry_name, destination_country, entry_type, parent,
			license_requirement, license_review_policy, reason, scope_note,
			footnotes, note, source_id, start_basis, source_start_on,
			source_citation, citations, detail, content_hash)
		SELECT write_revised.tranche_id, s.line_no, s.list_code, 'revise',
			s.entry_id, 'record', write_revised.snapshot_on, s.name,
			entity_screen.changed_field(b.destination,
				coalesce(s.destination, s.destination_code)),
			CASE WHEN kinds OR s.entry_type IS NOT NULL THEN
				entity_screen.changed_field(b.entry_type, s.entry_type) END,
			entity_screen.changed_field(b.parent, s.parent),
			CASE WHEN requirement THEN entity_screen.changed_license(
				b.license_requirement, s.license_requirement) END,
			CASE WHEN policy THEN entity_screen.changed_license(
				b.license_review_policy, s.license_review_policy) END,
			CASE WHEN reasons THEN
				entity_screen.changed_field(b.reason, s.reason) END,
			entity_screen.changed_field(b.scope_note, s.scope_note),
			entity_screen.changed_field(b.footnotes, s.footnotes),
			entity_screen.changed_field(b.note, s.note),
			s.source_id, s.start_basis, nullif(s.start_on, '-infinity'),
			s.source_citation, s.citations, s.detail, s.content_hash
		FROM revised s
		JOIN before b ON b.entry_id = s.entry_id
	), name_step AS (
		SELECT s.line_no, 'add' AS change, n.name, n.name_type,
			n.alias_quality, n.ordinality
		FROM revised s
		JOIN before b ON b.entry_id = s.entry_id
		CROSS JOIN unnest(s.names) WITH ORDINALITY AS n
			(name, name_type, alias_quality, ordinality)
		WHERE NOT EXISTS (
			SELECT FROM unnest(b.names) AS o (name, name_type, alias_quality)
			WHERE o.name = n.name AND o.name_type = n.name_type
				AND o.alias_quality = n.alias_quality)
		UNION ALL
		SELECT s.line_no, 'drop', o.name, o.name_type, o.alias_quality, 0
		FROM revised s
		JOIN before b ON b.entry_id = s.entry_id
		CROSS JOIN unnest(b.names) AS o (name, name_type, alias_quality)
		WHERE entity_screen.name_key(o.name) NOT IN (
			SELECT entity_screen.name_key(n.name)
			FROM unnest(s.names) AS n (name, name_type, alias_quality))
	), name AS (
		INSERT INTO entity_screen.tranche_operation_name (tranche_id,
			line_no, entry_line_no, change, name, name_type, alias_quality)
		SELECT write_revised.tranche_id, last_name
			+ row_number() OVER (ORDER BY n.line_no, n.ordinality, n.name),
			n.line_no, n.change, n.name, n.name_type, n.alias_quality
		FROM name_step n
	), address_step AS (
		SELECT s.line_no, 'add' AS change, n.address, n.country, n.ordinality
		FROM revised s
		JOIN before b ON b.entry_id = s.entry_id
		CROSS JOIN unnest(s.addresses) WITH ORDINALITY AS n
			(address, country, ordinality)
		WHERE NOT EXISTS (
			SELECT FROM unnest(b.addresses) AS o (address, country)
			WHERE o.address = n.address
				AND o.country IS NOT DISTINCT FROM n.country)
		UNION ALL
		SELECT s.line_no, 'drop', o.address, o.country, 0
		FROM revised s
		JOIN before b ON b.entry_id = s.entry_id
		CROSS JOIN unnest(b.addresses) AS o (address, country)
		WHERE entity_screen.name_key(o.address) NOT IN (
			SELECT entity_screen.name_key(n.address)
			FROM unnest(s.addresses) AS n (address, country))
	)
	INSERT INTO entity_screen.tranche_operation_address (tranche_id,
		line_no, entry_line_no, change, address, country)
	SELECT write_revised.tranche_id, last_address
		+ row_number() OVER (ORDER BY a.line_no, a.ordinality, a.address),
		a.line_no, a.change, a.address, a.country
	FROM address_step a;
END;
$$;
COMMENT ON FUNCTION entity_screen.write_revised(bigint, text, bigint, date, date) IS
'Internal: stores what has changed in entries that snapshots had as operations of a tranche, with their names and addresses';

/*
 * Names and addresses of the entries that are added, numbered after those of
 * the ones that are revised.
 */
CREATE FUNCTION entity_screen.write_added_names(load_no bigint, list_code text,
	tranche_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	last_name bigint := (
		SELECT coalesce(max(w.line_no), 0)
		FROM entity_screen.tranche_operation_name w
		WHERE w.tranche_id = write_added_names.tranche_id);
	last_address bigint := (
		SELECT coalesce(max(w.line_no), 0)
		FROM entity_screen.tranche_operation_address w
		WHERE w.tranche_id = write_added_names.tranche_id);
BEGIN
	INSERT INTO entity_screen.tranche_operation_name (tranche_id, line_no,
		entry_line_no, change, name, name_type, alias_quality)
	SELECT o.tranche_id, last_name
		+ row_number() OVER (ORDER BY o.line_no, n.ordinality),
		o.line_no, 'add', n.name, n.name_type, n.alias_quality
	FROM entity_screen.tranche_operation o
	JOIN entity_screen.stage_record s ON s.load_no = write_added_names.load_no
		AND s.list_code = write_added_names.list_code
		AND s.entry_id = o.entry_id
	CROSS JOIN unnest(s.names) WITH ORDINALITY AS n
		(name, name_type, alias_quality, ordinality)
	WHERE o.tranche_id = write_added_names.tranche_id AND o.operation = 'add';
	INSERT INTO entity_screen.tranche_operation_address (tranche_id,
		line_no, entry_line_no, change, address, country)
	SELECT o.tranche_id, last_address
		+ row_number() OVER (ORDER BY o.line_no, n.ordinality),
		o.line_no, 'add', n.address, n.country
	FROM entity_screen.tranche_operation o
	JOIN entity_screen.stage_record s ON s.load_no = write_added_names.load_no
		AND s.list_code = write_added_names.list_code
		AND s.entry_id = o.entry_id
	CROSS JOIN unnest(s.addresses) WITH ORDINALITY AS n
		(address, country, ordinality)
	WHERE o.tranche_id = write_added_names.tranche_id AND o.operation = 'add';
END;
$$;
COMMENT ON FUNCTION entity_screen.write_added_names(bigint, text, bigint) IS
'Internal: stores the names and addresses of the entries that write_added() has stored';

/*
 * Entries that the records do not hold, of only_entries if that is given.
 *
 * What only a rule has added is removed as well, with start_basis rule:
 * settle_absences() keeps these up to date.
 */
CREATE FUNCTION entity_screen.write_removed(load_no bigint, list_code text,
	tranche_id bigint, snapshot_on date, upto date, only_entries bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	lines bigint;
BEGIN
	SELECT coalesce(max(o.line_no), 0) INTO lines
	FROM entity_screen.tranche_operation o
	WHERE o.tranche_id = write_removed.tranche_id;
	SELECT greatest(lines, max(s.line_no)) INTO lines
	FROM entity_screen.stage_record s
	WHERE s.load_no = write_removed.load_no
		AND s.list_code = write_removed.list_code;

	INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
		list_code, operation, entry_id, on_conflict, starts_on, start_basis,
		entry_name)
	SELECT write_removed.tranche_id,
		lines + row_number() OVER (ORDER BY a.entry_id),
		write_removed.list_code, 'remove', a.entry_id, 'record',
		write_removed.snapshot_on,
		CASE WHEN bool_and(a.by_rule) THEN 'rule' ELSE 'source_date' END,
		coalesce((
			SELECT n.name::text FROM entity_screen.entry_name n
			WHERE n.entry_id = a.entry_id AND upper_inf(n.known)
			ORDER BY n.name_type <> 'primary', upper(n.valid) DESC NULLS FIRST
			LIMIT 1), '?')
	FROM (
		SELECT state.entry_id, false AS by_rule
		FROM entity_screen.snapshot_operation(write_removed.list_code, upto)
			state
		WHERE state.operation <> 'remove'
			AND (only_entries IS NULL OR state.entry_id = ANY (only_entries))
		UNION
		SELECT v.entry_id, true
		FROM entity_screen.entry_version v
		JOIN entity_screen.entry e ON e.entry_id = v.entry_id
			AND e.list_code = write_removed.list_code
		WHERE only_entries IS NULL AND upper_inf(v.known)
			AND v.valid @> write_removed.snapshot_on
			AND v.valid_from_basis = 'rule') a
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.stage_record s
		WHERE s.load_no = write_removed.load_no AND s.entry_id = a.entry_id)
	GROUP BY a.entry_id;
END;
$$;
COMMENT ON FUNCTION entity_screen.write_removed(bigint, text, bigint, date, date, bigint[]) IS
'Internal: stores the entries that the records do not hold any more as operations of a tranche';

/*
 * Steps of the staged records against what snapshots said up to a date.
 * only_entries: those alone (the others are as they are); null: all of them,
 * and what the records do not hold is absent.
 *
 * The settings hold for what it calls.
 */
CREATE FUNCTION entity_screen.write_steps(load_no bigint, list_code text,
	tranche_id bigint, snapshot_on date, upto date, only_entries bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_mergejoin = off
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
	PERFORM entity_screen.write_added(load_no, list_code, tranche_id, upto);
	PERFORM entity_screen.write_revised(load_no, list_code, tranche_id,
										snapshot_on, upto);
	PERFORM entity_screen.write_added_names(load_no, list_code, tranche_id);
	PERFORM entity_screen.write_removed(load_no, list_code, tranche_id,
		snapshot_on, upto, only_entries);
END;
$$;
COMMENT ON FUNCTION entity_screen.write_steps(bigint, text, bigint, date, date, bigint[]) IS
'Internal: stores as operations of a tranche how the staged records differ from what snapshots said up to a date';
