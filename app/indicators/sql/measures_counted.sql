-- Question: how much is held of each of some measures of some indices?
-- Parameters: index_ids (text[]), measures (text[]: one beside each index).
-- Columns: index_id, measure, areas, scores, ranks, lowest, highest.
-- Relies on: ix_index_values_measure.
SELECT
    asked.index_id,
    asked.measure,
    count(v.code) AS areas,
    count(v.score) AS scores,
    count(v.rank) AS ranks,
    min(v.score) AS lowest,
    max(v.score) AS highest
FROM unnest(CAST(:index_ids AS text[]), CAST(:measures AS text[])) AS asked (index_id, measure)
JOIN index_values AS v
    ON v.index_id = asked.index_id
   AND v.measure = asked.measure
GROUP BY asked.index_id, asked.measure
