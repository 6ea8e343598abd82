-- Question: the outlines of some areas in one release, as GeoJSON geometries.
-- Parameters: :release_id, :codes (text array), :in_metres (true: British National Grid, else lon/lat).
-- Columns: code, geometry (text; outer rings counter-clockwise as RFC 7946 asks).
-- Relies on: the primary key of boundaries.
SELECT
    b.code,
    CASE
        WHEN :in_metres THEN ST_AsGeoJSON(ST_ForcePolygonCCW(b.geom), 2, 0)
        ELSE ST_AsGeoJSON(ST_ForcePolygonCCW(b.geom_wgs84), 7, 0)
    END AS geometry
FROM boundaries AS b
WHERE b.release_id = :release_id AND b.code = ANY(:codes)
ORDER BY b.code
