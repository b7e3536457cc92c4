/*
 * 47_read_xml: XML lists as json rows, by PostgreSQL's own xml
 */

/* The text of an XML file, in the encoding that its first line declares */
CREATE FUNCTION entity_screen.xml_text(content bytea)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	declared text := substring(encode(substring(content FROM 1 FOR 200),
		'escape') FROM '^\s*<\?xml[^>]*encoding\s*=\s*["'']([^"'']+)');
	hint text;
BEGIN
	IF declared !~* '^utf-?8$' AND declared !~* '^us-ascii$' THEN
		RETURN convert_from(content, declared);
	END IF;
	RETURN entity_screen.file_text(content);
EXCEPTION
	WHEN invalid_parameter_value OR undefined_object OR undefined_function THEN
		PERFORM entity_screen.refuse_file('invalid_parameter_value',
			format('encoding %L is not known', declared),
			'The first line of the file declares it.',
			'Save the file as UTF-8.');
	WHEN character_not_in_repertoire OR untranslatable_character THEN
		GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
		IF hint <> '' THEN	/* file_text() has said it */
			RAISE;
		END IF;
		PERFORM entity_screen.refuse_file('character_not_in_repertoire',
			format('the file is not in encoding %L, which it declares, or has characters that this database cannot hold',
				   declared), SQLERRM,
			'Save the file as UTF-8, or use a database with encoding UTF8.');
END;
$$;
COMMENT ON FUNCTION entity_screen.xml_text(bytea) IS
'Internal: an XML file as text, by the encoding that it declares';

/*
 * The file as xml.  PostgreSQL may be built without libxml; then it says so.
 * Namespaces come and go between editions, so the default one and prefixes
 * of elements are taken off.
 */
CREATE FUNCTION entity_screen.file_xml(content bytea)
RETURNS xml
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	body text := entity_screen.xml_text(content);
	reason text;
BEGIN
	body := regexp_replace(body, '^\s*<\?xml[^>]*\?>', '');
	IF body ~ '^\s*(<!--.*?-->\s*)*<\w+:' THEN
		body := regexp_replace(body, '(</?)\w+:', '\1', 'g');
	END IF;
	body := regexp_replace(body, '<(br|BR)\s*/>', ' ~br~ ', 'g');
	body := regexp_replace(body, '^\s*<!DOCTYPE[^>\[]*(\[[^\]]*\])?\s*>', '');
	RETURN xmlparse(DOCUMENT regexp_replace(body,
		'(<\w+)((?:\s+[\w:]+="[^"]*")*)\s+xmlns="[^"]*"', '\1\2'));
EXCEPTION
	WHEN feature_not_supported THEN
		PERFORM entity_screen.refuse_file('feature_not_supported',
			'this server cannot read XML',
			'PostgreSQL was built without libxml.',
			'Use a server built with libxml, or the list''s CSV or JSON edition.');
	WHEN invalid_xml_document OR invalid_xml_content OR data_exception THEN
		GET STACKED DIAGNOSTICS reason = PG_EXCEPTION_DETAIL;
		PERFORM entity_screen.refuse_file('invalid_xml_document',
			'the file is not well-formed XML',
			coalesce(nullif(reason, ''), SQLERRM),
			'Look at the place named; an ampersand is written &amp;. Fetch the file again from its source.');
END;
$$;
COMMENT ON FUNCTION entity_screen.file_xml(bytea) IS
'Internal: a file as an XML document without default namespace; 2200M when it is not well-formed, with the line';

CREATE FUNCTION entity_screen.ofac_xml_record(content bytea,
	format entity_screen.list_format)
RETURNS TABLE (line_no bigint, record jsonb)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	document xml := entity_screen.file_xml(content);
BEGIN
	RETURN QUERY
	SELECT e.line_no::bigint, jsonb_strip_nulls(jsonb_build_object(
		'source_id', e.uid,
		'name', CASE WHEN e.first_name IS NULL THEN e.last_name
			ELSE concat_ws(', ', e.last_name, e.first_name) END,
		'entry_type', e.sdn_type,
		'names', (
			SELECT jsonb_agg(jsonb_build_object(
				'name', CASE WHEN a.first_name IS NULL THEN a.last_name
					ELSE concat_ws(', ', a.last_name, a.first_name) END,
				'type', entity_screen.field_word(a.type, format,
												 'name_type', 'aka'),
				'quality', entity_screen.field_word(a.category, format,
					'alias_quality', 'unknown')))
			FROM XMLTABLE('/akaList/aka' PASSING e.aka_list COLUMNS
				type text PATH 'type', category text PATH 'category',
				last_name text PATH 'lastName',
				first_name text PATH 'firstName') a),
		'addresses', (
			SELECT jsonb_agg(jsonb_build_object(
				'address', concat_ws(', ', a.address1, a.address2,
					a.address3, a.city, a.state, a.postal_code, a.country),
				'country', a.country))
			FROM XMLTABLE('/addressList/address' PASSING e.address_list
				COLUMNS address1 text PATH 'address1',
				address2 text PATH 'address2', address3 text PATH 'address3',
				city text PATH 'city', state text PATH 'stateOrProvince',
				postal_code text PATH 'postalCode',
				country text PATH 'country') a),
		'detail.programs', (
			SELECT string_agg(p.program, '; ')
			FROM XMLTABLE('/programList/program' PASSING e.program_list
				COLUMNS program text PATH '.') p),
		'detail.identifiers', (
			SELECT string_agg(concat_ws(' ', i.type, i.number,
					'(' || i.country || ')'), '; ')
			FROM XMLTABLE('/idList/id' PASSING e.id_list COLUMNS
				type text PATH 'idType', number text PATH 'idNumber',
				country text PATH 'idCountry') i),
		'detail.dates_of_birth', (
			SELECT string_agg(d.value, '; ')
			FROM XMLTABLE('/dateOfBirthList/dateOfBirthItem'
				PASSING e.birth_list COLUMNS
				value text PATH 'dateOfBirth') d),
		'detail.places_of_birth', (
			SELECT string_agg(d.value, '; ')
			FROM XMLTABLE('/placeOfBirthList/placeOfBirthItem'
				PASSING e.place_list COLUMNS
				value text PATH 'placeOfBirth') d),
		'detail.title', e.title, 'detail.remarks', e.remarks,
		'detail.vessel', entity_screen.squeeze(e.vessel)))
	FROM XMLTABLE('//sdnEntry' PASSING document COLUMNS
		line_no FOR ORDINALITY,
		uid text PATH 'uid', last_name text PATH 'lastName',
		first_name text PATH 'firstName', sdn_type text PATH 'sdnType',
		title text PATH 'title', remarks text PATH 'remarks',
		aka_list xml PATH 'akaList', address_list xml PATH 'addressList',
		program_list xml PATH 'programList', id_list xml PATH 'idList',
		birth_list xml PATH 'dateOfBirthList',
		place_list xml PATH 'placeOfBirthList',
		vessel text PATH 'string(vesselInfo)') e;
END;
$$;
COMMENT ON FUNCTION entity_screen.ofac_xml_record(bytea, entity_screen.list_format) IS
'Internal: entries of OFAC''s sdn.xml or consolidated.xml';

CREATE FUNCTION entity_screen.un_xml_record(content bytea,
	format entity_screen.list_format)
RETURNS TABLE (line_no bigint, record jsonb)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	document xml := entity_screen.file_xml(content);
BEGIN
	RETURN QUERY
	SELECT e.line_no::bigint, jsonb_strip_nulls(jsonb_build_object(
		'source_id', entity_screen.squeeze(e.data_id),
		'name', entity_screen.squeeze(concat_ws(' ', e.first_name,
			e.second_name, e.third_name, e.fourth_name)),
		'entry_type', CASE WHEN e.kind = 'INDIVIDUAL' THEN 'person'
			ELSE 'organization' END,
		'start_on', entity_screen.squeeze(e.listed_on),
		'reason', entity_screen.squeeze(e.comments),
		'names', coalesce((
			SELECT jsonb_agg(jsonb_build_object(
				'name', entity_screen.squeeze(a.name),
				'type', entity_screen.field_word(
					entity_screen.squeeze(a.quality), format, 'name_type',
					'aka'),
				'quality', entity_screen.field_word(
					entity_screen.squeeze(a.quality), format,
					'alias_quality', 'unknown')))
			FROM XMLTABLE('/node()/*[self::INDIVIDUAL_ALIAS or self::ENTITY_ALIAS]'
				PASSING e.node COLUMNS quality text PATH 'QUALITY',
				name text PATH 'ALIAS_NAME') a
			WHERE entity_screen.squeeze(a.name) IS NOT NULL), '[]')
			|| CASE WHEN entity_screen.squeeze(e.original) IS NULL THEN '[]'
			ELSE jsonb_build_array(jsonb_build_object('name',
				entity_screen.squeeze(e.original), 'type', 'native_script'))
			END,
		'addresses', (
			SELECT jsonb_agg(jsonb_build_object('address', a.text,
				'country', entity_screen.squeeze(a.country)))
			FROM (SELECT x.country, entity_screen.squeeze(concat_ws(', ',
					nullif(x.street, ''), nullif(x.city, ''),
					nullif(x.state, ''), nullif(x.zip, ''),
					nullif(x.country, ''))) AS text
				  FROM XMLTABLE('/node()/*[self::INDIVIDUAL_ADDRESS or self::ENTITY_ADDRESS]'
					PASSING e.node COLUMNS street text PATH 'STREET',
					city text PATH 'CITY', state text PATH 'STATE_PROVINCE',
					zip text PATH 'ZIP_CODE',
					country text PATH 'COUNTRY') x) a
			WHERE a.text IS NOT NULL),
		'detail.programs', entity_screen.squeeze(e.list_type),
		'detail.reference_number', entity_screen.squeeze(e.reference),
		'detail.nationalities', (
			SELECT string_agg(entity_screen.squeeze(v.value), '; ')
			FROM XMLTABLE('/node()/NATIONALITY/VALUE' PASSING e.node
				COLUMNS value text PATH '.') v),
		'detail.title', (
			SELECT string_agg(entity_screen.squeeze(v.value), '; ')
			FROM XMLTABLE('/node()/DESIGNATION/VALUE' PASSING e.node
				COLUMNS value text PATH '.') v),
		'detail.dates_of_birth', (
			SELECT string_agg(entity_screen.squeeze(v.value), '; ')
			FROM XMLTABLE('/node()/INDIVIDUAL_DATE_OF_BIRTH' PASSING e.node
				COLUMNS value text PATH 'string(.)') v),
		'detail.places_of_birth', (
			SELECT string_agg(entity_screen.squeeze(v.value), '; ')
			FROM XMLTABLE('/node()/INDIVIDUAL_PLACE_OF_BIRTH' PASSING e.node
				COLUMNS value text PATH 'string(.)') v),
		'detail.identifiers', (
			SELECT string_agg(entity_screen.squeeze(v.value), '; ')
			FROM XMLTABLE('/node()/INDIVIDUAL_DOCUMENT' PASSING e.node
				COLUMNS value text PATH 'string(.)') v)))
	FROM XMLTABLE('/CONSOLIDATED_LIST/*/*[self::INDIVIDUAL or self::ENTITY]'
		PASSING document COLUMNS
		line_no FOR ORDINALITY,
		kind text PATH 'name(.)', node xml PATH '.',
		data_id text PATH 'DATAID', first_name text PATH 'FIRST_NAME',
		second_name text PATH 'SECOND_NAME',
		third_name text PATH 'THIRD_NAME',
		fourth_name text PATH 'FOURTH_NAME',
		list_type text PATH 'UN_LIST_TYPE',
		reference text PATH 'REFERENCE_NUMBER',
		listed_on text PATH 'LISTED_ON',
		original text PATH 'NAME_ORIGINAL_SCRIPT',
		comments text PATH 'COMMENTS1') e;
END;
$$;
COMMENT ON FUNCTION entity_screen.un_xml_record(bytea, entity_screen.list_format) IS
'Internal: entries of the UN consolidated XML';
