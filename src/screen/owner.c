/*-------------------------------------------------------------------------
 *
 * owner.c
 *	  What the owner of a table may have written about it.
 *
 * The rows about a guard or a watch belong to the owner of the extension, the
 * decision about a table to the owner of that table.  A SECURITY DEFINER
 * function cannot make the check: inside it current_user is the owner of the
 * extension, and session_user is not the role that SET ROLE chose, nor the
 * owner of a definer function that called us.  So the functions that come
 * here run with the rights of whoever calls them, ask for ownership with
 * exactly those, and take the rights of the extension only after that, for
 * one statement that gets values only.  They are as safe when called alone as
 * from protect_table() or watch_table().
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
#include "query.h"

/* The most arguments that such a function has, and the role beside them */
#define MAX_NARGS 15

/*
 * An error unless the current user owns the table, in person or as a member
 * of the role that does.
 */
static void
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
 * Call a function of the extension that returns a bigint, with the rights of
 * the extension, for the owner of the table, which is our first argument.  It
 * gets our arguments and, if it tells who was it (names_caller), the name of
 * the role that called us.
 *
 * Errors: 42P01, 42501, and those of the function.
 */
Datum
call_for_owner(FunctionCallInfo fcinfo, SPIPlanPtr *plan, const char *query,
			   int nargs, const Oid *types, bool names_caller)
{
	Oid			argtypes[MAX_NARGS];
	Datum		args[MAX_NARGS];
	char		nulls[MAX_NARGS];
	ExtensionEntry entry;
	int64		result;
	bool		isnull;

	Assert(nargs < MAX_NARGS);
	check_owner(fcinfo);
	for (int i = 0; i < nargs; i++)
	{
		argtypes[i] = types[i];
		args[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	if (names_caller)
	{
		argtypes[nargs] = TEXTOID;
		put_text(args, nulls, nargs++, GetUserNameFromId(GetUserId(), false));
	}
	enter_extension(&entry);
	SPI_connect();
	prepare_once(plan, query, nargs, argtypes);
	select_row(*plan, args, nulls, false, "the answer of an internal function");
	result = DatumGetInt64(get_result(1, &isnull));
	SPI_finish();
	leave_extension(&entry);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_INT64(result);
}
