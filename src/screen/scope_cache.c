/*-------------------------------------------------------------------------
 *
 * scope_cache.c
 *	  Which lists screen_party() asks, from one query to the next.
 *
 * To read lists and thresholds costs as much as to search them for a name,
 * and they seldom change.  They are kept until one of the tables they were
 * read from changes, by the invalidation that guard_cache.c describes, or a
 * day begins in a list's time zone, or a list becomes too old.  What the lists
 * say is never kept.
 *
 * Nothing is kept where a private list exists, since then the answer depends
 * on who asks; nor what a fresh snapshot shows otherwise than that of the
 * query; nor in a transaction that goes on with an old snapshot, or in
 * parallel.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "screen.h"

/* More choices of lists than this in one session are not worth keeping. */
#define MAX_KEPT 8

typedef struct KeptScope
{
	struct KeptScope *next;
	ScreenScope *scope;
	Datum		lists;
	bool		lists_null;
	TimestampTz holds_until;
	bool		is_stale;		/* to be freed when the transaction ends */
} KeptScope;

static KeptScope *kept = NULL;	/* in CacheMemoryContext */
static Oid	guard_relation = InvalidOid;	/* entity_screen.guard */

static void
mark_stale(Datum arg, Oid relation)
{
	if (relation != InvalidOid && relation != guard_relation)
		return;
	for (KeptScope *item = kept; item; item = item->next)
		item->is_stale = true;
}

/* A scope in use is not freed: a query of this transaction has it. */
static void
free_stale(XactEvent event, void *arg)
{
	KeptScope **link = &kept;

	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT &&
		event != XACT_EVENT_PREPARE)
		return;
	while (*link)
	{
		KeptScope  *item = *link;

		if (!item->is_stale)
		{
			link = &item->next;
			continue;
		}
		*link = item->next;
		MemoryContextDelete(item->scope->context);
		pfree(item);
	}
}

static void
register_once(void)
{
	static bool registered = false;

	if (registered)
		return;
	CacheRegisterRelcacheCallback(mark_stale, (Datum) 0);
	RegisterXactCallback(free_stale, NULL);
	registered = true;
}

static bool
may_keep(void)
{
	return !IsolationUsesXactSnapshot() && !IsInParallelMode();
}

/*
 * The kept scope for a choice of lists, with the thresholds of the site; NULL
 * when there is none that holds now.
 */
ScreenScope *
find_kept_scope(Datum lists, bool lists_null)
{
	if (kept == NULL || !may_keep())
		return NULL;
	AcceptInvalidationMessages();
	for (KeptScope *item = kept; item; item = item->next)
	{
		if (!item->is_stale && item->lists_null == lists_null &&
			(lists_null || datum_image_eq(item->lists, lists, false, -1)) &&
			GetCurrentTransactionStartTimestamp() < item->holds_until)
			return item->scope;
	}
	return NULL;
}

/* What the scope goes by, under the active snapshot; until when it holds */
static char *
read_basis(const ScreenScope *scope, Datum lists, bool lists_null,
		   TimestampTz *holds_until)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTARRAYOID, TEXTARRAYOID};
	Datum		args[] = {lists, scope->list_codes};
	char		nulls[] = {lists_null ? 'n' : ' ', ' '};
	bool		isnull;

	prepare_once(&plan,
				 "SELECT entity_screen.guard_basis($1, NULL),"
				 " entity_screen.scope_holds_until($2)"
				 " WHERE NOT EXISTS (SELECT FROM entity_screen.screening_list"
				 " WHERE visibility OPERATOR(pg_catalog.=) 'private')",
				 lengthof(argtypes), argtypes);
	if (SPI_execute_plan(plan, args, nulls, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read what the scope goes by");
	if (SPI_processed == 0)
		return NULL;
	*holds_until = DatumGetTimestampTz(get_result(2, &isnull));
	return get_result_text(1);
}

/*
 * Does a fresh snapshot show the same?  The invalidation of what it does not
 * see may have come, and gone, before the scope was read.
 */
static bool
is_settled(const ScreenScope *scope, Datum lists, bool lists_null,
		   TimestampTz *holds_until)
{
	char	   *seen = read_basis(scope, lists, lists_null, holds_until);
	char	   *latest;

	if (seen == NULL)
		return false;
	PushActiveSnapshot(GetLatestSnapshot());
	latest = read_basis(scope, lists, lists_null, holds_until);
	PopActiveSnapshot();
	return latest && strcmp(seen, latest) == 0;
}

/*
 * Keep a scope that was just read with the thresholds of the site, if it may
 * be kept; inside SPI_connect().  True when it is: the scope then lives until
 * the end of the transaction at least.
 */
bool
keep_scope(ScreenScope *scope, Datum lists, bool lists_null)
{
	KeptScope  *item;
	TimestampTz holds_until;
	MemoryContext old;
	int			count = 0;

	if (!may_keep())
		return false;
	register_once();
	for (item = kept; item; item = item->next)
		item->is_stale |= ++count >= MAX_KEPT;
	guard_relation = get_relname_relid("guard",
									   get_namespace_oid("entity_screen",
														 false));
	if (!is_settled(scope, lists, lists_null, &holds_until))
		return false;
	item = MemoryContextAllocZero(CacheMemoryContext, sizeof(KeptScope));
	item->scope = scope;
	item->lists_null = lists_null;
	item->holds_until = holds_until;
	old = MemoryContextSwitchTo(scope->context);
	if (!lists_null)
		item->lists = datumCopy(lists, false, -1);
	MemoryContextSwitchTo(old);
	item->next = kept;
	kept = item;
	MemoryContextSetParent(scope->context, CacheMemoryContext);
	return true;
}
