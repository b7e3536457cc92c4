/*
 * 91_privilege: who has been granted what
 */

CREATE VIEW entity_screen.v_privilege
WITH (security_invoker = true) AS
SELECT CASE a.grantee WHEN 0 THEN 'public'
		ELSE pg_get_userbyid(a.grantee)::text END AS role_name,
	o.object_kind AS object_kind_code,
	entity_screen.code_label(o.object_kind) AS object_kind_label, o.object_name, a.privilege_type AS privilege,
	a.is_grantable, pg_get_userbyid(a.grantor)::text AS granted_by
FROM (
	SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence'
			ELSE 'table' END AS object_kind,
		c.relname::text AS object_name, c.relowner AS owner, c.relacl AS acl
	FROM pg_class c
	WHERE c.relnamespace = 'entity_screen'::regnamespace
		AND c.relkind IN ('r', 'p', 'v', 'S')
	UNION ALL
	SELECT 'function', format('%s(%s)', p.proname,
			pg_get_function_identity_arguments(p.oid)), p.proowner, p.proacl
	FROM pg_proc p
	WHERE p.pronamespace = 'entity_screen'::regnamespace
	UNION ALL
	SELECT 'schema', n.nspname::text, n.nspowner, n.nspacl
	FROM pg_namespace n
	WHERE n.nspname = 'entity_screen') o
CROSS JOIN LATERAL aclexplode(o.acl) a
WHERE a.grantee <> o.owner;
COMMENT ON VIEW entity_screen.v_privilege IS
'Every right on the list side that a role other than the owner was granted. Membership in a role that has a right is not unfolded.';
COMMENT ON COLUMN entity_screen.v_privilege.role_name IS
'Who has the right; public: everybody';
COMMENT ON COLUMN entity_screen.v_privilege.object_kind_code IS
'table, view, sequence, function or schema';
COMMENT ON COLUMN entity_screen.v_privilege.object_kind_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_privilege.object_name IS
'On what, in schema entity_screen';
COMMENT ON COLUMN entity_screen.v_privilege.privilege IS
'The right: SELECT, EXECUTE and so on';
COMMENT ON COLUMN entity_screen.v_privilege.is_grantable IS
'Whether the role may pass it on';
COMMENT ON COLUMN entity_screen.v_privilege.granted_by IS 'Who granted it';
REVOKE ALL ON entity_screen.v_privilege FROM PUBLIC;
