# Names and labelled pairs for the measures, read from files of public lists
# and registers, which are no part of the project.
package Sample;

use strict;
use warnings;
use Exporter 'import';
use Noise;
use Unicode::Normalize;

our @EXPORT = qw(read_lines read_csv is_latin fold_name draw_corpus
	read_entities cut_pairs cut_aliases);

sub open_file
{
	my $path = shift;
	my @command = $path =~ /\.xz$/ ? ('xz', '-dc', $path) :
		$path =~ /\.gz$/ ? ('gzip', '-dc', $path) : ('cat', $path);

	open my $file, '-|:encoding(UTF-8)', @command or die "$path: $!\n";
	return $file;
}

sub read_lines
{
	my $file = open_file(shift);
	my @lines = map { s/[\r\n]+$//r } <$file>;

	close $file or die "cannot read a file of names\n";
	return @lines;
}

# split_csv(line, handle): the fields of a record, which may go on for lines
sub split_csv
{
	my ($line, $file) = @_;
	my @fields;

	while (($line =~ tr/"//) % 2)
	{
		my $more = <$file> // last;

		$line .= $more;
	}
	$line =~ s/[\r\n]+$//;
	push @fields, defined $1 ? $1 =~ s/""/"/gr : $2
		while $line =~ /\G(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g
		&& (@fields == 0 || $-[0] < length($line) || $line =~ /,$/);
	return @fields;
}

# read_csv(path): the records of a file with a header, as hashes
sub read_csv
{
	my $file = open_file(shift);
	my @columns = map { lc s/^\x{FEFF}//r } split_csv(scalar <$file>, $file);
	my @rows;

	while (my $line = <$file>)
	{
		my %row;

		@row{@columns} = split_csv($line, $file);
		push @rows, \%row;
	}
	return @rows;
}

sub is_latin { return $_[0] !~ /[^\P{Alphabetic}\x00-\x{24F}\x{1E00}-\x{1EFF}]/; }

sub fold_name { return lc($_[0]) =~ s/[\W_]+//gr; }

# to_ascii(name): as a clerk without other letters would have it
sub to_ascii
{
	return NFKD($_[0]) =~ s/[^\x00-\x7F]//gr =~ s/\s+/ /gr =~ s/^ | $//gr;
}

sub in_ascii
{
	my %seen;

	return grep { my $n = tr/A-Za-z0-9//; $n >= 4 && $n <= 100 && !$seen{$_}++ }
		map { to_ascii($_) } @_;
}

# draw_corpus(seed, \@list, \@benign, \@not_benign): names of a list, variants
# of some of them [name, kind, number of the listed one], and benign names
sub draw_corpus
{
	my ($seed, $list, $benign, $not_benign, $n) = @_;
	my (%listed, @noisy);

	srand $seed;
	my @listed = shuffle_seeded(in_ascii(@$list));
	splice @listed, $n->{listed} if @listed > $n->{listed};
	@listed{ map { fold_name($_) } @listed, in_ascii(@$not_benign) } = ();
	my @benign = grep { !exists $listed{ fold_name($_) } }
		shuffle_seeded(in_ascii(@$benign));
	splice @benign, $n->{benign} if @benign > $n->{benign};
	while (@listed && @noisy < $n->{noisy})
	{
		my $i = int rand @listed;
		my ($name, $kind) = make_noisy($listed[$i]);

		push @noisy, [ $name, $kind, $i ] if ($name =~ tr/A-Za-z0-9//) >= 4;
	}
	return (\@listed, \@noisy, \@benign);
}

# ---------------------------------------------- labelled pairs cut from lists

sub clean_name
{
	return $_[0] =~ s/\s+/ /gr =~ s/^(?:and|or) //r =~ s/^[ ,;"]+|[ ,;"]+$//gr
		=~ s/; and$//r;
}

sub read_csl
{
	return map {
		{ list => $_->{source} =~ /Entity List/ ? 'el' : 'csl',
			kind => $_->{type} eq 'Individual' ? 'person' : 'org',
			names => [ $_->{name}, split /; /, $_->{alt_names} ] }
	} grep {
		$_->{type} !~ /Vessel|Aircraft/
			# persons of lists without types
			&& ($_->{type} || $_->{name} !~ /,/ || $_->{name} =~ / .* .* /)
	} read_csv("$_[0]/us_csl/consolidated_2022-04.csv.xz");
}

sub read_eu
{
	return map {
		{ list => 'eu',
			kind => $_->{schema} eq 'Person' ? 'person' : 'org',
			names => [ map { s/\s*\([^()]*\)$//r } map { split /; /, $_ // '' }
					@$_{qw(name alias previousname)} ] }
	} grep { $_->{schema} =~ /^(Person|LegalEntity|Company|Organization)$/ }
		map { read_csv($_) } sort glob "$_[0]/eu_journal/consolidated/*.xz";
}

# read_entities(directory): of a folder of list files, entities with two names
# or more, each {list, kind, names}; one name begins one entity only
sub read_entities
{
	my $directory = shift;
	my (%seen, @entities);

	foreach my $entity (read_csl($directory), read_eu($directory))
	{
		my %own;

		$entity->{names} = [ grep {
				length($_) > 2 && length($_) < 150 && !/^\(/
					&& !$own{ fold_name($_) }++
			} map { clean_name($_) } @{ $entity->{names} } ];
		push @entities, $entity if @{ $entity->{names} } > 1
			&& !$seen{ fold_name($entity->{names}[0]) }++;
	}
	return @entities;
}

# join_entities: what shares a name is one party, on whatever list
sub join_entities
{
	my (%leader, %first);
	my $find = sub {
		my $i = shift;

		$i = $leader{$i} while defined $leader{$i} && $leader{$i} != $i;
		return $i;
	};

	foreach my $i (0 .. $#_)
	{
		foreach my $name (map { fold_name($_) } @{ $_[$i]{names} })
		{
			$leader{ $find->($i) } = $find->($first{$name} //= $i)
				if length $name > 3;
		}
	}
	$_[$_]{party} = $find->($_) foreach 0 .. $#_;
	return;
}

sub trigrams_of
{
	my $name = ' ' . lc($_[0]) =~ s/[\W_]+/ /gr . ' ';
	my %trigrams = map { substr($name, $_, 3) => 1 } 0 .. length($name) - 3;

	return keys %trigrams;
}

# Names near a name by the trigrams they share, rare ones most.
sub index_trigrams
{
	my @names = @_;
	my %index = (names => \@names, with => {}, total => []);

	foreach my $i (0 .. $#names)
	{
		push @{ $index{with}{$_} }, $i foreach trigrams_of($names[$i]{name});
	}
	$index{rarity} = { map { $_ => log(@names / @{ $index{with}{$_} }) }
			keys %{ $index{with} } };
	foreach my $i (0 .. $#names)
	{
		$index{total}[$i] += $index{rarity}{$_}
			foreach trigrams_of($names[$i]{name});
	}
	return \%index;
}

sub nearest
{
	my ($index, $entity, $name, $count) = @_;
	my (%shared, @near, %seen);
	my $own = 0.1;

	foreach my $trigram (trigrams_of($name))
	{
		my $rarity = $index->{rarity}{$trigram} // 9;

		$own += $rarity;
		next if @{ $index->{with}{$trigram} // [] } > 600;
		$shared{$_} += $rarity foreach @{ $index->{with}{$trigram} // [] };
	}
	foreach my $i (sort {
			$shared{$b} / ($own + $index->{total}[$b]) <=>
				$shared{$a} / ($own + $index->{total}[$a]) || $a <=> $b
		} grep { $shared{$_} > $own / 5 } keys %shared)
	{
		my $other = $index->{names}[$i];

		next if $other->{entity}{kind} ne $entity->{kind}
			|| $other->{entity}{list} ne $entity->{list}
			|| $other->{entity}{party} == $entity->{party}
			|| $seen{ fold_name($other->{name}) }++;
		push @near, $other->{name};
		last if @near == $count;
	}
	return @near;
}

# cut_pairs(seed, counts, @entities): so many of each kind, a name and another
# of its own; and the name with a name near it that is another party's, one of
# the six nearest.
sub cut_pairs
{
	my ($seed, $count, @entities) = @_;
	my (%taken, @pairs);

	srand $seed;
	join_entities(@entities);
	my $index = index_trigrams(map {
			my $entity = $_;
			my @names = @{ $entity->{names} };
			map { { name => $_, entity => $entity } }
				@names[ 0 .. ($#names < 4 ? $#names : 4) ]
		} @entities);

	foreach my $entity (shuffle_seeded(@entities))
	{
		next if $taken{ $entity->{kind} }++ >= $count->{ $entity->{kind} };
		my ($name, @aliases) = @{ $entity->{names} };
		my ($query, $match) = shuffle_seeded($name, pick_one(@aliases));
		my @near = nearest($index, $entity, $query, 6);
		my $wrong = pick_one(@near[ 0, 0, 0, 1, 2 ]) // $near[0];

		push @pairs, { query => $query, candidate => $match, is_match => 1,
			kind => $entity->{kind} };
		push @pairs, { query => $query, candidate => $wrong, is_match => 0,
			kind => $entity->{kind} } if defined $wrong;
	}
	return @pairs;
}

# cut_aliases(seed, count, @entities): of so many parties of the Entity List
# [alias, name], to be ranked among all these names
sub cut_aliases
{
	my ($seed, $count, @entities) = @_;
	my (%seen, @pairs);

	srand $seed;
	join_entities(@entities);
	foreach my $entity (shuffle_seeded(grep { $_->{list} eq 'el' } @entities))
	{
		my ($name, @aliases) = @{ $entity->{names} };

		push @pairs, [ pick_one(@aliases), $name ]
			unless $seen{ $entity->{party} }++ || @pairs == $count;
	}
	return @pairs;
}

1;
