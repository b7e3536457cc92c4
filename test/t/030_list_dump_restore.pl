# A dump takes along lists, evidence and guards, and nothing that the
# extension ships; what is restored answers and guards as before.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = "$FindBin::RealBin/../../data/tranches";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

sub load_rule
{
	my ($database, $file) = @_;

	return $node->safe_psql($database,
		"SELECT added FROM entity_screen.load_tranche(
			pg_read_binary_file('$data/$file'))");
}

$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', q{
	CREATE EXTENSION entity_screen;
	INSERT INTO entity_screen.screening_list
		(list_code, title, authority, legal_effect)
	VALUES ('private_ours', 'Ours', 'We', 'internal_block');
	INSERT INTO entity_screen.list_setting (list_code, max_list_age)
	VALUES ('us_bis_el', '400 days'), ('private_ours', '90 days');
	SELECT entity_screen.load_tranche(
		E'record,operation,name,destination_country,citation,effective_on\n'
		'tranche,,,,O 1,2020-01-01\n'
		'entry,add,Gone Works,Peru,,\n', 'private_ours');
	SELECT entity_screen.set_threshold(0.7, '{private_ours}', 'stricter');
});
is(load_rule('source', '2019-10-09_84FR54002.csv'), 28, 'rule of 2019');
is(load_rule('source', '2020-06-05_85FR34503.csv'), 9, 'rule of the nine');
is(load_rule('source', '2020-06-05_85FR34495.csv'), 24, 'military rule');
$node->safe_psql('source', q{
	CREATE SCHEMA shop;
	CREATE TABLE shop."Orders" (id int PRIMARY KEY, buyer text,
		ordered_on date, status text DEFAULT 'new');
	SELECT entity_screen.protect_table('shop."Orders"', party => 'buyer',
		on_date => 'ordered_on', action => 'hold',
		status_column => 'status');
	INSERT INTO shop."Orders" VALUES (1, 'CloudWalk', '2020-07-01'),
		(2, 'Muster GmbH', '2020-07-01'), (3, 'Hikvision', '2019-10-08');
	SELECT entity_screen.release('shop."Orders"', '1', 'license D1');
});

# A watched table, what it hits, and what people said about it
$node->safe_psql('source', q{
	CREATE TABLE shop.client (id int PRIMARY KEY, name text);
	SELECT entity_screen.watch_table('shop.client', party => 'name');
	INSERT INTO shop.client VALUES (1, 'Cloudwalk Consulting'),
		(2, 'FiberHome'), (3, 'Muster GmbH');
	SELECT entity_screen.add_owner('Hikvision', 51, party => 'Muster GmbH');
	SELECT entity_screen.set_policy('alone here',
		disposition_needs_approval => false);
});
$node->safe_psql('source', q{CALL entity_screen.refresh_watch('shop.client')});
$node->safe_psql('source', q{
	SELECT count(*) FROM entity_screen.rescreen_full();
	SELECT entity_screen.propose_exception(min(alert_id), 'another company',
		((now() AT TIME ZONE 'UTC')::date + 30))
	FROM entity_screen.alert WHERE target = 'shop.client';
	SELECT entity_screen.propose_disposition(max(alert_id), 'true_match', 'it is')
	FROM entity_screen.alert WHERE target = 'shop.client';
	INSERT INTO shop.client VALUES (4, 'Dahua');
});

# The guard of a table that was dropped stays behind: all it has is an OID,
# which would be another table's where it is restored.
$node->safe_psql('source', q{
	CREATE TABLE shop.gone (id int PRIMARY KEY, buyer text);
	SELECT entity_screen.protect_table('shop.gone', party => 'buyer');
	DROP TABLE shop.gone;
});

# Every table of the list side, row by row, and what screening answers.  The
# names of relations come as text: OIDs differ between databases.
my $tables = $node->safe_psql('source', q{
	SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
	WHERE relnamespace = 'entity_screen'::regnamespace AND relkind = 'r'});
my $answers = q{
	SELECT q, d, h.entry_name, h.matched_name, h.score, h.citations,
		h.license_review_policy, h.is_listed, h.advisory, h.entry_version_id
	FROM unnest(ARRAY['CloudWalk', 'Hikvision', 'FiberHome', 'Gone Works',
			'IS?Vision', 'Zhu Jiejin']) q,
		unnest(ARRAY['2019-10-08', '2020-01-15', '2020-06-10']::date[]) d,
		LATERAL entity_screen.screen_party(q, on_date => d,
			include_advisory => true) h
	ORDER BY 1, 2, h.entry_id};

sub describe
{
	my ($database) = @_;
	my %state = (answers => $node->safe_psql($database, $answers));

	foreach my $table (split / /, $tables)
	{
		my $filter = $table eq 'guard'
			? 'WHERE target IN (SELECT oid FROM pg_class)' : '';

		$state{$table} = $node->safe_psql($database,
			"SET timezone = 'UTC';
			 SELECT t::text FROM entity_screen.$table t $filter
			 ORDER BY t::text COLLATE \"C\"");
	}
	return \%state;
}

my $before = describe('source');
my $dump = $node->basedir . '/dump';

sub check_copy
{
	my ($database, $how) = @_;

	is_deeply(describe($database), $before, "$how: everything is there");
	is($node->safe_psql($database,
			'SELECT * FROM entity_screen.check_references()'),
		'', "$how: nothing dangles");
	is($node->safe_psql($database, q{
			SELECT list_code, max_list_age FROM entity_screen.v_list_status
			WHERE max_list_age IS NOT NULL ORDER BY 1}),
		"private_ours|90 days\nus_bis_el|400 days",
		"$how: what the site decided about lists");
	is($node->safe_psql($database,
			'SELECT target, problem FROM entity_screen.v_guard'),
		'shop."Orders"|', "$how: guards, and none of a dropped table");
	$node->safe_psql($database, q{
		INSERT INTO shop."Orders" VALUES (10, 'Cloud Walk', '2020-07-01')});
	is($node->safe_psql($database,
			q{SELECT status FROM shop."Orders" WHERE id = 10}),
		'held', "$how: the guard stands");
	is($node->safe_psql($database, q{SELECT decision
			FROM entity_screen.screening_event WHERE party_ref = '10'}),
		'held', "$how: numbers of events go on");
	my ($code, $out, $err) = $node->psql($database,
		q{UPDATE shop."Orders" SET status = 'new' WHERE id = 10});
	like($err, qr/is on hold/, "$how: it holds");
	is($node->safe_psql($database, q{SELECT added
			FROM entity_screen.load_tranche(
			E'record,operation,name,destination_country,citation,effective_on\n'
			'tranche,,,,O 2,2021-01-01\nentry,add,New Works,Peru,,\n',
			'private_ours')}),
		1, "$how: loading goes on");
	($code, $out, $err) = $node->psql($database,
		'DELETE FROM entity_screen.screening_event');
	like($err, qr/is refused/, "$how: evidence stays append only");
	$node->safe_psql($database,
		q{INSERT INTO shop.client VALUES (5, 'Megvii')});
	is($node->safe_psql($database, q{SELECT string_agg(party_ref, ' ' ORDER BY party_ref)
			FROM entity_screen.rescreen_due() WHERE target = 'shop.client'}),
		'4 5', "$how: the watch stands, and what waited waits");
	is($node->safe_psql($database,
			'SELECT count(*) FROM entity_screen.rescreen_full()'),
		'0', "$how: what was found is known");
	return;
}

# One plain script
$node->safe_psql('postgres', 'CREATE DATABASE plain');
$node->command_ok([ 'pg_dump', '-d', $node->connstr('source'),
	'-f', "$dump.sql" ], 'plain dump');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d',
	$node->connstr('plain'), '-f', "$dump.sql" ], 'plain restore');
check_copy('plain', 'plain');

# A directory, restored by two jobs
$node->safe_psql('postgres', 'CREATE DATABASE parallel');
$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-d',
	$node->connstr('source'), '-f', "$dump.dir" ], 'directory dump');
$node->command_ok([ 'pg_restore', '-j', '2', '--exit-on-error', '-d',
	$node->connstr('parallel'), "$dump.dir" ], 'parallel restore');
check_copy('parallel', 'parallel');

# Section by section, as an upgrade with a pause between would do
$node->safe_psql('postgres', 'CREATE DATABASE split');
$node->command_ok([ 'pg_restore', '--section=pre-data', '--exit-on-error',
	'-d', $node->connstr('split'), "$dump.dir" ], 'sections: schema');
$node->command_ok([ 'pg_restore', '--section=data', '--exit-on-error',
	'-d', $node->connstr('split'), "$dump.dir" ], 'sections: data');
$node->command_ok([ 'pg_restore', '--section=post-data', '--exit-on-error',
	'-d', $node->connstr('split'), "$dump.dir" ], 'sections: triggers');
check_copy('split', 'sections');

$node->stop;
done_testing();
