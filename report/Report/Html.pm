# Pieces of the page: escaped text, tables, one style sheet.
package Report::Html;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(escape table figure page);

sub escape
{
	my ($text) = @_;

	return '' unless defined $text;
	$text =~ s/&/&amp;/g;
	$text =~ s/</&lt;/g;
	$text =~ s/>/&gt;/g;
	$text =~ s/"/&quot;/g;
	return $text;
}

sub cell
{
	my ($value, $kind) = @_;
	my $class = $kind eq 'text' ? '' : " class=\"$kind\"";

	return "<td$class>" . escape($value) . '</td>';
}

# table(rows, columns): columns are [key, heading, kind]; kind is text,
# number, short (never broken) or a code reference that makes the cell's content from the row.
sub table
{
	my ($rows, @columns) = @_;

	return '<p class="none">None.</p>' unless @$rows;
	my $html = '<div class="scroll"><table><thead><tr>'
		. join('', map { '<th' . (($_->[2] // '') eq 'number'
				? ' class="number"' : '') . '>' . escape($_->[1]) . '</th>' }
			@columns) . "</tr></thead><tbody>\n";
	foreach my $row (@$rows)
	{
		$html .= '<tr>' . join('', map {
			ref($_->[2]) eq 'CODE' ? '<td>' . $_->[2]->($row) . '</td>'
				: cell($row->{$_->[0]}, $_->[2] // 'text') } @columns)
			. "</tr>\n";
	}
	return "$html</tbody></table></div>";
}

sub figure
{
	my ($svg, $caption) = @_;

	return "<figure>$svg<figcaption>" . escape($caption)
		. '</figcaption></figure>';
}

my $style = <<'CSS';
:root { color-scheme: light; --ink: #1b1f24; --soft: #57606a;
	--line: #d0d7de; --bad: #b42318; --warn: #9a6700; --good: #1a7f37; }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, "Noto Sans", "Noto Sans CJK SC",
	"DejaVu Sans", sans-serif; color: var(--ink); margin: 0 auto;
	max-width: 68rem; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem;
	border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
p { margin: .4rem 0; } .soft, figcaption { color: var(--soft); }
.tiles { display: grid; gap: .6rem; margin: 1rem 0;
	grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
.tile { border: 1px solid var(--line); border-radius: 6px; padding: .6rem; }
.tile b { display: block; font-size: 1.5rem; }
.bad { color: var(--bad); } .warn { color: var(--warn); }
.good { color: var(--good); } .none { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem;
	border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
.short { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: .8rem 0; } svg { max-width: 100%; height: auto; }
svg text { font: 13px system-ui, "Noto Sans", "Noto Sans CJK SC",
	"DejaVu Sans", sans-serif; fill: var(--ink); }
@media print { body { max-width: none; font-size: 11px; }
	h2, figure, tr { break-inside: avoid; } .scroll { overflow: visible; } }
CSS

sub page
{
	my ($title, @parts) = @_;

	return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		. "<meta charset=\"utf-8\">\n"
		. '<meta name="viewport" content="width=device-width, initial-scale=1">'
		. "\n<title>" . escape($title) . "</title>\n<style>\n$style</style>\n"
		. "</head>\n<body>\n" . join("\n", @parts) . "\n</body>\n</html>\n";
}

1;
