# Names of every script and the digests of what the rules make of them: for
# 023_reproducible.pl, which compares, and test/write_digest, which records.
package NameDigest;
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Exporter 'import';

our @EXPORT = qw(make_names digest_names);

# make_names(program, folder): text of one name a line for each kind. Made-up
# ones by test/property/digest: of all scripts, and what LATIN1 can hold; and
# where the folder has lists of real ones, 50,000 of these, evenly.
sub make_names
{
	my ($program, $folder) = @_;
	my @lists = grep { -e } map { "$folder/$_.txt.gz" } qw(list_names_nonlatin
		company_names company_names_zh_short list_names);
	my %names = (
		all => scalar `$program names 50000`,
		latin1 => scalar `$program names 20000 latin1`);

	if (@lists == 4)
	{
		my @lines = map { split /^/, `zcat '$_'` } @lists;
		my $step = @lines / 50000;
		my $chosen = join '', map { $lines[int $_ * $step] } 0 .. 49999;

		$names{real} = $chosen unless $chosen =~ /[\x01-\x03\r]/;
	}
	return %names;
}

# digest_names(program, what, file): what is "forms" or "keys"
sub digest_names
{
	my ($program, $what, $file) = @_;

	return md5_hex(scalar `$program $what <'$file'`);
}

1;
