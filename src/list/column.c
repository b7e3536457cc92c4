/*-------------------------------------------------------------------------
 *
 * column.c
 *	  The columns of an operation file, and the fields that fill them.
 *
 * The table says which columns there are, which record may use them, which
 * must, and what their values look like.  The header line puts them in order;
 * from then on the fields of a record are known by column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "list.h"

/* The most bytes one field may hold: a list's longest text is below 2 kB. */
#define MAX_FIELD_BYTES		65536

const ColumnRule column_rules[] = {
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

StaticAssertDecl(lengthof(column_rules) == N_COLUMNS,
				 "N_COLUMNS is not the number of columns");

/* ------------------------------------------------------------------------
 * the header line
 * ------------------------------------------------------------------------
 */

/* Place of a column among the rules, in any case of letters; -1: none */
int
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

/*
 * Read the first line: which field is which column.
 *
 * Errors: 22P04 for a file without it, a column that there is not, one that is
 * named twice, or a missing column record.
 */
void
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
 * the fields of a record
 * ------------------------------------------------------------------------
 */

/* The value of a column in the current record, NULL when empty */
const char *
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
void
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
