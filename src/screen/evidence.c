/*-------------------------------------------------------------------------
 *
 * evidence.c
 *	  What a guard writes down.
 *
 * One event for each party of each stored row, and an alert where a person
 * has to look.  Evidence carries values, no references: it must stay readable
 * when what it speaks of is gone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"

#include "guard.h"

static const char *
name_decision(Guard *guard, const Decision *decision)
{
	static const char *const words[] = {"observed", "alerted", "held", "held"};

	if (!needs_action(decision))
		return "clear";
	if (decision->failure && guard->action != GUARD_HOLD)
		return "screening_failed";
	return words[guard->action];
}

/* What one event says */
typedef struct Evidence
{
	Guard	   *guard;
	const char *row_operation;
	const char *key;
	const char *party_column;
	const ScreenQuestion *question;
	const Decision *decision;
	const char *action;
	const char *decided;
	const char *reason;
	bool		open_alert;
} Evidence;

/*
 * The statements that write evidence.  Every parameter is a plain value;
 * nothing in them depends on a setting.
 */
#define EVENT_NARGS 18

#define INSERT_EVENT \
	"INSERT INTO entity_screen.screening_event (guard_id, target," \
	" row_operation, party_ref, party_column, party, country, address," \
	" on_date, on_date_basis, action, decision, reason, hit_count, hits," \
	" threshold, list_version, role_name, event_at, normalizer_version," \
	" xid, session_user_name, application_name)" \
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14," \
	" $15, $16, $17, $18, pg_catalog.clock_timestamp()," \
	" entity_screen.normalizer_version()," \
	" pg_catalog.pg_current_xact_id(), session_user," \
	" pg_catalog.current_setting('application_name'))"

#define INSERT_ALERT \
	"WITH event AS (" INSERT_EVENT " RETURNING *)" \
	" SELECT entity_screen.open_alerts(event) FROM event"

static void
put_text(Datum *args, char *nulls, int n, const char *text)
{
	nulls[n] = text ? ' ' : 'n';
	args[n] = text ? CStringGetTextDatum(text) : (Datum) 0;
}

/* Parameters 1 to 13: who, what, with what outcome */
static void
put_row_arguments(const Evidence *evidence, Datum *args, char *nulls)
{
	const ScreenQuestion *question = evidence->question;
	bool		from_row = question->has_date || question->has_moment;
	ScreenScope *scope = evidence->guard->scope;

	args[0] = Int64GetDatum(evidence->guard->guard_id);
	put_text(args, nulls, 1, evidence->guard->target_name);
	put_text(args, nulls, 2, evidence->row_operation);
	put_text(args, nulls, 3, evidence->key);
	put_text(args, nulls, 4, evidence->party_column);
	put_text(args, nulls, 5, question->party);
	put_text(args, nulls, 6, question->country);
	put_text(args, nulls, 7, question->address);
	nulls[8] = scope || question->has_date ? ' ' : 'n';
	args[8] = DateADTGetDatum(scope ? date_for_list(scope, 0, question) :
							  question->on_date);
	put_text(args, nulls, 9, from_row ? "row" : "today");
	put_text(args, nulls, 10, evidence->action);
	put_text(args, nulls, 11, evidence->decided);
	put_text(args, nulls, 12, evidence->reason);
}

/* Parameters 14 to 18: what was found, with what, for whom */
static void
put_hit_arguments(const Evidence *evidence, Oid role, Datum *args,
				  char *nulls)
{
	const Decision *decision = evidence->decision;
	Guard	   *guard = evidence->guard;
	bool		hit = decision->hit_count > 0;

	args[13] = Int32GetDatum(decision->hit_count);
	args[14] = decision->hits;
	nulls[14] = hit ? ' ' : 'n';
	args[15] = Float8GetDatum(guard->scope ? guard->scope->lowest : 0);
	nulls[15] = guard->scope ? ' ' : 'n';
	args[16] = guard->list_version;
	nulls[16] = guard->has_list_version ? ' ' : 'n';
	put_text(args, nulls, 17, GetUserNameFromId(role, false));
}

/*
 * Write one event, and its alert if it needs one.  An error here aborts the
 * statement: a row without evidence is not stored.
 */
static void
record_event(const Evidence *evidence)
{
	static SPIPlanPtr event_plan = NULL;
	static SPIPlanPtr alert_plan = NULL;
	Oid			argtypes[EVENT_NARGS] = {INT8OID, TEXTOID, TEXTOID, TEXTOID,
		TEXTOID, TEXTOID, TEXTOID, TEXTOID, DATEOID, TEXTOID, TEXTOID,
		TEXTOID, TEXTOID, INT4OID, JSONBOID, FLOAT8OID, BYTEAOID, TEXTOID};
	Datum		args[EVENT_NARGS];
	char		nulls[EVENT_NARGS];
	ExtensionEntry entry;
	SPIPlanPtr	plan;

	memset(nulls, ' ', sizeof(nulls));
	put_row_arguments(evidence, args, nulls);
	put_hit_arguments(evidence, GetUserId(), args, nulls);
	enter_extension(&entry);
	SPI_connect();
	plan = evidence->open_alert ?
		prepare_once(&alert_plan, INSERT_ALERT, EVENT_NARGS, argtypes) :
		prepare_once(&event_plan, INSERT_EVENT, EVENT_NARGS, argtypes);
	if (SPI_execute_plan(plan, args, nulls, false, 0) !=
		(evidence->open_alert ? SPI_OK_SELECT : SPI_OK_INSERT))
		elog(ERROR, "could not record the screening event");
	SPI_finish();
	leave_extension(&entry);
}

/* Evidence of the screening of one party of a stored row */
void
record_screening(Guard *guard, TupleDesc desc, int party, bool is_update,
				 const char *key, const ScreenQuestion *question,
				 const Decision *decision)
{
	Evidence	evidence = {0};

	evidence.guard = guard;
	evidence.row_operation = is_update ? "update" : "insert";
	evidence.key = key;
	evidence.party_column =
		NameStr(TupleDescAttr(desc, guard->parties[party] - 1)->attname);
	evidence.question = question;
	evidence.decision = decision;
	evidence.action = guard->action_name;
	evidence.decided = name_decision(guard, decision);
	evidence.reason = decision->failure ?
		psprintf("not_screened: %s", decision->failure) : NULL;
	evidence.open_alert = needs_action(decision) &&
		(guard->action == GUARD_ALERT || guard->action == GUARD_HOLD);
	record_event(&evidence);
}

void
record_release(Guard *guard, const char *key, const char *reason)
{
	Evidence	evidence = {0};
	ScreenQuestion nothing = {0};
	Decision	none = {0};

	evidence.guard = guard;
	evidence.row_operation = "release";
	evidence.key = key;
	evidence.question = &nothing;
	evidence.decision = &none;
	evidence.action = "release";
	evidence.decided = "released";
	evidence.reason = reason;
	record_event(&evidence);
}
