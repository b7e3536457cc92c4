/*
 * 48_snapshot: a whole list becomes the tranche of its differences
 *
 * What snapshots say of an entry is a step function of their dates: from one
 * snapshot to the next it is the same, or another, or absent.  A snapshot
 * stores the steps only.  Laid between two others, it takes over some steps
 * of the next one, so the order of loading does not matter.
 */

CREATE UNLOGGED TABLE entity_screen.stage_held (
	load_no bigint NOT NULL,
	entry_id bigint NOT NULL,
	source_id text,
	name text,
	name_form text,
	destination_code text,
	citations text[],
	is_present boolean NOT NULL,
	is_taken boolean NOT NULL DEFAULT false
);
CREATE INDEX stage_held_load_idx
	ON entity_screen.stage_held (load_no, name_form);
COMMENT ON TABLE entity_screen.stage_held IS
'Entries of a list while a file of it is being loaded; empty otherwise';
COMMENT ON COLUMN entity_screen.stage_held.load_no IS 'The load';
COMMENT ON COLUMN entity_screen.stage_held.entry_id IS 'The entry';
COMMENT ON COLUMN entity_screen.stage_held.source_id IS
'Number in its source';
COMMENT ON COLUMN entity_screen.stage_held.name IS 'Primary name';
COMMENT ON COLUMN entity_screen.stage_held.name_form IS 'Its normal form';
COMMENT ON COLUMN entity_screen.stage_held.destination_code IS
'Country code of its destination';
COMMENT ON COLUMN entity_screen.stage_held.citations IS 'Its citations';
COMMENT ON COLUMN entity_screen.stage_held.is_present IS
'Whether it is listed on the date of the snapshot';
COMMENT ON COLUMN entity_screen.stage_held.is_taken IS
'Whether a row of the file was found to be it';
SELECT pg_catalog.pg_extension_config_dump('entity_screen.stage_held', '');

/* ---------------------------------------------------------------------
 * reading
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.read_records(content bytea,
	attachments bytea[], format entity_screen.list_format)
RETURNS TABLE (line_no bigint, record jsonb)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	CASE (format).reader
	WHEN 'csv' THEN
		RETURN QUERY SELECT * FROM entity_screen.csv_record(content, format);
	WHEN 'json' THEN
		RETURN QUERY SELECT * FROM entity_screen.json_record(content, format);
	WHEN 'ofac_csv' THEN
		RETURN QUERY SELECT * FROM entity_screen.ofac_csv_record(content,
			attachments, format);
	WHEN 'ofac_xml' THEN
		RETURN QUERY SELECT * FROM entity_screen.ofac_xml_record(content,
																 format);
	WHEN 'un_xml' THEN
		RETURN QUERY SELECT * FROM entity_screen.un_xml_record(content,
															   format);
	WHEN 'ecfr_xml' THEN
		RETURN QUERY SELECT * FROM entity_screen.ecfr_xml_record(content,
																 format);
	END CASE;
END;
$$;
COMMENT ON FUNCTION entity_screen.read_records(bytea, bytea[], entity_screen.list_format) IS
'Internal: the rows of a file of any format as json';

/*
 * Which format a file has: by its first byte, then by its root element, its
 * keys, or the names in its header line.  Of several the one that asks most.
 */
CREATE FUNCTION entity_screen.detect_format(content bytea)
RETURNS text
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	head text := ltrim(encode(substring(content FROM 1 FOR 4000), 'escape'),
		E'\\357\\273\\277 \t\r\n');
	document jsonb;
	result text;
	f entity_screen.list_format;
	found text[];
BEGIN
	IF left(head, 1) = '<' THEN
		SELECT l.format INTO result
		FROM entity_screen.list_format l
		WHERE l.reader LIKE '%xml' AND EXISTS (
			SELECT FROM unnest(l.signature) AS u (root)
			WHERE head ~ ('<(\w+:)?' || u.root || '[\s>]'))
		LIMIT 1;
		RETURN result;
	ELSIF left(head, 1) IN ('{', '[') THEN
		document := entity_screen.file_json(content);
		SELECT l.format INTO result
		FROM entity_screen.list_format l
		WHERE l.reader = 'json' AND l.signature <> '{}'
			AND document #> l.records_path -> 0 ?& l.signature
		ORDER BY cardinality(l.signature) DESC, l.is_shipped, l.format
		LIMIT 1;
		RETURN result;
	END IF;
	FOR f IN
		SELECT l.* FROM entity_screen.list_format l
		WHERE l.reader = 'csv' AND l.signature <> '{}'
			AND l.header_line > 0
		ORDER BY cardinality(l.signature) DESC, l.is_shipped, l.format
	LOOP
		BEGIN
			SELECT s.fields INTO found
			FROM entity_screen.split_csv(content, f.delimiter, f.encoding,
										 f.header_line) s
			OFFSET f.header_line - 1;
			IF ARRAY(SELECT btrim(u) FROM unnest(found) u) @> f.signature THEN
				RETURN CASE WHEN NOT found @> '{record,operation}'
					THEN f.format END;
			END IF;
		EXCEPTION WHEN character_not_in_repertoire OR bad_copy_file_format THEN
			NULL;	/* another format may read it; the loader says why not */
		END;
	END LOOP;
	IF head ~ '^\d+,"?[^\n]*,' AND head ~ '-0-' THEN
		RETURN 'ofac_sdn_csv';
	END IF;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION entity_screen.detect_format(bytea) IS
'Internal: name of the format in list_format by which a file can be read; null when none fits';

CREATE FUNCTION entity_screen.choose_format(content bytea, format text)
RETURNS entity_screen.list_format
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	name text := nullif(choose_format.format, 'auto');
	result entity_screen.list_format;
BEGIN
	IF content IS NULL OR length(content) = 0 THEN
		PERFORM entity_screen.refuse_file('null_value_not_allowed',
			'there is no file to load',
			'The argument content is null or empty.',
			'Pass the bytes of the file, for example lo_get(oid) after \lo_import in psql.');
	END IF;
	IF substring(content FROM 1 FOR 6) IN ('\xfd377a585a00'::bytea)
		OR substring(content FROM 1 FOR 2) IN ('\x1f8b'::bytea, '\x504b'::bytea)
	THEN
		PERFORM entity_screen.refuse_file('bad_copy_file_format',
			'the file is compressed', 'It begins like an xz, gzip or zip file.',
			'Decompress it first.');
	END IF;
	name := coalesce(name, entity_screen.detect_format(content));
	SELECT l.* INTO result
	FROM entity_screen.list_format l WHERE l.format = name;
	IF NOT FOUND THEN
		PERFORM entity_screen.refuse_file('invalid_parameter_value',
			CASE WHEN name IS NULL THEN 'the format of the file is not known'
				ELSE format('format %L is not known', name) END,
			format('It begins: %s', left(encode(
				substring(content FROM 1 FOR 80), 'escape'), 120)),
			'Name one of entity_screen.list_format, or add a row there. An operation file is loaded with load_tranche().');
	END IF;
	RETURN result;
END;
$$;
COMMENT ON FUNCTION entity_screen.choose_format(bytea, text) IS
'Internal: the format to read a file by, named or recognized; 22023 when there is none';

CREATE FUNCTION entity_screen.stage_file(content bytea, attachments bytea[],
	format entity_screen.list_format, list_code text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	load bigint := nextval('entity_screen.stage_load_no');
	staged bigint;
BEGIN
	INSERT INTO entity_screen.stage_record
	SELECT s.*
	FROM (SELECT p.*, row_number() OVER () AS row_no
		  FROM entity_screen.read_records(content, attachments, format) p) r
	CROSS JOIN LATERAL entity_screen.stage_row(load, r.row_no, r.line_no,
		r.record, format, list_code) s;
	GET DIAGNOSTICS staged = ROW_COUNT;
	IF staged = 0 THEN
		PERFORM entity_screen.refuse_file('bad_copy_file_format',
			'the file holds no row',
			format('It was read as format %s.', (format).format),
			'A list is never empty: fetch the file again.');
	END IF;
	PERFORM entity_screen.merge_staged(load, (format).group_rows);
	PERFORM entity_screen.finish_staged(load);
	RETURN load;
END;
$$;
COMMENT ON FUNCTION entity_screen.stage_file(bytea, bytea[], entity_screen.list_format, text) IS
'Internal: reads a file into stage_record; returns the number of the load';

/* ---------------------------------------------------------------------
 * what snapshots said so far
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.snapshot_operation(list_code text, upto date)
RETURNS TABLE (
	entry_id bigint,
	tranche_id bigint,
	line_no bigint,
	snapshot_on date,
	operation text,
	content_hash bytea,
	source_id text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT DISTINCT ON (o.entry_id) o.entry_id, o.tranche_id, o.line_no,
		t.snapshot_on, o.operation, o.content_hash, o.source_id
	FROM entity_screen.tranche t
	JOIN entity_screen.tranche_operation o ON o.tranche_id = t.tranche_id
	WHERE t.list_code = snapshot_operation.list_code
		AND t.kind = 'snapshot' AND t.status = 'approved'
		AND t.snapshot_on <= upto
		AND o.entry_id IS NOT NULL
	ORDER BY o.entry_id, t.snapshot_on DESC;
END;
COMMENT ON FUNCTION entity_screen.snapshot_operation(text, date) IS
'Internal: the last step of each entry in the approved snapshots up to a date; operation remove: absent since then';

/*
 * What the snapshots up to a date say of some entries, as staged records.
 * An add states all, a revise what has changed: of each field the last
 * statement since the last add.
 */
CREATE FUNCTION entity_screen.snapshot_record(load_no bigint,
	list_code text, entry_ids bigint[], upto date)
RETURNS SETOF entity_screen.stage_record
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH op AS MATERIALIZED (
		SELECT o.*, t.snapshot_on,
			max(t.snapshot_on) FILTER (WHERE o.operation = 'add')
				OVER (PARTITION BY o.entry_id) AS added_on
		FROM entity_screen.tranche_operation o
		JOIN entity_screen.tranche t ON t.tranche_id = o.tranche_id
		WHERE o.entry_id = ANY (entry_ids)
			AND t.kind = 'snapshot' AND t.status = 'approved'
			AND t.snapshot_on <= upto
	), since AS MATERIALIZED (
		SELECT op.* FROM op WHERE op.snapshot_on >= op.added_on
	), name AS (
		SELECT n.entry_id, array_agg(ROW(n.name, n.name_type,
				n.alias_quality)::entity_screen.stated_name
				ORDER BY n.name_type <> 'primary', n.snapshot_on, n.line_no)
				AS names
		FROM (SELECT DISTINCT ON (s.entry_id, entity_screen.name_key(w.name))
				s.entry_id, s.snapshot_on, w.*
			  FROM since s
			  JOIN entity_screen.tranche_operation_name w
				ON w.tranche_id = s.tranche_id AND w.entry_line_no = s.line_no
			  ORDER BY s.entry_id, entity_screen.name_key(w.name),
				s.snapshot_on DESC, w.line_no DESC) n
		WHERE n.change = 'add'
		GROUP BY n.entry_id
	), address AS (
		SELECT n.entry_id, array_agg(ROW(n.address,
				n.country)::entity_screen.stated_address
				ORDER BY n.snapshot_on, n.line_no) AS addresses
		FROM (SELECT DISTINCT ON (s.entry_id,
								  entity_screen.name_key(w.address))
				s.entry_id, s.snapshot_on, w.*
			  FROM since s
			  JOIN entity_screen.tranche_operation_address w
				ON w.tranche_id = s.tranche_id AND w.entry_line_no = s.line_no
			  ORDER BY s.entry_id, entity_screen.name_key(w.address),
				s.snapshot_on DESC, w.line_no DESC) n
		WHERE n.change = 'add'
		GROUP BY n.entry_id
	), last AS (
		SELECT s.entry_id, max(s.line_no) AS line_no,
			(array_agg(s.operation ORDER BY s.snapshot_on DESC))[1]
				AS operation,
			(array_agg(s.source_id ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.source_id IS NOT NULL))[1] AS source_id,
			nullif((array_agg(s.entry_type ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.entry_type IS NOT NULL))[1], '')
				AS entry_type,
			nullif((array_agg(s.destination_country
				ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.destination_country IS NOT NULL))[1], '')
				AS destination,
			(array_agg(s.source_start_on ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1]
				AS source_start_on,
			(array_agg(s.start_basis ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1] AS start_basis,
			(array_agg(s.source_citation ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1]
				AS source_citation,
			nullif((array_agg(s.license_requirement
				ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.license_requirement IS NOT NULL))[1], '')
				AS license_requirement,
			nullif((array_agg(s.license_review_policy
				ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.license_review_policy IS NOT NULL))[1], '')
				AS license_review_policy,
			nullif((array_agg(s.reason ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.reason IS NOT NULL))[1], '') AS reason,
			nullif((array_agg(s.scope_note ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.scope_note IS NOT NULL))[1], '')
				AS scope_note,
			nullif((array_agg(s.footnotes ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.footnotes IS NOT NULL))[1], '')
				AS footnotes,
			nullif((array_agg(s.parent ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.parent IS NOT NULL))[1], '') AS parent,
			nullif((array_agg(s.note ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.note IS NOT NULL))[1], '') AS note,
			(array_agg(s.detail ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1] AS detail,
			(array_agg(s.content_hash ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1] AS content_hash
		FROM since s
		GROUP BY s.entry_id
	)
	SELECT snapshot_record.load_no, l.entry_id, l.line_no, 1,
		snapshot_record.list_code, l.source_id, l.entry_type,
		n.names[1].name, NULL::text, l.destination, NULL::text,
		coalesce(n.names, '{}'), coalesce(a.addresses, '{}'),
		coalesce(l.source_start_on, '-infinity'::date), l.start_basis,
		NULL::text, l.source_start_on, l.source_citation,
		coalesce(entity_screen.read_citations(l.source_citation), '{}'),
		l.license_requirement, l.license_review_policy, l.reason,
		l.scope_note, l.footnotes, l.parent, l.note, l.detail,
		'{}'::text[], l.content_hash, l.entry_id
	FROM last l
	LEFT JOIN name n ON n.entry_id = l.entry_id
	LEFT JOIN address a ON a.entry_id = l.entry_id
	WHERE l.operation <> 'remove';
END;
COMMENT ON FUNCTION entity_screen.snapshot_record(bigint, text, bigint[], date) IS
'Internal: what the approved snapshots up to a date say of the entries they list then';

/* ---------------------------------------------------------------------
 * re-identification
 * ------------------------------------------------------------------ */

/*
 * The first country by array_agg(): for ORDER BY with LIMIT the planner, which
 * has no statistics after a first load, would walk the primary key of all
 * addresses for each entry.
 */
CREATE FUNCTION entity_screen.hold_entries(load_no bigint, list_code text,
										   snapshot_on date)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO entity_screen.stage_held (load_no, entry_id, source_id, name,
		name_form, destination_code, citations, is_present)
	SELECT hold_entries.load_no, e.entry_id, s.source_id, n.name,
		n.name_form, coalesce(entity_screen.country_code(
			v.destination_country), (
				SELECT (array_agg(a.country ORDER BY a.entry_address_id))[1]
				FROM entity_screen.entry_address a
				WHERE a.entry_id = e.entry_id AND a.country IS NOT NULL)),
		v.citations,
		coalesce(s.operation <> 'remove', false)
			OR coalesce(v.valid @> hold_entries.snapshot_on, false)
	FROM entity_screen.entry e
	JOIN LATERAL (
		SELECT p.name::text AS name,
			@extschema@.entity_normal_form(p.name) AS name_form
		FROM entity_screen.entry_name p
		WHERE p.entry_id = e.entry_id AND p.name_type = 'primary'
			AND upper_inf(p.known)
		ORDER BY p.valid @> hold_entries.snapshot_on DESC,
			upper(p.valid) DESC NULLS FIRST
		LIMIT 1) n ON true
	LEFT JOIN LATERAL (
		SELECT w.* FROM entity_screen.entry_version w
		WHERE w.entry_id = e.entry_id AND upper_inf(w.known)
		ORDER BY w.valid @> hold_entries.snapshot_on DESC,
			upper(w.valid) DESC NULLS FIRST
		LIMIT 1) v ON true
	LEFT JOIN entity_screen.snapshot_operation(hold_entries.list_code,
		'infinity') s ON s.entry_id = e.entry_id
	WHERE e.list_code = hold_entries.list_code;
END;
$$;
COMMENT ON FUNCTION entity_screen.hold_entries(bigint, text, date) IS
'Internal: lays out the entries of a list for comparison with a file';

/*
 * Rows and entries of one normal form are paired, best pair first: same
 * destination, same spelling, a citation in common, listed now.  A source
 * number that both have and that differs keeps them apart.
 */
CREATE FUNCTION entity_screen.pair_by_name(load_no bigint, list_code text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
	paired bigint;
BEGIN
	LOOP
		WITH pair AS (
			SELECT s.row_no, h.entry_id,
				4 * coalesce(s.destination_code = h.destination_code,
							 false)::integer
				+ 2 * (entity_screen.name_key(s.name)
					   = entity_screen.name_key(h.name))::integer
				+ 2 * coalesce(s.citations && h.citations, false)::integer
				+ h.is_present::integer AS agreement
			FROM entity_screen.stage_record s
			JOIN entity_screen.stage_held h ON h.load_no = s.load_no
				AND h.name_form = s.name_form
			WHERE s.load_no = pair_by_name.load_no
				AND s.list_code = pair_by_name.list_code
				AND s.entry_id IS NULL AND NOT h.is_taken
				AND s.name_form <> ''
				AND (s.source_id = h.source_id) IS DISTINCT FROM false
		), ranked AS (
			SELECT p.*,
				row_number() OVER (PARTITION BY p.row_no
					ORDER BY p.agreement DESC, p.entry_id) AS of_row,
				row_number() OVER (PARTITION BY p.entry_id
					ORDER BY p.agreement DESC, p.row_no) AS of_entry
			FROM pair p
		), taken AS (
			UPDATE entity_screen.stage_record s
			SET entry_id = r.entry_id
			FROM ranked r
			WHERE s.load_no = pair_by_name.load_no AND s.row_no = r.row_no
				AND s.list_code = pair_by_name.list_code
				AND r.of_row = 1 AND r.of_entry = 1
			RETURNING r.entry_id
		)
		UPDATE entity_screen.stage_held h SET is_taken = true
		FROM taken t
		WHERE h.load_no = pair_by_name.load_no AND h.entry_id = t.entry_id;
		GET DIAGNOSTICS paired = ROW_COUNT;
		EXIT WHEN paired = 0;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.pair_by_name(bigint, text) IS
'Internal: finds the entries of rows by normalized name and destination';

/*
 * What is left over on both sides, shares a citation and a destination, and
 * has nearly the same name, is the same entry with a letter lost or mended.
 */
CREATE FUNCTION entity_screen.pair_by_likeness(load_no bigint,
											   list_code text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
	PERFORM FROM entity_screen.stage_record s
	WHERE s.load_no = pair_by_likeness.load_no
		AND s.list_code = pair_by_likeness.list_code
		AND s.entry_id IS NULL AND s.citations <> '{}'
	LIMIT 1;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	WITH pair AS (
		SELECT DISTINCT s.row_no, h.entry_id, @extschema@.entity_similarity(
			@extschema@.entity_name(s.name),
			@extschema@.entity_name(h.name)) AS likeness
		FROM entity_screen.stage_record s
		CROSS JOIN unnest(s.citations) AS c (citation)
		JOIN entity_screen.stage_held h ON h.load_no = s.load_no
			AND c.citation = ANY (h.citations)
			AND (s.destination_code = h.destination_code)
				IS DISTINCT FROM false
		WHERE s.load_no = pair_by_likeness.load_no
			AND s.list_code = pair_by_likeness.list_code
			AND s.entry_id IS NULL AND NOT h.is_taken AND h.is_present
			AND s.name IS NOT NULL
			AND (s.source_id = h.source_id) IS DISTINCT FROM false
	), ranked AS (
		SELECT p.*,
			row_number() OVER (PARTITION BY p.row_no
				ORDER BY p.likeness DESC, p.entry_id) AS of_row,
			row_number() OVER (PARTITION BY p.entry_id
				ORDER BY p.likeness DESC, p.row_no) AS of_entry
		FROM pair p
		WHERE p.likeness >= 0.85
	), taken AS (
		UPDATE entity_screen.stage_record s
		SET entry_id = r.entry_id
		FROM ranked r
		WHERE s.load_no = pair_by_likeness.load_no AND s.row_no = r.row_no
			AND s.list_code = pair_by_likeness.list_code
			AND r.of_row = 1 AND r.of_entry = 1
		RETURNING r.entry_id
	)
	UPDATE entity_screen.stage_held h SET is_taken = true
	FROM taken t
	WHERE h.load_no = pair_by_likeness.load_no AND h.entry_id = t.entry_id;
END;
$$;
COMMENT ON FUNCTION entity_screen.pair_by_likeness(bigint, text) IS
'Internal: finds the entries of rows whose name has lost or regained letters';

CREATE FUNCTION entity_screen.identify_staged(load_no bigint,
	list_code text, snapshot_on date, tranche_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
	PERFORM entity_screen.hold_entries(identify_staged.load_no,
		identify_staged.list_code, identify_staged.snapshot_on);
	WITH taken AS (
		UPDATE entity_screen.stage_record s
		SET entry_id = h.entry_id
		FROM (SELECT DISTINCT ON (p.source_id) p.*
			  FROM entity_screen.stage_held p
			  WHERE p.load_no = identify_staged.load_no
				AND p.source_id IS NOT NULL
			  ORDER BY p.source_id, p.is_present DESC, p.entry_id) h
		WHERE s.load_no = identify_staged.load_no
			AND s.list_code = identify_staged.list_code
			AND s.source_id = h.source_id
		RETURNING h.entry_id
	)
	UPDATE entity_screen.stage_held h SET is_taken = true
	FROM taken t
	WHERE h.load_no = identify_staged.load_no AND h.entry_id = t.entry_id;
	PERFORM entity_screen.pair_by_name(identify_staged.load_no,
									   identify_staged.list_code);
	PERFORM entity_screen.pair_by_likeness(identify_staged.load_no,
										   identify_staged.list_code);
	DELETE FROM entity_screen.stage_held h
	WHERE h.load_no = identify_staged.load_no;

	UPDATE entity_screen.stage_record s
	SET entry_id = nextval('entity_screen.entry_entry_id_seq')
	WHERE s.load_no = identify_staged.load_no
		AND s.list_code = identify_staged.list_code
		AND s.entry_id IS NULL AND s.names <> '{}';
	INSERT INTO entity_screen.entry (entry_id, list_code,
									 created_by_tranche_id)
	OVERRIDING SYSTEM VALUE
	SELECT s.entry_id, s.list_code, identify_staged.tranche_id
	FROM entity_screen.stage_record s
	WHERE s.load_no = identify_staged.load_no
		AND s.list_code = identify_staged.list_code
		AND s.names <> '{}'
		AND NOT EXISTS (
			SELECT FROM entity_screen.entry e WHERE e.entry_id = s.entry_id);
END;
$$;
COMMENT ON FUNCTION entity_screen.identify_staged(bigint, text, date, bigint) IS
'Internal: finds the entry of each staged record, by number, by name and destination, or makes one';

/* ---------------------------------------------------------------------
 * writing the steps
 * ------------------------------------------------------------------ */

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
 * Steps of the staged records against what snapshots said up to a date.
 * only_entries: those alone (the others are as they are); null: all of them,
 * and what the records do not hold is absent.
 *
 * An entry that is new and undated is listed since we do not know when; but
 * where an earlier snapshot did not have it, since the day after that one.
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
#variable_conflict use_column
DECLARE
	base_on date;
	lines bigint;
	requirement boolean;
	policy boolean;
	reasons boolean;
	kinds boolean;
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
	WHERE t.tranche_id = write_steps.tranche_id;
	SELECT max(t.snapshot_on) INTO base_on
	FROM entity_screen.tranche t
	WHERE t.list_code = write_steps.list_code AND t.kind = 'snapshot'
		AND t.status = 'approved' AND t.snapshot_on <= upto;
	SELECT coalesce(max(o.line_no), 0) INTO lines
	FROM entity_screen.tranche_operation o
	WHERE o.tranche_id = write_steps.tranche_id;
	SELECT greatest(lines, max(s.line_no)) INTO lines
	FROM entity_screen.stage_record s
	WHERE s.load_no = write_steps.load_no
		AND s.list_code = write_steps.list_code;

	WITH state AS MATERIALIZED (
		SELECT s.* FROM entity_screen.snapshot_operation(
			write_steps.list_code, upto) s
	)
	INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
		list_code, operation, entry_id, on_conflict, starts_on, entry_name,
		destination_country, entry_type, parent, license_requirement,
		license_review_policy, reason, scope_note, footnotes, note,
		source_id, start_basis, source_start_on, source_citation, citations,
		detail, content_hash)
	SELECT write_steps.tranche_id, s.line_no, s.list_code, 'add', s.entry_id,
		'record',
		CASE WHEN state.operation = 'remove'
				AND s.start_on <= state.snapshot_on
			THEN write_steps.snapshot_on
			WHEN s.start_on = '-infinity' AND base_on IS NOT NULL
			THEN base_on + 1 ELSE s.start_on END,
		s.name, coalesce(s.destination, s.destination_code), s.entry_type,
		s.parent, s.license_requirement, s.license_review_policy, s.reason,
		s.scope_note, s.footnotes, s.note, s.source_id, s.start_basis,
		nullif(s.start_on, '-infinity'), s.source_citation, s.citations,
		s.detail, s.content_hash
	FROM entity_screen.stage_record s
	LEFT JOIN state ON state.entry_id = s.entry_id
	WHERE s.load_no = write_steps.load_no
		AND s.list_code = write_steps.list_code
		AND s.names <> '{}'
		AND coalesce(state.operation, 'remove') = 'remove';

	WITH revised AS MATERIALIZED (
		SELECT s.*
		FROM entity_screen.stage_record s
		JOIN entity_screen.snapshot_operation(write_steps.list_code, upto)
			state ON state.entry_id = s.entry_id
		WHERE s.load_no = write_steps.load_no
			AND s.list_code = write_steps.list_code
			AND s.names <> '{}'
			AND state.operation <> 'remove'
			AND state.content_hash IS DISTINCT FROM s.content_hash
	), before AS MATERIALIZED (
		SELECT b.* FROM entity_screen.snapshot_record(0,
			write_steps.list_code,
			ARRAY(SELECT r.entry_id FROM revised r), upto) b
	), operation AS (
		INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
			list_code, operation, entry_id, on_conflict, starts_on,
			entry_name, destination_country, entry_type, parent,
			license_requirement, license_review_policy, reason, scope_note,
			footnotes, note, source_id, start_basis, source_start_on,
			source_citation, citations, detail, content_hash)
		SELECT write_steps.tranche_id, s.line_no, s.list_code, 'revise',
			s.entry_id, 'record', write_steps.snapshot_on, s.name,
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
		SELECT write_steps.tranche_id, (
				SELECT coalesce(max(w.line_no), 0)
				FROM entity_screen.tranche_operation_name w
				WHERE w.tranche_id = write_steps.tranche_id)
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
	SELECT write_steps.tranche_id, (
			SELECT coalesce(max(w.line_no), 0)
			FROM entity_screen.tranche_operation_address w
			WHERE w.tranche_id = write_steps.tranche_id)
		+ row_number() OVER (ORDER BY a.line_no, a.ordinality, a.address),
		a.line_no, a.change, a.address, a.country
	FROM address_step a;

	INSERT INTO entity_screen.tranche_operation_name (tranche_id, line_no,
		entry_line_no, change, name, name_type, alias_quality)
	SELECT o.tranche_id, (
			SELECT coalesce(max(w.line_no), 0)
			FROM entity_screen.tranche_operation_name w
			WHERE w.tranche_id = write_steps.tranche_id)
		+ row_number() OVER (ORDER BY o.line_no, n.ordinality),
		o.line_no, 'add', n.name, n.name_type, n.alias_quality
	FROM entity_screen.tranche_operation o
	JOIN entity_screen.stage_record s ON s.load_no = write_steps.load_no
		AND s.list_code = write_steps.list_code AND s.entry_id = o.entry_id
	CROSS JOIN unnest(s.names) WITH ORDINALITY AS n
		(name, name_type, alias_quality, ordinality)
	WHERE o.tranche_id = write_steps.tranche_id AND o.operation = 'add';
	INSERT INTO entity_screen.tranche_operation_address (tranche_id,
		line_no, entry_line_no, change, address, country)
	SELECT o.tranche_id, (
			SELECT coalesce(max(w.line_no), 0)
			FROM entity_screen.tranche_operation_address w
			WHERE w.tranche_id = write_steps.tranche_id)
		+ row_number() OVER (ORDER BY o.line_no, n.ordinality),
		o.line_no, 'add', n.address, n.country
	FROM entity_screen.tranche_operation o
	JOIN entity_screen.stage_record s ON s.load_no = write_steps.load_no
		AND s.list_code = write_steps.list_code AND s.entry_id = o.entry_id
	CROSS JOIN unnest(s.addresses) WITH ORDINALITY AS n
		(address, country, ordinality)
	WHERE o.tranche_id = write_steps.tranche_id AND o.operation = 'add';

	INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
		list_code, operation, entry_id, on_conflict, starts_on, entry_name)
	SELECT write_steps.tranche_id,
		lines + row_number() OVER (ORDER BY a.entry_id),
		write_steps.list_code, 'remove', a.entry_id, 'record',
		write_steps.snapshot_on, coalesce((
			SELECT n.name::text FROM entity_screen.entry_name n
			WHERE n.entry_id = a.entry_id AND upper_inf(n.known)
			ORDER BY n.name_type <> 'primary', upper(n.valid) DESC NULLS FIRST
			LIMIT 1), '?')
	FROM (
		SELECT state.entry_id
		FROM entity_screen.snapshot_operation(write_steps.list_code, upto)
			state
		WHERE state.operation <> 'remove'
			AND (only_entries IS NULL OR state.entry_id = ANY (only_entries))
		UNION
		SELECT v.entry_id
		FROM entity_screen.entry_version v
		JOIN entity_screen.entry e ON e.entry_id = v.entry_id
			AND e.list_code = write_steps.list_code
		WHERE only_entries IS NULL AND upper_inf(v.known)
			AND v.valid @> write_steps.snapshot_on
			AND v.valid_from_basis = 'rule') a
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.stage_record s
		WHERE s.load_no = write_steps.load_no AND s.entry_id = a.entry_id);
END;
$$;
COMMENT ON FUNCTION entity_screen.write_steps(bigint, text, bigint, date, date, bigint[]) IS
'Internal: stores as operations of a tranche how the staged records differ from what snapshots said up to a date';
