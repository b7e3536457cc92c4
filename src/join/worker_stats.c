/*-------------------------------------------------------------------------
 *
 * worker_stats.c
 *	  What parallel workers counted, for EXPLAIN ANALYZE.
 *
 * Workers count for themselves.  The memory that the server shares with them
 * is gone when EXPLAIN prints, and no hook is called between their end and
 * that; so the counts have a segment of their own, which lives until the join
 * ends.  It is made only where the statement is to be explained.  Where no
 * segment is to be had the leader's own counts are shown.
 *
 *-------------------------------------------------------------------------
 */
#include "join/join.h"

static EntityJoinState *
as_join(CustomScanState *node)
{
	return (EntityJoinState *) node;
}

/* EstimateDSMCustomScan: room for the handle of the segment */
Size
estimate_worker_stats(CustomScanState *node, ParallelContext *context)
{
	return sizeof(dsm_handle);
}

/* InitializeDSMCustomScan */
void
share_worker_stats(CustomScanState *node, ParallelContext *context,
				   void *place)
{
	EntityJoinState *join = as_join(node);
	Size		size = sizeof(PackedStats) * (Size) context->nworkers;

	*(dsm_handle *) place = DSM_HANDLE_INVALID;
	if (node->ss.ps.instrument == NULL || context->nworkers == 0)
		return;
	join->segment = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
	if (join->segment == NULL)
		return;
	memset(dsm_segment_address(join->segment), 0, size);
	join->nworkers = context->nworkers;
	*(dsm_handle *) place = dsm_segment_handle(join->segment);
}

/* ReInitializeDSMCustomScan: the next workers add to the same counts */
void
reshare_worker_stats(CustomScanState *node, ParallelContext *context,
					 void *place)
{
}

/* InitializeWorkerCustomScan */
void
attach_worker_stats(CustomScanState *node, shm_toc *toc, void *place)
{
	dsm_handle	handle = *(dsm_handle *) place;

	if (handle != DSM_HANDLE_INVALID)
		as_join(node)->segment = dsm_attach(handle);
}

/* add_stats - sums, and of what each process has for itself the largest */
static void
add_stats(PackedStats *sum, const PackedStats *stats)
{
	sum->rows = Max(sum->rows, stats->rows);
	sum->names = Max(sum->names, stats->names);
	sum->memory = Max(sum->memory, stats->memory);
	sum->batches = Max(sum->batches, stats->batches);
	sum->streamed += stats->streamed;
	sum->touched += stats->touched;
	sum->candidates += stats->candidates;
	sum->scored += stats->scored;
	sum->matched += stats->matched;
	sum->removed += stats->removed;
}

/* ShutdownCustomScan: a worker hands over what it counted */
void
report_worker_stats(CustomScanState *node)
{
	EntityJoinState *join = as_join(node);
	PackedStats *shared;

	if (!IsParallelWorker() || join->segment == NULL)
		return;
	shared = dsm_segment_address(join->segment);
	add_stats(&shared[ParallelWorkerNumber], &join->stats);
	dsm_detach(join->segment);
	join->segment = NULL;
}

/* sum_worker_stats - the counts of this process and of its workers */
PackedStats
sum_worker_stats(const EntityJoinState *join)
{
	PackedStats sum = join->stats;
	const PackedStats *shared;

	if (join->segment == NULL)
		return sum;
	shared = dsm_segment_address(join->segment);
	for (int i = 0; i < join->nworkers; i++)
		add_stats(&sum, &shared[i]);
	return sum;
}

/* end_worker_stats - they have been shown, or need not be */
void
end_worker_stats(EntityJoinState *join)
{
	if (join->segment != NULL)
		dsm_detach(join->segment);
	join->segment = NULL;
}
