SET client_min_messages = warning;
SET TimeZone = 'UTC';
\pset columns 100
\pset linestyle ascii

\echo
\echo 'entity_screen: is this party on the Entity List, on the day of the order?'
\echo '=========================================================================='
\echo
\echo '1. A shop with customers and a table of orders; nothing of ours in it yet.'
\echo

CREATE TABLE customer (
	customer_id int PRIMARY KEY,
	name entity_name,
	country text
);
CREATE INDEX customer_name ON customer USING gin (name);
INSERT INTO customer VALUES
	(1, 'Cloud Walk Tech. Co., Ltd', 'CN'),
	(2, 'Nanjing Fiberhome Starrysky', 'CN'),
	(3, 'ZHEJIANG DAHUA TECHNOLOGY CO LTD', 'CN'),
	(4, 'Cloudwalker Outdoor Ltd', 'GB'),
	(5, 'Netpost AB', 'SE'),
	(6, '哈尔滨工程大学', 'CN'),
	(7, 'Sense Nets', 'CN'),
	(8, 'Norwegian Institute of Forensic Science', 'NO');

CREATE TABLE orders (
	order_no int PRIMARY KEY,
	ordered_on date NOT NULL,
	buyer text NOT NULL,
	country text,
	status text NOT NULL DEFAULT 'new'
);
SELECT * FROM customer;

\echo '2. The rule of October 2019 (84 FR 54002): 28 organizations, human-rights'
\echo '   abuses in Xinjiang. A rule is loaded whole or not at all.'
\echo

\lo_import 2019-10-09_84FR54002.csv
SELECT citation, added, revised, names, addresses, conflicts
FROM entity_screen.load_tranche(lo_get(:LASTOID), list_code => 'us_bis_el');

\echo '   Which customers does it hit? One join, through the index on customer.'
\echo
SELECT c.customer_id, c.name AS customer, n.name AS listed_name,
	   entity_similarity(c.name, n.name) AS score
FROM entity_screen.entry_name n
JOIN customer c ON c.name % n.name
ORDER BY c.customer_id, score DESC;

\echo '3. June 2020, two rules on one day: 85 FR 34495 (24 entities, military'
\echo '   procurement) and 85 FR 34503 (nine parties, Xinjiang).'
\echo

\lo_import 2020-06-05_85FR34495.csv
\set military :LASTOID
\lo_import 2020-06-05_85FR34503.csv
\set xinjiang :LASTOID
SELECT tranche_id AS id, citation, added, revised, names, addresses, conflicts
FROM entity_screen.load_tranche(lo_get(:military), list_code => 'us_bis_el')
\gset military_
SELECT tranche_id AS id, citation, added, revised, names, addresses, conflicts
FROM entity_screen.load_tranche(lo_get(:xinjiang), list_code => 'us_bis_el')
\gset xinjiang_
SELECT * FROM (VALUES
	(:'military_citation', :military_added, :military_revised,
	 :military_names, :military_addresses, :military_conflicts),
	(:'xinjiang_citation', :xinjiang_added, :xinjiang_revised,
	 :xinjiang_names, :xinjiang_addresses, :xinjiang_conflicts))
	rule (citation, added, revised, names, addresses, conflicts);

\echo '   The three conflicts are revisions of entries that none of these rules has'
\echo '   added; they are kept, and applied when the rule that did is loaded.'
\echo
\echo '   The delta: earlier customers that the new tranche newly hits.'
\echo
SELECT DISTINCT ON (c.customer_id) c.customer_id, c.name AS customer,
	   n.name AS listed_name, entity_similarity(c.name, n.name) AS score,
	   n.citation
FROM (VALUES (:military_id), (:xinjiang_id)) rule (tranche_id),
	 LATERAL entity_screen.tranche_name(rule.tranche_id) n
JOIN customer c ON c.name % n.name
ORDER BY c.customer_id, score DESC;

\echo '4. The table of orders gets a guard: an order to a listed party is held.'
\echo

SELECT entity_screen.protect_table('orders', party => 'buyer',
	country => 'country', on_date => 'ordered_on', action => 'hold',
	status_column => 'status') AS guard_id \g /dev/null

INSERT INTO orders (order_no, ordered_on, buyer, country) VALUES
	(1, '2020-09-01', 'Cloud Walk Technology', 'CN'),
	(2, '2020-09-01', 'CLOUDWALK TECH CO LTD', 'CN'),
	(3, '2020-09-02', 'Nanjing Fiberhome Starrysky', 'CN'),
	(4, '2020-09-02', 'FiberHome', 'CN'),
	(5, '2020-09-03', 'SenseNets', 'HK'),
	(6, '2020-01-15', 'NetPosa Technologies', 'CN'),
	(7, '2020-09-04', 'NetPosa Technologies', 'CN'),
	(8, '2020-09-04', 'Cloudwalker Outdoor Ltd', 'GB'),
	(9, '2020-09-05', '云从科技集团股份有限公司', 'CN'),
	(10, '2020-09-05', 'IS?Vision', 'CN'),
	(11, '2020-09-06', 'MPS Institute of Forensic Science', 'CN'),
	(12, '2020-09-06', 'Norwegian Institute of Forensic Science', 'NO');
SELECT * FROM orders ORDER BY order_no;

\echo '   Order 6 is dated before the rule that lists NetPosa took effect: lawful'
\echo '   on its day, and not held. Orders 8 and 12 only look alike.'
\echo
\echo '5. Why: every order joined with what it hits on its own date.'
\echo

SELECT o.order_no AS no, left(o.buyer, 33) AS buyer,
	   left(h.entry_name, 33) AS entry, left(h.matched_name, 33) AS by_name,
	   h.score,
	   array_to_string(h.citations, '; ') AS citations
FROM orders o,
	 LATERAL entity_screen.screen_party(o.buyer, o.country,
		on_date => o.ordered_on) h
ORDER BY o.order_no, h.score DESC;

\echo '   What the law said on that day, word for word, comes with each hit.'
\echo
\x on
\pset format wrapped
SELECT h.entry_name, h.destination_country, h.valid_from, h.valid_from_basis,
	   h.license_requirement, h.license_review_policy
FROM entity_screen.screen_party('Cloud Walk Technology', 'CN',
	on_date => '2020-09-01') h;
\pset format aligned
\x off

\echo '   Announced on 22 May, effective on 5 June: an order in between is not'
\echo '   to a listed party, and whoever asks is told what is coming.'
\echo
SELECT entry_name, score, is_listed, advisory, valid_from
FROM entity_screen.screen_party('Cloud Walk Technology',
	on_date => '2020-05-25', include_advisory => true);

\echo '6. One explanation: which words met, by what means, and the arithmetic.'
\echo

SELECT m ->> 'a' AS word, m ->> 'b' AS met, m ->> 'means' AS means,
	   m ->> 'weight' AS weight, m ->> 'credit' AS credit
FROM jsonb_array_elements(entity_explain('Nanjing Fiber Home Starrysky',
	'Nanjing FiberHome Starrysky Communication Development Co.') -> 'met') m;
SELECT e ->> 'score' AS score, e -> 'words' ->> 'score' AS by_words,
	   e -> 'grams' ->> 'score' AS by_letters,
	   e ->> 'missing_in_a' AS missing_in_one,
	   e ->> 'missing_in_b' AS missing_in_other
FROM entity_explain('Nanjing Fiber Home Starrysky',
	'Nanjing FiberHome Starrysky Communication Development Co.') e;

\echo '7. The evidence: one event for every screened row, which nobody can edit.'
\echo

SELECT party_ref AS order_no, on_date, party, decision, hit_count AS hits
FROM entity_screen.screening_event
ORDER BY event_id;

\echo '   A held order leaves that state in one way only:'
\echo
\set ON_ERROR_STOP off
UPDATE orders SET status = 'shipped' WHERE order_no = 1;
\set ON_ERROR_STOP on
SELECT entity_screen.release('orders', '1',
	'license D1234567 of 2020-10-01 covers this order') \g /dev/null
SELECT order_no, status FROM orders WHERE order_no = 1;
\echo
\echo 'The server of this demonstration is stopped now and its data removed.'
\echo 'entity_screen assists a decision; it is not legal advice.'
