/*
 * count.c
 *	  Fixed work for callgrind: instructions do not depend on the clock.
 *
 *	  count WORK		normalize, score, reject or probe
 *
 * Does nothing but prepare without WORK; make bench-counts subtracts that.
 */
#include "match/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES ((int) (sizeof(texts) / sizeof(texts[0])))
#define MAX_BYTES 4096

static const char *const texts[] = {
	"CloudWalk Technology Co., Ltd.", "Cloud Walk Tech Company Limited",
	"NetPosa Technologies Ltd.", "Hangzhou Hikvision Digital Technology",
	"Hikvision Digital Tech. (Hangzhou) Company", "Almaz-Antey Concern",
	"AO Kontsern VKO Almaz Antei", "Beijing Institute of Technology",
	"Harbin Engineering University", "Baker Street Books and Stationery",
	"Deutsche Maschinenbau Aktiengesellschaft", "J. Smith & Sons (Export) Ltd",
	"38th Research Institute of CETC", "Muammar al-Qaddafi", "Moamer Kadhafi",
	"Northern Lights Shipping International", "FiberHome Telecommunication",
	("\320\227\320\260\320\262\320\276\320\264 "
	 "\320\220\320\273\320\274\320\260\320\267"),
	"\344\272\221\344\273\216\347\247\221\346\212\200",
	"Soci\303\251t\303\251 G\303\251n\303\251rale d'\303\211quipement"
};

typedef struct Name
{
	unsigned char bytes[MAX_BYTES];
	PackedName	view;
} Name;

static Name names[NAMES];
static volatile int result;		/* keeps the work */

static void
normalize_all(void)
{
	for (int i = 0; i < NAMES; i++)
	{
		NormalName	normal;
		size_t		length = strlen(texts[i]);

		normalize_name(texts[i], length, &normal);
		if (size_packed(&normal, length) > MAX_BYTES ||
			!view_name(names[i].bytes, pack_name(&normal, texts[i], length,
												 names[i].bytes),
					   &names[i].view))
			abort();
	}
}

static void
score_all(bool reject)
{
	for (int i = 0; i < NAMES; i++)
		for (int j = 0; j < NAMES; j++)
			result += reject ?
				names_reach(&names[i].view, &names[j].view, 6500) :
				score_names(&names[i].view, &names[j].view, NULL);
}

/* What GIN calls for one search: keys, probes, and a name after another. */
static void
probe_all(void)
{
	static ProbeSet set;
	static char found[MAX_PROBES];
	static int32_t keys[MAX_KEYS];

	for (int i = 0; i < NAMES; i++)
	{
		extract_probes(&names[i].view, 6500, &set);
		result += extract_keys(&names[i].view, keys);
		for (int j = 0; j < set.count; j++)
		{
			found[j] = 1;
			result += admits_candidate(&set, found);
			found[j] = 0;
		}
	}
}

int
main(int argc, char **argv)
{
	const char *work = argc > 1 ? argv[1] : "";

	normalize_all();
	if (strcmp(work, "normalize") == 0)
		normalize_all();
	if (strcmp(work, "score") == 0 || strcmp(work, "reject") == 0)
		score_all(work[0] == 'r');
	if (strcmp(work, "probe") == 0)
		probe_all();
	return 0;
}
