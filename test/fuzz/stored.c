/*-------------------------------------------------------------------------
 *
 * stored.c
 *	  Fuzzing harness: stored bytes as a damaged disk might give them back.
 *
 * The input is a name after the first line feed, and before it the damage:
 * three bytes each, where and what.  view_name() refuses the bytes, or
 * everything that reads the name stays inside of them.  What the name then
 * scores does not matter.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

static const char other[] = "Cloud Walk Technology Co., Ltd 38";

static void
read_everything(const PackedName *view)
{
	static int32_t keys[MAX_KEYS];
	static ProbeSet set;
	TokenView	tokens[MAX_TOKENS];
	FuzzName	sound;

	must(view_tokens(view, tokens) <= MAX_TOKENS);
	must(extract_keys(view, keys) <= MAX_KEYS);
	extract_probes(view, MIN_THRESHOLD, &set);
	must(set.count <= MAX_PROBES);
	make_fuzz_name((const uint8_t *) other, strlen(other), &sound);
	score_names(view, &sound.view, NULL);
	score_names(view, view, NULL);
	free_fuzz_name(&sound);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t		damage = end ? (size_t) (end - data) : 0;
	size_t		length = end ? size - damage - 1 : size;
	FuzzName	name;
	size_t		stored;
	uint8_t    *bytes;
	PackedName	view;

	make_fuzz_name(end ? end + 1 : data, length, &name);
	stored = (size_t) ((const uint8_t *) name.view.text + length -
					   (const uint8_t *) name.bytes);

	/* One byte away from where malloc aligns: nothing may rely on that. */
	bytes = malloc(stored + 1);
	memcpy(bytes + 1, name.bytes, stored);
	for (size_t i = 0; i + 2 < damage; i += 3)
		bytes[1 + (data[i] | (size_t) data[i + 1] << 8) % stored] =
			data[i + 2];
	if (view_name(bytes + 1, stored, &view))
		read_everything(&view);
	free(bytes);
	free_fuzz_name(&name);
	return 0;
}
