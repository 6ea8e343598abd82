-- Question: which small areas of one census lead to which of the next, and how many current postcodes lie in
--   both of each pair that changed?
-- Parameters: day (the first day of the later set), demo.
-- Columns: old_code, new_code, kind, postcodes (null: unchanged, or not to be counted for want of an outline).
-- From 2011 on a postcode knows its areas of both sets. Of 2001 the outlines tell, where an area of 2011 has
--   several behind it; where it has one, all of its postcodes lie in the pair.
-- Postcodes are counted by what their index holds: the rows stand on ten thousand pages.
-- Relies on: pk_successions, ix_postcodes_current, pk_boundaries.
WITH links AS (
    SELECT
        s.old_code,
        s.new_code,
        s.kind,
        count(*) OVER (PARTITION BY s.new_code) AS olds
    FROM successions AS s
    JOIN areas AS a ON a.code = s.old_code AND a.type = 'lsoa' AND a.demo = :demo
    WHERE s.changed_on = :day
),
outlines AS (
    SELECT DISTINCT ON (b.code) b.code, b.geom
    FROM boundaries AS b
    JOIN releases AS r ON r.id = b.release_id AND r.area_type = 'lsoa' AND r.state = 'served'
    WHERE :day = DATE '2011-03-27'
      AND r.published_on < :day
      AND b.code IN (SELECT old_code FROM links WHERE kind <> 'unchanged' AND olds > 1)
    ORDER BY b.code, r.tolerance_m, r.id
),
known AS (
    SELECT l.old_code, l.new_code, count(p.lsoa11_code) AS postcodes
    FROM links AS l
    LEFT JOIN postcodes AS p
        ON p.lsoa11_code = l.old_code AND p.lsoa21_code = l.new_code AND p.status = 'current'
    WHERE l.kind <> 'unchanged' AND :day > DATE '2011-03-27'
    GROUP BY l.old_code, l.new_code
    UNION ALL
    SELECT l.old_code, l.new_code, count(p.lsoa11_code)
    FROM links AS l
    LEFT JOIN postcodes AS p ON p.lsoa11_code = l.new_code AND p.status = 'current'
    WHERE l.kind <> 'unchanged' AND :day = DATE '2011-03-27' AND l.olds = 1
    GROUP BY l.old_code, l.new_code
    UNION ALL
    SELECT l.old_code, l.new_code, count(p.lsoa11_code)
    FROM links AS l
    JOIN outlines AS o ON o.code = l.old_code
    LEFT JOIN postcodes AS p
        ON p.lsoa11_code = l.new_code AND p.status = 'current' AND ST_Covers(o.geom, p.geom)
    WHERE l.kind <> 'unchanged' AND l.olds > 1
    GROUP BY l.old_code, l.new_code
)
SELECT l.old_code, l.new_code, l.kind, k.postcodes
FROM links AS l
LEFT JOIN known AS k ON k.old_code = l.old_code AND k.new_code = l.new_code
ORDER BY l.old_code, l.new_code
