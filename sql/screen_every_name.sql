-- Every name and alias of the seed rules finds its own entry, ranked first, on
-- the day of its rule, and nothing of it on the day before.
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
\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_military
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));

CREATE TEMP TABLE held AS
SELECT n.entry_id, n.name::text AS name, n.name_type, lower(n.valid) AS begins
FROM entity_screen.entry_name n WHERE upper_inf(n.known);
SELECT count(*) AS names, count(*) FILTER (WHERE name_type = 'primary') AS entries FROM held;

-- not found, or not ranked first, on the day of the rule
SELECT h.name
FROM held h LEFT JOIN LATERAL (
	SELECT s.entry_id FROM entity_screen.screen_party(h.name, on_date => h.begins)
		WITH ORDINALITY s ORDER BY s.ordinality LIMIT 1) f ON true
WHERE f.entry_id IS DISTINCT FROM h.entry_id ORDER BY h.name COLLATE "C";

-- its own entry is found on the day before
SELECT h.name, s.matched_name
FROM held h, LATERAL entity_screen.screen_party(h.name, on_date => h.begins - 1) s
WHERE s.entry_id = h.entry_id ORDER BY h.name COLLATE "C";

-- the best hit is the name itself
SELECT h.name, s.matched_name, s.score
FROM held h, LATERAL (SELECT * FROM entity_screen.screen_party(h.name, on_date => h.begins) WHERE entry_id = h.entry_id) s
WHERE s.score < 1 ORDER BY h.name COLLATE "C";
