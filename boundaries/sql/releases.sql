-- Question: which releases are here, how many areas does each draw, and which draws its type today?
-- Parameters: area_type (null: every type).
-- Relies on: pk_boundaries, layer_on().
SELECT
    r.id,
    (SELECT count(*) FROM boundaries AS b WHERE b.release_id = r.id) AS areas,
    r.id = (SELECT l.id FROM layer_on(r.area_type, CURRENT_DATE, r.demo) AS l) AS draws_today
FROM releases AS r
WHERE CAST(:area_type AS text) IS NULL
   OR r.area_type = :area_type
ORDER BY r.demo, r.area_type, r.published_on, r.id
