-- Question: which share of each small area of 2001 that several of 2011 followed lies in each of them? By
--   the current postcodes of the later area whose point lies in the outline of 2001; those in areas that
--   no link names are not counted, and where there are none at all nothing is said.
-- Relies on: pk_successions, pk_boundaries, ix_postcodes_lsoa11_code.
WITH several AS (
    SELECT old_code, new_code
    FROM successions
    WHERE changed_on = DATE '2011-03-27'
      AND old_code IN (
          SELECT old_code FROM successions
          WHERE changed_on = DATE '2011-03-27'
          GROUP BY old_code
          HAVING count(*) > 1
      )
),
pairs AS (
    SELECT several.old_code, several.new_code, count(p.postcode) AS postcodes
    FROM several
    JOIN releases AS r ON r.area_type = 'lsoa' AND r.published_on < DATE '2011-03-27' AND NOT r.demo
    JOIN boundaries AS b ON b.release_id = r.id AND b.code = several.old_code
    LEFT JOIN postcodes AS p
        ON p.lsoa11_code = several.new_code AND p.status = 'current' AND ST_Intersects(b.geom, p.geom)
    GROUP BY several.old_code, several.new_code
),
shares AS (
    SELECT
        old_code,
        new_code,
        postcodes / nullif(sum(postcodes::float) OVER (PARTITION BY old_code), 0) AS share
    FROM pairs
)
UPDATE successions AS s
SET share = shares.share, method = 'current postcodes of the later area in the outline of 2001'
FROM shares
WHERE s.changed_on = DATE '2011-03-27'
  AND s.old_code = shares.old_code
  AND s.new_code = shares.new_code
  AND shares.share IS NOT NULL
  AND (s.share IS NULL OR s.method IS NULL OR abs(s.share - shares.share) > 1e-12)
