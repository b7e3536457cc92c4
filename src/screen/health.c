/*-------------------------------------------------------------------------
 *
 * health.c
 *	  What health() cannot find out in SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "guard.h"

PG_FUNCTION_INFO_V1(stored_normalizer_version);

/*
 * stored_normalizer_version(entity_name) - version of the normalizer that
 * made a stored name; null for bytes that are none
 */
Datum
stored_normalizer_version(PG_FUNCTION_ARGS)
{
	EntityName *name = PG_GETARG_ENTITY_NAME_P(0);
	PackedName	view;

	if (!view_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &view))
		PG_RETURN_NULL();
	PG_RETURN_INT32(view.version);
}
