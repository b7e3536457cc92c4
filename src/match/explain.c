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

static const char *const tag_names[] = {
	"core", "generic", "place", "number", "legal", "stop"
};

static const char *const means_names[] = {
	"equal", "edit", "joined", "initials"
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

static void
append_name(StringInfo out, const Side *side)
{
	char	   *text = pnstrdup(side->view.text, side->view.text_length);

	appendStringInfoString(out, "{\"name\": ");
	escape_json(out, text);
	appendStringInfo(out, ", \"normal_form\": \"%.*s\", \"clipped\": %s, "
					 "\"lost_characters\": %s, \"words\": [",
					 side->view.form_length, side->view.form,
					 side->view.flags & NAME_CLIPPED ? "true" : "false",
					 side->view.flags & NAME_LOST ? "true" : "false");
	for (int i = 0; i < side->ntokens; i++)
	{
		const TokenView *token = &side->tokens[i];

		appendStringInfoString(out, i > 0 ? ", {\"word\": " : "{\"word\": ");
		append_words(out, side, i, 1);
		appendStringInfo(out, ", \"kind\": \"%s\", \"weight\": %d",
						 tag_names[token->tag], token->weight);
		if (token->origin & ORIGIN_TRANSLITERATED)
			appendStringInfoString(out, ", \"transliterated\": true");
		if (token->origin & ORIGIN_CANONICAL)
			appendStringInfoString(out, ", \"canonical\": true");
		appendStringInfoChar(out, '}');
	}
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

static void
append_missing(StringInfo out, const char *label, const Side *side)
{
	bool		first = true;

	appendStringInfo(out, ", \"%s\": [", label);
	for (int i = 0; i < side->ntokens; i++)
	{
		if (side->met >> i & 1 || side->tokens[i].weight == 0)
			continue;
		if (!first)
			appendStringInfoString(out, ", ");
		append_words(out, side, i, 1);
		first = false;
	}
	appendStringInfoChar(out, ']');
}

static void
append_fraction(StringInfo out, const char *label, int value)
{
	appendStringInfo(out, ", \"%s\": %d.%04d", label, value / SCORE_ONE,
					 value % SCORE_ONE);
}

/* append_arithmetic - enough to compute the score again by hand. */
static void
append_arithmetic(StringInfo out, const MatchDetail *detail)
{
	appendStringInfo(out, ", \"grams\": {\"shared\": %d, \"of\": %d",
					 2 * detail->gram_overlap, detail->gram_total);
	append_fraction(out, "score", detail->gram_score);
	appendStringInfo(out, "}, \"words\": {\"met\": %d, \"of\": %d",
					 detail->met_weight, detail->full_weight);
	append_fraction(out, "score", detail->token_score);
	appendStringInfoChar(out, '}');
	append_fraction(out, "core", detail->core_score);
	append_fraction(out, "numbers_contradict", detail->number_factor);
	append_fraction(out, "places_contradict", detail->place_factor);
	append_fraction(out, "cores_contradict", detail->core_factor);
	appendStringInfo(out, ", \"normalizer_version\": %d",
					 ENTITY_SCREEN_NORMALIZER_VERSION);
}

/*
 * entity_explain(a, b) - jsonb: both names as they were read, the words that
 * met and by what means, the words that did not, and the arithmetic: score =
 * the largest of grams.score, words.score and core, times each contradiction.
 */
Datum
entity_explain(PG_FUNCTION_ARGS)
{
	Side		sides[2];
	Side	   *a = &sides[0];
	Side	   *b = &sides[1];
	MatchDetail detail;
	StringInfoData out;

	open_side(PG_GETARG_ENTITY_NAME_P(0), a);
	open_side(PG_GETARG_ENTITY_NAME_P(1), b);
	score_names(&a->view, &b->view, &detail);
	if (detail.swapped)
	{
		a = &sides[1];
		b = &sides[0];
	}
	a->met = detail.alignment.a_met;
	b->met = detail.alignment.b_met;
	initStringInfo(&out);
	appendStringInfo(&out, "{\"score\": %d.%04d, \"equal\": %s, \"a\": ",
					 detail.score / SCORE_ONE, detail.score % SCORE_ONE,
					 detail.equal ? "true" : "false");
	append_name(&out, a);
	appendStringInfoString(&out, ", \"b\": ");
	append_name(&out, b);
	append_matches(&out, &detail.alignment, a, b);
	append_missing(&out, "missing_in_b", a);
	append_missing(&out, "missing_in_a", b);
	append_arithmetic(&out, &detail);
	appendStringInfoChar(&out, '}');
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in,
										CStringGetDatum(out.data)));
}
