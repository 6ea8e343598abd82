-- Question: which service of a kind is nearest to each of some points, and how many lie within a distance?
-- Parameters: eastings, northings (float[], metres), kind, files (of the kind, text[]), reach_m (beyond it nothing is near), distance_m.
-- Columns: position (1 = the first point), id, name, metres (null where nothing is within reach), within.
-- A service that was seen again later (same_as) stands once, as first seen.
-- Relies on: ix_services_geom, walked outwards from each point (KNN).
SELECT
    origin.position,
    nearest.id,
    nearest.name,
    nearest.metres,
    (
        SELECT count(*)
        FROM services AS s
        WHERE s.kind = :kind
            AND s.same_as IS NULL
            AND s.file_id = ANY(CAST(:files AS text[]))
            AND ST_DWithin(s.geom, origin.geom, :distance_m)
    ) AS within
FROM (
    SELECT
        given.position,
        ST_SetSRID(ST_MakePoint(given.easting, given.northing), 27700) AS geom
    FROM unnest(CAST(:eastings AS float[]), CAST(:northings AS float[])) WITH ORDINALITY
        AS given (easting, northing, position)
) AS origin
LEFT JOIN LATERAL (
    SELECT s.id, s.name, s.geom <-> origin.geom AS metres
    FROM services AS s
    WHERE s.kind = :kind AND s.same_as IS NULL AND s.file_id = ANY(CAST(:files AS text[]))
    ORDER BY s.geom <-> origin.geom
    LIMIT 1
) AS nearest ON nearest.metres <= :reach_m
ORDER BY origin.position
