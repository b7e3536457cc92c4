/*
 * 55_audit_record: what people decide and set, kept and chained as events are
 *
 * Alerts, dispositions, exceptions, thresholds, policies, owners, guards and
 * tranches have tables of their own, and some of their rows change.  A
 * trigger on each (seal_table()) keeps every version of every row here, in
 * the transaction that writes it; seal_audit() chains the records, and
 * verify_audit() also asks whether each row still is as its last record
 * says.  So one way serves all, and a row that was changed, added or deleted
 * behind the back of the trigger is found and named.
 */

CREATE TABLE entity_screen.sealed_table (
	table_name text PRIMARY KEY,
	key_columns text[] NOT NULL CHECK (cardinality(key_columns) > 0),
	shipped_digest bytea NOT NULL
);
COMMENT ON TABLE entity_screen.sealed_table IS
'Tables of which every version of every row is kept in audit_record and chained';
COMMENT ON COLUMN entity_screen.sealed_table.table_name IS
'Table of schema entity_screen';
COMMENT ON COLUMN entity_screen.sealed_table.key_columns IS
'Columns that tell its rows apart';
COMMENT ON COLUMN entity_screen.sealed_table.shipped_digest IS
'SHA-256 over the rows of the install script, which have no record';
SELECT pg_catalog.pg_extension_config_dump('entity_screen.sealed_table',
										   'WHERE false');

CREATE TABLE entity_screen.audit_record (
	record_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	table_name text NOT NULL,
	row_key text NOT NULL,
	operation text NOT NULL CHECK (operation IN (
		'insert', 'update', 'delete')),
	content jsonb NOT NULL,
	list_codes text[] NOT NULL,
	xid xid8 NOT NULL,
	recorded_at timestamptz NOT NULL,
	session_user_name text NOT NULL,
	role_name text NOT NULL
);
COMMENT ON TABLE entity_screen.audit_record IS
'Evidence: every version of every row of the tables in sealed_table. Append only, by their triggers.';
COMMENT ON COLUMN entity_screen.audit_record.record_id IS
'Number given by this database';
COMMENT ON COLUMN entity_screen.audit_record.table_name IS 'The table';
COMMENT ON COLUMN entity_screen.audit_record.row_key IS
'Key of the row: one value, or a JSON array of several';
COMMENT ON COLUMN entity_screen.audit_record.operation IS
'insert, update or delete';
COMMENT ON COLUMN entity_screen.audit_record.content IS
'The row after it; of a delete: before it. Times are UTC';
COMMENT ON COLUMN entity_screen.audit_record.list_codes IS
'Lists that it speaks of: who may not see one of them does not see the record';
COMMENT ON COLUMN entity_screen.audit_record.xid IS
'Transaction that wrote it';
COMMENT ON COLUMN entity_screen.audit_record.recorded_at IS
'Clock time of writing';
COMMENT ON COLUMN entity_screen.audit_record.session_user_name IS
'Who had logged in';
COMMENT ON COLUMN entity_screen.audit_record.role_name IS
'As which role the session acted';
SELECT pg_catalog.pg_extension_config_dump('entity_screen.audit_record', '');
SELECT pg_catalog.pg_extension_config_dump(
	'entity_screen.audit_record_record_id_seq', '');
CREATE INDEX audit_record_row_idx ON entity_screen.audit_record
	(table_name, row_key, record_id);
CREATE INDEX audit_record_xid_idx ON entity_screen.audit_record (xid);

CREATE TRIGGER audit_record_append_only
	BEFORE UPDATE OR DELETE ON entity_screen.audit_record
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER audit_record_no_truncate
	BEFORE TRUNCATE ON entity_screen.audit_record
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
ALTER TABLE entity_screen.audit_record
	ENABLE ALWAYS TRIGGER audit_record_append_only,
	ENABLE ALWAYS TRIGGER audit_record_no_truncate;
COMMENT ON TRIGGER audit_record_append_only
	ON entity_screen.audit_record IS 'Refuses changes of evidence';
COMMENT ON TRIGGER audit_record_no_truncate
	ON entity_screen.audit_record IS 'Refuses changes of evidence';

CREATE FUNCTION entity_screen.record_key(content jsonb, key_columns text[])
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE cardinality(key_columns)
	WHEN 1 THEN content ->> key_columns[1]
	ELSE (SELECT jsonb_agg(content -> k.name ORDER BY k.place)::text
		  FROM unnest(key_columns) WITH ORDINALITY AS k (name, place)) END;
COMMENT ON FUNCTION entity_screen.record_key(jsonb, text[]) IS
'Internal: key of a row in audit_record';

/*
 * The lists that a row of a sealed table speaks of: its own, or those of the
 * alert, entry or threshold that it is about.
 */
CREATE FUNCTION entity_screen.lists_of_record(content jsonb)
RETURNS text[]
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	codes jsonb := coalesce(content -> 'list_codes',
							content -> 'guard' -> 'lists');
	code text := content ->> 'list_code';
BEGIN
	IF jsonb_typeof(codes) = 'array' THEN
		RETURN ARRAY(SELECT e.value FROM jsonb_array_elements_text(codes) e
					 ORDER BY 1);
	ELSIF content ? 'list_code' THEN
		NULL;
	ELSIF content ? 'alert_id' THEN
		SELECT a.list_code INTO code FROM entity_screen.alert a
		WHERE a.alert_id = (content ->> 'alert_id')::bigint;
	ELSIF content ? 'entry_id' THEN
		SELECT e.list_code INTO code FROM entity_screen.entry e
		WHERE e.entry_id = (content ->> 'entry_id')::bigint;
	ELSIF content ? 'config_id' THEN
		SELECT c.list_code INTO code FROM entity_screen.screening_config c
		WHERE c.config_id = (content ->> 'config_id')::bigint;
	END IF;
	RETURN CASE WHEN code IS NULL THEN '{}' ELSE ARRAY[code] END;
END;
$$;
COMMENT ON FUNCTION entity_screen.lists_of_record(jsonb) IS
'Internal: lists that a row of a sealed table speaks of';

/*
 * The trigger of a sealed table.  Its argument is the key.  The settings make
 * the text of times, ranges, intervals and bytes the same in every session.
 */
CREATE FUNCTION entity_screen.record_row()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
AS $$
DECLARE
	content jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD)
		ELSE to_jsonb(NEW) END;
BEGIN
	INSERT INTO entity_screen.audit_record (table_name, row_key, operation,
		content, list_codes, xid, recorded_at, session_user_name, role_name)
	VALUES (TG_TABLE_NAME,
		entity_screen.record_key(content, TG_ARGV[0]::text[]), lower(TG_OP),
		content, entity_screen.lists_of_record(content),
		pg_current_xact_id(), clock_timestamp(), session_user,
		entity_screen.session_role());
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION entity_screen.record_row() IS
'Trigger function of sealed tables: keeps every version of a row in audit_record';

CREATE FUNCTION entity_screen.record_content(
	item entity_screen.audit_record)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
RETURN jsonb_build_array((item).record_id, (item).table_name,
	(item).row_key, (item).operation, (item).content, (item).list_codes,
	(item).xid::text, entity_screen.microseconds((item).recorded_at),
	(item).session_user_name, (item).role_name);
COMMENT ON FUNCTION entity_screen.record_content(entity_screen.audit_record) IS
'What of a record is sealed, as a JSON array of 10 plain values';

CREATE FUNCTION entity_screen.record_digest(
	item entity_screen.audit_record)
RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN entity_screen.digest_of(entity_screen.record_content(item));
COMMENT ON FUNCTION entity_screen.record_digest(entity_screen.audit_record) IS
'SHA-256 over record_content()';

/*
 * Digest of the rows of a table that the install script ships.
 */
CREATE FUNCTION entity_screen.shipped_digest(table_name text,
											 key_columns text[])
RETURNS bytea
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
AS $$
DECLARE
	content jsonb;
BEGIN
	EXECUTE format('SELECT jsonb_agg(to_jsonb(t) ORDER BY entity_screen.record_key(to_jsonb(t), $1)) FROM entity_screen.%I t WHERE (to_jsonb(t) ->> %L)::boolean',
				   table_name, 'is_shipped')
		INTO content USING key_columns;
	RETURN entity_screen.digest_of(coalesce(content, '[]'));
END;
$$;
COMMENT ON FUNCTION entity_screen.shipped_digest(text, text[]) IS
'Internal: digest over the rows of a sealed table that the install script ships';

/*
 * seal_table() - have every version of the rows of a table recorded
 *
 * A restore inserts the rows and brings their records along, so the trigger
 * must not make others: pg_dump, pg_restore and logical replication work with
 * an empty search_path, and none of our functions does.  What else writes with an
 * empty search_path is not recorded, and verify_audit() finds it.
 */
CREATE FUNCTION entity_screen.seal_table(table_name text, key_columns text[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER record_row AFTER INSERT OR UPDATE OR DELETE ON entity_screen.%I FOR EACH ROW WHEN (pg_catalog.current_setting(%L) OPERATOR(pg_catalog.<>) %L) EXECUTE FUNCTION entity_screen.record_row(%L)',
				   table_name, 'search_path', '', key_columns);
	EXECUTE format('ALTER TABLE entity_screen.%I ENABLE ALWAYS TRIGGER record_row',
				   table_name);
	EXECUTE format('COMMENT ON TRIGGER record_row ON entity_screen.%I IS %L',
				   table_name, 'Keeps every version of a row in audit_record');
	INSERT INTO entity_screen.sealed_table
	VALUES (seal_table.table_name, seal_table.key_columns,
		entity_screen.shipped_digest(table_name, key_columns));
END;
$$;
COMMENT ON FUNCTION entity_screen.seal_table(text, text[]) IS
'Internal: puts the trigger on a table that keeps every version of its rows';
