/*-------------------------------------------------------------------------
 *
 * list.h
 *	  What the list side's C files share: loading of tranches.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENTITY_SCREEN_LIST_H
#define ENTITY_SCREEN_LIST_H

#include "commands/copy.h"
#include "fmgr.h"
#include "utils/relcache.h"

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

/* How many column_rules has; column.c does not compile with another number */
#define N_COLUMNS			44

#define ENTRY_OPERATIONS	"add revise remove correct move"

/* One reading of one file */
typedef struct OperationFile
{
	CopyFromState cstate;
	const char *bytes;			/* the file without byte order mark */
	size_t		length;
	char		delimiter;
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

/* copy_reader.c */
extern void begin_reading(OperationFile *file, Relation rel, bytea *content,
						  char delimiter, int encoding);
extern bool read_record(OperationFile *file, char ***fields, int *nfields);
extern void describe_position(void *arg);

/* column.c */
extern const ColumnRule column_rules[];

extern int	find_column(const char *name);
extern void read_header(OperationFile *file);
extern void take_fields(OperationFile *file, char **fields, int nfields);
extern const char *value_of(OperationFile *file, const char *name);

/* value.c */
extern char *clip_value(const char *value);
extern void refuse_value(OperationFile *file, int column, int sqlstate,
						 const char *reason, const char *hint);
extern bool is_code(const char *word, const char *codes);
extern void check_value(OperationFile *file, int column);

/* own_table.c */
extern Oid	get_own_table(const char *name);

/* operation_file.c */
extern PGDLLEXPORT Datum parse_operation_file(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum report_load_progress(PG_FUNCTION_ARGS);

/* flat_file.c */
extern PGDLLEXPORT Datum split_csv(PG_FUNCTION_ARGS);

#endif							/* ENTITY_SCREEN_LIST_H */
