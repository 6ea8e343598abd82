-- Question: which current postcodes are there, at which point and in which small areas of 2011 and 2021?
-- Parameters: :demo; :everywhere (true: all of them), or :west, :south, :east, :north in metres: those
--   in the box, and the others of every small area that has one there, so that each is whole; :listed,
--   some postcodes to be marked.
-- Columns: arrays in one order, null where there is none: easting, northing, lsoa11, lsoa21 (nine
--   characters, blank where not known), is_listed (1 or 0).
-- Relies on: ix_postcodes_geom, ix_postcodes_lsoa11_code, ix_postcodes_lsoa21_code.
WITH near AS MATERIALIZED (
    SELECT DISTINCT lsoa11_code, lsoa21_code
    FROM postcodes
    WHERE NOT CAST(:everywhere AS boolean)
        AND status = 'current'
        AND demo = :demo
        AND geom && ST_MakeEnvelope(:west, :south, :east, :north, :grid)
)
SELECT
    array_agg(easting) AS easting,
    array_agg(northing) AS northing,
    array_agg(CAST(coalesce(lsoa11_code, '') AS char(9))) AS lsoa11,
    array_agg(CAST(coalesce(lsoa21_code, '') AS char(9))) AS lsoa21,
    array_agg(CAST(postcode = ANY (CAST(:listed AS text[])) AS integer)) AS is_listed
FROM postcodes
WHERE status = 'current'
    AND demo = :demo
    AND (
        CAST(:everywhere AS boolean)
        OR geom && ST_MakeEnvelope(:west, :south, :east, :north, :grid)
        OR lsoa11_code = ANY (ARRAY(SELECT lsoa11_code FROM near))
        OR lsoa21_code = ANY (ARRAY(SELECT lsoa21_code FROM near))
    )
