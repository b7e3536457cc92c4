/*-------------------------------------------------------------------------
 *
 * split.c
 *	  Code points to words of a-z and 0-9.
 *
 * Spaces, dashes, brackets and most punctuation separate.  Apostrophes and
 * lost characters inside a word are dropped ("IS'Vision", "IS?Vision" and
 * "ISVision" are one word), and so are the stops of an abbreviation made of
 * single letters ("S.A.", "d.o.o.", "A/S").  Letters and digits never share
 * a word, so that numbers can be compared as numbers.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

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
	bool		transliterated;
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

static void
classify_part(uint32_t point, Part *part)
{
	const char *reading;

	part->length = 0;
	part->transliterated = point >= 0x370;
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
	if (part->transliterated)
		word->origin |= ORIGIN_TRANSLITERATED;
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

/* take_part - consume the code point at this place; returns how many. */
static int
take_part(Builder *builder, const Points *points, int at)
{
	Part		part;

	classify_part(points->points[at], &part);
	switch (part.kind)
	{
		case PART_LETTERS:
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
