-- Question: which places smaller than a council are programmes for, and which year is the last that each states?
-- Parameters: :demo.
-- Columns: id, name, title (of the programme), programme_id, area_code, lad_code, last_year (text, the
--   calendar year in which the last stated financial year begins; null where none is stated).
-- Relies on: ix_programme_areas_programme_id, ix_programme_allocations_programme_id.
WITH last_years AS (
    SELECT programme_id, max(substring(coalesce(financial_year, period) FROM '(\d{4})-\d{2}$')) AS last_year
    FROM programme_allocations
    GROUP BY programme_id
)
SELECT a.id, a.name, p.title, a.programme_id, a.area_code, a.lad_code, y.last_year
FROM programme_areas AS a
JOIN programmes AS p ON p.id = a.programme_id AND p.demo = :demo
LEFT JOIN last_years AS y ON y.programme_id = p.id
LEFT JOIN areas AS d ON d.code = a.area_code
WHERE d.type IS NULL OR d.type NOT IN ('lad', 'cty', 'rgn', 'cauth')
ORDER BY a.id
