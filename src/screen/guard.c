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

#include "access/gin.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/nodes.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "guard.h"

/* Decisions kept for guard_record(); above this it screens again. */
#define MEMO_BYTES	(64 * 1024 * 1024)

PG_FUNCTION_INFO_V1(guard_decide);
PG_FUNCTION_INFO_V1(guard_record);

/* ------------------------------------------------------------------------
 * rights and settings
 * ------------------------------------------------------------------------
 */

/* The owner of the extension's tables, with whose rights lists are read */
static Oid
get_extension_owner(void)
{
	Oid			schema = get_namespace_oid("entity_screen", false);
	HeapTuple	tuple = SearchSysCache2(RELNAMENSP,
										CStringGetDatum("screening_event"),
										ObjectIdGetDatum(schema));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "table entity_screen.screening_event does not exist");
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * From here to leave_extension(): the owner's rights, our search_path, and
 * no setting that could shorten an answer.  An error in between is undone by
 * the end of the (sub)transaction.
 */
void
enter_extension(ExtensionEntry *entry)
{
	Oid			owner = get_extension_owner();

	GetUserIdAndSecContext(&entry->user, &entry->sec_context);
	entry->nest_level = NewGUCNestLevel();
	SetUserIdAndSecContext(owner,
						   entry->sec_context | SECURITY_LOCAL_USERID_CHANGE);
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	if (GinFuzzySearchLimit != 0)
		(void) set_config_option("gin_fuzzy_search_limit", "0",
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
}

void
leave_extension(ExtensionEntry *entry)
{
	AtEOXact_GUC(false, entry->nest_level);
	SetUserIdAndSecContext(entry->user, entry->sec_context);
}

/*
 * An error that must not be turned into a decision, because the transaction
 * cannot or should not go on after it.
 */
static bool
is_fatal_error(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK);
}

/*
 * Run a step that reads the lists, inside a subtransaction so that its error
 * becomes a reason.  Returns NULL, or the reason in the caller's context.
 */
static char *
run_guarded(void (*step) (void *), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile reason = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		ExtensionEntry entry;

		enter_extension(&entry);
		SPI_connect();
		step(arg);
		SPI_finish();
		leave_extension(&entry);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (is_fatal_error(error->sqlerrcode))
			ReThrowError(error);
		reason = psprintf("%s: %s", unpack_sql_state(error->sqlerrcode),
						  error->message);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return reason;
}

/* ------------------------------------------------------------------------
 * the guard of a table
 * ------------------------------------------------------------------------
 */

typedef struct GuardRequest
{
	Guard	   *guard;
	Relation	rel;
} GuardRequest;

static AttrNumber
find_attribute(TupleDesc desc, const char *name)
{
	for (int i = 0; name && i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return i + 1;
	}
	if (name)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("guarded column \"%s\" does not exist", name),
				 errdetail("The column was dropped or renamed after the table was protected."),
				 errhint("Protect the table again: entity_screen.unprotect_table(), then entity_screen.protect_table().")));
	return InvalidAttrNumber;
}

/* Attribute numbers of the columns in a text[] of the guard */
static AttrNumber *
find_attributes(TupleDesc desc, Datum names, int *n)
{
	Datum	   *elements;
	AttrNumber *result;

	deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, NULL, n);
	result = palloc(*n * sizeof(AttrNumber));
	for (int i = 0; i < *n; i++)
		result[i] = find_attribute(desc, TextDatumGetCString(elements[i]));
	return result;
}

static char *
copy_value(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

static Datum
copy_binary(int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column,
						 isnull);
}

/*
 * The status column and the value that means held, in the column's type.
 * Runs as the user: the type may be his.
 */
static void
find_status(Guard *guard, TupleDesc desc)
{
	Form_pg_attribute att;
	Oid			input;
	Oid			ioparam;

	guard->status = find_attribute(desc, guard->status_column);
	if (guard->status == InvalidAttrNumber)
		return;
	att = TupleDescAttr(desc, guard->status - 1);
	getTypeInputInfo(att->atttypid, &input, &ioparam);
	guard->held = OidInputFunctionCall(input, guard->held_value, ioparam,
									   att->atttypmod);
}

static GuardAction
parse_action(const char *word)
{
	return strcmp(word, "observe") == 0 ? GUARD_OBSERVE :
		strcmp(word, "alert") == 0 ? GUARD_ALERT :
		strcmp(word, "hold") == 0 ? GUARD_HOLD : GUARD_REJECT;
}

/*
 * Read the guard's row.  An error here is an error for the user: without its
 * row nobody knows what the guard should do.
 */
static void
read_guard(Guard *guard, TupleDesc desc)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {INT8OID};
	Datum		args[] = {Int64GetDatum(guard->guard_id)};
	bool		isnull;
	MemoryContext old;

	prepare_once(&plan,
				 "SELECT target::oid, key_columns, party_columns,"
				 " country_column, address_column, on_date_column, lists,"
				 " threshold, action, status_column, held_value,"
				 " released_value"
				 " FROM entity_screen.guard WHERE guard_id = $1",
				 lengthof(argtypes), argtypes);
	if (SPI_execute_plan(plan, args, NULL, true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("guard " INT64_FORMAT " does not exist",
						guard->guard_id),
				 errdetail("The table has the triggers of a guard, but entity_screen.guard has no row for it."),
				 errhint("Protect the table again: entity_screen.unprotect_table(), then entity_screen.protect_table().")));

	old = MemoryContextSwitchTo(guard->context);
	guard->target = DatumGetObjectId(copy_binary(1, &isnull));
	guard->keys = find_attributes(desc, copy_binary(2, &isnull),
								  &guard->nkeys);
	guard->parties = find_attributes(desc, copy_binary(3, &isnull),
									 &guard->nparties);
	guard->country = find_attribute(desc, copy_value(4));
	guard->address = find_attribute(desc, copy_value(5));
	guard->on_date = find_attribute(desc, copy_value(6));
	guard->lists = copy_binary(7, &guard->lists_null);
	if (!guard->lists_null)
		guard->lists = datumCopy(guard->lists, false, -1);
	guard->threshold = copy_binary(8, &guard->threshold_null);
	if (!guard->threshold_null)
		guard->threshold = datumCopy(guard->threshold, FLOAT8PASSBYVAL, 8);
	guard->action_name = copy_value(9);
	guard->action = parse_action(guard->action_name);
	guard->status_column = copy_value(10);
	guard->held_value = copy_value(11);
	guard->released_value = copy_value(12);
	MemoryContextSwitchTo(old);
}

/* The version of the lists in scope, for evidence and for the memo */
static void
read_list_version(Guard *guard)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTARRAYOID};
	Datum		args[] = {guard->scope->list_codes};
	bool		isnull;
	MemoryContext old;

	prepare_once(&plan,
				 "SELECT v, pg_catalog.encode(v, 'hex')"
				 " FROM entity_screen.version_of_lists($1) AS v",
				 lengthof(argtypes), argtypes);
	if (SPI_execute_plan(plan, args, NULL, true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not read the version of the lists");
	old = MemoryContextSwitchTo(guard->context);
	guard->list_version = copy_binary(1, &isnull);
	if (!isnull)
		guard->list_version = datumCopy(guard->list_version, false, -1);
	guard->has_list_version = !isnull;
	guard->list_version_text = copy_value(2);
	MemoryContextSwitchTo(old);
}

static void
read_scope(void *arg)
{
	Guard	   *guard = (Guard *) arg;

	guard->scope = resolve_scope(guard->lists, guard->lists_null,
								 guard->threshold, guard->threshold_null,
								 guard->context);
	read_list_version(guard);
}

/* Is the relation the guarded table, or one of its partitions? */
static bool
is_guarded_relation(Guard *guard, Relation rel)
{
	if (RelationGetRelid(rel) == guard->target)
		return true;
	return rel->rd_rel->relispartition &&
		list_member_oid(get_partition_ancestors(RelationGetRelid(rel)),
						guard->target);
}

/*
 * Read a guard for a statement on a relation.
 */
Guard *
read_guard_of(int64 guard_id, Relation rel, MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(context, "guard",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);
	Guard	   *guard = palloc0(sizeof(Guard));
	ExtensionEntry entry;

	guard->guard_id = guard_id;
	guard->context = own;
	enter_extension(&entry);
	SPI_connect();
	read_guard(guard, RelationGetDescr(rel));
	SPI_finish();
	leave_extension(&entry);
	if (!is_guarded_relation(guard, rel))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("guard " INT64_FORMAT " does not belong to table \"%s\"",
						guard_id, RelationGetRelationName(rel)),
				 errdetail("Its trigger was created by hand."),
				 errhint("Drop the trigger and use entity_screen.protect_table().")));
	find_status(guard, RelationGetDescr(rel));
	guard->target_name = quote_qualified_identifier(
													get_namespace_name(get_rel_namespace(guard->target)),
													get_rel_name(guard->target));
	guard->failure = run_guarded(read_scope, guard);
	MemoryContextSwitchTo(old);
	return guard;
}

/*
 * The guard of a trigger call, read once a statement.
 */
static Guard *
get_guard(FunctionCallInfo fcinfo)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Guard	   *guard = (Guard *) fcinfo->flinfo->fn_extra;

	if (guard == NULL)
	{
		guard = read_guard_of(pg_strtoint64(data->tg_trigger->tgargs[0]),
							  data->tg_relation, fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = guard;
	}
	return guard;
}

/* ------------------------------------------------------------------------
 * the row
 * ------------------------------------------------------------------------
 */

/*
 * A column as text, NULL when it is null or there is none.  Runs as the
 * user: the output function may be his.
 */
static char *
get_column(HeapTuple row, TupleDesc desc, AttrNumber attribute)
{
	bool		isnull;
	Datum		value;
	Oid			output;
	bool		is_varlena;

	if (attribute == InvalidAttrNumber)
		return NULL;
	value = heap_getattr(row, attribute, desc, &isnull);
	if (isnull)
		return NULL;
	getTypeOutputInfo(TupleDescAttr(desc, attribute - 1)->atttypid,
					  &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

/* The date of the row, by the type of its column */
static void
get_row_date(Guard *guard, HeapTuple row, TupleDesc desc,
			 ScreenQuestion *question)
{
	bool		isnull;
	Datum		value;
	Oid			type;

	if (guard->on_date == InvalidAttrNumber)
		return;
	value = heap_getattr(row, guard->on_date, desc, &isnull);
	if (isnull)
		return;
	type = getBaseType(TupleDescAttr(desc, guard->on_date - 1)->atttypid);
	if (type == TIMESTAMPTZOID)
	{
		question->has_moment = true;
		question->moment = DatumGetTimestampTz(value);
		return;
	}
	question->has_date = true;
	question->on_date = type == DATEOID ? DatumGetDateADT(value) :
		DatumGetDateADT(DirectFunctionCall1(timestamp_date, value));
}

static void
read_row(Guard *guard, HeapTuple row, TupleDesc desc, int party,
		 ScreenQuestion *question)
{
	memset(question, 0, sizeof(ScreenQuestion));
	question->party = get_column(row, desc, guard->parties[party]);
	question->country = get_column(row, desc, guard->country);
	question->address = get_column(row, desc, guard->address);
	get_row_date(guard, row, desc, question);
}

/* The key as evidence gives it: one value, or a JSON array of several */
static char *
get_row_key(Guard *guard, HeapTuple row, TupleDesc desc)
{
	StringInfoData key;

	if (guard->nkeys == 0)
		return NULL;
	if (guard->nkeys == 1)
		return get_column(row, desc, guard->keys[0]);
	initStringInfo(&key);
	for (int i = 0; i < guard->nkeys; i++)
	{
		char	   *value = get_column(row, desc, guard->keys[i]);

		appendStringInfoString(&key, i == 0 ? "[" : ", ");
		if (value)
			escape_json(&key, value);
		else
			appendStringInfoString(&key, "null");
	}
	appendStringInfoChar(&key, ']');
	return key.data;
}

static bool
is_same_value(HeapTuple a, HeapTuple b, TupleDesc desc, AttrNumber attribute)
{
	Form_pg_attribute att;
	bool		a_null;
	bool		b_null;
	Datum		a_value;
	Datum		b_value;

	if (attribute == InvalidAttrNumber)
		return true;
	a_value = heap_getattr(a, attribute, desc, &a_null);
	b_value = heap_getattr(b, attribute, desc, &b_null);
	if (a_null || b_null)
		return a_null && b_null;
	att = TupleDescAttr(desc, attribute - 1);
	return datum_image_eq(a_value, b_value, att->attbyval, att->attlen);
}

/* Did an update leave everything that is screened as it was? */
static bool
is_unchanged(Guard *guard, HeapTuple old_row, HeapTuple new_row,
			 TupleDesc desc)
{
	for (int i = 0; i < guard->nparties; i++)
	{
		if (!is_same_value(old_row, new_row, desc, guard->parties[i]))
			return false;
	}
	return is_same_value(old_row, new_row, desc, guard->country) &&
		is_same_value(old_row, new_row, desc, guard->address) &&
		is_same_value(old_row, new_row, desc, guard->on_date);
}

static bool
is_held(Guard *guard, HeapTuple row, TupleDesc desc)
{
	Form_pg_attribute att;
	bool		isnull;
	Datum		value;

	if (guard->action != GUARD_HOLD)
		return false;
	value = heap_getattr(row, guard->status, desc, &isnull);
	att = TupleDescAttr(desc, guard->status - 1);
	return !isnull &&
		datum_image_eq(value, guard->held, att->attbyval, att->attlen);
}

static HeapTuple
set_held(Guard *guard, HeapTuple row, TupleDesc desc)
{
	int			column = guard->status;
	bool		isnull = false;

	return heap_modify_tuple_by_cols(row, desc, 1, &column, &guard->held,
									 &isnull);
}

/* ------------------------------------------------------------------------
 * the decision
 * ------------------------------------------------------------------------
 */

/*
 * Decisions of this transaction, by everything they depend on: the guard,
 * the lists and their versions, thresholds, dates, and the party.  It only
 * saves guard_record() the second search.
 */
typedef struct MemoEntry
{
	uint64		hash;			/* dynahash key */
	char	   *question;		/* what was asked, in full */
	Decision	decision;
} MemoEntry;

static HTAB *memo = NULL;
static MemoryContext memo_context = NULL;

static void
forget_memo(void *arg)
{
	memo = NULL;
	memo_context = NULL;
}

static void
open_memo(void)
{
	HASHCTL		control = {0};
	MemoryContextCallback *callback;

	if (memo_context && MemoryContextMemAllocated(memo_context, true) > MEMO_BYTES)
		MemoryContextDelete(memo_context);
	if (memo)
		return;
	memo_context = AllocSetContextCreate(TopTransactionContext,
										 "guard decisions",
										 ALLOCSET_DEFAULT_SIZES);
	callback = MemoryContextAllocZero(memo_context,
									  sizeof(MemoryContextCallback));
	callback->func = forget_memo;
	MemoryContextRegisterResetCallback(memo_context, callback);
	control.keysize = sizeof(uint64);
	control.entrysize = sizeof(MemoEntry);
	control.hcxt = memo_context;
	memo = hash_create("guard decisions", 1024, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
append_part(StringInfo buf, const char *part)
{
	if (part)
		appendStringInfo(buf, "%zu:%s", strlen(part), part);
	appendStringInfoChar(buf, ';');
}

/* Everything the decision depends on, in one string */
static char *
describe_question(Guard *guard, const ScreenQuestion *question)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, INT64_FORMAT ";%d;%d;" INT64_FORMAT ";%.17g;",
					 guard->guard_id, question->has_date, question->on_date,
					 question->has_moment ? question->moment : 0,
					 guard->scope->lowest);
	appendStringInfo(&buf, "%d;", guard->scope->todays[0]);
	append_part(&buf, guard->list_version_text);
	append_part(&buf, question->party);
	append_part(&buf, question->country);
	append_part(&buf, question->address);
	return buf.data;
}

typedef struct DecisionRequest
{
	Guard	   *guard;
	const ScreenQuestion *question;
	Decision   *decision;
	MemoryContext context;		/* where the decision's values go */
} DecisionRequest;

static void
search_lists(void *arg)
{
	DecisionRequest *request = (DecisionRequest *) arg;
	Decision   *decision = request->decision;
	MemoryContext old;
	bool		isnull;

	find_guard_hits(request->guard->scope, request->question);
	decision->hit_count = DatumGetInt32(copy_binary(1, &isnull));
	if (decision->hit_count == 0)
		return;
	old = MemoryContextSwitchTo(request->context);
	decision->hits = datumCopy(copy_binary(2, &isnull), false, -1);
	decision->entry_ids = datumCopy(copy_binary(3, &isnull), false, -1);
	decision->best_score = DatumGetFloat8(copy_binary(4, &isnull));
	MemoryContextSwitchTo(old);
}

/*
 * Screen one party.  A blank party is nobody and is clear.
 */
static void
screen_question(Guard *guard, const ScreenQuestion *question,
				Decision *decision, MemoryContext context)
{
	DecisionRequest request = {guard, question, decision, context};
	char	   *failure = guard->failure;

	memset(decision, 0, sizeof(Decision));
	if (failure == NULL && !is_blank(question->party))
		failure = run_guarded(search_lists, &request);
	if (failure)
		decision->failure = MemoryContextStrdup(context, failure);
}

/*
 * The decision on one party of a row, from the memo if it is there.
 */
static Decision *
decide(Guard *guard, const ScreenQuestion *question)
{
	char	   *asked;
	uint64		hash;
	MemoEntry  *entry;
	bool		found;

	if (guard->failure || is_blank(question->party))
	{
		Decision   *decision = palloc(sizeof(Decision));

		screen_question(guard, question, decision, CurrentMemoryContext);
		return decision;
	}
	open_memo();
	asked = describe_question(guard, question);
	hash = hash_bytes_extended((const unsigned char *) asked, strlen(asked),
							   0);
	entry = hash_search(memo, &hash, HASH_FIND, NULL);
	if (entry && strcmp(entry->question, asked) == 0)
		return &entry->decision;
	{
		Decision	fresh;

		screen_question(guard, question, &fresh, memo_context);
		entry = hash_search(memo, &hash, HASH_ENTER, &found);
		entry->question = MemoryContextStrdup(memo_context, asked);
		entry->decision = fresh;
	}
	return &entry->decision;
}

static bool
needs_action(const Decision *decision)
{
	return decision->hit_count > 0 || decision->failure != NULL;
}

/*
 * Refuse a row.  The message says nothing about the lists: who stores orders
 * need not be allowed to see them.  The server log does.
 */
static void
reject_row(Guard *guard, const ScreenQuestion *question,
		   const Decision *decision, const char *key)
{
	ereport(LOG_SERVER_ONLY,
			(errmsg("entity_screen: guard " INT64_FORMAT " rejected a row of %s",
					guard->guard_id, guard->target_name),
			 errdetail_log("key: %s; party: %s; hits: %d; entries: %s; reason: %s",
						   key ? key : "none",
						   question->party ? question->party : "none",
						   decision->hit_count,
						   decision->hit_count > 0 ?
						   OidOutputFunctionCall(F_ARRAY_OUT,
												 decision->entry_ids) : "{}",
						   decision->failure ? decision->failure : "hit"),
			 errhidestmt(true)));
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

/* ------------------------------------------------------------------------
 * evidence
 * ------------------------------------------------------------------------
 */

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
#define EVENT_NARGS 20

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
	"WITH event AS (" INSERT_EVENT " RETURNING event_id, event_at)" \
	" INSERT INTO entity_screen.alert (event_id, guard_id, target," \
	" party_ref, party, entry_ids, best_score, alert_reason, opened_at)" \
	" SELECT event_id, $1, $2, $4, $6, $19, $20," \
	" CASE WHEN $14 OPERATOR(pg_catalog.>) 0 THEN 'hit'" \
	" ELSE 'not_screened' END, event_at FROM event"

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

/* Parameters 14 to 20: what was found, with what, for whom */
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
	args[17] = DirectFunctionCall1(namein,
								   CStringGetDatum(GetUserNameFromId(role, false)));
	args[18] = hit ? decision->entry_ids :
		PointerGetDatum(construct_empty_array(INT8OID));
	args[19] = Float8GetDatum(decision->best_score);
	nulls[19] = nulls[14];
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
		TEXTOID, TEXTOID, INT4OID, JSONBOID, FLOAT8OID, BYTEAOID, NAMEOID,
	INT8ARRAYOID, FLOAT8OID};
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
		prepare_once(&event_plan, INSERT_EVENT, EVENT_NARGS - 2, argtypes);
	if (SPI_execute_plan(plan, args, nulls, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not record the screening event");
	SPI_finish();
	leave_extension(&entry);
}

/* Evidence of the screening of one party of a stored row */
static void
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

static void
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

/* ------------------------------------------------------------------------
 * the triggers
 * ------------------------------------------------------------------------
 */

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

/*
 * guard_decide() - BEFORE INSERT OR UPDATE trigger of a guard
 *
 * Errors: SC002 for a rejected row, SC003 for an update that would let a
 * held row go.
 */
Datum
guard_decide(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Guard	   *guard;
	TupleDesc	desc;
	HeapTuple	row;
	HeapTuple	old_row;
	bool		hold = false;

	check_trigger_call(fcinfo, true);
	guard = get_guard(fcinfo);
	desc = RelationGetDescr(data->tg_relation);
	old_row = TRIGGER_FIRED_BY_UPDATE(data->tg_event) ?
		data->tg_trigtuple : NULL;
	row = old_row ? data->tg_newtuple : data->tg_trigtuple;

	if (old_row && is_unchanged(guard, old_row, row, desc))
	{
		check_still_held(guard, old_row, row, desc);
		return PointerGetDatum(row);
	}
	for (int i = 0; i < guard->nparties; i++)
	{
		ScreenQuestion question;
		Decision   *decision;

		read_row(guard, row, desc, i, &question);
		decision = decide(guard, &question);
		if (!needs_action(decision))
			continue;
		if (guard->action == GUARD_REJECT)
			reject_row(guard, &question, decision,
					   get_row_key(guard, row, desc));
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
verify_row(Guard *guard, HeapTuple row, TupleDesc desc,
		   const ScreenQuestion *question, const Decision *decision,
		   const char *key)
{
	if (!needs_action(decision))
		return;
	if (guard->action == GUARD_REJECT)
		reject_row(guard, question, decision, key);
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
	TriggerData *data = (TriggerData *) fcinfo->context;
	Guard	   *guard;
	TupleDesc	desc;
	HeapTuple	row;
	HeapTuple	old_row;
	char	   *key;

	check_trigger_call(fcinfo, false);
	guard = get_guard(fcinfo);
	desc = RelationGetDescr(data->tg_relation);
	old_row = TRIGGER_FIRED_BY_UPDATE(data->tg_event) ?
		data->tg_trigtuple : NULL;
	row = old_row ? data->tg_newtuple : data->tg_trigtuple;
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
		decision = decide(guard, &question);
		verify_row(guard, row, desc, &question, decision, key);
		record_screening(guard, desc, i, old_row != NULL, key, &question,
						 decision);
	}
	return PointerGetDatum(NULL);
}
