-- Question: how many people live in a planned area? Those of the areas that it is made of; where one of
--   them has no figure, nothing is said.
-- Parameters: code, made_of (text[]); told is not used.
-- Relies on: pk_weights.
INSERT INTO weights (code, area_set, measure, period, value, estimated, source)
SELECT :code, 'lad', 'people', min(w.period), sum(w.value), bool_or(w.estimated), min(w.source)
FROM weights AS w
WHERE w.code = ANY(CAST(:made_of AS text[]))
  AND w.area_set = 'lad'
  AND w.measure = 'people'
HAVING count(*) = cardinality(CAST(:made_of AS text[])) AND count(DISTINCT w.period) = 1
ON CONFLICT DO NOTHING
