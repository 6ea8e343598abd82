-- Question: when, up to a day, did anything last change that follows from the day alone?
-- Parameters: day (YYYY-MM-DD), demo.
-- Columns: turns_of (geography: districts, counties and regions begin or end; living: a partnership does; of a
--   partnership: its slug), turned_on (text, YYYY-MM-DD). A register's days are text, and are compared as such there
--   too. An action is late on the day after it was due.
-- Relies on: some hundred districts and partnerships.
WITH turns AS (
    SELECT 'geography' AS kind, '' AS slug, to_char(unnest(ARRAY[a.valid_from, a.valid_to]), 'YYYY-MM-DD') AS day
    FROM areas AS a
    WHERE a.type IN ('lad', 'cty', 'rgn')
      AND a.demo = :demo
    UNION ALL
    SELECT 'living', '', to_char(unnest(ARRAY[p.valid_from, p.valid_to]), 'YYYY-MM-DD')
    FROM partnerships AS p
    WHERE p.demo = :demo
    UNION ALL
    SELECT 'own', p.slug, unnest(ARRAY[m.value ->> 'joined', m.value ->> 'left'])
    FROM partnerships AS p
    CROSS JOIN LATERAL jsonb_array_elements(p.members) AS m
    WHERE p.demo = :demo
    UNION ALL
    SELECT 'own', a.partnership_slug, to_char(a.due_on + 1, 'YYYY-MM-DD')
    FROM planned_actions AS a
    JOIN partnerships AS p ON p.slug = a.partnership_slug
    WHERE p.demo = :demo
)
SELECT kind, slug, max(day) AS turned_on
FROM turns
WHERE day <= :day
GROUP BY kind, slug
ORDER BY kind, slug
