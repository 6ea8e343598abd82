-- Question: which areas of a release have a box that meets a box, and how are they drawn?
-- Parameters: :release_id; :west, :south, :east, :north in metres, :grid their system; :codes (others wanted too).
-- Columns: code, outline (WKB), in order of code.
-- Relies on: ix_boundaries_geom, pk_boundaries.
SELECT code, ST_AsBinary(geom) AS outline
FROM boundaries
WHERE release_id = :release_id
    AND (geom && ST_MakeEnvelope(:west, :south, :east, :north, :grid) OR code = ANY(:codes))
ORDER BY code
