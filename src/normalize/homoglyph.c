/*-------------------------------------------------------------------------
 *
 * homoglyph.c
 *	  Letters of one script that stand in a word of another, by shape.
 *
 * A word that mixes Latin with Cyrillic or Greek letters is read as the
 * script of the letters that only one script has, or, where that does not
 * decide, as the one that most of its letters have: the Cyrillic "С" of "СloudWalk" is a
 * Latin "C" there, and not the "s" that it reads in Russian.  That it was
 * so is kept as a flag, for such words are rarely an accident.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

/* Letters that look alike; the first is Latin. */
typedef struct LookAlike
{
	uint32_t	latin;
	uint32_t	cyrillic;
	uint32_t	greek;
} LookAlike;

static const LookAlike look_alikes[] = {
	{'A', 0x410, 0x391}, {'B', 0x412, 0x392}, {'C', 0x421, 0},
	{'E', 0x415, 0x395}, {'H', 0x41D, 0x397}, {'I', 0x406, 0x399},
	{'J', 0x408, 0}, {'K', 0x41A, 0x39A}, {'M', 0x41C, 0x39C},
	{'N', 0, 0x39D}, {'O', 0x41E, 0x39F}, {'P', 0x420, 0x3A1},
	{'S', 0x405, 0}, {'T', 0x422, 0x3A4}, {'X', 0x425, 0x3A7},
	{'Y', 0x423, 0x3A5}, {'Z', 0, 0x396}, {'a', 0x430, 0x3B1},
	{'c', 0x441, 0}, {'e', 0x435, 0}, {'h', 0x4BB, 0}, {'i', 0x456, 0x3B9},
	{'j', 0x458, 0}, {'k', 0x43A, 0x3BA}, {'m', 0x43C, 0},
	{'o', 0x43E, 0x3BF}, {'p', 0x440, 0x3C1}, {'s', 0x455, 0},
	{'u', 0, 0x3C5}, {'v', 0, 0x3BD}, {'x', 0x445, 0x3C7}, {'y', 0x443, 0}
};

static bool
is_latin(uint32_t point)
{
	return ((point | 0x20) >= 'a' && (point | 0x20) <= 'z') ||
		(point >= 0xC0 && point < 0x250);
}

static bool
is_cyrillic_or_greek(uint32_t point)
{
	return point >= 0x370 && point < 0x530;
}

static uint32_t
to_latin(uint32_t point)
{
	for (size_t i = 0; i < sizeof(look_alikes) / sizeof(look_alikes[0]); i++)
		if (point == look_alikes[i].cyrillic || point == look_alikes[i].greek)
			return look_alikes[i].latin;
	return point;
}

static uint32_t
to_cyrillic(uint32_t point)
{
	for (size_t i = 0; i < sizeof(look_alikes) / sizeof(look_alikes[0]); i++)
		if (point == look_alikes[i].latin && look_alikes[i].cyrillic != 0)
			return look_alikes[i].cyrillic;
	return point;
}

/* is_latin_word - is it Latin that a word of two scripts is meant to be? */
static bool
is_latin_word(const uint32_t *points, int count, int latin)
{
	int			only_latin = 0;
	int			only_other = 0;

	for (int i = 0; i < count; i++)
	{
		if (is_latin(points[i]))
			only_latin += to_cyrillic(points[i]) == points[i];
		else
			only_other += to_latin(points[i]) == points[i];
	}
	if ((only_latin == 0) != (only_other == 0))
		return only_other == 0;
	return 2 * latin >= count;
}

/* fold_word - the letters of one word, if they are of two scripts */
static void
fold_word(Points *points, int from, int to, int latin)
{
	bool		to_be_latin;

	if (latin == 0 || latin == to - from)
		return;
	to_be_latin = is_latin_word(points->points + from, to - from, latin);
	points->flags |= NAME_MIXED;
	for (int i = from; i < to; i++)
		points->points[i] = to_be_latin ? to_latin(points->points[i]) :
			to_cyrillic(points->points[i]);
}

/* fold_homoglyphs - in every word that mixes scripts. */
void
fold_homoglyphs(Points *points)
{
	int			from = 0;
	int			latin = 0;

	for (int i = 0; i <= points->count; i++)
	{
		uint32_t	point = i < points->count ? points->points[i] : 0;

		if (is_latin(point))
			latin++;
		else if (!is_cyrillic_or_greek(point))
		{
			fold_word(points, from, i, latin);
			from = i + 1;
			latin = 0;
		}
	}
}
