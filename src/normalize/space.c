/*-------------------------------------------------------------------------
 *
 * space.c
 *	  Words of the tables that have lost a space, or gained one.
 *
 * "Internatio nal" and "laborat-ory" are one word, where the tables know it
 * and do not know both halves; "NamchongangTrading" is cut before the word
 * that the tables know.  A word of no more than LONG letters needs no cut:
 * it meets its parts as they are.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

#define MIN_KNOWN 6				/* letters of the word of the tables */
#define MIN_BEFORE 2			/* ... of what is written before it */
#define MIN_BEHIND 4			/* ... and behind it */
#define LONG_FORM 7				/* letters of a legal form that no word ends
								 * with by chance */
#define LONG 16

/* is_known - a generic word or a legal form of the tables? */
static bool
is_known(const char *letters, int length)
{
	WordEntry	entry;

	return find_word(letters, length, &entry) &&
		(entry.tag == TAG_GENERIC || entry.tag == TAG_LEGAL);
}

static void
remove_word(Words *words, int at)
{
	words->count--;
	memmove(&words->words[at], &words->words[at + 1],
			sizeof(Word) * (words->count - at));
}

/* mend_gap - join this word and the next where the tables have them as one */
static void
mend_gap(Words *words, int at)
{
	Word	   *first = &words->words[at];
	Word	   *second = first + 1;
	int			length = first->length + second->length;
	char		joined[MAX_LETTERS];

	if (length < MIN_KNOWN || length > MAX_LETTERS ||
		first->tag != TAG_NONE || second->tag != TAG_NONE ||
		first->letters[0] < 'a' || second->letters[0] < 'a')
		return;
	memcpy(joined, first->letters, first->length);
	memcpy(joined + first->length, second->letters, second->length);
	if (!is_known(joined, length) ||
		(is_known(first->letters, first->length) &&
		 is_known(second->letters, second->length)))
		return;
	memcpy(first->letters, joined, length);
	first->length = (uint8_t) length;
	first->origin |= second->origin;
	remove_word(words, at + 1);
}

/*
 * find_form - where a legal form follows a word of the tables, or a long one
 * any word; 0 if none
 */
static int
find_form(const Word *word)
{
	static const char *const forms[] = {
		"co", "inc", "corp", "company", "limited", "corporation"
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
	{
		int			length = (int) strlen(forms[i]);
		int			at = word->length - length;

		if (at >= MIN_BEHIND && memcmp(word->letters + at, forms[i],
									   length) == 0 &&
			(length >= LONG_FORM ||
			 (at >= MIN_KNOWN && is_known(word->letters, at))))
			return at;
	}
	return 0;
}

/*
 * find_seam - where a long word ends with the longest word of the tables, or
 * where it begins with it; 0 where neither
 */
static int
find_seam(const Word *word)
{
	int			length = word->length;

	if (length <= LONG)
		return 0;
	for (int at = MIN_BEFORE; at <= length - MIN_KNOWN; at++)
		if (is_known(word->letters + at, length - at))
			return at;
	for (int at = length - MIN_BEHIND; at >= MIN_KNOWN; at--)
		if (is_known(word->letters, at))
			return at;
	return 0;
}

static void
cut_seam(Words *words, int at)
{
	Word	   *word = &words->words[at];
	WordEntry	entry;
	int			seam;

	if (word->length < MIN_KNOWN + 2 || word->tag != TAG_NONE ||
		word->letters[0] < 'a' || words->count == MAX_WORDS ||
		((seam = find_form(word)) == 0 &&
		 ((seam = find_seam(word)) == 0 || find_variant(word, &entry))) ||
		find_word(word->letters, word->length, &entry))
		return;
	memmove(word + 1, word, sizeof(Word) * (words->count - at));
	words->count++;
	word[1].length = (uint8_t) (word->length - seam);
	memmove(word[1].letters, word[1].letters + seam, word[1].length);
	word[1].glued = true;
	word->length = (uint8_t) seam;
}

/* mend_spaces - between steps 2 and 3 of normalization */
void
mend_spaces(Words *words)
{
	for (int i = 0; i < words->count; i++)
	{
		if (i + 1 < words->count)
			mend_gap(words, i);
		cut_seam(words, i);
	}
}
