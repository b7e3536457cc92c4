# Normal forms, index keys and scores are the same on every server: whatever
# its major, its ICU, the encoding and the collation of the database, and
# however the library was compiled.  test/data/digest has the digests of the
# present rules for 50,000 names of every script.  A changed rule changes them:
# test/write_digest records the new ones, with a new
# ENTITY_SCREEN_NORMALIZER_VERSION where normal forms changed.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use FindBin;
use NameDigest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $record = "$FindBin::Bin/../data/digest";
my $program = "$FindBin::Bin/../property/digest";
my $dir = PostgreSQL::Test::Utils::tempdir();
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;
$ENV{PGCLIENTENCODING} = 'UTF8';

my $shared = "$ENV{ENTITY_SCREEN_DATA}/names";
my %names = make_names($program, $shared);
is(() = $names{all} =~ /\n/g, 50000, 'there are 50,000 names');
note "skipped: no real names in $shared" unless defined $names{real};

my %digest;
foreach my $kind (sort keys %names)
{
	append_to_file("$dir/$kind", $names{$kind});
	foreach my $what (qw(forms keys))
	{
		my %by;

		foreach my $build ('', '_scalar', '_native')
		{
			$by{$build || 'as installed'} =
				digest_names("$program$build", $what, "$dir/$kind");
		}
		$digest{"$kind $what"} = $by{'as installed'};
		is($by{$_}, $by{'as installed'}, "$what of $kind names, compiled $_")
			foreach qw(_scalar _native);
	}
}

# The same lines as "digest forms" prints: the normal form and the score
# against the two names before.
sub digest_forms
{
	my ($database, $kind) = @_;

	$node->safe_psql($database, 'DROP TABLE IF EXISTS line; CREATE TABLE line
		(id int GENERATED ALWAYS AS IDENTITY, name entity_name)');
	$node->safe_psql($database, "\\copy line (name) from '$dir/$kind'"
		. " with (format csv, delimiter E'\\x01', quote E'\\x02', null E'\\x03')");
	# The last line feed is the file's, and a name is a line.
	return $node->safe_psql($database, q{
		SELECT md5(string_agg(concat_ws('|', entity_normal_form(l.name),
			round(entity_similarity(l.name, l.one) * 10000)::int,
			round(entity_similarity(l.name, l.two) * 10000)::int) || E'\n', ''
			ORDER BY l.id))
		FROM (SELECT id, name, lag(name, 1) OVER w AS one, lag(name, 2) OVER w AS two
			FROM line WINDOW w AS (ORDER BY id)) l});
}

my @databases = (
	[ 'utf8_c', "ENCODING 'UTF8' LOCALE 'C'", sort keys %names ],
	[ 'utf8_tr', "ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'tr'",
		'all', 'latin1' ],
	[ 'sql_ascii', "ENCODING 'SQL_ASCII' LOCALE 'C'", sort keys %names ],
	[ 'latin1', "ENCODING 'LATIN1' LOCALE 'C'", 'latin1' ]);
foreach my $row (@databases)
{
	my ($database, $options, @kinds) = @$row;
	my ($status, undef, $error) = $node->psql('postgres',
		"CREATE DATABASE $database TEMPLATE template0 $options");

	if ($status != 0)
	{
		note "skipped: $database: $error";
		next;
	}
	$node->safe_psql($database, 'CREATE EXTENSION entity_screen');
	is(digest_forms($database, $_), $digest{"$_ forms"},
		"forms and scores of $_ names in database $database")
		foreach @kinds;
}

# What is recorded: a line a digest, real names with a digest of their own.
my %recorded = map { /^(.*) (\w+)$/ ? ($1 => $2) : () }
	split /\n/, slurp_file($record);
my $real = defined $names{real} ? md5_hex($names{real}) : '';
if ($real && ($recorded{'real names'} // '') ne $real)
{
	note 'skipped: the real names are others than those recorded';
	delete @digest{ 'real forms', 'real keys' };
}
is($digest{$_}, $recorded{$_}, "$_ as recorded in test/data/digest")
	foreach sort keys %digest;
note 'ICU ' . `pkg-config --modversion icu-uc`;
$node->stop;
done_testing();
