-- Question: which districts followed which on a day, and how many current postcodes lie in each that ended?
-- Parameters: day, demo.
-- Columns: old_code, new_code, kind, postcodes (null: one district followed one, or no outline is here).
-- By the finest outline of the one that ended: what it became holds it whole.
-- Relies on: pk_successions, pk_boundaries, ix_postcodes_geom.
WITH links AS (
    SELECT
        s.old_code,
        s.new_code,
        s.kind,
        count(*) OVER (PARTITION BY s.new_code) AS olds
    FROM successions AS s
    JOIN areas AS a ON a.code = s.old_code AND a.type = 'lad' AND a.demo = :demo
    JOIN areas AS b ON b.code = s.new_code AND b.type = 'lad'
    WHERE s.changed_on = :day
),
outlines AS (
    SELECT DISTINCT ON (b.code) b.code, b.geom
    FROM boundaries AS b
    JOIN releases AS r ON r.id = b.release_id AND r.area_type = 'lad' AND r.state = 'served'
    WHERE b.code IN (SELECT old_code FROM links WHERE olds > 1)
    ORDER BY b.code, r.tolerance_m, r.id
),
counted AS (
    SELECT o.code, count(p.postcode) AS postcodes
    FROM outlines AS o
    LEFT JOIN postcodes AS p ON ST_Covers(o.geom, p.geom) AND p.status = 'current'
    GROUP BY o.code
)
SELECT l.old_code, l.new_code, l.kind, c.postcodes
FROM links AS l
LEFT JOIN counted AS c ON c.code = l.old_code
ORDER BY l.old_code, l.new_code
