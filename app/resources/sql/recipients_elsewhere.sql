-- Question: how much was paid to recipients known by their address alone and sitting outside a partnership?
-- Parameters: stage, demo, slug, districts, places (as in lines.sql).
-- Columns: financial_year, lines, pence (GBP only).
-- stated_places.sql found every recipient that sits here: who is not among its places sits elsewhere.
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
)
SELECT
    l.financial_year,
    count(*) AS lines,
    sum(l.amount_pence)::bigint AS pence
FROM resource_lines AS l
JOIN files ON files.id = l.file_id
WHERE l.stage = :stage
  AND l.demo = :demo
  AND l.place_kind = 'recipient'
  AND l.currency = 'GBP'
  AND NOT EXISTS (
      SELECT
      FROM unnest(CAST(:places AS text[])) AS here (place_key)
      WHERE here.place_key = l.place_key
  )
GROUP BY l.financial_year
ORDER BY l.financial_year
