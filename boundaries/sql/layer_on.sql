-- Question: which one release draws the areas of a type on a day?
-- Parameters: area_type, day, demo.
-- Answers at most one row. The rule is the function layer_on() of migration 0044, so that the views
-- of schema gis and this service cannot differ. Relies on: pk_release_days.
SELECT
    id,
    published_on,
    quality,
    tolerance_m,
    partial,
    temporal,
    attribution,
    missing,
    is_exact
FROM layer_on(:area_type, :day, :demo)
