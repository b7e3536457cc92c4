/*-------------------------------------------------------------------------
 *
 * match.h
 *	  Two packed names to a score, and one name to index keys.
 *
 * Plain C11 without PostgreSQL; integers only, so that every CPU gives the
 * same score; nothing allocates and nothing fails.
 *
 *	  similarity.c	the formula, and the proof of the index bound
 *	  gram.c		first component: weighted trigrams of the joined core
 *	  align.c		second component: which words meet which
 *	  contradict.c	what reduces a score
 *	  address.c		likeness of two postal addresses
 *	  key.c			keys of a stored name, probes of a sought one
 *
 *-------------------------------------------------------------------------
 */
#ifndef MATCH_H
#define MATCH_H

#include "type/packed_name.h"

#define SCORE_ONE 10000			/* scores and thresholds are n / 10000 */
#define MIN_THRESHOLD 3000		/* the lowest threshold a search may have */

/* How much less middling likeness counts; see sharpen_score. */
#define GRAM_BEND (2 * SCORE_ONE)
#define TOKEN_BEND (9 * SCORE_ONE)

/* What a name scores whose whole core stands in the other one. */
#define CORE_SCORE 6800
#define DISTINCTIVE_WEIGHT 13	/* one word of that core weighs this much */

/* By what means words met. */
typedef enum MatchMeans
{
	MEANS_EQUAL,
	MEANS_EDIT,					/* one letter changed, lost, added, swapped */
	MEANS_JOINED,				/* two or three words written as one */
	MEANS_INITIALS				/* first letters of the first words */
} MatchMeans;

#define MAX_JOINED 3			/* words written as one */
#define MAX_JOINED_LENGTH 16
#define RARE_RUN 24				/* joined words of this weight are as one */
#define MIN_INITIALS 3
#define MAX_INITIALS 5
#define MIN_EDIT_LENGTH 4		/* shorter tokens must be equal */

/* Words of a that met words of b. */
typedef struct WordMatch
{
	uint8_t		a_first;
	uint8_t		a_count;
	uint8_t		b_first;
	uint8_t		b_count;
	uint8_t		means;			/* MatchMeans */
	uint8_t		weight;			/* the smaller side's */
	uint16_t	credit;			/* 0 to 1000 */
} WordMatch;

typedef struct Alignment
{
	int			count;
	uint32_t	a_met;			/* bit per token */
	uint32_t	b_met;
	WordMatch	matches[MAX_TOKENS];
} Alignment;

/* Everything the score was made of; integers an auditor can recompute. */
typedef struct MatchDetail
{
	bool		equal;			/* equal normal forms */
	bool		swapped;		/* the alignment's a is the second name */
	int			gram_overlap;	/* weights */
	int			gram_total;
	int			gram_score;
	int			token_score;
	int			met_weight;		/* sum of weight * credit / 1000, doubled */
	int			full_weight;	/* what it is divided by */
	int			core_score;
	int			number_factor;	/* reductions, n / 10000 */
	int			place_factor;
	int			core_factor;
	int			score;
	Alignment	alignment;
} MatchDetail;

/* Bits of so many tokens. */
static inline uint32_t
span_mask(int first, int count)
{
	return (uint32_t) (((UINT64_C(1) << count) - 1) << first);
}

/* similarity.c */
extern int	score_names(const PackedName *a, const PackedName *b,
						MatchDetail *detail);
extern int	relax_threshold(int threshold, int bend);

/* gram.c */
extern int	overlap_grams(const PackedName *a, const PackedName *b);

/* align.c */
extern void align_tokens(const TokenView *a, int na, const TokenView *b,
						 int nb, Alignment *alignment);
extern bool is_edited(const TokenView *token);
extern int	join_tokens(const TokenView *tokens, int count, char *out);
extern int	join_initials(const TokenView *tokens, int ntokens, int letters,
						  char *out, uint32_t *used);

/* contradict.c */
extern void find_contradictions(const TokenView *a, int na,
								const TokenView *b, int nb,
								const Alignment *alignment,
								MatchDetail *detail);

/* address.c */
extern int	score_addresses(const PackedName *a, const PackedName *b);

/* key.c */
typedef enum KeyClass
{
	KEY_VERSION = 1,			/* normalizer version of the stored name */
	KEY_GRAM,
	KEY_TOKEN,					/* a token, or a token without one letter */
	KEY_SEGMENT,				/* half of a long token */
	KEY_JOINED,					/* neighbours written as one */
	KEY_INITIALS
} KeyClass;

/* Keys of one stored name at most. */
#define MAX_KEYS (MAX_GRAMS + MAX_TOKENS * 24)

/* One key a search asks for, and what finding it would contribute. */
typedef struct Probe
{
	int64_t		key;
	uint32_t	tokens;			/* tokens it may meet, bit per token */
	uint8_t		gram_weight;
	uint8_t		parts;			/* PART_* of a distinctive token it proves */
	uint8_t		part_of;		/* that token */
	bool		admits;			/* alone makes a candidate */
} Probe;

#define PART_FIRST 1
#define PART_SECOND 2
#define PART_WHOLE (PART_FIRST | PART_SECOND)

#define MAX_PROBES 4096

typedef struct ProbeSet
{
	int			count;
	int			gram_need;		/* weight a match must share */
	int			gram_rest;		/* weight not asked for */
	int			token_need;
	int			token_rest;
	bool		core_admits;	/* a whole distinctive word makes a match */
	uint8_t		token_weights[MAX_TOKENS];
	Probe		probes[MAX_PROBES];
} ProbeSet;

extern int	extract_keys(const PackedName *name, int64_t *keys);
extern void extract_probes(const PackedName *name, int threshold,
						   ProbeSet *set);
extern bool admits_candidate(const ProbeSet *set, const char *found);

#endif							/* MATCH_H */
