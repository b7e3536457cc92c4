-- Score, explanation and similarity operators (src/match/).

CREATE FUNCTION entity_similarity(a entity_name, b entity_name)
	RETURNS double precision
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 25;
COMMENT ON FUNCTION entity_similarity(entity_name, entity_name) IS
	'likeness of two names, 0 to 1 in steps of 1/10000; 1 only for equal '
	'normal forms';

CREATE FUNCTION entity_explain(a entity_name, b entity_name) RETURNS jsonb
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION entity_explain(entity_name, entity_name) IS
	'why two names score as they do: words that met and by what means, words '
	'that are missing, contradictions, and the arithmetic: the larger of '
	'words.score and grams.score, each times numbers_contradict, '
	'places_contradict, cores_contradict, only_generic_words and '
	'one_changed_word (of the latter, a tenth of what is beyond 0.65; it is 0 '
	'unless akin_weight is 10 and 33 % of core_weight in both names, and 0.85 of '
	'itself where not respelled)';

CREATE FUNCTION entity_explain_text(a entity_name, b entity_name)
	RETURNS text
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION entity_explain_text(entity_name, entity_name) IS
	'why two names score as they do, in one line for people';

CREATE FUNCTION entity_address_similarity(a text, b text)
	RETURNS double precision
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION entity_address_similarity(text, text) IS
	'likeness of two postal addresses, 0 to 1 in steps of 1/10000: words '
	'left out on one side cost little, house numbers and places that differ '
	'cost much; at most 0.30 where only places agree, 0.50 where only '
	'places and numbers do';

CREATE FUNCTION entity_distance(a entity_name, b entity_name)
	RETURNS double precision
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 25;
COMMENT ON FUNCTION entity_distance(entity_name, entity_name) IS
	'implementation of <->: 1 - similarity';

CREATE FUNCTION entity_name_similar(a entity_name, b entity_name)
	RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C STABLE STRICT PARALLEL SAFE LEAKPROOF COST 25;
COMMENT ON FUNCTION entity_name_similar(entity_name, entity_name) IS
	'implementation of %: similarity of at least entity_screen.threshold';

CREATE FUNCTION entity_name_matches_query(name entity_name,
										  query entity_query)
	RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 25;
COMMENT ON FUNCTION entity_name_matches_query(entity_name, entity_query) IS
	'implementation of @@: similarity of at least the threshold of the query';

CREATE FUNCTION entity_similar_sel(internal, oid, internal, integer)
	RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION entity_similar_joinsel(internal, oid, internal, smallint,
									   internal)
	RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION entity_query_sel(internal, oid, internal, integer)
	RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION entity_query_joinsel(internal, oid, internal, smallint,
									 internal)
	RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION entity_similar_sel(internal, oid, internal, integer) IS
	'selectivity of %';
COMMENT ON FUNCTION entity_similar_joinsel(internal, oid, internal, smallint,
										   internal) IS
	'join selectivity of %';
COMMENT ON FUNCTION entity_query_sel(internal, oid, internal, integer) IS
	'selectivity of @@';
COMMENT ON FUNCTION entity_query_joinsel(internal, oid, internal, smallint,
										 internal) IS
	'join selectivity of @@';

CREATE OPERATOR % (
	LEFTARG = entity_name, RIGHTARG = entity_name,
	FUNCTION = entity_name_similar, COMMUTATOR = %,
	RESTRICT = entity_similar_sel, JOIN = entity_similar_joinsel
);
COMMENT ON OPERATOR % (entity_name, entity_name) IS
	'similar: score of at least entity_screen.threshold';

CREATE OPERATOR @@ (
	LEFTARG = entity_name, RIGHTARG = entity_query,
	FUNCTION = entity_name_matches_query,
	RESTRICT = entity_query_sel, JOIN = entity_query_joinsel
);
COMMENT ON OPERATOR @@ (entity_name, entity_query) IS
	'matches: score of at least the threshold of the query';

CREATE OPERATOR <-> (
	LEFTARG = entity_name, RIGHTARG = entity_name,
	FUNCTION = entity_distance, COMMUTATOR = <->
);
COMMENT ON OPERATOR <-> (entity_name, entity_name) IS 'distance: 1 - score';

-- Inlined, so that an index on name serves it, in joins too.
CREATE FUNCTION entity_match(name entity_name, query text,
							 threshold double precision)
	RETURNS boolean
	LANGUAGE SQL IMMUTABLE PARALLEL SAFE COST 25
	RETURN name OPERATOR(@extschema@.@@)
		@extschema@.entity_query(query, threshold);
COMMENT ON FUNCTION entity_match(entity_name, text, double precision) IS
	'does a name match a text with a score of at least threshold, '
	'0.30 to 1.00?';
