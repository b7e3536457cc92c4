# Normal forms and scores are the same on every server: whatever its major,
# its ICU, the encoding and the collation of the database.  test/data/digest
# has the digests of the present rules.  A changed rule changes them: the
# failure prints what to record, with a new ENTITY_SCREEN_NORMALIZER_VERSION
# where normal forms changed.
use strict;
use warnings;
use utf8;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $record = "$FindBin::Bin/../data/digest";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;
$ENV{PGCLIENTENCODING} = 'UTF8';

# The words of every script, put together by a generator of its own: rand()
# differs between builds of perl.
my %words = (
	latin => [ qw(Cloud Walk Technology Trading Institute Ltd GmbH Café Müller
			São Łódź Ångström O'Brien No.38 13th X), 'Co., Ltd.', 'S.A. de C.V.',
		'of the', 'IS?Vision', 'AT&amp;T', 'ﬁnance', 'ＦＵＬＬ' ],
	other => [ qw(ОАО Алмаз-Антей Завод Київ Ђорђевић Щукин 云从科技
			有限公司 第三十八研究所 上海 雲從 ソニー 株式会社 トヨタ 삼성전자
			주식회사 شرکت صنایع محمد النور ישראל Ελλάς საქართველო Հայաստան
			บริษัท भारत ঢাকা Pay‑Pаl é̂ Ǆ İstanbul) ]);
my $state = 1;

sub pick
{
	my ($list) = @_;

	$state = ($state * 1103515245 + 12345) % 2147483648;
	return $list->[int($state / 65536) % @$list];
}

sub make_names
{
	my ($count, @words) = @_;

	return map { join ' ', map { pick(\@words) } 0 .. $_ % 5 } 1 .. $count;
}

my %names = (
	latin1 => [ make_names(4000, grep { !/[^\x00-\xff]/ } @{ $words{latin} }) ],
	all => [ make_names(8000, map { @$_ } @words{qw(latin other)}) ]);

sub quote
{
	my ($text) = @_;

	$text =~ s/'/''/g;
	return "'$text'";
}

# Every name with its normal form, and its score against the two before it.
sub digest
{
	my ($database, $kind) = @_;
	my $values = join ',', map { "($_, " . quote($names{$kind}[$_]) . ')' }
		0 .. $#{ $names{$kind} };

	my $sql = qq{
		SELECT md5(string_agg(concat_ws('|', l.form, l.first, l.second), E'\n'
			ORDER BY l.id))
		FROM (
			SELECT n.id, entity_normal_form(n.name) AS form,
				entity_similarity(n.name, lag(n.name, 1) OVER w) AS first,
				entity_similarity(n.name, lag(n.name, 2) OVER w) AS second
			FROM (SELECT v.id, v.name::entity_name
				FROM (VALUES $values) v (id, name)) n
			WINDOW w AS (ORDER BY n.id)) l};

	utf8::encode($sql);
	return $node->safe_psql($database, $sql);
}

my %digest = map { ($_ => undef) } keys %names;
my @databases = (
	[ 'utf8_c', "ENCODING 'UTF8' LOCALE 'C'", 'all', 'latin1' ],
	[ 'utf8_tr', "ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'tr'",
		'all', 'latin1' ],
	[ 'sql_ascii', "ENCODING 'SQL_ASCII' LOCALE 'C'", 'all', 'latin1' ],
	[ 'latin1', "ENCODING 'LATIN1' LOCALE 'C'", 'latin1' ]);
foreach my $row (@databases)
{
	my ($database, $options, @kinds) = @$row;
	my ($status, undef, $error) = $node->psql('postgres',
		"CREATE DATABASE $database TEMPLATE template0 $options");

	if ($status != 0)
	{
		note "skipped: $database: $error";
		next;
	}
	$node->safe_psql($database, 'CREATE EXTENSION entity_screen');
	foreach my $kind (@kinds)
	{
		my $found = digest($database, $kind);

		$digest{$kind} //= $found;
		is($found, $digest{$kind}, "$kind names in database $database");
	}
}
my $content = join '', map { "$_ $digest{$_}\n" } sort keys %digest;
is($content, slurp_file($record), 'the same as recorded in test/data/digest');
$node->stop;
done_testing();
