-- Question: in which districts lie the postcodes that begin so?
-- Parameters: first, last (the span of postcodes that holds them, whatever the database's own order
-- of letters), pattern.
-- Columns: lad_code, name, postcodes. Relies on: pk_postcodes.
SELECT
    p.lad_code,
    a.name,
    count(*) AS postcodes
FROM postcodes AS p
LEFT JOIN areas AS a ON a.code = p.lad_code
WHERE p.postcode >= :first
  AND p.postcode <= :last
  AND p.postcode LIKE :pattern
GROUP BY p.lad_code, a.name
ORDER BY count(*) DESC, p.lad_code
