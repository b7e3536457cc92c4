-- Loading of the three seed rules: what they make, once and all or nothing.
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

-- CREATE EXTENSION loads nothing by itself
SELECT count(*) AS entries FROM entity_screen.entry;
SELECT list_code, is_usable, problem FROM entity_screen.v_list_status
WHERE is_usable ORDER BY 1;

\lo_import :rule_2019
SELECT tranche_id, list_code, citation, document_number, already_loaded,
	added, revised, removed, names, addresses, conflicts, seconds >= 0 AS timed
FROM entity_screen.load_tranche(lo_get(:LASTOID), list_code => 'us_bis_el');
\lo_import :rule_nine
SELECT tranche_id, citation, added, revised, removed, names, addresses,
	conflicts
FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_military
SELECT tranche_id, citation, added, revised, removed, names, addresses,
	conflicts
FROM entity_screen.load_tranche(lo_get(:LASTOID));

-- The same bytes again: nothing changes, and it says so
SELECT tranche_id, citation, already_loaded, added, revised, names, conflicts
FROM entity_screen.load_tranche(lo_get(:LASTOID));

-- 28, 9 and 24 additions, 61 in all; 3 revised; 24 of 25 entries explained
SELECT citation, added, revised, declared_entities, declared_entries,
	declared_revised, open_conflicts, difference_note IS NOT NULL AS explained
FROM entity_screen.v_tranche ORDER BY tranche_id;
SELECT count(*) AS entries FROM entity_screen.v_entry_current;
SELECT citation, destination_country, count(*)
FROM entity_screen.v_entry_current
GROUP BY 1, 2 ORDER BY 1, 2;

-- The revisions of the military rule wait for the rules that add the entries
SELECT tranche_id, conflict, detail, resolved_by_tranche_id
FROM entity_screen.load_conflict ORDER BY line_no;

-- A revised entry cites both rules, each by the page it stands on
SELECT entry_name, citations, listed_from, valid_from
FROM entity_screen.v_entry_current
WHERE citations LIKE '%;%' ORDER BY 1;

-- Any page of a rule names the rule
SELECT c AS citation, (SELECT t.citation
	FROM entity_screen.resolve_citation(c) r
	JOIN entity_screen.tranche t ON t.tranche_id = r) AS rule
FROM unnest(ARRAY['84 FR 54002', '84 FR 54004', '85 FR 34505', '85 FR 34497',
	'85 FR 34501', '85 FR 34503', '85 FR 44159', 'OJ L 5']) c;
SELECT v.citation, count(*) AS resolved
FROM entity_screen.v_entry_current v,
	LATERAL unnest(string_to_array(v.citations, '; ')) c,
	LATERAL entity_screen.resolve_citation(c, v.list_code) r
WHERE r = v.tranche_id GROUP BY 1 ORDER BY 1;

-- The text of the June 2020 rules has no infectious-disease clause
SELECT count(*) FROM entity_screen.entry_version
WHERE license_review_policy ILIKE '%infectious%';

-- Subordinate bureaus and subsidiaries know their parents
SELECT p.entry_name AS parent, count(*)
FROM entity_screen.v_entry_current c
JOIN entity_screen.v_entry_current p ON p.entry_id = c.parent_entry_id
GROUP BY 1 ORDER BY 2 DESC, 1;

-- Every name of the files is held, with its type
SELECT name_type, count(*), count(DISTINCT entry_id) AS entries
FROM entity_screen.entry_name GROUP BY 1 ORDER BY 1;
SELECT tranche_id, count(*) FROM entity_screen.entry_name
GROUP BY 1 ORDER BY 1;
SELECT name_type, name FROM entity_screen.tranche_name(2)
WHERE name::text LIKE '%Vision%' ORDER BY name::text COLLATE "C";

-- Which customers does a rule newly hit: one join
CREATE TABLE customer (id int, name entity_name);
INSERT INTO customer VALUES (1, 'Cloud Walk Tech. Co., Ltd'),
	(2, 'Muster GmbH'), (3, 'Nanjing Fiberhome Starrysky'), (4, 'Hikvision');
CREATE INDEX ON customer USING gin (name);
SELECT DISTINCT c.id, c.name::text, n.valid_from, n.citation
FROM entity_screen.tranche_name(2) n JOIN customer c ON c.name % n.name
ORDER BY c.id;

-- Status of the list
SELECT list_code, tranche_count, name_count, threshold, open_conflicts,
	is_usable, problem
FROM entity_screen.v_list_status WHERE tranche_count > 0;

-- Byte order mark and CRLF make no difference
\set file 'record,operation,name,destination_country,citation,effective_on\r\ntranche,,,,99 FR 1,2024-01-01\r\nentry,add,"Zanzibar, ""Spice"" Ltd",Tanzania,,\r\n'
SELECT already_loaded, added, names FROM entity_screen.load_tranche(
	'\xEFBBBF'::bytea || convert_to(:'file', 'UTF8'), 'un_sc');
SELECT entry_name, destination_country, citations
FROM entity_screen.v_entry_current WHERE list_code = 'un_sc';

-- The same set of rules has the same version, in whatever order loaded
SELECT list_version AS version_1 FROM entity_screen.v_list_status
WHERE list_code = 'us_bis_el' \gset
CREATE TEMP TABLE answer_1 AS
SELECT entry_name, aliases, addresses, citations, listed_from, valid_from,
	license_review_policy, destination_country
FROM entity_screen.v_entry_current WHERE list_code = 'us_bis_el';
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;
\lo_import :rule_military
SELECT added, revised, conflicts FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_2019
SELECT added, revised, conflicts FROM entity_screen.load_tranche(lo_get(:LASTOID));
\lo_import :rule_nine
SELECT added, revised, conflicts FROM entity_screen.load_tranche(lo_get(:LASTOID));
SELECT list_version = :'version_1' AS same_version
FROM entity_screen.v_list_status WHERE list_code = 'us_bis_el';
(SELECT entry_name, citations, listed_from, valid_from, license_review_policy,
	destination_country FROM answer_1
 EXCEPT
 SELECT entry_name, citations, listed_from, valid_from, license_review_policy,
	destination_country FROM entity_screen.v_entry_current)
UNION ALL
(SELECT entry_name, citations, listed_from, valid_from, license_review_policy,
	destination_country FROM entity_screen.v_entry_current
 EXCEPT
 SELECT entry_name, citations, listed_from, valid_from, license_review_policy,
	destination_country FROM answer_1);
DROP TABLE customer;
