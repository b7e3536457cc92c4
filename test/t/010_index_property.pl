# An index never changes an answer: index scan against sequential scan on
# random names of mixed scripts, at 51 thresholds, through every state an
# index can be in.  In each state a name is sought at every third threshold,
# others of them in the next state.
use strict;
use warnings;
use utf8;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;

my $seed = $ENV{PROPERTY_SEED} || $ENV{SEED} || 20200605;
srand($seed);
note "seed $seed (PROPERTY_SEED repeats another)";

my @brands = qw(cloud walk sense nets fiber home starry sky netposa yitu
	megvii dahua hikvision intellifusion almaz antey huawei sberbank qods
	skyeye kunhai petro chem);
my @common = ('Technology', 'Trading', 'International', 'Institute', 'Co.',
	'Ltd', 'GmbH', 'OOO', 'of', 'the', 'Shanghai', 'Beijing', 'No. 38',
	'13th', 'Research', 'Завод', 'Общество', 'Москва', '科技', '云从',
	'第三十八研究所', '有限公司', 'شرکت', 'صنایع', 'Ελλάς', '삼성전자',
	'ソニー', "IS'Vision", 'é', '—');
my @odd = ('', ' ', '?!', 'A', 'я', '华', 'Ltd', 'Co., Ltd.',
	'x' x 5000, 'Cloud ' x 200, "\x{10FFFF}", "\x{0301}\x{0301}", '38');

sub pick { return $_[int rand @_] }

sub make_name
{
	return pick(@odd) if rand() < 0.02;
	return join ' ', map { rand() < 0.5
		? join('', map { pick(@brands) } 1 .. 1 + rand 2) : pick(@common) }
		1 .. 1 + rand 5;
}

sub mutate_name
{
	my ($name) = @_;

	return $name if length $name == 0 || length $name > 200;
	foreach (0 .. int rand 3)
	{
		my $at = int rand length $name;
		my $how = int rand 6;

		substr($name, $at, 1) = '' if $how == 0;
		substr($name, $at, 0) = chr(ord('a') + rand 26) if $how == 1;
		substr($name, $at, 1) = chr(ord('a') + rand 26) if $how == 2;
		substr($name, $at, 0) = ' ' if $how == 3;
		$name = join ' ', reverse split / /, $name if $how == 4;
		$name =~ s/ // if $how == 5;
		last if length $name == 0;
	}
	return $name;
}

my @names = map { make_name() } 1 .. 1000;
push @names, map { mutate_name($_) } @names;
my @sought = map { rand() < 0.7 ? mutate_name(pick(@names)) : make_name() }
	1 .. 40;
push @sought, @odd;

sub quote_all
{
	return join ",\n", map { "('" . s/'/''/gr . "')" } @_;
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
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

run_sql('CREATE TABLE listed (id int GENERATED ALWAYS AS IDENTITY,
	name entity_name); CREATE TABLE sought (
		id int GENERATED ALWAYS AS IDENTITY, name entity_name);
	CREATE TABLE answer (state text, threshold float8, side text, id int,
		name text);
	ALTER TABLE listed SET (autovacuum_enabled = off)');
run_sql('INSERT INTO sought (name) VALUES ' . quote_all(@sought));

my @plans = (
	[ 'index', 'SET entity_screen.enable_join = off; SET enable_seqscan = off;
		SET enable_bitmapscan = on' ],
	[ 'scan', 'SET entity_screen.enable_join = off; SET enable_bitmapscan = off;
		SET enable_seqscan = on' ]);

my $states = 0;

# Differences between the sides, over all thresholds, by operator % and by @@.
sub compare
{
	my ($state) = @_;
	my $sql = '';

	$states++;
	foreach my $plan (@plans)
	{
		my ($side, $settings) = @$plan;
		foreach my $step (0 .. 50)
		{
			my $threshold = sprintf '%.4f', 0.30 + 0.70 * $step / 50;
			my $match = $step % 2
				? 'l.name % s.name'
				: "l.name @@ entity_query(s.name::text, $threshold)";
			$sql .= "$settings; SET entity_screen.threshold = $threshold;
				INSERT INTO answer SELECT '$state', $threshold, '$side', l.id,
					s.name::text FROM sought s JOIN listed l ON $match
				WHERE (s.id + $step + $states) % 3 = 0;\n";
		}
	}
	run_sql("TRUNCATE answer; $sql");
	my $count = $node->safe_psql('postgres',
		"SELECT count(*) FROM answer WHERE side = 'scan'");
	my $different = $node->safe_psql('postgres', "
		SELECT count(*) FROM (
			(SELECT threshold, id, name FROM answer WHERE side = 'index'
			 EXCEPT ALL
			 SELECT threshold, id, name FROM answer WHERE side = 'scan')
			UNION ALL
			(SELECT threshold, id, name FROM answer WHERE side = 'scan'
			 EXCEPT ALL
			 SELECT threshold, id, name FROM answer WHERE side = 'index')) d");
	cmp_ok($count, '>', 1000, "$state: $count matches to compare");
	is($different, 0, "$state: index and sequential answers are equal");
}

sub insert_names
{
	run_sql('INSERT INTO listed (name) VALUES ' . quote_all(@_));
}

insert_names(@names[0 .. 999]);
run_sql('CREATE INDEX listed_name ON listed USING gin (name)');
my $plan = run_sql('SET entity_screen.enable_join = off;
	SET enable_seqscan = off; EXPLAIN (COSTS OFF)
	SELECT * FROM sought s JOIN listed l ON l.name % s.name');
like($plan, qr/Bitmap Index Scan on listed_name/, 'the index is used');
$plan = run_sql("SET entity_screen.enable_join = off;
	SET enable_seqscan = off; EXPLAIN (COSTS OFF) SELECT *
	FROM listed WHERE entity_match(name, 'Cloud Walk', 0.7)");
like($plan, qr/Bitmap Index Scan on listed_name/,
	'the index is used through entity_match');
compare('built');

insert_names(@names[1000 .. 1999]);
SKIP:
{
	skip 'no pageinspect', 1 unless has_extension($node, 'pageinspect');
	my $pending = run_sql('CREATE EXTENSION pageinspect; SELECT n_pending_tuples
		FROM gin_metapage_info(get_raw_page(\'listed_name\', 0))');
	cmp_ok($pending, '>', 0, 'insertions are pending');
}
compare('pending');

run_sql('DELETE FROM listed WHERE id % 5 = 0; VACUUM listed');
compare('vacuumed');

run_sql('UPDATE listed SET name = name WHERE id % 7 = 0;
	SET maintenance_work_mem = \'1MB\'; REINDEX INDEX listed_name');
compare('reindexed');

run_sql('INSERT INTO listed (name) SELECT name FROM listed WHERE id % 3 = 0');
$node->stop('immediate');
$node->start;
compare('after a crash');

is( run_sql('SET entity_screen.threshold = 0.3;
		SELECT count(*) FROM listed a, listed b
		WHERE a.id <= 150 AND a.name % b.name
			IS DISTINCT FROM (b.name % a.name)'),
	0, 'the operator is symmetric');
is( run_sql('SELECT count(*) FROM listed a, listed b WHERE a.id <= 150
		AND (entity_similarity(a.name, b.name) = 1)
			IS DISTINCT FROM
			(a.name = b.name AND entity_normal_form(a.name) <> \'\')'),
	0, '1 means equal normal forms, and only that');

done_testing();
