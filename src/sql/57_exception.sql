/*
 * 57_exception: approved non-matches
 *
 * An exception says that a party is not an entry.  It holds for a row of a
 * table or for a normal form and country, until a date, and only as long as
 * what was reviewed stays the same on both sides.  It never removes a hit:
 * the hit is recorded with suppressed_by.
 */

CREATE TABLE entity_screen.exception (
	exception_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	exception_scope text NOT NULL CHECK (exception_scope IN (
		'party_ref', 'name')),
	target text,
	party_ref text,
	party_column text,
	party text NOT NULL,
	party_normal_form text NOT NULL,
	country text,
	entry_id bigint NOT NULL,
	list_code text NOT NULL,
	entry_name text NOT NULL,
	score double precision NOT NULL,
	party_key bytea NOT NULL,
	entry_key bytea NOT NULL,
	reason text NOT NULL CHECK (reason <> ''),
	evidence text,
	valid_until date NOT NULL,
	alert_id bigint NOT NULL,
	exception_status text NOT NULL CHECK (exception_status IN (
		'proposed', 'approved', 'refused', 'revoked', 'expired',
		'reopened')),
	proposed_by name NOT NULL,
	proposed_at timestamptz NOT NULL,
	decided_by name,
	decided_at timestamptz,
	ended_at timestamptz,
	end_reason text,
	notice text,
	CONSTRAINT exception_four_eyes CHECK (
		exception_status IN ('proposed', 'refused', 'revoked')
		OR decided_by <> proposed_by),
	CHECK (exception_status NOT IN ('approved', 'expired', 'reopened')
		   OR decided_by IS NOT NULL),
	CHECK (exception_scope <> 'party_ref'
		   OR (target IS NOT NULL AND party_ref IS NOT NULL))
);
COMMENT ON TABLE entity_screen.exception IS
'Approved non-matches of a party and an entry: proposed by one person, approved by another, ending on a date or when either side changes';
COMMENT ON COLUMN entity_screen.exception.exception_id IS
'Number given by this database; hits carry it as suppressed_by';
COMMENT ON COLUMN entity_screen.exception.exception_scope IS
'party_ref: one row of a table; name: every party of the normal form and country';
COMMENT ON COLUMN entity_screen.exception.target IS
'Table of the row; null for scope name';
COMMENT ON COLUMN entity_screen.exception.party_ref IS
'Key of the row; null for scope name';
COMMENT ON COLUMN entity_screen.exception.party_column IS
'Column that holds the party; null for scope name';
COMMENT ON COLUMN entity_screen.exception.party IS 'The party as reviewed';
COMMENT ON COLUMN entity_screen.exception.party_normal_form IS
'Its normal form';
COMMENT ON COLUMN entity_screen.exception.country IS
'Its country as reviewed';
COMMENT ON COLUMN entity_screen.exception.entry_id IS
'The entry that the party is not';
COMMENT ON COLUMN entity_screen.exception.list_code IS 'Its list';
COMMENT ON COLUMN entity_screen.exception.entry_name IS
'Its name as reviewed';
COMMENT ON COLUMN entity_screen.exception.score IS
'Score as reviewed; a higher one is not covered';
COMMENT ON COLUMN entity_screen.exception.party_key IS
'Review key of the party, see party_review_key()';
COMMENT ON COLUMN entity_screen.exception.entry_key IS
'Review key of the entry, see entry_review_key()';
COMMENT ON COLUMN entity_screen.exception.reason IS
'Why the party is not the entry';
COMMENT ON COLUMN entity_screen.exception.evidence IS
'What shows it: documents, sources';
COMMENT ON COLUMN entity_screen.exception.valid_until IS
'Last day on which it holds, in UTC';
COMMENT ON COLUMN entity_screen.exception.alert_id IS
'Alert from which it was proposed';
COMMENT ON COLUMN entity_screen.exception.exception_status IS
'proposed, approved, refused, revoked (by a person), expired, or reopened (a side changed)';
COMMENT ON COLUMN entity_screen.exception.proposed_by IS
'Session user who proposed it';
COMMENT ON COLUMN entity_screen.exception.proposed_at IS 'When';
COMMENT ON COLUMN entity_screen.exception.decided_by IS
'Session user who approved or refused it; another person when approved';
COMMENT ON COLUMN entity_screen.exception.decided_at IS 'When';
COMMENT ON COLUMN entity_screen.exception.ended_at IS
'When it stopped to hold before or at its date';
COMMENT ON COLUMN entity_screen.exception.end_reason IS
'Why: party_changed, entry_changed, score_rose, expired, or what a person wrote';
COMMENT ON COLUMN entity_screen.exception.notice IS
'policy_changed: the legal text of the entry changed, which does not end it';

CREATE INDEX exception_entry_idx ON entity_screen.exception (entry_id)
	WHERE exception_status = 'approved';

SELECT pg_catalog.pg_extension_config_dump('entity_screen.exception', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.exception_exception_id_seq', '');

/*
 * The approved exceptions that speak of a party and an entry, and what keeps
 * one from suppressing the hit: null when nothing does.
 */
CREATE FUNCTION entity_screen.exception_for(target text, party_ref text,
	party_column text, party text, country text, address text,
	entry_id bigint, score double precision)
RETURNS TABLE (
	exception_id bigint,
	problem text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT e.exception_id,
		CASE
			WHEN e.valid_until < (now() AT TIME ZONE 'UTC')::date
				THEN 'expired'
			WHEN e.entry_key <> entity_screen.entry_review_key(e.entry_id)
				THEN 'entry_changed'
			WHEN e.exception_scope = 'party_ref'
				AND e.party_key <> entity_screen.party_review_key(
					exception_for.party, exception_for.country,
					exception_for.address)
				THEN 'party_changed'
			WHEN exception_for.score > e.score THEN 'score_rose'
		END
	FROM entity_screen.exception e
	WHERE e.entry_id = exception_for.entry_id
		AND e.exception_status = 'approved'
		AND CASE e.exception_scope
			WHEN 'party_ref' THEN e.target = exception_for.target
				AND e.party_ref = exception_for.party_ref
				AND e.party_column IS NOT DISTINCT FROM
					exception_for.party_column
			ELSE entity_screen.is_same_form(e.party_normal_form, e.party,
					exception_for.party)
				AND entity_screen.name_key(coalesce(e.country, ''))
					= entity_screen.name_key(
						coalesce(exception_for.country, '')) END;
END;
COMMENT ON FUNCTION entity_screen.exception_for(text, text, text, text, text, text, bigint, double precision) IS
'Internal: approved exceptions about a party and an entry; problem: why one does not suppress the hit, null when it does';

/*
 * suppress_hits() - mark hits that an exception covers
 *
 * hits is the array of a screening event.  Returns the same array; a hit
 * that is covered has the key suppressed_by with the exception's number.
 */
CREATE FUNCTION entity_screen.suppress_hits(target text, party_ref text,
	party_column text, party text, country text, address text, hits jsonb)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_agg(CASE WHEN s.exception_id IS NULL THEN h.hit
			ELSE h.hit || jsonb_build_object('suppressed_by', s.exception_id)
			END ORDER BY h.place)
	FROM jsonb_array_elements(suppress_hits.hits)
		WITH ORDINALITY AS h (hit, place)
	LEFT JOIN LATERAL (
		SELECT x.exception_id
		FROM entity_screen.exception_for(suppress_hits.target,
			suppress_hits.party_ref, suppress_hits.party_column,
			suppress_hits.party, suppress_hits.country,
			suppress_hits.address, (h.hit ->> 'entry_id')::bigint,
			(h.hit ->> 'score')::double precision) x
		WHERE x.problem IS NULL
		ORDER BY x.exception_id
		LIMIT 1) s ON true;
END;
COMMENT ON FUNCTION entity_screen.suppress_hits(text, text, text, text, text, text, jsonb) IS
'Internal: marks the hits of an event that an approved exception covers with suppressed_by; none is left out';
