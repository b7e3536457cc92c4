# Many clients at once, sealing beside them, and the server killed in the
# middle: no listed order is stored but on hold, no rejection is without its
# evidence, no alert is lost or doubled, the chain is whole.
#
# GUARD_CLIENTS (8), GUARD_SECONDS (5, each of two rounds) and GUARD_KILLS
# (1) make it longer.
use strict;
use warnings;
use FindBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $clients = $ENV{GUARD_CLIENTS} || 8;
my $seconds = $ENV{GUARD_SECONDS} || 5;
my $kills = $ENV{GUARD_KILLS} || 1;
my $data = "$FindBin::RealBin/../../data/tranches";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 100
log_min_messages = fatal\nlog_min_error_statement = fatal
entity_screen.reject_evidence_timeout = 60s\n");
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION entity_screen;
	SELECT entity_screen.load_tranche(
		pg_read_binary_file('$data/2019-10-09_84FR54002.csv'));
	SELECT entity_screen.load_tranche(
		pg_read_binary_file('$data/2020-06-05_85FR34503.csv'));
	CREATE TABLE careful (id bigserial PRIMARY KEY, buyer text,
		ordered_on date DEFAULT '2020-07-01', status text DEFAULT 'new');
	CREATE TABLE strict (id bigserial PRIMARY KEY, buyer text,
		ordered_on date DEFAULT '2020-07-01');
	CREATE TABLE refused (id bigint);
	SELECT entity_screen.protect_table('careful', party => 'buyer',
		on_date => 'ordered_on', action => 'hold',
		status_column => 'status');
	SELECT entity_screen.protect_table('strict', party => 'buyer',
		on_date => 'ordered_on', action => 'reject');
	CREATE FUNCTION buyer(n int) RETURNS text LANGUAGE sql RETURN
		CASE n % 25 WHEN 0 THEN 'Cloud Walk Technology ' || n
		WHEN 1 THEN 'Hikvision' ELSE 'Muster ' || n || ' GmbH' END;
	CREATE FUNCTION is_listed_buyer(buyer text) RETURNS boolean
		LANGUAGE sql RETURN buyer ~ '^(Cloud|Hik)';
	CREATE FUNCTION order_strictly(n int) RETURNS void LANGUAGE plpgsql
	AS \$\$
	DECLARE
		id bigint := nextval('strict_id_seq');
	BEGIN
		INSERT INTO strict VALUES (id, buyer(n));
	EXCEPTION WHEN SQLSTATE 'SC002' THEN
		INSERT INTO refused VALUES (id);
	END \$\$;
});

my $folder = PostgreSQL::Test::Utils::tempdir();
append_to_file("$folder/mixed.sql", q{
\set n random(1, 100000)
\set m random(1, 100000)
BEGIN;
INSERT INTO careful (buyer) VALUES (buyer(:n));
UPDATE careful SET buyer = buyer(:m) WHERE id = (SELECT max(id) FROM careful WHERE id < :n);
COMMIT;
});
append_to_file("$folder/plain.sql", q{
\set n random(1, 100000)
INSERT INTO careful (buyer) VALUES (buyer(:n));
});
append_to_file("$folder/strict.sql", q{
\set n random(1, 100000)
SELECT order_strictly(:n);
});
append_to_file("$folder/seal.sql", q{
SELECT * FROM entity_screen.seal_audit();
\sleep 100 ms
});

sub start_pgbench
{
	my (@options) = @_;
	my ($out, $err) = ('', '');
	my $handle = IPC::Run::start([ 'pgbench', '-n', '-h', $node->host, '-p',
		$node->port, '-T', $seconds, @options, 'postgres' ],
		'>', \$out, '2>', \$err);

	return { handle => $handle, out => \$out, err => \$err };
}

sub run_load
{
	my ($kill) = @_;
	my @runs = (
		start_pgbench('-c', $clients, '-f', "$folder/plain.sql\@8",
			'-f', "$folder/mixed.sql\@1", '-f', "$folder/strict.sql\@1"),
		start_pgbench('-c', 1, '-f', "$folder/seal.sql"));

	if ($kill)
	{
		sleep $seconds / 2;
		$node->kill9;
	}
	foreach my $run (@runs)
	{
		$run->{handle}->finish;
		ok($run->{handle}->result(0) == 0, 'no client failed')
			|| diag ${ $run->{err} } unless $kill;
	}
	note ${ $runs[0]->{out} } unless $kill;
	if ($kill)
	{
		# Backends of the dead server hold its shared memory for a moment,
		# and a failed start leaves the number of the dead postmaster.
		foreach (1 .. 50)
		{
			$node->{_pid} = undef;
			last if $node->start(fail_ok => 1);
			sleep 0.2;
		}
	}
	return;
}

sub is_none
{
	my ($sql, $name) = @_;

	is($node->safe_psql('postgres', $sql), '0', $name);
	return;
}

sub check_state
{
	my ($when) = @_;

	cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM careful'),
		'>', 50, "$when: there are orders");
	is_none(q{SELECT count(*) FROM careful
		WHERE is_listed_buyer(buyer) AND status <> 'held'},
		"$when: every listed order is on hold");
	is_none(q{SELECT count(*) FROM strict WHERE is_listed_buyer(buyer)},
		"$when: no listed order is in the strict table");
	is_none(q{SELECT count(*) FROM refused r WHERE NOT EXISTS (
		SELECT FROM entity_screen.screening_event e
		WHERE e.target = 'public.strict' AND e.party_ref = r.id::text
			AND e.decision = 'rejected')},
		"$when: every rejection has its event");
	is_none(q{SELECT count(*) FROM (
			SELECT id, 'public.careful' AS target FROM careful
			UNION ALL SELECT id, 'public.strict' FROM strict) o
		FULL JOIN (
			SELECT party_ref, target, count(*) AS n
			FROM entity_screen.screening_event
			WHERE decision <> 'rejected' AND row_operation = 'insert'
			GROUP BY 1, 2) e
			ON e.party_ref = o.id::text AND e.target = o.target
		WHERE e.n IS DISTINCT FROM 1 OR o.id IS NULL},
		"$when: one event for each stored order, none for others");
	is_none(q{SELECT count(*) FROM entity_screen.unscreened_rows('careful')},
		"$when: no order is unscreened");
	is_none(q{SELECT count(*) FROM careful c
		WHERE is_listed_buyer(buyer) AND NOT EXISTS (
			SELECT FROM entity_screen.alert a
			WHERE a.target = 'public.careful' AND a.party_ref = c.id::text
				AND a.alert_status IN ('open', 'reopened')
				AND a.party = c.buyer)},
		"$when: every listed order has an open alert");
	is_none(q{SELECT count(*) FROM (
		SELECT FROM entity_screen.alert
		WHERE alert_status IN ('open', 'reopened')
		GROUP BY target, party_ref, party_column, entry_id
		HAVING count(*) > 1) d}, "$when: no alert is doubled");
	is_none(q{SELECT count(*) FROM entity_screen.alert a WHERE NOT EXISTS (
		SELECT FROM entity_screen.screening_event e
		WHERE e.event_id = a.event_id)},
		"$when: no alert without its event");
	$node->safe_psql('postgres', 'SELECT entity_screen.seal_audit()');
	is_none('SELECT count(*) FROM entity_screen.verify_audit()',
		"$when: the chain is whole");
	is_none(q{SELECT (SELECT count(*) FROM entity_screen.screening_event)
		- (SELECT sum(event_count) FROM entity_screen.audit_block)},
		"$when: every event is sealed");
	return;
}

run_load(0);
check_state('under load');
foreach my $kill (1 .. $kills)
{
	run_load(1);
	check_state("killed, $kill");
}
run_load(0);
check_state('afterwards');

# Two transactions that store the same listed party do not wait for each
# other, nor for the sealer.
my @open = map { $node->background_psql('postgres') } 1 .. 2;
foreach my $session (@open)
{
	$session->query_safe("SET lock_timeout = '2s'");
	$session->query_safe('BEGIN');
	$session->query_safe("INSERT INTO careful (buyer) VALUES ('Hikvision')");
	$session->query_safe("INSERT INTO careful (buyer) VALUES ('Muster')");
}
$node->safe_psql('postgres', "SET lock_timeout = '2s';
	SELECT entity_screen.seal_audit();
	INSERT INTO careful (buyer) VALUES ('Hikvision')");
$_->query_safe('COMMIT') foreach @open;
$_->quit foreach @open;
check_state('after open transactions');

$node->stop;
done_testing();
