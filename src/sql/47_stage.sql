/*
 * 47_stage: a list file as staged records
 *
 * A reader (47_read, 47_read_xml) turns a file into one json object a row;
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
	entry_id bigint,
	source_names integer NOT NULL DEFAULT 0,
	taken_apart integer NOT NULL DEFAULT 0,
	repeated integer NOT NULL DEFAULT 0,
	remarks integer NOT NULL DEFAULT 0,
	refused integer NOT NULL DEFAULT 0
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
COMMENT ON COLUMN entity_screen.stage_record.source_names IS
'Names as the source counts them: values between its separators';
COMMENT ON COLUMN entity_screen.stage_record.taken_apart IS
'More names, because one value held several';
COMMENT ON COLUMN entity_screen.stage_record.repeated IS
'Fewer names, because one was stated twice';
COMMENT ON COLUMN entity_screen.stage_record.remarks IS
'Fewer names, because a value is a remark';
COMMENT ON COLUMN entity_screen.stage_record.refused IS
'Fewer names, because nothing of a value can be screened';

CREATE SEQUENCE entity_screen.stage_load_no;
COMMENT ON SEQUENCE entity_screen.stage_load_no IS 'Numbers of loads';
SELECT pg_catalog.pg_extension_config_dump('entity_screen.stage_record', '');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.stage_load_no', '');

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

/*
 * How many names a row states as its source counts them: an element of an
 * array or a value between separators, whatever it holds.
 */
CREATE FUNCTION entity_screen.count_stated(record jsonb, texts jsonb,
	format entity_screen.list_format, list_code text)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	field text;
	stated text[];
	result integer := (texts ? 'name')::integer;
BEGIN
	IF (format).columns = '{}' THEN
		RETURN result + CASE jsonb_typeof(record -> 'names')
			WHEN 'array' THEN jsonb_array_length(record -> 'names')
			ELSE 0 END;
	END IF;
	FOREACH field IN ARRAY
		'{aliases,weak_aliases,previous_names,native_names}'::text[]
	LOOP
		CONTINUE WHEN NOT texts ? field;
		stated := entity_screen.field_values(record, (format).columns, field,
											 list_code);
		IF jsonb_typeof(record -> ((format).columns ->> field))
			IS DISTINCT FROM 'array' THEN
			stated := entity_screen.split_list(stated[1],
											   (format).separator);
		END IF;
		result := result + (SELECT count(*) FROM unnest(stated) u
							WHERE entity_screen.trim_name(u) <> '');
	END LOOP;
	RETURN result;
END;
$$;
COMMENT ON FUNCTION entity_screen.count_stated(jsonb, jsonb, entity_screen.list_format, text) IS
'Internal: number of names that a row states, as its source counts them';

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
	s.source_names := entity_screen.count_stated(record, texts, format,
												 s.list_code);
	s.taken_apart := 0;
	s.repeated := 0;
	s.remarks := 0;
	s.refused := 0;
	part := entity_screen.split_entity(coalesce(s.names[1].name, ''));
	s.name := nullif(part[1], '');
	s.scope_note := coalesce(texts ->> 'scope_note', part[2]);
	s.parent := coalesce(texts ->> 'parent', part[3]);
	IF s.names <> '{}' THEN
		s.names[1].name := s.name;
	END IF;
	s.addresses := entity_screen.stage_addresses(record, texts, format,
												 s.list_code);
	s.destination := nullif(btrim(split_part(texts ->> 'destination',
											 (format).separator, 1)), '');
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
	IF (format).is_exact THEN
		s.detail := nullif(coalesce(s.detail, '{}') || jsonb_strip_nulls(
			record - entity_screen.format_columns(format)), '{}');
	END IF;
	s.problems := '{}';
	IF s.source_start IS NOT NULL AND s.source_start_on IS NULL THEN
		s.problems := ARRAY['value_refused|date of listing '
			|| quote_literal(s.source_start)];
	END IF;
	IF (format).columns = '{}' AND texts ? 'problem' THEN
		s.problems := s.problems || ARRAY[texts ->> 'problem'];
	END IF;
	RETURN entity_screen.finish_record(s);
END;
$$;
COMMENT ON FUNCTION entity_screen.stage_row(bigint, bigint, bigint, jsonb, entity_screen.list_format, text) IS
'Internal: makes a staged record of a row of the file';
