-- Question: which lines of a stage state a place that an estimate shares out, each by which basis?
-- Parameters: stage, demo, slug, districts (as in lines.sql), year (null for all), places (place keys, text[]),
--   each (true: a row a line, by id; false: a row for all lines alike), after (id of the last line seen, '' for
--   none), most (how many rows at most, null for all).
-- Columns: id ('' for lines alike), title, place_key, place_kind, place_code, partnership_slug, footprint_id, basis
--   (the line's own, else its programme's, else null), programme_id, amount_pence, weighed_line (the id of a line
--   whose source gives weights of its own), lines.
-- Relies on: pk_resource_line_weights, and one reading of the stage's lines.
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
places AS (
    SELECT DISTINCT unnest(CAST(:places AS text[])) AS place_key
),
asked AS (
    SELECT
        CASE WHEN :each THEN l.id ELSE '' END AS id,
        CASE WHEN :each THEN l.title ELSE '' END AS title,
        places.place_key,
        l.place_kind,
        l.place_code,
        l.partnership_slug,
        l.footprint_id,
        coalesce(l.estimate_basis, p.estimate_basis) AS basis,
        l.programme_id,
        l.amount_pence,
        CASE WHEN EXISTS (SELECT 1 FROM resource_line_weights AS w WHERE w.line_id = l.id) THEN l.id END AS weighed_line
    FROM resource_lines AS l
    JOIN files ON files.id = l.file_id
    JOIN places ON places.place_key = l.place_key
    LEFT JOIN programmes AS p ON p.id = l.programme_id
    WHERE l.stage = :stage
      AND l.demo = :demo
      AND l.currency = 'GBP'
      AND (CAST(:year AS text) IS NULL OR l.financial_year = CAST(:year AS text))
      AND l.id > :after
)
SELECT
    id,
    title,
    place_key,
    place_kind,
    place_code,
    partnership_slug,
    footprint_id,
    basis,
    programme_id,
    amount_pence,
    weighed_line,
    count(*) AS lines
FROM asked
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
ORDER BY 1, 3, 8, 9, 10, 11
LIMIT :most
