-- Question: in which wards, parishes and built-up areas do some small areas lie, and what other small areas do?
-- Parameters: :codes (text array), :lookups (pattern of the lookups of their set), :area_set, :release_id
--   (what draws them), :built_up_release (null where no built-up areas are drawn), :most_m2 (built-up
--   areas larger than this are no names of so little ground).
-- Columns: kind, place_code, place_name, code (a small area of the place, of those asked or not), share
--   (of the small area in it, 0 to 1), lookup.
-- Relies on: pk_memberships, ix_memberships_parent_code, pk_boundaries, ix_boundaries_geom.
WITH asked AS MATERIALIZED (
    SELECT ST_PointOnSurface(geom) AS point
    FROM boundaries
    WHERE release_id = :release_id AND code = ANY(:codes)
),
small_towns AS MATERIALIZED (
    SELECT code, geom
    FROM boundaries
    WHERE release_id = :built_up_release
        AND area_m2 <= :most_m2
        AND geom && (SELECT ST_SetSRID(ST_Extent(point)::geometry, ST_SRID(min(point))) FROM asked)
),
built_up AS MATERIALIZED (
    SELECT t.code, t.geom
    FROM small_towns AS t
    WHERE EXISTS (SELECT 1 FROM asked AS q WHERE t.geom && q.point AND ST_Covers(t.geom, q.point))
),
places AS (
    SELECT DISTINCT m.parent_type AS kind, m.parent_code AS place_code, m.lookup
    FROM memberships AS m
    WHERE m.child_code = ANY(:codes)
        AND (m.parent_type = 'wd' AND lower(m.lookup) LIKE :lookups OR m.parent_type = 'par')
        AND m.parent_code NOT LIKE '_43%'
)
SELECT
    p.kind,
    p.place_code,
    coalesce(a.name, p.place_code) AS place_name,
    m.child_code AS code,
    m.share,
    p.lookup
FROM places AS p
JOIN memberships AS m ON m.parent_code = p.place_code AND m.lookup = p.lookup
JOIN weights AS w ON w.code = m.child_code AND w.area_set = :area_set AND w.measure = 'people'
LEFT JOIN areas AS a ON a.code = p.place_code
UNION ALL
SELECT
    'bua',
    u.code,
    coalesce(regexp_replace(a.name, ' BUA(SD)?$', ''), u.code),
    b.code,
    1.0,
    'outlines'
FROM built_up AS u
JOIN boundaries AS b
    ON b.release_id = :release_id
    AND b.geom && u.geom
    AND ST_Covers(u.geom, ST_PointOnSurface(b.geom))
LEFT JOIN areas AS a ON a.code = u.code
ORDER BY 1, 2, 6, 4
