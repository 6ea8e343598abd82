-- Question: which rasters that count people are known over some small areas, and over how many of them whole?
-- Parameters: area_type (text), year (integer): the set of areas, by the releases that draw it;
--   codes (text[]); whole (double precision): the share of an area's ground from which on it is known.
-- Columns: raster_id, title, band, release_id, known (areas), those that know most first; of as many the
--   finest outlines, then the newest load, then the last band.
-- Relies on: pk_raster_values.
SELECT
    r.id AS raster_id,
    r.title,
    t.band,
    t.release_id,
    count(*) AS known
FROM rasters AS r
JOIN raster_zone_tables AS t ON t.raster_id = r.id
JOIN releases AS l ON l.id = t.release_id
JOIN raster_values AS v
    ON v.raster_id = t.raster_id AND v.band = t.band AND v.release_id = t.release_id
WHERE r.nature = 'extensive'
    AND lower(r.unit) = 'people'
    AND l.area_type = :area_type
    AND extract(YEAR FROM l.published_on) = :year
    AND v.code = ANY(CAST(:codes AS text[]))
    AND v.share_with_value >= :whole
GROUP BY r.id, t.band, t.release_id, l.tolerance_m
ORDER BY known DESC, l.tolerance_m, r.loaded_at DESC, r.id, t.band DESC, t.release_id
LIMIT 1
