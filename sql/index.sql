-- The operator class, its plans, and what must not break it.
-- So many rows, fewer under valgrind.
\set rows 20000
\getenv rows ENTITY_SCREEN_TEST_ROWS

CREATE TABLE index_test (id int, name entity_name);
INSERT INTO index_test
	SELECT n, translate(md5(n::text), '0123456789', 'aeiouaeiou') || ' Ltd'
	FROM generate_series(1, :rows) n;
INSERT INTO index_test VALUES (0, 'CloudWalk Technology'), (-1, NULL), (-2, '');
CREATE INDEX index_test_name ON index_test USING gin (name);
ANALYZE index_test;

SELECT amvalidate(oid) FROM pg_opclass WHERE opcname = 'gin_entity_ops';
SELECT amvalidate(oid) FROM pg_opclass
WHERE opcname IN ('entity_name_ops', 'entity_name_hash_ops');

-- Each door uses the index, from either side of a join.
EXPLAIN (COSTS OFF) SELECT * FROM index_test WHERE name % 'Cloud Walk Tech';
EXPLAIN (COSTS OFF)
	SELECT * FROM index_test WHERE entity_match(name, 'Cloud Walk', 0.7);
EXPLAIN (COSTS OFF)
	SELECT * FROM (VALUES ('Cloud Walk'::entity_name)) v (party)
	JOIN index_test ON party % name;
EXPLAIN (COSTS OFF)
	SELECT * FROM (VALUES ('Cloud Walk')) v (party)
	JOIN index_test ON entity_match(name, party, 0.7);
SELECT id FROM index_test WHERE name % 'Cloud Walk Tech';
SELECT id FROM index_test WHERE entity_match(name, 'Cloud Walk', 0.6);
SELECT count(*) FROM index_test WHERE name % '';

-- A generic plan follows the setting.
PREPARE sought (entity_name) AS SELECT id FROM index_test WHERE name % $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE sought ('Cloud Walk Tech');
SET entity_screen.threshold = 1;
EXECUTE sought ('Cloud Walk Tech');
RESET entity_screen.threshold;
RESET plan_cache_mode;

-- Estimates follow the threshold, and do not touch the table.
CREATE FUNCTION estimate(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan #>> '{0,Plan,Plan Rows}';
END
$$;
SELECT estimate('SELECT * FROM index_test WHERE entity_match(name, ''x'', 0.3)') * 20000 / :rows AS low,
	   estimate('SELECT * FROM index_test WHERE entity_match(name, ''x'', 0.9)') AS high;

-- A setting that would make GIN lose rows is refused.
SET gin_fuzzy_search_limit = 10;
SET enable_seqscan = off;
SELECT id FROM index_test WHERE name % 'Cloud Walk Tech';
\echo :LAST_ERROR_SQLSTATE
RESET gin_fuzzy_search_limit;
RESET enable_seqscan;

-- Row security keeps the index: the operators are leakproof.
ALTER TABLE index_test ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON index_test USING (id >= 0);
CREATE ROLE regress_entity_reader;
GRANT SELECT ON index_test TO regress_entity_reader;
SET ROLE regress_entity_reader;
EXPLAIN (COSTS OFF) SELECT * FROM index_test WHERE name % 'Cloud Walk Tech';
SELECT id FROM index_test WHERE name % 'Cloud Walk Tech';
RESET ROLE;

-- Expression index on a text column
CREATE TABLE text_test (name text);
INSERT INTO text_test VALUES ('NetPosa'), ('Dahua Technology');
CREATE INDEX ON text_test USING gin ((name::entity_name));
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM text_test WHERE name::entity_name % 'net posa';
SELECT * FROM text_test WHERE name::entity_name % 'net posa';
RESET enable_seqscan;

DROP TABLE index_test, text_test;
DROP FUNCTION estimate(text);
DROP ROLE regress_entity_reader;
