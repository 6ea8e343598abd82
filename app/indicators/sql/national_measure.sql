-- Question: what does an index say of every area on one measure, as arrays?
-- Parameters: index_id, measure.
-- Columns: codes (char(9)[]), ranks (integer[], 0 where none), scores (float8[], NaN where none), longest
--   (integer: characters of the longest code), in the order of codes.
-- Relies on: ix_index_values_measure.
SELECT
    array_agg(CAST(v.code AS char(9))) AS codes,
    array_agg(coalesce(v.rank, 0)) AS ranks,
    array_agg(coalesce(v.score, 'NaN')) AS scores,
    array_agg(length(v.code)) AS lengths
FROM (
    SELECT code, rank, score
    FROM index_values
    WHERE index_id = :index_id
      AND measure = :measure
    ORDER BY code
) AS v
