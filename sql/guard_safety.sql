-- A guard does not depend on the rights, the search_path or the settings of
-- whoever stores a row, and lends nobody the rights of its owner.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));

CREATE ROLE regress_es_app;
CREATE ROLE regress_es_owner;
CREATE SCHEMA shop AUTHORIZATION regress_es_owner;
SELECT entity_screen.grant_role('admin', 'regress_es_owner');
SET ROLE regress_es_owner;
CREATE TABLE shop."Order ""1""" ("Key Of" int PRIMARY KEY, "Buyer; DROP TABLE x" text, "On" date, "Status %s" text DEFAULT 'new');
SELECT entity_screen.protect_table('shop."Order ""1"""', key => 'Key Of', party => 'Buyer; DROP TABLE x',
	on_date => 'On', action => 'hold', status_column => 'Status %s') AS guard;
GRANT USAGE ON SCHEMA shop TO regress_es_app;
GRANT SELECT, INSERT, UPDATE ON shop."Order ""1""" TO regress_es_app;
RESET ROLE;

-- An application role has no right on anything of the extension
SET ROLE regress_es_app;
SELECT * FROM entity_screen.screen_party('CloudWalk');
SELECT * FROM entity_screen.screening_event;
SELECT entity_screen.release('shop."Order ""1"""', '1', 'let me');
INSERT INTO shop."Order ""1""" VALUES (1, 'CloudWalk', '2020-07-01'), (2, 'Muster GmbH', '2020-07-01');
SELECT * FROM shop."Order ""1""" ORDER BY 1;
UPDATE shop."Order ""1""" SET "Status %s" = 'released' WHERE "Key Of" = 1;
RESET ROLE;

-- A hostile search_path: operators and functions of the same names
CREATE SCHEMA evil;
GRANT ALL ON SCHEMA evil TO regress_es_app;
SET ROLE regress_es_app;
CREATE FUNCTION evil.no(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil operator as %', current_user; END $$;
CREATE FUNCTION evil.no(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil operator as %', current_user; END $$;
CREATE FUNCTION evil.no(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil operator as %', current_user; END $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.no);
CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.no);
CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.no);
CREATE FUNCTION evil.encode(bytea, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil encode as %', current_user; END $$;
CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil lower as %', current_user; END $$;
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil now as %', current_user; END $$;
SET search_path = evil, pg_catalog;
-- A fresh session, so that every plan is made here
\c -
SET datestyle = 'SQL, DMY';
SET ROLE regress_es_app;
SET search_path = evil, pg_catalog;
SET entity_screen.threshold = 1;
SET gin_fuzzy_search_limit = 1;
SET extra_float_digits = -15;
SET transform_null_equals = on;
SET intervalstyle = sql_standard;
SET timezone = 'Pacific/Kiritimati';
SET enable_indexscan = off;
SET enable_bitmapscan = off;
-- 19 knows no other string literals than the standard ones
DO $do$ BEGIN PERFORM pg_catalog.set_config('standard_conforming_strings', 'off', false); EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL; END $do$;
INSERT INTO shop."Order ""1""" VALUES (3, 'Cloud Walk Technology Ltd', '05/06/2020'), (4, 'Cloud Walk Technology Ltd', '04/06/2020');
UPDATE shop."Order ""1""" SET "Buyer; DROP TABLE x" = 'Hikvision' WHERE "Key Of" OPERATOR(pg_catalog.=) 2;
SELECT "Key Of", "Status %s" FROM shop."Order ""1""" ORDER BY 1;
\c -
SET datestyle = 'ISO, YMD';
SELECT party_ref, on_date, decision, role_name, thresholds, (hits -> 0 ->> 'score')::numeric
		= round(entity_similarity(party::entity_name, (hits -> 0 ->> 'matched_name')::entity_name)::numeric, 4) AS exact
FROM entity_screen.screening_event JOIN entity_screen.screening_context USING (context_id) ORDER BY event_id;

-- The user's own code runs with the user's own rights, in a guard and in a
-- release; a release needs the right to update the row besides
CREATE FUNCTION shop.who() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% as %', TG_OP, current_user; RETURN NEW; END $$;
CREATE TRIGGER who_before BEFORE INSERT OR UPDATE ON shop."Order ""1""" FOR EACH ROW EXECUTE FUNCTION shop.who();
CREATE TRIGGER zzzz_after AFTER INSERT OR UPDATE ON shop."Order ""1""" FOR EACH ROW EXECUTE FUNCTION shop.who();
CREATE ROLE regress_es_approver;
SELECT entity_screen.grant_role('approver', 'regress_es_approver');
GRANT USAGE ON SCHEMA shop TO regress_es_approver;
SET ROLE regress_es_app;
INSERT INTO shop."Order ""1""" VALUES (5, 'CloudWalk', '2020-07-01');
RESET ROLE;
SET ROLE regress_es_approver;
SELECT entity_screen.release('shop."Order ""1"""', '5', 'may I');
RESET ROLE;
GRANT SELECT, UPDATE ON shop."Order ""1""" TO regress_es_approver;
SET ROLE regress_es_approver;
SELECT entity_screen.release('shop."Order ""1"""', '5', 'license D99');
SELECT "Status %s" FROM shop."Order ""1""" WHERE "Key Of" = 5;
RESET ROLE;
SELECT party_ref, decision, reason, role_name FROM entity_screen.screening_event WHERE decision = 'released';

-- A role that does not own a table cannot protect it, nor take its guard off
SELECT entity_screen.grant_role('admin', 'regress_es_app');
SET ROLE regress_es_app;
SELECT entity_screen.protect_table('shop."Order ""1"""', party => 'Buyer; DROP TABLE x');
SELECT entity_screen.unprotect_table('shop."Order ""1"""');
-- ... not even with the functions behind them
SELECT entity_screen.drop_guard('shop."Order ""1"""');
SELECT entity_screen.store_guard('shop."Order ""1"""', '{}', '{"Buyer; DROP TABLE x"}', NULL, NULL, NULL, NULL, NULL, 'observe', NULL, 'held', 'released', 'row', 'screen');
SELECT entity_screen.insert_guard('shop."Order ""1"""', '{}', '{"Buyer; DROP TABLE x"}', NULL, NULL, NULL, NULL, NULL, 'observe', NULL, 'held', 'released', 'row', 'screen', 'me');
SELECT entity_screen.alter_guard('shop."Order ""1"""', 'observe', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT entity_screen.alter_protection('shop."Order ""1"""', action => 'observe');
SELECT entity_screen.unprotect_all();
SELECT entity_screen.drop_guard(4294967295::oid);
SELECT entity_screen.drop_guard(NULL);
RESET ROLE;
-- The role that counts is the one whose rights are in use: that of SET ROLE,
-- also when a superuser has logged in ...
SELECT count(*) AS guards FROM entity_screen.guard;
-- ... a member of the owner ...
BEGIN;
GRANT regress_es_owner TO regress_es_app;
SET LOCAL ROLE regress_es_app;
SELECT entity_screen.drop_guard('shop."Order ""1"""');
ROLLBACK;
-- ... and the owner of a function that runs with its owner's rights
BEGIN;
SET LOCAL ROLE regress_es_owner;
CREATE FUNCTION shop.off() RETURNS boolean SECURITY DEFINER LANGUAGE sql
	AS $$ SELECT entity_screen.drop_guard('shop."Order ""1"""') $$;
SET LOCAL ROLE regress_es_app;
SELECT shop.off(), current_user;
ROLLBACK;
BEGIN;
SET LOCAL ROLE regress_es_app;
CREATE FUNCTION evil.off() RETURNS boolean SECURITY DEFINER LANGUAGE sql
	AS $$ SELECT entity_screen.drop_guard('shop."Order ""1"""') $$;
RESET ROLE;
SELECT evil.off();
ROLLBACK;
SELECT count(*) AS guards FROM entity_screen.guard;

-- A statement that is cancelled stores nothing and is not "not screened"
SET statement_timeout = '1ms';
DO $$ BEGIN
	INSERT INTO shop."Order ""1""" SELECT n, 'CloudWalk ' || n, '2020-07-01' FROM generate_series(10000, 60000) n;
EXCEPTION WHEN query_canceled THEN RAISE NOTICE 'canceled'; END $$;
RESET statement_timeout;
SELECT count(*) FROM shop."Order ""1""" WHERE "Key Of" >= 10000;

DROP SCHEMA shop CASCADE;
DROP SCHEMA evil CASCADE;
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
RESET client_min_messages;
CREATE EXTENSION entity_screen;
DROP ROLE regress_es_app, regress_es_owner, regress_es_approver;
