-- Question: which ground, under which name, does each of some partnerships have?
-- Parameters: slugs (text[]).
-- Columns: slug, version. Who leads it and who its members are is in no version: no ground follows from them.
-- Relies on: pk_partnerships.
SELECT
    p.slug,
    md5(concat_ws(
        '|', p.name, CAST(p.authorities AS text), encode(ST_AsBinary(p.geom), 'hex'), CAST(p.valid_from AS text),
        CAST(p.valid_to AS text), CAST(p.demo AS text)
    )) AS version
FROM partnerships AS p
WHERE p.slug = ANY(CAST(:slugs AS text[]))
ORDER BY p.slug
