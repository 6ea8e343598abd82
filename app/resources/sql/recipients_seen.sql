-- Question: of how many lines that a partnership sees, and of what sum, is only the recipient's office known?
-- Parameters: stage, demo, slug, districts (the partnership's codes, old and new), year (null: all).
-- Columns: lines, pence. In pounds alone.
-- Relies on: ix_resource_lines_file_id, ix_resource_lines_grade.
SELECT count(*) AS lines, coalesce(sum(l.amount_pence), 0) AS pence
FROM resource_lines AS l
JOIN resource_files AS f ON f.id = l.file_id
LEFT JOIN partnerships AS p ON p.slug = f.partnership_slug
WHERE l.stage = :stage
  AND l.demo = :demo
  AND f.demo = :demo
  AND l.place_kind = 'recipient'
  AND l.currency = 'GBP'
  AND (CAST(:year AS text) IS NULL OR l.financial_year = :year)
  AND (
      f.partnership_slug IS NULL
      OR f.partnership_slug = CAST(:slug AS text)
      OR p.authorities && CAST(:districts AS text[])
  )
