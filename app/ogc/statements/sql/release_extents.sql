-- Question: how far does each served release reach?
-- Parameters: none.
-- Columns: release_id, extent (WKB of the box in degrees).
-- Relies on: pk_boundaries; reads each outline's box from its head alone.
SELECT
    b.release_id,
    ST_AsBinary(CAST(ST_Extent(b.geom_wgs84) AS geometry)) AS extent
FROM boundaries AS b
JOIN releases AS r ON r.id = b.release_id AND r.state = 'served'
GROUP BY b.release_id
