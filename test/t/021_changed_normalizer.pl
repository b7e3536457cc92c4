# An upgrade brings a library that reads names differently.  Until everything
# is refreshed, stored names are of two kinds: index and sequential answers
# are equal all the same, lists refuse to answer, and the commands that the
# documents name mend it.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $library = "$FindBin::Bin/../property/changed/entity_screen.so";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', join ';', @_) }

# Both ways of answering, for names of both kinds and thresholds between.
sub answers
{
	my ($setting) = @_;

	return query('SET entity_screen.enable_join = off',
		"SET enable_$setting = off", q{
		SELECT t, md5(string_agg(s.id || ' ' || c.id, ',' ORDER BY s.id, c.id)),
			count(*)
		FROM generate_series(30, 100, 10) t
		CROSS JOIN sought s
		JOIN customer c ON c.name @@ entity_query(s.name, t / 100.0)
		GROUP BY t ORDER BY t});
}

sub check_answers
{
	my ($when) = @_;
	my $by_index = answers('seqscan');

	is($by_index, answers('bitmapscan'), "$when: index and table agree");
	return $by_index;
}

query('CREATE EXTENSION entity_screen', q{
	CREATE FUNCTION make_name(n int) RETURNS text LANGUAGE sql RETURN
		initcap(translate(substr(md5(n::text), 1, 6), '0123456789', 'waweiouwst'))
		|| CASE n % 3 WHEN 0 THEN ' Walk' WHEN 1 THEN ' Power' ELSE '' END
		|| ' Trading'}, q{
	CREATE TABLE customer (id int, name entity_name)}, q{
	INSERT INTO customer SELECT n, make_name(n) FROM generate_series(1, 1500) n},
	q{CREATE INDEX customer_name ON customer USING gin (name)}, q{
	CREATE TABLE sought (id int, name text)}, q{
	INSERT INTO sought SELECT n, CASE n % 2 WHEN 0
			THEN replace(make_name(n * 31), 'w', 'v') ELSE make_name(n * 31) END
	FROM generate_series(1, 40) n});
my $content = slurp_file("$FindBin::Bin/../../data/tranches/2019-10-09_84FR54002.csv");
$content =~ s/'/''/g;
query("SELECT FROM entity_screen.load_tranche('$content'::text)");
my $before = check_answers('before');
my $version = query('SELECT entity_screen.normalizer_version()');

# The same functions from the new library, as after an upgrade of the package.
query("UPDATE pg_proc SET probin = '$library'
	WHERE probin = '\$libdir/entity_screen'");
is(query('SELECT entity_screen.normalizer_version()'), $version + 1,
	'the new library is in use');
is(query("SELECT 'Kawak'::entity_name = 'Kavak'"), 't', '... and reads differently');
my $after = check_answers('old data');
isnt($after, $before, 'the change shows in the answers');
query('INSERT INTO customer SELECT n, make_name(n)
	FROM generate_series(1501, 2000) n');
check_answers('old and new data');
query('VACUUM customer');
check_answers('after vacuum');

my ($status, $stdout, $stderr) = $node->psql('postgres',
	"SELECT * FROM entity_screen.screen_party('Dahua')",
	extra_params => [ '-v', 'VERBOSITY=verbose' ]);
isnt($status, 0, 'a list with names of the old kind is not asked');
like($stderr, qr/SC001.*refresh_names/s, '... and the error names the command');
query("SELECT entity_screen.refresh_names('us_bis_el')");
is(query("SELECT count(*) > 0 FROM entity_screen.screen_party('Hikvision',
	on_date => '2020-01-01')"), 't', 'refreshed, it answers');

# health() names what is stale and the command that mends it
my ($detail, $command) = split /\|/, query(q{SELECT detail, command
	FROM entity_screen.health() WHERE check_code = 'stale_name'});
like($detail, qr/column name of public.customer: \d+ of the first 1000 names/,
	'health() names the column with stale names');
query($command);
is(query(q{SELECT detail FROM entity_screen.health()
	WHERE check_code = 'stale_name' AND status <> 'ok'}), '', '... and its command refreshes them');
is(query('SELECT count(*) FROM customer WHERE
	entity_screen.stored_normalizer_version(name) <> entity_screen.normalizer_version()'),
	'0', '... all of them');
query('VACUUM FULL customer');
check_answers('rewritten');
$node->stop;
done_testing();
