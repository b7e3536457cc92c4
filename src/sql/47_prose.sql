/*
 * 47_prose: names, addresses, dates and citations out of the text of a list
 *
 * Lists flatten several values into one field and lose letters on the way.
 * These functions take values apart; they never change a name's letters.
 */

CREATE TYPE entity_screen.stated_name AS (
	name text,
	name_type text,
	alias_quality text);
COMMENT ON TYPE entity_screen.stated_name IS 'A name as a source states it';

CREATE TYPE entity_screen.stated_address AS (
	address text,
	country text);
COMMENT ON TYPE entity_screen.stated_address IS
'An address as a source states it, and its country when that is known';

/* Text under a node, white space squeezed; null when there is none */
CREATE FUNCTION entity_screen.squeeze(value text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT nullif(btrim(regexp_replace(value, '(\s|~br~)+', ' ', 'g')), '');
END;
COMMENT ON FUNCTION entity_screen.squeeze(text) IS
'Internal: a text with single blanks and without line breaks; null when nothing is left';

/*
 * A date of a source, or null: years 1900 to 2100, no unknown day or month.
 * "0097-06-30" and "00/00/1980" give null; the text is kept by the caller.
 */
CREATE FUNCTION entity_screen.source_date(value text, date_style text)
RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part text[];
	y integer;
	m integer;
	d integer;
	months CONSTANT text := 'janfebmaraprmayjunjulaugsepoctnovdec';
BEGIN
	part := regexp_match(value, '([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})');
	IF part IS NOT NULL THEN
		y := part[1]; m := part[2]; d := part[3];
	ELSE
		part := regexp_match(value, '([0-9]{1,2})([/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?![0-9])');
		IF part IS NOT NULL THEN
			y := part[4];
			IF part[2] = '.' OR date_style = 'dmy' THEN
				d := part[1]; m := part[3];
			ELSE
				m := part[1]; d := part[3];
			END IF;
			y := y + CASE WHEN length(part[4]) = 4 THEN 0
				WHEN y < 70 THEN 2000 ELSE 1900 END;
		ELSE
			part := regexp_match(value, '([0-9]{1,2})\s+([[:alpha:]]{3,})\.?,?\s+([0-9]{4})');
			IF part IS NOT NULL THEN
				d := part[1]; y := part[3];
				m := (strpos(months, lower(left(part[2], 3))) + 2) / 3;
			ELSE
				part := regexp_match(value, '([[:alpha:]]{3,})\.?\s+([0-9]{1,2}),?\s+([0-9]{4})');
				IF part IS NULL THEN
					RETURN NULL;
				END IF;
				d := part[2]; y := part[3];
				m := (strpos(months, lower(left(part[1], 3))) + 2) / 3;
			END IF;
		END IF;
	END IF;
	IF y NOT BETWEEN 1900 AND 2100 OR m NOT BETWEEN 1 AND 12
		OR d NOT BETWEEN 1 AND 31
		OR d > extract(day FROM make_date(y, m, 1) + interval '1 month - 1 day')
	THEN
		RETURN NULL;
	END IF;
	RETURN make_date(y, m, d);
END;
$$;
COMMENT ON FUNCTION entity_screen.source_date(text, text) IS
'Internal: first date in a text: ISO, m/d/y or d/m/y by style, d.m.y, or with the name of the month; null when there is none between 1900 and 2100';

/*
 * "84 FR 54002", whatever the source writes: F.R., FR with or without
 * blanks, a date behind it or none.
 */
CREATE FUNCTION entity_screen.read_citations(value text)
RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN value ~ '\d\s*F' THEN
		entity_screen.distinct_in_order(coalesce(
			(SELECT array_agg(m.part[1] || ' FR ' || m.part[2])
			 FROM regexp_matches(value,
				'(\d{1,3})\s*F\.?\s?R\.?\s+(\d{1,6})(?!\d)', 'g')
				AS m (part)), '{}'::text[]))
		ELSE '{}'::text[] END;
END;
COMMENT ON FUNCTION entity_screen.read_citations(text) IS
'Internal: the Federal Register citations in a text as "84 FR 54002", each once, in order';

/* The earliest date that stands behind a citation */
CREATE FUNCTION entity_screen.citation_date(value text)
RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN value ~ '/' THEN
		(SELECT min(entity_screen.source_date(m.part[1], 'mdy'))
		 FROM regexp_matches(value, '(\d{1,2}/\d{1,2}/\d{2,4})', 'g')
			AS m (part)) END;
END;
COMMENT ON FUNCTION entity_screen.citation_date(text) IS
'Internal: earliest date m/d/y in a text of citations';

CREATE FUNCTION entity_screen.license_key(value text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT nullif(regexp_replace(lower(value), '[^a-z0-9]+', '', 'g'), '');
END;
COMMENT ON FUNCTION entity_screen.license_key(text) IS
'Internal: a license text for comparison: letters and digits only, since the same rule is spelled in dozens of ways';

/*
 * A text with the separators in parentheses as the control character US: a
 * piece of it that a closing one ends is in parentheses.  In time that rises
 * with its length, which looking ahead at each separator does not.
 */
CREATE FUNCTION entity_screen.hide_separators(value text, separator text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT string_agg(CASE p.piece[2] WHEN ')'
			THEN replace(p.piece[1], separator, U&'\001F')
			ELSE p.piece[1] END || p.piece[2], '' ORDER BY p.ordinality)
	FROM regexp_matches(value, '([^()]*)([()]|$)', 'g')
		WITH ORDINALITY AS p (piece, ordinality);
END;
COMMENT ON FUNCTION entity_screen.hide_separators(text, text) IS
'Internal: a text in which separators in parentheses are the control character US';

/*
 * A list of names in one text.  Split at the separator outside parentheses
 * and at ", and " behind a legal form; "and", "or", dashes and "a.k.a." in
 * front and stray separators behind are no part of a name.
 */
CREATE FUNCTION entity_screen.split_list(value text, separator text)
RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN strpos(v.value, ')') = 0
		THEN regexp_split_to_array(v.value, v.ends)
		ELSE ARRAY(
			SELECT replace(s.part, U&'\001F', separator)
			FROM regexp_split_to_table(entity_screen.hide_separators(v.value,
				separator), v.ends) WITH ORDINALITY AS s (part, ordinality)
			ORDER BY s.ordinality) END
	FROM (SELECT CASE WHEN split_list.value ~ ', and ' THEN regexp_replace(
				split_list.value,
				'((?:Ltd|Inc|LLC|Corp|Limited|Co|GmbH|S\.A|JSC|FZE|PLC)\.?), and ',
				'\1' || separator || ' ', 'g')
			ELSE split_list.value END AS value,
			'\s*\' || separator || '\s*|\s*[\u2014\u2022]\s*' AS ends) v;
END;
COMMENT ON FUNCTION entity_screen.split_list(text, text) IS
'Internal: the values in a text, split at the separator outside parentheses';

CREATE FUNCTION entity_screen.trim_name(value text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT btrim(regexp_replace(regexp_replace(value,
		'^[\s,;:\u2014-]*(?:(?:and|or)[\s,;:\u2014]+)?', '', 'i'),
		'(?:(?:^|[\s,;]+)(?:and|or))?[\s,;]*$', '', 'i'));
END;
COMMENT ON FUNCTION entity_screen.trim_name(text) IS
'Internal: a name without the conjunctions and separators around it';

/*
 * Names out of the values of one field.  Knows "a.k.a." and "f.k.a." in
 * front of a name or in an (even unclosed) parenthesis behind it, and an
 * original script in parentheses.  What is all in parentheses is a remark
 * and comes back with name_type "note".
 */
CREATE FUNCTION entity_screen.state_names(raw text[], separator text,
	name_type text, alias_quality text)
RETURNS entity_screen.stated_name[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result entity_screen.stated_name[] := '{}';
	value text;
	piece text;
	kind text;
	part text[];
BEGIN
	FOREACH value IN ARRAY coalesce(raw, '{}') LOOP
		CONTINUE WHEN value IS NULL;
		FOREACH piece IN ARRAY CASE WHEN separator IS NULL THEN ARRAY[value]
			ELSE entity_screen.split_list(value, separator) END
		LOOP
			piece := entity_screen.trim_name(piece);
			kind := name_type;
			IF piece ~* '[afnd]\.?\s?[kb]?\.?/?\s?a\.?[\s,]' AND piece ~* '(a\.?k\.?a|f\.?k\.?a|n\.?k\.?a|d\.?b\.?a|d/b/a)' THEN
				part := regexp_match(piece,
					'^(.*?)\s*\(?\m(a\.?k\.?a|f\.?k\.?a|n\.?k\.?a|d\.?b\.?a|d/b/a)\M\.?,?:?\s*(.*?)\)?$', 'i');
				IF part IS NOT NULL THEN
					IF part[1] <> '' THEN
						result := result || ROW(entity_screen.trim_name(part[1]),
							kind, alias_quality)::entity_screen.stated_name;
					END IF;
					piece := entity_screen.trim_name(part[3]);
					kind := CASE lower(left(part[2], 1)) WHEN 'f' THEN 'fka'
						WHEN 'd' THEN 'dba' ELSE 'aka' END;
				END IF;
			END IF;
			CONTINUE WHEN piece = '';
			IF piece ~ '^\(.*\)$' THEN
				result := result || ROW(btrim(piece, '()'), 'note',
					alias_quality)::entity_screen.stated_name;
				CONTINUE;
			END IF;
			part := CASE WHEN piece ~ '[^\u0001-\u024F]' THEN
				regexp_match(piece, '^([^(]*[[:alpha:]][^(]*?)\s*\(([^()]*[^\u0001-\u036F\u2000-\u206F][^()]*)\)$') END;
			IF part IS NOT NULL THEN
				result := result
					|| ROW(btrim(part[1]), kind, alias_quality)::entity_screen.stated_name
					|| ROW(btrim(part[2]), 'native_script', alias_quality)::entity_screen.stated_name;
			ELSE
				result := result || ROW(piece, kind,
					alias_quality)::entity_screen.stated_name;
			END IF;
		END LOOP;
	END LOOP;
	RETURN result;
END;
$$;
COMMENT ON FUNCTION entity_screen.state_names(text[], text, text, text) IS
'Internal: the names in the values of a field, taken apart';

/*
 * A name field: what is name, what is scope, what is the parent.
 * part 1: the name; 2: scope note; 3: parent.
 */
CREATE FUNCTION entity_screen.split_entity(value text)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	name text := value;
	scope text;
	parent text;
	part text[];
BEGIN
	IF name ~* '(subordinate|affiliated)' THEN
		part := regexp_match(name,
			'^(.*?)[\s,.;]*\m(?:subordinate institutions?|affiliated (?:entity|entities))\M\s*[:\u2013\u2014-]\s*(.+)$', 'i');
		IF part IS NOT NULL AND part[1] <> '' THEN
			parent := entity_screen.trim_name(part[1]);
			name := part[2];
		END IF;
	END IF;
	IF name ~* '(successor|subsidiar|operating units|sub-unit)' THEN
		part := regexp_match(name,
			'^(.*?)[\s,;]+((?:and|including)\M.*(?:successor|subsidiar|operating units|sub-unit).*)$', 'i');
		IF part IS NOT NULL AND part[1] <> '' THEN
			name := part[1];
			scope := part[2];
		END IF;
	END IF;
	RETURN ARRAY[entity_screen.trim_name(name), scope, parent];
END;
$$;
COMMENT ON FUNCTION entity_screen.split_entity(text) IS
'Internal: name, scope note ("and any successor ...") and parent of a printed name';

/*
 * The country at the end of an address: a code or a name after the last
 * comma, or all of it.
 */
CREATE FUNCTION entity_screen.address_country(address text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT entity_screen.country_code(btrim(
		regexp_replace(address, '^.*,', ''), ' .'));
END;
COMMENT ON FUNCTION entity_screen.address_country(text) IS
'Internal: ISO code of the country after the last comma of an address; null when unknown';

/*
 * Several addresses in one text.  A separator counts only behind a country,
 * so that an address with a semicolon inside stays whole.  The country stands
 * behind the last comma: of what is held back no more is looked at again, nor
 * more of that than a country may have.
 */
CREATE FUNCTION entity_screen.state_addresses(raw text[], separator text)
RETURNS entity_screen.stated_address[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	longest_country CONSTANT integer := 1000;
	result entity_screen.stated_address[] := '{}';
	value text;
	piece text;
	stripped text;
	held text[];
	tail text;
	code text;
BEGIN
	FOREACH value IN ARRAY coalesce(raw, '{}') LOOP
		CONTINUE WHEN value IS NULL;
		held := '{}';
		tail := '';
		FOREACH piece IN ARRAY entity_screen.split_list(value, separator) LOOP
			piece := entity_screen.trim_name(piece);
			CONTINUE WHEN piece = '';
			held := held || piece;
			stripped := regexp_replace(piece,
				'[\s.]*\(See alternate.*\)[\s.]*$', '', 'i');
			code := entity_screen.address_country(CASE
				WHEN strpos(stripped, ',') > 0 THEN stripped
				ELSE tail || stripped END);
			IF code IS NOT NULL THEN
				result := result || ROW(array_to_string(held,
					separator || ' '), code)::entity_screen.stated_address;
				held := '{}';
				tail := '';
			ELSE
				tail := right(CASE WHEN strpos(piece, ',') > 0 THEN piece
					ELSE tail || piece END || separator || ' ',
					longest_country);
			END IF;
		END LOOP;
		IF held <> '{}' THEN
			result := result || ROW(array_to_string(held,
				separator || ' '), NULL)::entity_screen.stated_address;
		END IF;
	END LOOP;
	RETURN result;
END;
$$;
COMMENT ON FUNCTION entity_screen.state_addresses(text[], text) IS
'Internal: the addresses in the values of a field, each with its country when it names one';

/*
 * Footnote marks stand in the text of the requirement, glued to a citation
 * of the foreign-direct-product rules or at the end: "734.9(g),3
 * 746.8(a)(3)", "of the EAR) 4".
 */
CREATE FUNCTION entity_screen.printed_footnotes(requirement text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT string_agg(DISTINCT m.part[1], ' ')
	FROM regexp_matches(requirement,
		'(?:734\.9\([a-z]\)(?:\(\d\))?[,.]?|of the EAR\)?\.?)\s?([1-5])(?![\d.(])', 'g')
		AS m (part);
END;
COMMENT ON FUNCTION entity_screen.printed_footnotes(text) IS
'Internal: footnotes 1 to 5 marked behind a citation of section 734.9, separated by blanks; null when there is none';
