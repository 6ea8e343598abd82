-- Question: which measures does each of some indices hold a value of?
-- Parameters: index_ids (text[]).
-- Columns: index_id, measure.
-- Relies on: ix_index_values_measure, stepped through one measure at a time, so that a national index
--   of a quarter of a million values costs nine probes and no scan.
WITH RECURSIVE held AS (
    SELECT asked.index_id, first.measure
    FROM unnest(CAST(:index_ids AS text[])) AS asked (index_id)
    CROSS JOIN LATERAL (
        SELECT v.measure
        FROM index_values AS v
        WHERE v.index_id = asked.index_id
        ORDER BY v.measure
        LIMIT 1
    ) AS first
    UNION ALL
    SELECT h.index_id, following.measure
    FROM held AS h
    CROSS JOIN LATERAL (
        SELECT v.measure
        FROM index_values AS v
        WHERE v.index_id = h.index_id
          AND v.measure > h.measure
        ORDER BY v.measure
        LIMIT 1
    ) AS following
)
SELECT index_id, measure
FROM held
ORDER BY index_id, measure
