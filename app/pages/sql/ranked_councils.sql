-- Question: in each council whose small areas are loaded, how many of them does each index hold, and
--   how many of those are in the most deprived tenth by national rank?
-- Parameters: day.
-- Columns: index_id, code, name, demo, areas, worst. The tenth is percentile = ceil(100 rank / N) <= 10,
--   which in whole numbers is 10 rank <= N. Only lookups of the index's own set of small areas count:
--   another set shares only its unchanged areas.
-- Relies on: ix_memberships_parent_code, pk_index_values.
WITH belongs AS (
    SELECT DISTINCT
        m.child_code,
        m.parent_code,
        CASE WHEN lower(m.lookup) LIKE 'lsoa11%' THEN 'lsoa-2011' ELSE 'lsoa-2021' END AS area_set
    FROM memberships AS m
    WHERE m.parent_type = 'lad'
      AND (lower(m.lookup) LIKE 'lsoa11%' OR lower(m.lookup) LIKE 'lsoa21%')
)
SELECT
    i.id AS index_id,
    a.code,
    a.name,
    a.demo,
    count(*) AS areas,
    count(*) FILTER (WHERE 10 * v.rank <= i.areas_total) AS worst
FROM belongs
JOIN areas AS a ON a.code = belongs.parent_code
JOIN indices AS i ON i.area_set = belongs.area_set
JOIN index_values AS v ON v.index_id = i.id AND v.measure = 'imd' AND v.code = belongs.child_code
WHERE a.type = 'lad'
  AND (a.valid_from IS NULL OR a.valid_from <= :day)
  AND (a.valid_to IS NULL OR a.valid_to > :day)
GROUP BY i.id, a.code, a.name, a.demo
ORDER BY i.id, a.code
