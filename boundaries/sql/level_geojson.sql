-- Question: one area's outline at one level as the text of a GeoJSON geometry, with its box.
-- Parameters: release_id, tolerance_m, code, decimals.
-- Relies on: pk_boundary_levels. WGS84 is stored, nothing is transformed here.
SELECT
    ST_AsGeoJSON(ST_ForcePolygonCCW(l.geom_wgs84), :decimals) AS geometry,
    ST_XMin(l.geom_wgs84) AS west,
    ST_YMin(l.geom_wgs84) AS south,
    ST_XMax(l.geom_wgs84) AS east,
    ST_YMax(l.geom_wgs84) AS north
FROM boundary_levels AS l
WHERE l.release_id = :release_id
  AND l.tolerance_m = :tolerance_m
  AND l.code = :code
