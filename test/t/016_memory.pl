# Memory of one backend stays flat: a million operator calls, 100,000
# normalizations, 10,000 guarded inserts and 100 joins.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'skipped: /proc tells the memory of a process on Linux only'
	unless -e '/proc/self/status';
plan skip_all => 'skipped: what a sanitizer keeps is not ours to measure'
	if exists $ENV{ASAN_OPTIONS};

# What may be left of a load after its first tenth has been done, and how much
# more it may hold while it runs.
my $left_kb = 1024;
my $peak_kb = 4096;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nfsync = off\njit = off\n");
$node->start;

my $program = "$FindBin::Bin/../property/digest";
my $names = PostgreSQL::Test::Utils::tempdir() . '/names';
append_to_file($names, scalar `$program names 2000`);

# "work(n)" of each load; calls are counted by what they return.
my @loads = (
	[ 'operator calls', 1000000, q{
		SELECT count(x) FROM (SELECT a.name % b.name AS x
			FROM (SELECT name FROM one LIMIT 1000) a,
				(SELECT name FROM one LIMIT :n / 1000) b OFFSET 0) y} ],
	[ 'normalizations', 100000, q{
		SELECT count(entity_normal_form((g || ' ' || t.text)::entity_name))
		FROM (SELECT text FROM plain LIMIT 1000) t, generate_series(1, :n / 1000) g} ],
	[ 'guarded inserts', 10000, q{CALL insert_orders(:n)} ],
	[ 'joins', 100, q{CALL join_names(:n)} ]);

# Memory of this backend in kB: its own pages, their peak since the last
# reset, and what memory contexts hold.
my $measure = q{
	SELECT 'measured', substring(s FROM 'RssAnon:\s+(\d+)'),
		substring(s FROM 'VmHWM:\s+(\d+)'), substring(s FROM 'VmRSS:\s+(\d+)'),
		(SELECT sum(used_bytes) / 1024 FROM pg_backend_memory_contexts)::int
	FROM pg_read_file('/proc/self/status') s;
};
my $reset_peak = "COPY (SELECT 5) TO '/proc/self/clear_refs';\n";

$node->safe_psql('postgres', qq{
	CREATE EXTENSION entity_screen;
	CREATE TABLE plain (text text);
	\\copy plain from '$names' with (format csv, delimiter E'\\x01', quote E'\\x02')
	DELETE FROM plain WHERE text IS NULL;
	CREATE TABLE one AS SELECT text::entity_name AS name FROM plain;
	CREATE TABLE two AS SELECT (text || ' group')::entity_name AS name FROM plain;
	ANALYZE one, two;
	INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect)
	VALUES ('house', 'House list', 'We', 'internal_block');
});
my $list = PostgreSQL::Test::Utils::tempdir() . '/list.csv';
append_to_file($list, "name,country\n" . join('', map { "Harbor Works $_,Peru\n" } 1 .. 500));
$node->safe_psql('postgres', qq{
	SELECT entity_screen.load_snapshot(pg_read_binary_file('$list'),
		current_date, list_code => 'house');
	CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer text);
	SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'observe');
	CREATE PROCEDURE insert_orders(n int) LANGUAGE plpgsql AS \$\$
	BEGIN
		FOR i IN 1 .. n LOOP
			INSERT INTO orders (buyer)
			SELECT CASE WHEN i % 50 = 0 THEN 'Harbor Works ' || i % 500 ELSE text END
			FROM plain OFFSET i % 1000 LIMIT 1;
			IF i % 100 = 0 THEN
				COMMIT;
			END IF;
		END LOOP;
	END \$\$;
	CREATE PROCEDURE join_names(n int) LANGUAGE plpgsql AS \$\$
	DECLARE
		found bigint;
	BEGIN
		FOR i IN 1 .. n LOOP
			SELECT count(*) INTO found
			FROM (SELECT name FROM one OFFSET i) a JOIN two b ON a.name % b.name;
			IF i % 10 = 0 THEN
				COMMIT;
			END IF;
		END LOOP;
	END \$\$;
});

my $script = "SET work_mem = '16MB';\n";
foreach my $load (@loads)
{
	my (undef, $times, $sql) = @$load;

	foreach my $n ($times / 10, $times)
	{
		$script .= $sql =~ s/:n/$n/gr . ";\n" . $measure . $reset_peak;
	}
}

$script .= 'EXPLAIN SELECT FROM one a JOIN two b ON a.name % b.name;';

# All in one session, as the superuser whose server reads its own /proc.
my $output = $node->safe_psql('postgres', $script);
my @rows = map { [ split /\|/ ] } grep { /^measured/ } split /\n/, $output;

is(scalar @rows, 2 * @loads, 'every load was measured');
foreach my $i (0 .. $#loads)
{
	my ($what, $times, $sql) = @{ $loads[$i] };
	my ($first, $last) = @rows[ 2 * $i, 2 * $i + 1 ];
	my $left = $last->[1] - $first->[1];
	my $peak = $last->[2] - $first->[3];
	my $contexts = $last->[4] - $first->[4];

	note "$times $what: $left kB more held, $contexts kB in contexts,"
		. " at most $peak kB more on the way, of $last->[1] kB";
	cmp_ok($left, '<', $left_kb, "$times $what leave nothing");
	cmp_ok($contexts, '<', $left_kb, "$times $what leave nothing in contexts");
	# Of many statements the peak has the shared pages that they read, too.
	cmp_ok($peak, '<', $peak_kb, "$times $what need no more on the way")
		unless $sql =~ /CALL/;
}
like($output, qr/Custom Scan \(EntityJoin\)/, 'the joins are those in memory');
is($node->safe_psql('postgres', 'SELECT count(*) FROM orders'), 11000,
	'every order was inserted');
cmp_ok($node->safe_psql('postgres',
	'SELECT count(*) FROM entity_screen.screening_event'), '>', 200,
	'and screened');
$node->stop;
done_testing();
