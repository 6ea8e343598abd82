-- Question: to which authorities did the districts of each ended county or combined authority go on
--   the day that it ended?
-- Columns: old_code, part (a district of it), new_code, changed_on, is_only_ground (true: new_code was
--   made of districts of old_code alone).
-- A district that lives on under another combined authority went to that one as it is.
-- Relies on: ix_areas_type, ix_memberships_parent_code, pk_successions, ix_successions_new_code.
WITH ended AS (
    SELECT DISTINCT a.code AS old_code, a.valid_to AS changed_on, a.type, m.child_code AS part
    FROM areas AS a
    JOIN memberships AS m ON m.parent_code = a.code AND m.parent_type = a.type
    JOIN areas AS d ON d.code = m.child_code AND d.type = 'lad'
    WHERE a.type IN ('cty', 'cauth')
      AND a.valid_to IS NOT NULL
      AND NOT a.demo
      AND (d.valid_to IS NULL OR d.valid_to >= a.valid_to)
      AND (d.valid_from IS NULL OR d.valid_from < a.valid_to)
),
went AS (
    SELECT e.old_code, e.part, s.new_code, e.changed_on
    FROM ended AS e
    JOIN successions AS s ON s.old_code = e.part AND s.changed_on = e.changed_on
    WHERE e.type = 'cty'
    UNION
    SELECT e.old_code, e.part, p.code, e.changed_on
    FROM ended AS e
    JOIN memberships AS m ON m.child_code = e.part AND m.parent_type = 'cauth'
    JOIN areas AS p ON p.code = m.parent_code AND p.valid_from = e.changed_on
    WHERE e.type = 'cauth'
)
SELECT
    w.old_code,
    w.part,
    w.new_code,
    w.changed_on,
    NOT EXISTS (
        SELECT 1
        FROM successions AS s
        JOIN areas AS o ON o.code = s.old_code AND o.type = 'lad'
        WHERE s.new_code = w.new_code
          AND s.changed_on = w.changed_on
          AND NOT EXISTS (
              SELECT 1 FROM went AS also WHERE also.old_code = w.old_code AND also.part = s.old_code
          )
    ) AS is_only_ground
FROM went AS w
ORDER BY w.old_code, w.new_code, w.part
