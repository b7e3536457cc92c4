/*-------------------------------------------------------------------------
 *
 * key.c
 *	  Index keys of a stored name and probes of a sought one.
 *
 * Why no match is lost.  The score before reductions (which only lower it)
 * is the larger of two components.
 *
 * Grams.  The share is bent by sharpen_score, and what is much is cut by
 * flatten_letters; both rise: let t be the least share that reaches the
 * threshold.  Where it is high none does; equal names then meet by their
 * words, or share all grams where no word weighs anything.  Else
 * 2 O / (A + B) >= t, where O is the shared weight and A, B are the totals of
 * the sought and the stored name.  Since B >= O, this gives
 * O >= t A / (2 - t), the "need".  Grams not asked for ("rest") may all be
 * shared, so shared weight found + rest >= need is necessary.
 *
 * Rare grams.  All names sort their grams alike, the rarest first, and cut
 * off a prefix where need > rest + GRAM_SLACK, if there is such a place.  Of
 * two prefixes let the one of name X end first.  A shared gram in it is in
 * the other one too; so shared grams that are not in both are in the rest of
 * X, and what is in both weighs at least O - rest(X).  If X has a rest that is
 * more than GRAM_SLACK, since O >= need(X); otherwise it is all of O, which is
 * at least the need of the sought name.  The stored name cuts for
 * RARE_THRESHOLD: for any higher one its need is more.
 *
 *
 * Words.  A match counts m, the smaller of the weights of its two sides, at
 * a credit c.  The component reaches the threshold T where
 * sum m c >= T (sum m + l(left)), l rising, which is
 * sum m (c - T) >= T l(left).  So raising m to the weight of the sought token
 * makes it easier where c >= T, and leaving the match out of both sums does
 * where c < T.  The sought tokens that are met are not left; those that were
 * not asked for count as met, at full credit; what a token that was asked for
 * and not found leaves is left, at least.  words_reach evaluates the formula
 * with that.  Tokens are asked for until the others cannot reach the
 * threshold by themselves.  Where a core is covered left is cut to
 * COVERED_LEFT; that takes a match of DISTINCTIVE_WEIGHT, and no more than
 * MAX_CORE_LEFT of core words left, so words_reach cuts it wherever the tokens
 * met weigh as much and those of the sought name leave no more; where only legal forms are left
 * it is divided, and so are they here.  Stop words weigh nothing and have no
 * keys of their own.
 *
 * Credit.  A word that is found is met at full credit only if it may be equal
 * to the stored one: where that stands for itself by itself, or else by both
 * of its halves; or to a run; or where vowels do not count, in a word from a
 * script without them.  The last two have a key of their own (full_sound_key),
 * or for short runs that of the whole word.  Of any other match credit_like
 * is what it leaves at most.  What only a run or initials of the sought name
 * find is met at full credit.
 *
 * It remains that every way for words to meet is found by some probe:
 *	 equal, not core: by the word itself (a core word meets none of these);
 *	 equal, or one edit, both of DELETED_LENGTH at most: both sides stand for
 *		the set of themselves and themselves without one letter; two words at
 *		distance one share a member;
 *	 stored word of SEGMENT_LENGTH or more: one edit leaves one half of it as
 *		it is, at the start or at the end of the sought word; the probes ask
 *		for the halves a stored word of each possible length would have.  Two
 *		letters swapped across the middle touch both halves: one more probe
 *		asks for the first half as it was before the swap;
 *	 stored word of DELETED_LENGTH at most, sought word longer: then the stored
 *		one has SEGMENT_LENGTH and halves;
 *	 two edits: only words that share_half() meet so, and that is at least
 *		one of those very halves, whichever of the two is the stored word;
 *	 sound: only words of equal sound, which is a key of every core word that
 *		may meet so;
 *	 joined: a run and a word meet only where their sounds are equal, and,
 *		where the sound is short, their letters.  The stored name has
 *		joined_key for every run, and every core word asks for it; every run of
 *		the sought name asks for a key that the stored word has;
 *	 initials: the word that is equal to them has itself for a key and asks
 *		for it; so does the name that it is the initials of.
 *
 * Rounding: the share of grams is rounded down, and t is found with the very
 * integer function that bends it, so a score that reaches the threshold
 * implies "share >= t" in rationals; need is rounded up after exact
 * arithmetic.  share_words is rising in its rounded form too.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include <stdlib.h>
#include <string.h>

#define DELETED_LENGTH 6		/* words up to here stand also for themselves
								 * without a letter */
#define SEGMENT_LENGTH 6		/* words from here on for their halves */
#define GRAM_SLACK 6			/* so that no single gram, nor two light ones,
								 * make a candidate */
#define RARE_THRESHOLD 5500		/* from here on rare grams are enough */
#define MAX_GRAM_WEIGHT (4 * MAX_GRAMS)

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
other_gram_key(unsigned gram)
{
	return (int64_t) KEY_OTHER_GRAM << 56 | gram;
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

static int64_t
make_sound_key(KeyClass class, uint32_t sound)
{
	char		bytes[4] = {(char) sound, (char) (sound >> 8),
	(char) (sound >> 16), (char) (sound >> 24)};

	return make_key(class, 0, bytes, sizeof(bytes));
}

static int64_t
sound_key(uint32_t sound)
{
	return make_sound_key(KEY_SOUND, sound);
}

/* full_sound_key - of what may meet a word of its sound at full credit */
static int64_t
full_sound_key(uint32_t sound)
{
	return make_sound_key(KEY_JOINED, sound);
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

/* is_whole - is it found by itself? */
static bool
is_whole(const TokenView *token)
{
	return !is_edited(token) || token->length <= DELETED_LENGTH;
}

/* A list of keys being made. */
typedef struct KeyList
{
	int			count;
	NameKey    *keys;
	KeyClass	reason;			/* of those being added */
} KeyList;

static void
add_key(KeyList *list, int64_t key, uint32_t tokens)
{
	list->keys[list->count++] = (NameKey) {key, tokens, list->reason};
}

static void
list_token(const TokenView *token, uint32_t bit, KeyList *list)
{
	const char *letters = token->letters;
	int			length = token->length;
	char		shorter[MAX_LETTERS];

	list->reason = KEY_SOUND;
	if (token->tag == TAG_CORE && has_sound(token))
		add_key(list, sound_key(token->sound), bit);
	if (token->tag == TAG_CORE && has_sound(token) &&
		(token->origin & ORIGIN_ABJAD))
		add_key(list, full_sound_key(token->sound), bit);
	list->reason = KEY_SEGMENT;
	if (has_halves(token))
	{
		add_key(list, first_segment(letters, length), bit);
		add_key(list, second_segment(letters + length, length), bit);
	}
	if (!is_whole(token))
		return;
	list->reason = KEY_TOKEN;
	add_key(list, token_key(letters, length), bit);
	for (int i = 0; is_edited(token) && i < length; i++)
		if (!is_repeated(letters, i))
			add_key(list, token_key(shorter, drop_letter(letters, length, i,
														 shorter)), bit);
}

/*
 * joined_key - of a run, which the word that it may be written as asks for:
 * by its sound, or where it is short by its letters
 */
static int64_t
joined_key(uint32_t sound, const char *letters, int length)
{
	if (count_sounds(sound) >= MIN_JOINED_SOUNDS || length > DELETED_LENGTH)
		return full_sound_key(sound);
	return token_key(letters, length);
}

static void
list_joined(const TokenView *tokens, int ntokens, int first, KeyList *list)
{
	char		letters[MAX_JOINED_LENGTH];

	list->reason = KEY_JOINED;
	for (int n = 2; n <= MAX_JOINED && first + n <= ntokens; n++)
	{
		int			length = join_tokens(tokens + first, n, letters);

		if (length == 0)
			break;
		add_key(list, joined_key(sound_run(tokens + first, n), letters,
								 length), span_mask(first, n));
	}
}

static void
list_initials(const TokenView *tokens, int ntokens, KeyList *list)
{
	char		letters[MAX_INITIALS];
	uint32_t	used;

	list->reason = KEY_INITIALS;
	for (int n = MIN_INITIALS; n <= MAX_INITIALS; n++)
		for (int kind = 0; kind < INITIALS_KINDS; kind++)
		{
			int			spanned = join_initials(tokens, ntokens, n, kind,
												letters, &used);

			if (spanned > 0)
				add_key(list, token_key(letters, n), span_mask(0, spanned));
		}
}

/* list_words - keys by words */
static void
list_words(const PackedName *name, KeyList *list)
{
	TokenView	tokens[MAX_TOKENS];
	int			ntokens = view_tokens(name, tokens);

	for (int i = 0; i < ntokens; i++)
	{
		if (has_keys(&tokens[i]))
			list_token(&tokens[i], UINT32_C(1) << i, list);
		list_joined(tokens, ntokens, i, list);
	}
	list_initials(tokens, ntokens, list);
}

/*
 * list_keys - all keys of a stored name, in no order and some of them twice,
 * each with the tokens that stand behind it; returns their number, at most
 * MAX_KEYS.  A name without tokens matches nothing and has no keys.
 */
int
list_keys(const PackedName *name, NameKey *keys)
{
	KeyList		list = {0, keys, KEY_VERSION};

	if (name->ntokens == 0)
		return 0;
	add_key(&list, version_key(name->version), 0);
	list.reason = KEY_GRAM;
	for (int i = 0; i < name->ngrams; i++)
		add_key(&list, gram_key(read_gram(name, i)), 0);
	list_words(name, &list);
	return list.count;
}

/* need_weight - ceil(t W / (2 - t)) */
static int
need_weight(int weight, int threshold)
{
	int			divisor = 2 * SCORE_ONE - threshold;

	return (threshold * weight + divisor - 1) / divisor;
}

#define GRAM_RANKS 16

/* sort_grams - the grams of a name, the rarest first, then by number */
static void
sort_grams(const PackedName *name, uint16_t *sorted)
{
	int			ends[GRAM_RANKS + 1] = {0};

	for (int i = 0; i < name->ngrams; i++)
		ends[GRAM_RANKS - 1 - rank_gram(read_gram(name, i))]++;
	for (int i = 1; i < GRAM_RANKS; i++)
		ends[i] += ends[i - 1];
	for (int i = name->ngrams - 1; i >= 0; i--)
	{
		unsigned	gram = read_gram(name, i);

		sorted[--ends[GRAM_RANKS - 1 - rank_gram(gram)]] = (uint16_t) gram;
	}
}

/* Grams of a name, the rarest first, until GRAM_SLACK more are needed. */
typedef struct GramPrefix
{
	uint16_t	sorted[MAX_GRAMS];
	int			count;
	int			need;			/* weight a match must share */
	int			rest;			/* weight of the other grams */
} GramPrefix;

/*
 * letters: of SCORE_ONE at most, what the letters of a match score
 *
 * Names of few grams are not trusted, and score less than they share.
 */
static void
cut_grams(const PackedName *name, int letters, GramPrefix *prefix)
{
	int			trust = trust_grams(name->ngrams, name->ngrams);
	int			share = letters * SCORE_ONE / trust;

	if (share > SCORE_ONE)
		share = SCORE_ONE;
	sort_grams(name, prefix->sorted);
	prefix->need = need_weight(name->gram_weight,
							   relax_threshold(share, GRAM_BEND));
	prefix->rest = name->gram_weight;
	prefix->count = 0;
	while (prefix->count < name->ngrams &&
		   prefix->rest + GRAM_SLACK >= prefix->need)
		prefix->rest -= weigh_gram(prefix->sorted[prefix->count++]);
}

/* list_rare_grams - keys of grams by whether they are among the rarest */
static void
list_rare_grams(const PackedName *name, KeyList *list)
{
	GramPrefix	prefix;

	cut_grams(name, RARE_THRESHOLD, &prefix);
	for (int i = 0; i < name->ngrams; i++)
		add_key(list, i < prefix.count ? gram_key(prefix.sorted[i]) :
				other_gram_key(prefix.sorted[i]), 0);
}

/* list_indexed_keys - the same, grams by whether they are among the rarest */
int
list_indexed_keys(const PackedName *name, NameKey *keys)
{
	KeyList		list = {0, keys, KEY_VERSION};

	if (name->ntokens == 0)
		return 0;
	add_key(&list, version_key(name->version), 0);
	list.reason = KEY_GRAM;
	list_rare_grams(name, &list);
	list_words(name, &list);
	return list.count;
}

#define FOLDED_BITS 20			/* of tokens, which have most of the keys */
#define NARROW_BITS 18			/* of what else is hashed */

/*
 * fold_key - a key as the index keeps it: the class and a few bits.
 *
 * Most keys of words are found in one name of a large list, and each would
 * take an entry of its own.  Folded, they share the postings.  A stranger
 * among them makes a candidate no sooner than a shared word does, and is
 * sorted out like one; with so many bits there is one such for ten others.
 */
int32_t
fold_key(int64_t key)
{
	uint64_t	hash = (uint64_t) key & UINT64_C(0xFFFFFFFFFFFFFF);
	int			class = (int) (key >> 56);
	int			bits = class == KEY_TOKEN ? FOLDED_BITS : NARROW_BITS;

	if (class != KEY_GRAM && class != KEY_OTHER_GRAM && class != KEY_VERSION)
		hash ^= hash >> FOLDED_BITS ^ hash >> 2 * FOLDED_BITS;
	return class << FOLDED_BITS | (int32_t) (hash & ((1 << bits) - 1));
}

static int
compare_keys(const void *a, const void *b)
{
	int32_t		x = *(const int32_t *) a;
	int32_t		y = *(const int32_t *) b;

	return x < y ? -1 : x > y;
}

/*
 * extract_keys - the keys of a stored name as the index keeps them,
 * ascending and distinct; returns their number.  GIN sorts keys itself,
 * through SQL functions, and passes over what it finds in order.
 */
int
extract_keys(const PackedName *name, int32_t *keys)
{
	NameKey		listed[MAX_KEYS];
	int			count = list_indexed_keys(name, listed);
	int			distinct = 0;

	for (int i = 0; i < count; i++)
		keys[i] = fold_key(listed[i].key);
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
	probe->reason = (uint8_t) set->reason;
	return probe;
}

/* probe_whole - stored words equal to this one */
static void
probe_whole(ProbeSet *set, const TokenView *token, uint32_t bit)
{
	const char *letters = token->letters;
	int			length = token->length;

	set->reason = KEY_TOKEN;
	if (is_whole(token))
	{
		add_probe(set, token_key(letters, length), bit)->shows = SHOWS_EQUAL;
		return;
	}
	set->reason = KEY_SEGMENT;
	add_probe(set, first_segment(letters, length), bit)->shows = SHOWS_FIRST;
	add_probe(set, second_segment(letters + length, length), bit)->shows =
		SHOWS_SECOND;
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

/*
 * probe_edited - stored words one edit away; those of DELETED_LENGTH at most
 * by deletions, as far as this one has them too
 */
static void
probe_edited(ProbeSet *set, const TokenView *token, uint32_t bit)
{
	char		shorter[MAX_LETTERS];

	set->reason = KEY_SEGMENT;
	if (token->length >= DELETED_LENGTH)
		probe_halves(set, token, token->length + 1, bit);
	if (token->length > DELETED_LENGTH)
	{
		probe_halves(set, token, token->length - 1, bit);
		probe_swap(set, token, bit);
		return;
	}
	set->reason = KEY_TOKEN;
	for (int i = 0; i < token->length; i++)
		if (!is_repeated(token->letters, i))
			add_probe(set, token_key(shorter, drop_letter(token->letters,
														  token->length, i,
														  shorter)), bit);
}

/* probe_run - the word of a stored name that a run may be written as */
static void
probe_run(ProbeSet *set, uint32_t sound, const char *letters, int length,
		  uint32_t bits)
{
	int64_t		key;

	if (count_sounds(sound) >= MIN_JOINED_SOUNDS)
		key = sound_key(sound);
	else if (length <= DELETED_LENGTH)
		key = token_key(letters, length);
	else
		key = first_segment(letters, length);
	add_probe(set, key, bits)->shows = SHOWS_EQUAL;
}

/* probe_joined - runs of the sought name that may be one stored word */
static void
probe_joined(ProbeSet *set, const TokenView *tokens, int ntokens, int first,
			 uint32_t probed)
{
	char		letters[MAX_JOINED_LENGTH];

	set->reason = KEY_JOINED;
	for (int n = 2; n <= MAX_JOINED && first + n <= ntokens; n++)
	{
		int			length = join_tokens(tokens + first, n, letters);
		uint32_t	bits = span_mask(first, n) & probed;

		if (length == 0)
			break;
		if (bits != 0)
			probe_run(set, sound_run(tokens + first, n), letters, length, bits);
	}
}

static void
probe_initials(ProbeSet *set, const TokenView *tokens, int ntokens,
			   uint32_t probed)
{
	char		letters[MAX_INITIALS];
	uint32_t	used;

	set->reason = KEY_INITIALS;
	for (int n = MIN_INITIALS; n <= MAX_INITIALS; n++)
		for (int kind = 0; kind < INITIALS_KINDS; kind++)
		{
			int			spanned = join_initials(tokens, ntokens, n, kind,
												letters, &used);
			uint32_t	bits = span_mask(0, spanned) & probed;

			if (bits != 0)
				add_probe(set, token_key(letters, n), bits)->shows =
					SHOWS_EQUAL;
		}
}

/*
 * words_reach - may a stored name reach the threshold by its words, if it
 * meets these tokens of the sought one and all that were not asked for?
 *
 * equal: those that may be met at full credit; like: others that may be met
 */
static bool
words_reach(const ProbeSet *set, uint32_t equal, uint32_t like)
{
	WordSum		words = {set->unasked_weight, set->unasked_weight,
	set->asked_left};
	int			most = set->unasked_weight;
	int			core_left = set->asked_core;
	uint32_t	met = (equal | like) & ~set->unasked;

	for (int i = 0; met != 0; i++, met >>= 1)
	{
		int			credit = equal >> i & 1 ? 1000 : set->like_credits[i];

		if (!(met & 1))
			continue;
		most += set->token_weights[i] * 1000;
		words.left -= set->token_lefts[i];
		core_left -= set->core_tokens >> i & 1 ? set->token_weights[i] : 0;
		if (credit * (SCORE_ONE / 1000) < set->threshold)
			continue;
		words.met += set->token_weights[i] * credit;
		words.full += set->token_weights[i] * 1000;
	}
	if (words.left <= set->forms_left)
		words.left = leave_forms(words.left, NOT_CHANGED);
	if (most >= 1000 * DISTINCTIVE_WEIGHT && core_left <= MAX_CORE_LEFT &&
		words.left > COVERED_LEFT)
		words.left = COVERED_LEFT;
	return do_words_reach(words, set->threshold);
}

/* ask_token - reckon with what is found of a token; returns its bit */
static uint32_t
ask_token(ProbeSet *set, int i)
{
	uint32_t	bit = UINT32_C(1) << i;

	if (set->unasked & bit)
	{
		set->unasked &= ~bit;
		set->unasked_weight -= 1000 * set->token_weights[i];
		set->asked_left += set->token_lefts[i];
		if (set->core_tokens & bit)
			set->asked_core += set->token_weights[i];
	}
	return bit;
}

/*
 * choose_tokens - the heaviest tokens, until those left out cannot make a
 * match alone, and some more: with one, single words rarely admit.
 */
static uint32_t
choose_tokens(ProbeSet *set, const TokenView *tokens, int extra)
{
	uint32_t	chosen = 0;

	while (words_reach(set, 0, 0) || extra-- > 0)
	{
		int			best = -1;

		for (int i = 0; i < set->ntokens; i++)
			if (has_keys(&tokens[i]) && !(chosen >> i & 1) &&
				(best < 0 || tokens[i].weight > tokens[best].weight))
				best = i;
		if (best < 0)
			break;
		chosen |= ask_token(set, best);
	}
	return chosen;
}

/* probe_token - everything that this token may meet alone */
static void
probe_token(ProbeSet *set, const TokenView *token, uint32_t bit)
{
	probe_whole(set, token, bit);
	if (is_edited(token))
		probe_edited(set, token, bit);
	set->reason = KEY_SOUND;
	if (token->tag == TAG_CORE && has_sound(token))
		add_probe(set, sound_key(token->sound), bit);
	set->reason = KEY_JOINED;
	if (token->tag == TAG_CORE && (has_sound(token) ||
								   token->length > DELETED_LENGTH))
		add_probe(set, full_sound_key(token->sound), bit)->shows =
			SHOWS_EQUAL;
}

/*
 * ask_kind - ask for all words of a kind: core words; or the others, which
 * take one key each, but for legal forms, which every other name has and
 * which weigh next to nothing; returns their bits.
 */
static uint32_t
ask_kind(ProbeSet *set, const TokenView *tokens, bool core)
{
	uint32_t	asked = 0;

	for (int i = 0; i < set->ntokens; i++)
		if (has_keys(&tokens[i]) && (core ? tokens[i].tag == TAG_CORE :
									 tokens[i].tag != TAG_CORE &&
									 tokens[i].tag != TAG_LEGAL))
			asked |= ask_token(set, i);
	return asked;
}

/*
 * extract_token_probes - by words.
 *
 * An index is asked for all words but core words that are not needed: those
 * have many keys.  What is not asked for counts as met, so the others, of
 * one key each, keep names out that share a single word.
 *
 * all: core words and runs are all asked for, so that a word that is not
 * (unasked) can only meet an equal word that is no core word.
 */
static void
extract_token_probes(const PackedName *name, bool all, ProbeSet *set)
{
	TokenView	tokens[MAX_TOKENS];
	uint32_t	probed;
	uint32_t	runs;

	set->ntokens = view_tokens(name, tokens);
	set->unasked = span_mask(0, set->ntokens);
	set->unasked_weight = 1000 * name->token_weight;
	set->asked_left = 0;
	for (int i = 0; i < set->ntokens; i++)
	{
		set->token_weights[i] = tokens[i].weight;
		set->token_lefts[i] = (uint16_t) leave_token(&tokens[i]);
		set->like_credits[i] = (uint16_t) credit_like(&tokens[i]);
		if (tokens[i].tag == TAG_CORE && !is_own(&tokens[i]))
			set->core_tokens |= UINT32_C(1) << i;
		if (tokens[i].tag == TAG_LEGAL)
			set->forms_left += leave_token(&tokens[i]);
	}
	probed = choose_tokens(set, tokens, all ? 0 : 1);
	if (all || probed != 0)
		probed |= ask_kind(set, tokens, all);
	runs = all ? span_mask(0, set->ntokens) : probed;
	probe_initials(set, tokens, set->ntokens, runs);
	for (int i = 0; i < set->ntokens; i++)
	{
		uint32_t	bit = UINT32_C(1) << i;

		probe_joined(set, tokens, set->ntokens, i, runs);
		if (probed & bit)
			probe_token(set, &tokens[i], bit);
	}
}

/*
 * extract_gram_probes - the rarest grams, until more than one is needed for
 * a match: single grams then admit nothing.
 *
 * all: of stored names whose grams are not told apart.
 */
static void
extract_gram_probes(const PackedName *name, int threshold, bool all,
					ProbeSet *set)
{
	int			letters = least_letters(threshold);
	bool		rare = !all && letters >= RARE_THRESHOLD;
	GramPrefix	prefix;

	if (letters > SCORE_ONE && name->token_weight > 0)
	{
		set->gram_need = MAX_GRAM_WEIGHT + 1;
		return;
	}
	set->reason = KEY_GRAM;
	cut_grams(name, letters < SCORE_ONE ? letters : SCORE_ONE, &prefix);
	for (int i = 0; i < prefix.count; i++)
	{
		unsigned	gram = prefix.sorted[i];
		uint8_t		weight = (uint8_t) weigh_gram(gram);

		add_probe(set, gram_key(gram), 0)->gram_weight = weight;
		if (!all && !rare)
			add_probe(set, other_gram_key(gram), 0)->gram_weight = weight;
	}
	set->gram_need = prefix.need;
	set->gram_rest = prefix.rest;
	if (!rare)
		return;
	set->gram_need -= prefix.rest;
	set->gram_rest = 0;
	if (set->gram_need > GRAM_SLACK + 1)
		set->gram_need = GRAM_SLACK + 1;
}

static void
fill_probes(const PackedName *name, int threshold, bool all, ProbeSet *set)
{
	set->count = 0;
	set->threshold = threshold;
	set->ntokens = 0;
	set->unasked = set->equal_alone = set->like_alone = 0;
	set->none_admits = false;
	set->unasked_weight = set->asked_left = set->forms_left = 0;
	set->core_tokens = 0;
	set->asked_core = 0;
	set->gram_need = set->gram_rest = 0;
	if (name->ntokens == 0)
		return;
	set->reason = KEY_VERSION;
	for (int version = 1; version < ENTITY_SCREEN_NORMALIZER_VERSION;
		 version++)
		add_probe(set, version_key(version), 0)->admits = true;
	extract_gram_probes(name, threshold, all, set);
	extract_token_probes(name, all, set);
	set->none_admits = words_reach(set, 0, 0);
	for (int i = 0; i < set->ntokens; i++)
	{
		uint32_t	bit = UINT32_C(1) << i;

		set->equal_alone |= words_reach(set, bit, 0) ? bit : 0;
		set->like_alone |= words_reach(set, 0, bit) ? bit : 0;
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
	fill_probes(name, threshold, false, set);
}

/*
 * extract_all_probes - the same for lists in memory, where asking costs
 * little: every core word and every run.  What a stored name shares is then
 * known from both sides; see words_may_reach.
 */
void
extract_all_probes(const PackedName *name, int threshold, ProbeSet *set)
{
	fill_probes(name, threshold, true, set);
}

/*
 * words_admit - words_reach, known beforehand for what most names share: one
 * word or none.
 */
bool
words_admit(const ProbeSet *set, uint32_t equal, uint32_t like)
{
	uint32_t	met = equal | like;

	if (met == 0)
		return set->none_admits;
	if ((met & (met - 1)) == 0)
		return ((equal & set->equal_alone) | (like & set->like_alone)) != 0;
	return words_reach(set, equal, like);
}

/*
 * admits_candidate - can a stored name that has the keys found reach the
 * threshold?  The necessary condition proved above.
 *
 * found: per probe, nonzero where the key is there or may be; few are.
 */
bool
admits_candidate(const ProbeSet *set, const char *found)
{
	int			grams = set->gram_rest;
	uint32_t	like = 0;
	uint32_t	first = 0;
	uint32_t	second = 0;

	for (int i = 0; i < set->count; i++)
	{
		const Probe *probe = &set->probes[i];
		uint64_t	eight;

		if (i + 8 <= set->count && memcpy(&eight, found + i, 8) && eight == 0)
		{
			i += 7;
			continue;
		}
		if (!found[i])
			continue;
		if (probe->admits)
			return true;
		grams += probe->gram_weight;
		like |= probe->tokens;
		first |= probe->shows & SHOWS_FIRST ? probe->tokens : 0;
		second |= probe->shows & SHOWS_SECOND ? probe->tokens : 0;
	}
	return grams >= set->gram_need ||
		words_admit(set, first & second, like);
}
