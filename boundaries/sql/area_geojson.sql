-- Question: one area's outline as the text of a GeoJSON geometry, with its box and a point inside.
-- Parameters: release_id, code, decimals.
-- Relies on: pk_boundaries. WGS84 is stored, nothing is transformed here.
SELECT
    ST_AsGeoJSON(ST_ForcePolygonCCW(b.geom_wgs84), :decimals) AS geometry,
    ST_XMin(b.geom_wgs84) AS west,
    ST_YMin(b.geom_wgs84) AS south,
    ST_XMax(b.geom_wgs84) AS east,
    ST_YMax(b.geom_wgs84) AS north,
    ST_X(ST_PointOnSurface(b.geom_wgs84)) AS lon,
    ST_Y(ST_PointOnSurface(b.geom_wgs84)) AS lat,
    b.area_m2
FROM boundaries AS b
WHERE b.release_id = :release_id
  AND b.code = :code
