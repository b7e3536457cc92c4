-- Thresholds of one guard: versions of screening_config like all others, and evidence that names them.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DROP ROLE IF EXISTS regress_es_second;
CREATE ROLE regress_es_second;
RESET client_min_messages;
SELECT entity_screen.grant_role('approver', 'regress_es_second');
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID), 'us_bis_el');
\lo_import :rule_nine
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID), 'us_bis_el');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,name_type,destination_country,citation,effective_on,alias_quality\ntranche,,,,,T 1,2020-01-01,\nentry,add,Quellwasser Holdings,,Chile,,,\nname,,Pisco Runner,aka,,,,weak\n', 'un_sc');

CREATE TABLE orders (id int PRIMARY KEY, buyer text, ordered_on date DEFAULT '2020-07-01', status text DEFAULT 'new');
SELECT entity_screen.set_threshold(0.9, NULL, 'x', target => 'orders');
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on', action => 'alert', threshold => 0.97) > 0 AS guarded;
SELECT target, list_code, threshold, reason, is_approved FROM entity_screen.v_threshold_history WHERE guard_id IS NOT NULL;
-- the spelling scores between 0.7 and 0.97
SELECT score > 0.7 AND score < 0.97 AS between FROM entity_screen.screen_party('Cloud Walk Tech. Co., Ltd', on_date => '2020-07-01');
INSERT INTO orders VALUES (1, 'Cloud Walk Tech. Co., Ltd');
-- the guard is kept by the session and hears of every change
SELECT count(*) AS versions FROM entity_screen.set_threshold(0.7, NULL, 'too deaf', target => 'orders');
INSERT INTO orders VALUES (2, 'Cloud Walk Tech. Co., Ltd');
-- a list of the guard comes before the guard, the guard before the list
SELECT count(*) AS versions FROM entity_screen.set_threshold(0.97, '{us_bis_el,un_sc}', 'deaf again', target => 'orders');
INSERT INTO orders VALUES (3, 'Cloud Walk Tech. Co., Ltd');
SELECT count(*) AS versions FROM entity_screen.set_threshold(NULL, '{us_bis_el}', 'as the guard', target => 'orders');
INSERT INTO orders VALUES (4, 'Cloud Walk Tech. Co., Ltd');
SELECT count(*) AS versions FROM entity_screen.set_threshold(0.98, '{us_bis_el}', 'list');
INSERT INTO orders VALUES (5, 'Cloud Walk Tech. Co., Ltd');
SELECT entity_screen.alter_protection('orders', threshold => 0.99) > 0 AS altered;
INSERT INTO orders VALUES (6, 'Cloud Walk Tech. Co., Ltd');
SELECT count(*) AS versions FROM entity_screen.set_threshold(NULL, NULL, 'as the lists', target => 'orders');
SELECT count(*) AS versions FROM entity_screen.set_threshold(NULL, '{un_sc}', 'as the lists', target => 'orders');
SELECT target, threshold FROM entity_screen.v_guard;
INSERT INTO orders VALUES (7, 'Cloud Walk Tech. Co., Ltd');
SELECT count(*) AS versions FROM entity_screen.set_threshold(NULL, '{us_bis_el}', 'as all lists');
INSERT INTO orders VALUES (8, 'Cloud Walk Tech. Co., Ltd');
SELECT e.party_ref, e.decision, c.list_codes, c.thresholds, c.weak_thresholds,
	(SELECT string_agg(coalesce(s.reason, '?'), '; ' ORDER BY s.config_id) FROM entity_screen.screening_config s WHERE s.config_id = ANY (c.config_ids) AND NOT s.is_shipped) AS versions
FROM entity_screen.screening_event e JOIN entity_screen.screening_context c USING (context_id) ORDER BY e.event_id;
-- replay asks with the thresholds of then and says which version that was
SELECT r.entry_name, r.finding, r.threshold, s.reason FROM entity_screen.screening_event e, LATERAL entity_screen.replay(e.event_id) r JOIN entity_screen.screening_config s USING (config_id) WHERE e.party_ref IN ('2', '4', '8') ORDER BY e.event_id;
SELECT x -> 'thresholds' -> -1 ->> 'reason' AS reason, x -> 'thresholds' -> -1 ->> 'threshold' AS threshold
FROM (SELECT entity_screen.export_evidence(event_id => (SELECT event_id FROM entity_screen.screening_event WHERE party_ref = '2'))) e (x);

-- Weak aliases: the event keeps their threshold, so a later one does not change its replay
INSERT INTO orders VALUES (10, 'Pisco Runner');
SELECT count(*) AS versions FROM entity_screen.set_threshold(0.9, '{un_sc}', 'confirmed', 'weak');
INSERT INTO orders VALUES (11, 'Pisco Runner');
SELECT count(*) AS versions FROM entity_screen.set_threshold(NULL, '{un_sc}', 'off again', 'weak');
INSERT INTO orders VALUES (12, 'Pisco Runner');
SELECT e.party_ref, e.hit_count, c.weak_thresholds, (SELECT string_agg(r.finding, ' ') FROM entity_screen.replay(e.event_id) r) AS replay
FROM entity_screen.screening_event e JOIN entity_screen.screening_context c USING (context_id) WHERE e.party_ref IN ('10', '11', '12') ORDER BY e.event_id;
-- ... of one guard, before that of the list; of a list of the guard before that of the guard; off for the guard alone
SELECT count(*) AS versions FROM entity_screen.set_threshold(0.9, NULL, 'this table', 'weak', 'orders');
INSERT INTO orders VALUES (13, 'Pisco Runner');
SELECT count(*) AS hits FROM entity_screen.screen_party('Pisco Runner');
SELECT count(*) AS versions FROM entity_screen.set_threshold(1, '{un_sc}', 'this list of the table', 'weak', 'orders');
INSERT INTO orders VALUES (14, 'Pisco Runners'), (15, 'Pisco Runner');
SELECT count(*) AS versions FROM entity_screen.set_threshold(0.7, '{un_sc}', 'the list', 'weak');
SELECT count(*) AS versions FROM entity_screen.set_threshold(NULL, '{un_sc}', 'off for the table', 'weak', 'orders');
INSERT INTO orders VALUES (16, 'Pisco Runner');
SELECT count(*) AS hits FROM entity_screen.screen_party('Pisco Runner');
SELECT threshold, weak_threshold FROM entity_screen.v_guard;
SELECT e.party_ref, e.decision, c.weak_thresholds,
	(SELECT string_agg(s.reason, '; ' ORDER BY s.config_id) FROM entity_screen.screening_config s WHERE s.config_id = ANY (c.config_ids) AND s.names = 'weak' AND NOT s.is_shipped) AS versions,
	(SELECT string_agg(r.finding, ' ') FROM entity_screen.replay(e.event_id) r) AS replay
FROM entity_screen.screening_event e JOIN entity_screen.screening_context c USING (context_id) WHERE e.party_ref IN ('13', '14', '15', '16') ORDER BY e.event_id;
SELECT target, list_code, names_label, threshold, reason FROM entity_screen.v_threshold_history WHERE guard_id IS NOT NULL AND names_code = 'weak' ORDER BY config_id;
SELECT count(*) AS versions FROM entity_screen.set_threshold(NULL, '{un_sc}', 'off again', 'weak');
SELECT entity_screen.set_threshold(0.2, NULL, 'x', 'weak', 'orders');
SELECT entity_screen.set_threshold(0.9, NULL, 'x', 'strong', 'orders');
-- recorded runs say it too
SELECT count(*) > 0 AS hits FROM entity_screen.screen_table('orders', party => 'buyer', on_date => 'ordered_on', record => true);
SELECT count(*) > 0 AS hits FROM entity_screen.screen_table('orders', party => 'buyer', on_date => 'ordered_on', threshold => 0.5, record => true);
SELECT r.list_codes, r.thresholds, r.weak_thresholds, (SELECT array_agg(names || coalesce(' ' || list_code, '') ORDER BY config_id) FROM entity_screen.screening_config s WHERE s.config_id = ANY (r.config_ids)) AS versions FROM entity_screen.screening_run r ORDER BY run_id;

-- The second person, whichever way the threshold came
SELECT entity_screen.set_policy('second person for thresholds', threshold_needs_approval => true) > 0 AS set;
SELECT entity_screen.alter_protection('orders', threshold => 1) > 0 AS altered;
SELECT entity_screen.set_threshold(1, NULL, 'stop the noise', target => 'orders') AS c \gset
INSERT INTO orders VALUES (20, 'Cloud Walk Tech. Co., Ltd');
SELECT entity_screen.approve_threshold(:c);
SET SESSION AUTHORIZATION regress_es_second;
SELECT entity_screen.approve_threshold(:c);
RESET SESSION AUTHORIZATION;
INSERT INTO orders VALUES (21, 'Cloud Walk Tech. Co., Ltd');
CREATE TABLE other_orders (id int PRIMARY KEY, buyer text);
SELECT entity_screen.protect_table('other_orders', party => 'buyer', threshold => 1) > 0 AS guarded;
SELECT party_ref, decision FROM entity_screen.screening_event WHERE party_ref IN ('20', '21') ORDER BY event_id;
SELECT target, threshold, reason, is_approved FROM entity_screen.v_threshold_history WHERE guard_id IS NOT NULL AND config_id >= :c - 1 ORDER BY config_id;
-- nobody writes the table, and a guard that is made anew begins anew
UPDATE entity_screen.screening_config SET threshold = 1;
SELECT entity_screen.unprotect_table('orders');
SELECT entity_screen.protect_table('orders', party => 'buyer', on_date => 'ordered_on') > 0 AS guarded;
SELECT target, threshold FROM entity_screen.v_guard ORDER BY 1;
SELECT entity_screen.seal_audit() IS NOT NULL AS sealed;
SELECT * FROM entity_screen.verify_audit();
-- arguments
SELECT entity_screen.set_threshold(0.2, NULL, 'x', target => 'orders');
SELECT entity_screen.set_threshold('NaN', NULL, 'x', target => 'orders');
SELECT entity_screen.set_threshold(0.9, '{}', 'x', target => 'orders');
SELECT entity_screen.set_threshold(0.9, '{nowhere}', 'x', target => 'orders');
SELECT entity_screen.set_threshold(0.9, NULL, NULL, target => 'orders');
SELECT entity_screen.set_threshold(0.623456789012, NULL, 'rounded', target => 'orders') AS c \gset
SELECT threshold FROM entity_screen.screening_config WHERE config_id = :c;
DROP TABLE orders, other_orders;
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
DROP ROLE regress_es_second;
