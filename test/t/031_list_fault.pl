# A load that is cancelled, terminated or killed at any moment leaves all of
# its tranche or nothing of it; the same call then succeeds.  Two loads of one
# list run one after the other, and screening sees the old list meanwhile.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'restart_after_crash = on');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION entity_screen;
	CREATE TABLE file (n int, content text);
	INSERT INTO file SELECT n,
		E'record,operation,name,destination_country,citation,effective_on\n'
		'tranche,,,,' || n || E' FR 1,2020-01-01\n' ||
		(SELECT string_agg('entry,add,' || initcap(translate(md5(n || ' ' || i),
			'0123456789', 'aeiouaeiou')) || ' Works,Peru,,' || E'\n'
			'name,,' || initcap(translate(md5(i || ' ' || n), '0123456789',
			'oueiaoueia')) || E' Trading,,,\n', '')
		 FROM generate_series(1, 1500) i)
	FROM generate_series(1, 40) n;
});

# As text that says everything the list holds
my $state = q{SELECT count(*) || ' ' || (SELECT count(*) FROM
		entity_screen.tranche_operation) || ' ' || (SELECT count(*) FROM
		entity_screen.entry_version WHERE upper_inf(known)) || ' ' ||
		(SELECT count(*) FROM entity_screen.entry_name) || ' ' ||
		coalesce((SELECT name_count FROM entity_screen.list_state), 0)
	FROM entity_screen.tranche};

sub expected
{
	my ($tranches) = @_;

	return join ' ', $tranches, map { $_ * $tranches } 1500, 1500, 3000, 3000;
}

sub load
{
	my ($n) = @_;

	return "SELECT added FROM file, LATERAL entity_screen.load_tranche(
		content, 'us_bis_el') WHERE n = $n";
}

# Start a statement and return its handle; its name is its application
sub start
{
	my ($name, $sql) = @_;
	my %session = (out => '', err => '');

	$session{handle} = IPC::Run::start(
		[ 'psql', '-X', '-q', '-A', '-t', '-d',
			$node->connstr('postgres') . " application_name=$name",
			map { ('-c', $_) } split /;/, $sql ],
		'<', \undef, '>', \$session{out}, '2>', \$session{err});
	return \%session;
}

sub finish
{
	my ($session) = @_;

	eval { $session->{handle}->finish };
	return $session->{out} . $session->{err};
}

# Wait for something that may also be over already: no longer than a while
sub wait_for
{
	my ($condition) = @_;

	foreach (1 .. 100)
	{
		return if $node->safe_psql('postgres', $condition) eq 't';
		usleep(20_000);
	}
	return;
}

is($node->safe_psql('postgres', load(1)), '1500', 'a load');
is($node->safe_psql('postgres', $state), expected(1), 'is there');
# Cancelled and terminated, at many moments
my $loaded = 1;
my %how = (cancel => 'pg_cancel_backend', terminate => 'pg_terminate_backend');
foreach my $kind (sort keys %how)
{
	my $whole_or_nothing = 1;

	foreach my $moment (1 .. 8)
	{
		my $session = start('victim', load(2));

		wait_for(q{SELECT count(*) > 0
			FROM pg_stat_activity WHERE application_name = 'victim'
			AND query LIKE '%load_tranche%'});
		usleep($moment * 60_000);
		$node->safe_psql('postgres', "SELECT $how{$kind}(pid)
			FROM pg_stat_activity WHERE application_name = 'victim'");
		finish($session);
		my $now = $node->safe_psql('postgres', $state);
		$whole_or_nothing &&= $now eq expected(1) || $now eq expected(2);
		last if $now eq expected(2);
	}
	ok($whole_or_nothing, "$kind: all of the tranche or nothing of it");
}
$node->safe_psql('postgres', load(2));
is($node->safe_psql('postgres', $state), expected(2),
	'the same call then succeeds');

# The server killed in the middle of a load
foreach my $round (1 .. 3)
{
	my $n = 2 + $round;
	my $session = start('victim', load($n));

	wait_for(q{SELECT count(*) > 0
		FROM pg_stat_activity WHERE application_name = 'victim'
		AND query LIKE '%load_tranche%'});
	usleep($round * 150_000);
	$node->stop('immediate');
	finish($session);
	$node->start;
	my $now = $node->safe_psql('postgres', $state);
	ok($now eq expected($n - 1) || $now eq expected($n),
		"killed, round $round: all of the tranche or nothing of it");
	$node->safe_psql('postgres', load($n));
	is($node->safe_psql('postgres', $state), expected($n),
		"killed, round $round: the same call then succeeds");
	is($node->safe_psql('postgres',
			'SELECT * FROM entity_screen.check_references()'),
		'', "killed, round $round: nothing dangles");
}

# A statement_timeout inside the load
my ($code, $out, $err) = $node->psql('postgres',
	"SET statement_timeout = '50ms'; " . load(6));
like($err, qr/statement timeout/, 'a statement_timeout stops a load');
is($node->safe_psql('postgres', $state), expected(5), '... without a trace');

# Two at once on one list: the second waits, and then has nothing to do
my $gate = $node->background_psql('postgres');
$gate->query_safe('SELECT pg_advisory_lock(1)');
my $first = start('first', 'BEGIN; ' . load(6) . '; SELECT pg_advisory_lock(1); COMMIT');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1
	FROM pg_stat_activity WHERE application_name = 'first'
	AND wait_event = 'advisory' AND query LIKE '%advisory%'}), 'one has loaded and not committed');
my $name = $node->safe_psql('postgres', q{SELECT split_part(split_part(
	content, 'entry,add,', 2), ',', 1) FROM file WHERE n = 6});
is($node->safe_psql('postgres',
		"SELECT entity_screen.is_listed('$name', '2021-01-01')"),
	'f', 'screening sees the old list while another session loads');
my $second = start('second', "SELECT already_loaded FROM file, LATERAL
	entity_screen.load_tranche(content, 'us_bis_el') WHERE n = 6");
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1
	FROM pg_stat_activity WHERE application_name = 'second'
	AND wait_event_type = 'Lock'}), 'the other one waits');
$gate->quit;
like(finish($first), qr/^1500/, 'the first of two loads');
like(finish($second), qr/^t/, 'the second waits and finds it loaded');
is($node->safe_psql('postgres', $state), expected(6), 'loaded once');
is($node->safe_psql('postgres',
		"SELECT entity_screen.is_listed('$name', '2021-01-01')"),
	't', 'screening sees the new list after the commit');

# known is strictly increasing, also for loads that waited
is($node->safe_psql('postgres', q{SELECT count(*) FROM entity_screen.tranche a
		JOIN entity_screen.tranche b ON b.tranche_id > a.tranche_id
		AND b.known_from <= a.known_from}),
	'0', 'known is strictly increasing');

$node->stop;
done_testing();
