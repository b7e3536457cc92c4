/*-------------------------------------------------------------------------
 *
 * entity_screen.h
 *	  The entity_name datum, for other extensions.
 *
 * The bytes after the varlena header have no alignment and may sit behind a
 * short header; their layout may change.  Pass the datum on, and ask
 * entity_normal_form() or entity_similarity() about it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENTITY_SCREEN_H
#define ENTITY_SCREEN_H

#include "fmgr.h"

typedef struct varlena EntityName;

#define DatumGetEntityNameP(datum) \
	((EntityName *) PG_DETOAST_DATUM_PACKED(datum))
#define PG_GETARG_ENTITY_NAME_P(n) DatumGetEntityNameP(PG_GETARG_DATUM(n))
#define PG_RETURN_ENTITY_NAME_P(name) PG_RETURN_POINTER(name)

#endif							/* ENTITY_SCREEN_H */
