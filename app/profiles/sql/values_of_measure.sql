-- Question: what are the published score and rank of every area held of an index, on one measure?
-- Parameters: :index_id, :measure.
-- Columns: arrays in one order, null where there is none: code (nine characters), score (NaN where
--   missing), rank (-1 where missing).
-- Relies on: ix_index_values_measure.
SELECT
    array_agg(CAST(code AS char(9))) AS code,
    array_agg(coalesce(score, CAST('NaN' AS float8))) AS score,
    array_agg(coalesce(rank, -1)) AS rank
FROM index_values
WHERE index_id = :index_id
  AND measure = :measure
