-- Question: what are the scores and ranks of one measure of an index, as whole columns?
-- Parameters: index_id, measure (text), every (boolean: all areas, else those of codes), codes (text[]).
-- Columns: codes, values, states, ranks, carried (arrays in order of code; null where nothing is held).
-- Relies on: ix_index_values_measure, or pk_index_values where areas are named.
SELECT
    array_agg(v.code) AS codes,
    array_agg(v.value) AS values,
    array_agg(v.state) AS states,
    array_agg(v.rank) AS ranks,
    array_agg(v.carried_from) AS carried
FROM (
    SELECT
        w.code,
        coalesce(w.score, 'NaN') AS value,
        CASE WHEN w.score IS NULL THEN 'missing' ELSE 'value' END AS state,
        coalesce(CAST(w.rank AS double precision), 'NaN') AS rank,
        CAST(NULL AS text) AS carried_from
    FROM index_values AS w
    WHERE w.index_id = :index_id
      AND w.measure = :measure
      AND (:every OR w.code = ANY(CAST(:codes AS text[])))
    ORDER BY w.code
) AS v
