-- Two times: what the law was, and what this database held it to be.
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;

-- Each load notes the moment before it
CREATE TABLE moment (name text PRIMARY KEY, at timestamptz);
CREATE FUNCTION load(name text, content text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s entity_screen.load_summary;
BEGIN
	INSERT INTO moment VALUES (name, clock_timestamp());
	s := entity_screen.load_tranche(content, 'private_test');
	RETURN format('+%s ~%s -%s !%s >%s conflicts %s', s.added, s.revised,
		s.removed, s.corrected, s.moved, s.conflicts);
END $$;
CREATE FUNCTION said(d date, k text DEFAULT NULL, q text DEFAULT 'Zenith Optics')
RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' / ', h.entry_name, h.destination_country,
			h.license_review_policy, h.reason, array_to_string(h.footnotes_, ' '),
			array_to_string(h.citations, '; '), h.valid_from, h.valid_until, h.listed_from), E'\n'),
		'not listed')
	FROM (SELECT p.*, v.reason, v.footnotes AS footnotes_
		  FROM entity_screen.screen_party(q, on_date => d,
				known_at => (SELECT at FROM moment WHERE name = k)) p
		  JOIN entity_screen.entry_version v USING (entry_version_id)) h $$;
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect, time_zone)
VALUES ('private_test', 'Test', 'Test', 'internal_block', 'UTC');

\set head 'record,operation,name,destination_country,new_destination_country,citation,effective_on,applicable_on,license_review_policy,reason,footnotes,name_type,address\n'

SELECT load('r1', :'head' || E'tranche,,,,,10 FR 100,2020-03-01,,,,,,\nentry,add,"Zenith Optics Co., Ltd.",China,,10 FR 101,,,Policy of denial,first reason,1 3,,\nname,,Kestrel Trade House,,,,,,,,,aka,\naddress,,,,,,,,,,,,1 Harbor Road\n');
SELECT said('2020-02-29'), said('2020-03-01'), said('2024-01-01');

-- A revision closes the old text on its date; empty fields stay as they were,
-- (none) clears, names are added and dropped
SELECT load('r2', :'head' || E'tranche,,,,,11 FR 200,2021-06-01,,,,,,\nentry,revise,Zenith Optics Co. Ltd,China,,,,,Presumption of denial,(none),,,\nname,,Blue Harbor Metals,,,,,,,,,fka,\nname,drop,Kestrel Trade House,,,,,,,,,,\naddress,drop,,,,,,,,,,,1 Harbor Road\naddress,,,,,,,,,,,,2 Mill Lane\n');
SELECT said('2021-05-31');
SELECT said('2021-06-01');
SELECT d, q, said(d::date, q => q) <> 'not listed' AS hit
FROM unnest(ARRAY['2021-05-31', '2021-06-01']) d, unnest(ARRAY['Kestrel Trade House', 'Blue Harbor Metals']) q;
SELECT address, valid FROM entity_screen.entry_address WHERE upper_inf(known) ORDER BY valid;

-- A rule between the two, loaded last: later texts keep what was theirs and
-- take over what nobody stated since
SELECT load('r3', :'head' || E'tranche,,,,,10 FR 900,2020-12-01,,,,,,\nentry,revise,"Zenith Optics Co., Ltd.",China,,,,,Case-by-case review,,4,,\n');
SELECT said('2020-11-30');
SELECT said('2020-12-01');
SELECT said('2021-06-01');
-- ... and what we held before that load is still told
SELECT said('2020-12-01', 'r3');
SELECT said('2021-06-01', 'r3');
SELECT said('2021-06-01', 'r1');

-- A correction with a retroactive date: the law about March 2022 as known
-- today, and as answered then
SELECT load('r4', :'head' || E'tranche,,,,,12 FR 50,2022-04-11,2022-02-14,,,,,\nentry,correct,"Zenith Optics Co., Ltd.",China,,,,,Presumption of approval,,,,\n');
SELECT said('2022-02-13');
SELECT said('2022-03-01') AS law;
SELECT said('2022-03-01', 'r4') AS answered_then;

-- A move changes the destination, a removal ends the entry, history stays
SELECT load('r5', :'head' || E'tranche,,,,,12 FR 900,2022-12-23,,,,,,\nentry,move,"Zenith Optics Co., Ltd.",China,Hong Kong,,,,,,,,\n');
SELECT said('2022-12-22');
SELECT said('2022-12-23');
SELECT load('r6', :'head' || E'tranche,,,,,13 FR 10,2023-07-01,,,,,,\nentry,remove,"Zenith Optics Co., Ltd.",Hong Kong,,,,,,,,,\n');
SELECT said('2023-06-30');
SELECT said('2023-07-01');
SELECT advisory, is_listed, valid_until
FROM entity_screen.screen_party('Zenith Optics', on_date => '2023-07-01', include_advisory => true);

-- Added again later: the same entry, listed anew
SELECT load('r7', :'head' || E'tranche,,,,,14 FR 10,2024-02-01,,,,,,\nentry,add,"Zenith Optics Co., Ltd.",Hong Kong,,,,,Denied again,,,,\n');
SELECT said('2023-12-31');
SELECT said('2024-02-01');
SELECT count(*) AS entries FROM entity_screen.entry;

-- `known` is strictly increasing, only ever closed, and leaves no gap
SELECT bool_and(t.known_from < n.known_from) AS increasing
FROM entity_screen.tranche t JOIN entity_screen.tranche n ON n.tranche_id = t.tranche_id + 1;
SELECT count(*) FILTER (WHERE upper_inf(known)) AS held, count(*) AS ever FROM entity_screen.entry_version;
SELECT count(*) AS opened_at_no_load FROM entity_screen.entry_version v
WHERE NOT EXISTS (SELECT FROM entity_screen.tranche t WHERE t.known_from = lower(v.known))
	OR NOT upper_inf(v.known) AND NOT EXISTS (SELECT FROM entity_screen.tranche t WHERE t.known_from = upper(v.known));
SELECT * FROM entity_screen.check_references();
-- the same date cannot be said twice at one time
\set VERBOSITY terse
INSERT INTO entity_screen.entry_version (entry_id, valid, known, valid_from_basis, tranche_id, operation, entry_type, footnotes, citations)
SELECT entry_id, valid, known, valid_from_basis, tranche_id, operation, entry_type, footnotes, citations
FROM entity_screen.entry_version LIMIT 1;
\set VERBOSITY default

-- Every one of the 120 orders of loading five rules ends in the same answers,
-- with the retroactive correction and the removal among them
\set head 'record,operation,name,destination_country,citation,effective_on,applicable_on,license_review_policy,reason,name_type,on_conflict\n'
CREATE TABLE rule_file (n int, content text);
INSERT INTO rule_file VALUES
	(1, :'head' || E'tranche,,,,20 FR 1,2020-01-01,,,,,\nentry,add,Alpha Works,Peru,,,,P1,R1,,record\n'),
	(2, :'head' || E'tranche,,,,20 FR 2,2020-06-01,,,,,\nentry,revise,Alpha Works,Peru,,,,P2,,,record\nname,,Alfa Taller,,,,,,,aka,\n'),
	(3, :'head' || E'tranche,,,,20 FR 3,2021-01-01,,,,,\nentry,revise,Alpha Works,Peru,,,,,R3,,record\n'),
	(4, :'head' || E'tranche,,,,20 FR 4,2021-05-01,2020-09-01,,,,\nentry,correct,Alpha Works,Peru,,,,P4,,,record\n'),
	(5, :'head' || E'tranche,,,,20 FR 5,2022-01-01,,,,,\nentry,remove,Alpha Works,Peru,,,,,,,record\n');
CREATE FUNCTION answers(which int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM entity_screen.load_tranche(f.content, 'un_sc')
	FROM (SELECT r.content FROM rule_file r ORDER BY array_position(which, r.n)) f;
	SELECT string_agg(said, E'\n' ORDER BY said COLLATE "C") INTO result FROM (
		SELECT concat_ws(' ', v.valid, v.license_review_policy, v.reason, v.citations) AS said
		FROM entity_screen.entry_version v JOIN entity_screen.entry e USING (entry_id)
		WHERE e.list_code = 'un_sc' AND upper_inf(v.known)
		UNION ALL
		SELECT concat_ws(' ', n.valid, n.name::text)
		FROM entity_screen.entry_name n JOIN entity_screen.entry e USING (entry_id)
		WHERE e.list_code = 'un_sc' AND upper_inf(n.known)) a;
	RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = result;
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
	RETURN SQLERRM;		-- and all is rolled back
END $$;
SELECT answers(ARRAY[1, 2, 3, 4, 5]);
SELECT count(*) AS orders, count(DISTINCT answers(ARRAY[a, b, c, d, e])) AS answers
FROM generate_series(1, 5) a, generate_series(1, 5) b, generate_series(1, 5) c,
	generate_series(1, 5) d, generate_series(1, 5) e
WHERE a <> b AND a <> c AND a <> d AND a <> e AND b <> c AND b <> d AND b <> e
	AND c <> d AND c <> e AND d <> e;
DROP FUNCTION answers(int[]);
DROP FUNCTION said(date, text, text);
DROP FUNCTION load(text, text);
DROP TABLE rule_file, moment;
