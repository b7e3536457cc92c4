# receive.pl DIRECTORY SEED SECONDS RUNS: binary messages of names, through COPY.
#
# What a client sends is taken and gives back the very same text, or is
# refused with 22P03 (format, or fewer bytes than announced), 22021 (not text), 22P04
# (no COPY at all) or 54000 (too long).
use strict;
use warnings;

my ($dir, $seed, $seconds, $runs) = @ARGV;
srand $seed;

my @words = ("Cloud Walk", "\xd0\x90\xd0\xbb\xd0\xbc\xd0\xb0\xd0\xb7",
	"\xe4\xba\x91\xe4\xbb\x8e", "Co., Ltd", "&amp;", "\xf0\x9f\x98\x80", "38",
	"\xc3\xa9", "e\xcc\x81", " ", "", "\n", "%s", "'", "\xef\xbf\xbd");
my @bad = ("\xff", "\xc3", "\xed\xa0\x80", "\0", "\xf4\x90\x80\x80");

sub pick { return $_[int rand @_] }

# A message: the format byte, then text.
sub make_message
{
	my $text = join '', map { pick(@words) } 0 .. rand 9;

	$text .= pick(@bad) if rand() < 0.15;
	$text = substr $text, 0, rand length $text if rand() < 0.2;
	$text x= 5000 if rand() < 0.002;
	substr($text, rand length $text, 1) = chr int rand 256
		if rand() < 0.2 && length $text;
	return (chr(rand() < 0.1 ? rand 256 : 1) . $text, $text);
}

# COPY's own frame, at times cut or with a wrong length. The second column is
# the text as bytes.
sub frame
{
	my ($message, $text) = @_;
	my $length = length $message;

	($message, $length) = ('', 0) if rand() < 0.01;
	$length += int(rand 9) - 4 if rand() < 0.03;
	my $frame = "PGCOPY\n\xff\r\n\0" . pack('NN', 0, 0) . pack('n', 2)
		. pack('N', $length & 0xffffffff) . $message
		. pack('N', length $text) . $text . pack('n', 0xffff);
	$frame = substr $frame, 0, rand length $frame if rand() < 0.02;
	return $frame;
}

my $batch = 500;
my ($executions, $accepted, $number, %refused, @findings) = (0, 0, 0);
my $end = time + $seconds;
my $quiet = 'psql -X -q -A -t -v VERBOSITY=sqlstate';
system("$quiet -c 'CREATE TABLE received (name entity_name, source bytea)'") == 0
	or die "no table\n";
while (time < $end && ($runs < 0 || $executions < $runs))
{
	open my $script, '>', "$dir/script" or die;
	print $script "TRUNCATE received;\n";
	foreach my $i (1 .. $batch)
	{
		open my $file, '>:raw', "$dir/message.$i" or die;
		print $file frame(make_message());
		print $script "\\copy received from '$dir/message.$i' (format binary)\n";
	}
	print $script "SELECT 'held', count(*),"
		. " count(*) FILTER (WHERE convert_to(name::text, 'UTF8') <> source)"
		. " FROM received;\n";
	close $script;
	my $output = `$quiet -f '$dir/script' 2>&1`;
	$executions += $batch;
	my ($held, $wrong) = $output =~ /^held\|(\d+)\|(\d+)$/m;
	unless (defined $held)
	{
		push @findings, 'the server went away', split /\n/, substr $output, -500;
		last;
	}
	$accepted += $held;
	# A text that is not the one beside it: only where the frame was wrong.
	$refused{$1}++ while $output =~ /ERROR:  (\w+)$/mg;
	push @findings, "$wrong names are not what was sent" if $wrong > 0;
}
push @findings, map { "$refused{$_} refusals with $_" }
	grep { !/^(22P03|22021|22P04|54000|22P02|08P01)$/ } sort keys %refused;
print map { "finding: $_\n" } @findings;
printf "%d executions in %s s, %d accepted, %d kinds of refusal, %d findings\n",
	$executions, $seconds, $accepted, scalar keys %refused, scalar @findings;
print "# refused: ", join(', ', map { "$_ $refused{$_}" } sort keys %refused), "\n";
exit(@findings || !$accepted ? 1 : 0);
