-- Question: which small areas of a release lie, even in part, in a partnership's outline, and how much of each.
-- Parameters: :slug, :release_id, :area_set ('lsoa-2011' or 'lsoa-2021').
-- Columns: code, postcodes (current ones in the area), inside (those covered by the outline),
--          area_share (share of the area's square metres inside, 0 to 1).
-- Relies on: ix_boundaries_geom, ix_postcodes_lsoa11_code, ix_postcodes_lsoa21_code.
-- The outline comes first and once, so that PostGIS keeps it prepared for both tests.
WITH outline AS MATERIALIZED (
    SELECT geom
    FROM partnerships
    WHERE slug = :slug
),
meeting AS MATERIALIZED (
    SELECT b.code, b.geom, b.area_m2
    FROM outline
    JOIN boundaries AS b ON b.release_id = :release_id AND ST_Intersects(outline.geom, b.geom)
)
SELECT
    m.code,
    coalesce(counted.postcodes, 0) AS postcodes,
    coalesce(counted.inside, 0) AS inside,
    CASE
        WHEN ST_Covers(outline.geom, m.geom) THEN 1.0
        ELSE ST_Area(ST_Intersection(outline.geom, m.geom)) / nullif(ST_Area(m.geom), 0)
    END AS area_share
FROM outline
CROSS JOIN meeting AS m
LEFT JOIN LATERAL (
    SELECT
        count(*) AS postcodes,
        count(*) FILTER (WHERE ST_Covers(outline.geom, p.geom)) AS inside
    FROM postcodes AS p
    WHERE p.status = 'current'
        AND (
            (CAST(:area_set AS text) = 'lsoa-2011' AND p.lsoa11_code = m.code)
            OR (CAST(:area_set AS text) <> 'lsoa-2011' AND p.lsoa21_code = m.code)
        )
) AS counted ON true
ORDER BY m.code
