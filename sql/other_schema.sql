-- The type in a schema that is in nobody's search_path: lists, screening and
-- guards do not notice.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE SCHEMA "Odd Place";
CREATE EXTENSION entity_screen SCHEMA "Odd Place";
RESET client_min_messages;
SELECT to_regtype('entity_name') IS NULL AS not_in_path;
SELECT added, names FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,99 FR 1,2024-01-01\nentry,add,Zenith Works,Peru,,\nname,,Cumbre Talleres,,,\n', 'us_bis_el');
SELECT entry_name, matched_name, citations FROM entity_screen.screen_party('Cumbre-Talleres S.A.', 'PE', on_date => '2024-01-01');
SELECT entity_screen.is_listed('Zenith Works', '2023-12-31'), entity_screen.is_listed('Zenith Works', '2024-01-01');
SELECT entry_name, aliases FROM entity_screen.v_entry_current;
SELECT name::text FROM entity_screen.tranche_name(1) ORDER BY 1;
SELECT entity_screen.refresh_names('us_bis_el');
CREATE TABLE orders (id int PRIMARY KEY, buyer text, status text);
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold', status_column => 'status') AS guard;
INSERT INTO orders VALUES (1, 'Zenith Works Ltd', 'new'), (2, 'Muster GmbH', 'new');
SELECT * FROM orders ORDER BY id;
SELECT entity_screen.release('orders', '1', 'test');
SELECT status FROM orders WHERE id = 1;
DROP TABLE orders;

-- The schema of the lists cannot be chosen for the type
SET client_min_messages = warning;
DROP EXTENSION entity_screen CASCADE;
RESET client_min_messages;
CREATE EXTENSION entity_screen SCHEMA entity_screen;
DROP SCHEMA "Odd Place";
CREATE EXTENSION entity_screen;
