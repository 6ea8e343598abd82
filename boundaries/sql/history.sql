-- Question: which links lead to an area and away from it, link after link, and how many people came along?
-- Parameter: code.
-- Columns: direction, steps, old_code, old_name, new_code, new_name, changed_on, kind, share,
--   share_of_asked (the product of the shares on the way; null where one is not known), method, source.
-- An area that a census left unchanged does not follow itself; a link is taken up in the order of its
--   day, and never twice on one way. A link that several ways lead to stands once, with their sum.
-- Relies on: pk_successions, ix_successions_new_code.
WITH RECURSIVE after AS (
    SELECT s.old_code, s.new_code, s.changed_on, 1 AS steps, s.share AS passed, ARRAY[s.old_code] AS way
    FROM successions AS s
    WHERE s.old_code = :code AND s.new_code <> s.old_code
    UNION ALL
    SELECT s.old_code, s.new_code, s.changed_on, a.steps + 1, a.passed * s.share, a.way || s.old_code
    FROM after AS a
    JOIN successions AS s ON s.old_code = a.new_code AND s.changed_on > a.changed_on
    WHERE s.new_code <> s.old_code AND s.old_code <> ALL (a.way)
),
before AS (
    SELECT s.old_code, s.new_code, s.changed_on, 1 AS steps, s.share AS passed, ARRAY[s.new_code] AS way
    FROM successions AS s
    WHERE s.new_code = :code AND s.new_code <> s.old_code
    UNION ALL
    SELECT s.old_code, s.new_code, s.changed_on, b.steps + 1, b.passed * s.share, b.way || s.new_code
    FROM before AS b
    JOIN successions AS s ON s.new_code = b.old_code AND s.changed_on < b.changed_on
    WHERE s.new_code <> s.old_code AND s.new_code <> ALL (b.way)
),
links AS (
    SELECT 'before' AS direction, before.* FROM before
    UNION ALL
    SELECT 'after', after.* FROM after
)
SELECT
    l.direction,
    min(l.steps) AS steps,
    l.old_code,
    o.name AS old_name,
    l.new_code,
    n.name AS new_name,
    l.changed_on,
    s.kind,
    s.share,
    CASE WHEN count(*) = count(l.passed) THEN least(sum(l.passed), 1) END AS share_of_asked,
    s.method,
    s.source
FROM links AS l
JOIN successions AS s
    ON s.old_code = l.old_code AND s.new_code = l.new_code AND s.changed_on = l.changed_on
LEFT JOIN areas AS o ON o.code = l.old_code
LEFT JOIN areas AS n ON n.code = l.new_code
GROUP BY
    l.direction, l.old_code, o.name, l.new_code, n.name, l.changed_on, s.kind, s.share, s.method, s.source
ORDER BY l.changed_on, l.direction DESC, l.old_code, l.new_code
