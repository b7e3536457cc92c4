/*-------------------------------------------------------------------------
 *
 * pair.c
 *	  Fuzzing harness: two texts, separated by the first line feed, to a
 *	  score.
 *
 * Normalizing is deterministic; the score is symmetric, in range, and full
 * only for equal names; whatever scores is found by the index at that very
 * threshold.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

static int
compare_keys(const void *a, const void *b)
{
	int32_t		x = *(const int32_t *) a;
	int32_t		y = *(const int32_t *) b;

	return x < y ? -1 : x > y;
}

static bool
is_found(const PackedName *sought, const PackedName *stored, int threshold)
{
	static ProbeSet set;
	static char found[MAX_PROBES];
	static int32_t keys[MAX_KEYS];
	int			nkeys = extract_keys(stored, keys);
	bool		any = false;

	must(nkeys <= MAX_KEYS);
	extract_probes(sought, threshold, &set);
	must(set.count <= MAX_PROBES);
	for (int i = 0; i < set.count; i++)
	{
		int32_t		key = fold_key(set.probes[i].key);

		found[i] = bsearch(&key, keys, nkeys, sizeof(keys[0]),
						   compare_keys) != NULL;
		any |= found[i];
	}
	return any && admits_candidate(&set, found);
}

static void
check_pair(const PackedName *a, const PackedName *b)
{
	MatchDetail detail;
	int			score = score_names(a, b, &detail);

	must(score >= 0 && score <= SCORE_ONE);
	must(score == score_names(b, a, NULL));
	must((score == SCORE_ONE) == (compare_names(a, b) == 0 &&
								  a->ntokens > 0));
	if (score >= MIN_THRESHOLD)
	{
		must(is_found(a, b, score));
		must(is_found(b, a, score));
		must(is_found(a, b, MIN_THRESHOLD));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t		first = end ? (size_t) (end - data) : size;
	FuzzName	a;
	FuzzName	b;
	FuzzName	again;

	make_fuzz_name(data, first, &a);
	make_fuzz_name(data, first, &again);
	must(compare_names(&a.view, &again.view) == 0);
	if (end)
		make_fuzz_name(end + 1, size - first - 1, &b);
	else
		make_fuzz_name(data, 0, &b);
	check_pair(&a.view, &b.view);
	check_pair(&a.view, &a.view);
	free_fuzz_name(&a);
	free_fuzz_name(&b);
	free_fuzz_name(&again);
	return 0;
}
