/*
 * 49_list_check: what license texts say in codes, and whether the lists hold together
 */

/*
 * Codes of license texts.  They help to sort and to count; the text decides.
 */
CREATE FUNCTION entity_screen.license_scope(requirement text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN requirement ~* '\mexcept\M' THEN 'all_except'
		WHEN requirement ~* '(when used|used in projects|end.?use)'
			THEN 'end_use_limited'
		WHEN requirement ~* '\mall items\s+subject to the EAR'
			THEN 'all_subject_to_ear'
		WHEN requirement ~* '(supplement no\.? 2|\mECCN|listed in|specified in)'
			THEN 'listed_items'
		ELSE 'other' END;
END;
COMMENT ON FUNCTION entity_screen.license_scope(text) IS
'Code of a license requirement: all_subject_to_ear, all_except, end_use_limited, listed_items or other. Assists only; no decision depends on it.';

CREATE FUNCTION entity_screen.review_policy(policy text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN policy ~* 'cas[ae].by.case' AND policy ~* 'denial'
			THEN 'case_by_case_else_denial'
		WHEN policy ~* 'cas[ae].by.case' THEN 'case_by_case'
		WHEN policy ~* 'presumption of denial' THEN 'presumption_of_denial'
		WHEN policy ~* 'policy of denial' THEN 'policy_of_denial'
		WHEN policy ~* 'presumption of approval'
			THEN 'presumption_of_approval'
		ELSE 'other' END;
END;
COMMENT ON FUNCTION entity_screen.review_policy(text) IS
'Code of a license review policy: presumption_of_denial, policy_of_denial, case_by_case, case_by_case_else_denial, presumption_of_approval or other. Assists only.';

/*
 * Sections of the regulation that a requirement names: "734.9(g),3
 * 746.8(a)(3)" is 734.9(g) and 746.8(a)(3), the 3 a footnote.  Some texts
 * have the letter l for the digit 1 (744.2l(b)).
 */
CREATE FUNCTION entity_screen.legal_basis(requirement text)
RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT entity_screen.distinct_in_order(coalesce(array_agg(
			m.part[1] || '.' || replace(m.part[2], 'l', '1') || m.part[3]
			ORDER BY m.ordinality), '{}'::text[]))
	FROM regexp_matches(requirement,
		'\m(7[0-9]{2})\.([0-9][0-9l]?)((?:\([a-z0-9]{1,4}\))*)', 'g')
		WITH ORDINALITY AS m (part, ordinality);
END;
COMMENT ON FUNCTION entity_screen.legal_basis(text) IS
'Sections of title 15 CFR that a license requirement names, for example {734.9(g),744.11}, in order; empty when it names none. Assists only.';

/*
 * Countries in the loaded lists that cannot be told.  Each spelling is looked
 * up once, and no nested loop is taken: in the transaction of a load the
 * planner may hold these tables for empty.
 */
CREATE FUNCTION entity_screen.check_countries()
RETURNS TABLE (
	list_code text,
	spelling text,
	entries bigint)
LANGUAGE sql STABLE
SET enable_nestloop = off
BEGIN ATOMIC
	WITH stated AS MATERIALIZED (
		SELECT e.list_code, s.spelling, count(DISTINCT s.entry_id) AS entries
		FROM (
			SELECT v.entry_id, v.destination_country AS spelling
			FROM entity_screen.entry_version v
			WHERE upper_inf(v.known) AND v.destination_country IS NOT NULL
			UNION ALL
			SELECT a.entry_id, a.country
			FROM entity_screen.entry_address a
			WHERE upper_inf(a.known) AND a.country IS NOT NULL) s
		JOIN entity_screen.entry e ON e.entry_id = s.entry_id
		GROUP BY e.list_code, s.spelling
	)
	SELECT s.list_code, s.spelling, s.entries
	FROM stated s
	WHERE entity_screen.country_code(s.spelling) IS NULL
	ORDER BY s.list_code, s.entries DESC, s.spelling;
END;
COMMENT ON FUNCTION entity_screen.check_countries() IS
'Internal: spellings of countries in the loaded lists that country_spelling does not know, with the number of entries; none is what one wants';

/*
 * Every name of a list has to find its own entry, through the index, at
 * score 1.  OFFSET keeps the entry out of the search: with it the planner
 * may read all names of the entry, which asks no index of names and, for an
 * entry of n names, takes n * n comparisons.
 */
CREATE FUNCTION entity_screen.check_names(list_code text)
RETURNS TABLE (
	entry_id bigint,
	name text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
	SELECT n.entry_id, n.name::text
	FROM entity_screen.entry_name n
	JOIN entity_screen.entry e ON e.entry_id = n.entry_id
	WHERE e.list_code = check_names.list_code AND upper_inf(n.known)
		AND NOT EXISTS (
			SELECT FROM (
				SELECT c.entry_id
				FROM entity_screen.candidate(n.name::text, 1.0) c
				WHERE c.score = 1 OFFSET 0) c
			WHERE c.entry_id = n.entry_id)
$$;
COMMENT ON FUNCTION entity_screen.check_names(text) IS
'Internal: names of a list that do not find their own entry at score 1; none is what one wants';

/*
 * The same for what a tranche has just stored: a name that screening would
 * not find must not count as loaded.
 */
CREATE FUNCTION entity_screen.refuse_lost_names(tranche_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
	lost text;
BEGIN
	SELECT n.name::text INTO lost
	FROM entity_screen.entry_name n
	WHERE n.tranche_id = refuse_lost_names.tranche_id AND upper_inf(n.known)
		AND NOT EXISTS (
			SELECT FROM (
				SELECT c.entry_id
				FROM entity_screen.candidate(n.name::text, 1.0) c
				WHERE c.score = 1 OFFSET 0) c
			WHERE c.entry_id = n.entry_id)
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'index_corrupted',
			MESSAGE = format('the name %L does not find its own entry', lost),
			DETAIL = 'Every name of a tranche is searched for once it is stored. Nothing was loaded.',
			HINT = 'Run REINDEX INDEX entity_screen.entry_name_name_idx and load the file again.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_lost_names(bigint) IS
'Internal: raises XX002 when a name of a tranche does not find its own entry at score 1';
