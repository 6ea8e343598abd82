-- Question: which small areas of a release come near some points?
-- Parameters: eastings, northings (float[], metres), around_m, release_id.
-- Columns: code. A few that are farther, in the corners of a box around all of the points, are among them.
-- Relies on: ix_boundaries_geom.
WITH box AS (
    SELECT ST_Expand(
        ST_SetSRID(ST_Extent(ST_MakePoint(given.easting, given.northing))::geometry, 27700), :around_m
    ) AS geom
    FROM unnest(CAST(:eastings AS float[]), CAST(:northings AS float[])) AS given (easting, northing)
)
SELECT b.code
FROM boundaries AS b
JOIN box ON b.geom && box.geom
WHERE b.release_id = :release_id
ORDER BY b.code
