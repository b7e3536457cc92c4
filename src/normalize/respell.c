/*-------------------------------------------------------------------------
 *
 * respell.c
 *	  One spelling for roots that Russian shares with other languages.
 *
 * "Tekhnopromeksport" and "Technopromexport", "Khimkompozit" and
 * "Chemcomposite" are one word in two manners of writing, and their
 * consonants are not, so that they would not meet by sound.  Only words that
 * no table knows come here.
 *
 *-------------------------------------------------------------------------
 */
#include "steps.h"

#include <string.h>

#define MIN_RESPELLED 4			/* shorter words are left alone */

typedef enum RootPlace
{
	ANYWHERE,
	AT_START,
	AT_END
} RootPlace;

typedef struct Root
{
	const char *written;
	const char *read;			/* not longer */
	RootPlace	place;
} Root;

static const Root roots[] = {
	{"avto", "auto", AT_START},
	{"chem", "chim", AT_START},
	{"eksport", "export", ANYWHERE},
	{"gidro", "hydro", AT_START},
	{"khim", "chim", AT_START},
	{"tekhn", "techn", ANYWHERE},
	{"tekh", "tech", AT_END}
};

/* find_root - the root that is written at this place of a word, or NULL */
static const Root *
find_root(const char *letters, int length, int at)
{
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
	{
		const Root *root = &roots[i];
		int			end = at + (int) strlen(root->written);

		if (root->written[0] == letters[at] && end <= length &&
			(root->place != AT_START || at == 0) &&
			(root->place != AT_END || end == length) &&
			memcmp(root->written, letters + at, end - at) == 0)
			return root;
	}
	return NULL;
}

/*
 * respell_word - the one spelling of a core word; returns its length, which
 * is never more than before.
 */
int
respell_word(const char *letters, int length, char *out)
{
	int			written = 0;

	for (int i = 0; i < length;)
	{
		const Root *root = length < MIN_RESPELLED ? NULL :
			find_root(letters, length, i);

		if (root == NULL)
		{
			out[written++] = letters[i++];
			continue;
		}
		memcpy(out + written, root->read, strlen(root->read));
		written += (int) strlen(root->read);
		i += (int) strlen(root->written);
	}
	return written;
}
