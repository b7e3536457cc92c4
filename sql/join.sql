-- Joins in memory: when they are chosen, and that they keep to the rules of
-- other joins. That their rows are right is tested at random, too.
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;

CREATE TABLE join_customer (id int PRIMARY KEY, name entity_name, grade int);
CREATE TABLE join_list (id int PRIMARY KEY, name entity_name, grade int);
INSERT INTO join_list VALUES (1, 'CloudWalk Technology', 1),
	(2, 'NetPosa Technologies Ltd', 2), (3, 'NetPosa Technologies', 3),
	(4, NULL, 4), (5, 'Ltd', 5), (6, 'Almaz-Antey', 6);
INSERT INTO join_customer VALUES (1, 'Cloud Walk Tech', 1),
	(2, 'Net Posa', 5), (3, 'Baker Street Books', 3), (4, NULL, 4),
	(5, '', 5), (6, 'Almaz Antey', 7), (7, 'Almaz Antey', 8);
ANALYZE join_customer, join_list;
SET enable_nestloop = off;
SET enable_memoize = off;

-- What EXPLAIN shows
EXPLAIN (COSTS OFF) SELECT * FROM join_customer c JOIN join_list n
	ON c.name % n.name AND c.grade <= n.grade;
CREATE FUNCTION explain_counts(query text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, '
		'SUMMARY OFF, BUFFERS OFF) ' || query LOOP
		RETURN NEXT regexp_replace(regexp_replace(line, '\d+ ?kB', 'N kB'),
			'rows=(\d+)\.\d+', 'rows=\1');
	END LOOP;
END
$$;
SELECT line FROM explain_counts('SELECT * FROM join_customer c
	JOIN join_list n ON c.name % n.name AND c.grade <= n.grade') line
	WHERE line !~ 'Sharing|Candidates|Compared';

-- Join types; the preserved side streams
SELECT c.id, n.id FROM join_customer c JOIN join_list n ON c.name % n.name
	ORDER BY 1, 2;
SELECT c.id, n.id FROM join_customer c LEFT JOIN join_list n
	ON c.name % n.name AND n.grade <> 3 ORDER BY 1, 2;
SELECT c.id, n.id FROM join_list n RIGHT JOIN join_customer c
	ON c.name % n.name WHERE n.id IS NULL OR c.grade > 5 ORDER BY 1, 2;
SELECT id FROM join_customer c
	WHERE EXISTS (SELECT FROM join_list n WHERE n.name % c.name) ORDER BY 1;
SELECT id FROM join_customer c
	WHERE NOT EXISTS (SELECT FROM join_list n WHERE n.name % c.name)
	ORDER BY 1;
EXPLAIN (COSTS OFF) SELECT c.id, n.id FROM join_list n
	RIGHT JOIN join_customer c ON c.name % n.name
	WHERE n.id IS NULL OR c.grade > 5;
EXPLAIN (COSTS OFF) SELECT id FROM join_customer c
	WHERE NOT EXISTS (SELECT FROM join_list n WHERE n.name % c.name);

-- With a threshold of its own, the same for all or the row's own
EXPLAIN (COSTS OFF) SELECT * FROM join_customer c JOIN join_list n
	ON entity_match(n.name, c.name::text, 0.6);
SELECT c.id, n.id FROM join_customer c JOIN join_list n
	ON entity_match(n.name, c.name::text, 0.6) ORDER BY 1, 2;
SELECT c.id, n.id FROM join_customer c JOIN join_list n
	ON entity_match(c.name, n.name::text, 1 - n.grade / 10.0)
	ORDER BY 1, 2;

-- Switched off
SET entity_screen.enable_join = off;
SET enable_nestloop = on;
EXPLAIN (COSTS OFF) SELECT * FROM join_customer c JOIN join_list n
	ON c.name % n.name;
RESET entity_screen.enable_join;
SET enable_nestloop = off;

-- A generic plan takes the threshold of each execution.
SET plan_cache_mode = force_generic_plan;
PREPARE pairs AS SELECT count(*) FROM join_customer c JOIN join_list n
	ON c.name % n.name;
EXPLAIN (COSTS OFF) EXECUTE pairs;
EXECUTE pairs;
SET entity_screen.threshold = 1;
EXECUTE pairs;
RESET entity_screen.threshold;
EXECUTE pairs;
RESET plan_cache_mode;

-- One threshold a scan, even if the query changes the setting
SELECT count(*), count(set_config('entity_screen.threshold', '1', true))
FROM join_customer c JOIN join_list n ON c.name % n.name;

-- A side that depends on the other one is not packed; placeholders are made
-- where they belong.
SET enable_nestloop = on;
EXPLAIN (COSTS OFF) SELECT c.id, n.id FROM join_customer c,
	LATERAL (SELECT * FROM join_list l WHERE l.grade > c.grade OFFSET 0) n
	WHERE c.name % n.name;
SET enable_nestloop = off;
SELECT c.id, n.id FROM join_customer c,
	LATERAL (SELECT * FROM join_list l WHERE l.grade > c.grade OFFSET 0) n
	WHERE c.name % n.name ORDER BY 1, 2;
EXPLAIN (COSTS OFF) SELECT c.id, n.what FROM join_customer c LEFT JOIN
	(SELECT name, coalesce(grade, 0) AS what FROM join_list) n
	ON c.name % n.name;
SELECT c.id, n.what FROM join_customer c LEFT JOIN
	(SELECT name, coalesce(grade, 0) AS what FROM join_list) n
	ON c.name % n.name ORDER BY 1, 2;
SELECT o.id, s.id, s.what FROM join_list o LEFT JOIN
	(SELECT c.id, 'found ' || n.grade AS what FROM join_customer c
	 JOIN join_list n ON c.name % n.name) s ON s.id = o.id ORDER BY 1, 2, 3;

-- Again for each outer row, with the same and with another packed side
SELECT g, (SELECT count(*) FROM join_customer c LEFT JOIN join_list n
	ON c.name % n.name WHERE c.grade > g) FROM generate_series(0, 6, 3) g;
SELECT g, (SELECT count(*) FROM join_customer c LEFT JOIN
	(SELECT * FROM join_list l WHERE l.grade > g OFFSET 0) n
	ON c.name % n.name) FROM generate_series(0, 6, 3) g;

-- Backwards, by a cursor
BEGIN;
DECLARE pairs SCROLL CURSOR FOR SELECT c.id, n.id FROM join_customer c
	JOIN join_list n ON c.name % n.name ORDER BY 1, 2;
FETCH 3 pairs;
FETCH BACKWARD 2 pairs;
DECLARE unsorted SCROLL CURSOR FOR SELECT c.id, n.id FROM join_customer c
	JOIN join_list n ON c.name % n.name;
MOVE FORWARD ALL unsorted;
MOVE BACKWARD ALL unsorted;
COMMIT;

-- Rows can be locked and changed through it.
EXPLAIN (COSTS OFF) SELECT c.id, n.id FROM join_customer c JOIN join_list n
	ON c.name % n.name FOR UPDATE OF c;
BEGIN;
SELECT c.id, n.id FROM join_customer c JOIN join_list n
	ON c.name % n.name WHERE n.grade = 6 FOR UPDATE OF c;
UPDATE join_customer c SET grade = -1 FROM join_list n
	WHERE c.name % n.name AND n.grade = 6 RETURNING c.id, n.id;
ROLLBACK;

-- Whole rows and system columns
SELECT c, n.tableoid::regclass, n.ctid FROM join_customer c JOIN join_list n
	ON c.name % n.name WHERE c.id = 1;

-- A condition that is constant here
EXPLAIN (COSTS OFF) SELECT * FROM join_customer c LEFT JOIN join_list n
	ON c.name % n.name AND current_setting('search_path') = 'no';
SELECT count(n.id) FROM join_customer c LEFT JOIN join_list n
	ON c.name % n.name AND current_setting('search_path') = 'no';

-- Row security: the operator may go first, since it is leak-proof; a cast of
-- what is protected may not.
ALTER TABLE join_list ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON join_list USING (grade < 6);
CREATE ROLE regress_entity_joiner;
GRANT SELECT ON join_customer, join_list TO regress_entity_joiner;
SET ROLE regress_entity_joiner;
EXPLAIN (COSTS OFF) SELECT c.id, n.id FROM join_customer c JOIN join_list n
	ON c.name % n.name;
SELECT c.id, n.id FROM join_customer c JOIN join_list n ON c.name % n.name
	ORDER BY 1, 2;
RESET ROLE;

-- Partitions and inheritance
CREATE TABLE join_part (id int, name entity_name) PARTITION BY LIST (id);
CREATE TABLE join_part_1 PARTITION OF join_part FOR VALUES IN (1, 2, 3);
CREATE TABLE join_part_2 PARTITION OF join_part DEFAULT;
INSERT INTO join_part SELECT id, name FROM join_customer;
ANALYZE join_part;
EXPLAIN (COSTS OFF) SELECT count(*) FROM join_part c JOIN join_list n
	ON c.name % n.name;
SELECT count(*) FROM join_part c JOIN join_list n ON c.name % n.name;

DROP TABLE join_customer, join_list, join_part;
DROP FUNCTION explain_counts(text);
DROP ROLE regress_entity_joiner;
