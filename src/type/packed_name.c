/*-------------------------------------------------------------------------
 *
 * packed_name.c
 *	  Tokens to stored bytes and back.
 *
 *-------------------------------------------------------------------------
 */
#include "packed_name.h"

#include <stdlib.h>
#include <string.h>

static void
write_uint16(uint8_t *bytes, unsigned value)
{
	bytes[0] = (uint8_t) value;
	bytes[1] = (uint8_t) (value >> 8);
}

static int
form_length(const NormalName *name)
{
	int			length = name->ntokens > 0 ? name->ntokens - 1 : 0;

	for (int i = 0; i < name->ntokens; i++)
		length += name->tokens[i].length;
	return length;
}

/*
 * Legal forms and stop words do not take part in the joined core, and neither
 * do acronyms of it.
 */
static bool
is_joined(const NameToken *token)
{
	return token->tag != TAG_LEGAL && token->tag != TAG_STOP &&
		!(token->origin & ORIGIN_ACRONYM);
}

static int
joined_length(const NormalName *name)
{
	int			length = 0;

	for (int i = 0; i < name->ntokens; i++)
		if (is_joined(&name->tokens[i]))
			length += name->tokens[i].length;
	return length;
}

static unsigned
letter_digit(char c)
{
	return c >= 'a' ? (unsigned) (c - 'a' + 1) : (unsigned) (c - '0' + 27);
}

static int
compare_grams(const void *a, const void *b)
{
	return (int) *(const uint16_t *) a - (int) *(const uint16_t *) b;
}

/*
 * collect_grams - distinct trigrams of the joined core, one pad at each end,
 * ascending; n letters give at most n grams.
 */
static int
collect_grams(const NormalName *name, uint16_t *grams)
{
	unsigned	first = 0;
	unsigned	second = 0;
	int			count = -1;		/* the first letter completes no gram */
	int			distinct = 0;

	for (int i = 0; i < name->ntokens; i++)
	{
		const NameToken *token = &name->tokens[i];

		for (int j = 0; is_joined(token) && j < token->length; j++)
		{
			unsigned	third = letter_digit(token->letters[j]);

			if (count >= 0)
				grams[count] = (uint16_t) ((first * 37 + second) * 37 + third);
			count++;
			first = second;
			second = third;
		}
	}
	if (count < 0)
		return 0;
	grams[count++] = (uint16_t) ((first * 37 + second) * 37);
	qsort(grams, count, sizeof(grams[0]), compare_grams);
	for (int i = 0; i < count; i++)
		if (i == 0 || grams[i] != grams[i - 1])
			grams[distinct++] = grams[i];
	return distinct;
}

/* size_packed - room that pack_name may need. */
size_t
size_packed(const NormalName *name, size_t text_length)
{
	return PACKED_HEADER + PACKED_TOKEN * (size_t) name->ntokens +
		form_length(name) + 2 * (size_t) joined_length(name) + text_length;
}

static uint8_t *
pack_tokens(const NormalName *name, uint8_t *at)
{
	for (int i = 0; i < name->ntokens; i++)
	{
		const NameToken *token = &name->tokens[i];

		*at++ = token->length;
		*at++ = token->tag;
		*at++ = token->weight;
		*at++ = token->origin;
		write_uint16(at, token->sound & 0xFFFF);
		write_uint16(at + 2, token->sound >> 16);
		at += 4;
	}
	for (int i = 0; i < name->ntokens; i++)
	{
		if (i > 0)
			*at++ = ' ';
		memcpy(at, name->tokens[i].letters, name->tokens[i].length);
		at += name->tokens[i].length;
	}
	return at;
}

/* pack_name - write the stored bytes; returns their number. */
size_t
pack_name(const NormalName *name, const char *text, size_t text_length,
		  void *out)
{
	uint16_t	grams[MAX_GRAMS];
	int			ngrams = collect_grams(name, grams);
	int			gram_weight = 0;
	int			token_weight = 0;
	uint8_t    *start = out;
	uint8_t    *at;

	for (int i = 0; i < ngrams; i++)
		gram_weight += weigh_gram(grams[i]);
	for (int i = 0; i < name->ntokens; i++)
		token_weight += name->tokens[i].weight;
	memset(start, 0, PACKED_HEADER);
	start[0] = PACKED_FORMAT;
	start[1] = ENTITY_SCREEN_NORMALIZER_VERSION;
	start[2] = name->flags;
	start[3] = (uint8_t) name->ntokens;
	write_uint16(start + 4, form_length(name));
	write_uint16(start + 6, ngrams);
	write_uint16(start + 8, gram_weight);
	write_uint16(start + 10, token_weight);
	at = pack_tokens(name, start + PACKED_HEADER);
	for (int i = 0; i < ngrams; i++, at += 2)
		write_uint16(at, grams[i]);
	memcpy(at, text, text_length);
	return (size_t) (at - start) + text_length;
}

/*
 * are_tokens_sound - do the lengths of the tokens fill the normal form?
 *
 * Whoever reads a view copies tokens to arrays of MAX_LETTERS, so bytes that
 * a damaged disk gave back must not get that far.
 */
static bool
are_tokens_sound(const PackedName *view)
{
	int			length = view->ntokens > 0 ? view->ntokens - 1 : 0;

	for (int i = 0; i < view->ntokens; i++)
	{
		const uint8_t *token = view->tokens + PACKED_TOKEN * i;

		if (token[0] == 0 || token[0] > MAX_LETTERS || token[1] >= TAG_NONE)
			return false;
		length += token[0];
	}
	return length == view->form_length;
}

/*
 * view_name - find the parts of stored bytes; false where they are not a
 * name of this format.
 */
bool
view_name(const void *packed, size_t size, PackedName *view)
{
	const uint8_t *bytes = packed;
	size_t		used;

	if (size < PACKED_HEADER || bytes[0] != PACKED_FORMAT)
		return false;
	view->version = bytes[1];
	view->flags = bytes[2];
	view->ntokens = bytes[3];
	view->form_length = (int) read_uint16(bytes + 4);
	view->ngrams = (int) read_uint16(bytes + 6);
	view->gram_weight = (int) read_uint16(bytes + 8);
	view->token_weight = (int) read_uint16(bytes + 10);
	used = PACKED_HEADER + PACKED_TOKEN * (size_t) view->ntokens +
		view->form_length + 2 * (size_t) view->ngrams;
	if (view->ntokens > MAX_TOKENS || view->ngrams > MAX_GRAMS || used > size)
		return false;
	view->tokens = bytes + PACKED_HEADER;
	view->form = (const char *) view->tokens + PACKED_TOKEN * view->ntokens;
	view->grams = (const uint8_t *) view->form + view->form_length;
	view->text = (const char *) view->grams + 2 * view->ngrams;
	view->text_length = size - used;
	return are_tokens_sound(view);
}

/* view_tokens - the tokens one by one; returns their number. */
int
view_tokens(const PackedName *view, TokenView *tokens)
{
	const char *letters = view->form;

	for (int i = 0; i < view->ntokens; i++)
	{
		const uint8_t *stored = view->tokens + PACKED_TOKEN * i;

		tokens[i].letters = letters;
		tokens[i].length = stored[0];
		tokens[i].tag = stored[1];
		tokens[i].weight = stored[2];
		tokens[i].origin = stored[3];
		tokens[i].sound = read_uint16(stored + 4) |
			(uint32_t) read_uint16(stored + 6) << 16;
		letters += stored[0] + 1;
	}
	return view->ntokens;
}

/*
 * compare_names - order of normal forms, by byte; the tags decide between
 * equal letters, so that names that compare as equal have equal keys.
 */
int
compare_names(const PackedName *a, const PackedName *b)
{
	int			shorter = a->form_length < b->form_length ?
		a->form_length : b->form_length;
	int			order = memcmp(a->form, b->form, shorter);

	if (order == 0)
		order = a->form_length - b->form_length;
	if (order == 0)
		order = a->ntokens - b->ntokens;
	for (int i = 0; order == 0 && i < a->ntokens; i++)
		order = a->tokens[PACKED_TOKEN * i + 1] -
			b->tokens[PACKED_TOKEN * i + 1];
	return order;
}
