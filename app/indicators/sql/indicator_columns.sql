-- Question: what are the values of one indicator in one period, as whole columns?
-- Parameters: number (int), period (text), every (boolean: all areas, else those of codes), codes (text[]).
-- Columns: codes, values, states, ranks, carried (arrays in order of code; null where nothing is held).
-- Relies on: pk_indicator_values, whose rows of one period lie together; the aggregates take the rows of the
--   ordered part as they come, where ORDER BY inside each would sort them five times.
SELECT
    array_agg(v.code) AS codes,
    array_agg(v.value) AS values,
    array_agg(v.state) AS states,
    array_agg(v.rank) AS ranks,
    array_agg(v.carried_from) AS carried
FROM (
    SELECT
        w.code,
        coalesce(w.value, 'NaN') AS value,
        w.state,
        coalesce(CAST(w.rank AS double precision), 'NaN') AS rank,
        w.carried_from
    FROM indicator_values AS w
    WHERE w.number = :number
      AND w.period = :period
      AND (:every OR w.code = ANY(CAST(:codes AS text[])))
    ORDER BY w.code
) AS v
