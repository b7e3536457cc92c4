/*-------------------------------------------------------------------------
 *
 * generate.c
 *	  Compiles the readable tables to C arrays; runs at build time.
 *
 *	  generate fold DIRECTORY >fold_data.c
 *	  generate words DIRECTORY >word_data.c
 *
 * The second form is linked with the folding that the first one made, so
 * that a word table may say "общество" and is folded by the very code that
 * will fold the names.  A table with a broken or doubled line is refused.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"
#include "tables.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 65536
#define MAX_FIELDS 4

/* ---------- reading ---------- */

typedef struct Table
{
	const char *name;
	FILE	   *file;
	int			line_number;
	char		line[MAX_LINE];
	char	   *fields[MAX_FIELDS];
	int			nfields;
} Table;

static void
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

static void
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
static bool
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

static void *
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

/* ---------- a pool of strings; offset 0 is the empty string ---------- */

typedef struct Pool
{
	char	   *bytes;
	size_t		size;
	size_t		room;
} Pool;

static uint32_t
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
static uint32_t
share_string(Pool *pool, const char *string)
{
	for (size_t at = 0; at < pool->size; at += strlen(pool->bytes + at) + 1)
		if (strcmp(pool->bytes + at, string) == 0)
			return (uint32_t) at;
	return add_string(pool, string);
}

static void
print_pool(const char *name, const Pool *pool)
{
	printf("const char %s[] = {", name);
	for (size_t i = 0; i < pool->size; i++)
		printf("%s%d,", i % 24 ? "" : "\n\t", pool->bytes[i]);
	printf("\n};\n");
}

/* ---------- fold_data.c ---------- */

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

static void
generate_fold(const char *directory)
{
	add_string(&reading_pool, "");
	read_fold(directory);
	read_han(directory);
	printf("/* Compiled from tables/: do not edit. */\n#include \"tables.h\"\n");
	print_pages();
	print_pool("fold_readings", &reading_pool);
	print_variants(directory);
	print_kana(directory);
}

/* ---------- word_data.c ---------- */

#ifdef GENERATE_WORDS

typedef struct Slot
{
	uint32_t	key;
	uint32_t	value;			/* canonical, or weight */
	uint8_t		tag;
	uint8_t		longest;
} Slot;

typedef struct HashTable
{
	Slot	   *slots;
	uint32_t	size;			/* power of two */
	uint32_t	used;
} HashTable;

static Pool word_pool;

static Slot *
find_slot(const HashTable *hash, const char *key)
{
	uint32_t	slot = hash_key(key, (int) strlen(key)) & (hash->size - 1);

	while (hash->slots[slot].key != 0 &&
		   strcmp(word_pool.bytes + hash->slots[slot].key, key) != 0)
		slot = (slot + 1) & (hash->size - 1);
	return &hash->slots[slot];
}

static HashTable
new_hash(uint32_t size)
{
	HashTable	hash = {allocate(NULL, size * sizeof(Slot)), size, 0};

	memset(hash.slots, 0, size * sizeof(Slot));
	return hash;
}

static Slot *
add_slot(HashTable *hash, const char *key)
{
	Slot	   *slot;

	if (hash->used * 2 >= hash->size)
	{
		HashTable	larger = new_hash(hash->size * 2);

		larger.used = hash->used;
		for (uint32_t i = 0; i < hash->size; i++)
			if (hash->slots[i].key != 0)
				*find_slot(&larger, word_pool.bytes + hash->slots[i].key) =
					hash->slots[i];
		free(hash->slots);
		*hash = larger;
	}
	slot = find_slot(hash, key);
	if (slot->key == 0)
	{
		slot->key = add_string(&word_pool, key);
		slot->tag = TAG_NONE;
		hash->used++;
	}
	return slot;
}

/*
 * write_key - fold a spelling of a table; returns its number of units, and
 * in first the key of its first unit.
 */
static int
write_key(const Table *table, const char *spelling, char *key, char *first)
{
	static Points points;
	static Words words;
	char	   *end = key;

	decode_text(spelling, strlen(spelling), &points);
	if (points.count == 0 || points.flags & NAME_LOST)
		fail(table, "nothing to look up in \"%s\"", spelling);
	if (is_unspaced(points.points[0]) &&
		is_unspaced(points.points[points.count - 1]))
	{
		for (int i = 0; i < points.count; i++)
			end += encode_point(fold_variant(points.points[i]), end);
		*end = '\0';
		first[encode_point(fold_variant(points.points[0]), first)] = '\0';
		return points.count;
	}
	if (points.needs_compose)
		compose_points(&points);
	split_points(&points, &words);
	for (int i = 0; i < words.count; i++)
		end += sprintf(end, "%s%.*s", i ? " " : "", words.words[i].length,
					   words.words[i].letters);
	*end = '\0';
	if (words.count == 0)
		fail(table, "nothing to look up in \"%s\"", spelling);
	sprintf(first, "%.*s", words.words[0].length, words.words[0].letters);
	return words.count;
}

static void
read_words(HashTable *hash, const char *directory, const char *name,
		   TokenTag tag)
{
	static char key[8192];
	static char first[256];
	Table		table;

	open_table(&table, directory, name);
	while (next_row(&table, 2))
	{
		int			units = write_key(&table, table.fields[0], key, first);
		bool		itself = strcmp(table.fields[1], "=") == 0;
		const char *phrase = itself ? key : table.fields[1];
		uint32_t	canonical = add_string(&word_pool, phrase);
		Slot	   *slot = add_slot(hash, key);

		if (slot->tag != TAG_NONE &&
			(slot->tag != tag ||
			 strcmp(word_pool.bytes + slot->value, phrase) != 0))
			fail(&table, "\"%s\" folds to \"%s\", which is listed already"
				 " as \"%s\"", table.fields[0], key,
				 word_pool.bytes + slot->value);
		slot->value = canonical;
		slot->tag = (uint8_t) tag;
		slot = add_slot(hash, first);
		if (slot->longest < units)
			slot->longest = (uint8_t) units;
	}
}

/* add_weight - of several words that are spelled alike the least counts */
static void
add_weight(HashTable *hash, const char *token, uint32_t weight)
{
	Slot	   *slot = add_slot(hash, token);

	if (slot->value == 0 || slot->value > weight)
		slot->value = weight;
}

static void
read_token_weights(HashTable *hash, const char *directory)
{
	char		respelled[256];
	Table		table;

	open_table(&table, directory, "token_weight.txt");
	while (next_row(&table, 2))
	{
		int			weight = atoi(table.fields[0]);
		char	   *token = strtok(table.fields[1], " ");

		if (weight < 1 || weight > 16)
			fail(&table, "a weight is 1 to 16");
		for (; token != NULL; token = strtok(NULL, " "))
		{
			add_weight(hash, token, (uint32_t) weight);
			respelled[respell_word(token, (int) strlen(token), respelled)] = '\0';
			add_weight(hash, respelled, (uint32_t) weight);
		}
	}
}

static int
gram_digit(const Table *table, char c)
{
	if (c == '_')
		return 0;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 1;
	if (c >= '0' && c <= '9')
		return c - '0' + 27;
	fail(table, "'%c' cannot be in a gram", c);
	return 0;
}

/*
 * print_gram_rarities - 15, the rarest, unless gram_rarity.txt says less.
 *
 * Room for every number of two bytes, though grams are fewer, so that no
 * stored gram, however damaged, is looked up outside.
 */
static void
print_gram_rarities(const char *directory)
{
	static uint8_t packed[(UINT16_MAX + 1) / 2];
	Table		table;

	memset(packed, 0xFF, sizeof(packed));
	open_table(&table, directory, "gram_rarity.txt");
	while (next_row(&table, 2))
	{
		int			rarity = atoi(table.fields[0]);
		char	   *gram = strtok(table.fields[1], " ");

		if (rarity < 0 || rarity > 14)
			fail(&table, "a listed rarity is 0 to 14");
		for (; gram != NULL; gram = strtok(NULL, " "))
		{
			int			id = (gram_digit(&table, gram[0]) * 37 +
							  gram_digit(&table, gram[1])) * 37 +
				gram_digit(&table, gram[2]);

			packed[id >> 1] &= ~(15 << ((id & 1) * 4));
			packed[id >> 1] |= rarity << ((id & 1) * 4);
		}
	}
	printf("const uint8_t gram_rarities[] = {");
	for (size_t i = 0; i < sizeof(packed); i++)
		printf("%s%d,", i % 24 ? "" : "\n\t", packed[i]);
	printf("\n};\n");
}

typedef struct Slip
{
	uint32_t	hash;
	uint16_t	row;
} Slip;

static int
compare_slips(const void *a, const void *b)
{
	const Slip *x = a;
	const Slip *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (int) x->row - (int) y->row;
}

/* is_common_word - a common word in the spelling that the tables prefer? */
static bool
is_common_word(const Slot *slot, const HashTable *weights)
{
	const char *key = word_pool.bytes + slot->key;
	const Slot *weight = find_slot(weights, key);

	return strcmp(word_pool.bytes + slot->value, key) == 0 &&
		weight->key != 0 && weight->value <= COMMON_WEIGHT;
}

/*
 * may_be_misspelled - a single word that says little about a name, and is long
 * or common?
 */
static bool
may_be_misspelled(const Slot *slot, const HashTable *weights)
{
	const char *key = word_pool.bytes + slot->key;
	size_t		length = strlen(key);

	return slot->key != 0 &&
		(slot->tag == TAG_GENERIC || slot->tag == TAG_LEGAL) &&
		length >= MIN_COMMON && length < MAX_LETTERS &&
		key[strspn(key, "abcdefghijklmnopqrstuvwxyz")] == '\0' &&
		(length >= MIN_MISSPELLED || is_common_word(slot, weights));
}

/*
 * collect_slips - by which forms the words are found; returns how many
 *
 * No word is a legal form by its sound: what such a name is would be lost.
 */
static int
collect_slips(const HashTable *hash, const HashTable *weights, Slip *slips)
{
	int			count = 0;

	for (uint32_t i = 0; i < hash->size; i++)
	{
		const char *key = word_pool.bytes + hash->slots[i].key;
		int			length = (int) strlen(key);
		uint32_t	sound;
		char		form[MAX_LETTERS];

		if (!may_be_misspelled(&hash->slots[i], weights))
			continue;
		for (int j = 0; j < length; j++)
			slips[count++] = (Slip) {hash_key(form, drop_letter(key, length,
																j, form)),
				(uint16_t) i};
		sound = sound_word(key, length);
		if (hash->slots[i].tag != TAG_LEGAL &&
			count_sounds(sound) >= MIN_SLIP_SOUNDS)
			slips[count++] = (Slip) {hash_sound(sound), (uint16_t) i};
	}
	qsort(slips, count, sizeof(Slip), compare_slips);
	return count;
}

static void
print_slips(const HashTable *hash, const HashTable *weights)
{
	Slip	   *slips = allocate(NULL, sizeof(Slip) * (MAX_LETTERS + 1) *
								 hash->size);
	int			count = collect_slips(hash, weights, slips);

	printf("const int slip_count = %d;\n", count);
	printf("const uint32_t slip_hashes[] = {\n");
	for (int i = 0; i < count; i++)
		printf("\t0x%X,\n", slips[i].hash);
	printf("};\nconst uint16_t slip_rows[] = {\n");
	for (int i = 0; i < count; i++)
		printf("\t%d,\n", slips[i].row);
	printf("};\n");
	free(slips);
}

static void
print_words(const HashTable *hash)
{
	printf("const uint32_t word_row_mask = %u;\n", hash->size - 1);
	printf("const WordRow word_rows[] = {\n");
	for (uint32_t i = 0; i < hash->size; i++)
		printf("\t{%u, %u, %d, %d},\n", hash->slots[i].key,
			   hash->slots[i].value, hash->slots[i].tag,
			   hash->slots[i].longest);
	printf("};\n");
}

static void
print_weights(const HashTable *hash)
{
	printf("const uint32_t weight_row_mask = %u;\n", hash->size - 1);
	printf("const WeightRow weight_rows[] = {\n");
	for (uint32_t i = 0; i < hash->size; i++)
		printf("\t{%u, %u},\n", hash->slots[i].key, hash->slots[i].value);
	printf("};\n");
}

static void
generate_words(const char *directory)
{
	HashTable	words = new_hash(1024);
	HashTable	weights = new_hash(1024);

	add_string(&word_pool, "");
	read_words(&words, directory, "legal_form.txt", TAG_LEGAL);
	read_words(&words, directory, "legal_form_elf.txt", TAG_LEGAL);
	read_words(&words, directory, "business_word.txt", TAG_GENERIC);
	read_words(&words, directory, "place.txt", TAG_PLACE);
	read_words(&words, directory, "number_word.txt", TAG_NUMBER);
	read_words(&words, directory, "stop_word.txt", TAG_STOP);
	read_words(&words, directory, "name_word.txt", TAG_CORE);
	read_token_weights(&weights, directory);
	printf("/* Compiled from tables/: do not edit. */\n#include \"normalize.h\"\n#include \"tables.h\"\n");
	if (words.size > UINT16_MAX)
	{
		fprintf(stderr, "too many words for 16-bit row numbers\n");
		exit(1);
	}
	print_words(&words);
	print_slips(&words, &weights);
	print_weights(&weights);
	print_gram_rarities(directory);
	print_pool("word_strings", &word_pool);
}

/* While words are being compiled there are none to find. */
bool
find_word(const char *key, int length, WordEntry *entry)
{
	(void) key;
	(void) length;
	(void) entry;
	return false;
}

#endif							/* GENERATE_WORDS */

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "fold") == 0)
		generate_fold(argv[2]);
#ifdef GENERATE_WORDS
	else if (argc == 3 && strcmp(argv[1], "words") == 0)
		generate_words(argv[2]);
#endif
	else
	{
		fprintf(stderr, "usage: generate fold|words DIRECTORY\n");
		return 1;
	}
	return 0;
}
