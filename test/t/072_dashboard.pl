# What other programs are given to run does run, on the database of the
# demonstration: panels of the dashboard, queries of the exporter, jobs of the
# scheduler.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{CREATE EXTENSION entity_screen;
	CREATE ROLE eyes; SELECT entity_screen.grant_role('auditor', 'eyes');
	CREATE ROLE hands; SELECT entity_screen.grant_role('admin', 'hands');
	SELECT entity_screen.grant_role('user', 'eyes')});
system("cd '$top/data/tranches' && psql -XqAt -d '"
	. $node->connstr('postgres') . "' -f '$top/test/demo.sql' >/dev/null 2>&1");

$node->safe_psql('postgres', 'GRANT SELECT ON orders TO eyes');

sub run_as
{
	my ($role, $what, $sql, $may_be_empty) = @_;
	my ($status, $rows, $error) = $node->psql('postgres',
		"SET ROLE $role; $sql");

	is($status, 0, "$what runs") or diag $error;
	isnt($rows, '', "$what: ... and shows something") unless $may_be_empty;
}

my $dashboard = JSON::PP->new->utf8->decode(
	slurp_file("$top/dashboards/grafana/entity_screen.json"));
cmp_ok(scalar @{ $dashboard->{panels} }, '>=', 8, 'the dashboard has panels');
foreach my $panel (@{ $dashboard->{panels} })
{
	(my $sql = $panel->{targets}[0]{rawSql}) =~
		s/\$__timeFilter\(([^)]*)\)/$1 > now() - interval '30 days'/g;

	run_as('eyes', "panel $panel->{title}", $sql,
		$panel->{title} =~ /Duration|Exceptions|just above|below/);
}

my $collector = slurp_file("$top/dashboards/sql_exporter/entity_screen.collector.yml");
while ($collector =~ /metric_name: (\w+).*?query: \|\n((?:      [^\n]*\n)+)/gs)
{
	run_as('eyes', "metric $1", $2);
}

my $schedule = slurp_file("$top/docs/schedule.md");
while ($schedule =~ /cron\.schedule\('(\w+)', '[^']+', \$\$(.*?)\$\$\)/g)
{
	run_as('hands', "job $1", $2, 1);
}
$node->stop;
done_testing();
