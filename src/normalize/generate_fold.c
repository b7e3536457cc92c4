/*-------------------------------------------------------------------------
 *
 * generate_fold.c
 *	  Compiles the tables of characters; runs at build time.
 *
 *	  generate_fold DIRECTORY >fold_data.c
 *
 * A character that is listed twice is refused.
 *
 *-------------------------------------------------------------------------
 */
#include "generate.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>

static uint16_t readings[FOLD_LIMIT];
static Pool reading_pool;

static uint32_t
read_point(const Table *table, const char **text)
{
	const unsigned char *s = (const unsigned char *) *text;
	int			length = s[0] < 0x80 ? 1 : s[0] < 0xE0 ? 2 :
		s[0] < 0xF0 ? 3 : 4;
	uint32_t	point = s[0];

	if (s[0] >= 0x80)
	{
		point = s[0] & (0xFF >> (length + 1));
		for (int i = 1; i < length; i++)
			point = (point << 6) | (s[i] & 0x3F);
	}
	if (s[0] == 0)
		fail(table, "a character is missing");
	*text += length;
	return point;
}

static void
set_reading(const Table *table, uint32_t point, const char *reading)
{
	uint32_t	offset = share_string(&reading_pool, reading);

	if (point < 0x80 || point >= FOLD_LIMIT)
		fail(table, "U+%04X cannot be listed here", point);
	if (readings[point] != 0)
		fail(table, "U+%04X is listed twice", point);
	if (offset > UINT16_MAX)
		fail(table, "too many different readings");
	readings[point] = (uint16_t) offset;
}

static void
check_reading(const Table *table, const char *reading)
{
	size_t		letters = strspn(reading,
								 "abcdefghijklmnopqrstuvwxyz0123456789");

	if (reading[0] == '\0' || strlen(reading) > 15)
		fail(table, "a reading has 1 to 15 letters");
	if (reading[letters] != '\0' &&
		!(strlen(reading) == 1 && strchr("_~'.?", reading[0])))
		fail(table, "\"%s\" is not a reading", reading);
}

static void
read_fold(const char *directory)
{
	Table		table;

	open_table(&table, directory, "fold.txt");
	while (next_row(&table, 2))
	{
		const char *key = table.fields[0];
		unsigned	first;
		unsigned	last;
		int			found = sscanf(key, "U+%X..U+%X", &first, &last);

		check_reading(&table, table.fields[1]);
		if (found == 1)
			last = first;
		if (found < 1)
		{
			first = last = read_point(&table, &key);
			if (*key != '\0')
				fail(&table, "\"%s\" is more than one character",
					 table.fields[0]);
		}
		for (unsigned point = first; point <= last; point++)
			set_reading(&table, point, table.fields[1]);
	}
}

static void
read_han(const char *directory)
{
	Table		table;

	open_table(&table, directory, "han.txt");
	while (next_row(&table, 2))
	{
		const char *rest = table.fields[1];

		check_reading(&table, table.fields[0]);
		while (*rest)
			set_reading(&table, read_point(&table, &rest), table.fields[0]);
	}
}

static int
compare_pairs(const void *a, const void *b)
{
	uint32_t	x = ((const VariantPair *) a)->variant;
	uint32_t	y = ((const VariantPair *) b)->variant;

	return x < y ? -1 : x > y;
}

static void
print_variants(const char *directory)
{
	static VariantPair pairs[20000];
	Table		table;
	int			count = 0;

	open_table(&table, directory, "han_variant.txt");
	while (next_row(&table, 2) && count < 20000)
	{
		const char *left = table.fields[0];
		const char *right = table.fields[1];

		pairs[count].variant = read_point(&table, &left);
		pairs[count++].simplified = read_point(&table, &right);
		if (*left || *right)
			fail(&table, "expected one character and one character");
	}
	qsort(pairs, count, sizeof(pairs[0]), compare_pairs);
	printf("const int variant_pair_count = %d;\n", count);
	printf("const VariantPair variant_pairs[] = {\n");
	for (int i = 0; i < count; i++)
		printf("\t{0x%X, 0x%X},\n", pairs[i].variant, pairs[i].simplified);
	printf("};\n");
}

static void
print_kana(const char *directory)
{
	Table		table;
	int			count = 0;

	open_table(&table, directory, "kana.txt");
	printf("const KanaPair kana_pairs[] = {\n");
	while (next_row(&table, 2))
	{
		const char *key = table.fields[0];
		uint32_t	first = read_point(&table, &key);
		uint32_t	second = read_point(&table, &key);

		check_reading(&table, table.fields[1]);
		if (*key != '\0' || strlen(table.fields[1]) > 7)
			fail(&table, "expected two kana and at most 7 letters");
		printf("\t{0x%X, 0x%X, \"%s\"},\n", first, second, table.fields[1]);
		count++;
	}
	printf("};\nconst int kana_pair_count = %d;\n", count);
}

static bool
is_page_used(int page)
{
	for (int i = 0; i < FOLD_PAGE_SIZE; i++)
		if (readings[(page << FOLD_PAGE_BITS) + i] != 0)
			return true;
	return false;
}

static void
print_pages(void)
{
	static uint16_t index[FOLD_LIMIT >> FOLD_PAGE_BITS];
	int			npages = 1;		/* page 0 is the empty one */

	printf("const uint16_t fold_pages[][FOLD_PAGE_SIZE] = {\n\t{0},\n");
	for (int page = 0; page < FOLD_LIMIT >> FOLD_PAGE_BITS; page++)
	{
		if (!is_page_used(page))
			continue;
		index[page] = (uint16_t) npages++;
		printf("\t{");
		for (int i = 0; i < FOLD_PAGE_SIZE; i++)
			printf("%d,", readings[(page << FOLD_PAGE_BITS) + i]);
		printf("},\n");
	}
	printf("};\nconst uint16_t fold_index[] = {");
	for (int page = 0; page < FOLD_LIMIT >> FOLD_PAGE_BITS; page++)
		printf("%s%d,", page % 16 ? "" : "\n\t", index[page]);
	printf("\n};\n");
}

int
main(int argc, char **argv)
{
	const char *directory = only_argument(argc, argv);

	add_string(&reading_pool, "");
	read_fold(directory);
	read_han(directory);
	printf("/* Compiled from tables/: do not edit. */\n#include \"tables.h\"\n");
	print_pages();
	print_pool("fold_readings", &reading_pool);
	print_variants(directory);
	print_kana(directory);
	return 0;
}
