# Killed with signal 9 in the middle of insertions, vacuums, index builds,
# loads, deltas and guarded orders: what was acknowledged is there, index and
# table answer alike, the index trees are sound, nothing dangles, the chain is
# whole.  ENTITY_SCREEN_CRASH_ROUNDS says how often each (default 1).
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

use Furnished;

my $rounds = $ENV{ENTITY_SCREEN_CRASH_ROUNDS} || 1;
my $seed = $ENV{ENTITY_SCREEN_SEED} || $ENV{SEED} || 20200605;
srand $seed;
note "seed $seed";
my ($killed, $verified) = (0, 0);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'restart_after_crash = on
autovacuum_naptime = 1s
checkpoint_timeout = 30s
gin_pending_list_limit = 64kB');
$node->start;

sub query { return $node->safe_psql('postgres', join ';', @_) }

query('CREATE EXTENSION entity_screen', q{
	CREATE FUNCTION made_name(n int) RETURNS text LANGUAGE sql RETURN
		initcap(translate(substr(md5(n::text), 1, 9), '0123456789', 'aeiouaeiou'))
		|| ' ' || initcap(translate(substr(md5(n::text), 20, 7), '0123456789', 'ouieaoueia'))
		|| ' Trading'}, q{
	CREATE TABLE customer (id int PRIMARY KEY, batch text, name entity_name)}, q{
	CREATE INDEX customer_name ON customer USING gin (name)}, q{
	CREATE TABLE file (n int PRIMARY KEY, content text)}, q{
	CREATE TABLE orders (id int PRIMARY KEY, buyer text, status text DEFAULT 'new')}, q{
	CREATE TABLE client (id int PRIMARY KEY, name text)}, q{
	INSERT INTO client SELECT i, made_name(i) FROM generate_series(1, 1500) i}, q{
	INSERT INTO customer SELECT i, 'first', made_name(i) FROM generate_series(1, 1500) i}, q{
	INSERT INTO file SELECT n,
		E'record,operation,name,destination_country,citation,effective_on\n'
		'tranche,,,,' || n || E' FR 1,2020-01-01\n' ||
		(SELECT string_agg('entry,add,' || made_name(n * 13 + i) || ',C' || n || E'x,,\n'
			'name,,' || made_name(100000 + n * 1000 + i) || E',,,\n', '')
		 FROM generate_series(1, 60) i)
	FROM generate_series(1, 2000) n}, q{
	SELECT added FROM file, LATERAL entity_screen.load_tranche(content, 'us_bis_el') WHERE n = 1}, q{
	SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold', status_column => 'status')}, q{
	SELECT entity_screen.watch_table('client', party => 'name')});
my $checks_trees = has_extension($node, 'amcheck');
query('CREATE EXTENSION IF NOT EXISTS amcheck') if $checks_trees;
query(q{CALL entity_screen.refresh_watch('client')});
query('SELECT count(*) FROM entity_screen.rescreen_full()');

my $checks_gin = query(q{SELECT count(*) FROM pg_proc
	WHERE proname = 'gin_index_check'}) > 0;
note 'skipped: gin_index_check comes with PostgreSQL 18' if $checks_trees && !$checks_gin;

# What each kind of work does, as statements of one step.  Steps run one after
# another until the server is killed; each says when it is committed.
my $next = 10_000;
my %work = (
	insert => sub {
		my ($step) = @_;
		$next += 100;
		return "INSERT INTO customer SELECT i, '$step', made_name(i % 4000)
			FROM generate_series($next, $next + 99) i";
	},
	vacuum => sub {
		my ($step) = @_;
		my $share = int rand 9;
		return ("UPDATE customer SET name = made_name(id + 1) WHERE id % 9 = $share",
			"DELETE FROM customer WHERE batch = 'first' AND id % 97 = $share",
			'VACUUM customer', "SELECT gin_clean_pending_list('customer_name')");
	},
	reindex => sub {
		my ($step) = @_;
		return ('REINDEX INDEX CONCURRENTLY customer_name',
			'REINDEX INDEX customer_name',
			'REINDEX INDEX entity_screen.entry_name_name_idx');
	},
	load => sub {
		return 'SELECT added FROM (SELECT min(n) AS n FROM file
			WHERE NOT EXISTS (SELECT FROM entity_screen.tranche
				WHERE citation = n || \' FR 1\')) f
			JOIN file USING (n), LATERAL entity_screen.load_tranche(content, \'us_bis_el\')';
	},
	delta => sub {
		$next += 10;
		return ("INSERT INTO client SELECT i, made_name(i % 3000)
				FROM generate_series($next, $next + 9) i",
			$_[0] =~ /5$/ ? work_of('load') : (),
			'SELECT count(*) FROM entity_screen.rescreen_delta()');
	},
	guard => sub {
		my ($step) = @_;
		$next += 20;
		return ("INSERT INTO orders SELECT i, made_name(i % 300) FROM generate_series($next, $next + 19) i",
			$step =~ /7$/ ? 'SELECT FROM entity_screen.seal_audit()' : ());
	});

sub work_of
{
	my ($kind, $step) = @_;

	return $work{$kind}->($step // '');
}

# Kill the whole server or one of its backends; either way it recovers.
sub kill_server
{
	my $victim = rand() < 0.5 ? '' : query(q{SELECT pid FROM pg_stat_activity
		WHERE application_name = 'victim' LIMIT 1});
	my $from = -s $node->logfile;

	if (!$victim || !kill 'KILL', $victim)
	{
		$node->kill9;
		# Its children need a moment to see that it is gone.
		foreach (1 .. 60)
		{
			usleep(300_000);
			last if $node->start(fail_ok => 1);
			$node->{_pid} = undef;
		}
	}
	else
	{
		# The postmaster takes a moment to see it, and lets clients in till then.
		$node->wait_for_log(qr/ready to accept connections/, $from);
	}
	$killed++;
	return;
}

# Run steps of a kind until the server dies; return those acknowledged.
sub work_until_killed
{
	my ($kind, $round) = @_;
	my ($out, $err) = ('', '');
	my $script = join '', map {
		my $step = "$kind $round $_";
		join('', map { "$_;\n" } work_of($kind, $step)) . "\\echo done $step\n"
	} 1 .. 2000;
	# A server that is started anew inherits the way to its input, so that psql
	# would wait for more of it, had it done everything before the axe fell.
	$script .= "\\q\n";
	my $handle = IPC::Run::start(
		[ 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d',
			$node->connstr('postgres') . ' application_name=victim' ],
		'<', \$script, '>', \$out, '2>', \$err);

	# Something must be in before the axe falls.
	foreach (1 .. 200)
	{
		$handle->pump_nb;
		last if $out =~ /done/;
		usleep(20_000);
	}
	usleep(rand 700_000);
	kill_server();
	eval { $handle->finish };
	unlike($err, qr/ERROR:(?!.*(terminat|crash))/,
		"$kind, round $round: no error but the end of the server");
	return $out =~ /^done (.*)$/mg;
}

# Every way of asking, through the index and without
sub answers
{
	my ($path) = @_;
	my @settings = ('SET entity_screen.enable_join = off',
		$path eq 'index' ? 'SET enable_seqscan = off'
			: ('SET enable_bitmapscan = off', 'SET enable_indexscan = off'));

	return query(@settings, q{
		SELECT count(*), md5(string_agg(s || ' ' || c.id, ',' ORDER BY s, c.id))
		FROM generate_series(1, 4000, 211) s
		JOIN customer c ON c.name % made_name(s)::entity_name
		}) . ' ' . query(@settings, q{
		SELECT count(*), md5(string_agg(s || ' ' || h.entry_id || h.score, ',' ORDER BY s, h.entry_id))
		FROM generate_series(1, 300, 17) s,
			LATERAL entity_screen.screen_party(made_name(s), on_date => '2021-01-01') h});
}

sub check_trees
{
	my ($when) = @_;

	# REINDEX CONCURRENTLY leaves an index that is not valid behind
	query(q{DO $$ DECLARE r record; BEGIN FOR r IN
		SELECT indexrelid::regclass AS i FROM pg_index WHERE NOT indisvalid
		LOOP EXECUTE 'DROP INDEX ' || r.i; END LOOP; END $$});
	return unless $checks_trees;
	my $trees = query(q{
		SELECT count(bt_index_check(i.indexrelid, true)::text) FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid
		WHERE c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')
			AND c.relkind = 'i'
			AND c.relnamespace IN ('public'::regnamespace, 'entity_screen'::regnamespace)});
	cmp_ok($trees, '>', 20, "$when: $trees b-trees are sound");
	is(query(q{SELECT count(*) FROM pg_class c,
		LATERAL verify_heapam(c.oid) WHERE relkind = 'r' AND relnamespace
			IN ('public'::regnamespace, 'entity_screen'::regnamespace)}), '0',
		"$when: so are the tables");
	return unless $checks_gin;
	cmp_ok(query(q{SELECT count(gin_index_check(i.indexrelid)::text) FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid
		WHERE c.relam = (SELECT oid FROM pg_am WHERE amname = 'gin')
			AND c.relnamespace IN ('public'::regnamespace, 'entity_screen'::regnamespace)}),
		'>=', 2, "$when: and the GIN trees");
	return;
}

# What was acknowledged is there, and all of it
sub check_kept
{
	my ($kind, $round, @done) = @_;
	my $when = "$kind, round $round";

	note scalar(@done), " steps were acknowledged";
	if ($kind eq 'insert')
	{
		is(query(q{SELECT count(*) FROM customer
			WHERE batch = ANY ('} . array(@done) . q{')}), 100 * @done,
			"$when: every acknowledged row is there");
		is(query(q{SELECT count(*) FROM (SELECT batch FROM customer
			WHERE batch LIKE 'insert%' GROUP BY batch HAVING count(*) <> 100) x}),
			'0', "$when: no half of a batch");
		$verified += 100 * @done;
	}
	my $events = query(q{SELECT count(*) FROM orders o WHERE (SELECT count(*)
		FROM entity_screen.screening_event e WHERE e.party_ref = o.id::text
			AND e.row_operation = 'insert') <> 1});
	is($events, '0', "$when: each order has one event of its guard");
	is(query(q{SELECT count(*) FROM (SELECT tranche_id FROM entity_screen.tranche t
		LEFT JOIN entity_screen.tranche_operation o USING (tranche_id)
		GROUP BY 1 HAVING count(o.operation) <> 60) x}), '0',
		"$when: no half of a tranche");
	return;
}

sub array { return '{' . join(',', map { "\"$_\"" } @_) . '}' }

foreach my $round (1 .. $rounds)
{
	foreach my $kind (qw(insert vacuum reindex load delta guard))
	{
		my @done = work_until_killed($kind, $round);
		my $when = "$kind, round $round";

		check_kept($kind, $round, @done);
		my $by_index = answers('index');
		is($by_index, answers('table'), "$when: index and table answer alike");
		$verified += $1 + $2 if $by_index =~ /^(\d+)\|\S+ (\d+)\|/;
		check_trees($when);
		is(query('SELECT * FROM entity_screen.check_references()'), '',
			"$when: nothing dangles");
		is(query('SELECT * FROM entity_screen.verify_audit()'), '',
			"$when: the chain is whole");
	}
}

# After all of it a delta and a full screening have nothing to add to each other.
query('SELECT count(*) FROM entity_screen.rescreen_delta()');
query(q{CALL entity_screen.refresh_watch('client')});
query('SELECT count(*) FROM entity_screen.rescreen_due()');
is(query('SELECT count(*) FROM entity_screen.rescreen_full()'), '0',
	'what deltas found is all there is');
is(query(q{SELECT count(*) FROM client c FULL JOIN entity_screen.watched_name w
	ON w.party_ref = c.id::text WHERE w.name::text IS DISTINCT FROM c.name}),
	'0', 'what is watched is what the table says');
diag("killed $killed times, $verified rows verified, seed $seed");
cmp_ok($killed, '>=', 6 * $rounds, "killed $killed times, $verified rows verified");
$node->stop;
done_testing();
