# The report page of the demonstration, as a real browser shows it: on a
# desk, on a telephone; a screenshot is kept beside the logs.
use strict;
use warnings;
use utf8;
use FindBin;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($browser) = grep { -x } map { ("$_/chromium", "$_/chromium-browser",
		"$_/google-chrome") } split /:/, $ENV{PATH};
my $top = "$FindBin::Bin/../..";
my $dir = tempdir(CLEANUP => 1);
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION entity_screen');
system("cd '$top/data/tranches' && psql -XqAt -d '"
	. $node->connstr('postgres') . "' -f '$top/test/demo.sql' >/dev/null 2>&1");
is(system("'$top/report/entity_screen_report' '" . $node->connstr('postgres')
		. "' >$dir/report.html"), 0, 'the report is made');
$node->stop;

open my $file, '<:encoding(UTF-8)', "$dir/report.html" or die $!;
my $page = do { local $/; <$file> };
unlike($page, qr/(?:src|href)=|url\(|\@import|<script/,
	'the page loads nothing and runs nothing');

if (!$browser)
{
	note 'skipped: no browser is installed, the page was not looked at';
	done_testing();
	exit;
}

# A copy that writes down what the browser made of it.
my $probe = <<'JS';
<script>
const root = document.documentElement;
document.body.dataset.overflow = root.scrollWidth > root.clientWidth;
document.body.dataset.bars = [...document.querySelectorAll('svg rect')]
	.filter(r => r.getBoundingClientRect().width > 0).length;
document.body.dataset.text = [...document.querySelectorAll('td')]
	.filter(t => t.getBoundingClientRect().height > 0).length;
</script></body>
JS
(my $probed = $page) =~ s{</body>}{$probe};
open my $copy, '>:encoding(UTF-8)', "$dir/probed.html" or die $!;
print $copy $probed;
close $copy;

sub browse
{
	my (@arguments) = @_;

	return run_command([ $browser, qw(--headless --no-sandbox
			--disable-gpu --no-first-run --disable-background-networking
			--disable-component-update --disable-sync --hide-scrollbars),
		"--user-data-dir=$dir/profile", @arguments ]);
}

foreach my $size ('1100,2000', '400,800')
{
	my ($dom) = browse("--window-size=$size", '--dump-dom',
		"file://$dir/probed.html");

	utf8::decode($dom);
	like($dom, qr/data-overflow="false"/, "$size: nothing sticks out");
	cmp_ok(($dom =~ /data-bars="(\d+)"/)[0] // 0, '>', 3, "$size: bars are drawn");
	cmp_ok(($dom =~ /data-text="(\d+)"/)[0] // 0, '>', 50, "$size: tables are shown");
	like($dom, qr/云从科技集团股份有限公司/, "$size: shows ideographs");
	like($dom, qr/$_/, "$size: shows $_") foreach ('CloudWalk Technology',
		'85 FR 34503', 'Held, released', 'alerts to be worked on');
	unlike($dom, qr/Cloudwalker Outdoor/, "$size: and not who is clear");
}
browse('--window-size=1100,2600', "--screenshot=$dir/report.png",
	"file://$dir/report.html");
cmp_ok(-s "$dir/report.png" // 0, '>', 20000, 'a screenshot');
system('cp', "$dir/report.png", $ENV{TESTLOGDIR} // '.');
done_testing();
