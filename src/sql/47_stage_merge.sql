/*
 * 47_stage_merge: staged rows become whole records
 *
 * Rows of one entry are joined, their names and dates resolved, and what a
 * record says is digested, so that two files can be compared.
 */

/*
 * Rows that together are one entry: names, addresses and details of all of
 * them, in the order of the file.
 */
CREATE FUNCTION entity_screen.merge_staged(load_no bigint, by_name boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
	WITH keyed AS MATERIALIZED (
		SELECT s.*, coalesce(s.source_id, CASE WHEN by_name THEN
				concat_ws('|', entity_screen.name_key(s.name),
						  s.source_citation) END) AS key,
			s.names[1].name_type = 'primary' AS is_primary
		FROM entity_screen.stage_record s
		WHERE s.load_no = merge_staged.load_no
	), several AS MATERIALIZED (
		SELECT k.list_code, k.key, count(*) AS n
		FROM keyed k WHERE k.key IS NOT NULL
		GROUP BY k.list_code, k.key
		HAVING count(*) > 1
			OR bool_or(k.is_primary IS DISTINCT FROM true)
	), part AS MATERIALIZED (
		SELECT k.* FROM keyed k
		JOIN several v ON v.list_code = k.list_code AND v.key = k.key
	), gone AS (
		DELETE FROM entity_screen.stage_record s
		USING part p
		WHERE s.load_no = merge_staged.load_no AND s.row_no = p.row_no
	), name AS (
		SELECT n.list_code, n.key, array_agg(ROW(n.name,
				CASE WHEN n.place = 1 THEN 'primary'
					WHEN n.name_type = 'primary' THEN 'variation'
					ELSE n.name_type END,
				n.alias_quality)::entity_screen.stated_name
				ORDER BY n.place) AS names
		FROM (SELECT p.list_code, p.key, u.name, u.name_type,
				u.alias_quality,
				row_number() OVER (PARTITION BY p.list_code, p.key
					ORDER BY u.name_type <> 'primary', p.row_no,
						u.ordinality) AS place
			  FROM part p
			  CROSS JOIN unnest(p.names) WITH ORDINALITY AS u
				(name, name_type, alias_quality, ordinality)) n
		GROUP BY n.list_code, n.key
	), address AS (
		SELECT a.list_code, a.key, array_agg(ROW(a.address,
				a.country)::entity_screen.stated_address
				ORDER BY a.first_row) AS addresses
		FROM (SELECT p.list_code, p.key, u.address, u.country,
				min(p.row_no * 1000 + u.ordinality) AS first_row
			  FROM part p
			  CROSS JOIN unnest(p.addresses) WITH ORDINALITY AS u
				(address, country, ordinality)
			  GROUP BY p.list_code, p.key, u.address, u.country) a
		GROUP BY a.list_code, a.key
	), detail AS (
		SELECT d.list_code, d.key,
			jsonb_object_agg(d.field, d.value) AS detail
		FROM (SELECT p.list_code, p.key, u.key AS field,
				string_agg(DISTINCT u.value, '; ') AS value
			  FROM part p
			  CROSS JOIN LATERAL jsonb_each_text(p.detail) AS u (key, value)
			  GROUP BY p.list_code, p.key, u.key) d
		GROUP BY d.list_code, d.key
	), first AS (
		SELECT p.list_code, p.key, min(p.row_no) AS row_no,
			min(p.line_no) AS line_no, count(*)::integer AS source_rows,
			max(p.source_id) AS source_id, max(p.entry_type) AS entry_type,
			max(p.destination) AS destination,
			max(p.destination_code) AS destination_code,
			min(p.source_start_on) AS source_start_on,
			min(p.source_start) AS source_start,
			max(p.source_citation) AS source_citation,
			max(p.citations) AS citations,
			max(p.license_requirement) AS license_requirement,
			max(p.license_review_policy) AS license_review_policy,
			string_agg(DISTINCT p.reason, E'\n') AS reason,
			max(p.scope_note) AS scope_note, max(p.footnotes) AS footnotes,
			max(p.parent) AS parent,
			string_agg(DISTINCT p.note, E'\n') AS note,
			sum(p.source_names)::integer AS source_names,
			sum(p.taken_apart)::integer AS taken_apart,
			sum(p.repeated)::integer AS repeated,
			sum(p.remarks)::integer AS remarks,
			sum(p.refused)::integer AS refused,
			coalesce(min(p.problems) FILTER (WHERE p.problems <> '{}'), '{}')
				AS problems
		FROM part p
		GROUP BY p.list_code, p.key
	)
	INSERT INTO entity_screen.stage_record
	SELECT m.*
	FROM first f
	LEFT JOIN name n ON n.list_code = f.list_code AND n.key = f.key
	LEFT JOIN address a ON a.list_code = f.list_code AND a.key = f.key
	LEFT JOIN detail d ON d.list_code = f.list_code AND d.key = f.key
	CROSS JOIN LATERAL entity_screen.finish_record(ROW(
		merge_staged.load_no, f.row_no, f.line_no, f.source_rows,
		f.list_code, f.source_id, f.entry_type, n.names[1].name, NULL,
		f.destination, f.destination_code, coalesce(n.names, '{}'),
		coalesce(a.addresses, '{}'), NULL, NULL, f.source_start,
		f.source_start_on, f.source_citation, f.citations,
		f.license_requirement, f.license_review_policy, f.reason,
		f.scope_note, f.footnotes, f.parent, f.note, d.detail, f.problems,
		NULL, NULL, f.source_names, f.taken_apart, f.repeated, f.remarks,
		f.refused)::entity_screen.stage_record) m;
END;
$$;
COMMENT ON FUNCTION entity_screen.merge_staged(bigint, boolean) IS
'Internal: joins staged rows of one entry: those with the same source_id, or also the same name and citations';

/*
 * Names each once, remarks out of them.
 */
CREATE FUNCTION entity_screen.tidy_names(names entity_screen.stated_name[])
RETURNS entity_screen.stated_name[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(array_agg(ROW(d.name, d.name_type,
		d.alias_quality)::entity_screen.stated_name ORDER BY d.ordinality),
		'{}'::entity_screen.stated_name[])
	FROM (SELECT DISTINCT ON (entity_screen.name_key(u.name)) u.*
		  FROM unnest(names) WITH ORDINALITY AS u
			(name, name_type, alias_quality, ordinality)
		  WHERE u.name <> '' AND u.name_type <> 'note'
		  ORDER BY entity_screen.name_key(u.name), u.ordinality) d;
END;
COMMENT ON FUNCTION entity_screen.tidy_names(entity_screen.stated_name[]) IS
'Internal: the names each once, in order, without remarks';

/*
 * From when a record is listed as far as the file itself and the loaded
 * rules tell: its date, the earliest date behind its citations, the earliest
 * of the rules that it cites.
 */
CREATE FUNCTION entity_screen.cited_start(list_code text,
	source_citation text, citations text[])
RETURNS date
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT coalesce(entity_screen.citation_date(source_citation),
		(SELECT min(coalesce(t.applicable_on, t.effective_on))
		 FROM unnest(citations) AS c (citation)
		 JOIN entity_screen.tranche t
			ON t.list_code = cited_start.list_code
			AND t.kind = 'rule' AND t.status = 'approved'
			AND t.volume = entity_screen.citation_part(c.citation, 1)
			AND entity_screen.citation_part(c.citation, 2)
				BETWEEN t.page_from AND coalesce(t.page_to, t.page_from)));
END;
COMMENT ON FUNCTION entity_screen.cited_start(text, text, text[]) IS
'Internal: date of listing by the citations of a record; null when they give none';

/*
 * Make a record of a row ready for comparison, and count how many names it
 * has as against its source.  Also for a record joined of several rows,
 * whose counts begin with the sums of theirs.
 */
CREATE FUNCTION entity_screen.finish_record(r entity_screen.stage_record)
RETURNS entity_screen.stage_record
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	s entity_screen.stage_record := r;
	counted integer := s.source_names + s.taken_apart - s.repeated
		- s.remarks - s.refused;
	found integer := 0;
	notes text[] := '{}';
	tidy entity_screen.stated_name[];
	n entity_screen.stated_name;
BEGIN
	FOREACH n IN ARRAY s.names LOOP
		found := found + (n.name <> '')::integer;
		IF n.name_type = 'note' THEN
			notes := notes || n.name;
		END IF;
	END LOOP;
	tidy := CASE WHEN found = 1 AND cardinality(s.names) = 1
			AND notes = '{}' THEN s.names
		ELSE entity_screen.tidy_names(s.names) END;
	s.taken_apart := s.taken_apart + greatest(found - counted, 0);
	s.remarks := s.remarks + cardinality(notes);
	s.repeated := s.repeated + found - cardinality(notes)
		- cardinality(tidy);
	s.names := '{}';
	FOREACH n IN ARRAY tidy LOOP
		IF NOT entity_screen.is_keyless(n.name) THEN
			s.names := s.names || n;
		ELSIF n.name <> s.name THEN
			s.problems := s.problems || ARRAY[
				'value_refused|name without letter or digit '
				|| quote_literal(n.name)];
		END IF;
	END LOOP;
	s.refused := s.source_names + s.taken_apart - s.repeated - s.remarks
		- cardinality(s.names);
	s.name_form := @extschema@.entity_normal_form(
		@extschema@.entity_name(s.name));
	s.note := nullif(concat_ws(E'\n', s.note,
		array_to_string(nullif(notes, '{}'), E'\n')), '');
	s.start_on := s.source_start_on;
	s.start_basis := 'source_date';
	IF s.start_on IS NULL THEN
		s.start_on := CASE WHEN s.source_citation IS NOT NULL
			THEN entity_screen.cited_start(s.list_code, s.source_citation,
										   s.citations) END;
		s.start_basis := CASE WHEN s.start_on IS NULL THEN 'unknown'
			ELSE 'citation' END;
		s.start_on := coalesce(s.start_on, '-infinity');
	END IF;
	s.detail := nullif(coalesce(s.detail, '{}') || jsonb_strip_nulls(
		jsonb_build_object('source_start_on', s.source_start,
			'source_citation', s.source_citation)), '{}');
	RETURN s;
END;
$$;
COMMENT ON FUNCTION entity_screen.finish_record(entity_screen.stage_record) IS
'Internal: resolves names and dates of a staged record, and counts its names against those of its source';

/*
 * A record of which no name can be screened is refused and reported.  Where
 * only its primary name is none, the first other name takes its place.
 */
CREATE FUNCTION entity_screen.refuse_nameless(load_no bigint)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	UPDATE entity_screen.stage_record s
	SET problems = s.problems || ARRAY[
		CASE WHEN s.names <> '{}' THEN 'value_refused|no primary name, '
				|| quote_literal(s.names[1].name) || ' takes its place'
			WHEN s.name IS NULL THEN 'row_refused|no name'
			ELSE 'row_refused|name without letter or digit '
				|| quote_literal(s.name) END]
	WHERE s.load_no = refuse_nameless.load_no
		AND (s.names = '{}' OR coalesce(s.name_form, '') = '');
	UPDATE entity_screen.stage_record s
	SET name = s.names[1].name,
		name_form = @extschema@.entity_normal_form(
			@extschema@.entity_name(s.names[1].name)),
		names = ARRAY[ROW(s.names[1].name, 'primary',
				s.names[1].alias_quality)::entity_screen.stated_name]
			|| s.names[2:]
	WHERE s.load_no = refuse_nameless.load_no
		AND s.names <> '{}' AND coalesce(s.name_form, '') = '';
END;
COMMENT ON FUNCTION entity_screen.refuse_nameless(bigint) IS
'Internal: marks staged records without a name that can be screened';

/*
 * Equal for two files that say the same of an entry, whatever the order of
 * its names and the spelling of its license texts.
 */
CREATE FUNCTION entity_screen.staged_hash(s entity_screen.stage_record)
RETURNS bytea
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT sha256(convert_to(jsonb_build_array(
		(s).entry_type, (s).name, (s).destination,
		(SELECT jsonb_agg(u ORDER BY u.name COLLATE "C", u.name_type)
		 FROM unnest((s).names) u),
		(SELECT jsonb_agg(u.address ORDER BY u.address COLLATE "C")
		 FROM unnest((s).addresses) u),
		entity_screen.license_key((s).license_requirement),
		entity_screen.license_key((s).license_review_policy),
		(s).reason, (s).scope_note, (s).footnotes, (s).parent, (s).note,
		(s).detail)::text, 'UTF8'));
END;
COMMENT ON FUNCTION entity_screen.staged_hash(entity_screen.stage_record) IS
'Internal: digest of all that a staged record says';
