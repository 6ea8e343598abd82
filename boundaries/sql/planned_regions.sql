-- Question: in which region do all the areas lie that a planned one is made of? It lies there too.
-- Parameters: code, made_of (text[]), told (what the membership is of).
-- Relies on: pk_memberships.
INSERT INTO memberships (child_code, parent_code, lookup, parent_type, method, share)
SELECT :code, m.parent_code, :told, 'rgn', 'exact', 1.0
FROM memberships AS m
WHERE m.child_code = ANY(CAST(:made_of AS text[]))
  AND m.parent_type = 'rgn'
GROUP BY m.parent_code
HAVING count(DISTINCT m.child_code) = cardinality(CAST(:made_of AS text[]))
ON CONFLICT DO NOTHING
