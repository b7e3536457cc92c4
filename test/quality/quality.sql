-- Quality of the score on pg_temp.pair, by slices.
--
-- AP is the step-wise average precision with equal scores taken together;
-- AUC counts ties as half; recall_p95 is the largest recall at a threshold
-- where precision is at least 0.95.

CREATE TABLE pg_temp.scored AS
SELECT entity_similarity(query::entity_name, candidate::entity_name) AS score,
	   is_match::int = 1 AS is_match,
	   kind,
	   query || candidate ~ '[^\u0001-\u024F\u1E00-\u1EFF\u2010-\u206F]'
		   AS is_other_script
FROM pg_temp.pair;

CREATE TABLE pg_temp.sliced AS
SELECT 1 AS place, 'all' AS slice, score, is_match FROM pg_temp.scored
UNION ALL
SELECT 2, 'kind ' || kind, score, is_match FROM pg_temp.scored
UNION ALL
SELECT 3, CASE WHEN is_other_script THEN 'other or mixed script'
			   ELSE 'both Latin' END, score, is_match
FROM pg_temp.scored
UNION ALL
SELECT 4, kind || CASE WHEN is_other_script THEN ', other or mixed script'
					   ELSE ', both Latin' END, score, is_match
FROM pg_temp.scored;

\pset footer off
\echo Quality of entity_similarity
WITH step AS (
	SELECT place, slice, score,
		   count(*) FILTER (WHERE is_match) AS matches,
		   count(*) FILTER (WHERE NOT is_match) AS others
	FROM pg_temp.sliced
	GROUP BY place, slice, score
), curve AS (
	SELECT *,
		   sum(matches) OVER w AS tp,
		   sum(others) OVER w AS fp,
		   sum(matches) OVER (PARTITION BY place, slice) AS p,
		   sum(others) OVER (PARTITION BY place, slice) AS n
	FROM step
	WINDOW w AS (PARTITION BY place, slice ORDER BY score DESC)
), measured AS (
	SELECT *, tp / (tp + fp) AS precision,
		   tp / nullif(p, 0) AS recall,
		   2 * tp / (tp + fp + p) AS f1
	FROM curve
)
SELECT slice, max(p + n) AS pairs, max(p) AS matches,
	   round(sum(others * (tp - matches / 2.0)) / nullif(max(p) * max(n), 0),
			 4) AS auc,
	   round(sum(precision * matches) / nullif(max(p), 0), 4) AS ap,
	   round(max(f1), 4) AS best_f1,
	   (array_agg(score ORDER BY f1 DESC, score DESC))[1] AS f1_threshold,
	   coalesce(round(max(recall) FILTER (WHERE precision >= 0.95), 4), 0)
		   AS recall_p95,
	   min(score) FILTER (WHERE precision >= 0.95) AS p95_threshold
FROM measured
GROUP BY place, slice
ORDER BY place, slice;

\echo Recall and precision at thresholds
SELECT round(t / 100.0, 2) AS threshold,
	   round(count(*) FILTER (WHERE is_match AND score >= t / 100.0)
			 / nullif(count(*) FILTER (WHERE is_match), 0)::numeric, 4)
		   AS recall,
	   round(count(*) FILTER (WHERE is_match AND score >= t / 100.0)
			 / nullif(count(*) FILTER (WHERE score >= t / 100.0), 0)::numeric,
			 4) AS precision
FROM pg_temp.scored, generate_series(50, 95, 5) t
GROUP BY t
ORDER BY t;
