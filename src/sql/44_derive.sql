/*
 * 44_derive: from operations to what the law was
 */

/*
 * The fold.  At each date on which something about an entry begins, the
 * operations in force are all those that have begun by then, in the order in
 * which the rules took effect, back to the last removal.  The order of two
 * operations is decided by the rules alone (never by the order of loading),
 * so every order of loading ends in the same answer.
 *
 * OFFSET 0: the transaction that loads a tranche has no statistics of it yet,
 * and the planner would rather read all of the tranche than look up entries.
 */
CREATE FUNCTION entity_screen.entry_span(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	valid daterange,
	step bigint,
	tranche_id bigint,
	line_no bigint,
	listed_from date)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH op AS (
		SELECT o.entry_id, o.tranche_id, o.line_no, o.operation, o.starts_on,
			row_number() OVER (
				PARTITION BY o.entry_id
				ORDER BY t.effective_on, t.published_on, t.volume,
					t.page_from, t.document_number, t.source_hash,
					o.line_no) AS step
		FROM entity_screen.tranche_operation o
		CROSS JOIN LATERAL (
			SELECT r.* FROM entity_screen.tranche r
			WHERE r.tranche_id = o.tranche_id AND r.status = 'approved'
			OFFSET 0) t
		WHERE o.entry_id = ANY (entry_ids)
			AND o.is_applied
	), edge AS (
		SELECT e.entry_id, e.starts_on,
			lead(e.starts_on) OVER (
				PARTITION BY e.entry_id ORDER BY e.starts_on) AS ends_on
		FROM (SELECT DISTINCT op.entry_id, op.starts_on FROM op) e
	), begun AS (
		SELECT edge.entry_id,
			daterange(edge.starts_on, edge.ends_on) AS valid,
			op.step, op.tranche_id, op.line_no, op.operation, op.starts_on,
			coalesce(max(op.step) FILTER (WHERE op.operation = 'remove')
				OVER (PARTITION BY edge.entry_id, edge.starts_on), 0)
				AS last_removal
		FROM edge
		JOIN op ON op.entry_id = edge.entry_id
			AND op.starts_on <= edge.starts_on
	), standing AS (
		SELECT b.*,
			min(b.starts_on) FILTER (WHERE b.operation = 'add')
				OVER (PARTITION BY b.entry_id, b.valid) AS listed_from
		FROM begun b
		WHERE b.step > b.last_removal
	)
	SELECT s.entry_id, s.valid, s.step, s.tranche_id, s.line_no,
		s.listed_from
	FROM standing s
	WHERE s.listed_from IS NOT NULL;
END;
COMMENT ON FUNCTION entity_screen.entry_span(bigint[]) IS
'For each range of dates on which an entry is listed: the operations that make it what it is then, in order';

CREATE FUNCTION entity_screen.distinct_in_order(items text[])
RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(array_agg(d.item ORDER BY d.first_seen), '{}'::text[])
	FROM (SELECT u.item, min(u.ordinality) AS first_seen
		  FROM unnest(items) WITH ORDINALITY AS u (item, ordinality)
		  GROUP BY u.item) d;
END;
COMMENT ON FUNCTION entity_screen.distinct_in_order(text[]) IS
'The elements without repetition, in the order of their first appearance';

CREATE FUNCTION entity_screen.entry_timeline(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	valid daterange,
	valid_from_basis text,
	listed_from date,
	tranche_id bigint,
	operation text,
	destination_country text,
	entry_type text,
	parent_entry_id bigint,
	license_requirement text,
	license_review_policy text,
	reason text,
	scope_note text,
	footnotes smallint[],
	citations text[],
	note text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT s.entry_id, s.valid, 'rule'::text, min(s.listed_from),
		(array_agg(s.tranche_id ORDER BY s.step DESC))[1],
		(array_agg(o.operation ORDER BY s.step DESC))[1],
		nullif((array_agg(coalesce(o.new_destination_country,
								   o.destination_country)
			ORDER BY s.step DESC)
			FILTER (WHERE coalesce(o.new_destination_country,
								   o.destination_country) IS NOT NULL))[1],
			''),
		coalesce(nullif((array_agg(o.entry_type ORDER BY s.step DESC)
			FILTER (WHERE o.entry_type IS NOT NULL))[1], ''),
			'organization'),
		(array_agg(o.parent_entry_id ORDER BY s.step DESC)
			FILTER (WHERE o.parent IS NOT NULL))[1],
		nullif((array_agg(o.license_requirement ORDER BY s.step DESC)
			FILTER (WHERE o.license_requirement IS NOT NULL))[1], ''),
		nullif((array_agg(o.license_review_policy ORDER BY s.step DESC)
			FILTER (WHERE o.license_review_policy IS NOT NULL))[1], ''),
		nullif((array_agg(o.reason ORDER BY s.step DESC)
			FILTER (WHERE o.reason IS NOT NULL))[1], ''),
		nullif((array_agg(o.scope_note ORDER BY s.step DESC)
			FILTER (WHERE o.scope_note IS NOT NULL))[1], ''),
		coalesce(string_to_array(
			nullif((array_agg(o.footnotes ORDER BY s.step DESC)
				FILTER (WHERE o.footnotes IS NOT NULL))[1], ''),
			' ')::smallint[], '{}'::smallint[]),
		entity_screen.distinct_in_order(
			array_agg(coalesce(o.citation, t.citation, t.document_number)
				ORDER BY s.step)),
		nullif((array_agg(o.note ORDER BY s.step DESC)
			FILTER (WHERE o.note IS NOT NULL))[1], '')
	FROM entity_screen.entry_span(entry_ids) s
	JOIN entity_screen.tranche_operation o
		ON o.tranche_id = s.tranche_id AND o.line_no = s.line_no
	JOIN entity_screen.tranche t ON t.tranche_id = s.tranche_id
	GROUP BY s.entry_id, s.valid;
END;
COMMENT ON FUNCTION entity_screen.entry_timeline(bigint[]) IS
'The versions of the entries over time, derived from all approved operations';

CREATE FUNCTION entity_screen.name_timeline(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	valid daterange,
	name text,
	name_type text,
	alias_quality text,
	tranche_id bigint,
	note text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH said AS (
		SELECT DISTINCT ON (s.entry_id, s.valid,
							entity_screen.name_key(n.name))
			s.entry_id, s.valid, s.step, s.tranche_id, n.change, n.name,
			n.name_type, n.alias_quality, n.note, n.line_no
		FROM entity_screen.entry_span(entry_ids) s
		JOIN entity_screen.tranche_operation_name n
			ON n.tranche_id = s.tranche_id AND n.entry_line_no = s.line_no
		ORDER BY s.entry_id, s.valid, entity_screen.name_key(n.name),
			s.step DESC, n.line_no DESC
	), standing AS (
		SELECT s.*,
			row_number() OVER (
				PARTITION BY s.entry_id, s.valid, s.name_type = 'primary'
				ORDER BY s.step DESC, s.line_no DESC) AS place
		FROM said s
		WHERE s.change = 'add'
	), period AS (
		SELECT s.entry_id, range_agg(s.valid) AS valid, s.name, s.name_type,
			s.alias_quality, s.tranche_id, s.note
		FROM standing s
		WHERE s.name_type <> 'primary' OR s.place = 1
		GROUP BY s.entry_id, s.name, s.name_type, s.alias_quality,
			s.tranche_id, s.note
	)
	SELECT p.entry_id, r.valid, p.name, p.name_type, p.alias_quality,
		p.tranche_id, p.note
	FROM period p
	CROSS JOIN LATERAL unnest(p.valid) AS r (valid);
END;
COMMENT ON FUNCTION entity_screen.name_timeline(bigint[]) IS
'The names of the entries over time, derived from all approved operations; an entry has one primary name at a time, the last one stated';

CREATE FUNCTION entity_screen.address_timeline(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	valid daterange,
	address text,
	country text,
	tranche_id bigint,
	note text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH said AS (
		SELECT DISTINCT ON (s.entry_id, s.valid,
							entity_screen.name_key(a.address))
			s.entry_id, s.valid, s.tranche_id, a.change, a.address,
			a.country, a.note
		FROM entity_screen.entry_span(entry_ids) s
		JOIN entity_screen.tranche_operation_address a
			ON a.tranche_id = s.tranche_id AND a.entry_line_no = s.line_no
		ORDER BY s.entry_id, s.valid, entity_screen.name_key(a.address),
			s.step DESC, a.line_no DESC
	), period AS (
		SELECT s.entry_id, range_agg(s.valid) AS valid, s.address, s.country,
			s.tranche_id, s.note
		FROM said s
		WHERE s.change = 'add'
		GROUP BY s.entry_id, s.address, s.country, s.tranche_id, s.note
	)
	SELECT p.entry_id, r.valid, p.address, p.country, p.tranche_id, p.note
	FROM period p
	CROSS JOIN LATERAL unnest(p.valid) AS r (valid);
END;
COMMENT ON FUNCTION entity_screen.address_timeline(bigint[]) IS
'The addresses of the entries over time, derived from all approved operations';

/*
 * Bring the derived tables in line with the operations.  Only what differs
 * is touched: a row that no longer holds gets an end of `known`, a new row
 * begins at the same moment.  The loader calls it for a thousand entries at
 * a time, which keeps memory bounded and the fold's joins small; each call
 * is planned for the tables as they have grown by then.
 */
CREATE FUNCTION entity_screen.derive_entries(entry_ids bigint[],
											 known_from timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
	UPDATE entity_screen.entry_version v
	SET known = tstzrange(lower(v.known), derive_entries.known_from)
	WHERE v.entry_id = ANY (entry_ids)
		AND upper_inf(v.known)
		AND NOT EXISTS (
			SELECT FROM entity_screen.entry_timeline(entry_ids) t
			WHERE t.entry_id = v.entry_id AND t.valid = v.valid
				AND ROW(t.*) IS NOT DISTINCT FROM ROW(v.entry_id, v.valid,
					v.valid_from_basis, v.listed_from, v.tranche_id,
					v.operation, v.destination_country, v.entry_type,
					v.parent_entry_id, v.license_requirement,
					v.license_review_policy, v.reason, v.scope_note,
					v.footnotes, v.citations, v.note));
	INSERT INTO entity_screen.entry_version (entry_id, valid, known,
		valid_from_basis, listed_from, tranche_id, operation,
		destination_country, entry_type, parent_entry_id,
		license_requirement, license_review_policy, reason, scope_note,
		footnotes, citations, note)
	SELECT t.entry_id, t.valid, tstzrange(derive_entries.known_from, NULL),
		t.valid_from_basis, t.listed_from, t.tranche_id, t.operation,
		t.destination_country, t.entry_type, t.parent_entry_id,
		t.license_requirement, t.license_review_policy, t.reason,
		t.scope_note, t.footnotes, t.citations, t.note
	FROM entity_screen.entry_timeline(entry_ids) t
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.entry_version v
		WHERE v.entry_id = ANY (entry_ids)
			AND v.entry_id = t.entry_id AND v.valid = t.valid
			AND upper_inf(v.known))
	ORDER BY t.entry_id, t.valid;

	UPDATE entity_screen.entry_name n
	SET known = tstzrange(lower(n.known), derive_entries.known_from)
	WHERE n.entry_id = ANY (entry_ids)
		AND upper_inf(n.known)
		AND NOT EXISTS (
			SELECT FROM entity_screen.name_timeline(entry_ids) t
			WHERE t.entry_id = n.entry_id AND t.valid = n.valid
				AND ROW(t.*) IS NOT DISTINCT FROM ROW(n.entry_id, n.valid,
					n.name::text, n.name_type, n.alias_quality,
					n.tranche_id, n.note));
	INSERT INTO entity_screen.entry_name (entry_id, valid, known, name,
		name_type, alias_quality, tranche_id, note)
	SELECT t.entry_id, t.valid, tstzrange(derive_entries.known_from, NULL),
		t.name, t.name_type, t.alias_quality, t.tranche_id, t.note
	FROM entity_screen.name_timeline(entry_ids) t
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.entry_name n
		WHERE n.entry_id = ANY (entry_ids)
			AND n.entry_id = t.entry_id AND n.valid = t.valid
			AND n.name::text = t.name AND upper_inf(n.known))
	ORDER BY t.entry_id, t.name_type <> 'primary', t.name, t.valid;

	UPDATE entity_screen.entry_address a
	SET known = tstzrange(lower(a.known), derive_entries.known_from)
	WHERE a.entry_id = ANY (entry_ids)
		AND upper_inf(a.known)
		AND NOT EXISTS (
			SELECT FROM entity_screen.address_timeline(entry_ids) t
			WHERE t.entry_id = a.entry_id AND t.valid = a.valid
				AND ROW(t.*) IS NOT DISTINCT FROM ROW(a.entry_id, a.valid,
					a.address, a.country, a.tranche_id, a.note));
	INSERT INTO entity_screen.entry_address (entry_id, valid, known, address,
		country, tranche_id, note)
	SELECT t.entry_id, t.valid, tstzrange(derive_entries.known_from, NULL),
		t.address, t.country, t.tranche_id, t.note
	FROM entity_screen.address_timeline(entry_ids) t
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.entry_address a
		WHERE a.entry_id = ANY (entry_ids)
			AND a.entry_id = t.entry_id AND a.valid = t.valid
			AND a.address = t.address AND upper_inf(a.known))
	ORDER BY t.entry_id, t.address, t.valid;
END;
$$;
COMMENT ON FUNCTION entity_screen.derive_entries(bigint[], timestamptz) IS
'Brings versions, names and addresses of the entries in line with the operations, closing and opening `known` at the given moment';
