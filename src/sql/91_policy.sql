/*
 * 91_policy: who may not see a private list sees nothing of it
 *
 * Row-level security hides the rows of the list and whatever hit it: the
 * evidence, alerts, exceptions, and counts.  The tables belong to the owner
 * of the extension, whom policies do not bind, so guards and the other
 * definer functions screen against every list; what runs with the rights of
 * the caller (views, screen_table) is bound.
 *
 * Tables with a list of their own ask for it; the others ask whether the row
 * they belong to can be seen, and so obey its policy.  What the reader may
 * see is found once a query, in a subquery of its own.
 */
GRANT EXECUTE ON FUNCTION entity_screen.visible_lists() TO PUBLIC;

DO $$
DECLARE
	visible CONSTANT text :=
		'((SELECT entity_screen.visible_lists())::text[])';
	target text;
	condition text;
BEGIN
	FOR target, condition IN
		SELECT t.name, format('list_code = ANY (%s)', visible)
		FROM unnest(ARRAY['screening_list', 'list_setting', 'list_state',
			'tranche', 'entry', 'tranche_operation', 'hit_count',
			'exception', 'watch_hit']) AS t (name)
		UNION ALL
		SELECT t.name,
			format('list_code IS NULL OR list_code = ANY (%s)', visible)
		FROM unnest(ARRAY['screening_config', 'alert', 'list_format',
			'stage_record']) AS t (name)
		UNION ALL
		SELECT t.name, format('EXISTS (SELECT FROM entity_screen.tranche t WHERE t.tranche_id = %I.tranche_id)', t.name)
		FROM unnest(ARRAY['tranche_operation_name',
			'tranche_operation_address', 'load_conflict', 'load_difference',
			'pending_name']) AS t (name)
		UNION ALL
		SELECT t.name, format('EXISTS (SELECT FROM entity_screen.entry e WHERE e.entry_id = %I.entry_id)', t.name)
		FROM unnest(ARRAY['entry_version', 'entry_name', 'entry_address',
			'stage_held']) AS t (name)
		UNION ALL
		SELECT t.name, format('%s IS NULL OR %1$s <@ %s', t.codes, visible)
		FROM (VALUES ('screening_run', 'list_codes'),
			('screening_context', 'list_codes'), ('guard', 'lists'),
			('watch', 'lists'), ('screening_count', 'private_lists'),
			('audit_record', 'list_codes'),
			('legal_regime', 'list_codes'))
			AS t (name, codes)
		UNION ALL
		VALUES
			('list_reader', format('list_code = ANY (%s)', visible)),
			('alert_history', 'EXISTS (SELECT FROM entity_screen.alert a WHERE a.alert_id = alert_history.alert_id)'),
			('alert_disposition', 'entry_id IS NULL OR EXISTS (SELECT FROM entity_screen.entry e WHERE e.entry_id = alert_disposition.entry_id)'),
			('screening_config_approval', 'EXISTS (SELECT FROM entity_screen.screening_config c WHERE c.config_id = screening_config_approval.config_id)'),
			('rescreen', 'tranche_id IS NULL OR EXISTS (SELECT FROM entity_screen.tranche t WHERE t.tranche_id = rescreen.tranche_id)'),
			('guard_change', format('coalesce(guard -> ''lists'', ''null'') = ''null'' OR NOT EXISTS (SELECT FROM jsonb_array_elements_text(guard -> ''lists'') AS l (list_code) WHERE l.list_code <> ALL (%s))', visible)),
			('screening_event', format('hits IS NULL OR NOT EXISTS (SELECT FROM jsonb_array_elements(hits) AS h (hit) WHERE h.hit ->> ''list_code'' <> ALL (%s))', visible)),
			('screening_event_default', 'false')
	LOOP
		EXECUTE format('CREATE POLICY visible_list ON entity_screen.%I FOR SELECT USING (%s)',
					   target, condition);
		EXECUTE format('ALTER TABLE entity_screen.%I ENABLE ROW LEVEL SECURITY',
					   target);
		EXECUTE format('COMMENT ON POLICY visible_list ON entity_screen.%I IS %L',
					   target, 'Rows of lists that the reader may see');
	END LOOP;
END;
$$;
