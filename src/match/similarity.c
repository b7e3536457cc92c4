/*-------------------------------------------------------------------------
 *
 * similarity.c
 *	  The one formula.
 *
 *	  score = max(letters, words, core) * numbers * places * cores
 *
 * letters: share of trigram weight of the joined cores that is common;
 * words: share of word weight that met its counterpart; core: a constant
 * where one name's whole core stands in the other.  The three factors are
 * contradictions (contradict.c) and never above one.  key.c proves what an
 * index may conclude from this, and has to follow every change here.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include <string.h>

#define TRUSTED_GRAMS 9			/* from here on grams are trusted in full */
#define EDIT_ALONE 9000			/* factor where edits are all there is */
#define MAX_CORE_LEFT 16		/* core weight beside a covered core */

/*
 * sharpen_score - bend a share so that middling likeness counts less: s to
 * s (s + bend) / (1 + bend), rising, 0 and 1 staying where they are.  The
 * bends were chosen so that both components mean the same at the default
 * threshold; up to 20 SCORE_ONE the product fits an int.
 */
static int
sharpen_score(int score, int bend)
{
	return score * (score + bend) / (SCORE_ONE + bend);
}

/* relax_threshold - the least score that sharpens to a threshold. */
int
relax_threshold(int threshold, int bend)
{
	int			low = 0;
	int			high = SCORE_ONE;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (sharpen_score(middle, bend) >= threshold)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int
reduce_score(int score, int factor)
{
	return score * factor / SCORE_ONE;
}

/* trust_grams - few grams agree by chance: a factor below one for those */
static int
trust_grams(int a, int b)
{
	int			fewer = a < b ? a : b;

	return fewer >= TRUSTED_GRAMS ? SCORE_ONE :
		SCORE_ONE - 250 * (TRUSTED_GRAMS - fewer);
}

/* first component: weighted Dice on the grams of the joined cores */
static void
score_grams(const PackedName *a, const PackedName *b, MatchDetail *detail)
{
	detail->gram_overlap = overlap_grams(a, b);
	detail->gram_total = a->gram_weight + b->gram_weight;
	detail->gram_score = detail->gram_total == 0 ? 0 :
		sharpen_score(2 * detail->gram_overlap * SCORE_ONE /
					  detail->gram_total, GRAM_BEND);
	detail->gram_score = reduce_score(detail->gram_score,
									  trust_grams(a->ngrams, b->ngrams));
}

/* Weight of the core words that met no equal word or run of rare words. */
static int
unequal_core(const TokenView *tokens, int ntokens, uint32_t equal)
{
	int			weight = 0;

	for (int i = 0; i < ntokens; i++)
		if (tokens[i].tag == TAG_CORE && !(equal >> i & 1))
			weight += tokens[i].weight;
	return weight;
}

/*
 * third component: a name whose whole core stands in the other, as
 * "FiberHome" does in "Nanjing FiberHome Starrysky", which has no more than
 * one distinctive word besides
 */
static void
score_core(const TokenView *a, int na, const TokenView *b, int nb,
		   MatchDetail *detail)
{
	uint32_t	a_equal = 0;
	uint32_t	b_equal = 0;
	bool		distinctive = false;
	int			a_left;
	int			b_left;

	for (int i = 0; i < detail->alignment.count; i++)
	{
		const WordMatch *match = &detail->alignment.matches[i];

		if (match->credit < 1000)
			continue;
		a_equal |= span_mask(match->a_first, match->a_count);
		b_equal |= span_mask(match->b_first, match->b_count);
		distinctive |= match->weight >= DISTINCTIVE_WEIGHT;
	}
	a_left = unequal_core(a, na, a_equal);
	b_left = unequal_core(b, nb, b_equal);
	detail->core_score = distinctive && (a_left == 0 || b_left == 0) &&
		a_left + b_left <= MAX_CORE_LEFT ? CORE_SCORE : 0;
}

/* is_edit_alone - did core words meet by an edit, and none as it is? */
static bool
is_edit_alone(const TokenView *a, const Alignment *alignment)
{
	bool		edited = false;

	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];

		if (match->means == MEANS_EQUAL && a[match->a_first].tag == TAG_CORE)
			return false;
		edited |= match->means == MEANS_EDIT;
	}
	return edited;
}

/* second component: weight of the words that met, of all */
static void
score_tokens(const TokenView *a, int na, const TokenView *b, int nb,
			 MatchDetail *detail)
{
	const Alignment *alignment = &detail->alignment;
	int			met = 0;
	int			full = 0;

	for (int i = 0; i < alignment->count; i++)
	{
		met += 2 * alignment->matches[i].weight *
			alignment->matches[i].credit;
		full += 2 * alignment->matches[i].weight;
	}
	for (int i = 0; i < na; i++)
		full += alignment->a_met >> i & 1 ? 0 : a[i].weight;
	for (int i = 0; i < nb; i++)
		full += alignment->b_met >> i & 1 ? 0 : b[i].weight;
	detail->met_weight = met / 1000;
	detail->full_weight = full;
	detail->token_score = full == 0 ? 0 :
		sharpen_score(met * (SCORE_ONE / 1000) / full, TOKEN_BEND);
	if (is_edit_alone(a, alignment))
		detail->token_score = reduce_score(detail->token_score, EDIT_ALONE);
}

static void
score_components(const PackedName *a, const PackedName *b,
				 MatchDetail *detail)
{
	TokenView	a_tokens[MAX_TOKENS];
	TokenView	b_tokens[MAX_TOKENS];
	int			na = view_tokens(a, a_tokens);
	int			nb = view_tokens(b, b_tokens);
	Alignment  *alignment = &detail->alignment;

	align_tokens(a_tokens, na, b_tokens, nb, alignment);
	score_grams(a, b, detail);
	score_tokens(a_tokens, na, b_tokens, nb, detail);
	score_core(a_tokens, na, b_tokens, nb, detail);
	find_contradictions(a_tokens, na, b_tokens, nb, alignment, detail);
}

/*
 * score_names - how alike two names are, 0 to SCORE_ONE.
 *
 * SCORE_ONE only for equal normal forms; a name without tokens is like
 * nothing, not even itself.  detail may be NULL.
 */
int
score_names(const PackedName *a, const PackedName *b, MatchDetail *detail)
{
	MatchDetail own;
	int			order = compare_names(a, b);
	int			score;

	if (detail == NULL)
		detail = &own;
	detail->equal = order == 0;
	detail->swapped = order > 0;
	if (order > 0)
	{
		const PackedName *first = a;

		a = b;
		b = first;
	}
	score_components(a, b, detail);
	score = detail->gram_score > detail->token_score ?
		detail->gram_score : detail->token_score;
	if (detail->core_score > score)
		score = detail->core_score;
	score = reduce_score(score, detail->number_factor);
	score = reduce_score(score, detail->place_factor);
	score = reduce_score(score, detail->core_factor);
	if (a->ntokens == 0 || b->ntokens == 0)
		score = 0;
	else if (order == 0)
		score = SCORE_ONE;
	else if (score >= SCORE_ONE)
		score = SCORE_ONE - 1;
	detail->score = score;
	return score;
}
