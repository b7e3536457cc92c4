/*-------------------------------------------------------------------------
 *
 * decode.c
 *	  Bytes to code points, repairing on the way what other systems broke.
 *
 * Repaired here: HTML entities left in the text, and bytes that are not
 * UTF-8, which become U+FFFD, a lost character.  Padding cannot push a name
 * out of sight: runs of punctuation and of combining marks are shortened, so
 * that MAX_POINTS counts characters that matter.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

/* More marks than any living orthography puts on one letter. */
#define MAX_MARKS 4
#define MAX_OTHERS 3

static const struct
{
	const char *name;
	char		character;
}			entities[] =
{
	{"amp;", '&'}, {"apos;", '\''}, {"gt;", ' '}, {"lt;", ' '},
	{"nbsp;", ' '}, {"quot;", '"'}, {"rsquo;", '\''}, {"lsquo;", '\''}
};

#define lengthof_entities (sizeof(entities) / sizeof(entities[0]))

/*
 * decode_sequence - the next UTF-8 sequence; returns its length, 1 with
 * LOST_CHARACTER where the bytes are not UTF-8 (overlong, surrogate, cut).
 */
static int
decode_sequence(const unsigned char *s, size_t left, uint32_t *point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	int			length;
	uint32_t	value;

	if (s[0] < 0x80)
	{
		*point = s[0];
		return 1;
	}
	length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
	*point = LOST_CHARACTER;
	if (s[0] < 0xC2 || s[0] > 0xF4 || left < (size_t) length)
		return 1;
	value = s[0] & (0xFF >> (length + 1));
	for (int i = 1; i < length; i++)
	{
		if ((s[i] & 0xC0) != 0x80)
			return 1;
		value = (value << 6) | (s[i] & 0x3F);
	}
	if (value < smallest[length] || value > 0x10FFFF ||
		(value >= 0xD800 && value <= 0xDFFF))
		return 1;
	*point = value;
	return length;
}

/* decode_number - "#39;" or "#x27;"; 0 where it is not one. */
static int
decode_number(const char *s, size_t left, uint32_t *point)
{
	int			base = left > 1 && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	size_t		i = base == 16 ? 2 : 1;
	uint32_t	value = 0;

	for (; i < left && i < 10 && s[i] != ';'; i++)
	{
		int			digit;

		if (s[i] >= '0' && s[i] <= '9')
			digit = s[i] - '0';
		else if (base == 16 && (s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'f')
			digit = (s[i] | 0x20) - 'a' + 10;
		else
			return 0;
		value = value * base + digit;
		if (value > 0x10FFFF)
			return 0;
	}
	if (i >= left || s[i] != ';' || value == 0)
		return 0;
	*point = value >= 0xD800 && value <= 0xDFFF ? LOST_CHARACTER : value;
	return (int) i + 1;
}

/* decode_entity - what follows '&'; 0 where it is no entity. */
static int
decode_entity(const char *s, size_t left, uint32_t *point)
{
	if (left > 2 && s[0] == '#')
		return decode_number(s, left, point);
	for (size_t i = 0; i < lengthof_entities; i++)
	{
		size_t		length = strlen(entities[i].name);

		if (left >= length && memcmp(s, entities[i].name, length) == 0)
		{
			*point = (unsigned char) entities[i].character;
			return (int) length;
		}
	}
	return 0;
}

/* encode_point - UTF-8 of a code point; returns its length. */
int
encode_point(uint32_t point, char *out)
{
	if (point < 0x80)
	{
		out[0] = (char) point;
		return 1;
	}
	if (point < 0x800)
	{
		out[0] = (char) (0xC0 | (point >> 6));
		out[1] = (char) (0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000)
	{
		out[0] = (char) (0xE0 | (point >> 12));
		out[1] = (char) (0x80 | ((point >> 6) & 0x3F));
		out[2] = (char) (0x80 | (point & 0x3F));
		return 3;
	}
	out[0] = (char) (0xF0 | (point >> 18));
	out[1] = (char) (0x80 | ((point >> 12) & 0x3F));
	out[2] = (char) (0x80 | ((point >> 6) & 0x3F));
	out[3] = (char) (0x80 | (point & 0x3F));
	return 4;
}

/* Runs of what is neither letter nor digit, and of marks, so far. */
typedef struct Runs
{
	int			marks;
	int			others;
} Runs;

/*
 * keep_other - punctuation and the like: more than MAX_OTHERS in a row say
 * nothing more.
 */
static bool
keep_other(Runs *runs)
{
	runs->marks = 0;
	return ++runs->others <= MAX_OTHERS;
}

static bool
keep_letter(Runs *runs)
{
	runs->marks = runs->others = 0;
	return true;
}

/*
 * keep_point - does this code point add anything to those before it?
 * Notes on the way whether NFKC has to be asked.
 */
static bool
keep_point(Points *points, uint32_t point, Runs *runs)
{
	const char *reading;

	if (point < 0x80)
		return (point >= '0' && point <= '9') ||
			((point | 0x20) >= 'a' && (point | 0x20) <= 'z') ?
			keep_letter(runs) : keep_other(runs);
	if (is_combining(point))
	{
		points->needs_compose = true;
		return ++runs->marks <= MAX_MARKS;
	}
	reading = fold_point(point);
	if (reading == NULL)
	{
		points->needs_compose |= !is_han(point) && !is_hangul(point);
		return keep_letter(runs);
	}
	if (reading[0] == '?')
		points->flags |= NAME_LOST;
	if (reading[0] == '~')
		return false;
	return reading[0] >= '0' && reading[0] != '?' && reading[0] != '_' ?
		keep_letter(runs) : keep_other(runs);
}

/* decode_text - step 1 of normalization. */
void
decode_text(const char *text, size_t length, Points *points)
{
	size_t		at = 0;
	Runs		runs = {0, 0};

	points->count = 0;
	points->flags = 0;
	points->needs_compose = false;
	while (at < length)
	{
		uint32_t	point;
		int			used = decode_sequence((const unsigned char *) text + at,
										   length - at, &point);

		at += used;
		if (point == '&')
			at += decode_entity(text + at, length - at, &point);
		if (point < ' ' || point == 0x7F)
			point = ' ';
		if (!keep_point(points, point, &runs))
			continue;
		if (points->count == MAX_POINTS)
		{
			points->flags |= NAME_CLIPPED;
			break;
		}
		points->points[points->count++] = point;
	}
}
