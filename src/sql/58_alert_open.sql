/*
 * 58_alert_open: from a screening event to alerts
 */

/*
 * NOTIFY with numbers only: listeners need not be allowed to see a list.  A
 * transaction that has notified cannot be prepared, so a server that allows
 * prepared transactions gets no notifications; poll v_alert there.
 */
CREATE FUNCTION entity_screen.notify_alert(event text, alert_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF current_setting('max_prepared_transactions') = '0' THEN
		PERFORM pg_notify('entity_screen', json_build_object(
			'event', event, 'alert_id', alert_id)::text);
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.notify_alert(text, bigint) IS
'Internal: tells listeners of channel entity_screen the number of an alert that changed';

CREATE FUNCTION entity_screen.record_alert_change(
	alert entity_screen.alert, from_status text, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO entity_screen.alert_history (alert_id, from_status,
		to_status, disposition, disposition_id, event_id, reason, done_by,
		done_at)
	VALUES (alert.alert_id, from_status, alert.alert_status,
		alert.disposition, alert.disposition_id, alert.event_id, reason,
		session_user, clock_timestamp());
	PERFORM entity_screen.notify_alert(
		CASE WHEN from_status IS NULL THEN 'alert_opened'
			WHEN from_status = alert.alert_status THEN 'alert_notice'
			ELSE 'alert_' || alert.alert_status END, alert.alert_id);
END;
$$;
COMMENT ON FUNCTION entity_screen.record_alert_change(entity_screen.alert, text, text) IS
'Internal: writes the history of an alert and notifies';

/*
 * An exception that speaks of the hit and no longer covers it has ended.
 * Whoever ends it first does; nobody waits.
 */
CREATE FUNCTION entity_screen.end_exception(exception_id bigint,
											problem text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM FROM entity_screen.exception e
	WHERE e.exception_id = end_exception.exception_id
		AND e.exception_status = 'approved'
	FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE entity_screen.exception e
	SET exception_status = CASE problem WHEN 'expired' THEN 'expired'
			ELSE 'reopened' END,
		ended_at = clock_timestamp(), end_reason = problem
	WHERE e.exception_id = end_exception.exception_id;
	RETURN true;
END;
$$;
COMMENT ON FUNCTION entity_screen.end_exception(bigint, text) IS
'Internal: ends an approved exception, unless another transaction is about to';

/* A new alert, from what the event and one of its hits say */
CREATE FUNCTION entity_screen.new_alert(
	event entity_screen.screening_event, hit jsonb)
RETURNS entity_screen.alert
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT r
	FROM jsonb_populate_record(NULL::entity_screen.alert,
		jsonb_build_object(
			'event_id', (event).event_id, 'guard_id', (event).guard_id,
			'run_id', (event).run_id, 'target', (event).target,
			'party_ref', (event).party_ref,
			'party_column', (event).party_column,
			'party', (event).party, 'country', (event).country,
			'address', (event).address,
			'party_normal_form',
			entity_screen.normal_form_of((event).party),
			'entry_id', hit -> 'entry_id', 'list_code', hit -> 'list_code',
			'entry_name', hit -> 'entry_name',
			'legal_effect', hit -> 'legal_effect', 'score', hit -> 'score',
			'is_listed', hit -> 'is_listed',
			'alert_reason',
			CASE WHEN hit IS NULL THEN 'not_screened' ELSE 'hit' END,
			'alert_status', 'open',
			'party_key', entity_screen.party_review_key((event).party,
				(event).country, (event).address),
			'entry_key', entity_screen.entry_review_key(
				(hit ->> 'entry_id')::bigint),
			'opened_at', (event).event_at,
			'changed_at', (event).event_at)) r;
END;
COMMENT ON FUNCTION entity_screen.new_alert(entity_screen.screening_event, jsonb) IS
'Internal: the alert that an event and one of its hits would open; a null hit stands for not screened';

CREATE FUNCTION entity_screen.insert_alert(INOUT fresh entity_screen.alert)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	fresh.alert_id := nextval('entity_screen.alert_alert_id_seq');
	INSERT INTO entity_screen.alert OVERRIDING SYSTEM VALUE
	SELECT fresh.*;
END;
$$;
COMMENT ON FUNCTION entity_screen.insert_alert(entity_screen.alert) IS
'Internal: stores an alert under the next number';

/*
 * Why an alert of the row does not stand for the new hit: null when it does.
 * A guard that acts on a row always has open work for it, so what was closed
 * is reopened even when nothing that was reviewed has changed.
 */
CREATE FUNCTION entity_screen.why_reopen(previous entity_screen.alert,
										 fresh entity_screen.alert)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
		WHEN (previous).party_key <> (fresh).party_key THEN 'party_changed'
		WHEN (previous).entry_key <> (fresh).entry_key THEN 'entry_changed'
		WHEN (fresh).score > (previous).score THEN 'score_rose'
		WHEN (fresh).is_listed AND NOT (previous).is_listed
			THEN 'now_in_force'
		WHEN (previous).alert_status = 'closed'
			AND (fresh).guard_id IS NOT NULL THEN 'row_stored_again' END;
END;
COMMENT ON FUNCTION entity_screen.why_reopen(entity_screen.alert, entity_screen.alert) IS
'Internal: why an earlier alert of the row does not stand for a new hit; null when it does';

/*
 * open_alert() - one hit of an event
 *
 * Returns whether there is work that was not there before: a new alert, or a
 * closed one reopened.
 */
CREATE FUNCTION entity_screen.open_alert(fresh entity_screen.alert)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	previous entity_screen.alert;
	cause text;
	ended record;
BEGIN
	SELECT x.* INTO ended
	FROM entity_screen.exception_for(fresh.target, fresh.party_ref,
		fresh.party_column, fresh.party, fresh.country, fresh.address,
		fresh.entry_id, fresh.score) x
	WHERE x.problem IS NOT NULL ORDER BY x.exception_id LIMIT 1;
	IF FOUND THEN
		PERFORM entity_screen.end_exception(ended.exception_id,
											ended.problem);
		fresh.exception_id := ended.exception_id;
		fresh.alert_status := 'reopened';
		fresh.notice := ended.problem;
	END IF;
	SELECT a.* INTO previous
	FROM entity_screen.alert a
	WHERE a.target = fresh.target AND a.party_ref = fresh.party_ref
		AND a.party_column IS NOT DISTINCT FROM fresh.party_column
		AND a.entry_id IS NOT DISTINCT FROM fresh.entry_id
		AND a.alert_status <> 'superseded'
	ORDER BY a.alert_id DESC LIMIT 1
	FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		fresh := entity_screen.insert_alert(fresh);
		PERFORM entity_screen.record_alert_change(fresh, NULL, fresh.notice);
		RETURN true;
	END IF;
	cause := coalesce(fresh.notice,
					  entity_screen.why_reopen(previous, fresh));
	IF cause IS NULL THEN
		RETURN false;
	END IF;
	IF previous.alert_status = 'closed' THEN
		PERFORM entity_screen.reopen_with(previous, fresh, cause);
	ELSE
		PERFORM entity_screen.supersede_with(previous, fresh, cause);
	END IF;
	RETURN true;
END;
$$;
COMMENT ON FUNCTION entity_screen.open_alert(entity_screen.alert) IS
'Internal: opens the alert of a hit, reopens the closed one of the row, or replaces an open one whose facts have changed';

CREATE FUNCTION entity_screen.reopen_with(previous entity_screen.alert,
	fresh entity_screen.alert, cause text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	changed entity_screen.alert;
BEGIN
	UPDATE entity_screen.alert a
	SET event_id = fresh.event_id, run_id = fresh.run_id,
		guard_id = fresh.guard_id, party = fresh.party,
		country = fresh.country, address = fresh.address,
		party_normal_form = fresh.party_normal_form,
		entry_name = fresh.entry_name, score = fresh.score,
		is_listed = fresh.is_listed,
		party_key = fresh.party_key, entry_key = fresh.entry_key,
		exception_id = coalesce(fresh.exception_id, a.exception_id),
		alert_status = 'reopened', disposition = NULL,
		disposition_id = NULL, assigned_to = NULL, notice = cause,
		changed_at = clock_timestamp()
	WHERE a.alert_id = previous.alert_id
	RETURNING a.* INTO changed;
	PERFORM entity_screen.record_alert_change(changed,
		previous.alert_status, cause);
END;
$$;
COMMENT ON FUNCTION entity_screen.reopen_with(entity_screen.alert, entity_screen.alert, text) IS
'Internal: reopens a closed alert with the facts of a new screening';

CREATE FUNCTION entity_screen.supersede_with(previous entity_screen.alert,
	fresh entity_screen.alert, cause text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	changed entity_screen.alert;
BEGIN
	UPDATE entity_screen.alert a
	SET alert_status = 'superseded', changed_at = clock_timestamp()
	WHERE a.alert_id = previous.alert_id
	RETURNING a.* INTO changed;
	PERFORM entity_screen.record_alert_change(changed,
		previous.alert_status, cause);
	fresh.supersedes_alert_id := previous.alert_id;
	fresh := entity_screen.insert_alert(fresh);
	PERFORM entity_screen.record_alert_change(fresh, NULL, cause);
END;
$$;
COMMENT ON FUNCTION entity_screen.supersede_with(entity_screen.alert, entity_screen.alert, text) IS
'Internal: replaces an open alert by one with the facts of a new screening';

/*
 * open_alerts(event) - open what work an event makes
 *
 * Called for each event whose action is alert or hold and that needs a
 * person (hits, or not screened), in the transaction that writes the event
 * and with the rights of the owner of the extension.  It waits for no lock
 * that another transaction of a user may hold: two orders that are stored
 * at once do not block each other.
 *
 * Returns for how many hits there is new work.
 */
CREATE FUNCTION entity_screen.open_alerts(event entity_screen.screening_event)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	hit jsonb;
	opened integer := 0;
BEGIN
	IF event.hits IS NULL THEN
		RETURN entity_screen.open_alert(
			entity_screen.new_alert(event, NULL))::integer;
	END IF;
	FOR hit IN
		SELECT j.value
		FROM jsonb_array_elements(event.hits) WITH ORDINALITY
			AS j (value, place)
		WHERE NOT j.value ? 'suppressed_by'
		ORDER BY j.place
	LOOP
		opened := opened + entity_screen.open_alert(
			entity_screen.new_alert(event, hit))::integer;
	END LOOP;
	RETURN opened;
END;
$$;
COMMENT ON FUNCTION entity_screen.open_alerts(entity_screen.screening_event) IS
'Internal: opens the alerts of an event that needs a person; returns for how many hits there is new work';
