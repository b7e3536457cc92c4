/*
 * 62_watch: the normal forms of a user's table, kept on our side
 *
 * The user's table keeps its text columns and is never rewritten.  A trigger
 * (src/screen/watch.c) writes down what a row says now, a procedure that
 * commits as it goes fills in the rows that were there before.  63_rescreen
 * screens them.
 */

CREATE TABLE entity_screen.watch (
	watch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	target regclass NOT NULL UNIQUE,
	key_columns text[] NOT NULL CHECK (cardinality(key_columns) > 0),
	party_columns text[] NOT NULL CHECK (cardinality(party_columns) > 0),
	country_column text,
	address_column text,
	on_date_column text,
	lists text[],
	fill_relation oid,
	fill_block bigint,
	fill_rows bigint NOT NULL DEFAULT 0,
	fill_started_at timestamptz,
	filled_at timestamptz,
	normalizer_version integer,
	screened_at timestamptz,
	screened_on date,
	scope jsonb,
	created_by name NOT NULL,
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE entity_screen.watch IS
'Watched tables, one row each; made by watch_table()';
COMMENT ON COLUMN entity_screen.watch.watch_id IS
'Number given by this database; the triggers carry it';
COMMENT ON COLUMN entity_screen.watch.target IS 'The watched table';
COMMENT ON COLUMN entity_screen.watch.key_columns IS
'Columns that identify a row';
COMMENT ON COLUMN entity_screen.watch.party_columns IS
'Columns that hold a party; each is screened';
COMMENT ON COLUMN entity_screen.watch.country_column IS
'Column that holds the party''s country, if any';
COMMENT ON COLUMN entity_screen.watch.address_column IS
'Column that holds the party''s address, if any';
COMMENT ON COLUMN entity_screen.watch.on_date_column IS
'Column that holds the date the law is asked for; null: today';
COMMENT ON COLUMN entity_screen.watch.lists IS
'Lists to screen against; null: all that are loaded';
COMMENT ON COLUMN entity_screen.watch.fill_relation IS
'Table or partition that a running fill is in';
COMMENT ON COLUMN entity_screen.watch.fill_block IS
'Page of it that comes next; null when no fill is under way';
COMMENT ON COLUMN entity_screen.watch.fill_rows IS
'Names that this fill has read so far';
COMMENT ON COLUMN entity_screen.watch.fill_started_at IS
'When the fill began that runs or ran last';
COMMENT ON COLUMN entity_screen.watch.filled_at IS
'When a fill last came to its end; null: never';
COMMENT ON COLUMN entity_screen.watch.normalizer_version IS
'Version of the normalizer that made the names; another one makes searching them slower until refresh_watch()';
COMMENT ON COLUMN entity_screen.watch.screened_at IS
'When the watch was screened in full last; null: never';
COMMENT ON COLUMN entity_screen.watch.screened_on IS
'Date for which its hits are known, in UTC';
COMMENT ON COLUMN entity_screen.watch.scope IS
'Lists and thresholds with which its hits were found';
COMMENT ON COLUMN entity_screen.watch.created_by IS
'Session user who watched the table';
COMMENT ON COLUMN entity_screen.watch.created_at IS 'When';

CREATE TABLE entity_screen.watched_name (
	watch_id bigint NOT NULL,
	party_ref text NOT NULL,
	party_column text NOT NULL,
	name @extschema@.entity_name NOT NULL,
	country text,
	address text,
	on_date date,
	moment timestamptz,
	xid xid8 NOT NULL,
	changed_at timestamptz NOT NULL,
	PRIMARY KEY (watch_id, party_ref, party_column)
);
COMMENT ON TABLE entity_screen.watched_name IS
'What the rows of watched tables say now: one row for each party column that is filled in';
COMMENT ON COLUMN entity_screen.watched_name.watch_id IS 'The watch';
COMMENT ON COLUMN entity_screen.watched_name.party_ref IS
'Key of the row: the value of the key column, or a JSON array of several';
COMMENT ON COLUMN entity_screen.watched_name.party_column IS
'Column that holds the party';
COMMENT ON COLUMN entity_screen.watched_name.name IS
'The party, with its normal form';
COMMENT ON COLUMN entity_screen.watched_name.country IS 'Its country';
COMMENT ON COLUMN entity_screen.watched_name.address IS 'Its address';
COMMENT ON COLUMN entity_screen.watched_name.on_date IS
'Date of the row; null: today';
COMMENT ON COLUMN entity_screen.watched_name.moment IS
'Moment of the row, a date of its own in the time zone of each list';
COMMENT ON COLUMN entity_screen.watched_name.xid IS
'Transaction that wrote it; a fill does not overwrite what is newer';
COMMENT ON COLUMN entity_screen.watched_name.changed_at IS
'When it was written';

CREATE INDEX watched_name_name_idx ON entity_screen.watched_name
	USING gin (name @extschema@.gin_entity_ops) WITH (fastupdate = off);

/*
 * Each change adds a row and none is ever updated: two transactions that
 * change the same watched row wait for each other at the user's row already.
 */
CREATE TABLE entity_screen.watch_queue (
	queue_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	watch_id bigint NOT NULL,
	party_ref text NOT NULL,
	party_column text NOT NULL,
	changed_at timestamptz NOT NULL
);
COMMENT ON TABLE entity_screen.watch_queue IS
'Rows of watched tables that changed and were not screened since';
COMMENT ON COLUMN entity_screen.watch_queue.queue_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.watch_queue.watch_id IS 'The watch';
COMMENT ON COLUMN entity_screen.watch_queue.party_ref IS 'Key of the row';
COMMENT ON COLUMN entity_screen.watch_queue.party_column IS
'Column that holds the party';
COMMENT ON COLUMN entity_screen.watch_queue.changed_at IS 'When it changed';

CREATE TABLE entity_screen.watch_hit (
	watch_id bigint NOT NULL,
	party_ref text NOT NULL,
	party_column text NOT NULL,
	entry_id bigint NOT NULL,
	list_code text NOT NULL,
	entry_name text NOT NULL,
	score double precision NOT NULL,
	party_key bytea NOT NULL,
	entry_key bytea NOT NULL,
	entry_version_id bigint NOT NULL,
	is_listed boolean NOT NULL,
	run_id bigint NOT NULL,
	found_at timestamptz NOT NULL,
	PRIMARY KEY (watch_id, party_ref, party_column, entry_id)
);
COMMENT ON TABLE entity_screen.watch_hit IS
'What the rows of watched tables hit, as of their last screening';
COMMENT ON COLUMN entity_screen.watch_hit.watch_id IS 'The watch';
COMMENT ON COLUMN entity_screen.watch_hit.party_ref IS 'Key of the row';
COMMENT ON COLUMN entity_screen.watch_hit.party_column IS
'Column that holds the party';
COMMENT ON COLUMN entity_screen.watch_hit.entry_id IS 'Entry hit';
COMMENT ON COLUMN entity_screen.watch_hit.list_code IS 'Its list';
COMMENT ON COLUMN entity_screen.watch_hit.entry_name IS 'Its primary name';
COMMENT ON COLUMN entity_screen.watch_hit.score IS 'Score of the hit';
COMMENT ON COLUMN entity_screen.watch_hit.party_key IS
'Review key of the party';
COMMENT ON COLUMN entity_screen.watch_hit.entry_key IS
'Review key of the entry';
COMMENT ON COLUMN entity_screen.watch_hit.entry_version_id IS
'Text of the entry that was in force';
COMMENT ON COLUMN entity_screen.watch_hit.is_listed IS
'False: announced and not in force yet, see announced_counts of screening_policy';
COMMENT ON COLUMN entity_screen.watch_hit.run_id IS
'Run that found it, or found it changed';
COMMENT ON COLUMN entity_screen.watch_hit.found_at IS 'When';

CREATE INDEX watch_hit_entry_idx ON entity_screen.watch_hit (entry_id);

SELECT pg_catalog.pg_extension_config_dump('entity_screen.watch',
	'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = target)');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.watch_watch_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.watched_name', '');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.watch_queue', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.watch_queue_queue_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.watch_hit', '');

/* ---------------------------------------------------------------------
 * what the triggers call
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.watch_row()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.watch_row() IS
'Trigger function of a watch: writes down what a row says now';

CREATE FUNCTION entity_screen.put_watched(watch_id bigint, party_ref text,
	party_column text, party text, country text, address text, on_date date,
	moment timestamptz)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.watch_queue (watch_id, party_ref, party_column,
		changed_at)
	SELECT put_watched.watch_id, put_watched.party_ref,
		put_watched.party_column, clock_timestamp()
	WHERE put_watched.party_ref IS NOT NULL;
	DELETE FROM entity_screen.watched_name w
	WHERE w.watch_id = put_watched.watch_id
		AND w.party_ref = put_watched.party_ref
		AND w.party_column = put_watched.party_column
		AND NOT coalesce(put_watched.party ~ '[^ \t\r\n]', false);
	INSERT INTO entity_screen.watched_name AS w (watch_id, party_ref,
		party_column, name, country, address, on_date, moment, xid,
		changed_at)
	SELECT put_watched.watch_id, put_watched.party_ref,
		put_watched.party_column,
		@extschema@.entity_name(put_watched.party), put_watched.country,
		put_watched.address, put_watched.on_date, put_watched.moment,
		pg_current_xact_id(), clock_timestamp()
	WHERE put_watched.party ~ '[^ \t\r\n]'
		AND put_watched.party_ref IS NOT NULL
	ON CONFLICT (watch_id, party_ref, party_column) DO UPDATE
	SET name = EXCLUDED.name, country = EXCLUDED.country,
		address = EXCLUDED.address, on_date = EXCLUDED.on_date,
		moment = EXCLUDED.moment, xid = EXCLUDED.xid,
		changed_at = EXCLUDED.changed_at;
END;
COMMENT ON FUNCTION entity_screen.put_watched(bigint, text, text, text, text, text, date, timestamptz) IS
'Internal: what a trigger of a watch does with a party of a new or changed row';

CREATE FUNCTION entity_screen.drop_watched(watch_id bigint, party_ref text)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.watch_queue (watch_id, party_ref, party_column,
		changed_at)
	SELECT w.watch_id, w.party_ref, w.party_column, clock_timestamp()
	FROM entity_screen.watched_name w
	WHERE w.watch_id = drop_watched.watch_id
		AND w.party_ref = drop_watched.party_ref;
	DELETE FROM entity_screen.watched_name w
	WHERE w.watch_id = drop_watched.watch_id
		AND w.party_ref = drop_watched.party_ref;
END;
COMMENT ON FUNCTION entity_screen.drop_watched(bigint, text) IS
'Internal: what a trigger of a watch does with a row that is gone';

/* ---------------------------------------------------------------------
 * beginning and ending
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.insert_watch(target regclass,
	key_columns text[], party_columns text[], country text, address text,
	on_date text, lists text[])
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	PERFORM entity_screen.check_known_lists(insert_watch.lists);
	INSERT INTO entity_screen.watch (target, key_columns, party_columns,
		country_column, address_column, on_date_column, lists, created_by,
		created_at)
	VALUES (insert_watch.target, insert_watch.key_columns,
		insert_watch.party_columns, insert_watch.country,
		insert_watch.address, insert_watch.on_date, insert_watch.lists,
		session_user, clock_timestamp())
	RETURNING watch_id INTO id;
	RETURN id;
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
			MESSAGE = format('%s is watched already', insert_watch.target),
			DETAIL = 'A table has one watch.',
			HINT = 'Call entity_screen.unwatch_table() first.';
END;
$$;
COMMENT ON FUNCTION entity_screen.insert_watch(regclass, text[], text[], text, text, text, text[]) IS
'Internal: inserts the row of a watch; store_watch() calls it';

CREATE FUNCTION entity_screen.delete_watch(target regclass)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	DELETE FROM entity_screen.watch w
	WHERE w.target = delete_watch.target
	RETURNING w.watch_id INTO id;
	DELETE FROM entity_screen.watched_name w WHERE w.watch_id = id;
	DELETE FROM entity_screen.watch_queue q WHERE q.watch_id = id;
	DELETE FROM entity_screen.watch_hit h WHERE h.watch_id = id;
	DELETE FROM entity_screen.rescreen r WHERE r.watch_id = id;
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.delete_watch(regclass) IS
'Internal: forgets a watch with its names and hits; drop_watch() calls it';

CREATE FUNCTION entity_screen.store_watch(target regclass,
	key_columns text[], party_columns text[], country text, address text,
	on_date text, lists text[])
RETURNS bigint
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.store_watch(regclass, text[], text[], text, text, text, text[]) IS
'Stores the watch of a table of the caller; watch_table() calls it after its checks';

CREATE FUNCTION entity_screen.drop_watch(target regclass)
RETURNS bigint
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.drop_watch(regclass) IS
'Forgets the watch of a table of the caller; unwatch_table() calls it';

CREATE FUNCTION entity_screen.check_watch_table(target regclass)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind "char" := (SELECT c.relkind FROM pg_class c WHERE c.oid = target
					AND c.relpersistence <> 't' AND NOT c.relispartition);
	bad text := (
		SELECT string_agg(c.oid::regclass::text, ', ')
		FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = target AND NOT c.relispartition);
BEGIN
	SELECT string_agg(c.oid::regclass::text, ', ') INTO bad
	FROM pg_partition_tree(target) p JOIN pg_class c ON c.oid = p.relid
	WHERE c.relkind = 'f' HAVING bad IS NULL;
	IF kind IS NULL OR kind NOT IN ('r', 'p') OR bad IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('%s cannot be watched',
							 coalesce(target::text, 'null')),
			DETAIL = coalesce('A trigger does not see the rows of ' || bad
				|| '.', 'A watch stands on an ordinary or partitioned table that is neither temporary nor itself a partition.'),
			HINT = 'Watch the table that holds the rows, or screen it with entity_screen.screen_table().';
	END IF;
	IF row_security_active(target) THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('%s cannot be watched with your rights', target),
			DETAIL = 'A policy of row-level security may hide rows from you, and a watch would leave them out.',
			HINT = 'Watch it as an owner to whom policies do not apply.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_watch_table(regclass) IS
'Raises 42809 or 42501 unless the current user can watch all rows of the table';

/*
 * The lock that CREATE TRIGGER needs is asked for in short tries: whoever
 * waits behind it waits for a quarter of a second at most.
 */
CREATE FUNCTION entity_screen.create_watch_triggers(target regclass,
													watch_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '250ms'
AS $$
BEGIN
	PERFORM entity_screen.watch_of(target);
	FOR attempt IN 1 .. 40 LOOP
		BEGIN
			EXECUTE format('CREATE TRIGGER zzz_entity_screen_watch AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION entity_screen.watch_row(%L)',
						   target, watch_id);
			EXECUTE format('CREATE TRIGGER zzz_entity_screen_watch_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.watch_row(%L)',
						   target, watch_id);
			EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER zzz_entity_screen_watch, ENABLE ALWAYS TRIGGER zzz_entity_screen_watch_truncate',
						   target);
			RETURN;
		EXCEPTION WHEN lock_not_available THEN
			PERFORM pg_sleep(0.25);
		END;
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
		MESSAGE = format('%s is in use', target),
		DETAIL = 'A transaction that changes the table runs all the time; waiting for it would make others wait.',
		HINT = 'Try again, or in a quieter hour.';
END;
$$;
COMMENT ON FUNCTION entity_screen.create_watch_triggers(regclass, bigint) IS
'Creates the triggers of a watch with the rights of the caller, and makes nobody wait longer than a quarter of a second. 55P03 after twenty seconds.';

/*
 * watch_table(target, ...) - keep the parties of a table under screening
 *
 * target		  ordinary or partitioned table of the caller; neither its
 *				  columns nor its rows are changed
 * key			  column that identifies a row, or several: '{a,b}'; default
 *				  the primary key
 * party		  column to screen, or several: '{buyer,consignee}'
 * country, address, on_date  columns, if the table has them
 * lists		  default: all loaded lists
 *
 * Call it in a transaction of its own: its triggers lock the table against
 * changes until that ends.  Then CALL refresh_watch() fills in the rows that
 * are there, and rescreen_full() screens them.
 *
 * Returns the number of the watch.  Errors: 42501 unless the caller owns the
 * table and sees all of it, 42809, 42703, 42804, 22004 for the arguments,
 * 42710 when it is watched already, 55P03 when the table is never free.
 */
CREATE FUNCTION entity_screen.watch_table(target regclass,
	key text DEFAULT NULL, party text DEFAULT NULL,
	country text DEFAULT NULL, address text DEFAULT NULL,
	on_date text DEFAULT NULL, lists text[] DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	key_columns text[];
	id bigint;
BEGIN
	PERFORM entity_screen.check_watch_table(target);
	PERFORM entity_screen.row_query(target, key, party, country, address,
									on_date);
	key_columns := coalesce(entity_screen.column_list(key),
							entity_screen.primary_key_columns(target));
	IF cardinality(key_columns) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('%s has no primary key', target),
			DETAIL = 'A watch needs a key that identifies a row.',
			HINT = 'Pass key, a unique column that is never null.';
	END IF;
	id := entity_screen.store_watch(target, key_columns,
		entity_screen.column_list(party), country, address, on_date, lists);
	PERFORM entity_screen.create_watch_triggers(target, id);
	PERFORM entity_screen.make_evidence_partitions();
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.watch_table(regclass, text, text, text, text, text, text[]) IS
'Keeps the parties of a table of the caller under screening: CALL refresh_watch() fills in what is there, rescreen_full(), rescreen_delta() and rescreen_due() screen. Returns the number of the watch.';

/*
 * unwatch_table(target) - stop watching
 *
 * Names and hits are forgotten, evidence and alerts stay.  42704 when the
 * table is not watched.
 */
CREATE FUNCTION entity_screen.unwatch_table(target regclass)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF entity_screen.drop_watch(target) IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('%s is not watched', target),
			DETAIL = 'No watch stands on the table.',
			HINT = 'See entity_screen.watch for the tables that are.';
	END IF;
	EXECUTE format('DROP TRIGGER IF EXISTS zzz_entity_screen_watch ON %s',
				   target);
	EXECUTE format('DROP TRIGGER IF EXISTS zzz_entity_screen_watch_truncate ON %s',
				   target);
END;
$$;
COMMENT ON FUNCTION entity_screen.unwatch_table(regclass) IS
'Stops watching a table of the caller; names and hits are forgotten, evidence and alerts stay. 42704.';
