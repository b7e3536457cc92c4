/*-------------------------------------------------------------------------
 *
 * contradict.c
 *	  What reduces a score: words of both names that exclude each other.
 *
 * A missing word costs its weight and no more.  A word on each side that
 * found no counterpart may contradict: the 38th and the 13th institute, the
 * Beijing and the Shenzhen branch, Bank of China and China Construction
 * Bank.  Reductions come after the maximum of the components, so that the
 * index bound, which is on that maximum, holds.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#define NUMBER_FACTOR 6000
#define PLACE_FACTOR 7000
#define UNNAMED_FACTOR 9400		/* only generic words met */
#define EDIT_FACTOR 8200		/* one core word met, changed for its length */
#define SPELLED_CREDIT 800		/* less is a change in a word of any length */
#define LONE_WEIGHT 20			/* one word weighs less */
#define TRUSTED_WEIGHT 20		/* contradicting less than this costs little */
#define LIKENESS_BEGINS 500		/* share of letters, in thousandths */

#define NLETTERS 36				/* a-z, 0-9 */

/* The core words of one name that found no counterpart. */
typedef struct Unmet
{
	int			weight;
	int			length;
	uint16_t	letters[NLETTERS];	/* how often each occurs */
} Unmet;

/*
 * is_unmet - did a word find no counterpart?  What the name says a second
 * time weighs nothing, and does not stand against anything.
 */
static bool
is_unmet(const TokenView *tokens, uint32_t met, int i)
{
	return !(met >> i & 1) && tokens[i].weight > 0;
}

static bool
has_unmet(const TokenView *tokens, int count, uint32_t met, TokenTag tag)
{
	for (int i = 0; i < count; i++)
		if (tokens[i].tag == tag && is_unmet(tokens, met, i))
			return true;
	return false;
}

/* Where a letter or digit is counted; what a damaged disk gave back as a. */
static int
letter_place(char c)
{
	int			place = c >= 'a' ? c - 'a' : c - '0' + 26;

	return place >= 0 && place < NLETTERS ? place : 0;
}

static void
collect_unmet(const TokenView *tokens, int count, uint32_t met, Unmet *unmet)
{
	*unmet = (Unmet) {0};
	for (int i = 0; i < count; i++)
	{
		if (tokens[i].tag != TAG_CORE || !is_unmet(tokens, met, i) ||
			is_own(&tokens[i]))
			continue;
		unmet->weight += tokens[i].weight;
		unmet->length += tokens[i].length;
		for (int j = 0; j < tokens[i].length; j++)
			unmet->letters[letter_place(tokens[i].letters[j])]++;
	}
}

/*
 * count_likeness - the share of the letters of the shorter of two groups of
 * words that the other has too, in thousandths: misspelled words, and words
 * of other spellings, have nearly all.
 */
static int
count_likeness(const Unmet *a, const Unmet *b)
{
	int			common = 0;

	for (int i = 0; i < NLETTERS; i++)
		common += a->letters[i] < b->letters[i] ? a->letters[i] :
			b->letters[i];
	return 1000 * common / (a->length < b->length ? a->length : b->length);
}

/*
 * weigh_contradiction - weight of the core words that stand against each
 * other, in thousandths: the lighter side, less what may be misspelled.
 */
static int
weigh_contradiction(const Unmet *a, const Unmet *b)
{
	int			weight = a->weight < b->weight ? a->weight : b->weight;
	int			likeness;

	if (weight == 0)
		return 0;
	likeness = count_likeness(a, b);
	if (likeness <= LIKENESS_BEGINS)
		return 1000 * weight;
	return 1000 * weight * (1000 - likeness) / (1000 - LIKENESS_BEGINS);
}

/* What core words do in an alignment. */
typedef struct CoreUse
{
	int			weight;			/* of all words that met */
	int			core_weight;	/* of the core words that did */
	bool		met;			/* a core word or a number did */
	bool		equal;			/* ... as it is */
	bool		changed;		/* ... by a change that is_changed() */
} CoreUse;

/* is_changed - did words meet that a change may make another name? */
bool
is_changed(const WordMatch *match, const TokenView *a, const TokenView *b)
{
	if (match->means == MEANS_TWO_EDITS ||
		((match->means == MEANS_SOUND || match->means == MEANS_JOINED) &&
		 match->credit < SPELLED_CREDIT))
		return true;
	return (match->means == MEANS_EDIT || match->means == MEANS_SOUND) &&
		a->length < LONG_WORD && b->length < LONG_WORD;
}

static CoreUse
use_of_core(const TokenView *a, const TokenView *b,
			const Alignment *alignment)
{
	CoreUse		use = {0, 0, false, false, false};

	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];
		bool		core = a[match->a_first].tag == TAG_CORE ||
			b[match->b_first].tag == TAG_CORE;

		use.weight += match->weight;
		use.core_weight += core ? match->weight : 0;
		use.met |= core || a[match->a_first].tag == TAG_NUMBER;
		use.equal |= core && match->means == MEANS_EQUAL;
		use.changed |= is_changed(match, &a[match->a_first],
								  &b[match->b_first]);
	}
	return use;
}

/* find_contradictions - the factors of a score; see the head of this file. */
void
find_contradictions(const TokenView *a, int na, const TokenView *b, int nb,
					const Alignment *alignment, MatchDetail *detail)
{
	CoreUse		use = use_of_core(a, b, alignment);
	uint32_t	a_met = alignment->a_met;
	uint32_t	b_met = alignment->b_met;
	Unmet		a_unmet;
	Unmet		b_unmet;
	int			trusted = 1000 * (use.weight + TRUSTED_WEIGHT);

	collect_unmet(a, na, a_met, &a_unmet);
	collect_unmet(b, nb, b_met, &b_unmet);
	detail->contradiction = weigh_contradiction(&a_unmet, &b_unmet);
	detail->trusted_weight = use.weight + TRUSTED_WEIGHT;
	detail->core_factor = (int) ((int64_t) SCORE_ONE * trusted /
								 (trusted + detail->contradiction));
	detail->number_factor = has_unmet(a, na, a_met, TAG_NUMBER) &&
		has_unmet(b, nb, b_met, TAG_NUMBER) ? NUMBER_FACTOR : SCORE_ONE;
	detail->place_factor = has_unmet(a, na, a_met, TAG_PLACE) &&
		has_unmet(b, nb, b_met, TAG_PLACE) ? PLACE_FACTOR : SCORE_ONE;
	detail->unnamed_factor = use.met ? SCORE_ONE : UNNAMED_FACTOR;
	detail->edit_factor = use.changed && !use.equal &&
		use.core_weight < LONE_WEIGHT ? EDIT_FACTOR : SCORE_ONE;
}
