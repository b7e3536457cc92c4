/*
 * 50_screen: screening a party against the lists
 *
 * One C entry point (src/screen/screen.c) serves screen_party(), is_listed()
 * and the guards.  It never reads entity_screen.threshold or any other
 * setting a session can change; thresholds come from 50_config.
 */

/*
 * screen_party(party, ...) - screen one party
 *
 * party			 name as it stands on the order; null, blank, or without a
 *					 letter or digit (is_keyless()): no rows
 * country, address	 of the party, if known: evidence, never a filter
 * on_date			 the order's date; default today in the list's time zone
 * known_at			 as this database knew the law then; default: as it does
 * threshold		 0.30 to 1.00; default: screening_config
 * lists			 list codes; default: all loaded lists
 * include_advisory	 also entries announced or removed, is_listed = false
 * max_hits			 the first so many rows of the answer, 1 or more; default
 *					 all.  Texts and explanations of the others are not made.
 *
 * Result: one row per entry in force on the date, best first.  Writes
 * nothing.  No setting of the session changes the answer.
 *
 * Errors: SC001 when a list cannot be asked (never loaded, empty, too old,
 * names of another normalizer): no answer is not the same as no hit;
 * 22003 for a threshold or max_hits out of range; 54000 for a party above 64 kB.
 */
CREATE FUNCTION entity_screen.screen_party(party text,
	country text DEFAULT NULL, address text DEFAULT NULL,
	on_date date DEFAULT NULL, known_at timestamptz DEFAULT NULL,
	threshold double precision DEFAULT NULL, lists text[] DEFAULT NULL,
	include_advisory boolean DEFAULT false, max_hits integer DEFAULT NULL)
RETURNS SETOF entity_screen.screening_hit
LANGUAGE c STABLE PARALLEL SAFE SECURITY DEFINER
COST 1000 ROWS 2
SET search_path = pg_catalog, pg_temp
SET gin_fuzzy_search_limit = 0
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.screen_party(text, text, text, date, timestamptz, double precision, text[], boolean, integer) IS
'Entries that a party hits, in force on the date, best first, all or the first max_hits: with score, exact legal text of that date, citations and explanation. Raises SC001 when a list cannot be asked. No rows for a party from which nothing can be read, see is_keyless().';

CREATE FUNCTION entity_screen.is_listed(party text,
										on_date date DEFAULT NULL)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM entity_screen.screen_party(party, on_date => on_date));
END;
COMMENT ON FUNCTION entity_screen.is_listed(text, date) IS
'Whether the party hits an entry in force on the date; default today in each list''s time zone. False for a null or blank party, and for one without a letter or digit, see is_keyless().';

/*
 * screen_party_summary(party, ...) - everything about a party in one row
 *
 * Arguments as screen_party().  Always one row: several names and entries
 * folded, with all legal effects.
 */
CREATE FUNCTION entity_screen.screen_party_summary(party text,
	country text DEFAULT NULL, address text DEFAULT NULL,
	on_date date DEFAULT NULL, known_at timestamptz DEFAULT NULL,
	threshold double precision DEFAULT NULL, lists text[] DEFAULT NULL)
RETURNS TABLE (
	party text,
	is_listed boolean,
	entry_count integer,
	best_score double precision,
	entry_names text[],
	list_codes text[],
	legal_effects text[],
	citations text[],
	entry_ids bigint[])
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT screen_party_summary.party, count(*) > 0, count(*)::integer,
		max(h.score),
		coalesce(array_agg(h.entry_name ORDER BY h.ordinality), '{}'),
		coalesce(array_agg(DISTINCT h.list_code), '{}'),
		coalesce(array_agg(DISTINCT h.legal_effect), '{}'),
		coalesce((SELECT array_agg(DISTINCT c.one)
				  FROM unnest(string_to_array(string_agg(
					array_to_string(h.citations, E'\n'), E'\n'), E'\n'))
					AS c (one)), '{}'),
		coalesce(array_agg(h.entry_id ORDER BY h.ordinality), '{}')
	FROM entity_screen.screen_party(screen_party_summary.party,
			screen_party_summary.country, screen_party_summary.address,
			screen_party_summary.on_date, screen_party_summary.known_at,
			screen_party_summary.threshold, screen_party_summary.lists)
		WITH ORDINALITY AS h;
END;
COMMENT ON FUNCTION entity_screen.screen_party_summary(text, text, text, date, timestamptz, double precision, text[]) IS
'Everything that a party hits folded into one row: entries best first, lists, legal effects, citations';
