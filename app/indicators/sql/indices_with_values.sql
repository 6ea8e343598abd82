-- Question: which indices hold a value for at least one of some areas, the newest first?
-- Parameters: codes (text[]), area_sets (text[]: only indices on these sets).
-- Columns: id.
-- Relies on: pk_index_values; LIMIT keeps the planner to probes of it instead of a scan of all values.
SELECT i.id
FROM indices AS i
CROSS JOIN LATERAL (
    SELECT 1
    FROM index_values AS v
    WHERE v.index_id = i.id
      AND v.code = ANY(CAST(:codes AS text[]))
    LIMIT 1
) AS found
WHERE i.area_set = ANY(CAST(:area_sets AS text[]))
ORDER BY i.published_on DESC, i.id
