# Objects that a hostile user plants: before CREATE EXTENSION they are not
# adopted and stop it with an error at most; overloads of functions and
# operators of pg_catalog, in the schema of the type or first in the path of a
# session, are never called by anything of the extension.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;
use Installation;
use Planted;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;
chomp(my $share = `pg_config --sharedir`);
my $script = slurp_file("$share/extension/entity_screen--" . current_version() . '.sql');

sub make_database
{
	my ($name) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, 'GRANT CREATE ON SCHEMA public TO mallory;
		GRANT CREATE ON DATABASE ' . $name . ' TO mallory');
	return;
}

$node->safe_psql('postgres', 'CREATE ROLE mallory');

# ---------------------------------------------- before CREATE EXTENSION
# Each of these is refused, and the extension is not half there.
make_database('adopted');
foreach my $planted (
	[ 'the schema of the lists', 'CREATE SCHEMA entity_screen', 'DROP SCHEMA entity_screen',
		qr/schema "entity_screen" already exists.*HINT:.*Drop or rename/s ],
	[ 'the type', "CREATE TYPE public.entity_name AS ENUM ('x')", 'DROP TYPE public.entity_name',
		qr/type "entity_name" already exists/ ],
	[ 'a shell type', 'CREATE TYPE public.entity_name', 'DROP TYPE public.entity_name',
		qr/already exists|must be owner|not owner|does not exist/ ],
	[ 'a domain', 'CREATE DOMAIN public.entity_query AS text', 'DROP DOMAIN public.entity_query',
		qr/type "entity_query" already exists/ ],
	[ 'a table of the name of the type', 'CREATE TABLE public.entity_name (a int)', 'DROP TABLE public.entity_name',
		qr/already exists/ ],
	[ 'a function', 'CREATE FUNCTION public.entity_address_similarity(text, text) RETURNS double precision LANGUAGE sql RETURN 1.0',
		'DROP FUNCTION public.entity_address_similarity',
		qr/function "?entity_address_similarity"? already exists/ ],
	[ 'a function of cstring', q{CREATE FUNCTION public.entity_name_in(cstring) RETURNS text LANGUAGE internal AS 'textin'},
		'DROP FUNCTION public.entity_name_in', qr/already exists|permission denied|only superuser/ ])
{
	my ($what, $create, $drop, $error) = @$planted;

	my ($code, $out, $err) = $node->psql('adopted', "SET ROLE mallory; $create");
	if ($code)
	{
		like($err, qr/permission denied|must be superuser/, "planted: $what: not even allowed");
		next;
	}
	($code, $out, $err) = $node->psql('adopted', 'CREATE EXTENSION entity_screen');
	if ($code)
	{
		like($err, $error, "planted: $what: refused, by name");
	}
	else
	{
		is($node->safe_psql('adopted', q{SELECT count(*) FROM pg_depend d
			WHERE d.deptype = 'e' AND d.classid = 'pg_type'::regclass AND d.objid IN
				(SELECT oid FROM pg_type WHERE typowner = 'mallory'::regrole)}), '0',
			"planted: $what: not adopted");
		$node->safe_psql('adopted', 'DROP EXTENSION entity_screen');
	}
	is($node->safe_psql('adopted', q{SELECT count(*) FROM pg_extension WHERE extname = 'entity_screen'
		UNION ALL SELECT count(*) FROM pg_proc WHERE proname = 'entity_similarity'}), "0\n0",
		"planted: $what: nothing stays");
	$node->psql('adopted', $drop);
}
$node->safe_psql('adopted', 'CREATE EXTENSION entity_screen');
pass('with all of it gone the extension is created');
is($node->safe_psql('adopted', q{SELECT count(*) FROM pg_depend d, pg_proc p
	WHERE d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND d.objid = p.oid
		AND p.proowner <> (SELECT extowner FROM pg_extension WHERE extname = 'entity_screen')}),
	'0', 'every function belongs to whoever created the extension');

# ------------------------------------- overloads in the schema of the type
sub depends_on_planted
{
	my ($database) = @_;

	return $node->safe_psql($database, q{SET search_path = pg_catalog;
		SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0), pg_describe_object(d.refclassid, d.refobjid, 0)
		FROM pg_depend d
		WHERE (d.refclassid = 'pg_proc'::regclass
				AND d.refobjid IN (SELECT oid FROM pg_proc WHERE proowner = 'mallory'::regrole)
			OR d.refclassid = 'pg_operator'::regclass
				AND d.refobjid IN (SELECT oid FROM pg_operator WHERE oprowner = 'mallory'::regrole))
			AND NOT (d.classid = 'pg_operator'::regclass
				AND d.objid IN (SELECT oid FROM pg_operator WHERE oprowner = 'mallory'::regrole))});
}

make_database('overloaded');
plant_overloads($node, 'overloaded', 'public', $script, 'mallory');
my $planted = count_planted($node, 'overloaded', 'mallory');
like($planted, qr/^\d{4,} operators, \d{4,} functions/, "planted: $planted");
my ($code, $out, $err) = $node->psql('overloaded', q{SELECT 5::numeric >= 5});
isnt($code, 0, 'they get in the way of an ordinary query');
($code, $out, $err) = $node->psql('overloaded', 'CREATE EXTENSION entity_screen');
is($err, '', 'the extension is created among them');
is(depends_on_planted('overloaded'), '', '... and nothing of it calls one');
$node->safe_psql('overloaded', 'DROP EXTENSION entity_screen');
furnish($node, 'overloaded');
check_at_work($node, 'overloaded', 'overloaded');
is(depends_on_planted('overloaded'), '', '... nor anything that it made at work');

$node->stop;
done_testing();
