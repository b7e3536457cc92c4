/*
 * 49_publish: a stored tranche counts from now on, or no longer
 *
 * Publishing gives it its moment of `known`, settles what rules and snapshots
 * mean for each other, derives what changes, and stores the transaction.
 * Retracting is publishing its absence.
 */

/* Entries an unpublished or published tranche touches */
CREATE FUNCTION entity_screen.derive_tranche(tranche_ids bigint[],
	entry_ids bigint[], known_from timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	part bigint[];
	done bigint := 0;
BEGIN
	FOR part IN
		SELECT array_agg(e.entry_id ORDER BY e.entry_id)
		FROM (SELECT o.entry_id
			  FROM entity_screen.tranche_operation o
			  WHERE o.tranche_id = ANY (tranche_ids)
				AND o.entry_id IS NOT NULL
			  UNION
			  SELECT u FROM unnest(derive_tranche.entry_ids) u
			  WHERE u IS NOT NULL) e
		GROUP BY e.entry_id / 1024
		ORDER BY 1
	LOOP
		PERFORM entity_screen.report_load_progress(done + 1, false);
		PERFORM entity_screen.derive_entries(part,
			derive_tranche.known_from);
		done := done + cardinality(part);
		PERFORM entity_screen.report_load_progress(done, false);
	END LOOP;
	PERFORM entity_screen.report_load_progress(done, true);
END;
$$;
COMMENT ON FUNCTION entity_screen.derive_tranche(bigint[], bigint[], timestamptz) IS
'Internal: derives all entries that the tranches or the list name, about a thousand at a time';

/*
 * The next moment of `known` of a list; the caller holds the load lock.
 */
CREATE FUNCTION entity_screen.next_known(list_code text)
RETURNS timestamptz
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT greatest(clock_timestamp(),
					max(t.known_from) + interval '1 microsecond')
	FROM entity_screen.tranche t
	WHERE t.list_code = next_known.list_code;
END;
COMMENT ON FUNCTION entity_screen.next_known(text) IS
'Internal: a moment after all moments of `known` of the list';

CREATE FUNCTION entity_screen.lock_list(list_code text)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT pg_advisory_xact_lock(hashtext('entity_screen.load'),
								 hashtext(list_code));
END;
COMMENT ON FUNCTION entity_screen.lock_list(text) IS
'Internal: one load of a list at a time: others wait here and then see its result';

/*
 * A source that gives another date than the rule that adds the entry: the
 * rule counts, the difference is recorded.
 */
CREATE FUNCTION entity_screen.record_date_conflicts(list_code text,
													entry_ids bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
	PERFORM FROM entity_screen.tranche t
	WHERE t.list_code = record_date_conflicts.list_code
		AND t.status = 'approved'
	HAVING count(DISTINCT t.kind) = 2;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	WITH entry AS MATERIALIZED (
		SELECT DISTINCT u.entry_id FROM unnest(entry_ids) AS u (entry_id)
	), ruled AS MATERIALIZED (
		SELECT o.entry_id, o.starts_on,
			coalesce(t.citation, t.document_number) AS rule
		FROM entity_screen.tranche t
		JOIN entity_screen.tranche_operation o
			ON o.tranche_id = t.tranche_id
			AND o.operation = 'add' AND o.is_applied
		JOIN entry ON entry.entry_id = o.entry_id
		WHERE t.list_code = record_date_conflicts.list_code
			AND t.kind = 'rule' AND t.status = 'approved'
	)
	INSERT INTO entity_screen.load_conflict (tranche_id, line_no, conflict,
											 detail)
	SELECT DISTINCT ON (s.tranche_id, s.line_no) s.tranche_id, s.line_no,
		'date_conflict', format(
			'%L: the source says %s%s; %s adds it on %s', s.entry_name,
			s.source_start_on, coalesce(' (' || s.source_citation || ')', ''),
			r.rule, r.starts_on)
	FROM ruled r
	JOIN entity_screen.tranche_operation s ON s.entry_id = r.entry_id
		AND s.operation = 'add'
	JOIN entity_screen.tranche t ON t.tranche_id = s.tranche_id
		AND t.kind = 'snapshot' AND t.status = 'approved'
	WHERE r.starts_on <= t.snapshot_on
		AND s.source_start_on <> r.starts_on
	ORDER BY s.tranche_id, s.line_no, r.starts_on DESC
	ON CONFLICT DO NOTHING;
END;
$$;
COMMENT ON FUNCTION entity_screen.record_date_conflicts(text, bigint[]) IS
'Internal: records where a snapshot''s date of listing differs from that of the rule that adds the entry';

/*
 * Snapshot B becomes or ceases to be a step between P and N: what N says
 * stays, so its steps are written again.  Returns the entries concerned.
 */
CREATE FUNCTION entity_screen.rebase_next(next_id bigint,
	load_no bigint, entry_ids bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
	next entity_screen.tranche;
	base entity_screen.tranche;
BEGIN
	SELECT t.* INTO next FROM entity_screen.tranche t
	WHERE t.tranche_id = next_id;
	SELECT t.* INTO base FROM entity_screen.tranche t
	WHERE t.list_code = next.list_code AND t.kind = 'snapshot'
		AND t.status = 'approved' AND t.snapshot_on < next.snapshot_on
	ORDER BY t.snapshot_on DESC LIMIT 1;
	DELETE FROM entity_screen.tranche_operation_name n
	USING entity_screen.tranche_operation o
	WHERE o.tranche_id = next_id AND o.entry_id = ANY (entry_ids)
		AND n.tranche_id = o.tranche_id AND n.entry_line_no = o.line_no;
	DELETE FROM entity_screen.tranche_operation_address a
	USING entity_screen.tranche_operation o
	WHERE o.tranche_id = next_id AND o.entry_id = ANY (entry_ids)
		AND a.tranche_id = o.tranche_id AND a.entry_line_no = o.line_no;
	DELETE FROM entity_screen.tranche_operation o
	WHERE o.tranche_id = next_id AND o.entry_id = ANY (entry_ids);
	UPDATE entity_screen.tranche t SET base_tranche_id = base.tranche_id
	WHERE t.tranche_id = next_id;
	PERFORM entity_screen.write_steps(rebase_next.load_no, next.list_code,
		next_id, next.snapshot_on,
		coalesce(base.snapshot_on, '-infinity'), entry_ids);
	DELETE FROM entity_screen.stage_record s
	WHERE s.load_no = rebase_next.load_no;
END;
$$;
COMMENT ON FUNCTION entity_screen.rebase_next(bigint, bigint, bigint[]) IS
'Internal: writes the steps of a snapshot again after the one before it has changed; its statements are staged beforehand with hold_next()';

CREATE FUNCTION entity_screen.next_snapshot(list_code text, after date)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT t.tranche_id FROM entity_screen.tranche t
	WHERE t.list_code = next_snapshot.list_code AND t.kind = 'snapshot'
		AND t.status = 'approved' AND t.snapshot_on > after
	ORDER BY t.snapshot_on LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.next_snapshot(text, date) IS
'Internal: the first approved snapshot of a list after a date; null when there is none';

/* Stage what the next snapshot says of the entries that either touches */
CREATE FUNCTION entity_screen.hold_next(tranche_id bigint, next_id bigint,
										load_no bigint)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
	next entity_screen.tranche;
	entries bigint[];
BEGIN
	SELECT t.* INTO next FROM entity_screen.tranche t
	WHERE t.tranche_id = next_id;
	entries := ARRAY(
		SELECT DISTINCT o.entry_id FROM entity_screen.tranche_operation o
		WHERE o.tranche_id IN (hold_next.tranche_id, next_id)
			AND o.entry_id IS NOT NULL);
	INSERT INTO entity_screen.stage_record
	SELECT r.* FROM entity_screen.snapshot_record(hold_next.load_no,
		next.list_code, entries, next.snapshot_on) r;
	UPDATE entity_screen.stage_record s
	SET line_no = o.line_no
	FROM entity_screen.tranche_operation o
	WHERE s.load_no = hold_next.load_no AND o.tranche_id = next_id
		AND o.entry_id = s.entry_id;
	UPDATE entity_screen.stage_record s
	SET line_no = x.line_no
	FROM (SELECT u.row_no, u.place + coalesce((
				SELECT max(o.line_no) FROM entity_screen.tranche_operation o
				WHERE o.tranche_id = next_id), 0) AS line_no
		  FROM (SELECT s2.row_no, row_number() OVER (ORDER BY s2.row_no)
					AS place
				FROM entity_screen.stage_record s2
				WHERE s2.load_no = hold_next.load_no
					AND NOT EXISTS (
						SELECT FROM entity_screen.tranche_operation o
						WHERE o.tranche_id = next_id
							AND o.entry_id = s2.entry_id)) u) x
	WHERE s.load_no = hold_next.load_no AND s.row_no = x.row_no;
	RETURN entries;
END;
$$;
COMMENT ON FUNCTION entity_screen.hold_next(bigint, bigint, bigint) IS
'Internal: stages what the next snapshot says of the entries that it or the tranche touches; returns those entries';

/*
 * What rules and snapshots mean for each other, once a tranche counts or
 * ceases to: absences, and the dates of what cites a rule.  Returns further
 * entries that change.
 */
CREATE FUNCTION entity_screen.resolve_rule(t entity_screen.tranche,
										   touched bigint[])
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	base_on date;
BEGIN
	IF (t).kind = 'rule' THEN
		RETURN entity_screen.settle_absences((t).list_code, touched, NULL, NULL)
			|| entity_screen.resolve_citing((t).tranche_id);
	END IF;
	SELECT max(b.snapshot_on) INTO base_on
	FROM entity_screen.tranche b
	WHERE b.list_code = (t).list_code AND b.kind = 'snapshot'
		AND b.status = 'approved' AND b.snapshot_on < (t).snapshot_on;
	RETURN entity_screen.settle_absences((t).list_code, touched,
		coalesce(base_on, '-infinity'), (t).snapshot_on);
END;
$$;
COMMENT ON FUNCTION entity_screen.resolve_rule(entity_screen.tranche, bigint[]) IS
'Internal: settles absences and dates by citation after a tranche was published or taken back; returns the entries concerned';

/*
 * Let a stored tranche count, from now on.  The caller holds the lock.
 */
CREATE FUNCTION entity_screen.publish_tranche(tranche_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	t entity_screen.tranche;
	moment timestamptz;
	next_id bigint;
	load bigint;
	touched bigint[] := '{}';
	waiting bigint[];
BEGIN
	SELECT p.* INTO t FROM entity_screen.tranche p
	WHERE p.tranche_id = publish_tranche.tranche_id;
	moment := entity_screen.next_known(t.list_code);
	next_id := CASE WHEN t.kind = 'snapshot'
		THEN entity_screen.next_snapshot(t.list_code, t.snapshot_on) END;
	IF next_id IS NOT NULL THEN
		load := nextval('entity_screen.stage_load_no');
		touched := entity_screen.hold_next(t.tranche_id, next_id, load);
	END IF;
	UPDATE entity_screen.tranche p
	SET status = 'approved', known_from = moment, status_reason = NULL,
		xid = pg_current_xact_id(), approved_by = session_user,
		approved_at = clock_timestamp()
	WHERE p.tranche_id = t.tranche_id;
	IF next_id IS NOT NULL THEN
		PERFORM entity_screen.rebase_next(next_id, load, touched);
	END IF;
	waiting := entity_screen.attach_waiting(t.tranche_id, t.list_code);
	PERFORM entity_screen.attach_parents(t.tranche_id);
	touched := touched || waiting || ARRAY(
		SELECT o.entry_id FROM entity_screen.tranche_operation o
		WHERE o.tranche_id = t.tranche_id AND o.entry_id IS NOT NULL);
	touched := touched || entity_screen.resolve_rule(t, touched);
	DELETE FROM entity_screen.pending_name n
	WHERE n.tranche_id = t.tranche_id;
	PERFORM entity_screen.derive_tranche('{}', touched, moment);
	PERFORM entity_screen.record_date_conflicts(t.list_code, touched);
	PERFORM entity_screen.refresh_list_state(t.list_code, moment);
	PERFORM entity_screen.refuse_lost_names(t.tranche_id);
END;
$$;
COMMENT ON FUNCTION entity_screen.publish_tranche(bigint) IS
'Internal: makes a stored tranche count: its moment of known, what it changes, the state of its list';

/*
 * An entry that a rule adds and that the first snapshot after it does not
 * have is removed by that snapshot, whichever was loaded first.  These
 * removals are operations of the snapshot with start_basis rule.  They are
 * settled again for the entries given, and for those that rules add after
 * one date, up to another.
 */
CREATE FUNCTION entity_screen.absence(list_code text, entry_ids bigint[])
RETURNS TABLE (entry_id bigint, snapshot_id bigint, snapshot_on date)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT DISTINCT o.entry_id, s.tranche_id, s.snapshot_on
	FROM entity_screen.tranche_operation o
	JOIN entity_screen.tranche t ON t.tranche_id = o.tranche_id
		AND t.kind = 'rule' AND t.status = 'approved'
	CROSS JOIN LATERAL (
		SELECT q.tranche_id, q.snapshot_on
		FROM entity_screen.tranche q
		WHERE q.list_code = absence.list_code AND q.kind = 'snapshot'
			AND q.status = 'approved' AND q.snapshot_on >= o.starts_on
		ORDER BY q.snapshot_on LIMIT 1) s
	LEFT JOIN LATERAL (
		SELECT (array_agg(p.operation ORDER BY q.snapshot_on DESC))[1]
				AS last_step,
			bool_or(q.tranche_id = s.tranche_id) AS has_step
		FROM entity_screen.tranche_operation p
		JOIN entity_screen.tranche q ON q.tranche_id = p.tranche_id
			AND q.kind = 'snapshot' AND q.status = 'approved'
			AND q.snapshot_on <= s.snapshot_on
		WHERE p.entry_id = o.entry_id
			AND NOT (p.operation = 'remove'
					 AND p.start_basis IS NOT DISTINCT FROM 'rule')) p
		ON true
	WHERE o.entry_id = ANY (entry_ids)
		AND o.operation = 'add' AND o.is_applied
		AND coalesce(p.last_step, 'remove') = 'remove'
		AND p.has_step IS DISTINCT FROM true;
END;
COMMENT ON FUNCTION entity_screen.absence(text, bigint[]) IS
'Internal: which of the entries rules add and the next snapshot lacks, and that snapshot';

CREATE FUNCTION entity_screen.settle_absences(list_code text,
	entry_ids bigint[], after date, upto date)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
	asked bigint[] := entry_ids || ARRAY(
		SELECT o.entry_id
		FROM entity_screen.tranche t
		JOIN entity_screen.tranche_operation o
			ON o.tranche_id = t.tranche_id
			AND o.operation = 'add' AND o.entry_id IS NOT NULL
		WHERE t.list_code = settle_absences.list_code AND t.kind = 'rule'
			AND o.starts_on > after AND o.starts_on <= upto);
	changed bigint[];
BEGIN
	WITH wanted AS MATERIALIZED (
		SELECT a.* FROM entity_screen.absence(settle_absences.list_code,
											  asked) a
	), undone AS (
		DELETE FROM entity_screen.tranche_operation o
		USING entity_screen.tranche t
		WHERE o.entry_id = ANY (asked) AND o.operation = 'remove'
			AND o.start_basis = 'rule' AND t.tranche_id = o.tranche_id
			AND t.kind = 'snapshot' AND t.status = 'approved'
			AND NOT EXISTS (
				SELECT FROM wanted w
				WHERE w.entry_id = o.entry_id
					AND w.snapshot_id = o.tranche_id)
		RETURNING o.entry_id
	), done AS (
		INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
			list_code, operation, entry_id, on_conflict, starts_on,
			start_basis, entry_name)
		SELECT w.snapshot_id, coalesce((
				SELECT max(m.line_no) FROM entity_screen.tranche_operation m
				WHERE m.tranche_id = w.snapshot_id), 0)
			+ row_number() OVER (PARTITION BY w.snapshot_id
								 ORDER BY w.entry_id),
			settle_absences.list_code, 'remove', w.entry_id, 'record',
			w.snapshot_on, 'rule', (
				SELECT o.entry_name FROM entity_screen.tranche_operation o
				WHERE o.entry_id = w.entry_id AND o.operation = 'add'
				ORDER BY o.tranche_id LIMIT 1)
		FROM wanted w
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.tranche_operation o
			WHERE o.entry_id = w.entry_id AND o.tranche_id = w.snapshot_id
				AND o.operation = 'remove')
		RETURNING entry_id
	)
	SELECT array_agg(c.entry_id) INTO changed
	FROM (SELECT u.entry_id FROM undone u
		  UNION SELECT d.entry_id FROM done d) c;
	RETURN coalesce(changed, '{}');
END;
$$;
COMMENT ON FUNCTION entity_screen.settle_absences(text, bigint[], date, date) IS
'Internal: removes from the next snapshot on what rules add and it does not have, for the entries given and those that rules add between two dates; returns the entries for which that has changed';

/*
 * Entries of snapshots that cite a rule: it dates those of which the source
 * gives no date, and tells for all of them whether the citation is right, as
 * long as it counts.
 */
CREATE FUNCTION entity_screen.resolve_citing(tranche_id bigint)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	t entity_screen.tranche;
	found bigint[];
BEGIN
	SELECT p.* INTO t FROM entity_screen.tranche p
	WHERE p.tranche_id = resolve_citing.tranche_id;
	WITH cited AS MATERIALIZED (
		SELECT o.entry_id, o.tranche_id, o.line_no, o.operation,
			o.start_basis, s.base_tranche_id, entity_screen.cited_start(
				o.list_code, o.source_citation, o.citations) AS start_on
		FROM entity_screen.tranche_operation o
		JOIN entity_screen.tranche s ON s.tranche_id = o.tranche_id
			AND s.kind = 'snapshot'
		WHERE o.list_code = t.list_code
			AND o.citations IS NOT NULL
			AND EXISTS (
				SELECT FROM unnest(o.citations) AS c (citation)
				WHERE entity_screen.citation_part(c.citation, 1) = t.volume
					AND entity_screen.citation_part(c.citation, 2)
						BETWEEN t.page_from
							AND coalesce(t.page_to, t.page_from))
	), dated AS (
		UPDATE entity_screen.tranche_operation o
		SET starts_on = CASE WHEN c.operation = 'add' THEN
				coalesce(c.start_on, (
					SELECT b.snapshot_on + 1 FROM entity_screen.tranche b
					WHERE b.tranche_id = c.base_tranche_id), '-infinity')
				ELSE o.starts_on END,
			source_start_on = c.start_on,
			start_basis = CASE WHEN c.start_on IS NULL THEN 'unknown'
				ELSE 'citation' END
		FROM cited c
		WHERE o.tranche_id = c.tranche_id AND o.line_no = c.line_no
			AND c.start_basis IN ('unknown', 'citation')
			AND o.source_start_on IS DISTINCT FROM c.start_on
		RETURNING 1
	)
	SELECT coalesce(array_agg(DISTINCT c.entry_id), '{}') INTO found
	FROM cited c
	WHERE (SELECT count(*) FROM dated) >= 0;
	RETURN found;
END;
$$;
COMMENT ON FUNCTION entity_screen.resolve_citing(bigint) IS
'Internal: dates the entries of snapshots that give no date and cite a rule, or takes the date away when the rule does not count any more; returns all that cite it';

CREATE FUNCTION entity_screen.unpublish_tranche(tranche_id bigint,
	moment timestamptz, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	t entity_screen.tranche;
	next_id bigint;
	load bigint;
	touched bigint[] := '{}';
BEGIN
	SELECT p.* INTO t FROM entity_screen.tranche p
	WHERE p.tranche_id = unpublish_tranche.tranche_id;
	IF t.kind = 'snapshot' AND t.status = 'approved' THEN
		next_id := entity_screen.next_snapshot(t.list_code, t.snapshot_on);
	END IF;
	IF next_id IS NOT NULL THEN
		load := nextval('entity_screen.stage_load_no');
		touched := entity_screen.hold_next(t.tranche_id, next_id, load);
	END IF;
	UPDATE entity_screen.tranche p
	SET status = 'retracted', retracted_by = session_user,
		retracted_at = clock_timestamp(), status_reason = reason,
		xid = pg_current_xact_id()
	WHERE p.tranche_id = t.tranche_id;
	DELETE FROM entity_screen.pending_name n
	WHERE n.tranche_id = t.tranche_id;
	IF t.status = 'approved' THEN
		IF next_id IS NOT NULL THEN
			PERFORM entity_screen.rebase_next(next_id, load, touched);
		END IF;
		touched := touched || ARRAY(
			SELECT o.entry_id FROM entity_screen.tranche_operation o
			WHERE o.tranche_id = t.tranche_id AND o.entry_id IS NOT NULL);
		touched := touched || entity_screen.resolve_rule(t, touched);
		PERFORM entity_screen.derive_tranche(ARRAY[t.tranche_id], touched,
			moment);
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.unpublish_tranche(bigint, timestamptz, text) IS
'Internal: makes a tranche not count any more';
