-- Question: which pairs of areas of two releases share ground, and how much of each?
-- Parameters: :a, :b (the releases as asked), :first, :second (in the order they are kept), :a_is_first,
--   :day (both areas live on it).
-- Columns: as the CSV has them: of a first.
-- Relies on: pk_overlaps, pk_areas.
SELECT
    a.code AS code_a,
    a.name AS name_a,
    b.code AS code_b,
    b.name AS name_b,
    CASE
        WHEN :a_is_first OR o.relation NOT IN ('covers', 'within') THEN o.relation
        WHEN o.relation = 'covers' THEN 'within'
        ELSE 'covers'
    END AS relation,
    o.overlap_m2,
    CASE WHEN :a_is_first THEN o.share_of_a ELSE o.share_of_b END AS share_of_a,
    CASE WHEN :a_is_first THEN o.share_of_b ELSE o.share_of_a END AS share_of_b,
    o.postcodes,
    CASE WHEN :a_is_first THEN o.postcode_share_of_a ELSE o.postcode_share_of_b END AS postcode_share_of_a,
    CASE WHEN :a_is_first THEN o.postcode_share_of_b ELSE o.postcode_share_of_a END AS postcode_share_of_b,
    CASE WHEN :a_is_first THEN o.people_share_of_a ELSE o.people_share_of_b END AS people_share_of_a,
    CASE WHEN :a_is_first THEN o.people_share_of_b ELSE o.people_share_of_a END AS people_share_of_b,
    CAST(:a AS text) AS release_a,
    CAST(:b AS text) AS release_b
FROM "overlaps" AS o
JOIN areas AS a ON a.code = CASE WHEN :a_is_first THEN o.code_a ELSE o.code_b END
JOIN areas AS b ON b.code = CASE WHEN :a_is_first THEN o.code_b ELSE o.code_a END
WHERE o.release_a = :first
    AND o.release_b = :second
    AND o.overlap_m2 > 0
    AND (a.valid_from IS NULL OR a.valid_from <= :day)
    AND (a.valid_to IS NULL OR a.valid_to > :day)
    AND (b.valid_from IS NULL OR b.valid_from <= :day)
    AND (b.valid_to IS NULL OR b.valid_to > :day)
ORDER BY a.code, b.code
