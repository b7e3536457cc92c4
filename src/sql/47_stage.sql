/*
 * 47_stage: a list file as staged records
 *
 * format_record() turns a file of any format into one json object a row;
 * stage_row() makes a staged record of it, by the columns of list_format.
 * The staging table is empty outside of a load.
 */

CREATE UNLOGGED TABLE entity_screen.stage_record (
	load_no bigint NOT NULL,
	row_no bigint NOT NULL,
	line_no bigint NOT NULL,
	source_rows integer NOT NULL DEFAULT 1,
	list_code text,
	source_id text,
	entry_type text,
	name text,
	name_form text,
	destination text,
	destination_code text,
	names entity_screen.stated_name[] NOT NULL DEFAULT '{}',
	addresses entity_screen.stated_address[] NOT NULL DEFAULT '{}',
	start_on date,
	start_basis text,
	source_start text,
	source_start_on date,
	source_citation text,
	citations text[] NOT NULL DEFAULT '{}',
	license_requirement text,
	license_review_policy text,
	reason text,
	scope_note text,
	footnotes text,
	parent text,
	note text,
	detail jsonb,
	problems text[] NOT NULL DEFAULT '{}',
	content_hash bytea,
	entry_id bigint
);
CREATE INDEX stage_record_load_idx
	ON entity_screen.stage_record (load_no, list_code, row_no);
COMMENT ON TABLE entity_screen.stage_record IS
'Rows of a list file while it is being loaded; empty otherwise';
COMMENT ON COLUMN entity_screen.stage_record.load_no IS 'The load';
COMMENT ON COLUMN entity_screen.stage_record.row_no IS
'Number of the row in the file';
COMMENT ON COLUMN entity_screen.stage_record.line_no IS
'Line of the file on which it begins; for XML and JSON its number';
COMMENT ON COLUMN entity_screen.stage_record.source_rows IS
'Rows of the file that make this record';
COMMENT ON COLUMN entity_screen.stage_record.list_code IS 'The list';
COMMENT ON COLUMN entity_screen.stage_record.source_id IS
'Number in the source';
COMMENT ON COLUMN entity_screen.stage_record.entry_type IS 'Kind of entry';
COMMENT ON COLUMN entity_screen.stage_record.name IS 'Primary name';
COMMENT ON COLUMN entity_screen.stage_record.name_form IS
'Its normal form';
COMMENT ON COLUMN entity_screen.stage_record.destination IS
'Destination heading as printed';
COMMENT ON COLUMN entity_screen.stage_record.destination_code IS
'Its country code, or that of the first address';
COMMENT ON COLUMN entity_screen.stage_record.names IS
'All names, the primary one first';
COMMENT ON COLUMN entity_screen.stage_record.addresses IS 'All addresses';
COMMENT ON COLUMN entity_screen.stage_record.start_on IS
'Date from which it is listed, as resolved; -infinity: unknown';
COMMENT ON COLUMN entity_screen.stage_record.start_basis IS
'Where start_on comes from';
COMMENT ON COLUMN entity_screen.stage_record.source_start IS
'Date of listing as the source writes it';
COMMENT ON COLUMN entity_screen.stage_record.source_start_on IS
'The same as a date, if it is one';
COMMENT ON COLUMN entity_screen.stage_record.source_citation IS
'Citations as the source writes them';
COMMENT ON COLUMN entity_screen.stage_record.citations IS
'Citations read from it';
COMMENT ON COLUMN entity_screen.stage_record.license_requirement IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.stage_record.license_review_policy IS
'Verbatim text';
COMMENT ON COLUMN entity_screen.stage_record.reason IS
'Why the authority lists it';
COMMENT ON COLUMN entity_screen.stage_record.scope_note IS
'Open-ended scope, out of the name';
COMMENT ON COLUMN entity_screen.stage_record.footnotes IS
'Numbers of footnotes, separated by blanks';
COMMENT ON COLUMN entity_screen.stage_record.parent IS
'Name of the parent entry';
COMMENT ON COLUMN entity_screen.stage_record.note IS 'Remarks';
COMMENT ON COLUMN entity_screen.stage_record.detail IS
'Everything else the source says';
COMMENT ON COLUMN entity_screen.stage_record.problems IS
'What could not be taken over';
COMMENT ON COLUMN entity_screen.stage_record.content_hash IS
'Digest of all the source says';
COMMENT ON COLUMN entity_screen.stage_record.entry_id IS
'Entry it was found to be';

CREATE SEQUENCE entity_screen.stage_load_no;
COMMENT ON SEQUENCE entity_screen.stage_load_no IS 'Numbers of loads';
SELECT pg_catalog.pg_extension_config_dump('entity_screen.stage_record', '');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.stage_load_no', '');

/* ---------------------------------------------------------------------
 * files to json rows
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.refuse_file(code text, reason text,
										  detail text, hint text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = code, MESSAGE = reason,
		DETAIL = detail, HINT = hint || ' Nothing was loaded.';
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_file(text, text, text, text) IS
'Internal: raises the error that refuses a file';

CREATE FUNCTION entity_screen.csv_record(content bytea,
	format entity_screen.list_format)
RETURNS TABLE (line_no bigint, record jsonb)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	header text[];
	row record;
	n bigint := 0;
BEGIN
	FOR row IN
		SELECT s.line_no, s.fields
		FROM entity_screen.split_csv(content, (format).delimiter,
			(format).encoding, 9223372036854775807) s
	LOOP
		n := n + 1;
		CONTINUE WHEN n < (format).header_line
			OR row.fields[1] = E'\x1a'
			OR array_to_string(row.fields, '') = '';
		IF header IS NULL THEN
			SELECT array_agg(CASE WHEN (format).header_line > 0
						AND btrim(u.field) <> '' THEN btrim(u.field)
					ELSE 'column_' || u.ordinality END
					ORDER BY u.ordinality)
			INTO header
			FROM unnest(row.fields) WITH ORDINALITY AS u (field, ordinality)
			WHERE (format).header_line = 0 OR u.ordinality <= (
				SELECT max(v.ordinality)
				FROM unnest(row.fields) WITH ORDINALITY AS v (field, ordinality)
				WHERE btrim(v.field) <> '');
			CONTINUE WHEN (format).header_line > 0;
		END IF;
		IF cardinality(row.fields) > cardinality(header)
			AND array_to_string(row.fields[cardinality(header) + 1:], '')
				= '' THEN
			row.fields := row.fields[:cardinality(header)];
		END IF;
		IF (format).short_rows
			AND cardinality(row.fields) < cardinality(header) THEN
			row.fields := row.fields || array_fill(NULL::text,
				ARRAY[cardinality(header) - cardinality(row.fields)]);
		END IF;
		IF cardinality(row.fields) <> cardinality(header) THEN
			PERFORM entity_screen.refuse_file('bad_copy_file_format',
				format('line %s: %s fields where the header has %s',
					   row.line_no, cardinality(row.fields),
					   cardinality(header)),
				'Every row of the file needs a field for each column.',
				'The file may be cut off, or its delimiter another one.');
		END IF;
		IF (format).null_token IS NOT NULL THEN
			row.fields := ARRAY(
				SELECT CASE WHEN btrim(u.field) <> btrim((format).null_token)
					THEN u.field END
				FROM unnest(row.fields) WITH ORDINALITY AS u (field, ordinality)
				ORDER BY u.ordinality);
		END IF;
		line_no := row.line_no;
		record := jsonb_object(header, row.fields);
		RETURN NEXT;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.csv_record(bytea, entity_screen.list_format) IS
'Internal: rows of a CSV file as objects of its columns';

/* Text of a file of json or XML, without byte order mark */
CREATE FUNCTION entity_screen.file_text(content bytea)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN convert_from(CASE WHEN substring(content FROM 1 FOR 3)
			= '\xefbbbf'::bytea THEN substring(content FROM 4)
		ELSE content END, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
	PERFORM entity_screen.refuse_file('character_not_in_repertoire',
		'the file is not valid UTF-8', SQLERRM, 'Save the file as UTF-8.');
END;
$$;
COMMENT ON FUNCTION entity_screen.file_text(bytea) IS
'Internal: a UTF-8 file as text; 22021 when it is none';

CREATE FUNCTION entity_screen.file_json(content bytea)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	context text;
BEGIN
	RETURN entity_screen.file_text(content)::jsonb;
EXCEPTION WHEN invalid_text_representation OR untranslatable_character THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_DETAIL;
	PERFORM entity_screen.refuse_file('invalid_text_representation',
		'the file is not valid JSON', SQLERRM || '. ' || context,
		'The file may be cut off: fetch it again.');
END;
$$;
COMMENT ON FUNCTION entity_screen.file_json(bytea) IS
'Internal: a file as jsonb; 22P02 when it is not JSON';

CREATE FUNCTION entity_screen.json_record(content bytea,
	format entity_screen.list_format)
RETURNS TABLE (line_no bigint, record jsonb)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	document jsonb := entity_screen.file_json(content);
	records jsonb := document #> (format).records_path;
	shared jsonb := '{}';
BEGIN
	IF jsonb_typeof(records) IS DISTINCT FROM 'array' THEN
		PERFORM entity_screen.refuse_file('invalid_parameter_value',
			'the file has no array of records',
			format('Format %s looks for it under %L.', (format).format,
				   array_to_string((format).records_path, '.')),
			'Name another format.');
	END IF;
	IF jsonb_typeof(document) = 'object' THEN
		SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') INTO shared
		FROM jsonb_each(document) e
		WHERE jsonb_typeof(e.value) IN ('string', 'number');
	END IF;
	RETURN QUERY
		SELECT r.ordinality, shared || r.value
		FROM jsonb_array_elements(records) WITH ORDINALITY r
		WHERE jsonb_typeof(r.value) = 'object';
END;
$$;
COMMENT ON FUNCTION entity_screen.json_record(bytea, entity_screen.list_format) IS
'Internal: records of a JSON file, with what the file says of all of them';

/*
 * The OFAC set.  A row is known by its number of fields: 12 sdn, 5 alt,
 * 6 add, 2 comments.  A remark may go on in comments, in the middle of a
 * word.
 */
CREATE FUNCTION entity_screen.ofac_csv_record(content bytea,
	attachments bytea[], format entity_screen.list_format)
RETURNS TABLE (line_no bigint, record jsonb)
LANGUAGE sql STABLE
SET enable_nestloop = off
SET enable_mergejoin = off
BEGIN ATOMIC
	WITH field AS MATERIALIZED (
		SELECT p.part, s.line_no, f.fields
		FROM unnest(ARRAY[content] || attachments)
			WITH ORDINALITY AS p (content, part)
		CROSS JOIN LATERAL entity_screen.split_csv(p.content,
			(format).delimiter, (format).encoding, 9223372036854775807) s
		CROSS JOIN LATERAL (
			SELECT array_agg(CASE WHEN btrim(u.field) NOT IN ('-0-', '')
					THEN u.field END ORDER BY u.ordinality) AS fields
			FROM unnest(s.fields) WITH ORDINALITY AS u (field, ordinality)
		) f
		WHERE s.fields[1] ~ '^\s*\d+\s*$'
	), alt AS (
		SELECT f.fields[1] AS id, jsonb_agg(jsonb_build_object(
				'name', f.fields[4], 'type', coalesce(
					(format).words #>> ARRAY['name_type', f.fields[3]],
					'aka'))
			ORDER BY f.part, f.line_no) AS names
		FROM field f
		WHERE cardinality(f.fields) = 5 AND f.fields[4] IS NOT NULL
		GROUP BY f.fields[1]
	), address AS (
		SELECT f.fields[1] AS id, jsonb_agg(jsonb_build_object(
				'address', concat_ws(', ', f.fields[3], f.fields[4],
									 f.fields[5]),
				'country', f.fields[5])
			ORDER BY f.part, f.line_no) AS addresses
		FROM field f
		WHERE cardinality(f.fields) = 6
			AND (f.fields[3] IS NOT NULL OR f.fields[4] IS NOT NULL
				 OR f.fields[5] IS NOT NULL)
		GROUP BY f.fields[1]
	), comment AS (
		SELECT f.fields[1] AS id,
			string_agg(f.fields[2], '' ORDER BY f.part, f.line_no) AS rest
		FROM field f
		WHERE cardinality(f.fields) = 2
		GROUP BY f.fields[1]
	)
	SELECT f.line_no, jsonb_strip_nulls(jsonb_build_object(
		'source_id', f.fields[1], 'name', f.fields[2],
		'entry_type', coalesce(f.fields[3], 'entity'),
		'names', alt.names, 'addresses', address.addresses,
		'detail.programs', replace(f.fields[4], '] [', '; '),
		'detail.title', f.fields[5], 'detail.call_sign', f.fields[6],
		'detail.vessel_type', f.fields[7],
		'detail.gross_tonnage', f.fields[8],
		'detail.gross_registered_tonnage', f.fields[9],
		'detail.vessel_flag', f.fields[10],
		'detail.vessel_owner', f.fields[11],
		'detail.remarks', f.fields[12] || coalesce(comment.rest, '')))
	FROM field f
	LEFT JOIN alt ON alt.id = f.fields[1]
	LEFT JOIN address ON address.id = f.fields[1]
	LEFT JOIN comment ON comment.id = f.fields[1]
	WHERE cardinality(f.fields) = 12
	ORDER BY f.part, f.line_no;
END;
COMMENT ON FUNCTION entity_screen.ofac_csv_record(bytea, bytea[], entity_screen.list_format) IS
'Internal: entries of the OFAC set of CSV files';

/* ---------------------------------------------------------------------
 * json rows to staged records
 * ------------------------------------------------------------------ */

/*
 * The values of one field in a row: of the columns the format names, or the
 * field itself where the format names none at all.
 */
CREATE FUNCTION entity_screen.field_values(record jsonb, columns jsonb,
										   field text, list_code text)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	spec jsonb := CASE WHEN columns = '{}' THEN to_jsonb(field)
		ELSE coalesce(columns -> (field || '@' || list_code),
					  columns -> field) END;
	value jsonb;
BEGIN
	IF spec IS NULL THEN
		RETURN NULL;
	ELSIF jsonb_typeof(spec) = 'string' THEN
		value := record -> (spec #>> '{}');
		IF value IS NULL OR value = 'null' THEN
			RETURN NULL;
		ELSIF jsonb_typeof(value) = 'array' THEN
			RETURN ARRAY(SELECT CASE jsonb_typeof(e.value)
							WHEN 'object' THEN (
								SELECT string_agg(o.value, ', ')
								FROM jsonb_each_text(e.value) o
								WHERE btrim(o.value) <> '')
							ELSE btrim(e.value #>> '{}') END
						 FROM jsonb_array_elements(value) e);
		END IF;
		RETURN ARRAY[nullif(btrim(value #>> '{}', E' \t\r\n'), '')];
	END IF;
	RETURN ARRAY[(SELECT nullif(string_agg(btrim(record ->> c.name), ' '
									ORDER BY c.ordinality)
							FILTER (WHERE btrim(record ->> c.name) <> ''), '')
				  FROM jsonb_array_elements_text(spec)
					WITH ORDINALITY AS c (name, ordinality))];
END;
$$;
COMMENT ON FUNCTION entity_screen.field_values(jsonb, jsonb, text, text) IS
'Internal: values of a field of a row, by the columns that the format names for it';

/*
 * All fields of a row as texts, by one query: a function call a field would
 * take most of the time of a load.
 */
CREATE FUNCTION entity_screen.field_texts(record jsonb, columns jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result jsonb;
BEGIN
	IF columns = '{}' THEN
		SELECT jsonb_object_agg(r.key, btrim(r.value #>> '{}', E' \t\r\n'))
		INTO result
		FROM jsonb_each(record) r
		WHERE jsonb_typeof(r.value) NOT IN ('array', 'object', 'null')
			AND btrim(r.value #>> '{}', E' \t\r\n') <> '';
	ELSE
		SELECT jsonb_object_agg(f.key, f.value) INTO result
		FROM (SELECT c.key, CASE
				WHEN jsonb_typeof(c.value) = 'string' THEN CASE
					jsonb_typeof(record -> (c.value #>> '{}'))
					WHEN 'array' THEN array_to_string(
						entity_screen.field_values(record, columns, c.key,
												   NULL), '; ')
					ELSE btrim(record ->> (c.value #>> '{}'), E' \t\r\n') END
				ELSE array_to_string(entity_screen.field_values(record,
					columns, c.key, NULL), '; ') END AS value
			  FROM jsonb_each(columns) c) f
		WHERE f.value <> '';
	END IF;
	RETURN coalesce(result, '{}');
END;
$$;
COMMENT ON FUNCTION entity_screen.field_texts(jsonb, jsonb) IS
'Internal: the fields of a row that have a value, as texts';

/* Word of the file -> word of ours */
CREATE FUNCTION entity_screen.field_word(value text,
	format entity_screen.list_format, field text, otherwise text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce((format).words #>> ARRAY[field, lower(btrim(value))],
					otherwise);
END;
COMMENT ON FUNCTION entity_screen.field_word(text, entity_screen.list_format, text, text) IS
'Internal: what a code word of a file means';

CREATE FUNCTION entity_screen.source_list(source text,
										  format entity_screen.list_format)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT e.value
	FROM jsonb_each_text((format).source_lists) e
	WHERE strpos(source, e.key) > 0
	ORDER BY length(e.key) DESC
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.source_list(text, entity_screen.list_format) IS
'Internal: list that a row of a file with several lists belongs to';

/* Everything the format keeps as detail.* */
CREATE FUNCTION entity_screen.stage_detail(texts jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_object_agg(substr(t.key, 8), t.value)
	FROM jsonb_each(texts) t
	WHERE t.key LIKE 'detail.%';
END;
COMMENT ON FUNCTION entity_screen.stage_detail(jsonb) IS
'Internal: what a row says besides names, addresses, dates and texts';

/* Names of a row: the primary one first */
CREATE FUNCTION entity_screen.stage_names(record jsonb, texts jsonb,
	format entity_screen.list_format, list_code text)
RETURNS entity_screen.stated_name[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	c jsonb := (format).columns;
	quality text := entity_screen.field_word(texts ->> 'alias_quality',
		format, 'alias_quality', 'unknown');
	kind text := entity_screen.field_word(texts ->> 'name_type', format,
		'name_type', 'primary');
	field text;
	result entity_screen.stated_name[];
BEGIN
	result := entity_screen.state_names(ARRAY[texts ->> 'name'], NULL, kind,
										quality);
	IF result[1].name_type = 'note' THEN
		result[1].name_type := kind;
	END IF;
	FOREACH field IN ARRAY
		'{aliases,weak_aliases,previous_names,native_names}'::text[]
	LOOP
		CONTINUE WHEN NOT texts ? field;
		result := result || entity_screen.state_names(
			entity_screen.field_values(record, c, field, list_code),
			(format).separator,
			CASE field WHEN 'previous_names' THEN 'fka'
				WHEN 'native_names' THEN 'native_script' ELSE 'aka' END,
			CASE field WHEN 'weak_aliases' THEN 'weak' ELSE quality END);
	END LOOP;
	IF c = '{}' AND record ? 'names' THEN
		result := result || ARRAY(
			SELECT ROW(s.name, s.name_type, s.alias_quality)
				::entity_screen.stated_name
			FROM jsonb_array_elements(record -> 'names') n
			CROSS JOIN unnest(entity_screen.state_names(
				ARRAY[n.value ->> 'name'], ';',
				coalesce(n.value ->> 'type', 'aka'),
				coalesce(n.value ->> 'quality', 'unknown')))
				AS s (name, name_type, alias_quality));
	END IF;
	RETURN result;
END;
$$;
COMMENT ON FUNCTION entity_screen.stage_names(jsonb, jsonb, entity_screen.list_format, text) IS
'Internal: all names that a row states';

CREATE FUNCTION entity_screen.stage_addresses(record jsonb, texts jsonb,
	format entity_screen.list_format, list_code text)
RETURNS entity_screen.stated_address[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	c jsonb := (format).columns;
	spec text := CASE WHEN c = '{}' THEN 'addresses'
		ELSE c ->> 'addresses' END;
	address text := texts ->> 'address';
	country text := texts ->> 'country';
BEGIN
	IF jsonb_typeof(record -> spec) = 'array' THEN
		RETURN ARRAY(
			SELECT ROW(a.address, coalesce(entity_screen.country_code(
				a.country), entity_screen.address_country(a.address)))
				::entity_screen.stated_address
			FROM (SELECT CASE jsonb_typeof(e.value) WHEN 'object'
					THEN nullif(concat_ws(', ',
						nullif(btrim(e.value ->> 'address'), ''),
						nullif(btrim(e.value ->> 'city'), ''),
						nullif(btrim(e.value ->> 'state'), ''),
						nullif(btrim(e.value ->> 'postal_code'), ''),
						CASE WHEN e.value ? 'city' OR NOT e.value ? 'address'
							THEN nullif(btrim(e.value ->> 'country'), '') END), '')
					ELSE nullif(btrim(e.value #>> '{}'), '') END AS address,
					CASE jsonb_typeof(e.value) WHEN 'object'
						THEN e.value ->> 'country' END AS country
				  FROM jsonb_array_elements(record -> spec) e) a
			WHERE a.address IS NOT NULL);
	END IF;
	IF address IS NOT NULL OR country IS NOT NULL THEN
		RETURN ARRAY[ROW(concat_ws(', ', address, country), coalesce(
			entity_screen.country_code(country),
			entity_screen.address_country(address)))
			::entity_screen.stated_address];
	END IF;
	IF NOT texts ? 'addresses' THEN
		RETURN '{}';
	END IF;
	RETURN entity_screen.state_addresses(entity_screen.field_values(record, c,
		'addresses', list_code), (format).separator);
END;
$$;
COMMENT ON FUNCTION entity_screen.stage_addresses(jsonb, jsonb, entity_screen.list_format, text) IS
'Internal: all addresses that a row states';

/*
 * One row of the file to one staged record.
 */
CREATE FUNCTION entity_screen.stage_row(load_no bigint, row_no bigint,
	line_no bigint, record jsonb, format entity_screen.list_format,
	list_code text)
RETURNS entity_screen.stage_record
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	s entity_screen.stage_record;
	texts jsonb := entity_screen.field_texts(record, (format).columns);
	kind text := texts ->> 'entry_type';
	part text[];
BEGIN
	PERFORM entity_screen.report_load_progress(row_no, false);
	s.load_no := load_no;
	s.row_no := row_no;
	s.line_no := line_no;
	s.source_rows := 1;
	s.list_code := coalesce(list_code, (format).list_code,
		entity_screen.source_list(texts ->> 'source', format));
	IF s.list_code IS NULL THEN
		PERFORM entity_screen.refuse_file('invalid_parameter_value',
			format('line %s: the file does not say which list the row belongs to',
				   line_no),
			format('Source %L is not among source_lists of format %s.',
				   texts ->> 'source', (format).format),
			'Pass list_code, or add a row to entity_screen.list_format.');
	END IF;
	IF (format).columns::text LIKE '%@' || s.list_code || '"%' THEN
		SELECT texts || jsonb_object_agg(split_part(t.key, '@', 1), t.value)
		INTO texts
		FROM jsonb_each(texts) t
		WHERE t.key LIKE '%@' || s.list_code;
	END IF;
	s.names := entity_screen.stage_names(record, texts, format, s.list_code);
	part := entity_screen.split_entity(coalesce(s.names[1].name, ''));
	s.name := nullif(part[1], '');
	s.scope_note := coalesce(texts ->> 'scope_note', part[2]);
	s.parent := coalesce(texts ->> 'parent', part[3]);
	IF s.names <> '{}' THEN
		s.names[1].name := s.name;
	END IF;
	s.addresses := entity_screen.stage_addresses(record, texts, format,
												 s.list_code);
	s.destination := texts ->> 'destination';
	s.destination_code := coalesce(entity_screen.country_code(s.destination),
		s.addresses[1].country);
	IF (format).id_is_stable THEN
		s.source_id := texts ->> 'source_id';
	END IF;
	s.entry_type := CASE
		WHEN texts ->> 'name' ~* '^Address \d+$' THEN 'address_only'
		ELSE entity_screen.field_word(kind, format, 'entry_type',
			CASE WHEN kind IN ('organization', 'person', 'address_only',
				'vessel', 'aircraft', 'other') THEN kind END) END;
	s.source_start := texts ->> 'start_on';
	s.source_start_on := entity_screen.source_date(s.source_start,
		(format).date_style);
	s.source_citation := texts ->> 'citations';
	s.citations := coalesce(entity_screen.read_citations(s.source_citation),
							'{}');
	s.license_requirement := texts ->> 'license_requirement';
	s.license_review_policy := texts ->> 'license_review_policy';
	s.reason := texts ->> 'reason';
	s.footnotes := coalesce(texts ->> 'footnotes',
		entity_screen.printed_footnotes(s.license_requirement));
	s.note := texts ->> 'note';
	s.detail := entity_screen.stage_detail(texts);
	s.problems := '{}';
	IF s.source_start IS NOT NULL AND s.source_start_on IS NULL THEN
		s.problems := ARRAY['value_refused|date of listing '
			|| quote_literal(s.source_start)];
	END IF;
	RETURN s;
END;
$$;
COMMENT ON FUNCTION entity_screen.stage_row(bigint, bigint, bigint, jsonb, entity_screen.list_format, text) IS
'Internal: makes a staged record of a row of the file';

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
			coalesce(min(p.problems) FILTER (WHERE p.problems <> '{}'), '{}')
				AS problems
		FROM part p
		GROUP BY p.list_code, p.key
	)
	INSERT INTO entity_screen.stage_record (load_no, row_no, line_no,
		source_rows, list_code, source_id, entry_type, name, destination,
		destination_code, names, addresses, source_start, source_start_on,
		source_citation, citations, license_requirement,
		license_review_policy, reason, scope_note, footnotes, parent, note,
		detail, problems)
	SELECT merge_staged.load_no, f.row_no, f.line_no, f.source_rows,
		f.list_code, f.source_id, f.entry_type, n.names[1].name,
		f.destination, f.destination_code, coalesce(n.names, '{}'),
		coalesce(a.addresses, '{}'), f.source_start, f.source_start_on,
		f.source_citation, f.citations, f.license_requirement,
		f.license_review_policy, f.reason, f.scope_note, f.footnotes,
		f.parent, f.note, d.detail, f.problems
	FROM first f
	LEFT JOIN name n ON n.list_code = f.list_code AND n.key = f.key
	LEFT JOIN address a ON a.list_code = f.list_code AND a.key = f.key
	LEFT JOIN detail d ON d.list_code = f.list_code AND d.key = f.key;
END;
$$;
COMMENT ON FUNCTION entity_screen.merge_staged(bigint, boolean) IS
'Internal: joins staged rows of one entry: those with the same source_id, or also the same name and citations';

/*
 * Names each once, remarks out of them; the dates resolved as far as the
 * file itself and the loaded rules go; what a row cannot be loaded for.
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

CREATE FUNCTION entity_screen.finish_staged(load_no bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
	UPDATE entity_screen.stage_record s
	SET names = t.names,
		name_form = @extschema@.entity_normal_form(
			@extschema@.entity_name(s.name)),
		note = nullif(concat_ws(E'\n', s.note, (
			SELECT string_agg(u.name, E'\n')
			FROM unnest(s.names) AS u (name, name_type, alias_quality)
			WHERE u.name_type = 'note')), ''),
		problems = s.problems || CASE
			WHEN s.name IS NULL OR t.names = '{}'
				THEN ARRAY['row_refused|no name']
			WHEN entity_screen.is_keyless(s.name)
				THEN ARRAY['row_refused|name without letter or digit '
						   || quote_literal(s.name)]
			ELSE '{}' END,
		start_on = coalesce(s.source_start_on, r.start_on, '-infinity'),
		start_basis = CASE WHEN s.source_start_on IS NOT NULL
			THEN 'source_date' WHEN r.start_on IS NOT NULL THEN 'citation'
			ELSE 'unknown' END,
		detail = nullif(coalesce(s.detail, '{}') || jsonb_strip_nulls(
			jsonb_build_object('source_start_on', s.source_start,
				'source_citation', s.source_citation)), '{}')
	FROM entity_screen.stage_record o
	CROSS JOIN LATERAL (
		SELECT entity_screen.tidy_names(o.names) AS names) t
	CROSS JOIN LATERAL (
		SELECT CASE WHEN o.source_start_on IS NULL THEN coalesce(
			entity_screen.citation_date(o.source_citation),
			(SELECT min(coalesce(t.applicable_on, t.effective_on))
			 FROM unnest(o.citations) AS c (citation)
			 JOIN entity_screen.tranche t ON t.list_code = o.list_code
				AND t.kind = 'rule' AND t.status = 'approved'
				AND t.volume = entity_screen.citation_part(c.citation, 1)
				AND entity_screen.citation_part(c.citation, 2)
					BETWEEN t.page_from AND coalesce(t.page_to, t.page_from)
			)) END AS start_on) r
	WHERE s.load_no = finish_staged.load_no
		AND o.load_no = s.load_no AND o.row_no = s.row_no
		AND o.list_code = s.list_code;
	UPDATE entity_screen.stage_record s
	SET names = ARRAY(
			SELECT u FROM unnest(s.names) u
			WHERE NOT entity_screen.is_keyless(u.name)),
		problems = s.problems || ARRAY(
			SELECT 'value_refused|name without letter or digit '
				|| quote_literal(u.name)
			FROM unnest(s.names[2:]) u
			WHERE entity_screen.is_keyless(u.name))
	WHERE s.load_no = finish_staged.load_no
		AND EXISTS (
			SELECT FROM unnest(s.names) u
			WHERE entity_screen.is_keyless(u.name));
	UPDATE entity_screen.stage_record s
	SET content_hash = entity_screen.staged_hash(s)
	WHERE s.load_no = finish_staged.load_no;
END;
$$;
COMMENT ON FUNCTION entity_screen.finish_staged(bigint) IS
'Internal: resolves names, dates and problems of all staged records of a load';

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
