-- Question: of which small areas (of one set) is each stated area made that can touch a partnership,
--   and how many people and postcodes of it live in each?
-- Parameters: ground (the partnership's small areas, text[]), area_set, other_set, own_lookup
--   ('lsoa11%' or 'lsoa21%': lookups whose children are of the set), stated (codes that lines
--   state, text[]).
-- Columns: place, code, people, postcodes (null where a count or a share is not known).
-- Areas of the other set are carried by the official links; the older area's count times the share
--   passed on is what both have in common.
-- Relies on: pk_memberships, ix_memberships_parent_code, pk_successions, ix_successions_new_code, pk_weights.
WITH RECURSIVE stated AS (
    SELECT DISTINCT unnest(CAST(:stated AS text[])) AS code
),
near AS (
    SELECT unnest(CAST(:ground AS text[])) AS code
    UNION
    SELECT link.code
    FROM near
    CROSS JOIN LATERAL (
        SELECT s.new_code AS code FROM successions AS s WHERE s.old_code = near.code
        UNION ALL
        SELECT s.old_code AS code FROM successions AS s WHERE s.new_code = near.code
    ) AS link
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
carried AS (
    SELECT c.place, c.child AS code, c.child AS counted, CAST(:area_set AS text) AS counted_in, c.share
    FROM chosen AS c
    WHERE EXISTS (SELECT 1 FROM weights AS w WHERE w.code = c.child AND w.area_set = :area_set)
    UNION ALL
    SELECT c.place, link.code, link.old_code, link.counted_in, c.share * link.share
    FROM chosen AS c
    CROSS JOIN LATERAL (
        SELECT s.new_code AS code, s.old_code, CAST(:other_set AS text) AS counted_in, s.share
        FROM successions AS s
        WHERE s.old_code = c.child
        UNION ALL
        SELECT s.old_code, s.old_code, CAST(:area_set AS text), s.share
        FROM successions AS s
        WHERE s.new_code = c.child
    ) AS link
    WHERE NOT EXISTS (SELECT 1 FROM weights AS w WHERE w.code = c.child AND w.area_set = :area_set)
      AND EXISTS (SELECT 1 FROM weights AS w WHERE w.code = link.code AND w.area_set = :area_set)
)
SELECT
    c.place,
    c.code,
    people.value * c.share AS people,
    postcodes.value * c.share AS postcodes
FROM carried AS c
LEFT JOIN weights AS people
    ON people.code = c.counted AND people.area_set = c.counted_in AND people.measure = 'people'
LEFT JOIN weights AS postcodes
    ON postcodes.code = c.counted AND postcodes.area_set = c.counted_in AND postcodes.measure = 'postcodes'
ORDER BY c.place, c.code, c.counted
