/*-------------------------------------------------------------------------
 *
 * kept.h
 *	  What a session keeps from one statement to the next, and until when.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENTITY_SCREEN_KEPT_H
#define ENTITY_SCREEN_KEPT_H

#include "datatype/timestamp.h"

typedef enum KeptKind
{
	KEPT_GUARD,
	KEPT_SCOPE
} KeptKind;

/*
 * The head of what is kept; it lies in the context itself.
 *
 * relations: those whose invalidation ends it, besides entity_screen.guard;
 * InvalidOid where there is none.
 */
typedef struct KeptItem
{
	struct KeptItem *next;
	KeptKind	kind;
	MemoryContext context;
	Oid			relations[2];
	TimestampTz holds_until;
	bool		is_stale;		/* to be freed when the transaction ends */
} KeptItem;

extern KeptItem *next_kept(KeptKind kind, KeptItem *after);
extern uint64 begin_keeping(void);
extern bool keep(KeptItem *item, uint64 begun);
extern void drop_kept(KeptItem *item);

#endif							/* ENTITY_SCREEN_KEPT_H */
