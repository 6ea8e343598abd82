-- Question: which version of the partnerships does this session see?
-- Parameters: demo.
-- Columns: version (null where there is none). Each write of a row leaves the number of its transaction, xmin.
-- Relies on: a few hundred rows.
SELECT md5(string_agg(p.slug || ' ' || CAST(p.xmin AS text), ',' ORDER BY p.slug)) AS version
FROM partnerships AS p
WHERE p.demo = :demo
