/*-------------------------------------------------------------------------
 *
 * generate.c
 *	  Reads the tables that the two generators compile to C arrays; runs at
 *	  build time.
 *
 * A table with a broken line is refused.
 *
 *-------------------------------------------------------------------------
 */
#include "generate.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* fail - a line of a table is refused: say where and why, and end. */
void
fail(const Table *table, const char *format,...)
{
	va_list		args;

	fprintf(stderr, "%s:%d: ", table->name, table->line_number);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* open_table - a file of tables/, or end. */
void
open_table(Table *table, const char *directory, const char *name)
{
	char		path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	table->name = name;
	table->line_number = 0;
	table->file = fopen(path, "r");
	if (table->file == NULL)
	{
		perror(path);
		exit(1);
	}
}

/* next_row - the fields of the next line that is not a comment. */
bool
next_row(Table *table, int least_fields)
{
	char	   *rest;

	do
	{
		if (fgets(table->line, MAX_LINE, table->file) == NULL)
		{
			fclose(table->file);
			return false;
		}
		table->line_number++;
		table->line[strcspn(table->line, "\n")] = '\0';
	} while (table->line[0] == '#' || table->line[0] == '\0');
	rest = table->line;
	for (table->nfields = 0; rest && table->nfields < MAX_FIELDS;)
	{
		table->fields[table->nfields++] = rest;
		rest = strchr(rest, '\t');
		if (rest)
			*rest++ = '\0';
	}
	if (table->nfields < least_fields)
		fail(table, "expected %d fields separated by a tab", least_fields);
	return true;
}

/* allocate - realloc(), or end. */
void *
allocate(void *old, size_t size)
{
	void	   *memory = realloc(old, size);

	if (memory == NULL)
	{
		perror("generate");
		exit(1);
	}
	return memory;
}

/* add_string - put a string into a pool; returns its offset. */
uint32_t
add_string(Pool *pool, const char *string)
{
	size_t		length = strlen(string) + 1;
	size_t		at = pool->size;

	if (pool->size + length > pool->room)
	{
		pool->room = (pool->room + length) * 2;
		pool->bytes = allocate(pool->bytes, pool->room);
	}
	memcpy(pool->bytes + at, string, length);
	pool->size += length;
	return (uint32_t) at;
}

/* share_string - the same for short pools, each string once. */
uint32_t
share_string(Pool *pool, const char *string)
{
	for (size_t at = 0; at < pool->size; at += strlen(pool->bytes + at) + 1)
		if (strcmp(pool->bytes + at, string) == 0)
			return (uint32_t) at;
	return add_string(pool, string);
}

/* print_pool - a pool as a C array of this name */
void
print_pool(const char *name, const Pool *pool)
{
	printf("const char %s[] = {", name);
	for (size_t i = 0; i < pool->size; i++)
		printf("%s%d,", i % 24 ? "" : "\n\t", pool->bytes[i]);
	printf("\n};\n");
}

/* only_argument - the folder of the tables, or end with how to call us. */
const char *
only_argument(int argc, char **argv)
{
	if (argc != 2)
	{
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		exit(1);
	}
	return argv[1];
}
