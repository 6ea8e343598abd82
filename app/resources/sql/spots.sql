-- Question: in which small area and district does each of some postcodes lie?
-- Parameters: postcodes (text[]), area_set.
-- Columns: postcode, lad_code, small_area.
-- Relies on: pk_postcodes.
SELECT
    p.postcode,
    p.lad_code,
    CASE CAST(:area_set AS text) WHEN 'lsoa-2011' THEN p.lsoa11_code ELSE p.lsoa21_code END AS small_area
FROM postcodes AS p
WHERE p.postcode = ANY(CAST(:postcodes AS text[]))
ORDER BY p.postcode
