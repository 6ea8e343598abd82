-- Question: what does each of some layers hold at a point on a day, and how far is its border?
-- Parameters: release_ids (text[]), reaches (double precision[], the same order), easting, northing, day.
-- At most one row a layer: of the areas alive that hold the point the one of lowest code, else the
-- nearest within the layer's reach. A point within a millimetre of a border lies on it, so that no
-- rounding decides; ST_DWithin tells both, at half the cost of ST_Covers. The in-process atlas (boundaries/methods/atlas.py) keeps the same rules; a test
-- compares the two. One look at the index serves what holds the point and what is a narrow gap away (25 m, as
-- the atlas has it); only a layer with nothing there and a wide reach is asked again.
-- Relies on: ix_boundaries_geom, pk_areas.
WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint(:easting, :northing), 27700) AS point
),
layers AS (
    SELECT u.release_id, u.reach
    FROM unnest(
        CAST(:release_ids AS text[]), CAST(:reaches AS double precision[])
    ) AS u (release_id, reach)
),
near AS MATERIALIZED (
    SELECT b.release_id, b.code, b.geom, a.name
    FROM here
    JOIN boundaries AS b ON b.geom && ST_Expand(here.point, 25)
    JOIN layers AS l ON l.release_id = b.release_id
    JOIN areas AS a ON a.code = b.code
    WHERE (a.valid_from IS NULL OR a.valid_from <= :day)
      AND (a.valid_to IS NULL OR a.valid_to > :day)
),
inside AS MATERIALIZED (
    SELECT DISTINCT ON (n.release_id) n.release_id, n.code, n.name, n.geom
    FROM near AS n
    CROSS JOIN here
    WHERE n.geom && ST_Expand(here.point, 0.001)
      AND ST_DWithin(n.geom, here.point, 0.001)
    ORDER BY n.release_id, n.code
),
holding AS (
    SELECT i.release_id, i.code, i.name, ST_Distance(ST_Boundary(i.geom), here.point) AS metres
    FROM inside AS i CROSS JOIN here
),
empty AS MATERIALIZED (
    SELECT l.release_id, l.reach
    FROM layers AS l
    WHERE l.reach > 0
      AND NOT EXISTS (SELECT 1 FROM inside AS i WHERE i.release_id = l.release_id)
),
beside AS MATERIALIZED (
    SELECT DISTINCT ON (n.release_id) n.release_id, n.code, n.name, ST_Distance(n.geom, here.point) AS metres
    FROM empty AS e
    JOIN near AS n ON n.release_id = e.release_id
    CROSS JOIN here
    WHERE ST_DWithin(n.geom, here.point, least(e.reach, 25))
    ORDER BY n.release_id, round(ST_Distance(n.geom, here.point) * 1000), n.code
),
farther AS (
    SELECT e.release_id, n.code, n.name, n.metres
    FROM empty AS e
    CROSS JOIN here
    CROSS JOIN LATERAL (
        SELECT b.code, a.name, ST_Distance(b.geom, here.point) AS metres
        FROM boundaries AS b
        JOIN areas AS a ON a.code = b.code
        WHERE b.release_id = e.release_id
          AND ST_DWithin(b.geom, here.point, e.reach)
          AND (a.valid_from IS NULL OR a.valid_from <= :day)
          AND (a.valid_to IS NULL OR a.valid_to > :day)
        ORDER BY round(ST_Distance(b.geom, here.point) * 1000), b.code
        LIMIT 1
    ) AS n
    WHERE e.reach > 25
      AND NOT EXISTS (SELECT 1 FROM beside WHERE beside.release_id = e.release_id)
)
SELECT release_id, code, name, metres, TRUE AS is_inside FROM holding
UNION ALL
SELECT release_id, code, name, metres, FALSE AS is_inside FROM beside
UNION ALL
SELECT release_id, code, name, metres, FALSE AS is_inside FROM farther
