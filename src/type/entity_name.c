/*-------------------------------------------------------------------------
 *
 * entity_name.c
 *	  Type entity_name: input, output, casts and accessors.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "catalog/namespace.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(entity_name_in);
PG_FUNCTION_INFO_V1(entity_name_out);
PG_FUNCTION_INFO_V1(entity_name_recv);
PG_FUNCTION_INFO_V1(entity_name_send);
PG_FUNCTION_INFO_V1(entity_name_from_text);
PG_FUNCTION_INFO_V1(entity_name_to_text);
PG_FUNCTION_INFO_V1(entity_normal_form);
PG_FUNCTION_INFO_V1(normalizer_version);

#define MAX_NAME_BYTES 65536
#define WIRE_FORMAT 1			/* of the binary form: this byte, then the text */

/*
 * normalize_server_text - normalize text in the server's encoding.
 *
 * SQL_ASCII says nothing about its bytes: what is valid UTF-8 in it counts,
 * the rest is lost characters.  Other encodings are converted; a character
 * without Unicode equivalent ends the conversion and is lost with the rest,
 * which is why the flag is set.
 */
void
normalize_server_text(const char *text, size_t length, NormalName *name)
{
	int			encoding = GetDatabaseEncoding();
	Oid			conversion = encoding == PG_UTF8 || encoding == PG_SQL_ASCII ?
		InvalidOid : FindDefaultConversionProc(encoding, PG_UTF8);
	Size		room;
	unsigned char *converted;
	int			read;

	if (!OidIsValid(conversion))
	{
		normalize_name(text, length, name);
		return;
	}
	room = length * MAX_CONVERSION_GROWTH + 1;
	converted = palloc(room);
	read = pg_do_encoding_conversion_buf(conversion, encoding, PG_UTF8,
										 (unsigned char *) text, length,
										 converted, room, true);
	normalize_name((char *) converted, strlen((char *) converted), name);
	if ((size_t) read < length)
		name->flags |= NAME_LOST;
	pfree(converted);
}

/*
 * make_name - text to a name.
 *
 * ERRCODE_PROGRAM_LIMIT_EXCEEDED for more than 64 kB; anything else is
 * accepted, as text accepts it.
 */
EntityName *
make_name(const char *text, size_t length)
{
	NormalName	normal;
	EntityName *name;
	size_t		size;

	if (length > MAX_NAME_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("name is too long"),
				 errdetail("The name has %zu bytes, the limit is %d.",
						   length, MAX_NAME_BYTES),
				 errhint("Screen the name alone, without the text around it.")));
	normalize_server_text(text, length, &normal);
	name = palloc(VARHDRSZ + size_packed(&normal, length));
	size = pack_name(&normal, text, length, VARDATA(name));
	SET_VARSIZE(name, VARHDRSZ + size);
	return name;
}

/* A text and the name made of it, kept from one call to the next. */
typedef struct KeptName
{
	size_t		length;
	char	   *text;
	EntityName *name;
} KeptName;

/* keep_name - remember what a query made of a text, for as long as it runs. */
static void
keep_name(FmgrInfo *call, const char *text, size_t length,
		  const EntityName *name)
{
	KeptName   *kept = call->fn_extra;
	size_t		size = VARSIZE(name);

	if (kept == NULL)
		kept = call->fn_extra = MemoryContextAllocZero(call->fn_mcxt,
													   sizeof(KeptName));
	if (kept->name != NULL)
		pfree(kept->name);
	kept->name = NULL;			/* should the next line fail */
	kept->name = MemoryContextAlloc(call->fn_mcxt, size + length);
	memcpy(kept->name, name, size);
	kept->text = (char *) kept->name + size;
	memcpy(kept->text, text, length);
	kept->length = length;
}

/* find_kept_name - what the call before made of the same text, or NULL. */
static EntityName *
find_kept_name(FmgrInfo *call, const char *text, size_t length)
{
	KeptName   *kept = call->fn_extra;
	EntityName *name;

	if (kept == NULL || kept->name == NULL || kept->length != length ||
		memcmp(kept->text, text, length) != 0)
		return NULL;
	name = palloc(VARSIZE(kept->name));
	memcpy(name, kept->name, VARSIZE(kept->name));
	return name;
}

/*
 * cast_name - make_name, for a function called so, whose fn_extra it takes.
 *
 * A search decides anew on every row that its index names, and the executor
 * casts what is sought each time, as in name % $1::entity_name: most calls
 * are for the text of the call before.
 */
EntityName *
cast_name(FmgrInfo *call, text *value)
{
	const char *letters = VARDATA_ANY(value);
	size_t		length = VARSIZE_ANY_EXHDR(value);
	EntityName *name = find_kept_name(call, letters, length);

	if (name == NULL)
	{
		name = make_name(letters, length);
		keep_name(call, letters, length, name);
	}
	return name;
}

/*
 * open_name - the view of a stored name.
 *
 * A name of another normalizer version is normalized again from its text:
 * slow, and right.  ERRCODE_DATA_CORRUPTED where the bytes are no name.
 */
void
open_name(EntityName *name, PackedName *view)
{
	if (!view_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), view))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("entity_name value is corrupted"),
				 errdetail("Its bytes are not those of a stored name."),
				 errhint("Restore the row from a backup, or write the name again.")));
	if (view->version != ENTITY_SCREEN_NORMALIZER_VERSION)
	{
		name = make_name(view->text, view->text_length);
		view_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), view);
	}
}

/* entity_name_in(cstring) - any text; see make_name. */
Datum
entity_name_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_ENTITY_NAME_P(make_name(text, strlen(text)));
}

/* entity_name_out(entity_name) - the original text, byte for byte. */
Datum
entity_name_out(PG_FUNCTION_ARGS)
{
	EntityName *name = PG_GETARG_ENTITY_NAME_P(0);
	PackedName	view;

	open_name(name, &view);
	PG_RETURN_CSTRING(pnstrdup(view.text, view.text_length));
}

/*
 * entity_name_recv(internal) - one format byte (1), then the text; keys are
 * never taken from a client.  ERRCODE_INVALID_BINARY_REPRESENTATION for
 * another format.
 */
Datum
entity_name_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buffer = (StringInfo) PG_GETARG_POINTER(0);
	int			format = pq_getmsgbyte(buffer);
	char	   *text;
	int			length;

	if (format != WIRE_FORMAT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported entity_name format %d", format),
				 errdetail("This server reads format %d.", WIRE_FORMAT),
				 errhint("Install the same version of entity_screen at both "
						 "ends, or use the text format.")));
	text = pq_getmsgtext(buffer, buffer->len - buffer->cursor, &length);
	PG_RETURN_ENTITY_NAME_P(make_name(text, length));
}

/* entity_name_send(entity_name) - see entity_name_recv. */
Datum
entity_name_send(PG_FUNCTION_ARGS)
{
	EntityName *name = PG_GETARG_ENTITY_NAME_P(0);
	PackedName	view;
	StringInfoData buffer;

	open_name(name, &view);
	pq_begintypsend(&buffer);
	pq_sendbyte(&buffer, WIRE_FORMAT);
	pq_sendtext(&buffer, view.text, (int) view.text_length);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* entity_name(text) - cast; see make_name. */
Datum
entity_name_from_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_ENTITY_NAME_P(cast_name(fcinfo->flinfo, PG_GETARG_TEXT_PP(0)));
}

/* text(entity_name) - cast: the original text. */
Datum
entity_name_to_text(PG_FUNCTION_ARGS)
{
	EntityName *name = PG_GETARG_ENTITY_NAME_P(0);
	PackedName	view;

	open_name(name, &view);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(view.text,
											  (int) view.text_length));
}

/* entity_normal_form(entity_name) - the canonical tokens, space between. */
Datum
entity_normal_form(PG_FUNCTION_ARGS)
{
	EntityName *name = PG_GETARG_ENTITY_NAME_P(0);
	PackedName	view;

	open_name(name, &view);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(view.form, view.form_length));
}

/* entity_screen.normalizer_version() - version of rules and tables. */
Datum
normalizer_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ENTITY_SCREEN_NORMALIZER_VERSION);
}
