# The index bound, on random pairs in plain C; see test/property/bound.c.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = "$ENV{TESTDIR}/test/property/bound";
my $output = `$program 400000`;

is($?, 0, 'every match keeps its keys, every key class is needed');
note $output;
done_testing();
