/*
 * 49_approve: what must happen before a loaded tranche counts
 *
 * A tranche is stored pending and then published (49_publish), at once where
 * the list's policy lets it.
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
