-- Question: which areas passed everything on to one area of the next set? Their links get the share 1.
-- Relies on: pk_successions.
UPDATE successions AS s
SET share = 1.0, method = 'the whole of it: nothing else followed'
FROM (
    SELECT old_code, changed_on
    FROM successions
    GROUP BY old_code, changed_on
    HAVING count(*) = 1
) AS one
WHERE (s.share IS NULL OR s.method IS NULL AND s.share = 1.0)
  AND s.old_code = one.old_code
  AND s.changed_on = one.changed_on
