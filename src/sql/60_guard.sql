/*
 * 60_guard: guards on the user's own tables, and what they record
 *
 * A guard decides BEFORE the row is stored (and puts the row on hold then)
 * and verifies and records AFTER: only what was really stored makes an
 * event, and a later BEFORE trigger that changes the party is noticed.  Both
 * triggers are C (src/screen/guard.c), run with the rights of the user for
 * everything that touches the user's row, and with the rights of the
 * extension's owner for everything that touches the lists.
 */

CREATE TABLE entity_screen.guard (
	guard_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	target regclass NOT NULL UNIQUE,
	key_columns text[] NOT NULL,
	party_columns text[] NOT NULL CHECK (cardinality(party_columns) > 0),
	country_column text,
	address_column text,
	on_date_column text,
	lists text[],
	action text NOT NULL CHECK (action IN (
		'observe', 'alert', 'hold', 'reject')),
	status_column text,
	held_value text NOT NULL,
	released_value text NOT NULL CHECK (released_value <> held_value),
	record_clean text NOT NULL DEFAULT 'row' CHECK (record_clean IN (
		'row', 'count')),
	on_replica text NOT NULL DEFAULT 'screen' CHECK (on_replica IN (
		'screen', 'skip')),
	created_by name NOT NULL,
	created_at timestamptz NOT NULL,
	CHECK (action <> 'hold' OR status_column IS NOT NULL)
);
COMMENT ON TABLE entity_screen.guard IS
'Protected tables, one row each; made by protect_table()';
COMMENT ON COLUMN entity_screen.guard.guard_id IS
'Number given by this database; the triggers carry it';
COMMENT ON COLUMN entity_screen.guard.target IS 'The protected table';
COMMENT ON COLUMN entity_screen.guard.key_columns IS
'Columns that identify a row in evidence; empty: none';
COMMENT ON COLUMN entity_screen.guard.party_columns IS
'Columns that hold a party; each is screened';
COMMENT ON COLUMN entity_screen.guard.country_column IS
'Column that holds the party''s country, if any';
COMMENT ON COLUMN entity_screen.guard.address_column IS
'Column that holds the party''s address, if any';
COMMENT ON COLUMN entity_screen.guard.on_date_column IS
'Column that holds the date the law is asked for; null: today';
COMMENT ON COLUMN entity_screen.guard.lists IS
'Lists to screen against; null: all that are loaded';
COMMENT ON COLUMN entity_screen.guard.action IS
'What a hit does to the row: observe, alert, hold or reject';
COMMENT ON COLUMN entity_screen.guard.status_column IS
'For hold: the column that is set to held_value';
COMMENT ON COLUMN entity_screen.guard.held_value IS
'Value of status_column of a row on hold';
COMMENT ON COLUMN entity_screen.guard.released_value IS
'Value that release() sets';
COMMENT ON COLUMN entity_screen.guard.record_clean IS
'row: an event for each clean row; count: one for the clean rows of a transaction';
COMMENT ON COLUMN entity_screen.guard.on_replica IS
'Rows that logical replication brings: screen or skip';
COMMENT ON COLUMN entity_screen.guard.created_by IS
'Session user who protected the table';
COMMENT ON COLUMN entity_screen.guard.created_at IS 'When';

/*
 * Who put a guard where, changed it or took it off.
 */
CREATE TABLE entity_screen.guard_change (
	change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guard_id bigint NOT NULL,
	target text NOT NULL,
	change text NOT NULL CHECK (change IN (
		'protect', 'alter', 'unprotect')),
	guard jsonb NOT NULL,
	changed_by text NOT NULL,
	role_name text NOT NULL,
	changed_at timestamptz NOT NULL
);
COMMENT ON TABLE entity_screen.guard_change IS
'Evidence: every change of a guard. Append only.';
COMMENT ON COLUMN entity_screen.guard_change.change_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.guard_change.guard_id IS 'The guard';
COMMENT ON COLUMN entity_screen.guard_change.target IS
'The table, with schema, as it was called then';
COMMENT ON COLUMN entity_screen.guard_change.change IS
'protect, alter or unprotect';
COMMENT ON COLUMN entity_screen.guard_change.guard IS
'The guard after the change; before it, when it was taken off';
COMMENT ON COLUMN entity_screen.guard_change.changed_by IS
'Session user who changed it';
COMMENT ON COLUMN entity_screen.guard_change.role_name IS
'With whose rights';
COMMENT ON COLUMN entity_screen.guard_change.changed_at IS 'When';
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.guard_change', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.guard_change_change_id_seq', '');
CREATE TRIGGER guard_change_append_only
	BEFORE UPDATE OR DELETE ON entity_screen.guard_change
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER guard_change_no_truncate
	BEFORE TRUNCATE ON entity_screen.guard_change
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
ALTER TABLE entity_screen.guard_change
	ENABLE ALWAYS TRIGGER guard_change_append_only;
ALTER TABLE entity_screen.guard_change
	ENABLE ALWAYS TRIGGER guard_change_no_truncate;
COMMENT ON TRIGGER guard_change_append_only
	ON entity_screen.guard_change IS 'Refuses changes of evidence';
COMMENT ON TRIGGER guard_change_no_truncate
	ON entity_screen.guard_change IS 'Refuses changes of evidence';

/*
 * The row of a table that was dropped would be dumped with a bare number,
 * which is another table's where it is restored.
 */
SELECT pg_catalog.pg_extension_config_dump('entity_screen.guard',
	'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = target)');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.guard_guard_id_seq', '');

/* ---------------------------------------------------------------------
 * what the C code reads and writes
 * ------------------------------------------------------------------ */

/*
 * The score as numeric: to_jsonb() of a float obeys extra_float_digits, and
 * evidence must not depend on a setting.
 */
CREATE FUNCTION entity_screen.guard_hit(party text, country text,
	address text, list_codes text[], on_dates date[],
	thresholds double precision[], weak_thresholds double precision[],
	lowest double precision, entry_name_ids bigint[])
RETURNS TABLE (
	hit_count integer,
	hits jsonb,
	entry_ids bigint[],
	best_score double precision,
	is_unreadable boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	WITH direct AS MATERIALIZED (
		SELECT d.entry_id, d.score, to_jsonb(d) - 'party'
			|| jsonb_build_object('score', d.score::numeric) AS hit
		FROM entity_screen.hit(party, country, address, NULL,
			(SELECT p.announced_counts FROM entity_screen.policy_at(NULL) p),
			list_codes, on_dates, thresholds, weak_thresholds, lowest,
			entry_name_ids) d
		WHERE d.is_listed OR d.advisory = 'announced_not_effective'
	)
	SELECT count(*)::integer,
		jsonb_agg(h.hit ORDER BY h.score DESC, h.entry_id),
		coalesce(array_agg(h.entry_id ORDER BY h.score DESC, h.entry_id),
				 '{}'::bigint[]),
		max(h.score),
		count(*) = 0 AND entity_screen.is_keyless(guard_hit.party)
	FROM (
		SELECT d.entry_id, d.score, d.hit FROM direct d
		UNION ALL
		SELECT o.entry_id, o.score, o.hit
		FROM (SELECT WHERE EXISTS (
				SELECT FROM entity_screen.party_owner p
				WHERE p.party_ref IS NULL
					AND entity_screen.normal_form_of(p.party)
						= entity_screen.normal_form_of(guard_hit.party)))
			AS owned
		CROSS JOIN LATERAL entity_screen.owner_hits(guard_hit.party, NULL,
			NULL, list_codes, on_dates, thresholds, weak_thresholds, lowest,
			true) o
		WHERE NOT EXISTS (
			SELECT FROM direct d WHERE d.entry_id = o.entry_id)) h;
END;
COMMENT ON FUNCTION entity_screen.guard_hit(text, text, text, text[], date[], double precision[], double precision[], double precision, bigint[]) IS
'Internal: the hits of a party in one row, as evidence keeps them, of the names that a search has found; is_unreadable: the party has nothing that could be searched';

/*
 * What a guard goes by, as one text.  It is read under the snapshot of the
 * statement and again under a fresh one: a session keeps a guard for later
 * statements only if both say the same.
 */
CREATE FUNCTION entity_screen.guard_basis(lists text[], guard_id bigint)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT concat_ws(' ',
		(SELECT string_agg(s::text, ' ' ORDER BY s.list_code)
		 FROM entity_screen.screening_scope(guard_basis.lists, NULL,
											guard_basis.guard_id) s),
		(SELECT encode(entity_screen.version_of_lists(
			array_agg(s.list_code)), 'hex')
		 FROM entity_screen.screening_scope(guard_basis.lists, NULL,
											guard_basis.guard_id) s),
		(SELECT p.policy_id FROM entity_screen.policy_at(NULL) p),
		EXISTS (SELECT FROM entity_screen.party_owner o
				WHERE o.party_ref IS NULL));
END;
COMMENT ON FUNCTION entity_screen.guard_basis(text[], bigint) IS
'Internal: lists, versions, thresholds, policy and owners that a guard goes by, as one text to compare';

CREATE FUNCTION entity_screen.guard_decide()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.guard_decide() IS
'Trigger function of a guard, BEFORE: screens the row and holds or rejects it';

CREATE FUNCTION entity_screen.guard_record()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.guard_record() IS
'Trigger function of a guard, AFTER: verifies the stored row and writes the evidence';

/*
 * Sessions keep what they read of these tables from one statement to the
 * next (src/screen/kept.c); a change tells them to read it again.
 */
CREATE FUNCTION entity_screen.invalidate_guards()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.invalidate_guards() IS
'Trigger function of the tables that guards are read from: sessions read them again';

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['guard', 'screening_list', 'list_setting',
		'list_state', 'screening_config', 'screening_config_approval',
		'screening_policy', 'party_owner']
	LOOP
		EXECUTE format('CREATE TRIGGER invalidate_guards AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON entity_screen.%I FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.invalidate_guards()',
					   name);
		EXECUTE format('ALTER TABLE entity_screen.%I ENABLE ALWAYS TRIGGER invalidate_guards',
					   name);
		EXECUTE format('COMMENT ON TRIGGER invalidate_guards ON entity_screen.%I IS %L',
					   name, 'Tells sessions to read their guards again');
	END LOOP;
END;
$$;
