/*-------------------------------------------------------------------------
 *
 * normalize.c
 *	  Fuzzing harness: any bytes to tokens.
 *
 * What comes out is letters and digits in tokens of a lawful size, with a
 * tag and a weight; twice the same; and the packed form gives back the text
 * and says the same as the tokens did.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static void
check_token(const NameToken *token)
{
	must(token->length > 0 && token->length <= MAX_LETTERS);
	must(token->tag < TAG_NONE);
	for (int i = 0; i < token->length; i++)
		must(is_letter(token->letters[i]));
	must(count_sounds(token->sound) >= 0);
}

static void
check_same(const NameToken *token, const TokenView *view)
{
	must(view->length == token->length);
	must(view->tag == token->tag);
	must(view->weight == token->weight);
	must(view->sound == token->sound);
	must(memcmp(view->letters, token->letters, token->length) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static NormalName normal;
	TokenView	tokens[MAX_TOKENS];
	FuzzName	name;
	char	   *text = malloc(size + 1);

	memcpy(text, data, size);
	memset(&normal, 0xA5, sizeof(normal));
	normalize_name(text, size, &normal);
	must(normal.ntokens >= 0 && normal.ntokens <= MAX_TOKENS);
	make_fuzz_name(data, size, &name);
	must(view_tokens(&name.view, tokens) == normal.ntokens);
	for (int i = 0; i < normal.ntokens; i++)
	{
		check_token(&normal.tokens[i]);
		check_same(&normal.tokens[i], &tokens[i]);
	}
	free_fuzz_name(&name);
	free(text);
	return 0;
}
