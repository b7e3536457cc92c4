/*-------------------------------------------------------------------------
 *
 * word.c
 *	  Look-ups in the compiled word tables.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>

#define MIN_RUSSIAN_STEM 4		/* letters of an adjective before its ending */
#define LONG_WORD_OF_TABLES 9	/* bears an edit in its first letter */
#define MAX_SPELLED_APART 4		/* letters that spellings of a sound differ by */

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

/*
 * may_be_slip_of - is this row, of a word beside the one that is looked for,
 * one that may be meant?  Where either is short only a common word in the
 * spelling that the tables prefer.
 */
static bool
may_be_slip_of(const WordRow *row, const char *key, int key_length, int length)
{
	int			weight;

	if (key_length >= MIN_MISSPELLED && length >= MIN_MISSPELLED)
		return true;
	weight = find_token_weight(key, key_length);
	return weight > 0 && weight <= COMMON_WEIGHT &&
		strcmp(word_strings + row->canonical, key) == 0;
}

/* A word that no table knows, and the nearest of the tables so far. */
typedef struct Sought
{
	const char *letters;
	int			length;
	uint32_t	sound;			/* while words of its sound are looked at */
	const WordRow *best;
	int			slips;			/* of the best */
} Sought;

/*
 * count_slips - how far the word is from one of the tables: 1 for an edit; or
 * among words of its sound more, for a spelling that differs in no more places
 * than a third of its letters; 0 where it is neither
 */
static int
count_slips(const Sought *sought, const char *key, int key_length)
{
	int			longer = sought->length > key_length ? sought->length :
		key_length;
	int			distance;

	if (sought->sound == 0)
		return is_one_edit(sought->letters, sought->length, key, key_length);
	if (abs(sought->length - key_length) > MAX_SPELLED_APART ||
		sound_word(key, key_length) != sought->sound)
		return 0;
	distance = compare_sounds(sought->letters, sought->length, key,
							  key_length);
	return 3 * distance <= longer ? 1 + distance : 0;
}

/*
 * prefer_row - of several words the nearest, and the first by the alphabet
 *
 * The first letter of a word below nine is right: "Piotech" is no biotechnology.
 */
static void
prefer_row(Sought *sought, const WordRow *row)
{
	const char *key = word_strings + row->key;
	int			key_length;
	int			slips;

	if (sought->letters[0] != key[0] &&
		sought->length < LONG_WORD_OF_TABLES)
		return;
	key_length = (int) strlen(key);
	slips = count_slips(sought, key, key_length);
	if (slips == 0 || !may_be_slip_of(row, key, key_length, sought->length))
		return;
	if (sought->best != NULL &&
		(sought->slips < slips ||
		 (sought->slips == slips &&
		  strcmp(word_strings + sought->best->key, key) <= 0)))
		return;
	sought->best = row;
	sought->slips = slips;
}

static void
search_slips(Sought *sought, uint32_t hash)
{
	for (int i = first_slip(hash); i < slip_count && slip_hashes[i] == hash;
		 i++)
		prefer_row(sought, &word_rows[slip_rows[i]]);
}

/* search_word - a table word that is this form itself */
static void
search_word(Sought *sought, uint32_t hash, const char *form, int form_length)
{
	uint32_t	slot = hash & word_row_mask;

	for (; word_rows[slot].key != 0; slot = (slot + 1) & word_row_mask)
		if (is_key(word_rows[slot].key, form, form_length) &&
			(word_rows[slot].tag == TAG_GENERIC ||
			 word_rows[slot].tag == TAG_LEGAL))
			prefer_row(sought, &word_rows[slot]);
}

/*
 * search_edits - words one edit away
 *
 * Two words at that distance have a form in common: one of them, or either
 * of them without one letter.
 */
static void
search_edits(Sought *sought)
{
	char		form[MAX_LETTERS];

	search_slips(sought, hash_key(sought->letters, sought->length));
	for (int i = 0; i < sought->length; i++)
	{
		int			left = drop_letter(sought->letters, sought->length, i,
									   form);
		uint32_t	hash = hash_key(form, left);

		search_slips(sought, hash);
		if (left >= MIN_COMMON)
			search_word(sought, hash, form, left);
	}
}

/* search_sounds - generic words of the same sound, in another spelling */
static void
search_sounds(Sought *sought)
{
	sought->sound = sound_word(sought->letters, sought->length);
	if (count_sounds(sought->sound) >= MIN_SLIP_SOUNDS)
		search_slips(sought, hash_sound(sought->sound));
}

/*
 * find_misspelled - a generic word or legal form that is long or common, one
 * edit away; or such a generic word of the same sound
 *
 * Where vowels are not written a short word has too few letters to be a slip
 * of another.
 */
static bool
find_misspelled(const Word *word, WordEntry *entry)
{
	Sought		sought = {word->letters, word->length, 0, NULL, 0};
	bool		is_abjad = word->origin & ORIGIN_ABJAD;

	if (word->length < (is_abjad ? MIN_MISSPELLED : MIN_COMMON))
		return false;
	search_edits(&sought);
	if (sought.best == NULL && !is_abjad)
		search_sounds(&sought);
	if (sought.best == NULL)
		return false;
	entry->canonical = word_strings + sought.best->canonical;
	entry->tag = sought.best->tag;
	entry->longest = sought.best->longest;
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
 * another spelling or a slip of the hand, where it is rare itself
 */
bool
find_variant(const Word *word, WordEntry *entry)
{
	return find_russian(word->letters, word->length, entry) ||
		(find_token_weight(word->letters, word->length) == 0 &&
		 find_misspelled(word, entry));
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
