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
 * A snapshot is a copy of the law.  Where a rule adds the entry before the
 * snapshot, that rule decides from when it is listed, and what the snapshot
 * says of it counts from the snapshot's date.
 *
 * What comes back after snapshots without it is listed anew: from the date
 * of the source if that lies behind them, else from the snapshot's date.
 *
 * OFFSET 0: the transaction that loads a tranche has no statistics of it yet,
 * and the planner would rather read all of the tranche than look up entries.
 */
CREATE FUNCTION entity_screen.entry_operation(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	step bigint,
	tranche_id bigint,
	line_no bigint,
	operation text,
	is_snapshot boolean,
	basis text,
	starts_on date)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH op AS (
		SELECT o.entry_id, o.tranche_id, o.line_no, o.operation, o.starts_on,
			t.kind = 'snapshot' AS is_snapshot, t.snapshot_on, o.start_basis,
			row_number() OVER (
				PARTITION BY o.entry_id
				ORDER BY t.effective_on, t.kind, t.published_on, t.volume,
					t.page_from, t.document_number, t.source_hash,
					o.line_no) AS step
		FROM entity_screen.tranche_operation o
		CROSS JOIN LATERAL (
			SELECT r.* FROM entity_screen.tranche r
			WHERE r.tranche_id = o.tranche_id AND r.status = 'approved'
			OFFSET 0) t
		WHERE o.entry_id = ANY (entry_ids)
			AND o.is_applied
	), ruled AS (
		SELECT s.entry_id, s.step,
			(array_agg(r.operation ORDER BY r.starts_on DESC, r.step DESC))[1]
				AS last_operation
		FROM op s
		JOIN op r ON r.entry_id = s.entry_id AND NOT r.is_snapshot
			AND r.operation IN ('add', 'remove')
			AND r.starts_on <= s.snapshot_on
		WHERE s.is_snapshot AND s.operation = 'add'
		GROUP BY s.entry_id, s.step
	), gone AS (
		SELECT op.*, max(op.starts_on) FILTER (
				WHERE op.is_snapshot AND op.operation = 'remove')
			OVER (PARTITION BY op.entry_id ORDER BY op.step) AS gone_on
		FROM op
	)
	SELECT op.entry_id, op.step, op.tranche_id, op.line_no, op.operation,
		op.is_snapshot, op.start_basis,
		CASE WHEN ruled.last_operation = 'add' THEN op.snapshot_on
			WHEN op.is_snapshot AND op.operation = 'add'
				AND op.starts_on <= op.gone_on THEN op.snapshot_on
			ELSE op.starts_on END
	FROM gone op
	LEFT JOIN ruled ON ruled.entry_id = op.entry_id AND ruled.step = op.step;
END;
COMMENT ON FUNCTION entity_screen.entry_operation(bigint[]) IS
'Internal: the operations that count for the entries, in order, with the date from which each counts';

CREATE FUNCTION entity_screen.entry_span(entry_ids bigint[])
RETURNS TABLE (
	entry_id bigint,
	valid daterange,
	step bigint,
	tranche_id bigint,
	line_no bigint,
	operation text,
	is_snapshot boolean,
	basis text,
	starts_on date)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH op AS MATERIALIZED (
		SELECT p.* FROM entity_screen.entry_operation(entry_ids) p
	), edge AS (
		SELECT e.entry_id, e.starts_on,
			lead(e.starts_on) OVER (
				PARTITION BY e.entry_id ORDER BY e.starts_on) AS ends_on
		FROM (SELECT DISTINCT op.entry_id, op.starts_on FROM op) e
	), begun AS (
		SELECT daterange(nullif(edge.starts_on, '-infinity'::date),
						 edge.ends_on) AS valid, op.*,
			coalesce(max(op.step) FILTER (WHERE op.operation = 'remove')
				OVER (PARTITION BY edge.entry_id, edge.starts_on), 0)
				AS last_removal
		FROM edge
		JOIN op ON op.entry_id = edge.entry_id
			AND op.starts_on <= edge.starts_on
	), standing AS (
		SELECT b.*,
			bool_or(b.operation = 'add')
				OVER (PARTITION BY b.entry_id, b.valid) AS is_listed
		FROM begun b
		WHERE b.step > b.last_removal
	)
	SELECT s.entry_id, s.valid, s.step, s.tranche_id, s.line_no, s.operation,
		s.is_snapshot, s.basis, s.starts_on
	FROM standing s
	WHERE s.is_listed;
END;
COMMENT ON FUNCTION entity_screen.entry_span(bigint[]) IS
'Internal: for each range of dates on which an entry is listed: the operations that make it what it is then, in order';

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
'Internal: the elements without repetition, in the order of their first appearance';

/*
 * The citations that a source gives, without those of loaded rules: what
 * these do to the entry is known, and if it is nothing the source is wrong.
 */
CREATE FUNCTION entity_screen.unloaded_citations(citations text[],
												 entry_id bigint)
RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(array_agg(u.citation ORDER BY u.ordinality), '{}'::text[])
	FROM unnest(citations) WITH ORDINALITY AS u (citation, ordinality)
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.tranche t
		JOIN entity_screen.entry e
			ON e.entry_id = unloaded_citations.entry_id
			AND e.list_code = t.list_code
		WHERE t.kind = 'rule' AND t.status = 'approved'
			AND t.volume = entity_screen.citation_part(u.citation, 1)
			AND entity_screen.citation_part(u.citation, 2)
				BETWEEN t.page_from AND coalesce(t.page_to, t.page_from));
END;
COMMENT ON FUNCTION entity_screen.unloaded_citations(text[], bigint) IS
'Internal: the citations without those of rules that are loaded into the entry''s list';

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
	note text,
	detail jsonb)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT s.entry_id, s.valid,
		(array_agg(s.basis ORDER BY s.starts_on, s.is_snapshot, s.step)
			FILTER (WHERE s.operation = 'add'))[1],
		nullif(min(s.starts_on) FILTER (WHERE s.operation = 'add'),
			   '-infinity'::date),
		(array_agg(s.tranche_id ORDER BY s.step DESC))[1],
		(array_agg(o.operation ORDER BY s.step DESC))[1],
		nullif((array_agg(coalesce(o.new_destination_country,
								   o.destination_country)
			ORDER BY s.is_snapshot, s.step DESC)
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
			coalesce(array_agg(coalesce(o.citation, t.citation,
										t.document_number) ORDER BY s.step)
				FILTER (WHERE NOT s.is_snapshot), '{}'::text[])
			|| coalesce(entity_screen.unloaded_citations(string_to_array(
				(array_agg(array_to_string(o.citations, '|')
					ORDER BY s.step DESC)
				FILTER (WHERE o.citations IS NOT NULL))[1], '|'),
				s.entry_id), '{}'::text[])),
		nullif((array_agg(o.note ORDER BY s.step DESC)
			FILTER (WHERE o.note IS NOT NULL))[1], ''),
		(array_agg(o.detail ORDER BY s.step DESC)
			FILTER (WHERE o.detail IS NOT NULL))[1]
	FROM entity_screen.entry_span(entry_ids) s
	JOIN entity_screen.tranche_operation o
		ON o.tranche_id = s.tranche_id AND o.line_no = s.line_no
	JOIN entity_screen.tranche t ON t.tranche_id = s.tranche_id
	GROUP BY s.entry_id, s.valid;
END;
COMMENT ON FUNCTION entity_screen.entry_timeline(bigint[]) IS
'Internal: the versions of the entries over time, derived from all approved operations';

/*
 * Names and addresses are folded in two layers, what rules state and what
 * snapshots state, and then laid together.  A snapshot that has lost an alias
 * or a letter takes nothing away from what a rule says; a rule that drops a
 * name drops it from both.
 */
CREATE FUNCTION entity_screen.layer_of(is_snapshot boolean, change text)
RETURNS boolean[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN NOT is_snapshot AND change = 'drop'
		THEN ARRAY[false, true] ELSE ARRAY[is_snapshot] END;
END;
COMMENT ON FUNCTION entity_screen.layer_of(boolean, text) IS
'Internal: the layers that a statement of a name or address belongs to: false rules, true snapshots';

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
		SELECT DISTINCT ON (s.entry_id, s.valid, l.layer,
							entity_screen.name_key(n.name))
			s.entry_id, s.valid, s.step, s.tranche_id, n.change, n.name,
			n.name_type, n.alias_quality, n.note, n.line_no, l.layer
		FROM entity_screen.entry_span(entry_ids) s
		JOIN entity_screen.tranche_operation_name n
			ON n.tranche_id = s.tranche_id AND n.entry_line_no = s.line_no
		CROSS JOIN unnest(entity_screen.layer_of(s.is_snapshot, n.change))
			AS l (layer)
		ORDER BY s.entry_id, s.valid, l.layer, entity_screen.name_key(n.name),
			s.step DESC, n.line_no DESC
	), standing AS (
		SELECT s.*,
			row_number() OVER (
				PARTITION BY s.entry_id, s.valid, s.name_type = 'primary'
				ORDER BY s.layer, s.step DESC, s.line_no DESC) AS place
		FROM said s
		WHERE s.change = 'add'
	), together AS (
		SELECT DISTINCT ON (s.entry_id, s.valid,
							entity_screen.name_key(s.name))
			s.entry_id, s.valid, s.name, s.alias_quality, s.tranche_id,
			s.note,
			CASE WHEN s.name_type = 'primary' AND s.place > 1
				THEN 'variation' ELSE s.name_type END AS name_type
		FROM standing s
		WHERE s.name_type <> 'primary' OR s.place = 1 OR s.layer
		ORDER BY s.entry_id, s.valid, entity_screen.name_key(s.name),
			s.layer, s.step DESC
	), period AS (
		SELECT s.entry_id, range_agg(s.valid) AS valid, s.name, s.name_type,
			s.alias_quality, s.tranche_id, s.note
		FROM together s
		GROUP BY s.entry_id, s.name, s.name_type, s.alias_quality,
			s.tranche_id, s.note
	)
	SELECT p.entry_id, r.valid, p.name, p.name_type, p.alias_quality,
		p.tranche_id, p.note
	FROM period p
	CROSS JOIN LATERAL unnest(p.valid) AS r (valid);
END;
COMMENT ON FUNCTION entity_screen.name_timeline(bigint[]) IS
'Internal: the names of the entries over time, derived from all approved operations; an entry has one primary name at a time, the last one a rule states, else the last one a snapshot states';

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
		SELECT DISTINCT ON (s.entry_id, s.valid, l.layer,
							entity_screen.name_key(a.address))
			s.entry_id, s.valid, s.tranche_id, a.change, a.address,
			a.country, a.note, l.layer, s.step
		FROM entity_screen.entry_span(entry_ids) s
		JOIN entity_screen.tranche_operation_address a
			ON a.tranche_id = s.tranche_id AND a.entry_line_no = s.line_no
		CROSS JOIN unnest(entity_screen.layer_of(s.is_snapshot, a.change))
			AS l (layer)
		ORDER BY s.entry_id, s.valid, l.layer,
			entity_screen.name_key(a.address), s.step DESC, a.line_no DESC
	), together AS (
		SELECT DISTINCT ON (s.entry_id, s.valid,
							entity_screen.name_key(s.address))
			s.entry_id, s.valid, s.address, s.country, s.tranche_id, s.note
		FROM said s
		WHERE s.change = 'add'
		ORDER BY s.entry_id, s.valid, entity_screen.name_key(s.address),
			s.layer, s.step DESC
	), period AS (
		SELECT s.entry_id, range_agg(s.valid) AS valid, s.address, s.country,
			s.tranche_id, s.note
		FROM together s
		GROUP BY s.entry_id, s.address, s.country, s.tranche_id, s.note
	)
	SELECT p.entry_id, r.valid, p.address, p.country, p.tranche_id, p.note
	FROM period p
	CROSS JOIN LATERAL unnest(p.valid) AS r (valid);
END;
COMMENT ON FUNCTION entity_screen.address_timeline(bigint[]) IS
'Internal: the addresses of the entries over time, derived from all approved operations';

/*
 * Bring the derived tables in line with the operations.  Only what differs
 * is touched: a row that no longer holds gets an end of `known`, a new row
 * begins at the same moment.  The loader calls it for a thousand entries at
 * a time, which keeps memory bounded and the fold's joins small; each call
 * is planned for the tables as they have grown by then.
 */
CREATE FUNCTION entity_screen.derive_versions(entry_ids bigint[],
											  known_from timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
	WITH fresh AS MATERIALIZED (
		SELECT t.* FROM entity_screen.entry_timeline(entry_ids) t
	), held AS MATERIALIZED (
		SELECT v.* FROM entity_screen.entry_version v
		WHERE v.entry_id = ANY (entry_ids) AND upper_inf(v.known)
	), kept AS MATERIALIZED (
		SELECT t.entry_id, t.valid, v.entry_version_id
		FROM fresh t
		JOIN held v ON v.entry_id = t.entry_id AND v.valid = t.valid
		WHERE ROW(t.*) IS NOT DISTINCT FROM ROW(v.entry_id, v.valid,
			v.valid_from_basis, v.listed_from, v.tranche_id, v.operation,
			v.destination_country, v.entry_type, v.parent_entry_id,
			v.license_requirement, v.license_review_policy, v.reason,
			v.scope_note, v.footnotes, v.citations, v.note, v.detail)
	), closed AS (
		UPDATE entity_screen.entry_version v
		SET known = tstzrange(lower(v.known), derive_versions.known_from)
		FROM held h
		WHERE v.entry_id = ANY (entry_ids) AND v.entry_version_id = h.entry_version_id
			AND NOT EXISTS (
				SELECT FROM kept k
				WHERE k.entry_version_id = h.entry_version_id)
		RETURNING 1
	)
	INSERT INTO entity_screen.entry_version (entry_id, valid, known,
		valid_from_basis, listed_from, tranche_id, operation,
		destination_country, entry_type, parent_entry_id,
		license_requirement, license_review_policy, reason, scope_note,
		footnotes, citations, note, detail)
	SELECT t.entry_id, t.valid, tstzrange(derive_versions.known_from, NULL),
		t.valid_from_basis, t.listed_from, t.tranche_id, t.operation,
		t.destination_country, t.entry_type, t.parent_entry_id,
		t.license_requirement, t.license_review_policy, t.reason,
		t.scope_note, t.footnotes, t.citations, t.note, t.detail
	FROM fresh t
	WHERE (SELECT count(*) FROM closed) >= 0
		AND NOT EXISTS (
			SELECT FROM kept k
			WHERE k.entry_id = t.entry_id AND k.valid = t.valid)
	ORDER BY t.entry_id, t.valid;
END;
$$;
COMMENT ON FUNCTION entity_screen.derive_versions(bigint[], timestamptz) IS
'Internal: brings the versions of the entries in line with the operations; count(*) of the closed rows makes them close before the new ones begin';

CREATE FUNCTION entity_screen.derive_names(entry_ids bigint[],
										   known_from timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
	WITH fresh AS MATERIALIZED (
		SELECT t.* FROM entity_screen.name_timeline(entry_ids) t
	), held AS MATERIALIZED (
		SELECT n.*, n.name::text AS text FROM entity_screen.entry_name n
		WHERE n.entry_id = ANY (entry_ids) AND upper_inf(n.known)
	), kept AS MATERIALIZED (
		SELECT t.entry_id, t.valid, t.name, n.entry_name_id
		FROM fresh t
		JOIN held n ON n.entry_id = t.entry_id AND n.valid = t.valid
			AND n.text = t.name
		WHERE ROW(t.*) IS NOT DISTINCT FROM ROW(n.entry_id, n.valid,
			n.text, n.name_type, n.alias_quality, n.tranche_id, n.note)
	), closed AS (
		UPDATE entity_screen.entry_name n
		SET known = tstzrange(lower(n.known), derive_names.known_from)
		FROM held h
		WHERE n.entry_id = ANY (entry_ids) AND n.entry_name_id = h.entry_name_id
			AND NOT EXISTS (
				SELECT FROM kept k WHERE k.entry_name_id = h.entry_name_id)
		RETURNING 1
	)
	INSERT INTO entity_screen.entry_name (entry_id, valid, known, name,
		name_type, alias_quality, tranche_id, note)
	SELECT t.entry_id, t.valid, tstzrange(derive_names.known_from, NULL),
		t.name, t.name_type, t.alias_quality, t.tranche_id, t.note
	FROM fresh t
	WHERE (SELECT count(*) FROM closed) >= 0
		AND NOT EXISTS (
			SELECT FROM kept k
			WHERE k.entry_id = t.entry_id AND k.valid = t.valid
				AND k.name = t.name)
	ORDER BY t.entry_id, t.name_type <> 'primary', t.name, t.valid;
END;
$$;
COMMENT ON FUNCTION entity_screen.derive_names(bigint[], timestamptz) IS
'Internal: brings the names of the entries in line with the operations';

CREATE FUNCTION entity_screen.derive_addresses(entry_ids bigint[],
											   known_from timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
	WITH fresh AS MATERIALIZED (
		SELECT t.* FROM entity_screen.address_timeline(entry_ids) t
	), held AS MATERIALIZED (
		SELECT a.* FROM entity_screen.entry_address a
		WHERE a.entry_id = ANY (entry_ids) AND upper_inf(a.known)
	), kept AS MATERIALIZED (
		SELECT t.entry_id, t.valid, t.address, a.entry_address_id
		FROM fresh t
		JOIN held a ON a.entry_id = t.entry_id AND a.valid = t.valid
			AND a.address = t.address
		WHERE ROW(t.*) IS NOT DISTINCT FROM ROW(a.entry_id, a.valid,
			a.address, a.country, a.tranche_id, a.note)
	), closed AS (
		UPDATE entity_screen.entry_address a
		SET known = tstzrange(lower(a.known), derive_addresses.known_from)
		FROM held h
		WHERE a.entry_id = ANY (entry_ids) AND a.entry_address_id = h.entry_address_id
			AND NOT EXISTS (
				SELECT FROM kept k
				WHERE k.entry_address_id = h.entry_address_id)
		RETURNING 1
	)
	INSERT INTO entity_screen.entry_address (entry_id, valid, known, address,
		country, tranche_id, note)
	SELECT t.entry_id, t.valid, tstzrange(derive_addresses.known_from, NULL),
		t.address, t.country, t.tranche_id, t.note
	FROM fresh t
	WHERE (SELECT count(*) FROM closed) >= 0
		AND NOT EXISTS (
			SELECT FROM kept k
			WHERE k.entry_id = t.entry_id AND k.valid = t.valid
				AND k.address = t.address)
	ORDER BY t.entry_id, t.address, t.valid;
END;
$$;
COMMENT ON FUNCTION entity_screen.derive_addresses(bigint[], timestamptz) IS
'Internal: brings the addresses of the entries in line with the operations';

CREATE FUNCTION entity_screen.derive_entries(entry_ids bigint[],
											 known_from timestamptz)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT entity_screen.derive_versions(entry_ids,
		derive_entries.known_from);
	SELECT entity_screen.derive_names(entry_ids, derive_entries.known_from);
	SELECT entity_screen.derive_addresses(entry_ids,
		derive_entries.known_from);
END;
COMMENT ON FUNCTION entity_screen.derive_entries(bigint[], timestamptz) IS
'Internal: brings versions, names and addresses of the entries in line with the operations, closing and opening `known` at the given moment';
