# The chain over the evidence is the same in another cluster, where numbers
# of transactions begin anew; and on a standby, which reads it.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = "$FindBin::RealBin/../../data/tranches";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION entity_screen;
	SELECT entity_screen.load_tranche(
		pg_read_binary_file('$data/2019-10-09_84FR54002.csv'));
	CREATE TABLE orders (id int PRIMARY KEY, buyer text, ordered_on date
		DEFAULT '2020-07-01', status text DEFAULT 'new');
	SELECT entity_screen.protect_table('orders', party => 'buyer',
		on_date => 'ordered_on', action => 'hold',
		status_column => 'status');
});

# Many transactions, so that their numbers are high
$node->safe_psql('postgres', join ';', map {
	"INSERT INTO orders (id, buyer) VALUES ($_, 'Muster é \"$_\" \\ 商汤')"
} 1 .. 300);
$node->safe_psql('postgres', q{SELECT entity_screen.seal_audit();
	INSERT INTO orders (id, buyer) VALUES (1001, 'Hikvision')});

sub findings
{
	my ($server) = @_;

	return $server->safe_psql('postgres', q{SELECT finding, block_no,
		event_id, detail FROM entity_screen.verify_audit()});
}

sub unsealed
{
	my ($server) = @_;

	return $server->safe_psql('postgres', q{
		SELECT (SELECT count(*) FROM entity_screen.screening_event)
			- (SELECT sum(event_count) FROM entity_screen.audit_block)});
}

is(findings($node), '', 'the chain is whole');
is(unsealed($node), '1', 'one event waits');
my $head = $node->safe_psql('postgres', q{SELECT block_digest
	FROM entity_screen.audit_block ORDER BY block_no DESC LIMIT 1});

# A standby reads all of it and writes nothing
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is(findings($standby), '', 'standby: the chain is whole');
like($standby->safe_psql('postgres', q{SELECT count(*)
		FROM entity_screen.health(deep => true)}), qr/^[1-9]/,
	'standby: health() reads');
is($standby->safe_psql('postgres', q{SELECT finding FROM
		entity_screen.screening_event e, entity_screen.replay(e.event_id)
		WHERE party_ref = '1001'}), 'same', 'standby: replay() reads');
my ($code, $out, $err) = $standby->psql('postgres',
	'SELECT * FROM entity_screen.seal_audit()');
like($err, qr/read-only|recovery/, 'standby: sealing is refused');
$standby->stop;

# Another cluster, with transactions of low numbers
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$other->start;
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-d',
	$node->connstr('postgres'), '-f', $dump ], 'dump');
$other->command_ok([ 'pg_restore', '-j', '2', '--exit-on-error', '-d',
	$other->connstr('postgres'), $dump ], 'restore into another cluster');
is(findings($other), '', 'restored: the chain is whole');
$other->safe_psql('postgres', qq{DO \$\$ BEGIN
	IF EXISTS (SELECT FROM entity_screen.verify_audit('$head')) THEN
		RAISE 'the known digest is unknown';
	END IF; END \$\$});
is(unsealed($other), '1', 'restored: the same event waits');
cmp_ok($other->safe_psql('postgres', q{SELECT max(xid::text::bigint)
		FROM entity_screen.screening_event}), '>',
	$other->safe_psql('postgres', 'SELECT pg_current_xact_id()::text'),
	'its transaction has a number that this cluster has not come to');
$other->safe_psql('postgres',
	q{INSERT INTO orders (id, buyer) VALUES (2001, 'Hikvision')});
$other->safe_psql('postgres', 'SELECT entity_screen.seal_audit()');
is(findings($other), '', 'sealed there: the chain is whole');
is(unsealed($other), '0', 'and nothing waits');
foreach my $round (1 .. 3)
{
	$other->safe_psql('postgres', join ';', map {
		my $id = 3000 + 200 * $round + $_;
		"INSERT INTO orders (id, buyer) VALUES ($id, 'Muster')" } 1 .. 150);
	$other->safe_psql('postgres', 'SELECT entity_screen.seal_audit()');
	is(unsealed($other), '0', "round $round: every event once");
}
is(findings($other), '', 'past the old numbers: the chain is whole');
$other->safe_psql('postgres', q{
	ALTER TABLE entity_screen.screening_event DISABLE TRIGGER ALL;
	UPDATE entity_screen.screening_event SET party = 'x'
	WHERE party_ref = '77'});
like(findings($other), qr/^changed\|1\|77\|[^\n]*$/,
	'what is changed there is named');

$other->stop;
$node->stop;
done_testing();
