# The evidence of a rejected row survives the transaction that is aborted;
# where no worker can be had the row is rejected all the same and the server
# log has it.
use strict;
use warnings;
use FindBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $data = "$FindBin::RealBin/../../data/tranches";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# What is not about the end of the wait waits as long as a busy machine needs.
$node->append_conf('postgresql.conf', "max_worker_processes = 8
entity_screen.reject_evidence_timeout = 60s\n");
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION entity_screen;
	SELECT entity_screen.load_tranche(
		pg_read_binary_file('$data/2019-10-09_84FR54002.csv'));
	SELECT entity_screen.load_tranche(
		pg_read_binary_file('$data/2020-06-05_85FR34503.csv'));
	CREATE TABLE strict (id int PRIMARY KEY, buyer text, ordered_on date
		DEFAULT '2020-07-01');
	CREATE TABLE careful (id int PRIMARY KEY, buyer text, ordered_on date
		DEFAULT '2020-07-01', status text DEFAULT 'new');
	SELECT entity_screen.protect_table('strict', party => 'buyer',
		on_date => 'ordered_on', action => 'reject');
	SELECT entity_screen.protect_table('careful', party => 'buyer',
		on_date => 'ordered_on', action => 'hold', status_column => 'status');
	CREATE ROLE app LOGIN;
	GRANT SELECT, INSERT, UPDATE ON strict, careful TO app;
});

sub rejected
{
	return $node->safe_psql('postgres', q{
		SELECT string_agg(party_ref || ' ' || party, ', ' ORDER BY event_id)
		FROM entity_screen.screening_event WHERE decision = 'rejected'});
}

sub fails
{
	my ($sql, $name) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $sql,
		on_error_stop => 1);

	like($err, qr/is rejected/, "$name: rejected");
	unlike($err, qr/CloudWalk Tech|entry|85 FR/,
		"$name: the message tells nothing of the list");
	return;
}

# By whom, in a transaction of its own
fails(q{SET ROLE app; INSERT INTO strict VALUES (1, 'Cloud Walk')}, 'plain');
is(rejected(), '1 Cloud Walk', 'the event is there');
is($node->safe_psql('postgres', q{
		SELECT action, row_operation, hit_count > 0, hits IS NOT NULL,
			role_name, on_date, party_column, normalizer_version
				= entity_screen.normalizer_version(),
			octet_length(list_version), thresholds
		FROM entity_screen.screening_event
		JOIN entity_screen.screening_context USING (context_id)
		WHERE party_ref = '1'}),
	'reject|insert|t|t|app|2020-07-01|buyer|t|32|{0.65}',
	'and tells what any event tells');
is($node->safe_psql('postgres', q{SELECT count(*) > 0
		FROM entity_screen.alert WHERE target = 'public.strict'}),
	't', 'somebody is asked to look');

# Hold, then reject, in one transaction: the held row and its evidence go,
# the rejection stays, and the worker did not wait for what the transaction
# had written
my $log_start = -s $node->logfile;
fails(q{BEGIN;
	INSERT INTO careful VALUES (2, 'CloudWalk');
	INSERT INTO strict VALUES (3, 'CloudWalk')}, 'after a hold');
unlike(slurp_file($node->logfile, $log_start), qr/lock timeout|"evidence": "(?!event)/,
	'without waiting for a lock');
is(rejected(), '1 Cloud Walk, 3 CloudWalk', 'the rejection is kept');
is($node->safe_psql('postgres', q{SELECT count(*)
		FROM entity_screen.screening_event WHERE party_ref = '2'}),
	'0', 'what was held is rolled back with its evidence');

# Inside a savepoint: the transaction goes on
$node->safe_psql('postgres', q{
	BEGIN;
	INSERT INTO strict VALUES (4, 'Muster GmbH');
	DO $$ BEGIN
		INSERT INTO strict VALUES (5, 'Hikvision');
	EXCEPTION WHEN SQLSTATE 'SC002' THEN NULL;
	END $$;
	INSERT INTO strict VALUES (6, 'Muster AG');
	COMMIT});
is($node->safe_psql('postgres', 'SELECT array_agg(id ORDER BY id) FROM strict'),
	'{4,6}', 'savepoint: the others are stored');
like(rejected(), qr/, 5 Hikvision$/, 'savepoint: the rejection is kept');

# REPEATABLE READ and an update
fails(q{BEGIN ISOLATION LEVEL REPEATABLE READ;
	UPDATE strict SET buyer = 'Megvii' WHERE id = 4}, 'update');
like(rejected(), qr/, 4 Megvii$/, 'update: the rejection is kept');

# A large row, so that the payload is more than a page
my $long = 'CloudWalk ' . join('', map { "Word$_ " } 1 .. 4000);
$node->psql('postgres', "INSERT INTO strict VALUES (7, '$long')");
my $stored = $node->safe_psql('postgres',
	q{SELECT count(*) FROM strict WHERE id = 7});
my $kept = $node->safe_psql('postgres', q{SELECT max(length(party))
	FROM entity_screen.screening_event WHERE party_ref = '7'});
is($kept, length($long), 'a long party is kept whole '
	. ($stored ? '(stored)' : '(rejected)'));

# Many clients at once: nobody's evidence is lost
my @clients;
foreach my $client (1 .. 32)
{
	my $sql = "INSERT INTO strict VALUES (${client}00, 'CloudWalk');";

	push @clients, IPC::Run::start([ 'psql', '-X', '-q', '-d',
		$node->connstr('postgres') ], '<', \$sql, '>', \my $out,
		'2>', \my $err);
}
$_->finish foreach @clients;
is($node->safe_psql('postgres', q{SELECT count(*), count(DISTINCT party_ref)
		FROM entity_screen.screening_event
		WHERE decision = 'rejected' AND party_ref::int % 100 = 0}),
	'32|32', '32 clients: 32 events');

# Evidence that cannot have its alert is kept without
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN');
$holder->query_safe(q{LOCK TABLE entity_screen.alert IN SHARE MODE});
my $start = time;
fails(q{INSERT INTO strict VALUES (8, 'CloudWalk')}, 'alert table locked');
cmp_ok(time - $start, '<', 50, 'the wait has an end');
like(rejected(), qr/, 8 CloudWalk/, 'the event is kept without its alert');
$holder->query_safe('ROLLBACK');
$holder->quit;

# No evidence to be had in time: the log has it
$log_start = -s $node->logfile;
$holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN');
$holder->query_safe(
	q{LOCK TABLE entity_screen.screening_event IN ACCESS EXCLUSIVE MODE});
fails(q{SET entity_screen.reject_evidence_timeout = '300ms';
	INSERT INTO strict VALUES (9, 'CloudWalk')}, 'event table locked');
ok($node->log_contains(qr/"party_ref": "9".*"evidence": "timeout"/,
		$log_start), 'timeout: the log has the rejection');
my ($code, $out, $err) = $node->psql('postgres',
	q{SET statement_timeout = '1s';
	INSERT INTO strict VALUES (10, 'CloudWalk')});
like($err, qr/statement timeout/, 'a cancel ends the wait');
ok($node->log_contains(qr/"party_ref": "10".*"evidence": "canceled"/,
		$log_start), 'cancel: the log has the rejection');
$holder->query_safe('ROLLBACK');
$holder->quit;
is($node->safe_psql('postgres',
		q{SELECT count(*) FROM strict WHERE id IN (8, 9, 10)}),
	'0', 'and none of the rows is stored');
($code, $out, $err) = $node->psql('postgres', q{
	SELECT 'load the library'::entity_name;
	SET entity_screen.reject_evidence_timeout = '10ms'},
	extra_params => [ '-U', 'app' ]);
like($err, qr/permission denied/, 'a user cannot shorten the wait');
($code, $out, $err) = $node->psql('postgres', q{
	SET entity_screen.reject_evidence_timeout = '10ms';
	INSERT INTO strict VALUES (12, 'CloudWalk');
	SHOW entity_screen.reject_evidence_timeout},
	extra_params => [ '-U', 'app' ], on_error_stop => 0);
like($out, qr/^1min$/m, '... nor before the library is loaded');
like(rejected(), qr/, 12 CloudWalk/, '... and the evidence is kept');

# No free slot
$node->append_conf('postgresql.conf', "max_worker_processes = 0\n");
$node->restart;
$log_start = -s $node->logfile;
$start = time;
fails(q{SET entity_screen.reject_evidence_timeout = '1s';
	INSERT INTO strict VALUES (11, 'CloudWalk')}, 'no slot');
cmp_ok(time - $start, '<', 50, 'no slot: the wait has an end');
ok($node->log_contains(qr/"party_ref": "11".*"evidence": "no worker slot"/,
		$log_start), 'no slot: the log has the rejection');
is($node->safe_psql('postgres',
		q{SELECT count(*) FROM strict WHERE id = 11}),
	'0', 'no slot: the row is not stored');

$node->stop;
done_testing();
