/*
 * floor.c
 *	  What a streamed name must cost at least: a look at 16 bytes of every
 *	  listed name of like length, and a look into a hash table for each key.
 *
 *	  floor NAMES KEYS		prints microseconds a streamed name
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define QUERIES 20000
#define SLOTS (1 << 18)			/* about the keys of 20,000 names */

static uint64_t state = 88172645463325252ULL;

static uint64_t
next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Half of the names are of a length that may match. */
static int
scan(const uint64_t *signatures, int names, const uint64_t *sought, int most)
{
	int			found = 0;

	for (int i = names / 4; i < names / 4 * 3; i++)
		found += __builtin_popcountll(signatures[2 * i] ^ sought[0]) +
			__builtin_popcountll(signatures[2 * i + 1] ^ sought[1]) <= most;
	return found;
}

int
main(int argc, char **argv)
{
	int			names = argc > 1 ? atoi(argv[1]) : 20000;
	int			keys = argc > 2 ? atoi(argv[2]) : 17;
	uint64_t   *signatures = malloc(16 * (size_t) names);
	uint32_t   *slots = malloc(sizeof(uint32_t) * SLOTS);
	uint64_t	found = 0;
	struct timespec start;
	struct timespec end;

	if (signatures == NULL || slots == NULL)
		return 1;
	for (int i = 0; i < 2 * names; i++)
		signatures[i] = next() & next();
	for (int i = 0; i < SLOTS; i++)
		slots[i] = (uint32_t) next();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	for (int q = 0; q < QUERIES; q++)
	{
		uint64_t	sought[2] = {next() & next(), next() & next()};

		found += scan(signatures, names, sought, 20);
		for (int k = 0; k < keys; k++)
			found += slots[next() % SLOTS] == (uint32_t) sought[0];
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	printf("%.3f\n", ((end.tv_sec - start.tv_sec) * 1e6 +
					  (end.tv_nsec - start.tv_nsec) / 1e3) / QUERIES);
	return found == 42;			/* keeps the work */
}
