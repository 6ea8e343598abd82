-- Question: which one release draws the areas of a type on a day?
-- Parameters: area_type, day, demo.
-- Answers one row (id, published_on, quality, tolerance_m, partial, attribution, missing): of the
-- served releases the one that leaves fewest of the day's living areas undrawn, then the finest,
-- then the nearest in date, then by id. Relies on: ix_areas_type, pk_boundaries.
WITH living AS (
    SELECT a.code
    FROM areas AS a
    WHERE a.type = :area_type
      AND a.demo = :demo
      AND (a.valid_from IS NULL OR a.valid_from <= :day)
      AND (a.valid_to IS NULL OR a.valid_to > :day)
)
SELECT
    r.id,
    r.published_on,
    r.quality,
    r.tolerance_m,
    r.partial,
    r.attribution,
    (
        SELECT count(*)
        FROM living AS l
        WHERE NOT EXISTS (
            SELECT 1 FROM boundaries AS b WHERE b.release_id = r.id AND b.code = l.code
        )
    ) AS missing
FROM releases AS r
WHERE r.state = 'served'
  AND r.area_type = :area_type
  AND r.demo = :demo
ORDER BY missing, r.tolerance_m, abs(r.published_on - :day), r.id
LIMIT 1
