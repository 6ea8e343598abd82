-- Question: where may some lines be drawn: at their point, their postcode, or a point within their one area?
-- Parameters: ids (text[]).
-- Columns: id, drawn_at (point, postcode or area), easting, northing (of a point), lon, lat (of the others). A
--   line of no such place, of an unknown postcode or of an area that no served release draws has no row.
-- Of several releases the latest whole one draws an area.
-- Relies on: pk_resource_lines, pk_postcodes, pk_boundaries.
WITH asked AS MATERIALIZED (
    SELECT l.id, l.place_kind, l.place_code, l.place_postcode, l.place_geom
    FROM resource_lines AS l
    WHERE l.id = ANY(CAST(:ids AS text[]))
),
middles AS MATERIALIZED (
    SELECT named.code, ST_PointOnSurface(drawn.geom_wgs84) AS spot
    FROM (
        SELECT DISTINCT a.place_code AS code
        FROM asked AS a
        WHERE a.place_kind = 'area'
    ) AS named
    CROSS JOIN LATERAL (
        SELECT b.geom_wgs84
        FROM boundaries AS b
        JOIN releases AS r ON r.id = b.release_id
        WHERE b.code = named.code AND r.state = 'served'
        ORDER BY r.partial, r.published_on DESC, r.id
        LIMIT 1
    ) AS drawn
)
SELECT a.id, 'point' AS drawn_at, ST_X(a.place_geom) AS easting, ST_Y(a.place_geom) AS northing,
    NULL::float AS lon, NULL::float AS lat
FROM asked AS a
WHERE a.place_kind = 'point' AND a.place_geom IS NOT NULL
UNION ALL
SELECT a.id, 'postcode', NULL, NULL, p.lon, p.lat
FROM asked AS a
JOIN postcodes AS p ON p.postcode = a.place_postcode
WHERE a.place_kind = 'postcode'
UNION ALL
SELECT a.id, 'area', NULL, NULL, ST_X(m.spot), ST_Y(m.spot)
FROM asked AS a
JOIN middles AS m ON m.code = a.place_code
WHERE a.place_kind = 'area'
ORDER BY 1
