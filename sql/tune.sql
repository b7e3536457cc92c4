-- What a threshold would mean: previews and samples.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set rule_nine :abs_srcdir '/data/tranches/2020-06-05_85FR34503.csv'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
CREATE TABLE shop (id int PRIMARY KEY, name text);
INSERT INTO shop SELECT row_number() OVER (), x.name FROM (
	SELECT CASE WHEN g % 37 = 0 THEN n.name::text WHEN g % 23 = 0 THEN split_part(n.name::text, ' ', 1) || ' Partners'
		ELSE format('%s %s %s', (ARRAY['Bright', 'Harbor', 'Kestrel', 'Novak', 'Ostrava', 'Quartz', 'Lumen'])[1 + g % 7],
			(ARRAY['Optics', 'Marine', 'Foods', 'Paper', 'Tools'])[1 + g % 5], g) END AS name
	FROM generate_series(1, 8000) g
	JOIN (SELECT name, row_number() OVER (ORDER BY entry_name_id) AS r, count(*) OVER () AS n FROM entity_screen.entry_name) n ON n.r = 1 + g % n.n) x;
-- everything looked at: the number, not an estimate
SELECT bool_and(expected_alerts = low_alerts AND low_alerts = high_alerts AND high_alerts = sampled_alerts) AS exact, bool_and(sampled_parties = 8000) AS all_rows,
	bool_and(expected_alerts = (SELECT count(*) FROM entity_screen.screen_table('shop', party => 'name', threshold => p.threshold))) AS as_screened
FROM entity_screen.threshold_preview('shop', party => 'name', thresholds => '{0.5,0.65,0.9}') p;
-- a sample: the number is inside the interval of 95 % in nearly all draws
ANALYZE shop;
SELECT count(*) >= 17 AS holds, bool_and(wide) AS estimated FROM (
	SELECT s, bool_and(t.n BETWEEN p.low_alerts AND p.high_alerts) AS inside, bool_and(p.low_alerts < p.high_alerts) AS wide
	FROM generate_series(1, 20) s, LATERAL entity_screen.threshold_preview('shop', party => 'name', thresholds => '{0.65}', sample => 1600, seed => s) p,
		LATERAL (SELECT count(*) AS n FROM entity_screen.screen_table('shop', party => 'name')) t GROUP BY s) x WHERE inside;
SELECT count(DISTINCT sampled_alerts) > 1 AS other_seed_other_sample FROM generate_series(1, 8) s,
	LATERAL entity_screen.threshold_preview('shop', party => 'name', thresholds => '{0.5}', sample => 800, seed => s);
SELECT * FROM entity_screen.count_interval(0, NULL, 1);
SELECT expected, low, round(high) AS high FROM entity_screen.count_interval(0, NULL, 0.05);
-- the line
SELECT side, count(*) <= 3 AS few, bool_and(CASE side WHEN 'above_the_line' THEN score >= 0.65 ELSE score < 0.65 END) AS right_side,
	bool_and(abs(score - 0.65) <= 0.2) AS in_band, bool_and(explanation ? 'score') AS explained
FROM entity_screen.line_sample('shop', party => 'name', band => 0.2, pairs => 3) GROUP BY side ORDER BY side;
SELECT count(*) FROM entity_screen.line_sample('shop', party => 'name', pairs => 0);
-- nothing is recorded
SELECT (SELECT count(*) FROM entity_screen.screening_run) + (SELECT count(*) FROM entity_screen.screening_event) + (SELECT count(*) FROM entity_screen.alert) AS recorded;
-- arguments
SELECT * FROM entity_screen.threshold_preview('shop', party => 'name', thresholds => '{0.2}');
SELECT * FROM entity_screen.threshold_preview('shop', party => 'name', thresholds => '{}');
SELECT * FROM entity_screen.threshold_preview('shop', party => 'name', sample => 0);
SELECT * FROM entity_screen.threshold_preview('shop', party => 'nope');
SELECT * FROM entity_screen.threshold_preview('shop', party => 'name', lists => '{nope}');
CREATE VIEW shop_view AS TABLE shop;
SELECT * FROM entity_screen.threshold_preview('shop_view', party => 'name', sample => 10);
SELECT max(sampled_parties) FROM entity_screen.threshold_preview('shop_view', party => 'name');
SELECT * FROM entity_screen.line_sample('shop', party => 'name', band => 2);
SELECT * FROM entity_screen.line_sample('shop', party => 'name', threshold => 0);
-- benign look-alikes are below the line, with the reason
CREATE TABLE benign (name text);
INSERT INTO benign VALUES ('Cloudwalker Outdoor Ltd'), ('Netpost AB'), ('Senses Network GmbH'), ('Mega VII Studios'), ('Norwegian Institute of Forensic Science');
SELECT DISTINCT side FROM entity_screen.line_sample('benign', party => 'name', band => 0.35);
SELECT bool_or(jsonb_array_length(explanation -> 'missing_in_a') + jsonb_array_length(explanation -> 'missing_in_b') > 0) AS says_what_differs
FROM entity_screen.line_sample('benign', party => 'name', band => 0.35) WHERE party_name = 'Cloudwalker Outdoor Ltd';
DROP TABLE shop CASCADE;
DROP TABLE benign;
