/*
 * 45_attach: which entry an operation speaks of
 */

/*
 * A citation names a rule by ANY page from its first to its last: entries of
 * 85 FR 34503 cite 85 FR 34505.
 */
CREATE FUNCTION entity_screen.resolve_citation(citation text,
											   list_code text DEFAULT NULL)
RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT t.tranche_id
	FROM entity_screen.tranche t
	WHERE t.volume = entity_screen.citation_part(resolve_citation.citation, 1)
		AND entity_screen.citation_part(resolve_citation.citation, 2)
			BETWEEN t.page_from AND coalesce(t.page_to, t.page_from)
		AND (resolve_citation.list_code IS NULL
			 OR t.list_code = resolve_citation.list_code)
	ORDER BY t.tranche_id;
END;
COMMENT ON FUNCTION entity_screen.resolve_citation(text, text) IS
'Tranches whose page range holds the cited page';

/*
 * The entry that a record of a file speaks of.  First the primary names as
 * printed, under the destination given; then, except for add, the primary
 * names by normal form, if only one entry has it.  More than one entry: the
 * file has to name the destination.
 */
CREATE FUNCTION entity_screen.same_name(a @extschema@.entity_name, b text)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT a OPERATOR(@extschema@.=) @extschema@.entity_name(b);
END;
COMMENT ON FUNCTION entity_screen.same_name(@extschema@.entity_name, text) IS
'Internal: true when both names have the same normal form';

CREATE FUNCTION entity_screen.find_entry(list_code text, name text,
										 destination_country text,
										 by_normal_form boolean)
RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH named AS (
		SELECT o.entry_id
		FROM entity_screen.tranche_operation_name n
		JOIN entity_screen.tranche_operation o
			ON o.tranche_id = n.tranche_id AND o.line_no = n.entry_line_no
		WHERE NOT find_entry.by_normal_form
			AND entity_screen.name_key(n.name)
				= entity_screen.name_key(find_entry.name)
			AND n.name_type = 'primary'
			AND o.list_code = find_entry.list_code
		UNION
		SELECT e.entry_id
		FROM entity_screen.entry_name n
		JOIN entity_screen.entry e ON e.entry_id = n.entry_id
		WHERE find_entry.by_normal_form
			AND entity_screen.same_name(n.name, find_entry.name)
			AND n.name_type = 'primary'
			AND upper_inf(n.known)
			AND e.list_code = find_entry.list_code
	)
	SELECT coalesce(array_agg(named.entry_id ORDER BY named.entry_id),
					'{}'::bigint[])
	FROM named
	WHERE named.entry_id IS NOT NULL
		AND (find_entry.destination_country IS NULL OR EXISTS (
			SELECT FROM entity_screen.tranche_operation o
			WHERE o.entry_id = named.entry_id
				AND (entity_screen.name_key(find_entry.destination_country) IN
						(entity_screen.name_key(o.destination_country),
						 entity_screen.name_key(o.new_destination_country))
					 OR entity_screen.country_code(
							find_entry.destination_country) IN
						(entity_screen.country_code(o.destination_country),
						 entity_screen.country_code(
							o.new_destination_country)))));
END;
COMMENT ON FUNCTION entity_screen.find_entry(text, text, text, boolean) IS
'Internal: entries of a list that have had this primary name under this destination (null: any)';

CREATE FUNCTION entity_screen.is_in_force(entry_id bigint, on_date date,
										  tranche_id bigint, line_no bigint,
										  by_rule boolean)
RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(
		(SELECT o.operation = 'add'
		 FROM entity_screen.tranche_operation o
		 WHERE o.tranche_id = is_in_force.tranche_id
			AND o.entry_id = is_in_force.entry_id
			AND o.line_no < is_in_force.line_no
			AND o.operation IN ('add', 'remove')
			AND o.is_applied
		 ORDER BY o.line_no DESC
		 LIMIT 1),
		EXISTS (
		 SELECT FROM entity_screen.entry_version v
		 WHERE v.entry_id = is_in_force.entry_id
			AND v.valid @> is_in_force.on_date
			AND (v.valid_from_basis = 'rule' OR NOT is_in_force.by_rule)
			AND upper_inf(v.known)));
END;
COMMENT ON FUNCTION entity_screen.is_in_force(bigint, date, bigint, bigint, boolean) IS
'Internal: whether the entry is listed on the date just before this line of this tranche is applied; by_rule: on the word of a rule, not of a snapshot only';

/*
 * For an add: the entry that so far only snapshots know, under a name with
 * letters lost or another heading.  Its name has the same normal form, or is
 * very like and cites the rule.
 */
CREATE FUNCTION entity_screen.find_sourced_entry(
	op entity_screen.tranche_operation)
RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH near AS MATERIALIZED (
		SELECT n.entry_id, n.name::text AS name,
			entity_screen.same_name(n.name, (op).entry_name) AS is_same,
			@extschema@.entity_similarity(n.name,
				@extschema@.entity_name((op).entry_name)) AS likeness
		FROM entity_screen.entry_name n
		WHERE n.name OPERATOR(@extschema@.@@)
				(SELECT @extschema@.entity_query((op).entry_name, 0.85))
			AND n.name_type = 'primary' AND upper_inf(n.known)
	)
	SELECT c.entry_id
	FROM near c
	JOIN entity_screen.entry e ON e.entry_id = c.entry_id
		AND e.list_code = (op).list_code
	JOIN entity_screen.tranche t ON t.tranche_id = (op).tranche_id
	CROSS JOIN LATERAL (
		SELECT bool_or(entity_screen.country_code(o.destination_country)
					= entity_screen.country_code((op).destination_country))
				AS same_place,
			bool_or(EXISTS (
				SELECT FROM unnest(o.citations) AS u (citation)
				WHERE entity_screen.citation_part(u.citation, 1) = t.volume
					AND entity_screen.citation_part(u.citation, 2)
						BETWEEN t.page_from
							AND coalesce(t.page_to, t.page_from)))
				AS cites_rule,
			bool_or(r.kind = 'rule' AND o.operation = 'add') AS is_ruled
		FROM entity_screen.tranche_operation o
		JOIN entity_screen.tranche r ON r.tranche_id = o.tranche_id
			AND r.status <> 'retracted'
		WHERE o.entry_id = c.entry_id) o
	WHERE NOT o.is_ruled
		AND (o.cites_rule OR c.is_same AND o.same_place)
	ORDER BY 4 * coalesce(o.same_place, false)::integer
			+ 2 * coalesce(o.cites_rule, false)::integer
			+ 2 * c.is_same::integer DESC, c.likeness DESC, c.entry_id
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.find_sourced_entry(entity_screen.tranche_operation) IS
'Internal: the entry, known from snapshots only, that a rule adds under a slightly different name or heading';

/*
 * Attach one operation to its entry, or refuse it.
 */
CREATE FUNCTION entity_screen.attach_operation(
	op entity_screen.tranche_operation)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	label text := quote_literal(op.entry_name)
		|| coalesce(' (' || op.destination_country || ')', '');
	begins text := to_char(op.starts_on, 'YYYY-MM-DD');
	found bigint[];
	entry bigint;
	present boolean;
	problem text;
BEGIN
	found := entity_screen.find_entry(op.list_code, op.entry_name,
									  op.destination_country, false);
	IF found = '{}' AND op.operation <> 'add' THEN
		found := entity_screen.find_entry(op.list_code, op.entry_name,
										  op.destination_country, true);
	END IF;
	IF cardinality(found) > 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'SC004',
			MESSAGE = format('line %s, column name: more than one entry is named %s',
							 op.line_no, label),
			DETAIL = format('Entries %s of list %s bear the name.',
							array_to_string(found, ', '), op.list_code),
			HINT = 'Give destination_country on this record.';
	END IF;
	entry := found[1];
	IF entry IS NULL AND op.operation = 'add' AND EXISTS (
			SELECT FROM entity_screen.tranche t
			WHERE t.list_code = op.list_code AND t.kind = 'snapshot') THEN
		entry := entity_screen.find_sourced_entry(op);
	END IF;
	present := coalesce(entity_screen.is_in_force(entry, op.starts_on,
							op.tranche_id, op.line_no,
							op.operation = 'add'), false);
	problem := CASE
		WHEN op.operation = 'add' AND present THEN 'entry_present'
		WHEN op.operation <> 'add' AND NOT present THEN 'entry_missing'
		END;
	IF problem IS NOT NULL AND op.on_conflict = 'error' THEN
		RAISE EXCEPTION USING ERRCODE = 'SC004',
			MESSAGE = format('line %s, column operation: cannot %s %s',
							 op.line_no, op.operation, label),
			DETAIL = CASE problem
				WHEN 'entry_present' THEN
					format('Entry %s of list %s is already in force on %s.',
						   entry, op.list_code, begins)
				ELSE format('List %s has no such entry in force on %s.',
							op.list_code, begins) END,
			HINT = CASE problem
				WHEN 'entry_present' THEN
					'Use operation revise, or on_conflict record to load the rest of the file and keep the statement as a conflict.'
				ELSE 'Load the rule that adds the entry first, or use on_conflict record to load the rest of the file and apply the statement when that rule is loaded.' END;
	END IF;
	IF problem IS NOT NULL THEN
		INSERT INTO entity_screen.load_conflict
			(tranche_id, line_no, conflict, detail)
		VALUES (op.tranche_id, op.line_no, problem,
				format('%s %s on %s', op.operation, label, begins));
	END IF;
	IF entry IS NULL AND op.operation = 'add' THEN
		INSERT INTO entity_screen.entry (list_code, created_by_tranche_id)
		VALUES (op.list_code, op.tranche_id)
		RETURNING entry_id INTO entry;
	END IF;
	UPDATE entity_screen.tranche_operation o
	SET entry_id = entry, is_applied = problem IS DISTINCT FROM 'entry_present'
	WHERE o.tranche_id = op.tranche_id AND o.line_no = op.line_no;
END;
$$;
COMMENT ON FUNCTION entity_screen.attach_operation(entity_screen.tranche_operation) IS
'Internal: ties an operation to the entry it speaks of, making the identity for an add; raises SC004 for an add of an entry in force and for any other operation on an entry that is not, unless the record says on_conflict record';

/*
 * Statements of earlier files that waited for an entry this tranche adds.
 */
CREATE FUNCTION entity_screen.attach_waiting(tranche_id bigint,
											 list_code text)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	op entity_screen.tranche_operation;
	found bigint[];
	attached bigint[] := '{}';
	forms text[];
	entries bigint[];
BEGIN
	FOR op IN
		SELECT w.* FROM entity_screen.tranche_operation w
		WHERE w.list_code = attach_waiting.list_code
			AND w.entry_id IS NULL
		ORDER BY w.tranche_id, w.line_no
	LOOP
		found := entity_screen.find_entry(op.list_code, op.entry_name,
										  op.destination_country, false);
		IF found = '{}' THEN
			IF forms IS NULL THEN
				SELECT coalesce(array_agg(@extschema@.entity_normal_form(
							@extschema@.entity_name(n.name))), '{}'),
					coalesce(array_agg(o.entry_id), '{}')
				INTO forms, entries
				FROM entity_screen.tranche_operation_name n
				JOIN entity_screen.tranche_operation o
					ON o.tranche_id = n.tranche_id
					AND o.line_no = n.entry_line_no
				WHERE n.tranche_id = attach_waiting.tranche_id
					AND n.name_type = 'primary' AND n.change = 'add';
			END IF;
			found := ARRAY(
				SELECT DISTINCT u.entry
				FROM unnest(forms, entries) AS u (form, entry)
				WHERE u.form = @extschema@.entity_normal_form(
						@extschema@.entity_name(op.entry_name)));
		END IF;
		CONTINUE WHEN cardinality(found) <> 1;
		UPDATE entity_screen.tranche_operation w SET entry_id = found[1]
		WHERE w.tranche_id = op.tranche_id AND w.line_no = op.line_no;
		UPDATE entity_screen.load_conflict c
		SET resolved_by_tranche_id = attach_waiting.tranche_id
		WHERE c.tranche_id = op.tranche_id
			AND c.line_no = op.line_no
			AND c.conflict = 'entry_missing';
		attached := attached || found;
	END LOOP;
	RETURN attached;
END;
$$;
COMMENT ON FUNCTION entity_screen.attach_waiting(bigint, text) IS
'Internal: attaches operations of earlier tranches that waited for an entry which this tranche adds';

/*
 * Lists print one party in several entries.  A child belongs to the one that
 * is cited with it, else to the first.
 */
CREATE FUNCTION entity_screen.nearest_parent(entry_ids bigint[],
	citations text[])
RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT u.entry_id
	FROM unnest(entry_ids) AS u (entry_id)
	ORDER BY EXISTS (
			SELECT FROM entity_screen.tranche_operation o
			WHERE o.entry_id = u.entry_id
				AND o.citations && nearest_parent.citations) DESC,
		u.entry_id
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.nearest_parent(bigint[], text[]) IS
'Internal: of entries with the name of a parent the one that shares a citation with the child, else the first';

CREATE FUNCTION entity_screen.attach_parents(tranche_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	op entity_screen.tranche_operation;
	found bigint[];
BEGIN
	FOR op IN
		SELECT o.* FROM entity_screen.tranche_operation o
		WHERE o.tranche_id = attach_parents.tranche_id AND o.parent <> ''
		ORDER BY o.line_no
	LOOP
		found := entity_screen.find_entry(op.list_code, op.parent,
										  op.destination_country, false);
		IF found = '{}' THEN
			found := entity_screen.find_entry(op.list_code, op.parent,
											  NULL, false);
		END IF;
		found := array_remove(found, op.entry_id);
		IF found <> '{}' THEN
			UPDATE entity_screen.tranche_operation o
			SET parent_entry_id = entity_screen.nearest_parent(found,
				op.citations)
			WHERE o.tranche_id = op.tranche_id AND o.line_no = op.line_no;
		ELSE
			INSERT INTO entity_screen.load_conflict
				(tranche_id, line_no, conflict, detail)
			VALUES (op.tranche_id, op.line_no, 'parent_missing',
					format('parent %L of %L: no such entry', op.parent,
						   op.entry_name));
		END IF;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.attach_parents(bigint) IS
'Internal: ties the operations of a tranche to the parent entries they name; a parent that is not loaded is a recorded conflict';
