# Killed in the middle of insertions, the index answers as the table does.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION entity_screen;
	CREATE TABLE customer (id int, name entity_name);
	CREATE INDEX ON customer USING gin (name);
	CREATE FUNCTION customer_name(n int) RETURNS text LANGUAGE sql RETURN
		translate(md5(n::text), '0123456789', 'aeiouaeiou') || ' Trading';
});

foreach my $round (1 .. 3)
{
	my $stdin = 'INSERT INTO customer SELECT n, customer_name(n)
		FROM generate_series(1, 20000) n;';
	my $handle = IPC::Run::start(
		[ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-f', '-' ],
		'<', \$stdin, '>', \my $out, '2>', \my $err);

	# Some rows must be in before the axe falls.
	$node->safe_psql('postgres', "INSERT INTO customer
		SELECT n, customer_name(n)
		FROM generate_series(${round}00000, ${round}00500) n");
	$node->stop('immediate');
	$handle->finish;
	$node->start;

	my $answer = q{SELECT count(*), sum(c.id) FROM
		generate_series(%d, %d, 5) n
		JOIN customer c ON c.name %% customer_name(n)::entity_name};
	my $query = sprintf $answer, "${round}00000", "${round}00500";
	my $committed = sprintf 'SELECT count(*) FROM customer
		WHERE id BETWEEN %d AND %d', "${round}00000", "${round}00500";
	my $by_index = $node->safe_psql('postgres',
		"SET entity_screen.enable_join = off;
		SET enable_seqscan = off; $query");
	my $by_scan = $node->safe_psql('postgres',
		"SET entity_screen.enable_join = off;
		SET enable_bitmapscan = off; $query");
	is($by_index, $by_scan, "round $round: index as table after a crash");
	is($node->safe_psql('postgres', $committed), 501,
		"round $round: committed rows are there");
	cmp_ok((split /\|/, $by_scan)[0], '>=', 101,
		"round $round: ... and are found");
}

done_testing();
