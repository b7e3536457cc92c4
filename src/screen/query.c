/*-------------------------------------------------------------------------
 *
 * query.c
 *	  Queries of our own: prepared once a session, asked inside
 *	  SPI_connect().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "query.h"

/*
 * Prepare a plan at its first use in the session and keep it.  A generic
 * plan always: planning for one party would cost more than finding it.
 */
SPIPlanPtr
prepare_once(SPIPlanPtr *plan, const char *query, int nargs,
			 const Oid *argtypes)
{
	if (*plan == NULL)
	{
		SPIPlanPtr	fresh = SPI_prepare_cursor(query, nargs,
											   unconstify(Oid *, argtypes),
											   CURSOR_OPT_GENERIC_PLAN);

		/* SPI reports what is wrong with a query, down to a lost table */
		if (fresh == NULL || SPI_keepplan(fresh) != 0)
			elog(ERROR, "could not prepare \"%s\": %s", query,
				 SPI_result_code_string(SPI_result));
		*plan = fresh;
	}
	return *plan;
}

/*
 * Ask a SELECT; returns how many rows are left in SPI_tuptable.  limit: how
 * many are wanted, 0 for all.
 */
uint64
select_rows(SPIPlanPtr plan, Datum *args, const char *nulls, bool read_only,
			long limit)
{
	int			code = SPI_execute_plan(plan, args, nulls, read_only, limit);

	/* No rule makes another command of a SELECT */
	if (code != SPI_OK_SELECT)
		elog(ERROR, "a query of entity_screen ended with %s",
			 SPI_result_code_string(code));
	return SPI_processed;
}

/*
 * Ask a SELECT that has one row in every sound installation.  what: what it
 * reads, for the message.
 *
 * Errors: XX001 where rows of ours are lost.
 */
void
select_row(SPIPlanPtr plan, Datum *args, const char *nulls, bool read_only,
		   const char *what)
{
	if (select_rows(plan, args, nulls, read_only, 1) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("%s cannot be read", what),
				 errdetail("A table of schema entity_screen has lost rows that are always there."),
				 errhint("Restore the rows from a backup; entity_screen.health() says what else is amiss.")));
}

/*
 * Write a row of ours, with an INSERT or a SELECT that returns a row for it.
 * what: what the row is, for the message.
 *
 * Errors: 55000 where somebody has put a rule or a trigger on the table that
 * writes something else, or nothing.
 */
void
write_row(SPIPlanPtr plan, Datum *args, const char *nulls, const char *what)
{
	if (SPI_execute_plan(plan, args, nulls, false, 0) < 0 ||
		SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s could not be written", what),
				 errdetail("A rule or a trigger that is not of entity_screen puts something else in the place of the row."),
				 errhint("Drop the rule or trigger; \\d of the tables in schema entity_screen shows it.")));
}

/* A column of the first row of the last result, as text */
char *
get_result_text(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* The same as it is */
Datum
get_result(int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column,
						 isnull);
}

/* A parameter that is a text or null */
void
put_text(Datum *args, char *nulls, int n, const char *text)
{
	nulls[n] = text ? ' ' : 'n';
	args[n] = text ? CStringGetTextDatum(text) : (Datum) 0;
}
