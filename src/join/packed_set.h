/*-------------------------------------------------------------------------
 *
 * packed_set.h
 *	  Many names in memory, asked for those that one name is like.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PACKED_SET_H
#define PACKED_SET_H

#include "internal.h"

#include "executor/tuptable.h"

typedef struct PackedSet PackedSet;

/* A row of the packed side; rows whose names are equal form a chain. */
typedef struct PackedRow
{
	struct PackedRow *next;
	MinimalTuple tuple;
} PackedRow;

/* What went on, for EXPLAIN; kept over all sets of a join. */
typedef struct PackedStats
{
	double		rows;			/* packed */
	double		names;			/* distinct ones of them */
	double		streamed;		/* names looked up */
	double		touched;		/* names that shared a key */
	double		candidates;		/* of them, that shared enough */
	double		scored;			/* of them, compared in full */
	double		matched;		/* of them at the threshold or above */
	double		removed;		/* rows, by the other join clauses */
	Size		memory;			/* bytes, the largest set */
	int			batches;
} PackedStats;

extern PackedSet *create_packed_set(MemoryContext parent, Size budget,
									PackedStats *stats);
extern PackedRow *add_packed_row(PackedSet *set, TupleTableSlot *slot);
extern void add_packed_name(PackedSet *set, PackedRow *row,
							const PackedName *name, int threshold);
extern bool is_packed_full(const PackedSet *set);
extern void finish_packed_set(PackedSet *set);
extern void probe_packed_set(PackedSet *set, const PackedName *sought,
							 int threshold);
extern PackedRow *next_packed_match(PackedSet *set);
extern void clear_packed_matches(PackedSet *set);
extern bool is_packed_empty(const PackedSet *set);
extern void free_packed_set(PackedSet *set);

#endif							/* PACKED_SET_H */
