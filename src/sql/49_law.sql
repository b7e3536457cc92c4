/*
 * 49_law: standing law beside the lists, and what license texts say in codes
 */

/*
 * A rule that changes what a listing means, by date.  Data, not code: where
 * an authority extends or ends a window, a row is added.
 */
CREATE TABLE entity_screen.legal_regime (
	regime_code text NOT NULL CHECK (regime_code ~ '^[a-z][a-z0-9_]{2,62}$'),
	valid daterange NOT NULL CHECK (NOT isempty(valid)),
	state text NOT NULL CHECK (state IN ('in_force', 'suspended')),
	list_codes text[] NOT NULL,
	share numeric CHECK (share > 0 AND share <= 100),
	title text NOT NULL CHECK (title <> ''),
	document_number text,
	note text,
	is_shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (regime_code, valid, is_shipped)
);
COMMENT ON TABLE entity_screen.legal_regime IS
'Rules that extend a listing to others, with the windows in which they are in force or suspended. A row of one''s own overrules shipped rows on its dates.';
COMMENT ON COLUMN entity_screen.legal_regime.regime_code IS
'Code of the rule';
COMMENT ON COLUMN entity_screen.legal_regime.valid IS
'Dates of this window';
COMMENT ON COLUMN entity_screen.legal_regime.state IS
'in_force or suspended on these dates';
COMMENT ON COLUMN entity_screen.legal_regime.list_codes IS
'Lists whose entries it extends';
COMMENT ON COLUMN entity_screen.legal_regime.share IS
'Percentage of ownership from which it reaches a party';
COMMENT ON COLUMN entity_screen.legal_regime.title IS 'What it is';
COMMENT ON COLUMN entity_screen.legal_regime.document_number IS
'Publication that opens the window';
COMMENT ON COLUMN entity_screen.legal_regime.note IS
'What is uncertain';
COMMENT ON COLUMN entity_screen.legal_regime.is_shipped IS
'True for rows of the install script, which pg_dump leaves out';
SELECT pg_catalog.pg_extension_config_dump('entity_screen.legal_regime',
	'WHERE NOT is_shipped');

INSERT INTO entity_screen.legal_regime (regime_code, valid, state,
	list_codes, share, title, document_number, note, is_shipped)
VALUES
	('bis_affiliates_50', '[2025-09-29,2025-11-10)', 'in_force',
	 '{us_bis_el,us_bis_meu,us_ofac_sdn}', 50,
	 'BIS Affiliates rule: owned 50 percent or more by listed entities',
	 '2025-19001', 'Of the SDN List only the programs of 15 CFR 744.8(a)(1)',
	 true),
	('bis_affiliates_50', '[2025-11-10,2026-11-10)', 'suspended',
	 '{us_bis_el,us_bis_meu,us_ofac_sdn}', 50,
	 'BIS Affiliates rule, suspended', NULL,
	 'Suspended by a rule published in volume 90 of the Federal Register, no. 216',
	 true),
	('bis_affiliates_50', '[2026-11-10,)', 'in_force',
	 '{us_bis_el,us_bis_meu,us_ofac_sdn}', 50,
	 'BIS Affiliates rule, reimposed at the end of the suspension', NULL,
	 'Follows from the suspension''s own end; no later source was at hand: add a row of your own where it was extended',
	 true),
	('ofac_50', '[2014-08-13,)', 'in_force', '{us_ofac_sdn}', 50,
	 'OFAC 50 percent rule: owned in aggregate by blocked persons', NULL,
	 NULL, true),
	('ofac_50_sectoral', '[2014-08-13,)', 'in_force', '{us_ofac_ssi}', 50,
	 'OFAC 50 percent rule for sectoral restrictions', NULL, NULL, true);

CREATE TRIGGER legal_regime_shipped
	BEFORE UPDATE OR DELETE ON entity_screen.legal_regime
	FOR EACH ROW WHEN (OLD.is_shipped)
	EXECUTE FUNCTION entity_screen.refuse_shipped_change();
COMMENT ON TRIGGER legal_regime_shipped ON entity_screen.legal_regime IS
'Refuses changes that a dump would leave out';

CREATE FUNCTION entity_screen.regime_on(regime_code text, on_date date)
RETURNS entity_screen.legal_regime
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT r.*
	FROM entity_screen.legal_regime r
	WHERE r.regime_code = regime_on.regime_code AND r.valid @> on_date
	ORDER BY r.is_shipped, lower(r.valid) DESC NULLS LAST
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.regime_on(text, date) IS
'Internal: the window of a rule on a date, a row of one''s own before a shipped one; null before the first window';

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
 * Countries in the loaded lists that cannot be told.
 */
CREATE FUNCTION entity_screen.check_countries()
RETURNS TABLE (
	list_code text,
	spelling text,
	entries bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.list_code, s.spelling, count(DISTINCT s.entry_id)
	FROM (
		SELECT v.entry_id, v.destination_country AS spelling
		FROM entity_screen.entry_version v
		WHERE upper_inf(v.known) AND v.destination_country IS NOT NULL
		UNION ALL
		SELECT a.entry_id, a.country
		FROM entity_screen.entry_address a
		WHERE upper_inf(a.known) AND a.country IS NOT NULL) s
	JOIN entity_screen.entry e ON e.entry_id = s.entry_id
	WHERE entity_screen.country_code(s.spelling) IS NULL
	GROUP BY e.list_code, s.spelling
	ORDER BY e.list_code, count(DISTINCT s.entry_id) DESC, s.spelling;
END;
COMMENT ON FUNCTION entity_screen.check_countries() IS
'Internal: spellings of countries in the loaded lists that country_spelling does not know, with the number of entries; none is what one wants';

/*
 * Every name of a list has to find its own entry, through the index, at
 * score 1.
 */
CREATE FUNCTION entity_screen.check_names(list_code text)
RETURNS TABLE (
	entry_id bigint,
	name text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT n.entry_id, n.name::text
	FROM entity_screen.entry_name n
	JOIN entity_screen.entry e ON e.entry_id = n.entry_id
	WHERE e.list_code = check_names.list_code AND upper_inf(n.known)
		AND NOT EXISTS (
			SELECT FROM entity_screen.candidate(n.name::text, 1.0) c
			WHERE c.entry_id = n.entry_id AND c.score = 1)
$$;
COMMENT ON FUNCTION entity_screen.check_names(text) IS
'Internal: names of a list that do not find their own entry at score 1; none is what one wants';
