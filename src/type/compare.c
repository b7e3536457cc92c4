/*-------------------------------------------------------------------------
 *
 * compare.c
 *	  Equality, order and hash of names, on the normal form.
 *
 * The normal form is ASCII and compared by byte, so no collation can make
 * the hash of two equal names differ, or change an order on disk.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "common/hashfn.h"

PG_FUNCTION_INFO_V1(entity_name_cmp);
PG_FUNCTION_INFO_V1(entity_name_eq);
PG_FUNCTION_INFO_V1(entity_name_ne);
PG_FUNCTION_INFO_V1(entity_name_lt);
PG_FUNCTION_INFO_V1(entity_name_le);
PG_FUNCTION_INFO_V1(entity_name_gt);
PG_FUNCTION_INFO_V1(entity_name_ge);
PG_FUNCTION_INFO_V1(entity_name_hash);
PG_FUNCTION_INFO_V1(entity_name_hash_extended);

/* Errors of all that compare: XX001 for bytes that are no name. */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	EntityName *a = PG_GETARG_ENTITY_NAME_P(0);
	EntityName *b = PG_GETARG_ENTITY_NAME_P(1);
	PackedName	a_view;
	PackedName	b_view;
	int			order;

	open_name(a, &a_view);
	open_name(b, &b_view);
	order = compare_names(&a_view, &b_view);
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

/* entity_name_cmp(a, b) - for btree: below, equal or above zero */
Datum
entity_name_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

/* a = b: equal normal forms */
Datum
entity_name_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

/* a <> b */
Datum
entity_name_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

/* a < b */
Datum
entity_name_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

/* a <= b */
Datum
entity_name_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

/* a > b */
Datum
entity_name_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

/* a >= b */
Datum
entity_name_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

/* entity_name_hash(name) - of the normal form, for the hash class */
Datum
entity_name_hash(PG_FUNCTION_ARGS)
{
	EntityName *name = PG_GETARG_ENTITY_NAME_P(0);
	PackedName	view;
	uint32		hash;

	open_name(name, &view);
	hash = hash_bytes((const unsigned char *) view.form, view.form_length);
	PG_FREE_IF_COPY(name, 0);
	PG_RETURN_UINT32(hash);
}

/* entity_name_hash_extended(name, seed) - the same in 64 bits */
Datum
entity_name_hash_extended(PG_FUNCTION_ARGS)
{
	EntityName *name = PG_GETARG_ENTITY_NAME_P(0);
	uint64		seed = (uint64) PG_GETARG_INT64(1);
	PackedName	view;
	uint64		hash;

	open_name(name, &view);
	hash = hash_bytes_extended((const unsigned char *) view.form,
							   view.form_length, seed);
	PG_FREE_IF_COPY(name, 0);
	PG_RETURN_UINT64(hash);
}
