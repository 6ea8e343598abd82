-- Question: what is stored of one postcode?
-- Parameters: postcode, as it is stored.
-- Relies on: pk_postcodes.
SELECT
    postcode,
    status,
    easting,
    northing,
    lon,
    lat,
    lad_code,
    lsoa11_code,
    lsoa21_code,
    demo
FROM postcodes
WHERE postcode = :postcode
