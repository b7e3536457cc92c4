/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Execution of the join.
 *
 * The inner side is packed until the memory of a hash table is used up; the
 * outer side is streamed past it.  If inner rows are left then, the outer
 * rows are kept, each with a bit that says whether it has had a partner, and
 * go past the next batch of inner rows, and so on.
 *
 *-------------------------------------------------------------------------
 */
#include "join/join.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/memutils.h"

static void begin_entity_join(CustomScanState *node, EState *estate,
							  int flags);
static TupleTableSlot *exec_entity_join(CustomScanState *node);
static void end_entity_join(CustomScanState *node);
static void rescan_entity_join(CustomScanState *node);

static const CustomExecMethods entity_join_exec_methods = {
	.CustomName = "EntityJoin",
	.BeginCustomScan = begin_entity_join,
	.ExecCustomScan = exec_entity_join,
	.EndCustomScan = end_entity_join,
	.ReScanCustomScan = rescan_entity_join,
	.EstimateDSMCustomScan = estimate_worker_stats,
	.InitializeDSMCustomScan = share_worker_stats,
	.ReInitializeDSMCustomScan = reshare_worker_stats,
	.InitializeWorkerCustomScan = attach_worker_stats,
	.ShutdownCustomScan = report_worker_stats,
	.ExplainCustomScan = explain_entity_join
};

/* ---------- start ---------- */

/* create_entity_join_state - of a plan, before its first row */
Node *
create_entity_join_state(CustomScan *scan)
{
	EntityJoinState *join = palloc0(sizeof(EntityJoinState));

	NodeSetTag(join, T_CustomScanState);
	join->custom.methods = &entity_join_exec_methods;
	read_join_plan(scan, &join->plan);
	return (Node *) join;
}

static void
begin_columns(EntityJoinState *join)
{
	ListCell   *cell;
	int			i = 0;

	join->ncolumns = list_length(join->plan.columns);
	join->outer_columns = palloc0(sizeof(int) * (join->ncolumns + 1));
	join->inner_columns = palloc0(sizeof(int) * (join->ncolumns + 1));
	foreach(cell, join->plan.columns)
	{
		int			column = lfirst_int(cell);

		join->outer_columns[i] = Max(column, 0);
		join->inner_columns[i++] = Max(-column, 0);
		join->last_outer = Max(join->last_outer, column);
		join->last_inner = Max(join->last_inner, -column);
	}
}

static void
begin_expressions(EntityJoinState *join, const CustomScan *scan)
{
	PlanState  *state = &join->custom.ss.ps;
	OpExpr	   *key = linitial(scan->custom_exprs);
	Expr	   *left = linitial(key->args);
	Expr	   *right = lsecond(key->args);

	join->outer_key = ExecInitExpr(join->plan.is_outer_left ? left : right,
								   state);
	join->inner_key = ExecInitExpr(join->plan.is_outer_left ? right : left,
								   state);
	join->join_qual = ExecInitQual(list_copy_tail(scan->custom_exprs, 1),
								   state);
}

static void
begin_entity_join(CustomScanState *node, EState *estate, int flags)
{
	EntityJoinState *join = (EntityJoinState *) node;
	CustomScan *scan = (CustomScan *) node->ss.ps.plan;

	/* The streamed side is read once in a row; the packed side is kept. */
	join->outer = ExecInitNode(linitial(scan->custom_plans), estate,
							   flags & ~EXEC_FLAG_MARK);
	join->inner = ExecInitNode(lsecond(scan->custom_plans), estate,
							   flags & ~EXEC_FLAG_MARK);
	node->custom_ps = list_make2(join->outer, join->inner);
	begin_columns(join);
	begin_expressions(join, scan);
	join->inner_slot = ExecInitExtraTupleSlot(estate,
											  ExecGetResultType(join->inner),
											  &TTSOpsMinimalTuple);
	join->spool_slot = ExecInitExtraTupleSlot(estate,
											  ExecGetResultType(join->outer),
											  &TTSOpsMinimalTuple);
	join->threshold = threshold_setting;
}

/* ---------- the scan tuple ---------- */

/* fill_columns - columns of the scan tuple from one side; NULLs from none */
static void
fill_columns(EntityJoinState *join, TupleTableSlot *from, const int *columns,
			 int last)
{
	TupleTableSlot *tuple = join->custom.ss.ss_ScanTupleSlot;

	if (from != NULL && last > 0)
		slot_getsomeattrs(from, last);
	for (int i = 0; i < join->ncolumns; i++)
	{
		if (columns[i] == 0)
			continue;
		tuple->tts_isnull[i] = from == NULL ||
			from->tts_isnull[columns[i] - 1];
		if (from != NULL)
			tuple->tts_values[i] = from->tts_values[columns[i] - 1];
	}
}

/* Values are put into the tuple's arrays; this says that they are there. */
static ExprContext *
use_scan_tuple(EntityJoinState *join)
{
	ExprContext *context = join->custom.ss.ps.ps_ExprContext;
	TupleTableSlot *tuple = join->custom.ss.ss_ScanTupleSlot;

	ExecClearTuple(tuple);
	ExecStoreVirtualTuple(tuple);
	context->ecxt_scantuple = tuple;
	return context;
}

static void
fill_outer(EntityJoinState *join, TupleTableSlot *from)
{
	fill_columns(join, from, join->outer_columns, join->last_outer);
}

static void
fill_inner(EntityJoinState *join, TupleTableSlot *from)
{
	fill_columns(join, from, join->inner_columns, join->last_inner);
}

/*
 * open_key - the name of one side of the current scan tuple; false for NULL.
 *
 * *threshold is set where the side is a query.  Memory is the caller's.
 */
static bool
open_key(EntityJoinState *join, bool is_outer, PackedName *name,
		 int *threshold)
{
	ExprContext *context = use_scan_tuple(join);
	EntityQuery query;
	bool		isnull;
	Datum		key = ExecEvalExprSwitchContext(is_outer ? join->outer_key :
												join->inner_key, context,
												&isnull);

	if (isnull)
		return false;
	if (join->plan.is_query && is_outer != join->plan.is_outer_left)
	{
		open_query(key, &query);
		*name = query.name;
		*threshold = query.threshold;
	}
	else
		open_name(DatumGetEntityNameP(key), name);
	return true;
}

/* ---------- the packed side ---------- */

/* next_inner - the row that waits from the last batch, or the next one */
static TupleTableSlot *
next_inner(EntityJoinState *join)
{
	TupleTableSlot *row = join->pending;

	join->pending = NULL;
	if (row == NULL)
		row = ExecProcNode(join->inner);
	join->inner_done = TupIsNull(row);
	return join->inner_done ? NULL : row;
}

/* pack_row - copy an inner row and its name; rows without one are left out */
static void
pack_row(EntityJoinState *join, TupleTableSlot *slot)
{
	ExprContext *context = join->custom.ss.ps.ps_ExprContext;
	PackedRow  *row = add_packed_row(join->set, slot);
	MemoryContext old;
	PackedName	name;
	int			threshold = 0;

	ExecStoreMinimalTuple(row->tuple, join->inner_slot, false);
	fill_inner(join, join->inner_slot);
	ResetExprContext(context);
	old = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	if (open_key(join, false, &name, &threshold))
		add_packed_name(join->set, row, &name, threshold);
	MemoryContextSwitchTo(old);
}

/*
 * pack_batch - pack inner rows until memory or rows are used up.  One row
 * more is read, so that the last batch is known as such.
 */
static void
pack_batch(EntityJoinState *join)
{
	TupleTableSlot *row;

	join->set = create_packed_set(join->custom.ss.ps.state->es_query_cxt,
								  get_hash_memory_limit(), &join->stats);
	join->batch++;
	fill_outer(join, NULL);
	while ((row = next_inner(join)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_packed_full(join->set) && !is_packed_empty(join->set))
		{
			join->pending = row;
			break;
		}
		pack_row(join, row);
	}
	ExecClearTuple(join->inner_slot);
	finish_packed_set(join->set);
}

static void
drop_batch(EntityJoinState *join)
{
	if (join->set != NULL)
		free_packed_set(join->set);
	join->set = NULL;
}

/* ---------- the streamed side ---------- */

static bool
read_met(const EntityJoinState *join)
{
	uint64		byte = join->outer_number / 8;

	return byte < join->met_size &&
		(join->met[byte] >> join->outer_number % 8 & 1);
}

static void
keep_met(EntityJoinState *join)
{
	uint64		byte = join->outer_number / 8;
	Size		size = Max(join->met_size * 2, 8192);

	if (byte >= join->met_size)
	{
		MemoryContext context = join->custom.ss.ps.state->es_query_cxt;

		if (join->met == NULL)
			join->met = MemoryContextAlloc(context, size);
		else
			join->met = repalloc_huge(join->met, size);
		memset(join->met + join->met_size, 0, size - join->met_size);
		join->met_size = size;
	}
	join->met[byte] |= join->is_met << join->outer_number % 8;
}

/* The outer rows are kept if the first batch will not be the only one. */
static void
keep_outer(EntityJoinState *join, TupleTableSlot *row)
{
	MemoryContext old;

	if (join->spool == NULL)
	{
		old = MemoryContextSwitchTo(join->custom.ss.ps.state->es_query_cxt);
		join->spool = tuplestore_begin_heap(false, false, work_mem);
		tuplestore_set_eflags(join->spool, EXEC_FLAG_REWIND);
		MemoryContextSwitchTo(old);
	}
	tuplestore_puttupleslot(join->spool, row);
}

static TupleTableSlot *
next_outer_row(EntityJoinState *join)
{
	TupleTableSlot *row;

	if (join->batch > 1)
		return tuplestore_gettupleslot(join->spool, true, false,
									   join->spool_slot) ?
			join->spool_slot : NULL;
	row = ExecProcNode(join->outer);
	return TupIsNull(row) ? NULL : row;
}

/*
 * start_outer - read the first outer row before anything is packed: without
 * one there is nothing to do.
 */
static void
start_outer(EntityJoinState *join)
{
	join->outer_row = next_outer_row(join);
	join->outer_started = true;
	if (join->outer_row != NULL && join->set == NULL)
		pack_batch(join);
}

static bool
needs_no_inner(JoinType type)
{
	return type == JOIN_LEFT || type == JOIN_ANTI;
}

/* look_up_outer - put the current row beside the set, unless it is settled */
static void
look_up_outer(EntityJoinState *join)
{
	ExprContext *context = join->custom.ss.ps.ps_ExprContext;
	JoinType	type = join->plan.join_type;
	int			threshold = join->threshold;
	MemoryContext old;
	PackedName	name;

	join->is_met = join->batch > 1 && read_met(join);
	fill_outer(join, join->outer_row);
	clear_packed_matches(join->set);
	if (join->is_met && (type == JOIN_SEMI || type == JOIN_ANTI))
		return;
	ResetExprContext(context);
	old = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	if (open_key(join, true, &name, &threshold))
		probe_packed_set(join->set, &name, threshold);
	MemoryContextSwitchTo(old);
}

/*
 * advance_outer - to the next outer row of this batch, or the first one of
 * the next; false at the end.
 */
static bool
advance_outer(EntityJoinState *join)
{
	if (!join->outer_started)
		start_outer(join);
	else if (join->outer_row != NULL)
	{
		if (!join->inner_done && join->plan.join_type != JOIN_INNER)
			keep_met(join);
		join->outer_number++;
		join->outer_row = next_outer_row(join);
	}
	if (join->set == NULL)
		return false;
	if (join->inner_done && is_packed_empty(join->set) &&
		!needs_no_inner(join->plan.join_type))
		return false;
	while (join->outer_row == NULL)
	{
		if (join->inner_done || join->spool == NULL)
			return false;
		drop_batch(join);
		pack_batch(join);
		tuplestore_rescan(join->spool);
		join->outer_number = 0;
		join->outer_row = next_outer_row(join);
	}
	if (join->batch == 1 && !join->inner_done)
		keep_outer(join, join->outer_row);
	look_up_outer(join);
	return true;
}

/* ---------- joined rows ---------- */

/* passes_filter - the filter of joined rows, after joining */
static bool
passes_filter(EntityJoinState *join, ExprContext *context)
{
	if (ExecQual(join->custom.ss.ps.qual, context))
		return true;
	InstrCountFiltered1(join, 1);
	return false;
}

/* The current outer row without a partner, in the last batch. */
static bool
is_left_alone(const EntityJoinState *join)
{
	return !join->is_met && join->inner_done &&
		needs_no_inner(join->plan.join_type);
}

/*
 * next_partner - the next inner row of the current outer one; false if there
 * is none that passes the join clauses.
 */
static bool
next_partner(EntityJoinState *join, ExprContext *context)
{
	PackedRow  *row;

	while ((row = next_packed_match(join->set)) != NULL)
	{
		ResetExprContext(context);
		CHECK_FOR_INTERRUPTS();
		ExecStoreMinimalTuple(row->tuple, join->inner_slot, false);
		fill_inner(join, join->inner_slot);
		use_scan_tuple(join);
		if (ExecQual(join->join_qual, context))
			return true;
		join->stats.removed++;
	}
	return false;
}

/*
 * next_joined - make the scan tuple that of the next joined row; false where
 * the current outer row has no more of them.
 */
static bool
next_joined(EntityJoinState *join, ExprContext *context)
{
	JoinType	type = join->plan.join_type;

	if (next_partner(join, context))
	{
		join->is_met = true;
		if (type == JOIN_SEMI || type == JOIN_ANTI)
			clear_packed_matches(join->set);
		return type != JOIN_ANTI;
	}
	if (!is_left_alone(join))
		return false;
	join->is_met = true;
	fill_inner(join, NULL);
	use_scan_tuple(join);
	return true;
}

static TupleTableSlot *
exec_entity_join(CustomScanState *node)
{
	EntityJoinState *join = (EntityJoinState *) node;
	ExprContext *context = node->ss.ps.ps_ExprContext;

	ResetExprContext(context);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		while (join->outer_row != NULL && next_joined(join, context))
			if (passes_filter(join, context))
				return node->ss.ps.ps_ProjInfo ?
					ExecProject(node->ss.ps.ps_ProjInfo) :
					node->ss.ss_ScanTupleSlot;
		if (!advance_outer(join))
			return NULL;
	}
}

/* ---------- again, and the end ---------- */

static void
forget_outer(EntityJoinState *join)
{
	if (join->spool != NULL)
		tuplestore_end(join->spool);
	if (join->met != NULL)
		pfree(join->met);
	join->spool = NULL;
	join->met = NULL;
	join->met_size = 0;
	join->outer_row = NULL;
	join->outer_started = false;
	join->outer_number = 0;
}

static void
forget_inner(EntityJoinState *join)
{
	drop_batch(join);
	join->pending = NULL;
	join->inner_done = false;
	join->batch = 0;
}

/* Children in custom_ps are told of changed parameters by us. */
static void
rescan_child(EntityJoinState *join, PlanState *child)
{
	if (join->custom.ss.ps.chgParam != NULL)
		UpdateChangedParamSet(child, join->custom.ss.ps.chgParam);
	if (child->chgParam == NULL)
		ExecReScan(child);
}

/*
 * The packed side is kept if all of it is there and nothing it depends on
 * has changed.
 */
static void
rescan_entity_join(CustomScanState *node)
{
	EntityJoinState *join = (EntityJoinState *) node;
	bool		keep = join->set != NULL && join->batch == 1 &&
		join->inner_done;

	forget_outer(join);
	join->threshold = threshold_setting;
	rescan_child(join, join->outer);
	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(join->inner, node->ss.ps.chgParam);
	if (keep && join->inner->chgParam == NULL)
		return;
	forget_inner(join);
	if (join->inner->chgParam == NULL)
		ExecReScan(join->inner);
}

static void
end_entity_join(CustomScanState *node)
{
	EntityJoinState *join = (EntityJoinState *) node;

	forget_outer(join);
	forget_inner(join);
	end_worker_stats(join);
	ExecEndNode(join->outer);
	ExecEndNode(join->inner);
}
