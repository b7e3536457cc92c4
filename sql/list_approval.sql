-- What must happen before a loaded tranche counts: policies, a second
-- person, pending entries as advisories, retraction.
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
CREATE ROLE regress_es_loader;
CREATE ROLE regress_es_approver;
SELECT entity_screen.grant_role('loader', 'regress_es_loader');
SELECT entity_screen.grant_role('approver', 'regress_es_approver');
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect)
VALUES ('private_test', 'Test', 'We', 'internal_block');
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on
-- rows "name,alias" as a snapshot
CREATE FUNCTION load(rows text, snapshot_on date) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', status, 'added', added, 'revised', revised, 'removed', removed, CASE WHEN already_loaded THEN 'already loaded' END)
	FROM entity_screen.load_snapshot(convert_to(E'name,alias\n' || rows, 'UTF8'), snapshot_on, 'private_test', 'plain_csv')
$$;
CREATE FUNCTION alphabet(last integer) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(initcap(translate(md5(i::text), '0123456789', 'aeiouaeiou')) || ' Works,', E'\n' ORDER BY i) || E'\n' FROM generate_series(1, last) i
$$;
CREATE FUNCTION newest() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(tranche_id) FROM entity_screen.tranche $$;

\echo == none: it counts at once
SELECT load(E'Aleph Works,\nBet Works,\nGimel Works,Gimel\nDalet Works,\n', '2024-01-01');
SELECT entity_screen.is_listed('Aleph Works', '2024-01-01');

\echo == second_person: it waits, additions are advisories, the list stays as it is
INSERT INTO entity_screen.list_setting (list_code, approval_policy) VALUES ('private_test', 'second_person');
SET SESSION AUTHORIZATION regress_es_loader;
SELECT load(E'Aleph Works,Alef\nBet Works,\nGimel Works,Gimel\nHe Works,\n', '2024-02-01');
SELECT load(E'Aleph Works,Alef\nBet Works,\nGimel Works,Gimel\nHe Works,\n', '2024-02-01');
SELECT operation, entry_name, names_added, names_dropped FROM entity_screen.tranche_diff(newest());
SELECT entity_screen.approve_tranche(newest());
RESET SESSION AUTHORIZATION;
SELECT status, status_reason, approved_by IS NULL FROM entity_screen.tranche WHERE tranche_id = newest();
SELECT entity_screen.is_listed('He Works', '2024-02-01');
SELECT entry_name, is_listed, advisory FROM entity_screen.screen_party('He Works', on_date => '2024-02-01', include_advisory => true);
SELECT entry_name, is_listed, advisory FROM entity_screen.screen_party('Dalet Works', on_date => '2024-02-01');

\echo == approval by another person
SET SESSION AUTHORIZATION regress_es_approver;
SELECT entity_screen.approve_tranche(newest()) IS NOT NULL;
SELECT entity_screen.approve_tranche(newest());
SELECT entry_name, is_listed, advisory FROM entity_screen.screen_party('He Works', on_date => '2024-02-01', include_advisory => true);
SELECT entry_name, is_listed, advisory FROM entity_screen.screen_party('Dalet Works', on_date => '2024-02-01', include_advisory => true);
RESET SESSION AUTHORIZATION;
SELECT loaded_by, approved_by, known_from > loaded_at FROM entity_screen.tranche WHERE tranche_id = newest();
SELECT count(*) FROM entity_screen.pending_name;

\echo == a pending snapshot that another one overtook
SET SESSION AUTHORIZATION regress_es_loader;
SELECT load(E'Aleph Works,\nBet Works,\nGimel Works,\nHe Works,\nVav Works,\n', '2024-03-01');
SELECT newest() AS overtaken \gset
SELECT load(E'Aleph Works,\nBet Works,\nGimel Works,\nHe Works,\nZayin Works,\n', '2024-02-15');
SET SESSION AUTHORIZATION regress_es_approver;
SELECT entity_screen.approve_tranche(newest()) IS NOT NULL;
SELECT entity_screen.approve_tranche(:overtaken);
SELECT entity_screen.retract_tranche(:overtaken, 'loaded again') IS NOT NULL;
SET SESSION AUTHORIZATION regress_es_loader;
SELECT load(E'Aleph Works,\nBet Works,\nGimel Works,\nHe Works,\nVav Works,\n', '2024-03-01');
RESET SESSION AUTHORIZATION;
SELECT status FROM entity_screen.tranche WHERE kind = 'snapshot' ORDER BY tranche_id;

\echo == a rule waits too
SET SESSION AUTHORIZATION regress_es_loader;
SELECT added, status FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,99 FR 1,2024-01-15\nentry,add,Het Works,Peru,,\n', 'private_test');
RESET SESSION AUTHORIZATION;
SELECT entity_screen.is_listed('Het Works', '2024-04-01');
SET SESSION AUTHORIZATION regress_es_approver;
SELECT entity_screen.approve_tranche(newest()) IS NOT NULL;
RESET SESSION AUTHORIZATION;
SELECT entity_screen.is_listed('Het Works', '2024-01-14'), entity_screen.is_listed('Het Works', '2024-01-15');

\echo == retraction: every answer as before, history readable
SELECT clock_timestamp() AS meanwhile \gset
SELECT entity_screen.retract_tranche(newest(), 'wrong list') IS NOT NULL;
SELECT entity_screen.is_listed('Het Works', '2024-01-15');
SELECT entry_name, valid_from FROM entity_screen.screen_party('Het Works', on_date => '2024-01-15', known_at => :'meanwhile');
SELECT status, status_reason, retracted_by = session_user FROM entity_screen.tranche WHERE tranche_id = newest();
SELECT entity_screen.retract_tranche(newest());
SELECT entity_screen.retract_tranche(0);
SELECT entity_screen.approve_tranche(NULL);
SET SESSION AUTHORIZATION regress_es_loader;
SELECT entity_screen.retract_tranche(1);
RESET SESSION AUTHORIZATION;

\echo == auto_within_limits
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect)
VALUES ('private_test', 'Test', 'We', 'internal_block');
INSERT INTO entity_screen.list_setting (list_code, approval_policy) VALUES ('private_test', 'auto_within_limits');
SELECT load(alphabet(100), '2024-01-01');
SELECT status_reason FROM entity_screen.tranche;
UPDATE entity_screen.list_setting SET approval_policy = 'none';
SELECT entity_screen.retract_tranche(newest()) IS NOT NULL;
SELECT load(alphabet(100), '2024-01-01');
UPDATE entity_screen.list_setting SET approval_policy = 'auto_within_limits';
SELECT load(alphabet(105), '2024-01-02');
SELECT load(alphabet(102), '2024-01-03');
SELECT status_reason FROM entity_screen.tranche WHERE tranche_id = newest();
SELECT load(alphabet(140), '2024-01-03');
SELECT status_reason FROM entity_screen.tranche WHERE tranche_id = newest();
UPDATE entity_screen.list_setting SET auto_changed_share = 0.5;
SELECT load(alphabet(139), '2024-01-04');

\echo == beyond max_removed_share it is refused, whatever the policy
SELECT load(alphabet(60), '2024-01-05');
UPDATE entity_screen.list_setting SET max_removed_share = 0.9, approval_policy = 'none';
SELECT load(alphabet(60), '2024-01-05');

DROP FUNCTION load(text, date);
DROP FUNCTION alphabet(integer);
DROP FUNCTION newest();
DROP EXTENSION entity_screen;
CREATE EXTENSION entity_screen;
DROP ROLE regress_es_loader, regress_es_approver;
