-- Question: of each estate for which lines are stated, what share of its current postcodes lies within each radius
--   of a point, and does all of its ground, or none?
-- Parameters: estates (numbers of footprints, int[]), radii (float[], metres), easting, northing.
-- Columns: footprint_id, radius, share (null where it has no current postcode), is_whole, is_apart.
-- The ground of one that is said in postcodes, or in codes of small areas, is that of its postcodes.
-- Relies on: pk_footprints, pk_postcodes, ix_postcodes_geom, ix_postcodes_lsoa11_code, ix_postcodes_lsoa21_code.
WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint(:easting, :northing), 27700) AS point
),
estate AS (
    SELECT f.id, f.geom, f.postcodes, f.codes
    FROM footprints AS f
    WHERE f.id = ANY(CAST(:estates AS bigint[]))
),
homes AS MATERIALIZED (
    SELECT estate.id, ST_Distance(p.geom, here.point) AS metres
    FROM estate
    CROSS JOIN here
    JOIN postcodes AS p ON p.postcode = ANY(estate.postcodes) AND p.status = 'current'
    UNION ALL
    SELECT estate.id, ST_Distance(p.geom, here.point)
    FROM estate
    CROSS JOIN here
    JOIN postcodes AS p ON ST_Intersects(p.geom, estate.geom) AND p.status = 'current'
    UNION ALL
    SELECT estate.id, ST_Distance(p.geom, here.point)
    FROM estate
    CROSS JOIN here
    JOIN postcodes AS p
        ON (p.lsoa11_code = ANY(estate.codes) OR p.lsoa21_code = ANY(estate.codes)) AND p.status = 'current'
),
ground AS MATERIALIZED (
    SELECT
        estate.id,
        coalesce(ST_Distance(estate.geom, here.point), min(homes.metres)) AS nearest_m,
        coalesce(ST_MaxDistance(estate.geom, here.point), max(homes.metres)) AS farthest_m
    FROM estate
    CROSS JOIN here
    LEFT JOIN homes ON homes.id = estate.id
    GROUP BY estate.id, estate.geom, here.point
)
SELECT
    ground.id AS footprint_id,
    asked.radius,
    count(homes.metres) FILTER (WHERE homes.metres <= asked.radius)::float / nullif(count(homes.metres), 0) AS share,
    coalesce(ground.farthest_m <= asked.radius, false) AS is_whole,
    coalesce(ground.nearest_m > asked.radius, false) AS is_apart
FROM ground
CROSS JOIN unnest(CAST(:radii AS float[])) AS asked (radius)
LEFT JOIN homes ON homes.id = ground.id
GROUP BY ground.id, asked.radius, ground.nearest_m, ground.farthest_m
ORDER BY ground.id, asked.radius
