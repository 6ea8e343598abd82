-- Question: what are the scores and ranks of one measure of an index, as whole columns?
-- Parameters: index_id, measure (text), every (boolean: all areas, else those of codes), codes (text[]).
-- Columns: codes (char(40)[]), values (float8[], NaN where none), states (integer[]: 0 value, 2 missing),
--   ranks (integer[], 0 where none), in order of code; null where nothing is held.
-- Relies on: ix_index_values_measure, or pk_index_values where areas are named.
SELECT
    array_agg(CAST(v.code AS char(40))) AS codes,
    array_agg(v.value) AS values,
    array_agg(v.state) AS states,
    array_agg(v.rank) AS ranks
FROM (
    SELECT
        w.code,
        coalesce(w.score, 'NaN') AS value,
        CASE WHEN w.score IS NULL THEN 2 ELSE 0 END AS state,
        coalesce(w.rank, 0) AS rank
    FROM index_values AS w
    WHERE w.index_id = :index_id
      AND w.measure = :measure
      AND (:every OR w.code = ANY(CAST(:codes AS text[])))
    ORDER BY w.code
) AS v
