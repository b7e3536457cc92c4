# Charts as inline SVG: numbers and text only, no script.
package Report::Chart;
use strict;
use warnings;
use Exporter 'import';
use List::Util qw(max sum0);
use Report::Html qw(escape);

our @EXPORT_OK = qw(bars stacks colors);

# Told apart also by readers who do not see red and green, and on paper.
my @palette = ('#0b4f8a', '#e08a00', '#b42318', '#5b8c2a', '#7a5195',
	'#6e7781');

sub colors
{
	my ($i) = @_;

	return $palette[$i % @palette];
}

sub svg
{
	my ($title, $width, $height, $content) = @_;

	return sprintf('<svg role="img" aria-label="%s" viewBox="0 0 %d %d" '
			. 'width="%d" height="%d">%s</svg>', escape($title), $width,
		$height, $width, $height, $content);
}

sub shorten
{
	my ($text, $length) = @_;

	$text //= '';
	return length($text) > $length
		? substr($text, 0, $length - 1) . "\x{2026}" : $text;
}

# bars(title, [label, value], ...): horizontal bars with their values
sub bars
{
	my ($title, @items) = @_;
	my $most = max(1, map { $_->[1] } @items);
	my $y = 0;
	my $content = '';

	foreach my $item (@items)
	{
		my $width = int(420 * $item->[1] / $most + .5);

		$content .= sprintf(
			'<text x="250" y="%d" text-anchor="end">%s</text>'
				. '<rect x="260" y="%d" width="%d" height="16" fill="%s"/>'
				. '<text x="%d" y="%d">%s</text>', $y + 14,
			escape(shorten($item->[0], 34)), $y + 2, max($width, 1),
			colors(0), 266 + $width, $y + 14, escape($item->[1]));
		$y += 22;
	}
	return svg($title, 760, $y, $content);
}

sub legend
{
	my ($y, @series) = @_;
	my $x = 50;
	my $content = '';

	foreach my $i (0 .. $#series)
	{
		$content .= sprintf('<rect x="%d" y="%d" width="12" height="12" '
				. 'fill="%s"/><text x="%d" y="%d">%s</text>', $x, $y,
			colors($i), $x + 17, $y + 11, escape($series[$i]));
		$x += 32 + 8 * length($series[$i]);
	}
	return $content;
}

# One column of a stacked chart; heights are shares of the highest column.
sub stack
{
	my ($x, $width, $most, $values) = @_;
	my $top = 170;
	my $content = '';

	foreach my $i (0 .. $#$values)
	{
		my $height = 150 * $values->[$i] / $most;

		next unless $values->[$i];
		$top -= $height;
		$content .= sprintf('<rect x="%.1f" y="%.1f" width="%.1f" '
				. 'height="%.1f" fill="%s"><title>%s</title></rect>', $x,
			$top, $width, $height, colors($i), $values->[$i]);
	}
	return $content;
}

# stacks(title, [series], [label, [values]], ...): a column a label; of many
# columns only some labels are written.
sub stacks
{
	my ($title, $series, @columns) = @_;
	my $most = max(1, map { sum0(@{ $_->[1] }) } @columns);
	my $step = 690 / max(1, scalar @columns);
	my $width = $step * .8 > 60 ? 60 : $step * .8;
	my $every = int(@columns / 8) + 1;
	my $content = sprintf('<text x="44" y="26" text-anchor="end">%s</text>'
			. '<line x1="50" y1="20" x2="740" y2="20" stroke="#d0d7de"/>'
			. '<text x="44" y="174" text-anchor="end">0</text>'
			. '<line x1="50" y1="170" x2="740" y2="170" stroke="#57606a"/>',
		$most);

	foreach my $i (0 .. $#columns)
	{
		my $x = 52 + $i * $step;

		$content .= stack($x, $width, $most, $columns[$i][1]);
		$content .= sprintf('<text x="%.1f" y="190">%s</text>', $x,
			escape($columns[$i][0])) if $i % $every == 0;
	}
	return svg($title, 760, 225, $content . legend(205, @$series));
}

1;
