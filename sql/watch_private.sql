-- A private list and people who may not see it: the work is done, and says nothing.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect, visibility) VALUES ('private_letter', 'Letter', 'We', 'internal_block', 'private');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,O 1,2020-01-01\nentry,add,Zenith Works,Peru,,\n', 'private_letter');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,O 2,2020-01-01\nentry,add,Public Quartz Ltd,Peru,,\n', 'us_bis_uvl');
CREATE ROLE regress_es_ops LOGIN;
CREATE ROLE regress_es_ann LOGIN;
CREATE ROLE regress_es_eve LOGIN;
SELECT entity_screen.grant_role('admin', 'regress_es_ops');
SELECT entity_screen.grant_role('analyst', r::regrole) FROM unnest(ARRAY['regress_es_ann', 'regress_es_eve']) r;
SELECT entity_screen.grant_list('private_letter', 'regress_es_ann');
CREATE TABLE client (id int PRIMARY KEY, name text);
INSERT INTO client VALUES (1, 'Zenith Works'), (2, 'Public Quartz');
ALTER TABLE client OWNER TO regress_es_ops;
GRANT SELECT ON client TO regress_es_ann, regress_es_eve;
SET SESSION AUTHORIZATION regress_es_ops;
SELECT entity_screen.watch_table('client', party => 'name') > 0 AS watched;
CALL entity_screen.refresh_watch('client');
SELECT party_ref, change FROM entity_screen.rescreen_full();
RESET SESSION AUTHORIZATION;
SELECT party_ref, list_code FROM entity_screen.alert ORDER BY 1;
SELECT alert_id AS secret FROM entity_screen.alert WHERE list_code = 'private_letter' \gset
SET SESSION AUTHORIZATION regress_es_eve;
SELECT party_ref FROM entity_screen.alert;
SELECT party_ref FROM entity_screen.watch_hit;
SELECT party_ref FROM entity_screen.screen_table('client', party => 'name');
SELECT list_code FROM entity_screen.threshold_preview('client', party => 'name', thresholds => '{0.9}');
SELECT party_name FROM entity_screen.line_sample('client', party => 'name', band => 0.5);
SELECT entity_screen.start_review(:secret);
SELECT entity_screen.propose_disposition(:secret, 'false_positive', 'x');
SELECT entity_screen.propose_exception(:secret, 'x', (now() AT TIME ZONE 'UTC')::date);
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_es_ann;
SELECT party_ref FROM entity_screen.screen_table('client', party => 'name') ORDER BY 1;
SELECT entity_screen.start_review(:secret);
SELECT entity_screen.propose_exception(:secret, 'another company', (now() AT TIME ZONE 'UTC')::date) AS x \gset
SELECT entity_screen.propose_disposition(:secret, 'false_positive', 'another company') AS d \gset
RESET SESSION AUTHORIZATION;
SELECT entity_screen.grant_role('approver', 'regress_es_eve');
SET SESSION AUTHORIZATION regress_es_eve;
SELECT entity_screen.approve_disposition(:d);
SELECT entity_screen.approve_exception(:x);
RESET SESSION AUTHORIZATION;
DROP TABLE client;
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DROP ROLE regress_es_ops, regress_es_ann, regress_es_eve;
