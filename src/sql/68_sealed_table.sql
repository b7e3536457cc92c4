/*
 * 68_sealed_table: whose rows are recorded and chained
 *
 * What people decide and set.  What lists say is not here: a tranche has the
 * hash of its file, and every event the version of the lists.
 */

SELECT entity_screen.seal_table(s.name, s.key)
FROM (VALUES
	('screening_list', '{list_code}'::text[]),
	('list_setting', '{list_code}'),
	('list_reader', '{list_code,role_name}'),
	('tranche', '{tranche_id}'),
	('screening_policy', '{policy_id}'),
	('screening_config', '{config_id}'),
	('screening_config_approval', '{config_id}'),
	('screening_run', '{run_id}'),
	('alert', '{alert_id}'),
	('alert_history', '{history_id}'),
	('alert_disposition', '{disposition_id}'),
	('exception', '{exception_id}'),
	('legal_regime', '{regime_id}'),
	('party_owner', '{party_owner_id,version_no}'),
	('guard_change', '{change_id}'),
	('retention_setting', '{setting_id}'),
	('legal_hold', '{hold_id}')) AS s (name, key);
