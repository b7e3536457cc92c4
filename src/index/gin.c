/*-------------------------------------------------------------------------
 *
 * gin.c
 *	  GIN operator class of entity_name.
 *
 * A thin layer: which keys a name has, which a search asks for and what
 * finding them proves is all in match/key.c.  The answer is never more than
 * "maybe"; the operator decides on the name itself.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "access/gin.h"
#include "access/stratnum.h"

PG_FUNCTION_INFO_V1(gin_entity_extract_value);
PG_FUNCTION_INFO_V1(gin_entity_extract_query);
PG_FUNCTION_INFO_V1(gin_entity_consistent);
PG_FUNCTION_INFO_V1(gin_entity_triconsistent);

#define STRATEGY_SIMILAR 1		/* entity_name % entity_name */
#define STRATEGY_QUERY 2		/* entity_name @@ entity_query */

/*
 * refuse_sampling - gin_fuzzy_search_limit makes GIN drop rows at random.
 *
 * A screen that loses rows in silence is worse than none, so this raises
 * ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE rather than obey.
 */
static void
refuse_sampling(void)
{
	if (GinFuzzySearchLimit > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot search names while gin_fuzzy_search_limit is set"),
				 errdetail("With gin_fuzzy_search_limit = %d an index search "
						   "would leave out matches at random.",
						   GinFuzzySearchLimit),
				 errhint("Run: SET gin_fuzzy_search_limit = 0")));
}

/* gin_entity_extract_value(entity_name, internal) */
Datum
gin_entity_extract_value(PG_FUNCTION_ARGS)
{
	EntityName *name = PG_GETARG_ENTITY_NAME_P(0);
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	PackedName	view;
	int32_t		keys[MAX_KEYS];
	Datum	   *datums;

	open_name(name, &view);
	*nkeys = extract_keys(&view, keys);
	datums = palloc(sizeof(Datum) * Max(*nkeys, 1));
	for (int i = 0; i < *nkeys; i++)
		datums[i] = Int32GetDatum(keys[i]);
	PG_FREE_IF_COPY(name, 0);
	PG_RETURN_POINTER(datums);
}

/*
 * Read the sought name and its threshold, by strategy.
 *
 * Errors: 0A000 for a strategy of another operator class or version.
 */
static void
open_sought(Datum datum, StrategyNumber strategy, EntityQuery *query)
{
	switch (strategy)
	{
		case STRATEGY_SIMILAR:
			query->threshold = threshold_setting;
			open_name(DatumGetEntityNameP(datum), &query->name);
			break;
		case STRATEGY_QUERY:
			open_query(datum, query);
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("an index on names cannot search by strategy %d",
							strategy),
					 errdetail("Its operator class declares an operator that the library does not know."),
					 errhint("Use gin_entity_ops, or install the library of the extension's version.")));
	}
}

/* make_probes - the probes of a search, in no more memory than they need. */
static ProbeSet *
make_probes(const EntityQuery *query)
{
	ProbeSet	set;
	Size		size;
	ProbeSet   *copy;

	extract_probes(&query->name, query->threshold, &set);
	size = offsetof(ProbeSet, probes) + sizeof(Probe) * set.count;
	copy = palloc(size);
	memcpy(copy, &set, size);
	return copy;
}

/*
 * gin_entity_extract_query(query, internal, int2, internal, ...)
 */
Datum
gin_entity_extract_query(PG_FUNCTION_ARGS)
{
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	Pointer   **extra = (Pointer **) PG_GETARG_POINTER(4);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);
	ProbeSet   *set;
	EntityQuery query;
	Datum	   *datums;

	refuse_sampling();
	open_sought(PG_GETARG_DATUM(0), PG_GETARG_UINT16(2), &query);
	set = make_probes(&query);
	*nkeys = set->count;
	*mode = GIN_SEARCH_MODE_DEFAULT;
	datums = palloc(sizeof(Datum) * Max(set->count, 1));
	*extra = palloc(sizeof(Pointer) * Max(set->count, 1));
	for (int i = 0; i < set->count; i++)
	{
		datums[i] = Int32GetDatum(fold_key(set->probes[i].key));
		(*extra)[i] = (Pointer) set;
	}
	PG_RETURN_POINTER(datums);
}

/* gin_entity_consistent(internal, int2, query, int4, internal, ...) */
Datum
gin_entity_consistent(PG_FUNCTION_ARGS)
{
	const char *found = (const char *) PG_GETARG_POINTER(0);
	int32		nkeys = PG_GETARG_INT32(3);
	Pointer    *extra = (Pointer *) PG_GETARG_POINTER(4);
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);

	*recheck = true;
	PG_RETURN_BOOL(nkeys > 0 &&
				   admits_candidate((ProbeSet *) extra[0], found));
}

/* gin_entity_triconsistent(internal, int2, query, int4, internal, ...) */
Datum
gin_entity_triconsistent(PG_FUNCTION_ARGS)
{
	const char *found = (const char *) PG_GETARG_POINTER(0);
	int32		nkeys = PG_GETARG_INT32(3);
	Pointer    *extra = (Pointer *) PG_GETARG_POINTER(4);

	/* GIN_FALSE is zero, GIN_TRUE and GIN_MAYBE are not. */
	if (nkeys > 0 && admits_candidate((ProbeSet *) extra[0], found))
		PG_RETURN_GIN_TERNARY_VALUE(GIN_MAYBE);
	PG_RETURN_GIN_TERNARY_VALUE(GIN_FALSE);
}
