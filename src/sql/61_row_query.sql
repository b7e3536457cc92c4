/*
 * 61_row_query: the statement that reads the parties of a user's table
 *
 * It runs with the rights of the caller, who can do no more with it than with
 * a SELECT of his own.
 */

CREATE FUNCTION entity_screen.report_progress(target regclass, done bigint)
RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION entity_screen.report_progress(regclass, bigint) IS
'Shows a run over a table in pg_stat_progress_copy, tuples_processed being the rows read so far; 0 begins, a negative number ends';

CREATE FUNCTION entity_screen.check_readable(target regclass)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM FROM pg_class c
	WHERE c.oid = target AND c.relkind IN ('r', 'p', 'v', 'm', 'f');
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('%s cannot be screened',
							 coalesce(target::text, 'null')),
			DETAIL = 'Rows are read from a table or view.',
			HINT = 'Name a table or view that you may read.';
	END IF;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_readable(regclass) IS
'Raises 42809 unless rows can be read from the relation';

CREATE FUNCTION entity_screen.check_column(target regclass, argument text,
										   column_name text)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	base text;
BEGIN
	IF check_column.column_name IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('%s: a column is needed', argument),
			DETAIL = 'The argument names a column of the table.',
			HINT = 'Name a column as it is stored, without quotes.';
	END IF;
	SELECT coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text INTO base
	FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
	WHERE a.attrelid = check_column.target
		AND a.attname = check_column.column_name
		AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column',
			MESSAGE = format('%s: %s has no column %s',
				coalesce(argument, 'null'), coalesce(target::text, 'null'),
				coalesce(quote_ident(check_column.column_name), 'null')),
			DETAIL = 'The argument names a column of the table.',
			HINT = 'Name columns as they are stored, without quotes.';
	END IF;
	IF argument = 'on_date' AND base NOT IN ('date',
		'timestamp without time zone', 'timestamp with time zone') THEN
		RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
			MESSAGE = format('on_date: column %I is of type %s',
							 check_column.column_name, base),
			DETAIL = 'The date the law is asked for is a date or a timestamp.',
			HINT = 'Name a column of type date, timestamp or timestamptz.';
	END IF;
	RETURN base;
END;
$$;
COMMENT ON FUNCTION entity_screen.check_column(regclass, text, text) IS
'The base type of a column; 42703 when there is none, 42804 when on_date is no date';

/*
 * Values as their types write them, as a guard reads them; format() calls
 * the output function, a cast would not.
 */
CREATE FUNCTION entity_screen.text_expression(column_name text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN column_name IS NULL THEN 'NULL::text'
		ELSE format('CASE WHEN t.%1$I IS NOT NULL THEN pg_catalog.format(''%%s'', t.%1$I) END',
					column_name) END;
END;
COMMENT ON FUNCTION entity_screen.text_expression(text) IS
'Expression that gives a column of t as text';

CREATE FUNCTION entity_screen.key_expression(key_columns text[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE cardinality(key_columns)
		WHEN 0 THEN 'NULL::text'
		WHEN 1 THEN entity_screen.text_expression(key_columns[1])
		ELSE (
			SELECT '''['' || pg_catalog.concat_ws('', '', ' || string_agg(
				format('coalesce(pg_catalog.to_json(%s)::text, ''null'')',
					   entity_screen.text_expression(k.name)),
				', ' ORDER BY k.place) || ') || '']'''
			FROM unnest(key_columns) WITH ORDINALITY AS k (name, place))
		END;
END;
COMMENT ON FUNCTION entity_screen.key_expression(text[]) IS
'Expression that gives the key of a row of t as evidence does: one value, or a JSON array of several';

/*
 * One party of a row of a table.  on_date, or the moment where the column is
 * a timestamptz, or neither.
 */
CREATE TYPE entity_screen.row_party AS (
	party_ref text,
	party_column text,
	party text,
	country text,
	address text,
	on_date date,
	moment timestamptz);
COMMENT ON TYPE entity_screen.row_party IS
'Internal: one party of a row of a table, as row_query() reads it';

/*
 * row_query() - the statement that reads the parties of a table
 *
 * One row for each party column of each row, in the columns of row_party.
 * since and until bound the date column;
 * sampling is a TABLESAMPLE clause.
 */
CREATE FUNCTION entity_screen.row_query(target regclass, key text,
	party text, country text, address text, on_date text,
	since date DEFAULT NULL, until date DEFAULT NULL,
	sampling text DEFAULT '')
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	key_columns text[];
	party_columns text[] := entity_screen.column_list(party);
	base text;
	date_text text := 'NULL::date AS on_date, NULL::timestamptz AS moment';
BEGIN
	PERFORM entity_screen.check_readable(target);
	key_columns := coalesce(entity_screen.column_list(key),
							entity_screen.primary_key_columns(target));
	IF coalesce(cardinality(party_columns), 0) = 0
		OR array_position(party_columns, NULL) IS NOT NULL
		OR array_position(key_columns, NULL) IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'a party column is needed, and no name may be null',
			DETAIL = 'Without one there is nothing to screen.',
			HINT = 'Pass party, the column that holds the name to screen.';
	END IF;
	PERFORM entity_screen.check_column(target, c.argument, c.name)
	FROM (SELECT 'key', k FROM unnest(key_columns) AS k
		  UNION ALL SELECT 'party', p FROM unnest(party_columns) AS p
		  UNION ALL VALUES ('country', country), ('address', address))
		AS c (argument, name)
	WHERE c.name IS NOT NULL OR c.argument = 'party';
	IF on_date IS NOT NULL THEN
		base := entity_screen.check_column(target, 'on_date', on_date);
		date_text := CASE base WHEN 'timestamp with time zone'
			THEN format('NULL::date AS on_date, t.%I::timestamptz AS moment',
						 on_date)
			ELSE format('t.%I::date AS on_date, NULL::timestamptz AS moment',
						 on_date) END;
	END IF;
	RETURN format('SELECT %s AS party_ref, p.party_column, p.party, %s AS country, %s AS address, %s FROM %s AS t %s CROSS JOIN LATERAL (VALUES %s) AS p (party_column, party) WHERE true',
		entity_screen.key_expression(key_columns),
		entity_screen.text_expression(country),
		entity_screen.text_expression(address), date_text, target, sampling,
		(SELECT string_agg(format('(%L, %s)', c.name,
					entity_screen.text_expression(c.name)),
				', ' ORDER BY c.place)
		 FROM unnest(party_columns) WITH ORDINALITY AS c (name, place)))
		|| CASE WHEN since IS NULL THEN ''
			ELSE format(' AND t.%I >= %L', on_date, since::text) END
		|| CASE WHEN until IS NULL THEN ''
			ELSE format(' AND t.%I < %L', on_date, (until + 1)::text) END;
END;
$$;
COMMENT ON FUNCTION entity_screen.row_query(regclass, text, text, text, text, text, date, date, text) IS
'The statement that reads the parties of a table; 42703, 42804, 42809, 22004 for its arguments';
