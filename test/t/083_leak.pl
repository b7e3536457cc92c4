# A private list and who may not see it: nothing of its names comes out through
# functions of any kind, leaky functions in a query, error messages, EXPLAIN,
# statistics, notifications, sequences or the server's own views.  What does
# come out, numbers of hidden rows in EXPLAIN ANALYZE and sizes of tables, as
# with any table under row-level security, is written down in SECURITY.md.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', 'jit = off');
$node->start;
$node->safe_psql('postgres', q{CREATE EXTENSION entity_screen;
	INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect, visibility)
	VALUES ('zz_hidden', 'Zzyzx title', 'Zzyzx house', 'internal_block', 'private');
	CREATE ROLE outsider LOGIN;
	CREATE ROLE insider LOGIN;
	SELECT entity_screen.grant_role(k, r) FROM unnest(ARRAY['outsider', 'insider']::regrole[]) r,
		unnest(ARRAY['user', 'analyst', 'loader', 'approver', 'auditor', 'admin']) k;
	SELECT entity_screen.grant_list('zz_hidden', 'insider')});
load_rule($node, 'postgres', '2019-10-09_84FR54002.csv');
# Numbers of what is hidden are those of nothing else.
$node->safe_psql('postgres', q{
	ALTER TABLE entity_screen.tranche ALTER tranche_id RESTART WITH 71000;
	ALTER TABLE entity_screen.entry ALTER entry_id RESTART WITH 72000;
	ALTER TABLE entity_screen.alert ALTER alert_id RESTART WITH 73000;
	ALTER TABLE entity_screen.exception ALTER exception_id RESTART WITH 74000});
$node->safe_psql('postgres', q{
	SELECT entity_screen.load_tranche(
		E'record,operation,name,destination_country,list_code,effective_on,document_number,title,license_requirement,address,note\n'
		'tranche,,,,zz_hidden,2020-01-01,Zzyzx-7,Zzyzx rule,,,\n'
		|| (SELECT string_agg(format(E'entry,add,Zzyzx Shadow %s,Peru,,,,,Zzyzx only,,\nname,,Zzyzx Umbra %s,,,,,,,,\naddress,,,,,,,,,Zzyzx street %s,\n', i, i, i), '')
		FROM generate_series(1, 40) i), 'zz_hidden');
	SELECT entity_screen.set_threshold(0.72, '{zz_hidden}', 'Zzyzx reason');
	CREATE TABLE deal (id int PRIMARY KEY, buyer text, status text DEFAULT 'new');
	GRANT ALL ON deal TO outsider, insider;
	SELECT entity_screen.protect_table('deal', party => 'buyer', action => 'hold', status_column => 'status');
	SELECT entity_screen.watch_table('deal', party => 'buyer')});
$node->safe_psql('postgres', q{CALL entity_screen.refresh_watch('deal')});
# Buyers that hit the hidden list, spelled so that what is seen of the list can
# be told from what is seen of the order
$node->safe_psql('postgres', q{INSERT INTO deal VALUES (1, 'Zzyz Shadw 1'), (2, 'Dahua Technology'), (3, 'Muster')});
$node->safe_psql('postgres', $_) foreach
	'SELECT count(*) FROM entity_screen.rescreen_full()',
	'SELECT entity_screen.propose_exception(min(alert_id), \'other\', (now() + interval \'9 days\')::date) FROM entity_screen.alert WHERE list_code = \'zz_hidden\'',
	'SELECT entity_screen.seal_audit()', 'ANALYZE';
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM entity_screen.alert WHERE list_code = 'zz_hidden'}),
	'>', 0, 'the hidden list has hits');

sub as_role
{
	my ($role, $sql) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $sql,
		connstr => $node->connstr('postgres') . " user=$role", on_error_stop => 0);

	return "$out\n$err";
}

# What only the list says
my $trace = qr/zzyzx/i;

# -------------------------------------------------- every function there is
# Called by both roles with the numbers and the code of what is hidden; names
# are not passed, since an error may repeat what it was given.
my %ids = map { my ($type, $values) = split /=/; $type => [ split /,/, $values ] } split /\n/,
	$node->safe_psql('postgres', q{
	SELECT 'bigint=' || string_agg(DISTINCT id::text, ',') FROM (
		SELECT tranche_id AS id FROM entity_screen.tranche WHERE list_code = 'zz_hidden'
		UNION ALL SELECT min(entry_id) FROM entity_screen.entry WHERE list_code = 'zz_hidden'
		UNION ALL SELECT max(event_id) FROM entity_screen.screening_event WHERE party LIKE 'Zzyz%'
		UNION ALL SELECT alert_id FROM entity_screen.alert WHERE list_code = 'zz_hidden'
		UNION ALL SELECT exception_id FROM entity_screen.exception
		UNION ALL SELECT max(config_id) FROM entity_screen.screening_config
		UNION ALL SELECT max(run_id) FROM entity_screen.screening_run) x WHERE id IS NOT NULL
	UNION ALL SELECT 'regclass=deal' UNION ALL SELECT 'text=zz_hidden,1,buyer,deal'
	UNION ALL SELECT 'text[]={zz_hidden}' UNION ALL SELECT 'bigint[]={' || (SELECT min(entry_id) FROM entity_screen.entry WHERE list_code = 'zz_hidden') || '}'
	UNION ALL SELECT 'date=2021-01-01' UNION ALL SELECT 'double precision=0.5' UNION ALL SELECT 'boolean=true'
	UNION ALL SELECT 'integer=5' UNION ALL SELECT 'timestamp with time zone=now' UNION ALL SELECT 'name=outsider'
	UNION ALL SELECT 'jsonb=[]' UNION ALL SELECT 'bytea=x' UNION ALL SELECT 'numeric=51'});
my @functions = map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres', q{
	SELECT concat_ws('|', p.proname, p.pronargdefaults, (SELECT string_agg(format_type(t, NULL), '|' ORDER BY i)
		FROM unnest(p.proargtypes) WITH ORDINALITY a (t, i)))
	FROM pg_proc p WHERE p.pronamespace = 'entity_screen'::regnamespace AND p.prokind = 'f'
		AND p.prorettype <> 'trigger'::regtype AND has_function_privilege('outsider', p.oid, 'EXECUTE') ORDER BY 1});

sub calls_of
{
	my ($name, $defaults, @types) = @{ $_[0] };
	my %calls;

	foreach my $round (0 .. 23)
	{
		my $n = 0;
		my @values = map {
			my $values = $ids{$_};
			$n++;
			$values ? "'" . $values->[ ($round + ($n > 1 ? $n * int($round / 5) : 0)) % @$values ] . "'::$_"
				: "NULL::$_"
		} @types;

		# the last ones, which have defaults, left out every second time
		splice @values, @types - $defaults if $round % 2;
		$calls{"SELECT * FROM entity_screen.$name(" . join(', ', @values) . ')'} = 1;
	}
	return sort keys %calls;
}

my @calls = map { calls_of($_) } @functions;
my $script = join '', map { "\\warn ## $_\n\\echo ## $_\nBEGIN;\n$_;\nROLLBACK;\n" } @calls;

sub traces_of
{
	my ($role) = @_;
	my $said = as_role($role, "SET statement_timeout = '60s';\n$script");

	return grep { /\A.*\n(?s:.*)$trace/ } split /^## /m, $said;
}
cmp_ok(scalar(@calls), '>', 400, scalar(@calls) . ' calls of ' . scalar(@functions) . ' functions');
my @seen = traces_of('outsider');
is(scalar(@seen), 0, 'none tells an outsider a name, a title or a text of the hidden list')
	or diag(map { substr($_, 0, 600) . "\n" } @seen[ 0 .. ($#seen > 8 ? 8 : $#seen) ]);
cmp_ok(scalar(traces_of('insider')), '>', 6, '... and many tell an insider');

# ----------------------------------------------- leaky functions in a query
my @tables = split /\n/, $node->safe_psql('postgres', q{
	SELECT format('%I.%I', relnamespace::regnamespace, relname) FROM pg_class
	WHERE relnamespace = 'entity_screen'::regnamespace AND relkind IN ('r', 'p', 'v')
		AND has_table_privilege('outsider', oid, 'SELECT') ORDER BY 1});
cmp_ok(scalar(@tables), '>', 40, scalar(@tables) . ' tables and views may be read');
my $leak = q{SET client_min_messages = notice;
	CREATE FUNCTION pg_temp.leak(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
	BEGIN RAISE NOTICE 'leaked %', value; RETURN true; END $$;
	CREATE OPERATOR pg_temp.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.texteq, RESTRICT = eqsel);
};
my $told = as_role('outsider', $leak . join '', map {
	"SELECT count(*) FROM $_ t WHERE pg_temp.leak(t::text);\n"
	. "SELECT t::text::int FROM $_ t;\nSELECT count(*) FROM $_ t WHERE (t::text)::xml IS NULL;\n"
	. "SELECT 1 / length(t::text) - 1 FROM $_ t ORDER BY t::text;\n" } @tables);
unlike($told, $trace, 'a cheap function that tells its argument, and casts that fail, tell nothing');
like($told, qr/leaked .*Dahua/, '... and tell what may be seen');
$told = as_role('outsider', $leak . q{
	SELECT * FROM entity_screen.entry_name WHERE pg_temp.leak(name::text) AND name % 'Zzyz Shadw';
	SELECT * FROM entity_screen.entry_name WHERE name % 'Zzyz Shadw' AND entity_explain(name, 'x')::text::int = 1;
	SELECT * FROM entity_screen.entry_name WHERE name > 'A' AND entity_match(name, 'Zzyz Shadw', 0.3);
	SELECT * FROM entity_screen.entry_name a JOIN (VALUES ('Zzyz Shadw 1'::entity_name)) v (n) ON a.name % v.n WHERE pg_temp.leak(a.name::text);
	SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_nestloop = off;
	SELECT * FROM entity_screen.entry_name a JOIN (VALUES ('Zzyz Shadw 1'::entity_name)) v (n) ON a.name % v.n WHERE pg_temp.leak(a.name::text);
	SELECT name <-> 'Zzyz Shadw' FROM entity_screen.entry_name ORDER BY name <-> 'Zzyz Shadw' LIMIT 1;
	SELECT max(name), min(name), count(DISTINCT name) FROM entity_screen.entry_name;
	SELECT * FROM entity_screen.watched_name w, entity_screen.entry_name n WHERE w.name % n.name AND pg_temp.leak(n.name::text)});
unlike($told, $trace, 'nor beside the leak-proof operators, by index, join and order');

# ------------------------------------------------ plans and their statistics
my $plans = as_role('outsider', join ';', map { "EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS) $_" }
	q{SELECT * FROM entity_screen.entry_name WHERE name % 'Zzyz Shadw 1'},
	q{SELECT * FROM entity_screen.v_entry_current}, q{SELECT * FROM entity_screen.alert},
	q{SELECT * FROM entity_screen.screen_party('Zzyz Shadw 1')},
	q{SELECT * FROM entity_screen.entry_name n JOIN entity_screen.entry e USING (entry_id) ORDER BY name},
	q{SELECT * FROM entity_screen.entry_name a JOIN entity_screen.watched_name b ON a.name % b.name});
unlike($plans, $trace, 'EXPLAIN ANALYZE shows no name');
like($plans, qr/Rows Removed by Filter/, '... but how many rows were hidden');
my $views = as_role('outsider', join ';', map { "SELECT * FROM $_" }
	qw(pg_stats pg_stats_ext pg_stats_ext_exprs pg_stat_activity pg_prepared_statements pg_cursors pg_locks
	pg_stat_user_tables pg_statio_user_tables pg_settings pg_indexes pg_policies));
unlike($views, $trace, 'the server\'s own views show no name');
unlike(as_role('outsider', 'SELECT * FROM pg_stats WHERE schemaname = \'entity_screen\' AND tablename IN (\'entry_name\', \'entry_version\', \'alert\', \'tranche\')'),
	qr/entity_screen/, '... nor any statistic of a table with hidden rows');
like($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stats WHERE schemaname = 'entity_screen' AND tablename = 'entry_name'}),
	qr/^[1-9]/, '... of which there are');
like(as_role('outsider', 'SELECT * FROM pg_statistic'), qr/permission denied/, '... and the catalog behind them is closed');

# ------------------------------------------- notifications, sequences, COPY
my $heard = as_role('outsider', q{LISTEN entity_screen_alert; LISTEN entity_screen;
	INSERT INTO deal VALUES (10, 'Zzyz Shadw 2'); SELECT 1});
unlike($heard, $trace, 'notifications tell no name');
my ($notify) = $node->safe_psql('postgres', q{SELECT prosrc FROM pg_proc WHERE proname = 'notify_alert'}) =~ /pg_notify\(\s*'(\w+)'/;
note 'channel ', $notify // 'none';
is($node->safe_psql('postgres', q{SELECT string_agg(c.relname, ' ') FROM pg_class c
	WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind = 'S'
		AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('outsider', c.oid, 'SELECT, USAGE, UPDATE') END}), '',
	'no sequence tells how many there are');
my $copied = as_role('outsider', join ';', map { "COPY (SELECT * FROM $_) TO stdout" } @tables);
unlike($copied, $trace, 'COPY follows the policies');
unlike(as_role('outsider', 'SET row_security = off; ' . join ';', map { "SELECT * FROM $_" } @tables), $trace,
	'... also without row security: refused');

# --------------------------------------------------------- what is answered
# A hidden list is answered as one that does not exist.
my @pairs = map { [ $_, s/zz_hidden/zz_nobody/gr ] } (
	q{SELECT * FROM entity_screen.screen_party('Zzyz Shadw 1', lists => '{zz_hidden}')},
	q{SELECT * FROM entity_screen.is_listed('Zzyz Shadw 1')},
	q{SELECT * FROM entity_screen.screen_table('deal', party => 'buyer', lists => '{zz_hidden}')},
	q{SELECT * FROM entity_screen.lookback('deal', party => 'buyer', lists => '{zz_hidden}')},
	q{SELECT * FROM entity_screen.list_is_usable('zz_hidden')},
	q{SELECT * FROM entity_screen.screening_list WHERE list_code = 'zz_hidden'},
	q{SELECT * FROM entity_screen.current_threshold('zz_hidden')},
	q{SELECT entity_screen.set_threshold(0.7, '{zz_hidden}', 'why')},
	q{SELECT entity_screen.refresh_names('zz_hidden')},
	q{SELECT * FROM entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,O 2,2021-01-01\nentry,add,A Works,Peru,,\n', 'zz_hidden')});
foreach my $pair (@pairs)
{
	my ($hidden, $nobody) = map { my $said = as_role('outsider', "BEGIN; $_; ROLLBACK"); $said =~ s/zz_\w+/LIST/gr } @$pair;
	my ($what) = $pair->[0] =~ /entity_screen\.(\w+)/;

	is($hidden, $nobody, "$what: a hidden list is answered as one that does not exist");
}

# ... by every function, whatever else it is given
# (but those that compute with their arguments alone, and two that answer with
# the number of the row they stored)
my %computes = map { $_ => 1 } qw(place_legal_hold set_policy digest_text), split /\n/, $node->safe_psql('postgres', q{
	SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'entity_screen'::regnamespace AND provolatile = 'i'});
# What an outsider is told of calls in which one value stands for another:
# where "from" and "to" are told apart.
sub told_apart
{
	my ($from, $to, @tried) = @_;
	my %answers;

	foreach my $value ($from, $to)
	{
		my $said = as_role('outsider', join '', "SET statement_timeout = '60s';\nSET datestyle = ISO;\n",
			map { my $call = s/\b$from\b/$value/gr; "\\warn ## $_\n\\echo ## $_\nBEGIN;\n$call;\nROLLBACK;\n" } @tried);

		# Moments differ from call to call.
		foreach my $part (split /^## /m, $said)
		{
			my ($call, $answer) = $part =~ /\A([^\n]*)\n(.*)\z/s or next;

			$answer =~ s/\b$value\b/VALUE/g;
			$answer =~ s/\d{4}-\d\d-\d\d \d\d:\d\d:[\d.]+\+\d\d/MOMENT/g;
			push @{ $answers{$value}{$call} }, $answer;
		}
	}
	return map { substr("$_: @{ $answers{$from}{$_} } / @{ $answers{$to}{$_} // [''] }", 0, 500) . "\n" }
		grep { "@{ $answers{$from}{$_} }" ne "@{ $answers{$to}{$_} // [] }" } sort keys %{ $answers{$from} };
}

my @codes = grep { /entity_screen\.(\w+).*zz_hidden/ && !$computes{$1} } @calls;
my @apart = told_apart('zz_hidden', 'zz_nobody', @codes);
cmp_ok(scalar(@codes), '>', 100, scalar(@codes) . ' calls with the code of a hidden list');
is(scalar(@apart), 0, '... are answered as with one that does not exist') or diag(@apart[ 0 .. ($#apart > 12 ? 12 : $#apart) ]);

# ... and so is the number of a hidden tranche, entry, alert or exception
my $ids = $ids{bigint};
foreach my $number (split /\|/, $node->safe_psql('postgres', q{SELECT max(tranche_id), (SELECT max(entry_id) FROM entity_screen.entry WHERE list_code = 'zz_hidden'),
	(SELECT max(alert_id) FROM entity_screen.alert WHERE list_code = 'zz_hidden'), (SELECT max(exception_id) FROM entity_screen.exception)
	FROM entity_screen.tranche WHERE list_code = 'zz_hidden'}))
{
	$ids{bigint} = [ $number ];
	$ids{'bigint[]'} = [ "{$number}" ];
	my @numbers = grep { /entity_screen\.(\w+).*'\{?$number\}?'::bigint/ && !$computes{$1} }
		map { calls_of($_) } grep { join(' ', @$_) =~ /bigint/ } @functions;
	@apart = told_apart($number, '987654321', @numbers);
	cmp_ok(scalar(@numbers), '>', 50, scalar(@numbers) . " calls with the number $number of something hidden");
	is(scalar(@apart), 0, '... are answered as with one that does not exist')
		or diag(@apart[ 0 .. ($#apart > 12 ? 12 : $#apart) ]);
}
$ids{bigint} = $ids;

# What a rejected or held order tells
$node->safe_psql('postgres', q{SELECT entity_screen.alter_protection('deal', action => 'reject')});
my $rejected = as_role('outsider', q{\set VERBOSITY verbose
	INSERT INTO deal VALUES (20, 'Zzyz Shadw 3')});
like($rejected, qr/SC002/, 'an order that hits the hidden list is rejected');
unlike($rejected, qr/$trace|zz_hidden/, '... and not told why');
unlike(as_role('outsider', q{SELECT * FROM entity_screen.screening_event; SELECT * FROM entity_screen.alert}),
	$trace, '... nor by the evidence');
$node->stop;
done_testing();
