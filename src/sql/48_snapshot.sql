/*
 * 48_snapshot: a whole list becomes the tranche of its differences
 *
 * What snapshots say of an entry is a step function of their dates: from one
 * snapshot to the next it is the same, or another, or absent.  A snapshot
 * stores the steps only.  Laid between two others, it takes over some steps
 * of the next one, so the order of loading does not matter.
 */

CREATE FUNCTION entity_screen.snapshot_operation(list_code text, upto date)
RETURNS TABLE (
	entry_id bigint,
	tranche_id bigint,
	line_no bigint,
	snapshot_on date,
	operation text,
	content_hash bytea,
	source_id text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT DISTINCT ON (o.entry_id) o.entry_id, o.tranche_id, o.line_no,
		t.snapshot_on, o.operation, o.content_hash, o.source_id
	FROM entity_screen.tranche t
	JOIN entity_screen.tranche_operation o ON o.tranche_id = t.tranche_id
	WHERE t.list_code = snapshot_operation.list_code
		AND t.kind = 'snapshot' AND t.status = 'approved'
		AND t.snapshot_on <= upto
		AND o.entry_id IS NOT NULL
	ORDER BY o.entry_id, t.snapshot_on DESC;
END;
COMMENT ON FUNCTION entity_screen.snapshot_operation(text, date) IS
'Internal: the last step of each entry in the approved snapshots up to a date; operation remove: absent since then';

/*
 * What the snapshots up to a date say of some entries, as staged records.
 * An add states all, a revise what has changed: of each field the last
 * statement since the last add.
 */
CREATE FUNCTION entity_screen.snapshot_record(load_no bigint,
	list_code text, entry_ids bigint[], upto date)
RETURNS SETOF entity_screen.stage_record
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH op AS MATERIALIZED (
		SELECT o.*, t.snapshot_on,
			max(t.snapshot_on) FILTER (WHERE o.operation = 'add')
				OVER (PARTITION BY o.entry_id) AS added_on
		FROM entity_screen.tranche_operation o
		JOIN entity_screen.tranche t ON t.tranche_id = o.tranche_id
		WHERE o.entry_id = ANY (entry_ids)
			AND t.kind = 'snapshot' AND t.status = 'approved'
			AND t.snapshot_on <= upto
	), since AS MATERIALIZED (
		SELECT op.* FROM op WHERE op.snapshot_on >= op.added_on
	), name AS (
		SELECT n.entry_id, array_agg(ROW(n.name, n.name_type,
				n.alias_quality)::entity_screen.stated_name
				ORDER BY n.name_type <> 'primary', n.snapshot_on, n.line_no)
				AS names
		FROM (SELECT DISTINCT ON (s.entry_id, entity_screen.name_key(w.name))
				s.entry_id, s.snapshot_on, w.*
			  FROM since s
			  JOIN entity_screen.tranche_operation_name w
				ON w.tranche_id = s.tranche_id AND w.entry_line_no = s.line_no
			  ORDER BY s.entry_id, entity_screen.name_key(w.name),
				s.snapshot_on DESC, w.line_no DESC) n
		WHERE n.change = 'add'
		GROUP BY n.entry_id
	), address AS (
		SELECT n.entry_id, array_agg(ROW(n.address,
				n.country)::entity_screen.stated_address
				ORDER BY n.snapshot_on, n.line_no) AS addresses
		FROM (SELECT DISTINCT ON (s.entry_id,
								  entity_screen.name_key(w.address))
				s.entry_id, s.snapshot_on, w.*
			  FROM since s
			  JOIN entity_screen.tranche_operation_address w
				ON w.tranche_id = s.tranche_id AND w.entry_line_no = s.line_no
			  ORDER BY s.entry_id, entity_screen.name_key(w.address),
				s.snapshot_on DESC, w.line_no DESC) n
		WHERE n.change = 'add'
		GROUP BY n.entry_id
	), last AS (
		SELECT s.entry_id, max(s.line_no) AS line_no,
			(array_agg(s.operation ORDER BY s.snapshot_on DESC))[1]
				AS operation,
			(array_agg(s.source_id ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.source_id IS NOT NULL))[1] AS source_id,
			nullif((array_agg(s.entry_type ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.entry_type IS NOT NULL))[1], '')
				AS entry_type,
			nullif((array_agg(s.destination_country
				ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.destination_country IS NOT NULL))[1], '')
				AS destination,
			(array_agg(s.source_start_on ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1]
				AS source_start_on,
			(array_agg(s.start_basis ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1] AS start_basis,
			(array_agg(s.source_citation ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1]
				AS source_citation,
			nullif((array_agg(s.license_requirement
				ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.license_requirement IS NOT NULL))[1], '')
				AS license_requirement,
			nullif((array_agg(s.license_review_policy
				ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.license_review_policy IS NOT NULL))[1], '')
				AS license_review_policy,
			nullif((array_agg(s.reason ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.reason IS NOT NULL))[1], '') AS reason,
			nullif((array_agg(s.scope_note ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.scope_note IS NOT NULL))[1], '')
				AS scope_note,
			nullif((array_agg(s.footnotes ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.footnotes IS NOT NULL))[1], '')
				AS footnotes,
			nullif((array_agg(s.parent ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.parent IS NOT NULL))[1], '') AS parent,
			nullif((array_agg(s.note ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.note IS NOT NULL))[1], '') AS note,
			(array_agg(s.detail ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1] AS detail,
			(array_agg(s.content_hash ORDER BY s.snapshot_on DESC)
				FILTER (WHERE s.operation <> 'remove'))[1] AS content_hash
		FROM since s
		GROUP BY s.entry_id
	)
	SELECT snapshot_record.load_no, l.entry_id, l.line_no, 1,
		snapshot_record.list_code, l.source_id, l.entry_type,
		n.names[1].name, NULL::text, l.destination, NULL::text,
		coalesce(n.names, '{}'), coalesce(a.addresses, '{}'),
		coalesce(l.source_start_on, '-infinity'::date), l.start_basis,
		NULL::text, l.source_start_on, l.source_citation,
		coalesce(entity_screen.read_citations(l.source_citation), '{}'),
		l.license_requirement, l.license_review_policy, l.reason,
		l.scope_note, l.footnotes, l.parent, l.note, l.detail,
		'{}'::text[], l.content_hash, l.entry_id, 0, 0, 0, 0, 0
	FROM last l
	LEFT JOIN name n ON n.entry_id = l.entry_id
	LEFT JOIN address a ON a.entry_id = l.entry_id
	WHERE l.operation <> 'remove';
END;
COMMENT ON FUNCTION entity_screen.snapshot_record(bigint, text, bigint[], date) IS
'Internal: what the approved snapshots up to a date say of the entries they list then';
