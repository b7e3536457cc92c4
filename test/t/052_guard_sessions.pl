# What a session keeps of a guard from one statement to the next is never
# older than what another session has committed; and rows that logical
# replication brings are screened, or not, as the guard says.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = "$FindBin::RealBin/../../data/tranches";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "max_prepared_transactions = 2\n");
$node->start;
my $orders = 'CREATE TABLE orders (id int PRIMARY KEY, buyer text,
	ordered_on date DEFAULT \'2020-07-01\', status text DEFAULT \'new\')';
my $load = qq{
	CREATE EXTENSION entity_screen;
	SELECT entity_screen.load_tranche(
		pg_read_binary_file('$data/2019-10-09_84FR54002.csv'));
	SELECT entity_screen.load_tranche(
		pg_read_binary_file('$data/2020-06-05_85FR34503.csv'));
	$orders};
my $protect = q{SELECT entity_screen.protect_table('orders',
	party => 'buyer', on_date => 'ordered_on', action => 'hold',
	status_column => 'status')};
$node->safe_psql('postgres', "$load; $protect");

my $id = 0;
my $session = $node->background_psql('postgres');

# Store an order in the session that keeps its guard; what became of it?
sub store
{
	my ($buyer) = @_;

	$id++;
	$session->query_safe(
		"INSERT INTO orders (id, buyer) VALUES ($id, '$buyer')");
	return $session->query_safe(
		"SELECT o.status || ' ' || e.decision FROM orders o
		JOIN entity_screen.screening_event e ON e.party_ref = o.id::text
		WHERE o.id = $id");
}

sub meanwhile
{
	return $node->safe_psql('postgres', $_[0]);
}

is(store('CloudWalk'), 'held held', 'held');
is(store('Muster'), 'new clear', 'clear');
meanwhile(q{SELECT entity_screen.alter_protection('orders',
	action => 'observe')});
is(store('CloudWalk'), 'new observed', 'another action counts at once');
meanwhile(q{SELECT entity_screen.alter_protection('orders',
	action => 'hold', record_clean => 'row')});
meanwhile(q{SELECT entity_screen.set_threshold(1.0, NULL, 'test')});
is(store('CloudWalk'), 'new clear', 'so does another threshold');
meanwhile(q{SELECT entity_screen.set_threshold(0.65, NULL, 'test')});
is(store('CloudWalk'), 'held held', '... and the former one');
meanwhile(q{SELECT entity_screen.load_tranche(
	E'record,operation,name,destination_country,citation,effective_on\n'
	'tranche,,,,99 FR 1,2020-01-01\nentry,add,Zenith Works,Peru,,\n',
	'us_bis_el')});
is(store('Zenith Works'), 'held held', 'so does a new tranche');
is(meanwhile(q{SELECT count(DISTINCT c.list_version)
		FROM entity_screen.screening_event e
		JOIN entity_screen.screening_context c USING (context_id)}),
	'2', '... with its own version in the evidence');
meanwhile(q{INSERT INTO entity_screen.list_setting (list_code, max_list_age)
	VALUES ('us_bis_el', '1 microsecond')});
is(store('Muster'), 'held held', 'a list that is too old holds everything');
meanwhile(q{DELETE FROM entity_screen.list_setting});
is(store('Muster'), 'new clear', '... until it is not');
meanwhile(q{ALTER TABLE orders RENAME status TO state;
	ALTER TABLE orders ADD status text DEFAULT 'new';
	ALTER TABLE orders DROP state});
is(store('CloudWalk'), 'held held', 'columns are found where they are now');
meanwhile('ALTER TABLE orders RENAME TO bookings');
meanwhile('ALTER TABLE bookings RENAME TO orders');

# In the middle of a transaction that has the table locked already
$session->query_safe('BEGIN');
is(store('CloudWalk'), 'held held', 'in a transaction');
meanwhile(q{SELECT entity_screen.set_threshold(1.0, NULL, 'test')});
is(store('Hikvision and others'), 'new clear', '... the next statement knows');
meanwhile(q{SELECT entity_screen.set_threshold(0.65, NULL, 'test')});
is(store('CloudWalk'), 'held held', '... and again');
$session->query_safe('COMMIT');

# What the session changes itself, and takes back
$session->query_safe('BEGIN');
$session->query_safe(q{SELECT entity_screen.set_threshold(1.0, NULL, 'own')});
is(store('CloudWalk'), 'new clear', 'its own threshold');
$session->query_safe('ROLLBACK');
is(store('CloudWalk'), 'held held', '... is gone when rolled back');
is(meanwhile(q{SELECT count(*) FROM entity_screen.screening_event e
		WHERE e.context_id IS NOT NULL AND NOT EXISTS (
			SELECT FROM entity_screen.screening_context c
			WHERE c.context_id = e.context_id)}),
	'0', 'no event without its context');

# An older snapshot asks for itself
$session->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
is(store('Muster'), 'new clear', 'repeatable read');
meanwhile(q{SELECT entity_screen.alter_guard('orders', 'observe', NULL, NULL,
	NULL, NULL, NULL, NULL, NULL)});
is(store('CloudWalk'), 'held held', '... is judged as its snapshot says');
$session->query_safe('COMMIT');
is(store('CloudWalk'), 'new observed', '... and by the new setting after it');
meanwhile(q{SELECT entity_screen.alter_protection('orders',
	action => 'hold')});

# Prepared transactions keep their evidence; so do counts
meanwhile(q{SELECT entity_screen.alter_protection('orders',
	record_clean => 'count')});
$session->query_safe("BEGIN; INSERT INTO orders (id, buyer)
	VALUES (1001, 'Muster'), (1002, 'CloudWalk'), (1003, 'Muster');
	PREPARE TRANSACTION 'p'");
is(meanwhile(q{SELECT event_count FROM entity_screen.seal_audit()})
	=~ /^\d+$/ ? 1 : 0, 1, 'sealing goes on beside a prepared transaction');
meanwhile(q{COMMIT PREPARED 'p'});
is(meanwhile(q{SELECT row_count FROM entity_screen.screening_event
		WHERE row_count IS NOT NULL}),
	'2', 'the count of a prepared transaction');
is(meanwhile('SELECT status FROM orders WHERE id = 1002'), 'held',
	'its listed order is on hold');
meanwhile('SELECT entity_screen.seal_audit()');
is(meanwhile('SELECT count(*) FROM entity_screen.verify_audit()'), '0',
	'the chain is whole');
is(meanwhile(q{SELECT (SELECT count(*) FROM entity_screen.screening_event)
		- (SELECT sum(event_count) FROM entity_screen.audit_block)}),
	'0', 'and complete');
$session->query_safe('SELECT entity_screen.unprotect_all()');
$session->query_safe('INSERT INTO orders VALUES (2001, \'CloudWalk\')');
is(meanwhile('SELECT status FROM orders WHERE id = 2001'), 'new',
	'unprotected: nothing happens');
$session->quit;

# Logical replication
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init(allows_streaming => 'logical');
$other->start;
$other->safe_psql('postgres', "$load; $protect");
$node->safe_psql('postgres', 'TRUNCATE orders;
	CREATE PUBLICATION orders FOR TABLE orders');
$other->safe_psql('postgres', q{CREATE SUBSCRIPTION orders CONNECTION '}
	. $node->connstr . q{ dbname=postgres' PUBLICATION orders});
$other->wait_for_subscription_sync($node, 'orders');
$node->safe_psql('postgres', q{INSERT INTO orders (id, buyer, status)
	VALUES (1, 'CloudWalk', 'new'), (2, 'Muster', 'new')});
$node->wait_for_catchup('orders');
is($other->safe_psql('postgres',
		'SELECT id, status FROM orders ORDER BY id'),
	"1|held\n2|new", 'a replicated order is on hold');
is($other->safe_psql('postgres', q{SELECT count(*)
		FROM entity_screen.unscreened_rows('orders')}),
	'0', '... and in the evidence');
$other->safe_psql('postgres', q{SELECT entity_screen.alter_protection(
	'orders', on_replica => 'skip')});
$node->safe_psql('postgres', q{INSERT INTO orders (id, buyer, status)
	VALUES (3, 'CloudWalk', 'new')});
$node->wait_for_catchup('orders');
is($other->safe_psql('postgres', 'SELECT status FROM orders WHERE id = 3'),
	'new', 'skip: a replicated order is not screened');
is($other->safe_psql('postgres', q{SELECT party_ref
		FROM entity_screen.unscreened_rows('orders')}),
	'3', '... and is named as unscreened');
is($other->safe_psql('postgres', q{SELECT status FROM entity_screen.health()
		WHERE check_code = 'guard_bypass' AND detail ~ 'replication'}),
	'warning', '... which health() says');

$other->stop;
$node->stop;
done_testing();
