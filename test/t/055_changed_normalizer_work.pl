# An upgrade that reads names differently, and the work that was done before
# it: watched rows find what they hit now, exceptions go on, one disposition
# settles alerts of before and after, and replay says why an answer differs.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $library = "$FindBin::Bin/../property/changed/entity_screen.so";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

sub ask { return $node->safe_psql('postgres', join ';', @_); }

# The new library reads w as v: "Kavak" is "Kawak" then.
ask(q{CREATE EXTENSION entity_screen; CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN;
	SELECT entity_screen.grant_role('approver', 'ann'), entity_screen.grant_role('approver', 'bob');
	SELECT entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\n'
		'tranche,,,,T 1,2020-01-01\nentry,add,Kawak Wowei,Peru,,\nentry,add,Tauri Marine,Chile,,\n', 'us_bis_el');
	CREATE TABLE client (id int PRIMARY KEY, name text, country text);
	INSERT INTO client VALUES (1, 'Kawak Wowei', 'PE'), (2, 'Kavak Vovei', 'PE'), (3, 'Tauri Marine', 'CL'), (4, 'Muster GmbH', 'DE');
	SELECT entity_screen.watch_table('client', party => 'name', country => 'country')},
	"CALL entity_screen.refresh_watch('client')");
is(ask(q{SELECT string_agg(party_ref, ' ' ORDER BY party_ref) FROM entity_screen.rescreen_full('client')}),
	'1 3', 'before: only the spelling of the list');
ask(q{CREATE TABLE orders (id int PRIMARY KEY, buyer text, country text, status text DEFAULT 'new');
	SELECT entity_screen.protect_table('orders', party => 'buyer', country => 'country', action => 'hold', status_column => 'status');
	INSERT INTO orders VALUES (1, 'Kawak Wowei', 'PE'), (2, 'Kavak Vovei', 'PE'), (3, 'Wowei Kawak Trading', 'MX'), (4, 'Tauri Marine', 'CL'), (5, 'Kawak Wowei Ltd', 'CL')});
my ($exempt) = ask(q{SELECT alert_id FROM entity_screen.alert WHERE target = 'public.orders' AND party_ref = '3'});
my $exception = ask("SET SESSION AUTHORIZATION ann",
	"SELECT entity_screen.propose_exception($exempt, 'another company', (now() AT TIME ZONE 'UTC')::date + 30, 'name')");
ask("SET SESSION AUTHORIZATION bob", "SELECT entity_screen.approve_exception($exception)");
ask('SELECT entity_screen.seal_audit()');
is(ask(q{SELECT string_agg(DISTINCT r.finding, ' ') FROM entity_screen.screening_event e, entity_screen.replay(e.event_id) r}),
	'same', 'before: every event replays as it was');

# ------------------------------------------------------------ the upgrade
my $old = ask('SELECT entity_screen.normalizer_version()');
ask("UPDATE pg_proc SET probin = '$library' WHERE probin = '\$libdir/entity_screen'");
is(ask('SELECT entity_screen.normalizer_version()'), $old + 1, 'the new library is in use');
my (undef, undef, $error) = $node->psql('postgres', 'SELECT * FROM entity_screen.rescreen_delta()',
	extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($error, qr/SC001.*refresh_names/s, 'rescreening refuses, and names the command');
ask(q{INSERT INTO orders VALUES (10, 'Muster GmbH', 'DE')});
is(ask('SELECT status FROM orders WHERE id = 10'), 'held', 'a guard that holds does not let a row pass meanwhile');
ask("SELECT entity_screen.refresh_names('us_bis_el')");

# ------------------------------------------------------------- watches
is(ask(q{SELECT string_agg(DISTINCT party_ref || ' ' || change, ', ') FROM entity_screen.rescreen_delta() WHERE target = 'public.client'}),
	'2 new', 'the delta looks at every watched row and finds what is a hit now');
is(ask(q{SELECT count(*) FROM entity_screen.rescreen_full('client')}), '0', 'as a full screening does');
is(ask(q{SELECT command FROM entity_screen.health() WHERE check_code = 'watch' AND detail ~ 'normalizer'}),
	"CALL entity_screen.refresh_watch('public.client')",
	'health() knows that the watched names are of the old kind, and what to do');
ask("CALL entity_screen.refresh_watch('public.client')");
is(ask(q{SELECT count(*) FROM entity_screen.watched_name
	WHERE entity_screen.stored_normalizer_version(name) <> entity_screen.normalizer_version()}),
	'0', 'which makes them new');
is(ask(q{SELECT count(*) FROM entity_screen.rescreen_full('client')}), '0', 'and changes no answer');

# ---------------------------------------------------------- exceptions
ask(q{INSERT INTO orders VALUES (11, 'Wowei Kawak Trading', 'MX'), (12, 'Vovei Kavak Trading', 'MX'), (13, 'Kavak Vovei', 'CL')});
is(ask(q{SELECT string_agg(id || ' ' || status, ', ' ORDER BY id) FROM orders WHERE id > 10}),
	'11 new, 12 new, 13 held', 'the exception goes on, also for a spelling that is the same now');
is(ask("SELECT exception_status FROM entity_screen.exception WHERE exception_id = $exception"), 'approved', 'and stands');

# -------------------------------------- alerts of before and after are alike
my $late = ask(q{SELECT alert_id FROM entity_screen.alert WHERE target = 'public.orders' AND party_ref = '13'});
my $disposition = ask('SET SESSION AUTHORIZATION ann',
	"SELECT entity_screen.propose_disposition($late, 'true_match', 'same address')");
ask('SET SESSION AUTHORIZATION bob', "SELECT entity_screen.approve_disposition($disposition)");
is(ask(q{SELECT string_agg(target || ' ' || party_ref, ', ' ORDER BY target, party_ref::int) FROM entity_screen.alert
	WHERE alert_status = 'closed' AND disposition = 'true_match'}),
	'public.client 1, public.client 2, public.orders 1, public.orders 13',
	'one disposition settles the alerts of both spellings, of before and after');

# -------------------------------------------------------------- replay
my @replay = split /\n/, ask(q{SELECT e.party_ref || ': ' || r.finding || ', ' || coalesce(r.cause, '-')
	FROM entity_screen.screening_event e, entity_screen.replay(e.event_id) r
	WHERE e.target = 'public.orders' AND e.party_ref::int < 10 ORDER BY e.event_id, r.entry_id});
my $cause = 'normalizer ' . $old . ' then, ' . ($old + 1) . ' now';
is_deeply([ grep { !/same, -$|: (?:only_replayed|score_differs), \Q$cause\E$/ } @replay ], [],
	'replay is the same or says that the normalizer is another') or diag join "\n", @replay;
ok((grep { $_ eq "2: only_replayed, $cause" } @replay), 'an order that was clear then is a hit of the new library');
is(ask('SELECT count(*) FROM entity_screen.verify_audit()'), '0', 'the chain is as it was');

$node->stop;
done_testing();
