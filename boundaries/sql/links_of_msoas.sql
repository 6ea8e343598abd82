-- Question: which MSOAs of 2011 lead to which of 2021, and how many current postcodes lie in both of each pair?
-- Parameters: day (the first day of the later set), demo.
-- Columns: old_code, new_code, kind (null: told from the links themselves), postcodes.
-- By the links of the small areas in them: the publisher's list of MSOAs names one successor each, and so
--   leaves out 84 parts of those that were split.
-- Relies on: pk_successions, pk_memberships, ix_postcodes_lsoa11_code.
WITH homes AS (
    SELECT m.child_code, m.parent_code, a.valid_from, a.valid_to
    FROM memberships AS m
    JOIN areas AS a ON a.code = m.parent_code AND a.type = 'msoa' AND a.demo = :demo
    JOIN areas AS small ON small.code = m.child_code AND small.type = 'lsoa'
    WHERE m.parent_type = 'msoa'
),
linked AS (
    SELECT DISTINCT before.parent_code AS old_code, after.parent_code AS new_code
    FROM successions AS s
    JOIN homes AS before ON before.child_code = s.old_code
        AND (before.valid_from IS NULL OR before.valid_from < :day)
    JOIN homes AS after ON after.child_code = s.new_code
        AND (after.valid_to IS NULL OR after.valid_to > :day)
    WHERE s.changed_on = :day
      AND (before.valid_to IS NULL OR before.valid_to >= :day)
      AND (after.valid_from IS NULL OR after.valid_from <= :day)
),
changed AS (
    SELECT old_code, new_code
    FROM linked
    WHERE old_code IN (SELECT old_code FROM linked GROUP BY old_code HAVING count(*) > 1)
       OR new_code IN (SELECT new_code FROM linked GROUP BY new_code HAVING count(*) > 1)
),
counted AS (
    SELECT c.old_code, c.new_code, count(*) AS postcodes
    FROM changed AS c
    JOIN homes AS before ON before.parent_code = c.old_code
    JOIN postcodes AS p ON p.lsoa11_code = before.child_code AND p.status = 'current'
    JOIN homes AS after ON after.child_code = p.lsoa21_code AND after.parent_code = c.new_code
    GROUP BY c.old_code, c.new_code
)
SELECT
    l.old_code,
    l.new_code,
    NULL AS kind,
    CASE WHEN c.old_code IS NULL THEN NULL ELSE coalesce(k.postcodes, 0) END AS postcodes
FROM linked AS l
LEFT JOIN changed AS c ON c.old_code = l.old_code AND c.new_code = l.new_code
LEFT JOIN counted AS k ON k.old_code = l.old_code AND k.new_code = l.new_code
ORDER BY l.old_code, l.new_code
