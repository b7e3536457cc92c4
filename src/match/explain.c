/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  Why a score is what it is, as jsonb.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(entity_explain);
PG_FUNCTION_INFO_V1(entity_explain_text);

static const char *const tag_names[] = {
	"core", "generic", "place", "number", "legal", "stop"
};

static const char *const means_names[] = {
	"equal", "edit", "two edits", "sound", "joined", "initials"
};

/* One of the two names with its tokens. */
typedef struct Side
{
	PackedName	view;
	int			ntokens;
	TokenView	tokens[MAX_TOKENS];
	uint32_t	met;
} Side;

static void
open_side(EntityName *name, Side *side)
{
	open_name(name, &side->view);
	side->ntokens = view_tokens(&side->view, side->tokens);
}

/* ---------- jsonb ---------- */

static void
push_string(JsonState *json, JsonbIteratorToken what, const char *text,
			int length)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = length;
	PUSH_JSON(json, what, &value);
}

static void
push_key(JsonState *json, const char *key)
{
	push_string(json, WJB_KEY, key, strlen(key));
}

/* Begin an array or object, the value of a key */
static void
open_at(JsonState *json, const char *key, JsonbIteratorToken what)
{
	push_key(json, key);
	PUSH_JSON(json, what, NULL);
}

static void
add_bool(JsonState *json, const char *key, bool value)
{
	JsonbValue	boolean;

	push_key(json, key);
	boolean.type = jbvBool;
	boolean.val.boolean = value;
	PUSH_JSON(json, WJB_VALUE, &boolean);
}

static void
add_text(JsonState *json, const char *key, const char *text, int length)
{
	push_key(json, key);
	push_string(json, WJB_VALUE, text, length);
}

static void
add_label(JsonState *json, const char *key, const char *label)
{
	add_text(json, key, label, strlen(label));
}

static void
push_numeric(JsonState *json, JsonbIteratorToken what, Numeric number)
{
	JsonbValue	value;

	value.type = jbvNumeric;
	value.val.numeric = number;
	PUSH_JSON(json, what, &value);
}

static void
add_int(JsonState *json, const char *key, int number)
{
	push_key(json, key);
	push_numeric(json, WJB_VALUE, int64_to_numeric(number));
}

/* add_decimal - an integer in units of 1/scale */
static void
add_decimal(JsonState *json, const char *key, int value, int scale)
{
	push_key(json, key);
	push_numeric(json, WJB_VALUE,
				 int64_div_fast_to_numeric(value,
										   scale == SCORE_ONE ? 4 : 3));
}

/* add_words - words of a name that stand side by side, as one string */
static void
add_words(JsonState *json, const char *key, const Side *side, int first,
		  int count)
{
	StringInfoData words;

	if (count == 1)
	{
		add_text(json, key, side->tokens[first].letters,
				 side->tokens[first].length);
		return;
	}
	initStringInfo(&words);
	for (int i = first; i < first + count; i++)
	{
		if (i > first)
			appendStringInfoChar(&words, ' ');
		appendBinaryStringInfo(&words, side->tokens[i].letters,
							   side->tokens[i].length);
	}
	add_text(json, key, words.data, words.len);
}

/* add_word - a word, its kind and weight, and what it costs if left */
static void
add_word(JsonState *json, const Side *side, int i)
{
	const TokenView *token = &side->tokens[i];
	bool		met = side->met >> i & 1;

	PUSH_JSON(json, WJB_BEGIN_OBJECT, NULL);
	add_words(json, "word", side, i, 1);
	add_label(json, "kind", tag_names[token->tag]);
	add_int(json, "weight", token->weight);
	add_bool(json, "met", met);
	if (!met)
		add_decimal(json, "left", leave_token(token), 1000);
	if (token->origin & ORIGIN_TRANSLITERATED)
		add_bool(json, "transliterated", true);
	if (token->origin & ORIGIN_CANONICAL)
		add_bool(json, "canonical", true);
	if (is_own(token))
		add_bool(json, "acronym", true);
	PUSH_JSON(json, WJB_END_OBJECT, NULL);
}

static void
add_name(JsonState *json, const char *key, const Side *side)
{
	open_at(json, key, WJB_BEGIN_OBJECT);
	add_text(json, "name", side->view.text, side->view.text_length);
	add_text(json, "normal_form", side->view.form, side->view.form_length);
	add_bool(json, "clipped", side->view.flags & NAME_CLIPPED);
	add_bool(json, "lost_characters", side->view.flags & NAME_LOST);
	add_bool(json, "mixed_scripts", side->view.flags & NAME_MIXED);
	open_at(json, "words", WJB_BEGIN_ARRAY);
	for (int i = 0; i < side->ntokens; i++)
		add_word(json, side, i);
	PUSH_JSON(json, WJB_END_ARRAY, NULL);
	PUSH_JSON(json, WJB_END_OBJECT, NULL);
}

static void
add_matches(JsonState *json, const Alignment *alignment, const Side *a,
			const Side *b)
{
	open_at(json, "met", WJB_BEGIN_ARRAY);
	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];

		PUSH_JSON(json, WJB_BEGIN_OBJECT, NULL);
		add_words(json, "a", a, match->a_first, match->a_count);
		add_words(json, "b", b, match->b_first, match->b_count);
		add_label(json, "means", means_names[match->means]);
		add_int(json, "weight", match->weight);
		add_decimal(json, "credit", match->credit, 1000);
		PUSH_JSON(json, WJB_END_OBJECT, NULL);
	}
	PUSH_JSON(json, WJB_END_ARRAY, NULL);
}

/* Is this a word of the kind, or of any (TAG_NONE), without counterpart? */
static bool
is_unmet(const Side *side, int i, TokenTag tag)
{
	const TokenView *token = &side->tokens[i];

	return !(side->met >> i & 1) && token->weight != 0 &&
		(tag == TAG_NONE || token->tag == tag);
}

static void
add_unmet(JsonState *json, const char *key, const Side *side, TokenTag tag)
{
	open_at(json, key, WJB_BEGIN_ARRAY);
	for (int i = 0; i < side->ntokens; i++)
	{
		if (is_unmet(side, i, tag))
			push_string(json, WJB_ELEM, side->tokens[i].letters,
						side->tokens[i].length);
	}
	PUSH_JSON(json, WJB_END_ARRAY, NULL);
}

/* What may contradict: the kind of word, what to call it, its factor. */
typedef struct Contradiction
{
	TokenTag	tag;
	const char *label;
	int			factor;
} Contradiction;

#define NCONTRADICTIONS 3

static void
list_contradictions(const MatchDetail *detail, Contradiction *list)
{
	list[0] = (Contradiction) {TAG_NUMBER, "number", detail->number_factor};
	list[1] = (Contradiction) {TAG_PLACE, "place", detail->place_factor};
	list[2] = (Contradiction) {TAG_CORE, "core", detail->core_factor};
}

static void
add_contradictions(JsonState *json, const MatchDetail *detail, const Side *a,
				   const Side *b)
{
	Contradiction list[NCONTRADICTIONS];

	list_contradictions(detail, list);
	open_at(json, "contradictions", WJB_BEGIN_ARRAY);
	for (int i = 0; i < NCONTRADICTIONS; i++)
	{
		if (list[i].factor == SCORE_ONE)
			continue;
		PUSH_JSON(json, WJB_BEGIN_OBJECT, NULL);
		add_label(json, "kind", list[i].label);
		add_unmet(json, "a", a, list[i].tag);
		add_unmet(json, "b", b, list[i].tag);
		add_decimal(json, "factor", list[i].factor, SCORE_ONE);
		PUSH_JSON(json, WJB_END_OBJECT, NULL);
	}
	PUSH_JSON(json, WJB_END_ARRAY, NULL);
}

/* sum_cost - what the words of one name cost that did not meet */
static int
sum_cost(const Side *side)
{
	int			sum = 0;

	for (int i = 0; i < side->ntokens; i++)
		sum += side->met >> i & 1 ? 0 : leave_token(&side->tokens[i]);
	return sum;
}

/* add_pair - two numbers, in the order of the names */
static void
add_pair(JsonState *json, const char *key, int first, int second, bool swapped)
{
	open_at(json, key, WJB_BEGIN_ARRAY);
	push_numeric(json, WJB_ELEM, int64_to_numeric(swapped ? second : first));
	push_numeric(json, WJB_ELEM, int64_to_numeric(swapped ? first : second));
	PUSH_JSON(json, WJB_END_ARRAY, NULL);
}

static void
add_grams(JsonState *json, const MatchDetail *detail)
{
	open_at(json, "grams", WJB_BEGIN_OBJECT);
	add_int(json, "shared", 2 * detail->gram_overlap);
	add_int(json, "of", detail->gram_total);
	add_decimal(json, "trust", detail->gram_trust, SCORE_ONE);
	add_bool(json, "respelled", detail->respelled);
	add_pair(json, "akin_weight", detail->a_akin, detail->b_akin,
			 detail->swapped);
	add_pair(json, "core_weight", detail->a_core, detail->b_core,
			 detail->swapped);
	add_decimal(json, "score", detail->gram_score, SCORE_ONE);
	PUSH_JSON(json, WJB_END_OBJECT, NULL);
}

static void
add_word_score(JsonState *json, const MatchDetail *detail, int left)
{
	open_at(json, "words", WJB_BEGIN_OBJECT);
	add_decimal(json, "met", detail->words.met, 1000);
	add_decimal(json, "of", detail->words.full, 1000);
	add_decimal(json, "left", detail->words.left, 1000);
	if (left != detail->words.left)
	{
		add_decimal(json, "left_in_all", left, 1000);
		add_label(json, "left_less", detail->covered ?
				  "stands in the other name" : "legal forms alone");
	}
	add_decimal(json, "score", detail->token_score, SCORE_ONE);
	PUSH_JSON(json, WJB_END_OBJECT, NULL);
}

/*
 * add_arithmetic - enough to compute the score again by hand, with the
 * formula at the head of similarity.c.
 */
static void
add_arithmetic(JsonState *json, const MatchDetail *detail, const Side *a,
			   const Side *b)
{
	add_grams(json, detail);
	add_word_score(json, detail, sum_cost(a) + sum_cost(b));
	add_decimal(json, "numbers_contradict", detail->number_factor, SCORE_ONE);
	add_decimal(json, "places_contradict", detail->place_factor, SCORE_ONE);
	add_decimal(json, "contradicting_weight", detail->contradiction, 1000);
	add_int(json, "trusted_weight", detail->trusted_weight);
	add_decimal(json, "cores_contradict", detail->core_factor, SCORE_ONE);
	add_decimal(json, "only_generic_words", detail->unnamed_factor,
				SCORE_ONE);
	add_decimal(json, "one_changed_word", detail->edit_factor, SCORE_ONE);
	add_int(json, "normalizer_version", ENTITY_SCREEN_NORMALIZER_VERSION);
}

/* turn_alignment - the sides of an alignment of names in the other order */
static void
turn_alignment(Alignment *alignment)
{
	uint32_t	met = alignment->a_met;

	alignment->a_met = alignment->b_met;
	alignment->b_met = met;
	for (int i = 0; i < alignment->count; i++)
	{
		WordMatch  *match = &alignment->matches[i];
		WordMatch	turned = *match;

		turned.a_first = match->b_first;
		turned.a_count = match->b_count;
		turned.b_first = match->a_first;
		turned.b_count = match->a_count;
		*match = turned;
	}
}

/* open_pair - the two arguments and what their score is made of */
static void
open_pair(FunctionCallInfo fcinfo, Side *a, Side *b, MatchDetail *detail)
{
	open_side(PG_GETARG_ENTITY_NAME_P(0), a);
	open_side(PG_GETARG_ENTITY_NAME_P(1), b);
	score_names(&a->view, &b->view, detail);
	if (detail->swapped)
		turn_alignment(&detail->alignment);
	a->met = detail->alignment.a_met;
	b->met = detail->alignment.b_met;
}

/*
 * entity_explain(a, b) - jsonb: both names as they were read, the words that
 * met and by what means, the words that did not, what contradicts, and the
 * arithmetic: score = the larger of words.score and grams.score, each times
 * numbers_contradict, places_contradict, cores_contradict,
 * only_generic_words and one_changed_word; of the latter product only a
 * tenth counts of what is beyond 0.65.  grams.score is 0 unless akin_weight is
 * 10 and 33 % of core_weight in both names, and 0.85 of that where not respelled.
 */
Datum
entity_explain(PG_FUNCTION_ARGS)
{
	Side		a;
	Side		b;
	MatchDetail detail;
	JsonState	json = {0};

	open_pair(fcinfo, &a, &b, &detail);
	PUSH_JSON(&json, WJB_BEGIN_OBJECT, NULL);
	add_decimal(&json, "score", detail.score, SCORE_ONE);
	add_bool(&json, "equal", detail.equal);
	add_name(&json, "a", &a);
	add_name(&json, "b", &b);
	add_matches(&json, &detail.alignment, &a, &b);
	add_unmet(&json, "missing_in_b", &a, TAG_NONE);
	add_unmet(&json, "missing_in_a", &b, TAG_NONE);
	add_contradictions(&json, &detail, &a, &b);
	add_arithmetic(&json, &detail, &a, &b);
	PUSH_JSON(&json, WJB_END_OBJECT, NULL);
	PG_RETURN_JSONB_P(JsonbValueToJsonb(json.result));
}

/* ---------- one line ---------- */

static void
append_words(StringInfo out, const Side *side, int first, int count)
{
	appendStringInfoChar(out, '"');
	for (int i = first; i < first + count; i++)
		appendStringInfo(out, "%s%.*s", i > first ? " " : "",
						 side->tokens[i].length, side->tokens[i].letters);
	appendStringInfoChar(out, '"');
}

/* append_unmet - words of one kind, or of all (TAG_NONE), without counterpart */
static int
append_unmet(StringInfo out, const Side *side, TokenTag tag)
{
	int			count = 0;

	for (int i = 0; i < side->ntokens; i++)
	{
		if (!is_unmet(side, i, tag))
			continue;
		appendStringInfo(out, "%s\"%.*s\"", count++ > 0 ? ", " : "",
						 side->tokens[i].length, side->tokens[i].letters);
	}
	return count;
}

static void
say_matches(StringInfo out, const Alignment *alignment, const Side *a,
			const Side *b)
{
	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];

		appendStringInfoString(out, i > 0 ? ", " : "; met: ");
		append_words(out, a, match->a_first, match->a_count);
		if (match->means == MEANS_EQUAL)
			continue;
		appendStringInfoString(out, " as ");
		append_words(out, b, match->b_first, match->b_count);
		appendStringInfo(out, " (%s)", means_names[match->means]);
	}
}

static void
say_unmet(StringInfo out, const char *label, const Side *side)
{
	StringInfoData words;

	initStringInfo(&words);
	if (append_unmet(&words, side, TAG_NONE) > 0)
		appendStringInfo(out, "; only in %s: %s", label, words.data);
}

static void
say_contradictions(StringInfo out, const MatchDetail *detail, const Side *a,
				   const Side *b)
{
	Contradiction list[NCONTRADICTIONS];

	list_contradictions(detail, list);
	for (int i = 0; i < NCONTRADICTIONS; i++)
	{
		if (list[i].factor == SCORE_ONE)
			continue;
		appendStringInfo(out, "; %s against: ", list[i].label);
		append_unmet(out, a, list[i].tag);
		appendStringInfoString(out, " / ");
		append_unmet(out, b, list[i].tag);
	}
	if (detail->unnamed_factor < SCORE_ONE)
		appendStringInfoString(out, "; only generic words met");
	if (detail->edit_factor < SCORE_ONE)
		appendStringInfoString(out, "; the one word that met is changed");
}

/*
 * entity_explain_text(a, b) - the explanation as one line for people: the
 * score, the words that met and how, those that did not, and what
 * contradicts.
 */
Datum
entity_explain_text(PG_FUNCTION_ARGS)
{
	Side		a;
	Side		b;
	MatchDetail detail;
	StringInfoData out;

	open_pair(fcinfo, &a, &b, &detail);
	initStringInfo(&out);
	appendStringInfo(&out, "%d.%04d", detail.score / SCORE_ONE,
					 detail.score % SCORE_ONE);
	if (detail.score == SCORE_ONE)
		appendStringInfoString(&out, "; the same name");
	else
	{
		if (detail.gram_score > detail.token_score)
			appendStringInfoString(&out, "; by letters");
		say_matches(&out, &detail.alignment, &a, &b);
		say_unmet(&out, "a", &a);
		say_unmet(&out, "b", &b);
		say_contradictions(&out, &detail, &a, &b);
	}
	if ((a.view.flags | b.view.flags) & NAME_MIXED)
		appendStringInfoString(&out, "; letters of two scripts in one word");
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
