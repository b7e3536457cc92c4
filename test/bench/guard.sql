-- What a guard and a look-up through the lists cost. Variable: runs.
SET client_min_messages = warning;
SELECT set_config('pg_trgm.similarity_threshold', trgm_threshold::text, false)
FROM bench.recall \g /dev/null

INSERT INTO entity_screen.screening_list (list_code, title, authority,
										  legal_effect)
VALUES ('private_bench', 'Names of the bench', 'Bench', 'internal_block');
CREATE TABLE bench.listed AS SELECT name, id FROM bench.list UNION ALL
	SELECT name, 1000000 + id FROM bench.many
	WHERE id <= :listed - (SELECT count(*) FROM bench.list);
SELECT count(*) FROM entity_screen.load_tranche(
	(SELECT 'record,operation,name,destination_country,citation,effective_on'
		|| E'\ntranche,,,,99 FR 1,2024-01-01\n'
		|| string_agg(format('entry,add,"%s",Peru,,',
			replace(name, '"', '""')), E'\n')
	 FROM (SELECT DISTINCT ON (entity_normal_form(name::entity_name), upper(name)) name
		   FROM bench.listed) l), list_code => 'private_bench') \g /dev/null
CREATE TABLE bench.listed_text AS
	SELECT name::text FROM entity_screen.entry_name;
CREATE INDEX ON bench.listed_text USING gin (name gin_trgm_ops);
VACUUM ANALYZE bench.listed_text;
VACUUM ANALYZE entity_screen.entry_name;
VACUUM ANALYZE entity_screen.entry_version;

CREATE TABLE bench.plain (id int PRIMARY KEY, buyer text, ordered_on date);
CREATE TABLE bench.trgm (LIKE bench.plain INCLUDING ALL);
CREATE TABLE bench.guarded (LIKE bench.plain INCLUDING ALL);
CREATE TABLE bench.counted (LIKE bench.plain INCLUDING ALL);
CREATE FUNCTION bench.check_trgm() RETURNS trigger LANGUAGE plpgsql
	SET enable_seqscan = off AS $$
BEGIN
	IF EXISTS (SELECT FROM bench.listed_text l WHERE l.name % NEW.buyer) THEN
		NEW.ordered_on := NULL;
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER check_buyer BEFORE INSERT ON bench.trgm
	FOR EACH ROW EXECUTE FUNCTION bench.check_trgm();
SELECT entity_screen.protect_table('bench.guarded', party => 'buyer',
	on_date => 'ordered_on', action => 'observe') \g /dev/null
SELECT entity_screen.protect_table('bench.counted', party => 'buyer',
	on_date => 'ordered_on', action => 'observe', record_clean => 'count')
	\g /dev/null

-- What a guard mostly sees: buyers that hit nothing.
CREATE TABLE bench.clean AS
	SELECT id, name FROM bench.query q
	WHERE truth IS NULL AND NOT entity_screen.is_listed(name, '2024-06-01')
	LIMIT 1000;

CREATE PROCEDURE bench.insert_rows(target text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('TRUNCATE bench.%I', target);
	CALL bench.time_it('insert', target, format('INSERT INTO bench.%I'
		' SELECT id, name, %L FROM bench.clean', target, '2024-06-01'), 1000);
END
$$;
CREATE PROCEDURE bench.measure_guard() LANGUAGE plpgsql AS $$
BEGIN
	CALL bench.insert_rows('plain');
	CALL bench.insert_rows('guarded');
	CALL bench.insert_rows('counted');
	CALL bench.insert_rows('trgm');
END
$$;
SELECT 'CALL bench.measure_guard()' FROM generate_series(1, :runs) \gexec
