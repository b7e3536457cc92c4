/*-------------------------------------------------------------------------
 *
 * stored_guard.c
 *	  A guard as one statement sees it.
 *
 * The guard's row is read once a statement; columns are found by name, so
 * that a table may be altered.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "guard.h"
#include "kept.h"
#include "query.h"

/*
 * The column of this name; 0 when the name is NULL.  Errors: 42703.
 */
AttrNumber
find_attribute(TupleDesc desc, const char *name)
{
	for (int i = 0; name && i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return i + 1;
	}
	if (name)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("guarded column \"%s\" does not exist", name),
				 errdetail("The column was dropped or renamed after the table was protected."),
				 errhint("Protect the table again: entity_screen.unprotect_table(), then entity_screen.protect_table().")));
	return InvalidAttrNumber;
}

/* The columns in a text[] of the guard, *n of them.  Errors: 42703. */
AttrNumber *
find_attributes(TupleDesc desc, Datum names, int *n)
{
	Datum	   *elements;
	AttrNumber *result;

	deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, NULL, n);
	result = palloc(*n * sizeof(AttrNumber));
	for (int i = 0; i < *n; i++)
		result[i] = find_attribute(desc, TextDatumGetCString(elements[i]));
	return result;
}

/*
 * The status column and the value that means held, in the column's type.
 * Runs as the user: the type may be his.
 */
static void
find_status(Guard *guard, TupleDesc desc)
{
	Form_pg_attribute att;
	Oid			input;
	Oid			ioparam;

	guard->status = find_attribute(desc, guard->status_column);
	if (guard->status == InvalidAttrNumber)
		return;
	att = TupleDescAttr(desc, guard->status - 1);
	getTypeInputInfo(att->atttypid, &input, &ioparam);
	guard->held = OidInputFunctionCall(input, guard->held_value, ioparam,
									   att->atttypmod);
}

static GuardAction
parse_action(const char *word)
{
	return strcmp(word, "observe") == 0 ? GUARD_OBSERVE :
		strcmp(word, "alert") == 0 ? GUARD_ALERT :
		strcmp(word, "hold") == 0 ? GUARD_HOLD : GUARD_REJECT;
}

/*
 * Read the guard's row.  An error here is an error for the user: without its
 * row nobody knows what the guard should do.  Errors: 42704, 42703.
 */
static void
read_guard(Guard *guard, TupleDesc desc)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {INT8OID};
	Datum		args[] = {Int64GetDatum(guard->guard_id)};
	bool		isnull;
	MemoryContext old;

	prepare_once(&plan,
				 "SELECT target::oid, key_columns, party_columns,"
				 " country_column, address_column, on_date_column, lists,"
				 " action, status_column, held_value, released_value,"
				 " record_clean OPERATOR(pg_catalog.=) 'count'"
				 " FROM entity_screen.guard WHERE guard_id = $1",
				 lengthof(argtypes), argtypes);
	if (select_rows(plan, args, NULL, true, 1) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("guard " INT64_FORMAT " does not exist",
						guard->guard_id),
				 errdetail("The table has the triggers of a guard, but entity_screen.guard has no row for it."),
				 errhint("Protect the table again: entity_screen.unprotect_table(), then entity_screen.protect_table().")));

	old = MemoryContextSwitchTo(guard->context);
	guard->target = DatumGetObjectId(get_result(1, &isnull));
	guard->keys = find_attributes(desc, get_result(2, &isnull),
								  &guard->nkeys);
	guard->parties = find_attributes(desc, get_result(3, &isnull),
									 &guard->nparties);
	guard->country = find_attribute(desc, get_result_text(4));
	guard->address = find_attribute(desc, get_result_text(5));
	guard->on_date = find_attribute(desc, get_result_text(6));
	guard->lists = get_result(7, &guard->lists_null);
	if (!guard->lists_null)
		guard->lists = datumCopy(guard->lists, false, -1);
	guard->action_name = get_result_text(8);
	guard->action = parse_action(guard->action_name);
	guard->status_column = get_result_text(9);
	guard->held_value = get_result_text(10);
	guard->released_value = get_result_text(11);
	guard->counts_clean = DatumGetBool(get_result(12, &isnull));
	MemoryContextSwitchTo(old);
}

/*
 * The versions of lists, thresholds and policy, and whether owners of named
 * parties are known at all: read-only, so under the snapshot that the lists
 * are searched under.
 */
static void
read_versions(Guard *guard)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTARRAYOID, INT8OID, TEXTARRAYOID};
	Datum		args[] = {guard->scope->list_codes,
	Int64GetDatum(guard->guard_id), guard->lists};
	char		nulls[] = {' ', ' ', guard->lists_null ? 'n' : ' '};
	bool		isnull;
	MemoryContext old;

	prepare_once(&plan,
				 "SELECT entity_screen.config_ids_of($1, NULL, $2),"
				 " entity_screen.version_of_lists($1),"
				 " p.policy_id, EXISTS (SELECT"
				 " FROM entity_screen.party_owner o"
				 " WHERE o.party_ref IS NULL),"
				 " entity_screen.guard_basis($3, $2)"
				 " FROM entity_screen.policy_at(NULL) p",
				 lengthof(argtypes), argtypes);
	select_row(plan, args, nulls, true, "the policy of the site");
	old = MemoryContextSwitchTo(guard->context);
	guard->config_ids = datumCopy(get_result(1, &isnull), false, -1);
	guard->list_version = datumCopy(get_result(2, &isnull), false, -1);
	guard->policy_id = DatumGetInt64(get_result(3, &isnull));
	guard->has_named_owners = DatumGetBool(get_result(4, &isnull));
	guard->basis = datumCopy(get_result(5, &isnull), false, -1);
	MemoryContextSwitchTo(old);
}

/*
 * With which lists, thresholds and versions this statement screens.  Written
 * when it is new, so not read-only: what is compared with the basis is the
 * latest that is committed.
 */
static void
read_context(Guard *guard)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTARRAYOID, FLOAT8ARRAYOID, FLOAT8ARRAYOID,
	INT8ARRAYOID, BYTEAOID, TEXTARRAYOID, INT8OID, TEXTOID};
	Datum		args[] = {guard->scope->list_codes, guard->scope->thresholds,
		guard->scope->weak_thresholds, guard->config_ids,
		guard->list_version, guard->lists, Int64GetDatum(guard->guard_id),
	guard->basis};
	char		nulls[] = {' ', ' ', ' ', ' ', ' ',
	guard->lists_null ? 'n' : ' ', ' ', ' '};
	bool		isnull;

	prepare_once(&plan,
				 "SELECT c.context_id,"
				 " c.first_used_at OPERATOR(pg_catalog.<) pg_catalog.now()"
				 " AND entity_screen.guard_basis($6, $7)"
				 " OPERATOR(pg_catalog.=) $8,"
				 " entity_screen.scope_holds_until($1)"
				 " FROM entity_screen.context_row($1, $2, $3, $4, $5) AS c",
				 lengthof(argtypes), argtypes);
	select_row(plan, args, nulls, false, "the context of the screening");
	guard->context_id = DatumGetInt64(get_result(1, &isnull));
	guard->is_settled = DatumGetBool(get_result(2, &isnull));
	guard->holds_until = DatumGetTimestampTz(get_result(3, &isnull));
}

static void
read_scope(void *arg)
{
	Guard	   *guard = (Guard *) arg;

	guard->scope = resolve_scope(guard->lists, guard->lists_null, (Datum) 0,
								 true, NULL, guard->guard_id,
								 guard->context);
	read_versions(guard);
	read_context(guard);
}

/* Is the relation the guarded table, or one of its partitions? */
bool
is_guarded_relation(const Guard *guard, Relation rel)
{
	if (RelationGetRelid(rel) == guard->target)
		return true;
	return rel->rd_rel->relispartition &&
		list_member_oid(get_partition_ancestors(RelationGetRelid(rel)),
						guard->target);
}

/*
 * Read a guard for a statement on a relation, into a child of the context.
 *
 * Errors: 42704 without its row, 42703 without a column of it, 42809 when it
 * is the guard of another table.  What keeps the lists from being asked is no
 * error but the failure of the guard.
 */
Guard *
read_guard_of(int64 guard_id, Relation rel, MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(context, "guard",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);
	Guard	   *guard = palloc0(sizeof(Guard));
	ExtensionEntry entry;

	guard->guard_id = guard_id;
	guard->context = own;
	enter_extension(&entry);
	SPI_connect();
	read_guard(guard, RelationGetDescr(rel));
	SPI_finish();
	leave_extension(&entry);
	if (!is_guarded_relation(guard, rel))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("guard " INT64_FORMAT " does not belong to table \"%s\"",
						guard_id, RelationGetRelationName(rel)),
				 errdetail("Its trigger was created by hand."),
				 errhint("Drop the trigger and use entity_screen.protect_table().")));
	find_status(guard, RelationGetDescr(rel));
	guard->target_name = quote_qualified_identifier(
													get_namespace_name(get_rel_namespace(guard->target)),
													get_rel_name(guard->target));
	guard->failure = run_guarded(read_scope, guard);
	MemoryContextSwitchTo(old);
	return guard;
}

/*
 * The guard of a trigger call, found once a statement.  Errors: those of
 * read_guard_of().
 */
Guard *
get_guard(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Guard	   *guard = (Guard *) fcinfo->flinfo->fn_extra;

	if (guard == NULL)
	{
		int64		guard_id = pg_strtoint64(data->tg_trigger->tgargs[0]);

		guard = find_kept_guard(guard_id, data->tg_relation);
		if (guard == NULL)
		{
			uint64		begun = begin_keeping();

			guard = read_guard_of(guard_id, data->tg_relation,
								  fcinfo->flinfo->fn_mcxt);
			keep_guard(guard, data->tg_relation, begun);
		}
		fcinfo->flinfo->fn_extra = guard;
	}
	return guard;
}
