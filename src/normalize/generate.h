/*-------------------------------------------------------------------------
 *
 * generate.h
 *	  What generate_fold.c and generate_words.c share: reading a table and
 *	  printing strings.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GENERATE_H
#define GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MAX_LINE 65536
#define MAX_FIELDS 4

typedef struct Table
{
	const char *name;
	FILE	   *file;
	int			line_number;
	char		line[MAX_LINE];
	char	   *fields[MAX_FIELDS];
	int			nfields;
} Table;

/* Strings, by offset; 0 is the empty string */
typedef struct Pool
{
	char	   *bytes;
	size_t		size;
	size_t		room;
} Pool;

extern void fail(const Table *table, const char *format,...);
extern void open_table(Table *table, const char *directory, const char *name);
extern bool next_row(Table *table, int least_fields);
extern void *allocate(void *old, size_t size);
extern uint32_t add_string(Pool *pool, const char *string);
extern uint32_t share_string(Pool *pool, const char *string);
extern void print_pool(const char *name, const Pool *pool);
extern const char *only_argument(int argc, char **argv);

#endif							/* GENERATE_H */
