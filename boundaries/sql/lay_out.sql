-- Question: which outlines does one sheet of a release show? They are stored, neighbours beside each other.
-- Parameters: :sheet, :release_id, :level_m (null: the outlines as published), :mercator, :strip_m.
-- Relies on: pk_boundary_levels. From longitude and latitude to the map is a formula without a datum.
INSERT INTO map_shapes (sheet, code, name, reach, geom)
SELECT
    CAST(:sheet AS integer),
    carried.code,
    carried.name,
    box(
        point(ST_XMin(carried.geom) + CAST(:sheet AS double precision) * :strip_m, ST_YMin(carried.geom)),
        point(ST_XMax(carried.geom) + CAST(:sheet AS double precision) * :strip_m, ST_YMax(carried.geom))
    ),
    carried.geom
FROM (
    SELECT
        b.code,
        b.name,
        ST_Transform(coalesce(l.geom_wgs84, b.geom_wgs84), CAST(:mercator AS integer)) AS geom
    FROM boundaries AS b
    LEFT JOIN boundary_levels AS l
        ON l.release_id = b.release_id
        AND l.code = b.code
        AND l.tolerance_m = CAST(:level_m AS double precision)
    WHERE b.release_id = CAST(:release_id AS text)
    OFFSET 0
) AS carried
ORDER BY carried.geom
