-- Question: the areas of one release as the text of GeoJSON features, perhaps only those of a place.
-- Parameters: :release_id; :within (code of the place, or null for all); :day (only areas alive then,
-- or null for all: a temporal set draws many years over each other); :in_metres (true: British
-- National Grid with 2 decimals, else longitude and latitude with 7).
-- :level_m is a level that the release is simplified to (longitude and latitude alone), or null.
-- Columns: features (text, with commas between; null for none), n (how many).
-- An area belongs to the place by the lookups, over any number of steps; where no lookup names the
-- area at all, by a point inside it. Outer rings counter-clockwise, as RFC 7946 asks.
-- Relies on: pk_boundaries, pk_boundary_levels, ix_memberships_parent_code, ix_boundaries_code.
WITH RECURSIVE inside AS (
    SELECT CAST(:within AS text) AS code
    UNION
    SELECT m.child_code
    FROM memberships AS m
    JOIN inside AS i ON m.parent_code = i.code
),
place AS (
    SELECT o.geom
    FROM boundaries AS o
    JOIN releases AS r ON r.id = o.release_id AND r.state = 'served'
    WHERE o.code = :within
    ORDER BY r.tolerance_m, r.published_on DESC, r.id
    LIMIT 1
),
wanted AS (
    SELECT b.code, b.name, b.geom, coalesce(s.geom_wgs84, b.geom_wgs84) AS geom_wgs84
    FROM boundaries AS b
    LEFT JOIN boundary_levels AS s
        ON s.release_id = b.release_id AND s.tolerance_m = :level_m AND s.code = b.code
    JOIN areas AS l ON l.code = b.code
    WHERE b.release_id = :release_id
      AND (
          CAST(:day AS date) IS NULL
          OR (
              (l.valid_from IS NULL OR l.valid_from <= :day)
              AND (l.valid_to IS NULL OR l.valid_to > :day)
          )
      )
      AND (
          CAST(:within AS text) IS NULL
          OR b.code IN (SELECT i.code FROM inside AS i)
          OR (
              NOT EXISTS (SELECT 1 FROM memberships AS m WHERE m.child_code = b.code)
              AND EXISTS (
                  SELECT 1 FROM place AS p WHERE ST_Covers(p.geom, ST_PointOnSurface(b.geom))
              )
          )
      )
)
SELECT
    string_agg(
        '{"type":"Feature","id":' || to_json(w.code)::text
        || ',"geometry":' || CASE
            WHEN :in_metres THEN ST_AsGeoJSON(ST_ForcePolygonCCW(w.geom), 2, 0)
            ELSE ST_AsGeoJSON(ST_ForcePolygonCCW(w.geom_wgs84), 7, 0)
        END
        || ',"properties":' || json_build_object(
            'code', w.code,
            'name', w.name,
            'type', a.type,
            'release', r.id,
            'quality', r.quality,
            'valid_from', a.valid_from,
            'valid_to', a.valid_to,
            'lad_code', p.lad_code,
            'wd_code', p.wd_code,
            'cty_code', p.cty_code
        )::text || '}',
        E',\n' ORDER BY w.code
    ) AS features,
    count(*) AS n
FROM wanted AS w
JOIN areas AS a ON a.code = w.code
JOIN releases AS r ON r.id = :release_id
LEFT JOIN LATERAL (
    SELECT
        min(m.parent_code) FILTER (WHERE m.parent_type = 'lad' AND o.valid_to IS NULL) AS lad_code,
        min(m.parent_code) FILTER (WHERE m.parent_type = 'wd' AND o.valid_to IS NULL) AS wd_code,
        min(m.parent_code) FILTER (WHERE m.parent_type = 'cty' AND o.valid_to IS NULL) AS cty_code
    FROM memberships AS m
    LEFT JOIN areas AS o ON o.code = m.parent_code
    WHERE m.child_code = w.code
) AS p ON TRUE
