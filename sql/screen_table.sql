-- screen_table(), lookback(): many rows at once, with the rights of the caller.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
CREATE TABLE deal (id int PRIMARY KEY, buyer text, "Agent" varchar(80), country char(2), ordered_on date, booked_at timestamptz, is_vip boolean);
SELECT * FROM entity_screen.screen_table('deal', party => 'buyer');
INSERT INTO deal VALUES (1, 'x', NULL, NULL, NULL, NULL, true);
SELECT * FROM entity_screen.screen_table('deal', party => 'buyer');
TRUNCATE deal;
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
INSERT INTO deal VALUES (1, 'CloudWalk', 'Muster GmbH', 'CN', '2020-07-01', '2020-06-05 03:00+00', true),
	(2, 'Muster GmbH', 'FiberHome', 'DE', '2020-07-01', '2020-06-05 05:00+00', false),
	(3, '????', '', NULL, NULL, NULL, NULL), (4, NULL, NULL, NULL, NULL, NULL, NULL),
	(5, 'CloudWalk', NULL, 'CN', '2020-06-04', '2020-06-05 05:00+00', NULL), (6, E'x''; DROP TABLE deal; --%s\\', 'IS?Vision', NULL, '2020-06-05', NULL, NULL);

-- each row, column and entry; dates are those of the rows, a moment is a date in the list's time zone
SELECT party_ref, party_column, party_name, entry_name, country_agrees, asked_on
FROM entity_screen.screen_table('deal', party => '{buyer,Agent}', country => 'country', on_date => 'ordered_on') ORDER BY 1, 2, 4;
SELECT party_ref, entry_name, asked_on FROM entity_screen.screen_table('deal', party => 'buyer', on_date => 'booked_at') ORDER BY 1;
SELECT party_ref FROM entity_screen.screen_table('deal', key => '{is_vip,id}', party => 'buyer', on_date => 'ordered_on') ORDER BY 1;
-- the same as one by one
SELECT count(*) AS different FROM (
	(SELECT party_ref, entry_id, score, matched_name, explanation FROM entity_screen.screen_table('deal', party => '{buyer,Agent}', country => 'country', on_date => 'ordered_on', threshold => 0.4)
	 EXCEPT SELECT d.id::text, h.entry_id, h.score, h.matched_name, h.explanation FROM deal d, LATERAL (VALUES (d.buyer), (d."Agent")) p (n), LATERAL entity_screen.screen_party(p.n, d.country, on_date => d.ordered_on, threshold => 0.4) h)
	UNION ALL
	(SELECT d.id::text, h.entry_id, h.score, h.matched_name, h.explanation FROM deal d, LATERAL (VALUES (d.buyer), (d."Agent")) p (n), LATERAL entity_screen.screen_party(p.n, d.country, on_date => d.ordered_on, threshold => 0.4) h
	 EXCEPT SELECT party_ref, entry_id, score, matched_name, explanation FROM entity_screen.screen_table('deal', party => '{buyer,Agent}', country => 'country', on_date => 'ordered_on', threshold => 0.4))) x;

-- on the record: one run, an event for what was hit or could not be read
SELECT count(*) FROM entity_screen.screen_table('deal', party => '{buyer,Agent}', on_date => 'ordered_on', record => true);
SELECT run_kind, target, arguments ->> 'party' AS party, list_codes, thresholds, row_count, hit_count, octet_length(input_digest) AS digest, run_status FROM entity_screen.screening_run;
SELECT run_id, row_operation, party_ref, party_column, party, on_date, on_date_basis, action, decision, reason, hit_count FROM entity_screen.screening_event ORDER BY event_id;
SELECT count(*) FROM entity_screen.alert;
-- past orders of a span
SELECT party_ref, asked_on FROM entity_screen.lookback('deal', party => '{buyer,Agent}', on_date => 'ordered_on', since => '2020-06-06') ORDER BY 1;
SELECT party_ref, asked_on FROM entity_screen.lookback('deal', party => '{buyer,Agent}', on_date => 'ordered_on', until => '2020-06-05') ORDER BY 1;
SELECT * FROM entity_screen.lookback('deal', party => 'buyer');
-- a view
CREATE VIEW open_deal AS SELECT id, buyer FROM deal WHERE id < 5;
SELECT party_ref IS NULL AS no_key, entry_name FROM entity_screen.screen_table('open_deal', party => 'buyer');

-- arguments
SELECT * FROM entity_screen.screen_table(NULL, party => 'buyer');
SELECT * FROM entity_screen.screen_table('deal');
SELECT * FROM entity_screen.screen_table('deal', party => '{}');
SELECT * FROM entity_screen.screen_table('deal', party => '{buyer,NULL}');
SELECT * FROM entity_screen.screen_table('deal', party => 'agent');
SELECT * FROM entity_screen.screen_table('deal', party => E'buyer" FROM deal; --%s');
SELECT * FROM entity_screen.screen_table('deal', party => 'ctid');
SELECT * FROM entity_screen.screen_table('deal', key => 'nope', party => 'buyer');
SELECT * FROM entity_screen.screen_table('deal', party => 'buyer', on_date => 'country');
SELECT * FROM entity_screen.screen_table('deal', party => 'buyer', lists => '{nope}');
SELECT * FROM entity_screen.screen_table('deal', party => 'buyer', threshold => 0.1);
SELECT * FROM entity_screen.screen_table('deal_pkey', party => 'id');
SELECT * FROM entity_screen.screen_values(NULL, NULL, NULL, NULL);
SELECT * FROM entity_screen.screen_values(ARRAY[ROW(NULL, NULL, 'x', NULL, NULL, NULL, NULL)::entity_screen.row_party], NULL, NULL, 99);
SELECT entity_screen.begin_recording('full', 'x', NULL, NULL, NULL);

-- No setting of the session changes the answer
SET entity_screen.threshold = 1.0;
SET enable_indexscan = off;
SELECT count(*) FROM entity_screen.screen_table('deal', party => '{buyer,Agent}', on_date => 'ordered_on');
SHOW entity_screen.threshold;
RESET entity_screen.threshold;
RESET enable_indexscan;

-- What reads the table has the rights of the caller: policies, views and output functions too
CREATE ROLE regress_es_clerk;
SELECT entity_screen.grant_role('user', 'regress_es_clerk');
SET ROLE regress_es_clerk;
SELECT * FROM entity_screen.screen_table('deal', party => 'buyer');
RESET ROLE;
CREATE FUNCTION who(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE INFO 'runs as %', current_user; RETURN $1; END $$;
CREATE VIEW spy AS SELECT id, public.who(buyer) AS buyer FROM deal WHERE id = 1;
ALTER TABLE deal ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON deal USING (id > 4 AND current_user = 'regress_es_clerk');
GRANT SELECT ON deal, spy TO regress_es_clerk;
SET ROLE regress_es_clerk;
SELECT party_ref FROM entity_screen.screen_table('deal', party => '{buyer,Agent}', on_date => 'ordered_on') ORDER BY 1;
SELECT count(*) FROM entity_screen.screen_table('spy', party => 'buyer');
SELECT count(*) FROM entity_screen.screen_table('deal', party => 'buyer', record => true);
RESET ROLE;
DROP VIEW spy;
DROP FUNCTION who(text);
DROP TABLE deal CASCADE;

-- Everything about a party in one row
SELECT is_listed, entry_count, best_score, entry_names, list_codes, legal_effects, citations, cardinality(entry_ids) AS ids
FROM entity_screen.screen_party_summary('FiberHome', on_date => '2020-07-01');
SELECT is_listed, entry_count, entry_names FROM entity_screen.screen_party_summary('Muster GmbH');
SELECT is_listed, party IS NULL AS nobody FROM entity_screen.screen_party_summary(NULL);
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
DROP ROLE regress_es_clerk;
