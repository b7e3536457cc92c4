-- A few new names against many customers, building that index, and loading
-- into a table that has it. Variable: corpus, the folder of the names.
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '64MB';
SET maintenance_work_mem = '256MB';
SELECT set_config('pg_trgm.similarity_threshold', trgm_threshold::text, false)
FROM bench.recall \g /dev/null
SELECT count(*) AS many FROM bench.many \gset

CREATE TABLE bench.tranche AS
	SELECT o.name, l.name AS written FROM bench.list_ours o
	JOIN bench.list l USING (id) WHERE id <= 30;
ANALYZE bench.tranche;
CREATE TABLE bench.many_ours (id int, name entity_name);
CREATE TABLE bench.many_text (id int, name text);
CALL bench.time_it('load', 'ours',
	'INSERT INTO bench.many_ours SELECT id, name::entity_name FROM bench.many',
	:many);
CALL bench.time_it('load', 'trgm',
	'INSERT INTO bench.many_text SELECT id, name FROM bench.many', :many);
CALL bench.time_it('build many', 'ours', 'CREATE INDEX many_ours_index'
	' ON bench.many_ours USING gin (name) WITH (fastupdate = off)', :many);
CALL bench.time_it('build many', 'trgm', 'CREATE INDEX many_trgm_index ON'
	' bench.many_text USING gin (name gin_trgm_ops) WITH (fastupdate = off)',
	:many);
-- COPY of some of them into a table that has the index.
CREATE TABLE bench.copied_ours (id int, name entity_name);
CREATE TABLE bench.copied_text (id int, name text);
CREATE INDEX ON bench.copied_ours USING gin (name);
CREATE INDEX ON bench.copied_text USING gin (name gin_trgm_ops);
CREATE PROCEDURE bench.copy(side text, target text, names int, folder text)
LANGUAGE plpgsql AS $$
BEGIN
	CALL bench.time_it('copy', side, format('COPY bench.%I FROM PROGRAM %L'
		' (FORMAT csv)', target, format('head -%s %s/many.csv', names, folder)),
		names);
END
$$;
SELECT least(:many, 100000) AS copied \gset
CALL bench.copy('ours', 'copied_ours', :copied, :'corpus');
CALL bench.copy('trgm', 'copied_text', :copied, :'corpus');
DROP TABLE bench.copied_ours, bench.copied_text;
VACUUM ANALYZE bench.many_ours;
VACUUM ANALYZE bench.many_text;

CREATE FUNCTION bench.delta(ours boolean) RETURNS bigint LANGUAGE plpgsql
	SET entity_screen.enable_join = off SET enable_seqscan = off AS $$
BEGIN
	IF ours THEN
		RETURN (SELECT count(*) FROM bench.tranche t
				JOIN bench.many_ours m ON m.name % t.name);
	END IF;
	RETURN (SELECT count(*) FROM bench.tranche t
			JOIN bench.many_text m ON m.name % t.written);
END
$$;
CREATE FUNCTION bench.delta_join() RETURNS bigint LANGUAGE plpgsql
	SET enable_bitmapscan = off SET enable_nestloop = off AS $$
BEGIN
	RETURN (SELECT count(*) FROM bench.tranche t
			JOIN bench.many_ours m ON m.name % t.name);
END
$$;
CREATE PROCEDURE bench.measure_delta() LANGUAGE plpgsql AS $$
BEGIN
	CALL bench.time_it('delta', 'ours', 'SELECT bench.delta(true)', 30);
	CALL bench.time_it('delta', 'trgm', 'SELECT bench.delta(false)', 30);
	CALL bench.time_it('delta join', 'ours', 'SELECT bench.delta_join()', 30);
END
$$;
SELECT 'CALL bench.measure_delta()' FROM generate_series(1, :runs) \gexec
