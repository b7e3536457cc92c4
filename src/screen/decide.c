/*-------------------------------------------------------------------------
 *
 * decide.c
 *	  What a guard decides about one party.
 *
 * The decision is a function of the guard, the lists and the party.  It is
 * kept for the rest of the transaction, so that guard_record() need not
 * search again for what guard_decide() has found.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "guard.h"
#include "query.h"

/*
 * Why a party without a letter or digit could not be screened: often a name
 * whose characters were lost on the way ("????").
 */
#define UNREADABLE_PARTY "unreadable_party"

/* Decisions kept for guard_record(); above this it screens again. */
#define MEMO_BYTES	(64 * 1024 * 1024)

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
	appendStringInfo(&buf, INT64_FORMAT ";" INT64_FORMAT ";" INT64_FORMAT
					 ";%d;%d;%d;" INT64_FORMAT ";", guard->guard_id,
					 guard->context_id, guard->policy_id,
					 question->has_date, question->on_date,
					 question->has_moment, question->moment);
	append_part(&buf, guard->scope->fingerprint);
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

/* Has somebody said who owns the party of this name? */
static bool
has_owner(const char *party)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtypes[] = {TEXTOID};
	Datum		args[] = {CStringGetTextDatum(party)};

	prepare_once(&plan,
				 "SELECT FROM entity_screen.party_owner o"
				 " WHERE o.party_ref IS NULL"
				 " AND entity_screen.normal_form_of(o.party)"
				 " OPERATOR(pg_catalog.=) entity_screen.normal_form_of($1)",
				 lengthof(argtypes), argtypes);
	return select_rows(plan, args, NULL, true, 1) > 0;
}

/*
 * Is nothing left of the party in its normal form?  A letter or digit of
 * ASCII always is; for the rest the normalizer is asked.
 */
static bool
is_keyless(const char *party)
{
	text	   *form;

	for (const char *c = party; *c; c++)
	{
		if ((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
			(*c >= 'a' && *c <= 'z'))
			return false;
	}
	form = DatumGetTextPP(DirectFunctionCall1(entity_normal_form,
											  PointerGetDatum(make_name(party, strlen(party)))));
	return VARSIZE_ANY_EXHDR(form) == 0;
}

static void
search_lists(void *arg)
{
	DecisionRequest *request = (DecisionRequest *) arg;
	Decision   *decision = request->decision;
	MemoryContext old;
	const ScreenQuestion *question = request->question;
	Datum		names;
	bool		isnull;

	if (!find_names(request->guard->scope, question, &names) &&
		is_blank(question->address) &&
		!(request->guard->has_named_owners && has_owner(question->party)))
	{
		if (is_keyless(question->party))
			decision->failure = UNREADABLE_PARTY;
		return;
	}
	find_guard_hits(request->guard->scope, question, names);
	decision->hit_count = DatumGetInt32(get_result(1, &isnull));
	if (decision->hit_count == 0)
	{
		if (DatumGetBool(get_result(5, &isnull)))
			decision->failure = UNREADABLE_PARTY;
		return;
	}
	old = MemoryContextSwitchTo(request->context);
	decision->hits = datumCopy(get_result(2, &isnull), false, -1);
	decision->entry_ids = datumCopy(get_result(3, &isnull), false, -1);
	decision->best_score = DatumGetFloat8(get_result(4, &isnull));
	MemoryContextSwitchTo(old);
}

/*
 * Screen one party.  A null or blank party is nobody and is clear: columns
 * for a consignee or an agent are often empty, and a party that is filled in
 * later is screened then.  Any other text that nothing can be read from is
 * not screened.
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

/* Keep a fresh decision */
static Decision *
remember(uint64 hash, const char *asked, const Decision *decision)
{
	bool		found;
	MemoEntry  *entry = hash_search(memo, &hash, HASH_ENTER, &found);

	entry->question = MemoryContextStrdup(memo_context, asked);
	entry->decision = *decision;
	return &entry->decision;
}

/*
 * What the lists say of one party of a row, from the memo if it is there.
 */
static Decision *
decide(Guard *guard, const ScreenQuestion *question)
{
	Decision	fresh;
	MemoEntry  *entry;
	char	   *asked;
	uint64		hash;

	if (guard->failure || is_blank(question->party))
	{
		Decision   *result = palloc(sizeof(Decision));

		screen_question(guard, question, result, CurrentMemoryContext);
		return result;
	}
	open_memo();
	asked = describe_question(guard, question);
	hash = hash_bytes_extended((const unsigned char *) asked, strlen(asked),
							   0);
	entry = hash_search(memo, &hash, HASH_FIND, NULL);
	if (entry && strcmp(entry->question, asked) == 0)
		return &entry->decision;
	screen_question(guard, question, &fresh, memo_context);
	return remember(hash, asked, &fresh);
}

typedef struct ExceptionRequest
{
	Guard	   *guard;
	const ScreenQuestion *question;
	const char *key;
	const char *party_column;
	Decision   *decision;
	MemoryContext context;
} ExceptionRequest;

/*
 * Read-only, so with the snapshot of the statement: guard_record() sees the
 * exceptions that guard_decide() saw.
 */
static void
search_exceptions(void *arg)
{
	static SPIPlanPtr plan = NULL;
	ExceptionRequest *request = (ExceptionRequest *) arg;
	const ScreenQuestion *question = request->question;
	Oid			argtypes[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
	TEXTOID, JSONBOID};
	Datum		args[lengthof(argtypes)];
	char		nulls[lengthof(argtypes)];
	MemoryContext old;
	bool		isnull;

	put_text(args, nulls, 0, request->guard->target_name);
	put_text(args, nulls, 1, request->key);
	put_text(args, nulls, 2, request->party_column);
	put_text(args, nulls, 3, question->party);
	put_text(args, nulls, 4, question->country);
	put_text(args, nulls, 5, question->address);
	args[6] = request->decision->hits;
	nulls[6] = ' ';
	prepare_once(&plan,
				 "SELECT s, (SELECT pg_catalog.count(*)::pg_catalog.int4"
				 " FROM pg_catalog.jsonb_array_elements(s) AS h (hit)"
				 " WHERE h.hit OPERATOR(pg_catalog.?) 'suppressed_by')"
				 " FROM entity_screen.suppress_hits($1, $2, $3, $4, $5, $6,"
				 " $7) AS s",
				 lengthof(argtypes), argtypes);
	select_row(plan, args, nulls, true, "the exceptions");
	old = MemoryContextSwitchTo(request->context);
	request->decision->hits = datumCopy(get_result(1, &isnull), false, -1);
	request->decision->suppressed_count =
		DatumGetInt32(get_result(2, &isnull));
	MemoryContextSwitchTo(old);
}

/*
 * The decision on one party of a row with this key.  Hits that an approved
 * exception covers stay in it, marked, and need no action.  An error there
 * leaves them unmarked.
 */
Decision *
decide_row(Guard *guard, const ScreenQuestion *question, const char *key,
		   const char *party_column)
{
	Decision   *decision = decide(guard, question);
	Decision   *result;
	ExceptionRequest request;

	if (decision->hit_count == 0)
		return decision;
	result = palloc(sizeof(Decision));
	*result = *decision;
	request.guard = guard;
	request.question = question;
	request.key = key;
	request.party_column = party_column;
	request.decision = result;
	request.context = CurrentMemoryContext;
	(void) run_guarded(search_exceptions, &request);
	return result;
}

/* Is there a hit that no exception covers, or a failure? */
bool
needs_action(const Decision *decision)
{
	return decision->hit_count > decision->suppressed_count ||
		decision->failure != NULL;
}
