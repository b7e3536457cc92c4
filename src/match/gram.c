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

/*
 * overlap_enough - the same, as far as it takes to see that it is less than
 * this: then -1.
 */
int
overlap_enough(const PackedName *a, const PackedName *b, int enough)
{
	int			i = 0;
	int			j = 0;
	int			weight = 0;
	int			a_left = a->gram_weight - enough;
	int			b_left = b->gram_weight - enough;

	/* left: how much more than enough there would be, were all met */
	while (i < a->ngrams && j < b->ngrams && a_left >= 0 && b_left >= 0)
	{
		unsigned	x = read_gram(a, i);
		unsigned	y = read_gram(b, j);

		if (x == y)
			weight += weigh_gram(x);
		else if (x < y)
			a_left -= weigh_gram(x);
		else
			b_left -= weigh_gram(y);
		i += x <= y;
		j += y <= x;
	}
	return weight >= enough ? weight : -1;
}
