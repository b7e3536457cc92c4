/*
 * 49_approve: what must happen before a loaded tranche counts
 *
 * A tranche is stored pending and then published, at once where the list's
 * policy lets it.  Publishing gives it its moment of `known`, derives what
 * changes, and stores the transaction.  Retracting is publishing its absence.
 */

CREATE FUNCTION entity_screen.effective_setting(list_code text)
RETURNS entity_screen.list_setting
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT effective_setting.list_code,
		coalesce(s.max_list_age, l.max_list_age),
		coalesce(s.approval_policy, 'none'),
		coalesce(s.max_removed_share, 0.25),
		coalesce(s.auto_removed_share, 0.02),
		coalesce(s.auto_changed_share, 0.20)
	FROM (VALUES (1)) v
	LEFT JOIN entity_screen.list_setting s
		ON s.list_code = effective_setting.list_code
	LEFT JOIN entity_screen.screening_list l
		ON l.list_code = effective_setting.list_code;
END;
COMMENT ON FUNCTION entity_screen.effective_setting(text) IS
'What this site decides about a list, defaults filled in';

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
	IF t.kind = 'rule' THEN
		PERFORM entity_screen.record_absences(t.tranche_id);
		touched := touched
			|| entity_screen.resolve_undated(t.tranche_id);
	END IF;
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
 * Entries that a rule adds and that the next loaded snapshot does not have:
 * the absence is a removal, as if the rule had been loaded before it.
 */
CREATE FUNCTION entity_screen.record_absences(tranche_id bigint)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
		list_code, operation, entry_id, on_conflict, starts_on, entry_name)
	SELECT a.snapshot_id, (
			SELECT max(m.line_no) FROM entity_screen.tranche_operation m
			WHERE m.tranche_id = a.snapshot_id)
		+ row_number() OVER (PARTITION BY a.snapshot_id
							 ORDER BY a.entry_id),
		a.list_code, 'remove', a.entry_id, 'record', a.snapshot_on,
		a.entry_name
	FROM (
		SELECT DISTINCT ON (o.entry_id) o.entry_id, o.list_code,
			o.entry_name, s.tranche_id AS snapshot_id, s.snapshot_on
		FROM entity_screen.tranche_operation o
		JOIN entity_screen.tranche s ON s.list_code = o.list_code
			AND s.kind = 'snapshot' AND s.status = 'approved'
			AND s.snapshot_on >= o.starts_on
		WHERE o.tranche_id = record_absences.tranche_id
			AND o.operation = 'add' AND o.is_applied
		ORDER BY o.entry_id, s.snapshot_on) a
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.tranche_operation p
		JOIN entity_screen.tranche q ON q.tranche_id = p.tranche_id
		WHERE p.entry_id = a.entry_id AND q.kind = 'snapshot'
			AND q.status = 'approved' AND q.snapshot_on <= a.snapshot_on);
END;
COMMENT ON FUNCTION entity_screen.record_absences(bigint) IS
'Internal: removes entries that a rule adds from the next loaded snapshot on, where that does not have them';

/*
 * Undated entries of snapshots that cite a rule: it dates them.
 */
CREATE FUNCTION entity_screen.resolve_undated(tranche_id bigint)
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
	WHERE p.tranche_id = resolve_undated.tranche_id;
	WITH dated AS (
		UPDATE entity_screen.tranche_operation o
		SET starts_on = CASE WHEN o.starts_on = '-infinity'
				THEN coalesce(t.applicable_on, t.effective_on)
				ELSE o.starts_on END,
			source_start_on = coalesce(t.applicable_on, t.effective_on),
			start_basis = 'citation'
		FROM entity_screen.tranche s
		WHERE s.tranche_id = o.tranche_id AND s.kind = 'snapshot'
			AND o.list_code = t.list_code
			AND o.start_basis = 'unknown' AND o.citations IS NOT NULL
			AND EXISTS (
				SELECT FROM unnest(o.citations) AS c (citation)
				WHERE entity_screen.citation_part(c.citation, 1) = t.volume
					AND entity_screen.citation_part(c.citation, 2)
						BETWEEN t.page_from
							AND coalesce(t.page_to, t.page_from))
		RETURNING o.entry_id
	)
	SELECT coalesce(array_agg(DISTINCT d.entry_id), '{}') INTO found
	FROM dated d;
	RETURN found;
END;
$$;
COMMENT ON FUNCTION entity_screen.resolve_undated(bigint) IS
'Internal: dates the undated entries of snapshots that cite a rule; returns them';

/*
 * Whether the policy of the list lets a stored tranche count at once; the
 * reason why it waits, or null.
 */
CREATE FUNCTION entity_screen.reason_to_wait(tranche_id bigint)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	t entity_screen.tranche;
	setting entity_screen.list_setting;
	held bigint;
	removed bigint;
	changed bigint;
BEGIN
	SELECT p.* INTO t FROM entity_screen.tranche p
	WHERE p.tranche_id = reason_to_wait.tranche_id;
	setting := entity_screen.effective_setting(t.list_code);
	IF setting.approval_policy = 'none' THEN
		RETURN NULL;
	ELSIF setting.approval_policy = 'second_person' THEN
		RETURN 'a second person has to approve it';
	END IF;
	SELECT count(*) INTO held
	FROM entity_screen.entry_version v
	JOIN entity_screen.entry e ON e.entry_id = v.entry_id
	WHERE e.list_code = t.list_code AND upper_inf(v.known)
		AND v.valid @> coalesce(t.snapshot_on, t.effective_on);
	SELECT count(*) FILTER (WHERE o.operation = 'remove'), count(*)
	INTO removed, changed
	FROM entity_screen.tranche_operation o
	WHERE o.tranche_id = t.tranche_id;
	IF held = 0 THEN
		RETURN 'the list was empty before';
	ELSIF removed > held * setting.auto_removed_share THEN
		RETURN format('it removes %s of %s entries, more than the share %s',
					  removed, held, setting.auto_removed_share);
	ELSIF changed > held * setting.auto_changed_share THEN
		RETURN format('it changes %s of %s entries, more than the share %s',
					  changed, held, setting.auto_changed_share);
	END IF;
	IF EXISTS (
		SELECT FROM entity_screen.load_conflict c
		WHERE c.tranche_id = t.tranche_id
			AND c.conflict IN ('row_refused', 'alias_count',
				'entry_missing')) THEN
		RETURN 'statements of the file could not be applied';
	END IF;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION entity_screen.reason_to_wait(bigint) IS
'Internal: why a stored tranche has to wait for approve_tranche(); null: it may count at once';

/*
 * Names of a pending tranche, for screening to show them as advisories.
 */
CREATE TABLE entity_screen.pending_name (
	tranche_id bigint NOT NULL,
	entry_id bigint NOT NULL,
	name @extschema@.entity_name NOT NULL,
	name_type text NOT NULL,
	starts_on date NOT NULL
);
CREATE INDEX pending_name_name_idx ON entity_screen.pending_name
	USING gin (name @extschema@.gin_entity_ops) WITH (fastupdate = off);
CREATE INDEX pending_name_tranche_idx
	ON entity_screen.pending_name (tranche_id);
COMMENT ON TABLE entity_screen.pending_name IS
'Names that pending tranches add. They are no part of any list yet, but screening with include_advisory shows them.';
COMMENT ON COLUMN entity_screen.pending_name.tranche_id IS
'The pending tranche';
COMMENT ON COLUMN entity_screen.pending_name.entry_id IS 'The entry';
COMMENT ON COLUMN entity_screen.pending_name.name IS 'The name';
COMMENT ON COLUMN entity_screen.pending_name.name_type IS
'primary, variation, aka, fka, dba, acronym or native_script';
COMMENT ON COLUMN entity_screen.pending_name.starts_on IS
'First date on which it would count; -infinity: unknown';
SELECT pg_catalog.pg_extension_config_dump('entity_screen.pending_name', '');

/* Publish a stored tranche or leave it waiting; returns its status */
CREATE FUNCTION entity_screen.settle_tranche(tranche_id bigint)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	reason text := entity_screen.reason_to_wait(settle_tranche.tranche_id);
BEGIN
	IF reason IS NULL THEN
		PERFORM entity_screen.publish_tranche(settle_tranche.tranche_id);
		RETURN 'approved';
	END IF;
	UPDATE entity_screen.tranche t
	SET status_reason = reason, approved_by = NULL, approved_at = NULL
	WHERE t.tranche_id = settle_tranche.tranche_id;
	INSERT INTO entity_screen.pending_name (tranche_id, entry_id, name,
											name_type, starts_on)
	SELECT o.tranche_id, o.entry_id, n.name, n.name_type, o.starts_on
	FROM entity_screen.tranche_operation o
	JOIN entity_screen.tranche_operation_name n
		ON n.tranche_id = o.tranche_id AND n.entry_line_no = o.line_no
	WHERE o.tranche_id = settle_tranche.tranche_id
		AND o.entry_id IS NOT NULL AND n.change = 'add';
	RETURN 'pending';
END;
$$;
COMMENT ON FUNCTION entity_screen.settle_tranche(bigint) IS
'Internal: publishes a stored tranche where the policy of its list lets it, else leaves it pending; returns its status';

/* The tranche, locked, or the error that says there is none */
CREATE FUNCTION entity_screen.lock_tranche(tranche_id bigint)
RETURNS entity_screen.tranche
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	t entity_screen.tranche;
BEGIN
	SELECT p.* INTO t FROM entity_screen.tranche p
	WHERE p.tranche_id = lock_tranche.tranche_id
		AND p.list_code = ANY (entity_screen.lists_visible_to(
			entity_screen.session_role()));
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found',
			MESSAGE = format('there is no tranche %s',
				coalesce(lock_tranche.tranche_id::text, 'null')),
			DETAIL = 'No load of this database has that number.',
			HINT = 'See entity_screen.v_tranche.';
	END IF;
	PERFORM entity_screen.lock_list(t.list_code);
	SELECT p.* INTO t FROM entity_screen.tranche p
	WHERE p.tranche_id = lock_tranche.tranche_id;
	RETURN t;
END;
$$;
COMMENT ON FUNCTION entity_screen.lock_tranche(bigint) IS
'Internal: a tranche under the load lock of its list; P0002 when there is none';

/*
 * approve_tranche(tranche_id) - let a pending tranche count
 *
 * Under second_person, and whenever the policy made it wait, the approver is
 * not the loader.  Result: its row of v_tranche's numbers as text.
 *
 * Errors: P0002 no such tranche; SC007 when loader and approver are one;
 * SC011 when it does not wait, or the list has moved on since.
 */
CREATE FUNCTION entity_screen.approve_tranche(tranche_id bigint)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET datestyle = 'ISO, YMD'
AS $$
#variable_conflict use_column
DECLARE
	t entity_screen.tranche
		:= entity_screen.lock_tranche(approve_tranche.tranche_id);
	base bigint;
	result timestamptz;
BEGIN
	IF t.status <> 'pending' THEN
		RAISE EXCEPTION USING ERRCODE = 'SC011',
			MESSAGE = format('tranche %s is %s', t.tranche_id, t.status),
			DETAIL = 'Only a pending tranche can be approved.',
			HINT = 'See status and status_reason in entity_screen.tranche.';
	ELSIF t.loaded_by = session_user THEN
		RAISE EXCEPTION USING ERRCODE = 'SC007',
			MESSAGE = format('tranche %s was loaded by %s', t.tranche_id,
							 t.loaded_by),
			DETAIL = 'Who loads a tranche cannot approve it.',
			HINT = 'A second person approves it, after a look at entity_screen.tranche_diff().';
	END IF;
	IF t.kind = 'snapshot' THEN
		SELECT p.tranche_id INTO base
		FROM entity_screen.tranche p
		WHERE p.list_code = t.list_code AND p.kind = 'snapshot'
			AND p.status = 'approved' AND p.snapshot_on <= t.snapshot_on
		ORDER BY p.snapshot_on DESC LIMIT 1;
		IF base IS DISTINCT FROM t.base_tranche_id THEN
			RAISE EXCEPTION USING ERRCODE = 'SC011',
				MESSAGE = format('list %s has changed since tranche %s was loaded',
								 t.list_code, t.tranche_id),
				DETAIL = 'Its differences are against another snapshot than the present one.',
				HINT = 'Retract it and load the file again.';
		END IF;
	END IF;
	PERFORM entity_screen.publish_tranche(t.tranche_id);
	SELECT p.known_from INTO result FROM entity_screen.tranche p
	WHERE p.tranche_id = t.tranche_id;
	RETURN result;
END;
$$;
COMMENT ON FUNCTION entity_screen.approve_tranche(bigint) IS
'Lets a pending tranche count, by somebody else than who loaded it; returns the moment from which it does';

/*
 * retract_tranche(tranche_id, reason) - a tranche no longer counts
 *
 * Every answer is again what it was without it; what was answered meanwhile
 * is still told with known_at.  The same bytes can be loaded again.
 */
CREATE FUNCTION entity_screen.retract_tranche(tranche_id bigint,
											  reason text DEFAULT NULL)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET datestyle = 'ISO, YMD'
AS $$
#variable_conflict use_column
DECLARE
	t entity_screen.tranche
		:= entity_screen.lock_tranche(retract_tranche.tranche_id);
	moment timestamptz := entity_screen.next_known(t.list_code);
BEGIN
	IF t.status = 'retracted' THEN
		RAISE EXCEPTION USING ERRCODE = 'SC011',
			MESSAGE = format('tranche %s is retracted already', t.tranche_id),
			DETAIL = 'Nothing of it counts.',
			HINT = 'Load the file again if it is to count.';
	END IF;
	PERFORM entity_screen.unpublish_tranche(t.tranche_id, moment, reason);
	PERFORM entity_screen.refresh_list_state(t.list_code, moment);
	RETURN moment;
END;
$$;
COMMENT ON FUNCTION entity_screen.retract_tranche(bigint, text) IS
'Takes a tranche back: answers are as without it, history is kept; returns the moment';

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
		PERFORM entity_screen.derive_tranche(ARRAY[t.tranche_id], touched,
			moment);
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.unpublish_tranche(bigint, timestamptz, text) IS
'Internal: makes a tranche not count any more';

/*
 * tranche_diff(tranche_id) - what a tranche changes, one row an operation
 */
CREATE FUNCTION entity_screen.tranche_diff(tranche_id bigint)
RETURNS TABLE (
	operation text,
	entry_id bigint,
	entry_name text,
	destination_country text,
	starts_on date,
	start_basis text,
	names_added text[],
	names_dropped text[],
	addresses_added text[],
	addresses_dropped text[],
	changed jsonb)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT o.operation, o.entry_id, o.entry_name, o.destination_country,
		nullif(o.starts_on, '-infinity'::date), o.start_basis,
		ARRAY(SELECT n.name FROM entity_screen.tranche_operation_name n
			  WHERE n.tranche_id = o.tranche_id
				AND n.entry_line_no = o.line_no AND n.change = 'add'
			  ORDER BY n.line_no),
		ARRAY(SELECT n.name FROM entity_screen.tranche_operation_name n
			  WHERE n.tranche_id = o.tranche_id
				AND n.entry_line_no = o.line_no AND n.change = 'drop'
			  ORDER BY n.line_no),
		ARRAY(SELECT a.address FROM entity_screen.tranche_operation_address a
			  WHERE a.tranche_id = o.tranche_id
				AND a.entry_line_no = o.line_no AND a.change = 'add'
			  ORDER BY a.line_no),
		ARRAY(SELECT a.address FROM entity_screen.tranche_operation_address a
			  WHERE a.tranche_id = o.tranche_id
				AND a.entry_line_no = o.line_no AND a.change = 'drop'
			  ORDER BY a.line_no),
		jsonb_strip_nulls(jsonb_build_object(
			'license_requirement', o.license_requirement,
			'license_review_policy', o.license_review_policy,
			'reason', o.reason, 'scope_note', o.scope_note,
			'footnotes', o.footnotes, 'entry_type', o.entry_type,
			'parent', o.parent,
			'new_destination_country', o.new_destination_country))
	FROM entity_screen.tranche_operation o
	WHERE o.tranche_id = tranche_diff.tranche_id
	ORDER BY CASE o.operation WHEN 'add' THEN 1 WHEN 'revise' THEN 2
			WHEN 'correct' THEN 3 WHEN 'move' THEN 4 ELSE 5 END, o.line_no;
END;
ALTER FUNCTION entity_screen.tranche_diff(bigint)
	SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION entity_screen.tranche_diff(bigint) IS
'What a tranche, pending or not, adds, revises and removes';
