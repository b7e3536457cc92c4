SET client_min_messages = warning;
CREATE EXTENSION pg_trgm;
CREATE SCHEMA bench;
CREATE TABLE bench.list (id int, name text);
CREATE TABLE bench.query (id int, name text, truth int);
CREATE TABLE bench.other (name text);
