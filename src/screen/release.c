/*-------------------------------------------------------------------------
 *
 * release.c
 *	  The way out of held.
 *
 * release() updates the row as the calling user, through all of the table's
 * triggers.  While it does, and for that one row only, the guard's triggers
 * let the status leave held; the note that says so is a variable of this
 * backend that no SQL can set.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/typcache.h"

#include "guard.h"
#include "query.h"

PG_FUNCTION_INFO_V1(release_row);

#define KEY_HINT "Give the key as party_ref of entity_screen.screening_event shows it."

/* The release that is going on, if any */
static struct
{
	bool		active;
	int64		guard_id;
	const char *key;
	const char *reason;
}			release;

/* Is this row of this guard being released? */
bool
is_release_of(const Guard *guard, const char *key)
{
	return release.active && release.guard_id == guard->guard_id &&
		key != NULL && strcmp(release.key, key) == 0;
}

/* Why the row is being released; NULL when none is */
const char *
get_release_reason(void)
{
	return release.active ? release.reason : NULL;
}

/*
 * The guard of a table, or an error.
 */
static int64
find_guard_id(Oid target)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {OIDOID};
	Datum		args[] = {ObjectIdGetDatum(target)};
	ExtensionEntry entry;
	int64		result = 0;
	bool		isnull;

	enter_extension(&entry);
	SPI_connect();
	prepare_once(&plan,
				 "SELECT guard_id FROM entity_screen.guard"
				 " WHERE target::oid = $1 AND action = 'hold'",
				 lengthof(argtypes), argtypes);
	if (select_rows(plan, args, NULL, true, 1) == 1)
		result = DatumGetInt64(get_result(1, &isnull));
	SPI_finish();
	leave_extension(&entry);
	if (result == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no guard holds rows of table \"%s\"",
						get_rel_name(target)),
				 errdetail("Only a guard with action hold puts rows on hold."),
				 errhint("See entity_screen.guard.")));
	return result;
}

/*
 * Append "column = value" for one key column; the value comes from the key
 * text, or from one element of its JSON array.  The operator is that of the
 * type's btree, so that an index on the key serves it.
 */
static void
append_key_condition(StringInfo query, Guard *guard, TupleDesc desc, int i)
{
	Form_pg_attribute att = TupleDescAttr(desc, guard->keys[i] - 1);
	TypeCacheEntry *type = lookup_type_cache(att->atttypid,
											 TYPECACHE_EQ_OPR);
	char	   *value = guard->nkeys == 1 ? pstrdup("$1") :
		psprintf("pg_catalog.json_array_element_text(CAST($1 AS pg_catalog.json), %d)",
				 i);
	char	   *name = format_type_extended(att->atttypid, att->atttypmod,
											FORMAT_TYPE_TYPEMOD_GIVEN |
											FORMAT_TYPE_FORCE_QUALIFY);

	if (!OidIsValid(type->eq_opr))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("key column \"%s\" cannot be compared",
						NameStr(att->attname)),
				 errdetail("Its type has no equality operator."),
				 errhint("Protect the table with another key.")));
	appendStringInfoString(query, " AND ");
	generate_operator_clause(query, quote_identifier(NameStr(att->attname)),
							 att->atttypid, type->eq_opr,
							 psprintf("CAST(%s AS %s)", value, name),
							 att->atttypid);
}

/* The type of the status column, for a CAST */
static char *
get_status_type(Guard *guard, TupleDesc desc)
{
	Form_pg_attribute att = TupleDescAttr(desc, guard->status - 1);

	return format_type_extended(att->atttypid, att->atttypmod,
								FORMAT_TYPE_TYPEMOD_GIVEN |
								FORMAT_TYPE_FORCE_QUALIFY);
}

/* Which row: $1 is its key, $2 the value of a row on hold */
static void
append_held_row(StringInfo query, Guard *guard, TupleDesc desc)
{
	appendStringInfo(query,
					 " WHERE CAST(%s AS pg_catalog.text)"
					 " OPERATOR(pg_catalog.=) CAST(CAST($2 AS %s) AS pg_catalog.text)",
					 quote_identifier(guard->status_column),
					 get_status_type(guard, desc));
	if (guard->nkeys > 1)
		appendStringInfo(query,
						 " AND pg_catalog.json_array_length(CAST($1 AS pg_catalog.json))"
						 " OPERATOR(pg_catalog.=) %d", guard->nkeys);
	for (int i = 0; i < guard->nkeys; i++)
		append_key_condition(query, guard, desc, i);
}

static char *
build_select(Guard *guard, TupleDesc desc)
{
	StringInfoData query;

	initStringInfo(&query);
	for (int i = 0; i < guard->nkeys; i++)
		appendStringInfo(&query, "%s %s", i == 0 ? "SELECT" : ",",
						 quote_identifier(NameStr(TupleDescAttr(desc, guard->keys[i] - 1)->attname)));
	appendStringInfo(&query, " FROM %s", guard->target_name);
	append_held_row(&query, guard, desc);
	return query.data;
}

static char *
build_update(Guard *guard, TupleDesc desc)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, "UPDATE %s SET %s = CAST($3 AS %s)",
					 guard->target_name,
					 quote_identifier(guard->status_column),
					 get_status_type(guard, desc));
	append_held_row(&query, guard, desc);
	return query.data;
}

/*
 * A key that the columns do not take, or that is no JSON where there are
 * several, is an error of an input function, which knows nothing of keys.
 */
static void
explain_key(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
		return;
	errcontext("key \"%s\" of the row to be released", (char *) arg);
	errhint(KEY_HINT);
}

/*
 * The key of the held row as evidence gives it: what the caller wrote may be
 * another spelling of the same values.  NULL unless there is one such row.
 */
static char *
find_key(Guard *guard, TupleDesc desc, const char *key)
{
	Oid			argtypes[] = {TEXTOID, TEXTOID};
	Datum		args[] = {CStringGetTextDatum(key),
	CStringGetTextDatum(guard->held_value)};
	MemoryContext context = CurrentMemoryContext;
	MemoryContext old;
	Guard		selected = *guard;
	ErrorContextCallback callback = {error_context_stack, explain_key,
	unconstify(char *, key)};
	char	   *result = NULL;

	selected.keys = palloc(guard->nkeys * sizeof(AttrNumber));
	for (int i = 0; i < guard->nkeys; i++)
		selected.keys[i] = i + 1;
	SPI_connect();
	error_context_stack = &callback;
	if (SPI_execute_with_args(build_select(guard, desc), lengthof(argtypes),
							  argtypes, args, NULL, false,
							  2) != SPI_OK_SELECT)
		elog(ERROR, "could not read the row");	/* a table, and no view */
	error_context_stack = callback.previous;
	old = MemoryContextSwitchTo(context);
	if (SPI_processed == 1)
		result = get_row_key(&selected, SPI_tuptable->vals[0],
							 SPI_tuptable->tupdesc);
	MemoryContextSwitchTo(old);
	SPI_finish();
	return result;
}

/* What SPI_execute() says of an update that a rule has made another command */
static void
refuse_rule(const Guard *guard)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("a row of %s cannot be released", guard->target_name),
			 errdetail("A rule of the table puts something else in the place of an update."),
			 errhint("Drop the rule, or make it a trigger.")));
}

/*
 * Update the row, with the note set that makes the guard let it go.
 */
static uint64
update_row(Guard *guard, const char *query, char *key, char *reason)
{
	Oid			argtypes[] = {TEXTOID, TEXTOID, TEXTOID};
	Datum		args[] = {CStringGetTextDatum(key),
		CStringGetTextDatum(guard->held_value),
	CStringGetTextDatum(guard->released_value)};
	uint64		updated = 0;

	release.guard_id = guard->guard_id;
	release.key = key;
	release.reason = reason;
	release.active = true;
	PG_TRY();
	{
		SPI_connect();
		if (SPI_execute_with_args(query, lengthof(argtypes), argtypes, args,
								  NULL, false, 0) != SPI_OK_UPDATE)
			refuse_rule(guard);
		updated = SPI_processed;
		SPI_finish();
	}
	PG_FINALLY();
	{
		release.active = false;
	}
	PG_END_TRY();
	return updated;
}

static void
check_release_args(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		is_blank(text_to_cstring(PG_GETARG_TEXT_PP(2))))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a release needs table, key and reason"),
				 errdetail("The reason is kept as evidence."),
				 errhint("Say why the row may go.")));
	if (release.active)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("a release cannot be called from within a release"),
				 errdetail("A trigger of the table called it."),
				 errhint("Release rows one after the other.")));
}

/*
 * release(target regclass, key text, reason text) - let a held row go; see
 * src/sql/60_guard.sql
 */
Datum
release_row(PG_FUNCTION_ARGS)
{
	Oid			target;
	char	   *asked;
	char	   *key;
	Guard	   *guard;
	Relation	rel;

	check_release_args(fcinfo);
	target = PG_GETARG_OID(0);
	asked = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (get_rel_name(target) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("there is no table with OID %u", target),
				 errdetail("A row is released in the table that it is stored in."),
				 errhint("Name a table of entity_screen.v_guard.")));
	rel = table_open(target, RowExclusiveLock);
	guard = read_guard_of(find_guard_id(target), rel, CurrentMemoryContext);
	if (guard->nkeys == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("rows of %s have no key", guard->target_name),
				 errdetail("The table was protected without key columns."),
				 errhint("Protect it again with key, or give it a primary key first.")));
	key = find_key(guard, RelationGetDescr(rel), asked);
	if (key == NULL ||
		update_row(guard, build_update(guard, RelationGetDescr(rel)), key,
				   text_to_cstring(PG_GETARG_TEXT_PP(2))) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("there is no held row with this key in %s",
						guard->target_name),
				 errdetail("The key is \"%s\".", asked),
				 errhint(KEY_HINT)));
	table_close(rel, NoLock);
	PG_RETURN_VOID();
}
