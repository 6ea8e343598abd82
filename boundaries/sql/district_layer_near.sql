-- Question: against which release of districts can the borders of another release be measured?
-- Parameters: release_id (left out), day, demo.
-- Answers at most one row: id, tolerance_m, published_on. The finest outlines first (25 m and finer
-- are alike), then the nearest in date; a temporal set draws several years and is left out.
-- Relies on: ix_releases_area_type.
SELECT
    r.id,
    r.tolerance_m,
    r.published_on
FROM releases AS r
WHERE r.area_type = 'lad'
  AND r.state = 'served'
  AND r.demo = :demo
  AND NOT r.temporal
  AND r.id <> :release_id
ORDER BY
    greatest(r.tolerance_m, 25),
    abs(r.published_on - :day),
    r.id
LIMIT 1
