/*
 * 56_alert: work items, their life, and how the code that screens opens them
 *
 * One alert is one party of one row and one entry of a list.  Its state is
 * in alert, every change of it in alert_history, which is append only:
 *
 *   open -> in_review -> escalated -> awaiting_approval -> closed
 *   closed -> reopened when the party, the entry or the score changes
 *   superseded: replaced by the alert of a later screening of the row
 */

/* ---------------------------------------------------------------------
 * what was reviewed
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.digest_text(content text)
RETURNS bytea
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT sha256(convert_to(content, getdatabaseencoding()));
END;
COMMENT ON FUNCTION entity_screen.digest_text(text) IS
'Internal: sHA-256 over the bytes of a text';

/*
 * The two halves of the review key.  They hold what a reviewer looked at;
 * white space and the case of ASCII letters do not count.
 */
CREATE FUNCTION entity_screen.party_review_key(party text, country text,
											   address text)
RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT entity_screen.digest_text(jsonb_build_array(
		entity_screen.name_key(party),
		nullif(entity_screen.name_key(country), ''),
		nullif(entity_screen.name_key(address), ''))::text);
END;
COMMENT ON FUNCTION entity_screen.party_review_key(text, text, text) IS
'Internal: digest of what a reviewer sees of a party: name, country, address';

/*
 * Names, addresses, destinations and listing dates of an entry as this
 * database knows them now, of all dates: so the key does not depend on the
 * date of an order, an alias that ends does not change it, and one that is
 * added does.  The legal text is left out on purpose: a changed policy does
 * not make another party of it.
 */
CREATE FUNCTION entity_screen.entry_review_key(entry_id bigint)
RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN entity_screen.digest_text(jsonb_build_array(
		(SELECT jsonb_agg(DISTINCT entity_screen.name_key(n.name::text))
		 FROM entity_screen.entry_name n
		 WHERE n.entry_id = entry_review_key.entry_id
			AND upper_inf(n.known)),
		(SELECT jsonb_agg(DISTINCT entity_screen.name_key(a.address))
		 FROM entity_screen.entry_address a
		 WHERE a.entry_id = entry_review_key.entry_id
			AND upper_inf(a.known)),
		(SELECT jsonb_agg(DISTINCT jsonb_build_array(
				entity_screen.name_key(v.destination_country),
				(v.listed_from - '2000-01-01'::date)))
		 FROM entity_screen.entry_version v
		 WHERE v.entry_id = entry_review_key.entry_id
			AND upper_inf(v.known)))::text);
END;
$$;
COMMENT ON FUNCTION entity_screen.entry_review_key(bigint) IS
'Internal: digest of what a reviewer sees of an entry: names, addresses, destinations, dates of listing; not its legal text';

CREATE FUNCTION entity_screen.normal_form_of(party text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT @extschema@.entity_normal_form(@extschema@.entity_name(party));
END;
COMMENT ON FUNCTION entity_screen.normal_form_of(text) IS
'Internal: normal form of a party, as alerts and exceptions keep it';

/*
 * Alerts and exceptions keep the normal form of their day.  After an update
 * of the normalizer the same party has another one: then both are read anew.
 */
CREATE FUNCTION entity_screen.is_same_form(stored_form text, party text,
										   other text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(stored_form = entity_screen.normal_form_of(other)
	OR entity_screen.normal_form_of(party)
		= entity_screen.normal_form_of(other), false);
COMMENT ON FUNCTION entity_screen.is_same_form(text, text, text) IS
'Internal: whether a party, kept with its normal form of then, has the normal form of another one';

/* ---------------------------------------------------------------------
 * tables
 * ------------------------------------------------------------------ */

CREATE TABLE entity_screen.alert (
	alert_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	event_id bigint NOT NULL,
	guard_id bigint,
	run_id bigint,
	target text NOT NULL,
	party_ref text,
	party_column text,
	party text,
	country text,
	address text,
	party_normal_form text,
	entry_id bigint,
	list_code text,
	entry_name text,
	legal_effect text,
	score double precision,
	is_listed boolean,
	alert_reason text NOT NULL CHECK (alert_reason IN (
		'hit', 'not_screened')),
	alert_status text NOT NULL CHECK (alert_status IN (
		'open', 'in_review', 'escalated', 'awaiting_approval', 'closed',
		'reopened', 'superseded')),
	disposition text CHECK (disposition IN (
		'true_match', 'false_positive', 'inconclusive')),
	disposition_id bigint,
	assigned_to name,
	notice text,
	party_key bytea NOT NULL,
	entry_key bytea,
	exception_id bigint,
	supersedes_alert_id bigint,
	opened_at timestamptz NOT NULL,
	changed_at timestamptz NOT NULL,
	UNIQUE NULLS NOT DISTINCT (event_id, entry_id),
	CHECK ((alert_reason = 'hit') = (entry_id IS NOT NULL)),
	CHECK ((alert_status = 'closed') = (disposition IS NOT NULL)
		OR alert_status = 'superseded')
);
COMMENT ON TABLE entity_screen.alert IS
'Work items: one party of one row and one entry of a list that it hits, or one party that could not be screened. v_alert_party folds the alerts of a party.';
COMMENT ON COLUMN entity_screen.alert.alert_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.alert.event_id IS
'The event that opened it, or reopened it last';
COMMENT ON COLUMN entity_screen.alert.guard_id IS
'The guard; null for a run over a table';
COMMENT ON COLUMN entity_screen.alert.run_id IS
'The run; null for a guard';
COMMENT ON COLUMN entity_screen.alert.target IS
'The table that holds the party';
COMMENT ON COLUMN entity_screen.alert.party_ref IS 'Key of the row';
COMMENT ON COLUMN entity_screen.alert.party_column IS
'Column that holds the party';
COMMENT ON COLUMN entity_screen.alert.party IS 'The party';
COMMENT ON COLUMN entity_screen.alert.country IS 'Its country';
COMMENT ON COLUMN entity_screen.alert.address IS 'Its address';
COMMENT ON COLUMN entity_screen.alert.party_normal_form IS
'Normal form of the party: a disposition goes for all open alerts of the same form and entry';
COMMENT ON COLUMN entity_screen.alert.entry_id IS
'Entry hit; null when the party could not be screened';
COMMENT ON COLUMN entity_screen.alert.list_code IS 'Its list';
COMMENT ON COLUMN entity_screen.alert.entry_name IS
'Its primary name on the date of the screening';
COMMENT ON COLUMN entity_screen.alert.legal_effect IS
'Class of the consequence';
COMMENT ON COLUMN entity_screen.alert.score IS 'Score of the hit';
COMMENT ON COLUMN entity_screen.alert.is_listed IS
'False: the entry was announced and not in force on the date; null: not screened';
COMMENT ON COLUMN entity_screen.alert.alert_reason IS
'hit: the party hits an entry; not_screened: it could not be screened';
COMMENT ON COLUMN entity_screen.alert.alert_status IS
'open, in_review, escalated, awaiting_approval, closed, reopened or superseded';
COMMENT ON COLUMN entity_screen.alert.disposition IS
'Result of the review: true_match, false_positive or inconclusive';
COMMENT ON COLUMN entity_screen.alert.disposition_id IS
'The disposition that is proposed or closed it';
COMMENT ON COLUMN entity_screen.alert.assigned_to IS 'Who reviews it';
COMMENT ON COLUMN entity_screen.alert.notice IS
'What the reviewer should know of the time since: policy_changed, entry_removed, no_longer_hit, why it was reopened';
COMMENT ON COLUMN entity_screen.alert.party_key IS
'Review key of the party, see party_review_key()';
COMMENT ON COLUMN entity_screen.alert.entry_key IS
'Review key of the entry, see entry_review_key()';
COMMENT ON COLUMN entity_screen.alert.exception_id IS
'Exception that no longer suppresses the hit';
COMMENT ON COLUMN entity_screen.alert.supersedes_alert_id IS
'Alert of the same row that it replaces';
COMMENT ON COLUMN entity_screen.alert.opened_at IS 'When it was opened';
COMMENT ON COLUMN entity_screen.alert.changed_at IS
'When its status changed last';

CREATE INDEX alert_row_idx ON entity_screen.alert
	(target, party_ref, party_column);
CREATE INDEX alert_entry_idx ON entity_screen.alert
	(entry_id, party_normal_form);

CREATE TABLE entity_screen.alert_history (
	history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	alert_id bigint NOT NULL,
	from_status text,
	to_status text NOT NULL,
	disposition text,
	disposition_id bigint,
	event_id bigint,
	reason text,
	done_by name NOT NULL,
	done_at timestamptz NOT NULL
);
COMMENT ON TABLE entity_screen.alert_history IS
'Every change of an alert. Append only.';
COMMENT ON COLUMN entity_screen.alert_history.history_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.alert_history.alert_id IS 'The alert';
COMMENT ON COLUMN entity_screen.alert_history.from_status IS
'Status before; null when it was opened';
COMMENT ON COLUMN entity_screen.alert_history.to_status IS
'Status after; the same as before for a notice';
COMMENT ON COLUMN entity_screen.alert_history.disposition IS
'Result of the review, when there is one';
COMMENT ON COLUMN entity_screen.alert_history.disposition_id IS
'The disposition, when one is concerned';
COMMENT ON COLUMN entity_screen.alert_history.event_id IS
'The screening event that caused the change, if one did';
COMMENT ON COLUMN entity_screen.alert_history.reason IS 'Why';
COMMENT ON COLUMN entity_screen.alert_history.done_by IS
'Session user who made the change';
COMMENT ON COLUMN entity_screen.alert_history.done_at IS 'When';

CREATE INDEX alert_history_alert_idx ON entity_screen.alert_history
	(alert_id);

CREATE TABLE entity_screen.alert_disposition (
	disposition_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	party_normal_form text,
	entry_id bigint,
	alert_count integer NOT NULL,
	disposition text NOT NULL CHECK (disposition IN (
		'true_match', 'false_positive', 'inconclusive')),
	reason text NOT NULL CHECK (reason <> ''),
	needs_approval boolean NOT NULL,
	proposed_by name NOT NULL,
	proposed_at timestamptz NOT NULL,
	decision text CHECK (decision IN ('approved', 'refused')),
	decision_reason text,
	decided_by name,
	decided_at timestamptz,
	CONSTRAINT alert_disposition_four_eyes CHECK (
		decision IS DISTINCT FROM 'approved' OR NOT needs_approval
		OR decided_by <> proposed_by),
	CHECK ((decision IS NULL) = (decided_by IS NULL)
		AND (decision IS NULL) = (decided_at IS NULL))
);
COMMENT ON TABLE entity_screen.alert_disposition IS
'Results of reviews: proposed by one person, decided once, by another where the policy demands it';
COMMENT ON COLUMN entity_screen.alert_disposition.disposition_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.alert_disposition.party_normal_form IS
'Normal form of the party it is about';
COMMENT ON COLUMN entity_screen.alert_disposition.entry_id IS
'Entry it is about; null for a party that could not be screened';
COMMENT ON COLUMN entity_screen.alert_disposition.alert_count IS
'Alerts it was proposed for';
COMMENT ON COLUMN entity_screen.alert_disposition.disposition IS
'true_match, false_positive or inconclusive';
COMMENT ON COLUMN entity_screen.alert_disposition.reason IS 'Why';
COMMENT ON COLUMN entity_screen.alert_disposition.needs_approval IS
'Whether another person has to approve it';
COMMENT ON COLUMN entity_screen.alert_disposition.proposed_by IS
'Session user who proposed it';
COMMENT ON COLUMN entity_screen.alert_disposition.proposed_at IS 'When';
COMMENT ON COLUMN entity_screen.alert_disposition.decision IS
'approved or refused; null while it waits';
COMMENT ON COLUMN entity_screen.alert_disposition.decision_reason IS
'Why it was refused';
COMMENT ON COLUMN entity_screen.alert_disposition.decided_by IS
'Session user who decided';
COMMENT ON COLUMN entity_screen.alert_disposition.decided_at IS 'When';

SELECT pg_catalog.pg_extension_config_dump('entity_screen.alert', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.alert_alert_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.alert_history', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.alert_history_history_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.alert_disposition', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.alert_disposition_disposition_id_seq', '');

/*
 * Dispositions are decided once.
 */
CREATE FUNCTION entity_screen.refuse_second_decision()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	may_change CONSTANT text[] := ARRAY['decision', 'decision_reason',
		'decided_by', 'decided_at'];
BEGIN
	IF OLD.decision IS NULL
		AND to_jsonb(OLD) - may_change = to_jsonb(NEW) - may_change THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'SC006',
		MESSAGE = format('%s of table %I.%I is refused', TG_OP,
						 TG_TABLE_SCHEMA, TG_TABLE_NAME),
		DETAIL = 'A disposition is decided once.',
		HINT = 'Reopen the alert and propose another disposition.';
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_second_decision() IS
'Trigger function of alert_disposition: lets it be decided once, raises SC006 for any other change';

CREATE TRIGGER alert_disposition_decide_only
	BEFORE UPDATE ON entity_screen.alert_disposition
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_second_decision();
COMMENT ON TRIGGER alert_disposition_decide_only
	ON entity_screen.alert_disposition IS 'Lets it be decided, once';
ALTER TABLE entity_screen.alert_disposition
	ENABLE ALWAYS TRIGGER alert_disposition_decide_only;

CREATE FUNCTION entity_screen.make_append_only(target regclass,
											   events text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	short text := (SELECT c.relname FROM pg_class c WHERE c.oid = target);
BEGIN
	EXECUTE format('CREATE TRIGGER %I BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change()',
				   short || '_append_only', events, target);
	EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change()',
				   short || '_no_truncate', target);
	EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I, ENABLE ALWAYS TRIGGER %I',
				   target, short || '_append_only', short || '_no_truncate');
	EXECUTE format('COMMENT ON TRIGGER %I ON %s IS ''Refuses changes of evidence''',
				   short || '_append_only', target);
	EXECUTE format('COMMENT ON TRIGGER %I ON %s IS ''Refuses changes of evidence''',
				   short || '_no_truncate', target);
END;
$$;

SELECT entity_screen.make_append_only(
	'entity_screen.screening_policy', 'UPDATE OR DELETE');
SELECT entity_screen.make_append_only(
	'entity_screen.screening_config_approval', 'UPDATE OR DELETE');
SELECT entity_screen.make_append_only(
	'entity_screen.alert_history', 'UPDATE OR DELETE');
SELECT entity_screen.make_append_only(
	'entity_screen.alert_disposition', 'DELETE');
SELECT entity_screen.make_append_only('entity_screen.alert', 'DELETE');
DROP FUNCTION entity_screen.make_append_only(regclass, text);
