-- Question: which share of each split small area of 2011 lies in each area of 2021 linked to it? By its
--   current postcodes; those in areas that no link names are not counted, and where there are none at
--   all nothing is said.
-- Writes only shares that differ by more than rounding.
-- Relies on: pk_successions, ix_postcodes_lsoa11_code.
WITH split AS (
    SELECT old_code, new_code
    FROM successions
    WHERE changed_on = DATE '2021-03-20'
      AND old_code IN (
          SELECT old_code FROM successions
          WHERE changed_on = DATE '2021-03-20'
          GROUP BY old_code
          HAVING count(*) > 1
      )
),
pairs AS (
    SELECT split.old_code, split.new_code, count(p.postcode) AS postcodes
    FROM split
    LEFT JOIN postcodes AS p
        ON p.lsoa11_code = split.old_code AND p.lsoa21_code = split.new_code AND p.status = 'current'
    GROUP BY split.old_code, split.new_code
),
shares AS (
    SELECT
        old_code,
        new_code,
        postcodes / nullif(sum(postcodes::float) OVER (PARTITION BY old_code), 0) AS share
    FROM pairs
)
UPDATE successions AS s
SET share = shares.share, method = 'current postcodes that lie in both'
FROM shares
WHERE s.changed_on = DATE '2021-03-20'
  AND s.old_code = shares.old_code
  AND s.new_code = shares.new_code
  AND shares.share IS NOT NULL
  AND (s.share IS NULL OR s.method IS NULL OR abs(s.share - shares.share) > 1e-12)
