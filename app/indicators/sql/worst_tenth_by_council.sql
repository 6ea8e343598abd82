-- Question: in each council whose small areas are loaded, how many of them does each index hold, and
--   how many of those are in the most deprived tenth by national rank?
-- Parameters: day.
-- Columns: index_id, code, name, demo, areas, worst. The tenth is percentile = ceil(100 rank / N) <= 10,
--   which in whole numbers is 10 rank <= N. Only lookups of the index's own set of small areas count:
--   another set shares only its unchanged areas.
-- Relies on: ix_index_values_measure. The parts are materialized so that the planner joins them by
--   hash: by its guesses it would probe index_values once for each of 160,000 small areas and indices.
WITH alive AS MATERIALIZED (
    SELECT a.code, a.name, a.demo
    FROM areas AS a
    WHERE a.type = 'lad'
      AND (a.valid_from IS NULL OR a.valid_from <= :day)
      AND (a.valid_to IS NULL OR a.valid_to > :day)
),
belongs AS MATERIALIZED (
    SELECT DISTINCT
        m.child_code,
        m.parent_code,
        CASE WHEN lower(m.lookup) LIKE 'lsoa11%' THEN 'lsoa-2011' ELSE 'lsoa-2021' END AS area_set
    FROM memberships AS m
    WHERE m.parent_type = 'lad'
      AND (lower(m.lookup) LIKE 'lsoa11%' OR lower(m.lookup) LIKE 'lsoa21%')
),
ranked AS MATERIALIZED (
    SELECT i.id, i.area_set, v.code, 10 * v.rank <= i.areas_total AS is_worst
    FROM indices AS i
    JOIN index_values AS v ON v.index_id = i.id AND v.measure = 'imd'
    WHERE i.area_set IN ('lsoa-2011', 'lsoa-2021')
)
SELECT
    r.id AS index_id,
    a.code,
    a.name,
    a.demo,
    count(*) AS areas,
    count(*) FILTER (WHERE r.is_worst) AS worst
FROM ranked AS r
JOIN belongs AS b ON b.area_set = r.area_set AND b.child_code = r.code
JOIN alive AS a ON a.code = b.parent_code
GROUP BY r.id, a.code, a.name, a.demo
ORDER BY r.id, a.code
