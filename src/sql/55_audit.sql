/*
 * 55_audit: the chain that shows whether evidence was changed
 *
 * Events are written without looking at each other, so that no two orders
 * wait for one another; they are chained afterwards.  A block holds the
 * numbers and digests of up to 5,000 events of one month, or of records
 * (55_audit_record), and the digest of the block before.  Digests are over plain stored values: texts as UTF-8,
 * times as microseconds since 1970 UTC, so that they are the same after a
 * dump and restore, under any setting, and with any later normalizer.
 *
 * What a chain cannot show is that its end was cut off, or that it was made
 * anew from the start: keep the newest block_digest somewhere else and pass
 * it to verify_audit().
 */

CREATE TABLE entity_screen.audit_block (
	block_no bigint PRIMARY KEY,
	block_kind text NOT NULL CHECK (block_kind IN (
		'events', 'records', 'pruning')),
	evidence_month date NOT NULL,
	event_count integer NOT NULL,
	event_ids bigint[] NOT NULL,
	event_digests bytea NOT NULL,
	record_ids bigint[] NOT NULL,
	record_digests bytea NOT NULL,
	statement jsonb,
	sealed_before xid8 NOT NULL,
	is_complete boolean NOT NULL,
	system_identifier bigint NOT NULL,
	sealed_at timestamptz NOT NULL,
	sealed_by text NOT NULL,
	previous_digest bytea NOT NULL,
	block_digest bytea NOT NULL,
	CHECK (event_count = cardinality(event_ids)),
	CHECK (octet_length(event_digests) = 32 * event_count),
	CHECK (octet_length(record_digests) = 32 * cardinality(record_ids))
);
COMMENT ON TABLE entity_screen.audit_block IS
'The chain over screening_event and audit_record: numbers and digests of events or records, and the digest of the block before. Append only, by seal_audit() and prune_evidence().';
COMMENT ON COLUMN entity_screen.audit_block.block_no IS
'Place in the chain, from 1';
COMMENT ON COLUMN entity_screen.audit_block.block_kind IS
'events: seals events; records: seals records; pruning: says that the events of a month were deleted';
COMMENT ON COLUMN entity_screen.audit_block.evidence_month IS
'First day of the month (UTC) of all its events, or in which it sealed records';
COMMENT ON COLUMN entity_screen.audit_block.event_count IS
'Events that it seals';
COMMENT ON COLUMN entity_screen.audit_block.event_ids IS
'Their numbers, ascending';
COMMENT ON COLUMN entity_screen.audit_block.event_digests IS
'Their digests (event_digest()), 32 bytes each, in the same order';
COMMENT ON COLUMN entity_screen.audit_block.record_ids IS
'Numbers of the records that it seals, ascending';
COMMENT ON COLUMN entity_screen.audit_block.record_digests IS
'Their digests (record_digest()), 32 bytes each, in the same order';
COMMENT ON COLUMN entity_screen.audit_block.statement IS
'Of a pruning: how many events, who, why';
COMMENT ON COLUMN entity_screen.audit_block.sealed_before IS
'Every transaction before this one had ended; its events are sealed';
COMMENT ON COLUMN entity_screen.audit_block.is_complete IS
'Sealed all events there were, whatever their transaction: the first block, and the first after a restore into another cluster';
COMMENT ON COLUMN entity_screen.audit_block.system_identifier IS
'The cluster in which it was sealed';
COMMENT ON COLUMN entity_screen.audit_block.sealed_at IS
'Clock time of sealing';
COMMENT ON COLUMN entity_screen.audit_block.sealed_by IS
'Session user who sealed it';
COMMENT ON COLUMN entity_screen.audit_block.previous_digest IS
'block_digest of the block before; 32 zero bytes in the first';
COMMENT ON COLUMN entity_screen.audit_block.block_digest IS
'SHA-256 over all of this, see block_content()';
SELECT pg_catalog.pg_extension_config_dump('entity_screen.audit_block', '');

CREATE INDEX audit_block_last_event_idx ON entity_screen.audit_block
	((event_ids[event_count])) WHERE is_complete;

CREATE TRIGGER audit_block_append_only
	BEFORE UPDATE OR DELETE ON entity_screen.audit_block
	FOR EACH ROW EXECUTE FUNCTION entity_screen.refuse_change();
CREATE TRIGGER audit_block_no_truncate
	BEFORE TRUNCATE ON entity_screen.audit_block
	FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.refuse_change();
ALTER TABLE entity_screen.audit_block
	ENABLE ALWAYS TRIGGER audit_block_append_only;
ALTER TABLE entity_screen.audit_block
	ENABLE ALWAYS TRIGGER audit_block_no_truncate;
COMMENT ON TRIGGER audit_block_append_only
	ON entity_screen.audit_block IS 'Refuses changes of evidence';
COMMENT ON TRIGGER audit_block_no_truncate
	ON entity_screen.audit_block IS 'Refuses changes of evidence';

/* ---------------------------------------------------------------------
 * digests
 * ------------------------------------------------------------------ */

CREATE FUNCTION entity_screen.microseconds(moment timestamptz)
RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN trunc(extract(epoch FROM moment) * 1000000);
COMMENT ON FUNCTION entity_screen.microseconds(timestamptz) IS
'Microseconds since 1970-01-01 00:00 UTC';

/*
 * A JSON array as jsonb prints it, in UTF-8.  In a database without an
 * encoding its bytes as they are stored.
 */
CREATE FUNCTION entity_screen.digest_of(content jsonb)
RETURNS bytea
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN sha256(convert_to(content::text,
	CASE getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII'
	ELSE 'UTF8' END));
COMMENT ON FUNCTION entity_screen.digest_of(jsonb) IS
'SHA-256 over the text of a JSON document in UTF-8';

/*
 * What of an event is sealed, in this order.  The date as bytes, since it
 * may be infinity; thresholds rounded to the 1/10000 that is compared.
 */
CREATE FUNCTION entity_screen.event_content(
	event entity_screen.screening_event,
	context entity_screen.screening_context)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
RETURN jsonb_build_array((event).event_id,
	entity_screen.microseconds((event).event_at), (event).guard_id,
	(event).run_id, (event).target, (event).row_operation,
	(event).row_count, (event).party_ref, (event).party_column,
	(event).party, (event).country, (event).address,
	encode(date_send((event).on_date), 'hex'), (event).on_date_basis,
	(event).action, (event).decision, (event).reason, (event).hit_count,
	(event).hits, (event).xid::text, (event).session_user_name,
	(event).role_name, (event).application_name, (context).list_codes,
	((context).thresholds)::numeric(5,4)[],
	((context).weak_thresholds)::numeric(5,4)[], (context).config_ids,
	encode((context).list_version, 'hex'), (context).normalizer_version,
	(context).engine_version);
COMMENT ON FUNCTION entity_screen.event_content(entity_screen.screening_event, entity_screen.screening_context) IS
'What of an event is sealed, as a JSON array of 30 plain values';

CREATE FUNCTION entity_screen.event_digest(
	event entity_screen.screening_event,
	context entity_screen.screening_context)
RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN entity_screen.digest_of(entity_screen.event_content(event, context));
COMMENT ON FUNCTION entity_screen.event_digest(entity_screen.screening_event, entity_screen.screening_context) IS
'SHA-256 over event_content()';

CREATE FUNCTION entity_screen.block_content(block entity_screen.audit_block)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
RETURN jsonb_build_array((block).block_no, (block).block_kind,
	encode(date_send((block).evidence_month), 'hex'), (block).event_ids,
	encode((block).event_digests, 'hex'), (block).statement,
	(block).sealed_before::text, (block).is_complete,
	(block).system_identifier,
	entity_screen.microseconds((block).sealed_at), (block).sealed_by,
	encode((block).previous_digest, 'hex'), (block).record_ids,
	encode((block).record_digests, 'hex'));
COMMENT ON FUNCTION entity_screen.block_content(entity_screen.audit_block) IS
'What block_digest is made of, as a JSON array of 14 plain values';

CREATE FUNCTION entity_screen.month_of(moment timestamptz)
RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN date_trunc('month', moment AT TIME ZONE 'UTC')::date;
COMMENT ON FUNCTION entity_screen.month_of(timestamptz) IS
'First day of the month of a moment, UTC';

/* ---------------------------------------------------------------------
 * sealing
 * ------------------------------------------------------------------ */

/*
 * Internal: the caller has locked audit_block, fills in what the block is
 * about, and this adds its place and digests.
 */
CREATE FUNCTION entity_screen.add_block(block entity_screen.audit_block)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	last entity_screen.audit_block;
BEGIN
	SELECT b.* INTO last FROM entity_screen.audit_block b
	ORDER BY b.block_no DESC LIMIT 1;
	block.block_no := coalesce(last.block_no, 0) + 1;
	block.event_ids := coalesce(block.event_ids, '{}');
	block.event_digests := coalesce(block.event_digests, '');
	block.record_ids := coalesce(block.record_ids, '{}');
	block.record_digests := coalesce(block.record_digests, '');
	block.event_count := cardinality(block.event_ids);
	block.system_identifier := (pg_control_system()).system_identifier;
	block.sealed_at := clock_timestamp();
	block.sealed_by := session_user;
	block.previous_digest := coalesce(last.block_digest,
									  decode(repeat('00', 32), 'hex'));
	block.block_digest := entity_screen.digest_of(
		entity_screen.block_content(block));
	INSERT INTO entity_screen.audit_block SELECT block.*;
	RETURN block.block_no;
END;
$$;
COMMENT ON FUNCTION entity_screen.add_block(entity_screen.audit_block) IS
'Internal: appends a block to the chain; the caller holds the lock';

/*
 * Sealers wait for each other and for nobody else.  A snapshot taken before
 * the lock would not see the last block.
 */
CREATE FUNCTION entity_screen.lock_chain()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF current_setting('transaction_isolation') <> 'read committed' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_transaction_state',
			MESSAGE = 'the chain cannot be extended in this transaction',
			DETAIL = format('Its isolation level is %s.',
							current_setting('transaction_isolation')),
			HINT = 'Call it in a transaction of level read committed.';
	END IF;
	LOCK TABLE entity_screen.audit_block IN SHARE ROW EXCLUSIVE MODE;
END;
$$;
COMMENT ON FUNCTION entity_screen.lock_chain() IS
'Internal: one sealer at a time; raises 25000 unless the transaction is read committed';
