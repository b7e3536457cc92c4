# Beside pg_trgm, text keeps its trigrams and names their words, whichever
# schema comes first.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $available = $node->safe_psql('postgres',
	"SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'");
plan skip_all => 'this server has no pg_trgm' if $available eq '0';

$node->safe_psql('postgres', q{
	CREATE SCHEMA names;
	CREATE SCHEMA trigrams;
	CREATE EXTENSION entity_screen SCHEMA names;
	CREATE EXTENSION pg_trgm SCHEMA trigrams;
	CREATE TABLE listed (name names.entity_name, short varchar);
	INSERT INTO listed VALUES ('CloudWalk Technology', 'CloudWalk');
});

foreach my $path ('names, trigrams', 'trigrams, names')
{
	my $set = "SET search_path = public, $path;";

	is( $node->safe_psql('postgres', "$set SELECT
			'CloudWalk'::entity_name % 'Cloud Walk',
			'word'::text % 'wrd'::text, 'word'::text % 'words'::text"),
		't|f|t', "$path: each type has its own operator");
	is( $node->safe_psql('postgres', "$set SELECT count(*) FROM listed
			WHERE name % 'Cloud Walk Technology'"),
		'1', "$path: an untyped literal beside a name is a name");
	my ($out, $err);
	is( $node->psql('postgres', "$set SELECT count(*) FROM listed
			WHERE name % short", stdout => \$out, stderr => \$err),
		3, "$path: a name and a varchar column need a cast");
	like($err, qr/operator does not exist|is not unique/,
		"$path: and say so instead of running trigrams");
}

done_testing();
