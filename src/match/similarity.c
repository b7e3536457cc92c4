/*-------------------------------------------------------------------------
 *
 * similarity.c
 *	  The one formula.
 *
 *	  score = max(words * contradictions,
 *				  flatten(letters * contradictions))
 *
 *	  letters = share of trigram weight of the joined cores that is common,
 *				times 1.12, and 0.85 where no distinctive word is respelled;
 *				nothing where those that are akin weigh too little
 *	  flatten = a tenth of what is beyond 0.65
 *	  words	  = met / (full + left / 8 + min(left, 6))
 *
 * full is the weight of the words that met, met the same less what edits and
 * other spellings cost, left the weight of the words that did not meet; a
 * word in two names weighs what it weighs in the one where that is less.
 * The first six of what is left cost in full, so that names of one word do
 * not resemble every name that has it; all of it costs an eighth, and no
 * more, so that the rest of a long name does not hide the part that met.
 * Where only legal forms are left, those cost an eighth or a third, and of
 * no more than two.
 * Distinctive words are akin that met, other than by an acronym or a sound
 * alone, or that agree in a part; in both names they have to weigh a share
 * of all such words.  So what is alike shows in the words that an index knows,
 * and letters by chance show nothing.
 * The factors are contradictions (contradict.c) and never above one.  key.c
 * proves what an index may conclude from this, and has to follow every
 * change here.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include <string.h>

#define TRUSTED_GRAMS 9			/* from here on grams are trusted in full */
#define LETTERS_RAISED 112		/* percent: both components mean the same at
								 * the default threshold */
#define SAME_LETTERS 8500		/* what letters count of SCORE_ONE where words
								 * say the same */
#define AKIN_SHARE 33			/* percent of the distinctive words' weight */
#define LEAST_AKIN 10			/* ... and no less: "home" alone shows little */
#define LETTERS_ALONE 6500		/* beyond this letters alone show little */
#define LETTERS_BEYOND 10		/* ... one part in so many */
#define LEFT_IN_FULL 6000		/* ... and this much of it in full */
#define MAX_FORMS_LEFT 2000		/* legal forms, where nothing else is left */
#define CHANGED_SHARE 3
#define LIGHT_WORD 3			/* "group" weighs so much */

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

/* share_grams - weighted Dice, raised */
static int
share_grams(int overlap, int total)
{
	int			share = total == 0 ? 0 : 2 * overlap * SCORE_ONE / total;

	share = share * LETTERS_RAISED / 100;
	return share < SCORE_ONE ? share : SCORE_ONE;
}

/*
 * akin_enough - of distinctive words that weigh so much together, what those
 * that are akin must weigh for letters to count
 */
int
akin_enough(int core)
{
	int			share = (core * AKIN_SHARE + 99) / 100;

	return share > LEAST_AKIN ? share : LEAST_AKIN;
}

/* does_resemble - do the words that are akin weigh enough in both names? */
static bool
does_resemble(const MatchDetail *detail)
{
	return detail->a_akin >= akin_enough(detail->a_core) &&
		detail->b_akin >= akin_enough(detail->b_core);
}

/* first component: weighted Dice on the grams of the joined cores */
static void
score_grams(const PackedName *a, const PackedName *b, MatchDetail *detail)
{
	detail->gram_overlap = overlap_grams(a, b);
	detail->gram_total = a->gram_weight + b->gram_weight;
	detail->gram_trust = trust_grams(a->ngrams, b->ngrams);
	detail->gram_score = !does_resemble(detail) ? 0 :
		reduce_score(share_grams(detail->gram_overlap, detail->gram_total),
					 detail->gram_trust);
	if (!detail->respelled)
		detail->gram_score = reduce_score(detail->gram_score, SAME_LETTERS);
}

/*
 * leave_token - what a word weighs that is left, in thousandths; nothing if
 * the name says the same in full
 */
int
leave_token(const TokenView *token)
{
	if (is_own(token))
		return 0;
	return leave_weight(token->weight, token->tag == TAG_CORE ||
						token->tag == TAG_LEGAL);
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

static SideSum
sum_side(const TokenView *tokens, int count, uint32_t met)
{
	SideSum		sum = {0, 0, 0, 0};

	for (int i = 0; i < count; i++)
		if (met >> i & 1)
			sum.met += tokens[i].weight;
		else
		{
			sum.left += leave_token(&tokens[i]);
			sum.core_left += tokens[i].tag == TAG_CORE &&
				!is_own(&tokens[i]) ? tokens[i].weight : 0;
			sum.form_left += tokens[i].tag == TAG_LEGAL ?
				leave_token(&tokens[i]) : 0;
		}
	return sum;
}

/*
 * sides_may_reach - can two names reach the threshold by their words, if no
 * tokens but these met?
 *
 * Each match counts the smaller weight of its two sides, so met and full are
 * at most the smaller sum; more than what surely did not meet is left; the
 * core of a side whose core words surely did not all meet is not covered; and
 * legal forms are all that is left only where nothing else surely is.
 */
bool
sides_may_reach(SideSum x, SideSum y, int threshold)
{
	int			met = 1000 * (x.met < y.met ? x.met : y.met);
	WordSum		words = {met, met, x.left + y.left};

	if (words.left == x.form_left + y.form_left)
		words.left = leave_forms(words.left, NOT_CHANGED);
	if (words.left > COVERED_LEFT && met >= 1000 * DISTINCTIVE_WEIGHT &&
		(x.core_left == 0 || y.core_left == 0) &&
		x.core_left + y.core_left <= MAX_CORE_LEFT)
		words.left = COVERED_LEFT;
	return do_words_reach(words, threshold);
}

/* words_may_reach - sides_may_reach, of the tokens that may have met */
bool
words_may_reach(const TokenView *a, int na, uint32_t a_met,
				const TokenView *b, int nb, uint32_t b_met, int threshold)
{
	return sides_may_reach(sum_side(a, na, a_met), sum_side(b, nb, b_met),
						   threshold);
}

static int
sum_core(const TokenView *tokens, int count, uint32_t met)
{
	int			weight = 0;

	for (int i = 0; i < count; i++)
		if (tokens[i].tag == TAG_CORE && !(met >> i & 1) &&
			!is_own(&tokens[i]))
			weight += tokens[i].weight;
	return weight;
}

/*
 * list_akin - what met by letters: not by an acronym, and not by a sound alone,
 * whose words may be written quite differently
 */
static void
list_akin(const TokenView *a, const TokenView *b,
		  const Alignment *alignment, uint32_t *a_akin, uint32_t *b_akin)
{
	*a_akin = *b_akin = 0;
	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];

		if (match->means == MEANS_INITIALS ||
			(match->means == MEANS_SOUND &&
			 !is_near(&a[match->a_first], &b[match->b_first])))
			continue;
		*a_akin |= span_mask(match->a_first, match->a_count);
		*b_akin |= span_mask(match->b_first, match->b_count);
	}
}

/* is_same - did words meet letter for letter, apart from spaces? */
static bool
is_same(const WordMatch *match)
{
	return match->means == MEANS_EQUAL ||
		(match->means == MEANS_JOINED && match->credit >= JOINED_CREDIT);
}

/* sum_other - what is left of one name besides core words and legal forms */
static int
sum_other(const TokenView *tokens, int count, uint32_t met)
{
	int			weight = 0;

	for (int i = 0; i < count; i++)
		if (tokens[i].tag != TAG_CORE && tokens[i].tag != TAG_LEGAL &&
			!(met >> i & 1))
			weight += tokens[i].weight;
	return weight;
}

/* What is left of one name: core words, and others but legal forms. */
typedef struct SideLeft
{
	int			core;
	int			other;
} SideLeft;

static SideLeft
sum_side_left(const TokenView *tokens, int count, uint32_t met)
{
	return (SideLeft) {sum_core(tokens, count, met),
		sum_other(tokens, count, met)};
}

/* may_stand_for - a core word of one name alone, and another of the other? */
static bool
may_stand_for(SideLeft a, SideLeft b)
{
	return a.core > 0 && b.core == 0 && b.other > 0;
}

/*
 * is_respelled - is there a distinctive word that may stand on the other side
 * in other letters: one that met so; one that is akin to what it did not
 * meet, or mostly has its letters; or one that is left where only other words
 * are on the other side, which it may be?
 *
 * If not, the words tell all there is, and letters would hide what is left;
 * they count a little less, and no more than that, so that a letter that is
 * wrong makes no match.
 */
static bool
is_respelled(const MatchDetail *detail, SideLeft a, SideLeft b)
{
	const Alignment *alignment = &detail->alignment;

	for (int i = 0; i < alignment->count; i++)
		if (!is_same(&alignment->matches[i]))
			return true;
	return may_stand_for(a, b) || may_stand_for(b, a) ||
		detail->a_akin > detail->a_core - a.core ||
		detail->b_akin > detail->b_core - b.core ||
		2 * detail->contradiction < 1000 * (a.core < b.core ? a.core : b.core);
}

/* find_akin - weigh the core words that are akin */
static void
find_akin(const TokenView *a, int na, const TokenView *b, int nb,
		  MatchDetail *detail)
{
	uint32_t	a_akin;
	uint32_t	b_akin;

	list_akin(a, b, &detail->alignment, &a_akin, &b_akin);
	for (int i = 0; i < na; i++)
		for (int j = 0; bears_parts(&a[i]) && j < nb; j++)
			if (agree_in_part(&a[i], &b[j]))
			{
				a_akin |= UINT32_C(1) << i;
				b_akin |= UINT32_C(1) << j;
			}
	detail->a_core = sum_core(a, na, 0);
	detail->b_core = sum_core(b, nb, 0);
	detail->a_akin = detail->a_core - sum_core(a, na, a_akin);
	detail->b_akin = detail->b_core - sum_core(b, nb, b_akin);
	detail->respelled =
		is_respelled(detail, sum_side_left(a, na, detail->alignment.a_met),
					 sum_side_left(b, nb, detail->alignment.b_met));
}

/* stands_in - is nothing of one name left but a light word? */
static bool
stands_in(const TokenView *tokens, int count, uint32_t met)
{
	return sum_core(tokens, count, met) == 0 &&
		sum_other(tokens, count, met) <= LIGHT_WORD;
}

/*
 * is_covered - does one name stand in the other, a distinctive word among
 * it, which has no more than one distinctive word besides?
 */
static bool
is_covered(const TokenView *a, int na, const TokenView *b, int nb,
		   const Alignment *alignment)
{
	if (!stands_in(a, na, alignment->a_met) &&
		!stands_in(b, nb, alignment->b_met))
		return false;
	if (sum_core(a, na, alignment->a_met) +
		sum_core(b, nb, alignment->b_met) > MAX_CORE_LEFT)
		return false;
	for (int i = 0; i < alignment->count; i++)
		if (alignment->matches[i].weight >= DISTINCTIVE_WEIGHT &&
			alignment->matches[i].means != MEANS_INITIALS)
			return true;
	return false;
}

/* find_change - how far the words that met are from being equal */
static WordChange
find_change(const TokenView *a, const TokenView *b,
			const Alignment *alignment)
{
	WordChange	change = NOT_CHANGED;

	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];

		if (is_changed(match, &a[match->a_first], &b[match->b_first]))
			return MUCH_CHANGED;
		if (match->credit < 1000)
			change = LITTLE_CHANGED;
	}
	return change;
}

/*
 * leave_forms - what legal forms cost where nothing else is left: next to
 * nothing beside equal words, a third beside words that bear their change
 */
int
leave_forms(int left, WordChange change)
{
	if (change == MUCH_CHANGED)
		return left;
	if (left > MAX_FORMS_LEFT)
		left = MAX_FORMS_LEFT;
	return left / (change == NOT_CHANGED ? LEFT_SHARE : CHANGED_SHARE);
}

/* has_only_forms - is nothing left but legal forms? */
static bool
has_only_forms(const TokenView *tokens, int count, uint32_t met)
{
	for (int i = 0; i < count; i++)
		if (tokens[i].tag != TAG_LEGAL && tokens[i].weight > 0 &&
			!(met >> i & 1) && !is_own(&tokens[i]))
			return false;
	return true;
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
	if (has_only_forms(a, na, alignment->a_met) &&
		has_only_forms(b, nb, alignment->b_met))
		words.left = leave_forms(words.left, find_change(a, b, alignment));
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
	find_contradictions(a_tokens, na, b_tokens, nb, alignment, detail);
	find_akin(a_tokens, na, b_tokens, nb, detail);
	score_grams(a, b, detail);
	score_tokens(a_tokens, na, b_tokens, nb, detail);
}

/* contradict_score - a component less what contradicts */
static int
contradict_score(int score, const MatchDetail *detail)
{
	score = reduce_score(score, detail->number_factor);
	score = reduce_score(score, detail->place_factor);
	score = reduce_score(score, detail->core_factor);
	score = reduce_score(score, detail->unnamed_factor);
	return reduce_score(score, detail->edit_factor);
}

/*
 * flatten_letters - beyond LETTERS_ALONE letters count little, for they change
 * faster than people expect: a letter in a word of eight takes three of its
 * eight trigrams.
 */
static int
flatten_letters(int letters)
{
	return letters <= LETTERS_ALONE ? letters :
		LETTERS_ALONE + (letters - LETTERS_ALONE) / LETTERS_BEYOND;
}

/*
 * least_letters - the least score of letters that flattens to a threshold;
 * above SCORE_ONE where none does
 */
int
least_letters(int threshold)
{
	return threshold <= LETTERS_ALONE ? threshold :
		LETTERS_ALONE + (threshold - LETTERS_ALONE) * LETTERS_BEYOND;
}

static int
combine_score(const MatchDetail *detail)
{
	int			words = contradict_score(detail->token_score, detail);
	int			letters = contradict_score(detail->gram_score, detail);

	letters = flatten_letters(letters);
	return letters > words ? letters : words;
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
	score = combine_score(detail);
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
 * share_letters - the least share of grams that reaches a threshold; above
 * SCORE_ONE where none does
 */
int
share_letters(int threshold)
{
	int			letters = least_letters(threshold);

	return letters > SCORE_ONE ? letters : letters * 100 / LETTERS_RAISED;
}

/* need_overlap - of grams that weigh so much together, for such a share */
int
need_overlap(int total, int share)
{
	return (share * total + 2 * SCORE_ONE - 1) / (2 * SCORE_ONE);
}

/* letters_may_reach - can the first component reach the threshold? */
static bool
letters_may_reach(const PackedName *a, const PackedName *b, int threshold)
{
	int			total = a->gram_weight + b->gram_weight;
	int			enough = need_overlap(total, share_letters(threshold));
	int			overlap;

	if (enough > a->gram_weight || enough > b->gram_weight)
		return false;
	overlap = overlap_enough(a, b, enough);
	return overlap >= 0 && reduce_score(share_grams(overlap, total),
										trust_grams(a->ngrams, b->ngrams)) >=
		least_letters(threshold);
}

/* words_of_may_reach - can the second component? */
static bool
words_of_may_reach(const PackedName *a, const PackedName *b, int threshold)
{
	TokenView	a_tokens[MAX_TOKENS];
	TokenView	b_tokens[MAX_TOKENS];
	int			na = view_tokens(a, a_tokens);
	int			nb = view_tokens(b, b_tokens);
	uint32_t	a_met;
	uint32_t	b_met;

	find_met(a_tokens, na, b_tokens, nb, &a_met, &b_met);
	return words_may_reach(a_tokens, na, a_met, b_tokens, nb, b_met,
						   threshold);
}

/*
 * names_reach - score_names(a, b) >= threshold, which is above zero; mostly
 * told without the whole score, since reductions only lower it.
 */
bool
names_reach(const PackedName *a, const PackedName *b, int threshold)
{
	if (!letters_may_reach(a, b, threshold) &&
		!words_of_may_reach(a, b, threshold) && compare_names(a, b) != 0)
		return false;
	return score_names(a, b, NULL) >= threshold;
}
