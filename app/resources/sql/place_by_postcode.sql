-- Question: which services without a point have a postcode that is loaded by now? They are placed there.
-- Parameters: none.
-- Columns: none; the count of rows changed is the answer.
-- Relies on: pk_postcodes.
UPDATE services AS s
SET
    geom = p.geom,
    geom_wgs84 = ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326),
    placed_by = 'postcode'
FROM postcodes AS p
WHERE s.geom IS NULL
  AND p.postcode = s.postcode
  AND NOT p.demo
