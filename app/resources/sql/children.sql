-- Question: which districts belong to each county, region, combined authority or partnership that
--   lines name?
-- Parameters: wider (codes, text[]), slugs (partnerships, text[]).
-- Columns: parent, child. A partnership's parent is 'partnership:' and its slug.
-- Relies on: ix_memberships_parent_code, ix_boundaries_geom.
WITH RECURSIVE wide_enough AS MATERIALIZED (
    -- A region's small areas are among its members too, tens of thousands of them.
    SELECT a.code, a.type
    FROM areas AS a
    WHERE a.type IN ('lad', 'cty', 'rgn', 'cauth')
),
below AS (
    SELECT m.parent_code AS parent, m.child_code AS child
    FROM memberships AS m
    JOIN wide_enough AS w ON w.code = m.child_code
    WHERE m.parent_code = ANY(CAST(:wider AS text[]))
      AND m.parent_type IN ('cty', 'rgn', 'cauth')
    UNION
    SELECT b.parent, m.child_code
    FROM below AS b
    JOIN memberships AS m ON m.parent_code = b.child AND m.parent_type IN ('cty', 'rgn', 'cauth')
    JOIN wide_enough AS w ON w.code = m.child_code
)
SELECT b.parent, b.child
FROM below AS b
JOIN wide_enough AS w ON w.code = b.child AND w.type = 'lad'
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
