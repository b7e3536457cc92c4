/*-------------------------------------------------------------------------
 *
 * normalize.c
 *	  The pipeline from raw text to tagged, weighted tokens.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

void
normalize_name(const char *text, size_t length, NormalName *name)
{
	Points		points;
	Words		words;

	decode_text(text, length, &points);
	if (points.needs_compose)
		compose_points(&points);
	split_points(&points, &words);
	tag_words(&words, name);
	weigh_tokens(name);
}
