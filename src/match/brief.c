/*-------------------------------------------------------------------------
 *
 * brief.c
 *	  What a name's words weigh, in a few bytes.
 *
 * A list in memory rules out most names that share a word with the sought
 * one.  For that it needs weights and tags, and whether words that say little
 * are the same: a hash of their letters will do, since a chance hit only
 * makes a name a candidate.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

/* hash_word - of the letters of a word, in two bytes */
static uint16_t
hash_word(const TokenView *token)
{
	uint32_t	hash = UINT32_C(2166136261);

	for (int i = 0; i < token->length; i++)
		hash = (hash ^ (uint8_t) token->letters[i]) * UINT32_C(16777619);
	return (uint16_t) (hash ^ hash >> 16);
}

/* brief_words - the words of a name in brief; words has room for ntokens */
void
brief_words(const TokenView *tokens, int ntokens, BriefWord *words,
			WordBrief *brief)
{
	*brief = (WordBrief) {.words = words, .count = (uint8_t) ntokens};
	for (int i = 0; i < ntokens; i++)
	{
		uint8_t		weight = tokens[i].weight;

		words[i] = (BriefWord) {hash_word(&tokens[i]), weight};
		if (tokens[i].tag == TAG_CORE)
		{
			brief->core |= UINT32_C(1) << i;
			if (is_own(&tokens[i]))
				brief->own |= UINT32_C(1) << i;
			else
				brief->core_weight += weight;
		}
		else if (tokens[i].tag == TAG_LEGAL)
		{
			brief->legal |= UINT32_C(1) << i;
			brief->legal_weight += weight;
		}
		else
			brief->other_weight += weight;
	}
}

/* meet_unasked - mark what may be the same word on both sides, no core word */
static void
meet_unasked(const WordBrief *sought, uint32_t unasked,
			 const WordBrief *stored, uint32_t *sought_met,
			 uint32_t *stored_met)
{
	for (int i = 0; unasked != 0; i++, unasked >>= 1)
		for (int j = 0; (unasked & 1) && j < stored->count; j++)
			if (sought->words[i].hash == stored->words[j].hash &&
				!(stored->core >> j & 1))
			{
				*sought_met |= UINT32_C(1) << i;
				*stored_met |= UINT32_C(1) << j;
			}
}

/* sum_brief - of all words less those that met, which are few */
static SideSum
sum_brief(const WordBrief *brief, uint32_t met)
{
	int			core = brief->core_weight;
	int			legal = brief->legal_weight;
	int			other = brief->other_weight;
	int			sum = core + legal + other;

	for (int i = 0; met != 0; i++, met >>= 1)
		if (met & (brief->own >> i) & 1)
			sum += brief->words[i].weight;
		else if (met & 1)
			*(brief->core >> i & 1 ? &core :
			  brief->legal >> i & 1 ? &legal : &other) -=
				brief->words[i].weight;
	return (SideSum) {
		.met = sum - core - legal - other,
		.left = leave_weight(core + legal, true) + leave_weight(other, false),
		.core_left = core,
		.form_left = leave_weight(legal, true)
	};
}

/*
 * briefs_may_reach - words_may_reach, told in brief.
 *
 * unasked: words of the sought name that meet unseen, see extract_probes.
 */
bool
briefs_may_reach(const WordBrief *sought, uint32_t sought_met,
				 uint32_t unasked, const WordBrief *stored,
				 uint32_t stored_met, int threshold)
{
	meet_unasked(sought, unasked, stored, &sought_met, &stored_met);
	return sides_may_reach(sum_brief(sought, sought_met),
						   sum_brief(stored, stored_met), threshold);
}

/* is_brief_akin - may these words be enough for letters to count? */
bool
is_brief_akin(const WordBrief *brief, uint32_t met)
{
	int			akin = 0;

	met &= brief->core & ~brief->own;
	for (int i = 0; met != 0; i++, met >>= 1)
		akin += met & 1 ? brief->words[i].weight : 0;
	return akin >= akin_enough(brief->core_weight);
}
