/*-------------------------------------------------------------------------
 *
 * tradeoff.c
 *	  What each threshold costs and finds, on whole files of names.
 *
 *	  tradeoff LIST BENIGN [LISTED [SOUGHT]]
 *
 * Both files have one name a line.  Of LIST every name at an even step is
 * taken until there are LISTED (20000), of BENIGN so many that are no name
 * of the list (SOUGHT, 20000): those that differ from one in legal forms
 * alone are left out, as not benign.  Printed is how many of 1,000 benign
 * names reach a listed one, and how many of 5,000 listed names are found
 * again after what clerks do to them: a letter changed, lost, added or
 * swapped, twice; words joined, cut, swapped or dropped; a legal form more.
 *
 *-------------------------------------------------------------------------
 */
#include "match/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 1024
#define NOISY 5000
#define LOWEST 5000
#define STEPS 10				/* thresholds 0.50, 0.55, ... */

typedef struct Name
{
	PackedName	view;
	unsigned char *bytes;
} Name;

typedef struct Names
{
	int			count;
	Name	   *names;
	char	  **texts;
} Names;

static uint64_t state = 88172645463325252ULL;

static unsigned
pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned) ((state >> 20) % n);
}

static void *
take_memory(size_t size)
{
	void	   *memory = calloc(1, size);

	if (memory == NULL)
	{
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return memory;
}

static void
load_name(const char *text, Name *name)
{
	NormalName	normal;
	size_t		length = strlen(text);

	normalize_name(text, length, &normal);
	name->bytes = take_memory(size_packed(&normal, length));
	if (!view_name(name->bytes, pack_name(&normal, text, length,
										  name->bytes), &name->view))
		abort();
}

static Names
read_names(const char *path)
{
	char		line[MAX_LINE];
	Names		names = {0, NULL, NULL};
	FILE	   *file = fopen(path, "r");

	if (file == NULL)
	{
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), file))
	{
		line[strcspn(line, "\r\n")] = '\0';
		if ((names.count & (names.count - 1)) == 0)
			names.texts = realloc(names.texts, sizeof(char *) *
								  (names.count ? 2 * names.count : 1));
		names.texts[names.count++] = strdup(line);
	}
	fclose(file);
	return names;
}

/* thin_names - so many of them, at even steps, normalized */
static Names
thin_names(const Names *all, int count)
{
	Names		names = {count < all->count ? count : all->count, NULL, NULL};

	names.names = take_memory(sizeof(Name) * (names.count + 1));
	names.texts = take_memory(sizeof(char *) * (names.count + 1));
	for (int i = 0; i < names.count; i++)
	{
		names.texts[i] = all->texts[(int64_t) i * all->count / names.count];
		load_name(names.texts[i], &names.names[i]);
	}
	return names;
}

/* ---------- an index of the list ---------- */

typedef struct Entry
{
	int32_t		key;
	int			name;
} Entry;

static Entry *entries;
static int	nentries;

static int
compare_entries(const void *a, const void *b)
{
	const Entry *x = a;
	const Entry *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->name - y->name;
}

static void
index_names(const Names *list)
{
	static int32_t keys[MAX_KEYS];
	int			room = 1 << 20;

	entries = take_memory(sizeof(Entry) * room);
	for (int i = 0; i < list->count; i++)
		for (int j = 0, n = extract_keys(&list->names[i].view, keys); j < n;
			 j++)
		{
			if (nentries == room)
				entries = realloc(entries, sizeof(Entry) * (room *= 2));
			entries[nentries++] = (Entry) {keys[j], i};
		}
	qsort(entries, nentries, sizeof(Entry), compare_entries);
}

static int
first_entry(int32_t key)
{
	int			low = 0;
	int			high = nentries;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (entries[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* best_score - of one name against the list, 0 where none reaches LOWEST */
static int
best_score(const Names *list, const PackedName *sought)
{
	static ProbeSet set;
	static char *found;
	int			best = 0;

	if (found == NULL)
		found = take_memory((size_t) list->count);
	extract_probes(sought, LOWEST, &set);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < set.count; i++)
		{
			int32_t		key = fold_key(set.probes[i].key);

			for (int j = first_entry(key); j < nentries &&
				 entries[j].key == key; j++)
			{
				int			score;

				if (pass == 1)
					found[entries[j].name] = 0;
				else if (!found[entries[j].name]++)
				{
					score = score_names(sought,
										&list->names[entries[j].name].view,
										NULL);
					best = score > best ? score : best;
				}
			}
		}
	return best;
}

/* ---------- what clerks do to names ---------- */

static void
edit_letter(char *text)
{
	size_t		length = strlen(text);
	size_t		at = pick((unsigned) length);

	switch (pick(4))
	{
		case 0:
			memmove(text + at, text + at + 1, length - at);
			break;
		case 1:
			memmove(text + at + 1, text + at, length - at + 1);
			/* fall through */
		case 2:
			text[at] = (char) ('a' + pick(26));
			break;
		default:
			if (at + 1 < length)
			{
				char		c = text[at];

				text[at] = text[at + 1];
				text[at + 1] = c;
			}
	}
}

/* edit_words - the n-th of several words joined, moved or dropped */
static void
edit_words(char *text)
{
	char	   *space = strchr(text, ' ');
	char	   *last = strrchr(text, ' ');
	char		moved[MAX_LINE];

	if (space == NULL)
	{
		size_t		half = strlen(text) / 2;

		memmove(text + half + 1, text + half, strlen(text + half) + 1);
		text[half] = ' ';
	}
	else if (pick(2) == 0)
		memmove(space, space + 1, strlen(space));
	else if (space != last && pick(2) == 0)
		*last = '\0';
	else
	{
		*space = '\0';
		snprintf(moved, sizeof(moved), "%.500s %.500s", space + 1, text);
		strcpy(text, moved);
	}
}

static void
make_noisy(const char *listed, char *text)
{
	snprintf(text, MAX_LINE - 20, "%s", listed);
	switch (pick(5))
	{
		case 0:
			edit_words(text);
			break;
		case 1:
			strcat(text, " Co., Ltd.");
			break;
		case 2:
			if (strlen(text) >= 12)
				edit_letter(text);
			/* fall through */
		default:
			if (strlen(text) >= 5)
				edit_letter(text);
	}
}

/* ---------- counting ---------- */

static void
count_score(int64_t *counts, int score)
{
	for (int i = 0; i <= STEPS; i++)
		counts[i] += score >= LOWEST + 500 * i;
}

/* is_listed - equal to a listed name but for legal forms? */
static bool
is_listed(int best)
{
	return best >= 9500;
}

int
main(int argc, char **argv)
{
	Names		listed;
	Names		benign;
	Names		all;
	int64_t		alerts[STEPS + 1] = {0};
	int64_t		found[STEPS + 1] = {0};
	int			nbenign = 0;

	if (argc < 3)
	{
		fprintf(stderr, "usage: tradeoff LIST BENIGN [LISTED [SOUGHT]]\n");
		return 2;
	}
	all = read_names(argv[1]);
	listed = thin_names(&all, argc > 3 ? atoi(argv[3]) : 20000);
	all = read_names(argv[2]);
	benign = thin_names(&all, argc > 4 ? atoi(argv[4]) : 20000);
	index_names(&listed);
	for (int i = 0; i < benign.count; i++)
	{
		int			best = best_score(&listed, &benign.names[i].view);

		if (is_listed(best))
			continue;
		nbenign++;
		count_score(alerts, best);
	}
	for (int i = 0; i < NOISY && listed.count > 0; i++)
	{
		int			which = (int) pick((unsigned) listed.count);
		char		text[MAX_LINE];
		Name		noisy;

		make_noisy(listed.texts[which], text);
		load_name(text, &noisy);
		count_score(found, score_names(&noisy.view,
									   &listed.names[which].view, NULL));
		free(noisy.bytes);
	}
	printf("Of %d benign names against %d listed ones, and %d noisy variants:\n"
		   "threshold  alerts per 1,000  found\n", nbenign, listed.count,
		   NOISY);
	for (int i = 0; i <= STEPS; i++)
		printf("%9.2f  %16.1f  %5.3f\n", (LOWEST + 500 * i) / 10000.0,
			   1000.0 * alerts[i] / (nbenign ? nbenign : 1),
			   (double) found[i] / NOISY);
	return 0;
}
