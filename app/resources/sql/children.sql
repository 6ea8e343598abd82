-- Question: which districts belong to each county, region, combined authority or partnership that
--   lines name?
-- Parameters: wider (codes, text[]), slugs (partnerships, text[]).
-- Columns: parent, child. A partnership's parent is 'partnership:' and its slug.
-- Relies on: pk_memberships, ix_areas_type, ix_boundaries_geom.
WITH RECURSIVE wide_enough AS MATERIALIZED (
    -- A region's small areas are among its members too, tens of thousands of them.
    SELECT a.code, a.type
    FROM areas AS a
    WHERE a.type IN ('lad', 'cty', 'rgn', 'cauth')
),
links AS MATERIALIZED (
    -- From the few that are wide enough: of what is wider they are a hundredth of the members.
    SELECT m.parent_code AS parent, w.code AS child
    FROM wide_enough AS w
    CROSS JOIN LATERAL (
        SELECT o.parent_code
        FROM memberships AS o
        WHERE o.child_code = w.code AND o.parent_type IN ('cty', 'rgn', 'cauth')
        OFFSET 0
    ) AS m
),
below AS (
    SELECT l.parent, l.child
    FROM links AS l
    WHERE l.parent = ANY(CAST(:wider AS text[]))
    UNION
    SELECT b.parent, l.child
    FROM below AS b
    JOIN links AS l ON l.parent = b.child
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
