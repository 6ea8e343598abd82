-- Question: what does one WebMercator tile of a sheet hold, as a Mapbox Vector Tile (version 2)?
-- Parameters: :sheet; :box_west, :box_south, :box_east, :box_north in metres of the map, the tile with its buffer;
--   :strip_m; :steps a metre, :right and :down, the steps from the map's middle to the tile's corner; :extent,
--   the steps across; :layer; :mercator.
-- Columns: body (bytes; empty where nothing lies in the tile; no row where there is no such sheet).
-- The same tile, to the byte, is drawn by tile.sql, which knows classes and days as well, and says why so.
-- Relies on: ix_map_shapes_reach.
WITH paper AS (
    SELECT
        box(
            point(
                CAST(:box_west AS double precision) + CAST(:sheet AS integer) * CAST(:strip_m AS double precision),
                CAST(:box_south AS double precision)
            ),
            point(
                CAST(:box_east AS double precision) + CAST(:sheet AS integer) * CAST(:strip_m AS double precision),
                CAST(:box_north AS double precision)
            )
        ) AS strip_box
    FROM map_sheets AS s
    WHERE s.id = CAST(:sheet AS integer)
    OFFSET 0
),
near AS (
    SELECT
        m.code,
        m.name,
        m.geom,
        m.reach <@ p.strip_box AS is_inside
    FROM paper AS p
    JOIN map_shapes AS m ON m.reach && p.strip_box
    OFFSET 0
),
placed AS (
    SELECT
        n.code,
        n.name,
        ST_Affine(
            CASE
                WHEN n.is_inside THEN n.geom
                ELSE ST_CollectionExtract(
                    ST_ClipByBox2D(
                        n.geom,
                        ST_MakeEnvelope(
                            CAST(:box_west AS double precision), CAST(:box_south AS double precision),
                            CAST(:box_east AS double precision), CAST(:box_north AS double precision),
                            CAST(:mercator AS integer)
                        )
                    ),
                    3
                )
            END,
            CAST(:steps AS double precision), 0, 0, -CAST(:steps AS double precision),
            CAST(:right AS double precision), CAST(:down AS double precision)
        ) AS shape
    FROM near AS n
    OFFSET 0
),
rounded AS (
    SELECT code, name, shape AS placed, ST_SnapToGrid(shape, 1) AS shape
    FROM placed
    WHERE NOT ST_IsEmpty(shape)
    OFFSET 0
)
SELECT ST_AsMVT(q, CAST(:layer AS text), CAST(:extent AS integer), 'geom') AS body
FROM (
    SELECT
        r.code,
        r.name,
        CAST(NULL AS integer) AS class,
        ST_ForcePolygonCCW(
            CASE
                WHEN ST_Area(r.shape) > 0 THEN r.shape
                ELSE ST_Translate(
                    ST_MakeEnvelope(0, 0, 1, 1),
                    floor((ST_XMin(r.placed) + ST_XMax(r.placed)) / 2),
                    floor((ST_YMin(r.placed) + ST_YMax(r.placed)) / 2)
                )
            END
        ) AS geom
    FROM rounded AS r
    ORDER BY r.code COLLATE "C"
) AS q
HAVING EXISTS (SELECT FROM paper)
