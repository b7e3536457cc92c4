/*-------------------------------------------------------------------------
 *
 * form.c
 *	  Legal forms that are written into the word beside them.
 *
 * "ARGUMENTJSC", "OOOVympel" and "SKSCoLtd" are cut where the form begins or
 * ends.  Only forms that no word begins or ends with.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

#define MIN_BESIDE_FORM 4		/* letters of the word itself */

/* find_cut - where a word is cut; 0 where it is not */
static int
find_cut(const Word *word)
{
	static const char *const first[] = {"ooo", "oao", "llc", "jsc", NULL};
	static const char *const last[] = {
		"coltd", "pvtltd", "llc", "jsc", "ltd", "gmbh", NULL
	};
	WordEntry	entry;

	if (word->length < MIN_BESIDE_FORM + 3 || word->tag != TAG_NONE)
		return 0;
	for (int i = 0; first[i] != NULL; i++)
		if (memcmp(word->letters, first[i], strlen(first[i])) == 0)
			return find_word(word->letters, word->length, &entry) ? 0 :
				(int) strlen(first[i]);
	for (int i = 0; last[i] != NULL; i++)
	{
		int			at = word->length - (int) strlen(last[i]);

		if (at >= MIN_BESIDE_FORM &&
			memcmp(word->letters + at, last[i], strlen(last[i])) == 0)
			return find_word(word->letters, word->length, &entry) ? 0 : at;
	}
	return 0;
}

/* cut_forms - between steps 2 and 3 of normalization */
void
cut_forms(Words *words)
{
	for (int i = 0; i < words->count && words->count < MAX_WORDS; i++)
	{
		Word	   *word = &words->words[i];
		int			at = find_cut(word);

		if (at == 0)
			continue;
		memmove(word + 1, word, sizeof(Word) * (words->count - i));
		words->count++;
		word[1].length = (uint8_t) (word->length - at);
		memmove(word[1].letters, word[1].letters + at, word[1].length);
		word[1].glued = true;
		word->length = (uint8_t) at;
	}
}
