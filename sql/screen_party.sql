-- screen_party(), is_listed(): arguments, defaults, failing closed.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set rule_military :abs_srcdir '/data/tranches/2020-06-05_85FR34495.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;

-- Without a loaded list there is no answer
SELECT * FROM entity_screen.screen_party('CloudWalk');
SELECT entity_screen.is_listed('CloudWalk');
SELECT * FROM entity_screen.screen_party(NULL);
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_military
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));

-- One row per entry, all columns
\x on
SELECT party, list_code, entry_name, matched_name, name_type, score > 0.9 AS close, country_agrees,
	destination_country, citation, citations, valid_from, valid_until, valid_from_basis, listed_from,
	license_requirement, license_review_policy, legal_effect, is_listed, advisory, on_date
FROM entity_screen.screen_party('Cloud Walk Technology', 'CN', on_date => '2020-09-01');
\x off
-- The version and the tranche are those of the text
SELECT v.valid, t.citation
FROM entity_screen.screen_party('Hikvision', on_date => '2020-01-01') h
JOIN entity_screen.entry_version v USING (entry_version_id)
JOIN entity_screen.tranche t ON t.tranche_id = h.tranche_id;
-- The explanation
SELECT explanation -> 'country' AS country, explanation -> 'address' AS address,
	explanation ? 'score' AS names
FROM entity_screen.screen_party('CloudWalk', 'People''s Republic of China',
	'1306 Room, No. 26,  Jinlong Road, Nansha District, Guangzhou, China', '2020-09-01');

-- Nobody: no rows
SELECT count(*) FROM entity_screen.screen_party(NULL);
SELECT count(*) FROM entity_screen.screen_party('');
SELECT count(*) FROM entity_screen.screen_party(E' \t\n');
SELECT count(*) FROM entity_screen.screen_party('---');
SELECT entity_screen.is_listed(NULL), entity_screen.is_listed('');

-- Countries: agreeing, not agreeing, unknown; never a filter
SELECT c, country_agrees FROM unnest(ARRAY['CN', 'china', 'Hong Kong', 'Hong Kong SAR', 'HK', 'DE', 'Atlantis', '', NULL]) c,
	entity_screen.screen_party('K Logistics (China) Limited', c, on_date => '2020-07-01');

-- Dates: the day before, the day, today by default in the list's time zone
SELECT d, entity_screen.is_listed('CloudWalk Technology', d) FROM unnest(ARRAY['2020-06-04', '2020-06-05', 'infinity', '-infinity']::date[]) d;
SELECT entity_screen.is_listed('CloudWalk Technology');
SELECT on_date = (now() AT TIME ZONE 'America/New_York')::date AS today FROM entity_screen.screen_party('CloudWalk Technology');

-- known_at: what this database knew
SELECT count(*) FROM entity_screen.screen_party('CloudWalk', known_at => '2001-01-01');
SELECT count(*) FROM entity_screen.screen_party('CloudWalk', known_at => clock_timestamp());

-- Advisory: announced, listed, and nothing before the announcement
SELECT d, h.is_listed, h.advisory, h.valid_from
FROM unnest(ARRAY['2020-05-21', '2020-05-22', '2020-06-04', '2020-06-05']::date[]) d
LEFT JOIN LATERAL entity_screen.screen_party('CloudWalk Technology', on_date => d, include_advisory => true) h ON true
ORDER BY d;

-- Threshold: of the call, else of the configuration, never of the session
SET entity_screen.threshold = 1.0;
SELECT count(*) FROM entity_screen.screen_party('Cloud Walk Tech');
SELECT count(*) FROM entity_screen.screen_party('Cloud Walk Tech', threshold => 1);
RESET entity_screen.threshold;
SELECT count(*) FROM entity_screen.screen_party('x', threshold => 0.29);
SELECT count(*) FROM entity_screen.screen_party('x', threshold => 'NaN');
SELECT entity_screen.set_threshold(1.0, '{us_bis_el}', 'test');
SELECT count(*) FROM entity_screen.screen_party('Cloud Walk Tech');
SELECT entity_screen.set_threshold(0.65, '{us_bis_el}', 'test over');
SELECT count(*) FROM entity_screen.screen_party('Cloud Walk Tech');
SELECT entity_screen.set_threshold(0.2, NULL, 'too low');
SELECT entity_screen.set_threshold(0.7, NULL, '');
SELECT entity_screen.set_threshold(0.7, '{no_such_list}', 'x');
UPDATE entity_screen.screening_config SET threshold = 1;
DELETE FROM entity_screen.screening_config;
TRUNCATE entity_screen.screening_config;
SELECT config_id, list_code, threshold, reason FROM entity_screen.screening_config ORDER BY 1;

-- Lists: chosen, unknown, never loaded, none
SELECT count(*) FROM entity_screen.screen_party('CloudWalk', lists => '{us_bis_el,us_bis_el,NULL}');
SELECT count(*) FROM entity_screen.screen_party('CloudWalk', lists => '{no_such_list}');
SELECT count(*) FROM entity_screen.screen_party('CloudWalk', lists => '{us_bis_el,us_ofac_sdn}');
SELECT count(*) FROM entity_screen.screen_party('CloudWalk', lists => '{}');

-- A list that holds nothing, is too old, or was made by another normalizer
BEGIN;
UPDATE entity_screen.list_state SET name_count = 0;
SELECT count(*) FROM entity_screen.screen_party('CloudWalk');
ROLLBACK;
BEGIN;
INSERT INTO entity_screen.list_setting VALUES ('us_bis_el', '1 day');
SELECT count(*) FROM entity_screen.screen_party('CloudWalk');
UPDATE entity_screen.list_state SET loaded_at = loaded_at - interval '2 days';
SELECT count(*) FROM entity_screen.screen_party('CloudWalk');
ROLLBACK;
BEGIN;
UPDATE entity_screen.list_state SET normalizer_version = 0;
SELECT entity_screen.is_listed('CloudWalk');
ROLLBACK;
BEGIN;
UPDATE entity_screen.list_state SET normalizer_version = 0;
SELECT entity_screen.refresh_names('us_bis_el') > 0 AS refreshed;
SELECT entity_screen.is_listed('CloudWalk');
SELECT entity_screen.refresh_names('un_sc');
ROLLBACK;

-- As a join, with changing arguments from row to row
CREATE TABLE order_row (id int, buyer text, country text, ordered_on date, lists text[], threshold float8);
INSERT INTO order_row VALUES
	(1, 'CloudWalk', 'CN', '2020-09-01', NULL, NULL), (2, 'CloudWalk', 'CN', '2020-01-01', NULL, NULL),
	(3, NULL, NULL, NULL, NULL, NULL), (4, 'Muster GmbH', 'DE', '2020-09-01', '{us_bis_el}', 0.5),
	(5, 'Hikvision', NULL, NULL, '{us_bis_el}', 0.9), (6, 'Hikvision', NULL, NULL, NULL, 0.9);
SELECT o.id, h.entry_name, h.is_listed
FROM order_row o LEFT JOIN LATERAL entity_screen.screen_party(o.buyer, o.country, on_date => o.ordered_on,
	lists => o.lists, threshold => o.threshold) h ON true ORDER BY 1, 2;
SELECT id FROM order_row o WHERE EXISTS (SELECT FROM entity_screen.screen_party(o.buyer, on_date => o.ordered_on)) ORDER BY 1;

-- Parallel workers may call it, and no setting shortens the answer
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT entity_screen.is_listed('CloudWalk');
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET gin_fuzzy_search_limit = 1;
SELECT count(*) FROM entity_screen.screen_party('Public Security Bureau', threshold => 0.4, on_date => '2021-01-01') \gset limited_
RESET gin_fuzzy_search_limit;
SELECT :limited_count > 1 AND :limited_count = count(*) AS same FROM entity_screen.screen_party('Public Security Bureau', threshold => 0.4, on_date => '2021-01-01');

-- The search is by index
SET enable_seqscan = off;
CREATE FUNCTION pg_temp.search_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		RETURN QUERY SELECT btrim(line) WHERE line ~ 'Scan';
	END LOOP;
END;
$$;
SELECT * FROM pg_temp.search_of($$SELECT entry_id FROM entity_screen.candidate('CloudWalk', 0.65)$$);
PREPARE candidate(text, float8) AS SELECT entry_id FROM entity_screen.candidate($1, $2);
SET plan_cache_mode = force_generic_plan;
SELECT * FROM pg_temp.search_of($$EXECUTE candidate('CloudWalk', 0.65)$$);
RESET plan_cache_mode;
RESET enable_seqscan;

-- Above the limit of a name there is an error, not an answer
SELECT count(*) FROM entity_screen.screen_party(repeat('x', 70000));
DROP TABLE order_row;
