-- Every format of list files, detected and named, with fixtures of our own.
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect)
VALUES ('private_test', 'Test', 'We', 'internal_block');
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION pg_temp.load(content text, list_code text DEFAULT NULL, format text DEFAULT NULL, snapshot_on date DEFAULT '2024-01-01') RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', s.list_code, s.status, 'rows', source_rows, 'entries', entries, 'added', added, 'revised', revised, 'removed', removed, 'unchanged', unchanged, 'conflicts', conflicts)
	FROM entity_screen.load_snapshot(convert_to(content, 'UTF8'), snapshot_on, list_code, format) s
$$;
CREATE FUNCTION pg_temp.held() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws('|', e.list_code, v.entry_type, v.destination_country, v.valid, v.valid_from_basis, v.citations::text,
		(SELECT string_agg(n.name::text || ' ' || n.name_type || ' ' || n.alias_quality, '; ' ORDER BY n.entry_name_id) FROM entity_screen.entry_name n WHERE n.entry_id = e.entry_id AND upper_inf(n.known)),
		(SELECT string_agg(a.address || ' ' || coalesce(a.country, '-'), '; ' ORDER BY a.entry_address_id) FROM entity_screen.entry_address a WHERE a.entry_id = e.entry_id AND upper_inf(a.known)),
		v.license_requirement, v.license_review_policy, v.footnotes::text, v.reason, v.detail::text)
	FROM entity_screen.entry e JOIN entity_screen.entry_version v USING (entry_id) WHERE upper_inf(v.known) ORDER BY e.entry_id, v.valid
$$;

\echo == Consolidated Screening List, JSON
BEGIN;
SELECT pg_temp.load('{"total": 2, "results": [{"source": "Entity List (EL) - Bureau of Industry and Security", "name": "Shin Works", "type": null, "alt_names": ["Shin Lab", "and Shin Group"], "addresses": [{"address": "1 Road", "city": "Wuhan", "state": null, "postal_code": "430000", "country": "CN"}], "federal_register_notice": "85 FR 34505", "start_date": "2020-06-05", "license_requirement": "For all items", "license_policy": "Presumption of denial"}, {"source": "Unverified List (UVL) - Bureau of Industry and Security", "name": "Sad Trading", "alt_names": [], "addresses": []}]}');
SELECT pg_temp.held();
ROLLBACK;
SELECT pg_temp.load('{"results": [{"source": "A list nobody knows (XYZ)", "name": "Dad", "alt_names": [], "addresses": []}]}');
SELECT pg_temp.load('{"results": [{"source": ');

\echo == OpenSanctions and a plain list
BEGIN;
SELECT pg_temp.load(E'id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,dataset,first_seen,last_seen,last_change\nQ1,Company,Ta Industries,Ta Group;"Ta, Ltd.",,ru;by,"1 Lenina, Moscow",,,,,xx,2023-05-01T00:00:00,2024-01-01T00:00:00,2024-01-01T00:00:00\n', 'private_test');
SELECT pg_temp.held();
ROLLBACK;
BEGIN;
SELECT pg_temp.load(E'name,alias,country,address,note\nZa Metals,Za Group; Za Holding,Peru,"1 Calle, Lima, Peru",do not ship\nZa Metals,ZM,,,\nAin Foods,,Chile,,\n', 'private_test');
SELECT pg_temp.held();
SELECT pg_temp.load(E'name,alias,country,address,note\nAin Foods,,Chile,,\nZa Metals,Za Group; Za Holding; ZM,Peru,"1 Calle, Lima, Peru",do not ship\n', 'private_test', NULL, '2024-01-02');
ROLLBACK;
SELECT pg_temp.load(E'name,alias\nA,B\n');
SELECT pg_temp.load(E'name,alias\nA,B\nC\n', 'private_test');
SELECT pg_temp.load(E'name,alias\n', 'private_test');

\echo == a format that the site adds
INSERT INTO entity_screen.list_format (format, title, reader, list_code, delimiter, encoding, header_line, null_token, signature, columns, words, date_style, separator, id_is_stable)
VALUES ('house_list', 'Our supplier''s list', 'csv', 'private_test', ';', 'LATIN1', 2, 'n/a', '{Firma,Land}', '{"source_id": "Nr", "name": ["Vorname", "Firma"], "aliases": "Auch", "country": "Land", "address": "Ort", "start_on": "Seit", "entry_type": "Art", "detail.register": "HRB"}', '{"entry_type": {"mensch": "person"}}', 'dmy', '|', true);
BEGIN;
SELECT concat_ws(' ', list_code, added, conflicts) FROM entity_screen.load_snapshot(convert_to(E'Stand 05/06/2023;;;;;;;;\nNr;Vorname;Firma;Auch;Land;Ort;Seit;Art;HRB\n1;;', 'UTF8') || '\x4dfc6c6c6572'::bytea || convert_to(E' AG;Mueller|MUE;Germany;Ulm;05/06/2020;;77\n2;Eva;Klein;;Austria;Linz;n/a;Mensch;\n', 'UTF8'), '2024-01-01');
SELECT pg_temp.held();
ROLLBACK;
DELETE FROM entity_screen.list_format WHERE format = 'house_list';
DELETE FROM entity_screen.list_format WHERE format = 'csl_csv';

\echo == recognized by its first lines only; what is wrong below is told with its place
SELECT entity_screen.load_snapshot(convert_to(E'name,alias\n' || repeat(E'Fa Works,\n', 3), 'UTF8') || '\xe9'::bytea || convert_to(E' Works,\n', 'UTF8'), '2024-01-01', 'private_test');
SELECT entity_screen.load_snapshot(convert_to(E'{"results": [\n{"source": "(EL)", "name": "Caf', 'UTF8') || '\xe9'::bytea || convert_to('"}]}', 'UTF8'), '2024-01-01');
SELECT entity_screen.load_snapshot('\xfffe6e0061006d006500'::bytea, '2024-01-01', 'private_test');

\echo == a plain list with another column is not recognized: it might hold names
SELECT pg_temp.load(E'name,alias,weakAlias\nFa Works,,Fah\n', 'private_test');
BEGIN;
SELECT pg_temp.load(E'name,alias,weakAlias\nFa Works,,Fah\n', 'private_test', 'plain_csv');
SELECT pg_temp.held();
ROLLBACK;

\echo == JSON: records without most keys, an array without a key in front, other types
BEGIN;
SELECT pg_temp.load('[{"source": "(EL)", "name": "Fa Works"}, {"source": "(EL)", "name": "Qaf Works", "alt_names": "Qaf Lab; Qaf Group", "addresses": "1 Road, Lima, PE", "start_date": "2020-06-05", "extra": {"a": 1}}, {"source": "(EL)", "name": "Kaf Works", "alt_names": null, "addresses": [null, {"country": "CN"}, "2 Road, Wuhan, CN"], "federal_register_notice": ["80 FR 1111", "81 FR 2222"]}, 7]');
SELECT pg_temp.held();
ROLLBACK;

\echo == a rule as rows of names and addresses
BEGIN;
SELECT added, names, addresses FROM entity_screen.load_tranche(convert_to(E'list,tranche_id,fr_citation,fr_document,effective_date,action,entity_name,alias,alias_type,address,country,license_requirement,license_policy,parent,note\nus_bis_el,x,99 FR 7,,2024-01-01,add,Dal Works,,,"1 Road, Lima, Peru",Peru,For all items,Presumption of denial,,first\nus_bis_el,x,99 FR 7,,2024-01-01,add,Dal Works,,,"2 Road, Cusco",Peru,For all items,Presumption of denial,,\nus_bis_el,x,99 FR 7,,2024-01-01,add,Dal Works,"Dal, Inc. ""D""",f.k.a.,,Peru,,,,\nus_bis_el,x,99 FR 7,,2024-01-01,add,Dal Branch,,,,Peru,,,Dal Works,\nus_bis_el,x,99 FR 7,,2024-01-01,add,Dal Works,,,,Chile,,,,\n', 'UTF8'));
SELECT pg_temp.held();
SELECT revised, removed, corrected, conflicts FROM entity_screen.load_tranche(convert_to(E'list,fr_citation,effective_date,action,entity_name,alias,country,license_policy\nus_bis_el,99 FR 8,2024-02-01,modify,Dal Works,Dal New,Peru,Policy of denial\nus_bis_el,99 FR 8,2024-02-01,remove,Dal Branch,,Peru,\nus_bis_el,99 FR 8,2024-02-01,modify,Nobody,,Peru,\n', 'UTF8'));
SELECT detail FROM entity_screen.load_conflict;
SELECT entity_screen.is_listed('Dal New', d), entity_screen.is_listed('Dal Branch', d) FROM unnest(ARRAY['2024-01-31', '2024-02-01']::date[]) d;
ROLLBACK;
SELECT entity_screen.load_tranche(convert_to(E'fr_citation,effective_date,action,entity_name\n99 FR 7,2024-01-01,add,A Works\n99 FR 8,2024-01-01,add,B Works\n', 'UTF8'), 'us_bis_el');
SELECT entity_screen.load_tranche(convert_to(E'fr_citation,effective_date,action,entity_name\n', 'UTF8'), 'us_bis_el');
SELECT entity_screen.load_tranche(convert_to(E'fr_citation,effective_date,action,entity_name,country\n99 FR 7,2024-01-32,add,A Works,Peru\n', 'UTF8'), 'us_bis_el');
SELECT entity_screen.load_tranche(convert_to(E'fr_citation,effective_date,action,entity_name,country\n99 FR 7,2024-01-31,adopt,A Works,Peru\n', 'UTF8'), 'us_bis_el');
SELECT entity_screen.load_tranche('x', 'us_bis_el', 'plain_csv');

\echo == what is refused
SELECT pg_temp.load('just some words', 'private_test');
SELECT pg_temp.load(E'record,operation,name\n', 'private_test');
SELECT pg_temp.load(E'name\nA\n', 'private_test', 'no_such_format');
SELECT pg_temp.load(E'name\nA\n', 'no_such_list');
SELECT pg_temp.load(E'name\nA\n', 'private_test', NULL, '2999-01-01');
SELECT pg_temp.load(E'name\nA\n', 'private_test', NULL, NULL);
SELECT entity_screen.load_snapshot('\x1f8b0800', '2024-01-01');
SELECT entity_screen.load_snapshot('\x', '2024-01-01');
SELECT entity_screen.load_snapshot(NULL, '2024-01-01');
SELECT pg_temp.load(E'name,alias\n"A,B\nC,D\n', 'private_test');

\echo == the same day again, another file: the earlier one is replaced
BEGIN;
SELECT pg_temp.load(E'name\nFa\nQaf\nKaf\nLam\n', 'private_test');
SELECT pg_temp.load(E'name\nFa\nQaf\nKaf\nMim\n', 'private_test');
SELECT tranche_id - (SELECT min(tranche_id) FROM entity_screen.tranche) AS n, status, status_reason FROM entity_screen.tranche ORDER BY 1;
SELECT name::text, valid FROM entity_screen.entry_name WHERE upper_inf(known) ORDER BY name::text COLLATE "C";
ROLLBACK;

\echo == a list that goes back to what it was is changed; the same file again is not
BEGIN;
SELECT pg_temp.load(E'name\nFa\nQaf\nKaf\nLam\n', 'private_test', NULL, '2024-01-01');
SELECT pg_temp.load(E'name\nFa\nQaf\nKaf\nLam\nMim\n', 'private_test', NULL, '2024-02-01');
SELECT pg_temp.load(E'name\nFa\nQaf\nKaf\nLam\n', 'private_test', NULL, '2024-01-01');
SELECT pg_temp.load(E'name\nFa\nQaf\nKaf\nLam\n', 'private_test', NULL, '2024-01-15');
SELECT pg_temp.load(E'name\nFa\nQaf\nKaf\nLam\n', 'private_test', NULL, '2024-03-01');
SELECT pg_temp.load(E'name\nFa\nQaf\nKaf\nLam\n', 'private_test', NULL, '2024-04-01');
SELECT string_agg(valid::text, ' ') FROM entity_screen.entry_name WHERE name::text = 'Mim' AND upper_inf(known);
ROLLBACK;

\echo == the same file by another format is another file
BEGIN;
SELECT pg_temp.load(E'COUNTRY,NAME,ADDRESS,name\nPeru,Fa,,Qaf\n', 'private_test', 'plain_csv');
SELECT pg_temp.load(E'COUNTRY,NAME,ADDRESS,name\nPeru,Fa,,Qaf\n', 'private_test', 'us_bis_uvl_csv');
ROLLBACK;

\echo == a file of several lists, one of them retracted: the file again loads that one
BEGIN;
SELECT pg_temp.load('{"results": [{"source": "(EL)", "name": "Shin Works", "alt_names": [], "addresses": []}, {"source": "(UVL)", "name": "Sad Trading", "alt_names": [], "addresses": []}]}');
SELECT entity_screen.retract_tranche(tranche_id) IS NOT NULL FROM entity_screen.tranche WHERE list_code = 'us_bis_el';
SELECT pg_temp.load('{"results": [{"source": "(EL)", "name": "Shin Works", "alt_names": [], "addresses": []}, {"source": "(UVL)", "name": "Sad Trading", "alt_names": [], "addresses": []}]}');
ROLLBACK;

\echo == what left and came back, with a date of its source or without
BEGIN;
SELECT pg_temp.load(E'name,listed_on\nFa,2020-01-01\nQaf,\nNun,\nWaw,\n', 'private_test', NULL, '2024-01-01');
SELECT pg_temp.load(E'name,listed_on\nNun,\nWaw,\nQaf,\n', 'private_test', NULL, '2024-02-01');
SELECT pg_temp.load(E'name,listed_on\nFa,2024-02-15\nQaf,\nNun,\nWaw,\nNew,\n', 'private_test', NULL, '2024-03-01');
SELECT name::text, string_agg(valid::text, ' ' ORDER BY valid) FROM entity_screen.entry_name WHERE upper_inf(known) GROUP BY 1 ORDER BY 1;
ROLLBACK;
DROP EXTENSION entity_screen;
CREATE EXTENSION entity_screen;
