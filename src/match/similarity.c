/*-------------------------------------------------------------------------
 *
 * similarity.c
 *	  The one formula.
 *
 *	  score = max(letters, words) * contradictions
 *
 *	  letters = share of trigram weight of the joined cores that is common,
 *				bent so that middling likeness counts less
 *	  words	  = met / (full + left / 8 + min(left, 6))
 *
 * full is the weight of the words that met, met the same less what edits and
 * other spellings cost, left the weight of the words that did not meet; a
 * word in two names weighs what it weighs in the one where that is less.
 * The first six of what is left cost in full, so that names of one word do
 * not resemble every name that has it; all of it costs an eighth, and no
 * more, so that the rest of a long name does not hide the part that met.
 * The factors are contradictions (contradict.c) and never above one.  key.c
 * proves what an index may conclude from this, and has to follow every
 * change here.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include <string.h>

#define TRUSTED_GRAMS 9			/* from here on grams are trusted in full */
#define LEFT_SHARE 8			/* what is left costs one part in so many */
#define LEFT_IN_FULL 6000		/* ... and this much of it in full */
#define CORE_LEFT 1000			/* per weight of a word that is left */
#define OTHER_LEFT 1600			/* ... of what says little where it met */
#define MAX_CORE_LEFT 16		/* core weight beside a covered core */

/*
 * sharpen_score - bend a share so that middling likeness counts less: s to
 * s (s + bend) / (1 + bend), rising, 0 and 1 staying where they are.  The
 * bend was chosen so that both components mean the same at the default
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
	detail->gram_trust = trust_grams(a->ngrams, b->ngrams);
	detail->gram_score = reduce_score(detail->gram_score, detail->gram_trust);
}

/* leave_token - what a word weighs that is left, in thousandths */
int
leave_token(const TokenView *token)
{
	return token->weight * (token->tag == TAG_CORE ? CORE_LEFT : OTHER_LEFT);
}

static int
sum_left(const TokenView *tokens, int count, uint32_t met)
{
	int			left = 0;

	for (int i = 0; i < count; i++)
		if (!(met >> i & 1))
			left += leave_token(&tokens[i]);
	return left;
}

static int
divide_words_by(WordSum words)
{
	return words.full + words.left / LEFT_SHARE +
		(words.left < LEFT_IN_FULL ? words.left : LEFT_IN_FULL);
}

/*
 * share_words - the second component; rises with met, falls with full less
 * met, and with left.
 */
int
share_words(WordSum words)
{
	int			divisor = divide_words_by(words);

	return divisor == 0 ? 0 : (int) ((int64_t) words.met * SCORE_ONE /
									 divisor);
}

/* do_words_reach - share_words(words) >= threshold, which is above zero? */
bool
do_words_reach(WordSum words, int threshold)
{
	return words.met > 0 && (int64_t) words.met * SCORE_ONE >=
		(int64_t) threshold * divide_words_by(words);
}

/* What tokens weigh that may have met, and those that surely have not. */
typedef struct SideSum
{
	int			met;
	int			left;
	int			core_left;
} SideSum;

static SideSum
sum_side(const TokenView *tokens, int count, uint32_t met)
{
	SideSum		sum = {0, 0, 0};

	for (int i = 0; i < count; i++)
		if (met >> i & 1)
			sum.met += tokens[i].weight;
		else
		{
			sum.left += leave_token(&tokens[i]);
			sum.core_left += tokens[i].tag == TAG_CORE ? tokens[i].weight : 0;
		}
	return sum;
}

/*
 * words_may_reach - can two names reach the threshold by their words, if no
 * tokens but these met?
 *
 * Each match counts the smaller weight of its two sides, so met and full are
 * at most the smaller sum; more than what surely did not meet is left; and
 * the core of a side whose core words surely did not all meet is not covered.
 */
bool
words_may_reach(const TokenView *a, int na, uint32_t a_met,
				const TokenView *b, int nb, uint32_t b_met, int threshold)
{
	SideSum		x = sum_side(a, na, a_met);
	SideSum		y = sum_side(b, nb, b_met);
	int			met = 1000 * (x.met < y.met ? x.met : y.met);
	WordSum		words = {met, met, x.left + y.left};

	if (words.left > COVERED_LEFT && met >= 1000 * DISTINCTIVE_WEIGHT &&
		(x.core_left == 0 || y.core_left == 0) &&
		x.core_left + y.core_left <= MAX_CORE_LEFT)
		words.left = COVERED_LEFT;
	return do_words_reach(words, threshold);
}

/* What stands in both names as it is, a bit per token. */
static uint32_t
collect_equal(const Alignment *alignment, bool of_a, int *heaviest)
{
	uint32_t	equal = 0;

	*heaviest = 0;
	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];

		if (match->means != MEANS_EQUAL && match->means != MEANS_JOINED)
			continue;
		equal |= of_a ? span_mask(match->a_first, match->a_count) :
			span_mask(match->b_first, match->b_count);
		if (match->weight > *heaviest)
			*heaviest = match->weight;
	}
	return equal;
}

static int
sum_core(const TokenView *tokens, int count, uint32_t but)
{
	int			weight = 0;

	for (int i = 0; i < count; i++)
		if (tokens[i].tag == TAG_CORE && !(but >> i & 1))
			weight += tokens[i].weight;
	return weight;
}

/*
 * is_covered - does the whole core of one name, a distinctive word among it,
 * stand in the other, which has no more than one distinctive word besides?
 */
static bool
is_covered(const TokenView *a, int na, const TokenView *b, int nb,
		   const Alignment *alignment)
{
	int			heaviest;
	int			a_left = sum_core(a, na, collect_equal(alignment, true,
													   &heaviest));
	int			b_left = sum_core(b, nb, collect_equal(alignment, false,
													   &heaviest));

	return heaviest >= DISTINCTIVE_WEIGHT && (a_left == 0 || b_left == 0) &&
		a_left + b_left <= MAX_CORE_LEFT;
}

static void
score_tokens(const TokenView *a, int na, const TokenView *b, int nb,
			 MatchDetail *detail)
{
	const Alignment *alignment = &detail->alignment;
	WordSum		words = {0, 0, 0};

	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];

		words.met += match->weight * match->credit;
		words.full += match->weight * 1000;
	}
	words.left = sum_left(a, na, alignment->a_met) +
		sum_left(b, nb, alignment->b_met);
	detail->covered = words.left > COVERED_LEFT &&
		is_covered(a, na, b, nb, alignment);
	if (detail->covered)
		words.left = COVERED_LEFT;
	detail->words = words;
	detail->token_score = share_words(words);
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
	score = reduce_score(score, detail->number_factor);
	score = reduce_score(score, detail->place_factor);
	score = reduce_score(score, detail->core_factor);
	score = reduce_score(score, detail->unnamed_factor);
	score = reduce_score(score, detail->edit_factor);
	if (a->ntokens == 0 || b->ntokens == 0)
		score = 0;
	else if (order == 0)
		score = SCORE_ONE;
	else if (score >= SCORE_ONE)
		score = SCORE_ONE - 1;
	detail->score = score;
	return score;
}

/*
 * names_reach - score_names(a, b) >= threshold, which is above zero; mostly
 * told without the whole score, since reductions only lower it.
 */
bool
names_reach(const PackedName *a, const PackedName *b, int threshold)
{
	TokenView	a_tokens[MAX_TOKENS];
	TokenView	b_tokens[MAX_TOKENS];
	int			na = view_tokens(a, a_tokens);
	int			nb = view_tokens(b, b_tokens);
	uint32_t	a_met;
	uint32_t	b_met;
	MatchDetail detail;

	score_grams(a, b, &detail);
	if (detail.gram_score < threshold && compare_names(a, b) != 0)
	{
		find_met(a_tokens, na, b_tokens, nb, &a_met, &b_met);
		if (!words_may_reach(a_tokens, na, a_met, b_tokens, nb, b_met,
							 threshold))
			return false;
	}
	return score_names(a, b, &detail) >= threshold;
}
