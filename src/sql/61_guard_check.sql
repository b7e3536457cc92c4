/*
 * 61_guard_check: what a table must be like to be protected
 *
 * All of this runs with the rights of the caller.
 */

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
			WHERE t.tgrelid = c.oid AND t.tgenabled IN ('A', 'O')
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
			MESSAGE = format('%s: table %s has no column %s',
				coalesce(argument, 'null'),
				coalesce(target::text, 'null'),
				coalesce(quote_ident(check_guard_column.column_name),
						 'null')),
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
	PERFORM entity_screen.check_guard_column(target, 'status_column',
											 status_column);
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

CREATE FUNCTION entity_screen.check_partition_key(target regclass,
												  column_name text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF EXISTS (
		SELECT FROM pg_partition_tree(target) t
		JOIN pg_partitioned_table p ON p.partrelid = t.relid
		JOIN pg_attribute a ON a.attrelid = p.partrelid
			AND a.attname = column_name
		WHERE a.attnum = ANY (p.partattrs::smallint[])) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_column_reference',
			MESSAGE = format('status_column: column %I decides the partition of a row',
							 column_name),
			DETAIL = 'A row cannot be moved to another partition while it is stored.',
			HINT = 'Use a column that is not part of the partition key.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_partition_key(regclass, text) IS
'Raises 42P10 when a column is part of the partition key';

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
	PERFORM entity_screen.check_partition_key(target, status_column);
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
 * Rows on hold would no longer be recognized.
 */
CREATE FUNCTION entity_screen.check_no_row_is_held(guard entity_screen.guard,
	new_column text, new_value text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	is_held boolean;
BEGIN
	IF guard.action IS DISTINCT FROM 'hold'
		OR (coalesce(new_column, guard.status_column) = guard.status_column
			AND coalesce(new_value, guard.held_value) = guard.held_value) THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE t.%I::text = $1)',
				   guard.target, guard.status_column)
		INTO is_held USING guard.held_value;
	IF is_held THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('rows of %s are on hold', guard.target),
			DETAIL = 'With another status column or held_value they would no longer be.',
			HINT = 'Release them with entity_screen.release() first.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_no_row_is_held(entity_screen.guard, text, text) IS
'Raises 55000 when rows are on hold that a change of status column or value would let go';
