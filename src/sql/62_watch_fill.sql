/*
 * 62_watch_fill: the names of a watched table, from the table
 */

/*
 * What was read with a snapshot is written unless a transaction which that
 * snapshot does not see has written something newer.  lock_timeout is far
 * below deadlock_timeout, so that a fill steps back and never the user.
 */
CREATE FUNCTION entity_screen.write_watched(target regclass,
	snapshot pg_snapshot, parties entity_screen.row_party[], relation oid,
	next_block bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '100ms'
AS $$
#variable_conflict use_column
DECLARE
	item entity_screen.watch;
	written bigint;
BEGIN
	PERFORM FROM entity_screen.watch w
	WHERE w.target = write_watched.target FOR UPDATE;
	item := entity_screen.watch_of(write_watched.target);
	WITH said AS (
		SELECT u.* FROM unnest(parties) u
		WHERE u.party_ref IS NOT NULL AND u.party ~ '[^ \t\r\n]'
	), put AS (
		INSERT INTO entity_screen.watched_name AS w (watch_id, party_ref,
			party_column, name, country, address, on_date, moment, xid,
			changed_at)
		SELECT item.watch_id, s.party_ref, s.party_column,
			@extschema@.entity_name(s.party), s.country, s.address,
			s.on_date, s.moment, pg_current_xact_id(), clock_timestamp()
		FROM said s
		ORDER BY s.party_ref, s.party_column
		ON CONFLICT (watch_id, party_ref, party_column) DO UPDATE
		SET name = EXCLUDED.name, country = EXCLUDED.country,
			address = EXCLUDED.address, on_date = EXCLUDED.on_date,
			moment = EXCLUDED.moment, xid = EXCLUDED.xid,
			changed_at = EXCLUDED.changed_at
		WHERE pg_visible_in_snapshot(w.xid, snapshot)
			AND ((w.name::text, w.country, w.address, w.on_date, w.moment)
				IS DISTINCT FROM (EXCLUDED.name::text, EXCLUDED.country,
					EXCLUDED.address, EXCLUDED.on_date, EXCLUDED.moment)
				OR item.normalizer_version IS DISTINCT FROM
					entity_screen.normalizer_version())
		RETURNING w.party_ref, w.party_column
	), queued AS (
		INSERT INTO entity_screen.watch_queue (watch_id, party_ref,
			party_column, changed_at)
		SELECT item.watch_id, p.party_ref, p.party_column, clock_timestamp()
		FROM put p WHERE item.screened_at IS NOT NULL)
	SELECT count(*) INTO written FROM put;
	UPDATE entity_screen.watch w
	SET fill_relation = relation, fill_block = next_block,
		fill_rows = CASE WHEN w.fill_block IS NULL THEN 0 ELSE w.fill_rows END
			+ coalesce(cardinality(parties), 0),
		fill_started_at = CASE WHEN w.fill_block IS NULL
			THEN clock_timestamp() ELSE w.fill_started_at END
	WHERE w.watch_id = item.watch_id;
	RETURN written;
END;
$$;
COMMENT ON FUNCTION entity_screen.write_watched(regclass, pg_snapshot, entity_screen.row_party[], oid, bigint) IS
'Internal: writes rows that a fill has read and where it goes on; fill_watch() calls it';

CREATE FUNCTION entity_screen.prune_watched(target regclass,
	snapshot pg_snapshot, party_refs text[], party_columns text[])
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '100ms'
AS $$
#variable_conflict use_column
DECLARE
	item entity_screen.watch;
	dropped bigint;
BEGIN
	PERFORM FROM entity_screen.watch w
	WHERE w.target = prune_watched.target FOR UPDATE;
	item := entity_screen.watch_of(prune_watched.target);
	WITH gone AS (
		DELETE FROM entity_screen.watched_name w
		USING unnest(party_refs, party_columns) AS u (ref, col)
		WHERE w.watch_id = item.watch_id AND w.party_ref = u.ref
			AND w.party_column = u.col
			AND pg_visible_in_snapshot(w.xid, snapshot)
		RETURNING w.party_ref, w.party_column
	), queued AS (
		INSERT INTO entity_screen.watch_queue (watch_id, party_ref,
			party_column, changed_at)
		SELECT item.watch_id, g.party_ref, g.party_column, clock_timestamp()
		FROM gone g)
	SELECT count(*) INTO dropped FROM gone;
	UPDATE entity_screen.watch w
	SET fill_relation = NULL, fill_block = NULL,
		filled_at = clock_timestamp(),
		normalizer_version = entity_screen.normalizer_version()
	WHERE w.watch_id = item.watch_id;
	RETURN dropped;
END;
$$;
COMMENT ON FUNCTION entity_screen.prune_watched(regclass, pg_snapshot, text[], text[]) IS
'Internal: drops names that the table no longer holds and marks a fill as done; end_watch_fill() calls it';

CREATE FUNCTION entity_screen.fill_watch(target regclass,
	snapshot pg_snapshot, parties entity_screen.row_party[], relation oid,
	next_block bigint)
RETURNS bigint
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.fill_watch(regclass, pg_snapshot, entity_screen.row_party[], oid, bigint) IS
'Writes down rows of a watched table of the caller; refresh_watch() calls it';

CREATE FUNCTION entity_screen.end_watch_fill(target regclass,
	snapshot pg_snapshot, party_refs text[], party_columns text[])
RETURNS bigint
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.end_watch_fill(regclass, pg_snapshot, text[], text[]) IS
'Drops names that a watched table of the caller no longer holds; refresh_watch() calls it';

CREATE FUNCTION entity_screen.watch_of(target regclass)
RETURNS entity_screen.watch
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	item entity_screen.watch;
BEGIN
	SELECT w.* INTO item FROM entity_screen.watch w
	WHERE w.target = watch_of.target;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('%s is not watched',
							 coalesce(watch_of.target::text, 'null')),
			DETAIL = 'No watch stands on the table.',
			HINT = 'Call entity_screen.watch_table() first.';
	END IF;
	RETURN item;
END;
$$;
COMMENT ON FUNCTION entity_screen.watch_of(regclass) IS
'The watch of a table; 42704 when it has none';

/* The table itself, or the partition after the one the fill is in */
CREATE FUNCTION entity_screen.next_leaf(target regclass, after oid)
RETURNS oid
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT min(c.oid)
	FROM pg_class c
	WHERE c.relkind = 'r'
		AND (c.oid = next_leaf.target OR c.oid IN (
			SELECT p.relid FROM pg_partition_tree(next_leaf.target) p))
		AND c.oid > coalesce(next_leaf.after, 0::oid);
END;
COMMENT ON FUNCTION entity_screen.next_leaf(regclass, oid) IS
'The next table that holds rows of a table, in the order of their OIDs; null after the last';

/*
 * One step of a fill: a span of pages of one table, read with the rights of
 * the caller.  False when another transaction was in the way.
 */
CREATE FUNCTION entity_screen.fill_span(item entity_screen.watch, leaf oid,
										first_block bigint, pages integer)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record;
BEGIN
	EXECUTE format('SELECT pg_current_snapshot() AS snapshot, array_agg(ROW(q.*)::entity_screen.row_party) AS parties FROM (%s AND t.ctid >= %L::tid AND t.ctid < %L::tid) AS q',
		entity_screen.row_query(leaf::regclass, item.key_columns::text,
			item.party_columns::text, item.country_column,
			item.address_column, item.on_date_column),
		format('(%s,0)', first_block), format('(%s,0)', first_block + pages))
	INTO part;
	PERFORM entity_screen.fill_watch(item.target, part.snapshot,
		part.parties, leaf, first_block + pages);
	RETURN true;
EXCEPTION
	WHEN lock_not_available OR deadlock_detected THEN
		RETURN false;
END;
$$;
COMMENT ON FUNCTION entity_screen.fill_span(entity_screen.watch, oid, bigint, integer) IS
'One step of refresh_watch(): reads some pages with the rights of the caller; false when another transaction was in the way';

CREATE FUNCTION entity_screen.finish_fill(item entity_screen.watch)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record;
BEGIN
	EXECUTE format('SELECT pg_current_snapshot() AS snapshot, array_agg(w.party_ref) AS refs, array_agg(w.party_column) AS cols FROM entity_screen.watched_name w WHERE w.watch_id = %L AND NOT EXISTS (SELECT FROM (%s) q WHERE q.party_ref = w.party_ref AND q.party_column = w.party_column AND q.party IS NOT NULL)',
		item.watch_id, entity_screen.row_query(item.target,
			item.key_columns::text, item.party_columns::text,
			item.country_column, item.address_column, item.on_date_column))
	INTO part;
	PERFORM entity_screen.end_watch_fill(item.target, part.snapshot,
		part.refs, part.cols);
	RETURN true;
EXCEPTION
	WHEN lock_not_available OR deadlock_detected THEN
		RETURN false;
END;
$$;
COMMENT ON FUNCTION entity_screen.finish_fill(entity_screen.watch) IS
'The last step of refresh_watch(): drops what the table no longer holds; false when another transaction was in the way';

/*
 * refresh_step() - the next step of a fill, from what the last one wrote
 *
 * Few pages at a time: whoever changes one of these rows meanwhile waits for
 * the end of the step.  Returns whether the fill is done.
 */
CREATE FUNCTION entity_screen.refresh_step(target regclass,
										   begin_again boolean)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	pages CONSTANT integer := 4;
	item entity_screen.watch := entity_screen.watch_of(target);
	leaf oid := item.fill_relation;
	at_block bigint := item.fill_block;
BEGIN
	IF begin_again OR at_block IS NULL
		OR NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = leaf) THEN
		leaf := entity_screen.next_leaf(target, NULL);
		at_block := 0;
	END IF;
	WHILE leaf IS NOT NULL AND at_block * current_setting('block_size')::bigint
		>= pg_relation_size(leaf) LOOP
		leaf := entity_screen.next_leaf(target, leaf);
		at_block := 0;
	END LOOP;
	IF leaf IS NULL THEN
		RETURN entity_screen.finish_fill(item);
	END IF;
	IF NOT entity_screen.fill_span(item, leaf, at_block, pages) THEN
		PERFORM pg_sleep(0.1);
	END IF;
	RETURN false;
END;
$$;
COMMENT ON FUNCTION entity_screen.refresh_step(regclass, boolean) IS
'One step of refresh_watch(), with the rights of the caller; returns whether the fill is done';

/*
 * CALL refresh_watch(target, begin_again) - fill in the rows that are there
 *
 * begin_again	from the first page on, even if a fill was interrupted
 *
 * Commits every few hundred rows and goes on where it was when it was
 * interrupted; progress stands in entity_screen.watch (fill_block,
 * fill_rows).  A change of the table waits for one step at most.  Call it
 * again after ATTACH or DETACH PARTITION, after the triggers were disabled,
 * or after an upgrade that changes the normalizer.
 *
 * Runs with the rights of the caller, outside a transaction.  Errors: 42704
 * when the table is not watched, 42501 unless the caller owns it and sees
 * all of it, 2D000 inside a transaction.
 */
CREATE PROCEDURE entity_screen.refresh_watch(target regclass,
	begin_again boolean DEFAULT false)
LANGUAGE plpgsql
AS $$
DECLARE
	done boolean;
BEGIN
	PERFORM entity_screen.check_watch_table(target);
	done := entity_screen.refresh_step(target, begin_again);
	COMMIT;
	WHILE NOT done LOOP
		done := entity_screen.refresh_step(target, false);
		COMMIT;
	END LOOP;
END;
$$;
COMMENT ON PROCEDURE entity_screen.refresh_watch(regclass, boolean) IS
'Fills in the rows of a watched table that were there before, in steps that commit; goes on where it was interrupted';
