-- Question: which district and region of a day does each small area of a set lie in?
-- Parameters: :own_lookup (pattern of the set's own lookups, lower case), :demo, :day.
-- Columns: code, district, region (null where no lookup gives one).
-- Relies on: ix_memberships_parent_code, pk_areas.
SELECT
    m.child_code AS code,
    min(m.parent_code) AS district,
    min(r.parent_code) AS region
FROM memberships AS m
JOIN areas AS d
    ON d.code = m.parent_code
    AND d.type = 'lad'
    AND d.demo = :demo
    AND (d.valid_from IS NULL OR d.valid_from <= :day)
    AND (d.valid_to IS NULL OR d.valid_to > :day)
LEFT JOIN memberships AS r
    ON r.child_code = d.code
    AND r.parent_type = 'rgn'
WHERE m.parent_type = 'lad'
  AND lower(m.lookup) LIKE :own_lookup
GROUP BY m.child_code
