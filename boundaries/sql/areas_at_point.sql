-- Question: which area of one release holds a point, and how far is its border?
-- Parameters: release_id, easting, northing, reach_m.
-- Answers at most one row: the lowest code that covers the point, else the nearest area within reach.
-- Relies on: ix_boundaries_geom.
WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint(:easting, :northing), 27700) AS point
)
SELECT
    b.code,
    b.name,
    ST_Distance(ST_Boundary(b.geom), here.point) AS distance_to_boundary_m,
    ST_Covers(b.geom, here.point) AS is_inside
FROM boundaries AS b
CROSS JOIN here
WHERE b.release_id = :release_id
  AND ST_DWithin(b.geom, here.point, :reach_m)
ORDER BY
    ST_Covers(b.geom, here.point) DESC,
    CASE WHEN ST_Covers(b.geom, here.point) THEN 0 ELSE ST_Distance(b.geom, here.point) END,
    b.code
LIMIT 1
