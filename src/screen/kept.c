/*-------------------------------------------------------------------------
 *
 * kept.c
 *	  What a session keeps from one statement to the next, and until when.
 *
 * Guards and the lists that are asked seldom change, and to read them costs
 * more than to search the lists.  They are kept until one of the tables that
 * they were read from changes: their triggers (invalidate_guards()) send an
 * invalidation of the relation entity_screen.guard, as a change of a
 * protected table does of that.  A day that begins in a list's time zone, or
 * a list that becomes too old, ends them too.  What the lists say is never
 * kept; that is searched for every party.
 *
 * An invalidation that arrives while something is being read has nothing to
 * mark yet, so those that end everything are counted: what was begun before
 * one is not kept.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "guard.h"
#include "kept.h"

PG_FUNCTION_INFO_V1(invalidate_guards);

static KeptItem *kept = NULL;	/* newest first */
static Oid	guard_relation = InvalidOid;	/* entity_screen.guard */
static uint64 invalidations = 0;

static void
mark_stale(Datum arg, Oid relation)
{
	bool		ends_all = relation == InvalidOid ||
		relation == guard_relation;

	if (ends_all)
		invalidations++;
	for (KeptItem *item = kept; item; item = item->next)
	{
		if (ends_all || relation == item->relations[0] ||
			relation == item->relations[1])
			item->is_stale = true;
	}
}

/* What is in use is not freed: a query of this transaction may have it. */
static void
free_stale(XactEvent event, void *arg)
{
	KeptItem  **link = &kept;

	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT &&
		event != XACT_EVENT_PREPARE)
		return;
	while (*link)
	{
		KeptItem   *item = *link;

		if (!item->is_stale)
		{
			link = &item->next;
			continue;
		}
		*link = item->next;
		MemoryContextDelete(item->context);
	}
}

/*
 * The next item of a kind that holds now, the first where after is NULL; NULL
 * when there is none.
 */
KeptItem *
next_kept(KeptKind kind, KeptItem *after)
{
	if (kept == NULL)
		return NULL;
	if (after == NULL)
		AcceptInvalidationMessages();
	for (KeptItem *item = after ? after->next : kept; item; item = item->next)
	{
		if (item->kind == kind && !item->is_stale &&
			GetCurrentTransactionStartTimestamp() < item->holds_until)
			return item;
	}
	return NULL;
}

/*
 * To be called before what shall be kept is read; the result is for keep().
 */
uint64
begin_keeping(void)
{
	static bool registered = false;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(mark_stale, (Datum) 0);
		RegisterXactCallback(free_stale, NULL);
		registered = true;
	}
	guard_relation = get_relname_relid("guard",
									   get_namespace_oid("entity_screen",
														 false));
	return invalidations;
}

/*
 * Keep an item whose kind, context, relations and holds_until are set.  False,
 * and nothing has happened, when something was invalidated meanwhile; else it
 * lives until the end of the transaction at least.
 */
bool
keep(KeptItem *item, uint64 begun)
{
	if (begun != invalidations)
		return false;
	item->is_stale = false;
	item->next = kept;
	kept = item;
	MemoryContextSetParent(item->context, CacheMemoryContext);
	return true;
}

/* Keep an item no longer than this transaction */
void
drop_kept(KeptItem *item)
{
	item->is_stale = true;
}

/*
 * invalidate_guards() - trigger of the tables that guards are read from
 */
Datum
invalidate_guards(PG_FUNCTION_ARGS)
{
	Oid			schema = get_namespace_oid("entity_screen", false);

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function serves triggers of entity_screen only"),
				 errdetail("It was not called by a trigger."),
				 errhint("There is nothing to call it for.")));
	CacheInvalidateRelcacheByRelid(get_relname_relid("guard", schema));
	return PointerGetDatum(NULL);
}
