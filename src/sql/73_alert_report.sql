/*
 * 73_alert_report: what people have to do, and did
 */

/*
 * Every change of an alert counts on its day; open_count is the backlog at
 * the end of the day, of the table and list.
 */
CREATE VIEW entity_screen.v_alert_daily
WITH (security_invoker = true) AS
WITH change AS (
	SELECT date_trunc('day', h.done_at) AS day_at, a.target, a.list_code,
		h.from_status, h.to_status, h.disposition,
		(h.to_status NOT IN ('closed', 'superseded'))::integer
			- coalesce(h.from_status NOT IN ('closed', 'superseded'), false)
				::integer AS step
	FROM entity_screen.alert_history h
	JOIN entity_screen.alert a ON a.alert_id = h.alert_id
)
SELECT c.day_at, c.target, c.list_code,
	count(*) FILTER (WHERE c.from_status IS NULL) AS opened_count,
	count(*) FILTER (WHERE c.to_status = 'reopened') AS reopened_count,
	count(*) FILTER (WHERE c.to_status = 'closed') AS closed_count,
	count(*) FILTER (WHERE c.to_status = 'closed'
		AND c.disposition = 'true_match') AS true_match_count,
	count(*) FILTER (WHERE c.to_status = 'closed'
		AND c.disposition = 'false_positive') AS false_positive_count,
	count(*) FILTER (WHERE c.to_status = 'closed'
		AND c.disposition = 'inconclusive') AS inconclusive_count,
	count(*) FILTER (WHERE c.to_status = 'superseded') AS superseded_count,
	(sum(sum(c.step)) OVER (PARTITION BY c.target, c.list_code
		ORDER BY c.day_at))::bigint AS open_count
FROM change c
GROUP BY c.day_at, c.target, c.list_code;
COMMENT ON VIEW entity_screen.v_alert_daily IS
'What happened to alerts on each day of the session''s time zone, by table and list';
COMMENT ON COLUMN entity_screen.v_alert_daily.day_at IS
'Begin of the day in the time zone of the session';
COMMENT ON COLUMN entity_screen.v_alert_daily.target IS 'Table of the rows';
COMMENT ON COLUMN entity_screen.v_alert_daily.list_code IS
'List of the entries; null: alerts of parties that could not be screened';
COMMENT ON COLUMN entity_screen.v_alert_daily.opened_count IS
'Alerts opened for the first time';
COMMENT ON COLUMN entity_screen.v_alert_daily.reopened_count IS
'Alerts reopened';
COMMENT ON COLUMN entity_screen.v_alert_daily.closed_count IS
'Alerts closed; the next three are parts of it';
COMMENT ON COLUMN entity_screen.v_alert_daily.true_match_count IS
'Closed as true match';
COMMENT ON COLUMN entity_screen.v_alert_daily.false_positive_count IS
'Closed as false positive';
COMMENT ON COLUMN entity_screen.v_alert_daily.inconclusive_count IS
'Closed as inconclusive';
COMMENT ON COLUMN entity_screen.v_alert_daily.superseded_count IS
'Replaced by the alert of a later screening';
COMMENT ON COLUMN entity_screen.v_alert_daily.open_count IS
'Alerts of the table and list that still waited at the end of the day';

/*
 * What to look at first: what stops a shipment before what does not, higher
 * scores before lower ones, older before newer.
 */
CREATE VIEW entity_screen.v_worklist
WITH (security_invoker = true) AS
SELECT row_number() OVER (
		ORDER BY a.alert_reason <> 'not_screened', a.score DESC NULLS LAST,
			a.opened_at, a.alert_id) AS place,
	a.alert_id, a.alert_status AS status_code,
	entity_screen.code_label(a.alert_status) AS status_label,
	a.alert_reason AS reason_code,
	entity_screen.code_label(a.alert_reason) AS reason_label,
	a.target, a.party_ref, a.party, a.country, a.list_code, a.entry_id,
	a.entry_name, a.score, a.legal_effect AS legal_effect_code,
	entity_screen.code_label(a.legal_effect) AS legal_effect_label,
	a.assigned_to::text AS assigned_to, a.opened_at,
	round(extract(epoch FROM now() - a.opened_at) / 3600, 1) AS hours_open
FROM entity_screen.alert a
WHERE a.alert_status NOT IN ('closed', 'superseded');
COMMENT ON VIEW entity_screen.v_worklist IS
'Alerts that wait for a person, most pressing first by place';
COMMENT ON COLUMN entity_screen.v_worklist.place IS
'Order of work: parties that could not be screened, then by score, then by age';
COMMENT ON COLUMN entity_screen.v_worklist.alert_id IS 'Alert';
COMMENT ON COLUMN entity_screen.v_worklist.status_code IS
'open, in_review, escalated, awaiting_approval or reopened';
COMMENT ON COLUMN entity_screen.v_worklist.status_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_worklist.reason_code IS
'hit or not_screened';
COMMENT ON COLUMN entity_screen.v_worklist.reason_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_worklist.target IS 'Table of the row';
COMMENT ON COLUMN entity_screen.v_worklist.party_ref IS 'Key of the row';
COMMENT ON COLUMN entity_screen.v_worklist.party IS 'The party as stored';
COMMENT ON COLUMN entity_screen.v_worklist.country IS 'Its country';
COMMENT ON COLUMN entity_screen.v_worklist.list_code IS 'List of the entry';
COMMENT ON COLUMN entity_screen.v_worklist.entry_id IS 'Entry hit';
COMMENT ON COLUMN entity_screen.v_worklist.entry_name IS 'Its name';
COMMENT ON COLUMN entity_screen.v_worklist.score IS 'How like, 0 to 1';
COMMENT ON COLUMN entity_screen.v_worklist.legal_effect_code IS
'Class of the consequence';
COMMENT ON COLUMN entity_screen.v_worklist.legal_effect_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_worklist.assigned_to IS
'Who reviews it; null: nobody yet';
COMMENT ON COLUMN entity_screen.v_worklist.opened_at IS
'When it was opened';
COMMENT ON COLUMN entity_screen.v_worklist.hours_open IS
'Hours since then';

CREATE VIEW entity_screen.v_exception
WITH (security_invoker = true) AS
SELECT e.exception_id, e.exception_scope AS scope_code,
	entity_screen.code_label(e.exception_scope) AS scope_label,
	e.exception_status AS status_code,
	entity_screen.code_label(e.exception_status) AS status_label,
	e.target, e.party_ref, e.party, e.country, e.list_code, e.entry_id,
	e.entry_name, e.score, e.reason, e.valid_until,
	e.valid_until - (now() AT TIME ZONE 'UTC')::date AS days_left,
	e.proposed_by::text AS proposed_by, e.proposed_at,
	e.decided_by::text AS decided_by, e.decided_at, e.ended_at, e.end_reason
FROM entity_screen.exception e;
COMMENT ON VIEW entity_screen.v_exception IS
'Approved and proposed non-matches, with how long they still hold';
COMMENT ON COLUMN entity_screen.v_exception.exception_id IS 'Exception';
COMMENT ON COLUMN entity_screen.v_exception.scope_code IS
'party_ref: one row of a table; name: a normal form and country';
COMMENT ON COLUMN entity_screen.v_exception.scope_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_exception.status_code IS
'proposed, approved, refused, revoked, expired or reopened';
COMMENT ON COLUMN entity_screen.v_exception.status_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_exception.target IS 'Table of the row';
COMMENT ON COLUMN entity_screen.v_exception.party_ref IS 'Key of the row';
COMMENT ON COLUMN entity_screen.v_exception.party IS
'The party that is not the entry';
COMMENT ON COLUMN entity_screen.v_exception.country IS 'Its country';
COMMENT ON COLUMN entity_screen.v_exception.list_code IS
'List of the entry';
COMMENT ON COLUMN entity_screen.v_exception.entry_id IS
'The entry that the party is not';
COMMENT ON COLUMN entity_screen.v_exception.entry_name IS 'Its name';
COMMENT ON COLUMN entity_screen.v_exception.score IS
'Score at the time; a higher one ends the exception';
COMMENT ON COLUMN entity_screen.v_exception.reason IS 'Why';
COMMENT ON COLUMN entity_screen.v_exception.valid_until IS
'Last date on which it holds';
COMMENT ON COLUMN entity_screen.v_exception.days_left IS
'Days until then; negative: over';
COMMENT ON COLUMN entity_screen.v_exception.proposed_by IS 'Who proposed it';
COMMENT ON COLUMN entity_screen.v_exception.proposed_at IS 'When';
COMMENT ON COLUMN entity_screen.v_exception.decided_by IS
'Who approved or refused it';
COMMENT ON COLUMN entity_screen.v_exception.decided_at IS 'When';
COMMENT ON COLUMN entity_screen.v_exception.ended_at IS
'When it ended before its date';
COMMENT ON COLUMN entity_screen.v_exception.end_reason IS 'Why it ended';

CREATE VIEW entity_screen.v_threshold_history
WITH (security_invoker = true) AS
SELECT c.config_id, c.list_code, c.guard_id,
	entity_screen.qualified_name(g.target) AS target, c.names AS names_code,
	CASE c.names WHEN 'weak' THEN 'Weak aliases' ELSE 'Names' END
		AS names_label,
	c.threshold, c.reason, c.set_by::text AS set_by, c.set_at,
	a.approved_by::text AS approved_by, a.approved_at,
	NOT c.needs_approval OR a.config_id IS NOT NULL AS is_approved
FROM entity_screen.screening_config c
LEFT JOIN entity_screen.guard g ON g.guard_id = c.guard_id
LEFT JOIN entity_screen.screening_config_approval a
	ON a.config_id = c.config_id;
COMMENT ON VIEW entity_screen.v_threshold_history IS
'Every version of every threshold, with who set and approved it';
COMMENT ON COLUMN entity_screen.v_threshold_history.config_id IS
'Version number';
COMMENT ON COLUMN entity_screen.v_threshold_history.list_code IS
'List; null: every list without a threshold of its own';
COMMENT ON COLUMN entity_screen.v_threshold_history.guard_id IS
'Guard that it is for; null: for everything that screens';
COMMENT ON COLUMN entity_screen.v_threshold_history.target IS
'Table of that guard; null also when it is no longer protected';
COMMENT ON COLUMN entity_screen.v_threshold_history.names_code IS
'all, or weak: for weak aliases';
COMMENT ON COLUMN entity_screen.v_threshold_history.names_label IS
'The same for people';
COMMENT ON COLUMN entity_screen.v_threshold_history.threshold IS
'Score from which a name is a hit; null: weak aliases alone are none, or no threshold of its own any more';
COMMENT ON COLUMN entity_screen.v_threshold_history.reason IS 'Why';
COMMENT ON COLUMN entity_screen.v_threshold_history.set_by IS 'Who set it';
COMMENT ON COLUMN entity_screen.v_threshold_history.set_at IS 'When';
COMMENT ON COLUMN entity_screen.v_threshold_history.approved_by IS
'Who approved it; null: nobody';
COMMENT ON COLUMN entity_screen.v_threshold_history.approved_at IS 'When';
COMMENT ON COLUMN entity_screen.v_threshold_history.is_approved IS
'Whether it counts';
