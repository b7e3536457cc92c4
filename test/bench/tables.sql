-- Tables of the bench, and how a piece of work is measured.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE SCHEMA bench;
CREATE TABLE bench.list (id int, name text);
CREATE TABLE bench.query (id int, name text, truth int);
CREATE TABLE bench.many (id int, name text);
CREATE TABLE bench.other (name text);
CREATE TABLE bench.run (work text, side text, size float8, seconds float8);

-- Processor time of this backend: other work on the machine counts less.
-- The clock where the system does not tell.
CREATE FUNCTION bench.used() RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
	RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8
		/ 1e9;
EXCEPTION WHEN OTHERS THEN
	RETURN extract(epoch FROM clock_timestamp());
END
$$;

-- Measures a statement. size: what a figure is per, or grows with.
CREATE PROCEDURE bench.time_it(work text, side text, command text,
							   size float8 DEFAULT 1)
LANGUAGE plpgsql AS $$
DECLARE
	started float8 := bench.used();
BEGIN
	EXECUTE command;
	INSERT INTO bench.run VALUES (work, side, size, bench.used() - started);
END
$$;

CREATE VIEW bench.median AS
SELECT work, side, size, count(*) AS runs,
	   percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds
FROM bench.run GROUP BY work, side, size;

-- Median microseconds per unit of size.
CREATE FUNCTION bench.us(work text, side text) RETURNS float8
LANGUAGE sql RETURN (
	SELECT max(m.seconds / m.size) * 1e6 FROM bench.median m
	WHERE m.work = $1 AND m.side = $2);
