/*-------------------------------------------------------------------------
 *
 * reader.c
 *	  Who asks, and which private lists they may see.
 *
 * Row-level security speaks of the user whose rights a query has; what runs
 * with the rights of the extension speaks of the role of the session.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "guard.h"
#include "query.h"

PG_FUNCTION_INFO_V1(session_role);
PG_FUNCTION_INFO_V1(visible_lists);

/*
 * session_role() - the role that the session acts as: the user who logged in,
 * or what SET ROLE made of them; the same inside of definer functions.
 */
Datum
session_role(PG_FUNCTION_ARGS)
{
	Name		name = palloc0(NAMEDATALEN);

	namestrcpy(name, GetUserNameFromId(GetOuterUserId(), false));
	PG_RETURN_NAME(name);
}

/*
 * visible_lists() - text[], the lists that the current user may see.
 *
 * The current user is read before the rights change.  There is no argument
 * by which somebody could ask what others may see.
 */
Datum
visible_lists(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {NAMEOID};
	NameData	reader = {0};
	Datum		args[] = {NameGetDatum(&reader)};
	ExtensionEntry entry;
	Datum		lists;
	bool		isnull;

	namestrcpy(&reader, GetUserNameFromId(GetUserId(), false));
	enter_extension(&entry);
	SPI_connect();
	prepare_once(&plan, "SELECT entity_screen.lists_visible_to($1)", 1,
				 argtypes);
	select_row(plan, args, NULL, true, "the lists that a role may see");
	lists = get_result(1, &isnull);
	if (!isnull)
		lists = SPI_datumTransfer(lists, false, -1);
	SPI_finish();
	leave_extension(&entry);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(lists);
}
