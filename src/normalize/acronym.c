/*-------------------------------------------------------------------------
 *
 * acronym.c
 *	  Words that are the initials of others in the same name.
 *
 * "Pakistan Atomic Energy Commission (PAEC)" says nothing with its last word
 * that the others have not said.  Such a word is told here, before phrases
 * are replaced: "China Aerospace Science and Technology Corporation (CASC)"
 * has its S in a word that the tables drop.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#define MIN_OWN_ACRONYM 3
#define MAX_OWN_ACRONYM 8

static bool
has_no_letter(const Word *word)
{
	WordEntry	entry;

	return find_word(word->letters, word->length, &entry) &&
		entry.tag == TAG_STOP;
}

/*
 * is_spelled - do words from first on, before end, begin with these letters?
 * Stop words need no letter of their own, and neither does one other word,
 * or two beside four letters or more ("Group" in CETC).
 */
static bool
is_spelled(const Words *words, int first, int end, const Word *acronym)
{
	int			passed = acronym->length > MIN_OWN_ACRONYM ? 2 : 1;
	int			found = 0;

	for (int i = first; i < end && found < acronym->length; i++)
	{
		const Word *word = &words->words[i];

		if (word->letters[0] == acronym->letters[found])
			found++;
		else if (found == 0 || (!has_no_letter(word) && passed-- == 0))
			return false;
	}
	return found == acronym->length;
}

/*
 * is_own_acronym - does the word at this place stand for words before it, or
 * for those right behind it?
 */
bool
is_own_acronym(const Words *words, int at)
{
	const Word *word = &words->words[at];

	if (word->length < MIN_OWN_ACRONYM || word->length > MAX_OWN_ACRONYM ||
		words->count <= word->length)
		return false;
	for (int first = 0; first + word->length <= at; first++)
		if (is_spelled(words, first, at, word))
			return true;
	return is_spelled(words, at + 1, words->count, word);
}
