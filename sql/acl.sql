-- Who may do what: nobody anything, until grant_role().
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
CREATE ROLE regress_es_nobody;
CREATE ROLE regress_es_user;
CREATE ROLE regress_es_analyst;
CREATE ROLE regress_es_loader;
CREATE ROLE regress_es_approver;
CREATE ROLE regress_es_auditor;
CREATE ROLE regress_es_admin;
SELECT entity_screen.grant_role(k, ('regress_es_' || k)::regrole)
FROM unnest(ARRAY['user', 'analyst', 'loader', 'approver', 'auditor', 'admin']) k;
SELECT entity_screen.grant_role('king', 'regress_es_user');
SELECT entity_screen.grant_role(NULL, 'regress_es_user');
SELECT entity_screen.grant_role('user', 'no_such_role');

-- Without a grant: the type and its operators, and nothing of the list side
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'entity_screen'::regnamespace
	AND c.relkind IN ('r', 'v', 'S', 'p') AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege('regress_es_nobody', c.oid, 'USAGE, SELECT, UPDATE')
	ELSE has_table_privilege('regress_es_nobody', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') END;
SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'entity_screen'::regnamespace
	AND has_function_privilege('regress_es_nobody', p.oid, 'EXECUTE') ORDER BY 1;

-- Every function is granted by some kind, or says that it is internal
CREATE TEMP VIEW may_call AS
SELECT p.oid, p.proname, p.oid::regprocedure AS function, k AS kind, p.provolatile
FROM pg_proc p, unnest(ARRAY['user', 'analyst', 'loader', 'approver', 'auditor', 'admin']) k
WHERE p.pronamespace = 'entity_screen'::regnamespace AND p.proname <> 'normalizer_version' AND has_function_privilege('regress_es_' || k, p.oid, 'EXECUTE');
SELECT p.oid::regprocedure AS nobody_may_call FROM pg_proc p
WHERE p.pronamespace = 'entity_screen'::regnamespace AND p.prorettype <> 'trigger'::regtype AND p.oid <> 'entity_screen.grant_role(text, regrole)'::regprocedure
	AND NOT EXISTS (SELECT FROM may_call m WHERE m.oid = p.oid) AND obj_description(p.oid, 'pg_proc') !~ '^Internal' ORDER BY 1;
-- What the narrow kinds may call; the auditor changes nothing
SELECT kind, string_agg(DISTINCT proname, ' ' ORDER BY proname) AS functions FROM may_call WHERE kind IN ('user', 'loader') GROUP BY kind ORDER BY kind;
SELECT DISTINCT proname AS approver_only FROM may_call WHERE kind = 'approver' AND oid NOT IN (SELECT oid FROM may_call WHERE kind <> 'approver') ORDER BY 1;
SELECT function AS auditor_could_change FROM may_call WHERE kind = 'auditor' AND provolatile = 'v' ORDER BY 1;

DROP VIEW may_call;
-- Nobody may write a table; who may read which
SELECT c.relname, k FROM pg_class c, unnest(ARRAY['user', 'analyst', 'loader', 'approver', 'auditor', 'admin']) k
WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind IN ('r', 'v', 'p')
	AND has_table_privilege('regress_es_' || k, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER');
SELECT k, bool_and(has_table_privilege('regress_es_' || k, c.oid, 'SELECT')) AS all_tables,
	bool_or(has_table_privilege('regress_es_' || k, c.oid, 'SELECT')) AS any_table
FROM pg_class c, unnest(ARRAY['user', 'analyst', 'loader', 'approver', 'auditor', 'admin']) k
WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind IN ('r', 'v', 'p') GROUP BY k ORDER BY k;

-- Each in use
SET ROLE regress_es_loader;
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,99 FR 1,2024-01-01\nentry,add,Zenith Works,Peru,,\n', 'us_bis_el');
SELECT list_code, threshold, is_usable FROM entity_screen.v_list_status WHERE is_usable;
SELECT entity_screen.is_listed('Zenith Works');
SELECT entity_screen.parse_operation_file('x');
RESET ROLE;
SELECT loaded_by = session_user AS loaded_by FROM entity_screen.tranche;
SET ROLE regress_es_user;
SELECT entity_screen.is_listed('Zenith Works');
SELECT entry_name FROM entity_screen.screen_party('Zenith Works');
SELECT * FROM entity_screen.entry;
SELECT entity_screen.load_tranche('x'::text);
RESET ROLE;
SET ROLE regress_es_analyst;
SELECT name FROM entity_screen.tranche_name(1);
SELECT entry_name FROM entity_screen.v_entry_current;
SELECT entity_screen.release('pg_class', '1', 'x');
RESET ROLE;
SET ROLE regress_es_auditor;
SELECT count(*) FROM entity_screen.screening_event;
INSERT INTO entity_screen.screening_event DEFAULT VALUES;
SELECT entity_screen.is_listed('Zenith Works');
RESET ROLE;
SET ROLE regress_es_admin;
SELECT entity_screen.set_threshold(0.7, NULL, 'test');
SELECT entity_screen.load_tranche('x'::text);
SELECT entity_screen.grant_role('admin', 'regress_es_user');
RESET ROLE;

-- Every definer function pins its search_path, the temporary schema last
SELECT p.oid::regprocedure AS not_pinned FROM pg_proc p
WHERE p.pronamespace = 'entity_screen'::regnamespace
	AND (p.prosecdef OR p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql'))
	AND p.prokind <> 'p' -- a procedure that commits cannot have settings
	AND NOT 'search_path=pg_catalog, pg_temp' = ANY (coalesce(p.proconfig, '{}'));

DROP EXTENSION entity_screen;
CREATE EXTENSION entity_screen;
DROP ROLE regress_es_nobody, regress_es_user, regress_es_analyst, regress_es_loader, regress_es_approver, regress_es_auditor, regress_es_admin;
