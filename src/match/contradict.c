/*-------------------------------------------------------------------------
 *
 * contradict.c
 *	  What reduces a score: words of both names that exclude each other.
 *
 * A missing word costs its weight and no more.  A word on each side that
 * found no counterpart may contradict: the 38th and the 13th institute, the
 * Beijing and the Shenzhen branch.  Reductions come after the maximum of the
 * components, so that the index bound, which is on that maximum, holds.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#define NUMBER_FACTOR 7000
#define PLACE_FACTOR 9000
#define CORE_FACTOR 8500

static int
unmet_weight(const TokenView *tokens, int count, uint32_t met, TokenTag tag)
{
	int			weight = 0;

	for (int i = 0; i < count; i++)
		if (tokens[i].tag == tag && !(met >> i & 1))
			weight += tokens[i].weight;
	return weight;
}

/* heaviest_unmet - the core word that most asks for a counterpart, or NULL */
static const TokenView *
heaviest_unmet(const TokenView *tokens, int count, uint32_t met)
{
	const TokenView *heaviest = NULL;

	for (int i = 0; i < count; i++)
		if (tokens[i].tag == TAG_CORE && !(met >> i & 1) &&
			(heaviest == NULL || tokens[i].weight > heaviest->weight))
			heaviest = &tokens[i];
	return heaviest;
}

/*
 * are_strangers - distinctive words with less than half of their letters in
 * common, wherever those stand: no misspelling of each other
 */
static bool
are_strangers(const TokenView *a, const TokenView *b)
{
	int			counts[128] = {0};
	int			common = 0;
	int			longer = a->length > b->length ? a->length : b->length;

	if (a->weight < DISTINCTIVE_WEIGHT || b->weight < DISTINCTIVE_WEIGHT)
		return false;
	for (int i = 0; i < a->length; i++)
		counts[(int) a->letters[i]]++;
	for (int i = 0; i < b->length; i++)
		if (counts[(int) b->letters[i]]-- > 0)
			common++;
	return 2 * common < longer;
}

void
find_contradictions(const TokenView *a, int na, const TokenView *b, int nb,
					const Alignment *alignment, MatchDetail *detail)
{
	uint32_t	a_met = alignment->a_met;
	uint32_t	b_met = alignment->b_met;
	const TokenView *a_unmet = heaviest_unmet(a, na, a_met);
	const TokenView *b_unmet = heaviest_unmet(b, nb, b_met);

	detail->number_factor = detail->place_factor = SCORE_ONE;
	detail->core_factor = SCORE_ONE;
	if (unmet_weight(a, na, a_met, TAG_NUMBER) > 0 &&
		unmet_weight(b, nb, b_met, TAG_NUMBER) > 0)
		detail->number_factor = NUMBER_FACTOR;
	if (unmet_weight(a, na, a_met, TAG_PLACE) > 0 &&
		unmet_weight(b, nb, b_met, TAG_PLACE) > 0)
		detail->place_factor = PLACE_FACTOR;
	if (a_unmet && b_unmet && are_strangers(a_unmet, b_unmet))
		detail->core_factor = CORE_FACTOR;
}
