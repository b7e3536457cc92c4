# Input made to use up time or memory: huge names and fields, masses of aliases,
# entities of XML that unfold, deep JSON, masses of words that meet each other.
# Each is answered or refused with a documented SQLSTATE, in bounded time and
# memory.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# Ten times what it takes on a slow machine that is busy. A sanitizer takes more
# of both, and what it keeps is not ours.
my $sanitized = exists $ENV{ASAN_OPTIONS};
my $patience = $ENV{ENTITY_SCREEN_PATIENCE} || ($sanitized ? 600 : 60);
note 'skipped: memory is not measured under a sanitizer' if $sanitized;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "jit = off
statement_timeout = ${patience}s");
$node->start;
$node->safe_psql('postgres', q{CREATE EXTENSION entity_screen;
	CREATE TABLE orders (id int PRIMARY KEY, buyer text, status text DEFAULT 'new');
	SELECT entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\n'
		'tranche,,,,O 1,2020-01-01\nentry,add,Zenith Works,Peru,,\n', 'us_bis_el');
	SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold', status_column => 'status');
	INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect)
	VALUES ('ours', 'Ours', 'We', 'internal_block');
	CREATE FUNCTION file(body text) RETURNS bytea LANGUAGE sql AS $$ SELECT convert_to(
		E'record,operation,name,destination_country,citation,effective_on,address,note\ntranche,,,,O 2,2021-01-01,,\n' || body, 'UTF8') $$;
	CREATE FUNCTION made_name(n int) RETURNS text LANGUAGE sql RETURN
		initcap(translate(substr(md5(n::text), 1, 9), '0123456789', 'aeiouaeiou'))
		|| ' ' || initcap(translate(substr(md5(n::text), 20, 7), '0123456789', 'ouieaoueia'))});

# Runs a statement in a session of its own, and says how much memory its
# process had used at the most.
sub run_statement
{
	my ($sql) = @_;
	my $start = time;
	my ($code, $out, $err) = $node->psql('postgres', qq{\\set VERBOSITY verbose
$sql;
\\set VERBOSITY terse
SELECT 'peak ' || (regexp_match(pg_read_file('/proc/' || pg_backend_pid() || '/status'), 'VmHWM:\\s*(\\d+)'))[1]},
		on_error_stop => 0);
	my ($peak) = $out =~ s/^peak (\d+)\n?//m ? $1 / 1024 : 0;
	my ($state) = $err =~ /(?:ERROR|FATAL):  (\w{5}):/;

	return ($out, $state // '', $err, time - $start, $peak);
}

# check WHAT SQL EXPECTED [MB]: an answer that matches, or a SQLSTATE
sub check
{
	my ($what, $sql, $expected, $memory) = @_;
	my ($out, $state, $err, $seconds, $peak) = run_statement($sql);

	$memory ||= 400;
	like($state || $out, $expected, "$what: answered or refused as documented")
		or diag(substr($err, 0, 500));
	cmp_ok($seconds, '<', $patience, sprintf '%s: %.1f s', $what, $seconds);
	cmp_ok($peak, '<', $memory, sprintf '%s: %d MB at the most', $what, $peak)
		unless $sanitized;
	return;
}

# ---------------------------------------------------------------- names
my $million = 1_000_000;
check('a name of 1 MB', "SELECT repeat('Ab ', $million / 3)::entity_name", qr/^54000$/);
check('... to screen', "SELECT * FROM entity_screen.screen_party(repeat('Ab ', $million / 3))", qr/^54000$|^$/);
check('... in an order', "INSERT INTO orders VALUES (1, repeat('Ab ', $million / 3)); SELECT status FROM orders WHERE id = 1", qr/^54000$|^held$/);
check('a name at the limit', "SELECT length(repeat('Ab ', 21845)::entity_name::text)", qr/^65535$/);
check('one word at the limit', "SELECT length(repeat('x', 65000)::entity_name::text)", qr/^65000$/);
check('two names at the limit compared', "SELECT repeat('Ab cd ', 10000)::entity_name % repeat('Ba dc ', 10000)::entity_name", qr/^[tf]$/);
check('words that all nearly meet', "SELECT count(*) FROM (SELECT string_agg('mnopqr' || chr(97 + i), ' ')::entity_name n FROM generate_series(0, 25) i) a,
	(SELECT string_agg('mnopq' || chr(97 + i) || 's', ' ')::entity_name n FROM generate_series(0, 25) i) b, generate_series(1, 3000) WHERE a.n % b.n", qr/^\d+$/);
check('combining marks', "SELECT length(('e' || repeat(U&'\\0301', 30000))::entity_name::text)", qr/^\d+$/);
check('ideographs at the limit', "SELECT length(repeat(U&'\\4e2d', 21845)::entity_name::text)", qr/^21845$/);
check('a ligature that unfolds', "SELECT length(repeat(U&'\\fdfa', 20000)::entity_name::text)", qr/^20000$/);
check('10,000 names at the limit, indexed', "CREATE TABLE big (n entity_name); CREATE INDEX ON big USING gin (n);
	INSERT INTO big SELECT repeat(made_name(i) || ' ', 40) || repeat('y', 20000) FROM generate_series(1, 300) i;
	SELECT count(*) FROM big WHERE n % made_name(1)::entity_name", qr/^\d+$/);

# ---------------------------------------------------------------- lists
# Each name is looked up before the load commits; whatever reads all names of the
# entry for each of them runs out of time.
my $aliases = $ENV{ENTITY_SCREEN_ALIASES} || 30_000;
check("an entry with $aliases aliases", "SELECT added, names FROM entity_screen.load_tranche(file(
	E'entry,add,Zenith Holding,Peru,,,,\\n' || (SELECT string_agg('name,,' || made_name(i) || ',,,,,' || E'\\n', '') FROM generate_series(1, $aliases) i)), 'ours')",
	qr/^1\|\d+$|^54000$|^22023$|^SC004$|^22P04$/, 2000);
check('... screened', "SELECT count(*) FROM entity_screen.screen_party(made_name(77))", qr/^\d+$/);
check('a field of 10 MB', "SELECT * FROM entity_screen.load_tranche(file('entry,add,A Ltd,Peru,,,,' || repeat('x', 10000000) || E'\\n'), 'ours')", qr/^(54000|22P04)$/);
check('a quote that never ends', "SELECT * FROM entity_screen.load_tranche(file('entry,add,\"' || repeat('x,', 5000000)), 'ours')", qr/^(54000|22P04)$/);
check('a line of a million commas', "SELECT * FROM entity_screen.load_tranche(file('entry,add,A Ltd,' || repeat(',', 1000000) || E'\\n'), 'ours')", qr/^(22P04|54000)$/);
check('a million empty lines', "SELECT * FROM entity_screen.load_tranche(file(repeat(E'\\n', 1000000)), 'ours')", qr/^(22P04|22023|54000|SC005|22P02)$/);

# ---------------------------------------------------- XML, JSON, snapshots
my $bomb = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "lol">'
	. join('', map { my $last = $_ - 1; "<!ENTITY a$_ \"" . "&a$last;" x 10 . '">' } 1 .. 10)
	. ']><sdnList><sdnEntry><lastName>&a10;</lastName></sdnEntry></sdnList>';
my $formats = $node->safe_psql('postgres', q{SELECT string_agg(format, ' ' ORDER BY format) FROM entity_screen.list_format});
note "formats: $formats";
my $has_xml = $node->safe_psql('postgres', q{
	CREATE FUNCTION has_xml() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM xmlparse(DOCUMENT '<a/>'); RETURN true;
	EXCEPTION WHEN feature_not_supported THEN RETURN false; END $$; SELECT has_xml()}) eq 't';
note 'skipped: this server was built without libxml' unless $has_xml;
check('XML where the server reads none', q{SELECT * FROM entity_screen.load_snapshot('<sdnList><sdnEntry><uid>7</uid></sdnEntry></sdnList>'::bytea,
	'2021-01-01', 'us_ofac_sdn')}, qr/^0A000$/) unless $has_xml;
foreach my $format ($has_xml ? grep { /xml/ } split / /, $formats : ())
{
	check("entities that unfold, as $format", "SELECT * FROM entity_screen.load_snapshot(convert_to('$bomb', 'UTF8'), '2021-01-01', 'ours', '$format')",
		qr/^(2200[MNST]|22P04|22023|54\d\d\d|22P02|SC\d\d\d)$/);
	check("an external entity, as $format", q{SELECT * FROM entity_screen.load_snapshot(convert_to('<?xml version="1.0"?><!DOCTYPE l [<!ENTITY e SYSTEM "file:///etc/passwd">]><sdnList><sdnEntry><lastName>&e;</lastName></sdnEntry></sdnList>', 'UTF8'), '2021-01-01', 'ours', '} . $format . q{')},
		qr/^(2200[MNST]|22P04|22023|54\d\d\d|22P02|SC\d\d\d)$/);
	check("deep elements, as $format", "SELECT * FROM entity_screen.load_snapshot(convert_to(repeat('<a>', 100000) || repeat('</a>', 100000), 'UTF8'), '2021-01-01', 'ours', '$format')",
		qr/^(2200[MNST]|22P04|22023|54\d\d\d|22P02|SC\d\d\d)$/);
}
unlike($node->safe_psql('postgres', q{SELECT coalesce(string_agg(t::text, ''), '') FROM entity_screen.entry_version t}), qr/root:/,
	'no external entity was read');
my ($json) = grep { /json/ } split /\s+/, $formats;
SKIP:
{
	skip 'no JSON format', 3 unless $json;
	check('deep JSON', "SELECT * FROM entity_screen.load_snapshot(convert_to(repeat('[', 1000000), 'UTF8'), '2021-01-01', 'ours', '$json')",
		qr/^(22P02|54000|22P04|22023|SC\d\d\d)$/);
}
check('deep JSON, format found by itself', "SELECT * FROM entity_screen.load_snapshot(convert_to(repeat('[', 1000000), 'UTF8'), '2021-01-01', 'ours')",
	qr/^(22P02|54000|22P04|22023|SC\d\d\d)$/);
check('10 MB of nothing known', "SELECT * FROM entity_screen.load_snapshot(convert_to(repeat('\\001\\002 ;', 2000000), 'UTF8'), '2021-01-01', 'ours')",
	qr/^(22P02|54\d\d\d|22P04|22023|22021|SC\d\d\d)$/);

# -------------------------------------------------------- arguments, arrays
check('a million lists', "SELECT * FROM entity_screen.screen_party('Zenith', lists => (SELECT array_agg('l' || i) FROM generate_series(1, 100000) i))", qr/^(22023|SC001)$/);
check('100,000 parties of a row', "SELECT entity_screen.protect_table('orders', party => (SELECT array_agg('c' || i) FROM generate_series(1, 100000) i))", qr/^(42\w{3}|22023|54\w{3}|55000)$/);
check('a reason of 1 MB', "SELECT entity_screen.set_threshold(0.9, '{ours}', repeat('why ', $million / 4)) > 0", qr/^t$|^54000$|^22023$/);
check('a name that lists nobody, explained', "SELECT length(entity_explain(repeat('Ab cd ', 10000)::entity_name, repeat('Cd ab ', 10000)::entity_name)::text) < $million", qr/^t$/);

# The server has been the same all along
unlike(slurp_file($node->logfile), qr/terminated by signal|out of memory|PANIC|TRAP:/,
	'nothing ran out of memory and nothing crashed');
is($node->safe_psql('postgres', q{SELECT count(*) FROM entity_screen.screen_party('Zenith Works', on_date => '2020-06-01')
	WHERE list_code = 'us_bis_el'}), '1', 'and it screens');
$node->stop;
done_testing();
