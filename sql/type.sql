-- The type: anything that text accepts comes back byte for byte.

SELECT '  Cloud Walk  Tech. Co., Ltd '::entity_name;
SELECT ''::entity_name = ''::entity_name AS empty_equals_itself;
SELECT name::entity_name::text = name AS same
FROM (VALUES ('云从科技集团股份有限公司'), ('Общество «Алмаз»'), (E'tab\there'),
			 ('&amp; é'), ('?'), (repeat('long ', 13000))) v (name);

-- Only size has a limit.
SELECT length(repeat('x', 65536)::entity_name::text);
SELECT repeat('x', 65537)::entity_name;
\echo :LAST_ERROR_SQLSTATE

-- Casts are by assignment, never implicit.
CREATE TABLE type_test (name entity_name, plain text);
INSERT INTO type_test VALUES ('CloudWalk'::text, 'NetPosa'::entity_name);
INSERT INTO type_test (name) VALUES ('NetPosa'::varchar);
SELECT * FROM type_test ORDER BY name;
SELECT castsource::regtype, casttarget::regtype, castcontext
FROM pg_cast
WHERE 'entity_name'::regtype IN (castsource, casttarget)
ORDER BY 1::text, 2::text;

-- Equality, order and grouping are those of the normal form.
SELECT 'CLOUDWALK technology'::entity_name = 'CloudWalk Technologies'
	   AS case_and_number,
	   'S.A. Dahua'::entity_name = 'Dahua S.A.' AS order_counts,
	   'Dahua'::entity_name < 'Megvii' AS less,
	   'Dahua'::entity_name <> 'DAHUA' AS different;
SELECT count(*), min(name::text COLLATE "C")
FROM (VALUES ('IS?Vision'::entity_name), ('IS''Vision'), ('IS’Vision'),
			 ('ISVision'), ('NetPosa')) v (name)
GROUP BY name ORDER BY 2;
CREATE UNIQUE INDEX ON type_test (name);
INSERT INTO type_test VALUES ('NETPOSA');
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM type_test WHERE name = 'netposa';
SELECT name FROM type_test WHERE name = 'netposa';
RESET enable_seqscan;
RESET enable_bitmapscan;

-- Equal names hash alike, and hashes are spread.
SELECT count(DISTINCT entity_name_hash(('name ' || n)::entity_name)) > 990
FROM generate_series(1, 1000) n;
SELECT bool_and(entity_name_hash(a) = entity_name_hash(b)
				AND entity_name_hash_extended(a, 7)
					= entity_name_hash_extended(b, 7))
FROM (VALUES ('Dahua Technology'::entity_name, 'DAHUA  TECHNOLOGY'
			  ::entity_name)) v (a, b);

-- Binary form: format byte and text, no derived keys.
SELECT entity_name_send('Dahua');
\! rm -f /tmp/entity_screen_type_test.bin
COPY (SELECT name FROM type_test WHERE name IS NOT NULL ORDER BY name)
	TO '/tmp/entity_screen_type_test.bin' (FORMAT binary);
CREATE TABLE type_copy (name entity_name);
COPY type_copy FROM '/tmp/entity_screen_type_test.bin' (FORMAT binary);
\! rm -f /tmp/entity_screen_type_test.bin
SELECT name, entity_normal_form(name) FROM type_copy ORDER BY name;

-- A search carries its threshold.
SELECT entity_query('CloudWalk', 0.7), '0.65|Net|Posa'::entity_query;
SELECT entity_query('CloudWalk', 0.29);
\echo :LAST_ERROR_SQLSTATE
SELECT entity_query('CloudWalk', 'NaN');
\echo :LAST_ERROR_SQLSTATE
SELECT 'CloudWalk'::entity_query;
\echo :LAST_ERROR_SQLSTATE

-- A cast knows the text of its last call, and no other
SELECT written, entity_normal_form(written::entity_name), entity_query(written, 0.7)
FROM unnest(ARRAY['Berg AG', 'Berg AG', 'Berg A', '', '', 'Tal AG', 'Berg AG', NULL, 'Berg AG']) AS written;

-- Order is that of normal forms
SELECT 'Acme GmbH'::entity_name <= 'ACME gmbh' AS le, 'Acme GmbH'::entity_name >= 'ACME gmbh' AS ge, 'Beta'::entity_name <= 'Acme' AS not_le, 'Beta'::entity_name >= 'Acme' AS greater_ge, 'Beta'::entity_name > 'Acme' AS gt, 'Acme'::entity_name > 'ACME' AS not_gt;

DROP TABLE type_test, type_copy;
