/*
 * 49_list_dump: what pg_dump takes along of the lists: everything a site
 * loads, nothing we ship
 */

SELECT pg_catalog.pg_extension_config_dump('entity_screen.screening_list',
	'WHERE NOT is_shipped');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.list_setting',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.country_spelling',
	'WHERE NOT is_shipped');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche_tranche_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_entry_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche_operation',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche_operation_name',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.tranche_operation_address',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.load_conflict',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.load_difference',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_version',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_version_entry_version_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_name',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_name_entry_name_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_address',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.entry_address_entry_address_id_seq',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.list_state',
	'');
SELECT pg_catalog.pg_extension_config_dump('entity_screen.list_format',
	'WHERE NOT is_shipped');
