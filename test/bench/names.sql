-- Look-ups, joins, scores, indexes and normalizing on the list.
-- Variables: sample (sought names for the nested loops), runs.

SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '64MB';

CREATE TABLE bench.list_ours AS SELECT id, name::entity_name FROM bench.list;
CREATE TABLE bench.query_ours AS
	SELECT id, name::entity_name, truth FROM bench.query;
VACUUM ANALYZE bench.query_ours;
VACUUM ANALYZE bench.query;

-- Both sides at equal recall on the noisy variants: ours at its default
-- threshold, pg_trgm at the threshold that finds as many of them; and each at
-- the threshold that finds 95 of 100.
CREATE TABLE bench.variant AS
	SELECT entity_similarity(q.name::entity_name, l.name::entity_name) AS ours,
		similarity(q.name, l.name) AS trgm
	FROM bench.query q JOIN bench.list l ON l.id = q.truth;
CREATE TABLE bench.recall AS
	SELECT r.recall, (SELECT percentile_disc(1 - r.recall)
					  WITHIN GROUP (ORDER BY trgm)::float8
					  FROM bench.variant) AS trgm_threshold,
		(SELECT percentile_disc(0.05) WITHIN GROUP (ORDER BY ours)
		 FROM bench.variant) AS ours_95,
		(SELECT percentile_disc(0.05) WITHIN GROUP (ORDER BY trgm)::float8
		 FROM bench.variant) AS trgm_95
	FROM (SELECT avg((ours >= 0.65)::int)::float8 AS recall
		  FROM bench.variant) r;
CREATE PROCEDURE bench.set_thresholds(ours float8, trgm float8)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('entity_screen.threshold', ours::text, false),
		set_config('pg_trgm.similarity_threshold', trgm::text, false);
END
$$;
SELECT format('CALL bench.set_thresholds(0.65, %s)', trgm_threshold)
FROM bench.recall \gexec

CREATE PROCEDURE bench.build() LANGUAGE plpgsql AS $$
BEGIN
	DROP INDEX IF EXISTS bench.list_ours_index, bench.list_trgm_index;
	CALL bench.time_it('build', 'ours', 'CREATE INDEX list_ours_index'
		' ON bench.list_ours USING gin (name) WITH (fastupdate = off)');
	CALL bench.time_it('build', 'trgm', 'CREATE INDEX list_trgm_index'
		' ON bench.list USING gin (name gin_trgm_ops) WITH (fastupdate = off)');
END
$$;
SELECT 'CALL bench.build()' FROM generate_series(1, :runs) \gexec
VACUUM ANALYZE bench.list_ours;
VACUUM ANALYZE bench.list;

-- One statement a name with a prepared, generic plan.
CREATE FUNCTION bench.look_up_ours() RETURNS bigint LANGUAGE plpgsql
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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

CREATE FUNCTION bench.nested(ours boolean) RETURNS bigint LANGUAGE plpgsql
	SET entity_screen.enable_join = off SET enable_seqscan = off AS $$
BEGIN
	IF ours THEN
		RETURN (SELECT count(*) FROM bench.query_sample q
				JOIN bench.list_ours l ON l.name % q.name);
	END IF;
	RETURN (SELECT count(*) FROM bench.query_sample q
			JOIN bench.list l ON l.name % q.written);
END
$$;
CREATE TABLE bench.query_sample AS
	SELECT o.id, o.name, q.name AS written FROM bench.query_ours o
	JOIN bench.query q USING (id) WHERE id <= :sample;
ANALYZE bench.query_sample;
SELECT count(*) AS queries FROM bench.query \gset

CREATE PROCEDURE bench.measure_95() LANGUAGE plpgsql AS $$
DECLARE
	r bench.recall;
BEGIN
	SELECT * INTO r FROM bench.recall;
	CALL bench.set_thresholds(r.ours_95, r.trgm_95);
	CALL bench.time_it('look-up 95', 'ours', 'SELECT bench.look_up_ours()',
		1000);
	CALL bench.time_it('look-up 95', 'trgm', 'SELECT bench.look_up_trgm()',
		1000);
	CALL bench.set_thresholds(0.65, r.trgm_threshold);
END
$$;

CREATE PROCEDURE bench.measure(sample int, queries int, list int)
LANGUAGE plpgsql AS $$
BEGIN
	CALL bench.time_it('look-up', 'ours', 'SELECT bench.look_up_ours()', 1000);
	CALL bench.time_it('look-up', 'trgm', 'SELECT bench.look_up_trgm()', 1000);
	CALL bench.measure_95();
	CALL bench.time_it('join', 'ours', 'SELECT count(*) FROM bench.query_ours'
		' q JOIN bench.list_ours l ON l.name % q.name', queries);
	CALL bench.time_it('join', 'trgm', 'SELECT bench.nested(false)', sample);
	CALL bench.time_it('nested', 'ours', 'SELECT bench.nested(true)', sample);
	CALL bench.time_it('anti', 'ours', 'SELECT count(*) FROM bench.query_ours'
		' q WHERE NOT EXISTS (SELECT FROM bench.list_ours l'
		' WHERE l.name % q.name)', queries);
	CALL bench.time_it('latin', 'ours',
		'SELECT count(name::entity_name) FROM bench.list', list);
	CALL bench.time_it('latin', 'floor', 'SELECT count(name) FROM bench.list',
		list);
	CALL bench.time_it('other', 'ours',
		'SELECT count(name::entity_name) FROM bench.other');
	CALL bench.time_it('other', 'floor',
		'SELECT count(name) FROM bench.other');
	CALL bench.time_it('score', 'ours',
		'SELECT sum(entity_similarity(a.name, b.name)) FROM bench.list_ours a,'
		' bench.list_ours b WHERE b.id <= 20', 20.0 * list);
	CALL bench.time_it('score', 'trgm',
		'SELECT sum(similarity(a.name, b.name)) FROM bench.list a,'
		' bench.list b WHERE b.id <= 20', 20.0 * list);
END
$$;
SELECT format('CALL bench.measure(%s, %s, %s)', :sample, :queries,
	(SELECT count(*) FROM bench.list)) FROM generate_series(1, :runs) \gexec
