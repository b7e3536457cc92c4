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

#include <stdlib.h>
#include <string.h>

#define MAX_CANDIDATES 256
#define EDIT_COST 900			/* for an edit in a word of one letter */
#define SHORT_EDIT_COST 1150
#define TWO_EDITS_COST 2400
#define SOUND_COST 600			/* for a difference in a word of one letter */
#define ABJAD_SHARE 3			/* what it costs where vowels are not written */
#define MIN_SOUND_CREDIT 610
#define MAX_SOUND_LENGTHS 4		/* letters by which words of a sound differ */
#define RARE_RUN 24				/* joined words of this weight are as one */

typedef struct Candidates
{
	int			count;
	WordMatch	matches[MAX_CANDIDATES];
} Candidates;

/*
 * credit_edits - what one or two edits leave of a match, falling with the
 * share of the longer word that they are; a short word bears them less.  One
 * moves the score of a word of LONG_WORD letters by no more than 0.15.
 */
static int
credit_edits(int na, int nb, int edits)
{
	int			longer = na > nb ? na : nb;
	int			cost = edits == 2 ? TWO_EDITS_COST :
		longer < LONG_WORD ? SHORT_EDIT_COST : EDIT_COST;

	return 1000 - cost / longer;
}

/* credit_sound - what another spelling of the same sound leaves */
static int
credit_sound(const char *a, int na, const char *b, int nb, int origins)
{
	int			distance = compare_sounds(a, na, b, nb);

	if (origins & ORIGIN_ABJAD)
		distance /= ABJAD_SHARE;
	return 1000 - SOUND_COST * distance / (na > nb ? na : nb);
}

/* joined_length - of neighbours written as one; 0 where they cannot be. */
static int
joined_length(const TokenView *tokens, int count)
{
	int			length = 0;

	for (int i = 0; i < count; i++)
	{
		if (tokens[i].tag == TAG_LEGAL || tokens[i].tag == TAG_NUMBER)
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
 * sound_run - the sound of neighbours written as one: exactly that of their
 * joined letters, which are looked at only where the seam asks for it.
 */
uint32_t
sound_run(const TokenView *tokens, int count)
{
	uint32_t	sound = tokens[0].sound;
	char		letters[MAX_JOINED_LENGTH];

	for (int i = 1; i < count; i++)
		if (!join_sounds(&sound, tokens[i - 1].letters, tokens[i - 1].length,
						 tokens[i].letters, tokens[i].sound))
			return sound_word(letters, join_tokens(tokens, count, letters));
	return sound;
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

/* has_sound - may a word meet another by its sound? */
bool
has_sound(const TokenView *token)
{
	return count_sounds(token->sound) >= MIN_SOUNDS;
}

/* share_sound - may two words meet by one sound? */
static bool
share_sound(const TokenView *a, const TokenView *b)
{
	return a->sound == b->sound && has_sound(a) &&
		abs(a->length - b->length) <= MAX_SOUND_LENGTHS;
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

/* bears_parts - may a word be akin to others that have a part of it? */
bool
bears_parts(const TokenView *token)
{
	return is_edited(token) && token->length >= MIN_AKIN;
}

/*
 * agree_in_part - do two words that bear edits agree in a letter more than
 * half of the longer, from the start or the end, or in all but the two letters
 * in the middle?  By these parts key.c finds a word, whichever of the two is
 * the stored one.  They are of about one length, with more room for what is
 * added at the end.
 */
bool
agree_in_part(const TokenView *a, const TokenView *b)
{
	int			longer = a->length > b->length ? a->length : b->length;
	int			first = longer / 2;
	int			last = longer - first;
	int			more = abs(a->length - b->length);
	const char *a_end = a->letters + a->length;
	const char *b_end = b->letters + b->length;

	if (more > 2 || !bears_parts(a) || !bears_parts(b))
		return false;
	if (memcmp(a->letters, b->letters, first + 1) == 0)
		return true;
	if (more > 1 || memcmp(a_end - last + 1, b_end - last + 1, last - 1) != 0)
		return false;
	return memcmp(a_end - last - 1, b_end - last - 1, 2) == 0 ||
		memcmp(a->letters, b->letters, first - 1) == 0;
}

/* share_part - the same of long words, which may differ by two edits */
static bool
share_part(const TokenView *a, const TokenView *b)
{
	return a->length >= MIN_TWO_EDITS && b->length >= MIN_TWO_EDITS &&
		abs(a->length - b->length) <= 1 && agree_in_part(a, b);
}

/* is_near - are two words that bear edits one edit apart? */
bool
is_near(const TokenView *a, const TokenView *b)
{
	return is_edited(a) && is_edited(b) &&
		is_one_edit(a->letters, a->length, b->letters, b->length);
}

/*
 * meet_core - how two different core words may meet: by an edit or by their
 * sound, whichever leaves more
 */
static void
meet_core(const TokenView *a, const TokenView *b, WordMatch *match)
{
	int			credit = 0;

	if (is_near(a, b))
	{
		match->means = MEANS_EDIT;
		credit = credit_edits(a->length, b->length, 1);
	}
	else if (share_part(a, b) &&
			 is_two_edits(a->letters, a->length, b->letters, b->length))
	{
		match->means = MEANS_TWO_EDITS;
		credit = credit_edits(a->length, b->length, 2);
	}
	if (share_sound(a, b))
	{
		int			own = credit_sound(a->letters, a->length, b->letters,
									   b->length, a->origin | b->origin);

		if (own > credit && own >= MIN_SOUND_CREDIT)
		{
			match->means = MEANS_SOUND;
			credit = own;
		}
	}
	match->credit = (uint16_t) credit;
}

/*
 * credit_like - what a match of a word with a single other one that is not
 * equal leaves at most
 */
int
credit_like(const TokenView *token)
{
	int			length = token->length;
	int			credit = 0;

	if (token->tag != TAG_CORE)
		return 0;
	if (is_edited(token))
	{
		int			shorter = credit_edits(length, length, 1);
		int			longer = credit_edits(length, length + 1, 1);

		credit = shorter > longer ? shorter : longer;
	}
	if (has_sound(token))
	{
		int			sound = token->origin & ORIGIN_ABJAD ? 1000 :
			1000 - SOUND_COST / (length + MAX_SOUND_LENGTHS);

		credit = sound > credit ? sound : credit;
	}
	return credit;
}

/* pair_tokens - single words: equal, one edit apart, or of one sound. */
static void
pair_tokens(const TokenView *a, int na, const TokenView *b, int nb,
			Candidates *candidates)
{
	for (int i = 0; i < na; i++)
		for (int j = 0; j < nb; j++)
		{
			WordMatch	match = {(uint8_t) i, 1, (uint8_t) j, 1, MEANS_EQUAL,
			smaller_weight(a[i].weight, b[j].weight), 1000};

			if (match.weight == 0 ||
				(a[i].tag == TAG_CORE) != (b[j].tag == TAG_CORE))
				continue;
			if (a[i].length != b[j].length ||
				memcmp(a[i].letters, b[j].letters, a[i].length) != 0)
			{
				if (a[i].tag != TAG_CORE)
					continue;
				meet_core(&a[i], &b[j], &match);
			}
			if (match.credit > 0)
				add_candidate(candidates, match);
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

/* A run of words that may be written as one. */
typedef struct Run
{
	const TokenView *tokens;
	int			count;
	int			length;
	int			weight;
	uint32_t	sound;
} Run;

/* credit_run - what is left of a match when a run is written as this word */
static int
credit_run(const Run *run, const TokenView *word)
{
	char		letters[MAX_JOINED_LENGTH];
	int			origins = word->origin;

	join_tokens(run->tokens, run->count, letters);
	if (run->length == word->length &&
		memcmp(letters, word->letters, run->length) == 0)
		return 1000;
	if (count_sounds(run->sound) < MIN_JOINED_SOUNDS)
		return 0;
	for (int i = 0; i < run->count; i++)
		origins |= run->tokens[i].origin;
	origins = credit_sound(letters, run->length, word->letters, word->length,
						   origins);
	return origins >= MIN_SOUND_CREDIT ? origins : 0;
}

/*
 * pair_run - a run of words of many, written as one, against every core word
 * of single.
 */
static void
pair_run(const Run *run, WordMatch match, const TokenView *single,
		 int nsingle, bool swapped, Candidates *candidates)
{
	int			most = run->weight >= RARE_RUN ? 1000 : JOINED_CREDIT;

	for (int j = 0; j < nsingle; j++)
	{
		int			credit = single[j].tag == TAG_CORE &&
			single[j].sound == run->sound ? credit_run(run, &single[j]) : 0;

		if (credit <= 0)
			continue;
		match.b_first = (uint8_t) j;
		match.credit = (uint16_t) (credit * most / 1000);
		match.weight = smaller_weight(run->weight, single[j].weight);
		add_candidate(candidates, orient_match(match, swapped));
	}
}

/* is_open - does a word begin with a vowel? */
static bool
is_open(uint32_t sound)
{
	return sound != 0 && count_sounds(sound & 15) == 0;
}

/* has_few_sounds - too few consonants for a run of another spelling? */
static bool
has_few_sounds(uint32_t sound)
{
	return sound >> 4 * (MIN_JOINED_SOUNDS - 1) == 0 ||
		count_sounds(sound) < MIN_JOINED_SOUNDS;
}

/* Core words that runs may be written as, a bit for each. */
typedef struct RunWords
{
	uint32_t	any;
	uint32_t	few;			/* with few sounds: by their letters */
	uint32_t	open;			/* that begin with a vowel */
} RunWords;

static RunWords
list_run_words(const TokenView *tokens, int count)
{
	RunWords	words = {0, 0, 0};

	for (int i = 0; i < count; i++)
	{
		if (tokens[i].tag != TAG_CORE)
			continue;
		words.any |= UINT32_C(1) << i;
		if (has_few_sounds(tokens[i].sound))
			words.few |= UINT32_C(1) << i;
		if (is_open(tokens[i].sound))
			words.open |= UINT32_C(1) << i;
	}
	return words;
}

/*
 * find_like - the core words of single, a bit for each, that a run which
 * begins with this word might be written as
 *
 * Where they have few sounds the letters are equal.  A cluster of letters
 * across the seam takes in two consonants of the first word at most; those
 * before them are the first ones of the run.
 */
static uint32_t
find_like(const TokenView *first, const TokenView *single,
		  const RunWords *words)
{
	uint32_t	mask = first->sound >> 8;
	uint32_t	like = 0;
	uint32_t	left = words->any & (words->few | (is_open(first->sound) ?
												   words->open : ~words->open));

	/* 15 for each of them */
	mask |= mask >> 16;
	mask |= mask >> 8;
	mask |= mask >> 4;
	mask = ((mask | mask >> 1 | mask >> 2 | mask >> 3) & 0x11111111) * 15;
	for (int j = 0; left != 0; j++, left >>= 1)
	{
		const TokenView *word = &single[j];

		if (!(left & 1) || ((word->sound ^ first->sound) & mask) != 0)
			continue;
		if (!(words->few >> j & 1) ||
			(word->length > first->length &&
			 memcmp(word->letters, first->letters, first->length) == 0))
			like |= UINT32_C(1) << j;
	}
	return like;
}

/* pair_joined - runs of neighbours of many against words of single. */
static void
pair_joined(const TokenView *many, int nmany, const TokenView *single,
			int nsingle, bool swapped, Candidates *candidates)
{
	RunWords	words = list_run_words(single, nsingle);

	for (int i = 0; i < nmany; i++)
	{
		if (find_like(many + i, single, &words) == 0)
			continue;
		for (int count = 2; count <= MAX_JOINED && i + count <= nmany; count++)
		{
			Run			run = {many + i, count, joined_length(many + i, count),
			0, 0};
			WordMatch	match = {(uint8_t) i, (uint8_t) count, 0, 1,
			MEANS_JOINED, 0, 0};

			if (run.length == 0)
				break;
			run.weight = sum_weights(many + i, count);
			run.sound = sound_run(many + i, count);
			pair_run(&run, match, single, nsingle, swapped, candidates);
		}
	}
}

/*
 * pair_letters - initials of many, already written as one, against every core
 * word of single.
 */
static void
pair_letters(const char *letters, int length, WordMatch match,
			 int run_weight, const TokenView *single, int nsingle,
			 bool swapped, Candidates *candidates)
{
	for (int j = 0; j < nsingle; j++)
	{
		if (single[j].length != length || single[j].tag != TAG_CORE ||
			is_own(&single[j]) ||
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

/* pair_initials - initials of the words of many against words of single. */
static void
pair_initials(const TokenView *many, int nmany, const TokenView *single,
			  int nsingle, bool swapped, Candidates *candidates)
{
	uint32_t	lengths;
	int			first;

	if (!may_be_initials(many, nmany, single, nsingle))
		return;
	lengths = core_lengths(single, nsingle);
	first = first_named(many, nmany);
	for (int count = MIN_INITIALS; count <= MAX_INITIALS; count++)
	{
		if (!(lengths >> count & 1))
			continue;
		for (int kind = 0; kind < INITIALS_KINDS; kind++)
		{
			char		letters[MAX_INITIALS];
			uint32_t	used;
			int			spanned = join_initials(many, nmany, count, kind,
												letters, &used) - first;
			WordMatch	match = {(uint8_t) first, (uint8_t) spanned, 0, 1,
				MEANS_INITIALS, 0,
			(uint16_t) credit_initials(count)};

			if (spanned > 0)
				pair_letters(letters, count, match,
							 sum_weights(many + first, spanned), single,
							 nsingle, swapped, candidates);
		}
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

/* find_candidates - every way in which words of the two names may meet */
static void
find_candidates(const TokenView *a, int na, const TokenView *b, int nb,
				Candidates *candidates)
{
	candidates->count = 0;
	pair_tokens(a, na, b, nb, candidates);
	pair_joined(a, na, b, nb, false, candidates);
	pair_joined(b, nb, a, na, true, candidates);
	pair_initials(a, na, b, nb, false, candidates);
	pair_initials(b, nb, a, na, true, candidates);
}

/* find_sound - the core words of single that sound so, a bit for each */
static uint32_t
find_sound(uint32_t sound, const TokenView *single, int nsingle)
{
	uint32_t	found = 0;

	for (int j = 0; j < nsingle; j++)
		if (single[j].tag == TAG_CORE && single[j].sound == sound)
			found |= UINT32_C(1) << j;
	return found;
}

/*
 * add_runs - of many, runs that sound as a core word of single, or might
 * where only the letters across a seam would tell
 */
static void
add_runs(const TokenView *many, int nmany, const TokenView *single,
		 int nsingle, uint32_t *many_met, uint32_t *single_met)
{
	RunWords	words = list_run_words(single, nsingle);

	for (int i = 0; i + 1 < nmany; i++)
	{
		uint32_t	like = find_like(many + i, single, &words);
		uint32_t	sound = many[i].sound;
		bool		known = true;

		for (int count = 2; like != 0 && count <= MAX_JOINED &&
			 i + count <= nmany && joined_length(many + i, count) > 0; count++)
		{
			const TokenView *last = &many[i + count - 2];
			uint32_t	found = like;

			known = known && join_sounds(&sound, last->letters, last->length,
										 last[1].letters, last[1].sound);
			if (known)
				found = find_sound(sound, single, nsingle);
			*many_met |= found != 0 ? span_mask(i, count) : 0;
			*single_met |= found;
		}
	}
}

/* may_be_edited - what meet_core may find by an edit or two, and some more */
static bool
may_be_edited(const TokenView *a, const TokenView *b)
{
	if (!is_edited(a) || !is_edited(b) || a->length - b->length > 1 ||
		b->length - a->length > 1)
		return false;
	if (share_part(a, b))
		return true;
	/* one edit leaves the first letter or the last */
	return (a->letters[0] == b->letters[0] ||
			a->letters[a->length - 1] == b->letters[b->length - 1]) &&
		is_one_edit(a->letters, a->length, b->letters, b->length);
}

/* may_meet - what pair_tokens may find of two words, and some more */
static bool
may_meet(const TokenView *a, const TokenView *b)
{
	if ((a->tag == TAG_CORE) != (b->tag == TAG_CORE))
		return false;
	if (a->length == b->length && a->letters[0] == b->letters[0] &&
		memcmp(a->letters, b->letters, a->length) == 0)
		return true;
	if (a->tag != TAG_CORE)
		return false;
	return share_sound(a, b) || may_be_edited(a, b);
}

/* add_initials - initials of the words of many that are words of single */
static void
add_initials(const TokenView *many, int nmany, const TokenView *single,
			 int nsingle, uint32_t *many_met, uint32_t *single_met)
{
	Candidates	candidates;

	candidates.count = 0;
	pair_initials(many, nmany, single, nsingle, false, &candidates);
	for (int i = 0; i < candidates.count; i++)
	{
		const WordMatch *match = &candidates.matches[i];

		*many_met |= span_mask(match->a_first, match->a_count);
		*single_met |= span_mask(match->b_first, match->b_count);
	}
}

/*
 * find_met - the tokens that any alignment could let meet, on both sides;
 * and some more, where only a closer look would tell.
 */
void
find_met(const TokenView *a, int na, const TokenView *b, int nb,
		 uint32_t *a_met, uint32_t *b_met)
{
	*a_met = *b_met = 0;
	for (int i = 0; i < na; i++)
		for (int j = 0; j < nb; j++)
			if (may_meet(&a[i], &b[j]))
			{
				*a_met |= UINT32_C(1) << i;
				*b_met |= UINT32_C(1) << j;
			}
	add_initials(a, na, b, nb, a_met, b_met);
	add_initials(b, nb, a, na, b_met, a_met);
	add_runs(a, na, b, nb, a_met, b_met);
	add_runs(b, nb, a, na, b_met, a_met);
}

/* align_tokens - see the head of this file. */
void
align_tokens(const TokenView *a, int na, const TokenView *b, int nb,
			 Alignment *alignment)
{
	Candidates	candidates;

	alignment->count = 0;
	alignment->a_met = 0;
	alignment->b_met = 0;
	find_candidates(a, na, b, nb, &candidates);
	while (take_best(&candidates, alignment))
		 /* one more */ ;
}
