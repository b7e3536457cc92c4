/*-------------------------------------------------------------------------
 *
 * compound.c
 *	  Arabic and Persian names that are written as one word or as several.
 *
 * "Abdulrahman", "Abdurrahman", "Abd al-Rahman" and "Abdul Rahman" are one
 * name, and so are "Hidayatullah" and "Hidayat Allah", "Shamsuddin" and
 * "Shams al-Din".  The long form is cut where it was joined.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

#define MIN_SERVED 4			/* letters of the name after "abd" */
#define MIN_STEM 3				/* letters before "ullah", "uddin" */

static bool
is_open(char c)
{
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

static bool
is_part(const char *letters, int length, const char *part)
{
	return length == (int) strlen(part) &&
		memcmp(letters, part, length) == 0;
}

/*
 * find_served - where the name after "abd" starts: behind the "ul" of
 * "Abdulaziz", behind the first "r" of "Abdurrahman"; 0 if it does not.
 */
static int
find_served(const char *letters, int length)
{
	int			at = 4;

	if (length < 3 + MIN_SERVED || memcmp(letters, "abd", 3) != 0)
		return 0;
	if (letters[3] == 'l')		/* without vowels, "abdlaziz" */
		return length - 4 >= MIN_SERVED ? 4 : 0;
	if (!is_open(letters[3]))
		return 0;
	if (is_part(letters + 4, length - 4, "llah") ||
		is_part(letters + 4, length - 4, "llh"))
		return 3;
	if (letters[4] == 'o' || letters[4] == 'u')	/* "abdoul" */
		at = 5;
	if (letters[at] == 'l' || letters[at] == letters[at + 1])
		return length - at - 1 >= MIN_SERVED ? at + 1 : 0;
	return 0;
}

/* find_suffix - where "ullah" or "uddin" starts; 0 if it does not */
static int
find_suffix(const char *letters, int length, const char **canonical)
{
	static const char *const god[] = {"ullah", "ollah", "allah", "oullah",
	"alah", "ulah", "olah", "allh"};
	static const char *const faith[] = {"uddin", "eddin", "addin", "oddin",
		"eddine", "uddeen", "aldin", "eldin", "aldeen", "eldeen", "eldine",
	"oudine", "ouddine", "udeen", "oddine"};

	*canonical = "allah";
	for (size_t i = 0; i < sizeof(god) / sizeof(god[0]); i++)
	{
		int			at = length - (int) strlen(god[i]);

		if (at >= MIN_STEM && is_part(letters + at, length - at, god[i]))
			return at;
	}
	*canonical = "din";
	for (size_t i = 0; i < sizeof(faith) / sizeof(faith[0]); i++)
	{
		int			at = length - (int) strlen(faith[i]);

		if (at >= MIN_STEM && is_part(letters + at, length - at, faith[i]))
			return at;
	}
	return 0;
}

/*
 * split_compound - the parts of a compound name; returns how many, 0 where
 * the word is none.
 */
int
split_compound(const char *letters, int length, NamePart *parts)
{
	const char *canonical;
	int			at = find_served(letters, length);

	if (at > 0)
	{
		parts[0] = (NamePart) {"abd", 3};
		if (at == 3)
			parts[1] = (NamePart) {"allah", 5};
		else
			parts[1] = (NamePart) {letters + at, length - at};
		return 2;
	}
	at = find_suffix(letters, length, &canonical);
	if (at == 0)
		return 0;
	parts[0] = (NamePart) {letters, at};
	parts[1] = (NamePart) {canonical, (int) strlen(canonical)};
	return 2;
}
