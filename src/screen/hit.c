/*-------------------------------------------------------------------------
 *
 * hit.c
 *	  What the lists say of one party: the queries of 50_hit.sql and of
 *	  guard_hit(), with the lists and dates of a scope.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "query.h"
#include "screen.h"

/* bigint[] of n ids */
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

/* The party of a question, for three parameters */
static void
put_party(Datum *args, char *nulls, const ScreenQuestion *question)
{
	put_text(args, nulls, 0, question->party);
	put_text(args, nulls, 1, question->country);
	put_text(args, nulls, 2, question->address);
}

/* Where it is looked for, and which names were found: the last six */
static void
put_scope(Datum *args, const ScreenScope *scope,
		  const ScreenQuestion *question, Datum names)
{
	args[0] = scope->list_codes;
	args[1] = make_dates(scope, question);
	args[2] = scope->thresholds;
	args[3] = scope->weak_thresholds;
	args[4] = Float8GetDatum(scope->lowest);
	args[5] = names;
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
	Oid			argtypes[] = {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID,
		BOOLOID, TEXTARRAYOID, DATEARRAYOID, FLOAT8ARRAYOID, FLOAT8ARRAYOID,
	FLOAT8OID, INT8ARRAYOID};
	Datum		args[lengthof(argtypes)];
	char		nulls[lengthof(argtypes)];

	memset(nulls, ' ', sizeof(nulls));
	put_party(args, nulls, question);
	args[3] = TimestampTzGetDatum(question->known_at);
	nulls[3] = question->has_known_at ? ' ' : 'n';
	args[4] = BoolGetDatum(question->include_advisory);
	put_scope(args + 5, scope, question, names);
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
	put_party(args, nulls, question);
	put_scope(args + 3, scope, question, names);
	prepare_once(&plan,
				 "SELECT * FROM entity_screen.guard_hit($1, $2, $3, $4, $5,"
				 " $6, $7, $8, $9)",
				 lengthof(argtypes), argtypes);
	select_row(plan, args, nulls, true, "what the lists say of a party");
}
