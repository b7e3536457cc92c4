/*-------------------------------------------------------------------------
 *
 * digest.c
 *	  Names of every script, and what the rules make of them: what has to be
 *	  the same wherever this runs.
 *
 *	  digest names COUNT [latin1]	prints so many made-up names, one a line
 *	  digest forms					for each name of the standard input its
 *									normal form and its score against the
 *									two names before it
 *	  digest keys					for each name a hash of its index keys
 *
 * test/t/023_reproducible.pl compares with what servers say.  The names also
 * seed the fuzzing of test/fuzz.
 *
 *-------------------------------------------------------------------------
 */
#include "match/match.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 4096
#define lengthof(array) ((int) (sizeof(array) / sizeof((array)[0])))

static uint32_t state = 1;

static int
pick(int n)
{
	state = state * UINT32_C(1103515245) + 12345;
	return (int) (state / 65536 % (uint32_t) n);
}

/* First those that a database in LATIN1 can hold. */
#define N_LATIN1 34

static const char *const words[] = {
	"Cloud", "Walk", "Technology", "Trading", "Institute", "Ltd", "GmbH",
	"Café", "Müller", "São", "Ångström", "O'Brien", "No.38", "13th", "X",
	"Co., Ltd.", "S.A. de C.V.", "of the", "IS?Vision", "AT&amp;T", "Group",
	"Research", "Bank", "Öst", "Señor", "Çelik", "Shanghai", "Beijing",
	"Al-Noor", "Muhammad", "Ivanov", "International", "Électricité", "(Hong Kong)",
	"Łódź", "Żółć", "Đorđević", "İstanbul", "ﬁnance", "ＦＵＬＬ", "Ǆ", "é̂",
	"Pay‑Pаl", "ОАО", "Алмаз-Антей", "Завод", "Київ", "Ђорђевић", "Щукин",
	"Қазақстан", "Объединённая", "云从科技", "有限公司", "第三十八研究所",
	"上海", "雲從", "重庆长安", "银行", "華為技術", "ソニー", "株式会社",
	"トヨタ", "ﾄﾖﾀ", "三菱重工業", "삼성전자", "주식회사", "현대", "شرکت",
	"صنایع", "محمد", "النور", "پتروشیمی", "گروه", "ישראל", "תעשיות",
	"Ελλάς", "Ανώνυμη", "Εταιρεία", "საქართველო", "Հայաստան", "บริษัท",
	"จำกัด", "भारत", "लिमिटेड", "ঢাকা", "தமிழ்", "ኢትዮጵያ", "ភ្នំពេញ", "မြန်မာ",
	"😀", "№ 7", "½", "Ⅷ", "\xEF\xBF\xBD", "\xE2\x80\x8B", "d\xCC\xA3\xCC\x87"
};

static const char *const syllables[] = {
	"ba", "ko", "li", "tron", "mex", "sha", "zu", "net", "walk", "fi", "ber",
	"ho", "me", "sen", "se", "ya", "tu", "hik", "vi", "sion", "da", "hua",
	"qi", "x", "gor", "sk", "ov", "an", "al", "maz", "ed", "ur", "ning"
};

static void
print_name(int nwords)
{
	for (int i = pick(6); i >= 0; i--)
	{
		if (pick(3) > 0)
			fputs(words[pick(nwords)], stdout);
		else
			for (int j = pick(4); j >= 0; j--)
				fputs(syllables[pick(lengthof(syllables))], stdout);
		if (i > 0)
			putchar(' ');
	}
	putchar('\n');
}

typedef struct Name
{
	unsigned char bytes[MAX_LINE + 20000];
	PackedName	view;
} Name;

static bool
read_name(Name *name)
{
	static char line[MAX_LINE];
	NormalName	normal;
	size_t		length;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	length = strcspn(line, "\n");
	normalize_name(line, length, &normal);
	if (size_packed(&normal, length) > sizeof(name->bytes) ||
		!view_name(name->bytes, pack_name(&normal, line, length, name->bytes),
				   &name->view))
		abort();
	return true;
}

static void
print_forms(void)
{
	static Name ring[3];

	for (int n = 0; read_name(&ring[n % 3]); n++)
	{
		const PackedName *view = &ring[n % 3].view;

		printf("%.*s", view->form_length, view->form);
		for (int back = 1; back <= 2 && back <= n; back++)
			printf("|%d", score_names(view, &ring[(n - back) % 3].view, NULL));
		putchar('\n');
	}
}

static void
print_keys(void)
{
	static Name name;
	static int32_t keys[MAX_KEYS];

	while (read_name(&name))
	{
		int			nkeys = extract_keys(&name.view, keys);
		uint64_t	hash = UINT64_C(14695981039346656037);

		for (int i = 0; i < nkeys; i++)
			for (int shift = 0; shift < 32; shift += 8)
			{
				hash ^= (uint32_t) keys[i] >> shift & 255;
				hash *= UINT64_C(1099511628211);
			}
		printf("%d %016" PRIx64 "\n", nkeys, hash);
	}
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "names") == 0 && argc > 2)
	{
		for (int n = atoi(argv[2]); n > 0; n--)
			print_name(argc > 3 ? N_LATIN1 : lengthof(words));
	}
	else if (strcmp(what, "forms") == 0)
		print_forms();
	else if (strcmp(what, "keys") == 0)
		print_keys();
	else
	{
		fprintf(stderr, "digest names COUNT [latin1] | forms | keys\n");
		return 2;
	}
	return 0;
}
