/*-------------------------------------------------------------------------
 *
 * normalize.c
 *	  The pipeline from raw text to tagged, weighted tokens.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

/*
 * For the test of what a changed normalizer leaves behind, never for use:
 * core words have v for w.
 */
#ifdef CHANGED_READING
static void
change_reading(NormalName *name)
{
	for (int i = 0; i < name->ntokens; i++)
		for (int j = 0; j < name->tokens[i].length; j++)
			if (name->tokens[i].tag == TAG_CORE &&
				name->tokens[i].letters[j] == 'w')
				name->tokens[i].letters[j] = 'v';
}
#else
#define change_reading(name) ((void) (name))
#endif

/*
 * normalize_name - the words of a text in UTF-8, with their tags and weights.
 *
 * Any bytes are accepted; what is no UTF-8 counts as lost characters.
 */
void
normalize_name(const char *text, size_t length, NormalName *name)
{
	Points		points;
	Words		words;

	decode_text(text, length, &points);
	if (points.needs_compose)
		compose_points(&points);
	fold_homoglyphs(&points);
	split_points(&points, &words);
	cut_forms(&words);
	mend_spaces(&words);
	tag_words(&words, name);
	change_reading(name);
	weigh_tokens(name);
}
