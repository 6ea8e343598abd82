-- Question: of which small areas (of one set) is each stated area made that can touch a partnership,
--   and how many people and postcodes of it live in each?
-- Parameters: ground (the partnership's small areas, text[]), area_set, other_set, own_lookup
--   ('lsoa11%' or 'lsoa21%': lookups whose children are of the set), stated (codes that lines
--   state, text[]).
-- Columns: place, code, people, postcodes (null where a count or a share is not known).
-- Areas of the other set are carried by the official links; the older area's count times the share
--   passed on is what both have in common.
-- Relies on: ix_memberships_in_lsoa, ix_memberships_parent_code, pk_successions, ix_successions_new_code, pk_weights.
WITH RECURSIVE stated AS (
    SELECT DISTINCT unnest(CAST(:stated AS text[])) AS code
),
-- Links lead both ways, so that a code is near the ground where the ground is near it; few codes are stated.
reached AS (
    SELECT code AS place, code
    FROM stated
    UNION
    SELECT reached.place, link.code
    FROM reached
    CROSS JOIN LATERAL (
        SELECT s.new_code AS code FROM successions AS s WHERE s.old_code = reached.code
        UNION ALL
        SELECT s.old_code AS code FROM successions AS s WHERE s.new_code = reached.code
    ) AS link
),
near AS (
    SELECT DISTINCT reached.place AS code
    FROM reached
    JOIN unnest(CAST(:ground AS text[])) AS ground (code) ON ground.code = reached.code
),
members AS (
    SELECT stated.code AS place, stated.code AS child, 1.0::float AS share, '' AS lookup
    FROM stated
    JOIN near ON near.code = stated.code
    UNION ALL
    SELECT m.parent_code, m.child_code, m.share, m.lookup
    FROM stated
    JOIN memberships AS m ON m.parent_code = stated.code
    WHERE m.parent_type IN ('wd', 'par', 'ncp', 'msoa')
      -- Of a district every row would be read, and none kept.
      AND NOT EXISTS (
          SELECT 1 FROM areas AS a WHERE a.code = stated.code AND a.type NOT IN ('wd', 'par', 'ncp', 'msoa')
      )
    UNION ALL
    SELECT m.child_code, m.parent_code, 1.0, m.lookup
    FROM stated
    JOIN memberships AS m ON m.child_code = stated.code
    WHERE m.parent_type = 'lsoa'
),
one_lookup_each AS (
    -- A place that several lookups hold is taken from one of them: one of the set, the latest by name.
    SELECT DISTINCT ON (place) place, lookup
    FROM members
    ORDER BY place, lower(lookup) LIKE CAST(:own_lookup AS text) DESC, lookup DESC
),
chosen AS (
    SELECT m.place, m.child, m.share
    FROM members AS m
    JOIN one_lookup_each AS o ON o.place = m.place AND o.lookup = m.lookup
),
-- LIMIT keeps the planner to probes of the few places instead of reading every weight of England.
held AS (
    SELECT c.place, c.child, c.share, own.held IS NOT NULL AS is_own
    FROM chosen AS c
    LEFT JOIN LATERAL (
        SELECT true AS held FROM weights AS w WHERE w.code = c.child AND w.area_set = :area_set LIMIT 1
    ) AS own ON true
),
carried AS (
    SELECT h.place, h.child AS code, h.child AS counted, CAST(:area_set AS text) AS counted_in, h.share
    FROM held AS h
    WHERE h.is_own
    UNION ALL
    SELECT h.place, link.code, link.old_code, link.counted_in, h.share * link.share
    FROM held AS h
    CROSS JOIN LATERAL (
        SELECT s.new_code AS code, s.old_code, CAST(:other_set AS text) AS counted_in, s.share
        FROM successions AS s
        WHERE s.old_code = h.child
        UNION ALL
        SELECT s.old_code, s.old_code, CAST(:area_set AS text), s.share
        FROM successions AS s
        WHERE s.new_code = h.child
    ) AS link
    CROSS JOIN LATERAL (
        SELECT true AS held FROM weights AS w WHERE w.code = link.code AND w.area_set = :area_set LIMIT 1
    ) AS own
    WHERE NOT h.is_own
)
SELECT
    c.place,
    c.code,
    people.value * c.share AS people,
    postcodes.value * c.share AS postcodes
FROM carried AS c
LEFT JOIN LATERAL (
    SELECT w.value FROM weights AS w
    WHERE w.code = c.counted AND w.area_set = c.counted_in AND w.measure = 'people'
    LIMIT 1
) AS people ON true
LEFT JOIN LATERAL (
    SELECT w.value FROM weights AS w
    WHERE w.code = c.counted AND w.area_set = c.counted_in AND w.measure = 'postcodes'
    LIMIT 1
) AS postcodes ON true
ORDER BY c.place, c.code, c.counted
