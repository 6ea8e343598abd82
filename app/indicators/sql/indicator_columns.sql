-- Question: what are the values of one indicator in one period, as whole columns?
-- Parameters: number (int), period (text), every (boolean: all areas, else those of codes), codes (text[]).
-- Columns: codes (char(40)[]), values (float8[], NaN where none), states (integer[]: 0 value, 1 suppressed,
--   2 missing), ranks (integer[], 0 where none), in order of code; null where nothing is held.
-- Relies on: pk_indicator_values, whose rows of one period lie together; the aggregates take the rows of the
--   ordered part as they come, where ORDER BY inside each would sort them four times.
SELECT
    array_agg(CAST(v.code AS char(40))) AS codes,
    array_agg(v.value) AS values,
    array_agg(v.state) AS states,
    array_agg(v.rank) AS ranks
FROM (
    SELECT
        w.code,
        coalesce(w.value, 'NaN') AS value,
        CASE w.state WHEN 'value' THEN 0 WHEN 'suppressed' THEN 1 ELSE 2 END AS state,
        coalesce(w.rank, 0) AS rank
    FROM indicator_values AS w
    WHERE w.number = :number
      AND w.period = :period
      AND (:every OR w.code = ANY(CAST(:codes AS text[])))
    ORDER BY w.code
) AS v
