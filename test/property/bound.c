/*-------------------------------------------------------------------------
 *
 * bound.c
 *	  Does any pair of names score at or above a threshold that the index
 *	  would not have found?
 *
 *	  bound [PAIRS [SEED]]
 *
 * Half of the names are mutations of the other half, and every pair is tried
 * at the very threshold that its score reaches, where the bound is tightest.
 * A test that cannot fail proves nothing: each class of keys is also switched
 * off in turn, and must then lose at least LEAST_LOST pairs.
 *
 *-------------------------------------------------------------------------
 */
#include "found.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_LOST 1000
#define JOIN_EVERY 4				/* pairs also tried with the join's bound */
#define MAX_TEXT 512
#define NCLASSES (KEY_INITIALS + 1)
#define lengthof(array) ((int) (sizeof(array) / sizeof((array)[0])))

static uint64_t state = 88172645463325252ULL;

static unsigned
pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned) ((state >> 20) % n);
}

static const char *const words[] = {
	"Technology", "Trading", "International", "Institute", "Industrial",
	"Shanghai", "Beijing", "Moscow", "Group", "Co.", "Ltd", "GmbH", "OOO",
	"of", "the", "and", "Research", "Electronics", "38th", "No. 13", "55",
	"Bank", "National", "Ministry", "Public", "Security", "Bureau",
	"University", "Communication", "Development", "Vision", "Systems",
	"Завод", "Общество", "Москва", "Алмаз", "科技", "云从", "第三十八",
	"研究所", "有限公司", "شرکت", "صنایع", "ΑΝΩΝΥΜΗ", "삼성전자", "ソニー",
	"Al", "Abu", "Mohammed", "Ivanov", "X", "A", "1", "é", "?", "IS'Vision"
};

static const char *const syllables[] = {
	"ba", "ko", "li", "tron", "mex", "sha", "zu", "net", "walk", "fi", "ber",
	"ho", "me", "sen", "se", "ya", "tu", "hik", "vi", "sion", "da", "hua",
	"qi", "x", "gor", "sk", "ov", "an", "al", "maz", "ed", "ur", "ning"
};

static void
add_text(char *text, const char *more)
{
	if (strlen(text) + strlen(more) + 2 < MAX_TEXT)
		strcat(text, more);
}

static void
make_brand(char *text)
{
	for (int i = 1 + pick(5); i > 0; i--)
		add_text(text, syllables[pick(lengthof(syllables))]);
}

static void
make_text(char *text)
{
	int			count = pick(40) == 0 ? 45 : pick(7);

	text[0] = '\0';
	for (int i = 0; i <= count; i++)
	{
		if (i > 0 && pick(8) > 0)
			add_text(text, " ");
		if (pick(2) == 0)
			make_brand(text);
		else
			add_text(text, words[pick(lengthof(words))]);
	}
}

static void
edit_letter(char *text)
{
	size_t		length = strlen(text);
	size_t		at = length ? pick((unsigned) length) : 0;

	if (length < 2 || length + 2 > MAX_TEXT)
		return;
	switch (pick(5))
	{
		case 0:
			memmove(text + at, text + at + 1, length - at);
			break;
		case 1:
			memmove(text + at + 1, text + at, length - at + 1);
			text[at] = (char) ('a' + pick(26));
			break;
		case 2:
			text[at] = (char) ('a' + pick(26));
			break;
		case 3:
			if (at + 1 < length)
			{
				char		c = text[at];

				text[at] = text[at + 1];
				text[at + 1] = c;
			}
			break;
		default:
			if (text[at] == ' ')
				memmove(text + at, text + at + 1, length - at);
			else
			{
				memmove(text + at + 1, text + at, length - at + 1);
				text[at] = ' ';
			}
	}
}

/* Words out of order, dropped or added; first letters for words. */
static void
edit_words(char *text)
{
	char		copy[MAX_TEXT];
	char	   *parts[64];
	int			count = 0;
	unsigned	how = pick(5);
	int			at;

	strcpy(copy, text);
	for (char *part = strtok(copy, " "); part && count < 64;
		 part = strtok(NULL, " "))
		parts[count++] = part;
	if (count == 0)
		return;
	at = (int) pick(count);
	text[0] = '\0';
	for (int i = 0; i < count; i++)
	{
		int			j = how == 0 ? (i + at) % count : i;

		if (how == 1 && i == at)
			continue;
		if (how == 2 && i == at)
			make_brand(text);
		if (i > 0 && !(how == 4 && i > at && i < at + 5))
			add_text(text, " ");
		if (how == 4 && i >= at && i < at + 5)
			parts[j][1] = '\0';
		add_text(text, parts[j]);
	}
	if (how == 3)
	{
		add_text(text, " ");
		add_text(text, words[pick(lengthof(words))]);
	}
}

static void
mutate_text(char *text)
{
	for (int i = pick(4); i >= 0; i--)
	{
		if (pick(3) > 0)
			edit_letter(text);
		else
			edit_words(text);
	}
}

/* respell - other vowels, doubled letters, letters of the same sound */
static void
respell(char *text)
{
	static const char from[] = "aeioukgtdszbp";
	static const char to[] = "eaiuokkdtzspb";

	for (size_t i = 0; text[i] != '\0'; i++)
	{
		const char *at = strchr(from, text[i]);

		if (at != NULL && pick(2))
			text[i] = to[at - from];
		else if (pick(8) == 0 && strlen(text) + 2 < MAX_TEXT)
		{
			memmove(text + i + 1, text + i, strlen(text + i) + 1);
			i++;
		}
	}
}

/*
 * make_directed_pair - pairs in which one way to meet carries the match:
 * words turned around so that trigrams do not, and either a brand cut in
 * two or words against their initials.
 */
static void
make_directed_pair(char *a, char *b)
{
	char		head[MAX_TEXT] = "";
	char		tail[MAX_TEXT] = "";
	char		other[MAX_TEXT] = "";
	char		letters[8] = "";
	int			count = 3 + pick(3);

	make_brand(other);
	if (pick(3) == 0)
	{
		make_text(head);
		make_text(tail);
		snprintf(a, MAX_TEXT, "%.200s %.90s %.200s", head, other, tail);
		snprintf(b, MAX_TEXT, "%.90s", other);
		return;
	}
	if (pick(3) == 0)
	{
		make_brand(head);
		strcpy(tail, head);
		respell(tail);
		if (pick(2))
			respell(other);
		snprintf(a, MAX_TEXT, "%.90s %.90s", head, other);
		snprintf(b, MAX_TEXT, "%.90s %.90s", other, tail);
		return;
	}
	if (pick(2) == 0)
	{
		make_brand(head);
		make_brand(tail);
		snprintf(a, MAX_TEXT, "%.90s%.90s %.90s", head, tail, other);
		snprintf(b, MAX_TEXT, "%.90s %.90s %.90s", other, head, tail);
		return;
	}
	for (int i = 0; i < count; i++)
	{
		char		word[MAX_TEXT] = "";

		make_brand(word);
		letters[i] = word[0];
		if (i > 0)
			add_text(head, " ");
		add_text(head, word);
	}
	snprintf(a, MAX_TEXT, "%.300s %.90s", head, pick(2) ? other : "");
	snprintf(b, MAX_TEXT, "%.90s %.90s", letters,
			 strlen(a) > strlen(head) + 1 ? other : "");
}

typedef struct Name
{
	char		text[MAX_TEXT];
	unsigned char bytes[40000];
	PackedName	view;
} Name;

static void
load_name(Name *name)
{
	NormalName	normal;
	size_t		size;

	normalize_name(name->text, strlen(name->text), &normal);
	size = pack_name(&normal, name->text, strlen(name->text), name->bytes);
	if (size > size_packed(&normal, strlen(name->text)) ||
		!view_name(name->bytes, size, &name->view))
		abort();
}

/* Tokens that are no core words and not asked for meet their like. */
static void
meet_unasked(const TokenView *a, uint32_t unasked, const TokenView *b, int nb,
			 uint32_t *a_met, uint32_t *b_met)
{
	for (int i = 0; i < MAX_TOKENS; i++)
		for (int j = 0; (unasked >> i & 1) && j < nb; j++)
			if (b[j].tag != TAG_CORE && a[i].length == b[j].length &&
				memcmp(a[i].letters, b[j].letters, a[i].length) == 0)
			{
				*a_met |= UINT32_C(1) << i;
				*b_met |= UINT32_C(1) << j;
			}
}

/* letters_may_match - as the join in memory tells it */
static bool
letters_may_match(const ProbeSet *set, const Name *sought, const Name *stored,
				  uint32_t sought_akin, uint32_t stored_akin)
{
	TokenView	tokens[MAX_TOKENS];
	BriefWord	words[MAX_TOKENS];
	WordBrief	brief;

	brief_words(tokens, view_tokens(&stored->view, tokens), words, &brief);
	return letters_admit(set, sought_akin) &&
		is_brief_akin(&brief, stored_akin) &&
		2 * SCORE_ONE * overlap_grams(&sought->view, &stored->view) >=
		share_letters(set->threshold) *
		(sought->view.gram_weight + stored->view.gram_weight);
}

/* is_packed - would the join in memory compare these two? */
static bool
is_packed(const Name *sought, const Name *stored, int threshold, int without)
{
	static ProbeSet set;
	static NameKey keys[MAX_KEYS];
	TokenView	a[MAX_TOKENS];
	TokenView	b[MAX_TOKENS];
	int			na = view_tokens(&sought->view, a);
	int			nb = view_tokens(&stored->view, b);
	int			nkeys = list_keys(&stored->view, keys);
	uint32_t	a_met = 0;
	uint32_t	b_met = 0;
	uint32_t	a_akin = 0;
	uint32_t	b_akin = 0;

	extract_all_probes(&sought->view, threshold, &set);
	if (set.count > MAX_PROBES || nkeys > MAX_KEYS)
		abort();
	for (int i = 0; i < set.count; i++)
		for (int j = 0; set.probes[i].reason != without && j < nkeys; j++)
			if ((int) keys[j].reason != without &&
				set.probes[i].key == keys[j].key)
			{
				a_met |= set.probes[i].tokens;
				b_met |= keys[j].tokens;
				a_akin |= shows_akin(&set.probes[i]) ? set.probes[i].tokens : 0;
				b_akin |= shows_akin(&set.probes[i]) ? keys[j].tokens : 0;
			}
	if (letters_may_match(&set, sought, stored, a_akin, b_akin))
		return true;
	meet_unasked(a, set.unasked, b, nb, &a_met, &b_met);
	return words_may_reach(a, na, a_met, b, nb, b_met, threshold);
}

static int64_t lost[NCLASSES];
static int64_t unpacked[NCLASSES];
static int64_t matched;
static int64_t asymmetric;

static void
try_pair(Name *a, Name *b)
{
	int			score = score_names(&a->view, &b->view, NULL);

	if (score != score_names(&b->view, &a->view, NULL) ||
		score < 0 || score > SCORE_ONE ||
		(score > 0 && !names_reach(&a->view, &b->view, score)) ||
		names_reach(&b->view, &a->view, score + 1 + (int) pick(500)))
		asymmetric++;
	if (score < MIN_THRESHOLD)
		return;
	matched++;
	if (!is_found(&a->view, &b->view, score, 0) ||
		!is_found(&b->view, &a->view, score, 0) ||
		!is_found(&a->view, &b->view,
				  MIN_THRESHOLD + pick(score - MIN_THRESHOLD + 1), 0))
	{
		if (lost[0]++ < 10)
			printf("# lost at %d: \"%s\" and \"%s\"\n", score, a->text, b->text);
	}
	for (int class = KEY_TOKEN; class < NCLASSES; class++)
		if (!is_found(&a->view, &b->view, score, class) ||
			!is_found(&b->view, &a->view, score, class))
			lost[class]++;
	if (matched % JOIN_EVERY != 0)
		return;
	if (!is_packed(a, b, score, 0) || !is_packed(b, a, score, 0))
	{
		if (unpacked[0]++ < 10)
			printf("# not joined at %d: \"%s\" and \"%s\"\n", score, a->text,
				   b->text);
	}
	for (int class = KEY_TOKEN; class < NCLASSES; class++)
		if (!is_packed(a, b, score, class) || !is_packed(b, a, score, class))
			unpacked[class]++;
}

static int
report(int number, const char *what, bool good)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", number, what);
	return good ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static const char *const classes[] = {
		"", "version", "token", "other", "segment", "sound", "joined", "initials"
	};
	static Name a;
	static Name b;
	int64_t		pairs = argc > 1 ? atoll(argv[1]) : 400000;
	int			failed = 0;
	char		what[200];

	if (argc > 2)
		state ^= (uint64_t) atoll(argv[2]) * UINT64_C(0x9E3779B97F4A7C15);
	for (int64_t i = 0; i < pairs; i++)
	{
		if (pick(4) == 0)
			make_directed_pair(a.text, b.text);
		else
		{
			make_text(a.text);
			strcpy(b.text, a.text);
			mutate_text(b.text);
		}
		load_name(&a);
		load_name(&b);
		try_pair(&a, &b);
	}
	snprintf(what, sizeof(what), "no match lost among %" PRId64
			 " pairs at their own score", matched);
	failed += report(1, what, lost[0] == 0 && matched > pairs / 3);
	failed += report(2, "the score is symmetric, in range, and told from a threshold",
					 asymmetric == 0);
	for (int class = KEY_TOKEN; class < NCLASSES; class++)
	{
		snprintf(what, sizeof(what), "without %s keys %" PRId64
				 " pairs are lost", classes[class], lost[class]);
		failed += report(class + 1, what,
						 lost[class] >= LEAST_LOST * pairs / 400000);
	}
	failed += report(NCLASSES + 1, "no match lost to the join in memory",
					 unpacked[0] == 0);
	for (int class = KEY_TOKEN; class < NCLASSES; class++)
	{
		snprintf(what, sizeof(what), "without %s keys %" PRId64
				 " pairs are not joined", classes[class], unpacked[class]);
		failed += report(NCLASSES + class, what,
						 unpacked[class] >= LEAST_LOST * pairs / 400000 / JOIN_EVERY);
	}
	printf("1..%d\n", 2 * NCLASSES - 1);
	return failed > 0;
}
