-- Question: which area of a type does each area of a set belong to on a day?
-- Parameters: parent_type (text), lookup (text: how the lookups of the set are called, '%' for any),
--   child_type (text), day (date).
-- Columns: child, parent (one a child: by the largest share, then the lowest code).
-- Relies on: lookups that answer for a span of days, and the lives of parents: a small area has one district
--   on any day.
SELECT DISTINCT ON (m.child_code)
    m.child_code AS child,
    m.parent_code AS parent
FROM memberships AS m
JOIN areas AS p ON p.code = m.parent_code
JOIN areas AS c ON c.code = m.child_code
WHERE m.parent_type = :parent_type
  AND c.type = :child_type
  AND lower(m.lookup) LIKE :lookup
  AND (m.from_day IS NULL OR m.from_day <= :day)
  AND (m.to_day IS NULL OR m.to_day > :day)
  AND (p.valid_from IS NULL OR p.valid_from <= :day)
  AND (p.valid_to IS NULL OR p.valid_to > :day)
ORDER BY m.child_code, m.share DESC, m.parent_code
