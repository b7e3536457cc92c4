/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  Guards as their triggers and release() share them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENTITY_SCREEN_GUARD_H
#define ENTITY_SCREEN_GUARD_H

#include "access/attnum.h"
#include "access/htup.h"
#include "access/tupdesc.h"
#include "executor/spi.h"
#include "utils/relcache.h"

#include "screen.h"

typedef enum GuardAction
{
	GUARD_OBSERVE,
	GUARD_ALERT,
	GUARD_HOLD,
	GUARD_REJECT
} GuardAction;

/* A guard, as one statement on one relation sees it */
typedef struct Guard
{
	int64		guard_id;
	MemoryContext context;		/* holds all of this */
	Oid			target;			/* the protected table */
	char	   *target_name;	/* qualified and quoted */
	GuardAction action;
	char	   *action_name;
	bool		counts_clean;	/* one event for all clean rows */
	int			nkeys;
	AttrNumber *keys;
	int			nparties;
	AttrNumber *parties;
	AttrNumber	country;		/* these four: 0 when there is none */
	AttrNumber	address;
	AttrNumber	on_date;
	AttrNumber	status;
	char	   *status_column;
	char	   *held_value;
	char	   *released_value;
	Datum		held;			/* held_value in the type of the column */
	Datum		lists;
	bool		lists_null;
	ScreenScope *scope;			/* NULL when failure is set */
	Datum		config_ids;		/* int8[], where its thresholds are from */
	int64		policy_id;		/* rules of the site that it read */
	bool		has_named_owners;	/* of any party that is named */
	char	   *failure;		/* why the lists cannot be asked, or NULL */
	int64		context_id;		/* of screening_context, 0 when failed */
	Datum		list_version;	/* when there is a context */
	Datum		basis;			/* text, all that the guard goes by */
	bool		is_settled;		/* may serve later statements */
	TimestampTz holds_until;	/* when a list's day or allowed age ends */
} Guard;

/* What came of screening one party */
typedef struct Decision
{
	int			hit_count;
	int			suppressed_count;	/* of these, by an exception */
	Datum		hits;			/* jsonb; this and the next two if hits */
	Datum		entry_ids;		/* int8[], best first */
	float8		best_score;
	const char *failure;		/* why it could not be screened, or NULL */
} Decision;

/* What enter_extension() has to restore */
typedef struct ExtensionEntry
{
	Oid			user;
	int			sec_context;
	int			nest_level;
} ExtensionEntry;

/* reader.c */
extern PGDLLEXPORT Datum session_role(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum visible_lists(PG_FUNCTION_ARGS);

/* rights.c */
extern void enter_extension(ExtensionEntry *entry);
extern void leave_extension(ExtensionEntry *entry);
extern char *run_guarded(void (*step) (void *), void *arg);

/* stored_guard.c */
extern AttrNumber find_attribute(TupleDesc desc, const char *name);
extern AttrNumber *find_attributes(TupleDesc desc, Datum names, int *n);
extern bool is_guarded_relation(const Guard *guard, Relation rel);
extern Guard *read_guard_of(int64 guard_id, Relation rel,
							MemoryContext context);
extern Guard *get_guard(FunctionCallInfo fcinfo);

/* guarded_row.c */
extern bool is_same_value(HeapTuple a, HeapTuple b, TupleDesc desc,
						  AttrNumber attribute);
extern void read_row(Guard *guard, HeapTuple row, TupleDesc desc, int party,
					 ScreenQuestion *question);
extern char *get_row_key(Guard *guard, HeapTuple row, TupleDesc desc);
extern bool is_unchanged(Guard *guard, HeapTuple old_row, HeapTuple new_row,
						 TupleDesc desc);
extern const char *get_party_column(Guard *guard, TupleDesc desc, int party);
extern bool is_held(Guard *guard, HeapTuple row, TupleDesc desc);
extern HeapTuple set_held(Guard *guard, HeapTuple row, TupleDesc desc);

/* owner.c */
extern Datum call_for_owner(FunctionCallInfo fcinfo, SPIPlanPtr *plan,
							const char *query, int nargs, const Oid *types,
							bool names_caller);

/* kept.c */
extern PGDLLEXPORT Datum invalidate_guards(PG_FUNCTION_ARGS);

/* guard_cache.c */
extern Guard *find_kept_guard(int64 guard_id, Relation rel);
extern void keep_guard(Guard *guard, Relation rel, uint64 begun);

/* decide.c */
extern Decision *decide_row(Guard *guard, const ScreenQuestion *question,
							const char *key, const char *party_column);
extern bool needs_action(const Decision *decision);

/* event.c: the rows of evidence; it calls none of the files below */
#define EVENT_NARGS 20			/* parameters of an event */
#define EVENT_CONTEXT 15		/* place of context_id */
extern const Oid event_types[EVENT_NARGS];
extern void store_event(Datum *args, const char *nulls, bool open_alerts);
extern void store_clean_count(int64 guard_id, const char *target_name,
							  bool is_update, const char *action_name,
							  int64 context_id, int64 rows);

/*
 * What a worker gets: an event, and what its context is made of.  The row
 * of the context may be one that the aborting transaction has made.
 */
#define CONTEXT_NARGS 5
#define WORKER_NARGS (EVENT_NARGS + CONTEXT_NARGS)
extern const Oid context_types[CONTEXT_NARGS];

/* count.c */
extern void count_clean_row(Guard *guard, bool is_update);

/* worker_launch.c */
extern const char *hand_to_worker(const Datum *args, const char *nulls);

/* evidence.c */
extern void record_screening(Guard *guard, TupleDesc desc, int party,
							 bool is_update, const char *key,
							 const ScreenQuestion *question,
							 const Decision *decision);
extern void record_release(Guard *guard, const char *key, const char *reason);
extern const char *record_rejection(Guard *guard, TupleDesc desc, int party,
									bool is_update, const char *key,
									const ScreenQuestion *question,
									const Decision *decision);

/* release.c */
extern bool is_release_of(const Guard *guard, const char *key);
extern const char *get_release_reason(void);

extern PGDLLEXPORT Datum engine_version(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum stored_normalizer_version(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum guard_decide(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum guard_record(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum release_row(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum store_guard(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum alter_guard(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum drop_guard(PG_FUNCTION_ARGS);

/* watch.c, watch_owner.c */
extern PGDLLEXPORT Datum watch_row(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum store_watch(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum drop_watch(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum fill_watch(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum end_watch_fill(PG_FUNCTION_ARGS);

#endif							/* ENTITY_SCREEN_GUARD_H */
