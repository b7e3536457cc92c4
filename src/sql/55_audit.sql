/*
 * 55_audit: the chain that shows whether evidence was changed
 *
 * Events are written without looking at each other, so that no two orders
 * wait for one another; they are chained afterwards.  A block holds the
 * numbers and digests of up to 5,000 events of one month and the digest of
 * the block before.  Digests are over plain stored values: texts as UTF-8,
 * times as microseconds since 1970 UTC, so that they are the same after a
 * dump and restore, under any setting, and with any later normalizer.
 *
 * What a chain cannot show is that its end was cut off, or that it was made
 * anew from the start: keep the newest block_digest somewhere else and pass
 * it to verify_audit().
 */

CREATE TABLE entity_screen.audit_block (
	block_no bigint PRIMARY KEY,
	block_kind text NOT NULL CHECK (block_kind IN ('events', 'pruning')),
	evidence_month date NOT NULL,
	event_count integer NOT NULL,
	event_ids bigint[] NOT NULL,
	event_digests bytea NOT NULL,
	statement jsonb,
	sealed_before xid8 NOT NULL,
	is_complete boolean NOT NULL,
	system_identifier bigint NOT NULL,
	sealed_at timestamptz NOT NULL,
	sealed_by text NOT NULL,
	previous_digest bytea NOT NULL,
	block_digest bytea NOT NULL,
	CHECK (event_count = cardinality(event_ids)),
	CHECK (octet_length(event_digests) = 32 * event_count)
);
COMMENT ON TABLE entity_screen.audit_block IS
'The chain over screening_event: numbers and digests of events, and the digest of the block before. Append only, by seal_audit() and prune_evidence().';
COMMENT ON COLUMN entity_screen.audit_block.block_no IS
'Place in the chain, from 1';
COMMENT ON COLUMN entity_screen.audit_block.block_kind IS
'events: seals events; pruning: says that the events of a month were deleted';
COMMENT ON COLUMN entity_screen.audit_block.evidence_month IS
'First day of the month (UTC) of all its events';
COMMENT ON COLUMN entity_screen.audit_block.event_count IS
'Events that it seals';
COMMENT ON COLUMN entity_screen.audit_block.event_ids IS
'Their numbers, ascending';
COMMENT ON COLUMN entity_screen.audit_block.event_digests IS
'Their digests (event_digest()), 32 bytes each, in the same order';
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
	encode((block).previous_digest, 'hex'));
COMMENT ON FUNCTION entity_screen.block_content(entity_screen.audit_block) IS
'What block_digest is made of, as a JSON array of 12 plain values';

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

/*
 * The events to seal.  Transactions below the xmin of a snapshot have all
 * ended, so what they wrote is there or never will be, and each range of
 * transactions is looked at once.  In another cluster the numbers of
 * transactions begin anew: then everything that is not sealed counts.
 *
 * Two queries and not one with OR: the first finds its few events through
 * the index on xid, and no block that ends before an event is read for it.
 */
CREATE FUNCTION entity_screen.unsealed_event(sealed_before xid8,
											 seal_all boolean)
RETURNS SETOF entity_screen.screening_event
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.*
	FROM entity_screen.screening_event e
	WHERE NOT unsealed_event.seal_all
		AND e.xid >= coalesce((
			SELECT b.sealed_before FROM entity_screen.audit_block b
			ORDER BY b.block_no DESC LIMIT 1), '0'::xid8)
		AND e.xid < unsealed_event.sealed_before
		AND NOT EXISTS (
			SELECT FROM entity_screen.audit_block b
			WHERE b.is_complete
				AND b.event_ids[b.event_count] >= e.event_id
				AND b.event_ids[1] <= e.event_id
				AND e.event_id = ANY (b.event_ids))
	UNION ALL
	SELECT e.*
	FROM entity_screen.screening_event e
	WHERE unsealed_event.seal_all
		AND NOT EXISTS (
			SELECT FROM entity_screen.audit_block b
			CROSS JOIN LATERAL unnest(b.event_ids) AS s (event_id)
			WHERE s.event_id = e.event_id);
END;
COMMENT ON FUNCTION entity_screen.unsealed_event(xid8, boolean) IS
'Internal: events that seal_audit() has to seal';

/*
 * Whether the next block must seal everything, see unsealed_event().
 */
CREATE FUNCTION entity_screen.chain_is_foreign()
RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT coalesce((
		SELECT b.system_identifier
			<> (SELECT s.system_identifier FROM pg_control_system() s)
		FROM entity_screen.audit_block b
		ORDER BY b.block_no DESC LIMIT 1), true);
END;
COMMENT ON FUNCTION entity_screen.chain_is_foreign() IS
'Whether the chain is empty or was made in another cluster';

/*
 * seal_audit() - chain the events that are not chained yet
 *
 * Only events of transactions that have ended and that are older than any
 * transaction still running: what a long transaction holds back is sealed
 * by a later call.  Call it regularly, say every minute.  Read committed
 * only.  Takes no lock that a guard waits for.
 *
 * Returns the blocks made and the events sealed.  Errors: 25000.
 */
CREATE FUNCTION entity_screen.seal_audit()
RETURNS TABLE (
	block_count integer,
	event_count bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
	horizon xid8;
	seal_all boolean;
	block entity_screen.audit_block;
	blocks integer := 0;
	events bigint := 0;
BEGIN
	PERFORM entity_screen.lock_chain();
	PERFORM entity_screen.make_evidence_partitions();
	horizon := pg_snapshot_xmin(pg_current_snapshot());
	seal_all := entity_screen.chain_is_foreign();
	FOR block.evidence_month, block.event_ids, block.event_digests IN
		SELECT s.month, array_agg(s.event_id ORDER BY s.event_id),
			string_agg(s.digest, ''::bytea ORDER BY s.event_id)
		FROM (
			SELECT u.event_id, entity_screen.month_of(u.event_at) AS month,
				entity_screen.event_digest(u, c) AS digest,
				(row_number() OVER (
					PARTITION BY entity_screen.month_of(u.event_at)
					ORDER BY u.event_id) - 1) / 5000 AS part
			FROM entity_screen.unsealed_event(horizon, seal_all) u
			LEFT JOIN entity_screen.screening_context c
				ON c.context_id = u.context_id) s
		GROUP BY s.month, s.part
		ORDER BY s.month, s.part
	LOOP
		block.block_kind := 'events';
		block.sealed_before := horizon;
		block.is_complete := seal_all;
		PERFORM entity_screen.add_block(block);
		PERFORM entity_screen.count_events(block.evidence_month,
										   block.event_ids);
		blocks := blocks + 1;
		events := events + cardinality(block.event_ids);
	END LOOP;
	RETURN QUERY SELECT blocks, events;
END;
$$;
COMMENT ON FUNCTION entity_screen.seal_audit() IS
'Chains the committed events that are not chained yet; returns the blocks made and the events sealed. Call it every minute or so.';

/* ---------------------------------------------------------------------
 * verifying
 * ------------------------------------------------------------------ */

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
			AND e.xid < (
				SELECT b.sealed_before FROM entity_screen.audit_block b
				ORDER BY b.block_no DESC LIMIT 1))
		OR (s.event_id IS NOT NULL
			AND e.digest IS DISTINCT FROM s.digest);
END;
COMMENT ON FUNCTION entity_screen.unfaithful_event() IS
'Internal: events that are not as the chain says';

/*
 * verify_audit(known_digest) - does the evidence say what it said?
 *
 * known_digest	 block_digest of some block, kept outside of this database
 *
 * Recomputes every digest.  No row: all is as it was sealed.  Otherwise the
 * findings, the first first:
 *
 * broken_block	 a block of the chain was changed, or one is missing
 * missing		 a sealed event is not there
 * changed		 an event, or the context it points to, is not as sealed
 * added		 an event that claims a transaction that was sealed without
 *				 it, or the number of another event
 * unknown_head	 no block has the known digest: the chain was cut or remade
 *
 * Events that are not sealed yet are not looked at.
 */
CREATE FUNCTION entity_screen.verify_audit(known_digest bytea DEFAULT NULL)
RETURNS TABLE (
	finding text,
	block_no bigint,
	event_id bigint,
	detail text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT f.finding, f.block_no, f.event_id, f.detail
	FROM (
		SELECT b.finding, b.block_no, NULL::bigint AS event_id, b.detail,
			0 AS rank
		FROM entity_screen.broken_block() b
		UNION ALL
		SELECT u.finding, u.block_no, u.event_id, u.detail, 1
		FROM entity_screen.unfaithful_event() u
		UNION ALL
		SELECT 'added', NULL, d.event_id, 'its number stands twice', 1
		FROM (
			SELECT x.event_id FROM entity_screen.screening_event x
			GROUP BY x.event_id HAVING count(*) > 1) d
		UNION ALL
		SELECT 'unknown_head', NULL, NULL,
			'no block of the chain has this digest', 2
		WHERE known_digest IS NOT NULL AND NOT EXISTS (
			SELECT FROM entity_screen.audit_block b
			WHERE b.block_digest = known_digest)) f
	ORDER BY f.block_no NULLS LAST, f.rank, f.event_id;
END;
COMMENT ON FUNCTION entity_screen.verify_audit(bytea) IS
'Recomputes the chain over the evidence: no row when all is as it was sealed, else what was changed, is missing or was added, the first first';
