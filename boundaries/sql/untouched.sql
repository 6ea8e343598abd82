-- Question: which areas of a release stand in no touching pair yet, and which lie beside those?
-- Parameters: release_id.
-- Columns: code, outline (WKB, metres), is_new. An area that touches nothing (an island) is asked for
-- again each time; there are few. Relies on: pk_boundaries, pk_touching_pairs, ix_boundaries_geom.
WITH done AS (
    SELECT code_a AS code FROM touching_pairs WHERE release_id = :release_id
    UNION
    SELECT code_b FROM touching_pairs WHERE release_id = :release_id
),
fresh AS MATERIALIZED (
    SELECT b.code, ST_Expand(ST_Envelope(b.geom), 2) AS reach
    FROM boundaries AS b
    WHERE b.release_id = :release_id
      AND NOT EXISTS (SELECT 1 FROM done AS d WHERE d.code = b.code)
),
beside AS (
    SELECT DISTINCT b.code
    FROM fresh AS f
    JOIN boundaries AS b ON b.geom && f.reach
    WHERE b.release_id = :release_id
      AND EXISTS (SELECT 1 FROM done)
),
asked AS (
    SELECT code, TRUE AS is_new FROM fresh
    UNION ALL
    SELECT code, FALSE FROM beside WHERE code NOT IN (SELECT code FROM fresh)
)
SELECT b.code, ST_AsBinary(b.geom) AS outline, a.is_new
FROM asked AS a
JOIN boundaries AS b ON b.release_id = :release_id AND b.code = a.code
ORDER BY b.code
