-- Question: which layer draws each type of area on a day, for the real country and the invented county?
-- Parameters: day.
-- One row a type and world that has a served release; the choice is layer_on() of migration 0044.
-- Relies on: pk_release_days.
SELECT
    t.area_type,
    t.demo,
    l.id,
    l.quality,
    l.tolerance_m,
    l.partial,
    l.is_exact
FROM (SELECT DISTINCT r.area_type, r.demo FROM releases AS r WHERE r.state = 'served') AS t
CROSS JOIN LATERAL layer_on(t.area_type, :day, t.demo) AS l
ORDER BY t.demo, t.area_type
