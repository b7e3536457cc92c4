/*-------------------------------------------------------------------------
 *
 * rights.c
 *	  With whose rights, and under which settings, the lists are read.
 *
 * A guard's triggers run as whoever stores the row.  What touches the user's
 * row stays so; what touches the lists and the evidence runs between
 * enter_extension() and leave_extension().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

#include "guard.h"
#include "list/list.h"

/*
 * The owner of the extension's tables, with whose rights lists are read.
 * Errors: 42P01 where the table is missing.
 */
static Oid
get_extension_owner(void)
{
	Oid			table = get_own_table("screening_event");
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))	/* it was there just now */
		elog(ERROR, "cache lookup failed for relation %u", table);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * From here to leave_extension(): the owner's rights, our search_path, and
 * no setting that could shorten an answer.  An error in between is undone by
 * the end of the (sub)transaction.
 */
void
enter_extension(ExtensionEntry *entry)
{
	Oid			owner = get_extension_owner();

	GetUserIdAndSecContext(&entry->user, &entry->sec_context);
	entry->nest_level = NewGUCNestLevel();
	SetUserIdAndSecContext(owner,
						   entry->sec_context | SECURITY_LOCAL_USERID_CHANGE);
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	if (GinFuzzySearchLimit != 0)
		(void) set_config_option("gin_fuzzy_search_limit", "0",
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
}

/* Back to the rights and settings of the caller */
void
leave_extension(ExtensionEntry *entry)
{
	AtEOXact_GUC(false, entry->nest_level);
	SetUserIdAndSecContext(entry->user, entry->sec_context);
}

/*
 * An error that must not be turned into a decision, because the transaction
 * cannot or should not go on after it.
 */
static bool
is_fatal_error(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK);
}

/*
 * Run a step that reads the lists, inside a subtransaction so that its error
 * becomes a reason.  Returns NULL, or the reason in the caller's context.
 */
char *
run_guarded(void (*step) (void *), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile reason = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		ExtensionEntry entry;

		enter_extension(&entry);
		SPI_connect();
		step(arg);
		SPI_finish();
		leave_extension(&entry);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (is_fatal_error(error->sqlerrcode))
			ReThrowError(error);
		reason = psprintf("%s: %s", unpack_sql_state(error->sqlerrcode),
						  error->message);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return reason;
}
