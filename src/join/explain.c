/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  What EXPLAIN shows of the join.
 *
 *-------------------------------------------------------------------------
 */
#include "join/join.h"

#include "nodes/makefuncs.h"
#include "utils/ruleutils.h"

static const char *
name_join_type(JoinType type)
{
	switch (type)
	{
		case JOIN_LEFT:
			return "Left";
		case JOIN_SEMI:
			return "Semi";
		case JOIN_ANTI:
			return "Anti";
		default:
			return "Inner";
	}
}

static void
explain_expression(const char *label, Node *expression, CustomScanState *node,
				   List *ancestors, ExplainState *es)
{
	List	   *context = set_deparse_context_plan(es->deparse_cxt,
												   node->ss.ps.plan,
												   ancestors);

	ExplainPropertyText(label, deparse_expression(expression, context, true,
												  false), es);
}

static void
explain_clauses(CustomScanState *node, List *ancestors, ExplainState *es)
{
	List	   *expressions = ((CustomScan *) node->ss.ps.plan)->custom_exprs;
	List	   *join = list_copy_tail(expressions, 1);

	explain_expression("Similarity Cond", linitial(expressions), node,
					   ancestors, es);
	if (join != NIL)
		explain_expression("Join Filter",
						   (Node *) make_ands_explicit(join), node,
						   ancestors, es);
}

/*
 * What packing and streaming took and gave.  Workers pack each for
 * themselves: of that the largest is shown, of the rest the sum.
 */
static void
explain_stats(EntityJoinState *join, ExplainState *es)
{
	double		loops = join->custom.ss.ps.instrument->nloops;
	PackedStats stats = sum_worker_stats(join);

	if (loops < 1)
		loops = 1;
	if (stats.removed > 0)
		ExplainPropertyFloat("Rows Removed by Join Filter", NULL,
							 stats.removed / loops, 0, es);
	ExplainPropertyFloat("Packed Rows", NULL, stats.rows, 0, es);
	ExplainPropertyFloat("Packed Names", NULL, stats.names, 0, es);
	ExplainPropertyInteger("Batches", NULL, stats.batches, es);
	ExplainPropertyInteger("Memory Usage", "kB",
						   (int64) (stats.memory + 1023) / 1024, es);
	ExplainPropertyFloat("Streamed Names", NULL, stats.streamed, 0, es);
	ExplainPropertyFloat("Names Sharing a Key", NULL, stats.touched, 0, es);
	ExplainPropertyFloat("Candidates", NULL, stats.candidates, 0, es);
	ExplainPropertyFloat("Names Compared", NULL, stats.scored, 0, es);
	ExplainPropertyFloat("Names Matched", NULL, stats.matched, 0, es);
}

/* ExplainCustomScan */
void
explain_entity_join(CustomScanState *node, List *ancestors, ExplainState *es)
{
	EntityJoinState *join = (EntityJoinState *) node;

	ExplainPropertyText("Join Type", name_join_type(join->plan.join_type),
						es);
	explain_clauses(node, ancestors, es);
	if (es->analyze && node->ss.ps.instrument != NULL)
		explain_stats(join, es);
}
