/*
 * 50_approval: what a decision needs, whatever it is about
 *
 * A reason, and where the policy says so a second person.  A person is the
 * session user.
 */

CREATE FUNCTION entity_screen.check_reason(reason text, what text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF coalesce(btrim(reason), '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('%s needs a reason', what),
			DETAIL = 'The reason is kept as evidence.',
			HINT = 'Pass the reason, in a sentence.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_reason(text, text) IS
'Internal: raises 22004 for a blank reason';

CREATE FUNCTION entity_screen.check_second_person(first_person name,
												  what text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF first_person = session_user THEN
		RAISE EXCEPTION USING ERRCODE = 'SC007',
			MESSAGE = format('%s is approved by another person', what),
			DETAIL = format('%s has proposed it.', first_person),
			HINT = 'Ask a colleague with the right to approve.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_second_person(name, text) IS
'Internal: raises SC007 when the session user is who proposed it';

/*
 * For the number of a proposal, an exception or a hold: what the caller names
 * is not there, or he may not see it, or it is past that.
 */
CREATE FUNCTION entity_screen.refuse_number(message text, number bigint,
											detail text, table_name text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'no_data_found',
		MESSAGE = format(message, coalesce(number::text, 'null')),
		DETAIL = detail,
		HINT = format('See entity_screen.%s.', table_name);
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_number(text, bigint, text, text) IS
'Internal: raises P0002 for a number under which there is nothing to decide; message has %s for the number';
