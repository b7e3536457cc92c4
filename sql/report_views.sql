-- Reporting views: plain types, a label beside each code, one kind of time axis.
SELECT c.relname AS view, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS not_plain
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind = 'v' AND c.relname LIKE 'v\_%'
	AND a.atttypid NOT IN ('text'::regtype, 'bigint'::regtype, 'integer'::regtype, 'numeric'::regtype,
		'double precision'::regtype, 'boolean'::regtype, 'date'::regtype,
		'timestamptz'::regtype, 'interval'::regtype)
ORDER BY 1, a.attnum;
SELECT c.relname AS view, a.attname AS code_without_label
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind = 'v' AND c.relname LIKE 'v\_%'
	AND a.attname LIKE '%\_code' AND a.attname NOT IN ('list_code', 'country_code')
	AND NOT EXISTS (SELECT FROM pg_attribute l WHERE l.attrelid = c.oid
		AND l.attname = regexp_replace(a.attname, '_code$', '_label'))
ORDER BY 1, a.attnum;
-- what is a code by its values has the name of one
SELECT c.relname AS view, a.attname AS looks_like_a_code
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind = 'v' AND c.relname LIKE 'v\_%'
	AND a.attname ~ '(^|_)(status|action|decision|disposition|operation|legal_effect|basis|entry_type|name_type|kind|policy)$'
	AND a.attname <> 'license_review_policy'
ORDER BY 1, a.attnum;
SELECT c.relname AS view, a.attname AS uncommented
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind = 'v' AND c.relname LIKE 'v\_%'
	AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)
ORDER BY 1, a.attnum;
