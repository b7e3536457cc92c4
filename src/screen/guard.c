/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  The triggers of a guarded table.
 *
 * guard_decide() runs BEFORE and screens the row, puts it on hold or refuses
 * it.  guard_record() runs AFTER, on the row as it was stored, and is the
 * authority: it decides again (from the memo, unless a later BEFORE trigger
 * changed what was screened), refuses a row that should be on hold and is
 * not, and writes the evidence.  So a row that was never stored leaves no
 * event, and a row that was changed behind our back is not missed.
 *
 * Whose rights: everything that touches the user's row (output functions of
 * its types, the status value) runs as the user who stores it; everything
 * that touches the lists and the evidence runs as the owner of the extension
 * with a pinned search_path, see enter_extension().  Application roles need
 * no privilege, and no setting of theirs changes an answer.
 *
 * A guard never fails open.  What cannot be screened is recorded, alerted,
 * held or refused, as the action says; an error that ends the transaction
 * anyway (cancel, out of memory, serialization) is passed on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "guard.h"

PG_FUNCTION_INFO_V1(guard_decide);
PG_FUNCTION_INFO_V1(guard_record);

static void
check_trigger_call(FunctionCallInfo fcinfo, bool before)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
		before != (TRIGGER_FIRED_BEFORE(data->tg_event) != 0) ||
		!(TRIGGER_FIRED_BY_INSERT(data->tg_event) ||
		  TRIGGER_FIRED_BY_UPDATE(data->tg_event)) ||
		data->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function serves the triggers of a guard only"),
				 errdetail("Such a trigger fires for each row of INSERT or UPDATE and carries the number of the guard."),
				 errhint("Use entity_screen.protect_table().")));
}

/* A line of the server log that can be read by programs */
static void
log_rejection(Guard *guard, const ScreenQuestion *question,
			  const Decision *decision, const char *key, const char *evidence)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"guard_id\": " INT64_FORMAT ", \"target\": ",
					 guard->guard_id);
	escape_json(&json, guard->target_name);
	appendStringInfoString(&json, ", \"party_ref\": ");
	escape_json(&json, key ? key : "");
	appendStringInfoString(&json, ", \"party\": ");
	escape_json(&json, question->party ? question->party : "");
	appendStringInfo(&json, ", \"hit_count\": %d, \"entry_ids\": ",
					 decision->hit_count);
	escape_json(&json, decision->hit_count > 0 ?
				OidOutputFunctionCall(F_ARRAY_OUT, decision->entry_ids) :
				"{}");
	appendStringInfoString(&json, ", \"reason\": ");
	escape_json(&json, decision->failure ? decision->failure : "hit");
	appendStringInfoString(&json, ", \"evidence\": ");
	escape_json(&json, evidence);
	appendStringInfoChar(&json, '}');
	ereport(LOG_SERVER_ONLY,
			(errmsg("entity_screen: row rejected"),
			 errdetail_log("%s", json.data),
			 errhidestmt(true), errhidecontext(true)));
}

/*
 * Have the evidence written.  A cancel in the meantime ends the statement,
 * so the row is refused all the same; the log says so.
 */
static void
keep_rejection(Guard *guard, TupleDesc desc, int party, bool is_update,
			   const ScreenQuestion *question, const Decision *decision,
			   const char *key)
{
	PG_TRY();
	{
		log_rejection(guard, question, decision, key,
					  record_rejection(guard, desc, party, is_update, key,
									   question, decision));
	}
	PG_CATCH();
	{
		log_rejection(guard, question, decision, key, "canceled");
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/*
 * Refuse a row.  The message says nothing about the lists: who stores orders
 * need not be allowed to see them.  The evidence does, and the server log.
 */
static void
reject_row(Guard *guard, TupleDesc desc, int party, bool is_update,
		   const ScreenQuestion *question, const Decision *decision,
		   const char *key)
{
	keep_rejection(guard, desc, party, is_update, question, decision, key);
	ereport(ERROR,
			(errcode(ERRCODE_ROW_REJECTED),
			 decision->failure ?
			 errmsg("the row of %s could not be screened and is rejected",
					guard->target_name) :
			 errmsg("the row of %s is rejected by screening",
					guard->target_name),
			 errdetail("The table is protected: a party of the row needs a review before the row can be stored."),
			 errhint("Ask the compliance department.")));
}

/*
 * A row leaves held through release() and in no other way.
 */
static void
check_still_held(Guard *guard, HeapTuple old_row, HeapTuple new_row,
				 TupleDesc desc)
{
	if (old_row == NULL || !is_held(guard, old_row, desc) ||
		is_held(guard, new_row, desc) ||
		is_release_of(guard, get_row_key(guard, old_row, desc)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ROW_HELD),
			 errmsg("the row of %s is on hold", guard->target_name),
			 errdetail("Its status cannot be changed by an update."),
			 errhint("A person with the right to do so releases it with entity_screen.release().")));
}

/* The row that is stored, and for an update (else NULL) the one before it */
static void
get_rows(FunctionCallInfo fcinfo, TupleDesc *desc, HeapTuple *old_row,
		 HeapTuple *row)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	bool		is_update = TRIGGER_FIRED_BY_UPDATE(data->tg_event);

	*desc = RelationGetDescr(data->tg_relation);
	*old_row = is_update ? data->tg_trigtuple : NULL;
	*row = is_update ? data->tg_newtuple : data->tg_trigtuple;
}

/*
 * guard_decide() - BEFORE INSERT OR UPDATE trigger of a guard
 *
 * Errors: SC002 for a rejected row, SC003 for an update that would let a
 * held row go.
 */
Datum
guard_decide(PG_FUNCTION_ARGS)
{
	Guard	   *guard;
	TupleDesc	desc;
	HeapTuple	row;
	HeapTuple	old_row;
	char	   *key;
	bool		hold = false;

	check_trigger_call(fcinfo, true);
	guard = get_guard(fcinfo);
	get_rows(fcinfo, &desc, &old_row, &row);
	if (old_row && is_unchanged(guard, old_row, row, desc))
	{
		check_still_held(guard, old_row, row, desc);
		return PointerGetDatum(row);
	}
	key = get_row_key(guard, row, desc);
	for (int i = 0; i < guard->nparties; i++)
	{
		ScreenQuestion question;
		Decision   *decision;

		read_row(guard, row, desc, i, &question);
		decision = decide_row(guard, &question, key,
							  get_party_column(guard, desc, i));
		if (!needs_action(decision))
			continue;
		if (guard->action == GUARD_REJECT)
			reject_row(guard, desc, i, old_row != NULL, &question, decision,
					   key);
		hold = guard->action == GUARD_HOLD;
	}
	if (hold)
		row = set_held(guard, row, desc);
	check_still_held(guard, old_row, row, desc);
	return PointerGetDatum(row);
}

/*
 * Refuse a stored row that the guard would have decided otherwise.
 */
static void
verify_row(Guard *guard, HeapTuple row, TupleDesc desc, int party,
		   bool is_update, const ScreenQuestion *question,
		   const Decision *decision, const char *key)
{
	if (!needs_action(decision))
		return;
	if (guard->action == GUARD_REJECT)
		reject_row(guard, desc, party, is_update, question, decision, key);
	if (guard->action == GUARD_HOLD && !is_held(guard, row, desc))
		ereport(ERROR,
				(errcode(ERRCODE_ROW_HELD),
				 errmsg("the row of %s must be on hold", guard->target_name),
				 errdetail("Another trigger changed the row after the guard had decided."),
				 errhint("Give BEFORE triggers of the table names that sort before zzz_entity_screen_decide.")));
}

/*
 * guard_record() - AFTER INSERT OR UPDATE trigger of a guard
 *
 * Errors: SC002 and SC003 for a row that another trigger changed so that the
 * guard would not have let it pass.
 */
Datum
guard_record(PG_FUNCTION_ARGS)
{
	Guard	   *guard;
	TupleDesc	desc;
	HeapTuple	row;
	HeapTuple	old_row;
	char	   *key;

	check_trigger_call(fcinfo, false);
	guard = get_guard(fcinfo);
	get_rows(fcinfo, &desc, &old_row, &row);
	key = get_row_key(guard, row, desc);

	check_still_held(guard, old_row, row, desc);
	if (old_row && is_held(guard, old_row, desc) &&
		!is_held(guard, row, desc))
		record_release(guard, key, get_release_reason());
	if (old_row && is_unchanged(guard, old_row, row, desc))
		return PointerGetDatum(NULL);
	for (int i = 0; i < guard->nparties; i++)
	{
		ScreenQuestion question;
		Decision   *decision;

		read_row(guard, row, desc, i, &question);
		decision = decide_row(guard, &question, key,
							  get_party_column(guard, desc, i));
		verify_row(guard, row, desc, i, old_row != NULL, &question, decision,
				   key);
		record_screening(guard, desc, i, old_row != NULL, key, &question,
						 decision);
	}
	return PointerGetDatum(NULL);
}
