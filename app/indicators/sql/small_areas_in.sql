-- Question: which small areas of an index lie in which areas of a type, and what does it say of them?
-- Parameters: index_id, measure, weight (measure of the people), area_set, area_type, day (areas alive then),
--   own_lookup (LIKE pattern of the lookups of the index's own set).
-- Columns: area, name, code, rank, score, people (null where none are held).
-- Only by the lookups of the index's own set: of a district that these do not know, those of another set hold
-- the areas that did not change, and a part would pass for the whole. The largest share comes first, then the
-- lowest code.
-- Relies on: ix_index_values_measure, the primary keys of memberships and weights.
SELECT DISTINCT ON (v.code)
    a.code AS area,
    a.name,
    v.code,
    v.rank,
    v.score,
    w.value AS people
FROM index_values AS v
JOIN memberships AS m
    ON m.child_code = v.code
    AND m.parent_type = :area_type
    AND lower(m.lookup) LIKE :own_lookup
    AND (m.from_day IS NULL OR m.from_day <= :day)
    AND (m.to_day IS NULL OR m.to_day > :day)
JOIN areas AS a
    ON a.code = m.parent_code
    AND (a.valid_from IS NULL OR a.valid_from <= :day)
    AND (a.valid_to IS NULL OR a.valid_to > :day)
LEFT JOIN weights AS w
    ON w.code = v.code
    AND w.area_set = :area_set
    AND w.measure = :weight
WHERE v.index_id = :index_id
  AND v.measure = :measure
ORDER BY v.code, m.share DESC, a.code
