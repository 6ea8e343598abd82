-- Question: how many areas does each of some releases draw, when do they live, and what do they say?
-- Parameters: :releases (ids).
-- Columns: release_id, drawn, first_day (the first that any lives), last_start and first_end (between them all live;
--   null: none is known), digest (a sum of hashes of codes, names, types and lives, so that no order is needed).
-- Relies on: pk_boundaries, pk_areas; half a second for the nation's releases together, each read once.
SELECT
    b.release_id,
    count(*) AS drawn,
    min(a.valid_from) AS first_day,
    max(a.valid_from) AS last_start,
    min(a.valid_to) AS first_end,
    sum(CAST(hashtextextended(
        concat_ws('|', b.code, b.name, a.type, coalesce(CAST(a.valid_from AS text), '-'),
            coalesce(CAST(a.valid_to AS text), '-')),
        0
    ) AS numeric)) AS digest
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
WHERE b.release_id = ANY(:releases)
GROUP BY b.release_id
