/*-------------------------------------------------------------------------
 *
 * fold.c
 *	  One code point to its reading, by compiled tables and arithmetic.
 *
 * Case, accents, width and script are folded in one look-up, so that the
 * result cannot depend on ICU, the locale or the CPU.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"
#include "tables.h"

#include <string.h>

/*
 * fold_point - the reading of a non-ASCII code point, NULL if the tables
 * have none.  Letters and digits, or one of: "_" separator, "~" nothing,
 * "'" apostrophe, "." full stop, "?" lost character.
 */
const char *
fold_point(uint32_t point)
{
	uint16_t	reading;

	if (point >= FOLD_LIMIT)
		return NULL;
	reading = fold_pages[fold_index[point >> FOLD_PAGE_BITS]]
		[point & (FOLD_PAGE_SIZE - 1)];
	return reading ? fold_readings + reading : NULL;
}

/* fold_variant - traditional or Japanese form to the simplified one. */
uint32_t
fold_variant(uint32_t point)
{
	int			low = 0;
	int			high = variant_pair_count - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;

		if (variant_pairs[middle].variant == point)
			return variant_pairs[middle].simplified;
		if (variant_pairs[middle].variant < point)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return point;
}

/* fold_kana_pair - reading of two kana that are read as one, or NULL. */
const char *
fold_kana_pair(uint32_t first, uint32_t second)
{
	for (int i = 0; i < kana_pair_count; i++)
		if (kana_pairs[i].first == first && kana_pairs[i].second == second)
			return kana_pairs[i].reading;
	return NULL;
}

/*
 * fold_hangul - Revised Romanization, letter by letter, of one syllable;
 * returns the length written (at most 7).  Syllable arithmetic: The Unicode
 * Standard, section 3.12.
 */
int
fold_hangul(uint32_t point, char *out)
{
	static const char *const initials[] = {
		"g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j",
		"jj", "ch", "k", "t", "p", "h"
	};
	static const char *const medials[] = {
		"a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae",
		"oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i"
	};
	static const char *const finals[] = {
		"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l",
		"p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t"
	};
	uint32_t	syllable = point - 0xAC00;

	strcpy(out, initials[syllable / 588]);
	strcat(out, medials[syllable % 588 / 28]);
	strcat(out, finals[syllable % 28]);
	return (int) strlen(out);
}

/* Characters of a script, by Unicode 14 */
bool
is_han(uint32_t point)
{
	return (point >= 0x4E00 && point <= 0x9FFF) || point == 0x3007 ||
		(point >= 0x3400 && point <= 0x4DBF) ||
		(point >= 0xF900 && point <= 0xFAFF) ||
		(point >= 0x20000 && point <= 0x323AF);
}

bool
is_kana(uint32_t point)
{
	return (point >= 0x3041 && point <= 0x30FF && point != 0x30FB) ||
		(point >= 0xFF66 && point <= 0xFF9F);
}

bool
is_hangul(uint32_t point)
{
	return point >= 0xAC00 && point <= 0xD7A3;
}

/* Scripts written without spaces between words; Korean often is. */
bool
is_unspaced(uint32_t point)
{
	return is_han(point) || is_kana(point) || is_hangul(point) ||
		(point >= 0x0E00 && point <= 0x0EFF) || /* Thai, Lao */
		(point >= 0x1000 && point <= 0x109F) || /* Myanmar */
		(point >= 0x1780 && point <= 0x17FF);	/* Khmer */
}

/* Blocks whose marks may compose with the letter before them. */
bool
is_combining(uint32_t point)
{
	static const uint16_t ranges[][2] = {
		{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05C7},
		{0x0610, 0x061A}, {0x064B, 0x065F}, {0x0670, 0x0670},
		{0x06D6, 0x06ED}, {0x093C, 0x093C}, {0x09BC, 0x09BC},
		{0x1100, 0x11FF}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
		{0x20D0, 0x20FF}, {0x3099, 0x309A}, {0xFE20, 0xFE2F},
		{0xFF9E, 0xFF9F}
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (point >= ranges[i][0] && point <= ranges[i][1])
			return true;
	return false;
}
