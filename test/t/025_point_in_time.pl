# Recovery to a point between two rules: what was listed, alerted, stored and
# chained then, and nothing of what came after; from there it goes on.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(has_archiving => 1, allows_streaming => 1);
$node->start;
$node->backup('base');
furnish($node, 'postgres');
my $sealed = $node->safe_psql('postgres', q{SELECT encode(block_digest, 'hex')
	FROM entity_screen.audit_block ORDER BY block_no DESC LIMIT 1});
$node->safe_psql('postgres', q{SELECT pg_create_restore_point('between')});
my $then = describe($node, 'postgres');

# What must not be there afterwards
$node->safe_psql('postgres', q{
	SELECT FROM entity_screen.load_tranche(
	E'record,operation,name,destination_country,citation,effective_on\n'
	'tranche,,,,O 9,2020-01-01\nentry,add,Muster GmbH,Peru,,\n', 'us_bis_el')});
$node->safe_psql('postgres', $_) foreach
	q{INSERT INTO shop."Orders" VALUES (6, 'Muster GmbH', '2020-07-01')},
	'SELECT count(*) FROM entity_screen.rescreen_delta()',
	'SELECT entity_screen.seal_audit()', 'SELECT pg_switch_wal()';
my $later = $node->safe_psql('postgres', q{SELECT encode(block_digest, 'hex')
	FROM entity_screen.audit_block ORDER BY block_no DESC LIMIT 1});
isnt($later, $sealed, 'the chain went on after the point');
is($node->safe_psql('postgres',
	q{SELECT status FROM shop."Orders" WHERE id = 6}), 'held',
	'the later rule holds');
$node->stop;

my $restored = PostgreSQL::Test::Cluster->new('restored');
$restored->init_from_backup($node, 'base', has_restoring => 1);
$restored->append_conf('postgresql.conf', "recovery_target_name = 'between'
recovery_target_action = 'promote'");
$restored->start;
$restored->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
is_deeply(describe($restored, 'postgres'), $then,
	'every row and every answer is as at that point');
is($restored->safe_psql('postgres', q{SELECT count(*)
	FROM entity_screen.screen_party('Muster GmbH')
	WHERE citations::text LIKE '%O 9%'}), '0', 'the later rule is not listed');
is($restored->safe_psql('postgres', q{SELECT encode(block_digest, 'hex')
	FROM entity_screen.audit_block ORDER BY block_no DESC LIMIT 1}), $sealed,
	'the chain ends with the block of then');
is($restored->safe_psql('postgres', "SELECT count(*)
	FROM entity_screen.verify_audit(decode('$sealed', 'hex'))"), '0',
	'a digest kept outside before the point is in it');
isnt($restored->safe_psql('postgres', "SELECT count(*)
	FROM entity_screen.verify_audit(decode('$later', 'hex'))"), '0',
	'one kept after the point shows that evidence was lost by going back');
check_at_work($restored, 'postgres', 'recovered');
$restored->stop;
done_testing();
