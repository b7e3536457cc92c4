# Every function and operator of the extension with hostile arguments, in
# random plans, roles and settings: an answer, or an error with a SQLSTATE that
# is documented or PostgreSQL's own for bad arguments; no internal error, no
# crash, nothing executed of what was in an argument, nothing called that
# stands first in the path of the session.
#
# ENTITY_SCREEN_FUZZ_SECONDS says how long; without it 20 seconds, and no more
# statements than a slow machine does in them, so that the run is the same on
# every machine.  ENTITY_SCREEN_SEED or SEED repeat a run.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use Furnished;
use Installation;
use Planted;

my $seconds = $ENV{ENTITY_SCREEN_FUZZ_SECONDS} || 20;
my $limit = $ENV{ENTITY_SCREEN_FUZZ_SECONDS} ? 1e12 : 12_000;
my $seed = $ENV{ENTITY_SCREEN_SEED} || $ENV{SEED} || 20200605;
$seed = int $seed;
srand $seed;
diag "seed $seed";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', 'restart_after_crash = on
jit = off');
$node->start;
furnish($node, 'postgres');
$node->safe_psql('postgres', q{
	CREATE ROLE everything;
	SELECT entity_screen.grant_role(k, 'everything')
	FROM unnest(ARRAY['user', 'analyst', 'loader', 'approver', 'auditor', 'admin']) k;
	GRANT USAGE ON SCHEMA shop TO everything;
	GRANT ALL ON ALL TABLES IN SCHEMA shop TO everything;
	CREATE TABLE canary (id int);
	INSERT INTO canary VALUES (1);
	CREATE TABLE "o'r%s""\\" ("i d" int PRIMARY KEY, "b'uyer%I" text, "on\\" date, "st""atus" text DEFAULT 'new');
	INSERT INTO "o'r%s""\\" SELECT g, 'Hikvision', '2021-01-01' FROM generate_series(1, 5) g;
	CREATE TABLE part (id int, name text) PARTITION BY RANGE (id);
	CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (100);
	CREATE VIEW shop.names AS SELECT name FROM shop.client;
	CREATE TABLE fuzz_name (id int, name entity_name);
	CREATE INDEX ON fuzz_name USING gin (name);
	CREATE INDEX ON fuzz_name (name);
	GRANT ALL ON fuzz_name, part, shop.names, canary TO everything;
	CREATE ROLE mallory;
	CREATE SCHEMA evil AUTHORIZATION mallory;
	GRANT USAGE ON SCHEMA evil TO everything});
chomp(my $share = `pg_config --sharedir`);
plant_overloads($node, 'postgres', 'evil',
	slurp_file("$share/extension/entity_screen--" . current_version() . '.sql'),
	'mallory', 1);
diag 'first in the path: ', count_planted($node, 'postgres', 'mallory');

# ------------------------------------------------------------- arguments
my @texts = (
	'', ' ', "'", "''", '"', '\\', "\\'", '%', '%s', '%I', '%L', '%1$s%2$s', '$1', '$$', '$x$',
	q{'; DROP TABLE canary; --}, q{"; DROP TABLE canary; --}, q{') ; DROP TABLE public.canary; SELECT ('},
	q{canary"; DELETE FROM canary; --}, q{$$; DROP TABLE canary; $$}, q{\'; DROP TABLE canary; --},
	q{E'\\047; DROP TABLE canary}, q{U&'\\0027; DROP TABLE canary; --}, q{U&"\\0022" UESCAPE '!'},
	q{/* */ DROP TABLE canary}, "--\n; DROP TABLE canary", "\n\r\t\x{0b}", "\x01\x7f", '{', '{}', '{NULL}', '{"a":1}',
	'()', '(,)', 'NULL', 'null', 'NaN', '-1', '0', '1e400', 'infinity', '2020-01-01', '2020-02-30', '9999999999999999999',
	'us_bis_el', 'private_ours', 'no_such_list', 'hold', 'observe', 'reject', 'alert', 'held', 'released', 'skip', 'screen',
	'user', 'admin', 'add', 'remove', 'sdn', 'csv', 'auto', 'buyer', 'name', 'status', 'id', 'ordered_on', 'i d', q{b'uyer%I},
	'on\\', 'st"atus', 'ctid', 'xmin', 'tableoid', 'CN', 'China', 'Peru', 'ZZ', 'CloudWalk', 'Hikvision', 'Dahua Technology',
	'84 FR 54002', '85 FR 34503 (June 5, 2020)', 'true_match', 'false_positive', 'd', 'f', 'es', 'public.canary', 'shop."Orders"',
	"\x{4e2d}\x{56fd}\x{79d1}\x{6280}", "\x{202e}\x{200b}\x{feff}", "\x{1f4a9}", "e\x{301}" x 30, 'a' x 300, ('Ab %s\' ' x 2000),
	'(((((((((([[[[[[{{{{{{', '<' x 50, '<?xml version="1.0"?><a>&b;</a>', '[' x 3000,
	"record,operation,name\ntranche,,\nentry,add,'; DROP TABLE canary; --",
	"record,operation,name,destination_country,citation,effective_on\ntranche,,,,1 FR 1,2020-01-01\nentry,add,\"Q'uote %s\",Peru,,\n");

sub pick { return $_[ rand @_ ] }

# As a literal that no path and no setting reads otherwise
sub quote
{
	my ($text) = @_;

	$text =~ s/'/''/g;
	$text =~ s/\\/\\\\/g;
	return "E'$text'";
}

sub text_value { return quote(rand() < 0.1 ? pick(@texts) . pick(@texts) : pick(@texts)) }

my %pool = (
	boolean => [qw(true false)],
	integer => [qw(0 1 -1 2 7 2147483647 -2147483648)],
	smallint => [qw(0 1 -1 32767 -32768)],
	bigint => [qw(0 1 2 3 5 -1 9223372036854775807 -9223372036854775808)],
	xid8 => [qw(0 1 700 18446744073709551615)],
	'double precision' => [qw(0 0.3 0.5 0.85 1 -1 NaN Infinity -Infinity 1e308 1e-320)],
	real => [qw(0 0.5 NaN Infinity)],
	numeric => [qw(0 51 100 -1 NaN Infinity 1e100 0.0001)],
	date => [qw(2020-01-01 2020-06-10 infinity -infinity 5874897-12-31), '4713-01-01 BC', '0001-01-01 BC'],
	'timestamp with time zone' => [qw(now infinity -infinity 294276-12-31), '4713-01-01 BC', '2020-01-01'],
	interval => ['0', '1 day', '-1 day', '178000000 years', '-178000000 years', '10 years'],
	daterange => ['empty', '(,)', '[2020-01-01,)', '[2020-01-01,2020-01-01]', '(,infinity)'],
	tstzrange => ['empty', '(,)', '[2020-01-01,)'],
	regclass => ['0', '4294967295', 'public.canary', '"o\'r%s""\\\\"', 'shop."Orders"', 'shop.client', 'public.part',
		'shop.names', 'pg_catalog.pg_class', 'entity_screen.entry_name', 'entity_screen.screening_event',
		'public.fuzz_name_name_idx', 'pg_catalog.pg_stats', 'entity_screen.v_guard'],
	oid => [qw(0 1 4294967295)],
	regrole => ['0', '4294967295', 'mallory', 'everything'],
	name => ['', 'public', 'postgres', q{o'r%s"}],
	jsonb => ['{}', '[]', 'null', '"x"', '1e400', '{"a": null}', '{"list_code": "us_bis_el", "entry_id": "x", "score": "NaN"}',
		'[{"list_code": "us_bis_el", "entry_id": 1, "score": 0.9}]', '[[[[]]]]', '{"a\'%s": "%I"}', '[null]', '[1, "x", {}]'],
	bytea => ['', '\\\\x00', '\\\\xff', '\\\\xfffe7200', '\\\\x1f8b0800', '\\\\x504b0304'],
	pg_snapshot => ['1:1:', '10:20:10,14,15'],
	xml => ['<a/>', '<a>&amp;</a>'],
	'"char"' => [ 'a', '' ]);

my %rows = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', q{
	SELECT t.oid::regtype FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid
	WHERE t.typnamespace = 'entity_screen'::regnamespace AND c.relkind IN ('r', 'p')});

# Types by their full names: those of the same names in the temporary schema
# are not meant.
sub full
{
	my ($type) = @_;

	return $type =~ /^(text|name|date|bytea|jsonb|oid|reg\w+|xid8|\w+range|pg_snapshot|xml)(\[\])?$/
		? "pg_catalog.$type" : $type;
}

sub value
{
	my ($type) = @_;
	my $value = value_of($type);

	return $value =~ s/::(\Q$type\E)\z/'::' . full($1)/er;
}

sub value_of
{
	my ($type) = @_;

	return "NULL::$type" if rand() < 0.12;
	if ($type =~ /^(.*)\[\]$/)
	{
		my $element = $1;

		return "'{}'::$type" if rand() < 0.15;
		return 'ARRAY[' . join(', ', map { value($element) } 1 .. 1 + rand 3) . "]::$type";
	}
	return text_value() . "::$type"
		if $type eq 'text' || $type eq 'character varying' || ($type =~ /entity_name$/);
	if ($type =~ /entity_query$/)
	{
		return 'public.entity_query(' . text_value() . '::pg_catalog.text, ' . pick(0.3, 0.5, 0.85, 1) . ')';
	}
	return '(SELECT r FROM ' . $type . ' r LIMIT 1)' if $rows{$type} && rand() < 0.7;
	return 'pg_catalog.convert_to(' . text_value() . "::pg_catalog.text, 'UTF8')" if $type eq 'bytea' && rand() < 0.7;
	return "E'" . (pick(@{ $pool{$type} }) =~ s/'/''/gr) . "'::$type" if $pool{$type};
	return "NULL::$type";
}

my @functions = map { my ($name, $kind, $defaults, $table, @types) = split /\|/;
	{ name => $name, defaults => $defaults, table => $table, types => \@types } }
	split /\n/, $node->safe_psql('postgres', q{
	SELECT concat_ws('|', format('%I.%I', n.nspname, p.proname), p.prokind, p.pronargdefaults, p.proretset,
		(SELECT string_agg(format_type(t, NULL), '|' ORDER BY i) FROM unnest(p.proargtypes) WITH ORDINALITY a (t, i)))
	FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'entity_screen'
	WHERE p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype AND p.prorettype <> 'internal'::regtype
		AND NOT p.proargtypes::oid[] && ARRAY['internal', 'cstring']::regtype[]::oid[]
	ORDER BY 1});
cmp_ok(scalar(@functions), '>', 350, scalar(@functions) . ' functions are called');

my %internal = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', q{
	SELECT format('%I.%I', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE n.nspname = 'entity_screen' AND NOT has_function_privilege('everything', p.oid, 'EXECUTE')});

# ------------------------------------------------------------ statements
sub call_of
{
	my ($function) = @_;
	my @types = @{ $function->{types} };
	my $left_out = int rand(1 + ($function->{defaults} || 0));
	my @values = map { value($_) } @types[ 0 .. $#types - $left_out ];

	return ("$function->{name}(" . join(', ', @values) . ')', \@values,
		[ @types[ 0 .. $#types - $left_out ] ], $function->{name});
}

my @plans = (
	sub { return 'SELECT * FROM ' . $_[0] },
	sub { return 'SELECT ' . $_[0] },
	sub { return 'SELECT v.i, x FROM (VALUES (1), (2)) v (i), LATERAL ' . $_[0] . ' x' },
	sub { return 'SELECT 1 WHERE EXISTS (SELECT FROM ' . $_[0] . ')' },
	sub { return 'SELECT (' . $_[0] . ') FROM public.fuzz_name LIMIT 2' },
	sub { return 'SELECT count(*) FROM public.fuzz_name a LEFT JOIN LATERAL ' . $_[0] . ' x ON true' },
	sub { return 'WITH x AS MATERIALIZED (SELECT * FROM ' . $_[0] . ') SELECT count(*) FROM x' },
	sub {
		my ($call, $values, $types, $name) = @_;
		my $n = 0;

		return "PREPARE fuzz AS SELECT * FROM $name("
			. join(', ', map { '$' . ++$n . '::' . full($_) } @$types)
			. ');EXECUTE fuzz' . (@$values ? '(' . join(', ', @$values) . ')' : '')
			. ';DEALLOCATE fuzz';
	});

my $name = sub { return text_value() . '::public.entity_name' };
my $query = sub { return value('public.entity_query') };
my @operations = (
	sub { 'SELECT count(*) FROM public.fuzz_name WHERE name OPERATOR(public.' . pick('%', '=', '<>', '<', '>=') . ') ' . $name->() },
	sub { 'SELECT count(*) FROM public.fuzz_name WHERE name OPERATOR(public.@@) ' . $query->() },
	sub { 'SELECT count(*) FROM public.fuzz_name WHERE public.entity_match(name, ' . text_value() . ', ' . value('double precision') . ')' },
	sub { 'SELECT id FROM public.fuzz_name ORDER BY name OPERATOR(public.<->) ' . $name->() . ', id LIMIT 3' },
	sub { 'SELECT count(*) FROM public.fuzz_name a JOIN public.fuzz_name b ON a.name OPERATOR(public.' . pick('%', '=') . ') b.name' },
	sub { 'SELECT count(*) FROM public.fuzz_name a WHERE ' . pick('', 'NOT ') . 'EXISTS (SELECT FROM public.fuzz_name b WHERE b.name OPERATOR(public.%) a.name AND b.id OPERATOR(pg_catalog.>) a.id)' },
	sub { 'SELECT name, count(*) FROM public.fuzz_name GROUP BY name ORDER BY 1' },
	sub { 'INSERT INTO public.fuzz_name SELECT i, ' . text_value() . '::public.entity_name FROM pg_catalog.generate_series(1, 3) i' },
	sub { 'UPDATE public.fuzz_name SET name = ' . text_value() . ' WHERE name OPERATOR(public.%) ' . $name->() },
	sub { 'INSERT INTO shop."Orders" VALUES (' . int(rand 1e9) . ', ' . text_value() . ', ' . value('date') . ', ' . text_value() . ')' },
	sub { 'UPDATE shop."Orders" SET buyer = ' . text_value() . ', status = ' . text_value() },
	sub { 'INSERT INTO shop.client VALUES (' . int(rand 1e9) . ', ' . text_value() . ')' },
	sub { 'SELECT pg_catalog.count(*) FROM entity_screen.' . pick(qw(v_guard v_alert v_entry_current v_list_status v_screening_hit v_privilege v_worklist)) },
	sub { 'SET LOCAL entity_screen.threshold = ' . text_value() . '; SELECT ' . $name->() . ' OPERATOR(public.%) ' . $name->() });

my @settings = ('enable_seqscan = off', 'enable_bitmapscan = off', 'enable_indexscan = off', 'enable_hashjoin = off',
	'enable_nestloop = off', 'enable_mergejoin = off', 'entity_screen.enable_join = off',
	'plan_cache_mode = force_generic_plan', 'work_mem = 64', 'entity_screen.threshold = 0.3',
	'standard_conforming_strings = on', 'bytea_output = escape', "datestyle = 'SQL, DMY'", 'transform_null_equals = on',
	"timezone = 'Pacific/Kiritimati'", 'xmloption = document', 'min_parallel_table_scan_size = 0');
my $parallel = $node->safe_psql('postgres', q{SELECT name FROM pg_settings
	WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});

sub statement
{
	my $body = rand() < 0.82 ? pick(@plans)->(call_of(pick(@functions))) : pick(@operations)->();
	my @set = map { 'SET LOCAL ' . pick(@settings) } 1 .. rand 4;

	push @set, "SET LOCAL $parallel = on" if rand() < 0.25;
	push @set, 'SET LOCAL ROLE everything' if rand() < 0.4;
	push @set, 'SET LOCAL search_path = '
		. pick('evil, public, pg_catalog', 'public, pg_catalog, evil', 'pg_catalog, public, evil', 'evil, pg_catalog');
	return join ';', @set, $body;
}

# What an argument may be answered with.  A statement of ours that is wrong in
# itself (syntax, unknown function) or an error without a code of its own is
# neither documented nor the caller's.
sub is_documented
{
	my ($state, $said, $statement) = @_;

	# "there is no such row": ours, with what to do next
	return $said =~ /^HINT: /m if $state eq 'P0002';
	return 1 if $state =~ /^(SC\d\d\d|22\w{3}|23\w{3}|54\w{3}|55\w{3}|42501|42703|42704|42P01|42809|42710|42602|42622|42804|42P10|0A000|2F\w{3}|28\w{3}|2BP01|0L\w{3})$/;
	# Its second argument is a query, run with the rights of the caller.
	return 1 if $state =~ /^42/ && $statement =~ /entity_screen\.screen_rows\(/;
	# What no role may call is called by functions that know what they pass.
	my ($function) = $statement =~ /((?:entity_screen|public)\.\w+)\(/;
	return 1 if $function && $internal{$function}
		&& ($state =~ /^(20000|21000)$/ || $said =~ /^zero-length delimited identifier/);
	return 0;
}

# Types and tables of names that are ours or PostgreSQL's in the temporary schema,
# which is looked into first unless a path says otherwise.
my $temporary = join '', "SET client_min_messages = error;\n",
	"CREATE FUNCTION pg_temp.captured() RETURNS pg_catalog.bool LANGUAGE plpgsql AS "
	. "'BEGIN RAISE EXCEPTION ''captured by a type''; END';\n",
	(map { "CREATE DOMAIN pg_temp.$_ AS pg_catalog.$_ CHECK (pg_temp.captured());\n" }
		qw(text name date bytea jsonb oid regclass xid8 int8 int4 bool float8 timestamptz daterange)),
	(map { "CREATE VIEW pg_temp.$_ AS SELECT pg_temp.captured();\n" }
		qw(guard watch entry entry_name entry_version tranche screening_list alert screening_event
			screening_config pg_class pg_proc pg_roles pg_attribute)),
	"GRANT ALL ON ALL TABLES IN SCHEMA pg_temp TO everything;\n"
	. "SET client_min_messages = notice;\n";

# Run statements, each rolled back; returns [statement, state, message] of
# those whose error is not documented.
sub run_batch
{
	my (@statements) = @_;
	my $script = "\\set VERBOSITY verbose\nSET statement_timeout = '60s';\n$temporary";
	my $n = 0;

	foreach my $statement (@statements)
	{
		# several commands in one line of psql run one by one
		$script .= "\\warn #" . $n++ . "\nBEGIN;\n"
			. join('', map { "$_;\n" } split /;(?=SET LOCAL|SELECT|EXECUTE|DEALLOCATE|PREPARE|WITH|INSERT|UPDATE)/, $statement)
			. "ROLLBACK;\nDEALLOCATE ALL;\n";
	}
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres') ],
		'<', \$script, '>', \$out, '2>', \$err);
	my @problems;
	my %seen;
	foreach my $part (split /^#(?=\d+$)/m, $err)
	{
		next unless $part =~ /^(\d+)\n(.*)/s;
		my ($which, $said) = ($1, $2);

		$seen{done}++;
		while ($said =~ /(?:ERROR|FATAL|PANIC):  (\w{5}): (.*?)(?=^psql:|\z)/gms)
		{
			my ($state, $message) = ($1, $2);

			next if $state eq '25P02';    # what follows the error
			$seen{$state}++;
			push @problems, [ $statements[$which], $state, $message ]
				unless is_documented($state, $message, $statements[$which]);
		}
		push @problems, [ $statements[$which], 'lost', $said ]
			if $said =~ /server closed the connection|connection .*lost/;
		push @problems, [ $statements[$which], 'called', $said ] if $said =~ /captured/;
	}
	return (\@problems, \%seen);
}

sub inventory
{
	return $node->safe_psql('postgres', q{SET search_path = pg_catalog;
		SELECT (SELECT string_agg(relname, ',' ORDER BY oid) FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace
				AND relname !~ '^pg_' AND relname !~ '^screening_event_[0-9]'),
			(SELECT count(*) FROM pg_proc), (SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles),
			(SELECT count(*) FROM public.canary), (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_namespace
				WHERE nspname !~ '^pg_')});
}

# ---------------------------------------------------------------- the run
# What makes nonsense is wrong twice, and is seen: the check of the check.
my ($told) = run_batch('SELECT 1', 'SELECT public.entity_name(1, 2)', 'SELEC',
	"SET LOCAL search_path = evil, pg_catalog;SELECT lower('x'::pg_catalog.text)",
	"SELECT 'x'::text");
is(join(' ', map { $_->[1] } @$told), '42883 42601 P0001 called P0001 called',
	'errors are seen as they are');

my $before = inventory();
my $started = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');
my $end = time + $seconds;
my ($executed, %states, @problems) = (0);
# each function once with arguments of one kind, and then at random
my @queue = map { my $function = $_; join ';', 'SET LOCAL search_path = evil, public, pg_catalog',
	$plans[0]->(call_of($function)) } @functions;
while (@queue || time < $end && $executed < $limit)
{
	$end = time + $seconds if @queue;
	my @batch = @queue ? splice(@queue, 0, 200) : map { statement() } 1 .. 200;
	my ($found, $seen) = run_batch(@batch);

	$executed += delete $seen->{done} // 0;
	$states{$_} += $seen->{$_} foreach keys %$seen;
	push @problems, @$found;
	last if @problems > 60;
}
diag "$executed statements; ", join ' ', map { "$_:$states{$_}" } sort keys %states;
my %told;
foreach my $problem (@problems)
{
	my ($statement, $state, $message) = @$problem;
	my ($function) = $statement =~ /(entity_screen\.\w+|public\.entity\w*)\(/;

	next if $told{ ($function // '') . $state }++ > 1;
	diag "$state: ", substr($message, 0, 300), "\n    ", substr($statement, 0, 700);
}
is(scalar(@problems), 0, 'no error but documented ones');
cmp_ok($executed, '>=', scalar(@functions), "$executed statements were executed");
cmp_ok(scalar(keys %states), '>', 8, 'errors of many kinds were among the answers');
is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $started,
	'the server was never restarted');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP:/, '... and no backend crashed');
is(inventory(), $before, 'nothing was dropped or created');
is(findings($node, 'postgres'), '', 'the chain is whole');
$node->stop;
done_testing();
