/*-------------------------------------------------------------------------
 *
 * best_hits.c
 *	  The first few hits of a party, without the work for the others.
 *
 * The index finds what is very near with a fraction of the work that it takes
 * to find all that is within reach, so where few hits are wanted it is first
 * asked for that.  And each hit takes its texts, its dates and its
 * explanation, so of the names that are found those with the best scores are
 * asked about first.
 *
 * This is exact.  What is asked about is always every name that scores at
 * least some s: as if the threshold were s.  An entry
 * that is in force by such a name has the row that it has among all hits,
 * since its best name is among them; one without such a name has a score
 * below s and stands behind all that have.  So once there are as many rows
 * in force as are wanted, the first of them are the first of all.  A row that
 * is not in force proves nothing: a lower name of its entry may be in force.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "query.h"
#include "screen.h"

/*
 * The first search, and for how many hits at most it is worth making: with
 * more it seldom finds enough, and is then in vain.
 */
#define VERY_NEAR	0.90
#define FEW_HITS	3

/* Names with at least some score, best first */
typedef struct ScoredNames
{
	int			count;
	Datum	   *ids;
	float8	   *scores;
} ScoredNames;

static void
find_scored_names(const ScreenQuestion *question, float8 threshold,
				  ScoredNames *names)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTOID, FLOAT8OID};
	Datum		args[] = {CStringGetTextDatum(question->party),
	Float8GetDatum(threshold)};
	bool		isnull;

	prepare_once(&plan,
				 "SELECT entry_name_id, score"
				 " FROM entity_screen.candidate($1, $2)"
				 " ORDER BY score DESC",
				 lengthof(argtypes), argtypes);
	names->count = (int) select_rows(plan, args, NULL, true, 0);
	names->ids = palloc(Max(names->count, 1) * sizeof(Datum));
	names->scores = palloc(Max(names->count, 1) * sizeof(float8));
	for (int i = 0; i < names->count; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];

		names->ids[i] = SPI_getbinval(row, SPI_tuptable->tupdesc, 1,
									  &isnull);
		names->scores[i] =
			DatumGetFloat8(SPI_getbinval(row, SPI_tuptable->tupdesc, 2,
										 &isnull));
	}
}

/* At least so many names, and all that score as the last of them */
static int
count_with_ties(const ScoredNames *names, int wanted)
{
	int			n = Min(wanted, names->count);

	while (n > 0 && n < names->count &&
		   names->scores[n] == names->scores[n - 1])
		n++;
	return n;
}

/* How many of the rows of the last query, which are best first, are in force */
static int
count_in_force(void)
{
	int			column = SPI_fnumber(SPI_tuptable->tupdesc, "is_listed");
	int			n = 0;
	bool		isnull;

	while (n < (int) SPI_processed &&
		   DatumGetBool(SPI_getbinval(SPI_tuptable->vals[n],
									  SPI_tuptable->tupdesc, column,
									  &isnull)))
		n++;
	return n;
}

/*
 * Ask about the names that score at least the threshold, the best of them
 * first.  True when the first hits are left in SPI_tuptable, as many as are
 * wanted or more; else what is left is all hits by these names.
 */
static bool
ask_best_names(const ScreenScope *scope, const ScreenQuestion *question,
			   const ScoredNames *names)
{
	int			asked = question->max_hits;

	for (;;)
	{
		int			n = count_with_ties(names, asked);

		find_hits(scope, question, make_id_array(names->ids, n));
		if (count_in_force() >= question->max_hits)
			return true;
		if (n == names->count)
			return false;
		SPI_freetuptable(SPI_tuptable);
		asked = n > names->count / 4 ? names->count : n * 4;
	}
}

/*
 * The first hits of a party, as many as the question wants or more, or all
 * that there are, are left in SPI_tuptable as find_hits() leaves all.  False,
 * and nothing is left, when there is no name within reach and no address.
 */
bool
find_best_hits(const ScreenScope *scope, const ScreenQuestion *question)
{
	ScoredNames names;

	if (question->max_hits <= FEW_HITS && scope->lowest < VERY_NEAR)
	{
		find_scored_names(question, VERY_NEAR, &names);
		if (names.count > 0 && ask_best_names(scope, question, &names))
			return true;
	}
	find_scored_names(question, scope->lowest, &names);
	if (names.count == 0 && is_blank(question->address))
		return false;
	(void) ask_best_names(scope, question, &names);
	return true;
}
