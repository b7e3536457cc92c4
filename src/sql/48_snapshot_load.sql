/*
 * 48_snapshot_load: loading a whole list
 */

CREATE TYPE entity_screen.snapshot_summary AS (
	list_code text,
	tranche_id bigint,
	status text,
	snapshot_on date,
	already_loaded boolean,
	source_rows integer,
	entries integer,
	added integer,
	revised integer,
	removed integer,
	unchanged integer,
	names integer,
	addresses integer,
	conflicts integer,
	seconds double precision);
COMMENT ON TYPE entity_screen.snapshot_summary IS
'What one load did to one list. source_rows: rows of the file; entries: entries they make; added, revised, removed, unchanged: entries against the list before; names, addresses: stated by the differences; conflicts: what load_conflict records.';

/*
 * A snapshot that is too old or too small is refused, with the numbers.
 */
CREATE FUNCTION entity_screen.check_snapshot_age(list_code text,
	snapshot_on date, backfill boolean)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	newest date := entity_screen.newest_snapshot_on(
		check_snapshot_age.list_code);
BEGIN
	IF check_snapshot_age.snapshot_on < newest AND NOT backfill THEN
		RAISE EXCEPTION USING ERRCODE = 'SC010',
			MESSAGE = format('the snapshot of %s of list %s is older than the one loaded',
							 check_snapshot_age.snapshot_on, list_code),
			DETAIL = format('The newest loaded snapshot is of %s.', newest),
			HINT = 'Pass backfill => true to fill in history; today''s answers stay as they are. Nothing was loaded.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_snapshot_age(text, date, boolean) IS
'Internal: raises SC010 for a snapshot older than the newest one, unless history is being filled in';

CREATE FUNCTION entity_screen.check_snapshot_size(load_no bigint,
	list_code text, upto date)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
	held bigint;
	gone bigint;
	total bigint;
	share numeric := (entity_screen.effective_setting(
		check_snapshot_size.list_code)).max_removed_share;
BEGIN
	SELECT count(*), count(*) FILTER (WHERE s.entry_id IS NULL)
	INTO held, gone
	FROM entity_screen.snapshot_operation(check_snapshot_size.list_code,
										  upto) o
	LEFT JOIN (
		SELECT DISTINCT p.entry_id
		FROM entity_screen.stage_record p
		WHERE p.load_no = check_snapshot_size.load_no) s
		ON s.entry_id = o.entry_id
	WHERE o.operation <> 'remove';
	IF gone > held * share THEN
		SELECT count(*) INTO total
		FROM entity_screen.stage_record s
		WHERE s.load_no = check_snapshot_size.load_no
			AND s.list_code = check_snapshot_size.list_code;
		RAISE EXCEPTION USING ERRCODE = 'SC010',
			MESSAGE = format('the snapshot takes %s of %s entries from list %s',
							 gone, held, list_code),
			DETAIL = format('It holds %s entries; the limit is a share of %s of those loaded.',
							total, share),
			HINT = 'The file may be a part only: fetch it again. If the list did shrink, raise max_removed_share in entity_screen.list_setting. Nothing was loaded.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_snapshot_size(bigint, text, date) IS
'Internal: raises SC010 when a snapshot would take a larger share from its list than the setting allows';

/*
 * A file of several lists that lacks one of them is a part only.
 */
CREATE FUNCTION entity_screen.check_lists_present(load_no bigint,
	format entity_screen.list_format, list_code text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	missing text;
	held integer;
BEGIN
	IF list_code IS NOT NULL OR (format).source_lists IS NULL
		OR (format).format NOT LIKE 'csl%' THEN
		RETURN;
	END IF;
	SELECT t.list_code, p.name_count INTO missing, held
	FROM entity_screen.tranche t
	JOIN entity_screen.list_state p ON p.list_code = t.list_code
	WHERE t.source_format LIKE 'csl%' AND t.status = 'approved'
		AND t.kind = 'snapshot' AND p.name_count > 0
		AND (entity_screen.effective_setting(t.list_code)).max_removed_share
			< 1
		AND NOT EXISTS (
			SELECT FROM entity_screen.stage_record s
			WHERE s.load_no = check_lists_present.load_no
				AND s.list_code = t.list_code)
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SC010',
			MESSAGE = format('the file has no row of list %s', missing),
			DETAIL = format('The list holds %s names from earlier files of this format.',
							held),
			HINT = 'The file may be a part only: fetch it again. If the list was given up, set its max_removed_share to 1 in entity_screen.list_setting. Nothing was loaded.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_lists_present(bigint, entity_screen.list_format, text) IS
'Internal: raises SC010 when a file of several lists lacks one that it had before';

CREATE FUNCTION entity_screen.record_problems(load_no bigint,
	list_code text, tranche_id bigint)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.load_conflict (tranche_id, line_no, conflict,
											 detail)
	SELECT record_problems.tranche_id, s.line_no,
		split_part(u.problem, '|', 1),
		string_agg(coalesce(quote_literal(s.name) || ': ', '')
			|| substr(u.problem, strpos(u.problem, '|') + 1), '; ')
	FROM entity_screen.stage_record s
	CROSS JOIN unnest(s.problems) AS u (problem)
	WHERE s.load_no = record_problems.load_no
		AND s.list_code = record_problems.list_code
		AND (s.names = '{}' OR EXISTS (
			SELECT FROM entity_screen.tranche_operation o
			WHERE o.tranche_id = record_problems.tranche_id
				AND o.line_no = s.line_no))
	GROUP BY s.line_no, split_part(u.problem, '|', 1)
	ON CONFLICT DO NOTHING;
	INSERT INTO entity_screen.load_conflict (tranche_id, line_no, conflict,
											 detail)
	SELECT record_problems.tranche_id, s.line_no, 'listed_after_removal',
		format('%L is in the file, a rule removed it before', s.name)
	FROM entity_screen.stage_record s
	JOIN entity_screen.tranche t
		ON t.tranche_id = record_problems.tranche_id
	WHERE s.load_no = record_problems.load_no
		AND s.list_code = record_problems.list_code
		AND EXISTS (
			SELECT FROM entity_screen.tranche_operation o
			JOIN entity_screen.tranche r ON r.tranche_id = o.tranche_id
				AND r.kind = 'rule' AND r.status = 'approved'
			WHERE o.entry_id = s.entry_id AND o.operation = 'remove'
				AND o.starts_on <= t.snapshot_on)
	ON CONFLICT DO NOTHING;
END;
COMMENT ON FUNCTION entity_screen.record_problems(bigint, text, bigint) IS
'Internal: records what the staged records could not be loaded with; of an entry that is as it was, that was recorded before';

CREATE FUNCTION entity_screen.record_differences(load_no bigint,
	list_code text, tranche_id bigint)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	INSERT INTO entity_screen.load_difference
	SELECT record_differences.tranche_id, s.line_no, s.name, s.source_rows,
		s.source_names, s.taken_apart, s.repeated, s.remarks, s.refused,
		cardinality(s.names)
	FROM entity_screen.stage_record s
	WHERE s.load_no = record_differences.load_no
		AND s.list_code = record_differences.list_code
		AND (s.source_rows > 1 OR s.taken_apart > 0 OR s.repeated > 0
			 OR s.remarks > 0 OR s.refused > 0 OR s.names = '{}');
END;
COMMENT ON FUNCTION entity_screen.record_differences(bigint, text, bigint) IS
'Internal: records for each line of a snapshot why it is not one entry with the names that its source counts';

CREATE FUNCTION entity_screen.summarize_snapshot(tranche_id bigint,
	already_loaded boolean, listed bigint[], started_at timestamptz)
RETURNS entity_screen.snapshot_summary
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT t.list_code, t.tranche_id, t.status, t.snapshot_on,
		summarize_snapshot.already_loaded, t.source_rows, t.source_entries,
		o.added::integer, o.revised::integer, o.removed::integer,
		(t.source_entries - o.added - o.revised)::integer,
		CASE WHEN summarize_snapshot.already_loaded THEN 0 ELSE (
			SELECT count(*) FROM entity_screen.tranche_operation_name n
			WHERE n.tranche_id = t.tranche_id) END::integer,
		CASE WHEN summarize_snapshot.already_loaded THEN 0 ELSE (
			SELECT count(*) FROM entity_screen.tranche_operation_address a
			WHERE a.tranche_id = t.tranche_id) END::integer,
		(SELECT count(*) FROM entity_screen.load_conflict c
		 WHERE c.tranche_id = t.tranche_id)::integer,
		extract(epoch FROM clock_timestamp() - started_at)::float8
	FROM entity_screen.tranche t
	CROSS JOIN LATERAL (
		SELECT count(*) FILTER (WHERE p.operation = 'add'
				AND NOT p.entry_id = ANY (listed)) AS added,
			count(*) FILTER (WHERE p.operation = 'revise'
				OR p.operation = 'add' AND p.entry_id = ANY (listed))
				AS revised,
			count(*) FILTER (WHERE p.operation = 'remove') AS removed
		FROM entity_screen.tranche_operation p
		WHERE p.tranche_id = t.tranche_id
			AND NOT summarize_snapshot.already_loaded) o
	WHERE t.tranche_id = summarize_snapshot.tranche_id;
END;
COMMENT ON FUNCTION entity_screen.summarize_snapshot(bigint, boolean, bigint[], timestamptz) IS
'Internal: counts what the load of a snapshot did to a list';

/*
 * The same bytes say nothing new as long as no other snapshot lies between:
 * a list that has gone back to what it was is a change.
 */
CREATE FUNCTION entity_screen.loaded_snapshot(list_code text,
	source_hash bytea, format text, snapshot_on date)
RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT t.tranche_id
	FROM entity_screen.tranche t
	WHERE t.list_code = loaded_snapshot.list_code
		AND t.source_hash = loaded_snapshot.source_hash
		AND t.source_format = loaded_snapshot.format
		AND t.kind = 'snapshot' AND t.status <> 'retracted'
		AND (t.snapshot_on >= loaded_snapshot.snapshot_on
			 OR NOT EXISTS (
				SELECT FROM entity_screen.tranche n
				WHERE n.list_code = t.list_code AND n.kind = 'snapshot'
					AND n.status <> 'retracted'
					AND n.snapshot_on > t.snapshot_on
					AND n.snapshot_on <= loaded_snapshot.snapshot_on))
	ORDER BY t.snapshot_on DESC
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.loaded_snapshot(text, bytea, text, date) IS
'Internal: the tranche that these bytes made already, if they are what the list is on that date; null: they have to be loaded';

/*
 * Lists that a file made tranches of, if every one of them still stands:
 * then the file needs no parsing.
 */
CREATE FUNCTION entity_screen.unchanged_lists(source_hash bytea,
	format text, snapshot_on date, list_code text)
RETURNS text[]
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE WHEN bool_and(entity_screen.loaded_snapshot(c.list_code,
				unchanged_lists.source_hash, unchanged_lists.format,
				unchanged_lists.snapshot_on) IS NOT NULL)
		THEN array_agg(c.list_code ORDER BY c.list_code) END
	FROM (SELECT DISTINCT t.list_code FROM entity_screen.tranche t
		  WHERE t.source_hash = unchanged_lists.source_hash
			AND t.kind = 'snapshot'
			AND (unchanged_lists.list_code IS NULL
				 OR t.list_code = unchanged_lists.list_code)) c;
END;
COMMENT ON FUNCTION entity_screen.unchanged_lists(bytea, text, date, text) IS
'Internal: the lists of a file that is loaded as it is; null when it has to be parsed';

/*
 * One list of a staged file.
 */
CREATE FUNCTION entity_screen.load_staged(load_no bigint, list_code text,
	snapshot_on date, backfill boolean, source_hash bytea, format text)
RETURNS entity_screen.snapshot_summary
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	started_at timestamptz := clock_timestamp();
	tranche bigint;
	same_day bigint;
	base entity_screen.tranche;
	listed bigint[];
BEGIN
	tranche := entity_screen.loaded_snapshot(load_staged.list_code,
		load_staged.source_hash, load_staged.format, load_staged.snapshot_on);
	IF tranche IS NOT NULL THEN
		PERFORM entity_screen.confirm_list(tranche);
		RETURN entity_screen.summarize_snapshot(tranche, true, '{}',
												started_at);
	END IF;
	PERFORM entity_screen.check_snapshot_age(load_staged.list_code,
		load_staged.snapshot_on, load_staged.backfill);
	SELECT t.tranche_id INTO same_day FROM entity_screen.tranche t
	WHERE t.list_code = load_staged.list_code AND t.kind = 'snapshot'
		AND t.status = 'approved' AND t.snapshot_on = load_staged.snapshot_on;
	IF FOUND THEN
		PERFORM entity_screen.unpublish_tranche(same_day,
			entity_screen.next_known(load_staged.list_code),
			'replaced by another file of the same day');
	END IF;
	SELECT t.* INTO base FROM entity_screen.tranche t
	WHERE t.list_code = load_staged.list_code AND t.kind = 'snapshot'
		AND t.status = 'approved' AND t.snapshot_on < load_staged.snapshot_on
	ORDER BY t.snapshot_on DESC LIMIT 1;

	INSERT INTO entity_screen.tranche (list_code, document_number, title,
		published_on, effective_on, kind, snapshot_on, base_tranche_id,
		source_rows, source_entries, source_names, entry_names, source_hash,
		source_format, known_from, xid, loaded_by, loaded_at)
	SELECT load_staged.list_code, 'snapshot ' || load_staged.snapshot_on,
		'Snapshot of the whole list', load_staged.snapshot_on,
		load_staged.snapshot_on, 'snapshot', load_staged.snapshot_on,
		base.tranche_id, sum(s.source_rows),
		count(*) FILTER (WHERE s.names <> '{}'), sum(s.source_names),
		sum(cardinality(s.names)), load_staged.source_hash,
		load_staged.format, entity_screen.next_known(load_staged.list_code),
		pg_current_xact_id(), session_user, clock_timestamp()
	FROM entity_screen.stage_record s
	WHERE s.load_no = load_staged.load_no
		AND s.list_code = load_staged.list_code
	RETURNING tranche_id INTO tranche;
	PERFORM entity_screen.identify_staged(load_staged.load_no,
		load_staged.list_code, load_staged.snapshot_on, tranche);
	PERFORM entity_screen.check_snapshot_size(load_staged.load_no,
		load_staged.list_code, coalesce(base.snapshot_on, '-infinity'));
	listed := ARRAY(
		SELECT DISTINCT v.entry_id
		FROM entity_screen.entry_version v
		JOIN entity_screen.entry e ON e.entry_id = v.entry_id
		WHERE e.list_code = load_staged.list_code AND upper_inf(v.known)
			AND v.valid @> load_staged.snapshot_on);
	PERFORM entity_screen.write_steps(load_staged.load_no,
		load_staged.list_code, tranche, load_staged.snapshot_on,
		coalesce(base.snapshot_on, '-infinity'), NULL);
	PERFORM entity_screen.record_problems(load_staged.load_no,
		load_staged.list_code, tranche);
	PERFORM entity_screen.record_differences(load_staged.load_no,
		load_staged.list_code, tranche);
	PERFORM entity_screen.settle_tranche(tranche);
	RETURN entity_screen.summarize_snapshot(tranche, false, listed,
											started_at);
END;
$$;
COMMENT ON FUNCTION entity_screen.load_staged(bigint, text, date, boolean, bytea, text) IS
'Internal: loads the staged records of one list as the tranche of their differences';

/*
 * load_snapshot(content, snapshot_on, ...) - load a whole list, or several
 *
 * content		the bytes of the file
 * snapshot_on	date on which its source said this was the list; not in the
 *				future
 * list_code	list to load into; null: as the file and its format say
 * format		one of list_format; null or 'auto': recognized
 * backfill		true: the snapshot may be older than the newest one, to fill
 *				in history
 * attachments	further files of a set (OFAC: alt, add and sdn_comments)
 *
 * Result: one row a list in the file.  All or nothing; the same bytes again
 * change nothing and say already_loaded.
 *
 * Errors: 22P04, 22021, 22P02, 22023, 2200M, 54000 for a file that cannot be
 * read; SC010 for a snapshot that is older than the list, or takes a larger
 * share of its entries than max_removed_share.
 */
CREATE FUNCTION entity_screen.load_snapshot(content bytea, snapshot_on date,
	list_code text DEFAULT NULL, format text DEFAULT NULL,
	backfill boolean DEFAULT false, attachments bytea[] DEFAULT NULL)
RETURNS SETOF entity_screen.snapshot_summary
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET datestyle = 'ISO, YMD'
AS $$
#variable_conflict use_column
DECLARE
	f entity_screen.list_format;
	hash bytea;
	known_codes text[];
	load bigint;
	code text;
BEGIN
	IF load_snapshot.snapshot_on IS NULL
		OR load_snapshot.snapshot_on NOT BETWEEN '1900-01-01'
			AND current_date + 1 THEN
		PERFORM entity_screen.refuse_file('invalid_parameter_value',
			format('snapshot_on %s is not a date of a list',
				   coalesce(load_snapshot.snapshot_on::text, 'null')),
			'It is the date on which the source published the file.',
			'Pass that date; it cannot lie in the future.');
	END IF;
	f := entity_screen.choose_format(content, load_snapshot.format);
	IF load_snapshot.list_code IS NOT NULL THEN
		PERFORM FROM entity_screen.screening_list l
		WHERE l.list_code = load_snapshot.list_code
			AND entity_screen.session_may_see(l.list_code);
		IF NOT FOUND THEN
			PERFORM entity_screen.refuse_file('invalid_parameter_value',
				format('list %s is not known', load_snapshot.list_code),
				'A snapshot is one of a known list.',
				'Use one of entity_screen.screening_list, or add a row there.');
		END IF;
	END IF;
	hash := sha256(content || coalesce((
		SELECT string_agg(a.part, ''::bytea ORDER BY a.ordinality)
		FROM unnest(attachments) WITH ORDINALITY AS a (part, ordinality)),
		''::bytea));

	/* The same bytes again: nothing to parse.  Others may just change that. */
	known_codes := entity_screen.unchanged_lists(hash, f.format,
		load_snapshot.snapshot_on, load_snapshot.list_code);
	IF known_codes IS NOT NULL THEN
		PERFORM entity_screen.check_known_lists(known_codes);
		FOREACH code IN ARRAY known_codes LOOP
			PERFORM entity_screen.lock_list(code);
		END LOOP;
		known_codes := entity_screen.unchanged_lists(hash, f.format,
			load_snapshot.snapshot_on, load_snapshot.list_code);
	END IF;
	IF known_codes IS NOT NULL THEN
		FOREACH code IN ARRAY known_codes LOOP
			RETURN NEXT entity_screen.load_staged(0, code,
				load_snapshot.snapshot_on, backfill, hash, f.format);
		END LOOP;
		RETURN;
	END IF;

	load := entity_screen.stage_file(content, attachments, f,
									 load_snapshot.list_code);
	FOR code IN
		SELECT DISTINCT s.list_code FROM entity_screen.stage_record s
		WHERE s.load_no = load ORDER BY 1
	LOOP
		PERFORM entity_screen.check_known_lists(ARRAY[code]);
		PERFORM entity_screen.lock_list(code);
		PERFORM entity_screen.check_snapshot_age(code,
			load_snapshot.snapshot_on, backfill);
	END LOOP;
	PERFORM entity_screen.check_lists_present(load, f,
											  load_snapshot.list_code);
	FOR code IN
		SELECT DISTINCT s.list_code FROM entity_screen.stage_record s
		WHERE s.load_no = load ORDER BY 1
	LOOP
		RETURN NEXT entity_screen.load_staged(load, code,
			load_snapshot.snapshot_on, backfill, hash, f.format);
	END LOOP;
	DELETE FROM entity_screen.stage_record s WHERE s.load_no = load;
END;
$$;
COMMENT ON FUNCTION entity_screen.load_snapshot(bytea, date, text, text, boolean, bytea[]) IS
'Loads a whole list from a file: what it says differently from the list becomes a tranche. One row a list in the file.';
