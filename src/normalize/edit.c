/*-------------------------------------------------------------------------
 *
 * edit.c
 *	  Words that differ by one slip of the hand.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

/*
 * is_one_edit - one letter inserted, deleted, replaced, or two neighbours
 * swapped (optimal string alignment distance 1)?
 */
bool
is_one_edit(const char *a, int na, const char *b, int nb)
{
	int			shorter = na < nb ? na : nb;
	int			head = 0;
	int			tail = 0;

	if (na - nb > 1 || nb - na > 1)
		return false;
	while (head < shorter && a[head] == b[head])
		head++;
	while (tail < shorter - head && a[na - 1 - tail] == b[nb - 1 - tail])
		tail++;
	na -= head + tail;
	nb -= head + tail;
	if (na <= 1 && nb <= 1)
		return na + nb > 0;
	return na == 2 && nb == 2 && a[head] == b[head + 1] &&
		a[head + 1] == b[head];
}

/*
 * is_two_edits - two such edits?  Where the words first differ one of the
 * four kinds has to bring them within one edit.
 */
bool
is_two_edits(const char *a, int na, const char *b, int nb)
{
	while (na > 0 && nb > 0 && *a == *b)
		a++, b++, na--, nb--;
	while (na > 0 && nb > 0 && a[na - 1] == b[nb - 1])
		na--, nb--;
	if (na == 0 || nb == 0)
		return na + nb == 2;
	return is_one_edit(a + 1, na - 1, b + 1, nb - 1) ||
		is_one_edit(a + 1, na - 1, b, nb) ||
		is_one_edit(a, na, b + 1, nb - 1) ||
		(na > 1 && nb > 1 && a[0] == b[1] && a[1] == b[0] &&
		 is_one_edit(a + 2, na - 2, b + 2, nb - 2));
}

/* drop_letter - a word without its i-th letter; returns the length left. */
int
drop_letter(const char *letters, int length, int i, char *out)
{
	memcpy(out, letters, i);
	memcpy(out + i, letters + i + 1, length - i - 1);
	return length - 1;
}
