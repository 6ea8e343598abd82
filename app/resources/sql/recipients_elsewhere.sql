-- Question: how much was paid to recipients known by their address alone and sitting outside a partnership?
-- Parameters: as in lines.sql.
-- Columns: financial_year, lines, pence (GBP only).
-- As in stated_places.sql, a recipient is looked up only where the postcode is one of the place's, or where the file
--   itself puts the recipient here: who is not found so sits elsewhere.
-- Relies on: pk_postcodes, ix_postcodes_lad_code, ix_postcodes_lsoa11_code, ix_postcodes_lsoa21_code.
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
paid AS MATERIALIZED (
    SELECT l.financial_year, l.amount_pence, l.recipient_postcode, l.recipient_lad
    FROM resource_lines AS l
    JOIN files ON files.id = l.file_id
    WHERE l.stage = :stage
      AND l.demo = :demo
      AND l.place_kind = 'recipient'
      AND l.currency = 'GBP'
),
near AS MATERIALIZED (
    SELECT p.postcode, p.lad_code, p.lsoa11_code, p.lsoa21_code
    FROM postcodes AS p
    WHERE cardinality(CAST(:ground AS text[])) <= 1000
      AND (
          p.lad_code = ANY(CAST(:districts AS text[]))
          OR (CAST(:area_set AS text) = 'lsoa-2011' AND p.lsoa11_code = ANY(CAST(:ground AS text[])))
          OR (CAST(:area_set AS text) <> 'lsoa-2011' AND p.lsoa21_code = ANY(CAST(:ground AS text[])))
      )
),
office AS (
    SELECT postcode, lad_code, lsoa11_code, lsoa21_code
    FROM near
    UNION ALL
    SELECT p.postcode, p.lad_code, p.lsoa11_code, p.lsoa21_code
    FROM postcodes AS p
    WHERE NOT EXISTS (SELECT FROM near WHERE near.postcode = p.postcode)
      AND p.postcode = ANY(ARRAY(
          SELECT paid.recipient_postcode
          FROM paid
          WHERE cardinality(CAST(:ground AS text[])) > 1000 OR paid.recipient_lad = ANY(CAST(:districts AS text[]))
      ))
)
SELECT
    l.financial_year,
    count(*) AS lines,
    sum(l.amount_pence)::bigint AS pence
FROM paid AS l
LEFT JOIN office ON office.postcode = l.recipient_postcode
CROSS JOIN LATERAL (
    SELECT CASE CAST(:area_set AS text)
        WHEN 'lsoa-2011' THEN office.lsoa11_code
        ELSE office.lsoa21_code
    END AS code
) AS small_area
WHERE (
    CASE
        WHEN small_area.code IS NOT NULL THEN small_area.code = ANY(CAST(:ground AS text[]))
        ELSE coalesce(office.lad_code, l.recipient_lad) = ANY(CAST(:districts AS text[]))
    END
) IS NOT TRUE
GROUP BY l.financial_year
ORDER BY l.financial_year
