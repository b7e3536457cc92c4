/*
 * 72_screening_report: what was screened and hit
 */

CREATE VIEW entity_screen.v_screening_daily
WITH (security_invoker = true) AS
SELECT date_trunc('day', c.quarter_at) AS day_at, c.target,
	c.action AS action_code,
	entity_screen.code_label(c.action) AS action_label,
	c.decision AS decision_code,
	entity_screen.code_label(c.decision) AS decision_label,
	sum(c.screening_count)::bigint AS screening_count,
	sum(c.hit_count)::bigint AS hit_count
FROM (
	SELECT s.quarter_at, s.target, s.action, s.decision, s.screening_count,
		s.hit_count
	FROM entity_screen.screening_count s
	UNION ALL
	SELECT u.event_at, u.target, u.action, u.decision,
		coalesce(u.row_count, 1), u.hit_count
	FROM entity_screen.uncounted_event() u
	WHERE u.row_operation <> 'release') c
GROUP BY date_trunc('day', c.quarter_at), c.target, c.action, c.decision;
COMMENT ON VIEW entity_screen.v_screening_daily IS
'Parties screened on each day of the session''s time zone, by table and outcome';
COMMENT ON COLUMN entity_screen.v_screening_daily.day_at IS
'Begin of the day in the time zone of the session';
COMMENT ON COLUMN entity_screen.v_screening_daily.target IS
'Table of the screened rows';
COMMENT ON COLUMN entity_screen.v_screening_daily.action_code IS
'Action of the guard';
COMMENT ON COLUMN entity_screen.v_screening_daily.action_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_screening_daily.decision_code IS
'What came of it';
COMMENT ON COLUMN entity_screen.v_screening_daily.decision_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_screening_daily.screening_count IS
'Parties screened';
COMMENT ON COLUMN entity_screen.v_screening_daily.hit_count IS
'Entries hit';

CREATE VIEW entity_screen.v_hit_daily
WITH (security_invoker = true) AS
SELECT date_trunc('day', c.quarter_at) AS day_at, c.target, c.list_code,
	c.tranche_id, c.decision AS decision_code,
	entity_screen.code_label(c.decision) AS decision_label,
	sum(c.hit_count)::bigint AS hit_count
FROM (
	SELECT s.quarter_at, s.target, s.list_code, s.tranche_id, s.decision,
		s.hit_count
	FROM entity_screen.hit_count s
	UNION ALL
	SELECT u.event_at, u.target, h.list_code, h.tranche_id, u.decision, 1
	FROM entity_screen.uncounted_event() u
	CROSS JOIN LATERAL jsonb_to_recordset(u.hits)
		AS h (list_code text, tranche_id bigint)
	WHERE u.hits IS NOT NULL) c
GROUP BY date_trunc('day', c.quarter_at), c.target, c.list_code,
	c.tranche_id, c.decision;
COMMENT ON VIEW entity_screen.v_hit_daily IS
'Entries hit on each day of the session''s time zone, by table, list and tranche';
COMMENT ON COLUMN entity_screen.v_hit_daily.day_at IS
'Begin of the day in the time zone of the session';
COMMENT ON COLUMN entity_screen.v_hit_daily.target IS
'Table of the screened rows';
COMMENT ON COLUMN entity_screen.v_hit_daily.list_code IS 'List hit';
COMMENT ON COLUMN entity_screen.v_hit_daily.tranche_id IS
'Tranche whose text was the law on the date of the row';
COMMENT ON COLUMN entity_screen.v_hit_daily.decision_code IS
'What came of the party';
COMMENT ON COLUMN entity_screen.v_hit_daily.decision_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_hit_daily.hit_count IS 'Entries hit';

CREATE VIEW entity_screen.v_hit_by_tranche
WITH (security_invoker = true) AS
SELECT h.tranche_id, h.list_code, t.citation, t.title,
	(SELECT string_agg(DISTINCT o.reason, '; ')
	 FROM entity_screen.tranche_operation o
	 WHERE o.tranche_id = h.tranche_id) AS reason,
	t.published_on, t.effective_on, sum(h.hit_count)::bigint AS hit_count,
	min(h.day_at) AS first_day_at, max(h.day_at) AS last_day_at
FROM entity_screen.v_hit_daily h
JOIN entity_screen.tranche t ON t.tranche_id = h.tranche_id
GROUP BY h.tranche_id, h.list_code, t.tranche_id;
COMMENT ON VIEW entity_screen.v_hit_by_tranche IS
'Hits of each tranche, with the reason of its listings';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.tranche_id IS 'Tranche';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.list_code IS 'List';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.citation IS
'Citation of the tranche';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.title IS 'Its title';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.reason IS
'Why the authority listed its entries';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.published_on IS
'Published';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.effective_on IS
'Effective';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.hit_count IS
'Entries hit by screened parties';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.first_day_at IS
'Day of the first hit';
COMMENT ON COLUMN entity_screen.v_hit_by_tranche.last_day_at IS
'Day of the last hit';

CREATE VIEW entity_screen.v_screening_hit
WITH (security_invoker = true) AS
SELECT e.event_id, e.event_at, e.target, e.party_ref, e.party_column,
	e.party, e.country, e.on_date, e.decision AS decision_code,
	entity_screen.code_label(e.decision) AS decision_label,
	h.list_code, h.entry_id, h.entry_version_id, h.entry_name,
	h.matched_name, h.score, h.tranche_id, h.citation,
	array_to_string(h.citations, '; ') AS citations, v.reason,
	h.license_requirement, h.license_review_policy,
	h.legal_effect AS legal_effect_code,
	entity_screen.code_label(h.legal_effect) AS legal_effect_label,
	h.suppressed_by,
	(SELECT min(r.event_at)
	 FROM entity_screen.screening_event r
	 WHERE r.party_ref = e.party_ref AND r.target = e.target
		AND r.row_operation = 'release' AND r.event_at > e.event_at)
		AS released_at
FROM entity_screen.screening_event e
CROSS JOIN LATERAL jsonb_to_recordset(e.hits) AS h (
	list_code text, entry_id bigint, entry_version_id bigint,
	entry_name text, matched_name text, score double precision,
	tranche_id bigint, citation text, citations text[],
	license_requirement text, license_review_policy text, legal_effect text,
	suppressed_by bigint)
LEFT JOIN entity_screen.entry_version v
	ON v.entry_version_id = h.entry_version_id
WHERE e.hits IS NOT NULL;
COMMENT ON VIEW entity_screen.v_screening_hit IS
'Every hit in the evidence, one row for each screened party and entry';
COMMENT ON COLUMN entity_screen.v_screening_hit.event_id IS 'Event';
COMMENT ON COLUMN entity_screen.v_screening_hit.event_at IS
'When it was screened';
COMMENT ON COLUMN entity_screen.v_screening_hit.target IS
'Table of the row';
COMMENT ON COLUMN entity_screen.v_screening_hit.party_ref IS
'Key of the row';
COMMENT ON COLUMN entity_screen.v_screening_hit.party_column IS
'Column that holds the party';
COMMENT ON COLUMN entity_screen.v_screening_hit.party IS
'The party as stored';
COMMENT ON COLUMN entity_screen.v_screening_hit.country IS 'Its country';
COMMENT ON COLUMN entity_screen.v_screening_hit.on_date IS
'The date the law was asked for';
COMMENT ON COLUMN entity_screen.v_screening_hit.decision_code IS
'What came of the party';
COMMENT ON COLUMN entity_screen.v_screening_hit.decision_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_screening_hit.list_code IS 'List hit';
COMMENT ON COLUMN entity_screen.v_screening_hit.entry_id IS 'Entry hit';
COMMENT ON COLUMN entity_screen.v_screening_hit.entry_version_id IS
'Its text on the date';
COMMENT ON COLUMN entity_screen.v_screening_hit.entry_name IS
'Primary name of the entry';
COMMENT ON COLUMN entity_screen.v_screening_hit.matched_name IS
'The name of the entry that is most like the party';
COMMENT ON COLUMN entity_screen.v_screening_hit.score IS
'How like, 0 to 1';
COMMENT ON COLUMN entity_screen.v_screening_hit.tranche_id IS
'Tranche whose text was the law on the date';
COMMENT ON COLUMN entity_screen.v_screening_hit.citation IS
'Citation of that tranche';
COMMENT ON COLUMN entity_screen.v_screening_hit.citations IS
'Citations of the entry on the date, separated by semicolons';
COMMENT ON COLUMN entity_screen.v_screening_hit.reason IS
'Why the authority lists the entry';
COMMENT ON COLUMN entity_screen.v_screening_hit.license_requirement IS
'Verbatim text on the date';
COMMENT ON COLUMN entity_screen.v_screening_hit.license_review_policy IS
'Verbatim text on the date';
COMMENT ON COLUMN entity_screen.v_screening_hit.legal_effect_code IS
'Class of the consequence';
COMMENT ON COLUMN entity_screen.v_screening_hit.legal_effect_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_screening_hit.suppressed_by IS
'Exception that suppressed the hit; null: none did';

COMMENT ON COLUMN entity_screen.v_screening_hit.released_at IS
'When the row was released after that; null: it was not';

/*
 * Statistics, since the first screening: monotone counters for exporters.
 * Guards count every party; a run over a table makes events of hits alone,
 * and its rows are counted apart.
 */
CREATE VIEW entity_screen.v_target_total
WITH (security_invoker = true) AS
SELECT target, coalesce(d.screening_count, 0) AS screening_count,
	coalesce(d.hit_count, 0) AS hit_count,
	coalesce(d.alerted_count, 0) AS alerted_count,
	coalesce(d.held_count, 0) AS held_count,
	coalesce(d.rejected_count, 0) AS rejected_count,
	coalesce(d.failed_count, 0) AS failed_count,
	coalesce(a.alert_count, 0) AS alert_count,
	coalesce(r.run_count, 0) AS run_count,
	coalesce(r.run_row_count, 0) AS run_row_count
FROM (
	SELECT v.target, sum(v.screening_count)::bigint AS screening_count,
		sum(v.hit_count)::bigint AS hit_count,
		(sum(v.screening_count) FILTER (
			WHERE v.decision_code = 'alerted'))::bigint AS alerted_count,
		(sum(v.screening_count) FILTER (
			WHERE v.decision_code = 'held'))::bigint AS held_count,
		(sum(v.screening_count) FILTER (
			WHERE v.decision_code = 'rejected'))::bigint AS rejected_count,
		(sum(v.screening_count) FILTER (
			WHERE v.decision_code = 'screening_failed'))::bigint
			AS failed_count
	FROM entity_screen.v_screening_daily v
	GROUP BY v.target) d
FULL JOIN (
	SELECT s.target, count(*) AS run_count,
		coalesce(sum(s.row_count), 0)::bigint AS run_row_count
	FROM entity_screen.screening_run s
	WHERE s.run_status = 'finished' AND s.target IS NOT NULL
	GROUP BY s.target) r USING (target)
FULL JOIN (
	SELECT t.target, count(*) AS alert_count
	FROM entity_screen.alert t
	GROUP BY t.target) a USING (target);
COMMENT ON VIEW entity_screen.v_target_total IS
'Counters of each guarded or screened table since the first screening';
COMMENT ON COLUMN entity_screen.v_target_total.target IS 'Table';
COMMENT ON COLUMN entity_screen.v_target_total.screening_count IS
'Parties screened by guards, and hit in runs';
COMMENT ON COLUMN entity_screen.v_target_total.hit_count IS 'Entries hit';
COMMENT ON COLUMN entity_screen.v_target_total.alerted_count IS
'Parties alerted';
COMMENT ON COLUMN entity_screen.v_target_total.held_count IS 'Parties held';
COMMENT ON COLUMN entity_screen.v_target_total.rejected_count IS
'Parties rejected';
COMMENT ON COLUMN entity_screen.v_target_total.failed_count IS
'Parties that could not be screened';
COMMENT ON COLUMN entity_screen.v_target_total.alert_count IS
'Alerts opened, whatever came of them';
COMMENT ON COLUMN entity_screen.v_target_total.run_count IS
'Finished runs over the whole table';
COMMENT ON COLUMN entity_screen.v_target_total.run_row_count IS
'Rows they screened';

CREATE VIEW entity_screen.v_list_total
WITH (security_invoker = true) AS
SELECT list_code, target, coalesce(d.hit_count, 0) AS hit_count,
	coalesce(d.held_hit_count, 0) AS held_hit_count,
	coalesce(d.rejected_hit_count, 0) AS rejected_hit_count,
	coalesce(a.alert_count, 0) AS alert_count
FROM (
	SELECT v.list_code, v.target, sum(v.hit_count)::bigint AS hit_count,
		(sum(v.hit_count) FILTER (
			WHERE v.decision_code = 'held'))::bigint AS held_hit_count,
		(sum(v.hit_count) FILTER (
			WHERE v.decision_code = 'rejected'))::bigint
			AS rejected_hit_count
	FROM entity_screen.v_hit_daily v
	GROUP BY v.list_code, v.target) d
FULL JOIN (
	SELECT t.list_code, t.target, count(*) AS alert_count
	FROM entity_screen.alert t
	WHERE t.list_code IS NOT NULL
	GROUP BY t.list_code, t.target) a USING (list_code, target);
COMMENT ON VIEW entity_screen.v_list_total IS
'Counters of each list and table since the first screening';
COMMENT ON COLUMN entity_screen.v_list_total.list_code IS 'List';
COMMENT ON COLUMN entity_screen.v_list_total.target IS 'Table';
COMMENT ON COLUMN entity_screen.v_list_total.hit_count IS 'Entries hit';
COMMENT ON COLUMN entity_screen.v_list_total.held_hit_count IS
'... of parties that were held';
COMMENT ON COLUMN entity_screen.v_list_total.rejected_hit_count IS
'... of parties that were rejected';
COMMENT ON COLUMN entity_screen.v_list_total.alert_count IS
'Alerts opened, whatever came of them';
