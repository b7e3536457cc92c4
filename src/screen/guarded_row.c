/*-------------------------------------------------------------------------
 *
 * guarded_row.c
 *	  The rows that a guard looks at, and those of a watch.
 *
 * The values of a row are read with the rights of the user who stores it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "guard.h"

/* Does the text of a value of this type depend on settings? */
static bool
is_setting_dependent(Oid type)
{
	switch (getBaseType(type))
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
		case FLOAT4OID:
		case FLOAT8OID:
			return true;
		default:
			return false;
	}
}

static void
set_for_now(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/* A value as text, the same in every session */
static char *
print_value(Oid type, Oid output, Datum value)
{
	int			nest_level;
	char	   *result;

	if (!is_setting_dependent(type))
		return OidOutputFunctionCall(output, value);
	nest_level = NewGUCNestLevel();
	set_for_now("datestyle", "ISO, YMD");
	set_for_now("timezone", "UTC");
	set_for_now("intervalstyle", "postgres");
	set_for_now("extra_float_digits", "1");
	result = OidOutputFunctionCall(output, value);
	AtEOXact_GUC(false, nest_level);
	return result;
}

/*
 * A column as text, NULL when it is null or there is none.  Runs as the
 * user: the output function may be his.
 */
static char *
get_column(HeapTuple row, TupleDesc desc, AttrNumber attribute)
{
	bool		isnull;
	Datum		value;
	Oid			type;
	Oid			output;
	bool		is_varlena;

	if (attribute == InvalidAttrNumber)
		return NULL;
	value = heap_getattr(row, attribute, desc, &isnull);
	if (isnull)
		return NULL;
	type = TupleDescAttr(desc, attribute - 1)->atttypid;
	getTypeOutputInfo(type, &output, &is_varlena);
	return print_value(type, output, value);
}

/* The date of the row, by the type of its column */
static void
get_row_date(Guard *guard, HeapTuple row, TupleDesc desc,
			 ScreenQuestion *question)
{
	bool		isnull;
	Datum		value;
	Oid			type;

	if (guard->on_date == InvalidAttrNumber)
		return;
	value = heap_getattr(row, guard->on_date, desc, &isnull);
	if (isnull)
		return;
	type = getBaseType(TupleDescAttr(desc, guard->on_date - 1)->atttypid);
	if (type == TIMESTAMPTZOID)
	{
		question->has_moment = true;
		question->moment = DatumGetTimestampTz(value);
		return;
	}
	question->has_date = true;
	question->on_date = type == DATEOID ? DatumGetDateADT(value) :
		DatumGetDateADT(DirectFunctionCall1(timestamp_date, value));
}

/* What is asked about one party of a row */
void
read_row(Guard *guard, HeapTuple row, TupleDesc desc, int party,
		 ScreenQuestion *question)
{
	memset(question, 0, sizeof(ScreenQuestion));
	question->party = get_column(row, desc, guard->parties[party]);
	question->country = get_column(row, desc, guard->country);
	question->address = get_column(row, desc, guard->address);
	get_row_date(guard, row, desc, question);
}

/* The key as evidence gives it: one value, or a JSON array of several */
char *
get_row_key(Guard *guard, HeapTuple row, TupleDesc desc)
{
	StringInfoData key;

	if (guard->nkeys == 0)
		return NULL;
	if (guard->nkeys == 1)
		return get_column(row, desc, guard->keys[0]);
	initStringInfo(&key);
	for (int i = 0; i < guard->nkeys; i++)
	{
		char	   *value = get_column(row, desc, guard->keys[i]);

		appendStringInfoString(&key, i == 0 ? "[" : ", ");
		if (value)
			escape_json(&key, value);
		else
			appendStringInfoString(&key, "null");
	}
	appendStringInfoChar(&key, ']');
	return key.data;
}

/* Byte for byte: two spellings of one value count as a change */
bool
is_same_value(HeapTuple a, HeapTuple b, TupleDesc desc, AttrNumber attribute)
{
	Form_pg_attribute att;
	bool		a_null;
	bool		b_null;
	Datum		a_value;
	Datum		b_value;

	if (attribute == InvalidAttrNumber)
		return true;
	a_value = heap_getattr(a, attribute, desc, &a_null);
	b_value = heap_getattr(b, attribute, desc, &b_null);
	if (a_null || b_null)
		return a_null && b_null;
	att = TupleDescAttr(desc, attribute - 1);
	return datum_image_eq(a_value, b_value, att->attbyval, att->attlen);
}

/* Did an update leave everything that is screened as it was? */
bool
is_unchanged(Guard *guard, HeapTuple old_row, HeapTuple new_row,
			 TupleDesc desc)
{
	for (int i = 0; i < guard->nparties; i++)
	{
		if (!is_same_value(old_row, new_row, desc, guard->parties[i]))
			return false;
	}
	return is_same_value(old_row, new_row, desc, guard->country) &&
		is_same_value(old_row, new_row, desc, guard->address) &&
		is_same_value(old_row, new_row, desc, guard->on_date);
}

/* The name of a party column, as the table has it now */
const char *
get_party_column(Guard *guard, TupleDesc desc, int party)
{
	return NameStr(TupleDescAttr(desc, guard->parties[party] - 1)->attname);
}

/* Does the row have the status that means held? */
bool
is_held(Guard *guard, HeapTuple row, TupleDesc desc)
{
	Form_pg_attribute att;
	bool		isnull;
	Datum		value;

	if (guard->action != GUARD_HOLD)
		return false;
	value = heap_getattr(row, guard->status, desc, &isnull);
	att = TupleDescAttr(desc, guard->status - 1);
	return !isnull &&
		datum_image_eq(value, guard->held, att->attbyval, att->attlen);
}

/* The row with that status */
HeapTuple
set_held(Guard *guard, HeapTuple row, TupleDesc desc)
{
	int			column = guard->status;
	bool		isnull = false;

	return heap_modify_tuple_by_cols(row, desc, 1, &column, &guard->held,
									 &isnull);
}
