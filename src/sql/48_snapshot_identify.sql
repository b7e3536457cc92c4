/*
 * 48_snapshot_identify: which entry each staged record is
 *
 * By the number of its source where that is stable, else by normalized name
 * and destination, so that a revision is a revision and not a removal and an
 * addition.
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

/*
 * An entry that is listed on no date is still the same one when it comes
 * back: after a retraction, say.  Then an operation tells its name.
 *
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
	LEFT JOIN LATERAL (
		SELECT p.name
		FROM entity_screen.entry_name p
		WHERE p.entry_id = e.entry_id AND p.name_type = 'primary'
			AND upper_inf(p.known)
		ORDER BY p.valid @> hold_entries.snapshot_on DESC,
			upper(p.valid) DESC NULLS FIRST
		LIMIT 1) h ON true
	LEFT JOIN LATERAL (
		SELECT @extschema@.entity_name(o.entry_name) AS name
		FROM entity_screen.tranche_operation o
		WHERE h.name IS NULL AND o.entry_id = e.entry_id
		ORDER BY o.tranche_id
		LIMIT 1) g ON true
	CROSS JOIN LATERAL (
		SELECT coalesce(h.name, g.name)::text AS name,
			@extschema@.entity_normal_form(coalesce(h.name, g.name))
				AS name_form) n
	LEFT JOIN LATERAL (
		SELECT w.* FROM entity_screen.entry_version w
		WHERE w.entry_id = e.entry_id AND upper_inf(w.known)
		ORDER BY w.valid @> hold_entries.snapshot_on DESC,
			upper(w.valid) DESC NULLS FIRST
		LIMIT 1) v ON true
	LEFT JOIN entity_screen.snapshot_operation(hold_entries.list_code,
		'infinity') s ON s.entry_id = e.entry_id
	WHERE e.list_code = hold_entries.list_code AND n.name IS NOT NULL;
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
			SET entry_id = r.entry_id,
				content_hash = entity_screen.staged_hash(s)
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
		SET entry_id = r.entry_id,
			content_hash = entity_screen.staged_hash(s)
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

/*
 * The digest of a record is taken where it gets its entry: each row is
 * written once more then, and not once again.
 */
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
		SET entry_id = h.entry_id,
			content_hash = entity_screen.staged_hash(s)
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
	SET entry_id = nextval('entity_screen.entry_entry_id_seq'),
		content_hash = entity_screen.staged_hash(s)
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
