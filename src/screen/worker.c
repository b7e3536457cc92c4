/*-------------------------------------------------------------------------
 *
 * worker.c
 *	  The worker that keeps the evidence of a rejected row.
 *
 * It lives for one event.  It sees committed data only, and must not wait
 * for the transaction whose row was rejected: that one waits for it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "guard.h"
#include "query.h"
#include "worker.h"

/* A lock that is not free by then is one that the waiting backend may hold */
#define WORKER_LOCK_TIMEOUT "1s"

typedef struct StoreRequest
{
	Datum		args[WORKER_NARGS];
	char		nulls[WORKER_NARGS];
} StoreRequest;

/* The context, in a row that this transaction sees */
static void
find_context(StoreRequest *store)
{
	static SPIPlanPtr plan = NULL;
	bool		isnull;

	if (store->nulls[EVENT_CONTEXT] == 'n')
		return;
	prepare_once(&plan, "SELECT entity_screen.context_of($1, $2, $3, $4,"
				 " $5)",
				 CONTEXT_NARGS, context_types);
	select_row(plan, store->args + EVENT_NARGS, NULL, false,
			   "the context of the screening");
	store->args[EVENT_CONTEXT] = get_result(1, &isnull);
}

static void
store_with_alerts(void *arg)
{
	StoreRequest *store = (StoreRequest *) arg;

	find_context(store);
	store_event(store->args, store->nulls, true);
}

static void
store_alone(void *arg)
{
	StoreRequest *store = (StoreRequest *) arg;

	find_context(store);
	store_event(store->args, store->nulls, false);
}

/*
 * Store the event, with its alerts if they can be had.  The event matters
 * more: it is stored without them when they fail.
 */
static void
store_request(const char *bytes, uint32 length)
{
	StoreRequest store;
	char	   *failure;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	unpack_event(bytes, length, store.args, store.nulls);
	failure = run_guarded(store_with_alerts, &store);
	if (failure)
	{
		ereport(LOG,
				(errmsg("entity_screen: no alert was opened for a rejected row"),
				 errdetail_log("%s", failure)));
		failure = run_guarded(store_alone, &store);
		if (failure)
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("the evidence of a rejected row could not be stored"),
					 errdetail_log("%s", failure),
					 errhint("The session that rejected the row has logged what it was.")));
	}
	PopActiveSnapshot();
	CommitTransactionCommand();
}

static void
wake_backend(int pid)
{
	PGPROC	   *proc = BackendPidGetProc(pid);

	if (proc)
		SetLatch(&proc->procLatch);
}

/*
 * Entry point of the worker; main_arg is the handle of the segment.
 */
void
reject_evidence_main(Datum main_arg)
{
	dsm_segment *segment;
	WorkerRequest *request;

	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	CurrentResourceOwner = ResourceOwnerCreate(NULL, "entity_screen evidence");
	segment = dsm_attach(DatumGetUInt32(main_arg));
	if (segment == NULL)
		proc_exit(0);			/* nobody waits any more, and the log has it */
	dsm_pin_mapping(segment);
	request = dsm_segment_address(segment);

	/* As the bootstrap superuser; run_guarded() takes the owner's rights. */
	BackgroundWorkerInitializeConnectionByOid(request->database, InvalidOid,
											  0);
	SetConfigOption("lock_timeout", WORKER_LOCK_TIMEOUT, PGC_SUSET,
					PGC_S_OVERRIDE);
	SetConfigOption("synchronous_commit", "on", PGC_SUSET, PGC_S_OVERRIDE);
	store_request(request->event, request->length);
	pg_atomic_write_u32(&request->state, WORKER_STORED);
	wake_backend(request->backend_pid);
	dsm_detach(segment);
	proc_exit(0);
}
