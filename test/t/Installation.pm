# A private copy of a PostgreSQL installation whose folder of extensions can
# be written, so that tests can install other versions of the extension (or
# other libraries) without touching the machine's; and what an extension is,
# as text, to compare a fresh one with an updated one.
package Installation;

use strict;
use warnings;
use Cwd 'abs_path';
use Exporter 'import';
use File::Basename;
use File::Copy;
use File::Path;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(copy_installation read_script write_script describe_extension
	current_version);

sub ask
{
	my ($what) = @_;
	my $answer = `pg_config --$what`;

	chomp $answer;
	return $answer;
}

# A server finds its files from where its program is: so programs are copied
# and everything else is linked.  Returns the folder for install_path and that
# of the extension's scripts.
sub copy_installation
{
	my ($root) = @_;
	my ($bin, $share, $lib) = map { ask($_) } qw(bindir sharedir pkglibdir);

	my @programs = qw(postgres initdb pg_ctl psql pg_isready pg_config);

	mkpath("$root$bin");
	foreach my $program (@programs)
	{
		copy("$bin/$program", "$root$bin/$program") or die "$program: $!";
		chmod 0755, "$root$bin/$program";
	}
	mkpath(dirname("$root$lib"));
	symlink($lib, "$root$lib") or die "$lib: $!";
	# Programs may look for their libraries from where they are.
	foreach my $path (map { /=> (\/\S+)/g } map { `ldd $bin/$_` } @programs)
	{
		my $file = abs_path(dirname($path)) . '/' . basename($path);

		mkpath(dirname("$root$file"));
		symlink($file, "$root$file") unless -e "$root$file";
	}
	mkpath("$root$share/extension");
	foreach my $file (glob("$share/*"), glob("$share/extension/*"))
	{
		my $link = "$root$file";

		symlink($file, $link) unless -e $link;
	}
	return (dirname("$root$bin"), "$root$share/extension");
}

sub current_version
{
	my ($control) = slurp_file(ask('sharedir') . '/extension/entity_screen.control');

	return ($control =~ /^default_version *= *'(.*)'/m)[0];
}

sub read_script
{
	my ($folder, $version) = @_;

	return slurp_file("$folder/entity_screen--$version.sql");
}

sub write_script
{
	my ($folder, $version, $text) = @_;
	my $path = "$folder/entity_screen--$version.sql";

	unlink $path;
	open my $file, '>', $path or die "$path: $!";
	print $file $text;
	close $file;
	return;
}

# Everything that belongs to the extension, one line each, in an order of its
# own: definition, owner, rights, comment, dependencies on each other; columns,
# constraints, indexes, triggers, policies; what pg_dump takes; and the rows
# that the script ships, without their times.
my $describe = <<'SQL';
SET search_path = pg_catalog;
CREATE TEMP VIEW member AS
	SELECT d.classid, d.objid FROM pg_depend d
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'entity_screen');
CREATE TEMP VIEW relation AS
	SELECT c.* FROM pg_class c JOIN member m ON m.objid = c.oid
		AND m.classid = 'pg_class'::regclass;
CREATE FUNCTION pg_temp.rights(acl aclitem[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C") FROM unnest(acl) a $$;
CREATE FUNCTION pg_temp.rows_of(target regclass) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	columns text;
BEGIN
	SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
	FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
		AND atttypid NOT IN ('timestamptz'::regtype, 'tstzrange'::regtype);
	RETURN QUERY EXECUTE format('SELECT ROW(%s)::text FROM %s', columns, target);
END $$;
SELECT replace(line, E'\n', '\n') FROM (
	SELECT concat_ws(' | ', 'member', pg_describe_object(classid, objid, 0),
		obj_description(objid, classid::regclass::name)) AS line FROM member
	UNION ALL
	SELECT concat_ws(' | ', 'function', p.oid::regprocedure,
		CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) END,
		pg_get_userbyid(p.proowner), pg_temp.rights(p.proacl))
	FROM pg_proc p JOIN member m ON m.objid = p.oid AND m.classid = 'pg_proc'::regclass
	UNION ALL
	SELECT concat_ws(' | ', 'relation', c.oid::regclass, c.relkind, c.relpersistence,
		pg_get_userbyid(c.relowner), pg_temp.rights(c.relacl), c.reloptions, c.relrowsecurity,
		c.relforcerowsecurity, c.relreplident, c.relispartition,
		CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END,
		(SELECT concat_ws(',', s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache,
			s.seqcycle, s.seqtypid::regtype) FROM pg_sequence s WHERE s.seqrelid = c.oid),
		pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid))
	FROM relation c
	UNION ALL
	SELECT concat_ws(' | ', 'column', c.oid::regclass,
		row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname,
		format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
		a.attstorage, a.attcompression, a.attcollation::regcollation, a.attstattarget,
		pg_temp.rights(a.attacl), pg_get_expr(d.adbin, d.adrelid),
		col_description(c.oid, a.attnum))
	FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		AND NOT a.attisdropped
	LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	UNION ALL
	SELECT concat_ws(' | ', 'constraint', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid),
		k.convalidated, obj_description(k.oid, 'pg_constraint'))
	FROM relation c JOIN pg_constraint k ON k.conrelid = c.oid
	UNION ALL
	SELECT concat_ws(' | ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid, x.reloptions,
		obj_description(i.indexrelid, 'pg_class'))
	FROM relation c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid
	UNION ALL
	SELECT concat_ws(' | ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled,
		obj_description(t.oid, 'pg_trigger'))
	FROM relation c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
	UNION ALL
	SELECT concat_ws(' | ', 'policy', c.oid::regclass, p.polname, p.polcmd, p.polpermissive,
		p.polroles::regrole[], pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid),
		obj_description(p.oid, 'pg_policy'))
	FROM relation c JOIN pg_policy p ON p.polrelid = c.oid
	UNION ALL
	SELECT concat_ws(' | ', 'statistics', pg_get_statisticsobjdef(s.oid))
	FROM relation c JOIN pg_statistic_ext s ON s.stxrelid = c.oid
	UNION ALL
	SELECT concat_ws(' | ', 'type', t.oid::regtype, t.typtype, t.typlen, t.typbyval, t.typcategory,
		t.typispreferred, t.typdelim, t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin,
		t.typanalyze, t.typalign, t.typstorage, t.typcollation, pg_temp.rights(t.typacl),
		pg_get_userbyid(t.typowner))
	FROM pg_type t JOIN member m ON m.objid = t.oid AND m.classid = 'pg_type'::regclass
	UNION ALL
	SELECT concat_ws(' | ', 'operator', o.oid::regoperator, o.oprcode, o.oprrest, o.oprjoin,
		o.oprcom::regoperator, o.oprnegate::regoperator, o.oprcanmerge, o.oprcanhash)
	FROM pg_operator o JOIN member m ON m.objid = o.oid AND m.classid = 'pg_operator'::regclass
	UNION ALL
	SELECT concat_ws(' | ', 'operator class', c.opcname, f.opfname, c.opcintype::regtype,
		c.opckeytype::regtype, c.opcdefault,
		(SELECT string_agg(concat_ws(' ', o.amopstrategy, o.amopopr::regoperator, o.amoppurpose), ',' ORDER BY o.amopstrategy, o.amopopr::regoperator::text)
		 FROM pg_amop o WHERE o.amopfamily = f.oid),
		(SELECT string_agg(concat_ws(' ', o.amprocnum, o.amproc), ',' ORDER BY o.amprocnum, o.amproc::text)
		 FROM pg_amproc o WHERE o.amprocfamily = f.oid))
	FROM pg_opclass c JOIN member m ON m.objid = c.oid AND m.classid = 'pg_opclass'::regclass
	JOIN pg_opfamily f ON f.oid = c.opcfamily
	UNION ALL
	SELECT concat_ws(' | ', 'cast', c.castsource::regtype, c.casttarget::regtype,
		c.castfunc::regprocedure, c.castcontext, c.castmethod)
	FROM pg_cast c JOIN member m ON m.objid = c.oid AND m.classid = 'pg_cast'::regclass
	UNION ALL
	SELECT concat_ws(' | ', 'schema', n.nspname, pg_get_userbyid(n.nspowner), pg_temp.rights(n.nspacl))
	FROM pg_namespace n JOIN member m ON m.objid = n.oid AND m.classid = 'pg_namespace'::regclass
	UNION ALL
	-- An index or a default belongs to a table: what it depends on is told
	-- by its definition.
	SELECT DISTINCT concat_ws(' | ', 'dependency', pg_describe_object(d.classid, d.objid, d.objsubid),
		d.deptype, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid))
	FROM pg_depend d
	WHERE (d.classid, d.objid) IN (SELECT classid, objid FROM member)
		AND d.deptype <> 'i' AND d.refclassid <> 'pg_extension'::regclass
	UNION ALL
	SELECT concat_ws(' | ', 'first rights', pg_describe_object(i.classoid, i.objoid, i.objsubid),
		pg_temp.rights(i.initprivs))
	FROM pg_init_privs i WHERE i.privtype = 'e'
	UNION ALL
	SELECT concat_ws(' | ', 'dumped', t.oid::regclass, t.condition)
	FROM pg_extension e, unnest(e.extconfig, e.extcondition) t (oid, condition)
	WHERE e.extname = 'entity_screen'
	UNION ALL
	SELECT concat_ws(' | ', 'row', c.oid::regclass, pg_temp.rows_of(c.oid))
	FROM relation c WHERE c.relkind = 'r'
) x ORDER BY line COLLATE "C";
SQL

sub describe_extension
{
	my ($node, $database) = @_;

	# one line each, so that a set of lines is what is compared
	return $node->safe_psql($database, $describe);
}

1;
