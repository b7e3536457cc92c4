/*-------------------------------------------------------------------------
 *
 * event.c
 *	  The rows of screening_event, as they are written.
 *
 * The lowest layer of evidence: guards (evidence.c), counts (count.c) and
 * the worker (worker.c) write through it, and it knows none of them.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "guard.h"
#include "query.h"

/*
 * The statement that writes an event.  Every parameter is a plain value;
 * nothing in it depends on a setting.
 */
#define INSERT_EVENT \
	"INSERT INTO entity_screen.screening_event (guard_id, target," \
	" row_operation, party_ref, party_column, party, country, address," \
	" on_date, on_date_basis, action, decision, reason, hit_count, hits," \
	" context_id, role_name, session_user_name, application_name," \
	" event_at, xid)" \
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14," \
	" $15, $16, $17, $18, $19, $20, pg_catalog.pg_current_xact_id())"

#define INSERT_AND_ALERT \
	"WITH event AS (" INSERT_EVENT " RETURNING *)" \
	" SELECT entity_screen.open_alerts(event) FROM event"

const Oid	event_types[EVENT_NARGS] = {INT8OID, TEXTOID, TEXTOID, TEXTOID,
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, DATEOID, TEXTOID, TEXTOID, TEXTOID,
	TEXTOID, INT4OID, JSONBOID, INT8OID, TEXTOID, TEXTOID, TEXTOID,
TIMESTAMPTZOID};

const Oid	context_types[CONTEXT_NARGS] = {TEXTARRAYOID, FLOAT8ARRAYOID,
FLOAT8ARRAYOID, INT8ARRAYOID, BYTEAOID};

/*
 * Write one event, and its alerts if it needs a person.  Runs inside
 * SPI_connect() with the rights of the extension.  Errors: 55000, and those
 * of open_alerts().
 */
void
store_event(Datum *args, const char *nulls, bool open_alerts)
{
	static SPIPlanPtr event_plan = NULL;
	static SPIPlanPtr alert_plan = NULL;
	SPIPlanPtr	plan;

	plan = open_alerts ?
		prepare_once(&alert_plan, INSERT_AND_ALERT, EVENT_NARGS,
					 event_types) :
		prepare_once(&event_plan, INSERT_EVENT, EVENT_NARGS, event_types);
	write_row(plan, args, nulls, "the screening event");
}

/*
 * One event for the clean rows of a transaction.  Runs as store_event()
 * does.
 */
void
store_clean_count(int64 guard_id, const char *target_name, bool is_update,
				  const char *action_name, int64 context_id, int64 rows)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[] = {INT8OID, TEXTOID, TEXTOID, TEXTOID, INT8OID,
	INT8OID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID};
	Datum		args[lengthof(types)];
	char		nulls[lengthof(types)];

	memset(nulls, ' ', sizeof(nulls));
	args[0] = Int64GetDatum(guard_id);
	put_text(args, nulls, 1, target_name);
	put_text(args, nulls, 2, is_update ? "update" : "insert");
	put_text(args, nulls, 3, action_name);
	args[4] = Int64GetDatum(context_id);
	args[5] = Int64GetDatum(rows);
	put_text(args, nulls, 6, GetUserNameFromId(GetOuterUserId(), false));
	put_text(args, nulls, 7, GetUserNameFromId(GetSessionUserId(), false));
	put_text(args, nulls, 8, application_name);
	args[9] = TimestampTzGetDatum(GetCurrentTimestamp());
	prepare_once(&plan,
				 "INSERT INTO entity_screen.screening_event (guard_id,"
				 " target, row_operation, action, decision, context_id,"
				 " row_count, hit_count, role_name, session_user_name,"
				 " application_name, event_at, xid)"
				 " VALUES ($1, $2, $3, $4, 'clear', $5, $6, 0, $7, $8, $9,"
				 " $10, pg_catalog.pg_current_xact_id())",
				 lengthof(types), types);
	write_row(plan, args, nulls, "the count of clean rows");
}
