/*-------------------------------------------------------------------------
 *
 * fuzz.h
 *	  What the fuzzing harnesses share.
 *
 * A harness is a libFuzzer target on the core in plain C; test/fuzz/fuzz
 * builds and runs them.  What must always hold is asserted with must(), so
 * that a wrong answer stops a run as a fault of memory does.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "match/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define must(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: does not hold: %s\n", \
					__FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* A packed name in memory of exactly its size, so that over-reads show */
typedef struct FuzzName
{
	void	   *bytes;
	PackedName	view;
} FuzzName;

static inline void
make_fuzz_name(const uint8_t *text, size_t length, FuzzName *name)
{
	NormalName	normal;
	char	   *copy = malloc(length + 1);	/* malloc(0) may be NULL */
	size_t		size;
	size_t		packed;

	memcpy(copy, text, length);
	normalize_name(copy, length, &normal);
	size = size_packed(&normal, length);
	name->bytes = malloc(size);
	packed = pack_name(&normal, copy, length, name->bytes);
	must(packed <= size);
	must(view_name(name->bytes, packed, &name->view));
	must(name->view.text_length == length);
	must(memcmp(name->view.text, text, length) == 0);
	free(copy);
}

static inline void
free_fuzz_name(FuzzName *name)
{
	free(name->bytes);
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif							/* FUZZ_H */
