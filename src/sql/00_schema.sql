-- The two schemas. Values (type, operators, pure functions) go where
-- CREATE EXTENSION puts them; lists, screening and guards go to schema
-- entity_screen, which belongs to the extension.

DO $$
BEGIN
	IF pg_catalog.to_regnamespace('entity_screen') IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'duplicate_schema',
			MESSAGE = 'schema "entity_screen" already exists',
			DETAIL = 'The extension creates this schema for its lists.',
			HINT = 'Drop or rename that schema, and put the type into another'
				' one: CREATE EXTENSION entity_screen SCHEMA public';
	END IF;
END
$$;

CREATE SCHEMA entity_screen;
COMMENT ON SCHEMA entity_screen IS
	'entity_screen: lists, tranches, screening, guards, evidence';
GRANT USAGE ON SCHEMA entity_screen TO PUBLIC;
