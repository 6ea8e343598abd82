-- Question: of which pairs of area types were overlaps ever kept?
-- Parameters: :area_type (null: any), one of the pair.
-- Columns: type_a, type_b, demo.
-- Relies on: pk_overlap_tables, pk_releases.
SELECT DISTINCT
    least(a.area_type, b.area_type) AS type_a,
    greatest(a.area_type, b.area_type) AS type_b,
    a.demo
FROM overlap_tables AS t
JOIN releases AS a ON a.id = t.release_a
JOIN releases AS b ON b.id = t.release_b
WHERE CAST(:area_type AS text) IS NULL
    OR a.area_type = :area_type
    OR b.area_type = :area_type
ORDER BY 1, 2, 3
