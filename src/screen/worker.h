/*-------------------------------------------------------------------------
 *
 * worker.h
 *	  What a backend that rejects a row and the worker that keeps its
 *	  evidence share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENTITY_SCREEN_WORKER_H
#define ENTITY_SCREEN_WORKER_H

#include "port/atomics.h"

typedef enum WorkerState
{
	WORKER_PENDING,
	WORKER_STORED
} WorkerState;

/* Head of the shared memory segment; the packed event follows it */
typedef struct WorkerRequest
{
	pg_atomic_uint32 state;
	Oid			database;
	int			backend_pid;	/* who waits */
	uint32		length;			/* of the event, in bytes */
	char		event[FLEXIBLE_ARRAY_MEMBER];
} WorkerRequest;

/* event_bytes.c */
extern char *pack_event(const Datum *args, const char *nulls, uint32 *length);
extern void unpack_event(const char *bytes, uint32 length, Datum *args,
						 char *nulls);

/* worker.c */
extern PGDLLEXPORT void reject_evidence_main(Datum main_arg);

#endif							/* ENTITY_SCREEN_WORKER_H */
