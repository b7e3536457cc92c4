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

static bool
is_known(uint32_t point)
{
	UVersionInfo age;

	u_charAge((UChar32) point, age);
	return age[0] > 0 && age[0] <= NEWEST_UNICODE;
}

/*
 * compose_points - NFKC, in place.
 *
 * Text that would grow beyond the room stays as it was and is marked as
 * clipped: the same on every machine, and shown in the explanation.
 */
void
compose_points(Points *points)
{
	UChar		source[2 * MAX_POINTS];
	UChar		target[2 * MAX_POINTS];
	UErrorCode	status = U_ZERO_ERROR;
	const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
	int32_t		length = 0;

	for (int i = 0; i < points->count; i++)
	{
		uint32_t	point = points->points[i];

		if (point >= 0x80 && !is_known(point))
			point = LOST_CHARACTER;
		points->points[i] = point;
		U16_APPEND_UNSAFE(source, length, point);
	}
	length = unorm2_normalize(nfkc, source, length, target, 2 * MAX_POINTS,
							  &status);
	if (U_FAILURE(status) || u_countChar32(target, length) > MAX_POINTS)
	{
		points->flags |= NAME_CLIPPED;
		return;
	}
	points->count = 0;
	for (int32_t i = 0; i < length;)
	{
		UChar32		point;

		U16_NEXT_UNSAFE(target, i, point);
		points->points[points->count++] = (uint32_t) point;
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
