-- Question: what do a release's features say beyond their outlines, in one number?
-- Parameters: :release_id.
-- Columns: digest (a sum of hashes, so that no order is needed: codes, names, types and lives).
-- Relies on: pk_boundaries, pk_areas.
SELECT
    sum(CAST(hashtextextended(
        concat_ws('|', b.code, b.name, a.type, coalesce(CAST(a.valid_from AS text), '-'),
            coalesce(CAST(a.valid_to AS text), '-')),
        0
    ) AS numeric)) AS digest
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
WHERE b.release_id = :release_id
