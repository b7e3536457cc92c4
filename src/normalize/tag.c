/*-------------------------------------------------------------------------
 *
 * tag.c
 *	  Words to canonical, tagged tokens.
 *
 * At each place the longest phrase of the word tables wins and is replaced
 * by its canonical words, and so is a rare word that is one edit from a long or
 * common word of the tables, or sounds like it.  What else no table knows is
 * core.  Numbers lose what
 * only marks them as numbers: "No. 38", "38th" and "XXXVIII" written as a
 * word of its own are all 38.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

#define MAX_PHRASE 10			/* words of the longest phrase looked for */

static bool
is_word(const Word *word, const char *letters)
{
	return strlen(letters) == word->length &&
		memcmp(word->letters, letters, word->length) == 0;
}

static bool
is_digits(const Word *word)
{
	return word->length > 0 &&
		word->letters[0] >= '0' && word->letters[0] <= '9';
}

/* add_token - append a token; what does not fit is clipped. */
static void
add_token(NormalName *name, const char *letters, int length, TokenTag tag,
		  uint8_t origin)
{
	NameToken  *token;

	if (name->ntokens == MAX_TOKENS)
	{
		name->flags |= NAME_CLIPPED;
		return;
	}
	if (tag == TAG_NUMBER || (letters[0] >= '0' && letters[0] <= '9'))
	{
		tag = TAG_NUMBER;
		for (; length > 1 && *letters == '0'; length--)
			letters++;
	}
	token = &name->tokens[name->ntokens++];
	memset(token, 0, sizeof(*token));
	memcpy(token->letters, letters, length);
	token->length = (uint8_t) length;
	token->tag = (uint8_t) tag;
	token->origin = origin;
}

static void
add_phrase(NormalName *name, const WordEntry *entry, uint8_t origin)
{
	const char *rest = entry->canonical;
	const char *word;
	int			length;

	while ((length = next_canonical(&rest, &word)) > 0)
		add_token(name, word, length, entry->tag, origin | ORIGIN_CANONICAL);
}

/*
 * find_phrase - the longest phrase of the tables that starts at this word;
 * returns its number of words, 0 if there is none.
 */
static int
find_phrase(const Words *words, int at, WordEntry *entry)
{
	char		key[MAX_PHRASE * (MAX_LETTERS + 1)];
	int			lengths[MAX_PHRASE + 1] = {0};
	int			units = 0;
	int			length = 0;
	int			longest;

	if (!find_word(words->words[at].letters, words->words[at].length, entry))
		return 0;
	longest = entry->longest < MAX_PHRASE ? entry->longest : MAX_PHRASE;
	while (units < longest && at + units < words->count &&
		   words->words[at + units].tag == TAG_NONE)
	{
		const Word *word = &words->words[at + units];

		if (units > 0)
			key[length++] = ' ';
		memcpy(key + length, word->letters, word->length);
		length += word->length;
		lengths[++units] = length;
	}
	for (; units > 0; units--)
		if (find_word(key, lengths[units], entry) && entry->tag != TAG_NONE)
			return units;
	return 0;
}

/* read_roman - the small roman numerals that number things; 0 if none. */
static int
read_roman(const Word *word)
{
	static const char *const numerals[] = {
		"ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii", "xiii",
		"xiv", "xv", "xvi"
	};
	static const uint8_t values[] = {
		2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16
	};

	for (size_t i = 0; i < sizeof(values); i++)
		if (is_word(word, numerals[i]))
			return values[i];
	return 0;
}

static bool
is_ordinal_suffix(const Words *words, int at)
{
	const Word *word = &words->words[at];

	return at > 0 && word->glued && is_digits(&words->words[at - 1]) &&
		(is_word(word, "st") || is_word(word, "nd") || is_word(word, "rd") ||
		 is_word(word, "th"));
}

/* is_number_sign - "no" in "No. 38", "nr" in "Nr. 7"? */
static bool
is_number_sign(const Words *words, int at)
{
	const Word *word = &words->words[at];

	return at + 1 < words->count && is_digits(&words->words[at + 1]) &&
		(is_word(word, "no") || is_word(word, "nr") || is_word(word, "num") ||
		 is_word(word, "number") || is_word(word, "n"));
}

/*
 * add_core - a word that no table knows, or the parts of a compound name.
 */
static void
add_core(NormalName *name, const Words *words, int at)
{
	const Word *word = &words->words[at];
	uint8_t		own = is_own_acronym(words, at) ? ORIGIN_ACRONYM : 0;
	char		letters[MAX_LETTERS];
	NamePart	parts[2];
	WordEntry	entry;
	int			length;

	for (int i = 0, count = split_compound(word->letters, word->length,
										   parts); i < count; i++)
	{
		if (find_word(parts[i].letters, parts[i].length, &entry) &&
			entry.tag == TAG_CORE)
			add_phrase(name, &entry, word->origin);
		else
			add_token(name, parts[i].letters, parts[i].length, TAG_CORE,
					  word->origin);
		if (i == count - 1)
			return;
	}
	length = respell_word(word->letters, word->length, letters);
	if (length > 0 && memcmp(letters, word->letters, length) != 0 &&
		find_word(letters, length, &entry) && entry.tag != TAG_NONE)
		add_phrase(name, &entry, word->origin);
	else
		add_token(name, letters, length, TAG_CORE, word->origin | own);
}

/* take_word - turn the word at this place to tokens; returns words used. */
static int
take_word(const Words *words, int at, NormalName *name)
{
	const Word *word = &words->words[at];
	WordEntry	entry;
	int			used;
	int			roman;

	if (is_ordinal_suffix(words, at) || is_number_sign(words, at))
		return 1;
	if (word->tag != TAG_NONE)
	{
		add_token(name, word->letters, word->length, word->tag,
				  word->origin);
		return 1;
	}
	used = find_phrase(words, at, &entry);
	if (used > 0)
	{
		add_phrase(name, &entry, word->origin);
		return used;
	}
	if (find_variant(word, &entry))
	{
		add_phrase(name, &entry, word->origin);
		return 1;
	}
	roman = at > 0 ? read_roman(word) : 0;
	if (roman > 0)
	{
		char		digits[2] = {(char) ('0' + roman / 10),
		(char) ('0' + roman % 10)};

		add_token(name, digits, 2, TAG_NUMBER, ORIGIN_CANONICAL);
		return 1;
	}
	add_core(name, words, at);
	return 1;
}

static bool
is_among(const NameToken *token, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strlen(*list) == token->length &&
			memcmp(token->letters, *list, token->length) == 0)
			return true;
	return false;
}

/*
 * promote_title - "Admiral Group", "Mister Trading": a title that nothing
 * but generic words, places and legal forms follow is a name.
 */
static void
promote_title(NormalName *name)
{
	static const char *const articles[] = {
		"the", "la", "le", "les", "el", "los", "las", "al", "der", "die", "das",
		"il", "lo", "gli", "het", "de", "den", "det", "un", "une", "of", "for",
		NULL
	};

	for (int i = 0; i < name->ntokens; i++)
		if (name->tokens[i].tag == TAG_CORE ||
			name->tokens[i].tag == TAG_NUMBER)
			return;
	if (name->ntokens > 0 && name->tokens[0].tag == TAG_STOP &&
		!is_among(&name->tokens[0], articles))
		name->tokens[0].tag = TAG_CORE;
}

/*
 * promote_bare_name - a name of legal forms and stop words alone ("The Co.",
 * "AG") has nothing else to be known by: they become its core.
 */
static void
promote_bare_name(NormalName *name)
{
	for (int i = 0; i < name->ntokens; i++)
		if (name->tokens[i].tag != TAG_LEGAL &&
			name->tokens[i].tag != TAG_STOP)
			return;
	for (int i = 0; i < name->ntokens; i++)
		name->tokens[i].tag = TAG_CORE;
}

/* tag_words - step 3 of normalization. */
void
tag_words(const Words *words, NormalName *name)
{
	name->ntokens = 0;
	name->flags = words->flags;
	for (int at = 0; at < words->count;)
		at += take_word(words, at, name);
	promote_bare_name(name);
	promote_title(name);
}
