/*
 * 62_protect: putting guards on tables and taking them off
 */

/*
 * The triggers.  BEFORE triggers fire in the order of their names: ours is
 * meant to see what the others have made of the row.  What logical
 * replication applies fires them only when they are enabled ALWAYS.
 */
CREATE FUNCTION entity_screen.enable_guard_triggers(target regclass,
													on_replica text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	how CONSTANT text := CASE on_replica WHEN 'skip' THEN 'ENABLE'
		ELSE 'ENABLE ALWAYS' END;
BEGIN
	PERFORM entity_screen.check_guard_table(target);
	EXECUTE format('ALTER TABLE %s %s TRIGGER zzz_entity_screen_decide, %s TRIGGER zzz_entity_screen_record',
				   target, how, how);
END;
$$;
COMMENT ON FUNCTION entity_screen.enable_guard_triggers(regclass, text) IS
'Enables the two triggers of a guard, also for replicated rows or not; runs with the rights of the caller, who must own the table';

CREATE FUNCTION entity_screen.create_guard_triggers(target regclass,
	guard_id bigint, on_replica text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM entity_screen.check_guard_table(target);
	EXECUTE format('CREATE TRIGGER zzz_entity_screen_decide BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION entity_screen.guard_decide(%L)',
				   target, guard_id);
	EXECUTE format('CREATE TRIGGER zzz_entity_screen_record AFTER INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION entity_screen.guard_record(%L)',
				   target, guard_id);
	PERFORM entity_screen.enable_guard_triggers(target, on_replica);
END;
$$;
COMMENT ON FUNCTION entity_screen.create_guard_triggers(regclass, bigint, text) IS
'Creates the two triggers of a guard; runs with the rights of the caller, who must own the table';

/*
 * The row of a guard is stored, changed and deleted by functions that nobody
 * is granted.  store_guard(), alter_guard() and drop_guard() check that the
 * caller owns the table before they take the rights of the extension and
 * call these; src/screen/protect.c says why that is C.
 */
CREATE FUNCTION entity_screen.check_guard(guard entity_screen.guard)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	argument text;
	choice text;
	choices text[];
BEGIN
	FOR argument, choice, choices IN VALUES
		('action', guard.action, ARRAY['observe', 'alert', 'hold', 'reject']),
		('record_clean', guard.record_clean, ARRAY['row', 'count']),
		('on_replica', guard.on_replica, ARRAY['screen', 'skip'])
	LOOP
		IF choice IS NULL OR choice <> ALL (choices) THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
				MESSAGE = format('%s %L is not known', argument, choice),
				DETAIL = format('The choices are: %s.',
								array_to_string(choices, ', ')),
				HINT = 'See the description of entity_screen.protect_table().';
		END IF;
	END LOOP;
	IF guard.action = 'hold' AND guard.status_column IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'action hold needs status_column',
			DETAIL = 'A row is put on hold by setting a column of it.',
			HINT = 'Pass status_column, a column that the application obeys.';
	END IF;
	IF coalesce(cardinality(guard.party_columns), 0) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'a guard needs a party column',
			DETAIL = 'Without one there is nothing to screen.',
			HINT = 'Pass party, the column that holds the name to screen.';
	END IF;
	PERFORM entity_screen.check_known_lists(guard.lists);
END;
$$;
COMMENT ON FUNCTION entity_screen.check_guard(entity_screen.guard) IS
'Internal: raises 22023, 22004 or 22003 unless the settings of a guard make sense';

CREATE FUNCTION entity_screen.record_guard_change(
	guard entity_screen.guard, change text, role_name text)
RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.guard_change (guard_id, target, change, guard,
		changed_by, role_name, changed_at)
	SELECT (guard).guard_id,
		coalesce((
			SELECT format('%I.%I', n.nspname, c.relname)
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE c.oid = (guard).target), (guard).target::oid::text),
		change, to_jsonb(guard) - 'target', session_user, role_name,
		clock_timestamp()
	RETURNING change_id;
END;
COMMENT ON FUNCTION entity_screen.record_guard_change(entity_screen.guard, text, text) IS
'Internal: keeps who changed a guard and how';

CREATE FUNCTION entity_screen.store_guard_threshold(
	threshold double precision, guard_id bigint, verb text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF store_guard_threshold.threshold IS NOT NULL THEN
		PERFORM entity_screen.check_new_threshold(threshold, NULL, 'all',
												  guard_id);
		PERFORM entity_screen.store_threshold(threshold, NULL,
			format('passed to %s()', verb), 'all', guard_id);
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.store_guard_threshold(double precision, bigint, text) IS
'Internal: set_threshold() for a guard whose threshold came with its other settings; null: none did';

CREATE FUNCTION entity_screen.insert_guard(target regclass,
	key_columns text[], party_columns text[], country text, address text,
	on_date text, lists text[], threshold double precision, action text,
	status_column text, held_value text, released_value text,
	record_clean text, on_replica text, role_name text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	fresh entity_screen.guard;
BEGIN
	fresh.target := target;
	fresh.key_columns := key_columns;
	fresh.party_columns := party_columns;
	fresh.country_column := country;
	fresh.address_column := address;
	fresh.on_date_column := on_date;
	fresh.lists := lists;
	fresh.action := action;
	fresh.status_column := status_column;
	fresh.held_value := held_value;
	fresh.released_value := released_value;
	fresh.record_clean := record_clean;
	fresh.on_replica := on_replica;
	fresh.created_by := session_user;
	fresh.created_at := clock_timestamp();
	PERFORM entity_screen.check_guard(fresh);
	IF threshold IS NOT NULL THEN
		PERFORM entity_screen.check_threshold(threshold);
	END IF;
	fresh.guard_id := nextval('entity_screen.guard_guard_id_seq');
	INSERT INTO entity_screen.guard OVERRIDING SYSTEM VALUE SELECT fresh.*;
	PERFORM entity_screen.record_guard_change(fresh, 'protect', role_name);
	PERFORM entity_screen.store_guard_threshold(threshold, fresh.guard_id,
		'protect_table');
	RETURN fresh.guard_id;
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
			MESSAGE = format('%s is protected already', target),
			DETAIL = 'A table has one guard.',
			HINT = 'Use entity_screen.alter_protection() to change it.';
END;
$$;
COMMENT ON FUNCTION entity_screen.insert_guard(regclass, text[], text[], text, text, text, text[], double precision, text, text, text, text, text, text, text) IS
'Internal: inserts the row of a guard; store_guard() calls it with the rights of the owner of the extension, nobody else may';

CREATE FUNCTION entity_screen.store_guard(target regclass, key_columns text[],
	party_columns text[], country text, address text, on_date text,
	lists text[], threshold double precision, action text,
	status_column text, held_value text, released_value text,
	record_clean text, on_replica text)
RETURNS bigint
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.store_guard(regclass, text[], text[], text, text, text, text[], double precision, text, text, text, text, text, text) IS
'Internal: stores the guard of a table of the caller; protect_table() calls it after its checks';

/*
 * A null argument leaves a setting as it is.
 */
CREATE FUNCTION entity_screen.update_guard(target regclass, action text,
	lists text[], threshold double precision, status_column text,
	held_value text, released_value text, record_clean text,
	on_replica text, role_name text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	changed entity_screen.guard;
BEGIN
	SELECT g.* INTO changed FROM entity_screen.guard g
	WHERE g.target = update_guard.target FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	changed.action := coalesce(action, changed.action);
	changed.lists := coalesce(lists, changed.lists);
	changed.status_column := coalesce(status_column, changed.status_column);
	changed.held_value := coalesce(held_value, changed.held_value);
	changed.released_value := coalesce(released_value,
									   changed.released_value);
	changed.record_clean := coalesce(record_clean, changed.record_clean);
	changed.on_replica := coalesce(on_replica, changed.on_replica);
	PERFORM entity_screen.check_guard(changed);
	UPDATE entity_screen.guard g
	SET action = changed.action, lists = changed.lists,
		status_column = changed.status_column,
		held_value = changed.held_value,
		released_value = changed.released_value,
		record_clean = changed.record_clean, on_replica = changed.on_replica
	WHERE g.guard_id = changed.guard_id;
	PERFORM entity_screen.record_guard_change(changed, 'alter', role_name);
	PERFORM entity_screen.store_guard_threshold(threshold, changed.guard_id,
		'alter_protection');
	RETURN changed.guard_id;
END;
$$;
COMMENT ON FUNCTION entity_screen.update_guard(regclass, text, text[], double precision, text, text, text, text, text, text) IS
'Internal: changes the row of a guard; alter_guard() calls it with the rights of the owner of the extension, nobody else may';

CREATE FUNCTION entity_screen.alter_guard(target regclass, action text,
	lists text[], threshold double precision, status_column text,
	held_value text, released_value text, record_clean text,
	on_replica text)
RETURNS bigint
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.alter_guard(regclass, text, text[], double precision, text, text, text, text, text) IS
'Internal: changes the guard of a table of the caller; alter_protection() calls it after its checks';

CREATE FUNCTION entity_screen.delete_guard(target regclass, role_name text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	dropped entity_screen.guard;
BEGIN
	DELETE FROM entity_screen.guard g
	WHERE g.target = delete_guard.target
	RETURNING g.* INTO dropped;
	IF FOUND THEN
		PERFORM entity_screen.record_guard_change(dropped, 'unprotect',
												  role_name);
	END IF;
	RETURN dropped.guard_id;
END;
$$;
COMMENT ON FUNCTION entity_screen.delete_guard(regclass, text) IS
'Internal: deletes the row of a guard; drop_guard() calls it with the rights of the owner of the extension, nobody else may';

/*
 * protect_table(target, ...) - put a guard on a table
 *
 * target		  ordinary or partitioned table of the caller
 * key			  column that identifies a row, or several: '{a,b}'; default
 *				  the primary key
 * party		  column to screen, or several: '{buyer,consignee}'
 * country, address, on_date  columns, if the table has them
 * lists		  default: all that are loaded
 * threshold	  as set_threshold(..., target) sets it; default: those of
 *				  the lists
 * action		  'observe' records only; 'alert' also opens an alert; 'hold'
 *				  also sets status_column to held_value; 'reject' refuses
 *				  the row with SC002
 * status_column, held_value, released_value  for hold
 * record_clean	  'row': an event for each clean row; 'count': one for the
 *				  clean rows of a transaction, which tells how many
 * on_replica	  'screen' or 'skip' rows that logical replication brings
 *
 * When a row cannot be screened (list empty, stale, a party without letter
 * or digit, any error) observe
 * records screening_failed, alert also opens an alert, hold holds, reject
 * refuses.  Applications need no privilege on anything of this extension.
 *
 * Errors: 42501 unless the caller owns the table, 42809 when tables without
 * a guard inherit from it, 42703, 42P10, 42804 for columns, 23514 or 22P02
 * when the status column does not take a value, 42710 when the table is
 * protected already.
 */
CREATE FUNCTION entity_screen.protect_table(target regclass,
	key text DEFAULT NULL, party text DEFAULT NULL,
	country text DEFAULT NULL, address text DEFAULT NULL,
	on_date text DEFAULT NULL, lists text[] DEFAULT NULL,
	threshold double precision DEFAULT NULL, action text DEFAULT 'observe',
	status_column text DEFAULT NULL, held_value text DEFAULT 'held',
	released_value text DEFAULT 'released',
	record_clean text DEFAULT 'row', on_replica text DEFAULT 'screen')
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	key_columns text[] := coalesce(entity_screen.column_list(key),
		entity_screen.primary_key_columns(target));
	party_columns text[] := entity_screen.column_list(party);
	id bigint;
BEGIN
	PERFORM entity_screen.check_guard_table(target);
	PERFORM entity_screen.check_guard_children(target);
	PERFORM entity_screen.check_guard_column(target, c.argument, c.name)
	FROM (SELECT 'key', k FROM unnest(key_columns) AS k
		  UNION ALL SELECT 'party', p FROM unnest(party_columns) AS p
		  UNION ALL VALUES ('country', country), ('address', address),
			('on_date', on_date)) AS c (argument, name)
	WHERE c.name IS NOT NULL;
	IF status_column IS NOT NULL THEN
		PERFORM entity_screen.check_status_column(target, status_column,
			held_value, released_value);
	END IF;
	id := entity_screen.store_guard(target, key_columns, party_columns,
		country, address, on_date, lists, threshold, action, status_column,
		held_value, released_value, record_clean, on_replica);
	PERFORM entity_screen.create_guard_triggers(target, id, on_replica);
	PERFORM entity_screen.make_evidence_partitions();
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.protect_table(regclass, text, text, text, text, text, text[], double precision, text, text, text, text, text, text) IS
'Puts a guard on a table of the caller: each new or changed row is screened, recorded, and by choice alerted, held or rejected. Returns the number of the guard.';

CREATE FUNCTION entity_screen.protect_table(target regclass, party text[],
	key text DEFAULT NULL, country text DEFAULT NULL,
	address text DEFAULT NULL, on_date text DEFAULT NULL,
	lists text[] DEFAULT NULL, threshold double precision DEFAULT NULL,
	action text DEFAULT 'observe', status_column text DEFAULT NULL,
	held_value text DEFAULT 'held', released_value text DEFAULT 'released',
	record_clean text DEFAULT 'row', on_replica text DEFAULT 'screen')
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN entity_screen.protect_table(target, key, party::text, country,
		address, on_date, lists, threshold, action, status_column,
		held_value, released_value, record_clean, on_replica);
END;
$$;
COMMENT ON FUNCTION entity_screen.protect_table(regclass, text[], text, text, text, text, text[], double precision, text, text, text, text, text, text) IS
'The same for several party columns: party => ARRAY[''buyer'', ''consignee'']';

/*
 * alter_protection(target, ...) - change a guard
 *
 * Arguments as of protect_table(); null leaves a setting as it is.  Columns
 * that are screened are changed by protecting the table anew.
 *
 * Waits for the transactions that are writing to the table, so that no row
 * is judged by the old setting after this returns.
 *
 * Errors: 42704 when the table has no guard, 55000 when rows are on hold
 * with the old held_value or status column, and those of protect_table().
 */
CREATE FUNCTION entity_screen.alter_protection(target regclass,
	action text DEFAULT NULL, lists text[] DEFAULT NULL,
	threshold double precision DEFAULT NULL,
	status_column text DEFAULT NULL, held_value text DEFAULT NULL,
	released_value text DEFAULT NULL, record_clean text DEFAULT NULL,
	on_replica text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	old entity_screen.guard;
	id bigint;
BEGIN
	PERFORM entity_screen.check_guard_table(target);
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', target);
	SELECT g.* INTO old FROM entity_screen.guard g
	WHERE g.target = alter_protection.target;
	PERFORM entity_screen.check_no_row_is_held(old, status_column,
											   held_value);
	IF coalesce(status_column, old.status_column) IS NOT NULL THEN
		PERFORM entity_screen.check_status_column(target,
			coalesce(status_column, old.status_column),
			coalesce(held_value, old.held_value),
			coalesce(released_value, old.released_value));
	END IF;
	id := entity_screen.alter_guard(target, action, lists, threshold,
		status_column, held_value, released_value, record_clean, on_replica);
	IF id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('%s is not protected', target),
			DETAIL = 'No guard stands on the table.',
			HINT = 'Use entity_screen.protect_table().';
	END IF;
	IF on_replica IS NOT NULL THEN
		PERFORM entity_screen.enable_guard_triggers(target, on_replica);
	END IF;
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.alter_protection(regclass, text, text[], double precision, text, text, text, text, text) IS
'Changes the guard of a table of the caller, say from observe to hold; null leaves a setting as it is. Returns the number of the guard.';

CREATE FUNCTION entity_screen.drop_guard(target regclass)
RETURNS boolean
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.drop_guard(regclass) IS
'Internal: forgets the guard of a table of the caller; unprotect_table() calls it';

/*
 * A table that is dropped takes its triggers along and leaves the row here.
 * An event trigger would clear it away at once, but would stand in the way
 * of every DROP of the database.
 */
CREATE FUNCTION entity_screen.drop_stale_guards()
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	dropped bigint;
BEGIN
	WITH gone AS (
		DELETE FROM entity_screen.guard g
		WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = g.target)
		RETURNING g.*)
	SELECT count(entity_screen.record_guard_change(g, 'unprotect',
			session_user))
	INTO dropped FROM gone g;
	RETURN dropped;
END;
$$;
COMMENT ON FUNCTION entity_screen.drop_stale_guards() IS
'Forgets the guards of tables that were dropped; returns how many. Evidence and alerts stay.';

/*
 * unprotect_table(target) - take the guard off
 *
 * Evidence and alerts stay.  42704 when the table has no guard.
 */
CREATE FUNCTION entity_screen.unprotect_table(target regclass)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM entity_screen.check_guard_table(target);
	IF NOT entity_screen.drop_guard(target) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('%s is not protected', target),
			DETAIL = 'No guard stands on the table.',
			HINT = 'See entity_screen.guard for the tables that are.';
	END IF;
	EXECUTE format('DROP TRIGGER IF EXISTS zzz_entity_screen_decide ON %s',
				   target);
	EXECUTE format('DROP TRIGGER IF EXISTS zzz_entity_screen_record ON %s',
				   target);
END;
$$;
COMMENT ON FUNCTION entity_screen.unprotect_table(regclass) IS
'Takes the guard off a table of the caller; evidence and alerts stay';

/*
 * unprotect_all() - take the guards off all tables of the caller
 *
 * Returns one row for each table.  Guards of tables of others stay; guards
 * of dropped tables are forgotten.
 */
CREATE FUNCTION entity_screen.unprotect_all()
RETURNS TABLE (target text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	guarded regclass;
BEGIN
	PERFORM entity_screen.drop_stale_guards();
	FOR guarded IN
		SELECT g.target FROM entity_screen.guard g
		JOIN pg_class c ON c.oid = g.target
		WHERE pg_has_role(current_user, c.relowner, 'USAGE')
		ORDER BY g.guard_id
	LOOP
		PERFORM entity_screen.unprotect_table(guarded);
		target := guarded::text;
		RETURN NEXT;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.unprotect_all() IS
'Takes the guards off all tables of the caller; returns their names. Evidence and alerts stay.';

/*
 * release(target, key, reason) - let a held row go
 *
 * The only way out of held.  The update runs with the caller's rights and
 * through the table's triggers; the event carries the reason.
 *
 * Errors: 42704 when the table has no guard that holds, 22004 without a
 * reason, P0002 when no held row has the key.  The key may be written in any
 * way that the types of its columns, and JSON, take for the same values.
 */
CREATE FUNCTION entity_screen.release(target regclass, key text, reason text)
RETURNS void
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME', 'release_row';
COMMENT ON FUNCTION entity_screen.release(regclass, text, text) IS
'Releases a held row, with the reason: sets its status column to released_value. key as in screening_event.party_ref.';
