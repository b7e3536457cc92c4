/*-------------------------------------------------------------------------
 *
 * count.c
 *	  Clean rows of guards that only count them.
 *
 * A guard with record_clean 'count' writes one event for the clean rows of
 * a transaction.  They are counted here and written just before the commit
 * or prepare, so that the count is in the same transaction as the rows; what
 * a subtransaction has counted goes when it is rolled back.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "guard.h"

/* Clean rows of one guard in one subtransaction, under one context */
typedef struct CleanCount
{
	struct CleanCount *next;
	SubTransactionId subtransaction;
	int64		guard_id;
	int64		context_id;
	bool		is_update;
	char	   *target_name;
	char	   *action_name;
	int64		rows;
} CleanCount;

static CleanCount *counts = NULL;	/* in TopTransactionContext */

static CleanCount *
find_count(Guard *guard, bool is_update, SubTransactionId subtransaction)
{
	for (CleanCount *count = counts; count; count = count->next)
	{
		if (count->guard_id == guard->guard_id &&
			count->context_id == guard->context_id &&
			count->is_update == is_update &&
			count->subtransaction == subtransaction)
			return count;
	}
	return NULL;
}

static void
write_counts(void)
{
	ExtensionEntry entry;

	PushActiveSnapshot(GetTransactionSnapshot());
	enter_extension(&entry);
	SPI_connect();
	for (CleanCount *count = counts; count; count = count->next)
		store_clean_count(count->guard_id, count->target_name,
						  count->is_update, count->action_name,
						  count->context_id, count->rows);
	SPI_finish();
	leave_extension(&entry);
	PopActiveSnapshot();
}

static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (counts)
				write_counts();
			counts = NULL;
			break;
		default:
			counts = NULL;
			break;
	}
}

/* What a subtransaction counted becomes its parent's, or is gone */
static void
end_subtransaction(SubXactEvent event, SubTransactionId mine,
				   SubTransactionId parent, void *arg)
{
	CleanCount **link = &counts;

	if (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB)
		return;
	while (*link)
	{
		CleanCount *count = *link;

		if (count->subtransaction == mine && event == SUBXACT_EVENT_ABORT_SUB)
		{
			*link = count->next;
			continue;
		}
		if (count->subtransaction == mine)
			count->subtransaction = parent;
		link = &count->next;
	}
}

static void
register_callbacks(void)
{
	static bool registered = false;

	if (registered)
		return;
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
	registered = true;
}

/*
 * Count a clean row that was stored.
 */
void
count_clean_row(Guard *guard, bool is_update)
{
	SubTransactionId mine = GetCurrentSubTransactionId();
	CleanCount *count = find_count(guard, is_update, mine);

	register_callbacks();
	if (count == NULL)
	{
		count = MemoryContextAllocZero(TopTransactionContext,
									   sizeof(CleanCount));
		count->subtransaction = mine;
		count->guard_id = guard->guard_id;
		count->context_id = guard->context_id;
		count->is_update = is_update;
		count->target_name = MemoryContextStrdup(TopTransactionContext,
												 guard->target_name);
		count->action_name = MemoryContextStrdup(TopTransactionContext,
												 guard->action_name);
		count->next = counts;
		counts = count;
	}
	count->rows++;
}
