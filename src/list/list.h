/*-------------------------------------------------------------------------
 *
 * list.h
 *	  What the list side's C files share: loading of tranches.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENTITY_SCREEN_LIST_H
#define ENTITY_SCREEN_LIST_H

extern PGDLLEXPORT Datum parse_operation_file(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum report_load_progress(PG_FUNCTION_ARGS);

#endif							/* ENTITY_SCREEN_LIST_H */
