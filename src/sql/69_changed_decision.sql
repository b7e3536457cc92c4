/*
 * 69_changed_decision: decisions that were made under another text
 */

/*
 * changed_decisions(tranche_id) - what a rule that reaches back changes
 *
 * Screenings with hits on entries of the tranche, for which the law of the
 * date they were made for is another text today, or none, than the one that
 * stands in the evidence.  After a retroactive correction, a rule loaded
 * late, or a retraction.  lookback() finds what was clear and no longer is.
 */
CREATE FUNCTION entity_screen.changed_decisions(tranche_id bigint)
RETURNS TABLE (
	event_id bigint,
	event_at timestamptz,
	target text,
	party_ref text,
	party text,
	on_date date,
	decision text,
	entry_id bigint,
	entry_name text,
	requirement_then text,
	requirement_now text,
	policy_then text,
	policy_now text,
	is_listed_now boolean)
LANGUAGE sql STABLE ROWS 10
BEGIN ATOMIC
	SELECT e.event_id, e.event_at, e.target, e.party_ref, e.party,
		(h.value ->> 'on_date')::date, e.decision, t.entry_id,
		h.value ->> 'entry_name', h.value ->> 'license_requirement',
		v.license_requirement, h.value ->> 'license_review_policy',
		v.license_review_policy, v.entry_version_id IS NOT NULL
	FROM (SELECT entity_screen.entries_of_tranche(
			changed_decisions.tranche_id) AS entry_id) t
	JOIN entity_screen.screening_event e ON e.hits IS NOT NULL
	JOIN LATERAL jsonb_array_elements(e.hits) h
		ON (h.value ->> 'entry_id')::bigint = t.entry_id
	LEFT JOIN entity_screen.entry_version v
		ON v.entry_id = t.entry_id AND upper_inf(v.known)
		AND v.valid @> (h.value ->> 'on_date')::date
	WHERE v.entry_version_id IS NULL
		OR (v.entry_version_id <> (h.value ->> 'entry_version_id')::bigint
			AND (v.license_requirement, v.license_review_policy,
				 v.destination_country)
				IS DISTINCT FROM (h.value ->> 'license_requirement',
					h.value ->> 'license_review_policy',
					h.value ->> 'destination_country'))
	ORDER BY e.event_id, t.entry_id;
END;
COMMENT ON FUNCTION entity_screen.changed_decisions(bigint) IS
'Past screenings that hit entries of a tranche and for whose date the law is another text today than the one in the evidence';
