/*-------------------------------------------------------------------------
 *
 * packed_name.h
 *	  The stored bytes of a name, and the view that comparison works on.
 *
 * Plain C11 without PostgreSQL.  Layout of the bytes after the varlena
 * header; integers are little-endian and unaligned:
 *
 *	  0		format (PACKED_FORMAT)
 *	  1		normalizer version
 *	  2		flags (NAME_*)
 *	  3		number of tokens
 *	  4		uint16 length of the normal form
 *	  6		uint16 number of grams
 *	  8		uint16 total weight of the grams
 *	  10	uint16 total weight of the tokens
 *	  12	four bytes, reserved, always zero
 *	  16	per token: length, tag, weight, origin, uint32 sound
 *			normal form: the tokens, one space between them
 *			grams: uint16, ascending, distinct
 *			the original text, as many bytes as are left
 *
 *-------------------------------------------------------------------------
 */
#ifndef PACKED_NAME_H
#define PACKED_NAME_H

#include "normalize/normalize.h"

#define PACKED_FORMAT 2
#define PACKED_HEADER 16
#define PACKED_TOKEN 8
#define MAX_GRAMS (MAX_TOKENS * MAX_LETTERS)

typedef struct PackedName
{
	int			version;
	int			flags;
	int			ntokens;
	int			form_length;
	int			ngrams;
	int			gram_weight;
	int			token_weight;
	const uint8_t *tokens;
	const char *form;
	const uint8_t *grams;
	const char *text;
	size_t		text_length;
} PackedName;

/* One token of a view. */
typedef struct TokenView
{
	const char *letters;
	uint8_t		length;
	uint8_t		tag;
	uint8_t		weight;
	uint8_t		origin;
	uint32_t	sound;
} TokenView;

extern size_t size_packed(const NormalName *name, size_t text_length);
extern size_t pack_name(const NormalName *name, const char *text,
						size_t text_length, void *out);
extern bool view_name(const void *packed, size_t size, PackedName *view);
extern int	view_tokens(const PackedName *view, TokenView *tokens);
extern int	compare_names(const PackedName *a, const PackedName *b);

static inline unsigned
read_uint16(const uint8_t *bytes)
{
	return bytes[0] | (unsigned) bytes[1] << 8;
}

static inline unsigned
read_gram(const PackedName *view, int i)
{
	return read_uint16(view->grams + 2 * i);
}

#endif							/* PACKED_NAME_H */
