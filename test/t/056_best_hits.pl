# The first few hits of a party at random: screen_party(max_hits => n) gives
# exactly the first n rows of what it gives without. Lists of names that are
# near each other, with equal scores, weak aliases, addresses, entries to
# come, gone and pending, and a list that not everyone may see.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $questions = $ENV{QUESTIONS} // 300;
my $seed = $ENV{SEED} || 20200605;
srand $seed;
note "SEED=$seed QUESTIONS=$questions";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION entity_screen;
	CREATE ROLE clerk;
	GRANT USAGE ON SCHEMA public TO clerk;
	SELECT entity_screen.grant_role('user', 'clerk');
	INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect, visibility)
	VALUES ('private_a', 'Test', 'We', 'internal_block', 'public'),
		('private_b', 'Test', 'We', 'license_required', 'public'),
		('private_c', 'Test', 'We', 'internal_block', 'private');
	SELECT entity_screen.set_threshold(0.55, '{private_b}', 'test');
	SELECT entity_screen.set_threshold(0.7, '{private_a}', 'test', names => 'weak');
});

sub pick { return $_[ rand @_ ] }

my @stem = map { ucfirst join '', map { pick(split //, 'bdfgklmnprstvz') . pick(split //, 'aeiou') } 1 .. 4 } 1 .. 7;
my @rest = ('', ' Works', ' Trading', ' Institute', ' Electronics Lima', ' Ltd', ' Group', ' 7 Works', ' Lima');
my @country = ('Peru', 'Chile', '');
my @road = map { "$_ Long Harbour Road, Building $_, Lima" } 1 .. 4;

sub blur
{
	my ($name) = @_;
	my $at = 1 + int rand(length($name) - 1);

	substr($name, $at, 1) = pick('', split //, 'aeiounst') if rand() < 0.4;
	return $name;
}

sub party { return blur(pick(@stem)) . pick(@rest) . (rand() < 0.2 ? ' ' . pick(@stem) : '') }

# A rule: what it adds, and what it changes of those before it
my %entry;
sub rule
{
	my ($list, $no, $day, $announced) = @_;
	my @line = ('record,operation,name,destination_country,citation,effective_on,announced_on,entry_type,alias_quality,address,license_requirement,on_conflict',
		"tranche,,,,9$no FR 1,$day,$announced,,,,,");
	my %new;

	foreach my $key (sort keys %{ $entry{$list} })
	{
		next if rand() < 0.7;
		my $operation = rand() < 0.5 ? 'revise' : 'remove';

		push @line, "entry,$operation,$key,,,,,,," . ($operation eq 'revise' ? "text $no" : '') . ',record';
		push @line, 'name,,' . party() . ',,,,,,' . pick('weak', 'strong', '') . ',,,' if $operation eq 'revise';
		delete $entry{$list}{$key} if $operation eq 'remove';
	}
	for (1 .. 30)
	{
		my $key = party() . ',' . pick(@country[ 0, 1 ]);
		next if $entry{$list}{$key} || $new{$key}++;
		my $type = rand() < 0.1 ? 'address_only' : 'organization';

		push @line, "entry,add,$key,,,,$type,,,text,record";
		push @line, 'name,,' . party() . ',,,,,,' . pick('weak', 'weak', 'strong', '') . ',,,' if rand() < 0.5;
		push @line, 'address,,,,,,,,,"' . pick(@road) . '",,' if rand() < 0.4 || $type eq 'address_only';
	}
	$entry{$list}{$_} = 1 foreach keys %new;
	return join("\n", @line) . "\n";
}

my @moment;
foreach my $no (1 .. 3)
{
	foreach my $list ('private_a', 'private_b', 'private_c')
	{
		# the last rule of one list waits for a second person
		$node->safe_psql('postgres', q{INSERT INTO entity_screen.list_setting (list_code, approval_policy)
			VALUES ('private_a', 'second_person')}) if $no == 3 && $list eq 'private_a';
		my $text = rule($list, $no, "202$no-06-01", "202$no-05-01");
		$node->safe_psql('postgres', "SELECT entity_screen.load_tranche(\$f\$$text\$f\$::text, list_code => '$list')");
	}
	push @moment, $node->safe_psql('postgres', 'SELECT clock_timestamp()');
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM entity_screen.tranche WHERE status = 'pending'}), 1, 'one rule is pending');

sub quoted { return defined $_[0] && $_[0] ne '' ? "'$_[0]'" : 'NULL' }

my @row = map {
	join ', ', $_, quoted(rand() < 0.03 ? pick(' ', '????') : party()), quoted(pick(@country)),
		quoted(rand() < 0.3 ? pick(@road) : ''),
		quoted(pick('', '2021-05-10', '2021-06-01', '2022-05-20', '2022-07-01', '2023-05-15', '2023-08-01')),
		quoted(rand() < 0.2 ? pick(@moment) : ''), quoted(pick('', '', '0.3', '0.45', '0.6', '0.75', '0.9')),
		quoted(pick('', '', '{private_a}', '{private_b,private_a}')), pick('true', 'false'), 1 + int(rand() ** 2 * 9)
} 1 .. $questions;
$node->safe_psql('postgres', q{
	CREATE TABLE question (no int, party text, country text, address text, on_date date, known_at timestamptz,
		threshold float8, lists text[], advisory boolean, wanted int);
	INSERT INTO question VALUES (} . join("),\n(", @row) . q{);
	GRANT SELECT ON question TO clerk;
	CREATE VIEW answer WITH (security_barrier) AS
	SELECT q.no, q.wanted, a.total, a.first, b.best, a.lines
	FROM question q
	CROSS JOIN LATERAL (
		SELECT count(*) AS total, array_agg(h::text ORDER BY n) FILTER (WHERE n <= q.wanted) AS first,
			count(*) FILTER (WHERE n = q.wanted + 1 AND (h).is_listed) AS lines
		FROM (SELECT h, row_number() OVER () AS n FROM entity_screen.screen_party(q.party, q.country,
				q.address, q.on_date, q.known_at, q.threshold, q.lists, q.advisory) h) x) a
	CROSS JOIN LATERAL (
		SELECT array_agg(h::text ORDER BY n) AS best
		FROM (SELECT h, row_number() OVER () AS n FROM entity_screen.screen_party(q.party, q.country,
				q.address, q.on_date, q.known_at, q.threshold, q.lists, q.advisory, q.wanted) h) x) b;
	ALTER VIEW answer SET (security_invoker = true);
	GRANT SELECT ON answer TO clerk;
});

my @total;
foreach my $role ('postgres', 'clerk')
{
	my ($different, $more, $in_force, $all) = split /\|/, $node->safe_psql('postgres', qq{
		SET ROLE $role;
		SELECT coalesce(string_agg(no::text, ' ' ORDER BY no) FILTER (WHERE first IS DISTINCT FROM best), ''),
			count(*) FILTER (WHERE total > wanted), sum(lines), sum(total) FROM answer});

	is($different, '', "as $role: the first hits are those of all");
	note "as $role: $more of $questions with more hits than wanted, $in_force of them in force, $all hits";
	cmp_ok($more, '>', $questions / 5, '... also where there are more than wanted');
	cmp_ok($in_force, '>', $questions / 10, '... and the next would be in force');
	push @total, $all;
}
cmp_ok($total[1], '<', $total[0], 'the clerk does not see one of the lists');

foreach my $wanted (0, -1)
{
	my (undef, undef, $error) = $node->psql('postgres', "SELECT * FROM entity_screen.screen_party('x', max_hits => $wanted)");
	like($error, qr/max_hits $wanted is out of range/, "max_hits => $wanted is refused");
}

done_testing();
