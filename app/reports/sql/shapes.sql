-- Question: the outlines of some areas in one release, in metres and in degrees.
-- Parameters: :release_id, :codes (text array).
-- Columns: code, name, geom and geom_wgs84 as WKB. Relies on: the primary key of boundaries.
SELECT
    b.code,
    b.name,
    ST_AsBinary(b.geom) AS geom,
    ST_AsBinary(b.geom_wgs84) AS geom_wgs84
FROM boundaries AS b
WHERE b.release_id = :release_id
  AND b.code = ANY(:codes)
ORDER BY b.code
