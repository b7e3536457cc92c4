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

#define MIN_RUSSIAN_STEM 4		/* letters of an adjective before its ending */

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

/* first_slip - the first place in the slips that is not below this hash */
static int
first_slip(uint32_t hash)
{
	int			low = 0;
	int			high = slip_count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (slip_hashes[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* prefer_row - of several words one edit away, the first by the alphabet */
static const WordRow *
prefer_row(const WordRow *best, const WordRow *row, const char *letters,
		   int length)
{
	const char *key = word_strings + row->key;

	if ((letters[0] != key[0] && length < 9) ||
		!is_one_edit(letters, length, key, (int) strlen(key)) ||
		(best != NULL && strcmp(word_strings + best->key, key) <= 0))
		return best;
	return row;
}

static const WordRow *
search_slips(const WordRow *best, const char *form, int form_length,
			 const char *letters, int length)
{
	uint32_t	hash = hash_key(form, form_length);

	for (int i = first_slip(hash); i < slip_count && slip_hashes[i] == hash;
		 i++)
		best = prefer_row(best, &word_rows[slip_rows[i]], letters, length);
	return best;
}

/* search_word - a table word that is this form itself */
static const WordRow *
search_word(const WordRow *best, const char *form, int form_length,
			const char *letters, int length)
{
	uint32_t	slot = hash_key(form, form_length) & word_row_mask;

	for (; word_rows[slot].key != 0; slot = (slot + 1) & word_row_mask)
		if (is_key(word_rows[slot].key, form, form_length) &&
			(word_rows[slot].tag == TAG_GENERIC ||
			 word_rows[slot].tag == TAG_LEGAL))
			return prefer_row(best, &word_rows[slot], letters, length);
	return best;
}

/*
 * find_misspelled - a long generic word or legal form, one edit away that is
 * not in the first letter of a word below nine: "Piotech" is no
 * biotechnology.
 *
 * Two words at that distance have a form in common: one of them, or either
 * of them without one letter.
 */
static bool
find_misspelled(const char *letters, int length, WordEntry *entry)
{
	const WordRow *best;
	char		form[MAX_LETTERS];

	if (length < MIN_MISSPELLED)
		return false;
	best = search_slips(NULL, letters, length, letters, length);
	for (int i = 0; i < length; i++)
	{
		int			left = drop_letter(letters, length, i, form);

		best = search_slips(best, form, left, letters, length);
		if (left >= MIN_MISSPELLED)
			best = search_word(best, form, left, letters, length);
	}
	if (best == NULL)
		return false;
	entry->canonical = word_strings + best->canonical;
	entry->tag = best->tag;
	entry->longest = best->longest;
	return true;
}

/* ends_in - does a word end so, after a stem that can be an adjective's? */
static bool
ends_in(const char *word, int length, const char *ending, int ending_length)
{
	int			stem = length - ending_length;

	return word[length - 1] == ending[ending_length - 1] &&
		stem >= MIN_RUSSIAN_STEM + (ending_length == 1) &&
		memcmp(word + stem, ending, ending_length) == 0;
}

/*
 * find_russian - the word of the tables of which this is another form: an
 * adjective of Russian, which ends as its noun wants it ("vertoletnaya",
 * "vertoletnogo"), in the romanizations of lists, stands in the tables as
 * "vertoletnyy".
 */
static bool
find_russian(const char *word, int length, WordEntry *entry)
{
	static const char endings[][4] = {
		"aya", "aia", "aja", "oye", "oje", "ogo", "uyu", "ymi", "oe", "oy",
		"oi", "yy", "yi", "iy", "ii", "ye", "ie", "ykh", "ikh", "ym", "im", "y"
	};
	static const char *const nominatives[] = {"yy", "iy", "oy"};
	char		letters[MAX_LETTERS + 2];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
	{
		int			ending = endings[i][1] == '\0' ? 1 :
			endings[i][2] == '\0' ? 2 : 3;

		if (!ends_in(word, length, endings[i], ending))
			continue;
		memcpy(letters, word, length - ending);
		for (int j = 0; j < 3; j++)
		{
			memcpy(letters + length - ending, nominatives[j], 2);
			if (find_word(letters, length - ending + 2, entry) &&
				entry->tag == TAG_GENERIC)
				return true;
		}
	}
	return false;
}

/*
 * find_variant - a word of the tables that this word is another form of, or
 * a slip of the hand away from, where it is rare itself
 */
bool
find_variant(const char *letters, int length, WordEntry *entry)
{
	return find_russian(letters, length, entry) ||
		(find_token_weight(letters, length) == 0 &&
		 find_misspelled(letters, length, entry));
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
