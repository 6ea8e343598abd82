-- Question: of which small areas of one set is each stated place no wider than a district made, and how many
--   people and postcodes of it live in each?
-- Parameters: stated (codes, text[]), area_set, other_set, own_lookup ('lsoa11%' or 'lsoa21%': lookups whose
--   children are of the set).
-- Columns: place, code, people, postcodes (null where a count or a share is not known), in no order.
-- As pieces.sql, for any place in the land: areas of the other set are carried by the official links.
-- Relies on: ix_memberships_in_lsoa, ix_memberships_parent_code, pk_successions, ix_successions_new_code, pk_weights.
WITH stated AS (
    SELECT DISTINCT unnest(CAST(:stated AS text[])) AS code
),
small AS MATERIALIZED (
    SELECT w.code, w.area_set
    FROM weights AS w
    WHERE w.area_set IN (CAST(:area_set AS text), CAST(:other_set AS text)) AND w.measure = 'people'
),
members AS (
    SELECT stated.code AS place, stated.code AS child, 1.0::float AS share, '' AS lookup
    FROM stated
    JOIN small ON small.code = stated.code
    UNION ALL
    SELECT m.parent_code, m.child_code, m.share, m.lookup
    FROM stated
    JOIN memberships AS m ON m.parent_code = stated.code
    JOIN small ON small.code = m.child_code
    WHERE m.parent_type IN ('wd', 'par', 'ncp', 'msoa', 'lad')
    UNION ALL
    SELECT m.child_code, m.parent_code, 1.0, m.lookup
    FROM stated
    JOIN memberships AS m ON m.child_code = stated.code
    WHERE m.parent_type = 'lsoa'
),
one_lookup_each AS (
    SELECT DISTINCT ON (place) place, lookup
    FROM (SELECT m.place, m.lookup FROM members AS m GROUP BY m.place, m.lookup) AS offered
    ORDER BY place, lower(lookup) LIKE CAST(:own_lookup AS text) DESC, lookup DESC
),
chosen AS (
    SELECT m.place, m.child, m.share
    FROM members AS m
    JOIN one_lookup_each AS o ON o.place = m.place AND o.lookup = m.lookup
    GROUP BY m.place, m.child, m.share
),
carried AS (
    SELECT c.place, c.child AS code, c.child AS counted, CAST(:area_set AS text) AS counted_in, c.share
    FROM chosen AS c
    JOIN small ON small.code = c.child AND small.area_set = :area_set
    UNION ALL
    SELECT c.place, link.code, link.old_code, link.counted_in, c.share * link.share
    FROM chosen AS c
    LEFT JOIN small AS own ON own.code = c.child AND own.area_set = :area_set
    CROSS JOIN LATERAL (
        SELECT s.new_code AS code, s.old_code, CAST(:other_set AS text) AS counted_in, s.share
        FROM successions AS s
        WHERE s.old_code = c.child
        UNION ALL
        SELECT s.old_code, s.old_code, CAST(:area_set AS text), s.share
        FROM successions AS s
        WHERE s.new_code = c.child
    ) AS link
    JOIN small ON small.code = link.code AND small.area_set = :area_set
    WHERE own.code IS NULL
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
