# Real list files: row counts, differences between two of them, rules and
# snapshots together.  The files are no part of the project; the folder is
# named by ENTITY_SCREEN_DATA.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use Furnished;

my $data = $ENV{ENTITY_SCREEN_DATA} // "$FindBin::RealBin/../../../shared/data";
my $seed = "$FindBin::RealBin/../../data/tranches";

plan skip_all => "skipped: no list files in $data (ENTITY_SCREEN_DATA)"
	unless -r "$data/lists/us_csl";
plan skip_all => 'skipped: xz is not installed'
	if system('xz --version >/dev/null 2>&1') != 0;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $has_xml = has_xml($node);
my $files = PostgreSQL::Test::Utils::tempdir;
my $n = 0;

# A file of the folder as a path the server can read
sub file
{
	my ($path) = @_;
	my $out = "$files/" . ++$n;
	my $command = $path =~ /\.xz$/ ? 'xz -dc' : $path =~ /\.gz$/ ? 'gzip -dc' : 'cat';
	my $full = $path =~ m{^/} ? $path : "$data/lists/$path";

	system("$command '$full' >'$out'") == 0 or die "$path";
	return $out;
}

sub fresh
{
	$node->safe_psql('postgres', q{
		SET client_min_messages = warning;
		DROP EXTENSION IF EXISTS entity_screen CASCADE;
		CREATE EXTENSION entity_screen});
}

sub call
{
	my ($path, $date, %option) = @_;
	my $attached = join ', ', map { "pg_read_binary_file('" . file($_) . "')" }
		@{ $option{attachments} // [] };
	my $content = "pg_read_binary_file('" . ($option{ready} // file($path)) . "')";

	return "entity_screen.load_snapshot($content, '$date'"
		. join('', map { ", $_ => '$option{$_}'" }
			grep { exists $option{$_} } qw(list_code format))
		. ($option{backfill} ? ', backfill => true' : '')
		. ($attached ? ", attachments => ARRAY[$attached]" : '') . ')';
}

# "list rows entries +added ~revised -removed", one line a list
sub load
{
	return $node->safe_psql('postgres', "SELECT concat_ws(' ', list_code,
		source_rows, entries, '+' || added, '~' || revised, '-' || removed)
		FROM " . call(@_) . ' ORDER BY list_code');
}

# Every difference between rows and entries, names of the source and names
# that are loaded, is a line of the view, and the lines add up
sub add_up
{
	my ($what) = @_;

	is($node->safe_psql('postgres', q{
		SELECT t.list_code FROM entity_screen.tranche t, LATERAL (
			SELECT coalesce(sum(d.source_rows - (d.entry_names > 0)::int), 0) AS rows,
				coalesce(sum(taken_apart - repeated - remarks - refused), 0) AS names
			FROM entity_screen.v_load_difference d WHERE d.tranche_id = t.tranche_id) d
		WHERE kind = 'snapshot' AND (t.source_rows - t.source_entries <> d.rows
			OR t.entry_names - t.source_names <> d.names)}), '',
		"$what: the lines of v_load_difference explain all differences");
}

sub refusal
{
	my ($result, $out, $err) = $node->psql('postgres', '\set VERBOSITY verbose
SELECT FROM ' . call(@_));

	return $err;
}

sub rule
{
	my ($name) = @_;

	return $node->safe_psql('postgres', "SELECT added || ' ' || revised || ' '
		|| removed FROM entity_screen.load_tranche(pg_read_binary_file('"
		. file("$seed/$name.csv") . "'))");
}

sub ask
{
	return $node->safe_psql('postgres', $_[0]);
}

my $csl = file('us_csl/consolidated_2022-04.csv.xz');

# What the answers depend on: every name and text with its dates
my $answers = q{SELECT md5(string_agg(t.line, E'\n' ORDER BY t.line COLLATE "C"))
	FROM (SELECT concat_ws('|', n.name::text, n.name_type, n.valid, v.valid,
			v.valid_from_basis, v.license_review_policy) AS line
		FROM entity_screen.entry_version v
		JOIN entity_screen.entry_name n USING (entry_id)
		WHERE upper_inf(v.known) AND upper_inf(n.known)) t};

# --- the Consolidated Screening List: 13 lists in one file -----------------

fresh();
my $started = time;
is(load('', '2022-04-26', ready => $csl), <<'END' =~ s/\n\z//r, 'CSL 2022: rows and entries of each list');
us_bis_dpl 462 462 +462 ~0 -0
us_bis_el 2001 2001 +2001 ~0 -0
us_bis_meu 71 71 +71 ~0 -0
us_bis_uvl 201 201 +201 ~0 -0
us_ddtc_debarred 727 727 +727 ~0 -0
us_ofac_capta 53 52 +52 ~0 -0
us_ofac_cmic 68 68 +68 ~0 -0
us_ofac_fse 3 3 +3 ~0 -0
us_ofac_mbs 17 17 +17 ~0 -0
us_ofac_plc 78 78 +78 ~0 -0
us_ofac_sdn 10026 10026 +10026 ~0 -0
us_ofac_ssi 290 290 +290 ~0 -0
us_state_isn 163 163 +163 ~0 -0
END
my $took = time - $started;
note "loaded in $took s";
is(ask('SELECT sum(source_rows) FROM entity_screen.tranche'), '14160',
	'CSL 2022: all rows of the file');
is(ask(q{SELECT string_agg(list_code || ': ' || remark, E'\n') FROM
		entity_screen.v_reconciliation WHERE source_rows <> source_entries}) =~ s/;.*//r,
	'us_ofac_capta: 53 rows make 52 entries: 1 join others of the same entry, 0 have no usable name',
	'CSL 2022: the one row that makes no entry is explained');
add_up('CSL 2022');
is(ask(q{SELECT valid_from_basis FROM entity_screen.screen_party(
		'Hangzhou Hikvision Digital Technology', on_date => '2020-01-15',
		lists => '{us_bis_el}')}), 'source_date',
	'with the CSL alone Hikvision is listed on its source date');
is(ask(q{SELECT count(*) FROM entity_screen.screen_party('NetPosa',
		on_date => '2020-01-15', lists => '{us_bis_el}')}), '1',
	'with the CSL alone NetPosa is listed too early');
is(ask(q{SELECT valid_from_basis FROM entity_screen.screen_party(
		'''ABBAS, Rim', on_date => '1950-01-01', lists => '{us_ofac_sdn}')
		ORDER BY score DESC LIMIT 1}), 'unknown',
	'an undated name is listed on any date');
is(ask(q{SELECT string_agg(DISTINCT substring(detail FROM '''(\d{4}-\d\d-\d\d)'''),
		' ') FROM entity_screen.load_conflict WHERE conflict = 'value_refused'
		AND detail ~ 'date of listing'}),
	'0017-05-26 0097-06-30', 'impossible years are no dates, and recorded');
is(ask(q{SELECT count(*) FROM entity_screen.check_names('us_bis_el')}), '0',
	'every name finds its own entry at score 1');

$started = time;
is(ask('SELECT bool_and(already_loaded) FROM '
		. call('', '2022-04-26', ready => $csl)),
	't', 'the same bytes again change nothing');
cmp_ok(time - $started, '<=', 2 + $took / 4, 'and take no time');

my $before = ask($answers);
like(refusal('us_csl/csl_sample_2019-12.csv', '2019-12-03'),
	qr/SC010.*is older than the one loaded/s,
	'a sample of 115 rows from 2019 is refused');
like(refusal('us_csl/csl_sample_2019-12.csv', '2022-05-01'), qr/SC010/,
	'and with a later date too');
system("head -7001 '$csl' >'$files/half'");
like(refusal('', '2022-05-01', ready => "$files/half"),
	qr/SC010.*takes \d+ of \d+ entries from list|SC010.*has no row of list/s,
	'half of the file is refused with the numbers');
is(ask($answers), $before, 'the refused files changed nothing');

# --- rules first, then the snapshot -----------------------------------------

fresh();
is(rule('2019-10-09_84FR54002'), '28 0 0', 'first rule: 28 added');
is(rule('2020-06-05_85FR34503'), '9 3 0', 'second rule: 9 added, 3 revised');
rule('2020-06-05_85FR34495');
like(load('', '2022-04-26', ready => $csl), qr/^us_bis_el 2001 2001 \+1940 ~61 -0$/m,
	'the snapshot adds to the rules');
my $listed = q{SELECT count(*) || ' ' || coalesce(min(listed_from)::text, '')
	FROM entity_screen.screen_party('%s', on_date => '%s', lists => '{us_bis_el}')
	WHERE entry_name ILIKE '%s%%'};
foreach my $name ('NetPosa', 'SenseNets', 'Nanjing FiberHome Starrysky')
{
	is(ask(sprintf $listed, $name, '2020-01-15', $name), '0 ',
		"$name is not listed on 2020-01-15");
	is(ask(sprintf $listed, $name, '2020-06-10', $name), '1 2020-06-05',
		"$name is listed from 2020-06-05");
}
is(ask(q{SELECT count(*) FROM entity_screen.load_conflict WHERE
		conflict = 'date_conflict' AND detail ~ '^''(NetPosa|SenseNets|Nanjing FiberHome)'}),
	'3', 'the three wrong dates are recorded as conflicts');
is(ask(q{SELECT advisory FROM entity_screen.screen_party('NetPosa',
		on_date => '2020-01-15', lists => '{us_bis_el}', include_advisory => true)}),
	'date_conflict', 'and shown as an advisory');
is(ask(sprintf $listed, 'Dahua Technology', '2019-10-09', 'Dahua'),
	'1 2019-10-09', 'a genuine party of 2019 stays listed from then');
is(ask(q{SELECT string_agg(claimed || ' of ' || declared_entities, ', '
		ORDER BY effective_on, citation DESC) FROM entity_screen.v_reconciliation
		WHERE citation IN ('84 FR 54002', '85 FR 34503')}), '31 of 28, 6 of 9',
	'reconciliation names 31 against 28 and 6 against 9');
is(ask(q{SELECT string_agg(DISTINCT detail->>'source_citation', '') FROM
		entity_screen.entry_version v JOIN entity_screen.entry_name n
		USING (entry_id) WHERE n.name::text = 'NetPosa'}),
	'84 FR 54004; 85 FR 34505; 85 FR 44159',
	'the wrong citation is kept as what the source says');
is(ask(q{SELECT DISTINCT citations::text FROM entity_screen.screen_party(
		'NetPosa', on_date => '2020-06-10', lists => '{us_bis_el}')}),
	'{"85 FR 34505"}', 'beside the resolved one');

is(rule('2020-07-22_85FR44159'), '11 37 0',
	'the reconstructed fourth rule: 11 added, 37 revised');
my $text = q{SELECT citations::text || ' ' || (license_review_policy ~ 'infectious')
	FROM entity_screen.screen_party('%s', on_date => '%s', lists => '{us_bis_el}')
	WHERE entry_name ILIKE '%s%%'};
is(ask(sprintf $text, 'CloudWalk Technology', '2020-06-20', 'CloudWalk'),
	'{"85 FR 34505"} false', 'two texts of one entry: the first');
is(ask(sprintf $text, 'CloudWalk Technology', '2020-08-01', 'CloudWalk'),
	'{"85 FR 34505","85 FR 44159"} true', 'the second');
is(ask(sprintf $text, 'Aksu Huafu Textiles Co.', '2020-08-01', 'Aksu Huafu'),
	'{"85 FR 34505","85 FR 44159"} false', 'a policy that was not revised stays');
is(rule('2023-11-16_FRDoc2023-25557'), '0 0 1', 'the removal of 2023');
is(ask(q{SELECT string_agg(count::text, ' ' ORDER BY d) FROM (SELECT d,
		count(h.entry_id) FROM unnest(ARRAY['2023-11-15', '2023-11-16']::date[]) d
		LEFT JOIN LATERAL entity_screen.screen_party(
		'MPS Institute of Forensic Science of China', on_date => d,
		lists => '{us_bis_el}', threshold => 0.5) h
		ON h.entry_name ~ 'Forensic' GROUP BY d) x}), '1 0',
	'the removed entry is listed until the day before');

# --- the same rules after the snapshot ----------------------------------------

my $rules_first = ask($answers);
fresh();
load('', '2022-04-26', ready => $csl);
rule($_) foreach ('2019-10-09_84FR54002', '2020-06-05_85FR34503',
	'2020-06-05_85FR34495', '2020-07-22_85FR44159', '2023-11-16_FRDoc2023-25557');
is(ask($answers), $rules_first, 'rules after the snapshot give the same answers');

my $early = ask($answers);
my ($add, $revise, $remove) = load('us_bis/entity_list_2026-07-09.json.xz',
	'2026-07-09') =~ /^us_bis_el 3409 3409 \+(\d+) ~(\d+) -(\d+)$/;
cmp_ok($revise // 0, '>=', 1791,
	'CSL 2022 to Entity List 2026: names in common are revisions');
cmp_ok($remove // 9999, '<=', 210, 'and few removals');
is($add + $revise, 3409, 'the rest is added');
is(ask(q{SELECT source_names - source_entries || ' ' || entry_names - source_entries
		FROM entity_screen.v_reconciliation WHERE effective_on = '2026-07-09'}),
	'5172 5275', 'Entity List 2026: 5,172 aliases stated are 5,275 names');
is(ask(q{SELECT concat_ws(' ', sum(taken_apart), sum(repeated), sum(remarks), sum(refused))
		FROM entity_screen.v_load_difference WHERE snapshot_on = '2026-07-09'}),
	'132 26 1 2', '... 132 taken apart, 26 repeated, a remark, two without a letter');
is(ask(q{SELECT explanation FROM entity_screen.v_load_difference
		WHERE snapshot_on = '2026-07-09' AND entry_name = 'Gazprom, OAO'}),
	'1 names more, taken out of values that hold several', '... line by line');
add_up('Entity List 2026');
is(ask(q{SELECT license_review_policy ~ 'infectious' FROM entity_screen.screen_party(
		'CloudWalk Technology', on_date => '2026-08-01', lists => '{us_bis_el}')
		WHERE entry_name ~ '^CloudWalk'}), 't',
	'a column that the second format lacks clears nothing');
is(ask(q{SELECT count(*) FROM entity_screen.entry_version v JOIN entity_screen.entry e
		USING (entry_id) WHERE upper_inf(v.known) AND e.list_code = 'us_bis_el'
		AND v.valid @> '2026-07-09'::date AND v.entry_type = 'address_only'}), '19',
	'19 address-only entries');
ask(q{SELECT entity_screen.retract_tranche(max(tranche_id)) FROM entity_screen.tranche});
is(ask($answers), $early, 'a retracted snapshot leaves every answer as before');

# --- other lists and their pairs -------------------------------------------------

fresh();
is(load('us_ofac/2019-01/sdn.csv.gz', '2019-01-15', attachments => [
		map { "us_ofac/2019-01/$_.csv.gz" } qw(alt add sdn_comments) ]),
	'us_ofac_sdn 7379 7379 +7379 ~0 -0', 'SDN 2019');
is(ask(q{SELECT count(*) FROM entity_screen.tranche_operation_name}), '17054',
	'SDN 2019: primary names and aliases');
like(load('us_ofac/2023-01/sdn_with_header.csv.gz', '2023-01-20',
		format => 'ofac_sdn_csv',
		attachments => ['us_ofac/2023-01/sdn_address_with_header.csv.gz']),
	qr/^us_ofac_sdn 11443 11443 \+4828 ~\d+ -764$/, 'SDN 2019 to 2023');
SKIP:
{
	skip 'no XML', 3 unless $has_xml;
	is(load('us_ofac/consolidated_nonsdn_2020-03-17.xml.xz', '2020-03-17',
			list_code => 'us_ofac_nonsdn'),
		'us_ofac_nonsdn 375 375 +375 ~0 -0', 'non-SDN 2020');
	like(load('us_ofac/consolidated_nonsdn_2024-05-06.xml.xz', '2024-05-06',
			list_code => 'us_ofac_nonsdn'),
		qr/^us_ofac_nonsdn 443 443 \+76 ~\d+ -8$/,
		'non-SDN 2020 to 2024, another namespace');
	is(ask(q{SELECT count(*) FROM entity_screen.tranche_operation_name n
			JOIN entity_screen.tranche t USING (tranche_id)
			WHERE t.snapshot_on = '2020-03-17' AND n.alias_quality = 'weak'}), '30',
		'non-SDN 2020: 31 weak aliases, one of them stated twice');
}
is(load('uk_ofsi/ConList_2020-04-27.csv.xz', '2020-04-27'),
	'uk_sanctions 9492 2114 +2114 ~0 -0', 'UK 2020: 9,492 rows, 2,114 groups');
SKIP:
{
	skip 'no XML', 3 unless $has_xml;
	is(load('un_sc/un_consolidated_2018-10-29.xml.xz', '2018-10-29'),
		'un_sc 1093 1093 +1093 ~0 -0', 'UN 2018');
	like(load('un_sc/un_consolidated_2026-02-27.xml.xz', '2026-02-27'),
		qr/^un_sc 1003 1003 \+112 ~\d+ -202$/, 'UN 2018 to February 2026');
	like(load('un_sc/un_consolidated_2026-08.xml.xz', '2026-08-01'),
		qr/^un_sc 1011 1011 \+16 ~\d+ -8$/, 'UN February to August 2026');
}
like(load('us_bis/dpl_2019-06.txt.gz', '2019-06-29'), qr/^us_bis_dpl 546 546 /,
	'DPL 2019');
is(load('us_bis/uvl_raw_feed_fixture.csv', '2015-09-19'), 'us_bis_uvl 19 13 +13 ~0 -0',
	'UVL feed: 20 lines are a header and 19 rows, of 13 names');
is(load('us_bis/el_raw_feed_fixture.csv', '2015-09-19', backfill => 1),
	'us_bis_el 18 6 +6 ~0 -0', 'Entity List feed: 18 rows of addresses and aliases, 6 entries');
is(load('us_bis/dpl_raw_feed_fixture.txt', '2015-09-19', backfill => 1) =~ s/ \+.*//r,
	'us_bis_dpl 9 9', 'DPL feed: 10 rows, the first of them empty');
add_up('other lists');
like(load("us_other/nsfreg_2026-07-09_$_->[0].json.xz", '2026-07-09'),
	qr/^$_->[1] /, $_->[0])
	foreach (['bis_meu', 'us_bis_meu 70'], ['dow_1260h', 'us_dod_1260h 80'],
		['dow_1286', 'us_dod_1286 134'], ['dhs_uflpa', 'us_dhs_uflpa 148'],
		['state_nonproliferation', 'us_state_isn 528'],
		['ofac_nscmic', 'us_ofac_cmic 68'],
		['state_debarred_statutory', 'us_ddtc_debarred 779']);

# --- formats that a site adds -------------------------------------------------

$node->safe_psql('postgres', q{
	INSERT INTO entity_screen.list_format (format, title, reader, list_code,
		signature, columns, words, id_is_stable)
	VALUES ('eu_journal_csv', 'Annexes of EU regulations', 'csv', 'eu_fsf',
		'{celex,recordId,annex}', '{"source_id": ["celex", "annex", "recordId"],
		"name": "name", "aliases": "alias", "weak_aliases": "weakAlias",
		"previous_names": "previousName", "entry_type": "schema",
		"start_on": "startDate", "reason": "reason", "address": "address",
		"country": "country", "citations": "celex"}',
		'{"entry_type": {"person": "person", "vessel": "vessel"}}', true);
	INSERT INTO entity_screen.list_format (format, title, reader, source_lists,
		signature, columns, id_is_stable)
	VALUES ('registry_json', 'Registry of control lists', 'json',
		'{"jp-end-user-list": "jp_meti_eul",
		"cn-attention-list": "cn_mofcom_attention",
		"cn-export-control": "cn_mofcom_control", "cn-control": "cn_mofcom_control",
		"cn-unreliable": "cn_mofcom_unreliable",
		"cn-watch": "cn_mofcom_control"}',
		'{entity_name,aliases,addresses}', '{"source": "list_id",
		"name": "entity_name", "aliases": "aliases", "addresses": "addresses",
		"start_on": "date_added", "reason": "reason"}', false)});
is(load('eu_journal/consolidated/32014R0269.csv.xz', '2026-08-14') =~
	/^eu_fsf 2802 2802 /, 1, 'EU: one regulation, by a row of list_format');
like(load('jp_meti/end_user_list_2026-07-20.json.xz', '2026-07-20'),
	qr/^jp_meti_eul 835 818 /, 'Japan, by a row of list_format');
is(ask(q{SELECT count(*) FROM entity_screen.load_conflict
		WHERE conflict = 'row_refused'}), '17',
	'and the 17 rows of it that have no name are reported');
is(ask('SELECT sum(source_rows) FROM '
		. call('cn_mofcom/cn_control_lists_2026-07-19.json.xz', '2026-07-19')),
	'240', 'China, three lists by one row of list_format');

# --- history filled in last ------------------------------------------------------

SKIP:
{
	skip 'no XML', 3 unless $has_xml;
	my $order = $answers =~ s/WHERE/WHERE n.entry_id IN (SELECT e.entry_id
		FROM entity_screen.entry e WHERE e.list_code = 'un_sc') AND/r;
	my $in_order = ask($order);
	fresh();
	load('un_sc/un_consolidated_2026-08.xml.xz', '2026-08-01');
	my $today = ask(q{SELECT md5(string_agg(n.name::text, '|' ORDER BY n.name::text COLLATE "C")) FROM
		entity_screen.entry_name n WHERE upper_inf(n.known) AND n.valid @> '2026-08-02'::date});
	like(refusal('un_sc/un_consolidated_2018-10-29.xml.xz', '2018-10-29'),
		qr/SC010.*backfill/s, 'an older file is refused with the way to fill in');
	load('un_sc/un_consolidated_2026-02-27.xml.xz', '2026-02-27', backfill => 1);
	load('un_sc/un_consolidated_2018-10-29.xml.xz', '2018-10-29', backfill => 1);
	is(ask($order), $in_order, 'UN 2018 loaded last gives the same answers per date');
	is(ask(q{SELECT md5(string_agg(n.name::text, '|' ORDER BY n.name::text COLLATE "C")) FROM
		entity_screen.entry_name n WHERE upper_inf(n.known) AND n.valid @> '2026-08-02'::date}),
		$today, 'and the answers of today are as before');
}

# --- rules as rows of names and addresses ---------------------------------------

fresh();
foreach (['2019-10-09_84FR54002', '28 0 0 0'], ['2020-06-05_85FR34503', '9 3 0 0'],
	['2020-06-05_85FR34495', '24 0 0 3'], ['2023-11-16_FRDoc2023-25557_removal', '0 0 1 0'])
{
	my ($name, $counts) = @$_;
	my $path = file("../tranches/$name.csv");

	is(ask("SELECT concat_ws(' ', added, revised, removed, conflicts)
			FROM entity_screen.load_tranche(pg_read_binary_file('$path'))"), $counts,
		"$name: added, revised, removed, waiting for an entry");
}
my ($index) = file('../tranches/fr_citation_index.csv');
(my $status, my $out, my $err) = $node->psql('postgres',
	"SELECT entity_screen.load_tranche(pg_read_binary_file('$index'))");
like($err, qr/line 1, column fr_volume: no such column/, 'an index of citations is no rule');
like(refusal('../tranches/2020-06-05_85FR34503.csv', '2020-06-05'),
	qr/22023.*is a rule, not a whole list.*load_tranche/s, 'a rule is no snapshot');

done_testing();
