# The order of scores, on random pairs in plain C; see test/property/order.c.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = "$ENV{TESTDIR}/test/property/order";
my $output = `$program 300000`;

is($?, 0, 'scores are in an order that people can follow');
note $output;
done_testing();
