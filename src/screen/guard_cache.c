/*-------------------------------------------------------------------------
 *
 * guard_cache.c
 *	  Guards as this session knows them, from one statement to the next.
 *
 * kept.c says until when.  Nothing is kept that this transaction has written
 * itself and may take back, nor what a fresh snapshot shows otherwise than
 * that of the statement: its invalidation may have come, and gone, before the
 * guard was read.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "access/xact.h"
#include "utils/rel.h"

#include "guard.h"
#include "kept.h"

typedef struct KeptGuard
{
	KeptItem	item;
	Guard	   *guard;
} KeptGuard;

/*
 * The kept guard for a relation, NULL when there is none that holds now.
 */
Guard *
find_kept_guard(int64 guard_id, Relation rel)
{
	if (IsolationUsesXactSnapshot())
		return NULL;
	for (KeptItem *item = next_kept(KEPT_GUARD, NULL); item;
		 item = next_kept(KEPT_GUARD, item))
	{
		Guard	   *guard = ((KeptGuard *) item)->guard;

		if (guard->guard_id == guard_id &&
			item->relations[0] == RelationGetRelid(rel))
			return guard;
	}
	return NULL;
}

/*
 * Keep a guard for later statements, if it may be kept; begun: what
 * begin_keeping() returned before it was read.
 */
void
keep_guard(Guard *guard, Relation rel, uint64 begun)
{
	KeptGuard  *fresh;

	if (guard->failure || !guard->is_settled || IsolationUsesXactSnapshot())
		return;
	for (KeptItem *item = next_kept(KEPT_GUARD, NULL); item;
		 item = next_kept(KEPT_GUARD, item))
	{
		if (item->relations[0] == RelationGetRelid(rel))
			drop_kept(item);
	}
	fresh = MemoryContextAllocZero(guard->context, sizeof(KeptGuard));
	fresh->item.kind = KEPT_GUARD;
	fresh->item.context = guard->context;
	fresh->item.relations[0] = RelationGetRelid(rel);
	fresh->item.relations[1] = guard->target;
	fresh->item.holds_until = guard->holds_until;
	fresh->guard = guard;
	(void) keep(&fresh->item, begun);
}
