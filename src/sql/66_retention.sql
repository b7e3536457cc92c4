/*
 * 66_retention: how long evidence is kept, and how it goes
 */

CREATE TABLE entity_screen.retention_setting (
	setting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	retain_for interval NOT NULL CHECK (retain_for >= interval '1 year'),
	reason text NOT NULL CHECK (reason <> ''),
	set_by text NOT NULL,
	set_at timestamptz NOT NULL,
	is_shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE entity_screen.retention_setting IS
'How long evidence is kept, every version of it: the newest counts. Append only, through set_retention().';
COMMENT ON COLUMN entity_screen.retention_setting.setting_id IS
'Version number';
COMMENT ON COLUMN entity_screen.retention_setting.retain_for IS
'Age below which no event may be pruned, at least one year';
COMMENT ON COLUMN entity_screen.retention_setting.reason IS 'Why';
COMMENT ON COLUMN entity_screen.retention_setting.set_by IS
'Session user who set it';
COMMENT ON COLUMN entity_screen.retention_setting.set_at IS 'When';
COMMENT ON COLUMN entity_screen.retention_setting.is_shipped IS
'True for the default of the install script, which pg_dump leaves out';
INSERT INTO entity_screen.retention_setting
	(retain_for, reason, set_by, set_at, is_shipped)
VALUES ('10 years', 'default of the extension: 31 CFR 501.601',
		'entity_screen', '2020-01-01 00:00:00+00', true);

CREATE TABLE entity_screen.legal_hold (
	hold_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	target text,
	party_ref text,
	from_on date NOT NULL,
	to_on date NOT NULL,
	reason text NOT NULL CHECK (reason <> ''),
	placed_by text NOT NULL,
	placed_at timestamptz NOT NULL,
	lifted_by text,
	lifted_at timestamptz,
	lift_reason text,
	CHECK (from_on <= to_on),
	CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)
		AND (lifted_at IS NULL) = (lift_reason IS NULL))
);
COMMENT ON TABLE entity_screen.legal_hold IS
'Evidence that must not be pruned, whatever its age, until the hold is lifted';
COMMENT ON COLUMN entity_screen.legal_hold.hold_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.legal_hold.target IS
'Table whose events are held, with schema; null: of all tables';
COMMENT ON COLUMN entity_screen.legal_hold.party_ref IS
'Key of the row whose events are held; null: of all rows';
COMMENT ON COLUMN entity_screen.legal_hold.from_on IS
'First day (UTC) of the events that are held';
COMMENT ON COLUMN entity_screen.legal_hold.to_on IS
'Last day (UTC) of the events that are held';
COMMENT ON COLUMN entity_screen.legal_hold.reason IS 'Why';
COMMENT ON COLUMN entity_screen.legal_hold.placed_by IS
'Session user who placed it';
COMMENT ON COLUMN entity_screen.legal_hold.placed_at IS 'When';
COMMENT ON COLUMN entity_screen.legal_hold.lifted_by IS
'Session user who lifted it; null: it stands';
COMMENT ON COLUMN entity_screen.legal_hold.lifted_at IS
'When it was lifted';
COMMENT ON COLUMN entity_screen.legal_hold.lift_reason IS
'Why it was lifted';

SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.retention_setting', 'WHERE NOT is_shipped');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.retention_setting_setting_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.legal_hold', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.legal_hold_hold_id_seq', '');

/*
 * A hold may be lifted, once.
 */
CREATE FUNCTION entity_screen.refuse_hold_change()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	may_change CONSTANT text[] := ARRAY['lifted_by', 'lifted_at',
		'lift_reason'];
BEGIN
	IF OLD.lifted_at IS NULL
		AND to_jsonb(OLD) - may_change = to_jsonb(NEW) - may_change THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'SC006',
		MESSAGE = 'UPDATE of table entity_screen.legal_hold is refused',
		DETAIL = 'A legal hold is lifted once and not changed otherwise.',
		HINT = 'Place another one with entity_screen.place_legal_hold().';
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_hold_change() IS
'Trigger function of legal_hold: lets a hold be lifted, raises SC006 for any other change';

CREATE TRIGGER retention_setting_append_only
	BEFORE UPDATE OR DELETE ON entity_screen.retention_setting
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER retention_setting_no_truncate
	BEFORE TRUNCATE ON entity_screen.retention_setting
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER legal_hold_lift_only
	BEFORE UPDATE ON entity_screen.legal_hold
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_hold_change();
CREATE TRIGGER legal_hold_append_only
	BEFORE DELETE ON entity_screen.legal_hold
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER legal_hold_no_truncate
	BEFORE TRUNCATE ON entity_screen.legal_hold
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
ALTER TABLE entity_screen.retention_setting
	ENABLE ALWAYS TRIGGER retention_setting_append_only;
ALTER TABLE entity_screen.retention_setting
	ENABLE ALWAYS TRIGGER retention_setting_no_truncate;
ALTER TABLE entity_screen.legal_hold
	ENABLE ALWAYS TRIGGER legal_hold_lift_only;
ALTER TABLE entity_screen.legal_hold
	ENABLE ALWAYS TRIGGER legal_hold_append_only;
ALTER TABLE entity_screen.legal_hold
	ENABLE ALWAYS TRIGGER legal_hold_no_truncate;
COMMENT ON TRIGGER retention_setting_append_only
	ON entity_screen.retention_setting IS
	'Refuses changes of old versions';
COMMENT ON TRIGGER retention_setting_no_truncate
	ON entity_screen.retention_setting IS
	'Refuses changes of old versions';
COMMENT ON TRIGGER legal_hold_lift_only ON entity_screen.legal_hold IS
'Lets a hold be lifted, once';
COMMENT ON TRIGGER legal_hold_append_only ON entity_screen.legal_hold IS
'Refuses deletions';
COMMENT ON TRIGGER legal_hold_no_truncate ON entity_screen.legal_hold IS
'Refuses deletions';

CREATE FUNCTION entity_screen.current_retention()
RETURNS interval
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT s.retain_for FROM entity_screen.retention_setting s
	ORDER BY s.setting_id DESC LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.current_retention() IS
'Age below which no event may be pruned';

/*
 * set_retention(retain_for, reason) - how long evidence is kept
 *
 * At least one year; the default is ten.  Errors: 22023, 22004.
 */
CREATE FUNCTION entity_screen.set_retention(retain_for interval, reason text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	PERFORM entity_screen.check_reason(reason, 'a retention');
	IF set_retention.retain_for IS NULL
		OR set_retention.retain_for < interval '1 year' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('retention of %s is too short',
							 coalesce(set_retention.retain_for::text, 'null')),
			DETAIL = 'Evidence is kept for a year at least.',
			HINT = '15 CFR 762.6 asks for five years, 31 CFR 501.601 for ten.';
	END IF;
	INSERT INTO entity_screen.retention_setting
		(retain_for, reason, set_by, set_at)
	VALUES (set_retention.retain_for, set_retention.reason, session_user,
			clock_timestamp())
	RETURNING setting_id INTO id;
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.set_retention(interval, text) IS
'Sets how long evidence is kept, a year at least; returns the number of the version. 22023, 22004.';

/*
 * place_legal_hold(reason, from_on, to_on, target, party_ref)
 *
 * Keeps the months of matching events from being pruned until
 * lift_legal_hold().  Returns the number of the hold.  Errors: 22004, 22023.
 */
CREATE FUNCTION entity_screen.place_legal_hold(reason text,
	from_on date, to_on date, target regclass DEFAULT NULL,
	party_ref text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	PERFORM entity_screen.check_reason(reason, 'a legal hold');
	IF from_on IS NULL OR to_on IS NULL OR from_on > to_on THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'a legal hold needs a first and a last day',
			DETAIL = format('They are %s and %s.', coalesce(from_on::text, 'null'),
							coalesce(to_on::text, 'null')),
			HINT = 'Use -infinity and infinity for no limit.';
	END IF;
	INSERT INTO entity_screen.legal_hold (target, party_ref, from_on, to_on,
		reason, placed_by, placed_at)
	VALUES (entity_screen.qualified_name(place_legal_hold.target),
		place_legal_hold.party_ref, place_legal_hold.from_on,
		place_legal_hold.to_on, place_legal_hold.reason, session_user,
		clock_timestamp())
	RETURNING hold_id INTO id;
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.place_legal_hold(text, date, date, regclass, text) IS
'Keeps events of a time, a table or a row from being pruned until the hold is lifted; returns its number. 22004, 22023.';

CREATE FUNCTION entity_screen.lift_legal_hold(hold_id bigint, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM entity_screen.check_reason(reason, 'the lifting of a hold');
	UPDATE entity_screen.legal_hold h
	SET lifted_by = session_user, lifted_at = clock_timestamp(),
		lift_reason = lift_legal_hold.reason
	WHERE h.hold_id = lift_legal_hold.hold_id AND h.lifted_at IS NULL;
	IF NOT FOUND THEN
		PERFORM entity_screen.refuse_number('no legal hold %s stands',
			lift_legal_hold.hold_id, 'It never was, or was lifted already.',
			'legal_hold');
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.lift_legal_hold(bigint, text) IS
'Lifts a legal hold; P0002 when none stands with this number, 22004';

/* ---------------------------------------------------------------------
 * pruning
 * ------------------------------------------------------------------ */

/*
 * Why a month cannot be pruned; null when it can.
 */
CREATE FUNCTION entity_screen.pruning_obstacle(month date)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
BEGIN ATOMIC
	SELECT CASE
		WHEN (month + interval '1 month')::timestamptz
			> now() - entity_screen.current_retention()
			THEN 'under retention'
		WHEN EXISTS (
			SELECT FROM entity_screen.legal_hold h
			WHERE h.lifted_at IS NULL AND EXISTS (
				SELECT FROM entity_screen.screening_event e
				WHERE e.event_at >= month::timestamptz
					AND e.event_at < (month + interval '1 month')::timestamptz
					AND (e.event_at AT TIME ZONE 'UTC')::date
						BETWEEN h.from_on AND h.to_on
					AND (h.target IS NULL OR e.target = h.target)
					AND (h.party_ref IS NULL OR e.party_ref = h.party_ref)))
			THEN 'under legal hold'
		WHEN EXISTS (
			SELECT FROM entity_screen.alert a
			JOIN entity_screen.screening_event e ON e.event_id = a.event_id
			WHERE a.alert_status NOT IN ('closed', 'superseded')
				AND e.event_at >= month::timestamptz
				AND e.event_at < (month + interval '1 month')::timestamptz)
			THEN 'alerts are open'
		WHEN EXISTS (
			SELECT FROM (
				SELECT x.event_id, entity_screen.event_digest(x, c) AS digest
				FROM entity_screen.screening_event x
				LEFT JOIN entity_screen.screening_context c
					ON c.context_id = x.context_id
				WHERE x.event_at >= month::timestamptz
					AND x.event_at
						< (month + interval '1 month')::timestamptz) e
			FULL JOIN (
				SELECT s.event_id, s.digest FROM entity_screen.sealed_event() s
				WHERE s.evidence_month = month) s ON s.event_id = e.event_id
			WHERE s.digest IS DISTINCT FROM e.digest)
			THEN 'not sealed, or not as it was sealed' END;
END;
COMMENT ON FUNCTION entity_screen.pruning_obstacle(date) IS
'Internal: why a month of evidence cannot be pruned; null when it can';

/*
 * prune_evidence(before, reason) - delete months of old evidence
 *
 * Every month before that day that has a partition: deleted when it is older
 * than the retention, under no legal hold, has no open alert, and is sealed
 * and as it was sealed; a block of the chain says that, how many events and
 * why, so that verify_audit() still finds the chain whole.  Call it in a
 * transaction of its own: guards wait for its end.
 *
 * One row for each month, with what kept it.  Errors: 22004, 25000, 55P03.
 */
CREATE FUNCTION entity_screen.prune_evidence(before date, reason text)
RETURNS TABLE (
	evidence_month date,
	event_count bigint,
	is_pruned boolean,
	obstacle text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET timezone = 'UTC'
SET lock_timeout = '5s'
AS $$
#variable_conflict use_variable
DECLARE
	partition regclass;
	block entity_screen.audit_block;
BEGIN
	PERFORM entity_screen.check_reason(reason, 'pruning');
	IF before IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'prune_evidence() needs a day',
			DETAIL = 'Months that end before it are pruned.',
			HINT = 'SELECT * FROM entity_screen.prune_evidence(''2016-01-01'', ''end of retention'')';
	END IF;
	PERFORM entity_screen.lock_chain();
	FOR partition, evidence_month IN
		SELECT t.relid, to_date(right(c.relname, 7), 'YYYY_MM')
		FROM pg_partition_tree('entity_screen.screening_event') t
		JOIN pg_class c ON c.oid = t.relid
		WHERE c.relname ~ '^screening_event_[0-9]{4}_[0-9]{2}$'
			AND to_date(right(c.relname, 7), 'YYYY_MM')
				+ interval '1 month' <= before
		ORDER BY 2
	LOOP
		EXECUTE format('SELECT count(*) FROM %s', partition)
			INTO event_count;
		obstacle := entity_screen.pruning_obstacle(evidence_month);
		is_pruned := obstacle IS NULL;
		IF is_pruned THEN
			block.block_kind := 'pruning';
			block.evidence_month := evidence_month;
			block.event_ids := '{}';
			block.event_digests := '';
			block.statement := jsonb_build_object('event_count', event_count,
				'reason', reason, 'pruned_by', session_user);
			block.sealed_before := entity_screen.sealed_until();
			block.is_complete := false;
			PERFORM entity_screen.add_block(block);
			EXECUTE format('DROP TABLE %s', partition);
		END IF;
		RETURN NEXT;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.prune_evidence(date, text) IS
'Deletes whole months of evidence that end before a day, are past retention, under no legal hold and sealed; the chain says so. One row a month, with what kept it. 22004, 25000, 55P03.';

/*
 * end_retention(reason) - let DROP EXTENSION have its way
 *
 * For leaving: after this a plain DROP EXTENSION entity_screen deletes the
 * evidence with everything else.  Refused while a table is protected (55000)
 * or a legal hold stands (55000).  The server log keeps who and why.
 */
CREATE FUNCTION entity_screen.end_retention(reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	obstacle text;
BEGIN
	PERFORM entity_screen.check_reason(reason, 'the end of retention');
	obstacle := CASE
		WHEN EXISTS (SELECT FROM entity_screen.guard)
			THEN 'Tables are still protected.'
		WHEN EXISTS (
			SELECT FROM entity_screen.legal_hold h WHERE h.lifted_at IS NULL)
			THEN 'A legal hold stands.' END;
	IF obstacle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'the evidence is still needed',
			DETAIL = obstacle,
			HINT = 'Use entity_screen.unprotect_all() and entity_screen.lift_legal_hold() first.';
	END IF;
	DROP VIEW IF EXISTS entity_screen.retained_evidence;
	RAISE LOG 'entity_screen: retention ended by %: %', session_user, reason;
END;
$$;
COMMENT ON FUNCTION entity_screen.end_retention(text) IS
'Lets a plain DROP EXTENSION delete the evidence: refused (55000) while a table is protected or a legal hold stands';
