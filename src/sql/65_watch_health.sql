/*
 * 65_watch_health: what keeps a watch from doing its work
 */

CREATE FUNCTION entity_screen.health_of_watches()
RETURNS TABLE (
	check_code text,
	status text,
	detail text,
	command text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT 'watch', 'error', format('%s is watched, but its triggers are missing or disabled',
			entity_screen.qualified_name(w.target)),
		CASE WHEN (SELECT count(*) FROM pg_trigger t
				 WHERE t.tgrelid = w.target
					AND t.tgfoid = 'entity_screen.watch_row()'::regprocedure) < 2
			THEN format('SELECT entity_screen.unwatch_table(%L); then entity_screen.watch_table() and CALL entity_screen.refresh_watch()',
						entity_screen.qualified_name(w.target))
			-- what a restore with --disable-triggers leaves
			ELSE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER zzz_entity_screen_watch, ENABLE ALWAYS TRIGGER zzz_entity_screen_watch_truncate; then CALL entity_screen.refresh_watch(%L)',
						w.target::regclass,
						entity_screen.qualified_name(w.target)) END
	FROM entity_screen.watch w
	WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = w.target)
		AND (SELECT count(*) FROM pg_trigger t
			 WHERE t.tgrelid = w.target AND t.tgenabled = 'A'
				AND t.tgfoid = 'entity_screen.watch_row()'::regprocedure) < 2
	UNION ALL
	SELECT 'watch', 'warning', format('watch %s belongs to a table that was dropped',
			w.watch_id), 'SELECT entity_screen.drop_stale_watches()'
	FROM entity_screen.watch w
	WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = w.target)
	UNION ALL
	SELECT 'watch', 'error', format('%s is watched, but its rows were never filled in to the end',
			entity_screen.qualified_name(w.target)),
		format('CALL entity_screen.refresh_watch(%L)', entity_screen.qualified_name(w.target))
	FROM entity_screen.watch w
	WHERE w.filled_at IS NULL
		AND EXISTS (SELECT FROM pg_class c WHERE c.oid = w.target)
	UNION ALL
	SELECT 'watch', 'error', format('%s is watched, but was never screened in full',
			entity_screen.qualified_name(w.target)),
		format('SELECT count(*) FROM entity_screen.rescreen_full(%L)',
			   entity_screen.qualified_name(w.target))
	FROM entity_screen.watch w
	WHERE w.filled_at IS NOT NULL AND w.screened_at IS NULL
		AND EXISTS (SELECT FROM pg_class c WHERE c.oid = w.target)
	UNION ALL
	SELECT 'watch', 'warning', format('the names of %s are of another version of the normalizer: searching them is slow',
			entity_screen.qualified_name(w.target)),
		format('CALL entity_screen.refresh_watch(%L)', entity_screen.qualified_name(w.target))
	FROM entity_screen.watch w
	WHERE w.normalizer_version <> entity_screen.normalizer_version()
		AND EXISTS (SELECT FROM pg_class c WHERE c.oid = w.target)
	UNION ALL
	SELECT 'rescreen', CASE WHEN r.swept_at IS NULL
				AND r.target <> 'guarded tables' THEN 'error'
			ELSE 'warning' END,
		format('%s: tranche %s (%s) %s', r.target, r.tranche_id, r.citation,
			CASE WHEN r.swept_at IS NULL THEN 'was not screened against it'
				ELSE 'needs another sweep' END)
			|| CASE WHEN cardinality(r.waits_for) > 0
				THEN format('; transactions from before it are open: %s',
							array_to_string(r.waits_for, ', '))
				ELSE '' END,
		'SELECT count(*) FROM entity_screen.rescreen_delta()'
	FROM entity_screen.open_rescreens() r
	UNION ALL
	SELECT 'rescreen', 'warning', format('%s: %s changed parties wait, the oldest since %s UTC',
			entity_screen.qualified_name(w.target), count(*), to_char(min(q.changed_at) AT TIME ZONE 'UTC',
										'YYYY-MM-DD HH24:MI')),
		'SELECT count(*) FROM entity_screen.rescreen_due()'
	FROM entity_screen.watch_queue q
	JOIN entity_screen.watch w ON w.watch_id = q.watch_id
	GROUP BY w.watch_id, w.target
	HAVING min(q.changed_at) < clock_timestamp() - interval '1 day'
	UNION ALL
	SELECT 'rescreen', 'warning', format('%s was screened last for %s: what a day brings waits',
			entity_screen.qualified_name(w.target), to_char(w.screened_on, 'YYYY-MM-DD')),
		'SELECT count(*) FROM entity_screen.rescreen_due()'
	FROM entity_screen.watch w
	WHERE w.screened_on < (now() AT TIME ZONE 'UTC')::date - 1
		AND EXISTS (SELECT FROM pg_class c WHERE c.oid = w.target)
	UNION ALL
	SELECT 'exception', 'warning', format('%s approved exceptions have expired and not been ended',
			count(*)), 'SELECT count(*) FROM entity_screen.review_exceptions()'
	FROM entity_screen.exception e
	WHERE e.exception_status = 'approved'
		AND e.valid_until < (now() AT TIME ZONE 'UTC')::date
	HAVING count(*) > 0;
END;
COMMENT ON FUNCTION entity_screen.health_of_watches() IS
'The part of health() about watched tables, rescreening and exceptions';

CREATE FUNCTION entity_screen.drop_stale_watches()
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gone bigint[] := ARRAY(
		SELECT w.watch_id FROM entity_screen.watch w
		WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = w.target));
BEGIN
	DELETE FROM entity_screen.watch w WHERE w.watch_id = ANY (gone);
	DELETE FROM entity_screen.watched_name w WHERE w.watch_id = ANY (gone);
	DELETE FROM entity_screen.watch_queue q WHERE q.watch_id = ANY (gone);
	DELETE FROM entity_screen.watch_hit h WHERE h.watch_id = ANY (gone);
	DELETE FROM entity_screen.rescreen r WHERE r.watch_id = ANY (gone);
	RETURN cardinality(gone);
END;
$$;
COMMENT ON FUNCTION entity_screen.drop_stale_watches() IS
'Forgets the watches of tables that were dropped; returns how many. Evidence and alerts stay.';
