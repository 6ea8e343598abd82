-- Question: as nearest_services.sql, where there are few services of the kind: which is nearest to each point?
-- Parameters: eastings, northings (float[], metres), kind, files (text[]), reach_m, distance_m.
-- Columns: position, id, name, metres, within.
-- Walking the index outwards would pass every service of the other kinds; these few are looked at each.
-- Relies on: ix_services_kind.
WITH few AS MATERIALIZED (
    SELECT s.id, s.name, s.geom
    FROM services AS s
    WHERE s.kind = :kind
        AND s.same_as IS NULL
        AND s.geom IS NOT NULL
        AND s.file_id = ANY(CAST(:files AS text[]))
)
SELECT
    origin.position,
    nearest.id,
    nearest.name,
    nearest.metres,
    (
        SELECT count(*)
        FROM few
        WHERE ST_Distance(few.geom, origin.geom) <= :distance_m
    ) AS within
FROM (
    SELECT
        given.position,
        ST_SetSRID(ST_MakePoint(given.easting, given.northing), 27700) AS geom
    FROM unnest(CAST(:eastings AS float[]), CAST(:northings AS float[])) WITH ORDINALITY
        AS given (easting, northing, position)
) AS origin
LEFT JOIN LATERAL (
    SELECT few.id, few.name, few.geom <-> origin.geom AS metres
    FROM few
    ORDER BY few.geom <-> origin.geom, few.id
    LIMIT 1
) AS nearest ON nearest.metres <= :reach_m
ORDER BY origin.position
