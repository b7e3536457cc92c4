/*
 * 50_hit: the question, what one party hits
 *
 * src/screen/hit.c asks it for screen_party() and the guards, of lists that
 * have been checked (50_scope).
 */

CREATE TYPE entity_screen.near_name AS (
	entry_id bigint,
	entry_name_id bigint,
	entity @extschema@.entity_name,
	name_type text,
	alias_quality text,
	valid daterange,
	known tstzrange,
	tranche_id bigint,
	score double precision,
	is_exact boolean);
COMMENT ON TYPE entity_screen.near_name IS
'Internal: a stored name with its score against a party; is_exact: the normal forms are equal';

/*
 * The names within reach of a threshold.  A plain inlinable query, so that
 * the index on entry_name.name serves it with a parameter; the operator is
 * the lossless one, so an index never changes the answer.  The sought name is
 * made in a subquery: once, and not for each row that is looked at again.
 */
CREATE FUNCTION entity_screen.candidate(party text,
										threshold double precision)
RETURNS SETOF entity_screen.near_name
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT n.entry_id, n.entry_name_id, n.name, n.name_type,
		n.alias_quality, n.valid, n.known, n.tranche_id,
		@extschema@.entity_similarity(n.name, @extschema@.entity_name(party)),
		n.name OPERATOR(@extschema@.=) @extschema@.entity_name(party)
	FROM entity_screen.entry_name n
	WHERE n.name OPERATOR(@extschema@.@@)
		(SELECT @extschema@.entity_query(party, threshold));
END;
COMMENT ON FUNCTION entity_screen.candidate(text, double precision) IS
'Internal: all stored names, of whatever date, that score at least threshold against the party';

/*
 * The same rows for names that a search has found.  The party is read in
 * subqueries: once, and not for each name.
 */
CREATE FUNCTION entity_screen.scored_name(party text,
										  entry_name_ids bigint[])
RETURNS SETOF entity_screen.near_name
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT n.entry_id, n.entry_name_id, n.name, n.name_type,
		n.alias_quality, n.valid, n.known, n.tranche_id,
		@extschema@.entity_similarity(n.name,
			(SELECT @extschema@.entity_name(party))),
		n.name OPERATOR(@extschema@.=)
			(SELECT @extschema@.entity_name(party))
	FROM entity_screen.entry_name n
	WHERE n.entry_name_id = ANY (entry_name_ids);
END;
COMMENT ON FUNCTION entity_screen.scored_name(text, bigint[]) IS
'Internal: stored names with their score against the party, as candidate() gives them';

CREATE FUNCTION entity_screen.same_country(a text, b text)
RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN entity_screen.name_key(a) = entity_screen.name_key(b) THEN true
		ELSE entity_screen.country_code(a) = entity_screen.country_code(b)
		END;
END;
COMMENT ON FUNCTION entity_screen.same_country(text, text) IS
'Internal: whether two spellings mean the same country; null when either is unknown';

/*
 * What makes an alias too general to be screened alone when the list does
 * not mark it: a place and one common word ("Shenzhen Vision").  In OFAC's
 * words a weak alias is short, generic or refers to a place (FAQ 122-125).
 * Common: of the weight that at least one name in some hundred carries, see
 * src/normalize/tables/token_weight.txt.  Short cores are no words.
 */
CREATE FUNCTION entity_screen.is_general_alias(
	entity @extschema@.entity_name)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 500
BEGIN ATOMIC
	SELECT count(*) FILTER (WHERE w.kind = 'core') = 1
		AND count(*) FILTER (WHERE w.kind = 'place') > 0
		AND coalesce(bool_and(w.weight <= 9 AND length(w.word) >= 4)
					 FILTER (WHERE w.kind = 'core'), false)
	FROM jsonb_to_recordset(@extschema@.entity_explain(entity, entity)
							-> 'a' -> 'words')
		AS w (word text, kind text, weight integer);
END;
COMMENT ON FUNCTION entity_screen.is_general_alias(@extschema@.entity_name) IS
'Internal: whether a name is a place and one common word: as an alias it counts only when it is met almost in full, or the address agrees';

/*
 * Of a row with the time in which this database knew it.  An expression that
 * the planner puts in the place of the call.
 */
CREATE FUNCTION entity_screen.is_known(known tstzrange, moment timestamptz)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN moment IS NULL THEN upper_inf(known)
		ELSE known @> moment END;
END;
COMMENT ON FUNCTION entity_screen.is_known(tstzrange, timestamptz) IS
'Internal: whether something was known at a moment; null: whether it is known now';

/*
 * Addresses.  Agreement is evidence that ranks a hit and never takes one
 * away; alone it makes a hit only with an entry that is an address.
 */
CREATE FUNCTION entity_screen.address_agrees(a text, b text)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT @extschema@.entity_address_similarity(a, b) >= 0.75;
END;
COMMENT ON FUNCTION entity_screen.address_agrees(text, text) IS
'Internal: whether two spellings mean the same address: a similarity of at least 0.75';

CREATE FUNCTION entity_screen.entry_has_address(entry_id bigint,
	address text, on_date date, known_at timestamptz)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM entity_screen.entry_address a
		WHERE a.entry_id = entry_has_address.entry_id
			AND a.valid @> entry_has_address.on_date
			AND entity_screen.is_known(a.known, known_at)
			AND entity_screen.address_agrees(a.address,
											 entry_has_address.address));
END;
COMMENT ON FUNCTION entity_screen.entry_has_address(bigint, text, date, timestamptz) IS
'Internal: whether an entry has the address on the date';

CREATE INDEX entry_version_address_only_idx
	ON entity_screen.entry_version (entry_id)
	WHERE entry_type = 'address_only';

/*
 * Entries that are an address and no name: whoever uses it is a party
 * concerned.
 */
CREATE FUNCTION entity_screen.address_candidate(address text)
RETURNS TABLE (
	entry_id bigint,
	address text,
	valid daterange,
	known tstzrange,
	tranche_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT a.entry_id, a.address, a.valid, a.known, a.tranche_id
	FROM (SELECT DISTINCT v.entry_id
		  FROM entity_screen.entry_version v
		  WHERE v.entry_type = 'address_only'
			AND address_candidate.address IS NOT NULL) v
	JOIN entity_screen.entry_address a ON a.entry_id = v.entry_id
	WHERE entity_screen.address_agrees(a.address, address_candidate.address);
END;
COMMENT ON FUNCTION entity_screen.address_candidate(text) IS
'Internal: stored addresses, of whatever date, of address-only entries that the address means';

CREATE FUNCTION entity_screen.explain_hit(party text,
	entity @extschema@.entity_name, party_country text, entry_country text,
	country_agrees boolean, party_address text, address_agrees boolean)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(@extschema@.entity_explain(
				@extschema@.entity_name(party), entity), '{}'::jsonb)
		|| CASE WHEN party_country IS NULL THEN '{}'::jsonb
		   ELSE jsonb_build_object('country', jsonb_build_object(
				'party', party_country, 'entry', entry_country,
				'agrees', country_agrees)) END
		|| CASE WHEN party_address IS NULL THEN '{}'::jsonb
		   ELSE jsonb_build_object('address', jsonb_build_object(
				'party', party_address, 'agrees', address_agrees)) END;
END;
COMMENT ON FUNCTION entity_screen.explain_hit(text, @extschema@.entity_name, text, text, boolean, text, boolean) IS
'Internal: explanation of a hit: of the names, and of country and address when they were given';

/*
 * What an advisory row, or a listed one, has to say besides.
 */
CREATE FUNCTION entity_screen.has_date_conflict(entry_id bigint,
												on_date date)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM entity_screen.tranche_operation o
		JOIN entity_screen.load_conflict c ON c.tranche_id = o.tranche_id
			AND c.line_no = o.line_no AND c.conflict = 'date_conflict'
		WHERE o.entry_id = has_date_conflict.entry_id
			AND o.source_start_on <= has_date_conflict.on_date);
END;
COMMENT ON FUNCTION entity_screen.has_date_conflict(bigint, date) IS
'Internal: whether a source claims that the entry was listed on the date, against the rule that adds it';

/*
 * An expression that the planner puts in the place of the call; only an
 * entry that is not in force yet asks further.
 */
CREATE FUNCTION entity_screen.advisory_of(entry_id bigint, on_date date,
	in_force boolean, is_future boolean, savings_cutoff_on date,
	savings_end_on date)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN in_force THEN CASE
			WHEN on_date <= CASE WHEN savings_cutoff_on IS NOT NULL
				THEN coalesce(savings_end_on, savings_cutoff_on) END
			THEN 'savings_may_apply' END
		WHEN NOT is_future THEN 'removed'
		WHEN entity_screen.has_date_conflict(entry_id, on_date)
			THEN 'date_conflict'
		ELSE 'announced_not_effective' END;
END;
COMMENT ON FUNCTION entity_screen.advisory_of(bigint, date, boolean, boolean, date, date) IS
'Internal: savings_may_apply, removed, date_conflict or announced_not_effective; null for an entry plainly in force';

/*
 * What a party hits: one entry, with the version of it that is the law on the
 * date.  One type serves all that screen one party.
 */
CREATE TYPE entity_screen.screening_hit AS (
	party text,
	list_code text,
	entry_id bigint,
	entry_version_id bigint,
	entry_name text,
	matched_name text,
	name_type text,
	score double precision,
	country_agrees boolean,
	destination_country text,
	tranche_id bigint,
	citation text,
	citations text[],
	valid_from date,
	valid_until date,
	valid_from_basis text,
	listed_from date,
	license_requirement text,
	license_review_policy text,
	legal_effect text,
	is_listed boolean,
	advisory text,
	on_date date,
	explanation jsonb);
COMMENT ON TYPE entity_screen.screening_hit IS
'Result of screen_party(): one entry that a party hits, with its text on the date';

/*
 * Names of pending tranches: no part of a list yet, and shown as advisories by
 * screen_party() alone.
 */
CREATE FUNCTION entity_screen.pending_hit(party text, list_codes text[],
	on_dates date[], thresholds double precision[], lowest double precision)
RETURNS SETOF entity_screen.screening_hit
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	WITH found AS MATERIALIZED (
		SELECT n.*, @extschema@.entity_similarity(n.name,
				@extschema@.entity_name(pending_hit.party)) AS score
		FROM entity_screen.pending_name n
		WHERE n.name OPERATOR(@extschema@.@@) (
			SELECT @extschema@.entity_query(pending_hit.party,
											pending_hit.lowest))
	), best AS (
		SELECT DISTINCT ON (f.tranche_id, f.entry_id) f.*, t.list_code,
			t.citation, s.on_date
		FROM found f
		JOIN entity_screen.tranche t ON t.tranche_id = f.tranche_id
			AND t.status = 'pending'
		JOIN unnest(pending_hit.list_codes, pending_hit.on_dates,
					pending_hit.thresholds)
			AS s (list_code, on_date, threshold)
			ON s.list_code = t.list_code
		WHERE f.score >= s.threshold
		ORDER BY f.tranche_id, f.entry_id, f.score DESC,
			f.name_type <> 'primary'
	)
	SELECT pending_hit.party, b.list_code, b.entry_id, NULL::bigint,
		o.entry_name, b.name::text, b.name_type, b.score, NULL::boolean,
		o.destination_country, b.tranche_id, b.citation,
		coalesce(o.citations, CASE WHEN o.citation IS NOT NULL
			THEN ARRAY[o.citation] END, '{}'::text[]),
		nullif(o.starts_on, '-infinity'::date), NULL::date, o.start_basis,
		NULL::date, o.license_requirement, o.license_review_policy,
		l.legal_effect, false, 'pending_approval'::text, b.on_date,
		entity_screen.explain_hit(pending_hit.party, b.name, NULL, NULL,
								  NULL, NULL, NULL)
	FROM best b
	JOIN entity_screen.tranche_operation o ON o.tranche_id = b.tranche_id
		AND o.entry_id = b.entry_id AND o.operation = 'add'
	JOIN entity_screen.screening_list l ON l.list_code = b.list_code
	ORDER BY b.score DESC, b.entry_id;
END;
COMMENT ON FUNCTION entity_screen.pending_hit(text, text[], date[], double precision[], double precision) IS
'Internal: entries that pending tranches add and whose names are within reach';

/*
 * The answer.  One row per entry: its best name, and the version of the
 * entry that is the law on the date.  An alias that the list marks as weak
 * counts from a threshold of its own, if it has one; a weak or general alias
 * also counts when the entry has the party's address.  A name that is not
 * borne on the date makes an advisory row, with the version next to the date:
 * announced but not yet effective, or removed.  MATERIALIZED: the names are
 * searched first, whatever the statistics say.
 *
 * The primary name is the first of an array: for ORDER BY with LIMIT the
 * planner, while a list is new and has no statistics, would walk the primary
 * key of all names.
 *
 * entry_name_ids: the names within reach, where they have been searched
 * already; null: they are searched here.
 */
CREATE FUNCTION entity_screen.hit(party text, country text, address text,
	known_at timestamptz, include_advisory boolean, list_codes text[],
	on_dates date[], thresholds double precision[],
	weak_thresholds double precision[], lowest double precision,
	entry_name_ids bigint[] DEFAULT NULL)
RETURNS SETOF entity_screen.screening_hit
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	WITH found AS MATERIALIZED (
		SELECT c.entry_id, c.entry_name_id, c.entity,
			c.entity::text AS matched, c.name_type, c.alias_quality, c.valid,
			c.tranche_id, c.score, c.is_exact
		FROM (
			SELECT s.* FROM entity_screen.candidate(hit.party, hit.lowest) s
			WHERE hit.entry_name_ids IS NULL
			UNION ALL
			SELECT s.*
			FROM entity_screen.scored_name(hit.party, hit.entry_name_ids) s
		) c
		WHERE entity_screen.is_known(c.known, hit.known_at)
		UNION ALL
		SELECT a.entry_id, NULL, NULL, a.address, 'address', 'strong',
			a.valid, a.tranche_id, 1, true
		FROM entity_screen.address_candidate(
			nullif(btrim(hit.address), '')) a
		WHERE entity_screen.is_known(a.known, hit.known_at)
	), dated AS (
		SELECT c.entry_id, c.entry_name_id, c.entity, c.matched, c.name_type,
			c.alias_quality, c.tranche_id, c.score, c.is_exact, e.list_code,
			s.on_date, s.weak_threshold,
			c.valid @> s.on_date AS in_force,
			coalesce(lower(c.valid) > s.on_date, false) AS is_future,
			CASE
				WHEN c.valid @> s.on_date THEN s.on_date
				WHEN lower(c.valid) > s.on_date THEN lower(c.valid)
				ELSE upper(c.valid) - 1 END AS text_date
		FROM found c
		JOIN entity_screen.entry e ON e.entry_id = c.entry_id
		JOIN unnest(hit.list_codes, hit.on_dates, hit.thresholds,
					hit.weak_thresholds)
			AS s (list_code, on_date, threshold, weak_threshold)
			ON s.list_code = e.list_code
		WHERE c.score >= s.threshold
	), named AS (
		SELECT d.* FROM dated d
		WHERE CASE
			WHEN d.alias_quality = 'weak' THEN
				d.score >= d.weak_threshold
			ELSE d.name_type = 'primary' OR d.alias_quality = 'strong'
				OR d.score >= 0.9
				OR NOT entity_screen.is_general_alias(d.entity)
			END IS TRUE
			OR (nullif(btrim(hit.address), '') IS NOT NULL
				AND entity_screen.entry_has_address(d.entry_id, hit.address,
					d.text_date, hit.known_at))
	), best AS (
		SELECT DISTINCT ON (n.entry_id) n.*
		FROM named n
		WHERE n.in_force OR (hit.include_advisory AND (NOT n.is_future
			OR entity_screen.has_date_conflict(n.entry_id, n.on_date)
			OR EXISTS (
				SELECT FROM entity_screen.tranche t
				WHERE t.tranche_id = n.tranche_id
					AND coalesce(t.announced_on, t.public_inspection_on,
								 t.published_on) <= n.on_date)))
		ORDER BY n.entry_id, n.in_force DESC, n.is_future DESC,
			n.score DESC, n.is_exact DESC, n.name_type <> 'primary',
			n.entry_name_id
	), detail AS (
		SELECT b.*, v.entry_version_id, v.destination_country,
			v.tranche_id AS version_tranche_id, v.citations, v.valid,
			v.valid_from_basis, v.listed_from, v.license_requirement,
			v.license_review_policy,
			nullif(btrim(hit.country), '') AS party_country,
			nullif(btrim(hit.address), '') AS party_address
		FROM best b
		JOIN entity_screen.entry_version v
			ON v.entry_id = b.entry_id
			AND v.valid @> b.text_date
			AND entity_screen.is_known(v.known, hit.known_at)
	), agreed AS (
		SELECT d.*,
			CASE WHEN d.party_country IS NOT NULL THEN
				entity_screen.same_country(d.party_country,
										   d.destination_country)
				OR (SELECT bool_or(entity_screen.same_country(
							d.party_country, a.country))
					FROM entity_screen.entry_address a
					WHERE a.entry_id = d.entry_id
						AND a.country IS NOT NULL
						AND a.valid @> d.text_date
						AND entity_screen.is_known(a.known, hit.known_at))
				IS TRUE END AS country_agrees,
			CASE WHEN d.party_address IS NOT NULL THEN
				entity_screen.entry_has_address(d.entry_id, d.party_address,
					d.text_date, hit.known_at)
				END AS address_agrees
		FROM detail d
	)
	SELECT hit.party, a.list_code, a.entry_id, a.entry_version_id,
		coalesce((
			SELECT (array_agg(p.name::text ORDER BY p.entry_name_id))[1]
			FROM entity_screen.entry_name p
			WHERE p.entry_id = a.entry_id
				AND p.name_type = 'primary'
				AND p.valid @> a.text_date
				AND entity_screen.is_known(p.known, hit.known_at)), a.matched),
		a.matched, a.name_type, a.score, a.country_agrees,
		a.destination_country, a.version_tranche_id, t.citation, a.citations,
		lower(a.valid), upper(a.valid), a.valid_from_basis, a.listed_from,
		a.license_requirement, a.license_review_policy, l.legal_effect,
		a.in_force,
		entity_screen.advisory_of(a.entry_id, a.on_date, a.in_force,
			a.is_future, t.savings_cutoff_on, t.savings_end_on),
		a.on_date,
		entity_screen.explain_hit(hit.party, a.entity, a.party_country,
			a.destination_country, a.country_agrees, a.party_address,
			a.address_agrees)
	FROM agreed a
	JOIN entity_screen.tranche t ON t.tranche_id = a.version_tranche_id
	JOIN entity_screen.screening_list l ON l.list_code = a.list_code
	ORDER BY a.in_force DESC, a.score DESC, a.is_exact DESC,
		a.country_agrees DESC NULLS LAST, a.address_agrees DESC NULLS LAST,
		a.entry_id;
END;
COMMENT ON FUNCTION entity_screen.hit(text, text, text, timestamptz, boolean, text[], date[], double precision[], double precision[], double precision, bigint[]) IS
'Internal: the query behind screen_party(), for lists already checked, and names if they have been searched already';
