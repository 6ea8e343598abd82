-- Question: which districts belong to each county, region, combined authority or partnership that
--   lines name?
-- Parameters: wider (codes, text[]), slugs (partnerships, text[]).
-- Columns: parent, child. A partnership's parent is 'partnership:' and its slug.
-- Relies on: ix_memberships_parent_code.
WITH RECURSIVE below AS (
    SELECT m.parent_code AS parent, m.child_code AS child, m.parent_type
    FROM memberships AS m
    WHERE m.parent_code = ANY(CAST(:wider AS text[]))
      AND m.parent_type IN ('cty', 'rgn', 'cauth')
    UNION
    SELECT b.parent, m.child_code, m.parent_type
    FROM below AS b
    JOIN memberships AS m ON m.parent_code = b.child AND m.parent_type IN ('cty', 'rgn', 'cauth')
)
SELECT b.parent, b.child
FROM below AS b
JOIN areas AS a ON a.code = b.child AND a.type = 'lad'
UNION
SELECT 'partnership:' || p.slug, unnest(p.authorities)
FROM partnerships AS p
WHERE p.slug = ANY(CAST(:slugs AS text[]))
ORDER BY 1, 2
