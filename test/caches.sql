-- What is kept in memory from one statement to the next, by a guard, by
-- screen_party() and by a query that is asked again: test/sanitize runs this
-- without and with debug_discard_caches (:discard), and both print the same.
\set SHOW_CONTEXT never
\set ON_ERROR_STOP on
BEGIN;
SELECT added FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,T 1,2020-01-01\nentry,add,Northwind Falcon Optics,Peru,,\nentry,add,Aleph Works,Chile,,\n', 'us_bis_el');
CREATE TABLE orders (id int PRIMARY KEY, buyer text, status text DEFAULT 'new');
CREATE TABLE client (id int PRIMARY KEY, name entity_name);
INSERT INTO client VALUES (1, 'Aleph Works'), (2, 'Muster GmbH'), (3, NULL);
SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold', status_column => 'status') > 0 AS protected;
SET LOCAL debug_discard_caches = :discard;

-- A guard, asked twice; what it keeps is made anew after a change
INSERT INTO orders VALUES (1, 'Northwind Falcon Optics'), (2, 'Muster GmbH') RETURNING id, status;
INSERT INTO orders VALUES (3, 'Aleph Works Ltd') RETURNING id, status;
UPDATE orders SET buyer = 'Aleph Works' WHERE id = 2 RETURNING id, status;
SAVEPOINT refused;
SELECT entity_screen.set_threshold(1, NULL, 'test') IS NOT NULL AS set;
INSERT INTO orders VALUES (4, 'Northwind Falcon') RETURNING id, status;
ROLLBACK TO refused;
INSERT INTO orders VALUES (5, 'Northwind Falcon') RETURNING id, status;
SELECT party_ref, decision FROM entity_screen.screening_event ORDER BY event_id;

-- Questions
SELECT entry_name FROM entity_screen.screen_party('Aleph Works');
SELECT entry_name FROM entity_screen.screen_party('Northwind Falcon');
PREPARE asked(entity_name) AS SELECT id FROM client WHERE name % $1 ORDER BY id;
EXECUTE asked('Aleph Works');
EXECUTE asked('Muster');
SET LOCAL enable_nestloop = off;
SELECT a.id, b.id FROM client a JOIN client b ON a.name % b.name ORDER BY 1, 2;
ROLLBACK;
