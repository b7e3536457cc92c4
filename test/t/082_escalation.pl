# Code that the owner of a table hides in it (domains, checks, defaults,
# generated columns, expression indexes, statistics, policies, triggers, casts,
# views) runs with the rights of whoever would run it anyway, never with those
# of the owner of the extension; and what a superuser lets run by the clock
# does not run it at all.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION entity_screen');
load_rule($node, 'postgres', '2019-10-09_84FR54002.csv');
$node->safe_psql('postgres', q{
	CREATE ROLE mallory LOGIN; CREATE ROLE app LOGIN; CREATE ROLE clerk LOGIN; CREATE ROLE boss LOGIN SUPERUSER;
	SELECT entity_screen.grant_role('admin', 'mallory');
	SELECT entity_screen.grant_role(k, 'clerk')
	FROM unnest(ARRAY['user', 'analyst', 'loader', 'approver', 'auditor']) k;
	SELECT entity_screen.set_policy('alone here', disposition_needs_approval => false);
	CREATE SCHEMA den AUTHORIZATION mallory;
	GRANT USAGE ON SCHEMA den TO app, clerk});

# Run statements one by one as a session of that role; returns what they said.
sub as_role
{
	my ($role, @statements) = @_;
	my ($code, $out, $err) = $node->psql('postgres', join(";\n", @statements) . ';',
		connstr => $node->connstr('postgres') . " user=$role", on_error_stop => 0);

	return $out . $err;
}

# Each of the hidden calls says in the server log who it is.
my $hidden = as_role('mallory', 'SET client_min_messages = warning', q{
	CREATE FUNCTION den.spy(hook text, value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN RAISE LOG 'spied % as %, session %', hook, current_user, session_user; RETURN true; END $$},
	q{CREATE FUNCTION den.spy_text(hook text, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN RAISE LOG 'spied % as %, session %', hook, current_user, session_user; RETURN value; END $$},
	q{CREATE FUNCTION den.spy_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN RAISE LOG 'spied % as %, session %', TG_NAME, current_user, session_user; RETURN coalesce(NEW, OLD); END $$},
	q{CREATE DOMAIN den.shady AS text CHECK (den.spy('domain', VALUE))},
	q{CREATE TYPE den.code AS (a text)},
	q{CREATE FUNCTION den.code_text(den.code) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN RAISE LOG 'spied cast as %, session %', current_user, session_user; RETURN ($1).a; END $$},
	q{CREATE CAST (den.code AS text) WITH FUNCTION den.code_text(den.code) AS ASSIGNMENT},
	q{CREATE TABLE den.bait (id int PRIMARY KEY CHECK (den.spy('check', id::text)), buyer den.shady,
		land den.code, note text DEFAULT den.spy_text('default', 'x'),
		up text GENERATED ALWAYS AS (den.spy_text('generated', buyer::text)) STORED,
		status text DEFAULT 'new' CHECK (den.spy('status_check', status)), ordered_on date DEFAULT '2021-01-01')},
	q{CREATE INDEX ON den.bait (den.spy_text('index', buyer::text))},
	q{CREATE INDEX ON den.bait (id) WHERE den.spy('predicate', note)},
	q{CREATE STATISTICS den.bait_s ON (den.spy_text('statistics', note)) FROM den.bait},
	q{CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OR DELETE ON den.bait FOR EACH ROW EXECUTE FUNCTION den.spy_trigger()},
	q{CREATE TRIGGER zzzzz_after AFTER INSERT OR UPDATE OR DELETE ON den.bait FOR EACH ROW EXECUTE FUNCTION den.spy_trigger()},
	q{CREATE POLICY p ON den.bait USING (den.spy('policy', note)) WITH CHECK (den.spy('policy', note))},
	q{ALTER TABLE den.bait ENABLE ROW LEVEL SECURITY},
	q{CREATE VIEW den.bait_view AS SELECT id, den.spy_text('view', buyer::text) AS buyer FROM den.bait},
	q{GRANT ALL ON ALL TABLES IN SCHEMA den TO app, clerk},
	q{SELECT entity_screen.protect_table('den.bait', party => 'buyer', address => 'note', on_date => 'ordered_on',
		action => 'hold', status_column => 'status')},
	q{SELECT entity_screen.watch_table('den.bait', party => 'buyer')});
unlike($hidden, qr/ERROR/, 'a table full of code is protected and watched');

# What it runs, in everyday use
my $offset = -s $node->logfile;

sub spied { return slurp_file($node->logfile, $offset) =~ /spied (\w+) as (\w+), session (\w+)/g }

my $used = as_role('app',
	q{INSERT INTO den.bait (id, buyer, land) VALUES (1, 'Hikvision', ROW('CN')), (2, 'Muster', ROW('DE')), (3, 'Dahua Technology', NULL)},
	q{UPDATE den.bait SET buyer = 'Dahua Technology' WHERE id = 2}, q{DELETE FROM den.bait WHERE id = 3},
	q{COPY (SELECT 4, 'Hikvision') TO stdout});
$used .= as_role('mallory', q{CALL entity_screen.refresh_watch('den.bait')}, 'ANALYZE den.bait',
	q{SELECT entity_screen.alter_protection('den.bait', action => 'alert')},
	q{SELECT entity_screen.alter_protection('den.bait', action => 'hold')}, 'SELECT entity_screen.seal_audit()');
$used .= as_role('clerk', q{SELECT count(*) FROM entity_screen.rescreen_full()},
	q{SELECT count(*) FROM entity_screen.rescreen_delta()}, q{SELECT count(*) FROM entity_screen.rescreen_due()},
	q{SELECT count(*) FROM entity_screen.screen_table('den.bait', party => 'buyer')},
	q{SELECT count(*) FROM entity_screen.screen_table('den.bait_view', key => 'id', party => 'buyer')},
	q{SELECT count(*) FROM entity_screen.lookback('den.bait', party => 'buyer', on_date => 'ordered_on')},
	q{SELECT count(*) FROM entity_screen.unscreened_rows('den.bait')},
	q{SELECT count(*) FROM entity_screen.threshold_preview('den.bait', party => 'buyer')},
	q{SELECT entity_screen.release('den.bait', '1', 'may')},
	q{SELECT count(*) FROM entity_screen.screen_table('den.bait', party => 'land')},
	q{SELECT count(*) FROM entity_screen.health(true)},
	q{SELECT count(*) FROM entity_screen.screening_event e, entity_screen.replay(e.event_id)},
	q{SELECT count(entity_screen.export_evidence(event_id => e.event_id)) FROM entity_screen.screening_event e},
	q{SELECT entity_screen.propose_disposition(min(alert_id), 'true_match', 'it is') FROM entity_screen.alert},
	q{SELECT entity_screen.propose_exception(max(alert_id), 'other', (now() + interval '9 days')::date) FROM entity_screen.alert},
	q{SELECT count(*) FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\n'
		'tranche,,,,O 2,2021-01-01\nentry,add,Muster Works,Peru,,\n', 'us_bis_el')},
	q{SELECT count(*) FROM entity_screen.summary()},
	q{SELECT count(*) FROM entity_screen.verify_audit()});
unlike($used, qr/ERROR(?!.*(exception|disposition|alert))/, 'everyday use works') or diag($used);
my (%hooks, %users);
my @spied = spied();
while (my ($hook, $user, $session) = splice(@spied, 0, 3))
{
	$hooks{$hook}++;
	$users{"$user in a session of $session"}++;
}
foreach my $hook (qw(domain check default generated status_check index predicate statistics
	a_before zzzzz_after policy view))
{
	ok($hooks{$hook}, "the $hook was run");
}
note join ', ', sort keys %users;
is(join(', ', grep { /postgres|boss/ } sort keys %users), '',
	'nothing of it ran as the owner of the extension');
is(join(', ', grep { my ($user, $session) = /^(\w+) in a session of (\w+)/;
		$user ne $session } sort keys %users), '',
	'... nor as anyone else than who asked');

# Columns of domains over everything a guard and a watch read, and parties of a
# composite type with casts of its owner's to text and json: values are written
# by the output functions of their types, so that a cast never runs.
$offset = -s $node->logfile;
my $odd = as_role('mallory', q{CREATE DOMAIN den.number AS int CHECK (den.spy('number', VALUE::text))},
	q{CREATE DOMAIN den.day AS date CHECK (den.spy('day', 'x'))},
	q{CREATE FUNCTION den.code_json(den.code) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN RAISE LOG 'spied cast as %, session %', current_user, session_user; RETURN to_json(($1).a); END $$},
	q{CREATE CAST (den.code AS json) WITH FUNCTION den.code_json(den.code) AS IMPLICIT},
	q{DROP CAST (den.code AS text)},
	q{CREATE CAST (den.code AS text) WITH FUNCTION den.code_text(den.code) AS IMPLICIT},
	q{CREATE TABLE den.odd (id den.number, part den.shady, who den.code, whom den.shady, land den.shady, on_date den.day,
		status den.shady DEFAULT 'new', PRIMARY KEY (id, part))},
	q{INSERT INTO den.odd VALUES (1, 'a', ROW('Hikvision'), 'Dahua Technology', 'CN', '2021-01-01')},
	q{SELECT entity_screen.protect_table('den.odd', party => '{who,whom}', country => 'land', on_date => 'on_date',
		action => 'hold', status_column => 'status')},
	q{SELECT entity_screen.watch_table('den.odd', party => '{who,whom}', country => 'land', on_date => 'on_date')},
	q{CALL entity_screen.refresh_watch('den.odd')}, 'GRANT ALL ON den.odd TO app, clerk');
$odd .= as_role('app', q{INSERT INTO den.odd VALUES (2, 'a', ROW('Muster'), 'Dahua Technology', 'CN', '2021-01-01'),
		(3, 'a', ROW('Hikvision'), 'Muster', 'CN', '2021-01-01'), (4, 'a', ROW('Muster'), 'Muster', 'DE', '2021-01-01')},
	q{UPDATE den.odd SET who = ROW('Hikvision') WHERE id = 4});
$odd .= as_role('clerk', q{SELECT count(*) FROM entity_screen.screen_table('den.odd', party => '{who,whom}', country => 'land')},
	q{SELECT count(*) FROM entity_screen.lookback('den.odd', party => '{who,whom}', on_date => 'on_date', record => true)},
	q{SELECT count(*) FROM entity_screen.threshold_preview('den.odd', party => 'who')},
	q{SELECT count(*) FROM entity_screen.unscreened_rows('den.odd')},
	q{SELECT count(*) FROM entity_screen.rescreen_full()},
	q{SELECT entity_screen.release('den.odd', '["2", "a"]', 'may')});
unlike($odd, qr/ERROR/, 'columns of domains and of a type with casts are guarded, watched and screened') or diag($odd);
is($node->safe_psql('postgres', q{SELECT string_agg(id || status, ' ' ORDER BY id) FROM den.odd}),
	'1new 2released 3held 4held', '... as any');
@spied = spied();
(%hooks, %users) = ();
while (my ($hook, $user, $session) = splice(@spied, 0, 3))
{
	$hooks{$hook}++;
	$users{"$user in a session of $session"}++;
}
ok($hooks{number} && $hooks{day} && $hooks{domain}, '... and checks of the domains ran');
is(join(', ', grep { my ($user, $session) = /^(\w+) in a session of (\w+)/;
		$user ne $session } sort keys %users), '', '... as whoever asked');
is($hooks{cast} // 0, 0, '... and no cast of the type');

# A superuser lets the clock run these: they touch no code of the table.
$offset = -s $node->logfile;
my $clock = as_role('boss', q{SELECT count(*) FROM entity_screen.health(true)},
	'SELECT count(*) FROM entity_screen.rescreen_full()', 'SELECT count(*) FROM entity_screen.rescreen_delta()',
	'SELECT count(*) FROM entity_screen.rescreen_due()', 'SELECT entity_screen.seal_audit()',
	'SELECT count(*) FROM entity_screen.verify_audit()', 'SELECT count(*) FROM entity_screen.summary()',
	'SELECT count(*) FROM entity_screen.review_exceptions()', 'SELECT count(*) FROM entity_screen.self_test()',
	'SELECT entity_screen.make_evidence_partitions()', 'SELECT entity_screen.drop_stale_guards()',
	'SELECT entity_screen.drop_stale_watches()', q{SELECT count(*) FROM entity_screen.refresh_names('us_bis_el')},
	q{SELECT count(*) FROM entity_screen.prune_evidence('2020-01-01', 'old')},
	'TABLE entity_screen.v_guard', 'TABLE entity_screen.v_alert',
	q{SELECT count(*) FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\n'
		'tranche,,,,O 3,2021-01-01\nentry,add,Musterhaus Works,Peru,,\n', 'us_bis_el')});
unlike($clock, qr/ERROR/, 'a superuser lets everything run that runs by the clock') or diag($clock);
is(join(' ', spied()), '', '... and none of the code of the table runs');

# A trigger with the number of somebody else's guard or watch: no evidence of
# rows that are not there, and no watched row.
$node->safe_psql('postgres', q{CREATE TABLE public.orders (id int PRIMARY KEY, buyer text);
	SELECT entity_screen.protect_table('public.orders', party => 'buyer');
	SELECT entity_screen.watch_table('public.orders', party => 'buyer')});
my ($guard, $watch) = map { $node->safe_psql('postgres', $_) }
	q{SELECT guard_id FROM entity_screen.guard WHERE target = 'public.orders'::regclass},
	q{SELECT watch_id FROM entity_screen.watch WHERE target = 'public.orders'::regclass};
my $events = q{SELECT (SELECT count(*) FROM entity_screen.screening_event WHERE target = 'public.orders')
	+ (SELECT count(*) FROM entity_screen.watched_name w JOIN entity_screen.watch USING (watch_id) WHERE target = 'public.orders'::regclass)};
my $forged = as_role('mallory', q{CREATE TABLE den.forged (id int PRIMARY KEY, buyer text)},
	"CREATE TRIGGER zzz_entity_screen_decide BEFORE INSERT ON den.forged FOR EACH ROW EXECUTE FUNCTION entity_screen.guard_decide('$guard')",
	"CREATE TRIGGER zzz_entity_screen_record AFTER INSERT ON den.forged FOR EACH ROW EXECUTE FUNCTION entity_screen.guard_record('$guard')",
	q{INSERT INTO den.forged VALUES (1, 'Hikvision')},
	'DROP TRIGGER zzz_entity_screen_decide ON den.forged; DROP TRIGGER zzz_entity_screen_record ON den.forged',
	"CREATE TRIGGER zzz_entity_screen_watch AFTER INSERT ON den.forged FOR EACH ROW EXECUTE FUNCTION entity_screen.watch_row('$watch')",
	q{INSERT INTO den.forged VALUES (2, 'Hikvision')},
	"CREATE TRIGGER t AFTER TRUNCATE ON den.forged FOR EACH STATEMENT EXECUTE FUNCTION entity_screen.watch_row('$watch')",
	'TRUNCATE den.forged');
like($forged, qr/guard \d+ does not belong.*(watch \d+ does not belong.*){2}/s,
	'a trigger of one\'s own with the number of another\'s guard or watch is refused');
is($node->safe_psql('postgres', $events), '0',
	'... and forges nothing');

# Ways up that are no ways
foreach my $attempt (
	[ 'a trigger function of the guard on a table of one\'s own', q{CREATE TABLE den.own (id int);
		CREATE TRIGGER t BEFORE INSERT ON den.own FOR EACH ROW EXECUTE FUNCTION entity_screen.guard_decide();
		INSERT INTO den.own VALUES (1)}, qr/serves the triggers of a guard only/ ],
	[ 'the trigger function of watches', q{CREATE TABLE den.own2 (id int);
		CREATE TRIGGER t AFTER INSERT ON den.own2 FOR EACH ROW EXECUTE FUNCTION entity_screen.watch_row();
		INSERT INTO den.own2 VALUES (1)}, qr/serves the triggers of a watch only/ ],
	[ 'a guard on a catalog', q{SELECT entity_screen.protect_table('pg_catalog.pg_authid', party => 'rolname')}, qr/ERROR/ ],
	[ 'a guard on a table of the extension', q{SELECT entity_screen.protect_table('entity_screen.screening_event', party => 'party')}, qr/ERROR/ ],
	[ 'a watch on a table that is not one\'s own', q{SELECT entity_screen.watch_table('pg_catalog.pg_authid', key => 'oid', party => 'rolname')}, qr/ERROR/ ],
	[ 'rows of others through a screening', q{SELECT * FROM entity_screen.screen_table('pg_catalog.pg_authid', key => 'oid', party => 'rolpassword')}, qr/permission denied/ ],
	[ 'rows of others through a query', q{SELECT * FROM entity_screen.screen_rows('pg_catalog.pg_authid', 'SELECT rolpassword FROM pg_catalog.pg_authid', NULL, NULL, NULL)}, qr/permission denied/ ],
	[ 'rights for oneself', q{SELECT entity_screen.grant_role('approver', 'mallory')}, qr/permission denied/ ],
	[ 'a private list', q{SELECT entity_screen.grant_list('us_bis_el', 'mallory')}, qr/permission denied/ ],
	[ 'a change of an evidence row', q{UPDATE entity_screen.screening_event SET decision = 'clear'}, qr/permission denied/ ],
	[ 'a row into the evidence', q{SELECT entity_screen.record_party(1, 'a', 'b', 'c', 'd', NULL, NULL, NULL, true, 'x', '[]')}, qr/permission denied/ ],
	[ 'a view of the extension replaced', q{CREATE OR REPLACE VIEW entity_screen.v_guard AS SELECT 1}, qr/permission denied|must be owner/ ],
	[ 'a function added beside ours', q{CREATE FUNCTION entity_screen.hit(text) RETURNS int LANGUAGE sql RETURN 1}, qr/permission denied/ ])
{
	my ($what, $sql, $error) = @$attempt;

	like(as_role('mallory', $sql), $error, "refused: $what");
}
$node->stop;
done_testing();
