# The measures of "make quality" mean what they say: on figures that were
# worked out by hand, and on a few names.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../quality";
use Metric;
use Noise;
use PostgreSQL::Test::Utils;
use Sample;
use Test::More;

# Two matches at 9, one match and one other at 5, one other at 3, a match at 1:
# precision 1, 3/4 and 4/6 where the recall grows by 2/4, 1/4 and 1/4.
my $m = measure_pairs([ 9, 9, 5, 5, 3, 1 ], [ 1, 1, 1, 0, 0, 1 ]);
is(sprintf('%.6f', $m->{ap}), sprintf('%.6f', 0.5 + 0.25 * 3 / 4 + 0.25 * 4 / 6),
	'average precision, equal scores together');
is(sprintf('%.6f', $m->{auc}), sprintf('%.6f', (2.5 + 3) / 8),
	'area under the curve, equal scores a half');
is($m->{recall_95}, 0.5, 'recall at precision 0.95');
is(measure_pairs([ 1, 2 ], [ 1, 1 ])->{ap}, 0, 'without others nothing is measured');
is(share_at(5, [ 4, 5, 6, 7 ]), 0.75, 'a threshold is reached by what equals it');

my $r = rank_queries(
	{ right => [ 8, 2 ], wrong => [ 9, 1 ] },
	{ right => [7], wrong => [ 7, 1 ] },
	{ right => [6], wrong => [ 1, 1 ] });
is(sprintf('%.6f', $r->{mrr}), sprintf('%.6f', (1 / 2 + 1 / 1.5 + 1) / 3),
	'reciprocal ranks, an equal score half before');
is(sprintf('%.6f', $r->{wrong_70}), sprintf('%.6f', 2 / 3),
	'wrong names where 70 % of the queries are hit');

srand 5;
my @first = map { [ make_noisy('Hangzhou Hikvision Digital Technology Co., Ltd.') ] } 1 .. 200;
srand 5;
my @again = map { [ make_noisy('Hangzhou Hikvision Digital Technology Co., Ltd.') ] } 1 .. 200;
is_deeply(\@again, \@first, 'a seed gives the same variants again');
my %kinds = map { $_->[1] => 1 } @first;
is(scalar(keys %kinds), 10, 'every kind of variant is among two hundred');

my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/pairs.csv", qq{query,candidate,is_match,kind\n}
	. qq{"Hikvision, Europe",Hangzhou Hikvision Digital Technology,1,org\n}
	. qq{"A ""quoted"" name",Something else,0,org\n});
my @pairs = read_csv("$dir/pairs.csv");
is($pairs[0]{query}, 'Hikvision, Europe', 'a comma in quotes');
is($pairs[1]{query}, 'A "quoted" name', 'quotes in quotes');
is($pairs[1]{kind}, 'org', 'the last field');
ok(is_latin("Soci\x{e9}t\x{e9}") && !is_latin("\x{425}\x{438}k"), 'what is Latin');

my $run = `cd '$FindBin::RealBin/../..' && PAIRS='$dir/pairs.csv' SCORE='$ENV{TESTDIR}/test/quality/score' test/quality/quality`;
is($?, 0, 'quality runs on two pairs');
like($run, qr/average precision +1\.0000/, 'the match is before the other');

$run = `cd '$FindBin::RealBin/../..' && ENTITY_SCREEN_DATA='$dir' SCORE='$ENV{TESTDIR}/test/quality/score' test/quality/quality`;
is($?, 0, 'quality runs without files of names');
is(() = $run =~ /^skipped: .*no file/mg, 3, '... and says what is skipped');
done_testing();
