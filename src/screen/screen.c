/*-------------------------------------------------------------------------
 *
 * screen.c
 *	  The one entry point of screening: what is asked, of which lists.
 *
 * The question itself is SQL, entity_screen.hit(); this file decides whether
 * it may be asked at all and keeps its plan.  A list that cannot be asked is
 * an error and never an empty answer: "no hit" always means that every list
 * was searched.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "kept.h"
#include "query.h"
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

/* Parameters of entity_screen.hit(), in order */
#define HIT_NARGS	11

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

bool
is_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

/* ------------------------------------------------------------------------
 * which lists
 * ------------------------------------------------------------------------
 */

static void
refuse_scope(const char *list_code, const char *problem)
{
	if (list_code == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_LIST_NOT_USABLE),
				 errmsg("there is no list to screen against"),
				 errdetail("No screening list has been loaded, or none was asked for."),
				 errhint("Load a list with entity_screen.load_tranche().")));
	ereport(ERROR,
			(errcode(ERRCODE_LIST_NOT_USABLE),
			 errmsg("screening list \"%s\" cannot be used", list_code),
			 errdetail("The list is not usable: %s.", problem),
			 errhint("Load it with entity_screen.load_tranche(), refresh its names with entity_screen.refresh_names(), or choose other lists. See entity_screen.v_list_status.")));
}

static Datum
make_float_array(Datum *values, bool *nulls, int n)
{
	int			lower = 1;

	return PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lower,
											  FLOAT8OID, 8, FLOAT8PASSBYVAL,
											  TYPALIGN_DOUBLE));
}

/* Copy the rows of screening_scope() into the scope */
static void
fill_scope(ScreenScope *scope, SPITupleTable *table)
{
	Datum	   *codes = palloc(scope->nlists * sizeof(Datum));
	Datum	   *thresholds = palloc(scope->nlists * sizeof(Datum));
	Datum	   *weak = palloc(scope->nlists * sizeof(Datum));
	bool	   *has_none = palloc(scope->nlists * sizeof(bool));
	StringInfoData fingerprint;
	bool		isnull;

	initStringInfo(&fingerprint);
	scope->lowest = 1.0;
	for (int i = 0; i < scope->nlists; i++)
	{
		HeapTuple	row = table->vals[i];
		char	   *problem = SPI_getvalue(row, table->tupdesc, 5);

		if (problem)
			refuse_scope(SPI_getvalue(row, table->tupdesc, 1), problem);
		codes[i] = SPI_getbinval(row, table->tupdesc, 1, &isnull);
		scope->todays[i] = DatumGetDateADT(SPI_getbinval(row, table->tupdesc,
														 2, &isnull));
		scope->time_zones[i] = SPI_getvalue(row, table->tupdesc, 3);
		thresholds[i] = SPI_getbinval(row, table->tupdesc, 4, &isnull);
		scope->lowest = Min(scope->lowest, DatumGetFloat8(thresholds[i]));
		weak[i] = SPI_getbinval(row, table->tupdesc, 6, &has_none[i]);
		appendStringInfo(&fingerprint, "%s %d %.17g %.17g;",
						 TextDatumGetCString(codes[i]), scope->todays[i],
						 DatumGetFloat8(thresholds[i]),
						 has_none[i] ? 0.0 : DatumGetFloat8(weak[i]));
	}
	scope->fingerprint = fingerprint.data;
	scope->list_codes = PointerGetDatum(construct_array(codes, scope->nlists,
														TEXTOID, -1, false,
														TYPALIGN_INT));
	scope->thresholds = make_float_array(thresholds, NULL, scope->nlists);
	scope->weak_thresholds = make_float_array(weak, has_none, scope->nlists);
}

/*
 * Find out which lists are asked and that each of them can be.
 *
 * reader: the role that asks, for private lists; NULL for a guard, which
 * asks every list whoever stores the row.  guard_id: whose thresholds, 0 for
 * those of the lists.  The result lives in a child of the given context.
 */
ScreenScope *
resolve_scope(Datum lists, bool lists_null, Datum threshold,
			  bool threshold_null, const char *reader, int64 guard_id,
			  MemoryContext context)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTARRAYOID, FLOAT8OID, NAMEOID, INT8OID};
	NameData	name = {0};
	Datum		args[] = {lists, threshold, NameGetDatum(&name),
	Int64GetDatum(guard_id)};
	char		nulls[] = {lists_null ? 'n' : ' ', threshold_null ? 'n' : ' ',
	reader == NULL ? 'n' : ' ', guard_id == 0 ? 'n' : ' '};
	MemoryContext own;
	MemoryContext old;
	ScreenScope *scope;

	if (reader != NULL)
		namestrcpy(&name, reader);
	prepare_once(&plan,
				 "SELECT list_code, today, time_zone, threshold, problem,"
				 " weak_threshold FROM entity_screen.scope_for($1, $2, $3,"
				 " $4)",
				 lengthof(argtypes), argtypes);
	if (select_rows(plan, args, nulls, true, 0) == 0)
		refuse_scope(NULL, NULL);

	own = AllocSetContextCreate(context, "screening scope",
								ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(own);
	scope = palloc0(sizeof(ScreenScope));
	scope->context = own;
	scope->nlists = (int) SPI_processed;
	scope->todays = palloc(scope->nlists * sizeof(DateADT));
	scope->time_zones = palloc(scope->nlists * sizeof(char *));
	fill_scope(scope, SPI_tuptable);
	MemoryContextSwitchTo(old);
	return scope;
}

/* ------------------------------------------------------------------------
 * the question
 * ------------------------------------------------------------------------
 */

/*
 * The date on which one list is asked.  A moment is a date in the list's own
 * time zone.
 */
DateADT
date_for_list(const ScreenScope *scope, int list,
			  const ScreenQuestion *question)
{
	Datum		local;

	if (question->has_date)
		return question->on_date;
	if (!question->has_moment)
		return scope->todays[list];
	local = DirectFunctionCall2(timestamptz_zone,
								CStringGetTextDatum(scope->time_zones[list]),
								TimestampTzGetDatum(question->moment));
	return DatumGetDateADT(DirectFunctionCall1(timestamp_date, local));
}

/* The dates of all lists */
static Datum
make_dates(const ScreenScope *scope, const ScreenQuestion *question)
{
	Datum	   *dates = palloc(scope->nlists * sizeof(Datum));

	for (int i = 0; i < scope->nlists; i++)
		dates[i] = DateADTGetDatum(date_for_list(scope, i, question));
	return PointerGetDatum(construct_array(dates, scope->nlists, DATEOID,
										   sizeof(DateADT), true,
										   TYPALIGN_INT));
}

Datum
make_id_array(Datum *ids, int n)
{
	return PointerGetDatum(construct_array(ids, n, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

/*
 * The names within reach, of whatever date, as bigint[]; false when there is
 * none.  Most parties have none, and to start the whole query of the hits
 * takes longer than to find that out.
 */
bool
find_names(const ScreenScope *scope, const ScreenQuestion *question,
		   Datum *names)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTOID, FLOAT8OID};
	Datum		args[] = {CStringGetTextDatum(question->party),
	Float8GetDatum(scope->lowest)};
	Datum	   *ids;
	bool		isnull;

	prepare_once(&plan,
				 "SELECT entry_name_id FROM entity_screen.candidate($1, $2)",
				 lengthof(argtypes), argtypes);
	(void) select_rows(plan, args, NULL, true, 0);
	ids = palloc(Max(SPI_processed, 1) * sizeof(Datum));
	for (uint64 i = 0; i < SPI_processed; i++)
		ids[i] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc,
							   1, &isnull);
	*names = make_id_array(ids, (int) SPI_processed);
	return SPI_processed > 0;
}

/*
 * Ask about the names that find_names() has found.  The hits are left in
 * SPI_tuptable, best first, with the columns of screen_party().
 */
void
find_hits(const ScreenScope *scope, const ScreenQuestion *question,
		  Datum names)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[HIT_NARGS] = {TEXTOID, TEXTOID, TEXTOID,
		TIMESTAMPTZOID, BOOLOID, TEXTARRAYOID, DATEARRAYOID,
	FLOAT8ARRAYOID, FLOAT8ARRAYOID, FLOAT8OID, INT8ARRAYOID};
	Datum		args[HIT_NARGS];
	char		nulls[HIT_NARGS];

	memset(nulls, ' ', sizeof(nulls));
	put_text(args, nulls, 0, question->party);
	put_text(args, nulls, 1, question->country);
	put_text(args, nulls, 2, question->address);
	args[3] = TimestampTzGetDatum(question->known_at);
	nulls[3] = question->has_known_at ? ' ' : 'n';
	args[4] = BoolGetDatum(question->include_advisory);
	args[5] = scope->list_codes;
	args[6] = make_dates(scope, question);
	args[7] = scope->thresholds;
	args[8] = scope->weak_thresholds;
	args[9] = Float8GetDatum(scope->lowest);
	args[10] = names;

	prepare_once(&plan,
				 "SELECT * FROM entity_screen.hit($1, $2, $3, $4, $5, $6, $7,"
				 " $8, $9, $10, $11)",
				 lengthof(argtypes), argtypes);
	(void) select_rows(plan, args, nulls, true, 0);
}

/*
 * Ask what pending tranches would add.  As find_hits().
 */
void
find_pending_hits(const ScreenScope *scope, const ScreenQuestion *question)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTOID, TEXTARRAYOID, DATEARRAYOID,
	FLOAT8ARRAYOID, FLOAT8OID};
	Datum		args[] = {CStringGetTextDatum(question->party),
		scope->list_codes, make_dates(scope, question), scope->thresholds,
	Float8GetDatum(scope->lowest)};

	prepare_once(&plan,
				 "SELECT * FROM entity_screen.pending_hit($1, $2, $3, $4, $5)",
				 lengthof(argtypes), argtypes);
	(void) select_rows(plan, args, NULL, true, 0);
}

/*
 * The same for a guard: one row with count, hits, entries, best score and whether
 * the party was unreadable is left in SPI_tuptable.
 */
void
find_guard_hits(const ScreenScope *scope, const ScreenQuestion *question,
				Datum names)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID,
	DATEARRAYOID, FLOAT8ARRAYOID, FLOAT8ARRAYOID, FLOAT8OID, INT8ARRAYOID};
	Datum		args[lengthof(argtypes)];
	char		nulls[lengthof(argtypes)];

	memset(nulls, ' ', sizeof(nulls));
	put_text(args, nulls, 0, question->party);
	put_text(args, nulls, 1, question->country);
	put_text(args, nulls, 2, question->address);
	args[3] = scope->list_codes;
	args[4] = make_dates(scope, question);
	args[5] = scope->thresholds;
	args[6] = scope->weak_thresholds;
	args[7] = Float8GetDatum(scope->lowest);
	args[8] = names;

	prepare_once(&plan,
				 "SELECT * FROM entity_screen.guard_hit($1, $2, $3, $4, $5,"
				 " $6, $7, $8, $9)",
				 lengthof(argtypes), argtypes);
	select_row(plan, args, nulls, true, "what the lists say of a party");
}

/* ------------------------------------------------------------------------
 * screen_party()
 * ------------------------------------------------------------------------
 */

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
 * include_advisory, max_hits) - see src/sql/50_screen.sql for arguments and errors
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
