-- How the join grows with its sides. Variables: packed and streamed, lists of
-- sizes; runs.
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '2GB';

-- Names of lists and of companies, mixed, so that a larger part of the pool
-- differs from a smaller one by its size alone.
CREATE TABLE bench.pool AS
	SELECT row_number() OVER (ORDER BY hashtext(name::text), name::text) AS id,
		   name
	FROM (SELECT name FROM bench.list_ours UNION ALL
		  SELECT name FROM bench.many_ours) p;
CREATE TABLE bench.stream AS
	SELECT row_number() OVER () AS id, name FROM (
		(SELECT name FROM bench.query_ours ORDER BY id) UNION ALL
		(SELECT name FROM bench.many_ours ORDER BY id DESC)) s;
VACUUM ANALYZE bench.pool;
VACUUM ANALYZE bench.stream;

-- The packed side is the inner one: the only one a left join lets be.
CREATE FUNCTION bench.scale(packed int, streamed int) RETURNS bigint
LANGUAGE sql AS $$
	SELECT count(p.id) FROM (SELECT name FROM bench.stream
							 WHERE id <= streamed OFFSET 0) s
	LEFT JOIN (SELECT * FROM bench.pool WHERE id <= packed OFFSET 0) p
	ON p.name % s.name
$$;
CREATE PROCEDURE bench.measure_scale(packed int[], streamed int[])
LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
	FOREACH n IN ARRAY packed LOOP
		CALL bench.time_it('packed ' || n, 'pack',
			format('SELECT bench.scale(%s, 1)', n), n);
		CALL bench.time_it('packed ' || n, 'stream',
			format('SELECT bench.scale(%s, 20000)', n), n);
	END LOOP;
	FOREACH n IN ARRAY streamed LOOP
		CALL bench.time_it('streamed ' || n, 'stream',
			format('SELECT bench.scale(20000, %s)', n), n);
	END LOOP;
END
$$;
SELECT format('CALL bench.measure_scale(%L, %L)', :'packed', :'streamed')
FROM generate_series(1, :runs) \gexec
