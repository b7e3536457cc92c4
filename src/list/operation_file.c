/*-------------------------------------------------------------------------
 *
 * operation_file.c
 *	  Reader of the project's own tranche format, the operation file.
 *
 * An operation file is CSV (docs/operation_file.md): one header line, then
 * one "tranche" record, then "entry" records, each followed by its "name"
 * and "address" records.  Quoting, line ends, encoding conversion and line
 * numbers are PostgreSQL's own: the bytes go through COPY's parser, fed by a
 * callback.  What this file adds is the meaning: which columns there are,
 * which record may use them, and what their values look like.
 *
 * A file is accepted whole or refused whole.  Every refusal names the line
 * on which the record begins, the column, the reason and what to do next.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "commands/copy.h"
#include "commands/copyfrom_internal.h"
#include "commands/progress.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/backend_progress.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "list.h"

/* The most bytes one field may hold: a list's longest text is below 2 kB. */
#define MAX_FIELD_BYTES		65536

/* Years outside are typing errors such as 0097-06-30, never law. */
#define MIN_YEAR			1900
#define MAX_YEAR			2999

/* What a text field of a revision says to clear the stored value. */
#define CLEAR_MARK			"(none)"

/* Records, as bits so that a column can say which of them may use it */
#define REC_TRANCHE			0x01
#define REC_ENTRY			0x02
#define REC_NAME			0x04
#define REC_ADDRESS			0x08
#define REC_ANY				0x0F

typedef enum ValueKind
{
	VALUE_TEXT,					/* verbatim */
	VALUE_CLEARABLE,			/* verbatim, or CLEAR_MARK */
	VALUE_CODE,					/* one of a list of words */
	VALUE_DATE,					/* YYYY-MM-DD */
	VALUE_COUNT,				/* integer, not negative */
	VALUE_INTEGER,				/* integer */
	VALUE_FOOTNOTES				/* numbers separated by blanks, or mark */
} ValueKind;

typedef struct ColumnRule
{
	const char *name;
	int			records;		/* REC_ bits of records that may use it */
	int			required;		/* REC_ bits of records that must */
	ValueKind	kind;
	const char *codes;			/* VALUE_CODE: the words, blank-separated */
} ColumnRule;

#define ENTRY_OPERATIONS	"add revise remove correct move"

static const ColumnRule column_rules[] = {
	{"record", REC_ANY, REC_ANY, VALUE_CODE, "tranche entry name address"},
	{"operation", REC_ENTRY | REC_NAME | REC_ADDRESS, REC_ENTRY, VALUE_CODE,
	ENTRY_OPERATIONS " drop"},
	{"list_code", REC_TRANCHE, 0, VALUE_TEXT, NULL},
	{"document_number", REC_TRANCHE, 0, VALUE_TEXT, NULL},
	{"citation", REC_TRANCHE | REC_ENTRY, 0, VALUE_TEXT, NULL},
	{"page_from", REC_TRANCHE, 0, VALUE_COUNT, NULL},
	{"page_to", REC_TRANCHE, 0, VALUE_COUNT, NULL},
	{"docket", REC_TRANCHE, 0, VALUE_TEXT, NULL},
	{"title", REC_TRANCHE, 0, VALUE_TEXT, NULL},
	{"announced_on", REC_TRANCHE, 0, VALUE_DATE, NULL},
	{"public_inspection_on", REC_TRANCHE, 0, VALUE_DATE, NULL},
	{"published_on", REC_TRANCHE, 0, VALUE_DATE, NULL},
	{"effective_on", REC_TRANCHE, REC_TRANCHE, VALUE_DATE, NULL},
	{"applicable_on", REC_TRANCHE | REC_ENTRY, 0, VALUE_DATE, NULL},
	{"compliance_on", REC_TRANCHE, 0, VALUE_DATE, NULL},
	{"savings_cutoff_on", REC_TRANCHE, 0, VALUE_DATE, NULL},
	{"savings_end_on", REC_TRANCHE, 0, VALUE_DATE, NULL},
	{"savings_text", REC_TRANCHE, 0, VALUE_TEXT, NULL},
	{"ceases_on", REC_TRANCHE, 0, VALUE_DATE, NULL},
	{"declared_entities", REC_TRANCHE, 0, VALUE_COUNT, NULL},
	{"declared_entries", REC_TRANCHE, 0, VALUE_COUNT, NULL},
	{"declared_revised", REC_TRANCHE, 0, VALUE_COUNT, NULL},
	{"declared_removed", REC_TRANCHE, 0, VALUE_COUNT, NULL},
	{"declared_corrected", REC_TRANCHE, 0, VALUE_COUNT, NULL},
	{"declared_moved", REC_TRANCHE, 0, VALUE_COUNT, NULL},
	{"difference_entities", REC_TRANCHE, 0, VALUE_INTEGER, NULL},
	{"difference_entries", REC_TRANCHE, 0, VALUE_INTEGER, NULL},
	{"difference_note", REC_TRANCHE, 0, VALUE_TEXT, NULL},
	{"name", REC_ENTRY | REC_NAME, REC_ENTRY | REC_NAME, VALUE_TEXT, NULL},
	{"destination_country", REC_ENTRY, 0, VALUE_TEXT, NULL},
	{"new_destination_country", REC_ENTRY, 0, VALUE_TEXT, NULL},
	{"entry_type", REC_ENTRY, 0, VALUE_CODE,
	"organization person address_only vessel aircraft other"},
	{"parent", REC_ENTRY, 0, VALUE_CLEARABLE, NULL},
	{"license_requirement", REC_ENTRY, 0, VALUE_CLEARABLE, NULL},
	{"license_review_policy", REC_ENTRY, 0, VALUE_CLEARABLE, NULL},
	{"reason", REC_ENTRY, 0, VALUE_CLEARABLE, NULL},
	{"scope_note", REC_ENTRY, 0, VALUE_CLEARABLE, NULL},
	{"footnotes", REC_ENTRY, 0, VALUE_FOOTNOTES, NULL},
	{"on_conflict", REC_ENTRY, 0, VALUE_CODE, "error record"},
	{"name_type", REC_NAME, 0, VALUE_CODE,
	"primary variation aka fka dba acronym native_script"},
	{"alias_quality", REC_NAME, 0, VALUE_CODE, "strong weak unknown"},
	{"address", REC_ADDRESS, REC_ADDRESS, VALUE_TEXT, NULL},
	{"country", REC_ADDRESS, 0, VALUE_TEXT, NULL},
	{"note", REC_ANY, 0, VALUE_TEXT, NULL},
};

#define N_COLUMNS	lengthof(column_rules)

/* One reading of one file */
typedef struct OperationFile
{
	CopyFromState cstate;
	const char *bytes;			/* the file without byte order mark */
	size_t		length;
	bool		splitting;		/* COPY is at work, its errors are its own */
	int64		line;			/* line on which the current record begins */
	int			nfields;		/* fields of the header */
	int		   *rule_of;		/* for each field, its column rule */
	char	   *value[N_COLUMNS];	/* current record, NULL when empty */
	int			record;			/* REC_ bit of the current record */
	bool		seen_tranche;
	bool		seen_entry;
	bool		empty_allowed;	/* the rule declares that it adds nothing */
	int64		entry_line;		/* line of the entry names belong to */
	char	   *entry_operation;	/* and its operation */
} OperationFile;

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

PG_FUNCTION_INFO_V1(parse_operation_file);
PG_FUNCTION_INFO_V1(report_load_progress);

static int	find_column(const char *name);

/* ------------------------------------------------------------------------
 * refusals
 * ------------------------------------------------------------------------
 */

/*
 * A value as it may appear in a message: on one line and not too long.
 */
static char *
clip_value(const char *value)
{
	int			len = strlen(value);
	int			keep = pg_mbcliplen(value, len, 60);
	char	   *result = psprintf("%.*s%s", keep, value,
								  keep < len ? "..." : "");

	for (char *p = result; *p; p++)
	{
		if ((unsigned char) *p < ' ')
			*p = ' ';
	}
	return result;
}

/*
 * Refuse the file for the value of one column.
 */
static void
refuse_value(OperationFile *file, int column, int sqlstate,
			 const char *reason, const char *hint)
{
	const char *value = file->value[column];

	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("line " INT64_FORMAT ", column %s: %s",
					file->line, column_rules[column].name, reason),
			 value ? errdetail("The value is \"%s\".", clip_value(value)) :
			 errdetail("There is no value."),
			 errhint("%s Nothing was loaded.", hint)));
}

/*
 * Refuse the file for the place of a record.
 */
static void
refuse_record(OperationFile *file, const char *reason, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("line " INT64_FORMAT ", column record: %s",
					file->line, reason),
			 errdetail("The file is read as: header line, one tranche record, then entry records, each followed by its name and address records."),
			 errhint("%s Nothing was loaded.", hint)));
}

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
		else if (c == ',' && !quoted)
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
static void
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

/* ------------------------------------------------------------------------
 * the bytes
 * ------------------------------------------------------------------------
 */

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
 * Refuse bytes that are not UTF-8.  COPY would do so as well, but it cannot
 * say where in the file they are.
 */
static void
check_encoding(const char *bytes, size_t len)
{
	size_t		valid = pg_encoding_verifymbstr(PG_UTF8, bytes, len);

	if (valid == len)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			 errmsg("line " INT64_FORMAT ": the file is not valid UTF-8",
					line_of_offset(bytes, valid)),
			 errdetail("The byte 0x%02x at offset %zu cannot stand there.",
					   (unsigned char) bytes[valid], valid),
			 errhint("Save the file as UTF-8. Nothing was loaded.")));
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
static void
begin_reading(OperationFile *file, Relation rel, bytea *content)
{
	const char *bytes = VARDATA_ANY(content);
	size_t		len = VARSIZE_ANY_EXHDR(content);
	List	   *options;

	if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
	{
		bytes += 3;
		len -= 3;
	}
	check_encoding(bytes, len);
	check_end_mark(bytes, len);
	file->bytes = source.next = bytes;
	file->length = source.left = len;

	options = list_make2(makeDefElem("format", (Node *) makeString("csv"), -1),
						 makeDefElem("encoding",
									 (Node *) makeString("UTF8"), -1));
	file->cstate = BeginCopyFrom(NULL, rel, NULL, NULL, false, read_source,
								 NIL, options);
}

/*
 * Read the next record that is not an empty line.
 */
static bool
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
	} while (*nfields == 1 && ((*fields)[0] == NULL || (*fields)[0][0] == '\0'));
	return true;
}

/* ------------------------------------------------------------------------
 * the header line
 * ------------------------------------------------------------------------
 */

static int
find_column(const char *name)
{
	for (int i = 0; i < (int) N_COLUMNS; i++)
	{
		if (pg_strcasecmp(column_rules[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* The names of all columns, for a hint */
static char *
list_columns(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < (int) N_COLUMNS; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "",
						 column_rules[i].name);
	return names.data;
}

static void
refuse_header(OperationFile *file, const char *name, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("line " INT64_FORMAT ", column %s: %s",
					file->line, clip_value(name), reason),
			 errdetail("The first line of an operation file names its columns, separated by commas, in any order."),
			 errhint("The columns are: %s. Nothing was loaded.",
					 list_columns())));
}

static void
read_header(OperationFile *file)
{
	char	  **fields;
	bool		seen[N_COLUMNS] = {false};

	if (!read_record(file, &fields, &file->nfields))
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("the file is empty"),
				 errdetail("There is no header line."),
				 errhint("Check that the file was read from the right place. Nothing was loaded.")));

	file->rule_of = palloc(file->nfields * sizeof(int));
	for (int i = 0; i < file->nfields; i++)
	{
		const char *name = fields[i] ? fields[i] : "";
		int			column = find_column(name);

		if (column < 0)
			refuse_header(file, name, "no such column in the format");
		if (seen[column])
			refuse_header(file, name, "the column is named twice");
		seen[column] = true;
		file->rule_of[i] = column;
	}
	if (!seen[find_column("record")])
		refuse_header(file, "record", "the header line does not name it");
}

/* ------------------------------------------------------------------------
 * values
 * ------------------------------------------------------------------------
 */

/* True if the word is one of the blank-separated words */
static bool
is_code(const char *word, const char *codes)
{
	size_t		len = strlen(word);

	for (const char *p = codes; len > 0 && (p = strstr(p, word)) != NULL; p++)
	{
		if ((p == codes || p[-1] == ' ') &&
			(p[len] == ' ' || p[len] == '\0'))
			return true;
	}
	return false;
}

/* The number in n digits at p, or -1 */
static int
read_digits(const char *p, int n)
{
	int			result = 0;

	for (int i = 0; i < n; i++)
	{
		if (p[i] < '0' || p[i] > '9')
			return -1;
		result = result * 10 + (p[i] - '0');
	}
	return result;
}

static void
check_date(OperationFile *file, int column)
{
	const char *p = file->value[column];
	bool		shaped = strlen(p) == 10 && p[4] == '-' && p[7] == '-';
	int			year = shaped ? read_digits(p, 4) : -1;
	int			month = shaped ? read_digits(p + 5, 2) : -1;
	int			day = shaped ? read_digits(p + 8, 2) : -1;

	if (year < 0 || month < 0 || day < 0)
		refuse_value(file, column, ERRCODE_INVALID_DATETIME_FORMAT,
					 "not a date", "Write dates as YYYY-MM-DD.");
	if (month < 1 || month > 12 || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		refuse_value(file, column, ERRCODE_DATETIME_FIELD_OVERFLOW,
					 "there is no such day",
					 "Correct the date; the order is year, month, day.");
	if (year < MIN_YEAR || year > MAX_YEAR)
		refuse_value(file, column, ERRCODE_DATETIME_FIELD_OVERFLOW,
					 "the year is out of range",
					 psprintf("Years go from %d to %d.", MIN_YEAR, MAX_YEAR));
}

static void
check_integer(OperationFile *file, int column, bool negative_allowed)
{
	const char *p = file->value[column];
	size_t		digits;

	if (negative_allowed && (*p == '-' || *p == '+'))
		p++;
	digits = strspn(p, "0123456789");
	if (digits == 0 || digits > 9 || p[digits] != '\0')
		refuse_value(file, column, ERRCODE_INVALID_PARAMETER_VALUE,
					 "not a whole number",
					 negative_allowed ?
					 "Write digits, with a minus sign if need be." :
					 "Write digits only.");
}

static void
check_footnotes(OperationFile *file, int column)
{
	char	   *p = file->value[column];
	int			digits = 0;

	for (; *p; p++)
	{
		if (*p == ',' || *p == ' ')
		{
			*p = ' ';
			digits = 0;
		}
		else if (*p < '0' || *p > '9' || ++digits > 4)
			refuse_value(file, column, ERRCODE_INVALID_PARAMETER_VALUE,
						 "not a list of footnote numbers",
						 "Write the numbers with one blank between them.");
	}
	if (digits == 0 || strstr(file->value[column], "  ") != NULL)
		refuse_value(file, column, ERRCODE_INVALID_PARAMETER_VALUE,
					 "not a list of footnote numbers",
					 "Write the numbers with one blank between them.");
}

static void
check_value(OperationFile *file, int column)
{
	const ColumnRule *rule = &column_rules[column];
	char	   *value = file->value[column];

	if (strcmp(value, CLEAR_MARK) == 0 &&
		(rule->kind == VALUE_CLEARABLE || rule->kind == VALUE_FOOTNOTES))
	{
		file->value[column] = "";
		return;
	}
	switch (rule->kind)
	{
		case VALUE_TEXT:
		case VALUE_CLEARABLE:
			break;
		case VALUE_CODE:
			if (!is_code(value, rule->codes))
				refuse_value(file, column, ERRCODE_INVALID_PARAMETER_VALUE,
							 "not one of the words allowed here",
							 psprintf("Use one of: %s.", rule->codes));
			break;
		case VALUE_DATE:
			check_date(file, column);
			break;
		case VALUE_COUNT:
			check_integer(file, column, false);
			break;
		case VALUE_INTEGER:
			check_integer(file, column, true);
			break;
		case VALUE_FOOTNOTES:
			check_footnotes(file, column);
			break;
	}
}

/* ------------------------------------------------------------------------
 * records
 * ------------------------------------------------------------------------
 */

static const char *
value_of(OperationFile *file, const char *name)
{
	return file->value[find_column(name)];
}

/* Drop the blanks around a value; a value of blanks only is no value. */
static char *
trim_value(char *field)
{
	char	   *end;

	if (field == NULL)
		return NULL;
	field += strspn(field, " \t\r\n");
	end = field + strlen(field);
	while (end > field && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	*end = '\0';
	return *field ? field : NULL;
}

/*
 * Take over the fields of a record, by column.
 */
static void
take_fields(OperationFile *file, char **fields, int nfields)
{
	if (nfields != file->nfields)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("line " INT64_FORMAT ", column %s: the record has %d fields, the header line %d",
						file->line,
						nfields < file->nfields ?
						column_rules[file->rule_of[nfields]].name :
						column_rules[file->rule_of[file->nfields - 1]].name,
						nfields, file->nfields),
				 errdetail("Every record has one field for each column of the header line, empty or not."),
				 errhint("Check commas and double quotes on that line: text with a comma stands in double quotes. Nothing was loaded.")));

	memset(file->value, 0, sizeof(file->value));
	for (int i = 0; i < nfields; i++)
	{
		int			column = file->rule_of[i];

		if (fields[i] && strlen(fields[i]) > MAX_FIELD_BYTES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("line " INT64_FORMAT ", column %s: the field is too long",
							file->line, column_rules[column].name),
					 errdetail("It has %zu bytes; %d are allowed.",
							   strlen(fields[i]), MAX_FIELD_BYTES),
					 errhint("Look for a double quote that is never closed. Nothing was loaded.")));
		file->value[column] = trim_value(fields[i]);
	}
}

/*
 * Find out which record it is.
 */
static void
identify_record(OperationFile *file)
{
	int			column = find_column("record");
	const char *word = file->value[column];

	if (word == NULL)
		refuse_value(file, column, ERRCODE_BAD_COPY_FILE_FORMAT,
					 "the record does not say what it is",
					 "Use one of: tranche, entry, name, address.");
	check_value(file, column);
	file->record = strcmp(word, "tranche") == 0 ? REC_TRANCHE :
		strcmp(word, "entry") == 0 ? REC_ENTRY :
		strcmp(word, "name") == 0 ? REC_NAME : REC_ADDRESS;
}

/*
 * Check each value, that the record may have it, and that none is missing.
 */
static void
check_columns(OperationFile *file)
{
	for (int i = 0; i < (int) N_COLUMNS; i++)
	{
		const ColumnRule *rule = &column_rules[i];

		if (file->value[i] == NULL && (rule->required & file->record))
			refuse_value(file, i, ERRCODE_NULL_VALUE_NOT_ALLOWED,
						 psprintf("the %s record needs a value here",
								  value_of(file, "record")),
						 "Give the value.");
		if (file->value[i] == NULL)
			continue;
		if (!(rule->records & file->record))
			refuse_value(file, i, ERRCODE_INVALID_PARAMETER_VALUE,
						 psprintf("the %s record has no such column",
								  value_of(file, "record")),
						 "Leave the field empty.");
		check_value(file, i);
	}
}

static void
check_tranche(OperationFile *file)
{
	const char *from = value_of(file, "page_from");
	const char *to = value_of(file, "page_to");

	if (file->seen_tranche)
		refuse_record(file, "a second tranche record",
					  "Put each rule in a file of its own.");
	if (!value_of(file, "citation") && !value_of(file, "document_number"))
		refuse_value(file, find_column("citation"),
					 ERRCODE_NULL_VALUE_NOT_ALLOWED,
					 "the rule cannot be identified",
					 "Give citation or document_number.");
	if (from && to && atoi(to) < atoi(from))
		refuse_value(file, find_column("page_to"),
					 ERRCODE_INVALID_PARAMETER_VALUE,
					 "the last page lies before the first",
					 "Correct page_from or page_to.");
	if (!value_of(file, "difference_note") &&
		(value_of(file, "difference_entities") ||
		 value_of(file, "difference_entries")))
		refuse_value(file, find_column("difference_note"),
					 ERRCODE_NULL_VALUE_NOT_ALLOWED,
					 "a known difference needs its reason",
					 "Say why the file differs from the rule.");
	file->seen_tranche = true;
	file->empty_allowed = value_of(file, "declared_entries") != NULL &&
		atoi(value_of(file, "declared_entries")) == 0;
}

static void
check_entry(OperationFile *file)
{
	const char *operation = value_of(file, "operation");

	if (!is_code(operation, ENTRY_OPERATIONS))
		refuse_value(file, find_column("operation"),
					 ERRCODE_INVALID_PARAMETER_VALUE,
					 "not an operation on an entry",
					 "Use one of: " ENTRY_OPERATIONS ".");
	if (strcmp(operation, "add") == 0 &&
		!value_of(file, "destination_country"))
		refuse_value(file, find_column("destination_country"),
					 ERRCODE_NULL_VALUE_NOT_ALLOWED,
					 "an added entry needs its destination",
					 "Give the country heading under which it stands.");
	if ((strcmp(operation, "move") == 0) !=
		(value_of(file, "new_destination_country") != NULL))
		refuse_value(file, find_column("new_destination_country"),
					 ERRCODE_INVALID_PARAMETER_VALUE,
					 "needed for move, and for move only",
					 "Give the country heading the entry is moved to.");
	file->seen_entry = true;
	file->entry_line = file->line;
	if (file->entry_operation)
		pfree(file->entry_operation);
	file->entry_operation = MemoryContextStrdup(GetMemoryChunkContext(file),
												operation);
}

static void
check_detail(OperationFile *file)
{
	const char *operation = value_of(file, "operation");
	int			column = find_column("operation");

	if (!file->seen_entry)
		refuse_record(file, "a name or address before any entry",
					  "Put it after the entry record it belongs to.");
	if (operation && !is_code(operation, "add drop"))
		refuse_value(file, column, ERRCODE_INVALID_PARAMETER_VALUE,
					 "names and addresses are added or dropped",
					 "Use add or drop; empty means add.");
	if (strcmp(file->entry_operation, "remove") == 0)
		refuse_record(file, "a name or address of an entry that is removed",
					  "Leave it out; a removal ends all of the entry.");
	if (operation && strcmp(operation, "drop") == 0 &&
		strcmp(file->entry_operation, "add") == 0)
		refuse_value(file, column, ERRCODE_INVALID_PARAMETER_VALUE,
					 "an entry that is added has nothing to drop",
					 "Leave the record out, or make the entry a revise.");
}

static void
check_record(OperationFile *file)
{
	identify_record(file);
	if (!file->seen_tranche && file->record != REC_TRANCHE)
		refuse_record(file, "the first record is not the tranche record",
					  "Begin with the tranche record.");
	check_columns(file);
	switch (file->record)
	{
		case REC_TRANCHE:
			check_tranche(file);
			break;
		case REC_ENTRY:
			check_entry(file);
			break;
		default:
			check_detail(file);
	}
}

/* A file cut off after its first lines must not pass for a small rule. */
static void
check_complete(OperationFile *file)
{
	if (!file->seen_tranche)
		refuse_record(file, "there is no tranche record",
					  "Begin with the tranche record.");
	if (!file->seen_entry && !file->empty_allowed)
		refuse_record(file, "there is no entry record",
					  "Complete the file; a rule that touches no entry says declared_entries 0.");
}

/* ------------------------------------------------------------------------
 * SQL functions
 * ------------------------------------------------------------------------
 */

/*
 * Make the result row of the current record.  Columns are found by name, so
 * that the order in the SQL declaration does not matter.
 */
static void
put_record(OperationFile *file, ReturnSetInfo *rsinfo, AttInMetadata *attinmeta)
{
	TupleDesc	desc = attinmeta->tupdesc;
	char	  **row = palloc0(desc->natts * sizeof(char *));
	bool		detail = (file->record & (REC_NAME | REC_ADDRESS)) != 0;

	for (int i = 0; i < desc->natts; i++)
	{
		const char *name = NameStr(TupleDescAttr(desc, i)->attname);
		int			column = find_column(name);

		if (column >= 0)
			row[i] = file->value[column];
		else if (strcmp(name, "line_no") == 0)
			row[i] = psprintf(INT64_FORMAT, file->line);
		else if (strcmp(name, "entry_line_no") == 0)
			row[i] = detail ? psprintf(INT64_FORMAT, file->entry_line) : NULL;
		else
			elog(ERROR, "result column \"%s\" is not in the format", name);
	}
	tuplestore_puttuple(rsinfo->setResult,
						BuildTupleFromCStrings(attinmeta, row));
}

/*
 * Read all records, one memory context reset each.
 */
static void
read_records(OperationFile *file, ReturnSetInfo *rsinfo)
{
	AttInMetadata *attinmeta = TupleDescGetAttInMetadata(rsinfo->setDesc);
	MemoryContext per_record = AllocSetContextCreate(CurrentMemoryContext,
													 "operation file record",
													 ALLOCSET_DEFAULT_SIZES);
	MemoryContext outer = MemoryContextSwitchTo(per_record);
	char	  **fields;
	int			nfields;

	while (read_record(file, &fields, &nfields))
	{
		take_fields(file, fields, nfields);
		check_record(file);
		put_record(file, rsinfo, attinmeta);
		MemoryContextReset(per_record);
	}
	check_complete(file);
	MemoryContextSwitchTo(outer);
	MemoryContextDelete(per_record);
}

static Oid
get_list_relation(const char *name)
{
	Oid			result = get_relname_relid(name,
										   get_namespace_oid("entity_screen",
															 false));

	if (!OidIsValid(result))
		elog(ERROR, "table entity_screen.%s does not exist", name);
	return result;
}

/*
 * parse_operation_file(content bytea) - read and check an operation file
 *
 * content	the whole file, at most 1 GB
 *
 * Result: one row a record, in file order, with the line on which it begins.
 *
 * Errors, all with line and column: 22P04 for the shape of the file, 22021
 * for bytes that are not UTF-8, 22007 and 22008 for dates, 22004 for missing
 * values, 22023 for other values, 54000 for a field over 64 kB.
 */
Datum
parse_operation_file(PG_FUNCTION_ARGS)
{
	OperationFile *file = palloc0(sizeof(OperationFile));
	ErrorContextCallback position;
	Relation	rel;

	InitMaterializedSRF(fcinfo, 0);
	rel = table_open(get_list_relation("tranche_operation"), AccessShareLock);
	begin_reading(file, rel, PG_GETARG_BYTEA_PP(0));

	position.callback = describe_position;
	position.arg = file;
	position.previous = error_context_stack;
	error_context_stack = &position;
	file->line = 1;
	read_header(file);
	read_records(file, (ReturnSetInfo *) fcinfo->resultinfo);
	error_context_stack = position.previous;

	EndCopyFrom(file->cstate);
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}

/*
 * report_load_progress(done bigint, is_end boolean) - let other sessions see
 *
 * The reading of a file shows in pg_stat_progress_copy by itself, since COPY
 * does it.  This goes on there: relid is entity_screen.tranche_operation,
 * tuples_processed the operations applied so far.
 */
Datum
report_load_progress(PG_FUNCTION_ARGS)
{
	int64		done = PG_GETARG_INT64(0);
	bool		is_end = PG_GETARG_BOOL(1);

	if (done == 1)
		pgstat_progress_start_command(PROGRESS_COMMAND_COPY,
									  get_list_relation("tranche_operation"));
	if (is_end)
		pgstat_progress_end_command();
	else
		pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, done);
	PG_RETURN_VOID();
}
