-- Question: where on the map can each line of money be shown?
-- Parameters: :ids (text array of line ids).
-- Columns: id, shown_at ('its point', 'its postcode', 'a point inside its area'), release (of the
-- outline, else null), geom (WKB, British National Grid). Lines without any of these give no row.
-- Relies on: pk_resource_lines, pk_postcodes, ix_boundaries_code.
WITH wanted AS (
    SELECT l.id, l.place_geom, l.place_postcode, l.place_code, l.grade
    FROM resource_lines AS l
    WHERE l.id = ANY(:ids)
),
drawn AS (
    SELECT DISTINCT ON (b.code)
        b.code,
        b.release_id,
        ST_PointOnSurface(b.geom) AS inside
    FROM boundaries AS b
    JOIN releases AS r ON r.id = b.release_id AND r.state = 'served'
    WHERE b.code IN (SELECT w.place_code FROM wanted AS w WHERE w.grade IN ('A', 'B', 'C'))
    ORDER BY b.code, r.tolerance_m, r.published_on DESC, b.release_id
)
SELECT
    w.id,
    CASE
        WHEN w.place_geom IS NOT NULL THEN 'its point'
        WHEN p.geom IS NOT NULL THEN 'its postcode'
        ELSE 'a point inside its area'
    END AS shown_at,
    CASE WHEN w.place_geom IS NULL AND p.geom IS NULL THEN d.release_id END AS release,
    ST_AsBinary(COALESCE(w.place_geom, p.geom, d.inside)) AS geom
FROM wanted AS w
LEFT JOIN postcodes AS p ON p.postcode = w.place_postcode
LEFT JOIN drawn AS d ON d.code = w.place_code
WHERE COALESCE(w.place_geom, p.geom, d.inside) IS NOT NULL
ORDER BY w.id
