/*-------------------------------------------------------------------------
 *
 * path.c
 *	  When the planner may join two sets of names in memory, and what that
 *	  costs.
 *
 * The inner side is packed, the outer one streamed and, in outer joins, the
 * one whose rows are all preserved.  The planner offers both orders of an
 * inner join.  Neither side may depend on the other: no parameterized paths.
 *
 *-------------------------------------------------------------------------
 */
#include "join/join.h"

#include <limits.h>
#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_language_d.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static bool enable_join = true;
static set_join_pathlist_hook_type previous_hook = NULL;

const CustomPathMethods entity_join_path_methods = {
	.CustomName = "EntityJoin",
	.PlanCustomPath = plan_entity_join
};

/*
 * Costs, in units of cpu_operator_cost, so set that they stand to those of a
 * search in the index as the times do (docs/performance.md): a search in an
 * index of 20,000 names is 5 by the server's reckoning, and takes as long as
 * seven names streamed past as many packed ones or 15 names packed.
 */
#define COST_PACK 120.0			/* a name into the set */
#define COST_ASK 80.0			/* a name looked up in any set */
#define COST_ASK_PER_NAME 0.008 /* for each name in the set */
#define BYTES_PACKED 270		/* a packed name besides its row */

/*
 * In semi and anti joins the server counts a search that finds nothing as if
 * it read one row.  It does not, but neither would this join be chosen.
 */
#define SHARE_EXISTS 0.25

/* ---------- which clauses ---------- */

/* Is this the C function of that name in this library? */
static bool
is_our_function(Oid function, const char *symbol, PGFunction address)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	FmgrInfo	info;
	bool		isnull;
	bool		ours;
	Datum		source;

	if (!HeapTupleIsValid(tuple))
		return false;
	source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
	ours = ((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId &&
		!isnull && strcmp(TextDatumGetCString(source), symbol) == 0;
	ReleaseSysCache(tuple);
	if (!ours)
		return false;
	fmgr_info(function, &info);
	return info.fn_addr == address;
}

/* find_operator - is it % or @@?  The function behind it decides. */
static bool
find_operator(const OpExpr *operator, bool *is_query)
{
	Oid			function = get_opcode(operator->opno);

	*is_query = false;
	if (is_our_function(function, "entity_name_similar",
						entity_name_similar))
		return true;
	*is_query = true;
	return is_our_function(function, "entity_name_matches_query",
						   entity_name_matches_query);
}

/*
 * is_key - can the join go by this clause?
 *
 * It is evaluated before all others, so it must not leak what those are to
 * hide, and its sides once a row, so they must not be volatile.
 */
static bool
is_key(RestrictInfo *clause, RelOptInfo *outer, RelOptInfo *inner,
	   Index least_security, JoinKey *key)
{
	OpExpr	   *operator = (OpExpr *) clause->clause;

	if (!IsA(operator, OpExpr) || list_length(operator->args) != 2 ||
		bms_is_empty(clause->left_relids) ||
		bms_is_empty(clause->right_relids))
		return false;
	key->clause = clause;
	key->is_outer_left = bms_is_subset(clause->left_relids, outer->relids);
	if (!bms_is_subset(key->is_outer_left ? clause->right_relids :
					   clause->left_relids, inner->relids) ||
		!bms_is_subset(key->is_outer_left ? clause->left_relids :
					   clause->right_relids, outer->relids))
		return false;
	return find_operator(operator, &key->is_query) &&
		(clause->leakproof || clause->security_level <= least_security) &&
		!contain_volatile_functions((Node *) operator) &&
		!contain_subplans((Node *) operator);
}

/*
 * find_key - the clause to go by.
 *
 * False where there is none, or where a clause is constant in this join:
 * the planner checks those above a join, which it cannot above a scan.
 */
static bool
find_key(List *clauses, RelOptInfo *joinrel, RelOptInfo *outer,
		 RelOptInfo *inner, JoinType type, JoinKey *key)
{
	ListCell   *cell;
	bool		found = false;
	Index		least_security = UINT_MAX;

	foreach(cell, clauses)
	{
		RestrictInfo *clause = lfirst(cell);

		if (clause->pseudoconstant)
			return false;
		least_security = Min(least_security, clause->security_level);
	}
	foreach(cell, clauses)
	{
		RestrictInfo *clause = lfirst(cell);

		if (IS_OUTER_JOIN(type) &&
			RINFO_IS_PUSHED_DOWN(clause, joinrel->relids))
			continue;
		found = is_key(clause, outer, inner, least_security, key);
		if (found)
			break;
	}
	return found;
}

/* ---------- what it costs ---------- */

/* How often the outer side has to be gone through. */
static double
count_batches(const Path *inner)
{
	double		bytes = inner->rows *
		(inner->pathtarget->width + MAXALIGN(SizeofMinimalTupleHeader) +
		 BYTES_PACKED);

	return Max(1, ceil(bytes / get_hash_memory_limit()));
}

static void
set_cost(CustomPath *path, const Path *outer, const Path *inner,
		 JoinType type, double clauses)
{
	double		batches = count_batches(inner);
	double		pairs = path->path.rows;
	Cost		spool = batches > 1 ? 2 * batches * cpu_tuple_cost : 0;
	Cost		unit = cpu_operator_cost *
		(type == JOIN_SEMI || type == JOIN_ANTI ? SHARE_EXISTS : 1);
	Cost		ask = unit * (COST_ASK * batches +
							  COST_ASK_PER_NAME * inner->rows);

	path->path.startup_cost = outer->startup_cost + inner->total_cost +
		COST_PACK * unit * inner->rows;
	path->path.total_cost = path->path.startup_cost +
		(outer->total_cost - outer->startup_cost) +
		outer->rows * (ask + spool) +
		pairs * (cpu_tuple_cost + clauses * cpu_operator_cost) +
		path->path.pathtarget->cost.startup +
		path->path.pathtarget->cost.per_tuple * path->path.rows;
}

/* ---------- paths ---------- */

static CustomPath *
make_path(RelOptInfo *joinrel, Path *outer, Path *inner, JoinType type,
		  const JoinKey *key, List *clauses)
{
	CustomPath *path = makeNode(CustomPath);

	path->path.pathtype = T_CustomScan;
	path->path.parent = joinrel;
	path->path.pathtarget = joinrel->reltarget;
	path->path.rows = joinrel->rows;
	path->path.parallel_safe = joinrel->consider_parallel &&
		outer->parallel_safe && inner->parallel_safe;
	path->path.parallel_workers = outer->parallel_workers;
#ifdef CUSTOMPATH_SUPPORT_PROJECTION
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
#endif
	path->custom_paths = list_make2(outer, inner);
	path->custom_private = list_make2(list_make4_int(type, key->is_query,
													 key->is_outer_left, 0),
									  lcons(key->clause,
											list_difference_ptr(clauses,
																list_make1(key->clause))));
	path->methods = &entity_join_path_methods;
	/* Only of such a plan do workers hand over what they counted. */
	path->path.parallel_aware = outer->parallel_workers > 0;
	if (outer->parallel_workers > 0)
		path->path.rows = clamp_row_est(joinrel->rows * outer->rows /
										Max(1, outer->parent->rows));
	set_cost(path, outer, inner, type, list_length(clauses));
	return path;
}

/* Without partners of its own; NULL where it depends on another relation. */
static Path *
independent_path(Path *path)
{
	return path != NULL && path->param_info == NULL ? path : NULL;
}

/*
 * Each worker packs the whole inner side and streams its share of the outer;
 * not worth while where that takes several batches.
 */
static void
add_parallel_path(RelOptInfo *joinrel, RelOptInfo *outer,
				  RelOptInfo *innerrel, JoinType type, const JoinKey *key,
				  List *clauses)
{
	Path	   *inner = get_cheapest_parallel_safe_total_inner(innerrel->pathlist);

	if (joinrel->consider_parallel && outer->partial_pathlist != NIL &&
		inner != NULL && count_batches(inner) <= 1)
		add_partial_path(joinrel, (Path *)
						 make_path(joinrel,
								   linitial(outer->partial_pathlist), inner,
								   type, key, clauses));
}

static void
add_entity_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer,
				RelOptInfo *inner, JoinType type, JoinPathExtraData *extra)
{
	JoinKey		key;
	Path	   *outer_path = independent_path(outer->cheapest_total_path);
	Path	   *inner_path = independent_path(inner->cheapest_total_path);

	if (previous_hook)
		previous_hook(root, joinrel, outer, inner, type, extra);
	if (!enable_join || outer_path == NULL || inner_path == NULL ||
		!bms_is_empty(joinrel->lateral_relids) ||
		(type != JOIN_INNER && type != JOIN_LEFT && type != JOIN_SEMI &&
		 type != JOIN_ANTI) ||
		!find_key(extra->restrictlist, joinrel, outer, inner, type, &key))
		return;
	add_path(joinrel, (Path *) make_path(joinrel, outer_path, inner_path,
										 type, &key, extra->restrictlist));
	add_parallel_path(joinrel, outer, inner, type, &key,
					  extra->restrictlist);
}

/*
 * install_join - at the start of the library.
 *
 * Where it is loaded by its first use, that use may be the very query: then
 * the join selectivity of the operators, asked for before any path is made,
 * is what loads it (index/estimate.c).
 */
void
install_join(void)
{
	DefineCustomBoolVariable("entity_screen.enable_join",
							 "Lets the planner join two sets of names in "
							 "memory.",
							 NULL,
							 &enable_join, true,
							 PGC_USERSET, GUC_EXPLAIN,
							 NULL, NULL, NULL);
	RegisterCustomScanMethods(&entity_join_scan_methods);
	previous_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = add_entity_join;
}
