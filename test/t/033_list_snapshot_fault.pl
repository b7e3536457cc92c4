# A snapshot that is cancelled, timed out or killed at any stage leaves all of
# it or nothing; the same call then succeeds.  Progress shows elsewhere.  And
# the shell job of docs/daily.md.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'restart_after_crash = on');
$node->start;
my $files = PostgreSQL::Test::Utils::tempdir;

# Snapshot n has the entries n .. n + 2499, each with an alias and an address
foreach my $n (1 .. 9)
{
	my $text = "id,name,alias,address\n";

	foreach my $i ($n * 20 .. $n * 20 + 2499)
	{
		my $word = ucfirst join '', map { substr 'bcdfghklmnprst', ($i * 7 + $_ * $_ * 31) % 14, 1 } 1 .. 3;
		my $name = join '', map { substr('bdfgklmnprstvz', int($i / 14**$_) % 14, 1)
				. substr('aeiou', ($i + $_) % 5, 1) } 0 .. 3;
		$text .= "$i,\u$name $word Works,\u$name Trading,\"$i Long Street, Lima, Peru\"\n";
	}
	append_to_file("$files/$n.csv", $text);
}
$node->safe_psql('postgres', q{
	CREATE EXTENSION entity_screen;
	INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect)
	VALUES ('private_test', 'Test', 'We', 'internal_block');});

# Everything the list holds; nothing may be left in the staging tables
my $state = q{SELECT concat_ws(' ', (SELECT count(*) FROM entity_screen.tranche WHERE status = 'approved'),
	(SELECT count(*) FROM entity_screen.entry_version WHERE upper_inf(known) AND upper_inf(valid)),
	(SELECT count(*) FROM entity_screen.entry_name WHERE upper_inf(known) AND upper_inf(valid)),
	(SELECT count(*) FROM entity_screen.stage_record) + (SELECT count(*) FROM entity_screen.stage_held))};

sub load
{
	my ($n) = @_;

	return "SELECT added + revised + removed > 0 FROM entity_screen.load_snapshot(
		pg_read_binary_file('$files/$n.csv'), '2024-01-0$n', 'private_test')";
}

sub start
{
	my ($sql) = @_;
	my %session = (out => '', err => '');

	$session{handle} = IPC::Run::start(
		[ 'psql', '-X', '-q', '-A', '-t', '-d',
			$node->connstr('postgres') . ' application_name=victim', '-c', $sql ],
		'<', \undef, '>', \$session{out}, '2>', \$session{err});
	foreach (1 .. 100)
	{
		last if $node->safe_psql('postgres', q{SELECT count(*) > 0 FROM
			pg_stat_activity WHERE application_name = 'victim'
			AND query LIKE '%load_snapshot%'}) eq 't';
		usleep(20_000);
	}
	return \%session;
}

sub finish
{
	my ($session) = @_;

	eval { $session->{handle}->finish };
	return $session->{out} . $session->{err};
}

sub expected
{
	my ($n) = @_;

	return "$n 2500 5000 0";
}

# They are stopped at eighths of the time that a load takes here.
my $start = time;
is($node->safe_psql('postgres', load(1)), 't', 'a snapshot');
my $eighth = (time - $start) * 1_000_000 / 8;
is($node->safe_psql('postgres', $state), expected(1), 'is there, and nothing staged');

my $at = 1;
my $progress = 0;
my %seen;
foreach my $kind (qw(cancel terminate kill timeout))
{
	my $whole = 1;
	my $n = $at + 1;

	foreach my $moment (1 .. 7)
	{
		my $wait = $moment * $eighth;

		if ($kind eq 'timeout')
		{
			$node->psql('postgres', 'SET statement_timeout = ' . int(1 + $wait / 1000)
				. '; ' . load($n));
		}
		else
		{
			my $session = start(load($n));

			usleep($wait);
			$progress ||= $node->safe_psql('postgres', q{SELECT count(*) FROM
				pg_stat_progress_copy WHERE bytes_processed > 0 OR tuples_processed > 0});
			my $pid = $node->safe_psql('postgres', q{SELECT pid FROM
				pg_stat_activity WHERE application_name = 'victim'});
			if ($kind eq 'kill')
			{
				my $from = -s $node->logfile;

				if ($pid && kill 'KILL', $pid)
				{
					$node->wait_for_log(qr/ready to accept connections/, $from);
				}
				finish($session);
			}
			elsif ($pid)
			{
				$node->psql('postgres', "SELECT pg_${kind}_backend($pid)");
			}
			finish($session) unless $kind eq 'kill';
		}
		my $now = $node->safe_psql('postgres', $state);
		$seen{$now eq expected($at) ? 'nothing' : 'all'}++;
		$whole &&= $now eq expected($at) || $now eq expected($n);
		diag "$kind $moment: $now" unless $whole;
		last if $now eq expected($n);
	}
	ok($whole, "$kind: all of the snapshot or nothing of it");
	$node->safe_psql('postgres', load($n));
	is($node->safe_psql('postgres', $state), expected($n),
		"$kind: the same call then succeeds");
	$at = $n;
}
cmp_ok($seen{nothing} // 0, '>', 4, 'most were stopped in the middle');
ok($progress, 'another session saw the progress');

# The server killed
my $session = start(load($at + 1));
usleep(3 * $eighth);
$node->stop('immediate');
finish($session);
$node->start;
my $now = $node->safe_psql('postgres', $state);
ok($now eq expected($at) || $now eq expected($at + 1),
	'server killed: all of the snapshot or nothing of it');
$node->safe_psql('postgres', load($at + 1));
is($node->safe_psql('postgres', $state), expected(++$at),
	'server killed: the same call then succeeds');
is($node->safe_psql('postgres', 'SELECT * FROM entity_screen.check_references()'),
	'', 'nothing dangles');

# --- the shell job of docs/daily.md -------------------------------------------

my ($script) = slurp_file("$FindBin::RealBin/../../docs/daily.md")
	=~ /^```bash\n(.*?)^```/ms;
ok($script, 'docs/daily.md has a script');
append_to_file("$files/load_list", $script);
chmod 0755, "$files/load_list";
$node->safe_psql('postgres', q{CREATE ROLE job LOGIN;
	SELECT entity_screen.grant_role('loader', 'job')});

sub job
{
	my (@argument) = @_;
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = 'postgres';
	local $ENV{PGUSER} = 'job';

	system("'$files/load_list' @argument >'$files/out' 2>'$files/err'");
	return $? >> 8;
}

is(job("$files/7.csv", '2024-01-07', 'private_test'), 0, 'job: loaded is 0');
is(job("$files/7.csv", '2024-01-08', 'private_test'), 1, 'job: unchanged is 1');
append_to_file("$files/same.csv", slurp_file("$files/7.csv") . "\n");
is(job("$files/same.csv", '2024-01-08', 'private_test'), 1,
	'job: other bytes that say the same are unchanged too');
$node->safe_psql('postgres', q{INSERT INTO entity_screen.list_setting
	(list_code, approval_policy) VALUES ('private_test', 'second_person')});
is(job("$files/8.csv", '2024-01-09', 'private_test'), 2, 'job: waiting is 2');
like($node->safe_psql('postgres', q{SELECT string_agg(status || ' ' || detail, '; ')
		FROM entity_screen.health() WHERE check_code = 'tranche_waiting'}),
	qr/^error tranche \d+ \(snapshot 2024-01-09\) of list private_test/,
	'and health() is red');
is(job("$files/1.csv", '2023-01-01', 'private_test'), 1, 'job: an old file that is loaded is unchanged');
append_to_file("$files/old.csv", "name\nOld Works\n");
is(job("$files/old.csv", '2023-01-01', 'private_test'), 3, 'job: failed is 3');
like(slurp_file("$files/err"), qr/older than the one loaded/, 'and says why');
is(job("$files/no_such_file", '2023-01-01'), 3, 'job: no file is 3');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_largeobject_metadata'),
	'0', 'no large object is left behind');

$node->stop;
done_testing();
