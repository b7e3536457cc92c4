# Watched tables: a fill that is killed and resumed, beside a table in use; a
# delta equals the difference of two full screenings, at random; what is in
# flight while a tranche is published is not missed; a standby screens.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = "$FindBin::RealBin/../../data/tranches";
my $rows = $ENV{WATCH_ROWS} || 20_000;
my $rounds = $ENV{WATCH_ROUNDS} || 12;
my $seed = $ENV{SEED} || 20200605;
srand $seed;
note "seed $seed";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5
log_lock_waits = on
deadlock_timeout = 1s
");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION entity_screen');

sub load_rule
{
	my ($file) = @_;

	return $node->safe_psql('postgres',
		"SELECT tranche_id FROM entity_screen.load_tranche(
			pg_read_binary_file('$data/$file'))");
}

# Names that are names of the lists with something changed, or nobody's.
$node->safe_psql('postgres', q{
	CREATE FUNCTION alter_name(name text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		at integer := 1 + floor(random() * length(name));
	BEGIN
		RETURN CASE floor(random() * 7)
			WHEN 0 THEN name
			WHEN 1 THEN overlay(name PLACING '' FROM at FOR 1)
			WHEN 2 THEN overlay(name PLACING chr(97 + floor(random() * 26)::int) FROM at FOR 1)
			WHEN 3 THEN replace(name, ' ', '')
			WHEN 4 THEN upper(name) || ' CO., LTD.'
			WHEN 5 THEN split_part(name, ' ', 1) || ' ' || split_part(name, ' ', 2)
			ELSE 'Shenzhen ' || name END;
	END $$;
	CREATE FUNCTION any_name() RETURNS text LANGUAGE sql VOLATILE AS $$
		SELECT string_agg(w, ' ') FROM (
			SELECT (ARRAY['Bright', 'Harbor', 'Muster', 'Kestrel', 'Novak',
				'Ostrava', 'Trading', 'Optics', 'Yunnan', 'Zenith', 'Quartz',
				'Lumen', 'Delta', 'Logistics', 'Vision', 'Tech', 'Marine',
				'Falcon', 'Sunrise', 'Cloud'])[1 + floor(random() * 20)::int] AS w
			FROM generate_series(1, 2 + floor(random() * 2)::int)) x $$;
});

# ------------------------------------------------------------ filling
$node->safe_psql('postgres', "
	CREATE TABLE customer (id int PRIMARY KEY, name text, visits int DEFAULT 0);
	INSERT INTO customer SELECT g, any_name() || ' ' || g FROM generate_series(1, $rows) g;
	SELECT entity_screen.watch_table('customer', party => 'name')");

# A pgbench that renames customers all the while
my $script = PostgreSQL::Test::Utils::tempdir() . '/rename.sql';
append_to_file($script, "\\set id random(1, $rows)\n"
	. "UPDATE customer SET name = name || 'x', visits = visits + 1 WHERE id = :id;\n");
my $bench_log = PostgreSQL::Test::Utils::tempdir() . '/bench';
my $bench = IPC::Run::start(
	[ 'pgbench', '-n', '-c', '2', '-T', '3600', '-R', '200', '-l',
		'--log-prefix', $bench_log, '-f', $script, '-h', $node->host,
		'-p', $node->port, 'postgres' ],
	'<', \undef, '>', \my $bench_out, '2>', \my $bench_err);

my $fill = IPC::Run::start(
	[ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-c',
		"CALL entity_screen.refresh_watch('customer')" ],
	'<', \undef, '>', \my $fill_out, '2>', \my $fill_err);
$node->poll_query_until('postgres',
	"SELECT fill_rows > $rows / 4 FROM entity_screen.watch")
	or die 'the fill does not proceed';
my ($position) = $node->safe_psql('postgres',
	'SELECT fill_block FROM entity_screen.watch');
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid)
	FROM pg_stat_activity WHERE query LIKE 'CALL entity_screen.refresh%'");
$fill->finish;
cmp_ok($position, '>', 0, 'a fill shows how far it is');
is($node->safe_psql('postgres',
	"SELECT fill_block >= $position AND filled_at IS NULL FROM entity_screen.watch"),
	't', 'a fill that is killed keeps its place');
$node->safe_psql('postgres', "CALL entity_screen.refresh_watch('customer')");
$bench->signal('TERM');
$bench->finish;

my ($longest, $changes) = (0, 0);
foreach my $file (glob("$bench_log*"))
{
	foreach my $line (split /\n/, slurp_file($file))
	{
		my (undef, undef, $latency, undef, undef, undef, $lag) =
		  split / /, $line;

		$changes++;
		$longest = $latency - $lag if $latency - $lag > $longest;
	}
}
cmp_ok($changes, '>', 100, "the table was in use ($changes changes)");
# Who waits for a lock for a second stands in the log; how long a change took
# in all says more about how busy the machine is.
unlike(slurp_file($node->logfile), qr/still waiting for/,
	"no change of the table waited for a second (the slowest took $longest us)");

my $differing = q{SELECT count(*) FROM customer c
	FULL JOIN entity_screen.watched_name w ON w.party_ref = c.id::text
	WHERE w.name::text IS DISTINCT FROM c.name};
is($node->safe_psql('postgres', $differing), '0',
	'what was filled in and kept current is what the table says');

# kill -9 in the middle
$node->safe_psql('postgres', "SELECT entity_screen.unwatch_table('customer')");
$node->safe_psql('postgres',
	"SELECT entity_screen.watch_table('customer', party => 'name')");
$fill = IPC::Run::start(
	[ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-c',
		"CALL entity_screen.refresh_watch('customer')" ],
	'<', \undef, '>', \$fill_out, '2>', \$fill_err);
$node->poll_query_until('postgres',
	"SELECT fill_rows > $rows / 3 FROM entity_screen.watch");
$node->stop('immediate');
$fill->finish;
$node->start;
$node->safe_psql('postgres', "CALL entity_screen.refresh_watch('customer')");
is($node->safe_psql('postgres', $differing), '0',
	'after a crash a fill goes on and ends with the same');

# ... and as one that nothing interrupted, row by row
my $filled = q{SELECT count(*), md5(string_agg(w.party_ref || ' ' || w.party_column
			|| ' ' || w.name::text || ' ' || entity_normal_form(w.name), ';'
		ORDER BY w.party_ref))
	FROM entity_screen.watched_name w};
my $resumed = $node->safe_psql('postgres', $filled);
$node->safe_psql('postgres', "SELECT entity_screen.unwatch_table('customer');
	SELECT entity_screen.watch_table('customer', party => 'name')");
my $started = time;
$node->safe_psql('postgres', "CALL entity_screen.refresh_watch('customer')");
note "$rows rows filled in " . (time - $started) . ' s without a stop';
is($node->safe_psql('postgres', $filled), $resumed,
	'... the same as a fill without a stop');
$node->safe_psql('postgres', "SELECT entity_screen.unwatch_table('customer')");

# ------------------------------------------------------------ delta
load_rule('2019-10-09_84FR54002.csv');
load_rule('2020-06-05_85FR34503.csv');

# Draws of a session are those of the seed and of the round.
sub seeded { return sprintf 'SET seed = %.6f;', ($seed + shift) % 999983 / 1e6 }

$node->safe_psql('postgres', seeded(0) . q{
	CREATE TABLE client (id int PRIMARY KEY, name text, country text);
	SELECT entity_screen.watch_table('client', party => 'name',
		country => 'country');
	INSERT INTO client
	SELECT g, CASE WHEN random() < 0.7 THEN alter_name((
			SELECT n.name::text FROM entity_screen.entry_name n
			WHERE g > 0 ORDER BY random() LIMIT 1)) ELSE any_name() END,
		(ARRAY['CN', 'DE', NULL])[1 + floor(random() * 3)::int]
	FROM generate_series(1, 400) g;
	SELECT count(*) FROM entity_screen.rescreen_full();
	CREATE VIEW truth AS
	SELECT c.id::text AS party_ref, h.entry_id
	FROM client c, LATERAL entity_screen.screen_party(c.name, c.country) h;
	CREATE TABLE before AS SELECT * FROM truth;
});

# A tranche that adds entries and aliases near the clients, and removes some
sub random_tranche
{
	my ($round) = @_;

	return $node->safe_psql('postgres', seeded(2 * $round) . qq{
		SELECT tranche_id FROM entity_screen.load_tranche((
			SELECT E'record,operation,name,destination_country,citation,effective_on\\n'
				|| 'tranche,,,,90 FR $round,2021-01-01' || E'\\n'
				|| string_agg(line, E'\\n' ORDER BY place) || E'\\n'
			FROM (
				SELECT 1 AS place, 'entry,add,"' || alter_name(name) || ' $round",Peru,,' AS line
				FROM (SELECT name FROM client WHERE name !~ '"' ORDER BY random() LIMIT 3) a
				UNION ALL
				SELECT 2, 'entry,revise,"' || p.name::text || '",' || v.destination_country
					|| E',,\\nname,,"' || alter_name(c.name) || ' $round",,,'
				FROM entity_screen.entry_version v
				JOIN entity_screen.entry_name p USING (entry_id)
				CROSS JOIN LATERAL (SELECT name FROM client
					WHERE name !~ '"' AND v.entry_id > 0 ORDER BY random() LIMIT 1) c
				WHERE upper_inf(v.known) AND upper_inf(v.valid) AND upper_inf(p.known)
					AND upper_inf(p.valid) AND p.name_type = 'primary' AND v.entry_id % 12 = $round % 12
				UNION ALL
				SELECT 3, 'entry,remove,"' || p.name::text || '",' || v.destination_country || ',,'
				FROM entity_screen.entry_version v
				JOIN entity_screen.entry_name p USING (entry_id)
				WHERE upper_inf(v.known) AND upper_inf(v.valid) AND upper_inf(p.known)
					AND upper_inf(p.valid) AND p.name_type = 'primary' AND v.entry_id % 17 = $round % 17
					AND v.entry_id % 12 <> $round % 12) x), 'us_bis_el')});
}

my ($wrong, $new_hits, $gone_hits) = (0, 0, 0);
foreach my $round (1 .. $rounds)
{
	my $tranche;

	# rows change as well, and now and then the threshold
	$node->safe_psql('postgres', seeded(2 * $round + 1) . q{
		UPDATE client SET name = alter_name(name) WHERE random() < 0.02;
		DELETE FROM client WHERE random() < 0.01});
	if ($round % 4 == 3)
	{
		my $threshold = 0.5 + int(rand(40)) / 100;
		$node->safe_psql('postgres',
			"SELECT entity_screen.set_threshold($threshold, NULL, 'round')");
		$tranche = 'NULL';
	}
	else
	{
		$tranche = random_tranche($round);
	}
	my $result = $node->safe_psql('postgres', qq{
		CREATE TEMP TABLE said AS SELECT * FROM entity_screen.rescreen_delta($tranche)
			WHERE target = 'public.client';
		CREATE TEMP TABLE after AS SELECT * FROM truth;
		SELECT (SELECT count(*) FROM (
				(TABLE after EXCEPT TABLE before)
				EXCEPT SELECT party_ref, entry_id FROM said WHERE change = 'new') a)
			+ (SELECT count(*) FROM (
				SELECT party_ref, entry_id FROM said WHERE change = 'new'
				EXCEPT (TABLE after EXCEPT TABLE before)) b)
			+ (SELECT count(*) FROM (
				(TABLE before EXCEPT TABLE after)
				EXCEPT SELECT party_ref, entry_id FROM said WHERE change = 'gone') c)
			+ (SELECT count(*) FROM (
				SELECT party_ref, entry_id FROM said WHERE change = 'gone'
				EXCEPT (TABLE before EXCEPT TABLE after)) d)
			+ (SELECT count(*) FROM entity_screen.rescreen_full('client')),
			(SELECT count(*) FROM said WHERE change = 'new'),
			(SELECT count(*) FROM said WHERE change = 'gone');
		TRUNCATE before; INSERT INTO before TABLE after});
	my ($bad, $new, $gone) = split /\|/, $result;

	$wrong += $bad;
	$new_hits += $new;
	$gone_hits += $gone;
	diag("round $round (tranche $tranche): $bad differences") if $bad;
}
is($wrong, 0, "$rounds deltas equal the difference of two full screenings");
cmp_ok($new_hits, '>', 20, "they had new hits ($new_hits)");
cmp_ok($gone_hits, '>', 5, "and hits that went ($gone_hits)");
is($node->safe_psql('postgres',
	q{SELECT count(*) FROM (SELECT target, party_ref, party_column, entry_id
		FROM entity_screen.alert WHERE alert_status NOT IN ('closed', 'superseded')
		GROUP BY 1, 2, 3, 4 HAVING count(*) > 1) d}), '0', 'no alert is double');
is($node->safe_psql('postgres',
	q{SELECT count(*) FROM entity_screen.watch_hit h WHERE NOT EXISTS (
		SELECT FROM entity_screen.alert a WHERE a.party_ref = h.party_ref
		AND a.entry_id = h.entry_id AND a.alert_status <> 'superseded')}),
	'0', 'and none is missing');

# ------------------------------------------------------------ in flight
my $reading = $node->background_psql('postgres');
$reading->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM client');
my $flying = $node->background_psql('postgres');
$flying->query_safe("BEGIN; INSERT INTO client VALUES (9001, 'Wayward Falcon Optics', 'DE')");
$node->safe_psql('postgres', q{BEGIN;
	INSERT INTO client VALUES (9002, 'Wayward Falcon Optics', 'FR');
	PREPARE TRANSACTION 'order'});
my $late = $node->safe_psql('postgres', q{
	SELECT tranche_id FROM entity_screen.load_tranche(
		E'record,operation,name,destination_country,citation,effective_on\n'
		'tranche,,,,99 FR 1,2021-01-01\nentry,add,Wayward Falcon Optics,Peru,,\n',
		'us_bis_el')});
is($node->safe_psql('postgres', "SELECT count(*) FROM entity_screen.rescreen_delta($late)
	WHERE party_ref LIKE '900%'"), '0', 'a row in flight is not seen yet');
is($node->safe_psql('postgres', "SELECT cardinality(waits_for)
	FROM entity_screen.open_rescreens() WHERE tranche_id = $late"),
	'3', 'the delta stays open and names who is in the way, an old snapshot too');
$flying->query_safe('COMMIT');
is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT party_ref, ' ')
	FROM entity_screen.rescreen_delta() WHERE party_ref LIKE '900%'"), '9001', 'what was committed is found');
like($node->safe_psql('postgres', "SELECT waits_for
	FROM entity_screen.open_rescreens() WHERE tranche_id = $late"),
	qr/^\{"pid \d+","prepared order"\}$/, 'and the delta stays open for what is prepared');
$node->safe_psql('postgres', "COMMIT PREPARED 'order'");
is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT party_ref, ' ')
	FROM entity_screen.rescreen_delta() WHERE party_ref LIKE '900%'"), '9002', 'until that is committed');
is($node->safe_psql('postgres', 'SELECT count(*) FROM entity_screen.open_rescreens()'),
	'1', 'the old snapshot keeps it open');
$reading->query_safe("INSERT INTO client VALUES (9003, 'Wayward Falcon Optics', 'IT'); COMMIT");
is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT party_ref, ' ')
	FROM entity_screen.rescreen_due() WHERE party_ref LIKE '900%'"), '9003',
	'a row from an old snapshot is found as one that changed');
$node->safe_psql('postgres', 'SELECT count(*) FROM entity_screen.rescreen_delta()');
is($node->safe_psql('postgres', 'SELECT count(*) FROM entity_screen.open_rescreens()'),
	'0', 'then it is closed');
# The same for a guarded table: what its guard could not see is alerted.
$node->safe_psql('postgres', q{
	CREATE TABLE deal (id int PRIMARY KEY, buyer text, made_on date);
	SELECT entity_screen.protect_table('deal', party => 'buyer', on_date => 'made_on', action => 'alert')});
$flying->query_safe("BEGIN; INSERT INTO deal VALUES (1, 'Zephyrine Bartok Lumen', '2022-01-01'), (2, 'Novak', '2022-01-01'), (3, 'Zephyrine Bartok Lumen', '2020-01-01')");
$reading->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM deal');
$node->safe_psql('postgres', q{BEGIN;
	INSERT INTO deal VALUES (4, 'Zephyrine Bartok Lumen', '2022-01-01');
	PREPARE TRANSACTION 'deal'});
$late = $node->safe_psql('postgres', q{
	SELECT tranche_id FROM entity_screen.load_tranche(
		E'record,operation,name,destination_country,citation,effective_on\n'
		'tranche,,,,99 FR 2,2021-01-01\nentry,add,Zephyrine Bartok Lumen,Peru,,\n',
		'us_bis_el')});
my $deals = "SELECT coalesce(string_agg(party_ref, ' ' ORDER BY party_ref), '-')
	FROM entity_screen.rescreen_delta() WHERE target = 'public.deal'
	AND entry_name = 'Zephyrine Bartok Lumen'";
$reading->query_safe("INSERT INTO deal VALUES (5, 'Zephyrine Bartok Lumen', '2022-01-01'); COMMIT");
is($node->safe_psql('postgres', $deals), '5',
	'an order stored with an old snapshot is alerted');
is($node->safe_psql('postgres', "SELECT cardinality(waits_for) FROM entity_screen.open_rescreens()
	WHERE target = 'guarded tables' AND tranche_id = $late"),
	'2', 'what is in flight keeps the delta open');
$flying->query_safe('COMMIT');
$node->safe_psql('postgres', "COMMIT PREPARED 'deal'");
is($node->safe_psql('postgres', $deals), '1 4',
	'orders in flight are alerted when they have landed, if the law of their date says so');
is($node->safe_psql('postgres', $deals), '-', 'once');
is($node->safe_psql('postgres', q{SELECT count(*) FROM entity_screen.alert
	WHERE target = 'public.deal' AND alert_status = 'open'
	AND entry_name = 'Zephyrine Bartok Lumen'}), '3', 'with an alert each');
is($node->safe_psql('postgres', 'SELECT count(*) FROM entity_screen.open_rescreens()'),
	'0', 'and all is closed');
$flying->quit;
$reading->quit;

# ------------------------------------------------------------ standby
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
my $asked = q{SELECT md5(string_agg(h::text, ';' ORDER BY c.id, h.entry_id))
	FROM client c, LATERAL entity_screen.screen_party(c.name, c.country) h};
is($standby->safe_psql('postgres', $asked), $node->safe_psql('postgres', $asked),
	'a standby screens, and gives the same answer');
is($standby->safe_psql('postgres', q{SELECT count(*)
		FROM entity_screen.screen_table('client', party => 'name', country => 'country')}),
	$node->safe_psql('postgres', q{SELECT count(*) FROM truth}),
	'... whole tables too');
isnt($standby->psql('postgres', 'SELECT entity_screen.rescreen_due()'), 0,
	'what writes is refused there');
$standby->stop;
$node->stop;
done_testing();
