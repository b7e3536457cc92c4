/*
 * 50_scope: which lists are asked, and for whom
 */

/*
 * A list that is asked.  config_ids: versions of screening_config that the
 * thresholds are from.
 */
CREATE TYPE entity_screen.asked_list AS (
	list_code text,
	today date,
	time_zone text,
	threshold double precision,
	problem text,
	weak_threshold double precision,
	config_ids bigint[]);
COMMENT ON TYPE entity_screen.asked_list IS
'Internal: a list that a screening asks, with its present date and thresholds, and what keeps it from being asked';

/*
 * Which lists are asked, with what date and thresholds, and what keeps a list
 * from being asked.  Without a choice of lists: all that were ever loaded.
 */
CREATE FUNCTION entity_screen.screening_scope(lists text[],
	threshold double precision, guard_id bigint DEFAULT NULL)
RETURNS SETOF entity_screen.asked_list
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	SELECT c.list_code, (now() AT TIME ZONE coalesce(l.time_zone, 'UTC'))::date,
		coalesce(l.time_zone, 'UTC'),
		coalesce(screening_scope.threshold, n.threshold),
		entity_screen.list_problem(l.list_code, p.name_count,
			p.normalizer_version, p.loaded_at,
			coalesce(o.max_list_age, l.max_list_age)), w.threshold,
		CASE WHEN screening_scope.threshold IS NULL
			THEN ARRAY[n.config_id, w.config_id]
			ELSE ARRAY[w.config_id] END
	FROM (
		SELECT DISTINCT u.code AS list_code
		FROM unnest(screening_scope.lists) AS u (code)
		WHERE u.code IS NOT NULL
		UNION ALL
		SELECT e.list_code
		FROM entity_screen.list_state e
		WHERE screening_scope.lists IS NULL) c
	LEFT JOIN entity_screen.screening_list l ON l.list_code = c.list_code
	LEFT JOIN entity_screen.list_setting o ON o.list_code = c.list_code
	LEFT JOIN entity_screen.list_state p ON p.list_code = c.list_code
	LEFT JOIN LATERAL entity_screen.current_config(c.list_code, 'all',
		screening_scope.guard_id) n ON true
	LEFT JOIN LATERAL entity_screen.current_config(c.list_code, 'weak',
		screening_scope.guard_id) w ON true
	ORDER BY c.list_code;
END;
COMMENT ON FUNCTION entity_screen.screening_scope(text[], double precision, bigint) IS
'Internal: the lists a screening, or a guard, asks, each with its present date and thresholds; problem: why one cannot be asked, and then screening refuses to answer';

/*
 * The same for somebody.  A list that the reader may not see is unknown to
 * them; guards have no reader and ask every list.
 */
CREATE FUNCTION entity_screen.scope_for(lists text[],
	threshold double precision, reader name, guard_id bigint DEFAULT NULL)
RETURNS SETOF entity_screen.asked_list
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
	SELECT s.list_code, s.today, s.time_zone, s.threshold,
		CASE WHEN v.is_visible THEN s.problem ELSE 'unknown list' END,
		s.weak_threshold, s.config_ids
	FROM entity_screen.screening_scope(lists, threshold, guard_id) s
	LEFT JOIN entity_screen.screening_list l ON l.list_code = s.list_code
	CROSS JOIN LATERAL (
		SELECT reader IS NULL OR l.visibility IS DISTINCT FROM 'private'
			OR s.list_code = ANY ((
				SELECT entity_screen.lists_visible_to(reader))::text[])
				AS is_visible) v
	WHERE v.is_visible OR scope_for.lists IS NOT NULL
	ORDER BY s.list_code;
END;
COMMENT ON FUNCTION entity_screen.scope_for(text[], double precision, name, bigint) IS
'Internal: screening_scope() of the lists that the reader may see; null: all';

CREATE FUNCTION entity_screen.config_ids_of(lists text[],
	threshold double precision, guard_id bigint DEFAULT NULL)
RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(array_agg(DISTINCT c.id), '{}')
	FROM entity_screen.screening_scope(lists, threshold, guard_id) s
	CROSS JOIN LATERAL unnest(s.config_ids) AS c (id)
	WHERE c.id IS NOT NULL;
END;
COMMENT ON FUNCTION entity_screen.config_ids_of(text[], double precision, bigint) IS
'Internal: the versions of screening_config that the thresholds of screening_scope() are from, each once, ascending';

CREATE FUNCTION entity_screen.session_role()
RETURNS name
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.session_role() IS
'Internal: the role that the session acts as, also inside of definer functions';

CREATE FUNCTION entity_screen.session_lists()
RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT entity_screen.lists_visible_to(entity_screen.session_role());
END;
COMMENT ON FUNCTION entity_screen.session_lists() IS
'Internal: the lists that the role of the session may see, also inside of definer functions';

CREATE FUNCTION entity_screen.asked_lists(lists text[])
RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(lists, array_agg(s.list_code))
	FROM entity_screen.scope_for(NULL, NULL,
								 entity_screen.session_role()) s;
END;
COMMENT ON FUNCTION entity_screen.asked_lists(text[]) IS
'Internal: the lists that a definer function asks for the session; without a choice all that were ever loaded and it may see';
