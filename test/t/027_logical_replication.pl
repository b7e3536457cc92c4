# Columns of entity_name and the tables of the lists are replicated: a
# subscriber finds names by its own index and screens with the publisher's
# lists.  Guards screen what replication brings ("screen", the default), or
# leave it to the publisher ("skip"); a guard that rejects stops the
# subscription and no row goes past it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical');
$subscriber->append_conf('postgresql.conf', 'max_worker_processes = 20
max_logical_replication_workers = 12');
$subscriber->start;

sub both
{
	my ($sql) = @_;

	$_->safe_psql('postgres', $sql) foreach $publisher, $subscriber;
	return;
}

sub subscribe
{
	my ($name, $options) = @_;

	$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION $name
		CONNECTION '" . $publisher->connstr . " dbname=postgres'
		PUBLICATION $name WITH ($options)");
	$publisher->wait_for_catchup($name);
	$subscriber->poll_query_until('postgres', q{SELECT count(*) = 0
		FROM pg_subscription_rel WHERE srsubstate NOT IN ('r', 's')})
		or die "subscription $name does not come to rest";
	return;
}

sub caught_up
{
	my ($name) = @_;

	$publisher->wait_for_catchup($name);
	return;
}

# ---------------------------------------------------------- entity_name
both(q{CREATE EXTENSION entity_screen;
	CREATE TABLE customer (id int PRIMARY KEY, name entity_name);
	CREATE TABLE binary_customer (id int PRIMARY KEY, name entity_name);
	CREATE INDEX customer_name ON customer USING gin (name)});
$publisher->safe_psql('postgres', q{
	INSERT INTO customer VALUES (1, 'CloudWalk Technology Co., Ltd'), (2, 'Muster GmbH'), (3, '商汤科技'), (4, '');
	INSERT INTO binary_customer TABLE customer;
	CREATE PUBLICATION names FOR TABLE customer;
	CREATE PUBLICATION binary_names FOR TABLE binary_customer});
subscribe('names', 'binary = false');
subscribe('binary_names', 'binary = true');
$publisher->safe_psql('postgres', q{
	INSERT INTO customer VALUES (5, 'Hikvision');
	UPDATE customer SET name = 'Cloud Walk Tech' WHERE id = 1;
	DELETE FROM customer WHERE id = 2;
	INSERT INTO binary_customer VALUES (5, 'Hikvision')});
caught_up($_) foreach 'names', 'binary_names';
my $rows = 'SELECT id, name, entity_normal_form(name) FROM %s ORDER BY id';
foreach my $table (qw(customer binary_customer))
{
	is($subscriber->safe_psql('postgres', sprintf $rows, $table),
		$publisher->safe_psql('postgres', sprintf $rows, $table),
		"$table: names and their normal forms arrive");
}
is($subscriber->safe_psql('postgres', q{SET enable_seqscan = off;
	SELECT id FROM customer WHERE name % 'CloudWalk' ORDER BY 1}), '1',
	'... and are found by the index of the subscriber');

# ---------------------------------------------------------------- lists
# What screening reads; the subscriber has neither loads nor approvals of its
# own on these lists.
my @lists = qw(tranche tranche_operation tranche_operation_name
	tranche_operation_address entry entry_version entry_name entry_address
	list_state);
$publisher->safe_psql('postgres', 'CREATE PUBLICATION lists FOR TABLE '
	. join(', ', map { "entity_screen.$_" } @lists));
load_rule($publisher, 'postgres', '2019-10-09_84FR54002.csv');
subscribe('lists', 'copy_data = true');
my $answers = q{SELECT q, d, h.list_code, h.entry_name, h.score, h.citations, h.valid_from_basis
	FROM unnest(ARRAY['CloudWalk', 'Hikvision', 'Dahua', 'Muster', 'Soft Works']) q,
		unnest(ARRAY['2019-10-08', '2020-01-15', '2022-06-10']::date[]) d,
		LATERAL entity_screen.screen_party(q, on_date => d) h
	ORDER BY 1, 2, 4};

sub check_lists
{
	my ($when, $expected) = @_;

	caught_up('lists');
	my $answer = $publisher->safe_psql('postgres', $answers);
	like($answer, $expected, "$when: the publisher answers");
	is($subscriber->safe_psql('postgres', $answers), $answer,
		"$when: the subscriber screens as the publisher does");
	is($subscriber->safe_psql('postgres',
			'SELECT * FROM entity_screen.check_references()'),
		'', "$when: nothing dangles");
	return;
}

check_lists('copied', qr/Dahua/);
# A guard of the subscriber, made before the next rule arrives, knows it after.
$subscriber->safe_psql('postgres', q{
	CREATE TABLE orders (id int PRIMARY KEY, buyer text, status text DEFAULT 'new');
	SELECT entity_screen.protect_table('orders', party => 'buyer',
		action => 'hold', status_column => 'status');
	INSERT INTO orders VALUES (1, 'CloudWalk'), (2, 'Hikvision')});
load_rule($publisher, 'postgres', '2020-06-05_85FR34503.csv');
check_lists('a rule later', qr/CloudWalk/);
$subscriber->safe_psql('postgres',
	q{INSERT INTO orders (id, buyer) VALUES (3, 'CloudWalk')});
is($subscriber->safe_psql('postgres',
	q{SELECT string_agg(status, ' ' ORDER BY id) FROM orders}),
	'new held held', 'a guard of the subscriber knows a rule that was replicated');
$publisher->safe_psql('postgres', q{SELECT FROM entity_screen.retract_tranche(
	(SELECT max(tranche_id) FROM entity_screen.tranche), 'by mistake')});
check_lists('a rule taken back', qr/Dahua/);

# --------------------------------------------------------------- guards
both('CREATE TABLE sale (id int PRIMARY KEY, buyer text, status text DEFAULT \'new\');
	CREATE TABLE strict_sale (id int PRIMARY KEY, buyer text)');
$subscriber->safe_psql('postgres', q{
	SELECT entity_screen.protect_table('sale', party => 'buyer',
		action => 'hold', status_column => 'status');
	SELECT entity_screen.protect_table('strict_sale', party => 'buyer',
		action => 'reject')});
$publisher->safe_psql('postgres', q{CREATE PUBLICATION sales FOR TABLE sale;
	CREATE PUBLICATION strict_sales FOR TABLE strict_sale;
	INSERT INTO sale VALUES (1, 'Hikvision'), (2, 'Muster')});
subscribe('sales', 'copy_data = true');
subscribe('strict_sales', 'copy_data = true');
$publisher->safe_psql('postgres',
	q{INSERT INTO sale VALUES (3, 'Dahua Technology'), (4, 'Muster')});
caught_up('sales');
is($subscriber->safe_psql('postgres', q{SELECT string_agg(status, ' ' ORDER BY id) FROM sale}),
	'held new held new', 'a guard screens what replication copies and applies');
is($subscriber->safe_psql('postgres', q{SELECT count(*)
	FROM entity_screen.screening_event WHERE target = 'public.sale' AND decision = 'held'}),
	'2', '... and records it');
is($subscriber->safe_psql('postgres',
	q{SELECT count(*) FROM entity_screen.unscreened_rows('sale')}), '0',
	'... so that no row is unscreened');

# What the publisher has screened need not be screened again
$subscriber->safe_psql('postgres',
	q{SELECT entity_screen.alter_protection('sale', on_replica => 'skip')});
$publisher->safe_psql('postgres', q{INSERT INTO sale VALUES (5, 'Hikvision')});
caught_up('sales');
is($subscriber->safe_psql('postgres', 'SELECT status FROM sale WHERE id = 5'),
	'new', 'skip: what replication brings is the publisher\'s to screen');
is($subscriber->safe_psql('postgres',
	q{SELECT party_ref FROM entity_screen.unscreened_rows('sale')}), '5',
	'... and unscreened_rows() names it');
$subscriber->safe_psql('postgres', q{INSERT INTO sale VALUES (6, 'Hikvision')});
is($subscriber->safe_psql('postgres', 'SELECT status FROM sale WHERE id = 6'),
	'held', '... while local rows are screened');

# A guard that rejects stops the subscription: nothing goes past it.
my $offset = -s $subscriber->logfile;
$publisher->safe_psql('postgres', q{INSERT INTO strict_sale VALUES (1, 'Muster');
	INSERT INTO strict_sale VALUES (2, 'Hikvision')});
foreach (1 .. 100)
{
	last if slurp_file($subscriber->logfile, $offset) =~ /SC002|is rejected|rejected/;
	select undef, undef, undef, 0.1;
}
like(slurp_file($subscriber->logfile, $offset), qr/reject/,
	'reject: the subscription stops with the error of the guard');
is($subscriber->safe_psql('postgres', q{SELECT count(*) FROM strict_sale
	WHERE buyer = 'Hikvision'}), '0', '... and the row is not stored');
$subscriber->poll_query_until('postgres', q{SELECT count(*) > 0
	FROM entity_screen.screening_event WHERE target = 'public.strict_sale'
	AND decision = 'rejected'}) or fail('no evidence');
pass('... with the evidence of it');

$subscriber->stop;
$publisher->stop;
done_testing();
