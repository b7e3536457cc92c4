/*-------------------------------------------------------------------------
 *
 * key_directory.h
 *	  Where the names that have a key are written down.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KEY_DIRECTORY_H
#define KEY_DIRECTORY_H

#include "internal.h"

/*
 * A slot: while names are added, how many have the key; afterwards where its
 * list starts.  Lists stand in the order of the slots, so that a list ends
 * where the next one starts.
 */
typedef struct KeySlot
{
	uint32		tag;			/* part of the hash; 0: no key here */
	uint32		start;
} KeySlot;

typedef struct KeyDirectory
{
	KeySlot    *slots;			/* nslots, and one to end the last list */
	uint32		nslots;
	uint32		nused;
	uint64		total;			/* length of all lists */
} KeyDirectory;

/*
 * A posting is the number of a name and of one of its tokens; 0 for keys that
 * stand for none.
 */
#define TOKEN_BITS 5
#define MOST_ENTRIES (UINT32_C(1) << (32 - TOKEN_BITS))

StaticAssertDecl(MAX_TOKENS <= 1 << TOKEN_BITS, "tokens fit a posting");

static inline uint32
posted_entry(uint32 posting)
{
	return posting >> TOKEN_BITS;
}

static inline uint32
posted_token(uint32 posting)
{
	return posting & ((1 << TOKEN_BITS) - 1);
}

/* Positions [start, end) of the postings. */
typedef struct KeyList
{
	uint32		start;
	uint32		end;
} KeyList;

extern void create_directory(KeyDirectory *directory, MemoryContext context);
extern int	count_keys(KeyDirectory *directory, const PackedName *name);
extern void start_lists(KeyDirectory *directory);
extern void post_keys(KeyDirectory *directory, const PackedName *name,
					  uint32 entry, uint32 *postings);

/* All 64 bits of a key decide about each bit of its hash. */
static inline uint32
hash_key(int64 key)
{
	uint64		hash = (uint64) key;

	hash ^= hash >> 32;
	hash *= UINT64CONST(0xD6E8FEB86659FD93);
	hash ^= hash >> 32;
	hash *= UINT64CONST(0xD6E8FEB86659FD93);
	return (uint32) (hash >> 32) | 1;
}

/* The slot of a key by its tag, or the empty one where it would be. */
static inline uint32
find_slot(const KeyDirectory *directory, uint32 tag)
{
	uint32		i = (uint32) ((uint64) tag * directory->nslots >> 32);

	while (directory->slots[i].tag != tag && directory->slots[i].tag != 0)
		if (++i == directory->nslots)
			i = 0;
	return i;
}

/*
 * find_list - the names that have a key.  Two keys in 2^31 may share a list,
 * which costs a comparison and no match.
 */
static inline KeyList
find_list(const KeyDirectory *directory, int64 key)
{
	const KeySlot *slot = &directory->slots[find_slot(directory,
													  hash_key(key))];
	KeyList		list = {slot->start, slot[1].start};

	return list;
}

#endif							/* KEY_DIRECTORY_H */
