-- Question: which whole release of a type lies nearest in date to one, and what does it hold?
-- Parameters: release_id (left out), area_type, published_on.
-- Answers at most one row: id, areas, area_m2. Relies on: ix_releases_area_type, pk_boundaries.
SELECT
    r.id,
    count(b.code) AS areas,
    sum(b.area_m2) AS area_m2
FROM releases AS r
JOIN boundaries AS b ON b.release_id = r.id
WHERE r.area_type = :area_type
  AND r.id <> :release_id
  AND NOT r.partial
  AND NOT r.demo
  AND NOT r.temporal
  AND r.state <> 'loaded'
GROUP BY r.id
ORDER BY abs(r.published_on - :published_on), r.id
LIMIT 1
