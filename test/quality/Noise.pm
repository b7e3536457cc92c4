# What clerks, scanners and other spellings do to a name.
package Noise;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(pick_one shuffle_seeded make_noisy);

my %is_form = map { $_ => 1 } qw(ltd limited llc inc incorporated corp
	corporation co company plc llp lp sa sas sarl srl spa ag gmbh kg bv nv oy ab
	as aps pte pty sdn bhd jsc ojsc cjsc pjsc ooo oao zao ao pao fze fzco fzc fz
	dmcc jv est holding holdings group kft doo dd ad eood ood kk ltda sl saog
	saoc psc wll bsc pjs ltee sro zrt nyrt);
my %other_form = (limited => [ 'Ltd', 'Ltd.', 'LTD', 'Co. Ltd' ],
	ltd => [ 'Limited', 'Ltd.', 'L.T.D.' ],
	llc => [ 'L.L.C.', 'LLC', 'Limited Liability Company' ],
	inc => [ 'Incorporated', 'Inc.', 'Corp' ],
	corporation => [ 'Corp', 'Corp.', 'Inc' ],
	corp => [ 'Corporation', 'Corp.', 'Inc.' ],
	company => [ 'Co', 'Co.', 'Company Ltd' ], co => [ 'Company', 'Co.' ],
	ooo => [ 'LLC', 'Limited Liability Company', 'OOO' ],
	jsc => [ 'AO', 'Joint Stock Company', 'J.S.C.' ],
	ao => [ 'JSC', 'Joint Stock Company' ], gmbh => [ 'G.m.b.H.', 'GmbH' ],
	sa => [ 'S.A.', 'SA' ], plc => [ 'P.L.C.', 'Public Limited Company' ],
	fze => [ 'FZE', 'F.Z.E.', 'FZCO' ],
	pjsc => [ 'PAO', 'Public Joint Stock Company' ]);
my %short = (technology => 'Tech', technologies => 'Tech',
	international => 'Intl', company => 'Co', industries => 'Ind',
	industry => 'Ind', trading => 'Trdg', engineering => 'Eng',
	general => 'Gen', development => 'Dev', research => 'Res',
	institute => 'Inst', national => 'Natl', electronics => 'Elec',
	management => 'Mgmt', investment => 'Inv', services => 'Svcs',
	university => 'Univ', department => 'Dept', shipping => 'Shpg',
	mohammad => 'Md', muhammad => 'Mohd', mohammed => 'Mohd',
	science => 'Sci', center => 'Ctr', centre => 'Ctr');
# Spellings of one sound in the romanizations that lists use.
my @respelled = map { [ split /=/, $_, 2 ] } qw(kh=h kh=j ts=tz ts=c iy=y iy=i
	yy=y ou=u u=ou oo=u ph=f f=ph sch=sh sh=sch sh=ch zh=j zh=z q=k k=q k=c c=k
	w=v v=w x=ks ks=x ee=i i=ee i=y y=i ya=ia ia=ya yu=iu ev=yev ae=e dj=j j=dj
	gh=g g=gh dh=d th=t al-=el- mohammad=muhammed muhammad=mohammed
	mohamed=muhammad ah=a a=ah aa=a e=eh s=ss ss=s ll=l nn=n mm=m dd=d bb=b o=u
	u=o e=i i=e), 'al =el ', 'abd al=abdul', 'abdul=abd al';
my %near_key;
foreach my $row (qw(qwertyuiop asdfghjkl zxcvbnm))
{
	$near_key{ substr($row, $_, 1) } =
		($_ > 0 ? substr($row, $_ - 1, 1) : '') . substr($row, $_ + 1, 1)
		foreach 0 .. length($row) - 1;
}

# How often each happens, of a hundred.
my @kinds = ([ case => 5 ], [ typo => 16 ], [ typos => 12 ], [ spacing => 12 ],
	[ order => 12 ], [ form => 13 ], [ respelling => 15 ], [ drop => 5 ],
	[ short => 3 ], [ several => 7 ]);

sub pick_one { return $_[ int rand @_ ]; }

# shuffle_seeded(@list): in an order that srand fixes
sub shuffle_seeded
{
	my @list = @_;

	foreach my $i (reverse 1 .. $#list)
	{
		my $j = int rand($i + 1);

		@list[ $i, $j ] = @list[ $j, $i ];
	}
	return @list;
}

sub any_letter { return chr(ord('a') + int rand 26); }

# A letter hit beside the right one, lost, doubled or added, or swapped.
sub change_letter
{
	my $name = shift;
	my @at = grep { substr($name, $_, 1) =~ /[A-Za-z0-9]/ }
		0 .. length($name) - 1;
	my $kind = rand;

	return $name if @at < 3;
	my $at = pick_one(@at);
	my $letter = lc substr($name, $at, 1);

	if ($kind < 0.30)
	{
		substr($name, $at, 1) = rand() < 0.6 ?
			pick_one(split //, $near_key{$letter} // 'aeiou') : any_letter();
	}
	elsif ($kind < 0.55)
	{
		substr($name, $at, 1) = '';
	}
	elsif ($kind < 0.80)
	{
		substr($name, $at, 0) = rand() < 0.6 ? any_letter() : $letter;
	}
	elsif ($at + 1 < length $name)
	{
		substr($name, $at, 2) = reverse substr($name, $at, 2);
	}
	return $name;
}

sub respell
{
	my ($name, $times) = @_;

	$name = lc $name;
	foreach my $rule (shuffle_seeded(@respelled))
	{
		my ($from, $to) = @$rule;
		my @at;

		push @at, $-[0] while $name =~ /\Q$from\E/g;
		next unless @at;
		substr($name, pick_one(@at), length $from) = $to;
		last if --$times == 0;
	}
	return rand() < 0.5 ? $name =~ s/\b([a-z])/\u$1/gr : uc $name;
}

sub respace
{
	my $name = shift;
	my @words = split / /, $name;
	my ($longest) = sort { length $words[$b] <=> length $words[$a] || $a <=> $b }
		0 .. $#words;

	if (@words > 1 && rand() < 0.6)
	{
		my $i = int rand $#words;

		splice @words, $i, 2, $words[$i] . $words[ $i + 1 ];
	}
	elsif (length $words[$longest] < 5)
	{
		return $name =~ tr/-/ /r;
	}
	else
	{
		substr($words[$longest], 2 + int rand(length($words[$longest]) - 3), 0) =
			pick_one(' ', '-');
	}
	return join ' ', @words;
}

sub reorder
{
	my $name = shift;

	return "$2 $1" if $name =~ /^(.*?), (.*)$/ && rand() < 0.7;
	my @words = split / /, $name =~ tr/,//dr;
	my ($i, $j) = shuffle_seeded(0 .. $#words);

	@words[ $i, $j ] = @words[ $j, $i ] if @words > 1;
	return join ' ', @words;
}

sub letters_of { return lc($_[0]) =~ tr/a-z//cdr; }

sub change_form
{
	my $name = shift;
	my @words = split / /, $name;
	my @kept = grep { !$is_form{ letters_of($_) } } @words;

	return "$name " . pick_one('Ltd', 'LLC', 'Co., Ltd.', 'JSC', 'Inc', 'FZE',
		'GmbH', 'Limited')
		if @kept == @words || "@kept" !~ /[A-Za-z0-9]/;
	return "@kept" =~ s/,+$//r if rand() < 0.5;
	return join ' ', map {
		my $others = $other_form{ letters_of($_) };
		$others ? pick_one(@$others) : $_
	} @words;
}

sub change_case
{
	my $name = shift;
	my $kind = rand;

	return uc $name if $kind < 0.3;
	return lc $name if $kind < 0.6;
	return $name =~ tr/A-Za-z0-9 //cdr if $kind < 0.8;
	return rand() < 0.5 ? $name =~ s/ /-/r : $name =~ tr/-/ /r;
}

# One of the shorter half of the words, as clerks do.
sub drop_word
{
	my @words = split / /, shift;
	my @order = sort { length $words[$a] <=> length $words[$b] || $a <=> $b }
		0 .. $#words;

	splice @words, $order[ int rand(@words >> 1 || 1) ], 1 if @words > 2;
	return join ' ', @words;
}

sub shorten
{
	my $name = shift;
	my @words = map { $short{ lc(s/[,.]+$//r) } // $_ } split / /, $name;

	return "@words" eq $name ? change_letter($name) : "@words";
}

sub change_several
{
	my $name = shift;
	my $kind = int rand 3;

	$name = $kind == 0 ? reorder($name) : $kind == 1 ? respace($name) :
		respell($name, 2);
	return change_case(change_letter(change_form($name)));
}

my %change = (case => \&change_case, typo => \&change_letter,
	typos => sub { change_letter(change_letter($_[0])) },
	spacing => \&respace, order => \&reorder, form => \&change_form,
	respelling =>
		sub { respell($_[0], $_[0] =~ tr/A-Za-z0-9// < 10 ? 1 : 2) },
	drop => \&drop_word, short => \&shorten, several => \&change_several);

sub pick_kind
{
	my $place = rand 100;

	foreach my $kind (@kinds)
	{
		return $kind->[0] if ($place -= $kind->[1]) < 0;
	}
	return 'typo';
}

# make_noisy(name): a variant of a name in ASCII, and what was done to it.  A
# short name bears fewer changes, below six letters none of its letters.
sub make_noisy
{
	my $name = shift;
	my $kind = pick_kind();
	my $letters = $name =~ tr/A-Za-z0-9//;

	$kind = 'typo' if $letters < 12 && $kind =~ /^(typos|several)$/;
	$kind = pick_one('case', 'form')
		if $letters < 6 && $kind =~ /^(typo|respelling|drop)$/;
	my $noisy = $change{$kind}->($name);
	$noisy = rand() < 0.5 ? uc $noisy : lc $noisy
		if $kind ne 'case' && rand() < 0.4;
	return ($noisy =~ s/\s+/ /gr =~ s/^ | $//gr, $kind);
}

1;
