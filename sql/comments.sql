-- Every object of the extension has a comment.

SELECT pg_describe_object(d.classid, d.objid, 0) AS uncommented
FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'entity_screen')
  AND d.deptype = 'e'
  AND obj_description(d.objid, d.classid::regclass::name) IS NULL
  -- made by CREATE TYPE and CREATE OPERATOR CLASS, and casts by their sides
  AND d.classid NOT IN ('pg_opfamily'::regclass, 'pg_cast'::regclass)
  AND NOT (d.classid = 'pg_type'::regclass AND EXISTS (
		SELECT FROM pg_type t WHERE t.oid = d.objid
		AND (t.typelem <> 0 OR t.typrelid <> 0)))
  AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (
		SELECT FROM pg_class c WHERE c.oid = d.objid
		AND c.relkind IN ('i', 'S', 't')))
ORDER BY 1;

SELECT a.attrelid::regclass, a.attname AS uncommented
FROM pg_depend d
JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p', 'v')
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	AND NOT a.attisdropped
WHERE d.classid = 'pg_class'::regclass
  AND d.refclassid = 'pg_extension'::regclass
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'entity_screen')
  AND d.deptype = 'e'
  AND col_description(a.attrelid, a.attnum) IS NULL
ORDER BY 1, 2;
