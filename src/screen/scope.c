/*-------------------------------------------------------------------------
 *
 * scope.c
 *	  Which lists a screening asks, and of which date.
 *
 * The lists are found in SQL, entity_screen.scope_for().  A list that cannot
 * be asked is an error and never an empty answer: "no hit" always means that
 * every list was searched.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "query.h"
#include "screen.h"

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

/* date[], the dates of all lists */
Datum
make_dates(const ScreenScope *scope, const ScreenQuestion *question)
{
	Datum	   *dates = palloc(scope->nlists * sizeof(Datum));

	for (int i = 0; i < scope->nlists; i++)
		dates[i] = DateADTGetDatum(date_for_list(scope, i, question));
	return PointerGetDatum(construct_array(dates, scope->nlists, DATEOID,
										   sizeof(DateADT), true,
										   TYPALIGN_INT));
}
