# Every SQL block of the documents runs, in order, in one database a document,
# from the root of the project, and prints what the document shows.  A block
# that begins with "-- error" must fail.
use strict;
use warnings;
use FindBin;
use Documents qw(find_documents read_document find_blocks run_block
	create_database shown_part alike);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::RealBin/../..";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
chdir $top or die "$top: $!";
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

my $number = 0;
foreach my $path (find_documents($top))
{
	my $name = substr $path, length("$top/");
	my $text = read_document($path);
	my $database = 'document' . ++$number;
	my @blocks = find_blocks($text);

	create_database($database, $text);
	cmp_ok(scalar @blocks, '>', 0, "$name: has examples");
	foreach my $block (@blocks)
	{
		my ($code, $output) = run_block($database, $block->{sql});

		is($code, $block->{fails} ? 3 : 0, "$name, line $block->{line}: "
				. ($block->{fails} ? 'fails as told' : 'runs'))
			or diag($output);
		next unless defined $block->{shown};
		ok(alike(shown_part($output, $block->{shown}), $block->{shown}),
			"$name, line $block->{line}: prints what is shown")
			or diag($output);
	}
}

$node->stop;
done_testing();
