-- Question: in which of some districts do the services of a kind lie, by the files that hold a part of the country?
-- Parameters: kind, files (text[]), districts (text[]), least (share of a file's services below which a district is
--   only brushed).
-- Columns: lad_code.
-- A service without a stated district lies where its postcode does. The postcodes of a district stand together: those
--   are read, and not the thousands of single ones, all over England, that a file names.
-- Relies on: ix_services_kind, ix_postcodes_lad_code.
WITH held AS MATERIALIZED (
    SELECT s.file_id, s.lad_code, s.postcode
    FROM services AS s
    WHERE s.kind = :kind AND s.file_id = ANY(CAST(:files AS text[]))
),
near AS MATERIALIZED (
    SELECT p.postcode, p.lad_code
    FROM postcodes AS p
    WHERE p.lad_code = ANY(CAST(:districts AS text[]))
      AND EXISTS (SELECT FROM held WHERE held.lad_code IS NULL)
),
placed AS (
    SELECT held.file_id, coalesce(held.lad_code, near.lad_code) AS lad_code
    FROM held
    LEFT JOIN near ON near.postcode = held.postcode AND held.lad_code IS NULL
),
counted AS (
    SELECT placed.file_id, placed.lad_code, count(*) AS here, sum(count(*)) OVER (PARTITION BY placed.file_id) AS in_all
    FROM placed
    GROUP BY placed.file_id, placed.lad_code
)
SELECT DISTINCT counted.lad_code
FROM counted
WHERE counted.lad_code = ANY(CAST(:districts AS text[])) AND counted.here >= :least * counted.in_all
ORDER BY counted.lad_code
