# Short names and parties of two lists on a whole list file: the right entry
# first and few others, one alert with two legal effects.  The file is no part
# of the project; the folder is named by ENTITY_SCREEN_DATA.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{ENTITY_SCREEN_DATA} // "$FindBin::RealBin/../../../shared/data";
my $list = "$data/lists/us_csl/consolidated_2022-04.csv.xz";

plan skip_all => "skipped: no file $list (ENTITY_SCREEN_DATA)" unless -r $list;
plan skip_all => 'skipped: xz is not installed'
	if system('xz --version >/dev/null 2>&1') != 0;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $file = PostgreSQL::Test::Utils::tempdir . '/list';
system("xz -dc '$list' >'$file'") == 0 or die $list;

sub ask { return $node->safe_psql('postgres', $_[0]); }

ask(qq{CREATE EXTENSION entity_screen;
	SELECT entity_screen.load_snapshot(pg_read_binary_file('$file'), '2022-04-08')});
cmp_ok(ask(q{SELECT count(*) FROM entity_screen.v_entry_current WHERE list_code = 'us_bis_el'}),
	'>', 1900, 'the whole Entity List is loaded');

# ------------------------- target spellings of listed parties, and look-alikes
# Among all entries of the list each target must come first, and few others
# at all.
my @targets = (
	[ 'Cloud Walk Technology', 'CloudWalk' ], [ 'CLOUDWALK TECH CO LTD', 'CloudWalk' ],
	[ "\xe4\xba\x91\xe4\xbb\x8e\xe7\xa7\x91\xe6\x8a\x80", 'CloudWalk|Yun ?Cong' ],
	[ 'Yuncong Technology', 'CloudWalk|Yun ?Cong' ],
	[ 'Nanjing Fiberhome Starrysky', 'Nanjing FiberHome Starrysky' ],
	[ 'NetPosa', 'NetPosa' ], [ 'Net Posa Technologies', 'NetPosa' ],
	[ 'SenseNets', 'SenseNets' ], [ 'SenseNets Technology Ltd', 'SenseNets' ],
	[ 'Dahua', 'Dahua' ], [ 'DAHUA TECHNOLOGY UK LIMITED', 'Dahua' ],
	[ 'Zhejiang Dahua Technology Co Ltd', 'Dahua' ],
	[ 'Megvii', 'Megvii' ], [ 'Yitu', 'Yitu' ], [ 'Yi Tu Technology Co Ltd', 'Yitu' ],
	[ 'Beijing Sensetime', 'Sensetime' ], [ 'SenseTime Group Inc.', 'Sensetime' ],
	[ 'Hikvision', 'Hikvision' ], [ 'HIKVISION DIGITAL TECHNOLOGY', 'Hikvision' ],
	[ 'Hikvision Europe BV', 'Hikvision' ],
	[ 'ISVision', 'IS.?Vision' ], [ "I S'Vision Co., Ltd", 'IS.?Vision' ],
	[ 'MPS Institute of Forensic Science', 'Forensic Science' ],
	[ 'Shihezi Municipality Public Security Bureau', 'Shihezi' ],
	[ 'FiberHome Telecommunication Technologies Co., Ltd', 'FiberHome Telecommunication' ],
	[ 'Intellifusion', 'Intellifusion' ], [ 'iFlytek', 'IFLYTEK' ],
	[ 'Meiya Pico Info', 'Meiya Pico' ], [ 'Yixin Science', 'Yixin' ]);
my @look_alikes = ('Cloudwalker Outdoor Ltd', 'Netpost AB', 'Senses Network GmbH',
	'Mega VII Studios', 'Norwegian Institute of Forensic Science',
	'Shenzhen Vision Eyewear Co', 'Fiber Home Optics GmbH');
my $total = 0;

# hits(name): what a party of that name is taken for, the likeliest first
sub hits
{
	my $name = $_[0] =~ s/'/''/gr;
	my @hits = split /\n/, ask(qq{SELECT entry_name || ' | ' || matched_name
		FROM entity_screen.screen_party('$name', lists => '{us_bis_el}')
		ORDER BY score DESC});

	$total += @hits;
	return @hits;
}

foreach my $target (@targets)
{
	my ($spelling, $entry) = @$target;

	like((hits($spelling))[0] // 'nothing', qr/$entry/i, "$spelling: the right entry first");
}
my @alerting = grep { hits($_) > 0 } @look_alikes;
cmp_ok(scalar(@alerting), '<=', 1, 'look-alikes that alert: ' . (join(', ', @alerting) || 'none'));
cmp_ok($total, '<=', 60, "all of these names together: $total hits on the Entity List");

# ---------------------------------------------------- one party, two lists
ask(q{CREATE TABLE orders (id int PRIMARY KEY, buyer text, status text DEFAULT 'new');
	SELECT entity_screen.protect_table('orders', party => 'buyer', action => 'hold',
		status_column => 'status', lists => '{us_bis_el,us_ofac_cmic}');
	INSERT INTO orders VALUES (1, 'SenseTime Group Inc.'), (2, 'Norwegian Institute of Forensic Science')});
is(ask(q{SELECT string_agg(id || ' ' || status, ' ' ORDER BY id) FROM orders}),
	'1 held 2 new', 'the order is held, a look-alike passes');
is(ask(q{SELECT legal_effects FROM entity_screen.v_alert_party WHERE party_ref = '1'}),
	'license_required; securities_ban', 'one alert for the person, two legal effects');
like(ask(q{SELECT string_agg(entry_name, '; ') FROM entity_screen.alert WHERE party_ref = '1'}),
	qr/Beijing Sensetime.*SenseTime Group Limited|SenseTime Group Limited.*Beijing Sensetime/i,
	'through the alias of one entry and the name of another');

# --------------------------------- every listed company finds itself, guarded
ask(q{INSERT INTO orders SELECT 100 + row_number() OVER (ORDER BY entry_id), entry_name
	FROM entity_screen.v_entry_current WHERE list_code = 'us_bis_el' AND entry_name !~ '^Address'
	ORDER BY entry_id LIMIT 300});
is(ask(q{SELECT count(*) FROM orders WHERE id > 100 AND status <> 'held'}), '0',
	'three hundred entries under their own names: every order held');
is(ask(q{SELECT count(*) FROM entity_screen.screening_event e, entity_screen.replay(e.event_id) r
	WHERE r.finding <> 'same'}), '0', 'every event replays as it was');

$node->stop;
done_testing();
