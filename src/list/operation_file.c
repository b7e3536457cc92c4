/*-------------------------------------------------------------------------
 *
 * operation_file.c
 *	  Reader of the project's own tranche format, the operation file.
 *
 * An operation file is CSV (docs/operation_file.md): one header line, then
 * one "tranche" record, then "entry" records, each followed by its "name"
 * and "address" records.  copy_reader.c splits the bytes into fields, column.c
 * puts these in columns, value.c checks each value.  This file has what the
 * records mean together: their order, what one asks of another, and the rows
 * they make.
 *
 * A file is accepted whole or refused whole.  Every refusal names the line
 * on which the record begins, the column, the reason and what to do next.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "commands/copy.h"
#include "commands/progress.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/backend_progress.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "list.h"

PG_FUNCTION_INFO_V1(parse_operation_file);
PG_FUNCTION_INFO_V1(report_load_progress);

/* ------------------------------------------------------------------------
 * records
 * ------------------------------------------------------------------------
 */

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
put_record(OperationFile *file, ReturnSetInfo *rsinfo,
		   AttInMetadata *attinmeta)
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
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("an operation file has no column \"%s\"", name),
					 errdetail("The function that reads it is declared with a column that the library does not know."),
					 errhint("Run ALTER EXTENSION entity_screen UPDATE, or install the library of the extension's version.")));
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

/*
 * parse_operation_file(content bytea) - read and check an operation file
 *
 * content	the whole file, at most 1 GB
 *
 * Result: one row a record, in file order, with the line on which it begins.
 *
 * Errors, all with line and column: 22P04 for the shape of the file, 22021
 * for bytes that are not UTF-8, 22007 and 22008 for dates, 22004 for missing
 * values, 22023 for other values, 54000 for a field over 64 kB.  42804 and
 * 42P01 where library and extension are of different versions.
 */
Datum
parse_operation_file(PG_FUNCTION_ARGS)
{
	OperationFile *file = palloc0(sizeof(OperationFile));
	ErrorContextCallback position;
	Relation	rel;

	InitMaterializedSRF(fcinfo, 0);
	rel = table_open(get_own_table("tranche_operation"), AccessShareLock);
	begin_reading(file, rel, PG_GETARG_BYTEA_PP(0), ',', PG_UTF8);

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
									  get_own_table("tranche_operation"));
	if (is_end)
		pgstat_progress_end_command();
	else
		pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, done);
	PG_RETURN_VOID();
}
