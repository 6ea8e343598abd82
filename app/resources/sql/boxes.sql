-- Question: what box does each area of a release fill?
-- Parameters: release_id.
-- Columns: code, west, south, east, north (metres).
-- Relies on: pk_boundaries.
SELECT b.code, ST_XMin(b.geom), ST_YMin(b.geom), ST_XMax(b.geom), ST_YMax(b.geom)
FROM boundaries AS b
WHERE b.release_id = :release_id
ORDER BY b.code
