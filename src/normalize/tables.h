/*-------------------------------------------------------------------------
 *
 * tables.h
 *	  Shape of the arrays that generate_fold.c and generate_words.c compile
 *	  from the .txt files of tables/.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TABLES_H
#define TABLES_H

#include <stdint.h>

#define FOLD_PAGE_BITS 7
#define FOLD_PAGE_SIZE (1 << FOLD_PAGE_BITS)
#define FOLD_LIMIT 0x20000		/* first code point no table can hold */

/* fold_data.c: fold.txt, han.txt, han_variant.txt, kana.txt */
typedef struct VariantPair
{
	uint32_t	variant;
	uint32_t	simplified;
} VariantPair;

typedef struct KanaPair
{
	uint32_t	first;
	uint32_t	second;
	char		reading[8];
} KanaPair;

extern const uint16_t fold_index[FOLD_LIMIT >> FOLD_PAGE_BITS];
extern const uint16_t fold_pages[][FOLD_PAGE_SIZE];
extern const char fold_readings[];
extern const VariantPair variant_pairs[];
extern const int variant_pair_count;
extern const KanaPair kana_pairs[];
extern const int kana_pair_count;

/* word_data.c: the word tables and weights, as open hash tables */
typedef struct WordRow
{
	uint32_t	key;			/* offsets into word_strings */
	uint32_t	canonical;
	uint8_t		tag;
	uint8_t		longest;
} WordRow;

typedef struct WeightRow
{
	uint32_t	key;			/* offset into word_strings */
	uint8_t		weight;
} WeightRow;

extern const char word_strings[];
extern const WordRow word_rows[];	/* key 0: empty slot */
extern const uint32_t word_row_mask;	/* number of slots - 1 */
/*
 * Hashes of words without one letter, and of the sounds of generic words,
 * ascending, and the rows of these words.
 */
extern const uint32_t slip_hashes[];
extern const uint16_t slip_rows[];
extern const int slip_count;

extern const WeightRow weight_rows[];
extern const uint32_t weight_row_mask;

/*
 * Shorter words have too many neighbours to be taken for misspelled ones,
 * but for common words in the spelling that the tables prefer: those are so
 * frequent that a rare word beside one is a slip rather than a name.  Of
 * still shorter words not even these.
 */
#define MIN_MISSPELLED 7
#define MIN_COMMON 5
#define COMMON_WEIGHT 10		/* the thousand commonest words */
#define MIN_SLIP_SOUNDS 3		/* consonants of a word known by its sound */

/* FNV-1a: where a key's probing starts. */
static inline uint32_t
hash_key(const char *key, int length)
{
	uint32_t	hash = 2166136261u;

	for (int i = 0; i < length; i++)
		hash = (hash ^ (uint8_t) key[i]) * 16777619u;
	return hash ^ (hash >> 15);
}

/* hash_sound - the same of the sound of a word */
static inline uint32_t
hash_sound(uint32_t sound)
{
	char		bytes[4] = {(char) sound, (char) (sound >> 8),
	(char) (sound >> 16), (char) (sound >> 24)};

	return hash_key(bytes, sizeof(bytes));
}

#endif							/* TABLES_H */
