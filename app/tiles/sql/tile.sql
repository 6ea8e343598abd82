-- Question: what does one WebMercator tile of a release hold, as a Mapbox Vector Tile (version 2)?
-- Parameters: :release_id; :level_m (null: the outlines as published); :codes (null: all that it draws);
--   :west, :south, :east, :north in metres of :grid, the box that the tile lies in; :z, :x, :y;
--   :mercator; :extent, :buffer; :named (false: classes alone, for low levels); :index_id, :measure
--   (null: no classes by rank); :class_codes, :classes (arrays of one length: classes given by code).
-- Columns: body (bytes; empty where nothing lies in the tile).
-- A class by rank goes by national percentile = ceil(100 rank / N): up to 10, 20, 30, 50 and above, which
-- in whole numbers is rank * 10 <= N and so on. What has no value has no class, never the lowest one.
-- From longitude and latitude to the tile is a formula without a datum: no shift is missed here.
-- Corners are rounded to whole steps and none is dropped but by that: the same corner of two neighbours
-- goes to the same place, so that no gap opens (ST_AsMVTGeom drops corners and repairs, area by area). An
-- area that rounding left nothing of is a square of one step where it lies.
-- Relies on: ix_boundaries_geom, pk_boundary_levels, pk_index_values.
WITH given AS (
    SELECT code, class
    FROM unnest(CAST(:class_codes AS text[]), CAST(:classes AS integer[])) AS listed (code, class)
),
paper AS MATERIALIZED (
    SELECT
        ST_XMin(t.tile) AS west,
        ST_YMax(t.tile) AS north,
        CAST(:extent AS integer) / (ST_XMax(t.tile) - ST_XMin(t.tile)) AS steps_a_metre,
        ST_Expand(
            t.tile,
            CAST(:buffer AS integer) * (ST_XMax(t.tile) - ST_XMin(t.tile)) / CAST(:extent AS integer)
        ) AS box
    FROM (SELECT ST_TileEnvelope(:z, :x, :y) AS tile) AS t
),
-- OFFSET 0 keeps each step from being worked out again wherever the next names it.
near AS (
    SELECT b.code, b.name, ST_Transform(coalesce(l.geom_wgs84, b.geom_wgs84), CAST(:mercator AS integer)) AS shape
    FROM boundaries AS b
    LEFT JOIN boundary_levels AS l
        ON l.release_id = b.release_id
        AND l.code = b.code
        AND l.tolerance_m = CAST(:level_m AS double precision)
    WHERE b.release_id = CAST(:release_id AS text)
      AND (CAST(:codes AS text[]) IS NULL OR b.code = ANY(CAST(:codes AS text[])))
      AND b.geom && ST_MakeEnvelope(:west, :south, :east, :north, :grid)
    OFFSET 0
),
placed AS (
    SELECT
        n.code,
        n.name,
        ST_Affine(
            CASE
                WHEN n.shape @ p.box THEN n.shape
                ELSE ST_CollectionExtract(ST_ClipByBox2D(n.shape, p.box), 3)
            END,
            p.steps_a_metre, 0, 0, -p.steps_a_metre, -p.west * p.steps_a_metre, p.north * p.steps_a_metre
        ) AS shape
    FROM near AS n
    CROSS JOIN paper AS p
    OFFSET 0
),
rounded AS (
    SELECT code, name, shape AS placed, ST_SnapToGrid(shape, 1) AS shape
    FROM placed
    WHERE NOT ST_IsEmpty(shape)
    OFFSET 0
),
shown AS (
    SELECT
        s.code,
        s.name,
        coalesce(
            g.class,
            CASE
                WHEN v.rank IS NULL THEN NULL
                WHEN 10 * v.rank <= i.areas_total THEN 1
                WHEN 5 * v.rank <= i.areas_total THEN 2
                WHEN 10 * v.rank <= 3 * i.areas_total THEN 3
                WHEN 2 * v.rank <= i.areas_total THEN 4
                ELSE 5
            END
        ) AS class,
        ST_ForcePolygonCCW(
            CASE
                WHEN ST_Area(s.shape) > 0 THEN s.shape
                ELSE ST_Translate(
                    ST_MakeEnvelope(0, 0, 1, 1),
                    floor((ST_XMin(s.placed) + ST_XMax(s.placed)) / 2),
                    floor((ST_YMin(s.placed) + ST_YMax(s.placed)) / 2)
                )
            END
        ) AS geom
    FROM rounded AS s
    LEFT JOIN indices AS i ON i.id = CAST(:index_id AS text)
    LEFT JOIN index_values AS v
        ON v.index_id = i.id AND v.measure = CAST(:measure AS text) AND v.code = s.code
    LEFT JOIN given AS g ON g.code = s.code
)
SELECT CASE
    WHEN CAST(:named AS boolean)
        THEN (
            SELECT ST_AsMVT(q, CAST(:layer AS text), CAST(:extent AS integer), 'geom')
            FROM (SELECT code, name, class, geom FROM shown ORDER BY code) AS q
        )
    ELSE (
        SELECT ST_AsMVT(q, CAST(:layer AS text), CAST(:extent AS integer), 'geom')
        FROM (SELECT class, geom FROM shown ORDER BY code) AS q
    )
END AS body
