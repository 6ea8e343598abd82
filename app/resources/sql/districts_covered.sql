-- Question: in which districts do the services of a kind lie, by the files that hold a part of the country?
-- Parameters: kind, files (text[]), least (share of a file's services below which a district is only brushed).
-- Columns: lad_code.
-- Relies on: ix_services_kind, pk_postcodes.
WITH placed AS (
    SELECT s.file_id, coalesce(s.lad_code, p.lad_code) AS lad_code
    FROM services AS s
    LEFT JOIN postcodes AS p ON p.postcode = s.postcode
    WHERE s.kind = :kind AND s.file_id = ANY(CAST(:files AS text[]))
),
counted AS (
    SELECT placed.file_id, placed.lad_code, count(*) AS here, sum(count(*)) OVER (PARTITION BY placed.file_id) AS in_all
    FROM placed
    GROUP BY placed.file_id, placed.lad_code
)
SELECT DISTINCT counted.lad_code
FROM counted
WHERE counted.lad_code IS NOT NULL AND counted.here >= :least * counted.in_all
ORDER BY counted.lad_code
