-- Question: which lines of one stage stand in a partnership's ledger, or beside it?
-- Parameters: stage, demo, slug (null for a passing view), districts (its codes, old and new), places
--   (place keys that stated_places.sql found, text[]: lines whose recipient alone is known, and sits
--   elsewhere, are in no total and no list), after (id of the last line seen, '' for none), most (how
--   many at most, null for all), only (the one line asked for, null for all), year (null for all).
-- Columns: the line's own, with place_key.
-- A file given to one partnership is read only by it and by partnerships that share an authority.
-- Relies on: pk_resource_lines where a page or a line is asked.
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
)
SELECT
    l.id,
    l.id AS line_id,
    l.file_id,
    l.row,
    l.identifier,
    l.title,
    l.funder,
    l.programme,
    l.theme,
    l.recipient,
    l.deliverer,
    l.stage,
    l.amount_pence,
    l.currency,
    l.role,
    l.related_identifier,
    l.money_kind,
    l.part_of,
    l.part_share,
    l.programme_id,
    l.estimate_basis,
    l.outcome,
    l.footprint_id,
    l.awarded_on,
    l.financial_year,
    l.place_kind,
    l.place_text,
    l.place_code,
    l.place_type,
    -- Looked up for the few without a name: joined by hashing, all areas would be read for them.
    coalesce(l.place_name, (SELECT a.name FROM areas AS a WHERE a.code = l.place_code)) AS place_name,
    l.place_postcode,
    l.partnership_slug,
    l.grade,
    places.place_key
FROM resource_lines AS l
JOIN files ON files.id = l.file_id
JOIN places ON places.place_key = l.place_key
WHERE l.stage = :stage
  AND l.demo = :demo
  AND l.id > :after
  AND (CAST(:year AS text) IS NULL OR l.financial_year = CAST(:year AS text))
  AND (CAST(:only AS text) IS NULL OR l.id = CAST(:only AS text))
ORDER BY l.id
LIMIT :most
