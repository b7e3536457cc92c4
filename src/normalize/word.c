/*-------------------------------------------------------------------------
 *
 * word.c
 *	  Look-ups in the compiled word tables.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"
#include "tables.h"

#include <string.h>

static bool
is_key(uint32_t offset, const char *key, int length)
{
	const char *stored = word_strings + offset;

	return strncmp(stored, key, length) == 0 && stored[length] == '\0';
}

/*
 * find_word - a word, phrase or run of unspaced characters.
 *
 * key: folded words joined by one space, or UTF-8 of simplified characters.
 * Also true, with TAG_NONE, for a key that only begins longer ones.
 */
bool
find_word(const char *key, int length, WordEntry *entry)
{
	uint32_t	slot = hash_key(key, length) & word_row_mask;

	for (; word_rows[slot].key != 0; slot = (slot + 1) & word_row_mask)
	{
		const WordRow *row = &word_rows[slot];

		if (!is_key(row->key, key, length))
			continue;
		entry->canonical = word_strings + row->canonical;
		entry->tag = row->tag;
		entry->longest = row->longest;
		return true;
	}
	return false;
}

/* find_token_weight - measured weight of a token, 0 where it is rare. */
int
find_token_weight(const char *letters, int length)
{
	uint32_t	slot = hash_key(letters, length) & weight_row_mask;

	for (; weight_rows[slot].key != 0; slot = (slot + 1) & weight_row_mask)
		if (is_key(weight_rows[slot].key, letters, length))
			return weight_rows[slot].weight;
	return 0;
}
