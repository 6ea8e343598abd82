-- Question: where are the postcodes, what do the indices say, whose are the partnerships, and where is
-- the money? Views of schema gis beside those of areas.
-- Money given to one partnership is as public here as in that partnership's ledger, and says whose it is.
-- Relies on: ix_postcodes_geom, pk_index_values, ix_resource_lines_place_geom, pk_postcodes.
CREATE VIEW gis.postcodes AS
SELECT
    p.postcode,
    p.status,
    p.lad_code,
    p.lsoa11_code,
    p.lsoa21_code,
    p.easting,
    p.northing,
    p.lon,
    p.lat,
    p.demo,
    p.geom
FROM postcodes AS p
WHERE p.demo = (SELECT gis.shows_demo());

CREATE VIEW gis.indices AS
SELECT
    v.index_id || '/' || v.measure || '/' || v.code AS id,
    v.index_id,
    v.code,
    v.measure,
    v.score,
    v.rank,
    v.decile,
    i.areas_total,
    i.area_set,
    i.partial,
    i.demo
FROM index_values AS v
JOIN indices AS i ON i.id = v.index_id
WHERE i.demo = (SELECT gis.shows_demo());

CREATE VIEW gis.imd_2019 AS
SELECT
    l.code,
    l.name,
    l.lad_code,
    l.lad_name,
    v.decile,
    v.rank,
    v.score,
    l.area_m2,
    l.people,
    l.people_estimated,
    l.release,
    l.quality,
    l.valid_from,
    l.valid_to,
    l.demo,
    l.geom
FROM gis.lsoas_2011 AS l
LEFT JOIN index_values AS v
    ON v.code = l.code
    AND v.measure = 'imd'
    AND v.index_id = (
        SELECT min(i.id)
        FROM indices AS i
        WHERE (i.id = 'imd-2019' OR i.id LIKE 'imd-2019-%') AND i.demo = (SELECT gis.shows_demo())
    );

CREATE VIEW gis.imd_2025 AS
SELECT
    l.code,
    l.name,
    l.lad_code,
    l.lad_name,
    v.decile,
    v.rank,
    v.score,
    l.area_m2,
    l.people,
    l.people_estimated,
    l.release,
    l.quality,
    l.valid_from,
    l.valid_to,
    l.demo,
    l.geom
FROM gis.lsoas_2021 AS l
LEFT JOIN index_values AS v
    ON v.code = l.code
    AND v.measure = 'imd'
    AND v.index_id = (
        SELECT min(i.id)
        FROM indices AS i
        WHERE (i.id = 'imd-2025' OR i.id LIKE 'imd-2025-%') AND i.demo = (SELECT gis.shows_demo())
    );

CREATE VIEW gis.partnerships AS
SELECT
    p.slug,
    p.name,
    p.kind,
    p.authorities,
    p.lead,
    p.valid_from,
    p.valid_to,
    p.demo,
    p.geom
FROM partnerships AS p
WHERE p.demo = (SELECT gis.shows_demo());

CREATE VIEW gis.partnership_authorities AS
SELECT
    p.slug || '/' || t.code AS id,
    p.slug,
    p.name AS partnership,
    t.code,
    a.name,
    a.valid_from,
    a.valid_to,
    b.release_id AS release,
    p.demo,
    b.geom
FROM partnerships AS p
CROSS JOIN LATERAL unnest(p.authorities) AS t (code)
LEFT JOIN areas AS a ON a.code = t.code
LEFT JOIN boundaries AS b
    ON b.code = t.code
    AND b.release_id = (SELECT gis.layer_on('lad', gis.today()))
WHERE p.demo = (SELECT gis.shows_demo());

CREATE VIEW gis.designated_areas AS
SELECT
    d.id || '/' || (t.area ->> 'code') AS id,
    d.id AS designation_id,
    d.name AS designation,
    d.partnership_slug AS slug,
    p.name AS partnership,
    d.index_id,
    t.area ->> 'code' AS code,
    t.area ->> 'name' AS name,
    CAST(t.area ->> 'selected' AS boolean) AS selected,
    CAST(t.area ->> 'cannot_tell' AS boolean) AS cannot_tell,
    CAST(t.area ->> 'rank' AS integer) AS rank,
    CAST(t.area ->> 'decile' AS integer) AS decile,
    CAST(t.area ->> 'people' AS integer) AS people,
    d.created_at,
    b.release_id AS release,
    p.demo,
    b.geom
FROM designations AS d
JOIN partnerships AS p ON p.slug = d.partnership_slug
CROSS JOIN LATERAL jsonb_array_elements(d.result -> 'areas') AS t (area)
LEFT JOIN boundaries AS b
    ON b.release_id = d.result -> 'index' ->> 'release'
    AND b.code = t.area ->> 'code'
WHERE p.demo = (SELECT gis.shows_demo());

CREATE VIEW gis.resources AS
WITH placed AS (
    SELECT
        l.id,
        'its point' AS shown_at,
        l.place_geom AS geom
    FROM resource_lines AS l
    WHERE l.place_geom IS NOT NULL
    UNION ALL
    SELECT
        l.id,
        'its postcode' AS shown_at,
        p.geom
    FROM resource_lines AS l
    JOIN postcodes AS p ON p.postcode = l.place_postcode
    WHERE l.place_geom IS NULL
)
SELECT
    l.id,
    l.title,
    l.funder,
    l.programme,
    l.theme,
    l.recipient,
    l.stage,
    l.grade,
    l.amount_pence,
    l.currency,
    l.awarded_on,
    l.financial_year,
    l.place_text,
    s.shown_at,
    f.title AS source,
    f.licence,
    f.partnership_slug AS slug,
    l.demo,
    s.geom
FROM placed AS s
JOIN resource_lines AS l ON l.id = s.id
JOIN resource_files AS f ON f.id = l.file_id
WHERE l.demo = (SELECT gis.shows_demo());
