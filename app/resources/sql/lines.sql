-- Question: which lines of one stage may concern a partnership, and in which small area does each
--   point and postcode lie?
-- Parameters: stage, demo, slug (null for a passing view), districts (its codes, old and new),
--   ground (its small areas, text[]), area_set ('lsoa-2011' or 'lsoa-2021').
-- Columns: the line's own, then small_area (of a point or postcode; '' = surely none of the set's
--   areas here, null = cannot be told) and recipient_here. Lines whose recipient alone is known, and
--   sits elsewhere, are left to recipients_elsewhere.sql: they are in no total and no list.
-- A file given to one partnership is read only by it and by partnerships that share an authority.
-- Relies on: pk_postcodes, ix_boundaries_geom.
WITH reach AS MATERIALIZED (
    -- A point farther off than this lies in no area of the ground, whatever else it lies in.
    SELECT ST_Expand(ST_SetSRID(ST_Extent(b.geom)::geometry, 27700), 200) AS box
    FROM boundaries AS b
    WHERE b.code = ANY(CAST(:ground AS text[]))
),
files AS (
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
    l.id AS line_id,
    l.file_id,
    l.row,
    l.identifier,
    l.title,
    l.funder,
    l.programme,
    l.theme,
    l.recipient,
    l.stage,
    l.amount_pence,
    l.currency,
    l.awarded_on,
    l.financial_year,
    l.place_kind,
    l.place_text,
    l.place_code,
    l.place_type,
    coalesce(l.place_name, named.name) AS place_name,
    l.place_postcode,
    l.partnership_slug,
    l.grade,
    CASE l.place_kind
        WHEN 'postcode' THEN
            CASE
                WHEN here.postcode IS NULL THEN NULL
                WHEN here.small_area IS NOT NULL THEN here.small_area
                WHEN here.lad_code = ANY(CAST(:districts AS text[])) THEN NULL
                ELSE ''
            END
        WHEN 'point' THEN CASE WHEN l.place_geom IS NULL THEN NULL ELSE coalesce(spot.code, '') END
    END AS small_area,
    l.place_kind = 'recipient' AS recipient_here
FROM resource_lines AS l
CROSS JOIN reach
JOIN files ON files.id = l.file_id
LEFT JOIN areas AS named ON named.code = l.place_code
LEFT JOIN LATERAL (
    SELECT
        p.postcode,
        p.lad_code,
        CASE CAST(:area_set AS text) WHEN 'lsoa-2011' THEN p.lsoa11_code ELSE p.lsoa21_code END AS small_area
    FROM postcodes AS p
    WHERE l.place_kind = 'postcode' AND p.postcode = l.place_postcode
) AS here ON TRUE
LEFT JOIN LATERAL (
    SELECT
        p.lad_code,
        CASE CAST(:area_set AS text) WHEN 'lsoa-2011' THEN p.lsoa11_code ELSE p.lsoa21_code END AS small_area
    FROM postcodes AS p
    WHERE l.place_kind = 'recipient' AND p.postcode = l.recipient_postcode
) AS office ON TRUE
LEFT JOIN LATERAL (
    -- A point in a gap of a generalised coast takes the nearest area; in an overlap, the lowest code.
    SELECT b.code
    FROM boundaries AS b
    JOIN releases AS r ON r.id = b.release_id
    WHERE l.place_kind = 'point'
      AND l.place_geom && reach.box
      AND r.area_type = 'lsoa'
      AND ST_DWithin(b.geom, l.place_geom, 100)
      AND EXISTS (SELECT 1 FROM weights AS w WHERE w.code = b.code AND w.area_set = :area_set)
    ORDER BY ST_Distance(b.geom, l.place_geom), b.code
    LIMIT 1
) AS spot ON TRUE
WHERE l.stage = :stage
  AND l.demo = :demo
  AND (
      l.place_kind <> 'recipient'
      OR office.small_area = ANY(CAST(:ground AS text[]))
      OR (
          office.small_area IS NULL
          AND coalesce(office.lad_code, l.recipient_lad) = ANY(CAST(:districts AS text[]))
      )
  )
ORDER BY l.id
