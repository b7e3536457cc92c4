/*
 * 48_snapshot_read: a file, its format recognized, into the staging table
 */

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
 * The first lines of a file: what is wrong further down is told by the
 * reader, which can say where.
 */
CREATE FUNCTION entity_screen.first_lines(content bytea, lines integer)
RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	head bytea := substring(content FROM 1 FOR 65536);
	at integer := 0;
	step integer;
	seen integer := 0;
BEGIN
	WHILE seen < lines LOOP
		step := position('\x0a'::bytea IN substring(head FROM at + 1));
		IF step = 0 THEN
			RETURN head;
		END IF;
		at := at + step;
		seen := seen + (step > 2)::integer;	/* not an empty line */
	END LOOP;
	RETURN substring(head FROM 1 FOR at);
END;
$$;
COMMENT ON FUNCTION entity_screen.first_lines(bytea, integer) IS
'Internal: the first lines of a file that are not empty, at most 64 kB';

/* Whether one of the first records of a document has all the keys */
CREATE FUNCTION entity_screen.has_keys(document jsonb, path text[],
									   keys text[])
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce((
		SELECT bool_or(r.value ?& keys)
		FROM generate_series(0, 99) AS n
		CROSS JOIN LATERAL (
			SELECT CASE jsonb_typeof(document) WHEN 'array' THEN document -> n
				ELSE document #> path -> n END AS value) r), false);
END;
COMMENT ON FUNCTION entity_screen.has_keys(jsonb, text[], text[]) IS
'Internal: whether one of the first hundred records of a JSON document has all the keys';

CREATE FUNCTION entity_screen.format_columns(
	format entity_screen.list_format)
RETURNS text[]
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT array_agg(c.name)
	FROM jsonb_each((format).columns) f
	CROSS JOIN LATERAL jsonb_array_elements_text(
		CASE jsonb_typeof(f.value) WHEN 'array' THEN f.value
			ELSE jsonb_build_array(f.value) END) AS c (name);
END;
COMMENT ON FUNCTION entity_screen.format_columns(entity_screen.list_format) IS
'Internal: all columns that a format names';

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
			WHERE head ~ ('<(\w+:)?' || u.root || '[\s>/]'))
		LIMIT 1;
		RETURN result;
	ELSIF left(head, 1) IN ('{', '[') THEN
		document := entity_screen.file_json(content);
		SELECT l.format INTO result
		FROM entity_screen.list_format l
		WHERE l.reader = 'json' AND l.signature <> '{}'
			AND entity_screen.has_keys(document, l.records_path, l.signature)
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
			FROM entity_screen.split_csv(
				entity_screen.first_lines(content, f.header_line),
				f.delimiter, f.encoding, f.header_line) s
			OFFSET f.header_line - 1;
			found := ARRAY(SELECT btrim(u) FROM unnest(found) u);
			IF found @> f.signature AND (NOT f.is_exact
				OR found <@ entity_screen.format_columns(f)) THEN
				RETURN CASE WHEN NOT found @> '{record,operation}'
					THEN f.format END;
			END IF;
		EXCEPTION WHEN character_not_in_repertoire OR bad_copy_file_format THEN
			NULL;	/* another format may read it; the loader says why not */
		END;
	END LOOP;
	IF head ~ '(^|\n)\d+,"?[^\n]*,' AND head ~ '-0-' THEN
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
	IF substring(content FROM 1 FOR 2)
		IN ('\xfffe'::bytea, '\xfeff'::bytea) THEN
		PERFORM entity_screen.refuse_file('character_not_in_repertoire',
			'the file is UTF-16', 'It begins with the mark of that encoding.',
			'Save the file as UTF-8.');
	END IF;
	name := coalesce(name, entity_screen.detect_format(content),
		entity_screen.detect_rule_format(content));
	SELECT l.* INTO result
	FROM entity_screen.list_format l WHERE l.format = name;
	IF NOT FOUND THEN
		PERFORM entity_screen.refuse_file('invalid_parameter_value',
			CASE WHEN name IS NULL THEN 'the format of the file is not known'
				ELSE format('format %L is not known', name) END,
			format('It begins: %s', left(encode(
				substring(content FROM 1 FOR 80), 'escape'), 120)),
			'Name one of entity_screen.list_format, or add a row there. An operation file is loaded with load_tranche(); a list of your own as plain_csv has none but its columns.');
	END IF;
	IF result.reader = 'rule_csv' THEN
		PERFORM entity_screen.refuse_file('invalid_parameter_value',
			'the file is a rule, not a whole list',
			format('It has the columns of format %s.', result.format),
			'Load it with entity_screen.load_tranche().');
	END IF;
	RETURN result;
END;
$$;
COMMENT ON FUNCTION entity_screen.choose_format(bytea, text) IS
'Internal: the format to read a file by, named or recognized; 22023 when there is none';

/*
 * The rows of a file, staged; how many.  The parsers of PostgreSQL that read
 * it complain in words of their own and say nothing of what to do: what no
 * reader has put in better words is told here.
 */
CREATE FUNCTION entity_screen.stage_rows(load_no bigint, content bytea,
	attachments bytea[], format entity_screen.list_format, list_code text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	staged bigint;
	reason text;
	detail text;
	hint text;
BEGIN
	INSERT INTO entity_screen.stage_record
	SELECT s.*
	FROM (SELECT p.*, row_number() OVER () AS row_no
		  FROM entity_screen.read_records(content, attachments, format) p) r
	CROSS JOIN LATERAL entity_screen.stage_row(stage_rows.load_no, r.row_no,
		r.line_no, r.record, format, list_code) s;
	GET DIAGNOSTICS staged = ROW_COUNT;
	RETURN staged;
EXCEPTION
	WHEN cardinality_violation THEN	/* of XMLTABLE, which does not say where */
		PERFORM entity_screen.refuse_file('invalid_xml_document',
			format('the file cannot be read as format %s', (format).format),
			'An entry has an element twice that it has once at most, such as its name: '
			|| SQLERRM,
			'Fetch the file again from its source, and ask there if it stays so.');
	WHEN data_exception OR program_limit_exceeded THEN
		GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT,
			detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		IF hint <> '' THEN
			RAISE;
		END IF;
		PERFORM entity_screen.refuse_file(SQLSTATE,
			format('the file cannot be read as format %s', (format).format),
			concat_ws(': ', reason, nullif(detail, '')),
			'Look at the place named, or fetch the file again from its source.');
END;
$$;
COMMENT ON FUNCTION entity_screen.stage_rows(bigint, bytea, bytea[], entity_screen.list_format, text) IS
'Internal: reads the rows of a file into stage_record; every refusal has a hint';

CREATE FUNCTION entity_screen.stage_file(content bytea, attachments bytea[],
	format entity_screen.list_format, list_code text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	load bigint := nextval('entity_screen.stage_load_no');
	staged bigint := entity_screen.stage_rows(load, content, attachments,
											  format, list_code);
BEGIN
	IF staged = 0 THEN
		PERFORM entity_screen.refuse_file('bad_copy_file_format',
			'the file holds no row',
			format('It was read as format %s.', (format).format),
			CASE (format).reader WHEN 'ofac_csv'
				THEN 'Pass sdn.csv (cons_prim.csv), and alt, add and comments as attachments.'
				ELSE 'A list is never empty: fetch the file again.' END);
	END IF;
	PERFORM entity_screen.merge_staged(load, (format).group_rows);
	PERFORM entity_screen.refuse_nameless(load);
	RETURN load;
END;
$$;
COMMENT ON FUNCTION entity_screen.stage_file(bytea, bytea[], entity_screen.list_format, text) IS
'Internal: reads a file into stage_record; returns the number of the load';
