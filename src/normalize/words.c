/*-------------------------------------------------------------------------
 *
 * words.c
 *	  The list of words that splitting fills, and the words of a canonical
 *	  phrase.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

/* add_word - append a finished word; text beyond the room is clipped. */
void
add_word(Words *words, const char *letters, int length, TokenTag tag,
		 uint8_t origin)
{
	Word	   *word;

	if (length == 0)
		return;
	if (words->count == MAX_WORDS)
	{
		words->flags |= NAME_CLIPPED;
		return;
	}
	word = &words->words[words->count++];
	memcpy(word->letters, letters, length);
	word->length = (uint8_t) length;
	word->tag = (uint8_t) tag;
	word->origin = origin;
	word->glued = false;
}

/*
 * next_canonical - the next word of a canonical phrase, whose words have one
 * space between them; returns its length, 0 at the end.  *rest moves behind.
 */
int
next_canonical(const char **rest, const char **word)
{
	int			length = (int) strcspn(*rest, " ");

	*word = *rest;
	*rest += length;
	if (**rest == ' ')
		(*rest)++;
	return length;
}
