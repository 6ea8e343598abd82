-- Question: how does a release draw its areas: all of them, those whose boxes meet a box, or some named?
-- Parameters: :release_id; :everywhere (true: no box), or :west, :south, :east, :north in metres, :grid
--   their system; :codes (null: any).
-- Columns: code, outline (WKB), in order of code.
-- Relies on: pk_boundaries, ix_boundaries_geom.
SELECT code, ST_AsBinary(geom) AS outline
FROM boundaries
WHERE release_id = CAST(:release_id AS text)
    AND (CAST(:codes AS text[]) IS NULL OR code = ANY(CAST(:codes AS text[])))
    AND (CAST(:everywhere AS boolean) OR geom && ST_MakeEnvelope(:west, :south, :east, :north, :grid))
ORDER BY code
