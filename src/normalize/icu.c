/*-------------------------------------------------------------------------
 *
 * icu.c
 *	  What is left to ICU: normalization and general categories of
 *	  characters that the folding table does not list.
 *
 * The answers must not depend on the ICU package.  Unicode guarantees that
 * the normalization of an assigned character never changes (UAX #15,
 * "Stability"), and general categories of assigned letters are stable in
 * practice; so only characters assigned by Unicode 14 are asked about, and
 * all others count as lost.  ICU 70, the first with Unicode 14, is the
 * oldest that this builds with.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/uversion.h>

#if U_ICU_VERSION_MAJOR_NUM < 70
#error "entity_screen needs ICU 70 or newer"
#endif

#define NEWEST_UNICODE 14
#define PART_ROOM 256			/* UTF-16 units of one stretch */

static bool
is_known(uint32_t point)
{
	UVersionInfo age;

	u_charAge((UChar32) point, age);
	return age[0] > 0 && age[0] <= NEWEST_UNICODE;
}

/* Is this one left to ICU: a mark, or without reading in our tables? */
static bool
needs_icu(uint32_t point)
{
	return point >= 0x80 &&
		(is_combining(point) || (fold_point(point) == NULL &&
								 !is_han(point) && !is_hangul(point)));
}

/*
 * find_part - the next stretch to normalize: a character with the marks
 * behind it, or one without reading.  Returns its end; *start is moved.
 */
static int
find_part(const Points *points, int *start)
{
	int			end = *start;

	while (end < points->count && !needs_icu(points->points[end]))
		end++;
	*start = end > *start && end < points->count &&
		is_combining(points->points[end]) ? end - 1 : end;
	if (end < points->count)
		end++;
	while (end < points->count && is_combining(points->points[end]))
		end++;
	return end;
}

/* append_point - what does not fit is clipped. */
static void
append_point(Points *points, uint32_t point)
{
	if (points->count == MAX_POINTS)
		points->flags |= NAME_CLIPPED;
	else
		points->points[points->count++] = point;
}

/*
 * append_part - normalize a stretch to NFKC.  A stretch that ICU cannot
 * hold in PART_ROOM stays as it was.
 */
static void
append_part(Points *out, const uint32_t *part, int count)
{
	UChar		source[PART_ROOM];
	UChar		target[PART_ROOM];
	UErrorCode	status = U_ZERO_ERROR;
	const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
	int32_t		length = 0;

	for (int i = 0; i < count && length + 2 < PART_ROOM; i++)
	{
		uint32_t	point = part[i];

		if (point >= 0x80 && !is_known(point))
			point = LOST_CHARACTER;
		U16_APPEND_UNSAFE(source, length, point);
	}
	length = unorm2_normalize(nfkc, source, length, target, PART_ROOM,
							  &status);
	if (U_FAILURE(status))
	{
		for (int i = 0; i < count; i++)
			append_point(out, part[i]);
		return;
	}
	for (int32_t i = 0; i < length;)
	{
		UChar32		point;

		U16_NEXT_UNSAFE(target, i, point);
		append_point(out, (uint32_t) point);
	}
}

/*
 * compose_points - NFKC, in place, of what the tables do not know.
 *
 * What they do know keeps its reading: NFKC would make letters of a trade
 * mark sign.
 */
void
compose_points(Points *points)
{
	Points		source = *points;
	int			at = 0;

	points->count = 0;
	while (at < source.count)
	{
		int			start = at;
		int			end = find_part(&source, &start);

		for (; at < start; at++)
			append_point(points, source.points[at]);
		if (end > start)
			append_part(points, source.points + start, end - start);
		at = end;
	}
}

/* classify_point - what is a character without a reading of ours? */
PointKind
classify_point(uint32_t point, int *digit)
{
	uint32_t	mask = U_MASK(u_charType((UChar32) point));

	if (!is_known(point))
		return POINT_SEPARATOR;
	*digit = u_charDigitValue((UChar32) point);
	if (*digit >= 0)
		return POINT_DIGIT;
	if (mask & U_GC_L_MASK)
		return POINT_LETTER;
	if (mask & (U_GC_M_MASK | U_GC_CF_MASK))
		return POINT_NOTHING;
	return POINT_SEPARATOR;
}
