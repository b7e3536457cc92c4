/*-------------------------------------------------------------------------
 *
 * scope_cache.c
 *	  Which lists screen_party() asks, from one query to the next.
 *
 * kept.c says until when.  Nothing is kept where a private list exists, since
 * then the answer depends on who asks; nor what a fresh snapshot shows
 * otherwise than that of the query; nor in a transaction that goes on with an
 * old snapshot, or in parallel.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "kept.h"
#include "query.h"
#include "screen.h"

/* More choices of lists than this in one session are not worth keeping. */
#define MAX_KEPT 8

typedef struct KeptScope
{
	KeptItem	item;
	ScreenScope *scope;
	Datum		lists;
	bool		lists_null;
} KeptScope;

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
	if (!may_keep())
		return NULL;
	for (KeptItem *item = next_kept(KEPT_SCOPE, NULL); item;
		 item = next_kept(KEPT_SCOPE, item))
	{
		KeptScope  *found = (KeptScope *) item;

		if (found->lists_null == lists_null &&
			(lists_null ||
			 datum_image_eq(found->lists, lists, false, -1)))
			return found->scope;
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
	if (select_rows(plan, args, nulls, true, 1) == 0)
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

/* Make room for one more */
static void
drop_oldest(void)
{
	int			count = 0;

	for (KeptItem *item = next_kept(KEPT_SCOPE, NULL); item;
		 item = next_kept(KEPT_SCOPE, item))
	{
		if (++count >= MAX_KEPT)
			drop_kept(item);
	}
}

/*
 * Keep a scope with the thresholds of the site, if it may be kept; inside
 * SPI_connect().  begun: what begin_keeping() returned before it was read.
 * True when it is kept: it then lives until the end of the transaction at
 * least.
 */
bool
keep_scope(ScreenScope *scope, Datum lists, bool lists_null, uint64 begun)
{
	KeptScope  *fresh;
	MemoryContext old;
	TimestampTz holds_until;

	if (!may_keep() || !is_settled(scope, lists, lists_null, &holds_until))
		return false;
	drop_oldest();
	old = MemoryContextSwitchTo(scope->context);
	fresh = palloc0(sizeof(KeptScope));
	fresh->item.kind = KEPT_SCOPE;
	fresh->item.context = scope->context;
	fresh->item.holds_until = holds_until;
	fresh->scope = scope;
	fresh->lists_null = lists_null;
	if (!lists_null)
		fresh->lists = datumCopy(lists, false, -1);
	MemoryContextSwitchTo(old);
	return keep(&fresh->item, begun);
}
