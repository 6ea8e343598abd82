-- Question: in which small area of a set does each of some points lie?
-- Parameters: eastings, northings (float[], British National Grid, metres), area_set.
-- Columns: position (1 = the first point), code. A point farther than 100 m from every area has no row.
-- Relies on: ix_boundaries_geom.
SELECT
    point.position,
    spot.code
FROM unnest(CAST(:eastings AS float[]), CAST(:northings AS float[])) WITH ORDINALITY
    AS point (easting, northing, position)
CROSS JOIN LATERAL (
    SELECT b.code
    FROM boundaries AS b
    JOIN releases AS r ON r.id = b.release_id
    WHERE r.area_type = 'lsoa'
      AND ST_DWithin(b.geom, ST_SetSRID(ST_MakePoint(point.easting, point.northing), 27700), 100)
      AND EXISTS (SELECT 1 FROM weights AS w WHERE w.code = b.code AND w.area_set = :area_set)
    ORDER BY ST_Distance(b.geom, ST_SetSRID(ST_MakePoint(point.easting, point.northing), 27700)), b.code
    LIMIT 1
) AS spot
ORDER BY point.position
