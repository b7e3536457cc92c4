# What the quality of a score is measured by, defined once.  Scores are
# numbers, the higher the more alike; labels are 1 for a match and 0.
package Metric;

use strict;
use warnings;
use Exporter 'import';
use List::Util qw(max sum0);

our @EXPORT = qw(measure_pairs share_at rank_queries);

# measure_pairs(\@scores, \@labels): pairs, matches, the area under the ROC
# curve (equal scores count a half), step-wise average precision (equal
# scores taken together), and the largest recall where precision is 0.95.
sub measure_pairs
{
	my ($scores, $labels) = @_;
	my $matches = sum0(@$labels);
	my $others = @$labels - $matches;
	my %m = (pairs => scalar @$labels, matches => $matches,
		auc => 0, ap => 0, recall_95 => 0);
	my ($tp, $fp) = (0, 0);
	my %at;

	return \%m if $matches == 0 || $others == 0;
	$at{ $scores->[$_] }[ $labels->[$_] ]++ foreach 0 .. $#$scores;
	foreach my $score (sort { $b <=> $a } keys %at)
	{
		my ($wrong, $right) = map { $at{$score}[$_] // 0 } 0, 1;

		$m{auc} += $wrong * ($tp + $right / 2) / ($matches * $others);
		$tp += $right;
		$fp += $wrong;
		$m{ap} += $right / $matches * $tp / ($tp + $fp);
		$m{recall_95} = $tp / $matches
			if $tp / ($tp + $fp) >= 0.95 && $tp / $matches > $m{recall_95};
	}
	return \%m;
}

# share_at(threshold, \@scores): how many of them reach it
sub share_at
{
	my ($threshold, $scores) = @_;

	return @$scores ? grep({ $_ >= $threshold } @$scores) / @$scores : 0;
}

# rank_queries(@queries), each {right => [scores], wrong => [scores]}: mean
# reciprocal rank of the best right name (a wrong one of equal score is half
# before it), and how many wrong names a query meets at the thresholds at
# which 70 and 80 % of the queries are hit.
sub rank_queries
{
	my @queries = @_;
	my @best = sort { $b <=> $a } map { max(@{ $_->{right} }) } @queries;
	my @wrong = map { @{ $_->{wrong} } } @queries;
	my %m = (queries => scalar @queries, mrr => 0);

	foreach my $query (@queries)
	{
		my $own = max(@{ $query->{right} });
		my $rank = 1;

		$rank += $_ > $own ? 1 : $_ == $own ? 0.5 : 0
			foreach @{ $query->{wrong} };
		$m{mrr} += 1 / $rank / @queries;
	}
	foreach my $rate (70, 80)
	{
		my $threshold = $best[ int($rate / 100 * @best) - 1 ];

		$m{"wrong_$rate"} = grep({ $_ >= $threshold } @wrong) / @queries;
	}
	return \%m;
}

1;
