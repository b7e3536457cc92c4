# Names in databases of other encodings: converted, or bytes that are not
# UTF-8 counted as lost characters; nothing fails.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# Bytes by number, so that this file and psql's own encoding do not matter.
sub normal_form
{
	my ($encoding, @bytes) = @_;
	my $hex = join '', map { sprintf '%02x', $_ } @bytes;

	return $node->safe_psql("names_\L$encoding",
		"SELECT entity_normal_form(entity_name(convert_from('\\x$hex',
			'$encoding')))");
}

foreach my $encoding (qw(LATIN1 WIN1251 EUC_JP SQL_ASCII UTF8))
{
	$node->safe_psql('postgres', "CREATE DATABASE names_\L$encoding\E
		ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
	$node->safe_psql("names_\L$encoding", 'CREATE EXTENSION entity_screen');
	is( $node->safe_psql("names_\L$encoding",
			"SELECT 'Cloud Walk Tech'::entity_name % 'CloudWalk Technology'"),
		't', "$encoding: names match");
}

is(normal_form('LATIN1', unpack('C*', "Soci\xE9t\xE9 Alpha")), 'co alpha',
	'LATIN1: accents');
is(normal_form('WIN1251', unpack('C*', "\xC3\xE0\xE7\xEF\xF0\xEE\xEC")),
	'gazprom', 'WIN1251: Cyrillic');
is(normal_form('EUC_JP', 0xA5, 0xBD, 0xA5, 0xCB, 0xA1, 0xBC), 'soni',
	'EUC_JP: Katakana');
is(normal_form('SQL_ASCII', unpack('C*', "Soci\xC3\xA9t\xC3\xA9 Alpha")),
	'co alpha', 'SQL_ASCII: what is UTF-8 counts as that');
is(normal_form('SQL_ASCII', unpack('C*', "IS\xFFVision")), 'isvision',
	'SQL_ASCII: what is not is a lost character');
is( $node->safe_psql('names_sql_ascii', "SELECT entity_explain(
		entity_name(convert_from('\\x4953ff566973696f6e', 'SQL_ASCII')),
		'x') #> '{a,lost_characters}'"),
	'true', 'SQL_ASCII: and the explanation says so');

done_testing();
