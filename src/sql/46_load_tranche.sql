/*
 * 46_load_tranche: loading one rule from an operation file
 */

CREATE FUNCTION entity_screen.parse_operation_file(content bytea)
RETURNS TABLE (
	line_no bigint,
	entry_line_no bigint,
	record text,
	operation text,
	list_code text,
	document_number text,
	citation text,
	page_from integer,
	page_to integer,
	docket text,
	title text,
	announced_on date,
	public_inspection_on date,
	published_on date,
	effective_on date,
	applicable_on date,
	compliance_on date,
	savings_cutoff_on date,
	savings_end_on date,
	savings_text text,
	ceases_on date,
	declared_entities integer,
	declared_entries integer,
	declared_revised integer,
	declared_removed integer,
	declared_corrected integer,
	declared_moved integer,
	difference_entities integer,
	difference_entries integer,
	difference_note text,
	name text,
	destination_country text,
	new_destination_country text,
	entry_type text,
	parent text,
	license_requirement text,
	license_review_policy text,
	reason text,
	scope_note text,
	footnotes text,
	on_conflict text,
	name_type text,
	alias_quality text,
	address text,
	country text,
	note text)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE
COST 100000 ROWS 1000
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.parse_operation_file(bytea) IS
'Internal: reads and checks an operation file (docs/operation_file.md) without changing anything: one row a record, or an error with line, column and reason';

CREATE TYPE entity_screen.load_summary AS (
	tranche_id bigint,
	list_code text,
	citation text,
	document_number text,
	already_loaded boolean,
	added integer,
	revised integer,
	removed integer,
	corrected integer,
	moved integer,
	names integer,
	addresses integer,
	conflicts integer,
	seconds double precision,
	status text);
COMMENT ON TYPE entity_screen.load_summary IS
'What one load did. added, revised, removed, corrected, moved: operations applied; names, addresses: stated by them; status: approved, or pending when the list''s policy makes it wait; conflicts: statements that could not be applied (see load_conflict).';

/*
 * Announced against stated.  Entities and entries are different numbers: one
 * entity may stand under several destinations.
 */
CREATE FUNCTION entity_screen.reconcile_tranche(tranche_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	problems text;
BEGIN
	SELECT string_agg(format(
			'The rule announces %s %s; the file holds %s%s.',
			r.announced, r.what, r.stated,
			CASE WHEN r.known <> 0
				THEN format(' and states a known difference of %s', r.known)
				ELSE '' END), E'\n' ORDER BY r.place)
	INTO problems
	FROM (
		SELECT v.place, v.what, v.announced, v.stated, v.known
		FROM entity_screen.tranche t
		CROSS JOIN LATERAL (
			SELECT
				count(DISTINCT entity_screen.name_key(o.entry_name))
					FILTER (WHERE o.operation = 'add') AS entities,
				count(*) FILTER (WHERE o.operation = 'add') AS entries,
				count(*) FILTER (WHERE o.operation = 'revise') AS revised,
				count(*) FILTER (WHERE o.operation = 'remove') AS removed,
				count(*) FILTER (WHERE o.operation = 'correct') AS corrected,
				count(*) FILTER (WHERE o.operation = 'move') AS moved
			FROM entity_screen.tranche_operation o
			WHERE o.tranche_id = t.tranche_id) c
		CROSS JOIN LATERAL (VALUES
			(1, 'added entities', t.declared_entities, c.entities,
			 t.difference_entities),
			(2, 'added entries', t.declared_entries, c.entries,
			 t.difference_entries),
			(3, 'revised entries', t.declared_revised, c.revised, 0),
			(4, 'removed entries', t.declared_removed, c.removed, 0),
			(5, 'corrected entries', t.declared_corrected, c.corrected, 0),
			(6, 'moved entries', t.declared_moved, c.moved, 0))
			AS v (place, what, announced, stated, known)
		WHERE t.tranche_id = reconcile_tranche.tranche_id
			AND v.announced + v.known <> v.stated) r;
	IF problems IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SC005',
			MESSAGE = 'announced and stated counts differ',
			DETAIL = problems,
			HINT = 'Complete the file. If the difference is known and accepted, state it in difference_entities or difference_entries of the tranche record, with the reason in difference_note.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.reconcile_tranche(bigint) IS
'Internal: raises SC005 with the numbers when a tranche''s operations are not as many as its rule announces, known differences included';

CREATE FUNCTION entity_screen.report_load_progress(done bigint,
												   is_end boolean)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.report_load_progress(bigint, boolean) IS
'Internal: shows a running load in pg_stat_progress_copy, tuples_processed being the rows read, the operations applied or the entries derived so far';

/*
 * Write what the file states, unchanged, into tranche and its operations.
 */
CREATE FUNCTION entity_screen.store_tranche(content bytea, list_code text,
	source_hash bytea, known_from timestamptz)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	id bigint;
BEGIN
	INSERT INTO entity_screen.tranche (list_code, document_number, citation,
		volume, page_from, page_to, docket, title, announced_on,
		public_inspection_on, published_on, effective_on, applicable_on,
		compliance_on, savings_cutoff_on, savings_end_on, savings_text,
		ceases_on, declared_entities, declared_entries, declared_revised,
		declared_removed, declared_corrected, declared_moved,
		difference_entities, difference_entries, difference_note, note,
		source_hash, source_format, known_from, xid, loaded_by, loaded_at,
		approved_by, approved_at)
	SELECT store_tranche.list_code, f.document_number, f.citation,
		entity_screen.citation_part(f.citation, 1),
		coalesce(f.page_from, entity_screen.citation_part(f.citation, 2)),
		f.page_to, f.docket, f.title, f.announced_on,
		f.public_inspection_on, f.published_on, f.effective_on,
		f.applicable_on, f.compliance_on, f.savings_cutoff_on,
		f.savings_end_on, f.savings_text, f.ceases_on, f.declared_entities,
		f.declared_entries, f.declared_revised, f.declared_removed,
		f.declared_corrected, f.declared_moved,
		coalesce(f.difference_entities, 0),
		coalesce(f.difference_entries, 0), f.difference_note, f.note,
		store_tranche.source_hash, 'operation_csv', store_tranche.known_from,
		pg_current_xact_id(), session_user, clock_timestamp(), session_user,
		clock_timestamp()
	FROM entity_screen.parse_operation_file(content) f
	WHERE f.record = 'tranche'
	RETURNING tranche_id INTO id;

	WITH f AS MATERIALIZED (
		SELECT p.* FROM entity_screen.parse_operation_file(content) p
	), operation AS (
		INSERT INTO entity_screen.tranche_operation (tranche_id, line_no,
			list_code, operation, on_conflict, starts_on, entry_name,
			destination_country, new_destination_country, entry_type, parent,
			license_requirement, license_review_policy, reason, scope_note,
			footnotes, citation, note)
		SELECT id, f.line_no, store_tranche.list_code, f.operation,
			coalesce(f.on_conflict, 'error'),
			coalesce(f.applicable_on, t.applicable_on, t.effective_on),
			f.name, f.destination_country, f.new_destination_country,
			f.entry_type, f.parent, f.license_requirement,
			f.license_review_policy, f.reason, f.scope_note, f.footnotes,
			f.citation, f.note
		FROM f
		JOIN entity_screen.tranche t ON t.tranche_id = id
		WHERE f.record = 'entry'
	), address AS (
		INSERT INTO entity_screen.tranche_operation_address (tranche_id,
			line_no, entry_line_no, change, address, country, note)
		SELECT id, f.line_no, f.entry_line_no, coalesce(f.operation, 'add'),
			f.address, f.country, f.note
		FROM f
		WHERE f.record = 'address'
	)
	INSERT INTO entity_screen.tranche_operation_name (tranche_id, line_no,
		entry_line_no, change, name, name_type, alias_quality, note)
	SELECT id, f.line_no, coalesce(f.entry_line_no, f.line_no),
		CASE f.record WHEN 'name' THEN coalesce(f.operation, 'add')
			ELSE 'add' END,
		f.name,
		CASE f.record WHEN 'name' THEN coalesce(f.name_type, 'aka')
			ELSE 'primary' END,
		coalesce(f.alias_quality, 'unknown'),
		CASE f.record WHEN 'name' THEN f.note END
	FROM f
	WHERE f.record = 'name' OR (f.record = 'entry' AND f.operation = 'add');
	RETURN id;
END;
$$;
COMMENT ON FUNCTION entity_screen.store_tranche(bytea, text, bytea, timestamptz) IS
'Internal: stores a checked operation file as a tranche with its operations, unchanged';

CREATE FUNCTION entity_screen.refuse_keyless_names(tranche_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	bad record;
BEGIN
	SELECT n.line_no, n.name INTO bad
	FROM entity_screen.tranche_operation_name n
	WHERE n.tranche_id = refuse_keyless_names.tranche_id
		AND n.change = 'add'
		AND entity_screen.is_keyless(n.name)
	ORDER BY n.line_no
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('line %s, column name: %s cannot be screened',
							 bad.line_no, quote_literal(bad.name)),
			DETAIL = 'Nothing of the name is left in its normal form: it has no letter or digit.',
			HINT = 'Give the name as the list prints it, or drop the record.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.refuse_keyless_names(bigint) IS
'Internal: raises 22023 for a name that no screening could ever find';

CREATE FUNCTION entity_screen.newest_snapshot_on(list_code text)
RETURNS date
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT max(t.snapshot_on)
	FROM entity_screen.tranche t
	WHERE t.list_code = newest_snapshot_on.list_code
		AND t.kind = 'snapshot' AND t.status = 'approved';
END;
COMMENT ON FUNCTION entity_screen.newest_snapshot_on(text) IS
'Internal: date of the newest snapshot of a list that counts; null when there is none';

/*
 * The newest file of a list, loaded once more, says that nothing is newer:
 * the list is as fresh as if it had changed.  An older one says nothing.
 */
CREATE FUNCTION entity_screen.confirm_list(tranche_id bigint)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	UPDATE entity_screen.list_state s SET loaded_at = clock_timestamp()
	FROM entity_screen.tranche t
	WHERE t.tranche_id = confirm_list.tranche_id
		AND s.list_code = t.list_code AND t.status = 'approved'
		AND NOT EXISTS (
			SELECT FROM entity_screen.tranche n
			WHERE n.list_code = t.list_code AND n.status = 'approved'
				AND n.kind = t.kind AND n.effective_on > t.effective_on);
END;
COMMENT ON FUNCTION entity_screen.confirm_list(bigint) IS
'Internal: sets the age of a list to zero when the file of its newest snapshot or rule is loaded again';

/*
 * The age of a list is that of the newest load that counts: of a rule or of
 * the newest snapshot.  What fills in history or is taken back makes no list
 * fresher.
 */
CREATE FUNCTION entity_screen.refresh_list_state(list_code text,
												 known_from timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO entity_screen.list_state AS s (list_code, list_version,
		known_from, loaded_at, tranche_count, name_count, normalizer_version)
	SELECT refresh_list_state.list_code,
		sha256(coalesce(string_agg(t.source_hash, ''::bytea
								   ORDER BY t.source_hash), ''::bytea)),
		refresh_list_state.known_from,
		coalesce(max(t.loaded_at) FILTER (WHERE t.kind = 'rule'
				OR t.snapshot_on = entity_screen.newest_snapshot_on(
					t.list_code)),
			clock_timestamp()), count(*),
		(SELECT count(*)
		 FROM entity_screen.entry_name n
		 JOIN entity_screen.entry e ON e.entry_id = n.entry_id
		 WHERE e.list_code = refresh_list_state.list_code
			AND upper_inf(n.known)),
		entity_screen.normalizer_version()
	FROM entity_screen.tranche t
	WHERE t.list_code = refresh_list_state.list_code
		AND t.status = 'approved'
	ON CONFLICT (list_code) DO UPDATE
	SET list_version = EXCLUDED.list_version,
		known_from = EXCLUDED.known_from,
		loaded_at = CASE WHEN EXISTS (
				SELECT FROM entity_screen.tranche r
				WHERE r.list_code = s.list_code AND r.status = 'retracted'
					AND r.loaded_at = s.loaded_at)
			THEN EXCLUDED.loaded_at
			ELSE greatest(s.loaded_at, EXCLUDED.loaded_at) END,
		tranche_count = EXCLUDED.tranche_count,
		name_count = EXCLUDED.name_count,
		normalizer_version = CASE
			WHEN s.name_count = 0 THEN EXCLUDED.normalizer_version
			ELSE s.normalizer_version END;
END;
$$;
COMMENT ON FUNCTION entity_screen.refresh_list_state(text, timestamptz) IS
'Internal: rewrites the state row of a list after a load';

CREATE FUNCTION entity_screen.summarize_load(tranche_id bigint,
											 already_loaded boolean,
											 started_at timestamptz)
RETURNS entity_screen.load_summary
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT t.tranche_id, t.list_code, t.citation, t.document_number,
		summarize_load.already_loaded,
		count(*) FILTER (WHERE o.operation = 'add')::integer,
		count(*) FILTER (WHERE o.operation = 'revise')::integer,
		count(*) FILTER (WHERE o.operation = 'remove')::integer,
		count(*) FILTER (WHERE o.operation = 'correct')::integer,
		count(*) FILTER (WHERE o.operation = 'move')::integer,
		CASE WHEN summarize_load.already_loaded THEN 0 ELSE (
			SELECT count(*)
			FROM entity_screen.tranche_operation_name n
			WHERE n.tranche_id = t.tranche_id) END::integer,
		CASE WHEN summarize_load.already_loaded THEN 0 ELSE (
			SELECT count(*)
			FROM entity_screen.tranche_operation_address a
			WHERE a.tranche_id = t.tranche_id) END::integer,
		CASE WHEN summarize_load.already_loaded THEN 0 ELSE (
			SELECT count(*)
			FROM entity_screen.load_conflict c
			WHERE c.tranche_id = t.tranche_id) END::integer,
		extract(epoch FROM clock_timestamp() - started_at)::float8, t.status
	FROM entity_screen.tranche t
	LEFT JOIN entity_screen.tranche_operation o
		ON o.tranche_id = t.tranche_id
		AND o.is_applied AND o.entry_id IS NOT NULL
		AND NOT summarize_load.already_loaded
	WHERE t.tranche_id = summarize_load.tranche_id
	GROUP BY t.tranche_id;
END;
COMMENT ON FUNCTION entity_screen.summarize_load(bigint, boolean, timestamptz) IS
'Internal: counts what a load did; all zero for a file that was already loaded';

/*
 * What the reader of operation files is to read: the file itself, or a flat
 * file rewritten.
 */
CREATE FUNCTION entity_screen.rule_content(content bytea, format text)
RETURNS bytea
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	name text := CASE WHEN format = 'auto'
		THEN coalesce(entity_screen.detect_rule_format(content),
					  'operation_csv') ELSE format END;
BEGIN
	IF name = 'operation_csv' THEN
		RETURN content;
	END IF;
	PERFORM FROM entity_screen.list_format l
	WHERE l.format = name AND l.reader = 'rule_csv';
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('format %L is not known', rule_content.format),
			DETAIL = 'The argument format names how the file is written.',
			HINT = 'Use auto, operation_csv, or a row of entity_screen.list_format with reader rule_csv. A whole list is loaded with load_snapshot().';
	END IF;
	RETURN entity_screen.operation_file(content, name);
END;
$$;
COMMENT ON FUNCTION entity_screen.rule_content(bytea, text) IS
'Internal: a rule as an operation file, whatever its format; 22023 for a format that is not known';

/*
 * load_tranche(content, list_code, format) - load one rule
 *
 * content	  the bytes of an operation file (docs/operation_file.md), or of a
 *			  flat file that a row of list_format with reader rule_csv
 *			  describes
 * list_code  list to load into; null: as the file says
 * format	  'auto', 'operation_csv', or the name of that row
 *
 * Result: one row, entity_screen.load_summary.  All or nothing; loading the
 * same bytes again changes nothing and says already_loaded.
 *
 * Errors: 22P04, 22021, 22007, 22008, 22023, 54000 for a file that cannot be
 * read, with line and column; SC004 for an operation that contradicts the
 * list; SC005 when announced and stated counts differ.
 */
CREATE FUNCTION entity_screen.load_tranche(content bytea,
	list_code text DEFAULT NULL, format text DEFAULT 'auto')
RETURNS entity_screen.load_summary
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET datestyle = 'ISO, YMD'
AS $$
#variable_conflict use_column
DECLARE
	started_at timestamptz := clock_timestamp();
	hash bytea := sha256(content);
	known_from timestamptz;
	code text;
	tranche bigint;
	op entity_screen.tranche_operation;
	done bigint := 0;
BEGIN
	IF content IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'there is no file to load',
			DETAIL = 'The argument content is null.',
			HINT = 'Pass the bytes of the file, for example lo_get(oid) after \lo_import in psql.';
	END IF;
	content := entity_screen.rule_content(content, load_tranche.format);
	SELECT f.list_code INTO code
	FROM entity_screen.parse_operation_file(content) f
	WHERE f.record = 'tranche';
	IF code <> load_tranche.list_code THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('the file is for list %s, not %s', code,
							 load_tranche.list_code),
			DETAIL = 'The tranche record and the argument list_code differ.',
			HINT = 'Leave list_code out, or pass the list the file names.';
	END IF;
	code := coalesce(code, load_tranche.list_code);
	PERFORM FROM entity_screen.screening_list l
	WHERE l.list_code = code AND entity_screen.session_may_see(code);
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = CASE WHEN code IS NULL
				THEN 'the file does not say which list it changes'
				ELSE format('list %s is not known', code) END,
			DETAIL = 'A rule changes one list.',
			HINT = 'Pass list_code, one of entity_screen.screening_list.';
	END IF;

	PERFORM entity_screen.lock_list(code);
	SELECT t.tranche_id INTO tranche
	FROM entity_screen.tranche t
	WHERE t.list_code = code AND t.source_hash = hash
		AND t.status <> 'retracted';
	IF FOUND THEN
		PERFORM entity_screen.confirm_list(tranche);
		RETURN entity_screen.summarize_load(tranche, true, started_at);
	END IF;
	known_from := entity_screen.next_known(code);
	tranche := entity_screen.store_tranche(content, code, hash, known_from);
	PERFORM entity_screen.refuse_keyless_names(tranche);
	PERFORM entity_screen.reconcile_tranche(tranche);
	FOR op IN
		SELECT o.* FROM entity_screen.tranche_operation o
		WHERE o.tranche_id = tranche ORDER BY o.line_no
	LOOP
		PERFORM entity_screen.attach_operation(op);
		done := done + 1;
		PERFORM entity_screen.report_load_progress(done, false);
	END LOOP;
	PERFORM entity_screen.report_load_progress(done, true);
	PERFORM entity_screen.settle_tranche(tranche);
	RETURN entity_screen.summarize_load(tranche, false, started_at);
END;
$$;
COMMENT ON FUNCTION entity_screen.load_tranche(bytea, text, text) IS
'Loads one rule from an operation file: all or nothing, once only. Returns what it did.';

CREATE FUNCTION entity_screen.load_tranche(content text,
	list_code text DEFAULT NULL, format text DEFAULT 'auto')
RETURNS entity_screen.load_summary
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN entity_screen.load_tranche(convert_to(content, 'UTF8'), list_code,
									  format);
END;
$$;
COMMENT ON FUNCTION entity_screen.load_tranche(text, text, text) IS
'The same for a small file pasted as text';

/*
 * Names that a tranche newly brings into the list, for the question "which
 * of my customers does this rule newly hit": join it to the customers'
 * entity_name column.
 */
CREATE FUNCTION entity_screen.tranche_name(tranche_id bigint)
RETURNS TABLE (
	entry_id bigint,
	name @extschema@.entity_name,
	name_type text,
	valid_from date,
	citation text)
LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 100
BEGIN ATOMIC
	SELECT n.entry_id, n.name, n.name_type, lower(n.valid), t.citation
	FROM entity_screen.entry_name n
	JOIN entity_screen.tranche t ON t.tranche_id = n.tranche_id
	WHERE n.tranche_id = tranche_name.tranche_id
		AND upper_inf(n.known);
END;
COMMENT ON FUNCTION entity_screen.tranche_name(bigint) IS
'Names that a tranche stated and this database now holds. JOIN customer c ON c.name % n.name shows which customers it newly hits.';
