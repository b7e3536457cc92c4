-- The table. A ratio says how many times better ours is than the other side;
-- docs/performance.md explains the lines.
SET client_min_messages = warning;

CREATE FUNCTION bench.size(index text) RETURNS float8
LANGUAGE sql RETURN pg_relation_size(('bench.' || index)::regclass) / 1024.0;

-- A line that was measured, else no row.
CREATE FUNCTION bench.pair(place float8, line text, work text,
						   other text DEFAULT 'trgm',
						   against text DEFAULT 'pg_trgm')
RETURNS TABLE (place float8, line text, ours float8, other float8, unit text,
			   against text)
LANGUAGE sql AS $$
	SELECT place, line, bench.us(work, 'ours'), bench.us(work, other), 'us',
		   against
	WHERE bench.us(work, 'ours') IS NOT NULL
$$;

-- What a streamed name costs, without packing: the difference of two runs.
CREATE VIEW bench.scaling AS
SELECT split_part(s.work, ' ', 1) AS side, split_part(s.work, ' ', 2)::float8
	   AS size, p.seconds AS pack, CASE WHEN p.seconds IS NULL
			THEN s.seconds / s.size ELSE (s.seconds - p.seconds) / 20000 END
	   * 1e6 AS us
FROM bench.median s
LEFT JOIN bench.median p ON p.work = s.work AND p.side = 'pack'
WHERE s.side = 'stream';

CREATE FUNCTION bench.growth(side text) RETURNS float8
LANGUAGE sql RETURN (
	SELECT regr_slope(ln(CASE side WHEN 'streamed' THEN us * size ELSE us END),
					  ln(size))
	FROM bench.scaling s WHERE s.side = growth.side);

CREATE VIEW bench.line AS
SELECT * FROM bench.pair(1, 'look-up of one name, prepared', 'look-up')
UNION ALL
SELECT * FROM bench.pair(1.5, 'the same where each finds 95 of 100',
						 'look-up 95')
UNION ALL
SELECT * FROM bench.pair(2, 'join, a streamed name', 'join', 'trgm',
						 'pg_trgm nested loop')
UNION ALL
SELECT 2 + row_number() OVER (ORDER BY r.seconds) / 10.0, 'the same',
	   bench.us('join', 'ours'), r.seconds / r.size * 1e6, 'us',
	   'rapidfuzz ' || r.side
FROM bench.median r WHERE r.work = 'cdist'
UNION ALL
SELECT * FROM bench.pair(3, 'NOT EXISTS, a streamed name', 'anti', 'none', NULL)
UNION ALL
SELECT 4, 'nested loop through the index', bench.us('nested', 'ours'),
	   bench.us('join', 'trgm'), 'us', 'pg_trgm'
UNION ALL
SELECT * FROM bench.pair(5, (SELECT format('%s new names x %s by index, a name',
	30, count(*)) FROM bench.many), 'delta')
UNION ALL
SELECT 6, 'the same by join, all names', 30 * bench.us('delta join', 'ours'),
	   30 * bench.us('delta', 'trgm'), 'us', 'pg_trgm'
UNION ALL
SELECT 7, 'index size, list', bench.size('list_ours_index'),
	   bench.size('list_trgm_index'), 'kB', 'pg_trgm'
UNION ALL
SELECT 8, 'index size, customers', bench.size('many_ours_index'),
	   bench.size('many_trgm_index'), 'kB', 'pg_trgm'
UNION ALL
SELECT 9, 'index build, list, a name', bench.us('build', 'ours') / count(*),
	   bench.us('build', 'trgm') / count(*), 'us', 'pg_trgm' FROM bench.list
UNION ALL
SELECT * FROM bench.pair(10, 'index build, customers, a name', 'build many')
UNION ALL
SELECT * FROM bench.pair(11, 'load into a table, a name', 'load', 'trgm',
						 'text')
UNION ALL
SELECT * FROM bench.pair(11.5, 'COPY into a table with the index, a name',
						 'copy')
UNION ALL
SELECT * FROM bench.pair(12, 'score of one pair', 'score', 'trgm',
						 'pg_trgm similarity')
UNION ALL
SELECT 13, 'normalize a Latin name', bench.us('latin', 'ours') -
	   bench.us('latin', 'floor'), NULL, 'us', NULL
UNION ALL
SELECT 14, 'normalize another name', (bench.us('other', 'ours') -
	   bench.us('other', 'floor')) / count(*), NULL, 'us', NULL
FROM bench.other
UNION ALL
SELECT 15 + size / 1e9, format('join, a streamed name, %s packed', size), us,
	   NULL, 'us', NULL FROM bench.scaling WHERE side = 'packed'
UNION ALL
SELECT 16 + size / 1e9, format('packing %s names, a name', size),
	   pack / size * 1e6, NULL, 'us', NULL
FROM bench.scaling WHERE side = 'packed'
UNION ALL
SELECT 17 + size / 1e9, format('join with packing, a name, %s streamed', size),
	   us, NULL, 'us', NULL FROM bench.scaling WHERE side = 'streamed'
UNION ALL
SELECT 18, 'growth with the packed side, power of its size',
	   bench.growth('packed'), NULL, '', NULL
UNION ALL
SELECT 19, 'growth with the streamed side, power of its size',
	   bench.growth('streamed'), NULL, '', NULL
UNION ALL
SELECT 20, 'streamed name in memory, list', us, bench.us('floor', 'floor'),
	   'us', 'floor' FROM bench.scaling
WHERE side = 'packed' AND size = 20000
UNION ALL
SELECT 21, 'memory of the packed list, a name', size, NULL, 'B', NULL
FROM bench.run WHERE work = 'memory'
UNION ALL
SELECT * FROM (SELECT 22, 'guard on an inserted clean row',
	   bench.us('insert', 'guarded') - bench.us('insert', 'plain'),
	   bench.us('insert', 'trgm') - bench.us('insert', 'plain'), 'us',
	   'pg_trgm in plpgsql') g
UNION ALL
SELECT * FROM (SELECT 22.5, 'the same, clean rows only counted',
	   bench.us('insert', 'counted') - bench.us('insert', 'plain'),
	   bench.us('insert', 'trgm') - bench.us('insert', 'plain'), 'us',
	   'pg_trgm in plpgsql') g
UNION ALL
SELECT * FROM (SELECT 23, 'plain insert of a row', bench.us('insert', 'plain'),
	   NULL::float8, 'us', NULL) g
UNION ALL
SELECT c.place + size / 1000, format('%s, client to client, p%s', c.line,
	   size::int), seconds * 1e6, NULL, 'us', NULL
FROM (VALUES (24, 'list', 'look-up in the list'),
			 (25, 'part', 'look-up in 75000 names'),
			 (26, 'party', 'screen_party')) c (place, work, line)
JOIN bench.run r USING (work) WHERE r.side = 'clock';

\pset footer off
\pset null ''
\echo
SELECT (SELECT count(*) FROM bench.list) AS list_names,
	   (SELECT count(*) FROM bench.query) AS sought_names,
	   (SELECT count(*) FROM bench.many) AS customers,
	   (SELECT count(*) FROM entity_screen.entry_name) AS listed_names,
	   round(recall::numeric, 4) AS recall_of_both, 0.65 AS our_threshold,
	   round(trgm_threshold::numeric, 4) AS pg_trgm_threshold,
	   ours_95 AS ours_at_95, round(trgm_95::numeric, 4) AS pg_trgm_at_95
FROM bench.recall;

SELECT round((l.other / l.ours)::numeric, 2) AS ratio, l.line,
	   round(l.ours::numeric, 2) AS ours, round(l.other::numeric, 2) AS other,
	   l.unit, l.against
FROM bench.line l WHERE l.ours IS NOT NULL ORDER BY l.place;

SELECT set_config('pg_trgm.similarity_threshold', trgm_threshold::text, false)
FROM bench.recall \g /dev/null
SET enable_seqscan = off;
\echo Benign names that hit something, per 1000
SELECT round(1000.0 * count(*) FILTER (WHERE ours) / count(*), 1) AS ours,
	   round(1000.0 * count(*) FILTER (WHERE trgm) / count(*), 1) AS pg_trgm
FROM (SELECT EXISTS (SELECT FROM bench.list_ours l WHERE l.name % s.name)
			 AS ours, EXISTS (SELECT FROM bench.list l
							  WHERE l.name % s.written) AS trgm
	  FROM bench.query_sample s JOIN bench.query q USING (id)
	  WHERE q.truth IS NULL) b;

\pset tuples_only on
\pset format unaligned
\o :json
SELECT json_build_object('server', version(), 'names',
	(SELECT json_build_object('list', (SELECT count(*) FROM bench.list),
	 'sought', (SELECT count(*) FROM bench.query),
	 'customers', (SELECT count(*) FROM bench.many), 'recall', recall,
	 'pg_trgm_threshold', trgm_threshold, 'threshold_at_95', ours_95,
	 'pg_trgm_threshold_at_95', trgm_95) FROM bench.recall),
	'lines', json_agg(json_build_object('ratio', l.other / l.ours,
	'line', l.line, 'ours', l.ours, 'other', l.other, 'unit', l.unit,
	'against', l.against) ORDER BY l.place))
FROM bench.line l WHERE l.ours IS NOT NULL;
\o
