/*
 * 31_path: from here on nothing is found in the schema of the type
 *
 * That schema may be one in which others create objects, and a function or
 * an operator there whose arguments fit a call better than those of
 * pg_catalog would be taken in its place, by whoever creates the extension
 * or uses it.  Everything after this line names the type's schema and
 * entity_screen wherever it means them.  The setting ends with the script;
 * scripts of updates begin with it.
 */
SET LOCAL search_path = pg_catalog, pg_temp;
