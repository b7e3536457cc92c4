# Functions and operators that a hostile user plants: for every name of
# pg_catalog that the install script uses, every overload that would fit a call
# better than what pg_catalog has; with "exact" also those that fit as well, for
# a schema that stands before pg_catalog in a path.  Whoever calls one raises
# "captured".
package Planted;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(plant_overloads count_planted);

# The types of our tables and arguments, in the order of how often; what is
# planted is for pairs of them that pg_catalog has no exact function for.
my $plant = <<'SQL';
SET search_path = pg_catalog;
CREATE TEMP TABLE planted_type (type regtype);
INSERT INTO planted_type SELECT t::regtype FROM unnest(ARRAY['text', 'varchar', 'name', 'bpchar', 'bigint',
	'integer', 'smallint', 'oid', 'regclass', 'regrole', 'boolean', 'date', 'timestamptz', 'timestamp', 'interval',
	'numeric', 'double precision', 'real', 'jsonb', 'bytea', 'daterange', 'tstzrange', 'text[]', 'bigint[]', 'date[]',
	'double precision[]', 'name[]', '"char"', 'xml', 'xid8', 'pg_snapshot', 'regprocedure', 'regnamespace']) t;
CREATE TEMP TABLE script_word (word text PRIMARY KEY);
INSERT INTO script_word SELECT unnest(:'words'::text[]);

-- Operators: each name of pg_catalog, each pair of types without an operator
CREATE TEMP TABLE planted_operator AS
SELECT o.oprname, l.type AS lefttype, r.type AS righttype,
	(SELECT p.oprresult FROM pg_operator p WHERE p.oprname = o.oprname
		AND p.oprresult IN (SELECT oid FROM pg_type WHERE typtype <> 'p')
	 ORDER BY (p.oprleft = l.type::oid)::int + (p.oprright = r.type::oid)::int DESC, p.oid LIMIT 1)::regtype AS result
FROM (SELECT DISTINCT oprname FROM pg_operator WHERE oprkind = 'b' AND oprnamespace = 'pg_catalog'::regnamespace
		AND oprname IN ('=', '<>', '<', '<=', '>', '>=', '||', '+', '-', '*', '/', '%', '~', '!~', '~*', '!~*', '~~', '!~~', '~~*', '@>', '<@', '&&', '->', '->>', '#>', '#>>', '?', '-|-', '&', '|')) o,
	planted_type l, planted_type r
WHERE NOT EXISTS (SELECT FROM pg_operator p WHERE p.oprname = o.oprname
		AND p.oprleft = l.type AND p.oprright = r.type)
	AND (o.oprname IN ('=', '<>', '||', '<', '>', '->>', '->', '-', '+')
		OR l.type = r.type OR l.type IN ('text'::regtype, 'bigint'::regtype, 'jsonb'::regtype, 'timestamptz'::regtype, 'name'::regtype)
		OR r.type IN ('text'::regtype, 'bigint'::regtype));

INSERT INTO planted_operator
SELECT oprname, oprleft, oprright, oprresult FROM pg_operator
WHERE :exact AND oprkind = 'b' AND oprnamespace = 'pg_catalog'::regnamespace AND oprname IN (SELECT oprname FROM planted_operator)
	AND oprleft IN (SELECT oid FROM pg_type WHERE typtype <> 'p')
	AND oprright IN (SELECT oid FROM pg_type WHERE typtype <> 'p')
	AND oprresult IN (SELECT oid FROM pg_type WHERE typtype <> 'p');

-- Functions: arguments that are polymorphic, "any", or of a type to which
-- another is cast
CREATE TEMP TABLE similar_type (type regtype, similar_to regtype);
INSERT INTO similar_type SELECT t, u FROM unnest(ARRAY['varchar', 'name', 'bpchar', 'regclass', '"char"']::regtype[]) t,
	unnest(ARRAY['text'::regtype]) u
UNION ALL VALUES ('integer'::regtype, 'bigint'::regtype), ('smallint', 'bigint'), ('smallint', 'integer'), ('bigint', 'numeric'),
	('integer', 'numeric'), ('integer', 'double precision'), ('real', 'double precision'), ('numeric', 'double precision'),
	('date', 'timestamptz'), ('timestamp', 'timestamptz'), ('date', 'timestamp'), ('regclass', 'oid'), ('integer', 'oid'), ('bigint', 'oid');
CREATE TEMP TABLE planted_function AS
WITH used AS (
	SELECT p.oid, p.proname, p.proargtypes::oid[] AS args, p.prorettype, p.provariadic
	FROM pg_proc p JOIN script_word w ON w.word = p.proname
	WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.pronargs BETWEEN 1 AND 6
		AND p.prorettype <> 'internal'::regtype AND p.prorettype <> 'trigger'::regtype
		AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[]) AND NOT 'cstring'::regtype = ANY (p.proargtypes::oid[])
), polymorphic AS (
	SELECT u.proname, t.type, ARRAY(
		SELECT CASE
			WHEN a IN ('anyelement'::regtype, 'anynonarray'::regtype, 'anycompatible'::regtype, '"any"'::regtype, 'anyenum'::regtype, 'anycompatiblenonarray'::regtype) THEN t.type::oid
			WHEN a IN ('anyarray'::regtype, 'anycompatiblearray'::regtype) THEN y.typarray
			WHEN a IN ('anyrange'::regtype) THEN t.type::oid
			ELSE a END
		FROM unnest(u.args) WITH ORDINALITY x (a, n) ORDER BY n) AS args,
		CASE
			WHEN u.prorettype IN ('anyelement'::regtype, 'anynonarray'::regtype, 'anycompatible'::regtype) THEN t.type::oid
			WHEN u.prorettype IN ('anyarray'::regtype, 'anycompatiblearray'::regtype) THEN y.typarray
			WHEN u.prorettype = 'anyrange'::regtype THEN t.type::oid
			ELSE u.prorettype END AS result
	FROM used u, planted_type t JOIN pg_type y ON y.oid = t.type
	WHERE u.args::regtype[] && ARRAY['anyelement', 'anynonarray', 'anyarray', 'anyrange', '"any"', 'anycompatible', 'anycompatiblearray']::regtype[]
		AND (NOT u.args::regtype[] && ARRAY['anyrange'::regtype] OR t.type IN ('daterange'::regtype, 'tstzrange'::regtype))
), many AS (
	SELECT u.proname, u.args[:cardinality(u.args) - 1] || more.types AS args, u.prorettype AS result
	FROM used u, (
		SELECT ARRAY[a.type::oid] AS types FROM planted_type a
		UNION ALL SELECT ARRAY[a.type::oid, b.type::oid] FROM planted_type a, planted_type b
			WHERE a.type IN ('text'::regtype, 'name'::regtype, 'bigint'::regtype, 'regclass'::regtype, 'date'::regtype)
				AND b.type IN ('text'::regtype, 'name'::regtype, 'bigint'::regtype, 'regclass'::regtype, 'jsonb'::regtype)
		UNION ALL SELECT array_fill('text'::regtype::oid, ARRAY[n]) FROM generate_series(3, 8) n) more
	WHERE u.provariadic <> 0
), similar_args AS (
	SELECT u.proname, ARRAY(SELECT CASE WHEN n = k.k THEN s.type::oid ELSE a END
		FROM unnest(u.args) WITH ORDINALITY x (a, n) ORDER BY n) AS args, u.prorettype AS result
	FROM used u, LATERAL generate_subscripts(u.args, 1) k (k), similar_type s
	WHERE s.similar_to = u.args[k.k]
)
SELECT DISTINCT ON (proname, args::oid[]) proname, args::oid[] AS args, result
FROM (SELECT proname, args, prorettype AS result FROM used WHERE :exact
	UNION ALL SELECT proname, args, result FROM polymorphic UNION ALL SELECT * FROM many UNION ALL SELECT * FROM similar_args) x
WHERE result::regtype::text NOT LIKE 'any%' AND result <> 0
	AND NOT EXISTS (SELECT FROM unnest(args) a WHERE a = 0 OR a::regtype::text LIKE '%any%' OR a::regtype = 'internal'::regtype)
	AND (:exact OR NOT EXISTS (SELECT FROM pg_proc p WHERE p.proname = x.proname AND p.pronamespace = 'pg_catalog'::regnamespace
		AND p.proargtypes::oid[] = x.args))
ORDER BY proname, args::oid[], result;

SELECT set_config('planted.schema', :'schema', false);
DO $do$
DECLARE
	place text := quote_ident(current_setting('planted.schema'));
	r record;
	body CONSTANT text := $$BEGIN RAISE EXCEPTION 'captured as %: %', current_user, pg_catalog.pg_backend_pid(); END$$;
BEGIN
	FOR r IN SELECT proname, args, result FROM planted_function LOOP
		BEGIN
			EXECUTE format('CREATE FUNCTION %s.%I(%s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS %L', place, r.proname,
				(SELECT string_agg(a::regtype::text, ', ' ORDER BY n) FROM unnest(r.args) WITH ORDINALITY x (a, n)),
				r.result::regtype, body);
		EXCEPTION WHEN invalid_function_definition OR duplicate_function THEN NULL;
		END;
	END LOOP;
END $do$;
DO $do$
DECLARE
	place text := quote_ident(current_setting('planted.schema'));
	r record;
BEGIN
	FOR r IN SELECT DISTINCT lefttype, righttype, result FROM planted_operator LOOP
		EXECUTE format('CREATE FUNCTION %s.%I(%s, %s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS %L', place,
			'captured_' || r.result::oid, r.lefttype, r.righttype, r.result,
			$$BEGIN RAISE EXCEPTION 'captured as %', current_user; END$$);
	END LOOP;
	FOR r IN SELECT * FROM planted_operator LOOP
		EXECUTE format('CREATE OPERATOR %s.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %s.%I)', place, r.oprname,
			r.lefttype, r.righttype, place, 'captured_' || r.result::oid);
	END LOOP;
END $do$;
SQL

sub plant_overloads
{
	my ($node, $database, $schema, $script, $role, $exact) = @_;

	my %words = map { lc $_ => 1 } $script =~ /([A-Za-z_][A-Za-z_0-9]*)\s*\(/g;
	my $words = join ',', sort keys %words;
	$node->safe_psql($database, "\\set schema '$schema'\n\\set words '{$words}'\n"
		. '\set exact ' . ($exact ? 'true' : 'false') . "\n"
		. "SET ROLE $role;\nSET client_min_messages = warning;\n" . $plant);
	return;
}

sub count_planted
{
	my ($node, $database, $role) = @_;

	return $node->safe_psql($database, "SET search_path = pg_catalog; SELECT
		(SELECT count(*) FROM pg_operator WHERE oprowner = '$role'::regrole) || ' operators, ' ||
		(SELECT count(*) FROM pg_proc WHERE proowner = '$role'::regrole) || ' functions'");
}

1;
