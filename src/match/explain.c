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
#include "utils/json.h"
#include "utils/jsonb.h"

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

static void
append_words(StringInfo out, const Side *side, int first, int count)
{
	appendStringInfoChar(out, '"');
	for (int i = first; i < first + count; i++)
		appendStringInfo(out, "%s%.*s", i > first ? " " : "",
						 side->tokens[i].length, side->tokens[i].letters);
	appendStringInfoChar(out, '"');
}

/* append_decimal - an integer in units of 1/scale */
static void
append_decimal(StringInfo out, const char *label, int value, int scale)
{
	int			digits = scale == SCORE_ONE ? 4 : 3;

	appendStringInfo(out, ", \"%s\": %d.%0*d", label, value / scale, digits,
					 value % scale);
}

/* append_word - a word, its kind and weight, and what it costs if left */
static void
append_word(StringInfo out, const Side *side, int i)
{
	const TokenView *token = &side->tokens[i];
	bool		met = side->met >> i & 1;

	appendStringInfoString(out, i > 0 ? ", {\"word\": " : "{\"word\": ");
	append_words(out, side, i, 1);
	appendStringInfo(out, ", \"kind\": \"%s\", \"weight\": %d, \"met\": %s",
					 tag_names[token->tag], token->weight,
					 met ? "true" : "false");
	if (!met)
		append_decimal(out, "left", leave_token(token), 1000);
	if (token->origin & ORIGIN_TRANSLITERATED)
		appendStringInfoString(out, ", \"transliterated\": true");
	if (token->origin & ORIGIN_CANONICAL)
		appendStringInfoString(out, ", \"canonical\": true");
	if (is_own(token))
		appendStringInfoString(out, ", \"acronym\": true");
	appendStringInfoChar(out, '}');
}

static void
append_name(StringInfo out, const Side *side)
{
	char	   *text = pnstrdup(side->view.text, side->view.text_length);

	appendStringInfoString(out, "{\"name\": ");
	escape_json(out, text);
	appendStringInfo(out, ", \"normal_form\": \"%.*s\", \"clipped\": %s, "
					 "\"lost_characters\": %s, \"mixed_scripts\": %s, "
					 "\"words\": [",
					 side->view.form_length, side->view.form,
					 side->view.flags & NAME_CLIPPED ? "true" : "false",
					 side->view.flags & NAME_LOST ? "true" : "false",
					 side->view.flags & NAME_MIXED ? "true" : "false");
	for (int i = 0; i < side->ntokens; i++)
		append_word(out, side, i);
	appendStringInfoString(out, "]}");
}

static void
append_matches(StringInfo out, const Alignment *alignment, const Side *a,
			   const Side *b)
{
	appendStringInfoString(out, ", \"met\": [");
	for (int i = 0; i < alignment->count; i++)
	{
		const WordMatch *match = &alignment->matches[i];

		appendStringInfoString(out, i > 0 ? ", {\"a\": " : "{\"a\": ");
		append_words(out, a, match->a_first, match->a_count);
		appendStringInfoString(out, ", \"b\": ");
		append_words(out, b, match->b_first, match->b_count);
		appendStringInfo(out, ", \"means\": \"%s\", \"weight\": %d, "
						 "\"credit\": %d.%03d}", means_names[match->means],
						 match->weight, match->credit / 1000,
						 match->credit % 1000);
	}
	appendStringInfoChar(out, ']');
}

/* append_unmet - words of one kind, or of all (TAG_NONE), without counterpart */
static int
append_unmet(StringInfo out, const Side *side, TokenTag tag,
			 const char *quote)
{
	int			count = 0;

	for (int i = 0; i < side->ntokens; i++)
	{
		const TokenView *token = &side->tokens[i];

		if (side->met >> i & 1 || token->weight == 0 ||
			(tag != TAG_NONE && token->tag != tag))
			continue;
		appendStringInfo(out, "%s%s%.*s%s", count++ > 0 ? ", " : "", quote,
						 token->length, token->letters, quote);
	}
	return count;
}

static void
append_missing(StringInfo out, const char *label, const Side *side)
{
	appendStringInfo(out, ", \"%s\": [", label);
	append_unmet(out, side, TAG_NONE, "\"");
	appendStringInfoChar(out, ']');
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
append_contradictions(StringInfo out, const MatchDetail *detail,
					  const Side *a, const Side *b)
{
	Contradiction list[NCONTRADICTIONS];
	bool		first = true;

	list_contradictions(detail, list);
	appendStringInfoString(out, ", \"contradictions\": [");
	for (int i = 0; i < NCONTRADICTIONS; i++)
	{
		if (list[i].factor == SCORE_ONE)
			continue;
		appendStringInfo(out, "%s{\"kind\": \"%s\", \"a\": [",
						 first ? "" : ", ", list[i].label);
		append_unmet(out, a, list[i].tag, "\"");
		appendStringInfoString(out, "], \"b\": [");
		append_unmet(out, b, list[i].tag, "\"");
		appendStringInfoChar(out, ']');
		append_decimal(out, "factor", list[i].factor, SCORE_ONE);
		appendStringInfoChar(out, '}');
		first = false;
	}
	appendStringInfoChar(out, ']');
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

/*
 * append_arithmetic - enough to compute the score again by hand, with the
 * formula at the head of similarity.c.
 */
static void
append_arithmetic(StringInfo out, const MatchDetail *detail, const Side *a,
				  const Side *b)
{
	int			left = sum_cost(a) + sum_cost(b);

	appendStringInfo(out, ", \"grams\": {\"shared\": %d, \"of\": %d",
					 2 * detail->gram_overlap, detail->gram_total);
	append_decimal(out, "trust", detail->gram_trust, SCORE_ONE);
	appendStringInfo(out, ", \"respelled\": %s, \"akin_weight\": [%d, %d], "
					 "\"core_weight\": [%d, %d]",
					 detail->respelled ? "true" : "false",
					 detail->swapped ? detail->b_akin : detail->a_akin,
					 detail->swapped ? detail->a_akin : detail->b_akin,
					 detail->swapped ? detail->b_core : detail->a_core,
					 detail->swapped ? detail->a_core : detail->b_core);
	append_decimal(out, "score", detail->gram_score, SCORE_ONE);
	appendStringInfo(out, "}, \"words\": {\"met\": %d.%03d",
					 detail->words.met / 1000, detail->words.met % 1000);
	append_decimal(out, "of", detail->words.full, 1000);
	append_decimal(out, "left", detail->words.left, 1000);
	if (left != detail->words.left)
	{
		append_decimal(out, "left_in_all", left, 1000);
		appendStringInfo(out, ", \"left_less\": \"%s\"", detail->covered ?
						 "stands in the other name" : "legal forms alone");
	}
	append_decimal(out, "score", detail->token_score, SCORE_ONE);
	appendStringInfoChar(out, '}');
	append_decimal(out, "numbers_contradict", detail->number_factor,
				   SCORE_ONE);
	append_decimal(out, "places_contradict", detail->place_factor, SCORE_ONE);
	append_decimal(out, "contradicting_weight", detail->contradiction, 1000);
	appendStringInfo(out, ", \"trusted_weight\": %d",
					 detail->trusted_weight);
	append_decimal(out, "cores_contradict", detail->core_factor, SCORE_ONE);
	append_decimal(out, "only_generic_words", detail->unnamed_factor,
				   SCORE_ONE);
	append_decimal(out, "one_changed_word", detail->edit_factor, SCORE_ONE);
	appendStringInfo(out, ", \"normalizer_version\": %d",
					 ENTITY_SCREEN_NORMALIZER_VERSION);
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
 * 33 % of core_weight in both names, and 0.85 of that where not respelled.
 */
Datum
entity_explain(PG_FUNCTION_ARGS)
{
	Side		a;
	Side		b;
	MatchDetail detail;
	StringInfoData out;

	open_pair(fcinfo, &a, &b, &detail);
	initStringInfo(&out);
	appendStringInfo(&out, "{\"score\": %d.%04d, \"equal\": %s, \"a\": ",
					 detail.score / SCORE_ONE, detail.score % SCORE_ONE,
					 detail.equal ? "true" : "false");
	append_name(&out, &a);
	appendStringInfoString(&out, ", \"b\": ");
	append_name(&out, &b);
	append_matches(&out, &detail.alignment, &a, &b);
	append_missing(&out, "missing_in_b", &a);
	append_missing(&out, "missing_in_a", &b);
	append_contradictions(&out, &detail, &a, &b);
	append_arithmetic(&out, &detail, &a, &b);
	appendStringInfoChar(&out, '}');
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in,
										CStringGetDatum(out.data)));
}

/* ---------- one line ---------- */

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
	if (append_unmet(&words, side, TAG_NONE, "\"") > 0)
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
		append_unmet(out, a, list[i].tag, "\"");
		appendStringInfoString(out, " / ");
		append_unmet(out, b, list[i].tag, "\"");
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
