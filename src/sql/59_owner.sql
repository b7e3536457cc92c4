/*
 * 59_owner: direct owners of a party, and the rule that decides by date
 *
 * Whether a party that is owned by a listed one is treated as listed depends
 * on the date: such rules begin, are suspended and come back.  The windows
 * are rows of legal_regime, and every answer names the row that decided.
 * Guards act on a party that is captured; watches alert every outcome.
 * Owners of owners are not followed.
 */

CREATE TABLE entity_screen.legal_regime (
	regime_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	regime_code text NOT NULL CHECK (regime_code ~ '^[a-z][a-z0-9_]{2,62}$'),
	title text NOT NULL CHECK (title <> ''),
	list_codes text[] NOT NULL CHECK (cardinality(list_codes) > 0),
	valid daterange NOT NULL CHECK (NOT isempty(valid)),
	regime_status text NOT NULL CHECK (regime_status IN (
		'in_force', 'suspended')),
	share_from numeric NOT NULL CHECK (share_from > 0 AND share_from <= 100),
	citation text,
	note text,
	set_by name NOT NULL,
	set_at timestamptz NOT NULL,
	is_shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE entity_screen.legal_regime IS
'Rules that extend a listing to what listed parties own, with the dates on which they are in force or suspended. Of two rows that hold on a date the newer counts. Append only, through set_regime().';
COMMENT ON COLUMN entity_screen.legal_regime.regime_id IS
'Number given by this database; answers name it';
COMMENT ON COLUMN entity_screen.legal_regime.regime_code IS
'Code of the rule, for example bis_affiliates_50';
COMMENT ON COLUMN entity_screen.legal_regime.title IS 'What it is called';
COMMENT ON COLUMN entity_screen.legal_regime.list_codes IS
'Lists whose entries count as owners';
COMMENT ON COLUMN entity_screen.legal_regime.valid IS
'Dates on which the row holds';
COMMENT ON COLUMN entity_screen.legal_regime.regime_status IS
'in_force: a party owned so far is treated as listed; suspended: it is a red flag';
COMMENT ON COLUMN entity_screen.legal_regime.share_from IS
'Percent from which a party counts as owned, summed over its listed owners';
COMMENT ON COLUMN entity_screen.legal_regime.citation IS
'Where it is published';
COMMENT ON COLUMN entity_screen.legal_regime.note IS
'Remark, for example what was not verified';
COMMENT ON COLUMN entity_screen.legal_regime.set_by IS
'Session user who set it';
COMMENT ON COLUMN entity_screen.legal_regime.set_at IS 'When';
COMMENT ON COLUMN entity_screen.legal_regime.is_shipped IS
'True for rows of the install script, which pg_dump leaves out';

INSERT INTO entity_screen.legal_regime (regime_code, title, list_codes,
	valid, regime_status, share_from, citation, note, set_by, set_at,
	is_shipped)
SELECT v.code, v.title, v.lists, v.valid::daterange, v.status, 50,
	v.citation, v.note, 'entity_screen', '2020-01-01 00:00:00+00', true
FROM (VALUES
	('ofac_50', 'OFAC 50 percent rule',
	 ARRAY['us_ofac_sdn'], '[2014-08-13,)', 'in_force',
	 'OFAC guidance of 2014-08-13',
	 'Interests of several blocked persons are added up.'),
	('ofac_sectoral_50', 'OFAC 50 percent rule for sectoral sanctions',
	 ARRAY['us_ofac_ssi'], '[2014-08-13,)', 'in_force',
	 'OFAC guidance of 2014-08-13', NULL),
	('bis_affiliates_50', 'BIS Affiliates rule',
	 ARRAY['us_bis_el', 'us_bis_meu', 'us_ofac_sdn'],
	 '[2025-09-29,2025-11-10)', 'in_force',
	 'Document 2025-19001, effective 2025-09-29',
	 'Of the SDN List only certain programs are meant; which is not told apart here.'),
	('bis_affiliates_50', 'BIS Affiliates rule',
	 ARRAY['us_bis_el', 'us_bis_meu', 'us_ofac_sdn'],
	 '[2025-11-10,2026-11-10)', 'suspended', '90 FR no. 216',
	 'Suspended for a year.'),
	('bis_affiliates_50', 'BIS Affiliates rule',
	 ARRAY['us_bis_el', 'us_bis_meu', 'us_ofac_sdn'],
	 '[2026-11-10,)', 'in_force', '90 FR no. 216',
	 'Reimposed by the suspension itself unless it was extended: check, and add a row with set_regime() if it was.'))
	AS v (code, title, lists, valid, status, citation, note);

CREATE TABLE entity_screen.party_owner (
	party_owner_id bigint GENERATED ALWAYS AS IDENTITY,
	version_no integer NOT NULL DEFAULT 1,
	target text,
	party_ref text,
	party text,
	owner_name text NOT NULL CHECK (owner_name ~ '[^ \t\r\n]'),
	owner_country text,
	share numeric CHECK (share > 0 AND share <= 100),
	valid daterange NOT NULL CHECK (NOT isempty(valid)),
	source text,
	set_by name NOT NULL,
	set_at timestamptz NOT NULL,
	known tstzrange NOT NULL,
	PRIMARY KEY (party_owner_id, version_no),
	CHECK ((target IS NULL) = (party_ref IS NULL)),
	CHECK (party IS NOT NULL OR party_ref IS NOT NULL)
);
COMMENT ON TABLE entity_screen.party_owner IS
'Direct owners of parties, with their shares and dates, every version of what was said of them. The party is a row of a table, or a name.';
COMMENT ON COLUMN entity_screen.party_owner.party_owner_id IS
'Number given by this database; versions of a statement share it';
COMMENT ON COLUMN entity_screen.party_owner.version_no IS
'1 for what was said first, then counted up';
COMMENT ON COLUMN entity_screen.party_owner.target IS
'Table of the row that is owned, with schema; null when the party is named';
COMMENT ON COLUMN entity_screen.party_owner.party_ref IS
'Key of the row; null when the party is named';
COMMENT ON COLUMN entity_screen.party_owner.party IS
'Name of the party that is owned; counts by its normal form';
COMMENT ON COLUMN entity_screen.party_owner.owner_name IS
'Name of the owner, screened as a party';
COMMENT ON COLUMN entity_screen.party_owner.owner_country IS 'Its country';
COMMENT ON COLUMN entity_screen.party_owner.share IS
'Percent that it owns, above 0 to 100; null: not known';
COMMENT ON COLUMN entity_screen.party_owner.valid IS
'Dates on which it owns it';
COMMENT ON COLUMN entity_screen.party_owner.known IS
'From when until when this database knew it so; an open end: as it knows it now';
COMMENT ON COLUMN entity_screen.party_owner.source IS
'Where that is known from';
COMMENT ON COLUMN entity_screen.party_owner.set_by IS
'Session user who added it';
COMMENT ON COLUMN entity_screen.party_owner.set_at IS 'When';

CREATE INDEX party_owner_row_idx ON entity_screen.party_owner
	(party_ref, target);
CREATE INDEX party_owner_name_idx ON entity_screen.party_owner
	(entity_screen.normal_form_of(party));

SELECT pg_catalog.pg_extension_config_dump('entity_screen.legal_regime',
	'WHERE NOT is_shipped');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.legal_regime_regime_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.party_owner', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.party_owner_party_owner_id_seq', '');

/*
 * A version of an owner is closed once and not changed otherwise.
 */
CREATE FUNCTION entity_screen.refuse_owner_change()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF upper_inf(OLD.known) AND NOT upper_inf(NEW.known)
		AND lower(OLD.known) = lower(NEW.known)
		AND to_jsonb(OLD) - 'known' = to_jsonb(NEW) - 'known' THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'SC006',
		MESSAGE = 'UPDATE of table entity_screen.party_owner is refused',
		DETAIL = 'What was said of an owner is kept.',
		HINT = 'Use entity_screen.end_owner() and entity_screen.add_owner().';
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_owner_change() IS
'Trigger function of party_owner: lets a version be closed, raises SC006 for any other change';

CREATE TRIGGER party_owner_close_only
	BEFORE UPDATE ON entity_screen.party_owner
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_owner_change();
CREATE TRIGGER party_owner_append_only
	BEFORE DELETE ON entity_screen.party_owner
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER party_owner_no_truncate
	BEFORE TRUNCATE ON entity_screen.party_owner
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
ALTER TABLE entity_screen.party_owner
	ENABLE ALWAYS TRIGGER party_owner_close_only,
	ENABLE ALWAYS TRIGGER party_owner_append_only,
	ENABLE ALWAYS TRIGGER party_owner_no_truncate;
COMMENT ON TRIGGER party_owner_close_only ON entity_screen.party_owner IS
'Lets a version be closed, once';
COMMENT ON TRIGGER party_owner_append_only ON entity_screen.party_owner IS
'Refuses deletions';
COMMENT ON TRIGGER party_owner_no_truncate ON entity_screen.party_owner IS
'Refuses deletions';

CREATE TRIGGER legal_regime_append_only
	BEFORE UPDATE OR DELETE ON entity_screen.legal_regime
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
COMMENT ON TRIGGER legal_regime_append_only ON entity_screen.legal_regime IS
'Refuses changes of old versions';
ALTER TABLE entity_screen.legal_regime
	ENABLE ALWAYS TRIGGER legal_regime_append_only;

/*
 * set_regime(regime_code, valid, regime_status, citation, ...) - add a window
 *
 * Lists, title and share default to those of the rule's newest row.  Returns
 * the number of the row.  Errors: 22004 and 22023 for the arguments.
 */
CREATE FUNCTION entity_screen.set_regime(regime_code text, valid daterange,
	regime_status text, citation text, list_codes text[] DEFAULT NULL,
	title text DEFAULT NULL, share_from numeric DEFAULT NULL,
	note text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	before entity_screen.legal_regime;
	id bigint;
BEGIN
	IF set_regime.valid IS NULL OR isempty(set_regime.valid)
		OR coalesce(set_regime.citation, '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'a regime needs dates and a citation',
			DETAIL = 'The dates say when the row holds, the citation where that is published.',
			HINT = 'Pass valid, for example ''[2026-11-10,2027-11-10)'', and citation.';
	END IF;
	IF set_regime.list_codes IS NOT NULL THEN
		PERFORM entity_screen.check_known_lists(set_regime.list_codes);
	END IF;
	SELECT r.* INTO before FROM entity_screen.legal_regime r
	WHERE r.regime_code = set_regime.regime_code
	ORDER BY r.regime_id DESC LIMIT 1;
	IF coalesce(set_regime.regime_status, '') NOT IN
			('in_force', 'suspended')
		OR coalesce(set_regime.regime_code, '') !~ '^[a-z][a-z0-9_]{2,62}$'
		OR NOT coalesce(set_regime.share_from > 0
						AND set_regime.share_from <= 100, true)
		OR (before.regime_id IS NULL AND (set_regime.list_codes IS NULL
			OR coalesce(set_regime.title, '') = '')) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('regime %L cannot be set',
							 set_regime.regime_code),
			DETAIL = 'The code is of lower-case letters, the status in_force or suspended, the share above 0 to 100, and a new rule needs list_codes and title.',
			HINT = 'See entity_screen.legal_regime for the rules there are.';
	END IF;
	INSERT INTO entity_screen.legal_regime (regime_code, title, list_codes,
		valid, regime_status, share_from, citation, note, set_by, set_at)
	VALUES (set_regime.regime_code, coalesce(set_regime.title, before.title),
		coalesce(set_regime.list_codes, before.list_codes),
		set_regime.valid, set_regime.regime_status,
		coalesce(set_regime.share_from, before.share_from, 50),
		set_regime.citation, set_regime.note, session_user,
		clock_timestamp())
	RETURNING regime_id INTO id;
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.set_regime(text, daterange, text, text, text[], text, numeric, text) IS
'Adds a window in which an ownership rule is in force or suspended; returns its number. 22004, 22023.';

/*
 * add_owner(...) - a direct owner of a party
 *
 * party_ref, target  the row that is owned; or
 * party			  the name that is owned
 * share			  percent, above 0 to 100; null: not known
 * valid			  dates of the ownership; default: all
 *
 * Returns its number, for end_owner().  Errors: 22004, 22003 for the
 * arguments.
 */
CREATE FUNCTION entity_screen.add_owner(owner_name text, share numeric,
	party text DEFAULT NULL, target regclass DEFAULT NULL,
	party_ref text DEFAULT NULL, owner_country text DEFAULT NULL,
	valid daterange DEFAULT '(,)', source text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	IF coalesce(btrim(add_owner.owner_name), '') = ''
		OR (add_owner.target IS NULL) <> (add_owner.party_ref IS NULL)
		OR (add_owner.party_ref IS NULL
			AND coalesce(btrim(add_owner.party), '') = '')
		OR add_owner.valid IS NULL OR isempty(add_owner.valid) THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'an owner needs a name, dates, and a party that it owns',
			DETAIL = 'The party is a row (target and party_ref) or a name (party).',
			HINT = 'Pass owner_name, and party or target with party_ref.';
	END IF;
	IF add_owner.share <= 0 OR add_owner.share > 100 THEN
		RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
			MESSAGE = format('share %s is out of range', add_owner.share),
			DETAIL = 'A share is percent, above 0 to 100.',
			HINT = 'Pass null when it is not known.';
	END IF;
	INSERT INTO entity_screen.party_owner (target, party_ref, party,
		owner_name, owner_country, share, valid, source, set_by, set_at,
		known)
	SELECT add_owner.target::text, add_owner.party_ref, add_owner.party,
		add_owner.owner_name, add_owner.owner_country, add_owner.share,
		add_owner.valid, add_owner.source, session_user, n.moment,
		tstzrange(n.moment, NULL)
	FROM (SELECT clock_timestamp() AS moment) n
	RETURNING party_owner_id INTO id;
	PERFORM entity_screen.queue_owned(id);
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.add_owner(text, numeric, text, regclass, text, text, daterange, text) IS
'Adds a direct owner of a row or of a named party; returns its number. 22004, 22003.';

/*
 * end_owner(party_owner_id, last_day) - an ownership has ended, or will
 *
 * What was said before stays as an earlier version.  Errors: P0002 when the
 * number is not known or the day not in the dates of the ownership.
 */
CREATE FUNCTION entity_screen.end_owner(party_owner_id bigint,
										last_day date)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	said entity_screen.party_owner;
	moment timestamptz;
BEGIN
	SELECT o.* INTO said FROM entity_screen.party_owner o
	WHERE o.party_owner_id = end_owner.party_owner_id
		AND upper_inf(o.known) AND o.valid @> end_owner.last_day
	FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found',
			MESSAGE = format('owner %s does not own on %s',
				coalesce(end_owner.party_owner_id::text, 'null'),
				coalesce(to_char(end_owner.last_day, 'YYYY-MM-DD'), 'null')),
			DETAIL = 'The last day lies in the dates of the ownership.',
			HINT = 'See entity_screen.party_owner.';
	END IF;
	moment := greatest(clock_timestamp(),
					   lower(said.known) + interval '1 microsecond');
	UPDATE entity_screen.party_owner o
	SET known = tstzrange(lower(o.known), moment)
	WHERE o.party_owner_id = said.party_owner_id AND upper_inf(o.known);
	said.valid := daterange(lower(said.valid), end_owner.last_day, '[]');
	said.version_no := said.version_no + 1;
	said.known := tstzrange(moment, NULL);
	said.set_by := session_user;
	said.set_at := moment;
	INSERT INTO entity_screen.party_owner OVERRIDING SYSTEM VALUE
	SELECT said.*;
	PERFORM entity_screen.queue_owned(end_owner.party_owner_id);
END;
$$;
COMMENT ON FUNCTION entity_screen.end_owner(bigint, date) IS
'Ends an ownership with a last day; the earlier version is kept. P0002.';

CREATE FUNCTION entity_screen.ownership_outcome(regime_id bigint,
	listed_share numeric, share_from numeric, has_unknown boolean)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN regime_id IS NULL THEN 'no_rule'
		WHEN listed_share >= share_from THEN 'owned_by_listed'
		WHEN has_unknown THEN 'ownership_unknown'
		ELSE 'minority_owner' END;
END;
COMMENT ON FUNCTION entity_screen.ownership_outcome(bigint, numeric, numeric, boolean) IS
'Internal: what the shares of listed owners mean under a rule';

/* The newest row of each rule that holds on a date, as it was known */
CREATE FUNCTION entity_screen.regimes_on(on_date date,
	known_at timestamptz DEFAULT NULL)
RETURNS SETOF entity_screen.legal_regime
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT DISTINCT ON (r.regime_code) r.*
	FROM entity_screen.legal_regime r
	WHERE r.valid @> regimes_on.on_date
		AND (regimes_on.known_at IS NULL OR r.set_at <= regimes_on.known_at)
	ORDER BY r.regime_code, r.regime_id DESC;
END;
COMMENT ON FUNCTION entity_screen.regimes_on(date, timestamptz) IS
'Internal: the row of each ownership rule that decides on a date, as known at a moment or now';

CREATE FUNCTION entity_screen.has_owner(party text, target text,
										party_ref text)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT EXISTS (
			SELECT FROM entity_screen.party_owner o
			WHERE o.party_ref IS NULL
				AND entity_screen.normal_form_of(o.party)
					= entity_screen.normal_form_of(has_owner.party))
		OR EXISTS (
			SELECT FROM entity_screen.party_owner o
			WHERE o.party_ref = has_owner.party_ref
				AND o.target = has_owner.target);
END;
COMMENT ON FUNCTION entity_screen.has_owner(text, text, text) IS
'Internal: whether an owner of the party was ever given';

/*
 * owner_hits() - the hits of the owners of a party, as hits of the party
 *
 * The same question as hit(), asked for each owner on the date of each list.
 * An owner's hit says what it means in outcome, is_captured and the row of
 * legal_regime; name_type is owner.
 *
 * captured_only	what a guard acts on: the party is treated as listed
 * known_at			as lists, owners and rules were known then; null: now
 *
 * The setting keeps it from being inlined: whoever calls it, behind
 * has_owner(), starts this large plan only for a party that has owners.
 */
CREATE FUNCTION entity_screen.owner_hits(party text, target text,
	party_ref text, list_codes text[], on_dates date[],
	thresholds double precision[], weak_thresholds double precision[],
	lowest double precision,
	captured_only boolean, known_at timestamptz DEFAULT NULL)
RETURNS TABLE (entry_id bigint, score double precision, hit jsonb)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH owner AS (
		SELECT o.party_owner_id, o.owner_name, o.owner_country, o.share,
			o.valid
		FROM entity_screen.party_owner o
		WHERE o.party_ref IS NULL
			AND entity_screen.normal_form_of(o.party)
				= entity_screen.normal_form_of(owner_hits.party)
			AND entity_screen.is_known(o.known, owner_hits.known_at)
		UNION ALL
		SELECT o.party_owner_id, o.owner_name, o.owner_country, o.share,
			o.valid
		FROM entity_screen.party_owner o
		WHERE o.party_ref = owner_hits.party_ref
			AND o.target = owner_hits.target
			AND entity_screen.is_known(o.known, owner_hits.known_at)
	), listed AS (
		SELECT o.party_owner_id, o.owner_name, o.share, h.entry_id, h.score,
			to_jsonb(h) - 'party' AS hit, r.regime_id, r.regime_code,
			r.regime_status, r.share_from
		FROM owner o
		CROSS JOIN LATERAL entity_screen.hit(o.owner_name, o.owner_country,
			NULL, owner_hits.known_at, false, owner_hits.list_codes,
			owner_hits.on_dates,
			owner_hits.thresholds, owner_hits.weak_thresholds,
			owner_hits.lowest) h
		LEFT JOIN LATERAL entity_screen.regimes_on(h.on_date,
				owner_hits.known_at) r
			ON h.list_code = ANY (r.list_codes)
		WHERE o.valid @> h.on_date
	), summed AS (
		SELECT d.regime_id, sum(d.share) AS total,
			bool_or(d.share IS NULL) AS has_unknown
		FROM (SELECT DISTINCT l.regime_id, l.party_owner_id, l.share
			  FROM listed l) d
		GROUP BY d.regime_id
	), judged AS (
		SELECT l.*, s.total,
			entity_screen.ownership_outcome(l.regime_id, s.total,
				l.share_from, s.has_unknown) AS outcome
		FROM listed l
		JOIN summed s ON s.regime_id IS NOT DISTINCT FROM l.regime_id
	)
	SELECT DISTINCT ON (j.entry_id) j.entry_id, j.score,
		j.hit || jsonb_build_object('score', j.score::numeric,
			'name_type', 'owner', 'outcome', j.outcome,
			'is_captured', c.is_captured, 'owner_name', j.owner_name,
			'share', j.share, 'listed_share', coalesce(j.total, 0),
			'regime_id', j.regime_id, 'regime_code', j.regime_code,
			'regime_status', j.regime_status)
	FROM judged j
	CROSS JOIN LATERAL (
		SELECT j.outcome = 'owned_by_listed'
			AND j.regime_status = 'in_force' AS is_captured) c
	WHERE c.is_captured OR NOT owner_hits.captured_only
	ORDER BY j.entry_id, c.is_captured DESC, j.score DESC, j.regime_id;
END;
COMMENT ON FUNCTION entity_screen.owner_hits(text, text, text, text[], date[], double precision[], double precision[], double precision, boolean, timestamptz) IS
'Internal: the hits of the direct owners of a party, one for each entry, with what they mean for it';

/*
 * screen_owners(party, ...) - what the owners of a party mean for it
 *
 * party			  name of the party
 * target, party_ref  the row, for owners that were given for it
 * on_date			  default today, in UTC
 * lists			  default: all loaded lists
 *
 * Result: one row for each owner that is listed, entry and rule.  outcome:
 *	 owned_by_listed	the shares of listed owners reach the rule's share
 *	 ownership_unknown	they do not, but one of them is not known
 *	 minority_owner		they do not
 *	 no_rule			no rule extends that list to what it owns
 * is_captured: the party is treated as listed (owned_by_listed, rule in
 * force).  Everything else is a red flag.
 *
 * Errors: those of screen_party().
 */
CREATE FUNCTION entity_screen.screen_owners(party text,
	target regclass DEFAULT NULL, party_ref text DEFAULT NULL,
	on_date date DEFAULT NULL, lists text[] DEFAULT NULL)
RETURNS TABLE (
	outcome text,
	is_captured boolean,
	owner_name text,
	share numeric,
	listed_share numeric,
	list_code text,
	entry_id bigint,
	entry_name text,
	score double precision,
	legal_effect text,
	license_requirement text,
	regime_id bigint,
	regime_code text,
	regime_status text,
	regime_valid daterange,
	path text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 2
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH asked AS (
		SELECT coalesce(screen_owners.on_date,
						(now() AT TIME ZONE 'UTC')::date) AS day
	), owner AS (
		SELECT o.*
		FROM asked a
		JOIN entity_screen.party_owner o ON o.valid @> a.day
			AND upper_inf(o.known)
		WHERE (o.party_ref = screen_owners.party_ref
			   AND o.target = screen_owners.target::text)
			OR (o.party_ref IS NULL
				AND entity_screen.normal_form_of(o.party)
					= entity_screen.normal_form_of(screen_owners.party))
	), listed AS (
		SELECT o.party_owner_id, o.owner_name, o.share, h.list_code,
			h.entry_id, h.entry_name, h.score, h.legal_effect,
			h.license_requirement, r.regime_id, r.regime_code,
			r.regime_status, r.valid, r.share_from
		FROM owner o
		CROSS JOIN asked a
		CROSS JOIN LATERAL entity_screen.screen_party(o.owner_name,
			o.owner_country, on_date => a.day,
			lists => screen_owners.lists) h
		LEFT JOIN LATERAL entity_screen.regimes_on(a.day) r
			ON h.list_code = ANY (r.list_codes)
	), summed AS (
		SELECT d.regime_id, sum(d.share) AS total,
			bool_or(d.share IS NULL) AS has_unknown
		FROM (SELECT DISTINCT l.regime_id, l.party_owner_id, l.share
			  FROM listed l) d
		GROUP BY d.regime_id
	)
	SELECT v.outcome, v.outcome = 'owned_by_listed'
			AND l.regime_status = 'in_force',
		l.owner_name, l.share, coalesce(s.total, 0), l.list_code,
		l.entry_id, l.entry_name, l.score, l.legal_effect,
		l.license_requirement, l.regime_id, l.regime_code, l.regime_status,
		l.valid,
		format('%s <- %s <- %s', screen_owners.party,
			l.owner_name || CASE WHEN l.share IS NULL
				THEN ' (share not known)'
				ELSE ' (' || trim_scale(l.share) || ' %)' END, l.entry_name)
	FROM listed l
	JOIN summed s ON s.regime_id IS NOT DISTINCT FROM l.regime_id
	CROSS JOIN LATERAL (
		SELECT entity_screen.ownership_outcome(l.regime_id, s.total,
			l.share_from, s.has_unknown) AS outcome) v
	ORDER BY 2 DESC, l.share DESC NULLS LAST, l.score DESC, l.entry_id,
		l.regime_code;
END;
COMMENT ON FUNCTION entity_screen.screen_owners(text, regclass, text, date, text[]) IS
'What the direct owners of a party mean for it on a date: owned_by_listed, ownership_unknown or minority_owner, with the row of legal_regime that decides';
