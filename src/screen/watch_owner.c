/*-------------------------------------------------------------------------
 *
 * watch_owner.c
 *	  What the owner of a table may write about its watch.
 *
 * owner.c makes the check.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "guard.h"
#include "query.h"

PG_FUNCTION_INFO_V1(store_watch);
PG_FUNCTION_INFO_V1(drop_watch);
PG_FUNCTION_INFO_V1(fill_watch);
PG_FUNCTION_INFO_V1(end_watch_fill);

/*
 * store_watch(target, key_columns, party_columns, country, address, on_date,
 * lists) - insert_watch() for the owner of the table; returns its number
 *
 * Errors: 42P01, 42501, and those of insert_watch().
 */
Datum
store_watch(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	static const Oid argtypes[] = {REGCLASSOID, TEXTARRAYOID, TEXTARRAYOID,
	TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID};

	return call_for_owner(fcinfo, &plan,
						  "SELECT entity_screen.insert_watch($1, $2, $3, $4,"
						  " $5, $6, $7)",
						  lengthof(argtypes), argtypes, false);
}

/*
 * drop_watch(target) - forget the watch of a table of the caller; returns
 * its number, or null
 *
 * Errors: 42P01, 42501.
 */
Datum
drop_watch(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	static const Oid argtypes[] = {REGCLASSOID};

	return call_for_owner(fcinfo, &plan,
						  "SELECT entity_screen.delete_watch($1)",
						  lengthof(argtypes), argtypes, false);
}

/* entity_screen.row_party[] */
static Oid
get_row_party_array(void)
{
	Oid			schema = get_namespace_oid("entity_screen", false);

	return get_array_type(GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
										  CStringGetDatum("row_party"),
										  ObjectIdGetDatum(schema)));
}

/*
 * fill_watch(target, snapshot, parties, relation, next_block) - write down
 * rows that were read with the snapshot; returns how many were new or
 * different
 *
 * Errors: 42P01, 42501, 55P03 when another transaction is at one of them.
 */
Datum
fill_watch(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {REGCLASSOID, PG_SNAPSHOTOID,
	get_row_party_array(), OIDOID, INT8OID};

	return call_for_owner(fcinfo, &plan,
						  "SELECT entity_screen.write_watched($1, $2, $3, $4,"
						  " $5)",
						  lengthof(argtypes), argtypes, false);
}

/*
 * end_watch_fill(target, snapshot, party_refs, party_columns) - drop what
 * the table no longer holds and mark the fill as done; returns how many
 *
 * Errors: 42P01, 42501, 55P03.
 */
Datum
end_watch_fill(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan = NULL;
	static const Oid argtypes[] = {REGCLASSOID, PG_SNAPSHOTOID, TEXTARRAYOID,
	TEXTARRAYOID};

	return call_for_owner(fcinfo, &plan,
						  "SELECT entity_screen.prune_watched($1, $2, $3, $4)",
						  lengthof(argtypes), argtypes, false);
}
