/*-------------------------------------------------------------------------
 *
 * tables.h
 *	  Shape of the arrays that generate.c compiles from tables/.txt files.
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
/* Hashes of long words without one letter, ascending, and their rows. */
extern const uint32_t slip_hashes[];
extern const uint16_t slip_rows[];
extern const int slip_count;

extern const WeightRow weight_rows[];
extern const uint32_t weight_row_mask;

/* Shorter words have too many neighbours to be taken for misspelled ones. */
#define MIN_MISSPELLED 7

/* FNV-1a: where a key's probing starts. */
static inline uint32_t
hash_key(const char *key, int length)
{
	uint32_t	hash = 2166136261u;

	for (int i = 0; i < length; i++)
		hash = (hash ^ (uint8_t) key[i]) * 16777619u;
	return hash ^ (hash >> 15);
}

#endif							/* TABLES_H */
