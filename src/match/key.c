/*-------------------------------------------------------------------------
 *
 * key.c
 *	  Index keys of a stored name and probes of a sought one.
 *
 * Why no match is lost.  The score before reductions (which only lower it)
 * is the largest of three components.  The first two are shares bent by
 * sharpen_score, which rises: let t be the least share that reaches the
 * threshold.
 *
 * Grams.  2 O / (A + B) >= t, where O is the shared weight and A, B are the
 * totals of the sought and the stored name.  Since B >= O, this gives
 * O >= t A / (2 - t), the "need".  Grams not asked for ("rest") may all be
 * shared, so shared weight found + rest >= need is necessary.
 *
 * Words.  Each match counts the smaller of the weights of its two sides, so
 * a sought token never contributes more than its own weight.  If the tokens
 * that met weigh x in the sought name of weight W, the component is at most
 * 2 x / (2 x + (W - x)) = 2 x / (W + x) >= t, so x >= t W / (2 - t).
 * Stop words weigh nothing and have no keys of their own.
 *
 * Core.  The component is CORE_SCORE only if a word of at least
 * DISTINCTIVE_WEIGHT on both sides met an equal word, or a run of words of
 * RARE_RUN together; every such word and run of the sought name is asked for
 * as a whole, and every such word as a run.
 *
 * It remains that every way for words to meet is found by some probe:
 *	 equal, not core: by the word itself (a core word meets none of these);
 *	 equal, or one edit, both shorter than SEGMENT_LENGTH: both sides stand
 *		for the set of themselves and themselves without one letter; two words
 *		at distance one share a member;
 *	 stored word of SEGMENT_LENGTH or more: one edit leaves one half of it as
 *		it is, at the start or at the end of the sought word; the probes ask
 *		for the halves a stored word of each possible length would have.  Two
 *		letters swapped across the middle touch both halves: one more probe
 *		asks for the first half as it was before the swap;
 *	 joined, initials: equality with a key that the stored name has for the
 *		run, or, where the run is in the sought name, with the token's key.
 *
 * Rounding: shares are rounded down, and t is found with the very integer
 * function that bends them, so a score that reaches the threshold implies
 * "share >= t" in rationals; need is rounded up after exact arithmetic.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENT_LENGTH 7		/* from here on halves, not deletions */
#define GRAM_SLACK 6			/* a gram weighs no more than 4 */

/* ---------- hashing ---------- */

static int64_t
make_key(KeyClass class, int extra, const char *letters, int length)
{
	uint64_t	hash = UINT64_C(14695981039346656037) ^ (uint64_t) extra;

	for (int i = 0; i < length; i++)
		hash = (hash ^ (uint8_t) letters[i]) * UINT64_C(1099511628211);
	hash ^= hash >> 32;
	hash &= UINT64_C(0xFFFFFFFFFFFFFF);
	return (int64_t) ((uint64_t) class << 56 | hash);
}

static int64_t
gram_key(unsigned gram)
{
	return (int64_t) KEY_GRAM << 56 | gram;
}

static int64_t
version_key(int version)
{
	return (int64_t) KEY_VERSION << 56 | version;
}

/* The first half of a word has no more letters than the second. */
static int64_t
first_segment(const char *letters, int length)
{
	return make_key(KEY_SEGMENT, length, letters, length / 2);
}

static int64_t
second_segment(const char *end, int length)
{
	int			half = length - length / 2;

	return make_key(KEY_SEGMENT, 256 + length, end - half, half);
}

static int64_t
token_key(const char *letters, int length)
{
	return make_key(KEY_TOKEN, 0, letters, length);
}

/* Equal neighbours give the same word: only the first of them is dropped. */
static bool
is_repeated(const char *letters, int i)
{
	return i > 0 && letters[i] == letters[i - 1];
}

/* ---------- the stored side ---------- */

static bool
has_keys(const TokenView *token)
{
	return token->weight > 0;
}

/* has_halves - is a stored word found by its halves? */
static bool
has_halves(const TokenView *token)
{
	return is_edited(token) && token->length >= SEGMENT_LENGTH;
}

static int
extract_token(const TokenView *token, int64_t *keys)
{
	int			length = token->length;
	int			count = 0;
	char		shorter[MAX_LETTERS];

	if (has_halves(token))
	{
		keys[count++] = first_segment(token->letters, length);
		keys[count++] = second_segment(token->letters + length, length);
		return count;
	}
	keys[count++] = token_key(token->letters, length);
	for (int i = 0; is_edited(token) && i < length; i++)
		if (!is_repeated(token->letters, i))
			keys[count++] = token_key(shorter,
									  drop_letter(token->letters, length, i,
												  shorter));
	return count;
}

static int
extract_joined(const TokenView *tokens, int ntokens, int first, int64_t *keys)
{
	int			count = 0;
	char		letters[MAX_JOINED_LENGTH];

	for (int n = 2; n <= MAX_JOINED && first + n <= ntokens; n++)
	{
		int			length = join_tokens(tokens + first, n, letters);

		if (length == 0)
			break;
		keys[count++] = make_key(KEY_JOINED, 0, letters, length);
	}
	return count;
}

static int
extract_initials(const TokenView *tokens, int ntokens, int64_t *keys)
{
	int			count = 0;
	char		letters[MAX_INITIALS];
	uint32_t	used;

	for (int n = MIN_INITIALS; n <= MAX_INITIALS; n++)
	{
		if (join_initials(tokens, ntokens, n, letters, &used) == 0)
			break;
		keys[count++] = make_key(KEY_INITIALS, 0, letters, n);
	}
	return count;
}

static int
compare_keys(const void *a, const void *b)
{
	int64_t		x = *(const int64_t *) a;
	int64_t		y = *(const int64_t *) b;

	return x < y ? -1 : x > y;
}

/*
 * extract_keys - all keys of a stored name, ascending and distinct; returns
 * their number, at most MAX_KEYS.  A name without tokens matches nothing and
 * has no keys.  GIN sorts keys itself, through SQL functions, and passes over
 * what it finds in order.
 */
int
extract_keys(const PackedName *name, int64_t *keys)
{
	TokenView	tokens[MAX_TOKENS];
	int			ntokens = view_tokens(name, tokens);
	int			count = 0;
	int			distinct = 0;

	if (ntokens == 0)
		return 0;
	keys[count++] = version_key(name->version);
	for (int i = 0; i < name->ngrams; i++)
		keys[count++] = gram_key(read_gram(name, i));
	for (int i = 0; i < ntokens; i++)
	{
		if (has_keys(&tokens[i]))
			count += extract_token(&tokens[i], keys + count);
		count += extract_joined(tokens, ntokens, i, keys + count);
	}
	count += extract_initials(tokens, ntokens, keys + count);
	qsort(keys, count, sizeof(keys[0]), compare_keys);
	for (int i = 0; i < count; i++)
		if (i == 0 || keys[i] != keys[i - 1])
			keys[distinct++] = keys[i];
	return distinct;
}

/* ---------- the sought side ---------- */

static Probe *
add_probe(ProbeSet *set, int64_t key, uint32_t tokens)
{
	Probe	   *probe = &set->probes[set->count++];

	memset(probe, 0, sizeof(*probe));
	probe->key = key;
	probe->tokens = tokens;
	return probe;
}

/* need_weight - ceil(t W / (2 - t)) */
static int
need_weight(int weight, int threshold)
{
	int			divisor = 2 * SCORE_ONE - threshold;

	return (threshold * weight + divisor - 1) / divisor;
}

/*
 * prove_part - finding this probe proves so much of a token.
 *
 * Only for distinctive tokens, and only where a whole one makes a match.
 */
static void
prove_part(const ProbeSet *set, Probe *probe, int part,
		   const TokenView *token, int place)
{
	if (!set->core_admits || token->weight < DISTINCTIVE_WEIGHT)
		return;
	probe->parts = (uint8_t) part;
	probe->part_of = (uint8_t) place;
}

/* probe_whole - stored words equal to this one */
static void
probe_whole(ProbeSet *set, const TokenView *token, int place, uint32_t bit)
{
	const char *letters = token->letters;
	int			length = token->length;

	if (!has_halves(token))
	{
		prove_part(set, add_probe(set, token_key(letters, length), bit),
				   PART_WHOLE, token, place);
		return;
	}
	prove_part(set, add_probe(set, first_segment(letters, length), bit),
			   PART_FIRST, token, place);
	prove_part(set, add_probe(set, second_segment(letters + length, length),
							  bit),
			   PART_SECOND, token, place);
}

/* probe_halves - stored words of another length that has halves */
static void
probe_halves(ProbeSet *set, const TokenView *token, int length, uint32_t bit)
{
	if (length < SEGMENT_LENGTH || length > MAX_LETTERS)
		return;
	add_probe(set, first_segment(token->letters, length), bit);
	add_probe(set, second_segment(token->letters + token->length, length),
			  bit);
}

/* probe_swap - the first half before two letters swapped across the middle */
static void
probe_swap(ProbeSet *set, const TokenView *token, uint32_t bit)
{
	int			half = token->length / 2;
	char		swapped[MAX_LETTERS];

	if (token->length < SEGMENT_LENGTH ||
		token->letters[half - 1] == token->letters[half])
		return;
	memcpy(swapped, token->letters, half);
	swapped[half - 1] = token->letters[half];
	add_probe(set, first_segment(swapped, token->length), bit);
}

/* probe_edited - stored words one edit away */
static void
probe_edited(ProbeSet *set, const TokenView *token, uint32_t bit)
{
	char		shorter[MAX_LETTERS];

	probe_halves(set, token, token->length - 1, bit);
	probe_halves(set, token, token->length + 1, bit);
	probe_swap(set, token, bit);
	for (int i = 0; token->length <= SEGMENT_LENGTH && i < token->length; i++)
		if (!is_repeated(token->letters, i))
			add_probe(set, token_key(shorter, drop_letter(token->letters,
													  token->length, i,
													  shorter)), bit);
}

/*
 * probe_run - a run of the sought name as one word of a stored one: by the
 * first half of that, which is enough to go by.
 */
static void
probe_run(ProbeSet *set, const TokenView *run, int place, uint32_t bits)
{
	int64_t		key = has_halves(run) ?
		first_segment(run->letters, run->length) :
		token_key(run->letters, run->length);

	prove_part(set, add_probe(set, key, bits), PART_WHOLE, run, place);
}

/*
 * probe_joined - runs of the sought name that may be one word of a stored
 * one; those of rare words are distinctive.
 */
static void
probe_joined(ProbeSet *set, const TokenView *tokens, int ntokens, int first,
			 uint32_t probed)
{
	char		letters[MAX_JOINED_LENGTH];
	int			weight = tokens[first].weight;

	for (int n = 2; n <= MAX_JOINED && first + n <= ntokens; n++)
	{
		int			length = join_tokens(tokens + first, n, letters);
		uint32_t	bits = span_mask(first, n) & probed;
		TokenView	run = {letters, (uint8_t) length, TAG_CORE, 0, 0};

		weight += tokens[first + n - 1].weight;
		if (length == 0)
			break;
		if (weight >= RARE_RUN)
			run.weight = DISTINCTIVE_WEIGHT;
		if (bits != 0 || (set->core_admits && weight >= RARE_RUN))
			probe_run(set, &run, first, bits);
	}
}

/* probe_as_joined - runs of stored names written as this one word */
static void
probe_as_joined(ProbeSet *set, const TokenView *token, int place,
				uint32_t bit)
{
	int64_t		key = make_key(KEY_JOINED, 0, token->letters, token->length);

	if (token->tag == TAG_CORE && token->length <= MAX_JOINED_LENGTH)
		prove_part(set, add_probe(set, key, bit), PART_WHOLE, token, place);
}

static void
probe_initials(ProbeSet *set, const TokenView *tokens, int ntokens,
			   uint32_t probed)
{
	char		letters[MAX_INITIALS];
	uint32_t	used;

	for (int n = MIN_INITIALS; n <= MAX_INITIALS; n++)
	{
		if (join_initials(tokens, ntokens, n, letters, &used) == 0)
			break;
		if (used & probed)
			add_probe(set, token_key(letters, n), used & probed);
	}
}

/*
 * choose_tokens - the heaviest tokens, until those left out cannot make a
 * match alone, and one more, so that single words rarely admit.
 */
static uint32_t
choose_tokens(ProbeSet *set, const TokenView *tokens, int ntokens)
{
	uint32_t	chosen = 0;
	int			extra = 1;

	while (set->token_rest >= set->token_need || extra-- > 0)
	{
		int			best = -1;

		for (int i = 0; i < ntokens; i++)
			if (has_keys(&tokens[i]) && !(chosen >> i & 1) &&
				(best < 0 || tokens[i].weight > tokens[best].weight))
				best = i;
		if (best < 0)
			break;
		chosen |= UINT32_C(1) << best;
		set->token_rest -= tokens[best].weight;
	}
	return chosen;
}

static void
extract_token_probes(const PackedName *name, int threshold, ProbeSet *set)
{
	TokenView	tokens[MAX_TOKENS];
	int			ntokens = view_tokens(name, tokens);
	uint32_t	probed;

	set->token_need = need_weight(name->token_weight,
								  relax_threshold(threshold, TOKEN_BEND));
	set->token_rest = name->token_weight;
	probed = choose_tokens(set, tokens, ntokens);
	probe_initials(set, tokens, ntokens, probed);
	for (int i = 0; i < ntokens; i++)
	{
		uint32_t	bit = UINT32_C(1) << i;
		int			length = tokens[i].length;

		set->token_weights[i] = tokens[i].weight;
		probe_joined(set, tokens, ntokens, i, probed);
		if (probed & bit || (set->core_admits &&
							 tokens[i].weight >= DISTINCTIVE_WEIGHT))
		{
			probe_whole(set, &tokens[i], i, probed & bit);
			probe_as_joined(set, &tokens[i], i, probed & bit);
		}
		if (!(probed & bit))
			continue;
		if (is_edited(&tokens[i]))
			probe_edited(set, &tokens[i], bit);
		if (tokens[i].tag == TAG_CORE && length >= MIN_INITIALS &&
			length <= MAX_INITIALS)
			add_probe(set, make_key(KEY_INITIALS, 0, tokens[i].letters,
									length), bit);
	}
}

/*
 * extract_gram_probes - the rarest grams, until two of them are needed for
 * a match: single grams then admit nothing.
 */
static void
extract_gram_probes(const PackedName *name, int threshold, ProbeSet *set)
{
	set->gram_need = need_weight(name->gram_weight,
								 relax_threshold(threshold, GRAM_BEND));
	set->gram_rest = name->gram_weight;
	for (int rank = 15; rank >= 0; rank--)
		for (int i = 0; i < name->ngrams; i++)
		{
			unsigned	gram = read_gram(name, i);

			if (rank_gram(gram) != rank)
				continue;
			if (set->gram_rest + GRAM_SLACK < set->gram_need)
				return;
			add_probe(set, gram_key(gram), 0)->gram_weight =
				(uint8_t) weigh_gram(gram);
			set->gram_rest -= weigh_gram(gram);
		}
}

/*
 * extract_probes - what to ask an index for names like this one.
 *
 * threshold: MIN_THRESHOLD to SCORE_ONE.  No probes: nothing matches.
 */
void
extract_probes(const PackedName *name, int threshold, ProbeSet *set)
{
	set->count = 0;
	set->core_admits = threshold <= CORE_SCORE;
	memset(set->token_weights, 0, sizeof(set->token_weights));
	set->gram_need = set->gram_rest = 0;
	set->token_need = set->token_rest = 0;
	if (name->ntokens == 0)
		return;
	for (int version = 1; version < ENTITY_SCREEN_NORMALIZER_VERSION;
		 version++)
		add_probe(set, version_key(version), 0)->admits = true;
	extract_gram_probes(name, threshold, set);
	extract_token_probes(name, threshold, set);
}

/*
 * admits_candidate - can a stored name that has the keys found reach the
 * threshold?  The necessary condition proved above.
 *
 * found: per probe, nonzero where the key is there or may be.
 */
bool
admits_candidate(const ProbeSet *set, const char *found)
{
	int			grams = set->gram_rest;
	int			words = set->token_rest;
	uint32_t	met = 0;
	uint8_t		parts[MAX_TOKENS] = {0};

	for (int i = 0; i < set->count; i++)
	{
		const Probe *probe = &set->probes[i];

		if (!found[i])
			continue;
		parts[probe->part_of] |= probe->parts;
		if (probe->admits || parts[probe->part_of] == PART_WHOLE)
			return true;
		grams += probe->gram_weight;
		met |= probe->tokens;
	}
	for (int i = 0; met != 0; i++, met >>= 1)
		if (met & 1)
			words += set->token_weights[i];
	return grams >= set->gram_need || words >= set->token_need;
}
