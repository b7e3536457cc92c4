/*-------------------------------------------------------------------------
 *
 * key.c
 *	  Index keys of a stored name and probes of a sought one.
 *
 * Why no match is lost.  The score before reductions (which only lower it)
 * is the larger of two components.
 *
 * Letters.  They count only where distinctive words that are akin weigh
 * akin_enough() of all such words in both names.  Words are akin that met,
 * other than by a sound alone or an acronym, or of which agree_in_part() is
 * true: those have MIN_AKIN letters and agree in a part as a word of either
 * length is cut, and the probes ask for such parts.  So the
 * distinctive words of the sought name that are found so, with those not
 * asked for, weigh as much.  Above a threshold letters never reach; see
 * least_letters().
 *
 * Names without any weight are like equal names only, and stand for their
 * first word.
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
 * met weigh as much and those of the sought name leave no more; where only
 * legal forms are left it is divided, and so are they here.  Stop words weigh
 * nothing and have no keys of their own.
 *
 * Credit.  A word that is found is met at full credit only if it may be equal
 * to the stored one: where that stands for itself by itself, or else by both
 * of its ends; or to a run; or where vowels do not count, in a word from a
 * script without them.  The last two have a key of their own (full_sound_key),
 * or for short runs that of the whole word.  Of any other match credit_like
 * is what it leaves at most.  What only a run of the sought name finds is met
 * at full credit, what only initials find at that of the longest found.
 *
 * It remains that every way for words to meet is found by some probe:
 *	 equal, not core: by the word itself (a core word meets none of these);
 *	 equal, or one edit, both of DELETED_LENGTH at most: both sides stand for
 *		the set of themselves and themselves without one letter; two words at
 *		distance one share a member (three letters that are left of four are
 *		none that a word of three letters stands for, since it bears no edit);
 *	 stored word of DELETED_LENGTH, sought word a letter longer: that asks for
 *		itself without one letter, which the stored word is;
 *	 stored word of more letters, cut before the letter m: an edit behind m
 *		leaves PART_START, one before m - 1 PART_END, one of those two or
 *		between them PART_OUTER, at the start and the end of the sought word;
 *		the probes ask for the parts that stored words one letter longer or
 *		shorter would have, and for their starts two.  Two letters swapped
 *		of which one is m or m - 1, and the other is not, touch all three:
 *		two more probes ask for the start and the end before such swaps;
 *	 two edits: only words that share_part() meet so, and that is at least
 *		one of those very parts, whichever of the two is the stored word;
 *	 sound: only words of equal sound, which is a key of every core word that
 *		may meet so;
 *	 joined: a run and a word meet only where their sounds are equal, and,
 *		where the sound is short, their letters.  The stored name has
 *		joined_key for every run, and every core word asks for it; every run of
 *		the sought name asks for a key that the stored word has;
 *	 initials: a stored name has initials_key for its own, and every core word
 *		that may be initials asks for it; initials of the sought name ask for
 *		the word that they are.  (Two names of equal initials do not meet by
 *		them.)
 *
 * Rounding: akin_enough is rounded up for the score and the index alike, and
 * share_words is rising in its rounded form too.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define DELETED_LENGTH 6		/* core words up to here stand for themselves,
								 * also without a letter; longer ones for
								 * their parts */
#define NEVER_AKIN INT_MAX		/* letters reach no such threshold */

/*
 * The parts by which a long word is found: the letters up to its middle and
 * one more, those from there on and one more, and all but these two.  An edit
 * leaves one of them, unless it swaps one of the two with a third.
 */
typedef enum PartKey
{
	PART_START,
	PART_END,
	PART_OUTER,
	PART_KEYS
} PartKey;

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
version_key(int version)
{
	return (int64_t) KEY_VERSION << 56 | version;
}

/* join_key - of the first letters of a word and its last ones */
static int64_t
join_key(PartKey part, const char *letters, int first, const char *end,
		 int last)
{
	char		joined[MAX_LETTERS];

	memcpy(joined, letters, first);
	memcpy(joined + first, end - last, last);
	return make_key(KEY_SEGMENT, part, joined, first + last);
}

/*
 * part_key - as a stored word so long has it that has the letters of this one
 * there
 */
static int64_t
part_key(PartKey part, const char *letters, const char *end, int length)
{
	int			first = length / 2;
	int			last = length - first;

	switch (part)
	{
		case PART_START:
			return join_key(part, letters, first + 1, end, 0);
		case PART_END:
			return join_key(part, letters, 0, end, last + 1);
		default:
			return join_key(part, letters, first - 1, end, last - 1);
	}
}

/* core_key - of a core word, or what may be one */
static int64_t
core_key(const char *letters, int length)
{
	return make_key(KEY_TOKEN, 0, letters, length);
}

/*
 * token_class - of a token as it is.  Core words meet core words only, so the
 * long lists of what names have in common are no keys of theirs.
 */
static KeyClass
token_class(const TokenView *token)
{
	return token->tag == TAG_CORE ? KEY_TOKEN : KEY_OTHER;
}

static int64_t
token_key(const TokenView *token)
{
	return make_key(token_class(token), 0, token->letters, token->length);
}

/* initials_key - of words of which an acronym may be the initials */
static int64_t
initials_key(const char *letters, int length)
{
	return make_key(KEY_INITIALS, 0, letters, length);
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

/*
 * deleted_key - of a word without one letter, which is the key of a word of
 * those letters where such a word bears edits
 */
static int64_t
deleted_key(const char *letters, int length)
{
	return make_key(KEY_TOKEN, length < MIN_EDIT_LENGTH, letters, length);
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

/* is_whole - is a stored word found by itself, or else by its parts? */
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
	if (!is_whole(token))
	{
		list->reason = KEY_SEGMENT;
		for (int part = 0; part < PART_KEYS; part++)
			add_key(list, part_key(part, letters, letters + length, length),
					bit);
		return;
	}
	list->reason = token_class(token);
	add_key(list, token_key(token), bit);
	for (int i = 0; is_edited(token) && i < length; i++)
		if (!is_repeated(letters, i))
			add_key(list, deleted_key(shorter, drop_letter(letters, length, i,
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
	return core_key(letters, length);
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
				add_key(list, initials_key(letters, n), span_mask(0, spanned));
		}
}

/* list_words - keys by words */
static void
list_words(const PackedName *name, KeyList *list)
{
	TokenView	tokens[MAX_TOKENS];
	int			ntokens = view_tokens(name, tokens);

	if (name->token_weight == 0)
		list_token(&tokens[0], 1, list);
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
	list_words(name, &list);
	return list.count;
}

#define FOLDED_BITS 21			/* of core words, which have most keys */
#define SEGMENT_BITS 19			/* of their parts */
#define NARROW_BITS 17			/* of what else is hashed */

/*
 * fold_key - a key as the index keeps it: the class and a few bits.
 *
 * Most keys of words are found in one name of a large list, and each would
 * take an entry of its own.  Folded, they share the postings.  A stranger
 * among them makes a candidate no sooner than a shared word does, and is
 * sorted out like one; with so many bits there is one such for twenty others.
 */
int32_t
fold_key(int64_t key)
{
	uint64_t	hash = (uint64_t) key & UINT64_C(0xFFFFFFFFFFFFFF);
	int			class = (int) (key >> 56);
	int			bits = class == KEY_TOKEN ? FOLDED_BITS :
		class == KEY_SEGMENT ? SEGMENT_BITS : NARROW_BITS;

	if (class != KEY_VERSION)
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
	int			count = list_keys(name, listed);
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
	static const uint8_t shows[PART_KEYS] = {SHOWS_FIRST, SHOWS_SECOND, 0};
	const char *end = token->letters + token->length;

	set->reason = token_class(token);
	if (is_whole(token))
	{
		add_probe(set, token_key(token), bit)->shows = SHOWS_EQUAL;
		return;
	}
	set->reason = KEY_SEGMENT;
	for (int part = 0; part < PART_KEYS; part++)
		add_probe(set, part_key(part, token->letters, end, token->length),
				  bit)->shows = shows[part];
}

/* add_part - a probe for a part, which words of two lengths may have */
static void
add_part(ProbeSet *set, int first, int64_t key, uint32_t bit)
{
	for (int i = first; i < set->count; i++)
		if (set->probes[i].key == key)
			return;
	add_probe(set, key, bit);
}

/*
 * probe_parts - stored words of other lengths that have parts, one letter
 * more or less; and two, if only by their start, where both are long enough to
 * be akin
 *
 * first: the first probe of this token
 */
static void
probe_parts(ProbeSet *set, const TokenView *token, int first, uint32_t bit)
{
	const char *end = token->letters + token->length;

	set->reason = KEY_SEGMENT;
	for (int length = token->length - 2; length <= token->length + 2; length++)
	{
		bool		next = abs(length - token->length) <= 1;

		if (length <= DELETED_LENGTH || length == token->length)
			continue;
		if (!next && (length < MIN_AKIN || token->length < MIN_AKIN))
			continue;
		for (int part = 0; part < (next ? PART_KEYS : PART_END); part++)
			add_part(set, first, part_key(part, token->letters, end, length),
					 bit);
	}
}

/*
 * probe_swap - words in which two letters next to each other stand the other
 * way round, of which one is a letter in the middle and the other is not
 */
static void
probe_swap(ProbeSet *set, const TokenView *token, int first, uint32_t bit)
{
	int			length = token->length;
	int			middle = length / 2;
	char		swapped[MAX_LETTERS];

	memcpy(swapped, token->letters, length);
	swapped[middle] = token->letters[middle + 1];
	add_part(set, first,
			 part_key(PART_START, swapped, swapped + length, length), bit);
	swapped[middle] = token->letters[middle];
	swapped[middle - 1] = token->letters[middle - 2];
	add_part(set, first,
			 part_key(PART_END, swapped, swapped + length, length), bit);
}

/*
 * probe_edited - stored words one edit away; those of DELETED_LENGTH at most
 * by the letters that are left of this one, which such a word may be or leave
 */
static void
probe_edited(ProbeSet *set, const TokenView *token, int first, uint32_t bit)
{
	char		shorter[MAX_LETTERS];

	if (token->length >= DELETED_LENGTH)
		probe_parts(set, token, first, bit);
	if (!is_whole(token))
		probe_swap(set, token, first, bit);
	if (token->length > DELETED_LENGTH + 1)
		return;
	set->reason = KEY_TOKEN;
	for (int i = 0; i < token->length; i++)
		if (!is_repeated(token->letters, i))
			add_probe(set, deleted_key(shorter, drop_letter(token->letters,
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
		key = core_key(letters, length);
	else
		key = part_key(PART_START, letters, letters + length, length);
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

/* add_initials_probe - of an acronym of so many letters */
static void
add_initials_probe(ProbeSet *set, int64_t key, int letters, uint32_t tokens)
{
	add_probe(set, key, tokens)->initials = (uint8_t) letters;
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
				add_initials_probe(set, core_key(letters, n), n, bits);
		}
}

/* credit_found - at what credit a token may be met that was found so */
static int
credit_found(const ProbeSet *set, int token, const FoundTokens *found)
{
	if (found->equal >> token & 1)
		return 1000;
	if (found->like >> token & 1)
		return set->like_credits[token];
	return credit_initials(found->letters);
}

/*
 * words_reach - may a stored name reach the threshold by its words, if it
 * meets these tokens of the sought one and all that were not asked for?
 */
static bool
words_reach(const ProbeSet *set, const FoundTokens *found)
{
	WordSum		words = {set->unasked_weight, set->unasked_weight,
	set->asked_left};
	int			most = set->unasked_weight;
	int			core_left = set->asked_core;
	uint32_t	words_met = found->equal | found->like;
	uint32_t	met = (words_met | found->initials) & ~set->unasked;

	for (int i = 0; met != 0; i++, met >>= 1)
	{
		int			weight = set->token_weights[i];
		int			credit;

		if (!(met & 1))
			continue;
		most += words_met >> i & 1 ? weight * 1000 : 0;
		words.left -= set->token_lefts[i];
		core_left -= set->core_tokens >> i & 1 ? weight : 0;
		credit = credit_found(set, i, found);
		if (credit * (SCORE_ONE / 1000) < set->threshold)
			continue;
		words.met += weight * credit;
		words.full += weight * 1000;
	}
	if (words.left <= set->forms_left)
		words.left = leave_forms(words.left, NOT_CHANGED);
	if (most >= 1000 * DISTINCTIVE_WEIGHT && core_left <= MAX_CORE_LEFT &&
		words.left > COVERED_LEFT)
		words.left = COVERED_LEFT;
	return do_words_reach(words, set->threshold);
}

static const FoundTokens nothing_found;

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
 * letters_admit - may a stored name reach the threshold by its letters, if
 * these tokens are akin and all that were not asked for?
 */
bool
letters_admit(const ProbeSet *set, uint32_t akin)
{
	int			weight = set->core_weight - set->asked_core;

	if (set->akin_need == NEVER_AKIN)
		return false;
	akin &= set->core_tokens & ~set->unasked;
	for (int i = 0; akin != 0; i++, akin >>= 1)
		weight += akin & 1 ? set->token_weights[i] : 0;
	return weight >= set->akin_need;
}

/*
 * choose_tokens - the heaviest tokens, until those left out cannot make a
 * match alone, and some more: with one, single words rarely admit.
 */
static uint32_t
choose_tokens(ProbeSet *set, const TokenView *tokens, int extra)
{
	uint32_t	chosen = 0;

	while (words_reach(set, &nothing_found) || letters_admit(set, 0) ||
		   extra-- > 0)
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
	int			first = set->count;

	probe_whole(set, token, bit);
	if (is_edited(token))
		probe_edited(set, token, first, bit);
	set->reason = KEY_SOUND;
	if (token->tag == TAG_CORE && has_sound(token))
		add_probe(set, sound_key(token->sound), bit);
	set->reason = KEY_JOINED;
	if (token->tag == TAG_CORE && (has_sound(token) ||
								   token->length > DELETED_LENGTH))
		add_probe(set, full_sound_key(token->sound), bit)->shows =
			SHOWS_EQUAL;
	set->reason = KEY_INITIALS;
	if (is_acronym_like(token))
		add_initials_probe(set, initials_key(token->letters, token->length),
						   token->length, bit);
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
		{
			set->core_tokens |= UINT32_C(1) << i;
			set->core_weight += tokens[i].weight;
		}
		if (tokens[i].tag == TAG_LEGAL)
			set->forms_left += leave_token(&tokens[i]);
	}
	set->akin_need = least_letters(set->threshold) > SCORE_ONE ? NEVER_AKIN :
		akin_enough(set->core_weight);
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

/* probe_weightless - names equal to one that has no words of weight */
static void
probe_weightless(const PackedName *name, ProbeSet *set)
{
	TokenView	tokens[MAX_TOKENS];

	view_tokens(name, tokens);
	set->reason = KEY_OTHER;
	add_probe(set, token_key(&tokens[0]), 0)->admits = true;
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
	set->core_weight = set->asked_core = 0;
	set->akin_need = NEVER_AKIN;
	if (name->ntokens == 0)
		return;
	set->reason = KEY_VERSION;
	for (int version = FIRST_NORMALIZER_VERSION;
		 version < ENTITY_SCREEN_NORMALIZER_VERSION; version++)
		add_probe(set, version_key(version), 0)->admits = true;
	if (name->token_weight == 0)
	{
		probe_weightless(name, set);
		return;
	}
	extract_token_probes(name, all, set);
	set->none_admits = words_reach(set, &nothing_found);
	for (int i = 0; i < set->ntokens; i++)
	{
		uint32_t	bit = UINT32_C(1) << i;

		FoundTokens equal = {.equal = bit};
		FoundTokens like = {.like = bit};

		set->equal_alone |= words_reach(set, &equal) ? bit : 0;
		set->like_alone |= words_reach(set, &like) ? bit : 0;
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
words_admit(const ProbeSet *set, const FoundTokens *found)
{
	uint32_t	met = found->equal | found->like;

	if (found->initials != 0 || (met & (met - 1)) != 0)
		return words_reach(set, found);
	if (met == 0)
		return set->none_admits;
	return ((found->equal & set->equal_alone) |
			(found->like & set->like_alone)) != 0;
}

/* add_found - what a probe shows that was found */
static void
add_found(const Probe *probe, FoundTokens *found, uint32_t *first,
		  uint32_t *second)
{
	*first |= probe->shows & SHOWS_FIRST ? probe->tokens : 0;
	*second |= probe->shows & SHOWS_SECOND ? probe->tokens : 0;
	if (probe->reason == KEY_INITIALS)
	{
		found->initials |= probe->tokens;
		if (probe->initials > found->letters)
			found->letters = probe->initials;
		return;
	}
	found->like |= probe->tokens;
	found->akin |= shows_akin(probe) ? probe->tokens : 0;
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
	FoundTokens shown = nothing_found;
	uint32_t	first = 0;
	uint32_t	second = 0;

	for (int i = 0; i < set->count; i++)
	{
		uint64_t	eight;

		if (i + 8 <= set->count && memcpy(&eight, found + i, 8) && eight == 0)
		{
			i += 7;
			continue;
		}
		if (!found[i])
			continue;
		if (set->probes[i].admits)
			return true;
		add_found(&set->probes[i], &shown, &first, &second);
	}
	shown.equal = first & second;
	return letters_admit(set, shown.akin) || words_admit(set, &shown);
}
