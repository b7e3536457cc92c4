/*
 * 47_read: list files as json rows
 *
 * A reader turns a file into one json object a row, whatever its format;
 * 47_stage makes staged records of them.  The parsers are PostgreSQL's own:
 * COPY's for CSV, jsonb, and xml (47_read_xml).
 */

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

/*
 * Text of a file of json or XML, without byte order mark.  Reading it as CSV
 * is what can tell line and offset of bytes that are not UTF-8.
 */
CREATE FUNCTION entity_screen.file_text(content bytea)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	reason text;
BEGIN
	RETURN convert_from(CASE WHEN substring(content FROM 1 FOR 3)
			= '\xefbbbf'::bytea THEN substring(content FROM 4)
		ELSE content END, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
	reason := SQLERRM;
	PERFORM entity_screen.split_csv(content, ',', 'UTF8', 0);
	PERFORM entity_screen.refuse_file('character_not_in_repertoire',
		'the file has characters that this database cannot hold', reason,
		'Use a database with encoding UTF8.');
END;
$$;
COMMENT ON FUNCTION entity_screen.file_text(bytea) IS
'Internal: a UTF-8 file as text; 22021 when it is none, with line and offset';

CREATE FUNCTION entity_screen.file_json(content bytea)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	context text;
BEGIN
	RETURN entity_screen.file_text(content)::jsonb;
EXCEPTION
	WHEN invalid_text_representation OR untranslatable_character THEN
		GET STACKED DIAGNOSTICS context = PG_EXCEPTION_DETAIL;
		PERFORM entity_screen.refuse_file('invalid_text_representation',
			'the file is not valid JSON', SQLERRM || '. ' || context,
			'The file may be cut off: fetch it again.');
	WHEN statement_too_complex THEN
		PERFORM entity_screen.refuse_file('program_limit_exceeded',
			'the file is not a list of records',
			'Its JSON is nested too deeply to be read.',
			'Fetch it again from its source.');
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
	records jsonb := CASE jsonb_typeof(document) WHEN 'array' THEN document
		ELSE document #> (format).records_path END;
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
