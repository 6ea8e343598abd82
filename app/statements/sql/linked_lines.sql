-- Question: which lines of money that a partnership may read draw on some programme?
-- Parameters: slug, districts (its codes, old and new), demo.
-- Columns: the line's own; own_file (true: brought in for this partnership alone).
-- A file given to one partnership is read only by it and by partnerships that share an authority.
-- Relies on: ix_resource_lines_programme_id.
SELECT
    l.id,
    l.identifier,
    l.part_of,
    l.related_identifier,
    l.role,
    l.title,
    l.funder,
    l.recipient,
    l.deliverer,
    l.programme_id,
    l.theme,
    l.money_kind,
    l.stage,
    l.amount_pence,
    l.currency,
    l.financial_year,
    l.grade,
    coalesce(l.place_name, named.name, l.place_text) AS place,
    l.outcome,
    l.file_id,
    coalesce(f.partnership_slug = CAST(:slug AS text), false) AS own_file
FROM resource_lines AS l
JOIN resource_files AS f ON f.id = l.file_id
LEFT JOIN partnerships AS p ON p.slug = f.partnership_slug
LEFT JOIN areas AS named ON named.code = l.place_code
WHERE l.programme_id IS NOT NULL
  AND l.demo = :demo
  AND f.demo = :demo
  AND (
      f.partnership_slug IS NULL
      OR f.partnership_slug = CAST(:slug AS text)
      OR p.authorities && CAST(:districts AS text[])
  )
ORDER BY l.id
