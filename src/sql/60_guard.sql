/*
 * 60_guard: guards on the user's own tables, and what they record
 *
 * A guard decides BEFORE the row is stored (and puts the row on hold then)
 * and verifies and records AFTER: only what was really stored makes an
 * event, and a later BEFORE trigger that changes the party is noticed.  Both
 * triggers are C (src/screen/guard.c), run with the rights of the user for
 * everything that touches the user's row, and with the rights of the
 * extension's owner for everything that touches the lists.
 */

CREATE TABLE entity_screen.guard (
	guard_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	target regclass NOT NULL UNIQUE,
	key_columns text[] NOT NULL,
	party_columns text[] NOT NULL CHECK (cardinality(party_columns) > 0),
	country_column text,
	address_column text,
	on_date_column text,
	lists text[],
	threshold double precision CHECK (threshold BETWEEN 0.30 AND 1.00),
	action text NOT NULL CHECK (action IN (
		'observe', 'alert', 'hold', 'reject')),
	status_column text,
	held_value text NOT NULL,
	released_value text NOT NULL CHECK (released_value <> held_value),
	created_by name NOT NULL,
	created_at timestamptz NOT NULL,
	CHECK (action <> 'hold' OR status_column IS NOT NULL)
);
COMMENT ON TABLE entity_screen.guard IS
'Protected tables, one row each; made by protect_table()';
COMMENT ON COLUMN entity_screen.guard.guard_id IS
'Number given by this database; the triggers carry it';
COMMENT ON COLUMN entity_screen.guard.target IS 'The protected table';
COMMENT ON COLUMN entity_screen.guard.key_columns IS
'Columns that identify a row in evidence; empty: none';
COMMENT ON COLUMN entity_screen.guard.party_columns IS
'Columns that hold a party; each is screened';
COMMENT ON COLUMN entity_screen.guard.country_column IS
'Column that holds the party''s country, if any';
COMMENT ON COLUMN entity_screen.guard.address_column IS
'Column that holds the party''s address, if any';
COMMENT ON COLUMN entity_screen.guard.on_date_column IS
'Column that holds the date the law is asked for; null: today';
COMMENT ON COLUMN entity_screen.guard.lists IS
'Lists to screen against; null: all that are loaded';
COMMENT ON COLUMN entity_screen.guard.threshold IS
'Threshold of this guard; null: screening_config';
COMMENT ON COLUMN entity_screen.guard.action IS
'What a hit does to the row: observe, alert, hold or reject';
COMMENT ON COLUMN entity_screen.guard.status_column IS
'For hold: the column that is set to held_value';
COMMENT ON COLUMN entity_screen.guard.held_value IS
'Value of status_column of a row on hold';
COMMENT ON COLUMN entity_screen.guard.released_value IS
'Value that release() sets';
COMMENT ON COLUMN entity_screen.guard.created_by IS
'Session user who protected the table';
COMMENT ON COLUMN entity_screen.guard.created_at IS 'When';

/*
 * The row of a table that was dropped would be dumped with a bare number,
 * which is another table's where it is restored.
 */
SELECT pg_catalog.pg_extension_config_dump('entity_screen.guard',
	'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = target)');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.guard_guard_id_seq', '');

/* ---------------------------------------------------------------------
 * what the C code reads and writes
 * ------------------------------------------------------------------ */

/*
 * The score as numeric: to_jsonb() of a float obeys extra_float_digits, and
 * evidence must not depend on a setting.
 */
CREATE FUNCTION entity_screen.guard_hit(party text, country text,
	address text, list_codes text[], on_dates date[],
	thresholds double precision[], lowest double precision)
RETURNS TABLE (
	hit_count integer,
	hits jsonb,
	entry_ids bigint[],
	best_score double precision,
	is_unreadable boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT count(*)::integer,
		jsonb_agg(to_jsonb(h) - 'party'
			|| jsonb_build_object('score', h.score::numeric)
			ORDER BY h.score DESC, h.entry_id),
		coalesce(array_agg(h.entry_id ORDER BY h.score DESC, h.entry_id),
				 '{}'::bigint[]),
		max(h.score),
		count(*) = 0 AND entity_screen.is_keyless(guard_hit.party)
	FROM entity_screen.hit(party, country, address, NULL, false, list_codes,
						   on_dates, thresholds, lowest) h;
END;
COMMENT ON FUNCTION entity_screen.guard_hit(text, text, text, text[], date[], double precision[], double precision) IS
'Internal: the hits of a party in one row, as evidence keeps them; is_unreadable: the party has nothing that could be searched';

CREATE FUNCTION entity_screen.guard_decide()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.guard_decide() IS
'Trigger function of a guard, BEFORE: screens the row and holds or rejects it';

CREATE FUNCTION entity_screen.guard_record()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.guard_record() IS
'Trigger function of a guard, AFTER: verifies the stored row and writes the evidence';

/* ---------------------------------------------------------------------
 * protecting a table
 * ------------------------------------------------------------------ */

/*
 * A column name, or several as an array literal: 'buyer' or
 * '{buyer,consignee}'.
 */
CREATE FUNCTION entity_screen.column_list(names text)
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN names ~ '^\s*\{.*\}\s*$' THEN names::text[]
		WHEN names IS NOT NULL THEN ARRAY[names] END;
END;
COMMENT ON FUNCTION entity_screen.column_list(text) IS
'One column name, or several written as an array literal';

CREATE FUNCTION entity_screen.primary_key_columns(target regclass)
RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(array_agg(a.attname::text ORDER BY k.place),
					'{}'::text[])
	FROM pg_index i
	CROSS JOIN LATERAL unnest(i.indkey::smallint[])
		WITH ORDINALITY AS k (attnum, place)
	JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
	WHERE i.indrelid = target AND i.indisprimary;
END;
COMMENT ON FUNCTION entity_screen.primary_key_columns(regclass) IS
'Columns of the primary key, in order; empty when there is none';

CREATE FUNCTION entity_screen.check_guard_table(target regclass)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	class pg_class;
BEGIN
	SELECT c.* INTO class FROM pg_class c
	WHERE c.oid = check_guard_table.target;
	IF NOT FOUND OR class.relkind NOT IN ('r', 'p')
		OR class.relpersistence = 't' OR class.relispartition THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('%s cannot be protected', coalesce(target::text, 'null')),
			DETAIL = 'A guard stands on an ordinary or partitioned table that is neither temporary nor itself a partition.',
			HINT = 'Protect the table behind a view, or the partitioned table of a partition.';
	END IF;
	IF class.relnamespace = 'entity_screen'::regnamespace
		OR class.relnamespace = 'pg_catalog'::regnamespace THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('%s cannot be protected', target),
			DETAIL = 'It belongs to the system or to this extension.',
			HINT = 'Protect a table of your own.';
	END IF;
	IF NOT pg_has_role(current_user, class.relowner, 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('must be owner of table %s', target),
			DETAIL = 'A guard adds triggers to the table.',
			HINT = 'Ask the owner of the table to protect it.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_guard_table(regclass) IS
'Raises 42809 or 42501 unless the current user may protect the table';

/*
 * A row that is stored in a child of plain inheritance fires the triggers of
 * the child only, yet it is read as a row of the parent.  Partitions get the
 * triggers of their table, so they are not meant here.  A child that has no
 * child of its own can be protected: all its rows are stored in it.
 */
CREATE FUNCTION entity_screen.unguarded_children(target regclass)
RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_agg(format('%I.%I', n.nspname, c.relname)
					 ORDER BY n.nspname, c.relname)
	FROM pg_inherits i
	JOIN pg_class c ON c.oid = i.inhrelid AND NOT c.relispartition
	JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE i.inhparent = unguarded_children.target
		AND NOT EXISTS (
			SELECT FROM pg_trigger t
			WHERE t.tgrelid = c.oid AND t.tgenabled = 'A'
				AND t.tgfoid = 'entity_screen.guard_record()'::regprocedure);
END;
COMMENT ON FUNCTION entity_screen.unguarded_children(regclass) IS
'Tables that inherit from the table, are no partitions of it and have no guard; null when there is none';

CREATE FUNCTION entity_screen.check_guard_children(target regclass)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	children text[] := entity_screen.unguarded_children(target);
BEGIN
	IF children IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('%s cannot be protected', target),
			DETAIL = format('Tables that are not protected inherit from it, and a guard does not see the rows stored in them: %s.',
							array_to_string(children, ', ')),
			HINT = 'Protect these tables first, or make the table a partitioned one.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_guard_children(regclass) IS
'Raises 42809 when rows of the table are stored in tables without a guard';

CREATE FUNCTION entity_screen.check_guard_column(target regclass,
	argument text, column_name text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	attribute pg_attribute;
	base text;
BEGIN
	SELECT a.* INTO attribute FROM pg_attribute a
	WHERE a.attrelid = check_guard_column.target
		AND a.attname = check_guard_column.column_name
		AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column',
			MESSAGE = format('%s: table %s has no column %I', argument,
							 target, check_guard_column.column_name),
			DETAIL = 'A guard reads columns of the table it protects.',
			HINT = 'Name columns as they are stored, without quotes.';
	END IF;
	IF attribute.attgenerated <> '' AND argument <> 'key' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_column_reference',
			MESSAGE = format('%s: column %I is generated', argument,
							 check_guard_column.column_name),
			DETAIL = 'A generated column has no value yet when the guard decides.',
			HINT = 'Name the columns it is generated from.';
	END IF;
	SELECT coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text INTO base
	FROM pg_type t WHERE t.oid = attribute.atttypid;
	IF argument = 'on_date' AND base NOT IN ('date',
		'timestamp without time zone', 'timestamp with time zone') THEN
		RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
			MESSAGE = format('on_date: column %I is of type %s',
							 check_guard_column.column_name, base),
			DETAIL = 'The date the law is asked for is a date or a timestamp.',
			HINT = 'Name a column of type date, timestamp or timestamptz.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_guard_column(regclass, text, text) IS
'Raises 42703, 42P10 or 42804 unless the column can serve as this argument of protect_table()';

/*
 * The triggers.  BEFORE triggers fire in the order of their names: ours is
 * meant to see what the others have made of the row.
 */
CREATE FUNCTION entity_screen.create_guard_triggers(target regclass,
													guard_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER zzz_entity_screen_decide BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION entity_screen.guard_decide(%L)',
				   target, guard_id);
	EXECUTE format('CREATE TRIGGER zzz_entity_screen_record AFTER INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION entity_screen.guard_record(%L)',
				   target, guard_id);
	EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER zzz_entity_screen_decide, ENABLE ALWAYS TRIGGER zzz_entity_screen_record',
				   target);
END;
$$;
COMMENT ON FUNCTION entity_screen.create_guard_triggers(regclass, bigint) IS
'Creates the two triggers of a guard; runs with the rights of the caller, who must own the table';

CREATE FUNCTION entity_screen.check_scope(lists text[],
										  threshold double precision)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	code text;
BEGIN
	SELECT u.code INTO code
	FROM unnest(check_scope.lists) AS u (code)
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.screening_list l
		WHERE l.list_code = u.code)
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('list %s is not known', coalesce(code, 'null')),
			DETAIL = 'A guard screens against known lists.',
			HINT = 'Use list_code of entity_screen.screening_list, or null for all loaded lists.';
	END IF;
	IF cardinality(check_scope.lists) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'lists is an empty array',
			DETAIL = 'Without a list nothing would ever be found.',
			HINT = 'Name at least one list, or pass null for all loaded lists.';
	END IF;
	IF NOT coalesce(check_scope.threshold, 0.65) BETWEEN 0.30 AND 1.00 THEN
		RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
			MESSAGE = format('threshold %s is out of range',
							 check_scope.threshold),
			DETAIL = 'A threshold is between 0.30 and 1.00.',
			HINT = 'Pass null to use entity_screen.screening_config.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_scope(text[], double precision) IS
'Raises 22023 or 22003 unless the lists are known and the threshold is in range';

/*
 * Nobody is granted insert_guard().  store_guard() and drop_guard() check
 * that the caller owns the table before they take the rights of the
 * extension; src/screen/protect.c says why that is C.
 */
CREATE FUNCTION entity_screen.insert_guard(target regclass,
	key_columns text[], party_columns text[], country text, address text,
	on_date text, lists text[], threshold double precision, action text,
	status_column text, held_value text, released_value text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	IF insert_guard.action IS NULL OR insert_guard.action NOT IN
		('observe', 'alert', 'hold', 'reject') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('action %L is not known', insert_guard.action),
			DETAIL = 'The action says what a hit does to the row.',
			HINT = 'Use observe, alert, hold or reject.';
	END IF;
	IF insert_guard.action = 'hold' AND insert_guard.status_column IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'action hold needs status_column',
			DETAIL = 'A row is put on hold by setting a column of it.',
			HINT = 'Pass status_column, a column that the application obeys.';
	END IF;
	IF coalesce(cardinality(insert_guard.party_columns), 0) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'a guard needs a party column',
			DETAIL = 'Without one there is nothing to screen.',
			HINT = 'Pass party, the column that holds the name to screen.';
	END IF;
	PERFORM entity_screen.check_scope(insert_guard.lists,
									  insert_guard.threshold);
	INSERT INTO entity_screen.guard (target, key_columns, party_columns,
		country_column, address_column, on_date_column, lists, threshold,
		action, status_column, held_value, released_value, created_by,
		created_at)
	VALUES (insert_guard.target, insert_guard.key_columns,
		insert_guard.party_columns, insert_guard.country, insert_guard.address,
		insert_guard.on_date, insert_guard.lists, insert_guard.threshold,
		insert_guard.action, insert_guard.status_column,
		insert_guard.held_value, insert_guard.released_value, session_user,
		clock_timestamp())
	RETURNING guard_id INTO id;
	RETURN id;
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
			MESSAGE = format('%s is protected already', insert_guard.target),
			DETAIL = 'A table has one guard.',
			HINT = 'Call entity_screen.unprotect_table() first.';
END;
$$;
COMMENT ON FUNCTION entity_screen.insert_guard(regclass, text[], text[], text, text, text, text[], double precision, text, text, text, text) IS
'Internal: inserts the row of a guard; store_guard() calls it with the rights of the owner of the extension, nobody else may';

CREATE FUNCTION entity_screen.store_guard(target regclass, key_columns text[],
	party_columns text[], country text, address text, on_date text,
	lists text[], threshold double precision, action text,
	status_column text, held_value text, released_value text)
RETURNS bigint
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.store_guard(regclass, text[], text[], text, text, text, text[], double precision, text, text, text, text) IS
'Internal: stores the guard of a table of the caller; protect_table() calls it after its checks';

/*
 * That the status column takes both values is found out now and not when the
 * first listed order arrives: the values go through the column's type, with a
 * domain's or enum's own rules, and through the CHECK constraints that speak
 * of this column alone.  They are only computed; nothing is stored.  Other
 * constraints depend on the row and speak when it is stored.
 *
 * json_to_record() reads the value as the guard will, with the input function
 * of the type: a cast would cut a long value to length.
 */
CREATE FUNCTION entity_screen.check_status_value(target regclass,
	status_column text, value text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	one_row text;
	constraint_name name;
	condition text;
	holds boolean;
BEGIN
	SELECT format('json_to_record(json_build_object(%L, %L)) AS r (%I %s)',
				  status_column, value, status_column,
				  format_type(a.atttypid, a.atttypmod)) INTO one_row
	FROM pg_attribute a
	WHERE a.attrelid = target AND a.attname = status_column;
	EXECUTE 'SELECT FROM ' || one_row;
	FOR constraint_name, condition IN
		SELECT c.conname, pg_get_expr(c.conbin, c.conrelid)
		FROM pg_constraint c
		JOIN pg_attribute a ON a.attrelid = c.conrelid
			AND c.conkey = ARRAY[a.attnum]
		WHERE c.conrelid = target AND c.contype = 'c'
			AND a.attname = status_column
		ORDER BY c.conname
	LOOP
		EXECUTE 'SELECT ' || condition || ' FROM ' || one_row INTO holds;
		IF NOT holds THEN
			RAISE EXCEPTION USING ERRCODE = 'check_violation',
				MESSAGE = format('check constraint %I: %s', constraint_name,
								 condition),
				DETAIL = 'The row could not be put on hold, or released.',
				HINT = 'Let the constraint take the value.';
		END IF;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_status_value(regclass, text, text) IS
'Raises an error unless the type and the CHECK constraints of the status column take the value';

CREATE FUNCTION entity_screen.check_status_column(target regclass,
	status_column text, held_value text, released_value text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	value text;
BEGIN
	IF held_value IS NULL OR released_value IS NULL
		OR held_value = released_value THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'held_value and released_value must be two values',
			DETAIL = 'A row on hold has the one, a released row the other.',
			HINT = 'The defaults are held and released.';
	END IF;
	PERFORM entity_screen.check_guard_column(target, 'status_column',
											 status_column);
	FOREACH value IN ARRAY ARRAY[held_value, released_value] LOOP
		BEGIN
			PERFORM entity_screen.check_status_value(target, status_column,
				value);
		EXCEPTION WHEN data_exception OR check_violation THEN
			RAISE EXCEPTION USING ERRCODE = SQLSTATE,
				MESSAGE = format('status_column: column %I does not take the value %L',
								 status_column, value),
				DETAIL = SQLERRM,
				HINT = 'Pass held_value and released_value that the column takes, or change its type or constraint.';
		END;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_status_column(regclass, text, text, text) IS
'Raises an error unless the status column takes both values';

/*
 * protect_table(target, ...) - put a guard on a table
 *
 * target		  ordinary or partitioned table of the caller
 * key			  column that identifies a row, or several: '{a,b}'; default
 *				  the primary key
 * party		  column to screen, or several: '{buyer,consignee}'
 * country, address, on_date  columns, if the table has them
 * lists, threshold  default: all loaded lists, screening_config
 * action		  'observe' records only; 'alert' also opens an alert; 'hold'
 *				  also sets status_column to held_value; 'reject' refuses
 *				  the row with SC002
 * status_column, held_value, released_value  for hold
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
	released_value text DEFAULT 'released')
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
		held_value, released_value);
	PERFORM entity_screen.create_guard_triggers(target, id);
	PERFORM entity_screen.make_evidence_partitions();
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.protect_table(regclass, text, text, text, text, text, text[], double precision, text, text, text, text) IS
'Puts a guard on a table of the caller: each new or changed row is screened, recorded, and by choice alerted, held or rejected. Returns the number of the guard.';

CREATE FUNCTION entity_screen.protect_table(target regclass, party text[],
	key text DEFAULT NULL, country text DEFAULT NULL,
	address text DEFAULT NULL, on_date text DEFAULT NULL,
	lists text[] DEFAULT NULL, threshold double precision DEFAULT NULL,
	action text DEFAULT 'observe', status_column text DEFAULT NULL,
	held_value text DEFAULT 'held', released_value text DEFAULT 'released')
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN entity_screen.protect_table(target, key, party::text, country,
		address, on_date, lists, threshold, action, status_column,
		held_value, released_value);
END;
$$;
COMMENT ON FUNCTION entity_screen.protect_table(regclass, text[], text, text, text, text, text[], double precision, text, text, text, text) IS
'The same for several party columns: party => ARRAY[''buyer'', ''consignee'']';

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
	DELETE FROM entity_screen.guard g
	WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = g.target);
	GET DIAGNOSTICS dropped = ROW_COUNT;
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
 * release(target, key, reason) - let a held row go
 *
 * The only way out of held.  The update runs with the caller's rights and
 * through the table's triggers; the event carries the reason.
 *
 * Errors: 42704 when the table has no guard that holds, 22004 without a
 * reason, 02000 when no held row has the key.
 */
CREATE FUNCTION entity_screen.release(target regclass, key text, reason text)
RETURNS void
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME', 'release_row';
COMMENT ON FUNCTION entity_screen.release(regclass, text, text) IS
'Releases a held row, with the reason: sets its status column to released_value. key as in screening_event.party_ref.';
