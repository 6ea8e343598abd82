-- Question: what belongs to the areas that a planned one is made of? It belongs to that one too, by the
--   same lookups.
-- Parameters: code, made_of (text[]); told is not used.
-- Relies on: ix_memberships_parent_code, pk_memberships.
INSERT INTO memberships (child_code, parent_code, lookup, parent_type, method, share, from_day, to_day)
SELECT DISTINCT ON (m.child_code, m.lookup)
    m.child_code, :code, m.lookup, m.parent_type, m.method, m.share, m.from_day, m.to_day
FROM memberships AS m
WHERE m.parent_code = ANY(CAST(:made_of AS text[]))
ORDER BY m.child_code, m.lookup, m.share DESC
ON CONFLICT DO NOTHING
