/*
 * 75_health: is the control at work, and what to do when it is not
 *
 * Each room of checks is a function of its own with the same columns;
 * health() puts them together.  Reads only; runs with the rights of the
 * caller, so that a check of a user's table shows what the caller may see.
 */

CREATE FUNCTION entity_screen.stored_normalizer_version(
	@extschema@.entity_name)
RETURNS integer
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.stored_normalizer_version(@extschema@.entity_name) IS
'Version of the normalizer that made a stored name';

CREATE FUNCTION entity_screen.health_of_lists()
RETURNS TABLE (
	check_code text,
	status text,
	detail text,
	command text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT 'list_usable', 'error',
		format('list %s: %s', s.list_code, s.problem),
		CASE WHEN s.problem LIKE 'names made by%'
			THEN format('SELECT entity_screen.refresh_names(%L)', s.list_code)
			ELSE format('load the newest state of list %s', s.list_code) END
	FROM entity_screen.v_list_status s
	WHERE s.problem IS NOT NULL AND s.loaded_at IS NOT NULL
	UNION ALL
	SELECT 'list_usable', 'error', 'no list is loaded',
		'load a list, say with entity_screen.load_tranche()'
	WHERE NOT EXISTS (SELECT FROM entity_screen.list_state)
	UNION ALL
	SELECT 'list_age', 'warning',
		format('list %s is %s old and may be %s', s.list_code,
			   date_trunc('hour', s.list_age), s.max_list_age),
		format('load the newest state of list %s', s.list_code)
	FROM entity_screen.v_list_status s
	WHERE s.problem IS NULL AND s.list_age > s.max_list_age * 0.8
	UNION ALL
	SELECT 'list_age', 'warning',
		format('the newest snapshot of list %s is of %s: what is loaded may be an old file',
			   s.list_code, entity_screen.newest_snapshot_on(s.list_code)),
		format('load the newest state of list %s', s.list_code)
	FROM entity_screen.v_list_status s
	WHERE s.problem IS NULL
		AND entity_screen.newest_snapshot_on(s.list_code)
			< now() - s.max_list_age - interval '1 day'
	UNION ALL
	SELECT 'list_age', 'warning',
		format('list %s has no maximal age: a load that stops goes unnoticed',
			   s.list_code),
		format('INSERT INTO entity_screen.list_setting (list_code, max_list_age) VALUES (%L, ''14 days'')',
			   s.list_code)
	FROM entity_screen.v_list_status s
	WHERE s.loaded_at IS NOT NULL AND s.max_list_age IS NULL
	UNION ALL
	SELECT 'list_conflict', 'warning',
		format('list %s: %s statements of loaded files wait', s.list_code,
			   s.open_conflicts),
		'SELECT * FROM entity_screen.load_conflict WHERE resolved_by_tranche_id IS NULL'
	FROM entity_screen.v_list_status s
	WHERE s.open_conflicts > 0
	UNION ALL
	SELECT 'tranche_waiting', 'error',
		format('tranche %s (%s) of list %s is loaded and not in force: %s',
			   t.tranche_id, coalesce(t.citation, t.document_number),
			   t.list_code, t.status_reason),
		format('SELECT entity_screen.approve_tranche(%s)', t.tranche_id)
	FROM entity_screen.tranche t
	WHERE t.status = 'pending'
	UNION ALL
	SELECT 'list_reference', 'error',
		format('%s rows of %s refer to a missing %s', r.dangling, r.relation,
			   r.refers_to),
		'restore the tables of entity_screen from a backup'
	FROM entity_screen.check_references() r;
END;
COMMENT ON FUNCTION entity_screen.health_of_lists() IS
'The part of health() about lists';

CREATE FUNCTION entity_screen.health_of_indexes()
RETURNS TABLE (
	check_code text,
	status text,
	detail text,
	command text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT 'index', 'error',
		'the index on entity_screen.entry_name is missing or invalid: screening is slow, its answers are right',
		'CREATE INDEX ON entity_screen.entry_name USING gin (name)'
	WHERE NOT EXISTS (
		SELECT FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid
		JOIN pg_am m ON m.oid = c.relam AND m.amname = 'gin'
		WHERE i.indrelid = 'entity_screen.entry_name'::regclass
			AND i.indisvalid AND i.indisready)
	UNION ALL
	SELECT 'index', 'error',
		format('index %s is invalid', i.indexrelid::regclass),
		format('REINDEX INDEX CONCURRENTLY %s', i.indexrelid::regclass)
	FROM pg_index i
	WHERE NOT i.indisvalid AND EXISTS (
		SELECT FROM pg_opclass o
		WHERE o.oid = ANY (i.indclass::oid[])
			AND o.opcintype = '@extschema@.entity_name'::regtype)
	UNION ALL
	SELECT 'engine', 'error',
		format('the library is %s, the objects of the extension are %s',
			   entity_screen.engine_version(), x.extversion),
		'ALTER EXTENSION entity_screen UPDATE'
	FROM pg_extension x
	WHERE x.extname = 'entity_screen'
		AND x.extversion <> entity_screen.engine_version();
END;
COMMENT ON FUNCTION entity_screen.health_of_indexes() IS
'The part of health() about indexes and the version of the library';

/*
 * Columns of type entity_name of the site's own tables: the first names in
 * storage are the oldest, so they are stale first.
 */
CREATE FUNCTION entity_screen.health_of_columns()
RETURNS TABLE (
	check_code text,
	status text,
	detail text,
	command text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	stored record;
	stale bigint;
BEGIN
	FOR stored IN
		SELECT a.attrelid::regclass AS relation, a.attname,
			a.attgenerated <> '' AS is_generated,
			has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS may_read
		FROM pg_attribute a
		JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'm')
		WHERE a.atttypid = '@extschema@.entity_name'::regtype
			AND NOT a.attisdropped
			AND c.relnamespace <> 'entity_screen'::regnamespace
			AND c.relpersistence <> 't'
		ORDER BY 1, a.attnum
	LOOP
		CONTINUE WHEN NOT stored.may_read;
		EXECUTE format('SELECT count(*) FROM (SELECT t.%1$I AS name FROM %2$s t LIMIT 1000) s WHERE entity_screen.stored_normalizer_version(s.name) <> $1',
					   stored.attname, stored.relation)
			INTO stale USING entity_screen.normalizer_version();
		CONTINUE WHEN stale = 0;
		RETURN QUERY SELECT 'stale_name', 'warning',
			format('column %I of %s: %s of the first 1000 names are of another normalizer, right but slow',
				   stored.attname, stored.relation, stale),
			format('UPDATE %s SET %I = %s', stored.relation, stored.attname,
				   CASE WHEN stored.is_generated THEN 'DEFAULT'
					ELSE format('%I::text', stored.attname) END);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.health_of_columns() IS
'The part of health() about columns of type entity_name of the site''s own tables, as far as the caller may read them';

/*
 * Owners and superusers can switch a guard off; who they are is said, since
 * it cannot be prevented.
 */
CREATE FUNCTION entity_screen.health_of_guards()
RETURNS TABLE (
	check_code text,
	status text,
	detail text,
	command text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT 'guard', 'error', format('table %s: %s', g.target, g.problem),
		CASE
			WHEN g.problem = 'table dropped'
				THEN 'SELECT entity_screen.drop_stale_guards()'
			WHEN g.problem = 'triggers dropped or disabled' AND EXISTS (
				SELECT FROM pg_trigger t
				WHERE t.tgrelid = to_regclass(g.target) AND t.tgfoid
					= 'entity_screen.guard_record()'::regprocedure)
				THEN format('SELECT entity_screen.alter_protection(%L, on_replica => %L)',
							g.target, o.on_replica)
			WHEN g.problem LIKE 'rows of child%'
				THEN 'protect the child tables too'
			ELSE format('SELECT entity_screen.unprotect_table(%L); then entity_screen.protect_table()',
						g.target) END
	FROM entity_screen.v_guard g
	JOIN entity_screen.guard o ON o.guard_id = g.guard_id
	WHERE g.problem IS NOT NULL
	UNION ALL
	SELECT 'guard_key', 'warning',
		format('table %s is protected without a key: its rows cannot be released or told apart',
			   o.target),
		format('ALTER TABLE %s ADD PRIMARY KEY ..., then protect it again',
			   o.target)
	FROM entity_screen.guard o
	JOIN pg_class c ON c.oid = o.target
	WHERE cardinality(o.key_columns) = 0
	UNION ALL
	SELECT 'guard_bypass', 'warning',
		format('table %s: rows that replication brings are not screened',
			   o.target),
		format('SELECT entity_screen.alter_protection(%L, on_replica => ''screen'')',
			   o.target)
	FROM entity_screen.guard o
	JOIN pg_class c ON c.oid = o.target
	WHERE o.on_replica = 'skip'
	UNION ALL
	SELECT 'guard_bypass', 'info',
		format('table %s: owner %s can disable its guard', o.target,
			   pg_get_userbyid(c.relowner)),
		format('SELECT * FROM entity_screen.unscreened_rows(%L)', o.target)
	FROM entity_screen.guard o
	JOIN pg_class c ON c.oid = o.target
	UNION ALL
	SELECT 'guard_bypass', 'info',
		format('superusers can disable guards and change evidence: %s',
			   string_agg(r.rolname, ', ' ORDER BY r.rolname)),
		'SELECT * FROM entity_screen.verify_audit()'
	FROM pg_roles r
	WHERE r.rolsuper
	HAVING EXISTS (SELECT FROM entity_screen.guard);
END;
COMMENT ON FUNCTION entity_screen.health_of_guards() IS
'The part of health() about guards, and who could go round them';

/*
 * What keeps events from being sealed: the transaction that holds the xmin.
 */
CREATE FUNCTION entity_screen.oldest_transaction()
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT o.who
	FROM (
		SELECT format('session %s of %s', a.pid, a.usename) AS who,
			age(coalesce(a.backend_xid, a.backend_xmin)) AS age
		FROM pg_stat_activity a
		WHERE a.pid <> pg_backend_pid()
			AND coalesce(a.backend_xid, a.backend_xmin) IS NOT NULL
		UNION ALL
		SELECT format('prepared transaction %s', p.gid), age(p.transaction)
		FROM pg_prepared_xacts p) o
	ORDER BY o.age DESC
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.oldest_transaction() IS
'Who runs the oldest transaction; null when nobody else runs one';

CREATE FUNCTION entity_screen.health_of_evidence()
RETURNS TABLE (
	check_code text,
	status text,
	detail text,
	command text)
LANGUAGE sql STABLE
SET timezone = 'UTC'
BEGIN ATOMIC
	SELECT 'unsealed',
		CASE WHEN u.first_at < now() - interval '1 day' THEN 'error'
			ELSE 'warning' END,
		format('%s events are not chained, the first of %s%s', u.events,
			   date_trunc('second', u.first_at),
			   '; oldest transaction: '
			   || entity_screen.oldest_transaction()),
		'SELECT * FROM entity_screen.seal_audit()'
	FROM (
		SELECT count(*) AS events, min(e.event_at) AS first_at
		FROM entity_screen.screening_event e
		WHERE entity_screen.chain_is_foreign()
			OR e.xid >= (SELECT entity_screen.sealed_until())) u
	WHERE u.first_at < now() - interval '15 minutes'
	UNION ALL
	SELECT 'partition',
		CASE WHEN d.last_at > now() - interval '40 days' THEN 'warning'
			ELSE 'info' END,
		format('events are in screening_event_default, which is never pruned, the last of %s',
			   date_trunc('day', d.last_at)::date),
		'call entity_screen.seal_audit() regularly: it makes partitions ahead'
	FROM (
		SELECT max(e.event_at) AS last_at
		FROM entity_screen.screening_event_default e) d
	WHERE d.last_at IS NOT NULL
	UNION ALL
	SELECT 'partition', 'warning',
		'there is no partition of screening_event for the next month',
		'SELECT entity_screen.make_evidence_partitions()'
	WHERE EXISTS (SELECT FROM entity_screen.guard)
		AND to_regclass('entity_screen.screening_event_'
			|| to_char(now() + interval '1 month', 'YYYY_MM')) IS NULL
	UNION ALL
	SELECT 'append_only', 'error',
		format('%s is not kept from being changed: triggers %s are disabled, or not under replication',
			   t.tgrelid::regclass, string_agg(t.tgname, ', ' ORDER BY t.tgname)),
		format('ALTER TABLE %s %s', t.tgrelid::regclass,
			   string_agg(format('ENABLE ALWAYS TRIGGER %I', t.tgname), ', '
						  ORDER BY t.tgname))
	FROM pg_trigger t
	JOIN pg_class c ON c.oid = t.tgrelid
	WHERE c.relnamespace = 'entity_screen'::regnamespace
		AND NOT t.tgisinternal AND t.tgenabled <> 'A'
		AND t.tgfoid <> 'entity_screen.refuse_shipped_change()'::regprocedure
	GROUP BY t.tgrelid
	UNION ALL
	SELECT 'worker', 'error',
		'max_worker_processes is 0: the evidence of rejected rows goes to the server log only',
		'ALTER SYSTEM SET max_worker_processes = 8, then restart'
	WHERE current_setting('max_worker_processes')::integer = 0
	UNION ALL
	SELECT 'worker', 'warning',
		format('all %s worker slots are taken: the evidence of rejected rows may have to wait',
			   current_setting('max_worker_processes')),
		'ALTER SYSTEM SET max_worker_processes = 16, then restart'
	WHERE current_setting('max_worker_processes')::integer BETWEEN 1 AND (
		SELECT count(*) FROM pg_stat_activity a
		WHERE a.backend_type IN ('parallel worker',
			'logical replication launcher', 'logical replication worker')
			OR a.backend_type LIKE 'entity_screen%');
END;
COMMENT ON FUNCTION entity_screen.health_of_evidence() IS
'The part of health() about evidence: sealing, partitions, workers';

CREATE FUNCTION entity_screen.health_of_chain()
RETURNS TABLE (
	check_code text,
	status text,
	detail text,
	command text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT 'chain', 'error',
		format('%s: block %s, event %s: %s', v.finding,
			   coalesce(v.block_no::text, 'none'),
			   coalesce(v.event_id::text, 'none'), v.detail),
		'SELECT * FROM entity_screen.verify_audit()'
	FROM entity_screen.verify_audit() v
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.health_of_chain() IS
'The part of health() that recomputes the chain';

CREATE FUNCTION entity_screen.health_finding(deep boolean)
RETURNS TABLE (
	check_code text,
	status text,
	detail text,
	command text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT * FROM entity_screen.health_of_lists()
	UNION ALL SELECT * FROM entity_screen.health_of_indexes()
	UNION ALL SELECT * FROM entity_screen.health_of_columns()
	UNION ALL SELECT * FROM entity_screen.health_of_guards()
	UNION ALL SELECT * FROM entity_screen.health_of_evidence()
	UNION ALL SELECT * FROM entity_screen.health_of_watches()
	UNION ALL SELECT c.* FROM entity_screen.health_of_chain() c WHERE deep
	UNION ALL
	SELECT 'version', 'error',
		format('the library is of version %s, the functions and tables of this database are of %s',
			   entity_screen.engine_version(), e.extversion),
		'ALTER EXTENSION entity_screen UPDATE'
	FROM pg_extension e
	WHERE e.extname = 'entity_screen'
		AND e.extversion <> entity_screen.engine_version();
END;
COMMENT ON FUNCTION entity_screen.health_finding(boolean) IS
'What the parts of health() find';

/*
 * health(deep) - is the control at work?
 *
 * deep	 also recompute the chain over the evidence, which reads all of it
 *
 * One row for each finding, errors first, and one row ok for each check
 * that found nothing.  status: error (rows may pass unscreened, or all are
 * stopped, or evidence is at risk), warning, info (cannot be prevented, but
 * should be known), ok.  command: what mends it.
 */
CREATE FUNCTION entity_screen.health(deep boolean DEFAULT false)
RETURNS TABLE (
	check_code text,
	status text,
	detail text,
	command text)
LANGUAGE sql STABLE
SET jit = off
BEGIN ATOMIC
	WITH found AS MATERIALIZED (
		SELECT * FROM entity_screen.health_finding(coalesce(deep, false))
	)
	SELECT h.check_code, h.status, h.detail, h.command
	FROM (
		SELECT f.* FROM found f
		UNION ALL
		SELECT c.code, 'ok', c.meaning, NULL
		FROM (VALUES
			('list_usable', 'every loaded list can be screened'),
			('list_age', 'lists are fresh'),
			('list_conflict', 'no statement of a loaded file waits'),
			('tranche_waiting', 'no tranche waits for approval'),
			('list_reference', 'the lists are whole'),
			('index', 'indexes are there and valid'),
			('engine', 'library and extension are of one version'),
			('stale_name', 'stored names are of the present normalizer'),
			('guard', 'every guard is at work'),
			('guard_key', 'protected tables have keys'),
			('watch', 'every watched table is kept current'),
			('rescreen', 'watched tables are screened against every tranche'),
			('exception', 'expired exceptions were ended'),
			('unsealed', 'the evidence is chained'),
			('partition', 'there are partitions for the evidence'),
			('worker', 'there are workers for rejected rows'),
			('chain', CASE WHEN deep THEN 'the chain is whole'
				ELSE 'not recomputed: health(deep => true)' END))
			AS c (code, meaning)
		WHERE NOT EXISTS (
			SELECT FROM found f WHERE f.check_code = c.code)) h
	ORDER BY array_position(ARRAY['error', 'warning', 'info', 'ok'],
							h.status), h.check_code, h.detail;
END;
COMMENT ON FUNCTION entity_screen.health(boolean) IS
'Is the control at work? One row for each finding with the command that mends it, and one for each check that found nothing. deep also recomputes the chain.';
