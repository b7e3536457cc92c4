/*-------------------------------------------------------------------------
 *
 * unspaced.c
 *	  Words of a run of Han, Kana, Hangul, Thai, Lao, Khmer or Myanmar.
 *
 * Such a run is cut by the longest dictionary word at each place, from the
 * left: in 云从科技集团股份有限公司 that finds 科技, 集团 and 股份有限公司,
 * and what no dictionary knows, 云从, becomes one word by its reading,
 * "yuncong".  So a name meets its romanized form however that is spaced.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

#define MAX_RUN 256				/* code points cut at a time */
#define ORDINAL_MARK 0x7B2C		/* 第 */

/* A run in simplified form, with the UTF-8 offset of every code point. */
typedef struct Run
{
	int			count;
	uint32_t	points[MAX_RUN];
	int			offsets[MAX_RUN + 1];
	char		text[MAX_RUN * 4 + 4];
} Run;

static void
load_run(Run *run, const uint32_t *points, int count)
{
	int			offset = 0;

	run->count = count;
	for (int i = 0; i < count; i++)
	{
		run->points[i] = fold_variant(points[i]);
		run->offsets[i] = offset;
		offset += encode_point(run->points[i], run->text + offset);
	}
	run->offsets[count] = offset;
}

/* find_longest - the longest dictionary word at this place, in code points */
static int
find_longest(const Run *run, int at, WordEntry *entry)
{
	const char *start = run->text + run->offsets[at];
	int			longest;

	if (!find_word(start, run->offsets[at + 1] - run->offsets[at], entry))
		return 0;
	longest = entry->longest;
	if (longest > run->count - at)
		longest = run->count - at;
	for (int units = longest; units > 0; units--)
		if (find_word(start, run->offsets[at + units] - run->offsets[at],
					  entry) && entry->tag != TAG_NONE)
			return units;
	return 0;
}

static int
han_digit(uint32_t point)
{
	static const uint32_t digits[] = {
		0x96F6, 0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03,
		0x516B, 0x4E5D			/* 零一二三四五六七八九 */
	};

	if (point == 0x3007)		/* 〇 */
		return 0;
	for (int i = 0; i < 10; i++)
		if (digits[i] == point)
			return i;
	return -1;
}

/*
 * read_han_number - 三十八, 一百零五, 七〇一; returns the code points read.
 * *has_unit tells whether 十 or 百 made it a number beyond doubt.
 */
static int
read_han_number(const Run *run, int at, int *value, bool *has_unit)
{
	int			total = 0;
	int			last = -1;
	int			i = at;

	*has_unit = false;
	for (; i < run->count && i - at < 8; i++)
	{
		int			unit = run->points[i] == 0x5341 ? 10 :	/* 十 */
			run->points[i] == 0x767E ? 100 : 0; /* 百 */
		int			digit = han_digit(run->points[i]);

		if (unit > 0)
		{
			total += (last < 0 ? 1 : last) * unit;
			last = -1;
			*has_unit = true;
		}
		else if (digit >= 0)
			last = last < 0 || (*has_unit && last == 0) ? digit :
				last * 10 + digit;
		else
			break;
	}
	*value = total + (last < 0 ? 0 : last);
	return i - at;
}

static void
add_number(Words *words, int value)
{
	char		digits[12];
	int			length = 0;
	int			divisor = 1;

	while (value / divisor >= 10)
		divisor *= 10;
	for (; divisor > 0; divisor /= 10)
		digits[length++] = (char) ('0' + value / divisor % 10);
	add_word(words, digits, length, TAG_NUMBER, ORIGIN_TRANSLITERATED);
}

/*
 * take_number - an ordinal (第三十八) or a number written with 十 or 百;
 * other numerals may be part of a brand.  Returns the code points taken.
 */
static int
take_number(const Run *run, int at, Words *words)
{
	bool		ordinal = run->points[at] == ORDINAL_MARK;
	bool		has_unit;
	int			value;
	int			length = read_han_number(run, at + ordinal, &value,
										 &has_unit);

	if (length == 0 && ordinal && at + 1 == run->count)
		return 1;				/* ASCII digits follow */
	if (length == 0 || !(ordinal || (has_unit && length > 1)))
		return 0;
	add_number(words, value);
	return length + ordinal;
}

/* add_canonical - the words a dictionary entry stands for. */
static void
add_canonical(const WordEntry *entry, Words *words)
{
	const char *rest = entry->canonical;
	const char *word;
	int			length;

	while ((length = next_canonical(&rest, &word)) > 0)
		add_word(words, word, length, entry->tag,
				 ORIGIN_TRANSLITERATED | ORIGIN_CANONICAL);
}

static int
read_syllable(const Run *run, int at, int end, char *out, int *used)
{
	uint32_t	point = run->points[at];
	const char *reading = NULL;

	*used = 1;
	if (is_hangul(point))
		return fold_hangul(point, out);
	if (is_kana(point) && at + 1 < end)
		reading = fold_kana_pair(point, run->points[at + 1]);
	if (reading != NULL)
		*used = 2;
	else
		reading = fold_point(point);
	if (reading == NULL || reading[0] < '0' || reading[0] == '~' ||
		reading[0] == '_' || reading[0] == '?')
		return 0;
	strcpy(out, reading);
	return (int) strlen(out);
}

/* add_unknown - what no dictionary knows, as one word by its reading. */
static void
add_unknown(const Run *run, int at, int end, Words *words)
{
	char		letters[MAX_LETTERS];
	int			length = 0;

	while (at < end)
	{
		char		syllable[24];
		int			used;
		int			more = read_syllable(run, at, end, syllable, &used);

		if (length + more > MAX_LETTERS)
		{
			add_word(words, letters, length, TAG_NONE, ORIGIN_TRANSLITERATED);
			length = 0;
		}
		memcpy(letters + length, syllable, more);
		length += more;
		at += used;
	}
	add_word(words, letters, length, TAG_NONE, ORIGIN_TRANSLITERATED);
}

/*
 * take_known - a dictionary word or number at this place, after what was
 * unknown before it; returns the code points taken.
 */
static int
take_known(const Run *run, int unknown, int at, Words *words)
{
	WordEntry	entry;
	int			units = find_longest(run, at, &entry);

	if (units > 0)
	{
		add_unknown(run, unknown, at, words);
		add_canonical(&entry, words);
		return units;
	}
	if (run->points[at] == ORDINAL_MARK)
		add_unknown(run, unknown, at, words);
	else if (unknown < at)
		return 0;
	return take_number(run, at, words);
}

static void
split_run(const Run *run, Words *words)
{
	int			unknown = 0;	/* start of what is not yet added */

	for (int at = 0; at < run->count;)
	{
		int			taken = take_known(run, unknown, at, words);

		if (run->points[at] == ORDINAL_MARK && taken == 0)
			unknown = at;
		at += taken > 0 ? taken : 1;
		if (taken > 0)
			unknown = at;
	}
	add_unknown(run, unknown, run->count, words);
}

/* split_unspaced - words of one run. */
void
split_unspaced(const uint32_t *points, int count, Words *words)
{
	int			at = 0;

	while (at < count)
	{
		Run			run;
		int			part = count - at < MAX_RUN ? count - at : MAX_RUN;

		load_run(&run, points + at, part);
		split_run(&run, words);
		at += part;
	}
}
