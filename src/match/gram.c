/*-------------------------------------------------------------------------
 *
 * gram.c
 *	  Weighted overlap of the trigrams of two joined cores.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

/* overlap_grams - summed weight of the grams that both names have. */
int
overlap_grams(const PackedName *a, const PackedName *b)
{
	int			i = 0;
	int			j = 0;
	int			weight = 0;

	while (i < a->ngrams && j < b->ngrams)
	{
		unsigned	x = read_gram(a, i);
		unsigned	y = read_gram(b, j);

		if (x == y)
			weight += weigh_gram(x);
		i += x <= y;
		j += y <= x;
	}
	return weight;
}
