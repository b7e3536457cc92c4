/*-------------------------------------------------------------------------
 *
 * estimate.c
 *	  Selectivity of the similarity operators, in constant time.
 *
 * The general estimator would run the operator over all statistics, which
 * costs more than the search.  What a threshold lets through hardly depends
 * on the name: on real lists the share of a list that reaches 0.30 is about
 * one in a hundred, and falls by a decade for every 0.2 of threshold.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include <math.h>

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"
#include "utils/selfuncs.h"

PG_FUNCTION_INFO_V1(entity_similar_sel);
PG_FUNCTION_INFO_V1(entity_similar_joinsel);
PG_FUNCTION_INFO_V1(entity_query_sel);
PG_FUNCTION_INFO_V1(entity_query_joinsel);

#define USUAL_THRESHOLD 6500

static double
estimate_share(int threshold)
{
	return 0.01 * pow(10.0, (MIN_THRESHOLD - threshold) / 2000.0);
}

/* The threshold of @@ where the query is known, the usual one elsewhere. */
static int
find_threshold(List *arguments)
{
	Node	   *right = list_length(arguments) == 2 ?
		(Node *) lsecond(arguments) : NULL;
	EntityQuery query;

	if (right == NULL || !IsA(right, Const) || ((Const *) right)->constisnull)
		return USUAL_THRESHOLD;
	open_query(((Const *) right)->constvalue, &query);
	return query.threshold;
}

/* RESTRICT of %: (internal planner, oid operator, internal args, int4) */
Datum
entity_similar_sel(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(estimate_share(threshold_setting));
}

/* JOIN of % */
Datum
entity_similar_joinsel(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(estimate_share(threshold_setting));
}

/* RESTRICT of @@ */
Datum
entity_query_sel(PG_FUNCTION_ARGS)
{
	List	   *arguments = (List *) PG_GETARG_POINTER(2);

	PG_RETURN_FLOAT8(estimate_share(find_threshold(arguments)));
}

/* JOIN of @@ */
Datum
entity_query_joinsel(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(estimate_share(USUAL_THRESHOLD));
}
