-- Question: how many areas do some releases draw together?
-- Parameters: :releases.
-- Columns: areas.
-- Relies on: pk_boundaries.
SELECT count(*) AS areas
FROM boundaries
WHERE release_id = ANY(:releases)
