# A streaming standby answers as the primary does, by index and without, and
# knows a new list as soon as it is replayed; after it is promoted, guards,
# loads and the chain go on there.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1);
$node->start;
furnish($node, 'postgres');
$node->safe_psql('postgres', q{
	CREATE FUNCTION made_name(n int) RETURNS text LANGUAGE sql RETURN
		initcap(translate(substr(md5(n::text), 1, 9), '0123456789', 'aeiouaeiou'))
		|| ' ' || initcap(translate(substr(md5(n::text), 20, 7), '0123456789', 'ouieaoueia'))
		|| ' Trading';
	CREATE TABLE customer (id int, name entity_name);
	CREATE INDEX customer_name ON customer USING gin (name);
	INSERT INTO customer SELECT n, made_name(n) FROM generate_series(1, 3000) n;
});
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;

# The answer to many names at once, by one way of finding them
sub answers
{
	my ($server, $path) = @_;
	my $settings = {
		index => 'SET entity_screen.enable_join = off; SET enable_seqscan = off;',
		table => 'SET entity_screen.enable_join = off; SET enable_bitmapscan = off;
			SET enable_indexscan = off;',
		join => 'SET enable_bitmapscan = off; SET enable_nestloop = off;' }->{$path};

	return $server->safe_psql('postgres', "$settings
		SELECT count(*), md5(string_agg(s || ' ' || c.id, ',' ORDER BY s, c.id))
		FROM generate_series(1, 5000, 331) s
		JOIN customer c ON c.name % made_name(s)::entity_name;
		SELECT count(*), md5(string_agg(h::text, ',' ORDER BY q, d, h.entry_id))
		FROM unnest(ARRAY['CloudWalk', 'Hikvision', 'FiberHome', 'Gone Works',
				'New Works', 'Zhu Jiejin', 'Late Works']) q,
			unnest(ARRAY['2019-10-08', '2020-01-15', '2022-06-10']::date[]) d,
			LATERAL entity_screen.screen_party(q, on_date => d,
				include_advisory => true) h");
}

sub check_equal
{
	my ($when) = @_;

	$node->wait_for_catchup($standby);
	my $expected = answers($node, 'table');
	like($expected, qr/^[1-9]\d*\|.*\n[1-9]/, "$when: there are answers");
	is(answers($standby, $_), $expected, "$when: the standby, by $_")
		foreach qw(index table join);
	is_deeply(describe($standby, 'postgres'), describe($node, 'postgres'),
		"$when: it has every row");
	return;
}

check_equal('at first');
# A pending list of the index, deletions, a vacuum, a new list
$node->safe_psql('postgres', q{INSERT INTO customer
	SELECT n, made_name(n) FROM generate_series(3001, 4000) n});
check_equal('after insertions');
$node->safe_psql('postgres', $_) foreach
	'DELETE FROM customer WHERE id % 3 = 0', 'VACUUM customer',
	'REINDEX INDEX customer_name';
check_equal('after vacuum and reindex');
$node->safe_psql('postgres', q{SELECT FROM entity_screen.load_tranche(
	E'record,operation,name,destination_country,citation,effective_on\n'
	'tranche,,,,O 9,2022-01-01\nentry,add,Late Works,Peru,,\n', 'us_bis_el')});
check_equal('after a load');
is($standby->safe_psql('postgres', q{SELECT entity_screen.is_listed('Late Works',
	'2022-06-10'), entity_screen.is_listed('Late Works', '2021-06-10')}), 't|f',
	'the new rule answers on the standby, as of its date');

# What writes says that it cannot, and what reads reads
foreach my $call ("load_tranche(E'record,operation,name,destination_country,citation,effective_on\\n'
	'tranche,,,,O 7,2022-01-01\\nentry,add,Never Works,Peru,,\\n', 'us_bis_el')",
	'rescreen_delta()', "refresh_names('us_bis_el')")
{
	my ($code, $out, $err) = $standby->psql('postgres',
		"SELECT * FROM entity_screen.$call");
	like($err, qr/read-only|recovery/, "standby: refused: " . ($call =~ /^(\w+)/)[0]);
}
is(findings($standby, 'postgres'), '', 'standby: the chain is whole');
my $screened = q{SELECT party_ref, list_code, entry_name, score
	FROM entity_screen.screen_table('shop.client', party => 'name')
	ORDER BY 1, 2, 3};
is($standby->safe_psql('postgres', $screened),
	$node->safe_psql('postgres', $screened), 'standby: a table is screened');

$node->stop('immediate');
$standby->promote;
check_at_work($standby, 'postgres', 'promoted');
is(answers($standby, 'index'), answers($standby, 'table'),
	'promoted: index and table agree');
$standby->stop;
done_testing();
