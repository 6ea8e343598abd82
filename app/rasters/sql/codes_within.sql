-- Question: which areas do the lookups put into a place, through every area that lies between?
-- Parameters: code (text: the place).
-- Columns: code, the place's own too.
-- Relies on: ix_memberships_parent_code.
WITH RECURSIVE places AS (
    SELECT CAST(:code AS text) AS code
    UNION
    SELECT m.child_code
    FROM memberships AS m
    JOIN places AS p ON p.code = m.parent_code
)
SELECT code
FROM places
