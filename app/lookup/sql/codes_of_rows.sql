-- Question: what is each of some area codes, and what followed those that ended?
-- Parameters: codes (text[]).
-- Columns: code, type, name, valid_from, valid_to, followed_by. Relies on: pk_areas, pk_successions.
SELECT
    a.code,
    a.type,
    a.name,
    a.valid_from,
    a.valid_to,
    (
        SELECT string_agg(DISTINCT s.new_code, ' ' ORDER BY s.new_code)
        FROM successions AS s
        WHERE s.old_code = a.code
          AND s.new_code <> a.code
    ) AS followed_by
FROM unnest(CAST(:codes AS text[])) AS u (code)
JOIN areas AS a ON a.code = u.code
