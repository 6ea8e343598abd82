-- Question: which of some areas does an exact lookup put into the ground of some codes, and which elsewhere?
-- Parameters: :near (the areas asked about), :codes (the ground), :day (the ground's).
-- Columns: code, is_inside; areas that no exact lookup gives a parent of the ground's types have no row.
--   Elsewhere counts only where a parent lives on the day: one that ended says nothing of its successor.
-- Relies on: pk_memberships, ix_memberships_parent_code.
WITH RECURSIVE ground AS (
    SELECT unnest(CAST(:codes AS text[])) AS code
    UNION
    SELECT m.child_code
    FROM ground AS g
    JOIN memberships AS m
        ON m.parent_code = g.code
        AND m.method = 'exact'
        AND m.parent_type IN ('rgn', 'cauth', 'cty')
),
kinds AS (
    SELECT DISTINCT a.type
    FROM ground AS g
    JOIN areas AS a ON a.code = g.code
)
SELECT
    m.child_code AS code,
    bool_or(g.code IS NOT NULL) AS is_inside
FROM memberships AS m
JOIN areas AS p ON p.code = m.parent_code
LEFT JOIN ground AS g ON g.code = m.parent_code
WHERE m.child_code = ANY(:near)
    AND m.method = 'exact'
    AND m.parent_type IN (SELECT type FROM kinds)
    AND (
        g.code IS NOT NULL
        OR ((p.valid_from IS NULL OR p.valid_from <= :day) AND (p.valid_to IS NULL OR p.valid_to > :day))
    )
GROUP BY m.child_code
ORDER BY m.child_code
