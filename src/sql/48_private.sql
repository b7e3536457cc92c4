/*
 * 48_private: lists that not everybody may see
 *
 * A list with visibility private is seen by the roles named in list_reader.
 * 91_policy keeps it from all others.
 */

CREATE TABLE entity_screen.list_reader (
	list_code text NOT NULL,
	role_name name NOT NULL,
	granted_by name NOT NULL,
	granted_at timestamptz NOT NULL,
	PRIMARY KEY (list_code, role_name)
);
COMMENT ON TABLE entity_screen.list_reader IS
'Roles that may see a private list; through grant_list() and revoke_list()';
COMMENT ON COLUMN entity_screen.list_reader.list_code IS 'List';
COMMENT ON COLUMN entity_screen.list_reader.role_name IS
'Role; its members may see the list too';
COMMENT ON COLUMN entity_screen.list_reader.granted_by IS
'Session user who let it';
COMMENT ON COLUMN entity_screen.list_reader.granted_at IS 'When';
SELECT pg_catalog.pg_extension_config_dump('entity_screen.list_reader', '');

/*
 * grant_list(list_code, grantee) - let a role see a private list
 *
 * For the owner of the extension.  Errors: 22023 for an unknown list, 42704
 * for a role that does not exist.
 */
CREATE FUNCTION entity_screen.grant_list(list_code text, grantee regrole)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM entity_screen.check_known_lists(ARRAY[grant_list.list_code]);
	INSERT INTO entity_screen.list_reader
	VALUES (grant_list.list_code,
			(SELECT r.rolname FROM pg_roles r WHERE r.oid = grantee),
			session_user, clock_timestamp())
	ON CONFLICT DO NOTHING;
END;
$$;
COMMENT ON FUNCTION entity_screen.grant_list(text, regrole) IS
'Lets a role and its members see a private list. 22023 for an unknown list.';

CREATE FUNCTION entity_screen.revoke_list(list_code text, grantee regrole)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM entity_screen.list_reader r
	WHERE r.list_code = revoke_list.list_code
		AND r.role_name = (SELECT p.rolname FROM pg_roles p
						   WHERE p.oid = grantee);
	RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION entity_screen.revoke_list(text, regrole) IS
'Takes the sight of a private list from a role; false when it had none of its own';

/*
 * Whoever belongs to the owner of the extension sees every list.
 */
CREATE FUNCTION entity_screen.lists_visible_to(reader name)
RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_agg(l.list_code)
	FROM entity_screen.screening_list l
	WHERE l.visibility = 'public'
		OR EXISTS (
			SELECT FROM pg_class c
			WHERE c.oid = 'entity_screen.screening_list'::regclass
				AND pg_has_role(reader, c.relowner, 'MEMBER'))
		OR EXISTS (
			SELECT FROM entity_screen.list_reader r
			JOIN pg_roles p ON p.rolname = r.role_name
			WHERE r.list_code = l.list_code
				AND pg_has_role(reader, p.oid, 'MEMBER'));
END;
COMMENT ON FUNCTION entity_screen.lists_visible_to(name) IS
'Internal: lists that a role may see, the public ones and the private ones granted to it';

CREATE FUNCTION entity_screen.visible_lists()
RETURNS text[]
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.visible_lists() IS
'Lists that the current user may see';
