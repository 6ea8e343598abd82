-- Question: which area of one release holds a point on a day, and how far is its border?
-- Parameters: release_id, day, easting, northing, reach_m.
-- Answers at most one row: the lowest code that covers the point, else the nearest area within reach.
-- A temporal set draws areas of many years over each other: those not alive on the day are left out
-- of it. Relies on: ix_boundaries_geom, pk_areas.
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
JOIN releases AS r ON r.id = b.release_id
JOIN areas AS a ON a.code = b.code
WHERE b.release_id = :release_id
  AND ST_DWithin(b.geom, here.point, :reach_m)
  AND (
      NOT r.temporal
      OR (
          (a.valid_from IS NULL OR a.valid_from <= :day)
          AND (a.valid_to IS NULL OR a.valid_to > :day)
      )
  )
ORDER BY
    ST_Covers(b.geom, here.point) DESC,
    CASE WHEN ST_Covers(b.geom, here.point) THEN 0 ELSE ST_Distance(b.geom, here.point) END,
    b.code
LIMIT 1
