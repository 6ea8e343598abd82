-- Question: which lines of one stage does a partnership see, and how far is each point and postcode from a point?
-- Parameters: stage, demo, slug, districts (the partnership's codes, old and new), easting, northing (metres).
-- Columns: the line's own, its footprint's kind, and distance_m (of a point or a known postcode, else null).
-- The lines are those of lines.sql but for those of which only the recipient is known: these are in no total.
-- Relies on: ix_resource_lines_file_id, pk_postcodes.
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
    l.id,
    l.title,
    l.funder,
    l.programme,
    l.theme,
    l.amount_pence,
    l.currency,
    l.financial_year,
    l.grade,
    l.place_kind,
    l.place_code,
    coalesce(l.place_name, named.name) AS place_name,
    l.place_text,
    l.partnership_slug,
    l.footprint_id,
    ST_Distance(
        coalesce(l.place_geom, here.geom), ST_SetSRID(ST_MakePoint(:easting, :northing), 27700)
    ) AS distance_m
FROM resource_lines AS l
JOIN files ON files.id = l.file_id
LEFT JOIN areas AS named ON named.code = l.place_code
LEFT JOIN postcodes AS here ON l.place_kind = 'postcode' AND here.postcode = l.place_postcode
WHERE l.stage = :stage
  AND l.demo = :demo
  AND l.place_kind <> 'recipient'
ORDER BY l.id
