/*
 * 47_read_ecfr: Supplement No. 4 to 15 CFR part 744, a table of prose
 *
 * A cell "Entity" is the name, "a.k.a., the following N aliases:" with the
 * aliases behind dashes, "f.k.a.", and the addresses, separated by "; and".
 * Where there are dashes they say what is an alias; N is checked against
 * them.  Without dashes N says how many of the parts are names, and without
 * it there is one.
 */

/*
 * The end of the last alias and the beginning of the addresses stand in one
 * part: "Institute 77. No. 9 Long Street".  An address begins with a number
 * or with a word of addresses; or it ends in a country, and begins behind a
 * word of three letters with a full stop ("Co., Ltd. Bantian Base, China",
 * but not "A. Q. Works" or "No. 5").
 */
CREATE FUNCTION entity_screen.split_last_alias(part text)
RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(
		regexp_match(part, '^(.*?)[.,]?\s*~br~[\s~br]*(.*)$'),
		regexp_match(part, '^(.*?)\.\s+((?:Nos?\.|\d|Rooms?\M|Rm\M|Units?\M|Building\M|Bldg\M|Block\M|Floor\M|Suites?\M|Office\M|P\.?\s?O\.?\s?Box|Flat\M|Level\M|Street\M|Str\.|Ul\.|House\M).*)$'),
		CASE WHEN entity_screen.address_country(rtrim(part, ' .'))
				IS NOT NULL
			THEN regexp_match(part,
				'^(.*?[[:alpha:]]{3}\)?)\.\s+([[:upper:]].*,.*)$') END,
		ARRAY[part, NULL]);
END;
COMMENT ON FUNCTION entity_screen.split_last_alias(text) IS
'Internal: the last alias of an Entity cell and the address text behind it';

/* A name and the address behind it, without any alias between */
CREATE FUNCTION entity_screen.split_name_address(value text)
RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(
		regexp_match(value, '^(.*?)[.,]?\s*~br~[\s~br]*(.*)$'),
		regexp_match(value, '^(.*?(?:\mLtd|\mInc|\mLLC|\mCorp|\mCompany|\mLimited|\mGmbH|\mJSC|\mFZE|\mPLC|\mInstitute|\mUniversity|\mCorporation|\mBureau|\mCo)\.?\)?), ((?!(?:Ltd|Inc|LLC|Co|Corp)\M).*)$'),
		regexp_match(value, '^([^,;]+(?:, (?:Ltd|Inc|LLC|Co)\.?)*)[,;]\s*(.*)$'),
		ARRAY[value, NULL]);
END;
COMMENT ON FUNCTION entity_screen.split_name_address(text) IS
'Internal: name and address text of a part of an Entity cell';

/* 22, "22" or "twenty-two"; null for another word */
CREATE FUNCTION entity_screen.printed_number(word text)
RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN word ~ '^[0-9]{1,3}$' THEN word::integer
		ELSE coalesce(array_position('{one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,fourteen,fifteen,sixteen,seventeen,eighteen,nineteen}'::text[],
				lower(word)),
			10 + 10 * array_position('{twenty,thirty,forty,fifty,sixty,seventy,eighty,ninety}'::text[],
				split_part(lower(word), '-', 1))
			+ coalesce(array_position('{one,two,three,four,five,six,seven,eight,nine}'::text[],
				nullif(split_part(lower(word), '-', 2), '')), 0)) END;
END;
COMMENT ON FUNCTION entity_screen.printed_number(text) IS
'Internal: a number up to 999 in digits or up to 99 in English words; null when it is none';

/*
 * The parts of a list of aliases, with the dash in front where there is one.
 */
CREATE FUNCTION entity_screen.alias_pieces(body text)
RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(array_agg(q.piece ORDER BY q.ordinality), '{}'::text[])
	FROM (SELECT btrim(regexp_replace(u.piece,
				'^(?:\s|~br~|and\M)+', '')) AS piece, u.ordinality
		  FROM regexp_split_to_table(body,
				';\s*(?:~br~\s*)*(?:and\M\s*)?|(?:~br~\s*)+(?=[\u2014\u2022])|\s(?=[\u2014\u2022]\S)')
			WITH ORDINALITY AS u (piece, ordinality)) q
	WHERE q.piece <> '';
END;
COMMENT ON FUNCTION entity_screen.alias_pieces(text) IS
'Internal: aliases and addresses behind "a.k.a." in an Entity cell, taken apart';

CREATE FUNCTION entity_screen.close_name(name text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN strpos(name, '(') = 0 THEN rtrim(name, ' )')
		ELSE name END;
END;
COMMENT ON FUNCTION entity_screen.close_name(text) IS
'Internal: a name without a closing parenthesis that nothing opens';

/*
 * One "a.k.a. ..." or "f.k.a. ..." of a cell: its names, how many it
 * announces, and the text of the addresses behind them.
 */
CREATE FUNCTION entity_screen.read_alias_part(part text)
RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	head text[] := regexp_match(part,
		'^(\S+?)[,:]?\s+(?:the following\s+(\S+)\s+(?:alias(?:es)?|names?)\M)?[\s:,]*(.*)$', 'i');
	kind text := CASE lower(left(part, 1)) WHEN 'f' THEN 'fka'
		WHEN 'd' THEN 'dba' ELSE 'aka' END;
	announced integer := entity_screen.printed_number(head[2]);
	pieces text[] := entity_screen.alias_pieces(head[3]);
	dash CONSTANT text := '^[\u2014\u2022]';
	dashes integer := (SELECT count(*) FROM unnest(pieces) u WHERE u ~ dash);
	names jsonb := '[]';
	addresses text;
	piece text;
	taken text[];
BEGIN
	FOREACH piece IN ARRAY pieces LOOP
		taken := ARRAY[NULL, piece];
		IF dashes > 0 AND piece ~ dash OR dashes = 0
			AND jsonb_array_length(names) < coalesce(announced, 1) THEN
			piece := regexp_replace(piece, dash || '\s*', '');
			taken := CASE
				WHEN dashes = 0 AND announced IS NULL
					THEN entity_screen.split_name_address(piece)
				WHEN jsonb_array_length(names) + 1
					= coalesce(nullif(dashes, 0), announced)
					THEN entity_screen.split_last_alias(piece)
				ELSE ARRAY[piece, NULL] END;
			names := names || jsonb_build_object('type', kind, 'name',
				entity_screen.close_name(entity_screen.trim_name(
					entity_screen.squeeze(taken[1]))));
		END IF;
		addresses := nullif(concat_ws('; ', addresses,
			entity_screen.squeeze(taken[2])), '');
	END LOOP;
	RETURN jsonb_build_object('names', names, 'announced', announced,
		'addresses', addresses);
END;
$$;
COMMENT ON FUNCTION entity_screen.read_alias_part(text) IS
'Internal: names, announced number and address text of one list of aliases in an Entity cell';

CREATE FUNCTION entity_screen.read_entity_cell(cell text)
RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part text[] := regexp_split_to_array(
		btrim(regexp_replace(cell, '\s+', ' ', 'g')),
		'[\s,;(]*\m(?=(?:[afn]\.k\.a\.|d\.b\.a\.|d/b/a)[\s,:])', 'i');
	name text[] := CASE WHEN cardinality(part) = 1
		THEN entity_screen.split_name_address(part[1])
		ELSE string_to_array(part[1], '~br~') END;
	alias jsonb;
	names jsonb := '[]';
	announced integer;
	addresses text := entity_screen.squeeze(array_to_string(name[2:], ' '));
BEGIN
	FOR i IN 2 .. cardinality(part) LOOP
		alias := entity_screen.read_alias_part(part[i]);
		names := names || (alias -> 'names');
		announced := coalesce(announced + (alias ->> 'announced')::integer,
			announced, (alias ->> 'announced')::integer);
		addresses := nullif(concat_ws('; ', addresses,
			alias ->> 'addresses'), '');
	END LOOP;
	RETURN jsonb_build_object('name', entity_screen.squeeze(name[1]),
		'names', names, 'announced_aliases', announced,
		'addresses', addresses);
END;
$$;
COMMENT ON FUNCTION entity_screen.read_entity_cell(text) IS
'Internal: name, aliases, number of aliases announced, and addresses of an Entity cell of Supplement No. 4';

/*
 * The rows of the table.  The country stands in the first row of its block
 * only, in a cell of its own that later rows have empty or not at all, or in
 * a row of its own.
 */
CREATE FUNCTION entity_screen.ecfr_row(document xml)
RETURNS TABLE (line_no bigint, country text, entity text, requirement text,
	policy text, citation text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT r.line_no::bigint,
		CASE WHEN r.cells > 4 OR r.cells < 4 AND entity_screen.country_code(
				rtrim(entity_screen.squeeze(r.first), ' .:')) IS NOT NULL
			THEN entity_screen.squeeze(r.first) END,
		CASE WHEN r.cells > 4 THEN r.second WHEN r.cells = 4 THEN r.first END,
		entity_screen.squeeze(CASE WHEN r.cells > 4 THEN r.third
			ELSE r.second END),
		entity_screen.squeeze(CASE WHEN r.cells > 4 THEN r.fourth
			ELSE r.third END),
		entity_screen.squeeze(CASE WHEN r.cells > 4 THEN r.fifth
			ELSE r.fourth END)
	FROM XMLTABLE('//DIV9[contains(@N, "Supplement No. 4")]//TR[TD]'
		PASSING document COLUMNS line_no FOR ORDINALITY,
		cells integer PATH 'count(TD)', first text PATH 'string(TD[1])',
		second text PATH 'string(TD[2])', third text PATH 'string(TD[3])',
		fourth text PATH 'string(TD[4])', fifth text PATH 'string(TD[5])') r;
END;
COMMENT ON FUNCTION entity_screen.ecfr_row(xml) IS
'Internal: rows of the table of Supplement No. 4; entity is null in a row that is a heading or a footnote';

CREATE FUNCTION entity_screen.ecfr_xml_record(content bytea,
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
	WITH row AS MATERIALIZED (
		SELECT r.* FROM entity_screen.ecfr_row(document) r
		WHERE coalesce(entity_screen.squeeze(r.entity), '') !~* '^entity$'
	), block AS (
		SELECT row.*, count(row.country) OVER (ORDER BY row.line_no) AS block
		FROM row
	), headed AS (
		SELECT b.*, replace(replace(initcap(first_value(b.country) OVER (
				PARTITION BY b.block ORDER BY b.line_no)), '''S', '''s'),
				' Of', ' of') AS destination
		FROM block b
	)
	SELECT h.line_no, jsonb_strip_nulls(jsonb_build_object(
		'name', c.cell ->> 'name', 'names', c.cell -> 'names',
		'addresses', (
			SELECT jsonb_agg(jsonb_build_object('address', a.address,
				'country', a.country))
			FROM unnest(entity_screen.state_addresses(
				ARRAY[rtrim(c.cell ->> 'addresses', ' .')], ';'))
				AS a (address, country)),
		'destination', h.destination,
		'license_requirement', h.requirement,
		'license_review_policy', h.policy, 'citations', h.citation,
		'detail.announced_aliases', c.cell -> 'announced_aliases',
		'problem', CASE WHEN (c.cell ->> 'announced_aliases')::integer
				> jsonb_array_length(c.cell -> 'names')
			THEN format('alias_count|the text announces %s aliases and holds %s',
				c.cell ->> 'announced_aliases',
				jsonb_array_length(c.cell -> 'names')) END))
	FROM headed h
	CROSS JOIN LATERAL (
		SELECT entity_screen.read_entity_cell(h.entity) AS cell) c
	WHERE entity_screen.squeeze(h.entity) !~* '^\[?reserved\]?\.?$';
END;
$$;
COMMENT ON FUNCTION entity_screen.ecfr_xml_record(bytea, entity_screen.list_format) IS
'Internal: rows of Supplement No. 4 in the eCFR XML; reserved rows are none';
