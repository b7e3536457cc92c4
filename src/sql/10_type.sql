-- Type entity_name (src/type/entity_name.c) and its order
-- (src/type/compare.c); type entity_query (src/type/entity_query.c).

CREATE TYPE entity_name;

CREATE FUNCTION entity_name_in(cstring) RETURNS entity_name
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION entity_name_out(entity_name) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION entity_name_recv(internal) RETURNS entity_name
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION entity_name_send(entity_name) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE entity_name (
	INPUT = entity_name_in,
	OUTPUT = entity_name_out,
	RECEIVE = entity_name_recv,
	SEND = entity_name_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE entity_name IS
	'name of an organization or person, stored with its normal form';
COMMENT ON FUNCTION entity_name_in(cstring) IS
	'input of entity_name: any text up to 64 kB';
COMMENT ON FUNCTION entity_name_out(entity_name) IS
	'output of entity_name: the original text';
COMMENT ON FUNCTION entity_name_recv(internal) IS
	'binary input of entity_name: format byte, text';
COMMENT ON FUNCTION entity_name_send(entity_name) IS
	'binary output of entity_name: format byte, text';

CREATE FUNCTION entity_name(text) RETURNS entity_name
	AS 'MODULE_PATHNAME', 'entity_name_from_text'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION entity_name(text) IS
	'name of this text; error 54000 above 64 kB';

CREATE FUNCTION entity_name_to_text(entity_name) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION entity_name_to_text(entity_name) IS
	'original text of a name';

CREATE CAST (text AS entity_name)
	WITH FUNCTION entity_name(text) AS ASSIGNMENT;
CREATE CAST (varchar AS entity_name)
	WITH FUNCTION entity_name(text) AS ASSIGNMENT;
CREATE CAST (entity_name AS text)
	WITH FUNCTION entity_name_to_text(entity_name) AS ASSIGNMENT;
CREATE CAST (entity_name AS varchar)
	WITH FUNCTION entity_name_to_text(entity_name) AS ASSIGNMENT;

CREATE FUNCTION entity_normal_form(entity_name) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION entity_normal_form(entity_name) IS
	'normal form of a name: canonical words, one space between them';

CREATE FUNCTION entity_screen.normalizer_version() RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION entity_screen.normalizer_version() IS
	'version of the rules and tables that make normal forms';

-- Equality and order, on the normal form

CREATE FUNCTION entity_name_eq(entity_name, entity_name) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
CREATE FUNCTION entity_name_ne(entity_name, entity_name) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
CREATE FUNCTION entity_name_lt(entity_name, entity_name) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
CREATE FUNCTION entity_name_le(entity_name, entity_name) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
CREATE FUNCTION entity_name_gt(entity_name, entity_name) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
CREATE FUNCTION entity_name_ge(entity_name, entity_name) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
CREATE FUNCTION entity_name_cmp(entity_name, entity_name) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
CREATE FUNCTION entity_name_hash(entity_name) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
CREATE FUNCTION entity_name_hash_extended(entity_name, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;

COMMENT ON FUNCTION entity_name_eq(entity_name, entity_name) IS
	'implementation of =: equal normal forms';
COMMENT ON FUNCTION entity_name_ne(entity_name, entity_name) IS
	'implementation of <>';
COMMENT ON FUNCTION entity_name_lt(entity_name, entity_name) IS
	'implementation of <: normal forms by byte';
COMMENT ON FUNCTION entity_name_le(entity_name, entity_name) IS
	'implementation of <=';
COMMENT ON FUNCTION entity_name_gt(entity_name, entity_name) IS
	'implementation of >';
COMMENT ON FUNCTION entity_name_ge(entity_name, entity_name) IS
	'implementation of >=';
COMMENT ON FUNCTION entity_name_cmp(entity_name, entity_name) IS
	'btree support';
COMMENT ON FUNCTION entity_name_hash(entity_name) IS
	'hash support';
COMMENT ON FUNCTION entity_name_hash_extended(entity_name, bigint) IS
	'hash support';

CREATE OPERATOR = (
	LEFTARG = entity_name, RIGHTARG = entity_name,
	FUNCTION = entity_name_eq, COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
CREATE OPERATOR <> (
	LEFTARG = entity_name, RIGHTARG = entity_name,
	FUNCTION = entity_name_ne, COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
CREATE OPERATOR < (
	LEFTARG = entity_name, RIGHTARG = entity_name,
	FUNCTION = entity_name_lt, COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR <= (
	LEFTARG = entity_name, RIGHTARG = entity_name,
	FUNCTION = entity_name_le, COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR > (
	LEFTARG = entity_name, RIGHTARG = entity_name,
	FUNCTION = entity_name_gt, COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR >= (
	LEFTARG = entity_name, RIGHTARG = entity_name,
	FUNCTION = entity_name_ge, COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR = (entity_name, entity_name) IS 'equal normal forms';
COMMENT ON OPERATOR <> (entity_name, entity_name) IS
	'different normal forms';
COMMENT ON OPERATOR < (entity_name, entity_name) IS 'less, by normal form';
COMMENT ON OPERATOR <= (entity_name, entity_name) IS
	'less or equal, by normal form';
COMMENT ON OPERATOR > (entity_name, entity_name) IS
	'greater, by normal form';
COMMENT ON OPERATOR >= (entity_name, entity_name) IS
	'greater or equal, by normal form';

-- No equalimage: names with equal normal forms may differ in their text.
CREATE OPERATOR CLASS entity_name_ops DEFAULT FOR TYPE entity_name
	USING btree AS
		OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=,
		OPERATOR 5 >,
		FUNCTION 1 entity_name_cmp(entity_name, entity_name);
CREATE OPERATOR CLASS entity_name_hash_ops DEFAULT FOR TYPE entity_name
	USING hash AS
		OPERATOR 1 =,
		FUNCTION 1 entity_name_hash(entity_name),
		FUNCTION 2 entity_name_hash_extended(entity_name, bigint);
COMMENT ON OPERATOR CLASS entity_name_ops USING btree IS
	'order of names by normal form';
COMMENT ON OPERATOR CLASS entity_name_hash_ops USING hash IS
	'equality of names by normal form';

-- A search: a name and the threshold it is sought with

CREATE TYPE entity_query;

CREATE FUNCTION entity_query_in(cstring) RETURNS entity_query
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION entity_query_out(entity_query) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE entity_query (
	INPUT = entity_query_in,
	OUTPUT = entity_query_out,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE entity_query IS
	'sought name with its own threshold, for operator @@';
COMMENT ON FUNCTION entity_query_in(cstring) IS
	'input of entity_query: threshold|name';
COMMENT ON FUNCTION entity_query_out(entity_query) IS
	'output of entity_query: threshold|name';

CREATE FUNCTION entity_query(name text, threshold double precision)
	RETURNS entity_query
	AS 'MODULE_PATHNAME', 'entity_query_make'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION entity_query(text, double precision) IS
	'search of a name; threshold 0.30 to 1.00, else error 22003';
