-- Question: which district and region of a day does each small area of a set lie in?
-- Parameters: :own_lookup (pattern of the set's own lookups, lower case), :demo, :day.
-- Columns: code, district, region (null where no lookup gives one).
-- The rows of a lookup stand together: by their index some hundred pages are read in order, by their districts ten
--   thousand here and there.
-- Relies on: ix_memberships_lookup, pk_memberships, ix_areas_type.
WITH districts AS MATERIALIZED (
    SELECT
        d.code,
        (
            SELECT min(r.parent_code)
            FROM memberships AS r
            WHERE r.child_code = d.code
              AND r.parent_type = 'rgn'
        ) AS region
    FROM areas AS d
    WHERE d.type = 'lad'
      AND d.demo = :demo
      AND (d.valid_from IS NULL OR d.valid_from <= :day)
      AND (d.valid_to IS NULL OR d.valid_to > :day)
),
held AS MATERIALIZED (
    SELECT m.child_code, m.parent_code
    FROM memberships AS m
    WHERE m.parent_type = 'lad'
      AND lower(m.lookup) LIKE :own_lookup
)
SELECT
    held.child_code AS code,
    min(held.parent_code) AS district,
    min(districts.region) AS region
FROM held
JOIN districts ON districts.code = held.parent_code
GROUP BY held.child_code
