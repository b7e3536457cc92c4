/*
 * 70_report: what is loaded, what is protected, what to do about it
 */

CREATE VIEW entity_screen.v_list_status
WITH (security_invoker = true) AS
SELECT l.list_code, l.title, l.authority,
	l.legal_effect AS legal_effect_code,
	entity_screen.code_label(l.legal_effect) AS legal_effect_label, l.time_zone,
	s.loaded_at, s.known_from, s.tranche_count, s.name_count,
	encode(s.list_version, 'hex') AS list_version,
	entity_screen.current_threshold(l.list_code) AS threshold,
	now() - s.loaded_at AS list_age,
	coalesce(o.max_list_age, l.max_list_age) AS max_list_age,
	coalesce(s.loaded_at + coalesce(o.max_list_age, l.max_list_age) < now(),
			 false) AS is_stale,
	(SELECT count(*)
	 FROM entity_screen.entry e
	 JOIN entity_screen.entry_version v ON v.entry_id = e.entry_id
	 WHERE e.list_code = l.list_code AND upper_inf(v.known)
		AND v.valid @> (now() AT TIME ZONE l.time_zone)::date)
		AS entry_count,
	(SELECT count(*)
	 FROM entity_screen.tranche t
	 WHERE t.list_code = l.list_code AND t.status = 'pending')
		AS pending_count,
	d.last_tranche_id, d.last_added, d.last_revised, d.last_removed,
	(SELECT count(*)
	 FROM entity_screen.load_conflict c
	 JOIN entity_screen.tranche t ON t.tranche_id = c.tranche_id
	 WHERE t.list_code = l.list_code
		AND c.resolved_by_tranche_id IS NULL) AS open_conflicts,
	entity_screen.list_is_usable(l.list_code) IS NULL AS is_usable,
	entity_screen.list_is_usable(l.list_code) AS problem
FROM entity_screen.screening_list l
LEFT JOIN entity_screen.list_setting o ON o.list_code = l.list_code
LEFT JOIN entity_screen.list_state s ON s.list_code = l.list_code
LEFT JOIN LATERAL (
	SELECT t.tranche_id AS last_tranche_id,
		count(*) FILTER (WHERE p.operation = 'add') AS last_added,
		count(*) FILTER (WHERE p.operation = 'revise') AS last_revised,
		count(*) FILTER (WHERE p.operation = 'remove') AS last_removed
	FROM (
		SELECT r.tranche_id FROM entity_screen.tranche r
		WHERE r.list_code = l.list_code AND r.status = 'approved'
		ORDER BY r.known_from DESC LIMIT 1) t
	JOIN entity_screen.tranche_operation p ON p.tranche_id = t.tranche_id
	GROUP BY t.tranche_id) d ON true;
COMMENT ON VIEW entity_screen.v_list_status IS
'Every known list: what is loaded of it, and whether it can be screened';
COMMENT ON COLUMN entity_screen.v_list_status.list_code IS 'List';
COMMENT ON COLUMN entity_screen.v_list_status.title IS 'Full title';
COMMENT ON COLUMN entity_screen.v_list_status.authority IS
'Who publishes it';
COMMENT ON COLUMN entity_screen.v_list_status.legal_effect_code IS
'Class of the consequence of being listed';
COMMENT ON COLUMN entity_screen.v_list_status.legal_effect_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_list_status.time_zone IS
'Time zone of its dates';
COMMENT ON COLUMN entity_screen.v_list_status.loaded_at IS
'Last load, an unchanged file included; null: never loaded';
COMMENT ON COLUMN entity_screen.v_list_status.known_from IS
'Moment from which this database answers with its newest tranche';
COMMENT ON COLUMN entity_screen.v_list_status.tranche_count IS
'Approved tranches';
COMMENT ON COLUMN entity_screen.v_list_status.name_count IS
'Names held now, for whatever date';
COMMENT ON COLUMN entity_screen.v_list_status.list_version IS
'Version: equal sets of rules have equal versions';
COMMENT ON COLUMN entity_screen.v_list_status.threshold IS
'Threshold with which it is screened now';
COMMENT ON COLUMN entity_screen.v_list_status.list_age IS
'Time since the last load';
COMMENT ON COLUMN entity_screen.v_list_status.max_list_age IS
'Age from which screening refuses to answer; null: none';
COMMENT ON COLUMN entity_screen.v_list_status.is_stale IS
'Whether it was last loaded longer ago than that';
COMMENT ON COLUMN entity_screen.v_list_status.entry_count IS
'Entries in force today';
COMMENT ON COLUMN entity_screen.v_list_status.pending_count IS
'Tranches that wait for approval';
COMMENT ON COLUMN entity_screen.v_list_status.last_tranche_id IS
'The tranche approved last; the next three are what it did';
COMMENT ON COLUMN entity_screen.v_list_status.last_added IS
'Entries added';
COMMENT ON COLUMN entity_screen.v_list_status.last_revised IS
'Entries revised';
COMMENT ON COLUMN entity_screen.v_list_status.last_removed IS
'Entries removed';
COMMENT ON COLUMN entity_screen.v_list_status.open_conflicts IS
'Statements of loaded files that could not be applied and still wait';
COMMENT ON COLUMN entity_screen.v_list_status.is_usable IS
'Whether it can be screened';
COMMENT ON COLUMN entity_screen.v_list_status.problem IS
'Why it cannot; null when it can';

/*
 * A problem is what lets rows pass unscreened, or stops them all.  Triggers
 * are looked up by function, in the table and in each of its partitions.
 */
CREATE FUNCTION entity_screen.guard_problem(guard entity_screen.guard)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN NOT EXISTS (
			SELECT FROM pg_class c WHERE c.oid = (guard).target)
			THEN 'table dropped'
		WHEN EXISTS (
			SELECT FROM unnest((guard).key_columns || (guard).party_columns
				|| (guard).country_column || (guard).address_column
				|| (guard).on_date_column || (guard).status_column)
				AS u (name)
			WHERE u.name IS NOT NULL AND NOT EXISTS (
				SELECT FROM pg_attribute a
				WHERE a.attrelid = (guard).target AND a.attname = u.name
					AND NOT a.attisdropped))
			THEN 'column dropped or renamed'
		WHEN EXISTS (
			SELECT FROM (
				SELECT (guard).target::oid
				UNION SELECT p.relid
				FROM pg_partition_tree((guard).target) p) AS s (relation)
			CROSS JOIN (VALUES
				('entity_screen.guard_decide()'::regprocedure),
				('entity_screen.guard_record()'::regprocedure))
				AS f (function)
			WHERE NOT EXISTS (
				SELECT FROM pg_trigger t
				WHERE t.tgrelid = s.relation AND t.tgfoid = f.function
					AND t.tgenabled = CASE (guard).on_replica
						WHEN 'skip' THEN 'O' ELSE 'A' END))
			THEN 'triggers dropped or disabled'
		WHEN entity_screen.unguarded_children((guard).target) IS NOT NULL
			THEN 'rows of child tables are not screened: '
				|| array_to_string(
					entity_screen.unguarded_children((guard).target), ', ')
		END;
END;
COMMENT ON FUNCTION entity_screen.guard_problem(entity_screen.guard) IS
'Why a guard does not do its work; null when it does';

CREATE FUNCTION entity_screen.guard_threshold(guard_id bigint,
											  names text DEFAULT 'all')
RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.threshold
	FROM entity_screen.current_config(NULL, names, guard_id) c
	WHERE c.guard_id IS NOT NULL;
END;
COMMENT ON FUNCTION entity_screen.guard_threshold(bigint, text) IS
'Threshold that a guard has of its own for all its lists, for all names or for weak aliases; null: none';

CREATE VIEW entity_screen.v_guard
WITH (security_invoker = true) AS
SELECT g.guard_id,
	CASE WHEN c.oid IS NULL THEN g.target::oid::text
		ELSE format('%I.%I', n.nspname, c.relname) END AS target,
	array_to_string(g.party_columns, ', ') AS party_columns,
	array_to_string(g.lists, ', ') AS lists,
	entity_screen.guard_threshold(g.guard_id) AS threshold,
	entity_screen.guard_threshold(g.guard_id, 'weak') AS weak_threshold,
	g.action AS action_code,
	entity_screen.code_label(g.action) AS action_label,
	g.status_column, g.created_by::text AS created_by, g.created_at,
	entity_screen.guard_problem(g) AS problem
FROM entity_screen.guard g
LEFT JOIN pg_class c ON c.oid = g.target
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace;
COMMENT ON VIEW entity_screen.v_guard IS
'Every protected table, and what keeps its guard from doing its work';
COMMENT ON COLUMN entity_screen.v_guard.guard_id IS 'Guard';
COMMENT ON COLUMN entity_screen.v_guard.target IS
'The protected table, with schema; its OID when it was dropped';
COMMENT ON COLUMN entity_screen.v_guard.party_columns IS
'Columns that are screened, separated by commas';
COMMENT ON COLUMN entity_screen.v_guard.lists IS
'Lists to screen against, separated by commas; null: all that are loaded';
COMMENT ON COLUMN entity_screen.v_guard.threshold IS
'Threshold of this guard for all its lists; null: those of the lists. v_threshold_history has its versions';
COMMENT ON COLUMN entity_screen.v_guard.weak_threshold IS
'Threshold of this guard for the weak aliases of all its lists; null: those of the lists, or none by choice, see v_threshold_history';
COMMENT ON COLUMN entity_screen.v_guard.action_code IS
'What a hit does to the row: observe, alert, hold or reject';
COMMENT ON COLUMN entity_screen.v_guard.action_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_guard.status_column IS
'For hold: the column that is set';
COMMENT ON COLUMN entity_screen.v_guard.created_by IS
'Session user who protected the table';
COMMENT ON COLUMN entity_screen.v_guard.created_at IS 'When';
COMMENT ON COLUMN entity_screen.v_guard.problem IS
'Why it does not do its work: table dropped (see drop_stale_guards()), column dropped or renamed, triggers dropped or disabled, child tables that are not screened; null: none';

CREATE VIEW entity_screen.v_tranche
WITH (security_invoker = true) AS
SELECT t.tranche_id, t.list_code, t.citation, t.document_number, t.title,
	t.announced_on, t.published_on, t.effective_on, t.applicable_on,
	o.added, o.revised, o.removed, o.corrected, o.moved,
	t.declared_entities, t.declared_entries, t.declared_revised,
	t.declared_removed, t.difference_note,
	(SELECT count(*)
	 FROM entity_screen.load_conflict c
	 WHERE c.tranche_id = t.tranche_id
		AND c.resolved_by_tranche_id IS NULL) AS open_conflicts,
	t.status AS status_code,
	entity_screen.code_label(t.status) AS status_label,
	t.status_reason, t.kind AS kind_code,
	entity_screen.code_label(t.kind) AS kind_label, t.snapshot_on,
	t.loaded_by::text AS loaded_by, t.loaded_at,
	t.approved_by::text AS approved_by, t.known_from, t.retracted_at
FROM entity_screen.tranche t
CROSS JOIN LATERAL (
	SELECT count(*) FILTER (WHERE p.operation = 'add') AS added,
		count(*) FILTER (WHERE p.operation = 'revise') AS revised,
		count(*) FILTER (WHERE p.operation = 'remove') AS removed,
		count(*) FILTER (WHERE p.operation = 'correct') AS corrected,
		count(*) FILTER (WHERE p.operation = 'move') AS moved
	FROM entity_screen.tranche_operation p
	WHERE p.tranche_id = t.tranche_id) o;
COMMENT ON VIEW entity_screen.v_tranche IS
'Every loaded tranche: what its rule announces and what its file states';
COMMENT ON COLUMN entity_screen.v_tranche.tranche_id IS 'Tranche';
COMMENT ON COLUMN entity_screen.v_tranche.list_code IS 'List it changes';
COMMENT ON COLUMN entity_screen.v_tranche.citation IS
'Citation of its first page';
COMMENT ON COLUMN entity_screen.v_tranche.document_number IS
'Number of the publication';
COMMENT ON COLUMN entity_screen.v_tranche.title IS 'Title';
COMMENT ON COLUMN entity_screen.v_tranche.announced_on IS 'Announced';
COMMENT ON COLUMN entity_screen.v_tranche.published_on IS 'Published';
COMMENT ON COLUMN entity_screen.v_tranche.effective_on IS 'Effective';
COMMENT ON COLUMN entity_screen.v_tranche.applicable_on IS
'Retroactive start, if the rule states one';
COMMENT ON COLUMN entity_screen.v_tranche.added IS
'Entries the file adds';
COMMENT ON COLUMN entity_screen.v_tranche.revised IS
'Entries the file revises';
COMMENT ON COLUMN entity_screen.v_tranche.removed IS
'Entries the file removes';
COMMENT ON COLUMN entity_screen.v_tranche.corrected IS
'Entries the file corrects';
COMMENT ON COLUMN entity_screen.v_tranche.moved IS
'Entries the file moves';
COMMENT ON COLUMN entity_screen.v_tranche.declared_entities IS
'Entities the rule says it adds';
COMMENT ON COLUMN entity_screen.v_tranche.declared_entries IS
'Entries under which it says it adds them';
COMMENT ON COLUMN entity_screen.v_tranche.declared_revised IS
'Entries the rule says it revises';
COMMENT ON COLUMN entity_screen.v_tranche.declared_removed IS
'Entries the rule says it removes';
COMMENT ON COLUMN entity_screen.v_tranche.difference_note IS
'Why the file is known to differ';
COMMENT ON COLUMN entity_screen.v_tranche.open_conflicts IS
'Statements that could not be applied and still wait';
COMMENT ON COLUMN entity_screen.v_tranche.status_code IS
'approved, pending or retracted';
COMMENT ON COLUMN entity_screen.v_tranche.status_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_tranche.status_reason IS
'Why it waits, or why it was retracted';
COMMENT ON COLUMN entity_screen.v_tranche.kind_code IS 'rule or snapshot';
COMMENT ON COLUMN entity_screen.v_tranche.kind_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_tranche.snapshot_on IS
'Snapshot: its date';
COMMENT ON COLUMN entity_screen.v_tranche.approved_by IS 'Who approved it';
COMMENT ON COLUMN entity_screen.v_tranche.retracted_at IS
'When it was retracted';
COMMENT ON COLUMN entity_screen.v_tranche.loaded_by IS 'Who loaded it';
COMMENT ON COLUMN entity_screen.v_tranche.loaded_at IS 'When';
COMMENT ON COLUMN entity_screen.v_tranche.known_from IS
'Moment from which this database answers with it';

/*
 * After an upgrade of the library whose normalizer has another version the
 * stored names have to be made again from their texts; until then screening
 * of the list refuses to answer.  Names keep their numbers.
 */
CREATE FUNCTION entity_screen.refresh_names(list_code text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	refreshed bigint;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('entity_screen.load'),
								  hashtext(refresh_names.list_code));
	UPDATE entity_screen.entry_name n
	SET name = n.name::text
	FROM entity_screen.entry e
	WHERE e.entry_id = n.entry_id
		AND e.list_code = refresh_names.list_code
		AND entity_screen.session_may_see(refresh_names.list_code);
	GET DIAGNOSTICS refreshed = ROW_COUNT;
	UPDATE entity_screen.list_state s
	SET normalizer_version = entity_screen.normalizer_version()
	WHERE s.list_code = refresh_names.list_code
		AND entity_screen.session_may_see(refresh_names.list_code);
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('list %s is not loaded',
							 coalesce(refresh_names.list_code, 'null')),
			DETAIL = 'There are no names to refresh.',
			HINT = 'See entity_screen.v_list_status.';
	END IF;
	RETURN refreshed;
END;
$$;
COMMENT ON FUNCTION entity_screen.refresh_names(text) IS
'Makes the stored names of a list again with the present normalizer; returns how many. Needed once after an upgrade that changes its version.';

/*
 * What foreign keys would say, see 40_list.
 */
CREATE FUNCTION entity_screen.check_references()
RETURNS TABLE (
	relation text,
	refers_to text,
	dangling bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT r.relation, r.refers_to, r.dangling
	FROM (
		SELECT 'tranche' AS relation, 'screening_list' AS refers_to,
			count(*) AS dangling
		FROM entity_screen.tranche t
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.screening_list l
			WHERE l.list_code = t.list_code)
		UNION ALL
		SELECT 'entry', 'tranche', count(*)
		FROM entity_screen.entry e
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.tranche t
			WHERE t.tranche_id = e.created_by_tranche_id
				AND t.list_code = e.list_code)
		UNION ALL
		SELECT 'tranche_operation', 'tranche', count(*)
		FROM entity_screen.tranche_operation o
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.tranche t
			WHERE t.tranche_id = o.tranche_id
				AND t.list_code = o.list_code)
		UNION ALL
		SELECT 'tranche_operation', 'entry', count(*)
		FROM entity_screen.tranche_operation o
		CROSS JOIN LATERAL (
			VALUES (o.entry_id), (o.parent_entry_id)) AS v (entry_id)
		WHERE v.entry_id IS NOT NULL
			AND NOT EXISTS (
				SELECT FROM entity_screen.entry e
				WHERE e.entry_id = v.entry_id)
		UNION ALL
		SELECT 'tranche_operation_name', 'tranche_operation', count(*)
		FROM entity_screen.tranche_operation_name n
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.tranche_operation o
			WHERE o.tranche_id = n.tranche_id
				AND o.line_no = n.entry_line_no)
		UNION ALL
		SELECT 'tranche_operation_address', 'tranche_operation', count(*)
		FROM entity_screen.tranche_operation_address a
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.tranche_operation o
			WHERE o.tranche_id = a.tranche_id
				AND o.line_no = a.entry_line_no)
		UNION ALL
		SELECT 'load_conflict', 'tranche', count(*)
		FROM entity_screen.load_conflict c
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.tranche t
			WHERE t.tranche_id = c.tranche_id)
		UNION ALL
		SELECT 'load_difference', 'tranche', count(*)
		FROM entity_screen.load_difference d
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.tranche t
			WHERE t.tranche_id = d.tranche_id)
		UNION ALL
		SELECT v.relation, 'entry', count(*)
		FROM (
			SELECT 'entry_version' AS relation, entry_id
			FROM entity_screen.entry_version
			UNION ALL
			SELECT 'entry_name', entry_id FROM entity_screen.entry_name
			UNION ALL
			SELECT 'entry_address', entry_id
			FROM entity_screen.entry_address) v
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.entry e
			WHERE e.entry_id = v.entry_id)
		GROUP BY v.relation
		UNION ALL
		SELECT 'list_setting', 'screening_list', count(*)
		FROM entity_screen.list_setting s
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.screening_list l
			WHERE l.list_code = s.list_code)
		UNION ALL
		SELECT 'list_state', 'screening_list', count(*)
		FROM entity_screen.list_state s
		WHERE NOT EXISTS (
			SELECT FROM entity_screen.screening_list l
			WHERE l.list_code = s.list_code)) r
	WHERE r.dangling > 0;
END;
COMMENT ON FUNCTION entity_screen.check_references() IS
'Rows of the list side that refer to something that is not there; no row when all is well';
