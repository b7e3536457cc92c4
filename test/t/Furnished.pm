# A database with something of everything that the extension keeps: public and
# private lists, rules, guards, evidence, alerts, exceptions, watches, owners,
# retention, a sealed chain.  Tests that move a database (dump, upgrade,
# recovery, replication) compare what describe() says of it before and after,
# and ask check_at_work() whether it goes on.
package Furnished;

use strict;
use warnings;
use Exporter 'import';
use FindBin;
use Test::More;

our @EXPORT = qw(load_rule furnish describe check_at_work findings has_extension has_xml);

my $data = "$FindBin::RealBin/../../data/tranches";

sub load_rule
{
	my ($node, $database, $file) = @_;

	return $node->safe_psql($database,
		"SELECT added FROM entity_screen.load_tranche(
			pg_read_binary_file('$data/$file'))");
}

sub furnish_lists
{
	my ($node, $database) = @_;

	$node->safe_psql($database, q{
		CREATE EXTENSION entity_screen;
		INSERT INTO entity_screen.screening_list
			(list_code, title, authority, legal_effect, visibility)
		VALUES ('private_ours', 'Ours', 'We', 'internal_block', 'private');
		INSERT INTO entity_screen.list_setting (list_code, max_list_age)
		VALUES ('us_bis_el', '4000 days'), ('private_ours', '90 days');
		SELECT entity_screen.grant_list('private_ours', current_user::regrole);
		SELECT entity_screen.load_tranche(
			E'record,operation,name,destination_country,citation,effective_on\n'
			'tranche,,,,O 1,2020-01-01\n'
			'entry,add,Gone Works,Peru,,\n', 'private_ours');
		SELECT entity_screen.set_threshold(0.7, '{private_ours}', 'stricter');
		SELECT entity_screen.set_policy('alone here',
			disposition_needs_approval => false);
	});
	is(load_rule($node, $database, '2019-10-09_84FR54002.csv'), 28,
		'rule of 2019');
	is(load_rule($node, $database, '2020-06-05_85FR34503.csv'), 9,
		'rule of the nine');
	is(load_rule($node, $database, '2020-06-05_85FR34495.csv'), 24,
		'military rule');
	return;
}

# A guarded table, and the guard of one that was dropped: all that one has is
# an OID, which would be another table's where it is restored.
sub furnish_guards
{
	my ($node, $database) = @_;

	$node->safe_psql($database, q{
		CREATE SCHEMA shop;
		CREATE TABLE shop."Orders" (id int PRIMARY KEY, buyer text,
			ordered_on date, status text DEFAULT 'new');
		SELECT entity_screen.protect_table('shop."Orders"', party => 'buyer',
			on_date => 'ordered_on', action => 'hold',
			status_column => 'status');
		INSERT INTO shop."Orders" VALUES (1, 'CloudWalk', '2020-07-01'),
			(2, 'Muster GmbH', '2020-07-01'), (3, 'Hikvision', '2019-10-08'),
			(4, 'Gone Works', '2020-07-01');
		SELECT entity_screen.release('shop."Orders"', '1', 'license D1');
		CREATE TABLE shop.gone (id int PRIMARY KEY, buyer text);
		SELECT entity_screen.protect_table('shop.gone', party => 'buyer');
		DROP TABLE shop.gone;
	});
	return;
}

# A watched table, what it hits, and what people said about it
sub furnish_watches
{
	my ($node, $database) = @_;

	$node->safe_psql($database, q{
		CREATE TABLE shop.client (id int PRIMARY KEY, name text);
		SELECT entity_screen.watch_table('shop.client', party => 'name');
		INSERT INTO shop.client VALUES (1, 'Cloudwalk Consulting'),
			(2, 'FiberHome'), (3, 'Muster GmbH');
		SELECT entity_screen.add_owner('Hikvision', 51, party => 'Muster GmbH');
	});
	$node->safe_psql($database,
		q{CALL entity_screen.refresh_watch('shop.client')});
	$node->safe_psql($database, q{
		SELECT count(*) FROM entity_screen.rescreen_full();
		SELECT entity_screen.propose_exception(min(alert_id), 'another company',
			((now() AT TIME ZONE 'UTC')::date + 30))
		FROM entity_screen.alert WHERE target = 'shop.client';
		SELECT entity_screen.propose_disposition(max(alert_id), 'true_match', 'it is')
		FROM entity_screen.alert WHERE target = 'shop.client';
		INSERT INTO shop.client VALUES (4, 'Dahua');
		SELECT entity_screen.set_retention('10 years', 'as the law says');
		SELECT entity_screen.place_legal_hold('case 7', '2020-01-01', '2020-12-31');
	});
	return;
}

# Every event in the chain but the last
sub furnish
{
	my ($node, $database) = @_;

	furnish_lists($node, $database);
	furnish_guards($node, $database);
	furnish_watches($node, $database);
	$node->safe_psql($database, 'SELECT entity_screen.seal_audit()');
	$node->safe_psql($database, q{
		INSERT INTO shop."Orders" VALUES (5, 'Dahua', '2020-07-01')});
	return;
}

# What screening answers
my $answers = q{
	SELECT q, d, h.entry_name, h.matched_name, h.score, h.citations,
		h.license_review_policy, h.is_listed, h.advisory, h.entry_version_id
	FROM unnest(ARRAY['CloudWalk', 'Hikvision', 'FiberHome', 'Gone Works',
			'IS?Vision', 'Zhu Jiejin']) q,
		unnest(ARRAY['2019-10-08', '2020-01-15', '2020-06-10']::date[]) d,
		LATERAL entity_screen.screen_party(q, on_date => d,
			include_advisory => true) h
	ORDER BY 1, 2, h.entry_id};

# Every table of the list side and of the shop, row by row, and what screening
# answers.  The names of relations come as text: OIDs differ between databases.
sub describe
{
	my ($node, $database) = @_;
	my %state = (answers => $node->safe_psql($database, $answers));
	my @tables = split /\n/, $node->safe_psql($database, q{
		SELECT format('%I.%I', relnamespace::regnamespace, relname)
		FROM pg_class
		WHERE relnamespace::regnamespace::text IN ('entity_screen', 'shop')
			AND relkind = 'r' AND relpersistence = 'p' ORDER BY relname});
	my $rows = $node->safe_psql($database, join ';', "SET timezone = 'UTC'",
		map {
			my $filter = $_ eq 'entity_screen.guard'
				? 'WHERE target IN (SELECT oid FROM pg_class)' : '';

			"\nSELECT '== $_'",
			"SELECT t::text FROM $_ t $filter ORDER BY t::text COLLATE \"C\""
		} @tables);

	foreach (split /^== /m, $rows)
	{
		$state{$1} = $2 if /^(\S+)\n(.*)/s;
	}
	return \%state;
}

sub findings
{
	my ($node, $database) = @_;

	return $node->safe_psql($database, q{SELECT finding, block_no,
		event_id, detail FROM entity_screen.verify_audit()});
}

sub check_evidence
{
	my ($node, $database, $how) = @_;
	my ($code, $out, $err) = $node->psql($database,
		'DELETE FROM entity_screen.screening_event');

	like($err, qr/is refused/, "$how: evidence stays append only");
	is(findings($node, $database), '', "$how: the chain is whole");
	$node->safe_psql($database, 'SELECT entity_screen.seal_audit()');
	is(findings($node, $database), '', "$how: and goes on");
	return;
}

sub check_guards
{
	my ($node, $database, $how) = @_;

	is($node->safe_psql($database,
			'SELECT target, problem FROM entity_screen.v_guard
			WHERE problem IS DISTINCT FROM \'table dropped\''),
		'shop."Orders"|', "$how: the guard has no problem");
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
	$node->safe_psql($database, q{SET session_replication_role = replica;
		INSERT INTO shop."Orders" VALUES (11, 'Cloud Walk', '2020-07-01')});
	is($node->safe_psql($database,
			q{SELECT status FROM shop."Orders" WHERE id = 11}),
		'held', "$how: under replication too");
	return;
}

# The database goes on where it was: everything that has a number, a trigger
# or an index is used once.
sub check_at_work
{
	my ($node, $database, $how) = @_;

	is($node->safe_psql($database,
			'SELECT * FROM entity_screen.check_references()'),
		'', "$how: nothing dangles");
	is($node->safe_psql($database, q{
			SELECT list_code, max_list_age FROM entity_screen.v_list_status
			WHERE list_code IN ('private_ours', 'us_bis_el') ORDER BY 1}),
		"private_ours|90 days\nus_bis_el|4000 days",
		"$how: what the site decided about lists");
	check_guards($node, $database, $how);
	check_evidence($node, $database, $how);
	is($node->safe_psql($database, q{SELECT added
			FROM entity_screen.load_tranche(
			E'record,operation,name,destination_country,citation,effective_on\n'
			'tranche,,,,O 2,2021-01-01\nentry,add,New Works,Peru,,\n',
			'private_ours')}),
		1, "$how: loading goes on");
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

# Not every build of PostgreSQL ships its contrib modules, or reads XML. Tests
# that want one say what they skip.
sub has_extension
{
	my ($node, $name) = @_;

	return 1 if $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions
		WHERE name = '$name'");
	note("skipped: this server has no $name");
	return 0;
}

sub has_xml
{
	my ($node) = @_;
	my ($code) = $node->psql('postgres', q{SELECT xmlparse(DOCUMENT '<a/>')});

	return 1 if $code == 0;
	note('skipped: this server was built without libxml');
	return 0;
}

1;
