-- Question: which services of a kind lie within a catchment of each of some points, and how far?
-- Parameters: eastings, northings (float[], metres), kind, files (text[]), catchment_m.
-- Columns: position (1 = the first point), id, metres.
-- Relies on: ix_services_geom.
SELECT
    given.position,
    s.id,
    ST_Distance(s.geom, ST_SetSRID(ST_MakePoint(given.easting, given.northing), 27700)) AS metres
FROM unnest(CAST(:eastings AS float[]), CAST(:northings AS float[])) WITH ORDINALITY
    AS given (easting, northing, position)
JOIN services AS s
    ON s.kind = :kind
    AND s.same_as IS NULL
    AND s.file_id = ANY(CAST(:files AS text[]))
    AND ST_DWithin(s.geom, ST_SetSRID(ST_MakePoint(given.easting, given.northing), 27700), :catchment_m)
