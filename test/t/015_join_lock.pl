# Rows locked through the join in memory are looked at again as they are
# after a concurrent update, as through any other join.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION entity_screen;
	CREATE TABLE customer (id int, name entity_name, note text);
	CREATE TABLE list (id int, name entity_name);
	INSERT INTO list VALUES (1, 'NetPosa Technologies'), (2, 'Almaz-Antey');
	INSERT INTO customer VALUES (1, 'Net Posa'), (2, 'Almaz Antey'),
		(3, 'NetPosa'), (4, 'Baker Street Books');
	ANALYZE customer, list});

# Runs a statement while another session has changed rows and not committed.
sub run_beside
{
	my ($changes, $statement) = @_;
	my ($in, $out, $err) = ('', '', '');
	my @psql = ('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d',
		$node->connstr('postgres'));
	my ($first_in, $first_out) = ("BEGIN; $changes; SELECT 'changed';\n", '');
	my $first = IPC::Run::start([@psql], '<', \$first_in, '>', \$first_out,
		'2>', \$err, IPC::Run::timeout(60));

	$first->pump until $first_out =~ /changed/;
	my $second = IPC::Run::start([@psql, '-c', 'SET enable_nestloop = off',
		'-c', "EXPLAIN (COSTS OFF) $statement", '-c', $statement], '>', \$out,
		'2>', \$err, IPC::Run::timeout(60));
	$node->poll_query_until('postgres', q{SELECT count(*) > 0
		FROM pg_stat_activity WHERE wait_event_type = 'Lock'});
	$first_in .= "COMMIT;\n\\q\n";
	$first->finish;
	$second->finish;
	is($err, '', 'no error');
	like($out, qr/EntityJoin/, 'joined in memory');
	return join ' ', sort grep { /^\d/ } split /\n/, $out;
}

is( run_beside(q{UPDATE customer SET name = 'Baker Street' WHERE id = 1;
		UPDATE customer SET note = 'seen' WHERE id = 2},
		q{SELECT c.id, c.note, n.id FROM customer c
		JOIN list n ON c.name % n.name FOR UPDATE OF c}),
	'2|seen|2 3||1',
	'a row that no longer matches is left out, a changed one is new');
is( run_beside(q{UPDATE customer SET name = 'NetPosa Tech' WHERE id = 3;
		UPDATE customer SET name = 'NetPosa' WHERE id = 2},
		q{UPDATE customer c SET note = 'hit ' || n.id FROM list n
		WHERE c.name % n.name RETURNING c.id, c.note}),
	'3|hit 1',
	'an update joins the new name with the row it was found with');
is( run_beside(q{UPDATE customer SET note = 'held' WHERE id = 4},
		q{SELECT c.id, c.note, n.id FROM customer c
		LEFT JOIN list n ON c.name % n.name WHERE n.id IS NULL
		FOR UPDATE OF c}),
	'1|| 4|held|',
	'rows without a partner are locked, too');
done_testing();
