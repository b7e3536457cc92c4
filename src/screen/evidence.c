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
#include "internal.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "guard.h"
#include "query.h"

PG_FUNCTION_INFO_V1(engine_version);

/* The version of the library, for evidence */
Datum
engine_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(EXTENSION_VERSION));
}

static const char *
name_decision(Guard *guard, const Decision *decision)
{
	static const char *const words[] = {"observed", "alerted", "held",
	"rejected"};

	if (!needs_action(decision))
		return decision->hit_count > 0 ? "suppressed" : "clear";
	if (decision->failure && guard->action < GUARD_HOLD)
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

/* Parameters 14 to 20: what was found, with what, for whom, when */
static void
put_hit_arguments(const Evidence *evidence, Datum *args, char *nulls)
{
	const Decision *decision = evidence->decision;
	Guard	   *guard = evidence->guard;
	bool		hit = decision->hit_count > 0;

	args[13] = Int32GetDatum(decision->hit_count);
	args[14] = decision->hits;
	nulls[14] = hit ? ' ' : 'n';
	args[EVENT_CONTEXT] = Int64GetDatum(guard->context_id);
	nulls[EVENT_CONTEXT] = guard->context_id ? ' ' : 'n';
	put_text(args, nulls, 16, GetUserNameFromId(GetUserId(), false));
	put_text(args, nulls, 17, GetUserNameFromId(GetSessionUserId(), false));
	put_text(args, nulls, 18, application_name);
	args[19] = TimestampTzGetDatum(GetCurrentTimestamp());
}

static void
put_arguments(const Evidence *evidence, Datum *args, char *nulls)
{
	memset(nulls, ' ', EVENT_NARGS);
	put_row_arguments(evidence, args, nulls);
	put_hit_arguments(evidence, args, nulls);
}

/*
 * Write an event in this transaction.  An error here aborts the statement: a
 * row without evidence is not stored.
 */
static void
record_event(const Evidence *evidence)
{
	Datum		args[EVENT_NARGS];
	char		nulls[EVENT_NARGS];
	ExtensionEntry entry;

	put_arguments(evidence, args, nulls);
	enter_extension(&entry);
	SPI_connect();
	store_event(args, nulls, evidence->open_alert);
	SPI_finish();
	leave_extension(&entry);
}

/* What there is to say about the screening of one party of a row */
static void
describe_screening(Evidence *evidence, Guard *guard, TupleDesc desc,
				   int party, bool is_update, const char *key,
				   const ScreenQuestion *question, const Decision *decision)
{
	memset(evidence, 0, sizeof(Evidence));
	evidence->guard = guard;
	evidence->row_operation = is_update ? "update" : "insert";
	evidence->key = key;
	evidence->party_column = get_party_column(guard, desc, party);
	evidence->question = question;
	evidence->decision = decision;
	evidence->action = guard->action_name;
	evidence->decided = name_decision(guard, decision);
	evidence->reason = decision->failure ?
		psprintf("not_screened: %s", decision->failure) : NULL;
	evidence->open_alert = needs_action(decision) &&
		guard->action != GUARD_OBSERVE;
}

/* Evidence of the screening of one party of a stored row */
void
record_screening(Guard *guard, TupleDesc desc, int party, bool is_update,
				 const char *key, const ScreenQuestion *question,
				 const Decision *decision)
{
	Evidence	evidence;

	if (guard->counts_clean && !needs_action(decision) &&
		decision->hit_count == 0)
	{
		count_clean_row(guard, is_update);
		return;
	}
	describe_screening(&evidence, guard, desc, party, is_update, key,
					   question, decision);
	record_event(&evidence);
}

/*
 * Evidence of a row that is about to be rejected: written by a worker, in a
 * transaction that survives the one that is aborted.  Returns what came of
 * it, for the server log.
 */
const char *
record_rejection(Guard *guard, TupleDesc desc, int party, bool is_update,
				 const char *key, const ScreenQuestion *question,
				 const Decision *decision)
{
	Evidence	evidence;
	Datum		args[WORKER_NARGS];
	char		nulls[WORKER_NARGS];

	describe_screening(&evidence, guard, desc, party, is_update, key,
					   question, decision);
	put_arguments(&evidence, args, nulls);
	memset(nulls + EVENT_NARGS, guard->context_id ? ' ' : 'n', CONTEXT_NARGS);
	if (guard->context_id)
	{
		args[EVENT_NARGS] = guard->scope->list_codes;
		args[EVENT_NARGS + 1] = guard->scope->thresholds;
		args[EVENT_NARGS + 2] = guard->scope->weak_thresholds;
		args[EVENT_NARGS + 3] = guard->config_ids;
		args[EVENT_NARGS + 4] = guard->list_version;
	}
	return hand_to_worker(args, nulls);
}

/* The event of a row that release() has let go, in this transaction */
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
