-- Which plan joins two sets of names: a search in the index for each row of a
-- small side, the join in memory where both are large. Row counts are put
-- into the catalog, since the planner looks nowhere else.
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;

CREATE TABLE plan_customer (id int, name entity_name)
	WITH (autovacuum_enabled = off);
CREATE TABLE plan_list (id int, name entity_name)
	WITH (autovacuum_enabled = off);
INSERT INTO plan_customer SELECT n, md5(n::text)::entity_name
	FROM generate_series(1, 1000) n;
INSERT INTO plan_list SELECT n, (translate(md5(n::text), '0123456789',
	'ghijklmnop') || ' ' || CASE n % 3 WHEN 0 THEN 'Trading' WHEN 1 THEN
	'Technology Co., Ltd' ELSE 'Institute' END)::entity_name
	FROM generate_series(1, 20000) n;
CREATE INDEX plan_list_name ON plan_list USING gin (name);

CREATE FUNCTION show_plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		plan := plan || line;
	END LOOP;
	RETURN concat_ws(', ',
		CASE WHEN plan ~ 'EntityJoin' THEN 'join' END,
		CASE WHEN plan ~ 'Index Scan on plan_list_name' THEN 'index' END,
		CASE WHEN plan !~ 'EntityJoin|Index Scan' THEN 'scan' END);
END
$$;

-- The plan for so many customers, by each kind of join.
CREATE FUNCTION show_plans(customers int) RETURNS TABLE (
	inner_join text, by_query text, left_join text, semi_join text,
	anti_join text, list_first text)
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE pg_class SET reltuples = customers, relpages =
		pg_relation_size(oid) / 8192 WHERE oid = 'plan_customer'::regclass;
	RETURN QUERY SELECT
		show_plan('SELECT * FROM plan_customer c JOIN plan_list l
			ON c.name % l.name'),
		show_plan('SELECT * FROM plan_customer c JOIN plan_list l
			ON l.name @@ entity_query(c.name::text, 0.8)'),
		show_plan('SELECT * FROM plan_customer c LEFT JOIN plan_list l
			ON l.name % c.name'),
		show_plan('SELECT * FROM plan_customer c WHERE EXISTS
			(SELECT FROM plan_list l WHERE l.name % c.name)'),
		show_plan('SELECT * FROM plan_customer c WHERE NOT EXISTS
			(SELECT FROM plan_list l WHERE l.name % c.name)'),
		show_plan('SELECT * FROM plan_list l JOIN plan_customer c
			ON l.name % c.name AND c.id IS NOT NULL');
END
$$;
CREATE VIEW all_plans AS SELECT n AS customers, p.*
	FROM unnest('{1,100,10000,1000000}'::int[]) n, show_plans(n) p;

-- Without statistics
TABLE all_plans;

-- With statistics
ANALYZE plan_customer, plan_list;
TABLE all_plans;

-- Little memory: batches, and still the join
SET work_mem = '1MB';
TABLE all_plans;
RESET work_mem;

-- Generic plans
SET plan_cache_mode = force_generic_plan;
PREPARE by_grade(int) AS SELECT * FROM plan_customer c JOIN plan_list l
	ON c.name % l.name WHERE c.id <> $1;
SELECT count(*) FROM show_plans(10000);
SELECT show_plan('EXECUTE by_grade(1)');
DEALLOCATE by_grade;
PREPARE by_grade(int) AS SELECT * FROM plan_customer c JOIN plan_list l
	ON c.name % l.name WHERE c.id = $1;
SELECT show_plan('EXECUTE by_grade(1)');
PREPARE one(entity_name) AS SELECT * FROM plan_list WHERE name % $1;
SELECT show_plan('EXECUTE one(''x'')');
RESET plan_cache_mode;

-- Under row security of either side
ALTER TABLE plan_customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan_list ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON plan_customer USING (id >= 0);
CREATE POLICY visible ON plan_list USING (id >= 0);
CREATE ROLE regress_entity_planner;
GRANT SELECT ON plan_customer, plan_list TO regress_entity_planner;
SELECT count(*) FROM show_plans(100);
SET ROLE regress_entity_planner;
SELECT show_plan('SELECT * FROM plan_customer c JOIN plan_list l
	ON c.name % l.name');
RESET ROLE;
SELECT count(*) FROM show_plans(100000);
SET ROLE regress_entity_planner;
SELECT show_plan('SELECT * FROM plan_customer c JOIN plan_list l
	ON c.name % l.name');
RESET ROLE;

-- A few new names against many customers
ALTER TABLE plan_list DISABLE ROW LEVEL SECURITY;
SELECT show_plan('SELECT * FROM (SELECT name FROM plan_customer LIMIT 30) n
	JOIN plan_list l ON l.name % n.name');
DROP INDEX plan_list_name;
SELECT show_plan('SELECT * FROM (SELECT name FROM plan_customer LIMIT 30) n
	JOIN plan_list l ON l.name % n.name');

DROP VIEW all_plans;
DROP TABLE plan_customer, plan_list;
DROP FUNCTION show_plan(text), show_plans(int);
DROP ROLE regress_entity_planner;
