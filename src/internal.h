/*-------------------------------------------------------------------------
 *
 * internal.h
 *	  What the parts that know PostgreSQL share; the only place that knows
 *	  its versions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef INTERNAL_H
#define INTERNAL_H

#include "postgres.h"

#include "utils/jsonb.h"

#include "entity_screen.h"
#include "match/match.h"
#include "type/packed_name.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#include "rewrite/rewriteManip.h"
#endif

#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#define MODULE_MAGIC \
	PG_MODULE_MAGIC_EXT(.name = "entity_screen", .version = EXTENSION_VERSION)
#else
#define MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* jsonb that is being built; both have a result */
#if PG_VERSION_NUM >= 190000
typedef JsonbInState JsonState;
#define PUSH_JSON(json, what, value) pushJsonbValue(json, what, value)
#else
typedef struct JsonState
{
	JsonbValue *result;
	JsonbParseState *stack;
} JsonState;
#define PUSH_JSON(json, what, value) \
	((json)->result = pushJsonbValue(&(json)->stack, what, value))
#endif

/* A column above an outer join is still that column; 15 knows no other. */
#if PG_VERSION_NUM >= 160000
#define IGNORE_NULLING(root, expression) \
	remove_nulling_relids(expression, (root)->outer_join_rels, NULL)
#else
#define IGNORE_NULLING(root, expression) (expression)
#endif

/* module.c */
extern int	threshold_setting;	/* n / SCORE_ONE, from the GUC */
extern int	round_threshold(double threshold);
extern int	reject_evidence_timeout;	/* ms, from the GUC */

/* match/operator.c */
extern Datum entity_name_similar(PG_FUNCTION_ARGS);
extern Datum entity_name_matches_query(PG_FUNCTION_ARGS);

/* join/path.c */
extern void install_join(void);

/* type/entity_name.c */
extern Datum entity_normal_form(PG_FUNCTION_ARGS);
extern EntityName *make_name(const char *text, size_t length);
extern EntityName *cast_name(FmgrInfo *call, text *value);
extern void normalize_server_text(const char *text, size_t length,
								  NormalName *name);
extern void open_name(EntityName *name, PackedName *view);

/* type/entity_query.c */
typedef struct EntityQuery
{
	int			threshold;
	PackedName	name;
} EntityQuery;

extern void open_query(Datum datum, EntityQuery *query);

#endif							/* INTERNAL_H */
