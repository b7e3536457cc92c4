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
 *	  initials.c	the acronyms of a name
 *	  contradict.c	what reduces a score
 *	  brief.c		what words weigh, to rule out a name at a glance
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

/* A name whose whole core stands in the other does not sink by the rest. */
#define DISTINCTIVE_WEIGHT 15	/* one word of that core weighs this much */
#define LEFT_SHARE 8			/* what is left costs one part in so many */
#define COVERED_LEFT 10000		/* what the rest costs at most */
#define CORE_LEFT 1000			/* per weight of a core word or legal form */
#define OTHER_LEFT 1600			/* ... of what says little where it met */
#define MAX_CORE_LEFT 16		/* core weight beside a covered core */

/* By what means words met. */
typedef enum MatchMeans
{
	MEANS_EQUAL,
	MEANS_EDIT,					/* one letter changed, lost, added, swapped */
	MEANS_TWO_EDITS,			/* in a long word */
	MEANS_SOUND,				/* the same consonants in another spelling */
	MEANS_JOINED,				/* two or three words written as one */
	MEANS_INITIALS				/* first letters of the first words */
} MatchMeans;

#define MAX_JOINED 3			/* words written as one */
#define MAX_JOINED_LENGTH 16
#define MIN_INITIALS 3
#define MAX_INITIALS 5
#define INITIALS_CREDIT 320		/* of initials, and for each letter */
#define LETTER_CREDIT 80
#define JOINED_CREDIT 930		/* two common words make many others */
#define MIN_SOUNDS 2			/* consonants of words that meet by sound */
#define MIN_JOINED_SOUNDS 4		/* of a run that does */
#define MIN_EDIT_LENGTH 4		/* shorter tokens must be equal */
#define MIN_TWO_EDITS 8
#define LONG_WORD 8				/* bears an edit by itself */
#define MIN_AKIN 7				/* letters of words that are akin by a part */

/* Which words give an acronym its letters; see initials.c. */
typedef enum InitialsKind
{
	INITIALS_FULL,
	INITIALS_SHORTER,
	INITIALS_RUSSIAN,
	INITIALS_UNPLACED,
	INITIALS_KINDS
} InitialsKind;

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

/* Weights of words, in thousandths. */
typedef struct WordSum
{
	int			met;			/* weight times credit of the words that met */
	int			full;			/* their weight */
	int			left;			/* weight of those that did not */
} WordSum;

/* Everything the score was made of; integers an auditor can recompute. */
typedef struct MatchDetail
{
	bool		equal;			/* equal normal forms */
	bool		swapped;		/* the alignment's a is the second name */
	int			gram_overlap;	/* weights */
	int			gram_total;
	int			gram_trust;
	int			gram_score;
	int			a_akin;			/* weight of core words that are akin */
	int			b_akin;
	int			a_core;			/* ... of all core words */
	int			b_core;
	bool		respelled;		/* one may stand there in other letters */
	int			token_score;
	WordSum		words;			/* what token_score is made of */
	bool		covered;		/* words.left was cut to COVERED_LEFT */
	int			contradiction;	/* weight, in thousandths */
	int			trusted_weight;
	int			number_factor;	/* reductions, n / 10000 */
	int			place_factor;
	int			core_factor;
	int			unnamed_factor;
	int			edit_factor;
	int			score;
	Alignment	alignment;
} MatchDetail;

/* What tokens weigh that may have met, and those that surely have not. */
typedef struct SideSum
{
	int			met;
	int			left;
	int			core_left;
	int			form_left;		/* of legal forms, as left */
} SideSum;

/* A word in brief: what it weighs, and a hash of its letters. */
typedef struct BriefWord
{
	uint16_t	hash;
	uint8_t		weight;
} BriefWord;

/* The words of a name in brief; see brief.c. */
typedef struct WordBrief
{
	const BriefWord *words;
	uint32_t	core;			/* bit per word */
	uint32_t	legal;
	uint32_t	own;			/* core words that are nothing if left */
	uint16_t	core_weight;	/* of all other core words */
	uint16_t	legal_weight;
	uint16_t	other_weight;
	uint8_t		count;
} WordBrief;

/* Bits of so many tokens. */
static inline uint32_t
span_mask(int first, int count)
{
	return (uint32_t) (((UINT64_C(1) << count) - 1) << first);
}

/* What a word of such a weight costs that is left, in thousandths. */
static inline int
leave_weight(int weight, bool is_core_or_form)
{
	return weight * (is_core_or_form ? CORE_LEFT : OTHER_LEFT);
}

/* is_own - is the word an acronym of its own name, and nothing if left? */
static inline bool
is_own(const TokenView *token)
{
	return (token->origin & ORIGIN_ACRONYM) != 0;
}

/* credit_initials - of an acronym of so many letters */
static inline int
credit_initials(int letters)
{
	return INITIALS_CREDIT + LETTER_CREDIT * letters;
}

/* How far words that met are from being equal. */
typedef enum WordChange
{
	NOT_CHANGED,
	LITTLE_CHANGED,
	MUCH_CHANGED				/* enough for another name */
} WordChange;

/* similarity.c */
extern int	score_names(const PackedName *a, const PackedName *b,
						MatchDetail *detail);
extern bool names_reach(const PackedName *a, const PackedName *b,
						int threshold);
extern int	least_letters(int threshold);
extern int	share_letters(int threshold);
extern int	need_overlap(int total, int share);
extern int	akin_enough(int core);
extern int	share_words(WordSum words);
extern bool do_words_reach(WordSum words, int threshold);
extern int	leave_token(const TokenView *token);
extern bool sides_may_reach(SideSum x, SideSum y, int threshold);
extern bool words_may_reach(const TokenView *a, int na, uint32_t a_met,
							const TokenView *b, int nb, uint32_t b_met,
							int threshold);
extern int	leave_forms(int left, WordChange change);

/* brief.c */
extern void brief_words(const TokenView *tokens, int ntokens,
						BriefWord *words, WordBrief *brief);
extern bool briefs_may_reach(const WordBrief *sought, uint32_t sought_met,
							 uint32_t unasked, const WordBrief *stored,
							 uint32_t stored_met, int threshold);
extern bool is_brief_akin(const WordBrief *brief, uint32_t met);

/* gram.c */
extern int	overlap_grams(const PackedName *a, const PackedName *b);
extern int	overlap_enough(const PackedName *a, const PackedName *b,
						   int enough);

/* align.c */
extern void align_tokens(const TokenView *a, int na, const TokenView *b,
						 int nb, Alignment *alignment);
extern void find_met(const TokenView *a, int na, const TokenView *b, int nb,
					 uint32_t *a_met, uint32_t *b_met);
extern bool has_sound(const TokenView *token);
extern bool is_edited(const TokenView *token);
extern bool bears_parts(const TokenView *token);
extern bool is_near(const TokenView *a, const TokenView *b);
extern bool agree_in_part(const TokenView *a, const TokenView *b);
extern int	credit_like(const TokenView *token);
extern int	join_tokens(const TokenView *tokens, int count, char *out);
extern uint32_t sound_run(const TokenView *tokens, int count);

/* initials.c */
extern int	first_named(const TokenView *tokens, int ntokens);
extern int	join_initials(const TokenView *tokens, int ntokens, int letters,
						  InitialsKind kind, char *out, uint32_t *used);
extern bool is_acronym_like(const TokenView *token);
extern bool may_be_initials(const TokenView *many, int nmany,
							const TokenView *single, int nsingle);

/* contradict.c */
extern bool is_changed(const WordMatch *match, const TokenView *a,
					   const TokenView *b);
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
	KEY_TOKEN,					/* a core word, or one without one letter */
	KEY_OTHER,					/* any other token */
	KEY_SEGMENT,				/* part of a long token */
	KEY_SOUND,					/* the sound of a word */
	KEY_JOINED,					/* neighbours written as one word */
	KEY_INITIALS				/* first letters of neighbours as a word */
} KeyClass;

/* Keys of one stored name at most. */
#define MAX_KEYS (MAX_TOKENS * 24)

/* What finding a key shows of its tokens: with both, they may be equal. */
#define SHOWS_FIRST 1
#define SHOWS_SECOND 2
#define SHOWS_EQUAL (SHOWS_FIRST | SHOWS_SECOND)

/* Tokens of a sought name that a stored one may have, a bit for each. */
typedef struct FoundTokens
{
	uint32_t	equal;			/* that may be met at full credit */
	uint32_t	like;			/* ... by another word */
	uint32_t	initials;		/* ... only as first letters */
	int			letters;		/* of the longest of those */
	uint32_t	akin;			/* that may be akin, see similarity.c */
} FoundTokens;

/* One key a search asks for, and what finding it would contribute. */
typedef struct Probe
{
	int64_t		key;
	uint32_t	tokens;			/* tokens it may meet, bit per token */
	bool		admits;			/* alone makes a candidate */
	uint8_t		shows;			/* SHOWS_* */
	uint8_t		reason;			/* KeyClass, see NameKey */
	uint8_t		initials;		/* letters of an acronym */
} Probe;

/* shows_akin - may the tokens be akin to what has the key? */
static inline bool
shows_akin(const Probe *probe)
{
	return probe->reason != KEY_SOUND && probe->reason != KEY_INITIALS;
}

#define MAX_PROBES 4096

typedef struct ProbeSet
{
	int			count;
	KeyClass	reason;			/* of probes being added */
	int			threshold;
	int			akin_need;		/* weight of core words that must be akin for
								 * a match by letters */
	int			ntokens;
	uint32_t	unasked;		/* tokens that may meet unseen */
	int			unasked_weight; /* theirs, in thousandths */
	int			asked_left;		/* weight of the others, were they left */
	int			forms_left;		/* weight of legal forms, were they left */
	uint32_t	core_tokens;
	int			core_weight;
	int			asked_core;		/* weight of those asked for */
	uint32_t	equal_alone;	/* tokens that admit without any other */
	uint32_t	like_alone;		/* ... even if not met at full credit */
	bool		none_admits;	/* those unasked do so by themselves */
	uint8_t		token_weights[MAX_TOKENS];
	uint16_t	token_lefts[MAX_TOKENS];	/* leave_token of each */
	uint16_t	like_credits[MAX_TOKENS];	/* credit_like of each */
	Probe		probes[MAX_PROBES];
} ProbeSet;

/* A key of a stored name, and the tokens that it was made of. */
typedef struct NameKey
{
	int64_t		key;
	uint32_t	tokens;
	KeyClass	reason;			/* the class, or that of a run that has the
								 * key of a word */
} NameKey;

extern int	list_keys(const PackedName *name, NameKey *keys);
extern int32_t fold_key(int64_t key);
extern int	extract_keys(const PackedName *name, int32_t *keys);
extern void extract_all_probes(const PackedName *name, int threshold,
							   ProbeSet *set);
extern void extract_probes(const PackedName *name, int threshold,
						   ProbeSet *set);
extern bool words_admit(const ProbeSet *set, const FoundTokens *found);
extern bool letters_admit(const ProbeSet *set, uint32_t akin);
extern bool admits_candidate(const ProbeSet *set, const char *found);

#endif							/* MATCH_H */
