-- A private list screens for everybody and is seen by those who may.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
\getenv abs_srcdir PG_ABS_SRCDIR
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect, visibility)
VALUES ('zz_secret', 'Secret list', 'The house', 'internal_block', 'private');
\set content `cat :abs_srcdir/data/tranches/2019-10-09_84FR54002.csv`
SELECT added FROM entity_screen.load_tranche(:'content'::text, 'us_bis_el');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,list_code,effective_on,document_number,title,license_requirement\n'
	'tranche,,,,zz_secret,2020-01-01,zz_secret 1,Secret rule,\n'
	'entry,add,Zzyzx Shadow Works,Nowhere,,,,,Never\nname,,Zzyzx Umbra,,,,,,\n', 'zz_secret');

CREATE ROLE regress_eyes;
CREATE ROLE regress_insider;
CREATE ROLE regress_clerk;
SELECT entity_screen.grant_role('auditor', 'regress_eyes');
SELECT entity_screen.grant_role('auditor', 'regress_insider');
SELECT entity_screen.grant_role('user', 'regress_clerk');
SELECT entity_screen.grant_role('user', 'regress_insider');
SELECT entity_screen.grant_list('zz_secret', 'regress_insider');

CREATE TABLE private_order (id int PRIMARY KEY, buyer text, status text DEFAULT 'new');
GRANT INSERT, SELECT ON private_order TO regress_clerk, regress_insider;
SELECT entity_screen.protect_table('private_order', party => 'buyer', action => 'hold', status_column => 'status') > 0 AS guarded;

-- The guard asks every list, whoever stores the row.
SET ROLE regress_clerk;
INSERT INTO private_order VALUES (1, 'Zzyzx Shadow Works'), (2, 'Dahua Technology'), (3, 'Nobody at all');
SELECT id, status FROM private_order ORDER BY id;
SELECT count(*) FROM entity_screen.screen_party('Zzyzx Shadow Works');
SELECT entity_screen.is_listed('Zzyzx Shadow Works');
SELECT count(*) > 0 AS found FROM entity_screen.screen_party('Dahua Technology');
SELECT count(*) FROM entity_screen.screen_party('Zzyzx Shadow Works', lists => '{zz_secret}');
SELECT count(*) FROM entity_screen.screen_party('Zzyzx Shadow Works', lists => '{no_such_list}');
SELECT party_ref, list_code FROM entity_screen.screen_table('private_order', party => 'buyer') ORDER BY 1;
SET ROLE regress_insider;
SELECT list_code, entry_name FROM entity_screen.screen_party('Zzyzx Umbra');
SELECT party_ref, list_code FROM entity_screen.screen_table('private_order', party => 'buyer') ORDER BY 1;
RESET ROLE;

-- Nothing of it shows in any table or view, before and after sealing.
CREATE FUNCTION pg_temp.traces(role_name text) RETURNS TABLE (relation text, traces bigint)
LANGUAGE plpgsql AS $$
DECLARE
	target regclass;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role_name);
	FOR target IN
		SELECT c.oid FROM pg_class c
		WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind IN ('r', 'p', 'v')
			AND has_table_privilege(c.oid, 'SELECT')
		ORDER BY c.relname
	LOOP
		EXECUTE format('SELECT count(*) FROM %s t WHERE t::text ~* ''zz_secret|zzyzx|secret''', target) INTO traces;
		relation := target;
		IF traces > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
	RESET ROLE;
END;
$$;
SELECT * FROM pg_temp.traces('regress_eyes');
SELECT count(*) > 15 AS insider_sees FROM pg_temp.traces('regress_insider');
CREATE FUNCTION pg_temp.counts() RETURNS TABLE (what text, count bigint) LANGUAGE sql AS $$
	SELECT 'screened', sum(screening_count)::bigint FROM entity_screen.v_screening_daily
	UNION ALL SELECT 'hit', sum(hit_count)::bigint FROM entity_screen.v_hit_daily
	UNION ALL SELECT 'target', sum(hit_count)::bigint FROM entity_screen.v_target_total
	UNION ALL SELECT 'alerts', count(*) FROM entity_screen.v_alert
	UNION ALL SELECT 'lists', count(*) FROM entity_screen.v_list_status WHERE loaded_at IS NOT NULL
	UNION ALL SELECT 'events', count(*) FROM entity_screen.screening_event
	UNION ALL SELECT 'work', count(*) FROM entity_screen.v_worklist
$$;
SET ROLE regress_eyes;
SELECT * FROM pg_temp.counts();
RESET ROLE;
SELECT event_count FROM entity_screen.seal_audit();
SELECT * FROM pg_temp.traces('regress_eyes');
SET ROLE regress_eyes;
SELECT * FROM pg_temp.counts();
SELECT count(*) FROM entity_screen.verify_audit();
SET ROLE regress_insider;
SELECT * FROM pg_temp.counts();
RESET ROLE;

-- No table that names a list, an entry or a tranche is without a policy.
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
	AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
		AND a.attname IN ('list_code', 'list_codes', 'lists', 'entry_id', 'tranche_id', 'hits'))
ORDER BY 1;
SELECT v.relname FROM pg_class v
WHERE v.relnamespace = 'entity_screen'::regnamespace AND v.relkind = 'v' AND v.relname LIKE 'v\_%'
	AND NOT coalesce(v.reloptions, '{}') @> '{security_invoker=true}'
ORDER BY 1;

-- Nor in what the functions tell that an auditor may call.
SET ROLE regress_eyes;
SELECT count(*) FROM entity_screen.health() h WHERE h::text ~* 'zz_secret|zzyzx|secret';
SELECT count(*) FROM entity_screen.summary() s WHERE s::text ~* 'zz_secret|zzyzx|secret';
SELECT count(*) FROM entity_screen.open_rescreens() r WHERE r::text ~* 'zz_secret|zzyzx|secret';
SELECT count(*) > 0 AS tested, count(*) FILTER (WHERE s::text ~* 'zz_secret|zzyzx|secret') AS traces FROM entity_screen.self_test() s;
SELECT count(*) FROM entity_screen.self_test((SELECT max(tranche_id) + 1 FROM entity_screen.tranche)) s;
RESET ROLE;
SELECT event_id AS private_event FROM entity_screen.screening_event WHERE party ~ 'Zzyzx' \gset
SET ROLE regress_insider;
SELECT finding FROM entity_screen.replay(:private_event);
SET ROLE regress_eyes;
SELECT finding = 'same' AS same FROM entity_screen.replay(:private_event);
RESET ROLE;

-- The index serves a reader whom policies bind.
SET ROLE regress_eyes;
SET enable_seqscan = off;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END;
$$;
SELECT line FROM pg_temp.plan($$SELECT entry_id FROM entity_screen.entry_name WHERE name % 'Dahua'$$) line WHERE line ~ 'Index.*name';
RESET enable_seqscan;
RESET ROLE;

-- It can be taken back.
SELECT entity_screen.revoke_list('zz_secret', 'regress_insider');
SELECT count(*) FROM pg_temp.traces('regress_insider');
SELECT entity_screen.grant_list('no_such_list', 'regress_insider');

SELECT entity_screen.unprotect_table('private_order');
DROP TABLE private_order;
DROP OWNED BY regress_eyes, regress_insider, regress_clerk;
DROP ROLE regress_eyes, regress_insider, regress_clerk;
