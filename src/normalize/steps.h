/*-------------------------------------------------------------------------
 *
 * steps.h
 *	  What the steps of the normalizer hand to each other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STEPS_H
#define STEPS_H

#include "normalize.h"

#define LOST_CHARACTER 0xFFFD

/* Step 1: code points. */
typedef struct Points
{
	int			count;
	bool		needs_compose;	/* something only NFKC can decide */
	uint8_t		flags;			/* NAME_* */
	uint32_t	points[MAX_POINTS];
} Points;

/* Step 2: words. */
typedef struct Word
{
	uint8_t		length;
	uint8_t		tag;			/* TAG_NONE unless a dictionary decided */
	uint8_t		origin;			/* ORIGIN_* */
	bool		glued;			/* no separator before it: "38" + "th" */
	char		letters[MAX_LETTERS];
} Word;

typedef struct Words
{
	int			count;
	uint8_t		flags;			/* NAME_* */
	Word		words[MAX_WORDS];
} Words;

/* decode.c */
extern void decode_text(const char *text, size_t length, Points *points);
extern int	encode_point(uint32_t point, char *out);

/* homoglyph.c */
extern void fold_homoglyphs(Points *points);

/* icu.c */
typedef enum PointKind
{
	POINT_LETTER,
	POINT_DIGIT,
	POINT_NOTHING,
	POINT_SEPARATOR
} PointKind;

extern void compose_points(Points *points);
extern PointKind classify_point(uint32_t point, int *digit);

/* fold.c */
extern const char *fold_point(uint32_t point);
extern uint32_t fold_variant(uint32_t point);
extern const char *fold_kana_pair(uint32_t first, uint32_t second);
extern int	fold_hangul(uint32_t point, char *out);
extern bool is_han(uint32_t point);
extern bool is_kana(uint32_t point);
extern bool is_hangul(uint32_t point);
extern bool is_unspaced(uint32_t point);
extern bool is_combining(uint32_t point);

/* words.c */
extern void add_word(Words *words, const char *letters, int length,
					 TokenTag tag, uint8_t origin);
extern int	next_canonical(const char **rest, const char **word);

/* split.c */
extern void split_points(const Points *points, Words *words);

/* unspaced.c */
extern void split_unspaced(const uint32_t *points, int count, Words *words);

/* form.c */
extern void cut_forms(Words *words);

/* space.c */
extern void mend_spaces(Words *words);

/* tag.c */
extern void tag_words(const Words *words, NormalName *name);

/* compound.c */
typedef struct NamePart
{
	const char *letters;
	int			length;
} NamePart;

extern int	split_compound(const char *letters, int length, NamePart *parts);

/* acronym.c */
extern bool is_own_acronym(const Words *words, int at);

/* respell.c */
extern int	respell_word(const char *letters, int length, char *out);

/* weigh.c */
extern void weigh_tokens(NormalName *name);

/* word.c */
typedef struct WordEntry
{
	const char *canonical;		/* "" where the entry is only a prefix */
	TokenTag	tag;			/* TAG_NONE where only a prefix */
	int			longest;		/* units of the longest key it begins */
} WordEntry;

extern bool find_word(const char *key, int length, WordEntry *entry);
extern bool find_variant(const Word *word, WordEntry *entry);
extern int	find_token_weight(const char *letters, int length);

#endif							/* STEPS_H */
