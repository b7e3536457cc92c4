/*-------------------------------------------------------------------------
 *
 * query.h
 *	  Queries of our own, inside SPI_connect().
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENTITY_SCREEN_QUERY_H
#define ENTITY_SCREEN_QUERY_H

#include "executor/spi.h"

extern SPIPlanPtr prepare_once(SPIPlanPtr *plan, const char *query, int nargs,
							   const Oid *argtypes);
extern uint64 select_rows(SPIPlanPtr plan, Datum *args, const char *nulls,
						  bool read_only, long limit);
extern void select_row(SPIPlanPtr plan, Datum *args, const char *nulls,
					   bool read_only, const char *what);
extern void write_row(SPIPlanPtr plan, Datum *args, const char *nulls,
					  const char *what);
extern char *get_result_text(int column);
extern Datum get_result(int column, bool *isnull);
extern void put_text(Datum *args, char *nulls, int n, const char *text);

#endif							/* ENTITY_SCREEN_QUERY_H */
