/*
 * 61_run: the evidence of runs over tables
 */

CREATE FUNCTION entity_screen.start_run(run_kind text, target text,
	arguments jsonb, lists text[], threshold double precision,
	tranche_id bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.screening_run (run_kind, target, tranche_id,
		arguments, list_codes, thresholds, weak_thresholds, config_ids,
		list_version, normalizer_version, started_at, run_status, session_user_name,
		role_name)
	SELECT start_run.run_kind, start_run.target, start_run.tranche_id,
		start_run.arguments, array_agg(s.list_code ORDER BY s.list_code),
		array_agg(s.threshold ORDER BY s.list_code),
		array_agg(s.weak_threshold ORDER BY s.list_code),
		entity_screen.config_ids_of(start_run.lists, start_run.threshold),
		entity_screen.version_of_lists(array_agg(s.list_code)),
		entity_screen.normalizer_version(), clock_timestamp(), 'running',
		session_user, current_user
	FROM entity_screen.screening_scope(lists, threshold) s
	RETURNING run_id;
END;
COMMENT ON FUNCTION entity_screen.start_run(text, text, jsonb, text[], double precision, bigint) IS
'Internal: begins the evidence of a run';

CREATE FUNCTION entity_screen.finish_run(run_id bigint, row_count bigint,
	hit_count bigint, alert_count bigint, input_digest bytea)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	UPDATE entity_screen.screening_run r
	SET run_status = 'finished', finished_at = clock_timestamp(),
		row_count = finish_run.row_count, hit_count = finish_run.hit_count,
		alert_count = finish_run.alert_count,
		input_digest = finish_run.input_digest
	WHERE r.run_id = finish_run.run_id AND r.run_status = 'running'
		AND r.session_user_name = session_user;
END;
COMMENT ON FUNCTION entity_screen.finish_run(bigint, bigint, bigint, bigint, bytea) IS
'Internal: ends the evidence of a run of the session user';

/*
 * record_party() - the event of one party of a run
 *
 * hits: the array of the hits, null when the party could not be read.  With
 * action alert, alerts are opened for what no exception covers.  context_id:
 * with what it was screened; default: with what the run is.  Returns how many.
 */
CREATE FUNCTION entity_screen.record_party(run_id bigint, target text,
	party_ref text, party_column text, party text, country text,
	address text, on_date date, is_row_date boolean, action text, hits jsonb,
	context_id bigint DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	run entity_screen.screening_run;
	event entity_screen.screening_event;
	marked jsonb := entity_screen.suppress_hits(record_party.target,
		record_party.party_ref, record_party.party_column,
		record_party.party, record_party.country, record_party.address,
		record_party.hits);
	covered boolean := NOT EXISTS (
		SELECT FROM jsonb_array_elements(marked) h
		WHERE NOT h ? 'suppressed_by');
BEGIN
	SELECT r.* INTO run FROM entity_screen.screening_run r
	WHERE r.run_id = record_party.run_id;
	INSERT INTO entity_screen.screening_event (event_at, run_id, context_id,
		target, row_operation, party_ref, party_column, party, country,
		address, on_date, on_date_basis, action, decision, reason, hit_count,
		hits, xid, session_user_name, role_name, application_name)
	VALUES (clock_timestamp(), run.run_id,
		coalesce(record_party.context_id, entity_screen.context_of(
			run.list_codes, run.thresholds, run.weak_thresholds,
			run.config_ids, run.list_version)),
		record_party.target, 'screen', record_party.party_ref,
		record_party.party_column, record_party.party,
		record_party.country, record_party.address, record_party.on_date,
		CASE WHEN record_party.is_row_date THEN 'row' ELSE 'today' END,
		record_party.action,
		CASE WHEN marked IS NULL THEN 'screening_failed'
			WHEN covered THEN 'suppressed'
			WHEN record_party.action = 'alert' THEN 'alerted'
			ELSE 'observed' END,
		CASE WHEN marked IS NULL
			THEN 'not_screened: unreadable_party' END,
		coalesce(jsonb_array_length(marked), 0), marked,
		pg_current_xact_id(), session_user, run.role_name,
		current_setting('application_name'))
	RETURNING * INTO event;
	IF record_party.action <> 'alert' OR (marked IS NOT NULL AND covered) THEN
		RETURN 0;
	END IF;
	RETURN entity_screen.open_alerts(event);
END;
$$;
COMMENT ON FUNCTION entity_screen.record_party(bigint, text, text, text, text, text, text, date, boolean, text, jsonb, bigint) IS
'Internal: writes the event of one party of a run and opens its alerts; returns how many';
