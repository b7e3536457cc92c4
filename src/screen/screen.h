/*-------------------------------------------------------------------------
 *
 * screen.h
 *	  Screening as the SQL functions and the guards share it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENTITY_SCREEN_SCREEN_H
#define ENTITY_SCREEN_SCREEN_H

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/date.h"

/*
 * SQLSTATEs of the list side.  Class SC is not taken by the standard, which
 * reserves classes that begin with 0-4 and A-H, nor by PostgreSQL.
 */
#define ERRCODE_LIST_NOT_USABLE		MAKE_SQLSTATE('S','C','0','0','1')
#define ERRCODE_ROW_REJECTED		MAKE_SQLSTATE('S','C','0','0','2')
#define ERRCODE_ROW_HELD			MAKE_SQLSTATE('S','C','0','0','3')
#define ERRCODE_LIST_CONFLICT		MAKE_SQLSTATE('S','C','0','0','4')
#define ERRCODE_NOT_RECONCILED		MAKE_SQLSTATE('S','C','0','0','5')
#define ERRCODE_EVIDENCE_IMMUTABLE	MAKE_SQLSTATE('S','C','0','0','6')

/* Which lists a screening asks: one element of each array per list */
typedef struct ScreenScope
{
	int			nlists;
	Datum		list_codes;		/* text[] */
	DateADT    *todays;			/* present date in each list's time zone */
	char	  **time_zones;
	Datum		thresholds;		/* float8[] */
	Datum		weak_thresholds;	/* float8[], for weak aliases; null: none */
	float8		lowest;			/* the smallest threshold */
	char	   *fingerprint;	/* lists, dates and thresholds as one text */
	MemoryContext context;		/* holds all of the above */
} ScreenScope;

/* What is asked; strings are NULL when not given */
typedef struct ScreenQuestion
{
	const char *party;
	const char *country;
	const char *address;
	bool		has_date;
	DateADT		on_date;
	bool		has_moment;		/* a moment, for each list a date of its own */
	TimestampTz moment;
	bool		has_known_at;
	TimestampTz known_at;
	bool		include_advisory;
	int			max_hits;		/* rows that are wanted; 0: all */
} ScreenQuestion;

/* scope.c: inside SPI_connect() */
extern ScreenScope *resolve_scope(Datum lists, bool lists_null,
								  Datum threshold, bool threshold_null,
								  const char *reader, int64 guard_id,
								  MemoryContext context);
extern DateADT date_for_list(const ScreenScope *scope, int list,
							 const ScreenQuestion *question);
extern Datum make_dates(const ScreenScope *scope,
						const ScreenQuestion *question);

/* hit.c: inside SPI_connect() */
extern bool find_names(const ScreenScope *scope,
					   const ScreenQuestion *question, Datum *names);
extern void find_hits(const ScreenScope *scope,
					  const ScreenQuestion *question, Datum names);
extern Datum make_id_array(Datum *ids, int n);
extern void find_pending_hits(const ScreenScope *scope,
							  const ScreenQuestion *question);
extern void find_guard_hits(const ScreenScope *scope,
							const ScreenQuestion *question, Datum names);

/* screen.c */
extern bool is_blank(const char *text);
extern PGDLLEXPORT Datum screen_party(PG_FUNCTION_ARGS);

/* best_hits.c: inside SPI_connect() */
extern bool find_best_hits(const ScreenScope *scope,
						   const ScreenQuestion *question);

/* scope_cache.c: inside SPI_connect() */
extern ScreenScope *find_kept_scope(Datum lists, bool lists_null);
extern bool keep_scope(ScreenScope *scope, Datum lists, bool lists_null,
					   uint64 begun);

/* progress.c */
extern PGDLLEXPORT Datum report_progress(PG_FUNCTION_ARGS);

#endif							/* ENTITY_SCREEN_SCREEN_H */
