/*
 * 55_audit_seal: chaining what was written since the last block
 */

CREATE FUNCTION entity_screen.sealed_until()
RETURNS xid8
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT coalesce((
		SELECT b.sealed_before FROM entity_screen.audit_block b
		ORDER BY b.block_no DESC LIMIT 1), '0'::xid8);
END;
COMMENT ON FUNCTION entity_screen.sealed_until() IS
'Every transaction before this one had ended when the last block was made, and is sealed';

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
	seal_all boolean, since xid8 DEFAULT entity_screen.sealed_until())
RETURNS SETOF entity_screen.screening_event
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.*
	FROM entity_screen.screening_event e
	WHERE NOT unsealed_event.seal_all
		AND e.xid >= (SELECT unsealed_event.since)
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
COMMENT ON FUNCTION entity_screen.unsealed_event(xid8, boolean, xid8) IS
'Internal: events that seal_audit() has to seal';

CREATE FUNCTION entity_screen.unsealed_record(sealed_before xid8,
	seal_all boolean, since xid8 DEFAULT entity_screen.sealed_until())
RETURNS SETOF entity_screen.audit_record
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT r.*
	FROM entity_screen.audit_record r
	WHERE NOT unsealed_record.seal_all
		AND r.xid >= (SELECT unsealed_record.since)
		AND r.xid < unsealed_record.sealed_before
		AND NOT EXISTS (
			SELECT FROM entity_screen.audit_block b
			WHERE b.is_complete AND r.record_id = ANY (b.record_ids))
	UNION ALL
	SELECT r.*
	FROM entity_screen.audit_record r
	WHERE unsealed_record.seal_all
		AND NOT EXISTS (
			SELECT FROM entity_screen.audit_block b
			CROSS JOIN LATERAL unnest(b.record_ids) AS s (record_id)
			WHERE s.record_id = r.record_id);
END;
COMMENT ON FUNCTION entity_screen.unsealed_record(xid8, boolean, xid8) IS
'Internal: records that seal_audit() has to seal';

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
 * The blocks of records; the caller holds the lock.  Returns blocks and
 * records.
 */
CREATE FUNCTION entity_screen.seal_records(horizon xid8, seal_all boolean,
	since xid8)
RETURNS TABLE (block_count integer, record_count bigint)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	block entity_screen.audit_block;
BEGIN
	block_count := 0;
	record_count := 0;
	FOR block.record_ids, block.record_digests IN
		SELECT array_agg(s.record_id ORDER BY s.record_id),
			string_agg(s.digest, ''::bytea ORDER BY s.record_id)
		FROM (
			SELECT u.record_id, entity_screen.record_digest(u) AS digest,
				(row_number() OVER (ORDER BY u.record_id) - 1) / 5000 AS part
			FROM entity_screen.unsealed_record(horizon, seal_all, since) u) s
		GROUP BY s.part ORDER BY s.part
	LOOP
		block.block_kind := 'records';
		block.evidence_month := entity_screen.month_of(clock_timestamp());
		block.sealed_before := horizon;
		block.is_complete := seal_all;
		PERFORM entity_screen.add_block(block);
		block_count := block_count + 1;
		record_count := record_count + cardinality(block.record_ids);
	END LOOP;
	RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION entity_screen.seal_records(xid8, boolean, xid8) IS
'Internal: chains the records that are not chained yet';

/*
 * seal_audit() - chain the events and records that are not chained yet
 *
 * Only those of transactions that have ended and that are older than any
 * transaction still running: what a long transaction holds back is sealed
 * by a later call.  Call it regularly, say every minute.  Read committed
 * only.  Takes no lock that a guard waits for.
 *
 * Returns the blocks made and the events and records sealed.  Errors: 25000.
 */
CREATE FUNCTION entity_screen.seal_audit()
RETURNS TABLE (
	block_count integer,
	event_count bigint,
	record_count bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
	horizon xid8;
	since xid8;
	seal_all boolean;
	block entity_screen.audit_block;
	blocks integer := 0;
	events bigint := 0;
	sealed record;
BEGIN
	PERFORM entity_screen.lock_chain();
	PERFORM entity_screen.make_evidence_partitions();
	horizon := pg_snapshot_xmin(pg_current_snapshot());
	since := entity_screen.sealed_until();
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
			FROM entity_screen.unsealed_event(horizon, seal_all, since) u
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
	SELECT r.* INTO sealed
	FROM entity_screen.seal_records(horizon, seal_all, since) r;
	RETURN QUERY SELECT blocks + sealed.block_count, events,
		sealed.record_count;
END;
$$;
COMMENT ON FUNCTION entity_screen.seal_audit() IS
'Chains the committed events and records that are not chained yet; returns the blocks made and the events and records sealed. Call it every minute or so.';
