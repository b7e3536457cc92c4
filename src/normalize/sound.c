/*-------------------------------------------------------------------------
 *
 * sound.c
 *	  What stays of a word when it is spelled in another way.
 *
 * One name is written Qaddafi, Gaddafi, Kadhafi and Gheddafi; the letters
 * that transliterations disagree about are the vowels, doubled letters and
 * the choice among letters for one kind of sound.  The sound of a word is
 * the sequence of the kinds of its consonants, four bits each, the first
 * eight of them; a word that begins with a vowel has a mark for that.
 *
 * The kinds follow the usual romanizations of Arabic, Persian, Hebrew,
 * Cyrillic and Hangul: b p | k q c g gh | h kh | t d th dh | s z ts |
 * sh ch j zh | f v ph | l | m | n | r.
 *
 *-------------------------------------------------------------------------
 */
#include "normalize.h"

#include <string.h>

typedef enum SoundKind
{
	SOUND_NONE,					/* vowels, and what is silent */
	SOUND_OPEN,					/* the word begins with a vowel */
	SOUND_B,
	SOUND_K,
	SOUND_H,
	SOUND_T,
	SOUND_S,
	SOUND_SH,
	SOUND_F,
	SOUND_L,
	SOUND_M,
	SOUND_N,
	SOUND_R
} SoundKind;

#define MAX_SOUNDS 8

/* A part of a word: letters without sound, then one consonant. */
typedef struct SoundPart
{
	const char *open;			/* vowels */
	int			open_length;
	const char *letters;		/* the consonant, all letters of it */
	int			length;
	SoundKind	kind;			/* SOUND_NONE at the end of the word */
} SoundPart;

static bool
is_vowel(char c)
{
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' ||
		c == 'y' || c == 'w';
}

static char
letter_at(const char *letters, int length, int at)
{
	return at < length ? letters[at] : '\0';
}

/* letter_kind - the kind of a consonant written with one letter */
static SoundKind
letter_kind(char c, char next)
{
	switch (c)
	{
		case 'b':
		case 'p':
			return SOUND_B;
		case 'c':
			return next == 'e' || next == 'i' || next == 'y' ? SOUND_S :
				SOUND_K;
		case 'k':
		case 'q':
		case 'g':
			return SOUND_K;
		case 'h':
			return SOUND_H;
		case 't':
		case 'd':
			return SOUND_T;
		case 's':
		case 'z':
		case 'x':
			return SOUND_S;
		case 'j':
			return SOUND_SH;
		case 'f':
		case 'v':
			return SOUND_F;
		case 'l':
			return SOUND_L;
		case 'm':
			return SOUND_M;
		case 'n':
			return SOUND_N;
		case 'r':
			return SOUND_R;
		default:
			return SOUND_NONE;
	}
}

/* A consonant written with several letters. */
typedef struct Cluster
{
	char		letters[6];
	SoundKind	kind;
} Cluster;

/* The longest first. */
static const Cluster clusters[] = {
	{"shch", SOUND_SH}, {"tsch", SOUND_SH}, {"dzh", SOUND_SH},
	{"sch", SOUND_SH}, {"tch", SOUND_SH}, {"sh", SOUND_SH},
	{"ch", SOUND_SH}, {"zh", SOUND_SH}, {"dj", SOUND_SH},
	{"kh", SOUND_H}, {"gh", SOUND_K}, {"ck", SOUND_K}, {"ph", SOUND_F},
	{"th", SOUND_T}, {"dh", SOUND_T}, {"ts", SOUND_S}, {"tz", SOUND_S},
	{"ks", SOUND_S}
};

/* read_consonant - the kind at this place, and how many letters write it */
static SoundKind
read_consonant(const char *letters, int length, int at, int *used)
{
	for (size_t i = 0; i < sizeof(clusters) / sizeof(clusters[0]); i++)
	{
		const char *cluster = clusters[i].letters;
		int			own = 1;

		if (cluster[0] != letters[at])
			continue;
		while (cluster[own] != '\0' && at + own < length &&
			   cluster[own] == letters[at + own])
			own++;
		if (cluster[own] == '\0')
		{
			*used = own;
			return clusters[i].kind;
		}
	}
	*used = 1;
	return letter_kind(letters[at], letter_at(letters, length, at + 1));
}

/* is_silent - a vowel, or the "h" that only ends a word? */
static bool
is_silent(const char *letters, int length, int at)
{
	return is_vowel(letters[at]) ||
		(letters[at] == 'h' && at == length - 1 && at > 0 &&
		 is_vowel(letters[at - 1]));
}

/*
 * read_part - the part of a word at *at, which moves behind it.  The same
 * kind twice in a row, as in "ss" or "ck", is one consonant.
 */
static SoundPart
read_part(const char *letters, int length, int *at)
{
	SoundPart	part = {letters + *at, 0, NULL, 0, SOUND_NONE};

	while (*at < length && is_silent(letters, length, *at))
	{
		part.open_length++;
		(*at)++;
	}
	part.letters = letters + *at;
	while (*at < length && !is_silent(letters, length, *at))
	{
		int			used;
		SoundKind	kind = read_consonant(letters, length, *at, &used);

		if (part.length > 0 && kind != part.kind)
			break;
		part.kind = kind;
		part.length += used;
		*at += used;
	}
	return part;
}

/*
 * sound_word - the sound of a word of letters, the first kind in the lowest
 * bits; 0 for numbers and words without consonant.
 */
uint32_t
sound_word(const char *letters, int length)
{
	uint32_t	sound = 0;
	int			count = 0;
	int			at = 0;

	if (length == 0 || letters[0] < 'a')
		return 0;
	if (is_vowel(letters[0]))
		sound = SOUND_OPEN, count = 1;
	while (at < length && count < MAX_SOUNDS)
	{
		SoundPart	part = read_part(letters, length, &at);

		if (part.kind != SOUND_NONE)
			sound |= (uint32_t) part.kind << 4 * count++;
	}
	return sound;
}

/* count_sounds - consonants of a sound */
int
count_sounds(uint32_t sound)
{
	int			count = 0;

	for (; sound != 0; sound >>= 4)
		count += (sound & 15) != SOUND_OPEN;
	return count;
}

/* is_seam - would these two letters be read otherwise when they meet? */
static bool
is_seam(char last, char next)
{
	return last == 'c' || last == 'h' || next == 'h' ||
		(strchr("dgkpstz", last) != NULL && strchr("cjksz", next) != NULL);
}

/*
 * join_sounds - make of the sound of a word that of this word and the next
 * written as one; false where only the joined letters can tell.
 *
 * sound: of the first word, which ends in letters; second: of the next.
 */
bool
join_sounds(uint32_t *sound, const char *letters, int length,
			const char *next, uint32_t second)
{
	char		last = letters[length - 1];
	int			bits = 0;

	if (is_seam(last, next[0]))
		return false;
	while (bits < 32 && *sound >> bits != 0)
		bits += 4;
	if ((second & 15) == SOUND_OPEN)
		second >>= 4;
	else if (!is_vowel(last) && bits > 0 &&
			 *sound >> (bits - 4) == (second & 15))
		second >>= 4;
	if (bits < 32)
		*sound |= second << bits;
	return true;
}

/* Kinds of vowels; "h" has none. */
enum
{
	VOWEL_A = 1,
	VOWEL_FRONT = 2,			/* e i y */
	VOWEL_BACK = 4				/* o u w */
};

static unsigned
vowel_kinds(const char *letters, int length)
{
	unsigned	kinds = 0;

	for (int i = 0; i < length; i++)
		kinds |= letters[i] == 'a' ? VOWEL_A : letters[i] == 'h' ? 0 :
			letters[i] == 'e' || letters[i] == 'i' || letters[i] == 'y' ?
			VOWEL_FRONT : VOWEL_BACK;
	return kinds;
}

/* compare_vowels - 0 where equal, 1 for each kind that one side lacks */
static int
compare_vowels(const SoundPart *a, const SoundPart *b)
{
	unsigned	a_kinds = vowel_kinds(a->open, a->open_length);
	unsigned	b_kinds = vowel_kinds(b->open, b->open_length);
	unsigned	lacking = a_kinds ^ b_kinds;
	int			count = (lacking & VOWEL_A) + (lacking / VOWEL_FRONT & 1) +
		lacking / VOWEL_BACK;

	if (a->open_length == b->open_length &&
		memcmp(a->open, b->open, a->open_length) == 0)
		return 0;
	if (a_kinds == 0 || b_kinds == 0)
		count++;
	return count > 0 ? count : 1;
}

/* How far two spellings of one part are from each other. */
static int
compare_parts(const SoundPart *a, const SoundPart *b)
{
	bool		equal = a->length == b->length &&
		memcmp(a->letters, b->letters, a->length) == 0;

	return compare_vowels(a, b) + (equal ? 0 : 1);
}

/*
 * compare_sounds - how differently two words of one sound are spelled: 0 for
 * equal letters, one to five for each place where they differ.
 */
int
compare_sounds(const char *a, int na, const char *b, int nb)
{
	int			a_at = 0;
	int			b_at = 0;
	int			distance = 0;

	while (a_at < na || b_at < nb)
	{
		SoundPart	a_part = read_part(a, na, &a_at);
		SoundPart	b_part = read_part(b, nb, &b_at);

		distance += compare_parts(&a_part, &b_part);
	}
	return distance;
}
