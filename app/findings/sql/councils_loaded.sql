-- Question: which of some councils have a small area of which an index holds a value?
-- Parameters: codes (text[]).
-- Columns: code.
-- Relies on: ix_memberships_parent_code, pk_index_values; LIMIT stops at the first small area found. A district
-- holds more output areas than small areas, and no index ranks those: what a lookup of small areas names comes first.
SELECT asked.code
FROM unnest(CAST(:codes AS text[])) AS asked (code)
CROSS JOIN LATERAL (
    SELECT 1
    FROM (
        SELECT child_code
        FROM memberships
        WHERE parent_code = asked.code
          AND parent_type = 'lad'
        ORDER BY lower(lookup) LIKE 'lsoa%' DESC
        OFFSET 0
    ) AS m
    CROSS JOIN indices AS i
    JOIN index_values AS v
        ON v.index_id = i.id AND v.code = m.child_code AND v.measure = 'imd'
    LIMIT 1
) AS found
