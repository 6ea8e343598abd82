-- Question: which current postcodes of some small areas lie in some ground?
-- Parameters: codes (the small areas that have something in it, text[]), area_set, whole (those of them wholly in,
--   text[]), listed (the postcodes that the ground is made of, text[], or null), outline (WKB in metres, or null).
-- Columns: postcode, code (its small area), easting, northing, people (of the small area, null where not known), lad_code.
-- Relies on: ix_postcodes_lsoa11_code, ix_postcodes_lsoa21_code, pk_weights.
WITH near AS (
    SELECT p.postcode, p.lsoa11_code AS code, p.easting, p.northing, p.geom, p.lad_code
    FROM postcodes AS p
    WHERE CAST(:area_set AS text) = 'lsoa-2011'
      AND p.status = 'current'
      AND p.lsoa11_code = ANY(CAST(:codes AS text[]))
    UNION ALL
    SELECT p.postcode, p.lsoa21_code, p.easting, p.northing, p.geom, p.lad_code
    FROM postcodes AS p
    WHERE CAST(:area_set AS text) = 'lsoa-2021'
      AND p.status = 'current'
      AND p.lsoa21_code = ANY(CAST(:codes AS text[]))
)
SELECT near.postcode, near.code, near.easting::float, near.northing::float, w.value AS people, near.lad_code
FROM near
LEFT JOIN weights AS w ON w.code = near.code AND w.area_set = :area_set AND w.measure = 'people'
WHERE near.postcode = ANY(CAST(:listed AS text[]))
    OR (
        CAST(:listed AS text[]) IS NULL
        AND (
            near.code = ANY(CAST(:whole AS text[]))
            OR ST_Intersects(near.geom, ST_GeomFromWKB(CAST(:outline AS bytea), 27700))
        )
    )
ORDER BY near.postcode
