# Lists at random: answers depend on the set of loaded files, never on the
# order of loading; a retracted tranche leaves every answer as before; what
# was answered is still told with known_at; a refused file changes nothing;
# a pending one counts when it is approved as if it had counted at once.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rounds = $ENV{LIST_ROUNDS} // 6;
my $seed = $ENV{LIST_SEED} || $ENV{SEED} || 20200605;
srand $seed;
note "LIST_SEED=$seed LIST_ROUNDS=$rounds";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION entity_screen;
	-- A flat file with the columns of a list of rules
	INSERT INTO entity_screen.list_format (format, title, reader, signature, columns)
	VALUES ('cited_csv', 'Test', 'csv', '{id,name,cites}', '{"source_id": "id", "name": "name",
		"aliases": "alias", "destination": "country", "addresses": "address", "note": "note",
		"start_on": "listed_on", "citations": "cites", "license_review_policy": "policy"}');
	CREATE ROLE second LOGIN;
	SELECT entity_screen.grant_role('approver', 'second');
	-- All that a list says, without the numbers of this database
	CREATE FUNCTION said(list text, at timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
		SELECT md5(coalesce(string_agg(line, E'\n' ORDER BY line COLLATE "C"), '')) FROM (
			SELECT concat_ws('|', n.name::text, n.name_type, n.valid, v.valid, v.valid_from_basis,
				v.listed_from, v.destination_country, v.license_review_policy, v.note, v.citations::text,
				(SELECT string_agg(concat_ws(' ', a.address, a.country, a.valid), ';' ORDER BY a.address, a.valid)
				 FROM entity_screen.entry_address a WHERE a.entry_id = e.entry_id
					AND CASE WHEN at IS NULL THEN upper_inf(a.known) ELSE a.known @> at END)) AS line
			FROM entity_screen.entry e
			JOIN entity_screen.entry_version v ON v.entry_id = e.entry_id
				AND CASE WHEN at IS NULL THEN upper_inf(v.known) ELSE v.known @> at END
			JOIN entity_screen.entry_name n ON n.entry_id = e.entry_id
				AND CASE WHEN at IS NULL THEN upper_inf(n.known) ELSE n.known @> at END
			WHERE e.list_code = list) x $$;
});

my @word = map { join '', map { (split //, 'bdfgklmnprstvz')[rand 14] . (split //, 'aeiou')[rand 5] } 1 .. 4 } 1 .. 40;
my $lists = 0;

sub ask { return $node->safe_psql('postgres', $_[0]) }

sub new_list
{
	my ($policy) = @_;
	my $list = 'private_' . ++$lists;

	ask("INSERT INTO entity_screen.screening_list (list_code, title, authority, legal_effect)
		VALUES ('$list', 'Test', 'We', 'internal_block');
		INSERT INTO entity_screen.list_setting (list_code, max_removed_share, approval_policy, auto_removed_share, auto_changed_share)
		VALUES ('$list', 1, '$policy', 0.1, 0.3)");
	return $list;
}

# The files of a round: four snapshots of one list and three rules that agree
# with themselves: a rule adds what no other adds, and changes what one adds
sub make_files
{
	my @name = map { ucfirst($word[ rand @word ]) . ' ' . ucfirst($word[ rand @word ]) . ' Works' } 1 .. 9;
	my %seen;
	@name = grep { !$seen{$_}++ } @name;
	my @file;
	my %dated = map { $_ => rand() < 0.5 ? sprintf('2019-%02d-11', 1 + rand 12) : '' } @name;

	foreach my $k (0 .. 3)
	{
		my $day = sprintf '202%d-%02d-0%d', $k, 1 + rand 12, 1 + rand 9;
		my $text = "id,name,alias,country,address,note,listed_on,cites,policy\n";

		foreach my $i (0 .. $#name)
		{
			next if rand() < 0.25 && $i > 0;
			$text .= join(',', 1000 + $i, $name[$i],
				rand() < 0.5 ? $word[ rand 3 ] . ' Trading' : '', 'Peru',
				rand() < 0.4 ? '"' . int(rand 3) . ' Road, Lima, Peru"' : '',
				rand() < 0.3 ? 'note ' . int rand 3 : '', $dated{ $name[$i] },
				('', '', '90 FR 100', '91 FR 200', '91 FR 200; 92 FR 300', '"80 FR 7, 3/4/18"')[ rand 6 ],
				rand() < 0.5 ? 'text ' . int rand 2 : '') . "\n";
		}
		push @file, { kind => 'snapshot', day => $day, text => $text };
	}
	my %added;
	foreach my $k (0 .. 2)
	{
		my $text = "record,operation,name,destination_country,citation,effective_on,license_review_policy,on_conflict\n"
			. "tranche,,,,@{[ 90 + $k ]} FR @{[ 100 * ($k + 1) ]},@{[ 2020 + $k ]}-06-15,,\n";
		my $lines = 0;

		foreach my $name (@name)
		{
			my $chance = rand;
			my $operation = !$added{$name} ? ($chance < 0.3 ? 'add' : '')
				: $added{$name} eq 'gone' ? '' : $chance < 0.4 ? 'revise' : $chance < 0.5 ? 'remove' : '';
			next if $operation eq '';
			$added{$name} = $operation eq 'remove' ? 'gone' : 'here';
			$text .= "entry,$operation,$name,Peru,,," . ($operation eq 'remove' ? '' : "policy $k") . ",record\n";
			$text .= "name,,$word[ 5 + rand 3 ] Group,,,,,\n" if $operation ne 'remove' && rand() < 0.4;
			$lines++;
		}
		push @file, { kind => 'rule', text => $text } if $lines;
	}
	return @file;
}

sub load
{
	my ($list, $file) = @_;
	my $text = $file->{text} =~ s/'/''/gr;

	return $file->{kind} eq 'rule'
		? "SELECT tranche_id FROM entity_screen.load_tranche('$text'::text, '$list')"
		: "SELECT tranche_id FROM entity_screen.load_snapshot(convert_to('$text', 'UTF8'), '$file->{day}',
			'$list', 'cited_csv', backfill => true)";
}

sub shuffled
{
	my @item = @_;

	for (my $i = @item; --$i;)
	{
		my $j = int rand($i + 1);
		@item[ $i, $j ] = @item[ $j, $i ];
	}
	return @item;
}

my ($orders, $distinct) = (0, 0);
foreach my $round (1 .. $rounds)
{
	my @file = make_files();
	my $list = new_list('none');
	ask(load($list, $_)) foreach @file;
	my $said = ask("SELECT said('$list')");

	# Other orders
	foreach (1 .. 3)
	{
		my $other = new_list('none');
		my @order = shuffled(@file);
		my @then;

		foreach my $file (@order)
		{
			ask(load($other, $file));
			push @then, ask("SELECT said('$other') || ' ' || clock_timestamp()");
		}
		my $same = ask("SELECT said('$other')") eq $said;
		$orders++;
		ok($same, "round $round: another order, the same answers")
			or diag map { "== $_->{kind} " . ($_->{day} // '') . "\n$_->{text}" } @order;
		my $told = 1;
		foreach (@then)
		{
			my ($digest, $at) = split / /, $_, 2;
			$told &&= ask("SELECT said('$other', '$at')") eq $digest;
		}
		ok($told, "round $round: what was held at every moment is still told");
	}

	# One file more or less
	my ($extra, @rest) = shuffled(@file);
	my $without = new_list('none');
	ask(load($without, $_)) foreach @rest;
	my $before = ask("SELECT said('$without')");
	my $tranche = ask(load($without, $extra));
	$distinct += ask("SELECT said('$without')") ne $before;
	my $meanwhile = ask("SELECT said('$without') || ' ' || clock_timestamp()");
	ask("SELECT entity_screen.retract_tranche($tranche, 'test')");
	is(ask("SELECT said('$without')"), $before, "round $round: retracted, every answer is as before")
		or diag map { "== $_->{kind} " . ($_->{day} // '') . "\n$_->{text}" } @rest, $extra;
	my ($digest, $at) = split / /, $meanwhile, 2;
	is(ask("SELECT said('$without', '$at')"), $digest, "round $round: and its history is told");
	ask(load($without, $extra));
	is(ask("SELECT said('$without')"), $said, "round $round: loaded again, it counts again");

	# Refused: nothing changes
	ask("UPDATE entity_screen.list_setting SET max_removed_share = 0 WHERE list_code = '$without'");
	my ($code) = $node->psql('postgres', load($without,
		{ kind => 'snapshot', day => '2025-01-01', text => "id,name\n9999,Quite Another Works\n" }));
	isnt($code, 0, "round $round: a snapshot beyond the limit is refused");
	($code) = $node->psql('postgres', load($without, { kind => 'rule', text => $file[-1]{text} =~ s/\z/entry,add,,Peru,,,,\n/r }));
	isnt($code, 0, "round $round: a rule with a broken line is refused");
	is(ask("SELECT said('$without')"), $said, "round $round: which changes nothing");

	# Pending, then approved, in the order of the files; a snapshot that another
	# one overtook is retracted and loaded again, as the error says
	my $waiting = new_list($round % 2 ? 'second_person' : 'auto_within_limits');
	foreach my $file (@file)
	{
		my $held = ask("SELECT said('$waiting')");
		my $id = ask(load($waiting, $file));

		next if ask("SELECT status FROM entity_screen.tranche WHERE tranche_id = $id") eq 'approved';
		is(ask("SELECT said('$waiting')"), $held, "round $round: pending, it changes nothing")
			if rand() < 0.3;
		$node->safe_psql('postgres', "SELECT entity_screen.approve_tranche($id)",
			extra_params => [ '-U', 'second' ]);
	}
	is(ask("SELECT said('$waiting')"), $said, "round $round: approved, the answers are the same");
}
cmp_ok($distinct, '>', $rounds / 3, 'most of the files that were taken back had changed answers');
is(ask('SELECT * FROM entity_screen.check_references()'), '', 'nothing dangles');
is(ask('SELECT count(*) FROM entity_screen.stage_record'), '0', 'nothing is left staged');

$node->stop;
done_testing();
