-- Question: what is stored of some postcodes?
-- Parameters: postcodes (text[]). Relies on: pk_postcodes.
SELECT
    p.postcode,
    p.status,
    p.easting,
    p.northing,
    p.lad_code,
    p.lsoa21_code,
    p.demo
FROM unnest(CAST(:postcodes AS text[])) AS u (postcode)
JOIN postcodes AS p ON p.postcode = u.postcode
