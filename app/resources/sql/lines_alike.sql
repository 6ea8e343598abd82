-- Question: which lines of a stage have the amount, the day, the funder and the recipient of a line of another
--   file, so that they may be one award written twice?
-- Parameters: stage, demo, slug, districts (as in lines.sql), year (null for all), most (how many at most).
-- Columns: as methods.double_counting takes them, but place_key instead of the bucket. Lines in pounds alone.
-- Case and blanks aside; a line without day or recipient is like none.
-- Relies on: nothing but one reading of the stage's lines.
WITH files AS (
    SELECT f.id
    FROM resource_files AS f
    LEFT JOIN partnerships AS p ON p.slug = f.partnership_slug
    WHERE f.demo = :demo
      AND (
          f.partnership_slug IS NULL
          OR f.partnership_slug = CAST(:slug AS text)
          OR p.authorities && CAST(:districts AS text[])
      )
),
amounts AS MATERIALIZED (
    -- Two whole numbers first: few lines are left to be compared by their words.
    SELECT l.amount_pence, l.awarded_on
    FROM resource_lines AS l
    JOIN files ON files.id = l.file_id
    WHERE l.stage = :stage AND l.demo = :demo AND l.currency = 'GBP'
      AND l.amount_pence > 0 AND l.awarded_on IS NOT NULL
    GROUP BY l.amount_pence, l.awarded_on
    HAVING min(l.file_id) < max(l.file_id)
),
worded AS MATERIALIZED (
    SELECT
        l.id,
        l.file_id,
        l.amount_pence,
        l.awarded_on,
        lower(btrim(regexp_replace(l.funder, '\s+', ' ', 'g'))) AS funder,
        lower(btrim(regexp_replace(l.recipient, '\s+', ' ', 'g'))) AS recipient
    FROM amounts AS a
    JOIN resource_lines AS l ON l.amount_pence = a.amount_pence AND l.awarded_on = a.awarded_on
    JOIN files ON files.id = l.file_id
    WHERE l.stage = :stage AND l.demo = :demo AND l.currency = 'GBP' AND l.recipient <> ''
      AND (CAST(:year AS text) IS NULL OR l.financial_year = CAST(:year AS text))
),
alike AS (
    SELECT
        w.id,
        min(w.file_id) OVER same < max(w.file_id) OVER same AS is_double
    FROM worded AS w
    WINDOW same AS (PARTITION BY w.amount_pence, w.awarded_on, w.funder, w.recipient)
)
SELECT
    l.id,
    l.identifier,
    l.title,
    l.funder,
    l.recipient,
    l.amount_pence,
    l.awarded_on,
    l.file_id,
    l.role,
    l.related_identifier,
    l.part_of,
    l.place_key AS place_key
FROM alike
JOIN resource_lines AS l ON l.id = alike.id
WHERE alike.is_double
ORDER BY l.awarded_on, l.amount_pence, l.id
LIMIT :most
