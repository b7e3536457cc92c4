-- What the lists bring along: how old they may be and what counts as age,
-- countries in the spellings that occur, codes of license texts, advisories.
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
CREATE FUNCTION pg_temp.load(names text, snapshot_on date, backfill boolean DEFAULT false) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', status, 'added', added, 'removed', removed, CASE WHEN already_loaded THEN 'already loaded' END)
	FROM entity_screen.load_snapshot(convert_to(E'name\n' || replace(names, ' ', E' Works\n') || E' Works\n', 'UTF8'), snapshot_on, 'un_sc', 'plain_csv', backfill)
$$;
CREATE FUNCTION pg_temp.age() RETURNS text LANGUAGE sql AS $$
	SELECT date_trunc('day', now() - loaded_at) FROM entity_screen.list_state WHERE list_code = 'un_sc'
$$;

\echo == every list has its effect, its time zone and how old it may be
SELECT legal_effect, time_zone, max_list_age, visibility, string_agg(list_code, ' ' ORDER BY list_code)
FROM entity_screen.screening_list GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;

\echo == age counts from loading, whatever the date of the list
SELECT pg_temp.load('Aleph Bet Gimel Dalet', '2020-01-01');
SELECT problem, is_stale, max_list_age FROM entity_screen.v_list_status WHERE list_code = 'un_sc';
SELECT entity_screen.is_listed('Aleph Works', '2020-01-01');
SELECT status, detail FROM entity_screen.health() WHERE check_code = 'list_age';
UPDATE entity_screen.tranche SET loaded_at = loaded_at - interval '8 days';
UPDATE entity_screen.list_state SET loaded_at = loaded_at - interval '8 days';
SELECT problem, is_stale FROM entity_screen.v_list_status WHERE list_code = 'un_sc';
SELECT entity_screen.is_listed('Aleph Works', '2020-01-01');
\echo == the site overrules it
INSERT INTO entity_screen.list_setting (list_code, approval_policy) VALUES ('un_sc', 'none');
SELECT is_stale FROM entity_screen.v_list_status WHERE list_code = 'un_sc';
UPDATE entity_screen.list_setting SET max_list_age = '30 days' WHERE list_code = 'un_sc';
SELECT problem, is_stale, max_list_age FROM entity_screen.v_list_status WHERE list_code = 'un_sc';
UPDATE entity_screen.list_setting SET max_list_age = NULL WHERE list_code = 'un_sc';
\echo == the newest file again makes it fresh, an older one and filling in history do not
SELECT pg_temp.load('Aleph Bet Gimel', '2019-01-01', true), pg_temp.age();
SELECT pg_temp.load('Aleph Bet Gimel', '2019-01-01', true), pg_temp.age();
SELECT pg_temp.load('Aleph Bet Gimel Dalet', '2020-02-01');
SELECT pg_temp.age();
SELECT pg_temp.load('Aleph Bet Gimel Dalet', '2020-02-01');
\echo == taking the last load back, its freshness too
UPDATE entity_screen.tranche SET loaded_at = loaded_at - interval '20 days';
UPDATE entity_screen.list_state SET loaded_at = (SELECT max(loaded_at) FROM entity_screen.tranche WHERE snapshot_on = '2020-01-01');
SELECT pg_temp.load('Aleph Bet Gimel Dalet He', '2020-03-01');
SELECT pg_temp.age();
SELECT entity_screen.retract_tranche(max(tranche_id)) IS NOT NULL FROM entity_screen.tranche;
SELECT pg_temp.age(), entity_screen.list_is_usable('un_sc');

\echo == countries as lists and orders spell them
SELECT s, entity_screen.country_code(s) FROM unnest(ARRAY['CHINA', 'People''s Republic of China', U&'People\2019s Republic of China', U&'T\00fcrkiye', 'Turkey (Turkiye)', 'Viet Nam', 'Korea, North', U&'C\00f4te d\2019Ivoire', 'British Virgin Islands', 'Gaza Strip', 'XK', U&'Hong\00a0Kong', 'Middle East Region', 'Atlantis']) s;

\echo == sections that a license requirement names
SELECT entity_screen.legal_basis(t), entity_screen.license_scope(t), entity_screen.printed_footnotes(t) FROM unnest(ARRAY[
	U&'For all items subject to the EAR. (See \00a7 744.11 of the EAR)',
	U&'For all items subject to the EAR. (See \00a7\00a7 734.9(g),3 746.8(a)(3), and 744.21(b) of the EAR)',
	'For all items subject to the EAR (see 744.2l(b) of the EAR)',
	'For all items subject to the EAR, see 744.11 of the EAR, EXCEPT for technology subject to the EAR that is designated as EAR99',
	'For items when used in projects specified in 746.5 of the EAR', 'Call 202.482.4811']) t;

\echo == goods that were under way: savings_may_apply, on the days of the clause only
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on,savings_cutoff_on,savings_end_on,savings_text\ntranche,,,,88 FR 70,2023-10-17,2023-10-17,2023-11-15,Goods aboard a carrier on that day may proceed.\nentry,add,Vav Optics,China,,,,,\n', 'us_bis_el');
SELECT d, is_listed, advisory FROM unnest(ARRAY['2023-10-16', '2023-10-17', '2023-11-15', '2023-11-16']::date[]) d, entity_screen.screen_party('Vav Optics', on_date => d, lists => '{us_bis_el}', include_advisory => true);
SELECT d, (SELECT count(*) FROM entity_screen.screen_party('Vav Optics', on_date => d, lists => '{us_bis_el}')) FROM unnest(ARRAY['2023-10-16', '2023-10-17', '2023-11-15', '2023-11-16']::date[]) d;
-- without an end it is the day of the cutoff
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on,savings_cutoff_on\ntranche,,,,89 FR 70,2024-10-17,2024-10-20\nentry,add,Zayin Optics,China,,,\n', 'us_bis_el');
SELECT d, is_listed, advisory FROM unnest(ARRAY['2024-10-17', '2024-10-20', '2024-10-21']::date[]) d, entity_screen.screen_party('Zayin Optics', on_date => d, lists => '{us_bis_el}', include_advisory => true);

DROP EXTENSION entity_screen;
CREATE EXTENSION entity_screen;
