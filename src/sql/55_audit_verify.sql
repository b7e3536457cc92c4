/*
 * 55_audit_verify: does the evidence say what it said?
 */

CREATE FUNCTION entity_screen.broken_block()
RETURNS TABLE (
	block_no bigint,
	finding text,
	detail text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.block_no, 'broken_block', c.problem
	FROM (
		SELECT b.block_no,
			CASE
				WHEN b.block_no <> coalesce(lag(b.block_no) OVER w, 0) + 1
					THEN 'a block before it is missing'
				WHEN b.previous_digest <> coalesce(
					lag(b.block_digest) OVER w,
					decode(repeat('00', 32), 'hex'))
					THEN 'it does not follow from the block before'
				WHEN b.block_digest <> entity_screen.digest_of(
					entity_screen.block_content(b))
					THEN 'it was changed' END AS problem
		FROM entity_screen.audit_block b
		WINDOW w AS (ORDER BY b.block_no)) c
	WHERE c.problem IS NOT NULL;
END;
COMMENT ON FUNCTION entity_screen.broken_block() IS
'Internal: blocks that were changed or do not follow from the one before';

/*
 * Months whose events were deleted are not compared; that they were is a
 * statement of the chain itself.
 */
CREATE FUNCTION entity_screen.sealed_event()
RETURNS TABLE (
	block_no bigint,
	event_id bigint,
	digest bytea,
	evidence_month date)
LANGUAGE sql STABLE ROWS 100000
BEGIN ATOMIC
	SELECT b.block_no, u.event_id,
		substring(b.event_digests FROM (u.place::integer - 1) * 32 + 1
				  FOR 32), b.evidence_month
	FROM entity_screen.audit_block b
	CROSS JOIN LATERAL unnest(b.event_ids)
		WITH ORDINALITY AS u (event_id, place)
	WHERE b.block_kind = 'events'
		AND NOT EXISTS (
			SELECT FROM entity_screen.audit_block p
			WHERE p.block_kind = 'pruning'
				AND p.evidence_month = b.evidence_month
				AND p.block_no > b.block_no);
END;
COMMENT ON FUNCTION entity_screen.sealed_event() IS
'Internal: what the chain says of each event that is still kept';

CREATE FUNCTION entity_screen.unfaithful_event()
RETURNS TABLE (
	block_no bigint,
	event_id bigint,
	finding text,
	detail text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT s.block_no, coalesce(s.event_id, e.event_id),
		CASE WHEN s.event_id IS NULL THEN 'added'
			WHEN e.event_id IS NULL THEN 'missing'
			ELSE 'changed' END,
		CASE WHEN s.event_id IS NULL
			THEN 'its transaction was sealed without it'
			WHEN e.event_id IS NULL THEN 'it was sealed and is not there'
			ELSE 'its digest is not the one that was sealed' END
	FROM (
		SELECT x.event_id, x.xid, entity_screen.event_digest(x, c) AS digest
		FROM entity_screen.screening_event x
		LEFT JOIN entity_screen.screening_context c
			ON c.context_id = x.context_id) e
	FULL JOIN entity_screen.sealed_event() s ON s.event_id = e.event_id
	WHERE (s.event_id IS NULL AND NOT entity_screen.chain_is_foreign()
			AND e.xid < (SELECT entity_screen.sealed_until()))
		OR (s.event_id IS NOT NULL
			AND e.digest IS DISTINCT FROM s.digest);
END;
COMMENT ON FUNCTION entity_screen.unfaithful_event() IS
'Internal: events that are not as the chain says';

CREATE FUNCTION entity_screen.sealed_record()
RETURNS TABLE (block_no bigint, record_id bigint, digest bytea)
LANGUAGE sql STABLE ROWS 10000
BEGIN ATOMIC
	SELECT b.block_no, u.record_id,
		substring(b.record_digests FROM (u.place::integer - 1) * 32 + 1
				  FOR 32)
	FROM entity_screen.audit_block b
	CROSS JOIN LATERAL unnest(b.record_ids)
		WITH ORDINALITY AS u (record_id, place);
END;
COMMENT ON FUNCTION entity_screen.sealed_record() IS
'Internal: what the chain says of each record';

CREATE FUNCTION entity_screen.unfaithful_record()
RETURNS TABLE (
	block_no bigint,
	record_id bigint,
	finding text,
	detail text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT s.block_no, coalesce(s.record_id, e.record_id),
		CASE WHEN s.record_id IS NULL THEN 'added'
			WHEN e.record_id IS NULL THEN 'missing'
			ELSE 'changed' END,
		CASE WHEN s.record_id IS NULL
			THEN 'its transaction was sealed without it'
			WHEN e.record_id IS NULL THEN 'it was sealed and is not there'
			ELSE 'its digest is not the one that was sealed' END
	FROM (
		SELECT x.record_id, x.xid, entity_screen.record_digest(x) AS digest
		FROM entity_screen.audit_record x) e
	FULL JOIN entity_screen.sealed_record() s ON s.record_id = e.record_id
	WHERE (s.record_id IS NULL AND NOT entity_screen.chain_is_foreign()
			AND e.xid < (SELECT entity_screen.sealed_until()))
		OR (s.record_id IS NOT NULL
			AND e.digest IS DISTINCT FROM s.digest);
END;
COMMENT ON FUNCTION entity_screen.unfaithful_record() IS
'Internal: records that are not as the chain says';

/*
 * What a row says now of the columns that were recorded: a later version of
 * the extension may have more of them.
 */
CREATE FUNCTION entity_screen.recorded_part(present jsonb, recorded jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT jsonb_object_agg(k.name, present -> k.name)
		FROM jsonb_object_keys(recorded) AS k (name));
COMMENT ON FUNCTION entity_screen.recorded_part(jsonb, jsonb) IS
'Internal: the columns of a row that its record speaks of';

/*
 * The rows of a sealed table as they are now beside their last records:
 * parameter 1 is the key.  Rows of the install script have none.
 */
CREATE FUNCTION entity_screen.recorded_row_query(table_name text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN format(
	'SELECT coalesce(p.row_key, r.row_key), p.row_key IS NOT NULL, '
	'r.record_id, r.operation, '
	'coalesce(r.list_codes, entity_screen.lists_of_record(p.content)), '
	'entity_screen.recorded_part(p.content, r.content) = r.content '
	'FROM (SELECT entity_screen.record_key(c.content, $1) AS row_key, '
	'c.content FROM (SELECT to_jsonb(t) AS content '
	'FROM entity_screen.%I t) c '
	'WHERE (c.content ->> %L)::boolean IS NOT TRUE) p '
	'FULL JOIN (SELECT DISTINCT ON (x.row_key) x.* '
	'FROM entity_screen.audit_record x WHERE x.table_name = %L '
	'ORDER BY x.row_key, x.record_id DESC) r ON r.row_key = p.row_key',
	table_name, 'is_shipped', table_name);
COMMENT ON FUNCTION entity_screen.recorded_row_query(text) IS
'Internal: the query that sets a sealed table beside its records';

/*
 * The rows of sealed tables that are not as their last record says.
 */
CREATE FUNCTION entity_screen.unfaithful_row()
RETURNS TABLE (
	record_id bigint,
	list_codes text[],
	table_name text,
	row_key text,
	finding text,
	detail text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
AS $$
#variable_conflict use_variable
DECLARE
	key_columns text[];
	shipped bytea;
	is_there boolean;
	operation text;
	is_same boolean;
BEGIN
	FOR table_name, key_columns, shipped IN
		SELECT s.table_name, s.key_columns, s.shipped_digest
		FROM entity_screen.sealed_table s ORDER BY 1
	LOOP
		FOR row_key, is_there, record_id, operation, list_codes, is_same IN
			EXECUTE entity_screen.recorded_row_query(table_name)
			USING key_columns
		LOOP
			finding := CASE WHEN record_id IS NULL
					OR (operation = 'delete' AND is_there) THEN 'added'
				WHEN operation <> 'delete' AND NOT is_there THEN 'missing'
				WHEN operation <> 'delete' AND NOT is_same THEN 'changed' END;
			CONTINUE WHEN finding IS NULL;
			detail := CASE WHEN record_id IS NULL
					THEN 'no record speaks of it'
				WHEN finding = 'added'
					THEN 'its last record says that it was deleted'
				WHEN finding = 'missing'
					THEN 'it was recorded and is not there'
				ELSE 'it is not as its last record says' END;
			RETURN NEXT;
		END LOOP;
		IF entity_screen.shipped_digest(table_name, key_columns)
			<> shipped THEN
			record_id := NULL;
			list_codes := '{}';
			row_key := NULL;
			finding := 'changed';
			detail := 'the rows of the install script are not as shipped';
			RETURN NEXT;
		END IF;
	END LOOP;
END;
$$;
COMMENT ON FUNCTION entity_screen.unfaithful_row() IS
'Internal: rows of sealed tables that are not as their last record says';

/*
 * verify_audit(known_digest) - does the evidence say what it said?
 *
 * known_digest	 block_digest of some block, kept outside of this database
 *
 * Recomputes every digest.  No row: all is as it was sealed.  Otherwise the
 * findings, the first first:
 *
 * broken_block	 a block of the chain was changed, or one is missing
 * missing		 a sealed event or record is not there, or a row that was
 *				 recorded
 * changed		 an event, or the context it points to, or a record is not
 *				 as sealed, or a row not as recorded
 * added		 an event or record that claims a transaction that was sealed
 *				 without it, an event with the number of another, a row
 *				 without a record
 * unknown_head	 no block has the known digest: the chain was cut or remade
 *
 * table_name and row_key say where; of a list that the caller may not see
 * no row_key.  Events and records that are not sealed
 * yet are not looked at; rows of the tables in sealed_table always are.
 */
CREATE FUNCTION entity_screen.verify_audit(known_digest bytea DEFAULT NULL)
RETURNS TABLE (
	finding text,
	block_no bigint,
	event_id bigint,
	detail text,
	table_name text,
	row_key text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
BEGIN ATOMIC
	SELECT f.finding, f.block_no, f.event_id, f.detail, f.table_name,
		coalesce(f.row_key, f.event_id::text)
	FROM (
		SELECT b.finding, b.block_no, NULL::bigint AS event_id, b.detail,
			'audit_block' AS table_name, b.block_no::text AS row_key,
			0 AS rank
		FROM entity_screen.broken_block() b
		UNION ALL
		SELECT u.finding, u.block_no, u.event_id, u.detail,
			'screening_event', NULL, 1
		FROM entity_screen.unfaithful_event() u
		UNION ALL
		SELECT r.finding, r.block_no, NULL, r.detail, 'audit_record',
			r.record_id::text, 1
		FROM entity_screen.unfaithful_record() r
		UNION ALL
		SELECT w.finding, s.block_no, NULL, w.detail, w.table_name,
			CASE WHEN w.list_codes <@ (SELECT entity_screen.session_lists()) THEN w.row_key END, 1
		FROM entity_screen.unfaithful_row() w
		LEFT JOIN entity_screen.sealed_record() s
			ON s.record_id = w.record_id
		UNION ALL
		SELECT 'added', NULL, d.event_id, 'its number stands twice',
			'screening_event', NULL, 1
		FROM (
			SELECT x.event_id FROM entity_screen.screening_event x
			GROUP BY x.event_id HAVING count(*) > 1) d
		UNION ALL
		SELECT 'unknown_head', NULL, NULL,
			'no block of the chain has this digest', 'audit_block', NULL, 2
		WHERE known_digest IS NOT NULL AND NOT EXISTS (
			SELECT FROM entity_screen.audit_block b
			WHERE b.block_digest = known_digest)) f
	ORDER BY f.block_no NULLS LAST, f.rank, f.event_id, f.table_name,
		length(f.row_key), f.row_key;
END;
COMMENT ON FUNCTION entity_screen.verify_audit(bytea) IS
'Recomputes the chain over the evidence: no row when all is as it was sealed, else what was changed, is missing or was added, the first first';
