-- Every figure is the median of five runs; the two sides take turns.

SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;

CREATE TABLE bench.list_ours AS SELECT id, name::entity_name FROM bench.list;
CREATE TABLE bench.query_ours AS
	SELECT id, name::entity_name, truth FROM bench.query;
CREATE TABLE bench.run (work text, side text, seconds float8);

CREATE PROCEDURE bench.time_it(work text, side text, command text)
LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz := clock_timestamp();
BEGIN
	EXECUTE command;
	INSERT INTO bench.run VALUES (work, side,
		extract(epoch FROM clock_timestamp() - started));
END
$$;

-- Both sides at equal recall on the noisy variants: ours at its default
-- threshold, pg_trgm at the threshold that finds as many of them.
CREATE TABLE bench.recall AS
SELECT avg((entity_similarity(q.name::entity_name, l.name::entity_name)
			>= 0.65)::int)::float8 AS recall,
	   NULL::float8 AS trgm_threshold
FROM bench.query q JOIN bench.list l ON l.id = q.truth;
UPDATE bench.recall SET trgm_threshold = (
	SELECT percentile_disc(1 - recall)
		   WITHIN GROUP (ORDER BY similarity(q.name, l.name))
	FROM bench.query q JOIN bench.list l ON l.id = q.truth);
SELECT set_config('pg_trgm.similarity_threshold', trgm_threshold::text, false),
	   set_config('entity_screen.threshold', '0.65', false)
FROM bench.recall \g /dev/null

CREATE PROCEDURE bench.build() LANGUAGE plpgsql AS $$
BEGIN
	DROP INDEX IF EXISTS bench.list_ours_index, bench.list_trgm_index;
	CALL bench.time_it('build', 'ours', 'CREATE INDEX list_ours_index'
		' ON bench.list_ours USING gin (name) WITH (fastupdate = off)');
	CALL bench.time_it('build', 'trgm', 'CREATE INDEX list_trgm_index'
		' ON bench.list USING gin (name gin_trgm_ops) WITH (fastupdate = off)');
END
$$;
CALL bench.build(); CALL bench.build(); CALL bench.build();
CALL bench.build(); CALL bench.build();
VACUUM ANALYZE bench.list_ours;
VACUUM ANALYZE bench.list;
VACUUM ANALYZE bench.query_ours;
VACUUM ANALYZE bench.query;
SET enable_seqscan = off;

-- One statement a name with a prepared, generic plan.
CREATE FUNCTION bench.look_up_ours() RETURNS bigint LANGUAGE plpgsql
	SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	sought entity_name;
	hits bigint := 0;
BEGIN
	FOR sought IN SELECT name FROM bench.query_ours LIMIT 1000 LOOP
		hits := hits + (SELECT count(*) FROM bench.list_ours l
						WHERE l.name % sought);
	END LOOP;
	RETURN hits;
END
$$;
CREATE FUNCTION bench.look_up_trgm() RETURNS bigint LANGUAGE plpgsql
	SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	sought text;
	hits bigint := 0;
BEGIN
	FOR sought IN SELECT name FROM bench.query LIMIT 1000 LOOP
		hits := hits + (SELECT count(*) FROM bench.list l
						WHERE l.name % sought);
	END LOOP;
	RETURN hits;
END
$$;

CREATE PROCEDURE bench.measure() LANGUAGE plpgsql AS $$
BEGIN
	CALL bench.time_it('look-up', 'ours', 'SELECT bench.look_up_ours()');
	CALL bench.time_it('look-up', 'trgm', 'SELECT bench.look_up_trgm()');
	CALL bench.time_it('join', 'ours', 'SELECT count(*) FROM bench.query_ours'
		' q JOIN bench.list_ours l ON l.name % q.name');
	CALL bench.time_it('join', 'trgm', 'SELECT count(*) FROM bench.query q'
		' JOIN bench.list l ON l.name % q.name');
	CALL bench.time_it('latin', 'ours',
		'SELECT count(name::entity_name) FROM bench.list');
	CALL bench.time_it('latin', 'floor', 'SELECT count(name) FROM bench.list');
	CALL bench.time_it('other', 'ours',
		'SELECT count(name::entity_name) FROM bench.other');
	CALL bench.time_it('other', 'floor',
		'SELECT count(name) FROM bench.other');
	CALL bench.time_it('score', 'ours',
		'SELECT sum(entity_similarity(a.name, b.name)) FROM bench.list_ours a,'
		' bench.list_ours b WHERE b.id <= 20');
	CALL bench.time_it('score', 'trgm',
		'SELECT sum(similarity(a.name, b.name)) FROM bench.list a,'
		' bench.list b WHERE b.id <= 20');
END
$$;
CALL bench.measure(); CALL bench.measure(); CALL bench.measure();
CALL bench.measure(); CALL bench.measure();

CREATE VIEW bench.median AS
SELECT work, side,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds
FROM bench.run GROUP BY work, side;

CREATE FUNCTION bench.seconds(work text, side text) RETURNS float8
LANGUAGE sql RETURN (
	SELECT m.seconds FROM bench.median m
	WHERE m.work = $1 AND m.side = $2);

CREATE VIEW bench.line AS
SELECT 1 AS place, 'look-up of one name, us' AS work,
	   bench.seconds('look-up', 'ours') * 1000 AS ours,
	   bench.seconds('look-up', 'trgm') * 1000 AS pg_trgm
UNION ALL
SELECT 2, 'join, us per sought name',
	   bench.seconds('join', 'ours') / (SELECT count(*) FROM bench.query) * 1e6,
	   bench.seconds('join', 'trgm') / (SELECT count(*) FROM bench.query) * 1e6
UNION ALL
SELECT 3, 'score of one pair, us',
	   bench.seconds('score', 'ours') / (SELECT count(*) FROM bench.list)
	   / 20 * 1e6,
	   bench.seconds('score', 'trgm') / (SELECT count(*) FROM bench.list)
	   / 20 * 1e6
UNION ALL
SELECT 4, 'index build, ms', bench.seconds('build', 'ours') * 1000,
	   bench.seconds('build', 'trgm') * 1000
UNION ALL
SELECT 5, 'index size, kB', pg_relation_size('bench.list_ours_index') / 1024.0,
	   pg_relation_size('bench.list_trgm_index') / 1024.0
UNION ALL
SELECT 6, 'normalize a Latin name, us',
	   (bench.seconds('latin', 'ours') - bench.seconds('latin', 'floor'))
	   / (SELECT count(*) FROM bench.list) * 1e6, NULL
UNION ALL
SELECT 7, 'normalize another name, us',
	   (bench.seconds('other', 'ours') - bench.seconds('other', 'floor'))
	   / (SELECT count(*) FROM bench.other) * 1e6, NULL;

\pset footer off
\echo
SELECT (SELECT count(*) FROM bench.list) AS list_names,
	   (SELECT count(*) FROM bench.query) AS sought_names,
	   (SELECT count(truth) FROM bench.query) AS noisy_variants,
	   round(recall::numeric, 4) AS recall_of_both,
	   0.65 AS our_threshold,
	   round(trgm_threshold::numeric, 4) AS pg_trgm_threshold
FROM bench.recall;

SELECT work, round(ours::numeric, 2) AS ours,
	   round(pg_trgm::numeric, 2) AS pg_trgm,
	   round((pg_trgm / ours)::numeric, 2) AS times_better
FROM bench.line ORDER BY place;

\echo Benign names that hit something, per 1000
SELECT round(1000.0 * count(*) FILTER (WHERE EXISTS (
		   SELECT FROM bench.list_ours l WHERE l.name % q.name::entity_name))
		   / count(*), 1) AS ours,
	   round(1000.0 * count(*) FILTER (WHERE EXISTS (
		   SELECT FROM bench.list l WHERE l.name % q.name))
		   / count(*), 1) AS pg_trgm
FROM bench.query q WHERE truth IS NULL;
