-- Question: of which small areas (of one set) are districts, counties, regions, combined authorities and
--   nations made, and how much of each small area is theirs?
-- Parameters: stated (codes that lines state, text[]), area_set, other_set.
-- Columns: place, codes (joined by commas), parts (as many; 0 to 1, null where not known). An empty code with
--   part null: a small area of an earlier time, or a whole district, cannot be told in the set.
-- A district is taken from the lookup that names most of its small areas by codes of the set; those of
-- another set are carried by the official links. A district without any lookup is taken by the one that it
-- became or that became it (a new number, same ground). A county is taken from the latest lookup by name.
-- Relies on: pk_memberships, ix_memberships_parent_code, pk_successions, ix_successions_new_code, pk_weights.
WITH RECURSIVE stated AS MATERIALIZED (
    SELECT DISTINCT unnest(CAST(:stated AS text[])) AS code
),
known AS MATERIALIZED (
    SELECT stated.code AS place, w.code
    FROM stated
    JOIN weights AS w
        ON w.area_set = :area_set AND w.measure = 'people' AND left(w.code, 1) = left(stated.code, 1)
    WHERE substr(stated.code, 2, 2) = '92'
    UNION
    SELECT stated.code, m.child_code
    FROM stated
    JOIN memberships AS m ON m.parent_code = stated.code AND m.parent_type = 'rgn'
    JOIN weights AS w ON w.code = m.child_code AND w.area_set = :area_set AND w.measure = 'people'
),
below AS (
    SELECT stated.code AS place, stated.code
    FROM stated
    WHERE NOT EXISTS (SELECT 1 FROM known WHERE known.place = stated.code)
    UNION
    SELECT b.place, m.child_code
    FROM below AS b
    CROSS JOIN LATERAL (
        SELECT o.lookup
        FROM memberships AS o
        JOIN areas AS a ON a.code = o.child_code AND a.type IN ('lad', 'cty')
        WHERE o.parent_code = b.code AND o.parent_type IN ('cty', 'rgn', 'cauth')
        ORDER BY o.lookup DESC
        LIMIT 1
    ) AS latest
    JOIN memberships AS m ON m.parent_code = b.code AND m.lookup = latest.lookup
),
districts AS MATERIALIZED (
    SELECT DISTINCT b.place, b.code
    FROM below AS b
    JOIN areas AS a ON a.code = b.code AND a.type = 'lad'
),
numbers AS (
    SELECT DISTINCT code, code AS same, 0 AS turn FROM districts
    UNION
    SELECT d.code, s.new_code, 1
    FROM districts AS d
    JOIN successions AS s ON s.old_code = d.code
    WHERE NOT EXISTS (SELECT 1 FROM successions AS o WHERE o.new_code = s.new_code AND o.old_code <> d.code)
      AND NOT EXISTS (SELECT 1 FROM successions AS o WHERE o.old_code = d.code AND o.new_code <> s.new_code)
    UNION
    SELECT d.code, s.old_code, 2
    FROM districts AS d
    JOIN successions AS s ON s.new_code = d.code
    WHERE NOT EXISTS (SELECT 1 FROM successions AS o WHERE o.new_code = d.code AND o.old_code <> s.old_code)
      AND NOT EXISTS (SELECT 1 FROM successions AS o WHERE o.old_code = s.old_code AND o.new_code <> d.code)
),
children AS MATERIALIZED (
    SELECT n.code AS district, n.turn, m.lookup, m.child_code AS child, w.code IS NOT NULL AS is_own
    FROM numbers AS n
    JOIN memberships AS m ON m.parent_code = n.same AND m.parent_type = 'lad'
    JOIN areas AS a ON a.code = m.child_code AND a.type = 'lsoa'
    LEFT JOIN weights AS w ON w.code = m.child_code AND w.area_set = :area_set AND w.measure = 'people'
),
best AS (
    SELECT DISTINCT ON (district) district, turn, lookup
    FROM children
    GROUP BY district, turn, lookup
    ORDER BY district, bool_and(is_own) DESC, turn, avg(CAST(is_own AS int)) DESC, lookup DESC
),
pieces AS (
    SELECT
        c.district,
        CASE WHEN c.is_own THEN c.child ELSE link.code END AS code,
        CASE WHEN c.is_own THEN 1.0 ELSE link.part END AS part
    FROM children AS c
    JOIN best AS b ON b.district = c.district AND b.turn = c.turn AND b.lookup = c.lookup
    LEFT JOIN LATERAL (
        -- A later area holds of an older one the share passed on; an earlier one, of a later, its people's.
        SELECT s.old_code AS code, s.share AS part
        FROM successions AS s
        JOIN weights AS w ON w.code = s.old_code AND w.area_set = :area_set AND w.measure = 'people'
        WHERE s.new_code = c.child AND NOT c.is_own
        UNION ALL
        SELECT s.new_code, s.share * older.value / nullif(w.value, 0)
        FROM successions AS s
        JOIN weights AS w ON w.code = s.new_code AND w.area_set = :area_set AND w.measure = 'people'
        LEFT JOIN weights AS older
            ON older.code = s.old_code AND older.area_set = :other_set AND older.measure = 'people'
        WHERE s.old_code = c.child AND NOT c.is_own
    ) AS link ON TRUE
),
parts AS (
    SELECT known.place, known.code, 1.0::float AS part
    FROM known
    UNION ALL
    SELECT
        d.place,
        coalesce(p.code, ''),
        CASE WHEN count(*) = count(p.part) THEN least(1.0, sum(p.part)) END
    FROM districts AS d
    LEFT JOIN pieces AS p ON p.district = d.code
    GROUP BY d.place, coalesce(p.code, '')
)
-- A few long rows: of all England one row an area costs three times the question itself.
SELECT place, string_agg(code, ',' ORDER BY code) AS codes, array_agg(part ORDER BY code) AS parts
FROM parts
GROUP BY place
ORDER BY place
