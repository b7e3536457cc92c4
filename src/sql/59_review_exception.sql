/*
 * 59_review_exception: what people do with exceptions
 *
 * With the rights and helpers of 59_review.
 */

CREATE FUNCTION entity_screen.check_exception_date(valid_until date)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	today date := (now() AT TIME ZONE 'UTC')::date;
	longest integer := (entity_screen.current_policy()).exception_max_days;
BEGIN
	IF valid_until IS NULL OR valid_until < today
		OR valid_until > today + longest THEN
		RAISE EXCEPTION USING ERRCODE = 'datetime_field_overflow',
			MESSAGE = format('an exception cannot be valid until %s',
				coalesce(to_char(valid_until, 'YYYY-MM-DD'), 'null')),
			DETAIL = format('It lasts from today for at most %s days, until %s.',
				longest, to_char(today + longest, 'YYYY-MM-DD')),
			HINT = 'Pass a date in that span, or change the span with entity_screen.set_policy().';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_exception_date(date) IS
'Internal: raises 22008 unless an exception may be valid until the date';

/*
 * propose_exception(alert_id, reason, valid_until, exception_scope, evidence)
 *
 * exception_scope	'party_ref': the row of the alert; 'name': every party of
 *					the same normal form and country; default party_ref where
 *					the alert has a key, else name
 * valid_until		last day; at most screening_policy.exception_max_days away
 *
 * Returns the number of the exception, which suppresses nothing until
 * approve_exception().  Errors: 22004 without a reason, 22008 for the date,
 * 22023 for the scope, P0002, SC008 for a superseded alert or one that was
 * not screened.
 */
CREATE FUNCTION entity_screen.propose_exception(alert_id bigint, reason text,
	valid_until date, exception_scope text DEFAULT NULL,
	evidence text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	seen entity_screen.alert;
	by_row boolean;
	id bigint;
BEGIN
	PERFORM entity_screen.check_reason(propose_exception.reason,
									   'an exception');
	PERFORM entity_screen.check_exception_date(
		propose_exception.valid_until);
	seen := entity_screen.lock_alert(propose_exception.alert_id,
		ARRAY['open', 'reopened', 'in_review', 'escalated',
			  'awaiting_approval', 'closed']);
	by_row := coalesce(propose_exception.exception_scope = 'party_ref',
					   seen.party_ref IS NOT NULL);
	IF seen.entry_id IS NULL OR (by_row AND seen.party_ref IS NULL)
		OR propose_exception.exception_scope NOT IN ('party_ref', 'name') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('alert %s cannot have an exception of scope %L',
				seen.alert_id, coalesce(propose_exception.exception_scope,
										'party_ref')),
			DETAIL = 'The scope is party_ref or name; party_ref needs a row with a key, and both need an entry that was hit.',
			HINT = 'Use scope name for a table without a key.';
	END IF;
	INSERT INTO entity_screen.exception (exception_scope, target, party_ref,
		party_column, party, party_normal_form, country, entry_id, list_code,
		entry_name, score, party_key, entry_key, reason, evidence,
		valid_until, alert_id, exception_status, proposed_by, proposed_at)
	VALUES (CASE WHEN by_row THEN 'party_ref' ELSE 'name' END,
		CASE WHEN by_row THEN seen.target END,
		CASE WHEN by_row THEN seen.party_ref END,
		CASE WHEN by_row THEN seen.party_column END,
		seen.party, seen.party_normal_form, seen.country, seen.entry_id,
		seen.list_code, seen.entry_name, seen.score, seen.party_key,
		entity_screen.entry_review_key(seen.entry_id),
		propose_exception.reason, propose_exception.evidence,
		propose_exception.valid_until, seen.alert_id, 'proposed',
		session_user, clock_timestamp())
	RETURNING exception_id INTO id;
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.propose_exception(bigint, text, date, text, text) IS
'Proposes that the party of an alert is not its entry, until a date; returns the number of the exception. 22004, 22008, 22023, P0002, SC008.';

CREATE FUNCTION entity_screen.lock_exception(exception_id bigint,
											 may_be text[])
RETURNS entity_screen.exception
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	result entity_screen.exception;
BEGIN
	SELECT e.* INTO result FROM entity_screen.exception e
	WHERE e.exception_id = lock_exception.exception_id
		AND e.exception_status = ANY (may_be)
		AND entity_screen.session_may_see(e.list_code)
	FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM entity_screen.refuse_number(
			'there is no exception %s that is '
				|| array_to_string(may_be, ' or '),
			lock_exception.exception_id,
			'It does not exist or has another status.', 'exception');
	END IF;
	RETURN result;
END;
$$;
COMMENT ON FUNCTION entity_screen.lock_exception(bigint, text[]) IS
'Internal: locks an exception for a change; P0002 when there is none of the status';

/* The alerts an exception settles when it is approved */
CREATE FUNCTION entity_screen.close_excepted(
	item entity_screen.exception)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	covered bigint[] := ARRAY(
		SELECT a.alert_id FROM entity_screen.alert a
		WHERE a.entry_id = item.entry_id
			AND a.alert_status NOT IN ('closed', 'superseded')
			AND a.score <= item.score
			AND CASE item.exception_scope
				WHEN 'party_ref' THEN a.target = item.target
					AND a.party_ref = item.party_ref
					AND a.party_column IS NOT DISTINCT FROM item.party_column
					AND a.party_key = item.party_key
				ELSE entity_screen.is_same_form(a.party_normal_form, a.party,
					item.party)
					AND entity_screen.name_key(coalesce(a.country, ''))
						= entity_screen.name_key(coalesce(item.country, ''))
				END
		ORDER BY a.alert_id FOR UPDATE);
	id bigint;
BEGIN
	IF cardinality(covered) = 0 THEN
		RETURN 0;
	END IF;
	INSERT INTO entity_screen.alert_disposition (party_normal_form,
		entry_id, alert_count, disposition, reason, needs_approval,
		proposed_by, proposed_at, decision, decided_by, decided_at)
	VALUES (item.party_normal_form, item.entry_id, cardinality(covered),
		'false_positive',
		format('exception %s: %s', item.exception_id, item.reason), true,
		item.proposed_by, item.proposed_at, 'approved', session_user,
		clock_timestamp())
	RETURNING disposition_id INTO id;
	PERFORM entity_screen.move_alert(c, 'closed', item.reason,
									 'false_positive', id)
	FROM unnest(covered) AS c;
	RETURN cardinality(covered);
END;
$$;
COMMENT ON FUNCTION entity_screen.close_excepted(entity_screen.exception) IS
'Internal: closes the alerts that an approved exception covers; returns how many';

/*
 * approve_exception(exception_id) - from now on its hits are suppressed
 *
 * The open alerts it covers are closed as false positives.  Returns how many.
 *
 * Errors: P0002 when none waits, SC007 for one's own proposal, SC009 when
 * the entry has changed since it was proposed.
 */
CREATE FUNCTION entity_screen.approve_exception(exception_id bigint)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	item entity_screen.exception := entity_screen.lock_exception(
		approve_exception.exception_id, ARRAY['proposed']);
BEGIN
	PERFORM entity_screen.check_second_person(item.proposed_by,
											  'an exception');
	IF item.entry_key <> entity_screen.entry_review_key(item.entry_id) THEN
		RAISE EXCEPTION USING ERRCODE = 'SC009',
			MESSAGE = format('the entry of exception %s has changed',
							 item.exception_id),
			DETAIL = 'Its names, addresses or listing are not those that were reviewed.',
			HINT = 'Refuse the exception and review the alert again.';
	END IF;
	UPDATE entity_screen.exception e
	SET exception_status = 'approved', decided_by = session_user,
		decided_at = clock_timestamp()
	WHERE e.exception_id = item.exception_id;
	RETURN entity_screen.close_excepted(item);
END;
$$;
COMMENT ON FUNCTION entity_screen.approve_exception(bigint) IS
'Approves an exception that another person proposed: its hits are recorded and suppressed. Returns how many open alerts it closed. P0002, SC007, SC009.';

/*
 * refuse_exception(exception_id, reason), revoke_exception(exception_id,
 * reason) - a person says no, before or after approval
 *
 * Revoking reopens the alert from which it was proposed.  Errors: 22004
 * without a reason, P0002.
 */
CREATE FUNCTION entity_screen.refuse_exception(exception_id bigint,
											   reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM entity_screen.check_reason(refuse_exception.reason, 'a refusal');
	PERFORM entity_screen.lock_exception(refuse_exception.exception_id,
										 ARRAY['proposed']);
	UPDATE entity_screen.exception e
	SET exception_status = 'refused', decided_by = session_user,
		decided_at = clock_timestamp(), ended_at = clock_timestamp(),
		end_reason = refuse_exception.reason
	WHERE e.exception_id = refuse_exception.exception_id;
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_exception(bigint, text) IS
'Refuses a proposed exception, with a reason. 22004, P0002.';

CREATE FUNCTION entity_screen.reopen_excepted(alert_id bigint, cause text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM FROM entity_screen.alert a
	WHERE a.alert_id = reopen_excepted.alert_id
		AND a.alert_status = 'closed' FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM entity_screen.move_alert(reopen_excepted.alert_id, 'reopened',
									 cause, notice => cause);
	RETURN true;
END;
$$;
COMMENT ON FUNCTION entity_screen.reopen_excepted(bigint, text) IS
'Internal: reopens a closed alert whose exception has ended; returns whether it was closed';

CREATE FUNCTION entity_screen.revoke_exception(exception_id bigint,
											   reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	item entity_screen.exception;
BEGIN
	PERFORM entity_screen.check_reason(revoke_exception.reason,
									   'a revocation');
	item := entity_screen.lock_exception(revoke_exception.exception_id,
										 ARRAY['approved']);
	UPDATE entity_screen.exception e
	SET exception_status = 'revoked', ended_at = clock_timestamp(),
		end_reason = revoke_exception.reason
	WHERE e.exception_id = item.exception_id;
	PERFORM entity_screen.reopen_excepted(item.alert_id,
										  'exception_revoked');
END;
$$;
COMMENT ON FUNCTION entity_screen.revoke_exception(bigint, text) IS
'Ends an approved exception, with a reason, and reopens its alert. 22004, P0002.';

/*
 * review_exceptions() - end what no longer holds
 *
 * Every approved exception that has expired or whose entry has changed is
 * ended and its alert reopened.  Rescreening calls it; so may a schedule.
 * One row for each that ended.
 */
CREATE FUNCTION entity_screen.review_exceptions()
RETURNS TABLE (
	exception_id bigint,
	alert_id bigint,
	end_reason text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	item record;
BEGIN
	FOR item IN
		WITH reviewed AS MATERIALIZED (
			SELECT d.entry_id,
				entity_screen.entry_review_key(d.entry_id) AS entry_key
			FROM (SELECT DISTINCT x.entry_id FROM entity_screen.exception x
				  WHERE x.exception_status = 'approved') d)
		SELECT e.exception_id, e.alert_id,
			CASE WHEN e.valid_until < (now() AT TIME ZONE 'UTC')::date
				THEN 'expired' ELSE 'entry_changed' END AS problem
		FROM entity_screen.exception e
		JOIN reviewed r ON r.entry_id = e.entry_id
		WHERE e.exception_status = 'approved'
			AND (e.valid_until < (now() AT TIME ZONE 'UTC')::date
				 OR e.entry_key <> r.entry_key)
		ORDER BY e.exception_id
	LOOP
		CONTINUE WHEN NOT entity_screen.end_exception(item.exception_id,
													  item.problem);
		PERFORM entity_screen.reopen_excepted(item.alert_id, item.problem);
		exception_id := item.exception_id;
		alert_id := item.alert_id;
		end_reason := item.problem;
		RETURN NEXT;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.review_exceptions() IS
'Ends the approved exceptions that have expired or whose entry has changed and reopens their alerts; one row each';
