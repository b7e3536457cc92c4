/*-------------------------------------------------------------------------
 *
 * watch.c
 *	  The trigger that keeps the names of a watched table current.
 *
 * It only writes down what a row says now; nothing is screened here, so a
 * change of the user's table waits for no list.  Values are read with the
 * rights of whoever changes the row; entity_screen.watched_name and the
 * queue of changes are written with the rights of the extension.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "guard.h"
#include "query.h"

PG_FUNCTION_INFO_V1(watch_row);

/* The part of a Guard that reading a row needs, for a watch */
typedef Guard Watch;

/* Parameters of PUT_NAME */
#define PUT_NARGS 8

#define PUT_NAME \
	"SELECT entity_screen.put_watched($1, $2, $3, $4, $5, $6, $7, $8)"

#define DROP_ROW \
	"SELECT entity_screen.drop_watched($1, $2)"

#define DROP_ALL \
	"DELETE FROM entity_screen.watched_name WHERE watch_id = $1"

static void
run_plan(SPIPlanPtr *plan, const char *query, int nargs, Oid *argtypes,
		 Datum *args, const char *nulls)
{
	ExtensionEntry entry;

	enter_extension(&entry);
	SPI_connect();
	if (SPI_execute_plan(prepare_once(plan, query, nargs, argtypes), args,
						 nulls, false, 0) < 0)	/* its errors are its own */
		elog(ERROR, "the watched names were not kept: %s",
			 SPI_result_code_string(SPI_result));
	SPI_finish();
	leave_extension(&entry);
}

/*
 * Whoever may create a trigger with this function must not write, with the
 * number of a watch, what is watched of another table.
 */
static void
check_watched_relation(const Watch *watch, Relation rel)
{
	if (!is_guarded_relation(watch, rel))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("watch " INT64_FORMAT " does not belong to table \"%s\"",
						watch->guard_id, RelationGetRelationName(rel)),
				 errdetail("Its trigger was created by hand."),
				 errhint("Drop the trigger and use entity_screen.watch_table().")));
}

/* The columns of the watch, found by name once a statement */
static Watch *
read_watch(int64 watch_id, Relation rel, MemoryContext context)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {INT8OID};
	Datum		args[] = {Int64GetDatum(watch_id)};
	MemoryContext old = MemoryContextSwitchTo(context);
	Watch	   *watch = palloc0(sizeof(Watch));
	TupleDesc	desc = RelationGetDescr(rel);
	ExtensionEntry entry;
	bool		isnull;

	enter_extension(&entry);
	SPI_connect();
	prepare_once(&plan,
				 "SELECT key_columns, party_columns, country_column,"
				 " address_column, on_date_column, target"
				 " FROM entity_screen.watch WHERE watch_id = $1",
				 lengthof(argtypes), argtypes);
	if (select_rows(plan, args, NULL, true, 1) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("watch " INT64_FORMAT " does not exist", watch_id),
				 errdetail("The table has the trigger of a watch, but entity_screen.watch has no row for it."),
				 errhint("Use entity_screen.unwatch_table(), then entity_screen.watch_table().")));
	MemoryContextSwitchTo(context);
	watch->guard_id = watch_id;
	watch->target = DatumGetObjectId(get_result(6, &isnull));
	check_watched_relation(watch, rel);
	watch->keys = find_attributes(desc, get_result(1, &isnull),
								  &watch->nkeys);
	watch->parties = find_attributes(desc, get_result(2, &isnull),
									 &watch->nparties);
	watch->country = find_attribute(desc, get_result_text(3));
	watch->address = find_attribute(desc, get_result_text(4));
	watch->on_date = find_attribute(desc, get_result_text(5));
	SPI_finish();
	leave_extension(&entry);
	MemoryContextSwitchTo(old);
	return watch;
}

static Watch *
get_watch(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			read_watch(pg_strtoint64(data->tg_trigger->tgargs[0]),
					   data->tg_relation, fcinfo->flinfo->fn_mcxt);
	return (Watch *) fcinfo->flinfo->fn_extra;
}

static void
drop_row(Watch *watch, HeapTuple row, TupleDesc desc)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {INT8OID, TEXTOID};
	char	   *key = get_row_key(watch, row, desc);
	Datum		args[] = {Int64GetDatum(watch->guard_id), 0};

	if (key == NULL)
		return;
	args[1] = CStringGetTextDatum(key);
	run_plan(&plan, DROP_ROW, lengthof(argtypes), argtypes, args, NULL);
}

/* Write down one party of a row */
static void
put_party(Watch *watch, HeapTuple row, TupleDesc desc, int party)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[PUT_NARGS] = {INT8OID, TEXTOID, TEXTOID, TEXTOID,
	TEXTOID, TEXTOID, DATEOID, TIMESTAMPTZOID};
	Datum		args[PUT_NARGS];
	char		nulls[PUT_NARGS];
	ScreenQuestion question;

	read_row(watch, row, desc, party, &question);
	args[0] = Int64GetDatum(watch->guard_id);
	nulls[0] = ' ';
	put_text(args, nulls, 1, get_row_key(watch, row, desc));
	put_text(args, nulls, 2,
			 NameStr(TupleDescAttr(desc, watch->parties[party] - 1)->attname));
	put_text(args, nulls, 3, question.party);
	put_text(args, nulls, 4, question.country);
	put_text(args, nulls, 5, question.address);
	args[6] = DateADTGetDatum(question.on_date);
	nulls[6] = question.has_date ? ' ' : 'n';
	args[7] = TimestampTzGetDatum(question.moment);
	nulls[7] = question.has_moment ? ' ' : 'n';
	run_plan(&plan, PUT_NAME, PUT_NARGS, argtypes, args, nulls);
}

static bool
is_same_key(Watch *watch, HeapTuple a, HeapTuple b, TupleDesc desc)
{
	for (int i = 0; i < watch->nkeys; i++)
	{
		if (!is_same_value(a, b, desc, watch->keys[i]))
			return false;
	}
	return true;
}

static void
check_watch_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || TRIGGER_FIRED_BEFORE(data->tg_event) ||
		data->tg_trigger->tgnargs != 1 ||
		(TRIGGER_FIRED_FOR_ROW(data->tg_event) ==
		 TRIGGER_FIRED_BY_TRUNCATE(data->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function serves the triggers of a watch only"),
				 errdetail("Such a trigger fires after each row, or after TRUNCATE, and carries the number of the watch."),
				 errhint("Use entity_screen.watch_table().")));
}

static void
drop_all(int64 watch_id)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {INT8OID};
	Datum		args[] = {Int64GetDatum(watch_id)};

	run_plan(&plan, DROP_ALL, lengthof(argtypes), argtypes, args, NULL);
}

/*
 * watch_row() - AFTER INSERT OR UPDATE OR DELETE for each row, and AFTER
 * TRUNCATE, of a watched table
 */
Datum
watch_row(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Watch	   *watch;
	TupleDesc	desc;
	HeapTuple	row;

	check_watch_trigger(fcinfo);
	watch = get_watch(fcinfo);
	if (TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
	{
		drop_all(watch->guard_id);
		return PointerGetDatum(NULL);
	}
	desc = RelationGetDescr(data->tg_relation);
	row = data->tg_trigtuple;
	if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
	{
		drop_row(watch, row, desc);
		return PointerGetDatum(NULL);
	}
	if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
	{
		if (!is_same_key(watch, row, data->tg_newtuple, desc))
			drop_row(watch, row, desc);
		else if (is_unchanged(watch, row, data->tg_newtuple, desc))
			return PointerGetDatum(NULL);
		row = data->tg_newtuple;
	}
	for (int i = 0; i < watch->nparties; i++)
		put_party(watch, row, desc, i);
	return PointerGetDatum(NULL);
}
