/*-------------------------------------------------------------------------
 *
 * found.h
 *	  What the index would do, in plain C: for the random pairs of bound.c
 *	  and the fuzzing of test/fuzz/pair.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FOUND_H
#define FOUND_H

#include "match/match.h"

#include <stdlib.h>

static inline int
compare_keys(const void *a, const void *b)
{
	int32_t		x = *(const int32_t *) a;
	int32_t		y = *(const int32_t *) b;

	return x < y ? -1 : x > y;
}

/*
 * is_found - would the index name this candidate?  Keys of class "without"
 * are taken away, 0 for none.
 */
static inline bool
is_found(const PackedName *sought, const PackedName *stored, int threshold,
		 int without)
{
	static ProbeSet set;
	static char found[MAX_PROBES];
	static int32_t keys[MAX_KEYS];
	int			nkeys = extract_keys(stored, keys);
	bool		any = false;

	extract_probes(sought, threshold, &set);
	if (set.count > MAX_PROBES || nkeys > MAX_KEYS)
		abort();
	for (int i = 0; i < set.count; i++)
	{
		int32_t		key = fold_key(set.probes[i].key);

		found[i] = (int) (set.probes[i].key >> 56) != without &&
			bsearch(&key, keys, nkeys, sizeof(keys[0]),
					compare_keys) != NULL;
		any |= found[i];
	}
	return any && admits_candidate(&set, found);
}

#endif							/* FOUND_H */
