-- Question: which districts belong to each county, region, combined authority or partnership that
--   lines name?
-- Parameters: wider (codes, text[]), slugs (partnerships, text[]).
-- Columns: parent, child. A partnership's parent is 'partnership:' and its slug.
-- Relies on: ix_memberships_parent_code, ix_boundaries_geom.
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
UNION
-- A partnership by outline: the districts that it reaches into, by any drawing of them.
SELECT 'partnership:' || p.slug, b.code
FROM partnerships AS p
JOIN boundaries AS b ON ST_Intersects(b.geom, p.geom)
JOIN releases AS r ON r.id = b.release_id AND r.area_type = 'lad' AND r.demo = p.demo
WHERE p.slug = ANY(CAST(:slugs AS text[]))
  AND cardinality(p.authorities) = 0
ORDER BY 1, 2
