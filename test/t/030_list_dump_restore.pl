# A dump takes along lists, evidence and guards, and nothing that the
# extension ships; what is restored answers and guards as before, in whatever
# form it traveled.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');
furnish($node, 'source');
my $before = describe($node, 'source');
my $dump = $node->basedir . '/dump';

# restore DATABASE HOW COMMAND...: each command as an array of arguments
sub restore
{
	my ($database, $how, @commands) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	foreach my $command (@commands)
	{
		my ($program, @arguments) = @$command;

		$node->command_ok([ $program, '-d', $node->connstr($database),
			($program eq 'psql' ? ('-X', '-q', '-v', 'ON_ERROR_STOP=1')
				: '--exit-on-error'), @arguments ],
			"$how: @arguments[0 .. ($#arguments - 1)]");
	}
	return;
}

sub check_copy
{
	my ($database, $how) = @_;

	is_deeply(describe($node, $database), $before,
		"$how: everything is there");
	is($node->safe_psql($database,
			q{SELECT target FROM entity_screen.v_guard
			WHERE problem = 'table dropped'}),
		'', "$how: no guard of a dropped table");
	check_at_work($node, $database, $how);
	return;
}

my @from = ('pg_dump', '-d', $node->connstr('source'));
$node->command_ok([ @from, '-f', "$dump.sql" ], 'plain dump');
$node->command_ok([ @from, '-Fc', '-f', "$dump.custom" ], 'custom dump');
$node->command_ok([ @from, '-Fd', '-j', '2', '-f', "$dump.dir" ],
	'directory dump');
$node->command_ok([ @from, '--inserts', '-f', "$dump.inserts" ],
	'dump as statements');

restore('plain', 'plain', [ 'psql', '-f', "$dump.sql" ]);
check_copy('plain', 'plain');
restore('statements', 'statements', [ 'psql', '-f', "$dump.inserts" ]);
check_copy('statements', 'statements');
restore('custom', 'custom', [ 'pg_restore', "$dump.custom" ]);
check_copy('custom', 'custom');
restore('parallel', 'parallel', [ 'pg_restore', '-j', '2', "$dump.dir" ]);
check_copy('parallel', 'parallel');

# Section by section, as an upgrade with a pause between would do
restore('split', 'sections', map { [ 'pg_restore', $_, "$dump.dir" ] }
	qw(--section=pre-data --section=data --section=post-data));
check_copy('split', 'sections');

# The schema first and the data into it: triggers are there already, so they
# must be disabled, or the guard refuses rows while its own is missing.
# pg_restore leaves them enabled in the ordinary way only, which health() sees
# and its commands mend.
restore('refused', 'schema alone', [ 'pg_restore', '--schema-only',
	"$dump.custom" ]);
$node->command_fails_like([ 'pg_restore', '--data-only', '--exit-on-error',
		'-d', $node->connstr('refused'), "$dump.custom" ],
	qr/screening_event|guard/, 'data into triggers: refused');
is($node->safe_psql('refused', 'SELECT count(*) FROM shop."Orders"'), '0',
	'... and no row went past the guard');
restore('apart', 'schema, then data',
	[ 'pg_restore', '--schema-only', "$dump.custom" ],
	[ 'pg_restore', '--data-only', '--disable-triggers', "$dump.custom" ]);
is_deeply(describe($node, 'apart'), $before,
	'schema, then data: everything is there');

sub mend
{
	my ($code) = @_;

	return map {
		s/; then CALL.*//;
		$node->safe_psql('apart', $_)
	} split /\n/, $node->safe_psql('apart', "SELECT command
		FROM entity_screen.health() WHERE check_code = '$code'
		AND status = 'error'");
}
is($node->safe_psql('apart', 'SELECT problem FROM entity_screen.v_guard'),
	'triggers dropped or disabled',
	'schema, then data: what --disable-triggers left of the guard shows');
mend('guard');
cmp_ok(scalar(mend('append_only')), '>', 10,
	'... and of what keeps evidence from being changed');
mend('watch');
is($node->safe_psql('apart', q{SELECT count(*) FROM entity_screen.health()
	WHERE check_code IN ('guard', 'append_only', 'watch')
	AND status = 'error'}), '0', '... and the commands of health() mend it');
check_at_work($node, 'apart', 'schema, then data, mended');

$node->stop;
done_testing();
