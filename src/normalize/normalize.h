/*-------------------------------------------------------------------------
 *
 * normalize.h
 *	  Raw text to tagged, weighted words: the only door for text.
 *
 * Everything here is plain C11 without PostgreSQL, so that it can be fuzzed
 * and measured on its own.  No function allocates: all work is done in
 * structs of fixed size that the caller puts on its stack.
 *
 * The pipeline, one file a step:
 *
 *	  decode.c	bytes to code points, HTML entities, lost characters
 *	  icu.c		NFKC of what the tables do not know
 *	  homoglyph.c	letters of a script that is not that of their word
 *	  split.c	code points to words (folding through fold.c, and for scripts
 *				without spaces the dictionary of word.c)
 *	  form.c	legal forms cut off the words they are written into
 *	  tag.c		words to canonical, tagged tokens (compound.c cuts names,
 *				acronym.c tells initials of the name itself,
 *				respell.c gives Russian roots one spelling)
 *	  weigh.c	tokens to weights and sounds (sound.c)
 *
 *-------------------------------------------------------------------------
 */
#ifndef NORMALIZE_H
#define NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Raise this whenever a change of code or tables can change a normal form,
 * a weight or a tag.  It is stored in every datum; data of another version
 * is normalized again from its original text when it is compared.
 */
#ifndef ENTITY_SCREEN_NORMALIZER_VERSION
#define ENTITY_SCREEN_NORMALIZER_VERSION 3
#endif
#define FIRST_NORMALIZER_VERSION 3	/* the oldest that stored names have */

#define MAX_POINTS	4096		/* code points looked at */
#define MAX_WORDS	96			/* words before phrases are replaced */
#define MAX_TOKENS	32			/* tokens that take part in matching */
#define MAX_LETTERS 64			/* letters of one token */

typedef enum TokenTag
{
	TAG_CORE,					/* what distinguishes the name */
	TAG_GENERIC,				/* technology, trading, institute */
	TAG_PLACE,					/* china, shanghai */
	TAG_NUMBER,					/* 38, in digits */
	TAG_LEGAL,					/* ltd, gmbh */
	TAG_STOP,					/* of, the, dr */
	TAG_NONE					/* not decided; never in a NormalName */
} TokenTag;

/* How a token came to its letters; bits. */
#define ORIGIN_TRANSLITERATED 0x01
#define ORIGIN_CANONICAL 0x02	/* replaced through a word table */
#define ORIGIN_ABJAD 0x04		/* from a script that leaves vowels out */
#define ORIGIN_ACRONYM 0x08		/* initials of other words of the name */

typedef struct NameToken
{
	uint8_t		length;
	uint8_t		tag;			/* TokenTag */
	uint8_t		weight;
	uint8_t		origin;			/* ORIGIN_* */
	uint32_t	sound;			/* sound_word */
	char		letters[MAX_LETTERS];	/* a-z, 0-9; not terminated */
} NameToken;

/* What happened to the text on the way; bits. */
#define NAME_CLIPPED 0x01		/* more text than takes part in matching */
#define NAME_LOST 0x02			/* a character was lost before it came here */
#define NAME_MIXED 0x04			/* a word had letters of two scripts */

typedef struct NormalName
{
	int			ntokens;
	uint8_t		flags;			/* NAME_* */
	NameToken	tokens[MAX_TOKENS];
} NormalName;

/*
 * normalize_name - the whole pipeline.
 *
 * text: UTF-8; bytes that are not UTF-8 count as lost characters.
 * Never fails: text without any letter or digit gives no token.
 */
extern void normalize_name(const char *text, size_t length, NormalName *name);

/* Single edits (edit.c). */
extern bool is_one_edit(const char *a, int na, const char *b, int nb);
extern bool is_two_edits(const char *a, int na, const char *b, int nb);
extern int	drop_letter(const char *letters, int length, int i, char *out);

/* Sounds (sound.c): the consonants of a word, however it is spelled. */
extern uint32_t sound_word(const char *letters, int length);
extern bool join_sounds(uint32_t *sound, const char *letters, int length,
						const char *next, uint32_t second);
extern int	count_sounds(uint32_t sound);
extern int	compare_sounds(const char *a, int na, const char *b, int nb);

/* Trigram weights, for whoever compares names. */
extern const uint8_t gram_rarities[];	/* four bits a gram */

/* weigh_gram - weight of a trigram, 1 (in every third name) to 4 (rare) */
static inline int
weigh_gram(unsigned gram)
{
	return 1 + ((gram_rarities[gram >> 1] >> ((gram & 1) * 4)) & 15) / 4;
}

#endif							/* NORMALIZE_H */
