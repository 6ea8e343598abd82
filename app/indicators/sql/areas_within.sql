-- Question: which areas of one set belong to a place, by the official lookups of that set?
-- Parameters: code (text: the place), lookup (text: how the lookups of the set are called, '%' for any),
--   area_type (text).
-- Columns: code.
-- Relies on: ix_memberships_parent_code. Regions and counties hold districts, districts hold small areas; a code
--   of 2001 may be spelt as one of 2011, so that only the set's own lookups are asked.
WITH RECURSIVE places AS (
    SELECT CAST(:code AS text) AS code
    UNION
    SELECT m.child_code
    FROM memberships AS m
    JOIN places AS p ON p.code = m.parent_code
    WHERE m.parent_type IN ('rgn', 'cauth', 'cty')
)
SELECT DISTINCT a.code
FROM (
    SELECT m.child_code AS code
    FROM memberships AS m
    JOIN places AS p ON p.code = m.parent_code
    WHERE lower(m.lookup) LIKE :lookup
    UNION
    SELECT p.code
    FROM places AS p
    WHERE :lookup = '%'
) AS found
JOIN areas AS a ON a.code = found.code
WHERE a.type = :area_type
ORDER BY a.code
