/*-------------------------------------------------------------------------
 *
 * worker_launch.c
 *	  Evidence of a rejected row outlives the transaction that is aborted.
 *
 * The backend that rejects a row packs the event into shared memory, starts
 * a worker and waits until the worker has committed it: interruptibly, and
 * at most entity_screen.reject_evidence_timeout.  The worker runs none of
 * the user's code and gets no SQL text.  It takes no lock that the guarded
 * transaction may hold: it inserts, nothing else.
 *
 * No free worker slot is tried again until the time is up, since the slots
 * may be taken by rejections that take milliseconds.  Whatever goes wrong,
 * the row is rejected; the server log then has the only record of it.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "guard.h"
#include "worker.h"

/* How soon a full set of worker slots is tried again, in milliseconds */
#define SLOT_RETRY_MS	20

static dsm_segment *
share_event(const Datum *args, const char *nulls)
{
	uint32		length;
	char	   *bytes = pack_event(args, nulls, &length);
	Size		size = offsetof(WorkerRequest, event) + length;
	dsm_segment *segment = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
	WorkerRequest *request;

	if (segment == NULL)
		return NULL;
	request = dsm_segment_address(segment);
	pg_atomic_init_u32(&request->state, WORKER_PENDING);
	request->database = MyDatabaseId;
	request->backend_pid = MyProcPid;
	request->length = length;
	memcpy(request->event, bytes, length);
	pfree(bytes);
	return segment;
}

/* Wait for the latch, at most until the deadline or the given time */
static void
wait_a_while(TimestampTz deadline, long longest)
{
	long		remaining = TimestampDifferenceMilliseconds(GetCurrentTimestamp(),
															deadline);

	(void) WaitLatch(MyLatch,
					 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 Min(remaining, longest), PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

static BackgroundWorkerHandle *
start_worker(dsm_segment *segment, TimestampTz deadline)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;

	snprintf(worker.bgw_name, BGW_MAXLEN,
			 "entity_screen evidence of a rejected row");
	strlcpy(worker.bgw_type, "entity_screen evidence", BGW_MAXLEN);
	strlcpy(worker.bgw_library_name, "entity_screen", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "reject_evidence_main", BGW_MAXLEN);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment));
	worker.bgw_notify_pid = MyProcPid;
	while (!RegisterDynamicBackgroundWorker(&worker, &handle))
	{
		if (GetCurrentTimestamp() >= deadline)
			return NULL;
		wait_a_while(deadline, SLOT_RETRY_MS);
	}
	return handle;
}

static const char *
wait_for_worker(BackgroundWorkerHandle *handle, WorkerRequest *request,
				TimestampTz deadline)
{
	for (;;)
	{
		pid_t		pid;
		BgwHandleStatus status = GetBackgroundWorkerPid(handle, &pid);

		/* state after status: a worker that has stopped says no more */
		if (pg_atomic_read_u32(&request->state) == WORKER_STORED)
			return "event";
		if (status == BGWH_STOPPED || status == BGWH_POSTMASTER_DIED)
			return "worker failed";
		if (GetCurrentTimestamp() >= deadline)
		{
			TerminateBackgroundWorker(handle);
			return "timeout";
		}
		wait_a_while(deadline, 1000);
	}
}

/*
 * Have a worker store an event in a transaction of its own.
 *
 * Returns "event" when it is stored for good, else why that is not known.
 */
const char *
hand_to_worker(const Datum *args, const char *nulls)
{
	TimestampTz deadline =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
									reject_evidence_timeout);
	dsm_segment *segment;
	BackgroundWorkerHandle *handle;
	const char *outcome = "no worker slot";

	if (!IsUnderPostmaster)
		return "single-user mode";
	segment = share_event(args, nulls);
	if (segment == NULL)
		return "no shared memory segment";
	handle = start_worker(segment, deadline);
	if (handle)
		outcome = wait_for_worker(handle, dsm_segment_address(segment),
								  deadline);
	dsm_detach(segment);
	return outcome;
}
