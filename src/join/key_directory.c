/*-------------------------------------------------------------------------
 *
 * key_directory.c
 *	  Where the names that have a key are written down.
 *
 * Built in two passes over the names: the first counts, the second writes,
 * so that nothing but the lists themselves takes memory.  Keys are known by
 * 31 bits of their hash and their neighborhood.
 *
 *-------------------------------------------------------------------------
 */
#include "join/key_directory.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define FIRST_SLOTS 4096

static KeySlot *
make_slots(MemoryContext context, uint32 nslots)
{
	return MemoryContextAllocExtended(context,
									  sizeof(KeySlot) * ((Size) nslots + 1),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* create_directory - one without keys, in memory of this context */
void
create_directory(KeyDirectory *directory, MemoryContext context)
{
	directory->nslots = FIRST_SLOTS;
	directory->slots = make_slots(context, FIRST_SLOTS);
	directory->nused = 0;
	directory->total = 0;
}

static void
enlarge_directory(KeyDirectory *directory)
{
	KeyDirectory larger = *directory;
	uint64		nslots = (uint64) directory->nslots * 3 / 2;

	if (nslots >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many names to join in memory at once"),
				 errhint("Lower work_mem or hash_mem_multiplier.")));
	larger.nslots = (uint32) nslots;
	larger.slots = make_slots(GetMemoryChunkContext(directory->slots),
							  larger.nslots);
	for (uint32 i = 0; i < directory->nslots; i++)
		if (directory->slots[i].tag != 0)
			larger.slots[find_slot(&larger, directory->slots[i].tag)] =
				directory->slots[i];
	pfree(directory->slots);
	*directory = larger;
}

static void
count_key(KeyDirectory *directory, uint32 tag, int postings)
{
	KeySlot    *slot = &directory->slots[find_slot(directory, tag)];

	slot->start += postings;
	directory->total += postings;
	if (slot->tag != 0)
		return;
	slot->tag = tag;
	directory->nused++;
	if (directory->nused > directory->nslots / 5 * UINT64CONST(4))
		enlarge_directory(directory);
}

/*
 * Every name in memory is of the running normalizer version, so that key
 * would only list them all.
 */
static bool
is_asked_for(int64 key)
{
	return key >> 56 != KEY_VERSION;
}

/*
 * count_keys - make room for the keys of a name; returns their number.
 */
int
count_keys(KeyDirectory *directory, const PackedName *name)
{
	NameKey		keys[MAX_KEYS];
	int			nkeys = list_keys(name, keys);
	int			counted = 0;

	for (int i = 0; i < nkeys; i++)
		if (is_asked_for(keys[i].key))
		{
			count_key(directory, hash_key(keys[i].key),
					  Max(1, pg_popcount32(keys[i].tokens)));
			counted++;
		}
	return counted;
}

/* start_lists - no more names: each list ends where the next one will start */
void
start_lists(KeyDirectory *directory)
{
	uint32		end = 0;

	for (uint32 i = 0; i < directory->nslots; i++)
	{
		end += directory->slots[i].start;
		directory->slots[i].start = end;
	}
	directory->slots[directory->nslots].start = end;
}

/*
 * post_keys - write a name into its lists, which fill from the end; once all
 * names are written, each slot has where its list starts.
 */
void
post_keys(KeyDirectory *directory, const PackedName *name, uint32 entry,
		  uint32 *postings)
{
	NameKey		keys[MAX_KEYS];
	int			nkeys = list_keys(name, keys);

	for (int i = 0; i < nkeys; i++)
	{
		uint32		tokens = keys[i].tokens;
		KeySlot    *slot;

		if (!is_asked_for(keys[i].key))
			continue;
		slot = &directory->slots[find_slot(directory, hash_key(keys[i].key))];
		do
		{
			int			token = tokens != 0 ? pg_rightmost_one_pos32(tokens) : 0;

			postings[--slot->start] = entry << TOKEN_BITS | token;
			tokens &= tokens - 1;
		} while (tokens != 0);
	}
}
