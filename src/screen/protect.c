/*-------------------------------------------------------------------------
 *
 * protect.c
 *	  Who may store and forget the guard of a table.
 *
 * The rows of entity_screen.guard belong to the owner of the extension, the
 * decision about a table to the owner of that table.  A SECURITY DEFINER
 * function cannot make the check: inside it current_user is the owner of the
 * extension, and session_user is not the role that SET ROLE chose, nor the
 * owner of a definer function that called us.  So these two run with the
 * rights of whoever calls them, ask for ownership with exactly those, and
 * take the rights of the extension only after that, for one statement.  They
 * are as safe when called alone as from protect_table().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "guard.h"

PG_FUNCTION_INFO_V1(store_guard);
PG_FUNCTION_INFO_V1(drop_guard);

PG_FUNCTION_INFO_V1(alter_guard);

/* Arguments of these functions; the first of each is the table */
#define STORE_NARGS 14
#define ALTER_NARGS 9
#define DROP_NARGS 1
#define MAX_NARGS (STORE_NARGS + 1)

/*
 * An error unless the current user owns the table, in person or as a member
 * of the role that does.
 */
void
check_owner(FunctionCallInfo fcinfo)
{
	Oid			target = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(target));
	Form_pg_class form;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("there is no table with OID %u", target),
				 errdetail("A guard belongs to a table, and this one does not exist."),
				 errhint("For tables that were dropped use entity_screen.drop_stale_guards().")));
	form = (Form_pg_class) GETSTRUCT(tuple);
	if (!has_privs_of_role(GetUserId(), form->relowner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s", NameStr(form->relname)),
				 errdetail("Whether a table is guarded is up to its owner."),
				 errhint("Ask the owner of the table.")));
	ReleaseSysCache(tuple);
}

/*
 * Call a function of the extension with its rights, for the owner of the
 * table.  It gets our arguments and the name of the role that called us, and
 * returns the number of the guard, or null when there is none.
 */
static Datum
call_for_owner(FunctionCallInfo fcinfo, SPIPlanPtr *plan, const char *query,
			   int nargs, const Oid *types)
{
	Oid			argtypes[MAX_NARGS];
	Datum		args[MAX_NARGS];
	char		nulls[MAX_NARGS];
	ExtensionEntry entry;
	int64		guard_id;
	bool		isnull;

	check_owner(fcinfo);
	for (int i = 0; i < nargs; i++)
	{
		argtypes[i] = types[i];
		args[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	argtypes[nargs] = TEXTOID;
	args[nargs] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	nulls[nargs] = ' ';
	enter_extension(&entry);
	SPI_connect();
	prepare_once(plan, query, nargs + 1, argtypes);
	if (SPI_execute_plan(*plan, args, nulls, false, 0) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not change the guard");
	guard_id = DatumGetInt64(get_result(1, &isnull));
	SPI_finish();
	leave_extension(&entry);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_INT64(guard_id);
}

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
						  STORE_NARGS, types);
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
						  ALTER_NARGS, types);
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
						  DROP_NARGS, types);
	if (fcinfo->isnull)
	{
		fcinfo->isnull = false;
		PG_RETURN_BOOL(false);
	}
	PG_RETURN_BOOL(true);
}
