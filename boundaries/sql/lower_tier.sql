-- Question: which districts and unitaries live on a day, in which county, how large, with how many people?
-- Parameters: day, release_id (the layer that draws them), demo.
-- Columns: code, name, county_code, county_name, area_m2, people, people_period (null where not loaded).
-- Relies on: ix_areas_type, pk_boundaries, pk_memberships, pk_weights.
SELECT
    a.code,
    a.name,
    c.code AS county_code,
    c.name AS county_name,
    b.area_m2,
    w.value AS people,
    w.period AS people_period
FROM areas AS a
LEFT JOIN boundaries AS b ON b.release_id = :release_id AND b.code = a.code
LEFT JOIN LATERAL (
    SELECT p.code, p.name
    FROM memberships AS m
    JOIN areas AS p ON p.code = m.parent_code
    WHERE m.child_code = a.code
      AND m.parent_type = 'cty'
      AND (p.valid_from IS NULL OR p.valid_from <= :day)
      AND (p.valid_to IS NULL OR p.valid_to > :day)
    ORDER BY p.code
    LIMIT 1
) AS c ON TRUE
LEFT JOIN weights AS w ON w.code = a.code AND w.area_set = 'lad' AND w.measure = 'people'
WHERE a.type = 'lad'
  AND a.demo = :demo
  AND (a.valid_from IS NULL OR a.valid_from <= :day)
  AND (a.valid_to IS NULL OR a.valid_to > :day)
ORDER BY a.code
