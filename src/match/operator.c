/*-------------------------------------------------------------------------
 *
 * operator.c
 *	  The score as SQL functions and operators.
 *
 * Leak-proof: on names of the running normalizer version these functions
 * allocate nothing that depends on the values, call no ICU and raise no
 * error, out of memory and corrupt TOAST data aside, as texteq.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include "mb/pg_wchar.h"

PG_FUNCTION_INFO_V1(entity_similarity);
PG_FUNCTION_INFO_V1(entity_distance);
PG_FUNCTION_INFO_V1(entity_name_similar);
PG_FUNCTION_INFO_V1(entity_name_matches_query);
PG_FUNCTION_INFO_V1(entity_address_similarity);

#define MAX_ADDRESS_BYTES 16384
/* A packed name without its original text is never larger. */
#define MAX_PACKED_WORDS (PACKED_HEADER + MAX_TOKENS * \
						  (PACKED_TOKEN + MAX_LETTERS + 1) + 2 * MAX_GRAMS)

static int
score_arguments(FunctionCallInfo fcinfo)
{
	EntityName *a = PG_GETARG_ENTITY_NAME_P(0);
	EntityName *b = PG_GETARG_ENTITY_NAME_P(1);
	PackedName	a_view;
	PackedName	b_view;
	int			score;

	open_name(a, &a_view);
	open_name(b, &b_view);
	score = score_names(&a_view, &b_view, NULL);
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return score;
}

/* entity_similarity(a, b) - 0 to 1 in steps of 1/10000; symmetric. */
Datum
entity_similarity(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(score_arguments(fcinfo) / (double) SCORE_ONE);
}

/* a <-> b - 1 - similarity. */
Datum
entity_distance(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8((SCORE_ONE - score_arguments(fcinfo)) /
					 (double) SCORE_ONE);
}

/* a % b - similarity of at least the setting entity_screen.threshold. */
Datum
entity_name_similar(PG_FUNCTION_ARGS)
{
	EntityName *a = PG_GETARG_ENTITY_NAME_P(0);
	EntityName *b = PG_GETARG_ENTITY_NAME_P(1);
	PackedName	a_view;
	PackedName	b_view;
	bool		similar;

	open_name(a, &a_view);
	open_name(b, &b_view);
	similar = names_reach(&a_view, &b_view, threshold_setting);
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	PG_RETURN_BOOL(similar);
}

/* a @@ query - similarity of at least the query's own threshold. */
Datum
entity_name_matches_query(PG_FUNCTION_ARGS)
{
	EntityName *name = PG_GETARG_ENTITY_NAME_P(0);
	PackedName	view;
	EntityQuery query;
	bool		matches;

	open_name(name, &view);
	open_query(PG_GETARG_DATUM(1), &query);
	matches = names_reach(&view, &query.name, query.threshold);
	PG_FREE_IF_COPY(name, 0);
	PG_RETURN_BOOL(matches);
}

/* pack_address - an address as words; text beyond 16 kB takes no part. */
static void
pack_address(text *address, unsigned char *bytes, PackedName *view)
{
	char	   *letters = VARDATA_ANY(address);
	int			length = pg_mbcliplen(letters, VARSIZE_ANY_EXHDR(address),
									  MAX_ADDRESS_BYTES);
	NormalName	normal;

	normalize_server_text(letters, length, &normal);
	view_name(bytes, pack_name(&normal, "", 0, bytes), view);
}

/*
 * entity_address_similarity(a, b) - likeness of two postal addresses, 0 to 1
 * in steps of 1/10000; symmetric; raises no error.
 */
Datum
entity_address_similarity(PG_FUNCTION_ARGS)
{
	unsigned char a_bytes[MAX_PACKED_WORDS];
	unsigned char b_bytes[MAX_PACKED_WORDS];
	PackedName	a;
	PackedName	b;

	pack_address(PG_GETARG_TEXT_PP(0), a_bytes, &a);
	pack_address(PG_GETARG_TEXT_PP(1), b_bytes, &b);
	PG_RETURN_FLOAT8(score_addresses(&a, &b) / (double) SCORE_ONE);
}
