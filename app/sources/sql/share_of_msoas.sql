-- Question: which share of the people of each MSOA of 2011 lives in each MSOA of 2021 that followed it?
--   By the people of its small areas, each times the share that its own link passed on.
-- An MSOA of which one small area's people or share is not known is left as it is.
-- Relies on: pk_memberships, pk_successions, pk_weights.
WITH moved AS (
    SELECT
        o.parent_code AS old_code,
        n.parent_code AS new_code,
        w.value * s.share AS people
    FROM successions AS s
    JOIN memberships AS o
        ON o.child_code = s.old_code AND o.parent_type = 'msoa' AND lower(o.lookup) LIKE 'lsoa11%'
    JOIN memberships AS n
        ON n.child_code = s.new_code AND n.parent_type = 'msoa' AND lower(n.lookup) LIKE 'lsoa21%'
    LEFT JOIN weights AS w ON w.code = s.old_code AND w.area_set = 'lsoa-2011' AND w.measure = 'people'
    WHERE s.changed_on = DATE '2021-03-20'
),
told AS (
    SELECT old_code, new_code, CASE WHEN count(*) = count(people) THEN sum(people) END AS people
    FROM moved
    GROUP BY old_code, new_code
),
shares AS (
    SELECT
        old_code,
        new_code,
        people / nullif(CASE WHEN count(*) OVER own = count(people) OVER own THEN sum(people) OVER own END, 0)
            AS share
    FROM told
    WINDOW own AS (PARTITION BY old_code)
)
UPDATE successions AS s
SET share = shares.share, method = 'people of mid-2020 in its small areas, by postcodes where one is split'
FROM shares
WHERE s.changed_on = DATE '2021-03-20'
  AND s.old_code = shares.old_code
  AND s.new_code = shares.new_code
  AND shares.share IS NOT NULL
  AND (s.share IS NULL OR s.method IS NULL OR abs(s.share - shares.share) > 1e-12)
