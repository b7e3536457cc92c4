/*
 * 74_summary: for people at psql, what goes on and the morning look
 */

/*
 * The server shows progress of its own commands only, so loads and runs over
 * tables report as a COPY: of ours, or of the table that is screened.
 */
CREATE VIEW entity_screen.v_progress
WITH (security_invoker = true) AS
SELECT p.pid, a.usename::text AS user_name, a.application_name,
	CASE WHEN c.relnamespace = 'entity_screen'::regnamespace
		THEN 'load' ELSE 'screening' END AS work_code,
	CASE WHEN c.relnamespace = 'entity_screen'::regnamespace
		THEN 'Load of a list' ELSE 'Screening of a table' END AS work_label,
	format('%I.%I', n.nspname, c.relname) AS target,
	p.tuples_processed AS row_count, p.bytes_processed, p.bytes_total,
	a.query_start AS started_at
FROM pg_stat_progress_copy p
JOIN pg_stat_activity a ON a.pid = p.pid
JOIN pg_class c ON c.oid = p.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.datname = current_database()
	AND (c.relnamespace = 'entity_screen'::regnamespace
		OR a.query ~ 'entity_screen');
COMMENT ON VIEW entity_screen.v_progress IS
'Loads, screenings and rescreenings under way in this database';
COMMENT ON COLUMN entity_screen.v_progress.pid IS 'Process of the server';
COMMENT ON COLUMN entity_screen.v_progress.user_name IS 'Who runs it';
COMMENT ON COLUMN entity_screen.v_progress.application_name IS
'application_name of the session';
COMMENT ON COLUMN entity_screen.v_progress.work_code IS
'load or screening';
COMMENT ON COLUMN entity_screen.v_progress.work_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_progress.target IS
'Table that is written by a load, or read by a screening';
COMMENT ON COLUMN entity_screen.v_progress.row_count IS
'Rows or operations done so far';
COMMENT ON COLUMN entity_screen.v_progress.bytes_processed IS
'While a file is read: bytes done';
COMMENT ON COLUMN entity_screen.v_progress.bytes_total IS
'... of so many; 0 when not known';
COMMENT ON COLUMN entity_screen.v_progress.started_at IS
'When its statement began';

/*
 * The morning look: one row a topic, whatever is to be done first.  It only
 * reads views, so it shows what the reader may see.
 */

CREATE FUNCTION entity_screen.summary()
RETURNS TABLE (
	topic text,
	status text,
	detail text,
	command text)
LANGUAGE sql STABLE
SET jit = off
BEGIN ATOMIC
	SELECT s.topic, s.status, s.detail, s.command
	FROM (
		SELECT 'lists' AS topic,
			CASE WHEN count(*) FILTER (WHERE NOT l.is_usable) > 0
				OR count(*) = 0 THEN 'bad' ELSE 'ok' END AS status,
			count(*) || ' loaded, ' || count(*) FILTER (WHERE NOT l.is_usable)
				|| ' cannot be asked' || coalesce(': ' || string_agg(
					l.list_code || ' (' || l.problem || ')', ', '
					ORDER BY l.list_code), '') AS detail,
			'SELECT * FROM entity_screen.v_list_status' AS command,
			1 AS place
		FROM entity_screen.v_list_status l
		WHERE l.loaded_at IS NOT NULL
		UNION ALL
		SELECT 'guards',
			CASE WHEN count(g.problem) > 0 THEN 'bad' ELSE 'ok' END,
			count(*) || ' tables guarded, ' || count(g.problem)
				|| ' with a problem' || coalesce(': ' || string_agg(
					g.target || ' (' || g.problem || ')', ', '
					ORDER BY g.target), ''),
			'SELECT * FROM entity_screen.v_guard', 2
		FROM entity_screen.v_guard g
		UNION ALL
		SELECT 'alerts',
			CASE WHEN max(w.hours_open) > 24 THEN 'warning' ELSE 'ok' END,
			count(*) || ' wait for a person'
				|| coalesce(', the oldest for ' || max(w.hours_open)
					|| ' hours', ''),
			'SELECT * FROM entity_screen.v_worklist ORDER BY place', 3
		FROM entity_screen.v_worklist w
		UNION ALL
		SELECT 'exceptions',
			CASE WHEN count(*) > 0 THEN 'warning' ELSE 'ok' END,
			count(*) || ' end within 30 days',
			'SELECT * FROM entity_screen.v_exception WHERE status_code = ''approved'' AND days_left < 30',
			4
		FROM entity_screen.v_exception e
		WHERE e.status_code = 'approved' AND e.days_left < 30
		UNION ALL
		SELECT 'screenings today',
			CASE WHEN sum(d.screening_count) FILTER (
				WHERE d.decision_code = 'screening_failed') > 0
				THEN 'bad' ELSE 'ok' END,
			coalesce(sum(d.screening_count), 0) || ' parties, '
				|| coalesce(sum(d.screening_count) FILTER (
					WHERE d.decision_code NOT IN ('clear', 'suppressed')), 0)
				|| ' of them not clear, '
				|| coalesce(sum(d.screening_count) FILTER (
					WHERE d.decision_code = 'screening_failed'), 0)
				|| ' could not be screened',
			'SELECT * FROM entity_screen.v_screening_daily ORDER BY day_at DESC',
			5
		FROM entity_screen.v_screening_daily d
		WHERE d.day_at = date_trunc('day', now())) s
	ORDER BY s.place;
END;
COMMENT ON FUNCTION entity_screen.summary() IS
'The morning look: one row a topic with status (ok, warning, bad), what there is, and the query that shows more';
