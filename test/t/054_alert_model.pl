# The life of alerts against a model: random work of screenings and people on
# a few rows, of which a small model in this file says what is allowed and what
# becomes of each alert.  ROUNDS and SEED in the environment.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rounds = $ENV{ROUNDS} // 250;
my $seed = $ENV{SEED} || 20200605;
note "SEED=$seed ROUNDS=$rounds";
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
sub ask { return $node->safe_psql('postgres', $_[0]); }

# Three spellings of one normal form, so that one disposition settles several
# rows; two entries, one of which is renamed again and again.
my @names = ('Aleph Optics Ltd', 'ALEPH OPTICS LTD', 'Aleph  Optics Ltd.', 'Bet Marine Co', 'Muster Handel');
my %entry_of = map { $_ => /^a/i ? 'Aleph Optics' : /^b/i ? 'Bet Marine' : '' } @names;
my $aliases = 0;
ask(q{CREATE EXTENSION entity_screen; CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN;
	SELECT entity_screen.grant_role('approver', 'ann'), entity_screen.grant_role('approver', 'bob');
	SELECT entity_screen.load_tranche(E'record,operation,name,destination_country,citation,effective_on\ntranche,,,,T 1,2020-01-01\nentry,add,Aleph Optics,Peru,,\nentry,add,Bet Marine,Chile,,\n', 'us_bis_el');
	CREATE TABLE orders (id int PRIMARY KEY, buyer text, country text);
	SELECT entity_screen.protect_table('orders', party => 'buyer', country => 'country', action => 'alert')});

# The model: alerts by number, and for each what it was opened for
my %alert;
my (%row, %proposal, %entry_version);
my $policy = 1;
my %allowed = (
	start_review => { map { $_ => 1 } qw(open reopened escalated) },
	escalate_alert => { map { $_ => 1 } qw(open reopened in_review) },
	reopen_alert => { closed => 1 },
	propose_disposition => { map { $_ => 1 } qw(open reopened in_review escalated) });

sub open_of { my ($id, $entry) = @_;
	return (sort { $b <=> $a } grep { $alert{$_}{row} == $id && $alert{$_}{entry} eq $entry
		&& $alert{$_}{status} ne 'superseded' } keys %alert)[0]; }
sub form { return lc($_[0] =~ s/\W+/ /gr) =~ s/ $//r; }
# White space and case are no difference to a reviewer, other signs are
sub key { my ($name, $country) = @_; return lc($name =~ s/\s+/ /gr) . "|$country"; }

# What the model expects of a stored row
sub stored
{
	my ($id) = @_;
	my ($name, $country) = @{ $row{$id} };
	my $entry = $entry_of{$name} or return;
	my $known = open_of($id, $entry);
	my $fresh = { row => $id, entry => $entry, form => form($name), status => 'open',
		key => key($name, $country), version => $entry_version{$entry} // 0 };

	if (!defined $known) { return [ new => $fresh ]; }
	my $same = $alert{$known}{key} eq $fresh->{key} && $alert{$known}{version} == $fresh->{version};
	if ($alert{$known}{status} eq 'closed') { return [ reopen => $known, $fresh ]; }
	return $same ? undef : [ supersede => $known, $fresh ];
}

sub newest { return ask('SELECT coalesce(max(alert_id), 0) FROM entity_screen.alert'); }

sub apply
{
	my ($expected) = @_;
	my ($what, @rest) = @{ $expected // return };

	if ($what eq 'new') { $alert{ newest() } = $rest[0]; }
	elsif ($what eq 'reopen') { my ($id, $fresh) = @rest;
		@{ $alert{$id} }{qw(status disposition key version form)} =
			('reopened', undef, @$fresh{qw(key version form)}); delete $alert{$id}{proposal}; }
	else { $alert{ $rest[0] }{status} = 'superseded'; $alert{ newest() } = $rest[1]; }
	return;
}

# A person's act: what the server says, and whether the model allows it
sub act
{
	my ($who, $call) = @_;
	my ($code, $out, $err) = $node->psql('postgres', "SET SESSION AUTHORIZATION $who; SELECT entity_screen.$call",
		extra_params => ['-v', 'VERBOSITY=sqlstate']);

	return $code == 0 && !$err ? ('ok', $out) : ($err =~ /ERROR:\s+(\w+)/ ? $1 : "? $err", $out);
}

sub check
{
	my ($step) = @_;
	my $is = ask(q{SELECT string_agg(alert_id || ' ' || alert_status || ' ' || coalesce(disposition, '-'), E'\n' ORDER BY alert_id)
		FROM entity_screen.alert});
	my $should = join "\n", map { my $a = $alert{$_}; "$_ $a->{status} " . ($a->{disposition} // '-') }
		sort { $a <=> $b } keys %alert;

	return 1 if $is eq $should;
	fail("round $step (SEED=$seed)");
	diag("server:\n$is\nmodel:\n$should");
	return 0;
}

my %seen;
my $failed = 0;
ROUND: foreach my $step (1 .. $rounds)
{
	my $kind = (qw(store store store start_review escalate_alert propose_disposition propose_disposition
		decide decide decide reopen_alert rename policy))[ rand 13 ];
	my $who = rand() < 0.5 ? 'ann' : 'bob';
	my @ids = sort keys %alert;
	my $id = @ids ? $ids[ rand @ids ] : 0;
	my $status = $id ? $alert{$id}{status} : 'none';
	my $expect = 'ok';
	my ($got, $out) = ('ok', '');

	if ($kind eq 'store')
	{
		my $row_id = 1 + int rand 6;
		$row{$row_id} = [ $names[ rand @names ], (qw(PE CL))[ rand 2 ] ] if !$row{$row_id} || rand() < 0.7;
		my ($name, $country) = @{ $row{$row_id} };
		# Only a change of the party is screened again
		my $changed = ask("SELECT count(*) FROM orders WHERE id = $row_id AND (buyer, country) = ('$name', '$country')") eq '0';
		my $expected = $changed ? stored($row_id) : undef;

		ask("INSERT INTO orders VALUES ($row_id, '$name', '$country') ON CONFLICT (id) DO UPDATE SET buyer = excluded.buyer, country = excluded.country");
		apply($expected);
		$seen{ 'store ' . ($expected ? $expected->[0] : 'nothing') }++;
	}
	elsif ($kind eq 'rename')
	{
		# A new alias: the entry is no longer the one that was reviewed
		my $entry = rand() < 0.5 ? 'Aleph Optics' : 'Bet Marine';
		my $country = $entry eq 'Aleph Optics' ? 'Peru' : 'Chile';
		$aliases++;
		ask(sprintf q{SELECT tranche_id FROM entity_screen.load_tranche(E'record,operation,name,name_type,destination_country,citation,effective_on\ntranche,,,,,R %s,2020-01-01\nentry,revise,%s,,%s,,\nname,add,Quux Zebedee %s,aka,,,\n', 'us_bis_el');
			SELECT count(*) FROM entity_screen.rescreen_delta()}, $aliases, $entry, $country, $aliases);
		$entry_version{$entry} = $aliases;
		foreach my $a (grep { $alert{$_}{entry} eq $entry } keys %alert)
		{
			next if $alert{$a}{status} ne 'closed' || $alert{$a}{disposition} eq 'true_match';
			@{ $alert{$a} }{qw(status disposition version)} = ('reopened', undef, $aliases);
			delete $alert{$a}{proposal};
			$seen{'reopened by the entry'}++;
		}
	}
	elsif ($kind eq 'policy')
	{
		$policy = 1 - $policy;
		ask('SELECT entity_screen.set_policy(\'test\', disposition_needs_approval => ' . ($policy ? 'true' : 'false') . ')');
	}
	elsif ($kind eq 'decide')
	{
		my @open = sort { $a <=> $b } keys %proposal;
		my $d = @open && rand() < 0.8 ? $open[ rand @open ] : -1;
		my $how = rand() < 0.6 ? 'approve' : 'refuse';

		$expect = $d < 0 ? 'P0002' : $how eq 'approve' && $proposal{$d}{who} eq $who && $proposal{$d}{needs} ? 'SC007' : 'ok';
		($got, $out) = act($who, $how eq 'approve' ? "approve_disposition($d)" : "refuse_disposition($d, 'no')");
		if ($got eq 'ok' && $expect eq 'ok')
		{
			my @mine = grep { ($alert{$_}{proposal} // 0) == $d && $alert{$_}{status} eq 'awaiting_approval' } keys %alert;
			is($out, scalar(@mine), "round $step: number of alerts") if $out ne scalar(@mine);
			foreach my $a (@mine)
			{
				$alert{$a}{status} = $how eq 'approve' ? 'closed' : 'in_review';
				$alert{$a}{disposition} = $how eq 'approve' ? $proposal{$d}{disposition} : undef;
			}
			delete $proposal{$d};
		}
		$seen{"$how $expect"}++;
	}
	else
	{
		$expect = !$id ? 'P0002' : $allowed{$kind}{$status} ? 'ok' : 'SC008';
		my $disposition = (qw(true_match false_positive inconclusive))[ rand 3 ];
		my $only = rand() < 0.3 ? 'true' : 'false';
		my $arguments = $kind eq 'start_review' ? $id : $kind eq 'propose_disposition'
			? "$id, '$disposition', 'because', $only" : "$id, 'because'";
		($got, $out) = act($who, "$kind($arguments)");
		if ($got eq 'ok' && $expect eq 'ok')
		{
			my $a = $alert{$id};
			if ($kind eq 'start_review') { $a->{status} = 'in_review'; }
			elsif ($kind eq 'escalate_alert') { $a->{status} = 'escalated'; }
			elsif ($kind eq 'reopen_alert') { @$a{qw(status disposition)} = ('reopened', undef);
				$a->{version} = $entry_version{ $a->{entry} } // 0; delete $a->{proposal}; }
			else
			{
				# One disposition for all open alerts of the normal form and entry
				my @alike = $only eq 'true' ? ($id) : grep { $allowed{propose_disposition}{ $alert{$_}{status} }
					&& $alert{$_}{form} eq $a->{form} && $alert{$_}{entry} eq $a->{entry} } keys %alert;
				foreach my $b (@alike)
				{
					$alert{$b}{status} = $policy ? 'awaiting_approval' : 'closed';
					$alert{$b}{disposition} = $policy ? undef : $disposition;
					$alert{$b}{proposal} = $out;
				}
				$proposal{$out} = { who => $who, disposition => $disposition, needs => $policy } if $policy;
				$seen{'one for several'}++ if @alike > 1;
			}
		}
		$seen{"$kind from $status: $expect"}++;
	}
	if ($got ne $expect)
	{
		fail("round $step: $kind of alert $id ($status) by $who: $got instead of $expect (SEED=$seed)");
		$failed = 1;
		last ROUND;
	}
	if (!check("$step, $kind")) { $failed = 1; last ROUND; }
}
ok(!$failed, "$rounds rounds as the model says");
cmp_ok(scalar(grep { !/SC008|P0002/ } keys %seen), '>=', 15, 'many kinds of work were done');
note join "\n", map { "$_: $seen{$_}" } sort keys %seen;

# -------------------------------------- what holds whatever happened
is(ask(q{SELECT count(*) FROM entity_screen.alert a WHERE a.alert_status <> (
		SELECT h.to_status FROM entity_screen.alert_history h WHERE h.alert_id = a.alert_id
		ORDER BY h.history_id DESC LIMIT 1)}), '0', 'the history ends in the present status');
is(ask(q{SELECT count(*) FROM (SELECT h.from_status, lag(h.to_status) OVER (PARTITION BY h.alert_id ORDER BY h.history_id) AS before
		FROM entity_screen.alert_history h) x WHERE x.from_status IS DISTINCT FROM x.before}), '0',
	'and each change begins where the one before ended');
is(ask(q{SELECT count(*) FROM entity_screen.alert_disposition d
		WHERE d.decision = 'approved' AND d.needs_approval AND d.decided_by = d.proposed_by}), '0',
	'nobody approved his own disposition');
is(ask(q{SELECT count(*) FROM (SELECT a.party_ref, a.entry_id FROM entity_screen.alert a
		WHERE a.alert_status <> 'superseded' GROUP BY 1, 2 HAVING count(*) > 1) x}), '0',
	'a row and an entry have one alert that counts');
is(ask('SELECT record_count > 0 FROM entity_screen.seal_audit()'), 't', 'all of it is chained');
is(ask('SELECT count(*) FROM entity_screen.verify_audit()'), '0', 'and as it was written');

$node->stop;
done_testing();
