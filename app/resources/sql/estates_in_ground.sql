-- Question: of each estate for which lines of one stage are stated, what share of its current postcodes is among some?
-- Parameters: stage, demo, slug (of the partnership that asks, or null), postcodes (those of the ground, text[]).
-- Columns: footprint_id, share. Estates with none of them have no row.
-- Relies on: ix_resource_lines_footprint_id, pk_postcodes, ix_postcodes_geom.
WITH estate AS (
    SELECT DISTINCT f.id, f.geom, f.postcodes, f.codes
    FROM resource_lines AS l
    JOIN resource_files AS r ON r.id = l.file_id
    JOIN footprints AS f ON f.id = l.footprint_id
    WHERE l.place_kind = 'estate'
        AND l.stage = :stage
        AND l.demo = :demo
        AND (r.partnership_slug IS NULL OR r.partnership_slug = CAST(:slug AS text))
),
homes AS (
    SELECT estate.id, p.postcode
    FROM estate
    JOIN postcodes AS p ON p.postcode = ANY(estate.postcodes) AND p.status = 'current'
    UNION ALL
    SELECT estate.id, p.postcode
    FROM estate
    JOIN postcodes AS p ON ST_Intersects(p.geom, estate.geom) AND p.status = 'current'
    UNION ALL
    SELECT estate.id, p.postcode
    FROM estate
    JOIN postcodes AS p
        ON (p.lsoa11_code = ANY(estate.codes) OR p.lsoa21_code = ANY(estate.codes)) AND p.status = 'current'
)
SELECT
    homes.id AS footprint_id,
    count(*) FILTER (WHERE homes.postcode = ANY(CAST(:postcodes AS text[])))::float / count(*) AS share
FROM homes
GROUP BY homes.id
HAVING count(*) FILTER (WHERE homes.postcode = ANY(CAST(:postcodes AS text[]))) > 0
ORDER BY homes.id
