/*-------------------------------------------------------------------------
 *
 * event_bytes.c
 *	  An event and its context as bytes: what a backend hands to the worker.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/lsyscache.h"

#include "guard.h"
#include "worker.h"

/* Length of a value that is null */
#define NULL_LENGTH (-1)

static Oid
get_arg_type(int n)
{
	return n < EVENT_NARGS ? event_types[n] : context_types[n - EVENT_NARGS];
}

/*
 * pack_event - the parameters of a worker as bytes
 *
 * Each is its length as int32 (-1: null) and its bytes: eight of a value
 * that is passed by value, the payload of a varlena.  Read on the same
 * machine only.
 */
char *
pack_event(const Datum *args, const char *nulls, uint32 *length)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < WORKER_NARGS; i++)
	{
		int32		size = NULL_LENGTH;
		const void *bytes = NULL;

		if (nulls[i] != 'n' && get_typbyval(get_arg_type(i)))
		{
			size = sizeof(Datum);
			bytes = &args[i];
		}
		else if (nulls[i] != 'n')
		{
			struct varlena *value = PG_DETOAST_DATUM_PACKED(args[i]);

			size = VARSIZE_ANY_EXHDR(value);
			bytes = VARDATA_ANY(value);
		}
		appendBinaryStringInfo(&buf, (char *) &size, sizeof(size));
		if (bytes)
			appendBinaryStringInfo(&buf, bytes, size);
	}
	*length = buf.len;
	return buf.data;
}

static Datum
make_value(Oid type, const char *bytes, int32 size)
{
	struct varlena *value;
	Datum		result;

	if (get_typbyval(type))
	{
		memcpy(&result, bytes, sizeof(result));
		return result;
	}
	value = palloc(VARHDRSZ + size);
	SET_VARSIZE(value, VARHDRSZ + size);
	memcpy(VARDATA(value), bytes, size);
	return PointerGetDatum(value);
}

/*
 * The worker was started after the library was replaced, while the backend
 * has still the old one.
 */
static void
refuse_packed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the evidence of a rejected row came from another version of entity_screen"),
			 errdetail("The library was replaced while sessions had the old one loaded."),
			 errhint("Restart the server, or let all sessions connect again.")));
}

/*
 * What pack_event() has packed.  Errors: 08P01 when it was packed by another
 * version.
 */
void
unpack_event(const char *bytes, uint32 length, Datum *args, char *nulls)
{
	const char *end = bytes + length;

	for (int i = 0; i < WORKER_NARGS; i++)
	{
		int32		size;

		if (end - bytes < (ptrdiff_t) sizeof(size))
			refuse_packed();
		memcpy(&size, bytes, sizeof(size));
		bytes += sizeof(size);
		nulls[i] = size == NULL_LENGTH ? 'n' : ' ';
		args[i] = (Datum) 0;
		if (size == NULL_LENGTH)
			continue;
		if (size < 0 || end - bytes < size)
			refuse_packed();
		args[i] = make_value(get_arg_type(i), bytes, size);
		bytes += size;
	}
}
