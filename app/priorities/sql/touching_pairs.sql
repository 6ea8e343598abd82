-- Question: which areas of a release touch, and along how many metres?
-- Parameters: release_id, everywhere (true: all pairs), codes (text[]: else those with one end among these).
-- Columns: a, b (char(9)[]), border_m (float8[]), in the order of a and b.
-- Relies on: the primary key of touching_pairs and the index on its second code.
SELECT
    array_agg(CAST(p.code_a AS char(9))) AS a,
    array_agg(CAST(p.code_b AS char(9))) AS b,
    array_agg(p.border_m) AS border_m
FROM (
    SELECT code_a, code_b, border_m
    FROM touching_pairs
    WHERE release_id = :release_id
      AND (
          :everywhere
          OR code_a = ANY(CAST(:codes AS text[]))
          OR code_b = ANY(CAST(:codes AS text[]))
      )
    ORDER BY code_a, code_b
) AS p
