/*-------------------------------------------------------------------------
 *
 * join.h
 *	  Joins of two sets of names by likeness.
 *
 *	  path.c			when the planner may choose it, and what it costs
 *	  plan.c			from path to plan: what is read from which side
 *	  scan.c			execution
 *	  explain.c			what EXPLAIN shows
 *	  worker_stats.c	what parallel workers counted
 *	  packed_set.c		the inner side in memory
 *	  key_directory.c	its keys
 *
 *-------------------------------------------------------------------------
 */
#ifndef JOIN_H
#define JOIN_H

#include "internal.h"

#include "access/parallel.h"
#include "commands/explain.h"
#include "executor/tuptable.h"
#include "join/packed_set.h"
#include "nodes/execnodes.h"
#include "nodes/extensible.h"
#include "nodes/pathnodes.h"
#include "storage/dsm.h"
#include "utils/tuplestore.h"

/*
 * A clause that a join can go by: name % name or name @@ query, each side
 * from one relation.
 */
typedef struct JoinKey
{
	RestrictInfo *clause;
	bool		is_query;		/* @@; its right side is a query */
	bool		is_outer_left;	/* the left side is the streamed one */
} JoinKey;

/* What the executor needs to know, in CustomScan.custom_private. */
typedef struct JoinPlan
{
	JoinType	join_type;
	bool		is_query;
	bool		is_outer_left;
	List	   *columns;		/* a scan column: n of outer, -n of inner */
} JoinPlan;

typedef struct EntityJoinState
{
	CustomScanState custom;
	JoinPlan	plan;
	PlanState  *outer;			/* streamed */
	PlanState  *inner;			/* packed */
	ExprState  *outer_key;
	ExprState  *inner_key;
	ExprState  *join_qual;

	/* where each column of the scan tuple comes from */
	int			ncolumns;
	int		   *outer_columns;	/* attribute number, or 0 */
	int		   *inner_columns;
	int			last_outer;		/* the highest of these */
	int			last_inner;

	/* the packed side: one batch of it */
	PackedSet  *set;
	TupleTableSlot *inner_slot; /* a packed row */
	TupleTableSlot *pending;	/* first row of the next batch, or NULL */
	bool		inner_done;		/* no batch follows */
	int			batch;

	/* the streamed side: kept where there are several batches */
	Tuplestorestate *spool;
	TupleTableSlot *spool_slot;
	TupleTableSlot *outer_row;	/* the current one, or NULL */
	bool		outer_started;	/* outer_row was fetched ahead */
	uint64		outer_number;
	uint8	   *met;			/* a bit for each: it has a partner */
	Size		met_size;		/* bytes */
	bool		is_met;			/* that of the current row */

	int			threshold;		/* of %, read once */
	PackedStats stats;

	/* for EXPLAIN, see worker_stats.c */
	dsm_segment *segment;		/* counts of workers, or NULL */
	int			nworkers;
} EntityJoinState;

/* path.c */
extern const CustomPathMethods entity_join_path_methods;

/* plan.c */
extern Plan *plan_entity_join(PlannerInfo *root, RelOptInfo *rel,
							  CustomPath *path, List *targets, List *clauses,
							  List *children);
extern void read_join_plan(const CustomScan *scan, JoinPlan *plan);
extern const CustomScanMethods entity_join_scan_methods;

/* scan.c */
extern Node *create_entity_join_state(CustomScan *scan);

/* explain.c */
extern void explain_entity_join(CustomScanState *node, List *ancestors,
								ExplainState *es);

/* worker_stats.c */
extern Size estimate_worker_stats(CustomScanState *node,
								  ParallelContext *context);
extern void share_worker_stats(CustomScanState *node,
							   ParallelContext *context, void *place);
extern void reshare_worker_stats(CustomScanState *node,
								 ParallelContext *context, void *place);
extern void attach_worker_stats(CustomScanState *node, shm_toc *toc,
								void *place);
extern void report_worker_stats(CustomScanState *node);
extern PackedStats sum_worker_stats(const EntityJoinState *join);
extern void end_worker_stats(EntityJoinState *join);

#endif							/* JOIN_H */
