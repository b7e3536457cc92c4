-- Files that must be refused whole, each with line, column, reason and what
-- to do next; and that nothing of them stays.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rule_2019 :abs_srcdir '/data/tranches/2019-10-09_84FR54002.csv'
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;

\lo_import :rule_2019
SELECT added FROM entity_screen.load_tranche(lo_get(:LASTOID));

-- Everything the list side holds, as one number
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$
	SELECT md5(concat_ws(' ',
		(SELECT string_agg(t::text, '|' ORDER BY t::text COLLATE "C") FROM entity_screen.tranche t),
		(SELECT string_agg(t::text, '|' ORDER BY t::text COLLATE "C") FROM entity_screen.tranche_operation t),
		(SELECT string_agg(t::text, '|' ORDER BY t::text COLLATE "C") FROM entity_screen.tranche_operation_name t),
		(SELECT string_agg(t::text, '|' ORDER BY t::text COLLATE "C") FROM entity_screen.entry t),
		(SELECT string_agg(t::text, '|' ORDER BY t::text COLLATE "C") FROM entity_screen.entry_version t),
		(SELECT string_agg(t::text, '|' ORDER BY t::text COLLATE "C") FROM entity_screen.entry_name t),
		(SELECT string_agg(t::text, '|' ORDER BY t::text COLLATE "C") FROM entity_screen.entry_address t),
		(SELECT string_agg(t::text, '|' ORDER BY t::text COLLATE "C") FROM entity_screen.load_conflict t),
		(SELECT string_agg(t::text, '|' ORDER BY t::text COLLATE "C") FROM entity_screen.list_state t)))
$$;
SELECT state() AS before \gset

-- What a file is answered with
CREATE FUNCTION refusal(content bytea, code text DEFAULT 'us_bis_el')
RETURNS TABLE (part text, says text) LANGUAGE plpgsql AS $$
DECLARE
	m text; d text; h text;
BEGIN
	PERFORM entity_screen.load_tranche(content, code);
	RETURN QUERY VALUES ('accepted', 'yes');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL,
		h = PG_EXCEPTION_HINT;
	RETURN QUERY VALUES (SQLSTATE, m), ('detail', d), ('hint', h);
END $$;
CREATE FUNCTION refusal(content text, code text DEFAULT 'us_bis_el')
RETURNS TABLE (part text, says text) LANGUAGE sql AS $$
	SELECT * FROM refusal(convert_to(content, 'UTF8'), code) $$;
\pset format unaligned
\pset tuples_only on
\set head 'record,operation,name,destination_country,citation,effective_on,address,note\n'
\set rule 'tranche,,,,99 FR 1,2024-01-01,,\n'

-- empty
SELECT * FROM refusal('');
SELECT * FROM refusal(E'\n\n');
SELECT * FROM refusal(NULL::bytea);
-- wrong header
SELECT * FROM refusal(E'entity;alias;address\nA;B;C\n');
SELECT * FROM refusal(E'operation,name\nadd,A\n');
SELECT * FROM refusal(E'record,name,name\ntranche,,\n');
-- no tranche record, no entry record
SELECT * FROM refusal(:'head');
SELECT * FROM refusal(:'head' || E'entry,add,A Ltd,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\n' || :'rule');
-- unknown record, unknown operation, operation on the wrong record
SELECT * FROM refusal(:'head' || :'rule' || E'entity,add,A Ltd,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E',add,A Ltd,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,delete,A Ltd,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,drop,A Ltd,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\nname,remove,B Ltd,,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\nname,drop,B Ltd,,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'name,,B Ltd,,,,,\n');
-- impossible dates
SELECT * FROM refusal(replace(:'head' || :'rule', '2024-01-01', '2019-02-30') || E'entry,add,A Ltd,China,,,,\n');
SELECT * FROM refusal(replace(:'head' || :'rule', '2024-01-01', '0097-06-30') || E'entry,add,A Ltd,China,,,,\n');
SELECT * FROM refusal(replace(:'head' || :'rule', '2024-01-01', '6/5/2020') || E'entry,add,A Ltd,China,,,,\n');
SELECT * FROM refusal(replace(:'head' || :'rule', '2024-01-01', '2023-02-29') || E'entry,add,A Ltd,China,,,,\n');
-- missing required values
SELECT * FROM refusal(replace(:'head' || :'rule', '2024-01-01', '') || E'entry,add,A Ltd,China,,,,\n');
SELECT * FROM refusal(replace(:'head' || :'rule', '99 FR 1', '') || E'entry,add,A Ltd,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,,A Ltd,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\naddress,,,,,,"  ",\n');
-- a value where it does not belong
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,Main Street 1,\n');
-- too few and too many fields
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A, Ltd,China,,,,\n');
-- unbalanced quotes, invalid UTF-8, end mark
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,"A Ltd,China,,,,\nentry,add,B Ltd,China,,,,\n');
SELECT * FROM refusal(E'record,"name\ntranche,x\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,"A" Ltd",China,,,,\nentry,add,B Ltd,China,,,,\n');
SELECT * FROM refusal(convert_to(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\nname,,Soci', 'UTF8') || '\xE974E9'::bytea || convert_to(E',,,,,\n', 'UTF8'));
SELECT * FROM refusal('\xFFFE72006500'::bytea);
SELECT * FROM refusal(convert_to(:'head', 'UTF8') || '\x00'::bytea);
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\n\\.\nentry,add,B Ltd,China,,,,\n');
-- 10 MB in one field, and the limit itself
SELECT part, left(says, 200) FROM refusal(:'head' || :'rule' || 'entry,add,A Ltd,China,,,,' || repeat('x', 10000000) || E'\n');
SELECT part, left(says, 200) FROM refusal(:'head' || :'rule' || 'entry,add,A Ltd,China,,,,' || repeat('x', 65537) || E'\n');
-- names that nothing can find
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\nname,,"(--)",,,,,\n');
-- contradictions to the list
SELECT * FROM refusal(:'head' || :'rule' || E'entry,revise,No Such Company,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,remove,No Such Company,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,remove,Dahua Technology,Peru,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,dahua  TECHNOLOGY,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\nentry,add,A Ltd,China,,,,\n');
SELECT * FROM refusal(replace(:'head' || :'rule', '2024-01-01', '2019-10-08') || E'entry,remove,Dahua Technology,China,,,,\n');
-- counts: as announced, a known difference with its reason, or refused
\set counted 'record,operation,name,destination_country,citation,effective_on,declared_entities,declared_entries,declared_removed,difference_entries,difference_note\n'
SELECT * FROM refusal(:'counted' || E'tranche,,,,99 FR 1,2024-01-01,2,3,1,,\nentry,add,A Ltd,China,,,,,,,\nentry,add,A Ltd,Peru,,,,,,,\n');
SELECT * FROM refusal(:'counted' || E'tranche,,,,99 FR 1,2024-01-01,1,3,,-1,\nentry,add,A Ltd,China,,,,,,,\nentry,add,A Ltd,Peru,,,,,,,\n');
SELECT * FROM refusal(:'counted' || E'tranche,,,,99 FR 1,2024-01-01,1,4,,-1,one unknown\nentry,add,A Ltd,China,,,,,,,\nentry,add,A Ltd,Peru,,,,,,,\n');
SELECT * FROM refusal(:'counted' || E'tranche,,,,99 FR 1,2024-01-01,-1,,,,\nentry,add,A Ltd,China,,,,,,,\n');
-- which list, which format
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\n', 'no_such_list');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,A Ltd,China,,,,\n', NULL);
\lo_import :rule_2019
SELECT * FROM refusal(lo_get(:LASTOID), 'un_sc');
SELECT entity_screen.load_tranche('x'::text, 'un_sc', 'xml');

-- an index that does not take new names: what it would lose is not loaded,
-- neither as a new entry nor as one more name of an entry that it finds
UPDATE pg_index SET indisready = false WHERE indexrelid = 'entity_screen.entry_name_name_idx'::regclass;
SELECT * FROM refusal(:'head' || :'rule' || E'entry,add,Lost Works,China,,,,\n');
SELECT * FROM refusal(:'head' || :'rule' || E'entry,revise,Dahua Technology,China,,,,\nname,,Lost Alias,,,,,\n');
UPDATE pg_index SET indisready = true WHERE indexrelid = 'entity_screen.entry_name_name_idx'::regclass;

-- Nothing has changed
SELECT state() = :'before' AS unchanged;
SELECT count(*) FROM entity_screen.entry;

-- The limit of a field is accepted
SELECT added, names FROM entity_screen.load_tranche(:'head' || :'rule' || 'entry,add,A Ltd,China,,,,' || repeat('x', 65536) || E'\n', 'un_sc');

-- on_conflict record: the rest is loaded, the statement is kept
SELECT added, revised, conflicts FROM entity_screen.load_tranche(
	E'record,operation,name,destination_country,citation,effective_on,on_conflict\ntranche,,,,99 FR 9,2024-01-02,\nentry,add,A Ltd,China,,,record\nentry,remove,B Ltd,China,,,record\nentry,add,C Ltd,China,,,\n', 'un_sc');
SELECT conflict, detail FROM entity_screen.load_conflict ORDER BY line_no;
DROP FUNCTION refusal(text, text);
DROP FUNCTION refusal(bytea, text);
DROP FUNCTION state();

\echo == many values in one field take no longer each than a few
SET statement_timeout = '20s';
SELECT cardinality(entity_screen.split_list(repeat('; a', 60000) || ' (b; c)', ';')) AS names, cardinality(entity_screen.state_addresses(ARRAY[repeat('; a b', 5000) || '; 1 Road, China'], ';')) AS addresses;
RESET statement_timeout;
