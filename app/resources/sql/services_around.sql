-- Question: which services lie in or around an estate?
-- Parameters: west, south, east, north (metres: the box of its people, widened), files (text[]), postcodes (the
--   estate's, text[]), outline (WKB in metres, or null).
-- Columns: id, file_id, kind, name, subtype, postcode, easting, northing, is_inside.
-- Relies on: ix_services_geom.
SELECT
    s.id,
    s.file_id,
    s.kind,
    s.name,
    s.subtype,
    s.postcode,
    ST_X(s.geom) AS easting,
    ST_Y(s.geom) AS northing,
    coalesce(s.postcode = ANY(CAST(:postcodes AS text[])), false)
        OR coalesce(ST_Intersects(s.geom, ST_GeomFromWKB(CAST(:outline AS bytea), 27700)), false) AS is_inside
FROM services AS s
WHERE s.geom && ST_MakeEnvelope(:west, :south, :east, :north, 27700)
    AND s.file_id = ANY(CAST(:files AS text[]))
    AND s.same_as IS NULL
ORDER BY s.id
