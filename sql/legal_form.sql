-- Legal forms of many jurisdictions weigh nothing beside the name, and no
-- form takes a name for itself.

-- By the tag of what follows the name: only legal forms, or nothing.
CREATE FUNCTION other_words(name text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(w ->> 'word', ' ')
	FROM jsonb_array_elements(entity_explain(name::entity_name, name::entity_name) -> 'a' -> 'words') w
	WHERE w ->> 'kind' NOT IN ('legal', 'stop') AND w ->> 'word' <> 'zqxelm'
$$;

SELECT form, other_words('Zqxelm ' || form)
FROM unnest(ARRAY['GmbH', 'Kollektivgesellschaft', 'Andelslag',
	'Wirtschaftlicher Verein', 'S.E.N.C.R.L.', 'R.L.L.P.', 'UKEIG',
	'Tulundusühistu', 'javno trgovačko društvo', 'bytové družstvo',
	'Spółka partnerska', 'Törəmə təsərrüfat cəmiyyəti', 'Odštěpný závod',
	'общественные движения', 'adsic', 'Unión de Ejidos',
	'Sociedad Anónima Bursátil', 'SARL unipersonnelle',
	'società per azioni con socio unico', 'exempted limited partnership',
	'شركة المحاصة', 'Közkereseti társaság', 'CVBA SO', 'Samlagsfélag',
	'Obshchestvo C Ogranichennoy Otvetstvennostyu',
	'Общество C Ограниченной Ответственностью',
	'privredno društvo', 'Joint Stock Corporation']) form
WHERE other_words('Zqxelm ' || form) IS NOT NULL;

-- A form of its own is equal to no other.
SELECT entity_similarity('Zqxelm Andelslag', 'Zqxelm Samlagsfélag') < 1 AS apart,
	'Zqxelm Andelslag' % 'Zqxelm Samlagsfélag'::entity_name AS similar;

-- Ordinary words that are forms somewhere stay words.
SELECT name, other_words(name)
FROM unnest(ARRAY['Pool Limited', 'John Tan Ong', 'Friendly Savings Bank',
	'Sam Son', 'Commune', 'Gen Co Ltd', 'OP Bank', 'Profit Corporation',
	'Sat Technology', 'Kanton Trading', 'Handelsbank AG']) name;
