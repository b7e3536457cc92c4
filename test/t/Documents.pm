# The documents as a program sees them: blocks of SQL that run one after the
# other, in one database a document, and the blocks of text that show what
# psql prints.
package Documents;
use strict;
use warnings;
use File::Temp;
use Exporter 'import';

our @EXPORT_OK = qw(find_documents read_document find_blocks run_block
	create_database shown_part alike);

sub find_documents
{
	my ($top) = @_;

	return ("$top/README.md", sort glob("$top/docs/*.md"));
}

# Bytes in, bytes out: perl has no opinion on their encoding.
sub read_document
{
	my ($path) = @_;

	open my $file, '<', $path or die "$path: $!";
	local $/;
	return <$file>;
}

# The SQL blocks of a document: the line on which each begins, its SQL, and
# the text that follows it directly, if any, with its place in the document.
sub find_blocks
{
	my ($text) = @_;
	my @blocks;

	while ($text =~ /^```sql\n(.*?)^```$(\n\n```text\n(.*?)^```$)?/msg)
	{
		my ($sql, $shown) = ($1, $3);
		my ($from, $to) = ($-[3], $+[3]);

		push @blocks, {
			line => 1 + substr($text, 0, $-[1]) =~ tr/\n//,
			sql => $sql,
			fails => $sql =~ /\A-- error$/m ? 1 : 0,
			shown => $shown,
			from => $from,
			to => $to };
	}
	return @blocks;
}

# Only the document that teaches it creates the extension itself.
sub create_database
{
	my ($database, $text) = @_;
	my $create = "CREATE DATABASE $database TEMPLATE template0 "
		. "ENCODING 'UTF8' LOCALE 'C'";

	system('psql', '-XqAt', '-d', 'postgres', '-c', $create) == 0
		or die "no database $database\n";
	return if $text =~ /^CREATE EXTENSION entity_screen;$/m;
	system('psql', '-XqAt', '-d', $database, '-c',
		'CREATE EXTENSION entity_screen') == 0 or die "no extension\n";
}

# psql's exit code, 0 or, for an error in the block, 3; what it printed.
sub run_block
{
	my ($database, $sql) = @_;
	my $file = File::Temp->new(SUFFIX => '.sql');

	print $file $sql;
	close $file;
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
	my $output = `psql -X -q -v ON_ERROR_STOP=1 -d '$database' -f '$file' 2>&1`;
	my $code = $? >> 8;

	$output =~ s/^psql:\S+?: //mg;
	$output =~ s/[ \t]+$//mg;
	$output =~ s/\n+\z/\n/;
	return ($code, $output);
}

# As much of what was printed as the document shows: its last results.
sub shown_part
{
	my ($output, $shown) = @_;
	my $results = () = $shown =~ /^\(\d+ rows?\)$/mg;
	my @printed = $output =~ /(.*?^\(\d+ rows?\)\n*)/msg;

	return $output if $results == 0 || @printed <= $results;
	$output = join '', @printed[-$results .. -1];
	$output =~ s/\n+\z/\n/;
	return $output;
}

# Whether a document shows what was printed; widths may differ.
sub alike
{
	my @texts = map { my $text = $_; $text =~ s/-{2,}/--/g;
		$text =~ s/[ \t]+/ /g; $text =~ s/^ | $//mg; $text } @_;

	return $texts[0] eq $texts[1];
}

1;
