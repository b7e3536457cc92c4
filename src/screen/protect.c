/*-------------------------------------------------------------------------
 *
 * protect.c
 *	  Who may store and forget the guard of a table.
 *
 * owner.c makes the check.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "guard.h"
#include "query.h"

PG_FUNCTION_INFO_V1(store_guard);
PG_FUNCTION_INFO_V1(drop_guard);
PG_FUNCTION_INFO_V1(alter_guard);

/* Arguments of these functions; the first of each is the table */
#define STORE_NARGS 14
#define ALTER_NARGS 9
#define DROP_NARGS 1

/*
 * store_guard(target, ...) - insert_guard() for the owner of the table
 *
 * Errors: 42P01, 42501, and those of insert_guard().
 */
Datum
store_guard(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	static const Oid types[STORE_NARGS] = {REGCLASSOID, TEXTARRAYOID,
		TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, FLOAT8OID,
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};

	return call_for_owner(fcinfo, &plan,
						  "SELECT entity_screen.insert_guard($1, $2, $3, $4,"
						  " $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
						  STORE_NARGS, types, true);
}

/*
 * alter_guard(target, ...) - update_guard() for the owner of the table
 *
 * Returns the number of the guard, null when there is none.  Errors: 42P01,
 * 42501, and those of update_guard().
 */
Datum
alter_guard(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	static const Oid types[ALTER_NARGS] = {REGCLASSOID, TEXTOID, TEXTARRAYOID,
	FLOAT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};

	return call_for_owner(fcinfo, &plan,
						  "SELECT entity_screen.update_guard($1, $2, $3, $4,"
						  " $5, $6, $7, $8, $9, $10)",
						  ALTER_NARGS, types, true);
}

/*
 * drop_guard(target) - forget the guard of a table of the caller
 *
 * Returns whether there was one.  Errors: 42P01, 42501.
 */
Datum
drop_guard(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	static const Oid types[DROP_NARGS] = {REGCLASSOID};

	(void) call_for_owner(fcinfo, &plan,
						  "SELECT entity_screen.delete_guard($1, $2)",
						  DROP_NARGS, types, true);
	if (fcinfo->isnull)
	{
		fcinfo->isnull = false;
		PG_RETURN_BOOL(false);
	}
	PG_RETURN_BOOL(true);
}
