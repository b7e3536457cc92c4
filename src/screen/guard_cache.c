/*-------------------------------------------------------------------------
 *
 * guard_cache.c
 *	  Guards as this session knows them, from one statement to the next.
 *
 * What a guard is and which lists it asks seldom changes, and to read it
 * costs more than to search the lists.  It is kept until one of the tables
 * it was read from changes: their triggers (invalidate_guards()) send an
 * invalidation of the relation entity_screen.guard, as a change of the
 * protected table does of that.  A day that begins in a list's time zone, or
 * a list that becomes too old, ends it too.  What the lists say is never
 * kept; that is searched for every party.
 *
 * Nothing is kept that this transaction has written itself and may take back,
 * nor what a fresh snapshot shows otherwise than that of the statement: its
 * invalidation may have come, and gone, before the guard was read.
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
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "guard.h"

PG_FUNCTION_INFO_V1(invalidate_guards);

typedef struct KeptGuard
{
	struct KeptGuard *next;
	Guard	   *guard;
	Oid			relation;		/* the table or partition it is for */
	bool		is_stale;		/* to be freed when the transaction ends */
} KeptGuard;

static KeptGuard *kept = NULL;	/* in CacheMemoryContext */
static Oid	guard_relation = InvalidOid;	/* entity_screen.guard */

/* A guard in use is not freed: triggers of this transaction point to it. */
static void
mark_stale(Datum arg, Oid relation)
{
	for (KeptGuard *item = kept; item; item = item->next)
	{
		if (relation == InvalidOid || relation == guard_relation ||
			relation == item->relation || relation == item->guard->target)
			item->is_stale = true;
	}
}

static void
free_stale(XactEvent event, void *arg)
{
	KeptGuard **link = &kept;

	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT &&
		event != XACT_EVENT_PREPARE)
		return;
	while (*link)
	{
		KeptGuard  *item = *link;

		if (!item->is_stale)
		{
			link = &item->next;
			continue;
		}
		*link = item->next;
		MemoryContextDelete(item->guard->context);
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

/*
 * The kept guard for a relation, NULL when there is none that holds now.
 */
Guard *
find_kept_guard(int64 guard_id, Relation rel)
{
	if (kept == NULL || IsolationUsesXactSnapshot())
		return NULL;
	AcceptInvalidationMessages();
	for (KeptGuard *item = kept; item; item = item->next)
	{
		if (!item->is_stale && item->guard->guard_id == guard_id &&
			item->relation == RelationGetRelid(rel) &&
			GetCurrentTransactionStartTimestamp() < item->guard->holds_until)
			return item->guard;
	}
	return NULL;
}

/*
 * Keep a guard that was just read for later statements, if it may be kept.
 */
void
keep_guard(Guard *guard, Relation rel)
{
	KeptGuard  *item;

	if (guard->failure || !guard->is_settled || IsolationUsesXactSnapshot())
		return;
	register_once();
	for (item = kept; item; item = item->next)
	{
		if (item->relation == RelationGetRelid(rel))
			item->is_stale = true;
	}
	guard_relation = get_relname_relid("guard",
									   get_namespace_oid("entity_screen",
														 false));
	item = MemoryContextAllocZero(CacheMemoryContext, sizeof(KeptGuard));
	item->guard = guard;
	item->relation = RelationGetRelid(rel);
	item->next = kept;
	kept = item;
	MemoryContextSetParent(guard->context, CacheMemoryContext);
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
