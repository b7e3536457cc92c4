/*-------------------------------------------------------------------------
 *
 * once.c
 *	  Runs a fuzzing harness without libFuzzer, on inputs made here: for
 *	  test/coverage, and where there is no clang.
 *
 *	  PROGRAM [COUNT]
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#define MAX_INPUT 400

static uint32_t state = 1;

static unsigned
pick(unsigned n)
{
	state = state * UINT32_C(1103515245) + 12345;
	return state / 65536 % n;
}

static size_t
make_input(uint8_t *input)
{
	static const char *const pieces[] = {
		"Cloud Walk ", "Technology Co., Ltd ", "38th ", "Institute ", "\n",
		"\320\220\320\273\320\274\320\260\320\267 ", "Shanghai ", "\0\0", "GmbH ",
		"&#x53;&#1047;&#xe9;&#128512; ", "&#xg; &#; &#99999999; ",
		/* Gothic letters, a digit of Adlam, letters of no assigned script */
		"\360\220\214\260\360\220\214\261 ", "\360\236\245\220 ",
		"\360\236\244\200\360\257\277\260 ", "\341\216\240\341\217\210 ",
		"\357\267\272 ", "\342\205\247\302\275 ", "\355\240\200"
	};
	size_t		size = 0;

	for (unsigned i = 3 * pick(6); i > 0; i--)
		input[size++] = (uint8_t) pick(i % 3 == 1 ? 256 : 100);
	input[size++] = '\n';
	for (unsigned i = 1 + pick(7); i > 0; i--)
	{
		const char *piece = pieces[pick(sizeof(pieces) / sizeof(pieces[0]))];

		memcpy(input + size, piece, strlen(piece));
		size += strlen(piece);
	}
	return size;
}

int
main(int argc, char **argv)
{
	uint8_t		input[MAX_INPUT];

	for (int n = argc > 1 ? atoi(argv[1]) : 1000; n > 0; n--)
		LLVMFuzzerTestOneInput(input, make_input(input));
	return 0;
}
