/*-------------------------------------------------------------------------
 *
 * generate_words.c
 *	  Compiles the tables of words, weights and grams; runs at build time.
 *
 *	  generate_words DIRECTORY >word_data.c
 *
 * It is linked with the folding that generate_fold made, so that a table may
 * say "общество" and is folded by the very code that will fold the names.  A
 * word that is listed twice with two meanings is refused.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>

#include "generate.h"

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

/* While words are being compiled there are none to find. */
bool
find_word(const char *key, int length, WordEntry *entry)
{
	(void) key;
	(void) length;
	(void) entry;
	return false;
}

int
main(int argc, char **argv)
{
	const char *directory = only_argument(argc, argv);
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
	return 0;
}
