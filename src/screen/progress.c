/*-------------------------------------------------------------------------
 *
 * progress.c
 *	  How far a run over a table has come, for other sessions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/progress.h"
#include "fmgr.h"
#include "utils/backend_progress.h"

#include "screen.h"

PG_FUNCTION_INFO_V1(report_progress);

/*
 * report_progress(target regclass, done bigint) - show a run in
 * pg_stat_progress_copy: relid is the table, tuples_processed the rows read
 *
 * done 0 begins, a negative done ends; an error ends by itself.  The view is
 * that of COPY because an extension cannot have one of its own.
 */
Datum
report_progress(PG_FUNCTION_ARGS)
{
	int64		done = PG_GETARG_INT64(1);

	if (done < 0)
		pgstat_progress_end_command();
	else if (done == 0)
		pgstat_progress_start_command(PROGRESS_COMMAND_COPY,
									  PG_GETARG_OID(0));
	else
		pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, done);
	PG_RETURN_VOID();
}
