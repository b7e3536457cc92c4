/*
 * 64_evidence_report: what the evidence tells those who ask
 */

CREATE FUNCTION entity_screen.qualified_name(target regclass)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT format('%I.%I', n.nspname, c.relname)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.oid = target;
END;
COMMENT ON FUNCTION entity_screen.qualified_name(regclass) IS
'Name of a table with schema, as evidence has it; null when there is none';

/*
 * guard_preview(target, since) - what action hold would have done
 *
 * One row for each screening of the table since then that found something
 * or failed, with the best hit.  For a guard that observes or alerts.
 */
CREATE FUNCTION entity_screen.guard_preview(target regclass,
	since timestamptz DEFAULT NULL)
RETURNS TABLE (
	event_id bigint,
	event_at timestamptz,
	party_ref text,
	party_column text,
	party text,
	reason text,
	hit_count integer,
	list_code text,
	entry_name text,
	score numeric)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
	SELECT e.event_id, e.event_at, e.party_ref, e.party_column, e.party,
		e.reason, e.hit_count, h.hit ->> 'list_code',
		h.hit ->> 'entry_name', (h.hit ->> 'score')::numeric
	FROM entity_screen.screening_event e
	LEFT JOIN LATERAL (
		SELECT j.value AS hit
		FROM jsonb_array_elements(e.hits) j
		WHERE NOT j.value ? 'suppressed_by'
		LIMIT 1) h ON true
	WHERE e.target = entity_screen.qualified_name(guard_preview.target)
		AND e.decision NOT IN ('clear', 'suppressed', 'released')
		AND (since IS NULL OR e.event_at >= since)
	ORDER BY e.event_id;
END;
COMMENT ON FUNCTION entity_screen.guard_preview(regclass, timestamptz) IS
'What action hold would have done to a table since a moment: the screenings that found something or failed, each with its best hit';

/* ---------------------------------------------------------------------
 * rows that were never screened
 * ------------------------------------------------------------------ */

/*
 * The rows of a guarded table and one of its party columns without a
 * successful event for their present values.  A moment is a date in the
 * time zone of a list: a day more or less is the same day somewhere.
 */
CREATE FUNCTION entity_screen.unscreened_query(guard entity_screen.guard,
											   party_column text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT format(
		'SELECT r.party_ref, %L::text, r.party, r.on_date '
		'FROM (SELECT %s AS party_ref, %s AS party, %s AS country, '
		'%s AS address, %s AS on_date FROM %s t) r '
		'WHERE ($1 IS NULL OR r.on_date >= $1) '
		'AND ($2 IS NULL OR r.on_date <= $2) '
		'AND NOT EXISTS (SELECT FROM entity_screen.screening_event e '
		'WHERE e.party_ref = r.party_ref AND e.target = %L '
		'AND e.party_column = %L '
		'AND e.party IS NOT DISTINCT FROM r.party '
		'AND e.country IS NOT DISTINCT FROM r.country '
		'AND e.address IS NOT DISTINCT FROM r.address '
		'AND (r.on_date IS NULL OR e.on_date_basis = ''today'' '
		'OR e.on_date = r.on_date '
		'OR (%L AND abs(e.on_date - r.on_date) <= 1)) '
		'AND e.decision <> ''screening_failed'' AND e.reason IS NULL)',
		party_column, entity_screen.key_expression((guard).key_columns),
		entity_screen.text_expression(party_column),
		entity_screen.text_expression((guard).country_column),
		entity_screen.text_expression((guard).address_column),
		CASE WHEN (guard).on_date_column IS NULL THEN 'NULL::date'
			ELSE format('t.%I::date', (guard).on_date_column) END,
		(guard).target, entity_screen.qualified_name((guard).target),
		party_column,
		(guard).on_date_column IS NOT NULL AND NOT EXISTS (
			SELECT FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
			WHERE a.attrelid = (guard).target
				AND a.attname = (guard).on_date_column
				AND coalesce(nullif(y.typbasetype, 0), y.oid)
					= 'date'::regtype));
END;
COMMENT ON FUNCTION entity_screen.unscreened_query(entity_screen.guard, text) IS
'Internal: the query of unscreened_rows() for one party column';

/*
 * unscreened_rows(target, from_on, to_on) - protected rows without evidence
 *
 * target		  a protected table
 * from_on, to_on  first and last date, by the date column of the guard;
 *				  null: no limit
 *
 * A row is screened when there is an event of it that did not fail, for the
 * party, country, address and date that it has now.  So rows are named that
 * were there before the guard, that came while its triggers did not fire,
 * or that were changed meanwhile.  Reads the table with the rights of the
 * caller.
 *
 * Errors: 42704 when the table has no guard, 55000 when the guard counts
 * clean rows or the table has no key, 22023 for dates without a date column.
 */
CREATE FUNCTION entity_screen.unscreened_rows(target regclass,
	from_on date DEFAULT NULL, to_on date DEFAULT NULL)
RETURNS TABLE (
	party_ref text,
	party_column text,
	party text,
	on_date date)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET jit = off
SET datestyle = 'ISO, YMD'
SET timezone = 'UTC'
SET intervalstyle = 'postgres'
SET extra_float_digits = 1
AS $$
#variable_conflict use_column
DECLARE
	guard entity_screen.guard;
	problem text;
	name text;
BEGIN
	SELECT g.* INTO guard FROM entity_screen.guard g
	WHERE g.target = unscreened_rows.target;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('%s is not protected', coalesce(target::text, 'null')),
			DETAIL = 'No guard stands on the table.',
			HINT = 'See entity_screen.v_guard for the tables that are.';
	END IF;
	problem := CASE
		WHEN guard.record_clean = 'count'
			THEN 'Its guard counts clean rows, so that they cannot be told apart.'
		WHEN cardinality(guard.key_columns) = 0
			THEN 'It was protected without a key.' END;
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('the rows of %s cannot be told apart', target),
			DETAIL = problem,
			HINT = 'Protect the table with a key and record_clean row.';
	END IF;
	IF guard.on_date_column IS NULL
		AND (from_on IS NOT NULL OR to_on IS NOT NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('rows of %s have no date', target),
			DETAIL = 'The table was protected without on_date.',
			HINT = 'Leave the dates out.';
	END IF;
	FOREACH name IN ARRAY guard.party_columns LOOP
		RETURN QUERY EXECUTE entity_screen.unscreened_query(guard, name)
			USING from_on, to_on;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.unscreened_rows(regclass, date, date) IS
'Rows of a protected table without a successful screening for the values they have now, between two dates; 42704, 55000, 22023';

/* ---------------------------------------------------------------------
 * replay
 * ------------------------------------------------------------------ */

/*
 * Three answers to the question of an event, side by side: as recorded, as
 * the lists were known then with the present library, as they are known now.
 */
CREATE FUNCTION entity_screen.replayed_hit(
	event entity_screen.screening_event,
	context entity_screen.screening_context, known_at timestamptz)
RETURNS TABLE (
	entry_id bigint,
	entry_name text,
	list_code text,
	score numeric,
	content jsonb)
LANGUAGE sql STABLE ROWS 5
BEGIN ATOMIC
	WITH asked AS (
		SELECT array_fill((event).on_date,
				ARRAY[cardinality((context).list_codes)]) AS on_dates,
			(SELECT min(t) FROM unnest((context).thresholds) t) AS lowest,
			p.announced_counts AND g.is_guarded AS with_announced,
			g.is_guarded
		FROM entity_screen.policy_at((event).event_at) p
		CROSS JOIN LATERAL (
			SELECT (event).guard_id IS NOT NULL OR EXISTS (
				SELECT FROM entity_screen.screening_run r
				WHERE r.run_id = (event).run_id
					AND r.run_kind IN ('delta', 'full', 'due'))
				AS is_guarded) g
		WHERE (context).context_id IS NOT NULL
	), direct AS MATERIALIZED (
		SELECT h.entry_id, to_jsonb(h) AS hit
		FROM asked a
		CROSS JOIN LATERAL entity_screen.hit((event).party, (event).country,
			(event).address, known_at, a.with_announced,
			(context).list_codes, a.on_dates, (context).thresholds,
			(context).weak_thresholds, a.lowest) h
		WHERE h.is_listed OR h.advisory = 'announced_not_effective'
	)
	SELECT x.entry_id, x.hit ->> 'entry_name', x.hit ->> 'list_code',
		(x.hit ->> 'score')::numeric,
		jsonb_build_array(x.hit -> 'license_requirement',
			x.hit -> 'license_review_policy', x.hit -> 'citations')
	FROM (
		SELECT d.entry_id, d.hit FROM direct d
		UNION ALL
		SELECT o.entry_id, o.hit
		FROM asked a
		CROSS JOIN LATERAL entity_screen.owner_hits((event).party,
			CASE WHEN (event).guard_id IS NULL THEN (event).target END,
			CASE WHEN (event).guard_id IS NULL THEN (event).party_ref END,
			(context).list_codes, a.on_dates, (context).thresholds,
			(context).weak_thresholds, a.lowest,
			(event).guard_id IS NOT NULL, known_at) o
		WHERE a.is_guarded AND NOT EXISTS (
				SELECT FROM direct d WHERE d.entry_id = o.entry_id)) x;
END;
COMMENT ON FUNCTION entity_screen.replayed_hit(entity_screen.screening_event, entity_screen.screening_context, timestamptz) IS
'Internal: the hits of an event, asked again with the thresholds of then: as lists and owners were known at a moment, or now';

/*
 * Of the versions that a context names the most particular one for a list,
 * as current_config() chooses.
 */
CREATE FUNCTION entity_screen.config_of(
	context entity_screen.screening_context, list_code text)
RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.config_id
	FROM entity_screen.screening_config c
	WHERE c.config_id = ANY ((context).config_ids) AND c.names = 'all'
		AND (c.list_code = config_of.list_code OR c.list_code IS NULL)
	ORDER BY c.guard_id, c.list_code
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.config_of(entity_screen.screening_context, text) IS
'Internal: the version of screening_config that gave a list its threshold; null: it was passed to a function';

CREATE FUNCTION entity_screen.sealing_block(
	event entity_screen.screening_event)
RETURNS SETOF entity_screen.audit_block
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
	SELECT b.*
	FROM entity_screen.audit_block b
	WHERE b.block_kind = 'events'
		AND b.evidence_month = entity_screen.month_of((event).event_at)
		AND (event).event_id = ANY (b.event_ids)
	LIMIT 1;
END;
COMMENT ON FUNCTION entity_screen.sealing_block(entity_screen.screening_event) IS
'Internal: the block of the chain that seals an event';

CREATE FUNCTION entity_screen.sealed_digest(
	event entity_screen.screening_event)
RETURNS bytea
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT substring(b.event_digests FROM
		(array_position(b.event_ids, (event).event_id) - 1) * 32 + 1 FOR 32)
	FROM entity_screen.sealing_block(event) b;
END;
COMMENT ON FUNCTION entity_screen.sealed_digest(entity_screen.screening_event) IS
'Internal: the digest with which an event was sealed; null when it is not';

/*
 * Why an answer differs from the recorded one.
 */
CREATE FUNCTION entity_screen.replay_cause(
	event entity_screen.screening_event,
	context entity_screen.screening_context, entry_id bigint,
	then_differs boolean)
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE
		WHEN then_differs AND entity_screen.sealed_digest(event)
			<> entity_screen.event_digest(event, context)
			THEN 'the record was changed after it was sealed'
		WHEN then_differs AND (context).normalizer_version
			<> entity_screen.normalizer_version()
			THEN format('normalizer %s then, %s now',
						(context).normalizer_version,
						entity_screen.normalizer_version())
		WHEN then_differs AND (context).engine_version
			<> entity_screen.engine_version()
			THEN format('entity_screen %s then, %s now',
						(context).engine_version,
						entity_screen.engine_version())
		WHEN then_differs AND entity_screen.version_of_lists(
				(context).list_codes) = (context).list_version
			THEN 'nothing that is recorded explains it: verify the chain and the lists'
		WHEN then_differs
			THEN 'a load was under way then, or an unapproved or retracted tranche was in force'
		ELSE coalesce((
			SELECT format('%s, known from %s', t.citation, t.known_from)
			FROM entity_screen.tranche_operation o
			JOIN entity_screen.tranche t ON t.tranche_id = o.tranche_id
			WHERE o.entry_id = replay_cause.entry_id
				AND t.known_from > (event).event_at
			ORDER BY t.known_from DESC LIMIT 1),
			CASE WHEN EXISTS (
					SELECT FROM entity_screen.party_owner o
					WHERE lower(o.known) > (event).event_at
						AND (entity_screen.normal_form_of(o.party)
							= entity_screen.normal_form_of((event).party)
							OR (o.party_ref = (event).party_ref
								AND o.target = (event).target)))
				THEN 'its owners were changed since'
				WHEN EXISTS (
					SELECT FROM entity_screen.legal_regime r
					WHERE r.set_at > (event).event_at)
				THEN 'an ownership rule was set since' END,
			'the lists were changed since') END;
END;
COMMENT ON FUNCTION entity_screen.replay_cause(entity_screen.screening_event, entity_screen.screening_context, bigint, boolean) IS
'Internal: why a replayed or present answer differs from the recorded one';

/*
 * replay(event_id) - ask the question of an event again
 *
 * One row for each entry of any of three answers: recorded, replayed (as the
 * lists were known at the time of the event) and present (as they are known
 * now, same date and thresholds).  threshold is the one of then, config_id
 * the version of screening_config that it is from, null when it was passed to
 * a function.  finding:
 *
 * same			  all three agree, in score and text
 * law_differs	  replayed as recorded; the lists say otherwise today
 * score_differs, text_differs, only_recorded, only_replayed
 *				  the replay differs from the record; cause says why
 * not_screened	  there was no answer, cause says why
 *
 * No row: no hit then and none now.  Errors: P0002 for an unknown event.
 */
CREATE FUNCTION entity_screen.replay(event_id bigint)
RETURNS TABLE (
	entry_id bigint,
	entry_name text,
	list_code text,
	recorded_score numeric,
	replayed_score numeric,
	present_score numeric,
	threshold numeric,
	config_id bigint,
	finding text,
	cause text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET gin_fuzzy_search_limit = 0
SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
	event entity_screen.screening_event;
	context entity_screen.screening_context;
	visible CONSTANT text[] := entity_screen.session_lists();
BEGIN
	SELECT e.* INTO event FROM entity_screen.screening_event e
	WHERE e.event_id = replay.event_id
		AND NOT EXISTS (
			SELECT FROM jsonb_array_elements(e.hits) AS h (hit)
			WHERE h.hit ->> 'list_code' <> ALL (visible));
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found',
			MESSAGE = format('there is no screening event %s',
							 coalesce(replay.event_id::text, 'null')),
			DETAIL = 'It never was, or its month was pruned.',
			HINT = 'See entity_screen.screening_event.';
	END IF;
	IF event.context_id IS NULL OR event.reason IS NOT NULL THEN
		RETURN QUERY SELECT NULL::bigint, NULL::text, NULL::text,
			NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric,
			NULL::bigint, 'not_screened', coalesce(event.reason, 'no list was asked');
		RETURN;
	END IF;
	SELECT c.* INTO context FROM entity_screen.screening_context c
	WHERE c.context_id = event.context_id;
	RETURN QUERY
	SELECT f.entry_id, f.entry_name, f.list_code, f.recorded, f.replayed,
		f.present,
		context.thresholds[array_position(context.list_codes, f.list_code)]
			::numeric,
		entity_screen.config_of(context, f.list_code), f.finding,
		CASE WHEN f.finding <> 'same' THEN entity_screen.replay_cause(event,
			context, f.entry_id, f.finding <> 'law_differs') END
	FROM (
		SELECT entry_id, coalesce(r.entry_name, p.entry_name, n.entry_name)
				AS entry_name,
			coalesce(r.list_code, p.list_code, n.list_code) AS list_code,
			r.score AS recorded, p.score AS replayed, n.score AS present,
			CASE
				WHEN r.score IS NULL AND p.score IS NOT NULL
					THEN 'only_replayed'
				WHEN r.score IS NOT NULL AND p.score IS NULL
					THEN 'only_recorded'
				WHEN r.score <> p.score THEN 'score_differs'
				WHEN r.content <> p.content THEN 'text_differs'
				WHEN r.score IS DISTINCT FROM n.score
					OR r.content IS DISTINCT FROM n.content
					THEN 'law_differs'
				ELSE 'same' END AS finding
		FROM (
			SELECT (j.value ->> 'entry_id')::bigint AS entry_id,
				j.value ->> 'entry_name' AS entry_name,
				j.value ->> 'list_code' AS list_code,
				(j.value ->> 'score')::numeric AS score,
				jsonb_build_array(j.value -> 'license_requirement',
					j.value -> 'license_review_policy',
					j.value -> 'citations') AS content
			FROM jsonb_array_elements(event.hits) j) r
		FULL JOIN entity_screen.replayed_hit(event, context,
			event.event_at) p USING (entry_id)
		FULL JOIN entity_screen.replayed_hit(event, context, NULL) n
			USING (entry_id)) f
	WHERE f.list_code = ANY (visible)
	ORDER BY f.recorded DESC NULLS LAST, f.replayed DESC NULLS LAST,
		f.entry_id;
END;
$$;
COMMENT ON FUNCTION entity_screen.replay(bigint) IS
'Asks the question of a screening event again, as the lists were known then and as they are known now, and says why an answer differs from the recorded one; P0002';

/* ---------------------------------------------------------------------
 * export
 * ------------------------------------------------------------------ */

/*
 * Where an event stands in the chain, with what is needed to compute the
 * digests again: sha256 over the text of content in UTF-8 gives digest, and
 * digest stands in block_content at the place of the event.
 */
CREATE FUNCTION entity_screen.chain_proof(event entity_screen.screening_event)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object(
		'content', d.content,
		'digest', encode(d.digest, 'hex'),
		'is_sealed', b.block_no IS NOT NULL,
		'is_as_sealed', entity_screen.sealed_digest(event) = d.digest,
		'block_no', b.block_no,
		'block_content', entity_screen.block_content(b),
		'block_digest', encode(b.block_digest, 'hex'),
		'method', 'sha256 over the JSON text, as jsonb prints it, in UTF-8')
	FROM (
		SELECT entity_screen.event_content(event, c) AS content,
			entity_screen.event_digest(event, c) AS digest
		FROM (SELECT 1) one
		LEFT JOIN entity_screen.screening_context c
			ON c.context_id = (event).context_id) d
	LEFT JOIN entity_screen.sealing_block(event) b ON true;
END;
COMMENT ON FUNCTION entity_screen.chain_proof(entity_screen.screening_event) IS
'Internal: where an event stands in the chain, with what is needed to compute its digests again';

/*
 * The same for a record of what people decided.
 */
CREATE FUNCTION entity_screen.record_proof(item entity_screen.audit_record)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object(
		'content', entity_screen.record_content(item),
		'digest', encode(entity_screen.record_digest(item), 'hex'),
		'is_sealed', b.block_no IS NOT NULL,
		'is_as_sealed', substring(b.record_digests FROM (array_position(
				b.record_ids, (item).record_id) - 1) * 32 + 1 FOR 32)
			= entity_screen.record_digest(item),
		'block_no', b.block_no,
		'block_digest', encode(b.block_digest, 'hex'))
	FROM (SELECT 1) one
	LEFT JOIN LATERAL (
		SELECT x.* FROM entity_screen.audit_block x
		WHERE (item).record_id = ANY (x.record_ids) LIMIT 1) b ON true;
END;
COMMENT ON FUNCTION entity_screen.record_proof(entity_screen.audit_record) IS
'Internal: where a record stands in the chain, with its content';

/*
 * Everything that came of an event: alerts with their history, dispositions
 * and exceptions, and releases of the row.
 */
CREATE FUNCTION entity_screen.aftermath(event entity_screen.screening_event)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH alerts AS (
		SELECT a.* FROM entity_screen.alert a
		WHERE a.event_id = (event).event_id
			OR a.alert_id IN (
				SELECT h.alert_id FROM entity_screen.alert_history h
				WHERE h.event_id = (event).event_id)
	)
	SELECT jsonb_build_object(
		'alerts', (
			SELECT jsonb_agg(to_jsonb(a) ORDER BY a.alert_id)
			FROM alerts a),
		'alert_history', (
			SELECT jsonb_agg(to_jsonb(h) ORDER BY h.history_id)
			FROM entity_screen.alert_history h
			WHERE h.alert_id IN (SELECT a.alert_id FROM alerts a)),
		'dispositions', (
			SELECT jsonb_agg(to_jsonb(d) ORDER BY d.disposition_id)
			FROM entity_screen.alert_disposition d
			WHERE d.disposition_id IN (
				SELECT a.disposition_id FROM alerts a)),
		'exceptions', (
			SELECT jsonb_agg(to_jsonb(x) ORDER BY x.exception_id)
			FROM entity_screen.exception x
			WHERE x.exception_id IN (
				SELECT (j.value ->> 'suppressed_by')::bigint
				FROM jsonb_array_elements((event).hits) j
				UNION SELECT a.exception_id FROM alerts a)),
		'records', (
			SELECT jsonb_agg(entity_screen.record_proof(r)
							 ORDER BY r.record_id)
			FROM entity_screen.audit_record r
			WHERE (r.table_name, r.row_key) IN (
				SELECT 'alert', a.alert_id::text FROM alerts a
				UNION ALL
				SELECT 'alert_disposition', a.disposition_id::text
				FROM alerts a
				UNION ALL
				SELECT 'alert_history', h.history_id::text
				FROM entity_screen.alert_history h
				WHERE h.alert_id IN (SELECT a.alert_id FROM alerts a)
				UNION ALL
				SELECT 'exception', a.exception_id::text FROM alerts a
				UNION ALL
				SELECT 'exception', j.value ->> 'suppressed_by'
				FROM jsonb_array_elements((event).hits) j)),
		'releases', (
			SELECT jsonb_agg(to_jsonb(r) ORDER BY r.event_id)
			FROM entity_screen.screening_event r
			WHERE r.party_ref = (event).party_ref
				AND r.target = (event).target
				AND r.decision = 'released'));
END;
COMMENT ON FUNCTION entity_screen.aftermath(entity_screen.screening_event) IS
'Internal: alerts, dispositions, exceptions and releases that came of an event';

/*
 * export_evidence(alert_id, event_id) - one case, self-contained
 *
 * One of the two.  Input as received, what was asked and with what, the hits
 * with the text of the law and the explanation, the tranches behind them,
 * alerts with history, dispositions, exceptions, releases, and the place in
 * the chain.  Times are UTC.  Errors: 22004 for none or both, P0002 for an
 * unknown one.
 */
CREATE FUNCTION entity_screen.export_evidence(alert_id bigint DEFAULT NULL,
	event_id bigint DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET jit = off
SET timezone = 'UTC'
SET datestyle = 'ISO, YMD'
SET extra_float_digits = 1
AS $$
#variable_conflict use_column
DECLARE
	event entity_screen.screening_event;
BEGIN
	IF (export_evidence.alert_id IS NULL)
		= (export_evidence.event_id IS NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'export_evidence() needs an alert or an event',
			DETAIL = 'Exactly one of alert_id and event_id is to be given.',
			HINT = 'SELECT entity_screen.export_evidence(alert_id => 1)';
	END IF;
	SELECT e.* INTO event FROM entity_screen.screening_event e
	WHERE e.event_id = coalesce(export_evidence.event_id, (
		SELECT a.event_id FROM entity_screen.alert a
		WHERE a.alert_id = export_evidence.alert_id));
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found',
			MESSAGE = 'there is no such alert or event',
			DETAIL = 'It never was, or its month was pruned.',
			HINT = 'See entity_screen.alert and entity_screen.screening_event.';
	END IF;
	RETURN jsonb_build_object(
		'exported_at', clock_timestamp(), 'exported_by', session_user,
		'database', current_database(),
		'engine_version', entity_screen.engine_version(),
		'event', to_jsonb(event),
		'context', (
			SELECT to_jsonb(c) FROM entity_screen.screening_context c
			WHERE c.context_id = event.context_id),
		'thresholds', (
			SELECT jsonb_agg(to_jsonb(c) || jsonb_build_object('approval', (
					SELECT to_jsonb(a)
					FROM entity_screen.screening_config_approval a
					WHERE a.config_id = c.config_id)) ORDER BY c.config_id)
			FROM entity_screen.screening_config c
			WHERE c.config_id = ANY ((
				SELECT x.config_ids FROM entity_screen.screening_context x
				WHERE x.context_id = event.context_id)::bigint[])),
		'tranches', (
			SELECT jsonb_agg(to_jsonb(t) ORDER BY t.tranche_id)
			FROM entity_screen.tranche t
			WHERE t.tranche_id IN (
				SELECT (j.value ->> 'tranche_id')::bigint
				FROM jsonb_array_elements(event.hits) j)),
		'guard_changes', (
			SELECT jsonb_agg(to_jsonb(g) ORDER BY g.change_id)
			FROM entity_screen.guard_change g
			WHERE g.guard_id = event.guard_id
				AND g.changed_at <= event.event_at),
		'chain', entity_screen.chain_proof(event))
		|| entity_screen.aftermath(event);
END;
$$;
COMMENT ON FUNCTION entity_screen.export_evidence(bigint, bigint) IS
'One case as a self-contained JSON document: input, question, hits with text of the law and explanation, tranches, alerts and dispositions, place in the chain; 22004, P0002';
