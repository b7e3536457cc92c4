/*
 * 54_evidence: what was screened, by whom, with what, and what came of it
 *
 * Append only.  screening_event has the single acts of guards (and the hits
 * of batch work), screening_run the runs over whole tables.
 */

/*
 * Evidence carries values and no foreign keys: it must stay readable when
 * what it speaks of is gone.
 */
CREATE TABLE entity_screen.screening_event (
	event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	event_at timestamptz NOT NULL,
	guard_id bigint,
	target text NOT NULL,
	run_id bigint,
	row_operation text NOT NULL CHECK (row_operation IN (
		'insert', 'update', 'release', 'screen')),
	party_ref text,
	party_column text,
	party text,
	country text,
	address text,
	on_date date,
	on_date_basis text CHECK (on_date_basis IN ('row', 'today')),
	action text NOT NULL CHECK (action IN (
		'observe', 'alert', 'hold', 'reject', 'release')),
	decision text NOT NULL CHECK (decision IN (
		'clear', 'observed', 'alerted', 'held', 'rejected', 'suppressed',
		'screening_failed', 'released')),
	reason text,
	hit_count integer NOT NULL,
	hits jsonb,
	threshold double precision,
	list_version bytea,
	normalizer_version integer NOT NULL,
	xid xid8 NOT NULL,
	session_user_name text NOT NULL,
	role_name text NOT NULL,
	application_name text
);
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
COMMENT ON COLUMN entity_screen.screening_event.run_id IS
'Run that it belongs to; null for a guard';
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
COMMENT ON COLUMN entity_screen.screening_event.threshold IS
'Lowest threshold that was applied';
COMMENT ON COLUMN entity_screen.screening_event.list_version IS
'SHA-256 over the versions of the lists that were asked';
COMMENT ON COLUMN entity_screen.screening_event.normalizer_version IS
'Version of the normalizer';
COMMENT ON COLUMN entity_screen.screening_event.xid IS
'Transaction that stored the row';
COMMENT ON COLUMN entity_screen.screening_event.session_user_name IS
'Who had logged in';
COMMENT ON COLUMN entity_screen.screening_event.role_name IS
'With whose rights the row was stored';
COMMENT ON COLUMN entity_screen.screening_event.application_name IS
'application_name of the session';

CREATE INDEX screening_event_at_idx ON entity_screen.screening_event
	USING brin (event_at);
CREATE INDEX screening_event_row_idx ON entity_screen.screening_event
	(guard_id, party_ref);

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
	config_id bigint,
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
COMMENT ON COLUMN entity_screen.screening_run.config_id IS
'Newest version of screening_config when the run started';
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
		MESSAGE = format('%s of table %I.%I is refused', TG_OP,
						 TG_TABLE_SCHEMA, TG_TABLE_NAME),
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
ALTER TABLE entity_screen.screening_config
	ENABLE ALWAYS TRIGGER screening_config_append_only;
ALTER TABLE entity_screen.screening_config
	ENABLE ALWAYS TRIGGER screening_config_no_truncate;
COMMENT ON TRIGGER screening_event_append_only
	ON entity_screen.screening_event IS 'Refuses changes of evidence';
COMMENT ON TRIGGER screening_event_no_truncate
	ON entity_screen.screening_event IS 'Refuses changes of evidence';
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
