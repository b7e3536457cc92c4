/*-------------------------------------------------------------------------
 *
 * score.c
 *	  Scores for the measures of test/quality/quality, without a server.
 *
 *	  score pairs <LINES			the score of each pair, "a TAB b" a line
 *	  score best LIST <NAMES		the best score of each name against LIST,
 *									0 below LOWEST, and that line of LIST
 *	  score all LIST <NAMES			the scores of each name against all of LIST
 *	  score time <LINES				microseconds for a pair that is prepared
 *
 * LIST and the input have one name a line.  Scores are n of 10000.
 *
 *-------------------------------------------------------------------------
 */
#include "match/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_LINE 65536
#define LOWEST 5000				/* no threshold below it is of interest */
#define ROUNDS 20				/* over all pairs, to measure time */

typedef struct Name
{
	PackedName	view;
	unsigned char *bytes;
} Name;

typedef struct Names
{
	int			count;
	Name	   *names;
} Names;

static void *
resize_memory(void *memory, size_t size)
{
	memory = realloc(memory, size);
	if (memory == NULL)
	{
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return memory;
}

static Name
load_name(const char *text, size_t length)
{
	static NormalName normal;
	Name		name;

	normalize_name(text, length, &normal);
	name.bytes = resize_memory(NULL, size_packed(&normal, length));
	if (!view_name(name.bytes, pack_name(&normal, text, length, name.bytes),
				   &name.view))
		abort();
	return name;
}

static void
add_name(Names *names, const char *text, size_t length)
{
	if ((names->count & (names->count - 1)) == 0)
		names->names = resize_memory(names->names, sizeof(Name) *
									 (names->count ? 2 * names->count : 1));
	names->names[names->count++] = load_name(text, length);
}

static Names
read_names(FILE *file)
{
	static char line[MAX_LINE];
	Names		names = {0, NULL};

	while (fgets(line, sizeof(line), file))
		add_name(&names, line, strcspn(line, "\r\n"));
	return names;
}

static void
read_pairs(Names *a, Names *b)
{
	static char line[MAX_LINE];

	while (fgets(line, sizeof(line), stdin))
	{
		size_t		first = strcspn(line, "\t");

		if (line[first] == '\0')
		{
			fprintf(stderr, "no TAB in: %s", line);
			exit(1);
		}
		add_name(a, line, first);
		add_name(b, line + first + 1, strcspn(line + first + 1, "\r\n"));
	}
}

static Names
read_list(const char *path)
{
	FILE	   *file = fopen(path, "r");
	Names		names;

	if (file == NULL)
	{
		perror(path);
		exit(1);
	}
	names = read_names(file);
	fclose(file);
	return names;
}

/* ---------- an index of the list ---------- */

typedef struct Entry
{
	int32_t		key;
	int			name;
} Entry;

typedef struct Index
{
	int			count;
	Entry	   *entries;
} Index;

static int
compare_entries(const void *a, const void *b)
{
	const Entry *x = a;
	const Entry *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->name - y->name;
}

static Index
index_names(const Names *list)
{
	static int32_t keys[MAX_KEYS];
	int			room = 1 << 20;
	Index		index = {0, resize_memory(NULL, sizeof(Entry) * room)};

	for (int i = 0; i < list->count; i++)
		for (int j = 0, n = extract_keys(&list->names[i].view, keys); j < n;
			 j++)
		{
			if (index.count == room)
				index.entries = resize_memory(index.entries, sizeof(Entry) *
											  (room *= 2));
			index.entries[index.count++] = (Entry) {keys[j], i};
		}
	qsort(index.entries, index.count, sizeof(Entry), compare_entries);
	return index;
}

static int
first_entry(const Index *index, int32_t key)
{
	int			low = 0;
	int			high = index->count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (index->entries[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* mark_found - mark the names that share a key with the sought one */
static void
mark_found(const Index *index, const PackedName *sought, char *found)
{
	static ProbeSet set;

	extract_probes(sought, LOWEST, &set);
	for (int i = 0; i < set.count; i++)
	{
		int32_t		key = fold_key(set.probes[i].key);

		for (int j = first_entry(index, key); j < index->count &&
			 index->entries[j].key == key; j++)
			found[index->entries[j].name] = 1;
	}
}

static void
print_best(const Names *list, const Index *index, const PackedName *sought)
{
	char	   *found = resize_memory(NULL, (size_t) list->count + 1);
	int			best = 0;
	int			line = 0;

	memset(found, 0, (size_t) list->count + 1);
	mark_found(index, sought, found);
	for (int i = 0; i < list->count; i++)
	{
		const PackedName *listed = &list->names[i].view;
		int			score;

		if (!found[i] || !names_reach(sought, listed, best < LOWEST ? LOWEST :
									  best))
			continue;
		score = score_names(sought, listed, NULL);
		if (score > best)
		{
			best = score;
			line = i + 1;
		}
	}
	free(found);
	printf("%d\t%d\n", best, line);
}

/* ---------- commands ---------- */

static void
score_best(const Names *list)
{
	Index		index = index_names(list);
	Names		sought = read_names(stdin);

	for (int i = 0; i < sought.count; i++)
		print_best(list, &index, &sought.names[i].view);
}

static void
score_all(const Names *list)
{
	Names		sought = read_names(stdin);

	for (int i = 0; i < sought.count; i++)
		for (int j = 0; j < list->count; j++)
			printf("%d%c", score_names(&sought.names[i].view,
									   &list->names[j].view, NULL),
				   j == list->count - 1 ? '\n' : '\t');
}

static void
score_pairs(void)
{
	Names		a = {0, NULL};
	Names		b = {0, NULL};

	read_pairs(&a, &b);
	for (int i = 0; i < a.count; i++)
		printf("%d\n", score_names(&a.names[i].view, &b.names[i].view, NULL));
}

static void
time_pairs(void)
{
	Names		a = {0, NULL};
	Names		b = {0, NULL};
	double		best = 0;

	read_pairs(&a, &b);
	for (int round = 0; round < ROUNDS && a.count > 0; round++)
	{
		clock_t		begun = clock();
		double		spent;
		int64_t		sum = 0;

		for (int i = 0; i < a.count; i++)
			sum += score_names(&a.names[i].view, &b.names[i].view, NULL);
		spent = (double) (clock() - begun) / CLOCKS_PER_SEC;
		if (sum > 0 && (round == 0 || spent < best))
			best = spent;
	}
	printf("%.3f\n", a.count > 0 ? 1e6 * best / a.count : 0);
}

int
main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	Names		list = {0, NULL};

	if (argc > 2)
		list = read_list(argv[2]);
	if (strcmp(command, "pairs") == 0)
		score_pairs();
	else if (strcmp(command, "time") == 0)
		time_pairs();
	else if (strcmp(command, "best") == 0 && argc > 2)
		score_best(&list);
	else if (strcmp(command, "all") == 0 && argc > 2)
		score_all(&list);
	else
	{
		fprintf(stderr, "usage: score pairs|time <PAIRS, "
				"score best|all LIST <NAMES\n");
		return 1;
	}
	return 0;
}
