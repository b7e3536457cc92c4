/*
 * 76_self_test: are names found that are written a little differently?
 *
 * Examiners take names that were listed lately, change them, and look
 * whether the filter finds them.  This does the same.
 */

/*
 * A letter in the middle of the longest word: swapped with the next one,
 * dropped, or doubled.
 */
CREATE FUNCTION entity_screen.misspell(name text, how text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE how
		WHEN 'letters_swapped' THEN overlay(name
			PLACING substring(name FROM w.place + 1 FOR 1)
				|| substring(name FROM w.place FOR 1)
			FROM w.place FOR 2)
		WHEN 'letter_missing' THEN overlay(name PLACING '' FROM w.place FOR 1)
		WHEN 'letter_doubled' THEN overlay(name
			PLACING substring(name FROM w.place FOR 1) FROM w.place FOR 0)
		END
	FROM (
		SELECT m.word, position(m.word IN name) + length(m.word) / 2 AS place
		FROM regexp_matches(name, '[[:alpha:]]+', 'g') AS f (words)
		CROSS JOIN LATERAL (SELECT f.words[1]) AS m (word)
		WHERE length(m.word) >= 6
		ORDER BY length(m.word) DESC, position(m.word IN name)
		LIMIT 1) w;
END;
COMMENT ON FUNCTION entity_screen.misspell(text, text) IS
'Internal: a name with letters_swapped, letter_missing or letter_doubled in its longest word; null when that is short';

/*
 * The ways in which a name is changed.  Each leaves the party the same to a
 * reader; null where a way does not apply.
 */
CREATE FUNCTION entity_screen.mutation(name text)
RETURNS TABLE (
	mutation_code text,
	mutated text)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT m.code, m.mutated
	FROM (
		SELECT regexp_split_to_array(btrim(name), '\s+') AS words) w
	CROSS JOIN LATERAL (VALUES
		('as_listed', name),
		('upper_case', upper(name)),
		('no_punctuation', regexp_replace(name, '[[:punct:]]', '', 'g')),
		('words_joined', CASE WHEN cardinality(w.words) > 1
			THEN w.words[1] || w.words[2] || ' '
				|| array_to_string(w.words[3:], ' ') END),
		('word_split', CASE WHEN length(w.words[1]) >= 8
			AND w.words[1] ~ '^[[:alpha:]]+$'
			THEN left(w.words[1], length(w.words[1]) / 2) || ' '
				|| substring(w.words[1] FROM length(w.words[1]) / 2 + 1)
				|| ' ' || array_to_string(w.words[2:], ' ') END),
		('words_rotated', CASE WHEN cardinality(w.words) > 2
			THEN array_to_string(w.words[2:], ' ') || ' ' || w.words[1] END),
		('legal_form_added', name || ' Co., Ltd.'),
		('letters_swapped', entity_screen.misspell(name, 'letters_swapped')),
		('letter_missing', entity_screen.misspell(name, 'letter_missing')),
		('letter_doubled', entity_screen.misspell(name, 'letter_doubled')))
		AS m (code, mutated)
	WHERE m.mutated IS NOT NULL
		AND (m.code = 'as_listed' OR m.mutated <> name);
END;
COMMENT ON FUNCTION entity_screen.mutation(text) IS
'Internal: a name, written in other ways that mean the same party';

/*
 * self_test(tranche_id, max_names) - mutate the newest names and look
 *
 * tranche_id	default: the tranche that was loaded last
 * max_names	so many of its names at most, spread evenly; default 100
 *
 * One row for each name and way of writing it: whether screening finds its
 * entry, on a date on which it bears the name.  Weak aliases are left out,
 * and keyless names.  Summary: SELECT mutation_code, count(*) FILTER (WHERE
 * is_found), count(*) FROM ... GROUP BY 1.
 *
 * Errors: P0002 for an unknown tranche, 22023, and those of screen_party().
 */
CREATE FUNCTION entity_screen.self_test(tranche_id bigint DEFAULT NULL,
	max_names integer DEFAULT 100)
RETURNS TABLE (
	entry_id bigint,
	name text,
	mutation_code text,
	mutated text,
	is_found boolean,
	score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET gin_fuzzy_search_limit = 0
AS $$
#variable_conflict use_column
DECLARE
	visible CONSTANT text[] := entity_screen.session_lists();
	tested bigint := coalesce(self_test.tranche_id, (
		SELECT t.tranche_id FROM entity_screen.tranche t
		WHERE t.list_code = ANY (visible)
		ORDER BY t.known_from DESC NULLS LAST, t.tranche_id DESC LIMIT 1));
BEGIN
	IF tested IS NULL OR NOT EXISTS (
		SELECT FROM entity_screen.tranche t
		WHERE t.tranche_id = tested AND t.list_code = ANY (visible)) THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found',
			MESSAGE = coalesce('there is no tranche ' || tested,
							   'no tranche is loaded'),
			DETAIL = 'Names to test come from a loaded tranche.',
			HINT = 'See entity_screen.v_tranche.';
	END IF;
	IF max_names IS NULL OR max_names NOT BETWEEN 1 AND 100000 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('max_names %s is out of range',
							 coalesce(max_names::text, 'null')),
			DETAIL = 'Between 1 and 100000 names are tested.',
			HINT = 'Leave it out for 100.';
	END IF;
	RETURN QUERY
	SELECT n.entry_id, n.name, m.mutation_code, m.mutated,
		h.score IS NOT NULL, h.score
	FROM (
		SELECT x.entry_id, x.name::text AS name, e.list_code,
			CASE
				WHEN x.valid @> d.today THEN d.today
				WHEN lower(x.valid) > d.today THEN lower(x.valid)
				ELSE upper(x.valid) - 1 END AS on_date,
			row_number() OVER (ORDER BY x.entry_name_id) AS place,
			count(*) OVER () AS total
		FROM entity_screen.entry_name x
		JOIN entity_screen.entry e ON e.entry_id = x.entry_id
		CROSS JOIN LATERAL (
			SELECT (now() AT TIME ZONE 'UTC')::date AS today) d
		WHERE x.tranche_id = tested AND upper_inf(x.known)
			AND x.alias_quality IS DISTINCT FROM 'weak'
			AND NOT isempty(x.valid)
			AND NOT entity_screen.is_keyless(x.name::text)) n
	CROSS JOIN LATERAL entity_screen.mutation(n.name) m
	LEFT JOIN LATERAL (
		SELECT max(s.score) AS score
		FROM entity_screen.screen_party(m.mutated, on_date => n.on_date,
			lists => ARRAY[n.list_code]) s
		WHERE s.entry_id = n.entry_id) h ON true
	WHERE (n.place * max_names) / n.total
		> ((n.place - 1) * max_names) / n.total
	ORDER BY n.place, m.mutation_code;
END;
$$;
COMMENT ON FUNCTION entity_screen.self_test(bigint, integer) IS
'Writes the names of a tranche (default the newest) in other ways and tells which are found; P0002, 22023';
