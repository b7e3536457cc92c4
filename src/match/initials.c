/*-------------------------------------------------------------------------
 *
 * initials.c
 *	  The acronyms of a name: which words give them which letters.
 *
 * The score (align.c) and the index (key.c) both read them off here.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include <string.h>

/* has_letters - is this token exactly that word? */
static bool
has_letters(const TokenView *token, const char *word)
{
	return strlen(word) == token->length &&
		memcmp(token->letters, word, token->length) == 0;
}

/* leaves_places - the kinds of acronym that leave places out */
static bool
leaves_places(InitialsKind kind)
{
	return kind == INITIALS_SHORTER || kind == INITIALS_UNPLACED;
}

/*
 * is_passed_over - words that acronyms leave out: stop words and "and"
 * always; in the shorter kind also places, but for the first word, and
 * "group" and "holding" ("SMIC" of Semiconductor Manufacturing International
 * (Beijing) Corporation, "CETC" of China Electronics Technology Group
 * Corporation); in the unplaced kind the first word too ("CSRC" of Beijing
 * Computational Science Research Center)
 */
static bool
is_passed_over(const TokenView *token, int place, InitialsKind kind)
{
	if (token->tag == TAG_STOP || has_letters(token, "and"))
		return true;
	if (!leaves_places(kind) || (kind == INITIALS_SHORTER && place == 0))
		return false;
	return token->tag == TAG_PLACE ||
		(token->tag == TAG_GENERIC && (has_letters(token, "group") ||
									   has_letters(token, "holding")));
}

/*
 * first_named - where the words begin that give an acronym its letters: legal
 * forms that stand before a name have none in it
 */
int
first_named(const TokenView *tokens, int ntokens)
{
	int			first = 0;

	while (first < ntokens && tokens[first].tag == TAG_LEGAL)
		first++;
	return first;
}

/* Words that are known by their translation, and the Russian letters. */
typedef struct Translated
{
	uint8_t		length;
	char		word[12];
	char		letters[3];
} Translated;

static const Translated translated[] = {
	{5, "plant", "z"},			/* zavod */
	{6, "design", "k"},			/* konstruktorskoe */
	{11, "association", "o"},	/* obedinenie */
	{11, "instruments", "p"},	/* priborostroitelnyy */
	{8, "research", "ni"},		/* nauchno-issledovatelskiy */
	{8, "shipyard", "sz"},		/* sudostroitelnyy zavod */
	{7, "central", "ts"},		/* tsentralnyy */
	{5, "state", "g"}			/* gosudarstvennyy */
};

/* find_translated - the Russian letters of a word, NULL where it has its own */
static const char *
find_translated(const TokenView *token)
{
	if (token->tag != TAG_GENERIC)
		return NULL;
	for (size_t i = 0; i < sizeof(translated) / sizeof(translated[0]); i++)
		if (translated[i].length == token->length &&
			translated[i].word[0] == token->letters[0] &&
			memcmp(translated[i].word, token->letters, token->length) == 0)
			return translated[i].letters;
	return NULL;
}

/* is_other_kind - may this kind of acronym have other letters than the first? */
static bool
is_other_kind(const TokenView *tokens, int first, int ntokens,
			  InitialsKind kind)
{
	if (kind == INITIALS_UNPLACED)
		return first < ntokens && tokens[first].tag == TAG_PLACE;
	if (kind != INITIALS_RUSSIAN)
		return true;
	for (int i = first; i < ntokens; i++)
		if (find_translated(&tokens[i]) != NULL)
			return true;
	return false;
}

/*
 * join_initials - the letters of so many that a name begins with, one for
 * each word, or in the Russian kind those of the word it was translated from
 * ("VOMZ" of Vologda Optical and Mechanical Plant); returns the number of
 * tokens spanned, 0 if there are too few, or if it is the full kind in other
 * words.  *used gets a bit for every word that gave a letter.
 */
int
join_initials(const TokenView *tokens, int ntokens, int letters,
			  InitialsKind kind, char *out, uint32_t *used)
{
	int			first = first_named(tokens, ntokens);
	int			found = 0;
	bool		other = kind == INITIALS_FULL;

	*used = 0;
	if (!is_other_kind(tokens, first, ntokens, kind))
		return 0;
	for (int i = first; i < ntokens && tokens[i].tag != TAG_NUMBER &&
		 found < letters; i++)
	{
		const char *own = kind == INITIALS_RUSSIAN ?
			find_translated(&tokens[i]) : NULL;

		if (is_passed_over(&tokens[i], i - first, kind))
		{
			other |= leaves_places(kind) && tokens[i].tag != TAG_STOP;
			continue;
		}
		*used |= UINT32_C(1) << i;
		out[found++] = own != NULL ? own[0] : tokens[i].letters[0];
		if (own != NULL && own[1] != '\0' && found < letters)
			out[found++] = own[1];
		other |= own != NULL;
		if (found == letters)
			return other ? i + 1 : 0;
	}
	return 0;
}

/* letter_bit - a bit for a letter; digits share some */
static uint32_t
letter_bit(char letter)
{
	return UINT32_C(1) << (letter & 31);
}

/* has_letters_of - are all letters of a word among these? */
static bool
has_letters_of(const TokenView *word, uint32_t letters)
{
	for (int i = 0; i < word->length; i++)
		if (!(letter_bit(word->letters[i]) & letters))
			return false;
	return true;
}

/* is_acronym_like - may a word be initials of others? */
bool
is_acronym_like(const TokenView *token)
{
	return token->tag == TAG_CORE && !is_own(token) &&
		token->length >= MIN_INITIALS && token->length <= MAX_INITIALS;
}

/* gather_letters - a bit for each letter that words may give an acronym */
static uint32_t
gather_letters(const TokenView *tokens, int ntokens)
{
	uint32_t	letters = 0;

	for (int i = 0; i < ntokens; i++)
	{
		const char *own = find_translated(&tokens[i]);

		letters |= letter_bit(tokens[i].letters[0]);
		for (; own != NULL && *own != '\0'; own++)
			letters |= letter_bit(*own);
	}
	return letters;
}

/* may_be_initials - might a word of single be initials of words of many? */
bool
may_be_initials(const TokenView *many, int nmany, const TokenView *single,
				int nsingle)
{
	uint32_t	letters = 0;

	for (int j = 0; j < nsingle; j++)
	{
		if (!is_acronym_like(&single[j]))
			continue;
		if (letters == 0)
			letters = gather_letters(many, nmany);
		if (has_letters_of(&single[j], letters))
			return true;
	}
	return false;
}
