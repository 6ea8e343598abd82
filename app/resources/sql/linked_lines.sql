-- Question: which lines of a stage are no plain award (regrants, match funding, refunds), and which lines do
--   they name or repeat?
-- Parameters: stage, demo, slug, districts (as in lines.sql), year (null for all).
-- Columns: as methods.double_counting takes them, but place_key instead of the bucket. Lines in pounds alone.
-- Relies on: ix_resource_lines_identifier, ix_resource_lines_part_of.
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
linked AS MATERIALIZED (
    SELECT l.id, l.identifier, l.part_of, l.related_identifier
    FROM resource_lines AS l
    WHERE l.stage = :stage AND l.role <> 'award'
),
names AS MATERIALIZED (
    SELECT related_identifier AS name FROM linked WHERE related_identifier IS NOT NULL
    UNION
    SELECT identifier FROM linked
    UNION
    SELECT part_of FROM linked WHERE part_of IS NOT NULL
),
wanted AS (
    SELECT l.id FROM resource_lines AS l JOIN names AS n ON n.name = l.identifier
    UNION
    SELECT l.id FROM resource_lines AS l JOIN names AS n ON n.name = l.part_of
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
FROM wanted
JOIN resource_lines AS l ON l.id = wanted.id
JOIN files ON files.id = l.file_id
WHERE l.stage = :stage
  AND l.demo = :demo
  AND l.currency = 'GBP'
  AND (CAST(:year AS text) IS NULL OR l.financial_year = CAST(:year AS text))
ORDER BY l.id
