-- Question: where do the people of some small areas live, on average?
-- Parameters: codes (text[]), area_set ('lsoa-2011' or 'lsoa-2021'), release_id (what draws them).
-- Columns: code, name, easting, northing (mean of its current postcodes; of one without, a point inside its
--   outline), people (null where not known), lad_code.
-- Relies on: ix_postcodes_lsoa11_code, ix_postcodes_lsoa21_code, pk_boundaries, pk_weights.
WITH asked AS (
    SELECT DISTINCT unnest(CAST(:codes AS text[])) AS code
),
homes AS (
    SELECT p.lsoa11_code AS code, avg(p.easting) AS easting, avg(p.northing) AS northing,
        min(p.lad_code) AS lad_code
    FROM postcodes AS p
    WHERE CAST(:area_set AS text) = 'lsoa-2011'
      AND p.status = 'current'
      AND p.lsoa11_code IN (SELECT asked.code FROM asked)
    GROUP BY p.lsoa11_code
    UNION ALL
    SELECT p.lsoa21_code, avg(p.easting), avg(p.northing), min(p.lad_code)
    FROM postcodes AS p
    WHERE CAST(:area_set AS text) = 'lsoa-2021'
      AND p.status = 'current'
      AND p.lsoa21_code IN (SELECT asked.code FROM asked)
    GROUP BY p.lsoa21_code
)
SELECT
    asked.code,
    a.name,
    coalesce(homes.easting::float, ST_X(ST_PointOnSurface(b.geom))) AS easting,
    coalesce(homes.northing::float, ST_Y(ST_PointOnSurface(b.geom))) AS northing,
    w.value AS people,
    homes.lad_code
FROM asked
JOIN boundaries AS b ON b.code = asked.code AND b.release_id = :release_id
JOIN areas AS a ON a.code = asked.code
LEFT JOIN homes ON homes.code = asked.code
LEFT JOIN weights AS w ON w.code = asked.code AND w.area_set = :area_set AND w.measure = 'people'
ORDER BY asked.code
