/*-------------------------------------------------------------------------
 *
 * screen.c
 *	  screen_party(), the one entry point of screening: what is asked.
 *
 * Which lists are asked is in scope.c, the question itself in hit.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "kept.h"
#include "screen.h"

PG_FUNCTION_INFO_V1(screen_party);

/* Arguments of screen_party(), in order */
enum
{
	ARG_PARTY,
	ARG_COUNTRY,
	ARG_ADDRESS,
	ARG_ON_DATE,
	ARG_KNOWN_AT,
	ARG_THRESHOLD,
	ARG_LISTS,
	ARG_INCLUDE_ADVISORY,
	ARG_MAX_HITS
};

/* What screen_party() keeps while one query calls it again and again */
typedef struct ScreenCache
{
	ScreenScope *scope;
	bool		is_kept;		/* by the session: not ours to free */
	Datum		lists;
	bool		lists_null;
	Datum		threshold;
	bool		threshold_null;
} ScreenCache;

/* Is there no party, address or reason in it? */
bool
is_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

static char *
get_text_arg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* Is the scope kept from the previous call the one asked for now? */
static bool
is_same_scope(ScreenCache *cache, FunctionCallInfo fcinfo)
{
	if (cache == NULL ||
		cache->lists_null != PG_ARGISNULL(ARG_LISTS) ||
		cache->threshold_null != PG_ARGISNULL(ARG_THRESHOLD))
		return false;
	if (!cache->lists_null &&
		!datum_image_eq(cache->lists, PG_GETARG_DATUM(ARG_LISTS), false, -1))
		return false;
	return cache->threshold_null ||
		DatumGetFloat8(cache->threshold) == PG_GETARG_FLOAT8(ARG_THRESHOLD);
}

/*
 * Find the scope for the arguments of a call: from an earlier query of the
 * session, or anew.  Only thresholds of the site are kept for other queries.
 */
static void
fill_cache(ScreenCache *cache, FunctionCallInfo fcinfo)
{
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	Datum		lists = PG_GETARG_DATUM(ARG_LISTS);
	MemoryContext old;

	cache->lists_null = PG_ARGISNULL(ARG_LISTS);
	cache->threshold_null = PG_ARGISNULL(ARG_THRESHOLD);
	cache->threshold = PG_GETARG_DATUM(ARG_THRESHOLD);
	cache->scope = cache->threshold_null ?
		find_kept_scope(lists, cache->lists_null) : NULL;
	cache->is_kept = cache->scope != NULL;
	if (!cache->is_kept)
	{
		uint64		begun = begin_keeping();

		cache->scope = resolve_scope(lists, cache->lists_null,
									 cache->threshold, cache->threshold_null,
									 GetUserNameFromId(GetOuterUserId(), false),
									 0, context);
		cache->is_kept = cache->threshold_null &&
			keep_scope(cache->scope, lists, cache->lists_null, begun);
	}
	old = MemoryContextSwitchTo(context);
	if (!cache->lists_null)
		cache->lists = datumCopy(lists, false, -1);
	if (!cache->threshold_null)
		cache->threshold = Float8GetDatum(PG_GETARG_FLOAT8(ARG_THRESHOLD));
	MemoryContextSwitchTo(old);
}

static void
leave_scope(ScreenCache *cache)
{
	if (!cache->lists_null)
		pfree(DatumGetPointer(cache->lists));
	if (!cache->is_kept)
		MemoryContextDelete(cache->scope->context);
}

/*
 * The scope of this call.  Looked for once a query, as long as the arguments
 * stay the same: LATERAL calls us for each outer row.
 */
static ScreenScope *
get_scope(FunctionCallInfo fcinfo)
{
	ScreenCache *cache = (ScreenCache *) fcinfo->flinfo->fn_extra;

	if (is_same_scope(cache, fcinfo))
		return cache->scope;
	if (cache == NULL)
		cache = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt,
								   sizeof(ScreenCache));
	else
		leave_scope(cache);
	fcinfo->flinfo->fn_extra = NULL;
	fill_cache(cache, fcinfo);
	fcinfo->flinfo->fn_extra = cache;
	return cache->scope;
}

/*
 * A threshold below 0.30 would let the index prove nothing.
 */
static void
check_threshold(FunctionCallInfo fcinfo)
{
	float8		threshold;

	if (PG_ARGISNULL(ARG_THRESHOLD))
		return;
	threshold = PG_GETARG_FLOAT8(ARG_THRESHOLD);
	if (!(threshold >= 0.30 && threshold <= 1.00))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("threshold %g is out of range", threshold),
				 errdetail("A threshold is between 0.30 and 1.00."),
				 errhint("Leave the argument out to use entity_screen.screening_config.")));
}

static int
get_max_hits(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(ARG_MAX_HITS))
		return 0;
	if (PG_GETARG_INT32(ARG_MAX_HITS) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("max_hits %d is out of range",
						PG_GETARG_INT32(ARG_MAX_HITS)),
				 errdetail("It is the number of entries that are wanted, 1 or more."),
				 errhint("Leave the argument out for all entries.")));
	return PG_GETARG_INT32(ARG_MAX_HITS);
}

static void
read_question(FunctionCallInfo fcinfo, ScreenQuestion *question)
{
	memset(question, 0, sizeof(ScreenQuestion));
	question->party = get_text_arg(fcinfo, ARG_PARTY);
	question->country = get_text_arg(fcinfo, ARG_COUNTRY);
	question->address = get_text_arg(fcinfo, ARG_ADDRESS);
	question->has_date = !PG_ARGISNULL(ARG_ON_DATE);
	question->on_date = question->has_date ?
		PG_GETARG_DATEADT(ARG_ON_DATE) : 0;
	question->has_known_at = !PG_ARGISNULL(ARG_KNOWN_AT);
	question->known_at = question->has_known_at ?
		PG_GETARG_TIMESTAMPTZ(ARG_KNOWN_AT) : 0;
	question->include_advisory = !PG_ARGISNULL(ARG_INCLUDE_ADVISORY) &&
		PG_GETARG_BOOL(ARG_INCLUDE_ADVISORY);
	question->max_hits = get_max_hits(fcinfo);
}

/* The rows of the last query are rows of the result, as many as are wanted */
static void
return_rows(ReturnSetInfo *rsinfo, const ScreenQuestion *question)
{
	int64		left = SPI_processed;

	if (question->max_hits)
		left = Min(left, question->max_hits -
				   tuplestore_tuple_count(rsinfo->setResult));
	for (int64 i = 0; i < left; i++)
		tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[i]);
}

/* The hits are left in SPI_tuptable; false when there is nothing to ask for */
static bool
search_party(const ScreenScope *scope, const ScreenQuestion *question)
{
	Datum		names;

	if (question->max_hits)
		return find_best_hits(scope, question);
	if (!find_names(scope, question, &names) && is_blank(question->address))
		return false;
	find_hits(scope, question, names);
	return true;
}

/*
 * screen_party(party, country, address, on_date, known_at, threshold, lists,
 * include_advisory, max_hits) - see src/sql/50_screen.sql for arguments and
 * errors
 */
Datum
screen_party(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ScreenQuestion question;
	ScreenScope *scope;

	InitMaterializedSRF(fcinfo, 0);
	check_threshold(fcinfo);
	read_question(fcinfo, &question);

	SPI_connect();
	scope = get_scope(fcinfo);
	if (!is_blank(question.party))
	{
		if (search_party(scope, &question))
			return_rows(rsinfo, &question);
		if (question.include_advisory && !question.has_known_at)
		{
			find_pending_hits(scope, &question);
			return_rows(rsinfo, &question);
		}
	}
	SPI_finish();
	return (Datum) 0;
}
