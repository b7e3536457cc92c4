/*-------------------------------------------------------------------------
 *
 * address.c
 *	  How alike two postal addresses are, 0 to SCORE_ONE.
 *
 * Addresses name the same house in more or fewer words: what one side leaves
 * out costs little, what both sides have and differ in costs much.
 *
 *	  score = met / (met + left / 4 + against) * numbers * places
 *
 * met: weight of the words that met, as in align.c; left: by how much more
 * weight found no counterpart on one side than on the other; against: the
 * smaller of the two.  House numbers that differ halve the score (another
 * number that agrees leaves seven tenths), places that differ take four
 * tenths of it.  Places and kinds of street alone say little: without a
 * number or a name that met, the score is at most PLACES_ALONE.  Where
 * anything is left it is at most NUMBERS_ALONE without a name, as are numbers
 * of less than MIN_DIGITS in all, and NAMES_ALONE without a number: the name
 * may be that of a town, and a town is no address.  A word of one or two letters is the code of a country or
 * state.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include <string.h>

#define NUMBER_WEIGHT 5
#define POSTCODE_WEIGHT 7
#define POSTCODE_DIGITS 5
#define MAX_NAME_WEIGHT 12
#define LESSER_WEIGHT 4			/* places, generic words */
#define NUMBER_FACTOR 5000
#define SOME_NUMBER_FACTOR 7000 /* another number did meet */
#define PLACE_FACTOR 6000
#define PLACES_ALONE 3000
#define NUMBERS_ALONE 5000
#define NAMES_ALONE 7000
#define MIN_DIGITS 4			/* of the numbers of an address without name */
#define MAX_CODE 2				/* letters of a code of a country or state */

/* Words that say what kind of thing is numbered or named. */
static const char *const designators[] = {
	"apartment", "apt", "ave", "avenue", "av", "bld", "bldg", "block", "blk",
	"blvd", "boulevard", "box", "bulvar", "calle", "city", "dist", "district",
	"dom", "flat", "floor", "fl", "gorod", "hao", "house", "hwy", "highway",
	"jalan", "jie", "jl", "korpus", "kv", "kvartira", "lane", "level", "ln",
	"lu", "oblast", "obl", "office", "pereulok", "per", "ploshchad", "po",
	"prospekt", "province", "prov", "pr", "qu", "raion", "rayon", "rd",
	"region", "road", "room", "rm", "rue", "sheng", "shi", "sq", "square",
	"st", "ste", "str", "strasse", "street", "suite", "ul", "ulica",
	"ulitsa", "unit", "via", "xian", "zone"
};

typedef struct AddressSide
{
	int			count;
	TokenView	tokens[MAX_TOKENS];
} AddressSide;

typedef struct AddressCount
{
	int			left;			/* weight without counterpart */
	bool		number;			/* a number is among it */
	bool		place;
} AddressCount;

static bool
is_designator(const TokenView *token)
{
	for (size_t i = 0; i < sizeof(designators) / sizeof(designators[0]); i++)
		if (strlen(designators[i]) == token->length &&
			memcmp(designators[i], token->letters, token->length) == 0)
			return true;
	return false;
}

static uint8_t
weigh_part(const TokenView *token)
{
	if (token->tag == TAG_NUMBER)
		return token->length >= POSTCODE_DIGITS ? POSTCODE_WEIGHT :
			NUMBER_WEIGHT;
	if (token->tag != TAG_CORE)
		return LESSER_WEIGHT;
	return token->weight < MAX_NAME_WEIGHT ? token->weight : MAX_NAME_WEIGHT;
}

/* take_parts - the words of an address that say where it is */
static void
take_parts(const PackedName *address, AddressSide *side)
{
	TokenView	tokens[MAX_TOKENS];
	int			ntokens = view_tokens(address, tokens);

	side->count = 0;
	for (int i = 0; i < ntokens; i++)
	{
		if (tokens[i].tag == TAG_STOP || tokens[i].tag == TAG_LEGAL ||
			is_designator(&tokens[i]))
			continue;
		if (tokens[i].tag == TAG_CORE && tokens[i].length <= MAX_CODE)
			tokens[i].tag = TAG_PLACE;
		tokens[i].weight = weigh_part(&tokens[i]);
		side->tokens[side->count++] = tokens[i];
	}
}

static AddressCount
count_left(const AddressSide *side, uint32_t met)
{
	AddressCount count = {0, false, false};

	for (int i = 0; i < side->count; i++)
	{
		if (met >> i & 1)
			continue;
		count.left += side->tokens[i].weight;
		count.number |= side->tokens[i].tag == TAG_NUMBER;
		count.place |= side->tokens[i].tag == TAG_PLACE;
	}
	return count;
}

/* limit_evidence - the most that these kinds of words that met may show */
static int
limit_evidence(int digits, bool name, bool all_met)
{
	if (digits == 0 && !name)
		return PLACES_ALONE;
	if (name)
		return digits > 0 || all_met ? SCORE_ONE : NAMES_ALONE;
	return digits >= MIN_DIGITS && all_met ? SCORE_ONE : NUMBERS_ALONE;
}

static int
combine_parts(const AddressSide *a, const AddressSide *b,
			  const Alignment *alignment)
{
	AddressCount a_left = count_left(a, alignment->a_met);
	AddressCount b_left = count_left(b, alignment->b_met);
	int			less = a_left.left < b_left.left ? a_left.left : b_left.left;
	int			more = a_left.left + b_left.left - less;
	int			met = 0;
	int			full = 0;
	int			digits = 0;		/* of numbers that met */
	bool		name = false;
	bool		place = false;
	int			score;
	int			limit;

	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];
		TokenTag	tag = a->tokens[match->a_first].tag;

		met += match->weight * match->credit;
		full += match->weight * 1000;
		digits += tag == TAG_NUMBER ? a->tokens[match->a_first].length : 0;
		name |= tag == TAG_CORE;
		place |= tag == TAG_PLACE;
	}
	if (met == 0)
		return 0;
	full += (more - less) * 250 + less * 1000;
	score = (int) ((int64_t) met * SCORE_ONE / full);
	if (a_left.number && b_left.number)
		score = score * (digits > 0 ? SOME_NUMBER_FACTOR : NUMBER_FACTOR) /
			SCORE_ONE;
	if (a_left.place && b_left.place && !place)
		score = score * PLACE_FACTOR / SCORE_ONE;
	limit = limit_evidence(digits, name, less + more == 0);
	return score < limit ? score : limit;
}

/*
 * score_addresses - see the head of this file; symmetric.  Addresses of
 * which nothing is left but kinds of streets are like nothing.
 */
int
score_addresses(const PackedName *a, const PackedName *b)
{
	AddressSide a_side;
	AddressSide b_side;
	Alignment	alignment;

	if (compare_names(a, b) > 0)
	{
		const PackedName *first = a;

		a = b;
		b = first;
	}
	take_parts(a, &a_side);
	take_parts(b, &b_side);
	align_tokens(a_side.tokens, a_side.count, b_side.tokens, b_side.count,
				 &alignment);
	return combine_parts(&a_side, &b_side, &alignment);
}
