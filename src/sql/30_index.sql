-- GIN operator class of entity_name (src/index/gin.c). Where the sought
-- value of @@ is an entity_query, the same functions serve; the server calls
-- them by number, and wants the indexed type in their signatures.

CREATE FUNCTION gin_entity_extract_value(entity_name, internal)
	RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gin_entity_extract_query(entity_name, internal, smallint,
										 internal, internal, internal,
										 internal)
	RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gin_entity_consistent(internal, smallint, entity_name, integer,
									  internal, internal, internal, internal)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION gin_entity_triconsistent(internal, smallint, entity_name,
										 integer, internal, internal,
										 internal)
	RETURNS "char"
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gin_entity_extract_value(entity_name, internal) IS
	'GIN support';
COMMENT ON FUNCTION gin_entity_extract_query(entity_name, internal, smallint,
											 internal, internal, internal,
											 internal) IS
	'GIN support';
COMMENT ON FUNCTION gin_entity_consistent(internal, smallint, entity_name,
										  integer, internal, internal,
										  internal, internal) IS
	'GIN support';
COMMENT ON FUNCTION gin_entity_triconsistent(internal, smallint, entity_name,
											 integer, internal, internal,
											 internal) IS
	'GIN support';

CREATE OPERATOR CLASS gin_entity_ops DEFAULT FOR TYPE entity_name
	USING gin AS
		OPERATOR 1 % (entity_name, entity_name),
		OPERATOR 2 @@ (entity_name, entity_query),
		FUNCTION 1 pg_catalog.btint4cmp(integer, integer),
		FUNCTION 2 gin_entity_extract_value(entity_name, internal),
		FUNCTION 3 gin_entity_extract_query(entity_name, internal, smallint,
											internal, internal, internal,
											internal),
		FUNCTION 4 gin_entity_consistent(internal, smallint, entity_name,
										 integer, internal, internal,
										 internal, internal),
		FUNCTION 6 gin_entity_triconsistent(internal, smallint, entity_name,
											integer, internal, internal,
											internal),
		STORAGE integer;
COMMENT ON OPERATOR CLASS gin_entity_ops USING gin IS
	'similarity search on names; never leaves out a match';
