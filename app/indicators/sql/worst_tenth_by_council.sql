-- Question: in each council whose small areas are loaded, how many of them does each index hold, and
--   how many of those are in the most deprived tenth by national rank?
-- Parameters: day; index_id, the one index to count, or null for each.
-- Columns: index_id, code, name, demo, areas, worst. The tenth is percentile = ceil(100 rank / N) <= 10,
--   which in whole numbers is 10 rank <= N. Only lookups of the index's own set of small areas count:
--   another set shares only its unchanged areas.
-- Relies on: ix_index_values_measure. The parts are materialized so that the planner joins them whole:
--   by its guesses it would probe index_values once for each of 160,000 small areas and indices. Codes are
--   compared as bytes, and counted before councils' names are joined: half the time of a nation's.
WITH alive AS MATERIALIZED (
    SELECT a.code, a.name, a.demo
    FROM areas AS a
    WHERE a.type = 'lad'
      AND (a.valid_from IS NULL OR a.valid_from <= :day)
      AND (a.valid_to IS NULL OR a.valid_to > :day)
),
belongs AS MATERIALIZED (
    SELECT DISTINCT
        m.child_code COLLATE "C" AS child_code,
        m.parent_code COLLATE "C" AS parent_code,
        lower(m.lookup COLLATE "C") LIKE 'lsoa11%' AS is_2011
    FROM memberships AS m
    WHERE m.parent_type = 'lad'
      AND (lower(m.lookup COLLATE "C") LIKE 'lsoa11%' OR lower(m.lookup COLLATE "C") LIKE 'lsoa21%')
),
ranked AS MATERIALIZED (
    SELECT
        i.id,
        i.area_set = 'lsoa-2011' AS is_2011,
        v.code COLLATE "C" AS code,
        10 * v.rank <= i.areas_total AS is_worst
    FROM indices AS i
    JOIN index_values AS v ON v.index_id = i.id AND v.measure = 'imd'
    WHERE i.area_set IN ('lsoa-2011', 'lsoa-2021')
      AND (CAST(:index_id AS text) IS NULL OR i.id = :index_id)
),
counted AS (
    SELECT r.id, b.parent_code, count(*) AS areas, count(*) FILTER (WHERE r.is_worst) AS worst
    FROM ranked AS r
    JOIN belongs AS b ON b.child_code = r.code AND b.is_2011 = r.is_2011
    GROUP BY r.id, b.parent_code
)
SELECT c.id AS index_id, a.code, a.name, a.demo, c.areas, c.worst
FROM counted AS c
JOIN alive AS a ON a.code = c.parent_code
ORDER BY c.id, a.code
