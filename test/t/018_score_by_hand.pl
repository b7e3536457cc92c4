# An auditor can compute a score again from what entity_explain says and the
# formula in docs/matching.md, without the extension: done here in plain
# arithmetic for thousands of pairs of listed names, their variants and names
# near them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../quality";
use JSON::PP;
use List::Util qw(min max sum0 any all);
use POSIX qw(ceil);
use Noise;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Sample;
use Test::More;

my $pairs = $ENV{ENTITY_SCREEN_PAIRS} // 3000;
my $data = $ENV{ENTITY_SCREEN_DATA} // "$FindBin::RealBin/../../../shared/data";

# ------------------------------------------------------------ by hand

# Thousandths, as whole numbers.
sub thousandths { return int(1000 * $_[0] + 0.5); }
sub is_legal { return $_[0]{kind} eq 'legal'; }

# Words of a side that did not meet and weigh something.
sub left_of { return grep { !$_->{met} && $_->{weight} > 0 } @{ $_[0]{words} }; }
sub weigh { return sum0(map { $_->{weight} } @_); }

# core(side): what is left of its core, but for acronyms of its own words
sub left_core { return grep { $_->{kind} eq 'core' && !$_->{acronym} } left_of($_[0]); }

sub cost_of
{
	my $word = shift;

	return 0 if $word->{acronym};
	return $word->{weight} * ($word->{kind} =~ /^(core|legal)$/ ? 1000 : 1600);
}

# kind_of(side, words that met): of the first of them
sub kind_of
{
	my ($side, $words) = @_;
	my ($first) = split / /, $words;

	return (map { $_->{kind} } grep { $_->{met} && $_->{word} eq $first } @{ $side->{words} })[0];
}

# is_changed(match): by enough for another name
sub is_changed
{
	my $match = shift;

	return 1 if $match->{means} eq 'two edits'
		|| ($match->{means} =~ /^(sound|joined)$/ && $match->{credit} < 0.8);
	return $match->{means} =~ /^(edit|sound)$/
		&& all { length((split / /)[0]) < 8 } @$match{qw(a b)};
}

# stands_in(side): is nothing of it left but a light word?
sub stands_in
{
	my $side = shift;

	return !left_core($side)
		&& weigh(grep { $_->{kind} !~ /^(core|legal)$/ } left_of($side)) <= 3;
}

# count_left: what the words that did not meet cost, in thousandths
sub count_left
{
	my $e = shift;
	my @left = map { left_of($e->{$_}) } qw(a b);
	my $left = sum0(map { cost_of($_) } @left);
	my @met = @{ $e->{met} };

	if (all { is_legal($_) || $_->{acronym} } @left)
	{
		return $left if any { is_changed($_) } @met;
		return int(min($left, 2000) / ((any { $_->{credit} < 1 } @met) ? 3 : 8));
	}
	return 10000
		if $left > 10000 && (stands_in($e->{a}) || stands_in($e->{b}))
		&& weigh(map { left_core($e->{$_}) } qw(a b)) <= 16
		&& any { $_->{weight} >= 15 && $_->{means} ne 'initials' } @met;
	return $left;
}

# contradiction: weight of core words that stand against each other
sub contradiction
{
	my $e = shift;
	my @sides = map { [ left_core($e->{$_}) ] } qw(a b);
	my $weight = min(map { weigh(@$_) } @sides);
	my @letters = map { join '', map { $_->{word} } @$_ } @sides;
	my (%count, $like);

	return 0 unless $weight;
	foreach my $side (0, 1)
	{
		$count{$_}[$side]++ foreach split //, $letters[$side];
	}
	$like = int(1000 * sum0(map { min($_->[0] // 0, $_->[1] // 0) } values %count)
		/ min(map { length } @letters));
	return 1000 * $weight if $like <= 500;
	return int(1000 * $weight * (1000 - $like) / 500);
}

sub contradicts
{
	my ($e, $kind) = @_;

	return all { my $s = $_; any { $_->{kind} eq $kind } left_of($e->{$s}) } qw(a b);
}

# factors: what reduces the score, of 10000 each
sub factors
{
	my $e = shift;
	my @met = @{ $e->{met} };
	my @core = grep { kind_of($e->{a}, $_->{a}) eq 'core' || kind_of($e->{b}, $_->{b}) eq 'core' } @met;
	my $trusted = 1000 * (20 + weigh(@met));

	return (contradicts($e, 'number') ? 6000 : 10000,
		contradicts($e, 'place') ? 7000 : 10000,
		int(10000 * $trusted / ($trusted + contradiction($e))),
		@core || (any { kind_of($e->{a}, $_->{a}) eq 'number' } @met) ? 10000 : 9400,
		(any { is_changed($_) } @met) && !(any { $_->{means} eq 'equal' } @core)
			&& weigh(@core) < 20 ? 8200 : 10000);
}

sub letters_score
{
	my $grams = shift;
	my $share = $grams->{of} ? int($grams->{shared} * 10000 / $grams->{of}) : 0;
	my $akin = all { $grams->{akin_weight}[$_] >= max(10, ceil($grams->{core_weight}[$_] * 33 / 100)) } 0, 1;

	return 0 unless $akin;
	$share = int(min(10000, int($share * 112 / 100)) * thousandths($grams->{trust}) / 1000);
	return $grams->{respelled} ? $share : int($share * 85 / 100);
}

sub reduce
{
	my ($score, @factors) = @_;

	$score = int($score * $_ / 10000) foreach @factors;
	return $score;
}

sub score_by_hand
{
	my $e = shift;
	my $full = 1000 * weigh(@{ $e->{met} });
	my $met = sum0(map { $_->{weight} * thousandths($_->{credit}) } @{ $e->{met} });
	my $left = count_left($e);
	my $divisor = $full + int($left / 8) + min($left, 6000);
	my @factors = factors($e);
	my $words = reduce($divisor ? int(10000 * $met / $divisor) : 0, @factors);
	my $letters = reduce(letters_score($e->{grams}), @factors);

	return 10000 if $e->{equal};
	$letters = 6500 + int(($letters - 6500) / 10) if $letters > 6500;
	return min(9999, max($words, $letters));
}

# -------------------------------------------------------------- pairs

my @names;
if (-r "$data/names/list_names.txt.gz")
{
	@names = read_lines("$data/names/list_names.txt.gz");
}
else
{
	note "skipped: no file $data/names/list_names.txt.gz; names of the shipped rules instead";
	@names = map { $_->{name} } map { read_csv($_) } glob "$FindBin::RealBin/../../data/tranches/*.csv";
}
@names = sort grep { defined && length > 2 } @names;
srand($ENV{SEED} || 20200605);

# A name and its variant, its neighbour in the alphabet, a name out of the
# same corner, or another one.
sub make_pair
{
	my $i = int rand @names;
	my $kind = int rand 4;

	return ($names[$i], (make_noisy($names[$i]))[0]) if $kind == 0;
	return ($names[$i], $names[ ($i + 1) % @names ]) if $kind == 1;
	return ($names[$i], $names[ ($i + int rand 40) % @names ]) if $kind == 2;
	return ($names[$i], $names[ int rand @names ]);
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION entity_screen; CREATE TABLE pair (a text, b text)');
my $file = PostgreSQL::Test::Utils::tempdir() . '/pairs';
open my $out, '>:encoding(UTF-8)', $file or die $file;
print $out join("\t", map { s/[\\\t\r\n]/ /gr } make_pair()), "\n" for 1 .. $pairs;
close $out;
my @explained = split /\n/, $node->safe_psql('postgres', "\\copy pair from '$file'\n"
	. 'SELECT entity_explain(a::entity_name, b::entity_name) FROM pair
		WHERE entity_normal_form(a::entity_name) <> $$$$
		AND entity_normal_form(b::entity_name) <> $$$$');
my (%differ, %means, $high);
foreach my $line (@explained)
{
	my $e = decode_json($line);
	my $score = int(10000 * $e->{score} + 0.5);
	my $hand = score_by_hand($e);

	$means{ $_->{means} }++ foreach @{ $e->{met} };
	$means{ $e->{words}{left_less} }++ if defined $e->{words}{left_less};
	$means{contradiction}++ if @{ $e->{contradictions} };
	$high++ if $score >= 6500 && $score < 10000;
	$differ{"$e->{a}{name} | $e->{b}{name}: $score, by hand $hand"} = 1
		if $hand != $score;
}
cmp_ok(scalar(@explained), '>', 0.98 * $pairs, 'pairs were explained');
is_deeply([ sort keys %differ ], [], 'every score is what its explanation adds up to');
cmp_ok($high, '>', $pairs / 20, "alike and not equal: $high");
cmp_ok($means{$_} // 0, '>', 0, "$_: " . ($means{$_} // 0))
	foreach 'equal', 'edit', 'sound', 'joined', 'contradiction',
	'stands in the other name', 'legal forms alone';
$node->stop;
done_testing();
