# Every SQL block of the documents runs, in order, in one database a document,
# from the root of the project.  A block that begins with "-- error" must fail.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::RealBin/../..";
my @documents = ("$top/README.md", sort glob("$top/docs/*.md"));

# Bytes in, bytes out: perl has no opinion on their encoding.
sub read_document
{
	my ($path) = @_;

	open my $file, '<', $path or die "$path: $!";
	local $/;
	return <$file>;
}

# The blocks of a document, each with the line on which it begins.
sub find_blocks
{
	my ($text) = @_;
	my @blocks;

	while ($text =~ /^```sql\n(.*?)^```$/msg)
	{
		my $line = 1 + substr($text, 0, $-[1]) =~ tr/\n//;

		push @blocks, { line => $line, sql => $1 };
	}
	return @blocks;
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
chdir $top or die "$top: $!";
$ENV{PGCLIENTENCODING} = 'UTF8';

# run_block - psql's exit code, 0 or, for an error in the block, 3; output
sub run_block
{
	my ($database, $sql) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/block.sql';
	my $output;

	open my $handle, '>', $file or die "$file: $!";
	print $handle $sql;
	close $handle;
	IPC::Run::run(
		[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1',
			'-d', $node->connstr($database), '-f', $file ],
		'<', \'', '>&', \$output);
	return ($? >> 8, $output);
}

my $number = 0;
foreach my $path (@documents)
{
	my $name = substr $path, length("$top/");
	my $text = read_document($path);
	my $database = 'document' . ++$number;
	my @blocks = find_blocks($text);

	$node->safe_psql('postgres', "CREATE DATABASE $database
		TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");

	# Only the one that teaches it creates the extension itself.
	$node->safe_psql($database, 'CREATE EXTENSION entity_screen')
		unless $text =~ /^CREATE EXTENSION entity_screen;$/m;
	cmp_ok(scalar @blocks, '>', 0, "$name: has examples");
	foreach my $block (@blocks)
	{
		my $fails = $block->{sql} =~ /\A-- error$/m;
		my ($code, $output) = run_block($database, $block->{sql});

		is($code, $fails ? 3 : 0, "$name, line $block->{line}: "
				. ($fails ? 'fails as told' : 'runs'))
			or diag($output);
	}
}

$node->stop;
done_testing();
