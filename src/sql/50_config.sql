/*
 * 50_config: with what thresholds and rules a site screens
 *
 * Every version is kept and the newest counts; a version that needs a second
 * person counts from his approval on.  No setting of a session is read here.
 */

/* ---------------------------------------------------------------------
 * rules of the site
 * ------------------------------------------------------------------ */

CREATE TABLE entity_screen.screening_policy (
	policy_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	threshold_needs_approval boolean NOT NULL,
	disposition_needs_approval boolean NOT NULL,
	exception_max_days integer NOT NULL CHECK (exception_max_days > 0),
	announced_counts boolean NOT NULL,
	reason text NOT NULL CHECK (reason <> ''),
	set_by name NOT NULL,
	set_at timestamptz NOT NULL,
	is_shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE entity_screen.screening_policy IS
'What needs a second person and what counts as a hit, every version of it: the newest row counts. Append only, through set_policy().';
COMMENT ON COLUMN entity_screen.screening_policy.policy_id IS
'Version number';
COMMENT ON COLUMN entity_screen.screening_policy.threshold_needs_approval IS
'A threshold counts only when another person has approved it';
COMMENT ON COLUMN entity_screen.screening_policy.disposition_needs_approval IS
'A disposition closes alerts only when another person has approved it';
COMMENT ON COLUMN entity_screen.screening_policy.exception_max_days IS
'Longest time for which an exception may be proposed, in days';
COMMENT ON COLUMN entity_screen.screening_policy.announced_counts IS
'For guards and watches an entry that is announced and not in force yet is a hit too';
COMMENT ON COLUMN entity_screen.screening_policy.reason IS 'Why';
COMMENT ON COLUMN entity_screen.screening_policy.set_by IS
'Session user who set it';
COMMENT ON COLUMN entity_screen.screening_policy.set_at IS 'When';
COMMENT ON COLUMN entity_screen.screening_policy.is_shipped IS
'True for the default of the install script, which pg_dump leaves out';

INSERT INTO entity_screen.screening_policy (threshold_needs_approval,
	disposition_needs_approval, exception_max_days, announced_counts, reason,
	set_by, set_at, is_shipped)
VALUES (false, true, 366, false, 'default of the extension', 'entity_screen',
		'2020-01-01 00:00:00+00', true);

CREATE FUNCTION entity_screen.current_policy()
RETURNS entity_screen.screening_policy
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT p FROM entity_screen.screening_policy p
	ORDER BY p.policy_id DESC LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.current_policy() IS
'The rules of the site as they stand';

/*
 * The rules as they stood at a moment, null: as they stand.
 */
CREATE FUNCTION entity_screen.policy_at(moment timestamptz)
RETURNS SETOF entity_screen.screening_policy
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT p.* FROM entity_screen.screening_policy p
	WHERE policy_at.moment IS NULL OR p.set_at <= policy_at.moment
	ORDER BY p.policy_id DESC LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.policy_at(timestamptz) IS
'Internal: the rules of the site as they stood at a moment; null: as they stand';

/*
 * set_policy(reason, ...) - change what needs a second person, what counts
 *
 * reason						why, kept with the version
 * threshold_needs_approval, disposition_needs_approval, exception_max_days,
 * announced_counts				null: as before
 *
 * Returns the number of the new version.  Errors: 22004 without a reason,
 * 22003 for a number of days below one.
 */
CREATE FUNCTION entity_screen.set_policy(reason text,
	threshold_needs_approval boolean DEFAULT NULL,
	disposition_needs_approval boolean DEFAULT NULL,
	exception_max_days integer DEFAULT NULL,
	announced_counts boolean DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	PERFORM entity_screen.check_reason(set_policy.reason, 'a policy');
	IF set_policy.exception_max_days < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
			MESSAGE = format('exception_max_days %s is out of range',
							 set_policy.exception_max_days),
			DETAIL = 'An exception lasts for a day at least.',
			HINT = 'Pass a positive number of days.';
	END IF;
	INSERT INTO entity_screen.screening_policy (threshold_needs_approval,
		disposition_needs_approval, exception_max_days, announced_counts,
		reason, set_by, set_at)
	SELECT coalesce(set_policy.threshold_needs_approval,
					p.threshold_needs_approval),
		coalesce(set_policy.disposition_needs_approval,
				 p.disposition_needs_approval),
		coalesce(set_policy.exception_max_days, p.exception_max_days),
		coalesce(set_policy.announced_counts, p.announced_counts),
		set_policy.reason, session_user, clock_timestamp()
	FROM entity_screen.current_policy() p
	RETURNING policy_id INTO id;
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.set_policy(text, boolean, boolean, integer, boolean) IS
'Sets what needs a second person, how long an exception may last, and whether an announced entry counts; returns the number of the new version. 22004 without a reason.';

/* ---------------------------------------------------------------------
 * thresholds
 * ------------------------------------------------------------------ */

CREATE TABLE entity_screen.screening_config (
	config_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	list_code text,
	guard_id bigint,
	names text NOT NULL CHECK (names IN ('all', 'weak')),
	threshold double precision
		CHECK (threshold BETWEEN 0.30 AND 1.00),
	needs_approval boolean NOT NULL,
	reason text NOT NULL CHECK (reason <> ''),
	set_by name NOT NULL,
	set_at timestamptz NOT NULL,
	is_shipped boolean NOT NULL DEFAULT false,
	CHECK (threshold IS NOT NULL OR names = 'weak' OR list_code IS NOT NULL
		   OR guard_id IS NOT NULL)
);
COMMENT ON TABLE entity_screen.screening_config IS
'Thresholds of screening, every version of them: the newest row of a guard and list counts, else that of the guard, else that of the list, else the one without either. Append only, through set_threshold().';
COMMENT ON COLUMN entity_screen.screening_config.config_id IS
'Version number';
COMMENT ON COLUMN entity_screen.screening_config.list_code IS
'List it applies to; null: every list without a row of its own';
COMMENT ON COLUMN entity_screen.screening_config.guard_id IS
'Guard it applies to; null: everything that screens';
COMMENT ON COLUMN entity_screen.screening_config.names IS
'all: names that are not weak aliases; weak: names that the list marks as weak aliases';
COMMENT ON COLUMN entity_screen.screening_config.threshold IS
'Score from which a name is a hit, 0.30 to 1.00, for weak aliases never below that of other names; null for weak: weak aliases alone are no hit; null for all: the list or guard has no threshold of its own any more';
COMMENT ON COLUMN entity_screen.screening_config.needs_approval IS
'Whether it counts only when another person has approved it, see screening_config_approval';
COMMENT ON COLUMN entity_screen.screening_config.reason IS 'Why';
COMMENT ON COLUMN entity_screen.screening_config.set_by IS
'Session user who set it';
COMMENT ON COLUMN entity_screen.screening_config.set_at IS 'When';
COMMENT ON COLUMN entity_screen.screening_config.is_shipped IS
'True for the default of the install script, which pg_dump leaves out';

INSERT INTO entity_screen.screening_config
	(names, threshold, needs_approval, reason, set_by, set_at, is_shipped)
VALUES ('all', 0.65, false, 'default of the extension', 'entity_screen',
		'2020-01-01 00:00:00+00', true),
	('weak', NULL, false, 'default of the extension', 'entity_screen',
		'2020-01-01 00:00:00+00', true);

CREATE TABLE entity_screen.screening_config_approval (
	config_id bigint PRIMARY KEY,
	proposed_by name NOT NULL,
	approved_by name NOT NULL,
	approved_at timestamptz NOT NULL,
	CONSTRAINT screening_config_four_eyes CHECK (approved_by <> proposed_by)
);
COMMENT ON TABLE entity_screen.screening_config_approval IS
'Approvals of thresholds by a second person. Append only, through approve_threshold().';
COMMENT ON COLUMN entity_screen.screening_config_approval.config_id IS
'The version approved';
COMMENT ON COLUMN entity_screen.screening_config_approval.proposed_by IS
'Who had set it';
COMMENT ON COLUMN entity_screen.screening_config_approval.approved_by IS
'Session user who approved it: another person';
COMMENT ON COLUMN entity_screen.screening_config_approval.approved_at IS
'When; it counts from then on';

SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_policy', 'WHERE NOT is_shipped');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_policy_policy_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_config', 'WHERE NOT is_shipped');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_config_config_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.screening_config_approval', '');

CREATE FUNCTION entity_screen.check_threshold(threshold double precision)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF threshold IS NULL OR NOT threshold BETWEEN 0.30 AND 1.00 THEN
		RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
			MESSAGE = format('threshold %s is out of range',
							 coalesce(threshold::text, 'null')),
			DETAIL = 'A threshold is between 0.30 and 1.00.',
			HINT = 'The default is 0.65.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_threshold(double precision) IS
'Raises 22003 unless the threshold is between 0.30 and 1.00';

CREATE FUNCTION entity_screen.check_known_lists(list_codes text[])
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown text;
BEGIN
	SELECT coalesce(u.code, 'null') INTO unknown
	FROM unnest(list_codes) AS u (code)
	WHERE NOT EXISTS (
		SELECT FROM entity_screen.screening_list l
		WHERE l.list_code = u.code
			AND entity_screen.session_may_see(l.list_code))
	LIMIT 1;
	IF FOUND OR cardinality(list_codes) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = CASE WHEN cardinality(list_codes) = 0
				THEN 'no list is named'
				ELSE format('list %s is not known', unknown) END,
			DETAIL = 'It applies to known lists, or to all.',
			HINT = 'Use list_code of entity_screen.screening_list, or null for all.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_known_lists(text[]) IS
'Internal: raises 22023 unless every list is known; null stands for all';

CREATE FUNCTION entity_screen.check_new_threshold(
	threshold double precision, list_codes text[], names text, guard_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF check_new_threshold.names IS NULL
		OR check_new_threshold.names NOT IN ('all', 'weak') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('names %L is not known',
							 check_new_threshold.names),
			DETAIL = 'A threshold is for all names or for weak aliases.',
			HINT = 'Use all or weak.';
	END IF;
	IF threshold IS NOT NULL
		OR (names = 'all' AND list_codes IS NULL AND guard_id IS NULL) THEN
		PERFORM entity_screen.check_threshold(threshold);
	END IF;
	PERFORM entity_screen.check_known_lists(list_codes);
END;
$$;
COMMENT ON FUNCTION entity_screen.check_new_threshold(double precision, text[], text, bigint) IS
'Internal: raises 22003 or 22023 unless set_threshold() may store this';

/*
 * One version a list, for set_threshold() and the functions that make and
 * change guards.  The second person is demanded by the policy as it is now.
 */
CREATE FUNCTION entity_screen.store_threshold(threshold double precision,
	list_codes text[], reason text, names text, guard_id bigint)
RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	stored entity_screen.screening_config;
BEGIN
	FOR stored IN
		INSERT INTO entity_screen.screening_config (list_code, guard_id,
			names, threshold, needs_approval, reason, set_by, set_at)
		SELECT l.code, store_threshold.guard_id, store_threshold.names,
			round(store_threshold.threshold::numeric, 4),
			p.threshold_needs_approval, store_threshold.reason,
			session_user, clock_timestamp()
		FROM entity_screen.current_policy() p,
			unnest(coalesce(store_threshold.list_codes, ARRAY[NULL]))
				AS l (code)
		RETURNING *
	LOOP
		IF stored.needs_approval THEN
			RAISE NOTICE USING
				MESSAGE = format('threshold %s waits for approval',
								 stored.config_id),
				DETAIL = 'It does not count until another person approves it.',
				HINT = format('SELECT entity_screen.approve_threshold(%s)',
							  stored.config_id);
		END IF;
		RETURN NEXT stored.config_id;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.store_threshold(double precision, text[], text, text, bigint) IS
'Internal: adds versions of screening_config, one a list';

/*
 * set_threshold(threshold, list_codes, reason, names, target) - the only way
 * in
 *
 * threshold	0.30 to 1.00, rounded to 1/10000.  Null takes the threshold
 *				of a list or guard away, so that the more general one counts;
 *				with names 'weak': weak aliases alone are no hit, be it of the
 *				list, be it for this guard whatever the list says
 * list_codes	lists it is for; null: all without a threshold of their own
 * reason		why, kept with the version
 * names		'all' or 'weak', see screening_config.names
 * target		a protected table: for its guard alone, and there before those
 *				of the lists
 *
 * Returns the number of the new version, one row a list.  When the policy
 * demands a second person it counts from approve_threshold() on; a notice
 * says so.
 *
 * Errors: 22003 for the threshold, 22004 without a reason, 22023 for a list
 * or for names, 42704 when the table has no guard.
 */
CREATE FUNCTION entity_screen.set_threshold(threshold double precision,
	list_codes text[], reason text, names text DEFAULT 'all',
	target regclass DEFAULT NULL)
RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	guard bigint;
BEGIN
	PERFORM entity_screen.check_reason(set_threshold.reason, 'a threshold');
	IF set_threshold.target IS NOT NULL THEN
		SELECT g.guard_id INTO guard FROM entity_screen.guard g
		WHERE g.target = set_threshold.target;
		IF NOT FOUND THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_object',
				MESSAGE = format('%s is not protected',
								 set_threshold.target),
				DETAIL = 'No guard stands on the table.',
				HINT = 'Use entity_screen.protect_table(), or leave target out for all tables.';
		END IF;
	END IF;
	PERFORM entity_screen.check_new_threshold(set_threshold.threshold,
		set_threshold.list_codes, set_threshold.names, guard);
	RETURN QUERY SELECT s FROM entity_screen.store_threshold(
		set_threshold.threshold, set_threshold.list_codes,
		set_threshold.reason, set_threshold.names, guard) s;
END;
$$;
COMMENT ON FUNCTION entity_screen.set_threshold(double precision, text[], text, text, regclass) IS
'Sets the threshold of lists, of all lists without one of their own, or of the guard of one table; returns the number of each new version. 22003 outside 0.30 to 1.00.';

/*
 * approve_threshold(config_id) - the second person
 *
 * Errors: P0002 when no version waits under the number, SC007 when the
 * session user has set it himself.
 */
CREATE FUNCTION entity_screen.approve_threshold(config_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	config entity_screen.screening_config;
BEGIN
	SELECT c.* INTO config FROM entity_screen.screening_config c
	WHERE c.config_id = approve_threshold.config_id AND c.needs_approval
		AND entity_screen.session_may_see(c.list_code)
		AND NOT EXISTS (
			SELECT FROM entity_screen.screening_config_approval a
			WHERE a.config_id = c.config_id);
	IF NOT FOUND THEN
		PERFORM entity_screen.refuse_number(
			'no threshold waits for approval under number %s',
			approve_threshold.config_id,
			'It does not exist, needs no approval, or is approved.',
			'screening_config');
	END IF;
	PERFORM entity_screen.check_second_person(config.set_by, 'a threshold');
	INSERT INTO entity_screen.screening_config_approval
		(config_id, proposed_by, approved_by, approved_at)
	VALUES (config.config_id, config.set_by, session_user,
			clock_timestamp());
END;
$$;
COMMENT ON FUNCTION entity_screen.approve_threshold(bigint) IS
'Approves a threshold that another person has set. SC007 for one''s own.';

/*
 * The version that counts: that of the guard before that of the list, and of
 * each the newest that needs no approval or has it.  One row at most, of
 * which the threshold is null only for weak aliases.
 */
CREATE FUNCTION entity_screen.current_config(list_code text, names text,
											 guard_id bigint DEFAULT NULL)
RETURNS SETOF entity_screen.screening_config
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT l.*
	FROM (
		SELECT DISTINCT ON (c.guard_id, c.list_code) c.*
		FROM entity_screen.screening_config c
		LEFT JOIN entity_screen.screening_config_approval a
			ON a.config_id = c.config_id
		WHERE (c.list_code = current_config.list_code
				OR c.list_code IS NULL)
			AND (c.guard_id = current_config.guard_id OR c.guard_id IS NULL)
			AND c.names = current_config.names
			AND (NOT c.needs_approval OR a.config_id IS NOT NULL)
		ORDER BY c.guard_id, c.list_code, c.config_id DESC) l
	WHERE l.threshold IS NOT NULL OR l.names = 'weak'
	ORDER BY l.guard_id, l.list_code
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.current_config(text, text, bigint) IS
'Internal: the version of screening_config with which the names (all or weak) of a list are screened now, by a guard or else';

CREATE FUNCTION entity_screen.current_threshold(list_code text)
RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.threshold FROM entity_screen.current_config(list_code, 'all') c;
END;
COMMENT ON FUNCTION entity_screen.current_threshold(text) IS
'Threshold with which a list is screened now';

CREATE FUNCTION entity_screen.current_weak_threshold(list_code text)
RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT c.threshold FROM entity_screen.current_config(list_code, 'weak') c;
END;
COMMENT ON FUNCTION entity_screen.current_weak_threshold(text) IS
'Threshold with which the weak aliases of a list are screened now; null: alone they are no hit';
