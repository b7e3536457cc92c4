/*
 * 59_review: what people do with alerts
 *
 * SECURITY DEFINER: the rights are in who may call, see 90_grant.
 */

/* ---------------------------------------------------------------------
 * helpers
 * ------------------------------------------------------------------ */

/*
 * What is about a private list does not exist for who may not see it.
 */
CREATE FUNCTION entity_screen.session_may_see(list_code text)
RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT list_code IS NULL OR coalesce(list_code = ANY (
		entity_screen.session_lists()), false);
END;
COMMENT ON FUNCTION entity_screen.session_may_see(text) IS
'Internal: whether the role of the session may see a list; null stands for no list';

CREATE FUNCTION entity_screen.lock_alert(alert_id bigint, may_be text[])
RETURNS entity_screen.alert
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	found_alert entity_screen.alert;
BEGIN
	SELECT a.* INTO found_alert FROM entity_screen.alert a
	WHERE a.alert_id = lock_alert.alert_id
		AND entity_screen.session_may_see(a.list_code) FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM entity_screen.refuse_number('there is no alert %s',
			lock_alert.alert_id, 'No alert has this number.', 'v_alert');
	END IF;
	IF NOT found_alert.alert_status = ANY (may_be) THEN
		RAISE EXCEPTION USING ERRCODE = 'SC008',
			MESSAGE = format('alert %s is %s', found_alert.alert_id,
							 found_alert.alert_status),
			DETAIL = format('This is for alerts that are %s.',
							array_to_string(may_be, ', ')),
			HINT = CASE found_alert.alert_status
				WHEN 'closed' THEN 'Reopen it with entity_screen.reopen_alert().'
				WHEN 'superseded' THEN 'Use the alert that replaced it, see supersedes_alert_id.'
				ELSE 'See entity_screen.v_alert for its status.' END;
	END IF;
	RETURN found_alert;
END;
$$;
COMMENT ON FUNCTION entity_screen.lock_alert(bigint, text[]) IS
'Internal: locks an alert for a change; P0002 when there is none, SC008 when its status is another';

CREATE FUNCTION entity_screen.move_alert(alert_id bigint, to_status text,
	reason text, disposition text DEFAULT NULL,
	disposition_id bigint DEFAULT NULL, notice text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	before text;
	changed entity_screen.alert;
BEGIN
	SELECT a.alert_status INTO before FROM entity_screen.alert a
	WHERE a.alert_id = move_alert.alert_id FOR UPDATE;
	UPDATE entity_screen.alert a
	SET alert_status = to_status, disposition = move_alert.disposition,
		disposition_id = move_alert.disposition_id,
		notice = move_alert.notice,
		entry_key = CASE to_status WHEN 'reopened'
			THEN entity_screen.entry_review_key(a.entry_id)
			ELSE a.entry_key END,
		assigned_to = CASE WHEN to_status = 'in_review'
				AND before <> 'awaiting_approval' THEN session_user
			ELSE a.assigned_to END,
		changed_at = clock_timestamp()
	WHERE a.alert_id = move_alert.alert_id
	RETURNING a.* INTO changed;
	PERFORM entity_screen.record_alert_change(changed, before, reason);
END;
$$;
COMMENT ON FUNCTION entity_screen.move_alert(bigint, text, text, text, bigint, text) IS
'Internal: gives an alert another status and writes its history';

/* ---------------------------------------------------------------------
 * alerts
 * ------------------------------------------------------------------ */

/*
 * start_review(alert_id) - take an alert
 *
 * Errors: P0002 when there is none, SC008 unless it is open, reopened or
 * escalated.
 */
CREATE FUNCTION entity_screen.start_review(alert_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM entity_screen.lock_alert(alert_id,
		ARRAY['open', 'reopened', 'escalated']);
	PERFORM entity_screen.move_alert(alert_id, 'in_review', NULL);
END;
$$;
COMMENT ON FUNCTION entity_screen.start_review(bigint) IS
'Takes an open, reopened or escalated alert into review by the session user. P0002, SC008.';

/*
 * escalate_alert(alert_id, reason) - hand an alert up
 *
 * Errors: 22004 without a reason, P0002, SC008 when it is closed, waits for
 * approval or was superseded.
 */
CREATE FUNCTION entity_screen.escalate_alert(alert_id bigint, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM entity_screen.check_reason(reason, 'an escalation');
	PERFORM entity_screen.lock_alert(alert_id,
		ARRAY['open', 'reopened', 'in_review']);
	PERFORM entity_screen.move_alert(alert_id, 'escalated', reason);
END;
$$;
COMMENT ON FUNCTION entity_screen.escalate_alert(bigint, text) IS
'Hands an alert to the next level, with a reason. 22004, P0002, SC008.';

/*
 * reopen_alert(alert_id, reason) - look at a closed alert again
 *
 * Errors: 22004 without a reason, P0002, SC008 unless it is closed.
 */
CREATE FUNCTION entity_screen.reopen_alert(alert_id bigint, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM entity_screen.check_reason(reason, 'reopening');
	PERFORM entity_screen.lock_alert(alert_id, ARRAY['closed']);
	PERFORM entity_screen.move_alert(alert_id, 'reopened', reason,
									 notice => 'reopened_by_hand');
END;
$$;
COMMENT ON FUNCTION entity_screen.reopen_alert(bigint, text) IS
'Reopens a closed alert, with a reason. 22004, P0002, SC008.';

/*
 * The alerts that one disposition settles: all that are open for the same
 * normal form and entry.  A party that could not be screened stands alone.
 * Locked in the order of their numbers.
 */
CREATE FUNCTION entity_screen.lock_alike(alert entity_screen.alert,
										 only_this boolean)
RETURNS SETOF bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT a.alert_id
	FROM entity_screen.alert a
	WHERE a.alert_status IN ('open', 'reopened', 'in_review', 'escalated')
		AND (a.alert_id = (alert).alert_id
			 OR (NOT only_this
				 AND a.entry_id = (alert).entry_id
				 AND entity_screen.is_same_form(a.party_normal_form, a.party,
					(alert).party)))
	ORDER BY a.alert_id
	FOR UPDATE;
END;
COMMENT ON FUNCTION entity_screen.lock_alike(entity_screen.alert, boolean) IS
'Internal: the open alerts of the same normal form and entry, locked';

/*
 * propose_disposition(alert_id, disposition, reason, only_this)
 *
 * disposition	'true_match', 'false_positive' or 'inconclusive'
 * only_this	false: for all open alerts of the same normal form and entry
 *
 * The alerts wait for approve_disposition() by another person, or are closed
 * at once when screening_policy does not demand one.  Returns the number of
 * the disposition.
 *
 * Errors: 22023 for another disposition, 22004 without a reason, P0002,
 * SC008 unless the alert is open, reopened, in review or escalated.
 */
CREATE FUNCTION entity_screen.propose_disposition(alert_id bigint,
	disposition text, reason text, only_this boolean DEFAULT false)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	seen entity_screen.alert;
	alike bigint[];
	needed boolean;
	id bigint;
BEGIN
	IF propose_disposition.disposition IS NULL
		OR propose_disposition.disposition NOT IN
			('true_match', 'false_positive', 'inconclusive') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('disposition %L is not known',
							 propose_disposition.disposition),
			DETAIL = 'A disposition is the result of a review.',
			HINT = 'Use true_match, false_positive or inconclusive.';
	END IF;
	PERFORM entity_screen.check_reason(propose_disposition.reason,
									   'a disposition');
	seen := entity_screen.lock_alert(propose_disposition.alert_id,
		ARRAY['open', 'reopened', 'in_review', 'escalated']);
	alike := ARRAY(SELECT entity_screen.lock_alike(seen,
				   coalesce(propose_disposition.only_this, false)));
	SELECT p.disposition_needs_approval INTO needed
	FROM entity_screen.current_policy() p;
	INSERT INTO entity_screen.alert_disposition (party_normal_form,
		entry_id, alert_count, disposition, reason, needs_approval,
		proposed_by, proposed_at)
	VALUES (seen.party_normal_form, seen.entry_id, cardinality(alike),
		propose_disposition.disposition, propose_disposition.reason, needed,
		session_user, clock_timestamp())
	RETURNING disposition_id INTO id;
	PERFORM entity_screen.move_alert(a, 'awaiting_approval',
		propose_disposition.reason, disposition_id => id)
	FROM unnest(alike) AS a;
	IF NOT needed THEN
		PERFORM entity_screen.decide_disposition(id, 'approved', NULL);
	END IF;
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.propose_disposition(bigint, text, text, boolean) IS
'Proposes the result of a review for all open alerts of the same normal form and entry; returns its number. 22023, 22004, P0002, SC008.';

CREATE FUNCTION entity_screen.decide_disposition(disposition_id bigint,
	decision text, decision_reason text)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	waiting entity_screen.alert_disposition;
	moved integer;
BEGIN
	SELECT d.* INTO waiting FROM entity_screen.alert_disposition d
	WHERE d.disposition_id = decide_disposition.disposition_id
		AND d.decision IS NULL
		AND entity_screen.session_may_see((
			SELECT e.list_code FROM entity_screen.entry e
			WHERE e.entry_id = d.entry_id))
	FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM entity_screen.refuse_number(
			'no disposition waits under number %s',
			decide_disposition.disposition_id,
			'It does not exist or is decided.', 'alert_disposition');
	END IF;
	IF decision = 'approved' AND waiting.needs_approval THEN
		PERFORM entity_screen.check_second_person(waiting.proposed_by,
												  'a disposition');
	END IF;
	UPDATE entity_screen.alert_disposition d
	SET decision = decide_disposition.decision,
		decision_reason = decide_disposition.decision_reason,
		decided_by = session_user, decided_at = clock_timestamp()
	WHERE d.disposition_id = waiting.disposition_id;
	SELECT count(entity_screen.move_alert(a.alert_id,
		CASE decision WHEN 'approved' THEN 'closed' ELSE 'in_review' END,
		coalesce(decide_disposition.decision_reason, waiting.reason),
		CASE decision WHEN 'approved' THEN waiting.disposition END,
		waiting.disposition_id))
	INTO moved
	FROM (SELECT w.alert_id FROM entity_screen.alert w
		  WHERE w.disposition_id = waiting.disposition_id
			AND w.alert_status = 'awaiting_approval'
		  ORDER BY w.alert_id FOR UPDATE) a;
	RETURN moved;
END;
$$;
COMMENT ON FUNCTION entity_screen.decide_disposition(bigint, text, text) IS
'Internal: approves or refuses a disposition and moves its alerts';

/*
 * approve_disposition(disposition_id) - close its alerts
 *
 * Returns how many were closed.  Errors: P0002 when none waits, SC007 for
 * one's own proposal.
 */
CREATE FUNCTION entity_screen.approve_disposition(disposition_id bigint)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN entity_screen.decide_disposition(disposition_id, 'approved', NULL);
END;
$$;
COMMENT ON FUNCTION entity_screen.approve_disposition(bigint) IS
'Approves a disposition that another person proposed and closes its alerts; returns how many. P0002, SC007.';

/*
 * refuse_disposition(disposition_id, reason) - back to review
 *
 * Returns how many alerts went back.  Errors: 22004 without a reason, P0002.
 */
CREATE FUNCTION entity_screen.refuse_disposition(disposition_id bigint,
												 reason text)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM entity_screen.check_reason(reason, 'a refusal');
	RETURN entity_screen.decide_disposition(disposition_id, 'refused', reason);
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_disposition(bigint, text) IS
'Refuses a disposition; its alerts go back to review. Returns how many. 22004, P0002.';

/* ---------------------------------------------------------------------
 * views
 * ------------------------------------------------------------------ */

CREATE VIEW entity_screen.v_alert
WITH (security_invoker = true) AS
SELECT a.alert_id, a.alert_status AS status_code,
	entity_screen.code_label(a.alert_status) AS status_label,
	a.disposition AS disposition_code,
	entity_screen.code_label(a.disposition) AS disposition_label,
	a.alert_reason AS reason_code,
	entity_screen.code_label(a.alert_reason) AS reason_label, a.target,
	a.party_ref, a.party_column, a.party, a.country, a.address, a.list_code,
	a.entry_id, a.entry_name, a.legal_effect AS legal_effect_code,
	entity_screen.code_label(a.legal_effect) AS legal_effect_label, a.score,
	round(a.score * 100)::integer AS score_pct, a.assigned_to::text,
	a.notice, a.event_id, a.guard_id, a.run_id, a.disposition_id,
	a.exception_id, a.supersedes_alert_id, a.opened_at, a.changed_at
FROM entity_screen.alert a;
COMMENT ON VIEW entity_screen.v_alert IS
'Alerts in plain types, one row for each party of a row and entry';
COMMENT ON COLUMN entity_screen.v_alert.status_code IS
'open, in_review, escalated, awaiting_approval, closed, reopened or superseded';
COMMENT ON COLUMN entity_screen.v_alert.status_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_alert.disposition_code IS
'Of a closed alert: true_match, false_positive or inconclusive';
COMMENT ON COLUMN entity_screen.v_alert.disposition_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_alert.reason_code IS
'hit: the party hits an entry; not_screened: it could not be screened';
COMMENT ON COLUMN entity_screen.v_alert.reason_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_alert.legal_effect_code IS
'Class of the consequence';
COMMENT ON COLUMN entity_screen.v_alert.legal_effect_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_alert.score_pct IS
'Score in percent';

CREATE VIEW entity_screen.v_alert_party
WITH (security_invoker = true) AS
SELECT a.target, a.party_ref, a.party_column, a.party, a.country,
	count(*)::integer AS alert_count,
	string_agg(a.alert_id::text, ', ' ORDER BY a.score DESC, a.alert_id)
		AS alert_ids,
	max(a.score) AS best_score,
	array_to_string(array_agg(a.entry_name ORDER BY a.score DESC, a.alert_id),
					'; ') AS entry_names,
	string_agg(DISTINCT a.list_code, '; ') AS list_codes,
	string_agg(DISTINCT a.legal_effect, '; ') AS legal_effects,
	min(a.opened_at) AS opened_at
FROM entity_screen.alert a
WHERE a.alert_status NOT IN ('closed', 'superseded')
GROUP BY a.target, a.party_ref, a.party_column, a.party, a.country,
	CASE WHEN a.party_ref IS NULL THEN a.event_id END;
COMMENT ON VIEW entity_screen.v_alert_party IS
'The open alerts of each party of a row folded into one, with all entries and legal effects';
COMMENT ON COLUMN entity_screen.v_alert_party.alert_count IS
'Open alerts of the party';
COMMENT ON COLUMN entity_screen.v_alert_party.alert_ids IS
'Their numbers, best score first, separated by commas';
COMMENT ON COLUMN entity_screen.v_alert_party.best_score IS
'Score of the best hit';
COMMENT ON COLUMN entity_screen.v_alert_party.entry_names IS
'Entries hit, best first, separated by semicolons';
COMMENT ON COLUMN entity_screen.v_alert_party.list_codes IS
'Their lists';
COMMENT ON COLUMN entity_screen.v_alert_party.legal_effects IS
'All consequences, separated by semicolons';
COMMENT ON COLUMN entity_screen.v_alert_party.opened_at IS
'When the oldest of them was opened';

/* The columns that mean the same as in the table */
DO $$
DECLARE
	column_name name;
	description text;
	view regclass;
BEGIN
	FOR view, column_name, description IN
		SELECT v.attrelid::regclass, v.attname,
			pg_catalog.col_description(t.attrelid, t.attnum)
		FROM pg_catalog.pg_attribute v
		JOIN pg_catalog.pg_attribute t ON t.attname = v.attname
			AND t.attrelid = 'entity_screen.alert'::regclass
		WHERE v.attrelid IN ('entity_screen.v_alert'::regclass,
				'entity_screen.v_alert_party'::regclass)
			AND v.attnum > 0
			AND pg_catalog.col_description(v.attrelid, v.attnum) IS NULL
	LOOP
		EXECUTE pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L',
								  view, column_name, description);
	END LOOP;
END
$$;
