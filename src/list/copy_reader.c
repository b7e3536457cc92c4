/*-------------------------------------------------------------------------
 *
 * copy_reader.c
 *	  The bytes of a CSV file to raw fields.
 *
 * Quoting, line ends, encoding conversion and line numbers are PostgreSQL's
 * own: the bytes go through COPY's parser, fed by a callback.  What this file
 * adds is what COPY cannot say: where in the file bytes are not UTF-8, where
 * a double quote is left open, and that no line ends the data early.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/copy.h"
#include "commands/copyfrom_internal.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "list.h"

/*
 * COPY's data source callback has no argument of its own, so what it reads
 * from has to be static.  One file is read at a time: nothing between the
 * begin and the end of a reading can start another one.
 */
static struct
{
	const char *next;
	size_t		left;
}			source;

/*
 * Find the double quote that is never closed, by line and field.  COPY
 * notices at the end of the file only.
 */
static int64
find_open_quote(OperationFile *file, int *field)
{
	int64		line = 1;
	int64		open_line = 0;
	int			at = 0;
	bool		quoted = false;

	for (size_t i = 0; i < file->length; i++)
	{
		char		c = file->bytes[i];

		if (c == '"')
		{
			quoted = !quoted;
			open_line = line;
			*field = at;
		}
		else if (c == file->delimiter && !quoted)
			at++;
		else if (c == '\n')
		{
			line++;
			at = quoted ? at : 0;
		}
	}
	return quoted ? open_line : 0;
}

/*
 * Error context: when COPY's own parser gives up, say where and what to look
 * for.
 */
void
describe_position(void *arg)
{
	OperationFile *file = (OperationFile *) arg;
	int			field = 0;
	int64		line;

	if (!file->splitting || geterrcode() != ERRCODE_BAD_COPY_FILE_FORMAT)
		return;
	line = find_open_quote(file, &field);
	if (line > 0)
	{
		errmsg("line " INT64_FORMAT ", column %s: a double quote is not closed",
			   line, file->rule_of && field < file->nfields ?
			   column_rules[file->rule_of[field]].name :
			   psprintf("%d", field + 1));
		errdetail("The record that begins on line " INT64_FORMAT " runs to the end of the file.",
				  file->line);
	}
	else
		errdetail("The record that begins on line " INT64_FORMAT " cannot be split into fields.",
				  file->line);
	errhint("Check the double quotes and line ends from that line on: a quote inside a quoted field is written twice. Nothing was loaded.");
}

static int
read_source(void *outbuf, int minread, int maxread)
{
	size_t		n = Min(source.left, (size_t) maxread);

	memcpy(outbuf, source.next, n);
	source.next += n;
	source.left -= n;
	return (int) n;
}

/* Line, from 1, of the byte at an offset */
static int64
line_of_offset(const char *bytes, size_t offset)
{
	int64		line = 1;

	for (size_t i = 0; i < offset; i++)
		line += bytes[i] == '\n';
	return line;
}

/*
 * Refuse bytes that the encoding does not have.  COPY would do so as well,
 * but it cannot say where in the file they are.
 */
static void
refuse_byte(const char *bytes, size_t offset, int encoding)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			 errmsg("line " INT64_FORMAT ": the file is not valid %s",
					line_of_offset(bytes, offset),
					encoding == PG_UTF8 ? "UTF-8" :
					pg_encoding_to_char(encoding)),
			 errdetail("The byte 0x%02x at offset %zu cannot stand there.",
					   (unsigned char) bytes[offset], offset),
			 errhint("Save the file as UTF-8. Nothing was loaded.")));
}

/*
 * The bytes as UTF-8, with the new length.
 */
static const char *
decode_bytes(const char *bytes, size_t *len, int encoding)
{
	size_t		size;
	char	   *result;
	int			done;
	Oid			proc;

	if (encoding == PG_UTF8)
	{
		size_t		valid = pg_encoding_verifymbstr(PG_UTF8, bytes, *len);

		if (valid < *len)
			refuse_byte(bytes, valid, encoding);
		return bytes;
	}
	proc = FindDefaultConversionProc(encoding, PG_UTF8);
	if (!OidIsValid(proc))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("encoding %s cannot be converted to UTF-8",
						pg_encoding_to_char(encoding)),
				 errdetail("There is no default conversion."),
				 errhint("Use another encoding in entity_screen.list_format.")));
	if (*len > (MaxAllocHugeSize - 1) / MAX_CONVERSION_GROWTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the file is too long"),
				 errdetail("It holds %zu bytes.", *len),
				 errhint("Convert it to UTF-8 first.")));
	size = *len * MAX_CONVERSION_GROWTH + 1;
	result = MemoryContextAllocHuge(CurrentMemoryContext, size);
	done = pg_do_encoding_conversion_buf(proc, encoding, PG_UTF8,
										 (unsigned char *) unconstify(char *, bytes),
										 (int) *len,
										 (unsigned char *) result,
										 (int) Min(size, PG_INT32_MAX), true);
	if ((size_t) done < *len)
		refuse_byte(bytes, done, encoding);
	*len = strlen(result);
	return result;
}

/*
 * Before PostgreSQL 18 COPY takes a line that begins with \. for the end of
 * the data even in CSV and would silently drop the rest of a file.
 */
static void
check_end_mark(const char *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
	{
		if (bytes[i] == '\\' && bytes[i + 1] == '.' &&
			(i == 0 || bytes[i - 1] == '\n' || bytes[i - 1] == '\r'))
			ereport(ERROR,
					(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
					 errmsg("line " INT64_FORMAT ": a line may not begin with \"\\.\"",
							line_of_offset(bytes, i)),
					 errdetail("COPY takes it for the end of the data; what follows would be lost."),
					 errhint("Remove the line. Nothing was loaded.")));
	}
}

/*
 * Start reading: check the bytes, skip a byte order mark, hand the rest to
 * COPY.  The relation only satisfies COPY's interface; nothing is written.
 */
void
begin_reading(OperationFile *file, Relation rel, bytea *content,
			  char delimiter, int encoding)
{
	const char *bytes = VARDATA_ANY(content);
	size_t		len = VARSIZE_ANY_EXHDR(content);
	char	   *separator = psprintf("%c", delimiter);
	List	   *options;

	if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
	{
		bytes += 3;
		len -= 3;
		encoding = PG_UTF8;
	}
	bytes = decode_bytes(bytes, &len, encoding);
	check_end_mark(bytes, len);
	file->bytes = source.next = bytes;
	file->length = source.left = len;
	file->delimiter = delimiter;

	options = list_make3(makeDefElem("format", (Node *) makeString("csv"), -1),
						 makeDefElem("delimiter",
									 (Node *) makeString(separator), -1),
						 makeDefElem("encoding",
									 (Node *) makeString("UTF8"), -1));
	file->cstate = BeginCopyFrom(NULL, rel, NULL, NULL, false, read_source,
								 NIL, options);
}

/*
 * Read the next record that is not an empty line.
 */
bool
read_record(OperationFile *file, char ***fields, int *nfields)
{
	bool		found;

	do
	{
		CHECK_FOR_INTERRUPTS();
		file->line = (int64) file->cstate->cur_lineno + 1;
		file->splitting = true;
		found = NextCopyFromRawFields(file->cstate, fields, nfields);
		file->splitting = false;
		if (!found)
			return false;
	} while (*nfields == 1 &&
			 ((*fields)[0] == NULL || (*fields)[0][0] == '\0'));
	return true;
}
