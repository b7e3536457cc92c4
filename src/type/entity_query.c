/*-------------------------------------------------------------------------
 *
 * entity_query.c
 *	  Type entity_query: a sought name with its own threshold.
 *
 * The right operand of @@, so that a search can be immutable and no setting
 * can change its answer.  Stored as a uint16 threshold, little-endian, and
 * the bytes of the name.  Written as threshold|name.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(entity_query_in);
PG_FUNCTION_INFO_V1(entity_query_out);
PG_FUNCTION_INFO_V1(entity_query_make);

#define THRESHOLD_BYTES 2

static struct varlena *
make_query(EntityName *name, int threshold)
{
	Size		size = VARSIZE_ANY_EXHDR(name);
	struct varlena *query = palloc(VARHDRSZ + THRESHOLD_BYTES + size);
	unsigned char *bytes = (unsigned char *) VARDATA(query);

	bytes[0] = (unsigned char) threshold;
	bytes[1] = (unsigned char) (threshold >> 8);
	memcpy(bytes + THRESHOLD_BYTES, VARDATA_ANY(name), size);
	SET_VARSIZE(query, VARHDRSZ + THRESHOLD_BYTES + size);
	return query;
}

/* open_query - the view of a query datum; see open_name for versions. */
void
open_query(Datum datum, EntityQuery *query)
{
	struct varlena *stored = PG_DETOAST_DATUM_PACKED(datum);
	const uint8_t *bytes = (const uint8_t *) VARDATA_ANY(stored);
	Size		size = VARSIZE_ANY_EXHDR(stored);
	PackedName *view = &query->name;

	if (size < THRESHOLD_BYTES ||
		!view_name(bytes + THRESHOLD_BYTES, size - THRESHOLD_BYTES, view))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("entity_query value is corrupted"),
				 errdetail("Its bytes are not those of a threshold and a name."),
				 errhint("Restore the row from a backup, or write the query again.")));
	query->threshold = (int) read_uint16(bytes);
	if (view->version != ENTITY_SCREEN_NORMALIZER_VERSION)
		open_name(make_name(view->text, view->text_length), view);
}

/*
 * entity_query_in(cstring) - "0.65|CloudWalk".
 *
 * ERRCODE_INVALID_TEXT_REPRESENTATION without the bar;
 * ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE for a threshold outside 0.30 to 1.00.
 */
Datum
entity_query_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	char	   *bar = strchr(text, '|');
	double		threshold;

	if (bar == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						"entity_query", text),
				 errdetail("There is no bar between threshold and name."),
				 errhint("Write threshold|name, or call "
						 "entity_query(name, threshold).")));
	threshold = DatumGetFloat8(DirectFunctionCall1(float8in,
												   CStringGetDatum(pnstrdup(text, bar - text))));
	PG_RETURN_POINTER(make_query(make_name(bar + 1, strlen(bar + 1)),
								 round_threshold(threshold)));
}

/* entity_query_out(entity_query) - see entity_query_in. */
Datum
entity_query_out(PG_FUNCTION_ARGS)
{
	EntityQuery query;

	open_query(PG_GETARG_DATUM(0), &query);
	PG_RETURN_CSTRING(psprintf("%d.%04d|%.*s", query.threshold / SCORE_ONE,
							   query.threshold % SCORE_ONE,
							   (int) query.name.text_length,
							   query.name.text));
}

/*
 * entity_query(name text, threshold float8) - a search of one name.
 *
 * threshold: 0.30 to 1.00, rounded to 1/10000;
 * ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE otherwise.
 */
Datum
entity_query_make(PG_FUNCTION_ARGS)
{
	EntityName *name = cast_name(fcinfo->flinfo, PG_GETARG_TEXT_PP(0));

	PG_RETURN_POINTER(make_query(name, round_threshold(PG_GETARG_FLOAT8(1))));
}
