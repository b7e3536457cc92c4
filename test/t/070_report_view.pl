# The reporting views say what the tables say: random events, alerts and
# their changes, sealed and not, counted in time zones around midnight and a
# change of the clocks.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{PROPERTY_SEED} || $ENV{SEED} || 20200605;
note "seed $seed (PROPERTY_SEED repeats it)";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', join ';', @_) }

# Events of four days around the end of summer time in Europe and America.
query('CREATE EXTENSION entity_screen', qq{SELECT setseed($seed / 1e9)}, q{
	CREATE TABLE fake AS SELECT n,
		'2025-10-25 20:00+00'::timestamptz + random() * interval '9 days' AS at,
		(ARRAY['public.orders', 'public.customer'])[1 + trunc(random() * 2)::int]
			AS target,
		(ARRAY['clear', 'held', 'rejected', 'suppressed', 'screening_failed'])
			[1 + trunc(random() * 5)::int] AS decision,
		trunc(random() * 3)::int AS hits
	FROM generate_series(1, 3000) n});

sub add_events
{
	my ($from, $to) = @_;

	query(qq{
		INSERT INTO entity_screen.screening_event (event_at, target,
			row_operation, row_count, action, decision, hit_count, hits, xid,
			session_user_name, role_name)
		SELECT at, target, 'insert', CASE WHEN n % 10 = 0 THEN 7 END, 'hold',
			decision, hits, CASE WHEN hits > 0 THEN (
				SELECT jsonb_agg(jsonb_build_object('list_code',
					'list_' || (n + i) % 3, 'tranche_id', (n + i) % 5))
				FROM generate_series(1, hits) i) END,
			pg_current_xact_id(), 'a', 'a'
		FROM fake WHERE n BETWEEN $from AND $to});
}

add_events(1, 1200);
query('SELECT FROM entity_screen.seal_audit()');
add_events(1201, 2000);
query('SELECT FROM entity_screen.seal_audit()');
add_events(2001, 3000);

my @zones = qw(UTC America/New_York Europe/Berlin Asia/Kathmandu
	Pacific/Kiritimati);
foreach my $zone (@zones)
{
	my $settings = "SET timezone = '$zone'";

	is(query($settings, q{
		SELECT count(*) FROM (
			SELECT day_at, target, decision_code, screening_count, hit_count
			FROM entity_screen.v_screening_daily
			EXCEPT ALL
			SELECT date_trunc('day', at), target, decision,
				sum(CASE WHEN n % 10 = 0 THEN 7 ELSE 1 END), sum(hits)
			FROM fake GROUP BY 1, 2, 3) d}), 0, "$zone: screenings of each day");
	is(query($settings, q{SELECT sum(screening_count), sum(hit_count)
			FROM entity_screen.v_screening_daily}),
		query(q{SELECT sum(CASE WHEN n % 10 = 0 THEN 7 ELSE 1 END), sum(hits)
			FROM fake}), "$zone: ... and none is missing");
	is(query($settings, q{
		SELECT count(*) FROM (
			SELECT day_at, target, list_code, tranche_id, decision_code,
				hit_count
			FROM entity_screen.v_hit_daily
			EXCEPT ALL
			SELECT date_trunc('day', at), target, 'list_' || (n + i) % 3,
				(n + i) % 5, decision, count(*)
			FROM fake CROSS JOIN LATERAL generate_series(1, hits) i
			GROUP BY 1, 2, 3, 4, 5) d}), 0, "$zone: hits of each day");
}
is(query('SELECT sum(hit_count) FROM entity_screen.v_list_total'),
	query('SELECT sum(hits) FROM fake'), 'hits of each list');
is(query(q{SELECT count(*) FROM entity_screen.v_target_total t
	WHERE held_count <> (SELECT sum(CASE WHEN n % 10 = 0 THEN 7 ELSE 1 END)
		FROM fake f WHERE f.target = t.target AND decision = 'held')}), 0,
	'counters of each table');

# 1,000 alerts that went through a random number of changes.
query(qq{SELECT setseed($seed / 1e9)}, q{
	INSERT INTO entity_screen.alert (event_id, target, entry_id, list_code,
		score, alert_reason, alert_status, disposition, party_key, opened_at,
		changed_at)
	SELECT n, 'public.orders', n, 'list_' || n % 3, 0.65 + n % 35 / 100.0,
		'hit', s.status, CASE s.status WHEN 'closed' THEN (ARRAY['true_match',
			'false_positive', 'inconclusive'])[1 + n % 3] END, '', at, at
	FROM fake CROSS JOIN LATERAL (
		SELECT (ARRAY['open', 'in_review', 'escalated', 'closed', 'superseded',
			'reopened'])[1 + trunc(random() * 6)::int + 0 * n] AS status) s
	WHERE n <= 1000}, q{
	INSERT INTO entity_screen.alert_history (alert_id, to_status, done_by,
		done_at)
	SELECT alert_id, 'open', 'a', opened_at FROM entity_screen.alert}, q{
	INSERT INTO entity_screen.alert_history (alert_id, from_status, to_status,
		disposition, done_by, done_at)
	SELECT alert_id, 'open', CASE alert_status WHEN 'reopened' THEN 'closed'
			ELSE alert_status END,
		CASE WHEN alert_status IN ('closed', 'reopened') THEN
			coalesce(disposition, 'false_positive') END, 'a',
		opened_at + interval '30 hours'
	FROM entity_screen.alert WHERE alert_status <> 'open'}, q{
	INSERT INTO entity_screen.alert_history (alert_id, from_status, to_status,
		done_by, done_at)
	SELECT alert_id, 'closed', 'reopened', 'a', opened_at + interval '50 hours'
	FROM entity_screen.alert WHERE alert_status = 'reopened'});
foreach my $zone (@zones)
{
	is(query("SET timezone = '$zone'", q{
		SELECT sum(opened_count), sum(reopened_count), sum(closed_count),
			sum(true_match_count + false_positive_count + inconclusive_count),
			sum(superseded_count)
		FROM entity_screen.v_alert_daily}), query(q{
		SELECT count(*), count(*) FILTER (WHERE alert_status = 'reopened'),
			count(*) FILTER (WHERE alert_status IN ('closed', 'reopened')),
			count(*) FILTER (WHERE alert_status IN ('closed', 'reopened')),
			count(*) FILTER (WHERE alert_status = 'superseded')
		FROM entity_screen.alert}), "$zone: changes of alerts");
	is(query("SET timezone = '$zone'", q{
		SELECT count(*) FROM entity_screen.v_alert_daily d
		WHERE open_count <> (
			SELECT count(*) FROM entity_screen.alert a
			CROSS JOIN LATERAL (
				SELECT to_status FROM entity_screen.alert_history h
				WHERE h.alert_id = a.alert_id
					AND h.done_at < d.day_at + interval '1 day'
				ORDER BY h.done_at DESC LIMIT 1) l
			WHERE a.list_code = d.list_code
				AND l.to_status NOT IN ('closed', 'superseded'))}), 0,
		"$zone: the backlog at the end of each day");
}
is(query('SELECT count(*), count(DISTINCT place) FROM entity_screen.v_worklist'),
	query(q{SELECT count(*), count(*) FROM entity_screen.alert
		WHERE alert_status NOT IN ('closed', 'superseded')}), 'the worklist');
is(query(q{SELECT count(*) FROM (SELECT score < lag(score) OVER (ORDER BY place
	DESC) AS worse FROM entity_screen.v_worklist) w WHERE worse}), 0,
	'... higher scores first');

is(query('SELECT sum(alert_count) FROM entity_screen.v_target_total'), 1000,
	'alerts of each table');
is(query(q{SELECT count(*) FROM entity_screen.v_list_total l WHERE alert_count
	<> (SELECT count(*) FROM entity_screen.alert a
		WHERE a.list_code = l.list_code AND a.target = l.target)}), 0,
	'alerts of each list');
is(query(q{SELECT count(*) FROM entity_screen.v_list_total l WHERE held_hit_count
	<> (SELECT count(*) FROM fake CROSS JOIN LATERAL generate_series(1, hits) i
		WHERE decision = 'held' AND target = l.target
			AND 'list_' || (n + i) % 3 = l.list_code)}), 0, 'held hits of each list');
query(q{CREATE TABLE bulk (id int PRIMARY KEY, buyer text)},
	q{INSERT INTO bulk SELECT n, 'Nobody ' || n FROM generate_series(1, 70) n},
	q{SELECT FROM entity_screen.load_tranche(
		E'record,operation,name,destination_country,list_code,effective_on,document_number,title,license_requirement\n'
		'tranche,,,,us_bis_el,2020-01-01,a 1,A rule,\n'
		'entry,add,Somebody Works,Nowhere,,,,,Yes\n'::text)},
	q{SELECT FROM entity_screen.screen_table('bulk', party => 'buyer', record => true)});
is(query(q{SELECT run_count, run_row_count FROM entity_screen.v_target_total
	WHERE target = 'public.bulk'}), '1|70', 'rows of runs');

# An auditor can read them all.
query('CREATE ROLE eyes', q{SELECT entity_screen.grant_role('auditor', 'eyes')});
foreach my $view (split /\n/, query(q{SELECT c.relname FROM pg_class c
	WHERE c.relnamespace = 'entity_screen'::regnamespace AND c.relkind = 'v'
	ORDER BY 1}))
{
	my ($status, undef, $error) = $node->psql('postgres',
		"SET ROLE eyes; SELECT count(*) FROM entity_screen.$view");
	is($status, 0, "an auditor reads $view") or diag $error;
}
like(query('SET ROLE eyes', 'SELECT topic FROM entity_screen.summary()'),
	qr/^lists\nguards\nalerts/, 'an auditor has the summary');
$node->stop;
done_testing();
