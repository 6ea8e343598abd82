-- Question: which areas of one release come within some metres of some other areas' box?
-- Parameters: :release_id, :west, :south, :east, :north (British National Grid metres), :srid.
-- Columns: code. Relies on: ix_boundaries_geom.
SELECT b.code
FROM boundaries AS b
WHERE b.release_id = :release_id
  AND b.geom && ST_MakeEnvelope(:west, :south, :east, :north, :srid)
ORDER BY b.code
