/*-------------------------------------------------------------------------
 *
 * own_table.c
 *	  The tables of the extension, by name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/lsyscache.h"

#include "list.h"

/*
 * get_own_table - a table of schema entity_screen
 *
 * Errors: 3F000 without the schema, 42P01 without the table.
 */
Oid
get_own_table(const char *name)
{
	Oid			result = get_relname_relid(name,
										   get_namespace_oid("entity_screen",
															 false));

	if (!OidIsValid(result))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table entity_screen.%s does not exist", name),
				 errdetail("It was renamed, or the library is of another version than what CREATE EXTENSION made."),
				 errhint("Give it back its name, or run ALTER EXTENSION entity_screen UPDATE.")));
	return result;
}
