-- Question: of each small area that a circle may cut, what share of its current postcodes lies in the circle, and
--   does all of its ground, or none?
-- Parameters: codes (text[]) and radii (float[], metres), a pair for each question; easting, northing; release_id
--   (what draws the areas); area_set ('lsoa-2011' or 'lsoa-2021').
-- Columns: code, radius, share (null where it has no current postcode), is_whole, is_apart.
-- Relies on: pk_boundaries, ix_postcodes_lsoa11_code, ix_postcodes_lsoa21_code.
WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint(:easting, :northing), 27700) AS point
),
asked AS (
    SELECT pair.code, pair.radius
    FROM unnest(CAST(:codes AS text[]), CAST(:radii AS float[])) AS pair (code, radius)
),
drawn AS MATERIALIZED (
    SELECT b.code, ST_Distance(b.geom, here.point) AS nearest_m, ST_MaxDistance(b.geom, here.point) AS farthest_m
    FROM boundaries AS b
    CROSS JOIN here
    WHERE b.release_id = :release_id AND b.code IN (SELECT asked.code FROM asked)
),
homes AS MATERIALIZED (
    SELECT p.lsoa11_code AS code, ST_Distance(p.geom, here.point) AS metres
    FROM postcodes AS p
    CROSS JOIN here
    WHERE CAST(:area_set AS text) = 'lsoa-2011'
      AND p.status = 'current'
      AND p.lsoa11_code IN (SELECT asked.code FROM asked)
    UNION ALL
    SELECT p.lsoa21_code, ST_Distance(p.geom, here.point)
    FROM postcodes AS p
    CROSS JOIN here
    WHERE CAST(:area_set AS text) = 'lsoa-2021'
      AND p.status = 'current'
      AND p.lsoa21_code IN (SELECT asked.code FROM asked)
),
counted AS (
    SELECT
        asked.code,
        asked.radius,
        count(*) FILTER (WHERE homes.metres <= asked.radius)::float / count(*) AS share
    FROM asked
    JOIN homes ON homes.code = asked.code
    GROUP BY asked.code, asked.radius
)
SELECT
    asked.code,
    asked.radius,
    counted.share,
    drawn.farthest_m <= asked.radius AS is_whole,
    drawn.nearest_m > asked.radius AS is_apart
FROM asked
JOIN drawn ON drawn.code = asked.code
LEFT JOIN counted ON counted.code = asked.code AND counted.radius = asked.radius
ORDER BY asked.code, asked.radius
