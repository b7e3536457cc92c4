/*-------------------------------------------------------------------------
 *
 * measure.c
 *	  Measures how common words and trigrams are; a tool for maintainers.
 *
 *	  measure tokens <NAMES >src/normalize/tables/token_weight.txt
 *	  measure grams <NAMES >src/normalize/tables/gram_rarity.txt
 *
 * NAMES has one name a line: for words those of company registers that are on
 * no list, those of listed persons three times, and those of listed
 * organizations, but of names with one first word only one, so that a listed
 * brand with many affiliates stays rare; for trigrams those
 * of company registers and the lists' three times, which makes as many.  A
 * word that is in df of N names weighs 16 ln((N+1)/(df+1/2)) / ln(2N+2), the
 * rarity of a trigram is the same less 2, rounded to 0..14 with the commonest
 * at 0.  Words heavier than LISTED_WEIGHT are not listed: weigh.c takes them
 * for rare.  Raise ENTITY_SCREEN_NORMALIZER_VERSION with the tables.
 *
 *-------------------------------------------------------------------------
 */
#include "type/packed_name.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED_WEIGHT 13
#define SLOTS (1 << 22)
#define NGRAMS (37 * 37 * 37)

typedef struct Counted
{
	char		word[MAX_LETTERS + 1];
	int			count;
	int			last;			/* name that counted it last */
} Counted;

static Counted *counted;
static int	gram_counts[NGRAMS];
static int	nnames;

static void
count_word(const char *letters, int length)
{
	uint32_t	slot = 2166136261u;

	for (int i = 0; i < length; i++)
		slot = (slot ^ (uint8_t) letters[i]) * 16777619u;
	for (slot %= SLOTS; counted[slot].count > 0; slot = (slot + 1) % SLOTS)
		if (strncmp(counted[slot].word, letters, length) == 0 &&
			counted[slot].word[length] == '\0')
			break;
	memcpy(counted[slot].word, letters, length);
	if (counted[slot].last == nnames)
		return;
	counted[slot].last = nnames;
	counted[slot].count++;
}

static void
count_name(const char *text, size_t length)
{
	static unsigned char packed[200000];
	NormalName	name;
	PackedName	view;

	normalize_name(text, length, &name);
	if (name.ntokens == 0)
		return;
	nnames++;
	for (int i = 0; i < name.ntokens; i++)
		if (name.tokens[i].tag != TAG_NUMBER)
			count_word(name.tokens[i].letters, name.tokens[i].length);
	view_name(packed, pack_name(&name, text, length, packed), &view);
	for (int i = 0; i < view.ngrams; i++)
		gram_counts[read_gram(&view, i)]++;
}

static double
rarity_of(int count)
{
	return log((nnames + 1) / (count + 0.5)) / log(2.0 * nnames + 2);
}

static int
compare_words(const void *a, const void *b)
{
	return strcmp(((const Counted *) a)->word, ((const Counted *) b)->word);
}

static void
print_tokens(void)
{
	int			count = 0;

	printf("# Weights of words by how many names have them: weight, words.\n"
		   "# Words that are not listed are rare.  Measured by measure.c on\n"
		   "# %d names of public company registers and sanctions lists.\n",
		   nnames);
	for (int i = 0; i < SLOTS; i++)
		if (counted[i].count > 0)
			counted[count++] = counted[i];
	qsort(counted, count, sizeof(Counted), compare_words);
	for (int weight = 1; weight <= LISTED_WEIGHT; weight++)
	{
		int			column = 0;

		for (int i = 0; i < count; i++)
		{
			int			own = (int) lrint(16 * rarity_of(counted[i].count));

			if ((own < 1 ? 1 : own) != weight)
				continue;
			if (column == 0)
				column = printf("%d\t%s", weight, counted[i].word);
			else
				column += printf(" %s", counted[i].word);
			if (column > 120)
				column = putchar('\n') * 0;
		}
		if (column > 0)
			putchar('\n');
	}
}

static char
gram_letter(int digit)
{
	return (char) (digit == 0 ? '_' : digit <= 26 ? 'a' + digit - 1 :
				   '0' + digit - 27);
}

static void
print_grams(void)
{
	printf("# Rarity of trigrams, 0 the commonest: rarity, trigrams; _ is an\n"
		   "# end of the name.  Those not listed are in no name: rarity 15.\n"
		   "# Measured by measure.c on %d names of public company registers\n"
		   "# and sanctions lists.\n", nnames);
	for (int rarity = 0; rarity <= 14; rarity++)
	{
		int			column = 0;

		for (int gram = 0; gram < NGRAMS; gram++)
		{
			int			own = (int) lrint(16 * rarity_of(gram_counts[gram]) -
										  2);

			if (gram_counts[gram] == 0 ||
				(own < 0 ? 0 : own > 14 ? 14 : own) != rarity)
				continue;
			printf(column == 0 ? "%d\t" : " ", rarity);
			printf("%c%c%c", gram_letter(gram / 1369),
				   gram_letter(gram / 37 % 37), gram_letter(gram % 37));
			column = (column + 1) % 30;
			if (column == 0)
				putchar('\n');
		}
		if (column > 0)
			putchar('\n');
	}
}

int
main(int argc, char **argv)
{
	static char line[100000];

	counted = calloc(SLOTS, sizeof(Counted));
	if (counted == NULL || argc != 2)
	{
		fprintf(stderr, "usage: measure tokens|grams <NAMES\n");
		return 1;
	}
	while (fgets(line, sizeof(line), stdin))
		count_name(line, strcspn(line, "\n"));
	if (strcmp(argv[1], "tokens") == 0)
		print_tokens();
	else
		print_grams();
	return 0;
}
