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
 * keys_without - the keys of a stored name in the index, but for those of one
 * class, ascending
 */
static inline int
keys_without(const PackedName *name, int without, int32_t *keys)
{
	static NameKey listed[MAX_KEYS];
	int			nlisted = list_keys(name, listed);
	int			count = 0;

	if (without == 0)
		return extract_keys(name, keys);
	for (int i = 0; i < nlisted; i++)
		if ((int) listed[i].reason != without)
			keys[count++] = fold_key(listed[i].key);
	qsort(keys, count, sizeof(keys[0]), compare_keys);
	return count;
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
	int			nkeys = keys_without(stored, without, keys);
	bool		any = false;

	extract_probes(sought, threshold, &set);
	if (set.count > MAX_PROBES || nkeys > MAX_KEYS)
		abort();
	for (int i = 0; i < set.count; i++)
	{
		int32_t		key = fold_key(set.probes[i].key);

		found[i] = (int) set.probes[i].reason != without &&
			bsearch(&key, keys, nkeys, sizeof(keys[0]),
					compare_keys) != NULL;
		any |= found[i];
	}
	return any && admits_candidate(&set, found);
}

#endif							/* FOUND_H */
