/*-------------------------------------------------------------------------
 *
 * split.c
 *	  Code points to words of a-z and 0-9.
 *
 * Spaces, dashes, brackets and most punctuation separate.  Apostrophes and
 * lost characters inside a word are dropped ("IS'Vision", "IS?Vision" and
 * "ISVision" are one word), and so are the stops of an abbreviation made of
 * single letters ("S.A.", "d.o.o.", "A/S").  A word in capitals that follows
 * one in small letters without a space is its own.  Letters and digits never
 * share a word, so that numbers can be compared as numbers.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

#define MIN_RUN_ON 4			/* letters of a word that runs into a longer one */
#define ARABIC_ALEF 0x627
#define ARABIC_LAM 0x644
#define ARABIC_HEH 0x647
#define ARABIC_WAW 0x648

typedef enum PartKind
{
	PART_SEPARATOR,
	PART_LETTERS,
	PART_DIGITS,
	PART_APOSTROPHE,			/* or a lost character */
	PART_STOP,					/* '.' or '/' */
	PART_UNSPACED,
	PART_NOTHING
} PartKind;

/* What one code point contributes. */
typedef struct Part
{
	PartKind	kind;
	int			length;
	uint8_t		origin;			/* ORIGIN_* */
	char		letters[16];
} Part;

/* The word being built. */
typedef struct Builder
{
	Words	   *words;
	Word		word;
	PartKind	kind;			/* PART_LETTERS or PART_DIGITS */
	bool		glued;			/* nothing separates it from the last one */
} Builder;

/*
 * encode_letter - a letter without reading, spelled as five letters that
 * stand for its code point: equal letters stay equal, and nothing is lost.
 */
static void
encode_letter(uint32_t point, Part *part)
{
	for (int i = 4; i >= 0; i--)
	{
		part->letters[i] = (char) ('a' + point % 26);
		point /= 26;
	}
	part->length = 5;
	part->kind = PART_LETTERS;
}

static void
classify_ascii(uint32_t point, Part *part)
{
	part->length = 1;
	part->letters[0] = (char) point;
	if (point >= '0' && point <= '9')
		part->kind = PART_DIGITS;
	else if ((point | 0x20) >= 'a' && (point | 0x20) <= 'z')
	{
		part->letters[0] = (char) (point | 0x20);
		part->kind = PART_LETTERS;
	}
	else if (point == '\'' || point == '`' || point == '?')
		part->kind = PART_APOSTROPHE;
	else if (point == '.' || point == '/')
		part->kind = PART_STOP;
	else
		part->kind = PART_SEPARATOR;
}

static void
classify_unlisted(uint32_t point, Part *part)
{
	int			digit;

	switch (classify_point(point, &digit))
	{
		case POINT_LETTER:
			encode_letter(point, part);
			break;
		case POINT_DIGIT:
			part->kind = PART_DIGITS;
			part->letters[0] = (char) ('0' + digit);
			part->length = 1;
			break;
		case POINT_NOTHING:
			part->kind = PART_NOTHING;
			break;
		case POINT_SEPARATOR:
			part->kind = PART_SEPARATOR;
			break;
	}
}

static void
classify_reading(const char *reading, Part *part)
{
	part->length = (int) strlen(reading);
	if (part->length > (int) sizeof(part->letters))
		part->length = (int) sizeof(part->letters);
	memcpy(part->letters, reading, part->length);
	if (reading[0] == '_')
		part->kind = PART_SEPARATOR;
	else if (reading[0] == '~')
		part->kind = PART_NOTHING;
	else if (reading[0] == '\'' || reading[0] == '?')
		part->kind = PART_APOSTROPHE;
	else if (reading[0] == '.')
		part->kind = PART_STOP;
	else if (reading[0] >= '0' && reading[0] <= '9')
		part->kind = PART_DIGITS;
	else
		part->kind = PART_LETTERS;
}

/* is_abjad - a letter of Hebrew or Arabic script? */
static bool
is_abjad(uint32_t point)
{
	return (point >= 0x590 && point < 0x780) ||
		(point >= 0x8A0 && point < 0x900);
}

static void
classify_part(uint32_t point, Part *part)
{
	const char *reading;

	part->length = 0;
	part->origin = point < 0x370 ? 0 : is_abjad(point) ?
		ORIGIN_TRANSLITERATED | ORIGIN_ABJAD : ORIGIN_TRANSLITERATED;
	if (point < 0x80)
		classify_ascii(point, part);
	else if (is_unspaced(point))
		part->kind = PART_UNSPACED;
	else if ((reading = fold_point(point)) != NULL)
		classify_reading(reading, part);
	else
		classify_unlisted(point, part);
}

static PartKind
peek_kind(const Points *points, int at)
{
	Part		part;

	if (at >= points->count)
		return PART_SEPARATOR;
	classify_part(points->points[at], &part);
	return part.kind;
}

static void
finish_word(Builder *builder, bool separated)
{
	Word	   *word = &builder->word;

	if (word->length > 0)
	{
		int			before = builder->words->count;

		add_word(builder->words, word->letters, word->length, TAG_NONE,
				 word->origin);
		if (builder->words->count > before)
			builder->words->words[before].glued = builder->glued;
		builder->glued = true;
	}
	if (separated)
		builder->glued = false;
	word->length = 0;
	word->origin = 0;
}

static void
append_part(Builder *builder, const Part *part)
{
	Word	   *word = &builder->word;

	if (builder->kind != part->kind ||
		word->length + part->length > MAX_LETTERS)
		finish_word(builder, false);
	builder->kind = part->kind;
	memcpy(word->letters + word->length, part->letters, part->length);
	word->length += part->length;
	word->origin |= part->origin;
}

/*
 * is_abbreviation_stop - between single letters, as in "S.p.A."?
 */
static bool
is_abbreviation_stop(const Points *points, int at)
{
	return at > 0 &&
		peek_kind(points, at - 1) == PART_LETTERS &&
		(at < 2 || peek_kind(points, at - 2) != PART_LETTERS) &&
		peek_kind(points, at + 1) == PART_LETTERS &&
		peek_kind(points, at + 2) != PART_LETTERS;
}

/*
 * skip_apostrophe - what an apostrophe or lost character at this place does;
 * returns how many code points it swallows.  At the edge of a word it is a
 * quotation mark; before a final "s" it marks the possessive, which goes.
 */
static int
skip_apostrophe(Builder *builder, const Points *points, int at)
{
	bool		inside = builder->word.length > 0 &&
		peek_kind(points, at + 1) == PART_LETTERS;

	if (!inside)
	{
		finish_word(builder, true);
		return 1;
	}
	if ((points->points[at + 1] | 0x20) == 's' && builder->word.length > 1 &&
		peek_kind(points, at + 2) == PART_SEPARATOR)
		return 2;
	return 1;
}

static int
take_unspaced(Builder *builder, const Points *points, int at)
{
	int			end = at;

	while (end < points->count && is_unspaced(points->points[end]))
		end++;
	finish_word(builder, false);
	split_unspaced(points->points + at, end - at, builder->words);
	builder->glued = true;
	return end - at;
}

static uint32_t
point_at(const Points *points, int at)
{
	return at < points->count ? points->points[at] : 0;
}

/*
 * take_article - the Arabic article that begins a word of at least three
 * more letters, and "and" before it, are words of their own, as they are in
 * Latin letters; "Allah" has none.  Returns the code points taken.
 */
static int
take_article(Builder *builder, const Points *points, int at)
{
	bool		joined = point_at(points, at) == ARABIC_WAW;
	int			start = at + joined;
	int			end = start + 2;

	if (builder->word.length > 0 || point_at(points, start) != ARABIC_ALEF ||
		point_at(points, start + 1) != ARABIC_LAM)
		return 0;
	while (is_abjad(point_at(points, end)) && end < start + 6)
		end++;
	if (end < start + 5 || (point_at(points, start + 2) == ARABIC_LAM &&
							point_at(points, start + 3) == ARABIC_HEH))
		return 0;
	if (joined)
		add_word(builder->words, "u", 1, TAG_NONE, ORIGIN_TRANSLITERATED);
	add_word(builder->words, "al", 2, TAG_NONE, ORIGIN_TRANSLITERATED);
	return joined + 2;
}

/* is_capital - of Latin without extensions, Greek and Cyrillic */
static bool
is_capital(uint32_t point)
{
	return (point >= 'A' && point <= 'Z') ||
		(point >= 0xC0 && point <= 0xDE && point != 0xD7) ||
		(point >= 0x391 && point <= 0x3A9) ||
		(point >= 0x400 && point <= 0x42F);
}

static bool
is_small(uint32_t point)
{
	return (point >= 'a' && point <= 'z') ||
		(point >= 0xDF && point <= 0xFF && point != 0xF7) ||
		(point >= 0x3B1 && point <= 0x3C9) ||
		(point >= 0x430 && point <= 0x45F);
}

/*
 * begins_capitals - does a word all in capitals run on from one in small
 * letters, as in "NikolayevnaKHOKHLOVA"?  Not the short ones of brands.
 */
static bool
begins_capitals(const Points *points, int at)
{
	int			end = at;

	if (at < MIN_RUN_ON || !is_capital(points->points[at]) ||
		!is_small(points->points[at - 1]))
		return false;
	for (int i = 2; i <= MIN_RUN_ON; i++)
		if (!is_small(points->points[at - i]) &&
			!(i == MIN_RUN_ON && is_capital(points->points[at - i])))
			return false;
	while (is_capital(point_at(points, end)))
		end++;
	return end - at > MIN_RUN_ON && !is_small(point_at(points, end));
}

/* take_part - consume the code point at this place; returns how many. */
static int
take_part(Builder *builder, const Points *points, int at)
{
	Part		part;
	int			taken = take_article(builder, points, at);

	if (taken > 0)
		return taken;
	classify_part(points->points[at], &part);
	switch (part.kind)
	{
		case PART_LETTERS:
			if (begins_capitals(points, at))
				finish_word(builder, true);
			/* fall through */
		case PART_DIGITS:
			append_part(builder, &part);
			return 1;
		case PART_NOTHING:
			return 1;
		case PART_APOSTROPHE:
			return skip_apostrophe(builder, points, at);
		case PART_UNSPACED:
			return take_unspaced(builder, points, at);
		case PART_STOP:
			if (!is_abbreviation_stop(points, at))
				finish_word(builder, true);
			return 1;
		case PART_SEPARATOR:
			break;
	}
	finish_word(builder, true);
	return 1;
}

/* split_points - step 2 of normalization. */
void
split_points(const Points *points, Words *words)
{
	Builder		builder;

	words->count = 0;
	words->flags = points->flags;
	builder.words = words;
	builder.word.length = 0;
	builder.word.origin = 0;
	builder.kind = PART_LETTERS;
	builder.glued = false;
	for (int at = 0; at < points->count;)
		at += take_part(&builder, points, at);
	finish_word(&builder, true);
}
