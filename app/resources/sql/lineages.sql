-- Question: which codes did each authority have before, and which will it have after?
-- Parameters: authorities (text[]).
-- Columns: authority, code, before (true: the code's ground lies in the authority).
-- A later district is `before` too when the authority alone became it (a new number, same ground).
-- Relies on: pk_successions, ix_successions_new_code.
WITH RECURSIVE authority AS (
    SELECT DISTINCT unnest(CAST(:authorities AS text[])) AS code
),
earlier AS (
    SELECT code AS authority, code FROM authority
    UNION
    SELECT e.authority, s.old_code
    FROM earlier AS e
    -- A county that was divided lies in no one of those that followed it.
    JOIN successions AS s ON s.new_code = e.code AND coalesce(s.share, 1) = 1
),
later AS (
    SELECT code AS authority, code, true AS alone FROM authority
    UNION
    SELECT l.authority, s.new_code,
        l.alone AND NOT EXISTS (
            SELECT 1 FROM successions AS o WHERE o.new_code = s.new_code AND o.old_code <> s.old_code
        )
    FROM later AS l
    JOIN successions AS s ON s.old_code = l.code
)
SELECT authority, code, true AS before FROM earlier
UNION
SELECT authority, code, alone FROM later
ORDER BY authority, code, before
