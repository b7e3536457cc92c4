/*-------------------------------------------------------------------------
 *
 * flat_file.c
 *	  A CSV file of whatever columns to rows of fields.
 *
 * What a column means is data, a row of entity_screen.list_format, and is
 * applied in SQL.  This is only COPY's parser as a set-returning function.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "list.h"

PG_FUNCTION_INFO_V1(split_csv);

/* Bytes of one field: the longest text of a list is below 4 kB. */
#define MAX_FLAT_FIELD_BYTES	1048576

static Datum
make_fields(OperationFile *file, char **fields, int nfields)
{
	Datum	   *values = palloc(nfields * sizeof(Datum));
	bool	   *nulls = palloc(nfields * sizeof(bool));
	int			lower = 1;

	for (int i = 0; i < nfields; i++)
	{
		nulls[i] = fields[i] == NULL || fields[i][0] == '\0';
		if (nulls[i])
			continue;
		if (strlen(fields[i]) > MAX_FLAT_FIELD_BYTES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("line " INT64_FORMAT ", column %d: the field is too long",
							file->line, i + 1),
					 errdetail("It holds %zu bytes; %d are allowed.",
							   strlen(fields[i]), MAX_FLAT_FIELD_BYTES),
					 errhint("Look for a double quote that is not closed. Nothing was loaded.")));
		values[i] = CStringGetTextDatum(fields[i]);
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, &nfields,
											  &lower, TEXTOID, -1, false,
											  TYPALIGN_INT));
}

static void
read_rows(OperationFile *file, ReturnSetInfo *rsinfo, int64 max_rows)
{
	MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext,
												  "flat file row",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext outer = MemoryContextSwitchTo(per_row);
	char	  **fields;
	int			nfields;

	for (int64 n = 0; n < max_rows && read_record(file, &fields, &nfields);
		 n++)
	{
		Datum		row[2] = {Int64GetDatum(file->line),
		make_fields(file, fields, nfields)};
		bool		nulls[2] = {false, false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
		MemoryContextReset(per_row);
	}
	MemoryContextSwitchTo(outer);
	MemoryContextDelete(per_row);
}

/*
 * split_csv(content bytea, delimiter text, encoding text, max_rows bigint)
 *
 * content		the whole file, at most 1 GB
 * delimiter	one byte, not a quote or a line end
 * encoding		of the file; a UTF-8 byte order mark overrules it
 * max_rows		rows to read at most
 *
 * Result: for each row the line on which it begins and its fields, null when
 * empty.  Empty lines are skipped.
 *
 * Errors: 22023 for a delimiter or encoding that is none, 22021 for bytes the
 * encoding does not have, 22P04 for the shape of the file, 54000 for a field
 * above 1 MB.
 */
Datum
split_csv(PG_FUNCTION_ARGS)
{
	OperationFile *file = palloc0(sizeof(OperationFile));
	char	   *delimiter = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int			encoding = pg_char_to_encoding(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	ErrorContextCallback position;
	Relation	rel;

	if (strlen(delimiter) != 1 || strchr("\"\r\n", delimiter[0]) != NULL ||
		encoding < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("delimiter or encoding of the format is not usable"),
				 errdetail("A delimiter is one byte, an encoding one that PostgreSQL knows."),
				 errhint("Correct the row of entity_screen.list_format.")));
	InitMaterializedSRF(fcinfo, 0);
	rel = table_open(get_own_table("tranche_operation"), AccessShareLock);
	file->line = 1;
	begin_reading(file, rel, PG_GETARG_BYTEA_PP(0), delimiter[0], encoding);

	position.callback = describe_position;
	position.arg = file;
	position.previous = error_context_stack;
	error_context_stack = &position;
	read_rows(file, (ReturnSetInfo *) fcinfo->resultinfo,
			  PG_GETARG_INT64(3));
	error_context_stack = position.previous;

	EndCopyFrom(file->cstate);
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}
