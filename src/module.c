/*-------------------------------------------------------------------------
 *
 * module.c
 *	  Module magic, start-up and settings.
 *
 *-------------------------------------------------------------------------
 */
#include "internal.h"

#include <math.h>

#include "utils/guc.h"

MODULE_MAGIC;

#define DEFAULT_THRESHOLD 0.65

/* How long a rejected row waits for its evidence, in milliseconds */
#define DEFAULT_EVIDENCE_TIMEOUT 2000

int			threshold_setting;
int			reject_evidence_timeout;
static double threshold_guc = DEFAULT_THRESHOLD;

void		_PG_init(void);

/*
 * round_threshold - a threshold as the integer that scores are compared
 * with.  ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE outside 0.30 to 1.00, since
 * below it the index could prove nothing.
 */
int
round_threshold(double threshold)
{
	int			rounded = isnan(threshold) || fabs(threshold) > 10 ? -1 :
		(int) rint(threshold * SCORE_ONE);

	if (rounded < MIN_THRESHOLD || rounded > SCORE_ONE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("threshold %g is out of range", threshold),
				 errdetail("A threshold is between 0.30 and 1.00."),
				 errhint("The default is %g.", DEFAULT_THRESHOLD)));
	return rounded;
}

static void
assign_threshold(double newval, void *extra)
{
	threshold_setting = (int) rint(newval * SCORE_ONE);
}

/*
 * entity_screen.threshold is a convenience for people at a prompt: the bare
 * operator % reads it.  Guards and screening functions never do; their
 * threshold is in entity_screen.screening_config.
 */
void
_PG_init(void)
{
	DefineCustomRealVariable("entity_screen.threshold",
							 "Score from which the operator % holds.",
							 "Read by % alone; functions that take a "
							 "threshold, and guards, do not read it.",
							 &threshold_guc,
							 DEFAULT_THRESHOLD,
							 (double) MIN_THRESHOLD / SCORE_ONE, 1.0,
							 PGC_USERSET, 0,
							 NULL, assign_threshold, NULL);
	DefineCustomIntVariable("entity_screen.reject_evidence_timeout",
							"How long the statement whose row is rejected "
							"waits for the evidence to be stored.",
							"After that the server log has the only record.",
							&reject_evidence_timeout,
							DEFAULT_EVIDENCE_TIMEOUT, 10, 600000,
							PGC_SUSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
	install_join();
	MarkGUCPrefixReserved("entity_screen");
}
