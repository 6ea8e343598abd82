-- Question: how much was paid to recipients known by their address alone and sitting outside a partnership?
-- Parameters: as in lines.sql.
-- Columns: financial_year, lines, pence (GBP only).
-- Relies on: pk_postcodes.
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
LEFT JOIN postcodes AS office ON office.postcode = l.recipient_postcode
CROSS JOIN LATERAL (
    SELECT CASE CAST(:area_set AS text)
        WHEN 'lsoa-2011' THEN office.lsoa11_code
        ELSE office.lsoa21_code
    END AS code
) AS small_area
WHERE l.stage = :stage
  AND l.demo = :demo
  AND l.place_kind = 'recipient'
  AND l.currency = 'GBP'
  AND (
      CASE
          WHEN small_area.code IS NOT NULL THEN small_area.code = ANY(CAST(:ground AS text[]))
          ELSE coalesce(office.lad_code, l.recipient_lad) = ANY(CAST(:districts AS text[]))
      END
  ) IS NOT TRUE
GROUP BY l.financial_year
ORDER BY l.financial_year
