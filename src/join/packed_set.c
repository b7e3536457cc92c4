/*-------------------------------------------------------------------------
 *
 * packed_set.c
 *	  Many names in memory, asked for those that one name is like.
 *
 * The same keys and probes as the index (match/key.c), in a form for many
 * questions.  Every key has an ascending list of the names that have it.  A
 * question goes through the lists of its probes once, adds up for each name
 * what was found, and compares in full only what could reach the threshold.
 *
 * Equal names are one entry with a chain of rows.
 *
 * Memory is what the rows need, four bytes for each key of each name, and
 * the directory of keys: about 450 bytes for an ordinary name.
 *
 *-------------------------------------------------------------------------
 */
#include "join/packed_set.h"

#include "join/key_directory.h"

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define FIRST_NAMES 256
#define MOST_POSTINGS (UINT32_C(1) << 31)	/* and a name more */
#define FETCH_AHEAD 8			/* names between a fetch and its use */
#define FETCH_POSTED 16			/* ... in a list of postings */
#define BY_LETTERS 1			/* with the number of a candidate */
#define ROOM_FOR_NAMES 65536	/* dense allocation, in pieces of so much */

/* A distinct name of the set. */
typedef struct PackedEntry
{
	PackedRow  *rows;
	const uint8 *bytes;			/* the packed name up to its text */
	uint16		size;
	uint16		gram_weight;
	uint16		threshold;		/* its own, where it is a query; or 0 */
	WordBrief	words;
} PackedEntry;

/*
 * Which tokens of a question and of one name have a key in common, and which
 * of them one by which they may be akin.
 */
typedef struct WordsFound
{
	uint32		sought;
	uint32		stored;
	uint32		sought_akin;
	uint32		stored_akin;
} WordsFound;

/* A name being looked up. */
typedef struct Question
{
	const PackedName *name;
	int			threshold;		/* the lowest that matters */
	int			share;			/* of grams, that reaches it; above SCORE_ONE
								 * where none does */
	BriefWord	brief[MAX_TOKENS];
	WordBrief	words;
} Question;

struct PackedSet
{
	MemoryContext context;
	MemoryContext building;		/* what only the building needs */
	Size		budget;
	PackedStats *stats;

	char	   *room;			/* rows and names stand here */
	Size		room_left;

	PackedEntry *entries;
	uint32		nentries;
	uint32		max_entries;
	uint32	   *same;			/* hash of equal names: entry + 1, or 0 */
	uint32		nsame;
	KeyDirectory directory;
	uint32	   *postings;
	BriefWord  *words;			/* of all names */
	uint64		nwords;
	int			lowest;			/* threshold among queries, 0 if none */

	/* the question being asked */
	ProbeSet   *probes;
	WordsFound *words_found;
	uint32	   *found;			/* names found, each once */
	uint32		nfound;
	uint32	   *candidates;		/* then, in their place, matches */
	uint32		nmatches;
	uint32		match;
	PackedRow  *next_row;
};

/*
 * The bytes that a comparison reads: all but the original text, which is the
 * last part of a packed name.
 */
static const uint8 *
compared_bytes(const PackedName *name, Size *size)
{
	const uint8 *bytes = name->tokens - PACKED_HEADER;

	*size = (const uint8 *) name->text - bytes;
	return bytes;
}

/* ---------- building ---------- */

/*
 * create_packed_set - an empty set.
 *
 * budget: bytes from which is_packed_full() says so.  stats is added to and
 * must outlive the set.
 */
PackedSet *
create_packed_set(MemoryContext parent, Size budget, PackedStats *stats)
{
	MemoryContext context = AllocSetContextCreate(parent, "packed names",
												  ALLOCSET_DEFAULT_SIZES);
	PackedSet  *set = MemoryContextAllocZero(context, sizeof(PackedSet));

	set->context = context;
	set->building = AllocSetContextCreate(context, "packed names, building",
										  ALLOCSET_DEFAULT_SIZES);
	set->budget = budget;
	set->stats = stats;
	set->max_entries = FIRST_NAMES;
	set->entries = MemoryContextAlloc(context,
									  sizeof(PackedEntry) * FIRST_NAMES);
	set->nsame = FIRST_NAMES * 2;
	set->same = MemoryContextAllocZero(set->building,
									   sizeof(uint32) * set->nsame);
	create_directory(&set->directory, context);
	stats->batches++;
	return set;
}

/* take_room - memory that is given back only with the whole set */
static void *
take_room(PackedSet *set, Size size)
{
	void	   *taken;

	size = MAXALIGN(size);
	if (size > ROOM_FOR_NAMES / 8)
		return MemoryContextAllocHuge(set->context, size);
	if (size > set->room_left)
	{
		set->room = MemoryContextAlloc(set->context, ROOM_FOR_NAMES);
		set->room_left = ROOM_FOR_NAMES;
	}
	taken = set->room;
	set->room += size;
	set->room_left -= size;
	return taken;
}

/* add_packed_row - copy a row; its name is to follow by add_packed_name. */
PackedRow *
add_packed_row(PackedSet *set, TupleTableSlot *slot)
{
	bool		is_copy;
	MinimalTuple tuple = ExecFetchSlotMinimalTuple(slot, &is_copy);
	PackedRow  *row = take_room(set, MAXALIGN(sizeof(PackedRow)) +
								tuple->t_len);

	row->next = NULL;
	row->tuple = (MinimalTuple) ((char *) row + MAXALIGN(sizeof(PackedRow)));
	memcpy(row->tuple, tuple, tuple->t_len);
	if (is_copy)
		heap_free_minimal_tuple(tuple);
	set->stats->rows++;
	return row;
}

static void
enlarge_entries(PackedSet *set)
{
	if (set->nentries < set->max_entries)
		return;
	set->max_entries *= 2;
	set->entries = repalloc_huge(set->entries,
								 sizeof(PackedEntry) * set->max_entries);
}

static void
put_same(PackedSet *set, uint32 entry)
{
	uint32		i = hash_bytes(set->entries[entry].bytes,
							   set->entries[entry].size) & (set->nsame - 1);

	while (set->same[i] != 0)
		i = (i + 1) & (set->nsame - 1);
	set->same[i] = entry + 1;
}

static void
enlarge_same(PackedSet *set)
{
	if (set->nentries * UINT64CONST(3) < set->nsame * UINT64CONST(2))
		return;
	pfree(set->same);
	set->nsame *= 2;
	set->same = MemoryContextAllocExtended(set->building,
										   sizeof(uint32) * (Size) set->nsame,
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i < set->nentries; i++)
		put_same(set, i);
}

/* find_same - the entry of an equal name with the same threshold, or NULL */
static PackedEntry *
find_same(PackedSet *set, const uint8 *bytes, Size size, int threshold)
{
	uint32		i = hash_bytes(bytes, (int) size) & (set->nsame - 1);

	for (; set->same[i] != 0; i = (i + 1) & (set->nsame - 1))
	{
		PackedEntry *entry = &set->entries[set->same[i] - 1];

		if (entry->size == size && entry->threshold == threshold &&
			memcmp(entry->bytes, bytes, size) == 0)
			return entry;
	}
	return NULL;
}

/* is_in_row - does the name stand in the row itself? */
static bool
is_in_row(const PackedRow *row, const uint8 *bytes)
{
	return bytes >= (const uint8 *) row->tuple &&
		bytes < (const uint8 *) row->tuple + row->tuple->t_len;
}

/*
 * add_packed_name - say what the name of a row is.
 *
 * threshold: 0, or the row's own.  A row whose name has no keys is like
 * nothing and is not found again.
 */
void
add_packed_name(PackedSet *set, PackedRow *row, const PackedName *name,
				int threshold)
{
	Size		size;
	const uint8 *bytes = compared_bytes(name, &size);
	PackedEntry *entry = find_same(set, bytes, size, threshold);
	void	   *copy;

	if (entry != NULL)
	{
		row->next = entry->rows;
		entry->rows = row;
		return;
	}
	if (count_keys(&set->directory, name) == 0)
		return;
	if (!is_in_row(row, bytes))
	{
		copy = take_room(set, size);
		memcpy(copy, bytes, size);
		bytes = copy;
	}
	enlarge_entries(set);
	entry = &set->entries[set->nentries];
	entry->rows = row;
	entry->bytes = bytes;
	entry->size = (uint16) size;
	entry->gram_weight = (uint16) name->gram_weight;
	entry->threshold = (uint16) threshold;
	set->nwords += name->ntokens;
	put_same(set, set->nentries++);
	enlarge_same(set);
	if (threshold > 0 && (set->lowest == 0 || threshold < set->lowest))
		set->lowest = threshold;
}

/* Bytes for each entry that finish_packed_set adds. */
#define BYTES_ASKING \
	(sizeof(WordsFound) + 2 * sizeof(uint32))

static Size
packed_memory(const PackedSet *set)
{
	return MemoryContextMemAllocated(set->context, true);
}

/* is_packed_full - has the set, when finished, used up its budget? */
bool
is_packed_full(const PackedSet *set)
{
	return set->directory.total >= MOST_POSTINGS ||
		set->nentries >= MOST_ENTRIES ||
		packed_memory(set) + set->directory.total * sizeof(uint32) +
		set->nwords * sizeof(BriefWord) +
		set->nentries * BYTES_ASKING > set->budget;
}

/* The bytes are ours, copied from a name that could be read */
static void
view_entry(const PackedEntry *entry, PackedName *name)
{
	if (!view_name(entry->bytes, entry->size, name))
		elog(ERROR, "packed name is corrupted");
}

/* brief_entry - the words of a name in brief; returns their number */
static int
brief_entry(PackedEntry *entry, const PackedName *name, BriefWord *words)
{
	TokenView	tokens[MAX_TOKENS];
	int			ntokens = view_tokens(name, tokens);

	brief_words(tokens, ntokens, words, &entry->words);
	return ntokens;
}

/* From the last name to the first, so that each list comes out ascending. */
static void
fill_postings(PackedSet *set)
{
	BriefWord  *words = set->words;
	PackedName	name;

	start_lists(&set->directory);
	for (uint32 i = set->nentries; i-- > 0;)
	{
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		view_entry(&set->entries[i], &name);
		words += brief_entry(&set->entries[i], &name, words);
		post_keys(&set->directory, &name, i, set->postings);
	}
}

static void *
take_array(PackedSet *set, Size size, uint64 count)
{
	return MemoryContextAllocExtended(set->context, size * (count + 1),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* finish_packed_set - no more names; questions may begin. */
void
finish_packed_set(PackedSet *set)
{
	MemoryContextDelete(set->building);
	set->same = NULL;
	set->postings = take_array(set, sizeof(uint32), set->directory.total);
	set->words = take_array(set, sizeof(BriefWord), set->nwords);
	fill_postings(set);
	set->probes = MemoryContextAlloc(set->context, sizeof(ProbeSet));
	set->words_found = take_array(set, sizeof(WordsFound), set->nentries);
	set->found = take_array(set, sizeof(uint32), set->nentries);
	set->candidates = take_array(set, sizeof(uint32), set->nentries);
	set->stats->names += set->nentries;
	set->stats->memory = Max(set->stats->memory, packed_memory(set));
}

/* ---------- asking ---------- */

/*
 * fetch_found - what is found of a name that stands further down in a list,
 * which without that waits for memory at every name
 */
static void
fetch_found(const PackedSet *set, uint32 i, uint32 end)
{
	if (i + FETCH_POSTED < end)
		__builtin_prefetch(set->words_found +
						   posted_entry(set->postings[i + FETCH_POSTED]));
}

/*
 * add_found - names that have a key asked for.  A name is written down
 * whenever, and kept where it is new.
 */
static void
add_found(PackedSet *set, const Probe *probe, KeyList list)
{
	WordsFound *words_found = set->words_found;
	uint32	   *names = set->found;
	uint32		nfound = set->nfound;
	uint32		tokens = probe->tokens;
	uint32		akin = shows_akin(probe) ? ~UINT32_C(0) : 0;

	for (uint32 i = list.start; i < list.end; i++)
	{
		uint32		entry = posted_entry(set->postings[i]);
		uint32		token = UINT32_C(1) << posted_token(set->postings[i]);
		WordsFound *found = &words_found[entry];

		fetch_found(set, i, list.end);
		names[nfound] = entry;
		nfound += found->stored == 0;
		found->sought |= tokens;
		found->stored |= token;
		found->sought_akin |= tokens & akin;
		found->stored_akin |= token & akin;
	}
	set->nfound = nfound;
}

static void
find_names(PackedSet *set)
{
	set->nfound = 0;
	for (int i = 0; i < set->probes->count; i++)
	{
		const Probe *probe = &set->probes->probes[i];

		add_found(set, probe, find_list(&set->directory, probe->key));
	}
}

/*
 * do_words_admit - can it be a match by its words, as far as the sought name
 * tells?  As in the index.  A name without any weight is like equal ones.
 */
static bool
do_words_admit(const PackedSet *set, const Question *question,
			   WordsFound found)
{
	FoundTokens shown = {.equal = found.sought};

	return question->name->token_weight == 0 ||
		words_admit(set->probes, &shown);
}

/* is_word_candidate - the same, of which the words are known in brief. */
static bool
is_word_candidate(const PackedSet *set, const Question *question,
				  const PackedEntry *entry, WordsFound found)
{
	return question->name->token_weight == 0 ||
		briefs_may_reach(&question->words, found.sought, set->probes->unasked,
						 &entry->words, found.stored, question->threshold);
}

/*
 * is_letter_candidate - as in the index, and sharper: the words of the stored
 * name that are akin are known too, and what its grams weigh, so how much of
 * them can be shared.
 */
static bool
is_letter_candidate(const PackedSet *set, const Question *question,
					const PackedEntry *entry, WordsFound found)
{
	int			weight = question->name->gram_weight;

	return letters_admit(set->probes, found.sought_akin) &&
		Min(weight, entry->gram_weight) >=
		need_overlap(weight + entry->gram_weight, question->share) &&
		is_brief_akin(&entry->words, found.stored_akin);
}

/* do_grams_admit - the same with all grams compared */
static bool
do_grams_admit(const Question *question, const PackedName *name)
{
	int			total = question->name->gram_weight + name->gram_weight;

	return overlap_enough(question->name, name,
						  need_overlap(total, question->share)) >= 0;
}

/* is_match - the comparison in full, where neither half rules it out */
static bool
is_match(PackedSet *set, const Question *question, uint32 candidate)
{
	const PackedEntry *packed = &set->entries[candidate >> 1];
	PackedName	name;

	view_entry(packed, &name);
	if ((candidate & BY_LETTERS) && !do_grams_admit(question, &name))
		return false;
	set->stats->scored++;
	return names_reach(question->name, &name, packed->threshold > 0 ?
					   packed->threshold : question->threshold);
}

/* add_candidate - by: BY_LETTERS, if its words do not make it one; or 0 */
static void
add_candidate(PackedSet *set, uint32 entry, uint32 by)
{
	set->candidates[set->nmatches++] = entry << 1 | by;
}

/*
 * admit_found - of the names found, those that can be a match as far as the
 * sought name tells; all else of a name stands elsewhere in memory.
 */
static void
admit_found(PackedSet *set, const Question *question)
{
	set->nmatches = 0;
	for (uint32 i = 0; i < set->nfound; i++)
	{
		uint32		entry = set->found[i];
		WordsFound	found = set->words_found[entry];

		if (do_words_admit(set, question, found))
			add_candidate(set, entry, 0);
		else if (letters_admit(set->probes, found.sought_akin))
			add_candidate(set, entry, BY_LETTERS);
	}
}

/* fetch_words - of a name that is looked at soon; the entry is there */
static void
fetch_words(const PackedEntry *entry)
{
	__builtin_prefetch(entry->words.words);
}

/* fetch_entry - of a name that is looked at after those */
static void
fetch_entry(const PackedEntry *entry)
{
	__builtin_prefetch(entry);
	__builtin_prefetch((const char *) (entry + 1) - 1);
}

/* fetch_name - of a candidate, which is compared after all were found */
static void
fetch_name(const PackedEntry *entry)
{
	const char *bytes = (const char *) entry->bytes;

	__builtin_prefetch(bytes);
	__builtin_prefetch(bytes + 64);
	__builtin_prefetch(bytes + 128);
}

/* take_candidates - of those admitted, the ones that their own words admit */
static void
take_candidates(PackedSet *set, const Question *question)
{
	uint32		nadmitted = set->nmatches;
	uint32	   *admitted = set->candidates;

	set->nmatches = 0;
	for (uint32 i = 0; i < nadmitted; i++)
	{
		uint32		entry = admitted[i] >> 1;
		const PackedEntry *packed = &set->entries[entry];
		WordsFound	found = set->words_found[entry];

		if (i + 2 * FETCH_AHEAD < nadmitted)
			fetch_entry(&set->entries[admitted[i + 2 * FETCH_AHEAD] >> 1]);
		if (i + FETCH_AHEAD < nadmitted)
			fetch_words(&set->entries[admitted[i + FETCH_AHEAD] >> 1]);
		if (!(admitted[i] & BY_LETTERS) &&
			is_word_candidate(set, question, packed, found))
			add_candidate(set, entry, 0);
		else if (is_letter_candidate(set, question, packed, found))
			add_candidate(set, entry, BY_LETTERS);
		else
			continue;
		fetch_name(packed);
	}
}

/* keep_matches - of the candidates, those at the threshold or above */
static void
keep_matches(PackedSet *set, const Question *question)
{
	uint32		ncandidates = set->nmatches;

	set->nmatches = 0;
	for (uint32 i = 0; i < ncandidates; i++)
		if (is_match(set, question, set->candidates[i]))
			set->candidates[set->nmatches++] = set->candidates[i] >> 1;
}

/* forget_found - for the next question */
static void
forget_found(PackedSet *set)
{
	static const WordsFound nothing = {0};

	for (uint32 i = 0; i < set->nfound; i++)
		set->words_found[set->found[i]] = nothing;
}

/*
 * probe_packed_set - find the names that the sought one is like; they are
 * taken by next_packed_match.
 *
 * threshold: that of the question; ignored where the packed names are
 * queries with their own.
 */
void
probe_packed_set(PackedSet *set, const PackedName *sought, int threshold)
{
	int			lowest = set->lowest > 0 ? set->lowest : threshold;
	TokenView	tokens[MAX_TOKENS];
	Question	question = {.name = sought, .threshold = lowest,
		.share = share_letters(lowest)
	};

	brief_words(tokens, view_tokens(sought, tokens), question.brief,
				&question.words);
	extract_all_probes(sought, lowest, set->probes);
	find_names(set);
	set->stats->streamed++;
	set->stats->touched += set->nfound;
	admit_found(set, &question);
	take_candidates(set, &question);
	set->stats->candidates += set->nmatches;
	keep_matches(set, &question);
	forget_found(set);
	set->stats->matched += set->nmatches;
	set->match = 0;
	set->next_row = NULL;
}

/* next_packed_match - the next row of the last question, or NULL */
PackedRow *
next_packed_match(PackedSet *set)
{
	PackedRow  *row = set->next_row;

	if (row == NULL)
	{
		if (set->match >= set->nmatches)
			return NULL;
		row = set->entries[set->candidates[set->match++]].rows;
	}
	set->next_row = row->next;
	return row;
}

/* is_packed_empty - is there no name in the set? */
bool
is_packed_empty(const PackedSet *set)
{
	return set->nentries == 0;
}

/* clear_packed_matches - no more rows of the last question */
void
clear_packed_matches(PackedSet *set)
{
	set->nmatches = set->match = 0;
	set->next_row = NULL;
}

/* free_packed_set - with all its rows */
void
free_packed_set(PackedSet *set)
{
	MemoryContextDelete(set->context);
}
