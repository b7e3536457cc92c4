/*-------------------------------------------------------------------------
 *
 * value.c
 *	  Single values of an operation file: what they may look like.
 *
 * A value is checked as text and stays text; SQL converts it.  A refusal names
 * the line on which the record begins, the column, the value, the reason and
 * what to do next.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/datetime.h"

#include "list.h"

/* Years outside are typing errors such as 0097-06-30, never law. */
#define MIN_YEAR			1900
#define MAX_YEAR			2999

/*
 * A value as it may appear in a message: on one line and not too long.
 */
char *
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
void
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

/* True if the word is one of the blank-separated words */
bool
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

/*
 * Check a value that is there by the rule of its column.
 *
 * Errors, with line and column: 22007 and 22008 for dates, 22023 for others.
 */
void
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
