# The join in memory never changes an answer: it against a nested loop, on
# random names of mixed scripts, over join types, thresholds, batches,
# parallel workers, duplicates, NULLs, further clauses and rescans.
use strict;
use warnings;
use utf8;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{PROPERTY_SEED} || $ENV{SEED} || 20200605;
srand($seed);
note "seed $seed (PROPERTY_SEED repeats another)";
my @brands = qw(cloud walk sense nets fiber home starry sky netposa yitu
	megvii dahua hikvision intellifusion almaz antey huawei sberbank qods);
my @common = ('Technology', 'Trading', 'Institute', 'Co.', 'Ltd', 'GmbH',
	'of', 'the', 'Shanghai', 'No. 38', '13th', 'Завод', 'Москва', '科技',
	'云从', '第三十八研究所', 'شرکت', '삼성전자', 'ソニー', "IS'Vision");
my @odd = ('', ' ', '?!', 'A', 'я', '华', 'Ltd', 'Co., Ltd.', 'x' x 3000,
	'Cloud ' x 60, '38');

sub pick { return $_[int rand @_] }

sub make_name
{
	return pick(@odd) if rand() < 0.03;
	return join ' ', map { rand() < 0.5
		? join('', map { pick(@brands) } 1 .. 1 + rand 2) : pick(@common) }
		1 .. 1 + rand 5;
}

sub mutate_name
{
	my ($name) = @_;

	return $name if length $name == 0 || length $name > 200 || rand() < 0.3;
	my $at = int rand length $name;
	my $how = int rand 5;
	substr($name, $at, 1) = '' if $how == 0;
	substr($name, $at, 0) = chr(ord('a') + rand 26) if $how == 1;
	substr($name, $at, 0) = ' ' if $how == 2;
	$name = join ' ', reverse split / /, $name if $how == 3;
	$name =~ s/ // if $how == 4;
	return $name;
}

sub quote_name
{
	my ($name) = @_;

	return 'NULL' if rand() < 0.03;
	return "'" . $name =~ s/'/''/gr . "'";
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION entity_screen');

# Data goes in by file, as UTF-8 whatever perl thinks of its strings.
sub run_sql
{
	my ($sql) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/input.sql';
	my ($out, $err);

	open my $handle, '>:encoding(UTF-8)', $file or die $!;
	print $handle "SET client_min_messages = warning;\n$sql;\n";
	close $handle;
	$node->psql('postgres', undef, stdout => \$out, stderr => \$err,
		on_error_die => 1, extra_params => ['-f', $file]);
	return $out;
}

my @names = map { make_name() } 1 .. 250;
sub rows
{
	my ($count) = @_;
	my $id = 0;

	return join ",\n", map { '(' . ++$id . ', ' .
		quote_name(mutate_name(pick(@names))) . ', ' . int(rand 5) . ')' }
		1 .. $count;
}

# Sides of different sizes; stored as they are, compressed and out of line.
foreach my $table (['a', 400], ['b', 150], ['none', 0])
{
	my ($name, $count) = @$table;

	run_sql("CREATE TABLE $name (id int, name entity_name, grade int);
		ALTER TABLE $name SET (parallel_workers = 2, autovacuum_enabled = off);
		" . ($count ? "INSERT INTO $name VALUES " . rows($count) . ';' : '')
		. "ANALYZE $name");
}

# The very first query of a session loads the library while it is planned.
foreach my $query ('SELECT FROM a JOIN b ON a.name % b.name',
	'SELECT FROM a WHERE EXISTS (SELECT FROM b WHERE a.name % b.name)',
	'SELECT FROM a WHERE NOT EXISTS (SELECT FROM b WHERE a.name % b.name)',
	'SELECT FROM a JOIN b ON entity_match(a.name, b.name::text, 0.7)')
{
	like(run_sql("EXPLAIN (COSTS OFF) $query"), qr/EntityJoin/,
		"in a fresh session: $query");
}

my @types = (
	[ 'inner', 'SELECT x.id, y.id FROM %s x JOIN %s y ON %s' ],
	[ 'left', 'SELECT x.id, y.id FROM %s x LEFT JOIN %s y ON %s' ],
	[ 'filtered left', 'SELECT x.id, y.id FROM %s x LEFT JOIN %s y ON %s
		WHERE coalesce(y.grade, 1) < 3' ],
	[ 'semi', 'SELECT x.id, NULL::bigint FROM %s x WHERE EXISTS
		(SELECT FROM %s y WHERE %s)' ],
	[ 'anti', 'SELECT x.id, NULL::bigint FROM %s x WHERE NOT EXISTS
		(SELECT FROM %s y WHERE %s)' ],
	[ 'grouped', 'SELECT x.id, count(y.name) FROM %s x LEFT JOIN %s y ON %s
		GROUP BY x.id' ],
	[ 'two joins', 'SELECT x.id, z.id FROM %s x JOIN %s y ON %s
		LEFT JOIN b z ON z.name %% y.name AND z.grade = x.grade' ],
	[ 'rescanned', 'SELECT g.g, s.n FROM generate_series(1, 3) g, LATERAL (
		SELECT count(*) AS n FROM %s x LEFT JOIN %s y ON %s
		WHERE x.grade <> g.g) s' ]);
my @clauses = ('x.name %% y.name', 'y.name %% x.name',
	'x.name %% y.name AND x.grade < y.grade',
	'x.name %% y.name AND x.grade = 2',
	'x.name %% y.name AND y.grade = 2',
	'x.name %% y.name AND x.name <-> y.name > 0.05',
	'entity_match(x.name, y.name::text, %.4f)',
	'entity_match(y.name, x.name::text, %.4f)',
	'entity_match(x.name, y.name::text, 0.3 + y.grade / 8.0)');
my @plans = (
	[ 'one batch', 'SET work_mem = \'8MB\'' ],
	[ 'batches', 'SET work_mem = \'64kB\'; SET hash_mem_multiplier = 1' ],
	[ 'parallel', 'SET max_parallel_workers_per_gather = 2;
		SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
		SET min_parallel_table_scan_size = 0; SET cpu_operator_cost = 0' ]);
# Where comparing costs something, workers join and not only read.
my $joined_by_workers = $plans[2][1] . '; RESET cpu_operator_cost;
		SET parallel_leader_participation = off';

# What EXPLAIN counts does not depend on who counted it.
my %counts;
foreach my $plan ($plans[0], [ 'parallel', $joined_by_workers ])
{
	my $out = run_sql("$plan->[1]; EXPLAIN (ANALYZE, COSTS OFF)
		SELECT FROM a JOIN b ON a.name % b.name");

	$counts{ $plan->[0] } =
		join ', ', $out =~ /((?:Streamed|Names|Candidates)[\w ]*: \d+)/g;
	like($out, qr/Workers Launched: [12]\n.*Parallel Custom Scan \(EntityJoin\)/s,
		'counted in workers') if $plan->[0] eq 'parallel';
}
like($counts{'one batch'}, qr/Streamed Names: 3\d\d,/, 'counts of the join');
is($counts{'parallel'}, $counts{'one batch'}, 'workers count together');

my ($rows, $joins, $batched, $parallel, $different) = (0) x 5;
foreach my $round (1 .. $ENV{PROPERTY_ROUNDS} || 160)
{
	my ($type, $query) = @{ pick(@types) };
	my $clause = sprintf pick(@clauses), 0.3 + rand 0.7;
	my ($plan, $settings) = @{ pick(@plans) };
	my @sides = rand() < 0.05 ? ('a', 'none') : rand() < 0.05 ? ('none', 'a')
		: rand() < 0.5 ? ('a', 'b') : ('b', 'a');
	my $sql = sprintf $query, @sides, $clause;
	my $out = run_sql(sprintf 'SET entity_screen.threshold = %.4f;
		CREATE TEMP TABLE nested (x bigint, y bigint);
		CREATE TEMP TABLE packed (x bigint, y bigint);
		SET entity_screen.enable_join = off;
		INSERT INTO nested %s;
		RESET entity_screen.enable_join;
		%s;
		SET enable_nestloop = off;
		EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) %s;
		CREATE TEMP TABLE read (x, y) AS %s;
		INSERT INTO packed SELECT * FROM read;
		SELECT \'rows \' || count(*) FROM nested;
		SELECT \'different \' || count(*) FROM (
			(TABLE nested EXCEPT ALL TABLE packed) UNION ALL
			(TABLE packed EXCEPT ALL TABLE nested)) d',
		0.3 + rand 0.7, $sql, $settings, $sql, $sql);

	$rows += $1 if $out =~ /^rows (\d+)/m;
	$joins++ if $out =~ /EntityJoin/;
	$batched++ if $out =~ /Batches: ([2-9]|\d\d)/;
	$parallel++ if $out =~ /Gather.*EntityJoin/s;
	next if $out =~ /^different 0$/m;
	$different++;
	my $text = "different: $type, $plan: $sql\n$out";
	utf8::encode($text);
	diag $text;
}
is($different, 0, 'joins in memory and nested loops give the same rows');
cmp_ok($rows, '>', 10000, "$rows rows to compare");
cmp_ok($joins, '>', 100, "$joins queries were joined in memory");
cmp_ok($batched, '>', 10, "$batched of them in several batches");
cmp_ok($parallel, '>', 2, "$parallel of them in parallel");

done_testing();
