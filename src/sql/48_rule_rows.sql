/*
 * 48_rule_rows: a rule in a flat file becomes an operation file
 *
 * Some keep a rule as a table: a row for each name and each address, what
 * they belong to repeated on every one of them.  Which column is which field
 * is a row of list_format with reader rule_csv.  The rows are written as an
 * operation file, so that one reader checks them all.
 */

INSERT INTO entity_screen.list_format (format, title, reader, signature,
	columns, words, is_shipped)
VALUES ('rule_rows_csv', 'A rule as rows of names and addresses', 'rule_csv',
	'{action,entity_name,effective_date}',
	'{"list_code": "list", "citation": "fr_citation",
	  "document_number": "fr_document", "effective_on": "effective_date",
	  "operation": "action", "name": "entity_name", "alias": "alias",
	  "name_type": "alias_type", "address": "address",
	  "destination_country": "country",
	  "license_requirement": "license_requirement",
	  "license_review_policy": "license_policy", "parent": "parent",
	  "note": "note"}',
	'{"operation": {"modify": "revise", "amend": "revise", "add": "add",
		"remove": "remove", "correct": "correct", "delete": "remove"},
	  "name_type": {"a.k.a.": "aka", "aka": "aka", "f.k.a.": "fka",
		"fka": "fka", "d.b.a.": "dba", "d/b/a": "dba"}}', true);

CREATE FUNCTION entity_screen.csv_line(fields text[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT string_agg(coalesce('"' || replace(u.field, '"', '""') || '"', ''),
		',' ORDER BY u.ordinality)
	FROM unnest(fields) WITH ORDINALITY AS u (field, ordinality);
END;
COMMENT ON FUNCTION entity_screen.csv_line(text[]) IS
'Internal: a line of a CSV file, every field in quotes, nothing for null';

/*
 * Which rule_csv format a file has; null for an operation file and all else,
 * about which the reader of operation files has the better messages.
 */
CREATE FUNCTION entity_screen.detect_rule_format(content bytea)
RETURNS text
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	f entity_screen.list_format;
	header text[];
BEGIN
	FOR f IN
		SELECT l.* FROM entity_screen.list_format l
		WHERE l.reader = 'rule_csv' AND l.signature <> '{}'
		ORDER BY cardinality(l.signature) DESC, l.is_shipped, l.format
	LOOP
		BEGIN
			SELECT s.fields INTO header
			FROM entity_screen.split_csv(
				entity_screen.first_lines(content, f.header_line),
				f.delimiter, f.encoding, f.header_line) s
			OFFSET f.header_line - 1;
			IF ARRAY(SELECT btrim(u) FROM unnest(header) u) @> f.signature
			THEN
				RETURN f.format;
			END IF;
		EXCEPTION WHEN character_not_in_repertoire OR bad_copy_file_format THEN
			NULL;	/* not a file of this format, or the loader says why */
		END;
	END LOOP;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION entity_screen.detect_rule_format(bytea) IS
'Internal: name of the format in list_format by which a file of rows is a rule; null when it is none';

/* The records of the file, in the order of an operation file */
CREATE FUNCTION entity_screen.rule_record(content bytea,
	format entity_screen.list_format)
RETURNS TABLE (place bigint, part integer, fields text[])
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH row AS MATERIALIZED (
		SELECT r.line_no, r.line_no AS place,
			entity_screen.field_texts(r.record, (format).columns) AS f
		FROM entity_screen.csv_record(content, format) r
	), told AS MATERIALIZED (
		SELECT row.line_no, row.f, entity_screen.field_word(
				row.f ->> 'operation', format, 'operation',
				row.f ->> 'operation') AS operation,
			concat_ws('|', lower(row.f ->> 'operation'),
				entity_screen.name_key(row.f ->> 'name'),
				entity_screen.name_key(row.f ->> 'destination_country'))
				AS key
		FROM row
	), placed AS (
		SELECT told.*,
			min(told.line_no) OVER (PARTITION BY told.key) AS entry_line,
			row_number() OVER (PARTITION BY told.key ORDER BY told.line_no)
				AS nth
		FROM told
	)
	SELECT 0::bigint, 0, ARRAY['tranche', NULL, t.f ->> 'list_code',
		t.f ->> 'citation', t.f ->> 'document_number', t.f ->> 'page_to',
		t.f ->> 'effective_on', t.f ->> 'applicable_on',
		t.f ->> 'announced_on', t.f ->> 'published_on',
		NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL]
	FROM (SELECT told.f FROM told ORDER BY told.line_no LIMIT 1) t
	UNION ALL
	SELECT p.entry_line, 1, ARRAY['entry', p.operation, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, NULL, p.f ->> 'name',
		p.f ->> 'destination_country', p.f ->> 'entry_type',
		p.f ->> 'parent', p.f ->> 'license_requirement',
		p.f ->> 'license_review_policy', NULL, NULL, NULL,
		CASE WHEN p.operation <> 'add' THEN 'record' END, p.f ->> 'note']
	FROM placed p WHERE p.nth = 1
	UNION ALL
	SELECT p.entry_line, 2, ARRAY['address', NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		p.f ->> 'address', entity_screen.address_country(p.f ->> 'address'),
		NULL, CASE WHEN p.nth > 1 THEN p.f ->> 'note' END]
	FROM placed p WHERE p.f ? 'address'
	UNION ALL
	SELECT p.entry_line, 3, ARRAY['name', NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, p.f ->> 'alias', NULL, NULL, NULL, NULL,
		NULL, entity_screen.field_word(p.f ->> 'name_type', format,
			'name_type', 'aka'), NULL, NULL, NULL,
		CASE WHEN p.nth > 1 THEN p.f ->> 'note' END]
	FROM placed p WHERE p.f ? 'alias';
END;
COMMENT ON FUNCTION entity_screen.rule_record(bytea, entity_screen.list_format) IS
'Internal: the rows of a rule as fields of an operation file';

CREATE FUNCTION entity_screen.operation_file(content bytea, format text)
RETURNS bytea
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	f entity_screen.list_format;
	rules text;
	body text;
BEGIN
	SELECT l.* INTO f FROM entity_screen.list_format l
	WHERE l.format = operation_file.format AND l.reader = 'rule_csv';
	SELECT string_agg(DISTINCT concat_ws(', ', t ->> 'list_code',
			t ->> 'citation', t ->> 'document_number', t ->> 'effective_on'),
			'; '), count(DISTINCT concat_ws('|', t ->> 'list_code',
			t ->> 'citation', t ->> 'document_number', t ->> 'effective_on'))
	INTO rules, body
	FROM entity_screen.csv_record(content, f) r
	CROSS JOIN LATERAL entity_screen.field_texts(r.record, f.columns) AS t;
	IF body::integer <> 1 THEN
		PERFORM entity_screen.refuse_file('bad_copy_file_format',
			CASE WHEN body = '0' THEN 'the file holds no row'
				ELSE 'the file holds more than one rule' END,
			coalesce('Its rows say: ' || left(rules, 400),
				'There is nothing below the header.'),
			'Put each rule in a file of its own.');
	END IF;
	SELECT string_agg(entity_screen.csv_line(r.fields), E'\n'
			ORDER BY r.place, r.part, r.ordinality) INTO body
	FROM entity_screen.rule_record(content, f) WITH ORDINALITY AS r
		(place, part, fields, ordinality);
	RETURN convert_to('record,operation,list_code,citation,document_number,'
		'page_to,effective_on,applicable_on,announced_on,published_on,name,'
		'destination_country,entry_type,parent,license_requirement,'
		'license_review_policy,name_type,address,country,on_conflict,note'
		|| E'\n' || body || E'\n', 'UTF8');
END;
$$;
COMMENT ON FUNCTION entity_screen.operation_file(bytea, text) IS
'Internal: a rule in a flat file, written as an operation file; 22P04 when it holds more rules than one';
