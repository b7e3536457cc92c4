/*
 * 90_grant: who may do what
 *
 * Roles are cluster-wide, so the extension makes none: a site grants its own
 * roles one of six kinds with grant_role().  Nobody else can do anything but
 * use the type and its operators.
 */

REVOKE ALL ON ALL TABLES IN SCHEMA entity_screen FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA entity_screen FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entity_screen.normalizer_version() TO PUBLIC;

/*
 * grant_role(kind, grantee) - make a role of the site one of ours
 *
 * user		 may screen a party
 * analyst	 user, and read lists, tranches, alerts and evidence
 * loader	 may load tranches and snapshots and see what came of it
 * approver  analyst, and release held rows, approve and retract tranches
 * auditor	 may read everything, change nothing
 * admin	 may protect tables (own ones), set thresholds, refresh names
 *
 * Runs with the caller's rights: the owner of the extension or a superuser.
 * Errors: 22023 for another kind, 42704 for a role that does not exist.
 */
CREATE FUNCTION entity_screen.grant_role(kind text, grantee regrole)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	granted text;
	screen CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.screen_party(text, text, text, date, timestamptz, double precision, text[], boolean, integer), '
		'entity_screen.is_listed(text, date), '
		'entity_screen.is_keyless(text)';
	screen_rows CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.screen_party_summary(text, text, text, date, timestamptz, double precision, text[]), '
		'entity_screen.screen_table(regclass, text, text, text, text, text, text[], double precision, boolean), '
		'entity_screen.lookback(regclass, text, text, text, text, text, text[], double precision, boolean, date, date), '
		'entity_screen.screen_rows(regclass, text, text[], double precision, bigint), '
		'entity_screen.screen_values(entity_screen.row_party[], text[], double precision, bigint), '
		'entity_screen.row_query(regclass, text, text, text, text, text, date, date, text), '
		'entity_screen.check_readable(regclass), '
		'entity_screen.check_column(regclass, text, text), '
		'entity_screen.text_expression(text), '
		'entity_screen.key_expression(text[]), '
		'entity_screen.column_list(text), '
		'entity_screen.primary_key_columns(regclass), '
		'entity_screen.digest_text(text), '
		'entity_screen.screen_owners(text, regclass, text, date, text[]), '
		'entity_screen.lines_of(text[]), '
		'entity_screen.check_threshold(double precision), '
		'entity_screen.sampling_clause(regclass, integer, integer), '
		'entity_screen.sample_share(regclass, integer), '
		'entity_screen.sample_hits(regclass, text, text, text, text, text, text[], double precision, integer, integer), '
		'entity_screen.count_interval(bigint, double precision, double precision), '
		'entity_screen.threshold_preview(regclass, text, text, text, text, text, text[], double precision[], integer, integer), '
		'entity_screen.line_sample(regclass, text, text, text, text, text, text[], double precision, double precision, integer, integer, integer), '
		'entity_screen.report_progress(regclass, bigint)';
	record_runs CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.begin_recording(text, text, jsonb, text[], double precision), '
		'entity_screen.end_recording(bigint, bigint, bytea)';
	rescreen CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.rescreen_delta(bigint), '
		'entity_screen.rescreen_full(regclass), '
		'entity_screen.rescreen_due(), '
		'entity_screen.open_rescreens()';
	watch_tables CONSTANT text := 'EXECUTE ON ROUTINE '
		'entity_screen.watch_table(regclass, text, text, text, text, text, text[]), '
		'entity_screen.unwatch_table(regclass), '
		'entity_screen.refresh_watch(regclass, boolean), '
		'entity_screen.refresh_step(regclass, boolean), '
		'entity_screen.fill_span(entity_screen.watch, oid, bigint, integer), '
		'entity_screen.finish_fill(entity_screen.watch), '
		'entity_screen.fill_watch(regclass, pg_snapshot, entity_screen.row_party[], oid, bigint), '
		'entity_screen.end_watch_fill(regclass, pg_snapshot, text[], text[]), '
		'entity_screen.watch_of(regclass), '
		'entity_screen.next_leaf(regclass, oid), '
		'entity_screen.check_watch_table(regclass), '
		'entity_screen.create_watch_triggers(regclass, bigint), '
		'entity_screen.store_watch(regclass, text[], text[], text, text, text, text[]), '
		'entity_screen.drop_watch(regclass), '
		'entity_screen.make_evidence_partitions(integer), '
		'entity_screen.watch_row()';
	read_all CONSTANT text := 'SELECT ON ALL TABLES IN SCHEMA entity_screen';
	derive CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.tranche_name(bigint), '
		'entity_screen.resolve_citation(text, text), '
		'entity_screen.citation_part(text, integer), '
		'entity_screen.list_is_usable(text), '
		'entity_screen.list_problem(text, integer, integer, timestamptz, interval), '
		'entity_screen.effective_setting(text), '
		'entity_screen.newest_snapshot_on(text), '
		'entity_screen.license_scope(text), '
		'entity_screen.legal_basis(text), '
		'entity_screen.review_policy(text), '
		'entity_screen.current_threshold(text), '
		'entity_screen.current_weak_threshold(text), '
		'entity_screen.current_config(text, text, bigint), '
		'entity_screen.guard_threshold(bigint, text), '
		'entity_screen.current_policy(), '
		'entity_screen.code_label(text), '
		'entity_screen.quarter_of(timestamptz)';
	verify CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.check_countries(), '
		'entity_screen.check_names(text), '
		'entity_screen.check_references(), '
		'entity_screen.unguarded_children(regclass), '
		'entity_screen.guard_problem(entity_screen.guard), '
		'entity_screen.microseconds(timestamptz), '
		'entity_screen.month_of(timestamptz), '
		'entity_screen.digest_of(jsonb), '
		'entity_screen.event_content(entity_screen.screening_event, entity_screen.screening_context), '
		'entity_screen.event_digest(entity_screen.screening_event, entity_screen.screening_context), '
		'entity_screen.block_content(entity_screen.audit_block), '
		'entity_screen.chain_is_foreign(), '
		'entity_screen.unsealed_event(xid8, boolean, xid8), '
		'entity_screen.sealed_until(), '
		'entity_screen.uncounted_event(), '
		'entity_screen.open_rescreens(), '
		'entity_screen.changed_decisions(bigint), '
		'entity_screen.entries_of_tranche(bigint), '
		'entity_screen.summary(), '
		'entity_screen.broken_block(), '
		'entity_screen.sealed_event(), '
		'entity_screen.unfaithful_event(), '
		'entity_screen.record_content(entity_screen.audit_record), '
		'entity_screen.record_digest(entity_screen.audit_record), '
		'entity_screen.unsealed_record(xid8, boolean, xid8), '
		'entity_screen.sealed_record(), '
		'entity_screen.record_proof(entity_screen.audit_record), '
		'entity_screen.verify_audit(bytea), '
		'entity_screen.qualified_name(regclass), '
		'entity_screen.guard_preview(regclass, timestamptz), '
		'entity_screen.text_expression(text), '
		'entity_screen.key_expression(text[]), '
		'entity_screen.unscreened_query(entity_screen.guard, text), '
		'entity_screen.unscreened_rows(regclass, date, date), '
		'entity_screen.replay(bigint), '
		'entity_screen.sealing_block(entity_screen.screening_event), '
		'entity_screen.sealed_digest(entity_screen.screening_event), '
		'entity_screen.chain_proof(entity_screen.screening_event), '
		'entity_screen.aftermath(entity_screen.screening_event), '
		'entity_screen.engine_version(), '
		'entity_screen.export_evidence(bigint, bigint), '
		'entity_screen.current_retention(), '
		'entity_screen.stored_normalizer_version(@extschema@.entity_name), '
		'entity_screen.health_of_lists(), '
		'entity_screen.health_of_indexes(), '
		'entity_screen.health_of_columns(), '
		'entity_screen.health_of_guards(), '
		'entity_screen.health_of_evidence(), '
		'entity_screen.health_of_watches(), '
		'entity_screen.health_of_chain(), '
		'entity_screen.oldest_transaction(), '
		'entity_screen.health_finding(boolean), '
		'entity_screen.health(boolean), '
		'entity_screen.self_test(bigint, integer)';
	load CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.load_tranche(bytea, text, text), '
		'entity_screen.load_tranche(text, text, text), '
		'entity_screen.load_snapshot(bytea, date, text, text, boolean, bytea[]), '
		'entity_screen.tranche_diff(bigint)';
	see_loads CONSTANT text := 'SELECT ON '
		'entity_screen.screening_list, entity_screen.list_setting, '
		'entity_screen.list_format, '
		'entity_screen.list_state, '
		'entity_screen.screening_config, '
		'entity_screen.screening_config_approval, '
		'entity_screen.tranche, entity_screen.tranche_operation, '
		'entity_screen.tranche_operation_name, '
		'entity_screen.tranche_operation_address, '
		'entity_screen.load_conflict, entity_screen.v_tranche, '
		'entity_screen.v_list_status';
	let_go CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.release(regclass, text, text)';
	review CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.add_owner(text, numeric, text, regclass, text, text, daterange, text), '
		'entity_screen.end_owner(bigint, date), '
		'entity_screen.start_review(bigint), '
		'entity_screen.escalate_alert(bigint, text), '
		'entity_screen.reopen_alert(bigint, text), '
		'entity_screen.propose_disposition(bigint, text, text, boolean), '
		'entity_screen.propose_exception(bigint, text, date, text, text)';
	approve CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.approve_tranche(bigint), '
		'entity_screen.retract_tranche(bigint, text), '
		'entity_screen.tranche_diff(bigint), '
		'entity_screen.approve_threshold(bigint), '
		'entity_screen.approve_disposition(bigint), '
		'entity_screen.refuse_disposition(bigint, text), '
		'entity_screen.approve_exception(bigint), '
		'entity_screen.refuse_exception(bigint, text), '
		'entity_screen.revoke_exception(bigint, text), '
		'entity_screen.review_exceptions()';
	administer CONSTANT text := 'EXECUTE ON FUNCTION '
		'entity_screen.protect_table(regclass, text, text, text, text, text, text[], double precision, text, text, text, text, text, text), '
		'entity_screen.protect_table(regclass, text[], text, text, text, text, text[], double precision, text, text, text, text, text, text), '
		'entity_screen.alter_protection(regclass, text, text[], double precision, text, text, text, text, text), '
		'entity_screen.unprotect_all(), '
		'entity_screen.unprotect_table(regclass), '
		'entity_screen.column_list(text), '
		'entity_screen.primary_key_columns(regclass), '
		'entity_screen.check_guard_table(regclass), '
		'entity_screen.check_guard_children(regclass), '
		'entity_screen.check_guard_column(regclass, text, text), '
		'entity_screen.check_status_column(regclass, text, text, text), '
		'entity_screen.check_status_value(regclass, text, text), '
		'entity_screen.check_no_row_is_held(entity_screen.guard, text, text), '
		'entity_screen.check_partition_key(regclass, text), '
		'entity_screen.create_guard_triggers(regclass, bigint, text), '
		'entity_screen.enable_guard_triggers(regclass, text), '
		'entity_screen.store_guard(regclass, text[], text[], text, text, text, text[], double precision, text, text, text, text, text, text), '
		'entity_screen.alter_guard(regclass, text, text[], double precision, text, text, text, text, text), '
		'entity_screen.drop_guard(regclass), '
		'entity_screen.drop_stale_guards(), '
		'entity_screen.drop_stale_watches(), '
		'entity_screen.make_evidence_partitions(integer), '
		'entity_screen.seal_audit(), '
		'entity_screen.set_retention(interval, text), '
		'entity_screen.place_legal_hold(text, date, date, regclass, text), '
		'entity_screen.lift_legal_hold(bigint, text), '
		'entity_screen.prune_evidence(date, text), '
		'entity_screen.end_retention(text), '
		'entity_screen.guard_decide(), entity_screen.guard_record(), '
		'entity_screen.set_threshold(double precision, text[], text, text, regclass), '
		'entity_screen.set_policy(text, boolean, boolean, integer, boolean), '
		'entity_screen.set_regime(text, daterange, text, text, text[], text, numeric, text), '
		'entity_screen.review_exceptions(), '
		'entity_screen.refresh_names(text)';
	rights text[] := CASE kind
		WHEN 'user' THEN ARRAY[screen, screen_rows]
		WHEN 'analyst' THEN ARRAY[screen, screen_rows, record_runs,
			read_all, derive, verify, review]
		WHEN 'loader' THEN ARRAY[load, see_loads, derive, rescreen]
		WHEN 'approver' THEN ARRAY[screen, screen_rows, record_runs, read_all, derive, verify, review,
			approve, let_go]
		WHEN 'auditor' THEN ARRAY[read_all, derive, verify]
		WHEN 'admin' THEN ARRAY[administer, watch_tables, rescreen,
			screen, screen_rows, record_runs, read_all, derive, verify]
		END;
BEGIN
	IF rights IS NULL OR grantee IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('there is no kind of role %L', kind),
			DETAIL = 'Rights come in six kinds, and a role must be named.',
			HINT = 'Use user, analyst, loader, approver, auditor or admin.';
	END IF;
	FOREACH granted IN ARRAY rights LOOP
		EXECUTE format('GRANT %s TO %s', granted, grantee);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.grant_role(text, regrole) IS
'Grants one of the six kinds of rights to a role of the site: user, analyst, loader, approver, auditor, admin';
REVOKE ALL ON FUNCTION entity_screen.grant_role(text, regrole) FROM PUBLIC;
