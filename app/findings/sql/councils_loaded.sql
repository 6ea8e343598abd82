-- Question: which of some councils have a small area of which an index holds a value?
-- Parameters: codes (text[]).
-- Columns: code.
-- Relies on: ix_memberships_parent_code, pk_index_values; LIMIT stops at the first small area found.
SELECT asked.code
FROM unnest(CAST(:codes AS text[])) AS asked (code)
CROSS JOIN LATERAL (
    SELECT 1
    FROM memberships AS m
    CROSS JOIN indices AS i
    JOIN index_values AS v
        ON v.index_id = i.id AND v.code = m.child_code AND v.measure = 'imd'
    WHERE m.parent_code = asked.code
      AND m.parent_type = 'lad'
    LIMIT 1
) AS found
