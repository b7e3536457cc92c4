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
#include "../property/found.h"

static void
check_pair(const PackedName *a, const PackedName *b)
{
	MatchDetail detail;
	int			score = score_names(a, b, &detail);

	must(score >= 0 && score <= SCORE_ONE);
	must(score == score_names(b, a, NULL));
	must((score == SCORE_ONE) == (compare_names(a, b) == 0 &&
								  a->ntokens > 0));
	must(score == 0 || names_reach(a, b, score));
	must(!names_reach(a, b, score + 1));
	if (score >= MIN_THRESHOLD)
	{
		must(is_found(a, b, score, 0));
		must(is_found(b, a, score, 0));
		must(is_found(a, b, MIN_THRESHOLD, 0));
	}
}

/* The same two texts read as addresses, which match by rules of their own */
static void
check_addresses(const PackedName *a, const PackedName *b)
{
	int			score = score_addresses(a, b);

	must(score >= 0 && score <= SCORE_ONE);
	must(score == score_addresses(b, a));
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
	check_addresses(&a.view, &b.view);
	free_fuzz_name(&a);
	free_fuzz_name(&b);
	free_fuzz_name(&again);
	return 0;
}
