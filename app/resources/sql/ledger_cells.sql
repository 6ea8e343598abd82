-- Question: how many lines and pence of one stage stand where, by grade and by the keys of one view?
-- Parameters: stage, demo, slug, districts (as in stated_places.sql), places (place keys, text[]), stands
--   (for each of them where it stands, an int of the caller's, int[]), year (null for all), by (theme,
--   programme, partner, deliverer, year, file, or file_and_year: with a space between; any other word: no key).
-- Columns: stands (null: a recipient's office elsewhere, or a place not named), of_recipient, grade,
--   currency, undated, view_key, lines, pence. Lines of another year than the one asked have no row.
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
placed AS MATERIALIZED (
    SELECT p.place_key, p.stands
    FROM unnest(CAST(:places AS text[]), CAST(:stands AS int[])) AS p (place_key, stands)
)
SELECT
    placed.stands,
    l.place_kind = 'recipient' AS of_recipient,
    l.grade,
    l.currency,
    l.financial_year IS NULL AS undated,
    CASE CAST(:by AS text)
        WHEN 'theme' THEN l.theme
        WHEN 'programme' THEN l.programme
        WHEN 'partner' THEN l.funder
        WHEN 'deliverer' THEN coalesce(l.deliverer, l.recipient)
        WHEN 'year' THEN l.financial_year
        WHEN 'file' THEN l.file_id
        WHEN 'file_and_year' THEN l.file_id || ' ' || coalesce(l.financial_year, '')
    END AS view_key,
    count(*) AS lines,
    sum(l.amount_pence)::bigint AS pence
FROM resource_lines AS l
JOIN files ON files.id = l.file_id
LEFT JOIN placed ON placed.place_key = l.place_key
WHERE l.stage = :stage
  AND l.demo = :demo
  AND (CAST(:year AS text) IS NULL OR l.financial_year IS NULL OR l.financial_year = CAST(:year AS text))
GROUP BY 1, 2, 3, 4, 5, 6
