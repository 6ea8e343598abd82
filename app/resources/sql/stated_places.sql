-- Question: which places do the lines of one stage state, each once, and in which small area does each
--   postcode lie?
-- Parameters: stage, demo, slug (null for a passing view), districts (the partnership's codes, old and
--   new), ground (its small areas, text[]), area_set ('lsoa-2011' or 'lsoa-2021').
-- Columns: place_key (as migration 0030 writes it), place_kind, place_code ('footprint:N' of an estate),
--   place_type, partnership_slug, footprint_id, easting, northing (of a point), small_area (of a postcode;
--   '' = surely none of the set's areas here, null = cannot be told), recipient_here. Recipients' offices
--   that lie elsewhere are left out: their lines are in no total and no list.
-- A file given to one partnership is read only by it and by partnerships that share an authority.
-- Most recipients sit elsewhere in England. The postcodes of one place stand together: a recipient's is looked up only
--   where it is one of those, or where the file itself puts the recipient here; for a ground of more than 1,000 small
--   areas every one is.
-- Relies on: pk_postcodes, ix_postcodes_lad_code, ix_postcodes_lsoa11_code, ix_postcodes_lsoa21_code; reads of the
--   stage's lines the key alone.
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
keys AS (
    SELECT DISTINCT l.place_key
    FROM resource_lines AS l
    JOIN files ON files.id = l.file_id
    WHERE l.stage = :stage AND l.demo = :demo
),
parts AS (
    SELECT
        k.place_key,
        split_part(k.place_key, ':', 1) AS kind,
        nullif(split_part(k.place_key, ':', 2), '') AS second,
        nullif(split_part(k.place_key, ':', 3), '') AS third,
        nullif(split_part(k.place_key, ':', 4), '') AS fourth
    FROM keys AS k
),
here AS MATERIALIZED (
    SELECT p.postcode
    FROM postcodes AS p
    WHERE cardinality(CAST(:ground AS text[])) <= 1000
      AND (
          p.lad_code = ANY(CAST(:districts AS text[]))
          OR (CAST(:area_set AS text) = 'lsoa-2011' AND p.lsoa11_code = ANY(CAST(:ground AS text[])))
          OR (CAST(:area_set AS text) <> 'lsoa-2011' AND p.lsoa21_code = ANY(CAST(:ground AS text[])))
      )
),
stated AS MATERIALIZED (
    -- What a place is known by stands in its key: of most lines nothing else is read.
    SELECT
        p.place_key,
        p.kind AS place_kind,
        CASE WHEN p.kind NOT IN ('postcode', 'point', 'partnership', 'recipient') THEN p.third END AS place_code,
        CASE WHEN p.kind NOT IN ('postcode', 'point', 'partnership', 'recipient') THEN p.second ELSE p.kind END
            AS place_type,
        CASE WHEN p.kind = 'postcode' THEN p.second END AS place_postcode,
        CASE WHEN p.kind = 'partnership' THEN p.second END AS partnership_slug,
        CAST(p.fourth AS bigint) AS footprint_id,
        CASE WHEN p.kind = 'point' THEN ST_X(ST_GeomFromEWKB(decode(p.second, 'hex'))) END AS easting,
        CASE WHEN p.kind = 'point' THEN ST_Y(ST_GeomFromEWKB(decode(p.second, 'hex'))) END AS northing,
        CASE WHEN p.kind = 'recipient' THEN p.second END AS recipient_postcode,
        CASE WHEN p.kind = 'recipient' THEN p.third END AS recipient_lad
    FROM parts AS p
    WHERE p.kind <> 'recipient'
       OR cardinality(CAST(:ground AS text[])) > 1000
       OR p.third = ANY(CAST(:districts AS text[]))
       OR p.second IN (SELECT here.postcode FROM here)
)
SELECT
    s.place_key,
    s.place_kind,
    CASE WHEN s.place_kind = 'estate' THEN 'footprint:' || s.footprint_id ELSE s.place_code END AS place_code,
    s.place_type,
    s.partnership_slug,
    s.footprint_id,
    s.easting,
    s.northing,
    CASE
        WHEN s.place_kind <> 'postcode' OR spot.postcode IS NULL THEN NULL
        WHEN spot.small_area IS NOT NULL THEN spot.small_area
        WHEN spot.lad_code = ANY(CAST(:districts AS text[])) THEN NULL
        ELSE ''
    END AS small_area,
    s.place_kind = 'recipient' AS recipient_here
FROM stated AS s
LEFT JOIN LATERAL (
    SELECT
        p.postcode,
        p.lad_code,
        CASE CAST(:area_set AS text) WHEN 'lsoa-2011' THEN p.lsoa11_code ELSE p.lsoa21_code END AS small_area
    FROM postcodes AS p
    WHERE p.postcode = CASE s.place_kind
        WHEN 'postcode' THEN s.place_postcode
        WHEN 'recipient' THEN s.recipient_postcode
    END
    LIMIT 1
) AS spot ON TRUE
WHERE s.place_kind <> 'recipient'
   OR spot.small_area = ANY(CAST(:ground AS text[]))
   OR (
       spot.small_area IS NULL
       AND coalesce(spot.lad_code, s.recipient_lad) = ANY(CAST(:districts AS text[]))
   )
ORDER BY s.place_key
