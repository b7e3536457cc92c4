-- XML lists, with fixtures of our own: the Entity List as prose, OFAC, UN.
-- Left out by test/check where the server was built without libxml.
\set SHOW_CONTEXT never
SET datestyle = 'ISO, YMD';
\pset format unaligned
\pset tuples_only on
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

-- how a file is refused: code, message, hint; the parser's words in the detail are its own
CREATE FUNCTION pg_temp.told(head text, bytes bytea DEFAULT '', tail text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	PERFORM entity_screen.load_snapshot(convert_to(head, 'UTF8') || bytes || convert_to(tail, 'UTF8'), '2024-01-01', 'private_test',
		CASE WHEN head ~ '<sdnList' THEN 'ofac_xml' WHEN head ~ '<DIV9' THEN 'ecfr_xml' ELSE 'un_xml' END);
	RETURN 'loaded';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, message, CASE WHEN detail = '' THEN 'no detail' END, hint);
END $$;

\echo == the rows of prose of Supplement No. 4
SELECT content FROM (SELECT $$<?xml version="1.0" encoding="UTF-8"?>
<DIV5 N="744" TYPE="PART"><HEAD>PART 744</HEAD>
<DIV9 N="Supplement No. 4 to Part 744" TYPE="APPENDIX"><HEAD>Supplement No. 4 to Part 744 - Entity List</HEAD>
<DIV class="table"><TABLE><THEAD><TR><TH>Country</TH><TH>Entity</TH><TH>License requirement</TH><TH>License review policy</TH><TH>Federal Register citation</TH></TR></THEAD><TBODY>
<TR><TD><E T="04">CHINA, PEOPLE'S REPUBLIC OF</E></TD><TD>Harbor Optics Institute, a.k.a., the following three aliases:<br/>&#8212;Harbor Optics Research Institute;<br/>&#8212;HOI; <I>and</I><br/>&#8212;Institute 77.<br/>No. 9 Long Street, Harbin, China; <I>and</I> No. 4, Unit B, North Road, Beijing, China.</TD><TD>For all items subject to the EAR. (See &#167;&#167; 734.9(e)(2) and 744.11 of the EAR) 4</TD><TD>Presumption of denial</TD><TD>85 FR 34497, 6/5/20. 87 FR 62202, 10/13/22.</TD></TR>
<TR><TD/><TD>Lotus Works Co., Ltd., f.k.a., Old Lotus Works, 12 West Road, Kowloon, Hong Kong.</TD><TD>For all items subject to the EAR. (See &#167; 744.11 of the EAR)</TD><TD>Policy of denial</TD><TD>84 FR 54002, 10/9/19.</TD></TR>
<TR><TD/><TD>[Reserved]</TD><TD/><TD/><TD/></TR>
<TR><TD/><TD>Address 01, Unit 3, 5 Pier Road, Wan Chai, Hong Kong.</TD><TD>For all items subject to the EAR.</TD><TD>Presumption of denial</TD><TD>89 FR 51644, 6/12/24</TD></TR>
<TR><TD>Russia</TD><TD>Second Academy of Rockets subordinate institution: 23rd Design Bureau, 7 Lenina, Moscow, Russia.</TD><TD>For all items subject to the EAR. (See &#167;&#167; 734.9(g),3 746.8(a)(3), and 744.21(b) of the EAR)</TD><TD>Policy of denial &amp; more</TD><TD>87 FR 20299, 4/7/22.</TD></TR>
</TBODY></TABLE></DIV></DIV9></DIV5>
$$) x(content) \gset
BEGIN;
SELECT entity_screen.detect_format(convert_to(:'content', 'UTF8'));
SELECT pg_temp.load(:'content');
SELECT pg_temp.held();
ROLLBACK;

-- the same layout with the text in one line, as in text exports
SELECT entity_screen.read_entity_cell(U&'Harbor Institute of Technology, a.k.a., the following two aliases: \2014Harbor Institute, Anshan Institute; and \2014HIT Co., Ltd. No. 92 Long Street, Harbor, China; and No. 2 West Road, Weihai, China.');
SELECT entity_screen.read_entity_cell('Lambda Group, Inc., a.k.a., Lambda, 1 Road, Dubai, UAE');
SELECT entity_screen.read_entity_cell('Mu Trading, 1 Road, Dubai, UAE; and 2 Road, Sharjah, UAE (See alternate addresses under Iran).');

SELECT entity_screen.printed_number(w) FROM unnest(ARRAY['nine', '22', 'Twenty-two', 'forty', 'many']) w;
SELECT c ->> 'name', c -> 'announced_aliases', (SELECT string_agg(concat_ws(' ', n ->> 'type', n ->> 'name'), ' | ') FROM jsonb_array_elements(c -> 'names') n), c ->> 'addresses'
FROM unnest(ARRAY[
	U&'Alpha Works, a.k.a., the following twenty-two aliases:~br~\2014A One;~br~\2014A Two; and~br~\2014A Three.~br~Bantian Base, Shenzhen, China.',
	U&'Beta Works (Beta), a.k.a., the following one alias: \2014Beta Tech Co., Ltd. Bantian Base, Shenzhen, China; and 5 Road, Wuhan, China (See alternate addresses under Russia).',
	U&'Gamma Lab, a.k.a., the following two aliases: \2014Gam; and \2014GL (Gee). f.k.a., Old Gamma, 5 Road, Minsk, Belarus.',
	U&'Delta Co., f.k.a., the following 2 aliases: \2014D1; \2014D2. 7 Lenina, Moscow, Russia',
	'Nu Ltd, a.k.a., the following three aliases: Nu One; Nu Two; and Nu Three. 3 Street, Kabul, Afghanistan.',
	U&'Xi Center, a.k.a., the following one alias:~br~\2014A. Q. Xi Lab. Kahuta Road, Rawalpindi, Pakistan.',
	U&'Pi, d/b/a Pie Traders, 1 Way, Lima, Peru', U&'Rho, a.k.a., the following three aliases: \2014R1 \2014R2 \2014R3 (R)~br~1 Street, Iran', 'Only Name']) t, entity_screen.read_entity_cell(t) c;

\echo == rows without a cell for the country, a row for the country alone, footnotes, a count that is not kept
BEGIN;
SELECT pg_temp.load(U&'<DIV9 N="Supplement No. 4 to Part 744"><TABLE><TR><TD>Country</TD><TD>Entity</TD><TD>License requirement</TD><TD>License review policy</TD><TD>Federal Register citation</TD></TR><TR><TD colspan="5">PERU</TD></TR><TR><TD>Dal Works, a.k.a., the following three aliases: \2014D1; and \2014D2. 1 Road, Lima, Peru.</TD><TD>For all items</TD><TD>Policy of denial</TD><TD>80 FR 1111, 1/2/15.</TD></TR><TR><TD/><TD>[Reserved]</TD><TD/><TD/><TD/></TR><TR><TD>CHILE</TD><TD>Ra Works, 2 Road, Arica, Chile.</TD><TD>For all items</TD><TD>Policy of denial</TD><TD>80 FR 1111, 1/2/15.</TD></TR><TR><TD colspan="5"><sup>1</sup> For this entity, see section 744.11.</TD></TR></TABLE></DIV9>');
SELECT pg_temp.held();
SELECT conflict, detail FROM entity_screen.load_conflict;
ROLLBACK;

\echo == OFAC XML in two namespaces
BEGIN;
SELECT pg_temp.load('<?xml version="1.0" standalone="yes"?><sdnList xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://tempuri.org/sdnList.xsd"><publshInformation><Record_Count>2</Record_Count></publshInformation><sdnEntry><uid>7</uid><firstName>Ali</firstName><lastName>JIM</lastName><sdnType>Individual</sdnType><programList><program>ALPHA</program><program>BETA</program></programList><akaList><aka><uid>1</uid><type>f.k.a.</type><category>strong</category><lastName>JEEM</lastName><firstName>Ali</firstName></aka><aka><type>a.k.a.</type><category>weak</category><lastName>The Cook</lastName></aka></akaList><addressList><address><city>Aden</city><country>Yemen</country></address></addressList></sdnEntry><sdnEntry><uid>8</uid><lastName>M/T HA</lastName><sdnType>Vessel</sdnType><vesselInfo><vesselFlag>Panama</vesselFlag></vesselInfo></sdnEntry></sdnList>', 'us_ofac_sdn');
SELECT pg_temp.held();
SELECT pg_temp.load('<?xml version="1.0"?><sdnList xmlns="https://example.org/exports/XML"><sdnEntry><uid>7</uid><firstName>Ali</firstName><lastName>JIM</lastName><sdnType>Individual</sdnType><programList><program>ALPHA</program><program>BETA</program></programList><akaList><aka><type>f.k.a.</type><category>strong</category><lastName>JEEM</lastName><firstName>Ali</firstName></aka><aka><type>a.k.a.</type><category>weak</category><lastName>The Cook</lastName></aka></akaList><addressList><address><city>Aden</city><country>Yemen</country></address></addressList></sdnEntry><sdnEntry><uid>8</uid><lastName>M/T KHA</lastName><sdnType>Vessel</sdnType><vesselInfo><vesselFlag>Panama</vesselFlag></vesselInfo></sdnEntry></sdnList>', 'us_ofac_sdn', NULL, '2024-02-01');
SELECT operation, entry_name, names_added, names_dropped FROM entity_screen.tranche_diff((SELECT max(tranche_id) FROM entity_screen.tranche));
ROLLBACK;
SELECT pg_temp.load('<sdnList></sdnList>', 'us_ofac_sdn');
SELECT pg_temp.load('<list><x/></list>', 'us_ofac_sdn');

\echo == an encoding that the file declares, prefixes of elements, a part 744 whose supplement comes late
SELECT record ->> 'name' FROM entity_screen.ofac_xml_record(convert_to('<?xml version="1.0" encoding="windows-1252"?><sdnList><sdnEntry><uid>7</uid><lastName>Caf', 'UTF8') || '\xe9'::bytea || convert_to('</lastName></sdnEntry></sdnList>', 'UTF8'), (SELECT f FROM entity_screen.list_format f WHERE format = 'ofac_xml'));
SELECT entity_screen.load_snapshot(convert_to('<?xml version="1.0" encoding="x-none"?><sdnList/>', 'UTF8'), '2024-01-01', 'us_ofac_sdn');
SELECT entity_screen.load_snapshot(convert_to(E'<?xml version="1.0" encoding="UTF-8"?>\n<sdnList><sdnEntry><uid>7</uid><lastName>Caf', 'UTF8') || '\xe9'::bytea || convert_to('</lastName></sdnEntry></sdnList>', 'UTF8'), '2024-01-01', 'us_ofac_sdn');
SELECT pg_temp.told('<?xml version="1.0" encoding="' || e || '"?><sdnList><sdnEntry><uid>7</uid><lastName>Caf', bytes, '</lastName></sdnEntry></sdnList>')
FROM (VALUES ('UTF>8', '\xe9'::bytea), ('EUC_JP', '\x8b'), ('Shift_JIS', '\xff'), ('big5', '\x80'), ('windows-1252', '\x81'), ('latin1', '\x00'), ('SQL_ASCII', '\x81'), ('us-ascii', '\xff'), (repeat('x', 80), '\x41')) v (e, bytes);
SELECT record ->> 'name' FROM entity_screen.ofac_xml_record('<?xml version="1.0"?><o:sdnList xmlns:o="urn:x"><o:sdnEntry><o:uid>7</o:uid><o:lastName>JIM</o:lastName></o:sdnEntry></o:sdnList>', (SELECT f FROM entity_screen.list_format f WHERE format = 'ofac_xml'));
SELECT entity_screen.detect_format(convert_to('<DIV5 N="744" TYPE="PART"><HEAD>PART 744</HEAD>' || repeat('<P>text</P>', 1000) || '<DIV9 N="Supplement No. 4 to Part 744"/></DIV5>', 'UTF8'));

\echo == UN XML
BEGIN;
SELECT pg_temp.load(U&'<?xml version="1.0" encoding="UTF-8"?><CONSOLIDATED_LIST dateGenerated="2024-01-01"><INDIVIDUALS><INDIVIDUAL><DATAID>11</DATAID><FIRST_NAME> RI </FIRST_NAME><SECOND_NAME>WON HO</SECOND_NAME><THIRD_NAME/><UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPi.033</REFERENCE_NUMBER><LISTED_ON>2016-11-30</LISTED_ON><NAME_ORIGINAL_SCRIPT>\B9AC\C6D0\D638</NAME_ORIGINAL_SCRIPT><COMMENTS1>An official.\000a</COMMENTS1><NATIONALITY><VALUE>Democratic People''s Republic of Korea</VALUE></NATIONALITY><INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Won Ho</ALIAS_NAME></INDIVIDUAL_ALIAS><INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS><INDIVIDUAL_ADDRESS><COUNTRY/></INDIVIDUAL_ADDRESS></INDIVIDUAL></INDIVIDUALS><ENTITIES><ENTITY><DATAID>12</DATAID><FIRST_NAME>SIN TRADING</FIRST_NAME><LISTED_ON>2017-06-02</LISTED_ON><ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>OLD SIN; OLDER SIN</ALIAS_NAME></ENTITY_ALIAS><ENTITY_ADDRESS><STREET>1 Road</STREET><CITY>Pyongyang</CITY><COUNTRY>Democratic People''s Republic of Korea</COUNTRY></ENTITY_ADDRESS></ENTITY></ENTITIES></CONSOLIDATED_LIST>');
SELECT pg_temp.held();
ROLLBACK;

\echo == namespaces that only the reader of paths complains about; the same in each format
SELECT pg_temp.told('<' || root || ' ' || attribute || '><x><y:z/></x></' || root || '>')
FROM unnest(ARRAY['sdnList', 'CONSOLIDATED_LIST', 'DIV9']) root, unnest(ARRAY['xmlns:xsi="ht&lt;w.example/x"', 'xmlns:a="b c"', '']) attribute;

-- an element twice
SELECT pg_temp.told('<sdnList><sdnEntry><uid>7</uid><lastName>JIM</lastName><lastName>JEEM</lastName></sdnEntry></sdnList>');
SELECT pg_temp.told('<CONSOLIDATED_LIST><ENTITIES><ENTITY><DATAID>1</DATAID><DATAID>2</DATAID></ENTITY></ENTITIES></CONSOLIDATED_LIST>');

\echo == pitfall 15: XML that is not well-formed, and changed namespaces
SELECT entity_screen.load_snapshot(convert_to(E'<CONSOLIDATED_LIST><ENTITIES><ENTITY><DATAID>1</DATAID>\n<FIRST_NAME>A & B</FIRST_NAME></ENTITY></ENTITIES></CONSOLIDATED_LIST>', 'UTF8'), '2024-01-01');
SELECT record FROM unnest(ARRAY['http://tempuri.org/sdnList.xsd', 'https://example.org/other']) ns, entity_screen.ofac_xml_record(convert_to('<?xml version="1.0" standalone="yes"?><sdnList xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="' || ns || '"><sdnEntry><uid>7</uid><lastName>JIM</lastName><sdnType>Entity</sdnType><akaList><aka><type>a.k.a.</type><category>weak</category><lastName>JEEM</lastName></aka></akaList></sdnEntry></sdnList>', 'UTF8'), (SELECT f FROM entity_screen.list_format f WHERE format = 'ofac_xml'));

DROP EXTENSION entity_screen;
CREATE EXTENSION entity_screen;
