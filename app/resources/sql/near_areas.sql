-- Question: which small areas does a release draw on and around some ground?
-- Parameters: release_id, ground (codes of small areas, text[]).
-- Columns: code, outline (WKB, British National Grid), in order of code. Areas up to 300 m from the
--   ground's box are among them, so that whatever is nearest to a point on its edge is there.
-- Relies on: pk_boundaries, ix_boundaries_geom.
WITH reach AS MATERIALIZED (
    SELECT ST_Expand(ST_SetSRID(ST_Extent(b.geom)::geometry, 27700), 300) AS box
    FROM boundaries AS b
    WHERE b.release_id = :release_id AND b.code = ANY(CAST(:ground AS text[]))
)
SELECT
    b.code,
    ST_AsBinary(b.geom) AS outline
FROM reach
JOIN boundaries AS b ON b.geom && reach.box
WHERE b.release_id = :release_id
ORDER BY b.code
