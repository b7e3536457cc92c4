-- Likeness of postal addresses.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS entity_screen CASCADE;
CREATE EXTENSION entity_screen;
RESET client_min_messages;

-- The same house in more, fewer and other words
SELECT a, b, entity_address_similarity(a, b) >= 0.6 AS same
FROM (VALUES
	('No. 10 Xueyuan Road, Haidian District, Beijing, China', '10 Xueyuan Rd., Beijing'),
	('555 Qianmo Rd, Binjiang District, Hangzhou, Zhejiang 310051', '555 Qianmo Road, Hangzhou 310051, CN'),
	('ul. Lenina, d. 5, Moscow 101000', '5 Lenina Street, Moscow, Russia'),
	('Flat 12, 3/F Wing Tuck Building, 177-183 Wing Lok Street, Hong Kong', 'Wing Tuck Bldg, 177 Wing Lok St, Hong Kong'),
	('Room 1201 Futian Tower, Shenzhen', 'ROOM 1201, FU TIAN TOWER, SHENZHEN')) v (a, b);

-- Another house, street or city; places alone say little
SELECT a, b, entity_address_similarity(a, b) < 0.6 AS other
FROM (VALUES
	('10 Xueyuan Road, Beijing', '28 Xueyuan Road, Beijing'),
	('10 Xueyuan Road, Beijing', '10 Zhongguancun Street, Beijing'),
	('10 Xueyuan Road, Beijing', '10 Xueyuan Road, Shenzhen'),
	('Beijing, China', 'Beijing, China'),
	('10, Beijing', '10, Beijing'),
	('Moscow', 'Saint Petersburg'),
	('Street', 'Street'), ('', '')) v (a, b);

SELECT entity_address_similarity('10 Xueyuan Road, Beijing', 'Xueyuan Road 10, Beijing, China') =
	entity_address_similarity('Xueyuan Road 10, Beijing, China', '10 Xueyuan Road, Beijing') AS symmetric,
	entity_address_similarity('10 Xueyuan Road, Beijing', 'Beijing, Xueyuan Rd 10') AS equal_words,
	entity_address_similarity(NULL, 'x') IS NULL AS strict,
	entity_address_similarity(repeat('Xueyuan Road 10, ', 100000), 'Xueyuan Road 10') > 0 AS clipped;

-- A town is no address, whether the tables know it or not, and neither is the
-- code of its country; a box number is one.
SELECT a, b, entity_address_similarity(a, b) >= 0.75 AS agree
FROM (VALUES
	('Guadalajara, Jalisco, MX', 'Calle Quebec 1127, Guadalajara, Jalisco, MX'),
	('Moscow, RU', '26 General Belov St, Office 415, Moscow, 115583, RU'),
	('Jableh, SY', 'Idlib, SY'),
	('P.O. Box 52404, Dubai, AE', 'PO Box 52404, Dubai'),
	('P.O. Box 52404, Dubai, AE', 'P.O. Box 52404, DUBAI, AE'),
	('Tonghung-dong, Chung-guyok, Pyongyang, KP', 'Otan-dong, Chung-guyok, Pyongyang, KP')) v (a, b);
