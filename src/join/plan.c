/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  From path to plan: what is read from which side.
 *
 * The scan tuple has a column for every column that the result, the join
 * clauses or the filter need, each from one of the two children.  All
 * expressions are evaluated on that tuple.
 *
 * Above an outer join a column of its nullable side is another one to the
 * planner than below; in the scan tuple it is the same.  So the result's form
 * is collected first, and the clauses adopt it.
 *
 *-------------------------------------------------------------------------
 */
#include "join/join.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"

const CustomScanMethods entity_join_scan_methods = {
	.CustomName = "EntityJoin",
	.CreateCustomScanState = create_entity_join_state
};

/* What is being collected. */
typedef struct ScanColumns
{
	PlannerInfo *root;
	Plan	   *outer;
	Plan	   *inner;
	List	   *targets;		/* TargetEntry for each */
	List	   *columns;		/* see JoinPlan */
} ScanColumns;

/* find_column - the attribute number of an expression in a child, or 0 */
static int
find_column(PlannerInfo *root, Plan *child, Node *expression)
{
	ListCell   *cell;

	foreach(cell, child->targetlist)
	{
		TargetEntry *target = lfirst(cell);

		if (equal(IGNORE_NULLING(root, (Node *) target->expr),
				  IGNORE_NULLING(root, expression)))
			return target->resno;
	}
	return 0;
}

static void collect_columns(ScanColumns *scan, Node *expression);

/*
 * A column or placeholder of a child.  A placeholder that no child has is
 * made here, of what its expression needs.
 */
static void
collect_column(ScanColumns *scan, Node *expression)
{
	int			column = find_column(scan->root, scan->outer, expression);

	if (tlist_member((Expr *) expression, scan->targets) != NULL)
		return;
	if (column == 0)
		column = -find_column(scan->root, scan->inner, expression);
	if (column == 0 && IsA(expression, PlaceHolderVar))
	{
		collect_columns(scan, (Node *)
						((PlaceHolderVar *) expression)->phexpr);
		return;
	}
	if (column == 0)			/* the planner has put it into one of them */
		elog(ERROR, "column of a join is in neither side");
	scan->targets = lappend(scan->targets,
							makeTargetEntry((Expr *) copyObject(expression),
											list_length(scan->targets) + 1,
											NULL, false));
	scan->columns = lappend_int(scan->columns, column);
}

/* The form in which a column has been collected, or NULL */
static Node *
collected_form(ScanColumns *scan, Node *column)
{
	ListCell   *cell;

	foreach(cell, scan->targets)
	{
		Node	   *form = (Node *) ((TargetEntry *) lfirst(cell))->expr;

		if (equal(IGNORE_NULLING(scan->root, form),
				  IGNORE_NULLING(scan->root, column)))
			return copyObject(form);
	}
	return NULL;
}

static Node *
adopt_forms(Node *node, ScanColumns *scan)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) || IsA(node, PlaceHolderVar))
	{
		Node	   *form = collected_form(scan, node);

		if (form != NULL)
			return form;
	}
	return expression_tree_mutator(node, adopt_forms, scan);
}

/* adopt_columns - a clause in the forms collected so far, and its own */
static Node *
adopt_columns(ScanColumns *scan, Node *clause)
{
	clause = adopt_forms(clause, scan);
	collect_columns(scan, clause);
	return clause;
}

static void
collect_columns(ScanColumns *scan, Node *expression)
{
	List	   *found = pull_var_clause(expression,
										PVC_RECURSE_AGGREGATES |
										PVC_RECURSE_WINDOWFUNCS |
										PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *cell;

	foreach(cell, found)
		collect_column(scan, lfirst(cell));
	list_free(found);
}

/* by_security - clauses that protect a row come before those they protect */
static int
by_security(const ListCell *a, const ListCell *b)
{
	Index		x = lfirst_node(RestrictInfo, a)->security_level;
	Index		y = lfirst_node(RestrictInfo, b)->security_level;

	return x < y ? -1 : x > y;
}

/*
 * split_clauses - those that decide whether two rows are partners, and those
 * that filter the joined rows.
 */
static void
split_clauses(List *clauses, JoinType type, Relids relids, List **join,
			  List **filter)
{
	list_sort(clauses, by_security);
	*filter = NIL;
	if (IS_OUTER_JOIN(type))
		extract_actual_join_clauses(clauses, relids, join, filter);
	else
		*join = extract_actual_clauses(clauses, false);
}

/*
 * PlanCustomPath
 *
 * The targets may come later, from a projection above: what is certain is
 * what the relation gives out.
 */
Plan *
plan_entity_join(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
				 List *targets, List *unused, List *children)
{
	CustomScan *scan = makeNode(CustomScan);
	List	   *numbers = linitial(path->custom_private);
	List	   *clauses = lsecond(path->custom_private);
	RestrictInfo *key = linitial(clauses);
	ScanColumns columns = {root, linitial(children), lsecond(children),
	NIL, NIL};
	List	   *join;

	split_clauses(list_copy_tail(clauses, 1), linitial_int(numbers),
				  rel->relids, &join, &scan->scan.plan.qual);
	collect_columns(&columns, (Node *) rel->reltarget->exprs);
	scan->scan.plan.qual = (List *)
		adopt_columns(&columns, (Node *) scan->scan.plan.qual);
	join = (List *) adopt_columns(&columns, (Node *)
								  lcons(key->clause, join));
	scan->scan.plan.targetlist = targets;
	scan->scan.scanrelid = 0;
	scan->flags = path->flags;
	scan->custom_plans = children;
	scan->custom_exprs = join;
	scan->custom_scan_tlist = columns.targets;
	scan->custom_private = list_make2(numbers, columns.columns);
	scan->methods = &entity_join_scan_methods;
	return (Plan *) scan;
}

/* read_join_plan - the other way round */
void
read_join_plan(const CustomScan *scan, JoinPlan *plan)
{
	List	   *numbers = linitial(scan->custom_private);

	plan->join_type = (JoinType) linitial_int(numbers);
	plan->is_query = lsecond_int(numbers);
	plan->is_outer_left = lthird_int(numbers);
	plan->columns = lsecond(scan->custom_private);
}
