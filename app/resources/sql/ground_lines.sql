-- Question: which lines of one stage state a place as fine as a ward that may lie in some ground, and in
--   which small area does each point and postcode lie?
-- Parameters: stage, demo, slug (of the partnership that asks, or null), codes (the ground's small
--   areas, text[]), postcodes (those it is made of, also ended ones, text[]), area_set ('lsoa-2011' or
--   'lsoa-2021'), release_id (what draws them).
-- Columns: the line's own, then small_area, easting, northing (of a point or postcode, else null).
-- A file given to one partnership is read only by it. A point within 100 m of an area lies in the nearest.
-- Relies on: ix_resource_lines_place_postcode, ix_resource_lines_place_geom, pk_postcodes, ix_boundaries_geom.
WITH reach AS MATERIALIZED (
    SELECT ST_Expand(ST_SetSRID(ST_Extent(geom)::geometry, 27700), 200) AS box
    FROM boundaries
    WHERE release_id = :release_id AND code = ANY(CAST(:codes AS text[]))
)
SELECT
    l.id,
    l.title,
    l.funder,
    l.programme,
    l.theme,
    l.amount_pence,
    l.currency,
    l.financial_year,
    l.place_kind,
    l.footprint_id,
    l.place_code,
    coalesce(l.place_name, named.name) AS place_name,
    l.place_postcode,
    l.grade,
    coalesce(here.small_area, spot.code) AS small_area,
    coalesce(here.easting, ST_X(l.place_geom)) AS easting,
    coalesce(here.northing, ST_Y(l.place_geom)) AS northing
FROM resource_lines AS l
JOIN resource_files AS f ON f.id = l.file_id
CROSS JOIN reach
LEFT JOIN areas AS named ON named.code = l.place_code
LEFT JOIN LATERAL (
    SELECT
        p.easting,
        p.northing,
        CASE CAST(:area_set AS text) WHEN 'lsoa-2011' THEN p.lsoa11_code ELSE p.lsoa21_code END AS small_area
    FROM postcodes AS p
    WHERE l.place_kind = 'postcode' AND p.postcode = l.place_postcode
) AS here ON TRUE
LEFT JOIN LATERAL (
    SELECT b.code
    FROM boundaries AS b
    WHERE l.place_kind = 'point'
        AND l.place_geom && reach.box
        AND b.release_id = :release_id
        AND ST_DWithin(b.geom, l.place_geom, 100)
    ORDER BY ST_Distance(b.geom, l.place_geom), b.code
    LIMIT 1
) AS spot ON TRUE
WHERE l.stage = :stage
    AND l.demo = :demo
    AND l.grade IN ('A', 'B', 'C')
    AND (f.partnership_slug IS NULL OR f.partnership_slug = CAST(:slug AS text))
    AND (
        l.place_kind = 'area'
        OR (l.place_kind = 'postcode' AND here.small_area = ANY(CAST(:codes AS text[])))
        OR (l.place_kind = 'postcode' AND l.place_postcode = ANY(CAST(:postcodes AS text[])))
        OR (l.place_kind = 'point' AND spot.code = ANY(CAST(:codes AS text[])))
        OR (l.place_kind = 'estate' AND l.footprint_id = ANY(CAST(:estates AS bigint[])))
    )
ORDER BY l.id
