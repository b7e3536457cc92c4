/*-------------------------------------------------------------------------
 *
 * align.c
 *	  Which words of one name meet which words of the other.
 *
 * Every way for words to meet has a family of index keys (key.c) that finds
 * it; a new way needs one first.  Pairs are taken greedily, the most
 * valuable first; ties fall to the earlier words, and the caller hands the
 * two names over in an order of its own making, so the result is symmetric.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include <string.h>

#define MAX_CANDIDATES 256
#define JOINED_CREDIT 820		/* two common words make many others */
#define INITIALS_CREDIT 700	/* weaker evidence than a word */

typedef struct Candidates
{
	int			count;
	WordMatch	matches[MAX_CANDIDATES];
} Candidates;

/*
 * credit_edit - what one edited letter leaves of a match, falling with the
 * share of the longer word that it is.
 */
static int
credit_edit(int na, int nb)
{
	return 1000 - 1700 / (na > nb ? na : nb);
}

/* joined_length - of neighbours written as one; 0 where they cannot be. */
static int
joined_length(const TokenView *tokens, int count)
{
	int			length = 0;

	for (int i = 0; i < count; i++)
	{
		if (tokens[i].tag == TAG_LEGAL)
			return 0;
		length += tokens[i].length;
	}
	return length <= MAX_JOINED_LENGTH ? length : 0;
}

/* join_tokens - neighbours written as one; returns the length, 0 if none. */
int
join_tokens(const TokenView *tokens, int count, char *out)
{
	int			length = joined_length(tokens, count);

	for (int i = 0; length > 0 && i < count; i++)
	{
		memcpy(out, tokens[i].letters, tokens[i].length);
		out += tokens[i].length;
	}
	return length;
}

/*
 * join_initials - first letters of so many words that a name begins with,
 * stop words passed over; returns the number of tokens spanned, 0 if there
 * are too few.  *used gets a bit for every word that gave a letter.
 */
int
join_initials(const TokenView *tokens, int ntokens, int letters, char *out,
			  uint32_t *used)
{
	int			found = 0;

	*used = 0;
	for (int i = 0; i < ntokens && tokens[i].tag != TAG_NUMBER; i++)
	{
		if (tokens[i].tag == TAG_STOP)
			continue;
		out[found++] = tokens[i].letters[0];
		*used |= UINT32_C(1) << i;
		if (found == letters)
			return i + 1;
	}
	return 0;
}

static void
add_candidate(Candidates *candidates, WordMatch match)
{
	if (candidates->count < MAX_CANDIDATES && match.weight > 0)
		candidates->matches[candidates->count++] = match;
}

static int
sum_weights(const TokenView *tokens, int count)
{
	int			sum = 0;

	for (int i = 0; i < count; i++)
		sum += tokens[i].weight;
	return sum;
}

static uint8_t
smaller_weight(int a, int b)
{
	return (uint8_t) (a < b ? a : b);
}

/*
 * is_edited - may a word meet another by an edit?  Only core words: what the
 * word tables know is right as it is.
 */
bool
is_edited(const TokenView *token)
{
	return token->tag == TAG_CORE && token->length >= MIN_EDIT_LENGTH;
}

/* pair_tokens - single words that are equal or one edit apart. */
static void
pair_tokens(const TokenView *a, int na, const TokenView *b, int nb,
			Candidates *candidates)
{
	for (int i = 0; i < na; i++)
		for (int j = 0; j < nb; j++)
		{
			WordMatch	match = {(uint8_t) i, 1, (uint8_t) j, 1, MEANS_EQUAL,
			smaller_weight(a[i].weight, b[j].weight), 1000};

			if (match.weight == 0 || a[i].length > b[j].length + 1 ||
				b[j].length > a[i].length + 1 ||
				(a[i].tag == TAG_CORE) != (b[j].tag == TAG_CORE))
				continue;
			if (a[i].length == b[j].length &&
				memcmp(a[i].letters, b[j].letters, a[i].length) == 0)
				add_candidate(candidates, match);
			else if (is_edited(&a[i]) && is_edited(&b[j]) &&
					 is_one_edit(a[i].letters, a[i].length,
								 b[j].letters, b[j].length))
			{
				match.means = MEANS_EDIT;
				match.credit = (uint16_t) credit_edit(a[i].length,
													  b[j].length);
				add_candidate(candidates, match);
			}
		}
}

/* Put the sides of a match where they belong. */
static WordMatch
orient_match(WordMatch match, bool swapped)
{
	WordMatch	turned = match;

	if (!swapped)
		return match;
	turned.a_first = match.b_first;
	turned.a_count = match.b_count;
	turned.b_first = match.a_first;
	turned.b_count = match.a_count;
	return turned;
}

/*
 * pair_letters - a run of words of many, already written as one, against
 * every core word of single.
 */
static void
pair_letters(const char *letters, int length, WordMatch match,
			 int run_weight, const TokenView *single, int nsingle,
			 bool swapped, Candidates *candidates)
{
	for (int j = 0; j < nsingle; j++)
	{
		if (single[j].length != length || single[j].tag != TAG_CORE ||
			memcmp(single[j].letters, letters, length) != 0)
			continue;
		match.b_first = (uint8_t) j;
		match.weight = smaller_weight(run_weight, single[j].weight);
		add_candidate(candidates, orient_match(match, swapped));
	}
}

/* core_lengths - a bit for each length that a core word has */
static uint32_t
core_lengths(const TokenView *tokens, int count)
{
	uint32_t	lengths = 0;

	for (int i = 0; i < count; i++)
		if (tokens[i].tag == TAG_CORE && tokens[i].length <= MAX_JOINED_LENGTH)
			lengths |= UINT32_C(1) << tokens[i].length;
	return lengths;
}

/* pair_joined - runs of neighbours of many against words of single. */
static void
pair_joined(const TokenView *many, int nmany, const TokenView *single,
			int nsingle, bool swapped, Candidates *candidates)
{
	uint32_t	lengths = core_lengths(single, nsingle);

	for (int i = 0; i < nmany; i++)
		for (int count = 2; count <= MAX_JOINED && i + count <= nmany; count++)
		{
			char		joined[MAX_JOINED_LENGTH];
			int			length = joined_length(many + i, count);
			int			weight = sum_weights(many + i, count);
			WordMatch	match = {(uint8_t) i, (uint8_t) count, 0, 1,
			MEANS_JOINED, 0, weight >= RARE_RUN ? 1000 : JOINED_CREDIT};

			if (length == 0)
				break;
			if (!(lengths >> length & 1))
				continue;
			join_tokens(many + i, count, joined);
			pair_letters(joined, length, match, weight, single, nsingle,
						 swapped, candidates);
		}
}

/* pair_initials - initials of the words of many against words of single. */
static void
pair_initials(const TokenView *many, int nmany, const TokenView *single,
			  int nsingle, bool swapped, Candidates *candidates)
{
	uint32_t	lengths = core_lengths(single, nsingle);

	for (int count = MIN_INITIALS; count <= MAX_INITIALS; count++)
	{
		char		letters[MAX_INITIALS];
		uint32_t	used;
		int			spanned;
		WordMatch	match = {0, 0, 0, 1, MEANS_INITIALS, 0, INITIALS_CREDIT};

		if (!(lengths >> count & 1))
			continue;
		spanned = join_initials(many, nmany, count, letters, &used);
		if (spanned == 0)
			break;
		match.a_count = (uint8_t) spanned;
		pair_letters(letters, count, match, sum_weights(many, spanned),
					 single, nsingle, swapped, candidates);
	}
}

static int
value_match(const WordMatch *match)
{
	return match->weight * match->credit;
}

/* take_best - the most valuable match of words not yet met; false if none. */
static bool
take_best(const Candidates *candidates, Alignment *alignment)
{
	const WordMatch *best = NULL;

	for (int i = 0; i < candidates->count; i++)
	{
		const WordMatch *match = &candidates->matches[i];

		if ((span_mask(match->a_first, match->a_count) & alignment->a_met) ||
			(span_mask(match->b_first, match->b_count) & alignment->b_met))
			continue;
		if (best == NULL || value_match(match) > value_match(best))
			best = match;
	}
	if (best == NULL)
		return false;
	alignment->a_met |= span_mask(best->a_first, best->a_count);
	alignment->b_met |= span_mask(best->b_first, best->b_count);
	alignment->matches[alignment->count++] = *best;
	return true;
}

/* align_tokens - see the head of this file. */
void
align_tokens(const TokenView *a, int na, const TokenView *b, int nb,
			 Alignment *alignment)
{
	Candidates	candidates;

	candidates.count = 0;
	alignment->count = 0;
	alignment->a_met = 0;
	alignment->b_met = 0;
	pair_tokens(a, na, b, nb, &candidates);
	pair_joined(a, na, b, nb, false, &candidates);
	pair_joined(b, nb, a, na, true, &candidates);
	pair_initials(a, na, b, nb, false, &candidates);
	pair_initials(b, nb, a, na, true, &candidates);
	while (take_best(&candidates, alignment))
		 /* one more */ ;
}
