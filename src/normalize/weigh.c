/*-------------------------------------------------------------------------
 *
 * weigh.c
 *	  How much a token says about who is meant, 1 to 16.
 *
 * Words of the core weigh by their rarity among company and list names
 * (token_weight.txt); a word that is not in the table is rare, and weighs
 * by its length alone.  Generic words and places weigh three fifths of that
 * and no more than a limit, legal forms next to nothing, whatever their
 * frequency: a missing one must cost little.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"
#include "tables.h"

#include <string.h>

#define RARE_WEIGHT 16
#define GENERIC_WEIGHT 7
#define PLACE_WEIGHT 6
#define NUMBER_WEIGHT 6
#define LEGAL_WEIGHT 1
#define MIN_SOUNDS_SAID 3
#define MAX_SOUNDS_APART 2

/* A short word is found in many names by chance. */
static int
cap_weight(int length)
{
	static const uint8_t caps[] = {0, 3, 7, 12};

	return length < 4 ? caps[length] : RARE_WEIGHT;
}

static int
weigh_core(const NameToken *token)
{
	int			weight = find_token_weight(token->letters, token->length);
	int			cap = cap_weight(token->length);

	return weight == 0 || weight > cap ? cap : weight;
}

static int
weigh_token(const NameToken *token)
{
	int			weight;

	switch ((TokenTag) token->tag)
	{
		case TAG_GENERIC:
			weight = (weigh_core(token) * 3 + 4) / 5;
			return weight < GENERIC_WEIGHT ? weight : GENERIC_WEIGHT;
		case TAG_PLACE:
			weight = (weigh_core(token) * 3 + 4) / 5;
			return weight < PLACE_WEIGHT ? weight : PLACE_WEIGHT;
		case TAG_NUMBER:
			return NUMBER_WEIGHT;
		case TAG_LEGAL:
			return LEGAL_WEIGHT;
		case TAG_STOP:
			return 0;
		case TAG_CORE:
		case TAG_NONE:
			break;
	}
	return weigh_core(token);
}

/*
 * is_said_before - does an earlier token have these letters, or, as the
 * brand in "Tianjin Tiandi Weiye (Tiandy)", this sound?
 */
static bool
is_said_before(const NormalName *name, int place)
{
	const NameToken *token = &name->tokens[place];

	for (int i = 0; i < place; i++)
	{
		const NameToken *other = &name->tokens[i];

		if (other->tag == token->tag && other->length == token->length &&
			memcmp(other->letters, token->letters, token->length) == 0)
			return true;
		if (token->tag == TAG_CORE && other->tag == TAG_CORE &&
			token->sound == other->sound &&
			count_sounds(token->sound) >= MIN_SOUNDS_SAID &&
			compare_sounds(token->letters, token->length, other->letters,
						   other->length) <= MAX_SOUNDS_APART)
			return true;
	}
	return false;
}

/*
 * weigh_tokens - last step of normalization; what is said twice counts once.
 */
void
weigh_tokens(NormalName *name)
{
	for (int i = 0; i < name->ntokens; i++)
	{
		NameToken  *token = &name->tokens[i];

		token->sound = sound_word(token->letters, token->length);
		token->weight = is_said_before(name, i) ? 0 :
			(uint8_t) weigh_token(token);
	}
}
