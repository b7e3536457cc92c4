/*
 * 54_evidence: what was screened, by whom, with what, and what came of it
 *
 * Append only.  screening_event has the single acts of guards (and the hits
 * of batch work), screening_run the runs over whole tables.
 */

/*
 * With what a party was screened.  Events of the same lists, thresholds and
 * versions share a row.  There is no unique key: two transactions that meet
 * a new state of the lists at once each add a row, and neither waits.
 */
CREATE TABLE entity_screen.screening_context (
	context_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	list_codes text[] NOT NULL,
	thresholds double precision[] NOT NULL,
	weak_thresholds double precision[] NOT NULL,
	config_ids bigint[] NOT NULL,
	list_version bytea,
	normalizer_version integer NOT NULL,
	engine_version text NOT NULL,
	first_used_at timestamptz NOT NULL
);
COMMENT ON TABLE entity_screen.screening_context IS
'Evidence: with which lists, thresholds and versions parties were screened. Append only.';
COMMENT ON COLUMN entity_screen.screening_context.context_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.screening_context.list_codes IS
'Lists that were asked';
COMMENT ON COLUMN entity_screen.screening_context.thresholds IS
'Threshold of each of these lists';
COMMENT ON COLUMN entity_screen.screening_context.weak_thresholds IS
'Threshold of the weak aliases of each of these lists; null: alone they were no hit';
COMMENT ON COLUMN entity_screen.screening_context.config_ids IS
'Versions of screening_config that these thresholds are from; a threshold that was passed to a function is from none';
COMMENT ON COLUMN entity_screen.screening_context.list_version IS
'SHA-256 over the versions of these lists';
COMMENT ON COLUMN entity_screen.screening_context.normalizer_version IS
'Version of the normalizer';
COMMENT ON COLUMN entity_screen.screening_context.engine_version IS
'Version of the extension';
COMMENT ON COLUMN entity_screen.screening_context.first_used_at IS
'Clock time of the first event that has it';
CREATE INDEX screening_context_version_idx
	ON entity_screen.screening_context (list_version);

/*
 * Evidence carries values and no foreign keys: it must stay readable when
 * what it speaks of is gone.
 *
 * Partitions are months (UTC), made by make_evidence_partitions() only.  The
 * parent has no primary key and no index, each partition has its own: a dump
 * creates partitions and their keys after the extension has created the
 * parent, and would find those of the parent in its way.
 *
 * No CHECK: nobody but our own code writes here, and the server would parse
 * the expressions again for each row of a guard, a fifth of its time.
 */
CREATE TABLE entity_screen.screening_event (
	event_id bigint GENERATED ALWAYS AS IDENTITY,
	event_at timestamptz NOT NULL,
	guard_id bigint,
	run_id bigint,
	context_id bigint,
	target text NOT NULL,
	row_operation text NOT NULL,
	row_count bigint,
	party_ref text,
	party_column text,
	party text,
	country text,
	address text,
	on_date date,
	on_date_basis text,
	action text NOT NULL,
	decision text NOT NULL,
	reason text,
	hit_count integer NOT NULL,
	hits jsonb,
	xid xid8 NOT NULL,
	session_user_name text NOT NULL,
	role_name text NOT NULL,
	application_name text
) PARTITION BY RANGE (event_at);
COMMENT ON TABLE entity_screen.screening_event IS
'Evidence: one row for each party of each stored row that a guard screened. Append only.';
COMMENT ON COLUMN entity_screen.screening_event.event_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.screening_event.event_at IS
'Clock time of the decision';
COMMENT ON COLUMN entity_screen.screening_event.guard_id IS 'The guard';
COMMENT ON COLUMN entity_screen.screening_event.target IS
'The protected table, with schema, as it was called then';
COMMENT ON COLUMN entity_screen.screening_event.row_operation IS
'insert, update or release for a row of a protected table; screen for a run over a table';
COMMENT ON COLUMN entity_screen.screening_event.row_count IS
'Rows it stands for, where a guard only counts clean rows; null: one';
COMMENT ON COLUMN entity_screen.screening_event.run_id IS
'Run that it belongs to; null for a guard';
COMMENT ON COLUMN entity_screen.screening_event.context_id IS
'Row of screening_context: with which lists, thresholds and versions; null when they could not be determined';
COMMENT ON COLUMN entity_screen.screening_event.party_ref IS
'Key of the row: the value of the key column, or a JSON array of several';
COMMENT ON COLUMN entity_screen.screening_event.party_column IS
'Column that holds the party';
COMMENT ON COLUMN entity_screen.screening_event.party IS
'The party as stored';
COMMENT ON COLUMN entity_screen.screening_event.country IS
'Its country as stored';
COMMENT ON COLUMN entity_screen.screening_event.address IS
'Its address as stored';
COMMENT ON COLUMN entity_screen.screening_event.on_date IS
'The date the law was asked for';
COMMENT ON COLUMN entity_screen.screening_event.on_date_basis IS
'row: from the row; today: the row has no date';
COMMENT ON COLUMN entity_screen.screening_event.action IS
'Action of the guard';
COMMENT ON COLUMN entity_screen.screening_event.decision IS
'What came of it: clear, observed, alerted, held, rejected, suppressed (all hits are approved exceptions), screening_failed or released';
COMMENT ON COLUMN entity_screen.screening_event.reason IS
'Why screening failed (decision held with such a reason: not screened), or why a row was released';
COMMENT ON COLUMN entity_screen.screening_event.hit_count IS
'Entries hit';
COMMENT ON COLUMN entity_screen.screening_event.hits IS
'The rows of screen_party(), with explanation; null when there are none';
COMMENT ON COLUMN entity_screen.screening_event.xid IS
'Transaction that wrote this event: that of the row, or of the worker for a rejected one';
COMMENT ON COLUMN entity_screen.screening_event.session_user_name IS
'Who had logged in';
COMMENT ON COLUMN entity_screen.screening_event.role_name IS
'With whose rights the row was stored';
COMMENT ON COLUMN entity_screen.screening_event.application_name IS
'application_name of the session';

/*
 * What no month was made for.  No order waits for a partition; health()
 * tells when rows arrive here.
 */
CREATE TABLE entity_screen.screening_event_default
	PARTITION OF entity_screen.screening_event DEFAULT;
ALTER TABLE entity_screen.screening_event_default ADD PRIMARY KEY (event_id);
CREATE INDEX screening_event_default_party_ref_idx
	ON entity_screen.screening_event_default (party_ref);
CREATE INDEX screening_event_default_xid_idx
	ON entity_screen.screening_event_default (xid);
COMMENT ON TABLE entity_screen.screening_event_default IS
'Events of months without a partition of their own, see make_evidence_partitions()';
DO $$
DECLARE
	attribute record;
BEGIN
	FOR attribute IN
		SELECT a.attname,
			pg_catalog.col_description(a.attrelid, a.attnum) AS comment
		FROM pg_catalog.pg_attribute a
		WHERE a.attrelid = 'entity_screen.screening_event'::regclass
			AND a.attnum > 0
	LOOP
		EXECUTE format('COMMENT ON COLUMN entity_screen.screening_event_default.%I IS %L',
					   attribute.attname, attribute.comment);
	END LOOP;
END;
$$;

SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_context', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_context_context_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_event_default', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_event', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_event_event_id_seq', '');

/*
 * A run over a whole table writes one row here and an event for each party
 * with hits.  It is written when the run starts and finished once; nothing
 * else ever changes it.
 */
CREATE TABLE entity_screen.screening_run (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	run_kind text NOT NULL CHECK (run_kind IN (
		'screen_table', 'lookback', 'watch', 'delta', 'full', 'due',
		'preview', 'self_test')),
	target text,
	tranche_id bigint,
	arguments jsonb,
	list_codes text[],
	thresholds double precision[],
	weak_thresholds double precision[],
	config_ids bigint[],
	list_version bytea,
	normalizer_version integer NOT NULL,
	first_key text,
	last_key text,
	row_count bigint,
	hit_count bigint,
	alert_count bigint,
	input_digest bytea,
	started_at timestamptz NOT NULL,
	finished_at timestamptz,
	run_status text NOT NULL CHECK (run_status IN (
		'running', 'finished', 'failed')),
	failure text,
	session_user_name text NOT NULL,
	role_name text NOT NULL,
	CHECK ((run_status = 'running') = (finished_at IS NULL))
);
COMMENT ON TABLE entity_screen.screening_run IS
'Evidence: one row for each run over a table. Written at its start, finished once, never changed after that.';
COMMENT ON COLUMN entity_screen.screening_run.run_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.screening_run.run_kind IS
'screen_table, lookback, watch, delta, full, due, preview or self_test';
COMMENT ON COLUMN entity_screen.screening_run.target IS
'The table that was screened, with schema, as it was called then';
COMMENT ON COLUMN entity_screen.screening_run.tranche_id IS
'The tranche whose changes were screened, for a delta';
COMMENT ON COLUMN entity_screen.screening_run.arguments IS
'What the run was called with';
COMMENT ON COLUMN entity_screen.screening_run.list_codes IS
'Lists that were asked';
COMMENT ON COLUMN entity_screen.screening_run.thresholds IS
'Threshold of each of these lists';
COMMENT ON COLUMN entity_screen.screening_run.weak_thresholds IS
'Threshold of the weak aliases of each of these lists; null: alone they are no hit';
COMMENT ON COLUMN entity_screen.screening_run.config_ids IS
'Versions of screening_config that these thresholds are from';
COMMENT ON COLUMN entity_screen.screening_run.list_version IS
'SHA-256 over the versions of the lists that were asked';
COMMENT ON COLUMN entity_screen.screening_run.normalizer_version IS
'Version of the normalizer';
COMMENT ON COLUMN entity_screen.screening_run.first_key IS
'First key of the rows that were screened';
COMMENT ON COLUMN entity_screen.screening_run.last_key IS
'Last key of the rows that were screened';
COMMENT ON COLUMN entity_screen.screening_run.row_count IS
'Rows that were screened';
COMMENT ON COLUMN entity_screen.screening_run.hit_count IS
'Pairs of party and entry that were hit';
COMMENT ON COLUMN entity_screen.screening_run.alert_count IS
'Alerts that were opened';
COMMENT ON COLUMN entity_screen.screening_run.input_digest IS
'SHA-256 over the keys and parties that were screened, in the order of the keys';
COMMENT ON COLUMN entity_screen.screening_run.started_at IS
'Clock time of the start';
COMMENT ON COLUMN entity_screen.screening_run.finished_at IS
'Clock time of the end; null while it runs';
COMMENT ON COLUMN entity_screen.screening_run.run_status IS
'running, finished or failed';
COMMENT ON COLUMN entity_screen.screening_run.failure IS
'Why it failed';
COMMENT ON COLUMN entity_screen.screening_run.session_user_name IS
'Who had logged in';
COMMENT ON COLUMN entity_screen.screening_run.role_name IS
'With whose rights it ran';

SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_run', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_run_run_id_seq', '');
/* ---------------------------------------------------------------------
 * append only
 * ------------------------------------------------------------------ */

/*
 * Privileges stop ordinary roles; this stops the owner's slips.  A superuser
 * can still disable the trigger: that is documented, and what a hash chain
 * is for.  There is no trigger on INSERT, which would fire at restore.
 */
CREATE FUNCTION entity_screen.refuse_change()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'SC006',
		MESSAGE = format('%s of table %s is refused', TG_OP,
			coalesce(pg_partition_root(TG_RELID), TG_RELID::regclass)),
		DETAIL = 'The table is evidence: rows are only ever added.',
		HINT = 'Add a row that corrects the earlier one.';
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_change() IS
'Trigger function of tables that are append only: raises SC006';

CREATE TRIGGER screening_event_append_only
	BEFORE UPDATE OR DELETE ON entity_screen.screening_event
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER screening_event_no_truncate
	BEFORE TRUNCATE ON entity_screen.screening_event
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER screening_event_default_no_truncate
	BEFORE TRUNCATE ON entity_screen.screening_event_default
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER screening_context_append_only
	BEFORE UPDATE OR DELETE ON entity_screen.screening_context
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER screening_context_no_truncate
	BEFORE TRUNCATE ON entity_screen.screening_context
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER screening_config_append_only
	BEFORE UPDATE OR DELETE ON entity_screen.screening_config
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER screening_config_no_truncate
	BEFORE TRUNCATE ON entity_screen.screening_config
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
ALTER TABLE entity_screen.screening_event
	ENABLE ALWAYS TRIGGER screening_event_append_only;
ALTER TABLE entity_screen.screening_event
	ENABLE ALWAYS TRIGGER screening_event_no_truncate;
ALTER TABLE entity_screen.screening_event_default
	ENABLE ALWAYS TRIGGER screening_event_append_only;
ALTER TABLE entity_screen.screening_event_default
	ENABLE ALWAYS TRIGGER screening_event_default_no_truncate;
ALTER TABLE entity_screen.screening_context
	ENABLE ALWAYS TRIGGER screening_context_append_only;
ALTER TABLE entity_screen.screening_context
	ENABLE ALWAYS TRIGGER screening_context_no_truncate;
ALTER TABLE entity_screen.screening_config
	ENABLE ALWAYS TRIGGER screening_config_append_only;
ALTER TABLE entity_screen.screening_config
	ENABLE ALWAYS TRIGGER screening_config_no_truncate;
COMMENT ON TRIGGER screening_event_append_only
	ON entity_screen.screening_event IS 'Refuses changes of evidence';
COMMENT ON TRIGGER screening_event_no_truncate
	ON entity_screen.screening_event IS 'Refuses changes of evidence';
COMMENT ON TRIGGER screening_event_append_only
	ON entity_screen.screening_event_default IS
	'Refuses changes of evidence';
COMMENT ON TRIGGER screening_event_default_no_truncate
	ON entity_screen.screening_event_default IS
	'Refuses changes of evidence';
COMMENT ON TRIGGER screening_context_append_only
	ON entity_screen.screening_context IS 'Refuses changes of evidence';
COMMENT ON TRIGGER screening_context_no_truncate
	ON entity_screen.screening_context IS 'Refuses changes of evidence';
COMMENT ON TRIGGER screening_config_append_only
	ON entity_screen.screening_config IS 'Refuses changes of old versions';
COMMENT ON TRIGGER screening_config_no_truncate
	ON entity_screen.screening_config IS 'Refuses changes of old versions';

/*
 * A run may be finished, by one update of the columns that speak of its end.
 */
CREATE FUNCTION entity_screen.refuse_run_change()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	may_change CONSTANT text[] := ARRAY['last_key', 'row_count', 'hit_count',
		'alert_count', 'input_digest', 'finished_at', 'run_status',
		'failure'];
BEGIN
	IF OLD.run_status = 'running'
		AND to_jsonb(OLD) - may_change = to_jsonb(NEW) - may_change THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'SC006',
		MESSAGE = format('%s of table %I.%I is refused', TG_OP,
						 TG_TABLE_SCHEMA, TG_TABLE_NAME),
		DETAIL = 'A run that has ended is evidence, and what it started with is so from the start.',
		HINT = 'Run it again.';
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_run_change() IS
'Trigger function of screening_run: lets a run be finished, raises SC006 for any other change';

CREATE TRIGGER screening_run_finish_only
	BEFORE UPDATE ON entity_screen.screening_run
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_run_change();
CREATE TRIGGER screening_run_append_only
	BEFORE DELETE ON entity_screen.screening_run
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER screening_run_no_truncate
	BEFORE TRUNCATE ON entity_screen.screening_run
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
ALTER TABLE entity_screen.screening_run
	ENABLE ALWAYS TRIGGER screening_run_finish_only;
ALTER TABLE entity_screen.screening_run
	ENABLE ALWAYS TRIGGER screening_run_append_only;
ALTER TABLE entity_screen.screening_run
	ENABLE ALWAYS TRIGGER screening_run_no_truncate;
COMMENT ON TRIGGER screening_run_finish_only
	ON entity_screen.screening_run IS 'Lets a run be finished, once';
COMMENT ON TRIGGER screening_run_append_only
	ON entity_screen.screening_run IS 'Refuses changes of evidence';
COMMENT ON TRIGGER screening_run_no_truncate
	ON entity_screen.screening_run IS 'Refuses changes of evidence';

/* ---------------------------------------------------------------------
 * what the code that screens needs
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.engine_version()
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.engine_version() IS
'Version of the library that is loaded';

CREATE FUNCTION entity_screen.version_of_lists(list_codes text[])
RETURNS bytea
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT sha256(string_agg(p.list_version, ''::bytea ORDER BY p.list_code))
	FROM entity_screen.list_state p
	WHERE p.list_code = ANY (list_codes);
END;
COMMENT ON FUNCTION entity_screen.version_of_lists(text[]) IS
'SHA-256 over the versions of these lists';

/*
 * context_of(list_codes, thresholds, ...) - the row of screening_context for
 * these
 *
 * Internal: whoever writes events calls it with the rights of the owner.
 */
CREATE FUNCTION entity_screen.context_of(list_codes text[],
	thresholds double precision[], weak_thresholds double precision[],
	config_ids bigint[], list_version bytea)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	SELECT c.context_id INTO id
	FROM entity_screen.screening_context c
	WHERE c.list_version = context_of.list_version
		AND c.list_codes = context_of.list_codes
		AND c.thresholds = context_of.thresholds
		AND c.weak_thresholds = context_of.weak_thresholds
		AND c.config_ids = context_of.config_ids
		AND c.normalizer_version = entity_screen.normalizer_version()
		AND c.engine_version = entity_screen.engine_version()
	ORDER BY c.context_id
	LIMIT 1;
	IF id IS NULL THEN
		INSERT INTO entity_screen.screening_context (list_codes, thresholds,
			weak_thresholds, config_ids, list_version, normalizer_version,
			engine_version, first_used_at)
		VALUES (context_of.list_codes, context_of.thresholds,
			context_of.weak_thresholds, context_of.config_ids,
			context_of.list_version, entity_screen.normalizer_version(),
			entity_screen.engine_version(), clock_timestamp())
		RETURNING context_id INTO id;
	END IF;
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.context_of(text[], double precision[], double precision[], bigint[], bytea) IS
'Internal: the row of screening_context for these lists, thresholds and version, added when there is none';

/*
 * The version of the lists is passed and not read here: it is that of the
 * snapshot the parties are searched under, which may be an older one.
 */
CREATE FUNCTION entity_screen.context_row(list_codes text[],
	thresholds double precision[], weak_thresholds double precision[],
	config_ids bigint[], list_version bytea)
RETURNS entity_screen.screening_context
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	id bigint := entity_screen.context_of(list_codes, thresholds,
		weak_thresholds, config_ids, list_version);
	context entity_screen.screening_context;
BEGIN
	SELECT c.* INTO context FROM entity_screen.screening_context c
	WHERE c.context_id = id;
	RETURN context;
END;
$$;
COMMENT ON FUNCTION entity_screen.context_row(text[], double precision[], double precision[], bigint[], bytea) IS
'Internal: the row of context_of() for these lists in this version';

/*
 * Until when what screening_scope() says holds if nothing is changed: a day
 * begins in the time zone of a list, or a list becomes too old.
 */
CREATE FUNCTION entity_screen.scope_holds_until(list_codes text[])
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT min(least(
		((now() AT TIME ZONE l.time_zone)::date + 1)::timestamp
			AT TIME ZONE l.time_zone,
		p.loaded_at + coalesce(o.max_list_age, l.max_list_age)))
	FROM entity_screen.screening_list l
	LEFT JOIN entity_screen.list_state p ON p.list_code = l.list_code
	LEFT JOIN entity_screen.list_setting o ON o.list_code = l.list_code
	WHERE l.list_code = ANY (list_codes);
END;
COMMENT ON FUNCTION entity_screen.scope_holds_until(text[]) IS
'Internal: when a day begins in the time zone of one of the lists, or one becomes too old';

/* ---------------------------------------------------------------------
 * partitions
 * ------------------------------------------------------------------ */

/*
 * One month.  The table is made apart and attached, which stops no guard
 * that stores events meanwhile; CREATE TABLE ... PARTITION OF would.  It is
 * no member of the extension, so pg_dump takes it along with its rows.
 */
CREATE FUNCTION entity_screen.make_evidence_partition(month date)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	partition text := 'screening_event_' || to_char(month, 'YYYY_MM');
	name text := format('entity_screen.%I', partition);
BEGIN
	IF month IS NULL OR NOT isfinite(month)
		OR date_trunc('month', month) <> month THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('%s is not the first day of a month',
							 coalesce(month::text, 'null')),
			DETAIL = 'Partitions of evidence are months.',
			HINT = 'Use entity_screen.make_evidence_partitions().';
	END IF;
	EXECUTE format('CREATE TABLE %s (LIKE entity_screen.screening_event INCLUDING CONSTRAINTS INCLUDING STORAGE)',
				   name);
	EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY (event_id)',
				   name, partition || '_pkey');
	EXECUTE format('CREATE INDEX %I ON %s (party_ref)',
				   partition || '_party_ref_idx', name);
	EXECUTE format('CREATE INDEX %I ON %s (xid)', partition || '_xid_idx',
				   name);
	EXECUTE format('CREATE TRIGGER screening_event_no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change()',
				   name);
	EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER screening_event_no_truncate',
				   name);
	EXECUTE format('ALTER TABLE entity_screen.screening_event ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
				   name, to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
				   to_char(month + interval '1 month', 'YYYY-MM-DD')
				   || ' 00:00:00+00');
	EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER screening_event_append_only',
				   name);
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
	EXECUTE format('COMMENT ON TABLE %s IS %L', name,
				   'Events of one month, UTC');
END;
$$;
COMMENT ON FUNCTION entity_screen.make_evidence_partition(date) IS
'Internal: makes the partition of screening_event for a month, given by its first day';

/*
 * make_evidence_partitions(months_ahead) - partitions of this month and the
 * next ones
 *
 * Called by protect_table(), watch_table() and seal_audit(); by hand where
 * none of them is.  A month whose events are in the default partition already
 * stays there.  Returns how many were made.  Errors: 22023, 55P03.
 */
CREATE FUNCTION entity_screen.make_evidence_partitions(
	months_ahead integer DEFAULT 3)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
	month date;
	made integer := 0;
BEGIN
	IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 120 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('months_ahead %s is out of range',
							 coalesce(months_ahead::text, 'null')),
			DETAIL = 'Partitions are made for this month and 0 to 120 more.',
			HINT = 'Leave it out for 3.';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtext('entity_screen'),
								  hashtext('make_evidence_partitions'));
	FOR month IN
		SELECT (date_trunc('month', now()) + n * interval '1 month')::date
		FROM generate_series(0, months_ahead) n
	LOOP
		CONTINUE WHEN to_regclass('entity_screen.screening_event_'
			|| to_char(month, 'YYYY_MM')) IS NOT NULL;
		CONTINUE WHEN EXISTS (
			SELECT FROM entity_screen.screening_event_default e
			WHERE e.event_at >= month::timestamptz
				AND e.event_at < (month + interval '1 month')::timestamptz);
		PERFORM entity_screen.make_evidence_partition(month);
		made := made + 1;
	END LOOP;
	PERFORM entity_screen.keep_extension();
	RETURN made;
END;
$$;
COMMENT ON FUNCTION entity_screen.make_evidence_partitions(integer) IS
'Makes the partitions of screening_event for this month and the next ones; returns how many';

/*
 * A plain DROP EXTENSION must not take the evidence along.  This view is no
 * member of the extension and depends on it, so that the drop is refused
 * unless it says CASCADE; no other DROP is touched.  end_retention() removes
 * it.
 */
CREATE FUNCTION entity_screen.keep_extension()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF to_regclass('entity_screen.retained_evidence') IS NULL THEN
		CREATE VIEW entity_screen.retained_evidence AS
			SELECT count(*) AS event_count, min(e.event_at) AS first_event_at,
				max(e.event_at) AS last_event_at
			FROM entity_screen.screening_event e;
		COMMENT ON VIEW entity_screen.retained_evidence IS
		'Keeps DROP EXTENSION from taking the evidence along; see entity_screen.end_retention()';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.keep_extension() IS
'Internal: makes the view on which a plain DROP EXTENSION founders';
