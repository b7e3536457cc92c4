-- The traps of real list files, one named test each: first those of the
-- files in general, then those of the Entity List rows of 2022. The rows are
-- made up in the shape of the real ones, or quote single names.
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

-- Load rows of a Consolidated Screening List file into a list of its own
CREATE FUNCTION pg_temp.csl(rows text, snapshot_on date DEFAULT '2024-01-01') RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', 'rows', source_rows, 'entries', entries, 'added', added, 'revised', revised, 'removed', removed, 'unchanged', unchanged, 'conflicts', conflicts)
	FROM entity_screen.load_snapshot(convert_to('source,entity_number,type,name,addresses,federal_register_notice,start_date,license_requirement,license_policy,alt_names' || E'\n' || rows, 'UTF8'), snapshot_on)
$$;
CREATE FUNCTION pg_temp.names() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT name::text || ' (' || name_type || CASE alias_quality WHEN 'unknown' THEN '' ELSE ' ' || alias_quality END || ')' FROM entity_screen.entry_name WHERE upper_inf(known) ORDER BY entry_id, name_type <> 'primary', entry_name_id
$$;

\echo == pitfall 1: citations in all their spellings, two rules of one day, page ranges
SELECT entity_screen.read_citations(c) FROM unnest(ARRAY['84 FR 54004; 85 FR 34505', '68 F.R. 38290 6/27/03 71 F.R. 38843 7/10/06', E'77 FR 23116\n4/18/12', '78 FR 75463 12/12/13', 'Vol. 83, No. 91, 05/10/2018', '76 FR No. 197 (10/12/2011)', '88 FR [INSERT FR PAGE NUMBER AND 2/27/2023]']) c;
SELECT entity_screen.citation_date(c) FROM unnest(ARRAY['84 FR 54004, 10/9/19. 85 FR 44161, 7/22/20', '86 FR 67319, 12/19/2022', '86 FR 67319']) c;
BEGIN;
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,page_to,effective_on\ntranche,,,,85 FR 34495,34502,2020-06-05\nentry,add,Alpha Optics,China,85 FR 34497,,\n', 'us_bis_el');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,page_to,effective_on\ntranche,,,,85 FR 34503,34510,2020-06-05\nentry,add,Beta Works,China,85 FR 34505,,\n', 'us_bis_el');
SELECT c, citation FROM unnest(ARRAY['85 FR 34501', '85 FR 34505']) c, entity_screen.resolve_citation(c) r JOIN entity_screen.tranche t ON t.tranche_id = r;
ROLLBACK;

\echo == pitfall 2: an id that changes with the row is no identity
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Gamma Institute,"1 Long Road, Wuhan, CN",80 FR 1111,2015-01-02,,,');
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Gamma Institute,"1 Long Road, Wuhan, CN",80 FR 1111; 90 FR 2222,2015-01-02,,,Gamma Lab', '2024-02-01');
SELECT * FROM pg_temp.names();
ROLLBACK;

\echo == pitfall 3: one name under two destinations is two entries
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Delta Trading,"1 A Street, Beijing, CN",80 FR 1111,2015-01-02,,,
"Entity List (EL) - Bureau of Industry and Security",,,Delta Trading,"2 B Street, Kowloon, HK",80 FR 1111,2015-01-02,,,');
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Delta Trading,"9 New Street, Kowloon, HK",80 FR 1111,2015-01-02,,,
"Entity List (EL) - Bureau of Industry and Security",,,Delta Trading,"1 A Street, Beijing, CN",80 FR 1111,2015-01-02,,,', '2024-02-01');
ROLLBACK;

\echo == pitfall 4: aliases in prose
SELECT u FROM unnest(entity_screen.state_names(ARRAY['and Zeta Co., Ltd.; Eta Lab; and', 'Theta Technology Development Co., Ltd., and Iota', 'Kappa (a.k.a., Lambda', 'f.k.a. Mu Works', '(all of preceding located in or near Mianyang)', 'or Nu'], ';', 'aka', 'unknown')) u;
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,"Xi Company, ",,,,,,"XI COMPANY; and Xi Group; (near Pi City)"');
SELECT * FROM pg_temp.names();
SELECT note FROM entity_screen.entry_version;
ROLLBACK;

\echo == pitfall 5: lost characters
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,IS?Vision,"Shanghai, CN",85 FR 34505,2020-06-05,,,');
SELECT q, count(*) FROM unnest(ARRAY['IS''Vision', U&'IS\2019Vision', 'ISVISION', 'IS?Vision']) q, entity_screen.screen_party(q, on_date => '2024-01-01') GROUP BY q ORDER BY q COLLATE "C";
ROLLBACK;

\echo == pitfall 6: scripts, original script in parentheses, broken bytes
SELECT u FROM unnest(entity_screen.state_names(ARRAY[U&'Sergei AKSENOV (\0421\0435\0440\0433\0435\0439 \0410\041a\0421\0401\041d\041e\0412); Serhiy AKSYONOV'], ';', 'aka', 'unknown')) u;
SELECT entity_screen.load_snapshot(convert_to(E'name,alias\nSoci', 'UTF8') || '\xE974E9'::bytea || convert_to(E',x\n', 'UTF8'), '2024-01-01', 'private_test', 'plain_csv');
SELECT name FROM entity_screen.csv_record('\x4c61737420557064617465642c32372f30342f323032300a4e616d6520362c4e616d6520310a4c4120504dc92c0a', (SELECT f FROM entity_screen.list_format f WHERE format = 'uk_conlist_csv')) r, LATERAL (SELECT r.record) x(name);

\echo == pitfall 7: an entry that is an address
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Address 01,"Unit 5, 12 Harbour Road, Wan Chai, HK",89 FR 51644,2024-06-12,,,', '2024-07-01');
SELECT entry_type FROM entity_screen.entry_version;
SELECT address, country FROM entity_screen.entry_address;
ROLLBACK;

\echo == pitfall 8: very long and very short names, numbers that carry the identity
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,DJI,"Shenzhen, CN",,,,,
"Entity List (EL) - Bureau of Industry and Security",,,' || repeat('Ministry Works ', 25) || ',,,,,,
"Entity List (EL) - Bureau of Industry and Security",,,12 Research Institute,"Beijing, CN",,,,,
"Entity List (EL) - Bureau of Industry and Security",,,13 Research Institute,"Beijing, CN",,,,,');
SELECT entry_name FROM entity_screen.screen_party('12 Research Institute', on_date => '2024-01-01');
SELECT count(*) FROM entity_screen.check_names('us_bis_el');
ROLLBACK;

\echo == pitfall 9: parent and child in one string
SELECT entity_screen.split_entity(n) FROM unnest(ARRAY['Second Academy of Rockets.  Subordinate Institution - 23rd Research Institute', 'Rho Electronics (CETC 13) subordinate institution: Sigma Microwave', 'Tau Technologies Co., Ltd. (Tau).  Affiliated Entity:  Upsilon Cloud', 'Affiliated Supply and Consultancy Services']) n;

\echo == pitfall 10: null conventions, marks and line ends
SELECT record FROM entity_screen.ofac_csv_record(convert_to(E'36,"AERO LINES",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"begins"\r\n\x1a\r\n', 'UTF8'), ARRAY[convert_to(E'36,12,"aka","AERO",-0- \r\n', 'UTF8'), convert_to(E'36,25,-0- ,"Havana","Cuba",-0- \r\n', 'UTF8'), convert_to(E'36," and ends"\r\n', 'UTF8')], (SELECT f FROM entity_screen.list_format f WHERE format = 'ofac_sdn_csv'));
SELECT record FROM entity_screen.csv_record('\xEFBBBF'::bytea || convert_to(E'name,alias\r\n"",""\r\n"Phi","two\nlines"\r\n', 'UTF8'), (SELECT f FROM entity_screen.list_format f WHERE format = 'plain_csv'));

-- a feed that leaves out empty fields at the end of a row, an empty first row
SELECT record->>'Name', record->>'FR_Citation' FROM entity_screen.csv_record(convert_to(E'Name\tStreet_Address\tCountry\tFR_Citation\r\n""\t""\t""\t""\r\nYa Systems\t1 Road\tDK\r\nWaw Labs\t2 Road\tUS\t65 FR 42664 7/11/00\r\n', 'UTF8'), (SELECT f FROM entity_screen.list_format f WHERE format = 'us_bis_dpl_tsv'));

\echo == pitfall 11: separators inside parentheses and inside addresses
SELECT entity_screen.split_list('Chi (old; new); Psi', ';');
SELECT * FROM unnest(entity_screen.state_addresses(ARRAY['Building 1; East Zone, Beijing, CN; No. 2 West Road, Kowloon, HK', 'Somewhere; unknown'], ';'));

\echo == pitfall 12: dates
SELECT d, entity_screen.source_date(d, s) FROM (VALUES ('2020-06-05', 'mdy'), ('6/5/2020', 'mdy'), ('6/5/20', 'mdy'), ('17.3.2014', 'mdy'), ('05/06/2020', 'dmy'), ('00/00/1980', 'dmy'), ('14 Jun 1975', 'mdy'), ('June 21, 2022', 'mdy'), ('circa 1950', 'mdy'), ('0097-06-30', 'mdy'), ('2023-02-30', 'mdy'), ('6/5/2020; 7/22/2020', 'mdy')) v (d, s);
-- digits of another script are none that a date is made of, whatever the collation takes for a digit
SELECT coalesce((SELECT 'und-x-icu' FROM pg_collation WHERE collname = 'und-x-icu'), 'C') AS icu \gset
SELECT entity_screen.source_date(U&'\0661\0662 May 2020' COLLATE :"icu", 'mdy') IS NULL;

\echo == pitfall 13: license texts in many spellings, footnote marks
SELECT count(DISTINCT entity_screen.license_key(t)) FROM unnest(ARRAY[U&'For all items subject to the EAR. (See \00a7 744.11 of the EAR)', 'For all items subject to the EAR.  (See 744.11 of the EAR).']) t;
SELECT entity_screen.printed_footnotes(t) FROM unnest(ARRAY['(See 734.9(g),3 746.8(a)(3), and 744.21(b) of the EAR)', '(See 734.9(e)(2) and 744.11 of the EAR) 4', 'see 734.9(e) 1 and 744.11 of the EAR 2', '(See 744.11 of the EAR)']) t;
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Omega Works,"Beijing, CN",80 FR 1111,2015-01-02,For all items subject to the EAR.  (See 744.11 of the EAR).,Presumption of denial,');
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Omega Works,"Beijing, CN",80 FR 1111,2015-01-02,For all items subject to the EAR. (See 744.11 of the EAR),Presumption of denial.,', '2024-02-01');
ROLLBACK;

\echo == pitfall 14: the date of a source against the rule that adds the entry
BEGIN;
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,page_to,effective_on,declared_entities\ntranche,,,,84 FR 54002,54010,2019-10-09,1\nentry,add,Alif Optics,China,,,,\n', 'us_bis_el');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,page_to,effective_on,declared_entities\ntranche,,,,85 FR 34503,34510,2020-06-05,1\nentry,add,Ba Networks,China,,,,\n', 'us_bis_el');
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Alif Optics,"Beijing, CN",84 FR 54004,2019-10-09,,,
"Entity List (EL) - Bureau of Industry and Security",,,Ba Networks,"Beijing, CN",84 FR 54004; 85 FR 34505,2019-10-09,,,');
SELECT conflict, detail FROM entity_screen.load_conflict;
SELECT d, entry_name, listed_from, valid_from_basis, citations FROM unnest(ARRAY['2020-01-15', '2020-06-05', '2024-01-01']::date[]) d, entity_screen.screen_party('Ba Networks', on_date => d);
SELECT citation, declared_entities, claimed, remark FROM entity_screen.v_reconciliation WHERE kind_code = 'rule' ORDER BY effective_on;
ROLLBACK;

-- pitfall 15 is in list_xml

\echo == pitfall 16: removal by absence, and a destination that disappears
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Dal Electronics,"1 Road, Kowloon, HK",80 FR 1111,2015-01-02,,,
"Entity List (EL) - Bureau of Industry and Security",,,Ra Works,"Beijing, CN",80 FR 1111,2015-01-02,,,
"Entity List (EL) - Bureau of Industry and Security",,,Sin Works,"Beijing, CN",80 FR 1111,2015-01-02,,,
"Entity List (EL) - Bureau of Industry and Security",,,Shin Works,"Beijing, CN",80 FR 1111,2015-01-02,,,');
SELECT concat_ws(' ', added, revised, removed, unchanged) FROM entity_screen.load_snapshot(convert_to('{"list_id": "bis-entity-list", "entities": [
	{"name": "Dal Electronics", "aliases": [], "country": "China", "address": "1 Road, Kowloon, Hong Kong.", "federal_register": "80 FR 1111, 1/2/15"},
	{"name": "Sin Works", "aliases": [], "country": "China", "address": "Beijing, China.", "federal_register": "80 FR 1111, 1/2/15"},
	{"name": "Shin Works", "aliases": [], "country": "China", "address": "Beijing, China.", "federal_register": "80 FR 1111, 1/2/15"}]}', 'UTF8'), '2024-02-01');
SELECT entry_name, d, is_listed, advisory FROM unnest(ARRAY['2024-01-31', '2024-02-01']::date[]) d, entity_screen.screen_party('Ra Works', on_date => d, include_advisory => true);
SELECT DISTINCT destination_country FROM entity_screen.screen_party('Dal Electronics', on_date => '2024-02-01');
ROLLBACK;

-- an entry that a snapshot lacks is removed by it, whichever of rule and snapshot is loaded first
BEGIN;
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,84 FR 54002,2019-10-09\nentry,add,Zad Optics,China,,\nentry,add,Ha Optics,China,,\n', 'us_bis_el');
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Ha Optics,"Beijing, CN",84 FR 54002,2019-10-09,,,');
SELECT name::text, string_agg(valid::text, ' ' ORDER BY valid) FROM entity_screen.entry_name WHERE upper_inf(known) GROUP BY 1 ORDER BY 1;
ROLLBACK;
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Ha Optics,"Beijing, CN",84 FR 54002,2019-10-09,,,');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,84 FR 54002,2019-10-09\nentry,add,Zad Optics,China,,\nentry,add,Ha Optics,China,,\n', 'us_bis_el');
SELECT name::text, string_agg(valid::text, ' ' ORDER BY valid) FROM entity_screen.entry_name WHERE upper_inf(known) GROUP BY 1 ORDER BY 1;
ROLLBACK;

\echo == pitfall 17: a plain company name is not listed for sounding like a list name
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,ARK,"Minsk, BY",80 FR 1111,2015-01-02,,,');
SELECT count(*) FROM entity_screen.screen_party('Ark Encounter Bakery GmbH', on_date => '2024-01-01');
ROLLBACK;

\echo == trap: no start date, listed since unknown
BEGIN;
SELECT pg_temp.csl('"Specially Designated Nationals (SDN) - Treasury Department",77,Individual,"TAD, Ali",,,,,,');
SELECT is_listed, valid_from, valid_from_basis FROM entity_screen.screen_party('Ali Tad', on_date => '1980-01-01');
ROLLBACK;
\echo == trap: impossible years are kept as text, never coerced
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Za Institute,"Sarov, RU",62 FR 35334,0097-06-30,,,');
SELECT conflict, detail FROM entity_screen.load_conflict;
SELECT valid_from, valid_from_basis FROM entity_screen.screen_party('Za Institute', on_date => '2024-01-01');
SELECT detail->>'source_start_on' FROM entity_screen.entry_version;
-- said once, not with every file that says nothing new of the entry
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Za Institute,"Sarov, RU",62 FR 35334,0097-06-30,,,
"Entity List (EL) - Bureau of Industry and Security",,,Zha Institute,"Sarov, RU",62 FR 35334,1997-06-30,,,', '2024-02-01');
ROLLBACK;
\echo == trap: residue of another code page is kept
BEGIN;
SELECT pg_temp.csl(U&'"Entity List (EL) - Bureau of Industry and Security",,,Co\201dperatief Ain,"Utrecht, NL",80 FR 1111,2015-01-02,,,');
SELECT name::text = U&'Co\201dperatief Ain' FROM entity_screen.entry_name;
ROLLBACK;
\echo == trap: alias separators that must not break "Co., Ltd."
SELECT entity_screen.split_list('Alpha Co., Ltd.; Beta Co., Ltd., and Gamma; and Delta, Inc.', ';');
\echo == trap: an address without a country stays whole
SELECT * FROM unnest(entity_screen.state_addresses(ARRAY['Unit 1; Level 2; Nowhere Street'], ';'));
\echo == trap: parenthesised acronyms find their entry with and without
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Ghain Electronics Research Institute (GERI),"Beijing, CN",80 FR 1111,2015-01-02,,,');
SELECT q, count(*) FROM unnest(ARRAY['Ghain Electronics Research Institute', 'Ghain Electronics Research Institute (GERI)']) q, entity_screen.screen_party(q, on_date => '2024-01-01') GROUP BY q ORDER BY q;
ROLLBACK;
\echo == trap: a typo of the rule stays in the policy, and its code is the same
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Fa Works,"Beijing, CN",80 FR 1111,2015-01-02,For all items subject to the EAR.,"casa-by-case review for items; presumption of denial for all other",');
SELECT license_review_policy, entity_screen.review_policy(license_review_policy), entity_screen.license_scope(license_requirement) FROM entity_screen.entry_version;
ROLLBACK;
\echo == trap: place-name variants are names like others
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Hetian Qaf Bureau,"Hetian, CN",80 FR 1111,2015-01-02,,,Hotan Qaf Bureau');
SELECT * FROM pg_temp.names();
ROLLBACK;
\echo == trap: one citation, several entries of one name
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Kaf Lam,"Moscow, RU",80 FR 1111,2015-01-02,,,
"Entity List (EL) - Bureau of Industry and Security",,,Kaf Lam,"Moscow, RU",81 FR 2222,2016-01-02,,,');
SELECT count(*) FROM entity_screen.screen_party('Kaf Lam', on_date => '2024-01-01');
ROLLBACK;
\echo == trap: wrong start date and citation, copied from the row above: the rule decides
BEGIN;
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,page_to,effective_on\ntranche,,,,84 FR 54002,54010,2019-10-09\nentry,add,Jim Bureau,China,,,\n', 'us_bis_el');
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,page_to,effective_on\ntranche,,,,85 FR 34503,34510,2020-06-05\nentry,add,Kaf Sense,China,85 FR 34505,,\n', 'us_bis_el');
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Jim Bureau,"Shihezi, CN",84 FR 54004,2019-10-09,,,
"Entity List (EL) - Bureau of Industry and Security",,,Kaf Sense,"Beijing, CN",84 FR 54004; 85 FR 34505,2019-10-09,,,');
SELECT q, d, count(h.entry_id) FROM (VALUES ('Kaf Sense', '2020-01-15'::date), ('Kaf Sense', '2020-06-05'), ('Jim Bureau', '2020-01-15')) v (q, d) LEFT JOIN LATERAL entity_screen.screen_party(q, on_date => d) h ON true GROUP BY q, d ORDER BY q, d;
SELECT conflict, detail FROM entity_screen.load_conflict;
SELECT detail ->> 'source_start_on', detail ->> 'source_citation', citations FROM entity_screen.entry_version WHERE upper_inf(known) AND detail ->> 'source_citation' ~ '34505';
ROLLBACK;
\echo == trap: a policy that a rule announces to revise and does not
BEGIN;
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on,license_review_policy\ntranche,,,,85 FR 34503,2020-06-05,\nentry,add,Lam Textiles,China,,,Case-by-case review\n', 'us_bis_el');
SELECT revised FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on,license_review_policy,note\ntranche,,,,85 FR 44159,2020-07-22,,\nentry,revise,Lam Textiles,China,,,,text unchanged in the regulation\n', 'us_bis_el');
SELECT d, license_review_policy, citations FROM unnest(ARRAY['2020-06-20', '2020-08-01']::date[]) d, entity_screen.screen_party('Lam Textiles', on_date => d);
SELECT operation, names_added, changed FROM entity_screen.tranche_diff((SELECT max(tranche_id) FROM entity_screen.tranche));
ROLLBACK;
\echo == trap: pinyin aliases are reached by the characters they spell
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,Nun Walk Technology,"Guangzhou, CN",85 FR 34505,2020-06-05,,,Yun Cong; Dongfang Wangli');
SELECT q, count(h.entry_id) FROM unnest(ARRAY[U&'\4e91\4ece\79d1\6280', U&'\4e1c\65b9\7f51\529b\79d1\6280\80a1\4efd\6709\9650\516c\53f8']) q LEFT JOIN LATERAL entity_screen.screen_party(q, on_date => '2024-01-01') h ON true GROUP BY q ORDER BY q COLLATE "C";
ROLLBACK;
\echo == trap: a row without any usable name is reported, the rest loads
BEGIN;
SELECT pg_temp.csl('"Entity List (EL) - Bureau of Industry and Security",,,???,"Moscow, RU",80 FR 1111,2015-01-02,,,
"Entity List (EL) - Bureau of Industry and Security",,,Mim Works,"Moscow, RU",81 FR 2222,2016-01-02,,,');
SELECT conflict, detail FROM entity_screen.load_conflict;
ROLLBACK;
DROP EXTENSION entity_screen;
CREATE EXTENSION entity_screen;
