-- Question: which periods have the series of each partnership's own targets?
-- Parameters: demo.
-- Columns: slug, period.
-- Relies on: ix_targets_partnership_slug, the primary keys of indicators and of their periods.
SELECT DISTINCT t.partnership_slug AS slug, d.period
FROM targets AS t
JOIN partnerships AS p ON p.slug = t.partnership_slug
JOIN indicators AS i ON i.id = t.indicator_id
JOIN indicator_periods AS d ON d.number = i.number
WHERE p.demo = :demo
ORDER BY slug, period
