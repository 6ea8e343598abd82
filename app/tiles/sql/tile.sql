-- Question: what does one WebMercator tile of a release hold, as a Mapbox Vector Tile (version 2)?
-- Parameters: :release_id; :level_m (null: the outlines as published); :codes (null: all that it draws; chr(31) between);
--   :west, :south, :east, :north in metres of :grid, the box that the tile lies in; :mercator; :extent;
--   :steps a metre, :right and :down, the steps from the map's middle to the tile's corner; :named
--   (false: classes alone, for low levels); :index_id, :measure (null: no classes by rank); :class_codes,
--   :classes (arrays of one length: classes given by code); :sheet (null: the release is not laid out, and is read where it is stored); :box_west, :box_south,
--   :box_east, :box_north in metres of the map, the tile with its buffer; :strip_m; :from_afar (true: so much lies in
--   the tile that the level is read whole, without the outlines as published), :min_lon, :min_lat, :max_lon, :max_lat
--   in degrees, no less than the tile with its buffer.
-- Columns: body (bytes; empty where nothing lies in the tile).
-- A class by rank goes by national percentile = ceil(100 rank / N): up to 10, 20, 30, 50 and above, which
-- in whole numbers is rank * 10 <= N and so on. What has no value has no class, never the lowest one.
-- From longitude and latitude to the tile is a formula without a datum: no shift is missed here.
-- Corners are rounded to whole steps and none is dropped but by that: the same corner of two neighbours
-- goes to the same place, so that no gap opens (ST_AsMVTGeom drops corners and repairs, area by area). An
-- area that rounding left nothing of is a square of one step where it lies.
-- Rounded, a ring may touch itself: of small areas in a sample of city tiles 0.7 % of rings at level 10 (10 tiles),
-- 4 % at level 8 (3 tiles). Filled by either rule (even-odd, not zero) they are the same ground but for 0.3 and 1.9
-- square steps at most (2026-11), an eighth of a pixel each way: to part them would open borders, and is not worth a tile's time.
-- The same tile, to the byte, is drawn by sheet_tile.sql, which knows neither classes nor days.
-- Relies on: ix_map_shapes_reach, ix_boundaries_geom, ix_boundaries_named, pk_boundary_levels, pk_index_values.
-- Codes are one text, made rows: of an array the planner weighs each of thousands, for ten times as long as a tile takes.
WITH given AS (
    SELECT code, class
    FROM unnest(CAST(:class_codes AS text[]), CAST(:classes AS integer[])) AS listed (code, class)
),
paper AS MATERIALIZED (
    SELECT
        CAST(:box_west AS double precision) AS west,
        CAST(:box_south AS double precision) AS south,
        CAST(:box_east AS double precision) AS east,
        CAST(:box_north AS double precision) AS north,
        coalesce(CAST(:sheet AS double precision) * :strip_m, 0) AS strip
),
-- A level that every area of the release has is read whole where most of it is wanted: it stands together, and by
-- their boxes as many pages of outlines as published would be read beside it.
whole AS MATERIALIZED (
    SELECT v.tolerance_m
    FROM release_levels AS v
    WHERE CAST(:sheet AS integer) IS NULL
      AND CAST(:from_afar AS boolean)
      AND v.release_id = CAST(:release_id AS text)
      AND v.tolerance_m = CAST(:level_m AS double precision)
      AND v.areas = (SELECT count(*) FROM boundaries AS b WHERE b.release_id = CAST(:release_id AS text))
),
level AS MATERIALIZED (
    SELECT l.code, l.geom_wgs84
    FROM whole
    JOIN boundary_levels AS l
        ON l.release_id = CAST(:release_id AS text)
        AND l.tolerance_m = whole.tolerance_m
    WHERE (CAST(:codes AS text) IS NULL OR l.code IN (SELECT unnest(string_to_array(CAST(:codes AS text), chr(31)))))
      AND l.geom_wgs84 && ST_MakeEnvelope(
          CAST(:min_lon AS double precision), CAST(:min_lat AS double precision),
          CAST(:max_lon AS double precision), CAST(:max_lat AS double precision), ST_SRID(l.geom_wgs84)
      )
),
-- OFFSET 0 keeps each step from being worked out again wherever the next names it.
carried AS (
    SELECT b.code, b.name, ST_Transform(coalesce(l.geom_wgs84, b.geom_wgs84), CAST(:mercator AS integer)) AS shape
    FROM boundaries AS b
    LEFT JOIN boundary_levels AS l
        ON l.release_id = b.release_id
        AND l.code = b.code
        AND l.tolerance_m = CAST(:level_m AS double precision)
    WHERE CAST(:sheet AS integer) IS NULL
      AND NOT EXISTS (SELECT FROM whole)
      AND b.release_id = CAST(:release_id AS text)
      AND (CAST(:codes AS text) IS NULL OR b.code IN (SELECT unnest(string_to_array(CAST(:codes AS text), chr(31)))))
      AND b.geom && ST_MakeEnvelope(
          CAST(:west AS double precision), CAST(:south AS double precision),
          CAST(:east AS double precision), CAST(:north AS double precision), :grid
      )
    OFFSET 0
),
from_level AS (
    SELECT l.code, b.name, ST_Transform((l.geom_wgs84), CAST(:mercator AS integer)) AS shape
    FROM level AS l
    JOIN boundaries AS b ON b.release_id = CAST(:release_id AS text) AND b.code = l.code
    OFFSET 0
),
near AS (
    SELECT
        c.code,
        c.name,
        c.shape,
        box(point(ST_XMin(c.shape), ST_YMin(c.shape)), point(ST_XMax(c.shape), ST_YMax(c.shape))) AS reach
    FROM (SELECT code, name, shape FROM carried UNION ALL SELECT code, name, shape FROM from_level) AS c
    UNION ALL
    SELECT m.code, m.name, m.geom AS shape, m.reach
    FROM map_shapes AS m
    WHERE m.reach && (
        SELECT box(point(p.west + p.strip, p.south), point(p.east + p.strip, p.north))
        FROM paper AS p
        WHERE CAST(:sheet AS integer) IS NOT NULL
    )
      AND (CAST(:codes AS text) IS NULL OR m.code IN (SELECT unnest(string_to_array(CAST(:codes AS text), chr(31)))))
),
placed AS (
    SELECT
        n.code,
        n.name,
        ST_Affine(
            CASE
                WHEN n.reach <@ box(point(p.west + p.strip, p.south), point(p.east + p.strip, p.north)) THEN n.shape
                ELSE ST_CollectionExtract(
                    ST_ClipByBox2D(n.shape, ST_MakeEnvelope(p.west, p.south, p.east, p.north, :mercator)), 3
                )
            END,
            CAST(:steps AS double precision), 0, 0, -CAST(:steps AS double precision),
            CAST(:right AS double precision), CAST(:down AS double precision)
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
            FROM (SELECT code, name, class, geom FROM shown ORDER BY code COLLATE "C") AS q
        )
    ELSE (
        SELECT ST_AsMVT(q, CAST(:layer AS text), CAST(:extent AS integer), 'geom')
        FROM (SELECT class, geom FROM shown ORDER BY code COLLATE "C") AS q
    )
END AS body
