/*
 * 67_tune: what a threshold would mean, before it is set
 *
 * Nothing is recorded.  Rows are read with the rights of the caller.
 */

/* Which share of a table makes a sample of about so many rows */
CREATE FUNCTION entity_screen.sample_share(target regclass, sample integer)
RETURNS double precision
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	rows_known double precision;
BEGIN
	PERFORM entity_screen.check_readable(target);
	IF sample IS NULL OR sample < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
			MESSAGE = format('sample %s is out of range',
							 coalesce(sample::text, 'null')),
			DETAIL = 'It is the number of rows to look at, one at least.',
			HINT = 'The default is 50000.';
	END IF;
	SELECT sum(c.reltuples) INTO rows_known
	FROM pg_class c
	WHERE c.relkind IN ('r', 'm') AND c.reltuples >= 0
		AND (c.oid = target
			 OR c.oid IN (SELECT p.relid FROM pg_partition_tree(target) p))
	HAVING bool_and(c.reltuples >= 0);
	IF coalesce(rows_known, 0) = 0 THEN
		EXECUTE format('SELECT count(*) FROM %s', target) INTO rows_known;
	END IF;
	RETURN least(1, sample / greatest(rows_known, 1));
END;
$$;
COMMENT ON FUNCTION entity_screen.sample_share(regclass, integer) IS
'The share of a table that makes a sample of about so many rows, at most 1';

CREATE FUNCTION entity_screen.sampling_clause(target regclass,
	sample integer, seed integer)
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE
		WHEN s.share >= 1 THEN ''
		WHEN c.relkind IN ('r', 'p', 'm') THEN
			format('TABLESAMPLE BERNOULLI (%s) REPEATABLE (%s)',
				   (s.share * 100)::numeric, sampling_clause.seed) END
	FROM pg_class c, entity_screen.sample_share(target, sample) s (share)
	WHERE c.oid = target;
END;
COMMENT ON FUNCTION entity_screen.sampling_clause(regclass, integer, integer) IS
'A TABLESAMPLE clause for about so many rows, empty when all are taken, null for what cannot be sampled';

/*
 * The hits of a sample, one row for each; and always one row without a list,
 * whose score is null and whose place tells how many parties were read.
 */
CREATE FUNCTION entity_screen.sample_hits(target regclass, key text,
	party text, country text, address text, on_date text, lists text[],
	lowest double precision, sample integer, seed integer)
RETURNS TABLE (
	place bigint,
	party_ref text,
	party_name text,
	list_code text,
	entry_id bigint,
	entry_name text,
	matched_name text,
	score double precision,
	explanation jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	clause text := entity_screen.sampling_clause(target, sample,
												 coalesce(seed, 0));
	part record;
BEGIN
	IF clause IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('%s cannot be sampled', target),
			DETAIL = 'Samples are taken of tables and materialized views.',
			HINT = 'Name the table, or a sample at least as large as the view.';
	END IF;
	EXECUTE format('SELECT count(*) AS n, array_agg(ROW(q.party_ref, q.place::text, q.party, q.country, q.address, q.on_date, q.moment)::entity_screen.row_party ORDER BY q.place) AS parties FROM (SELECT r.*, row_number() OVER () AS place FROM (%s) r) q',
		entity_screen.row_query(target, key, party, country, address,
								on_date, sampling => clause))
	INTO part;
	RETURN QUERY SELECT part.n, NULL::text, NULL::text, NULL::text,
		NULL::bigint, NULL::text, NULL::text, NULL::double precision,
		NULL::jsonb;
	RETURN QUERY
	SELECT v.party_column::bigint, v.party_ref, v.party_name, v.list_code,
		v.entry_id, v.entry_name, v.matched_name, v.score, v.explanation
	FROM entity_screen.screen_values(part.parties, lists, lowest, NULL) v;
END;
$$;
COMMENT ON FUNCTION entity_screen.sample_hits(regclass, text, text, text, text, text, text[], double precision, integer, integer) IS
'The hits of a sample of a table; one more row, without a list, tells in place how many parties were read';

/*
 * count_interval(counted, dispersion, share) - how many there are in all
 *
 * counted		 found in the sample
 * dispersion	 sum of squares over sum of the counts of single parties, the
 *				 largest taken twice since a larger one may not be in the
 *				 sample: about 1 when no party has two hits
 * share		 of the table that was sampled, each row by itself
 *
 * An interval by the Poisson distribution, in the approximation of Wilson
 * and Hilferty, for counted / (dispersion * (1 - share)) independent
 * events: what was seen is certain, only the rest is estimated.  2.1 standard
 * deviations, since the dispersion is itself an estimate: measured on 229,000
 * company names, 71 samples of 5 % each, 96 % of the intervals held.
 */
CREATE FUNCTION entity_screen.count_interval(counted bigint,
	dispersion double precision, share double precision,
	OUT expected double precision, OUT low double precision,
	OUT high double precision)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT counted / share,
		greatest(counted, CASE WHEN counted = 0 OR unit.size = 0 THEN counted
			ELSE power(greatest(0, 1 - unit.size / (9.0 * counted)
				- 2.1 * sqrt(unit.size / counted) / 3), 3)
				* counted / share END),
		CASE WHEN unit.size = 0 THEN counted
			ELSE (counted / unit.size + 1)
				* power(1 - 1 / (9 * (counted / unit.size + 1))
					+ 2.1 / (3 * sqrt(counted / unit.size + 1)), 3)
				* unit.size / share END
	FROM (SELECT greatest(coalesce(dispersion, 1), 1) * (1 - share) AS size)
		AS unit;
END;
COMMENT ON FUNCTION entity_screen.count_interval(bigint, double precision, double precision) IS
'Expected number in a whole table and an interval of 95 %, from a number in a sample';

/*
 * threshold_preview(target, ...) - alerts to expect, by list and threshold
 *
 * target to on_date  as screen_table()
 * lists		  default: all loaded lists
 * thresholds	  default: 0.50 to 0.95 in steps of 0.05
 * sample		  about how many rows to look at; default 50000
 * seed			  another seed, another sample
 *
 * An alert is a party of a row and an entry.  Result: expected number in the
 * whole table with an interval of 95 %, and what the sample had.  Errors:
 * those of screen_table(), 22003 for a threshold or the sample.
 */
CREATE FUNCTION entity_screen.threshold_preview(target regclass,
	key text DEFAULT NULL, party text DEFAULT NULL,
	country text DEFAULT NULL, address text DEFAULT NULL,
	on_date text DEFAULT NULL, lists text[] DEFAULT NULL,
	thresholds double precision[] DEFAULT
		'{0.5,0.55,0.6,0.65,0.7,0.75,0.8,0.85,0.9,0.95}',
	sample integer DEFAULT 50000, seed integer DEFAULT 0)
RETURNS TABLE (
	list_code text,
	threshold double precision,
	expected_alerts bigint,
	low_alerts bigint,
	high_alerts bigint,
	sampled_parties bigint,
	sampled_alerts bigint)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	lowest double precision;
	share double precision := entity_screen.sample_share(
		threshold_preview.target, threshold_preview.sample);
BEGIN
	SELECT min(u.t) INTO lowest
	FROM unnest(threshold_preview.thresholds) AS u (t);
	PERFORM entity_screen.check_threshold(lowest);
	RETURN QUERY
	WITH found AS MATERIALIZED (
		SELECT s.place, s.list_code, s.score
		FROM entity_screen.sample_hits(threshold_preview.target,
			threshold_preview.key, threshold_preview.party,
			threshold_preview.country, threshold_preview.address,
			threshold_preview.on_date, threshold_preview.lists, lowest,
			threshold_preview.sample, threshold_preview.seed) s
	), counted AS (
		SELECT l.list_code, u.t, f.place, count(f.place) AS hits
		FROM unnest(threshold_preview.thresholds) AS u (t)
		CROSS JOIN (SELECT DISTINCT f.list_code FROM found f
					WHERE f.list_code IS NOT NULL
					UNION
					SELECT c.code FROM unnest(threshold_preview.lists)
						AS c (code)) l
		LEFT JOIN found f ON f.list_code = l.list_code AND f.score >= u.t
		GROUP BY l.list_code, u.t, f.place
	), summed AS (
		SELECT c.list_code, c.t, sum(c.hits)::bigint AS hits,
			(sum(c.hits * c.hits) + max(c.hits * c.hits))::double precision
				/ nullif(sum(c.hits), 0) AS dispersion
		FROM counted c
		GROUP BY c.list_code, c.t
	)
	SELECT s.list_code, s.t, round(i.expected)::bigint,
		floor(i.low)::bigint, ceil(i.high)::bigint,
		(SELECT f.place FROM found f WHERE f.list_code IS NULL), s.hits
	FROM summed s
	CROSS JOIN LATERAL entity_screen.count_interval(s.hits, s.dispersion,
													share) i
	ORDER BY s.list_code, s.t;
END;
$$;
COMMENT ON FUNCTION entity_screen.threshold_preview(regclass, text, text, text, text, text, text[], double precision[], integer, integer) IS
'Alerts to expect of a table by list and threshold, from a sample, with an interval of 95 %. Records nothing.';

/*
 * line_sample(target, ...) - pairs just above and just below the line
 *
 * target to on_date  as screen_table()
 * threshold	  the line; default: of each list as configured
 * band			  how far from the line, default 0.05
 * pairs		  how many of each side, default 20, drawn at random
 * sample, seed	  as threshold_preview()
 *
 * Result: side is above_the_line or below_the_line.  For a person to judge
 * whether the line stands right.
 */
CREATE FUNCTION entity_screen.line_sample(target regclass,
	key text DEFAULT NULL, party text DEFAULT NULL,
	country text DEFAULT NULL, address text DEFAULT NULL,
	on_date text DEFAULT NULL, lists text[] DEFAULT NULL,
	threshold double precision DEFAULT NULL,
	band double precision DEFAULT 0.05, pairs integer DEFAULT 20,
	sample integer DEFAULT 50000, seed integer DEFAULT 0)
RETURNS TABLE (
	side text,
	party_ref text,
	party_name text,
	list_code text,
	entry_id bigint,
	entry_name text,
	matched_name text,
	score double precision,
	explanation jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	lowest double precision;
BEGIN
	IF line_sample.band IS NULL OR NOT line_sample.band BETWEEN 0 AND 0.7
		OR line_sample.pairs IS NULL OR line_sample.pairs < 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
			MESSAGE = 'band or pairs is out of range',
			DETAIL = 'band is between 0 and 0.7, pairs is not negative.',
			HINT = 'The defaults are 0.05 and 20.';
	END IF;
	IF line_sample.threshold IS NOT NULL THEN
		PERFORM entity_screen.check_threshold(line_sample.threshold);
	END IF;
	lowest := greatest(0.30, coalesce(line_sample.threshold,
		(SELECT min(t.threshold)
		 FROM entity_screen.lines_of(line_sample.lists) t))
		- line_sample.band);
	RETURN QUERY
	WITH near AS (
		SELECT s.*, l.line,
			CASE WHEN s.score >= l.line THEN 'above_the_line'
				ELSE 'below_the_line' END AS side
		FROM entity_screen.sample_hits(line_sample.target, line_sample.key,
			line_sample.party, line_sample.country, line_sample.address,
			line_sample.on_date, line_sample.lists, lowest,
			line_sample.sample, line_sample.seed) s
		JOIN (SELECT t.list_code,
				coalesce(line_sample.threshold, t.threshold) AS line
			  FROM entity_screen.lines_of(line_sample.lists) t) l
			ON l.list_code = s.list_code
		WHERE abs(s.score - l.line) <= line_sample.band
	), drawn AS (
		SELECT n.*, row_number() OVER (PARTITION BY n.side
			ORDER BY md5(line_sample.seed || ' ' || n.place || ' '
						 || n.entry_id)) AS turn
		FROM near n
	)
	SELECT d.side, d.party_ref, d.party_name, d.list_code, d.entry_id,
		d.entry_name, d.matched_name, d.score, d.explanation
	FROM drawn d
	WHERE d.turn <= line_sample.pairs
	ORDER BY d.score DESC, d.party_name, d.entry_id;
END;
$$;
COMMENT ON FUNCTION entity_screen.line_sample(regclass, text, text, text, text, text, text[], double precision, double precision, integer, integer, integer) IS
'Pairs of party and entry drawn at random from just above and just below the threshold, with explanations. Records nothing.';

CREATE FUNCTION entity_screen.lines_of(lists text[])
RETURNS TABLE (list_code text, threshold double precision)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT s.list_code, s.threshold
	FROM entity_screen.scope_for(entity_screen.asked_lists(lists), NULL,
								 entity_screen.session_role()) s
	WHERE s.problem IS DISTINCT FROM 'unknown list';
END;
COMMENT ON FUNCTION entity_screen.lines_of(text[]) IS
'The thresholds with which the lists that the session may see are screened now; null: all of them that are loaded';
