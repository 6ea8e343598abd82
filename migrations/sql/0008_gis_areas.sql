-- Question: which areas of a type are alive today, and what outline does the layer of the day draw?
-- One view for each type, gis.layer_on() choosing the layer once. Small areas have one view for each
-- set, drawn by the layer of a day in the middle of that set's life, because an index always speaks of
-- its own set. A parent is a district, county or region alive today, by an exact lookup before a best
-- fit. People are mid-2020; of counties, regions and MSOAs the sum of all parts, null where one is
-- missing. Aggregates without GROUP BY give one row, so the planner drops what a query does not ask for.
-- Relies on: ix_boundaries_geom, pk_boundaries, pk_areas, pk_memberships, ix_memberships_parent_code,
-- pk_weights.
CREATE VIEW gis.regions AS
SELECT
    b.code,
    a.name,
    b.area_m2,
    w.value AS people,
    w.estimated AS people_estimated,
    b.release_id AS release,
    r.quality,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
JOIN releases AS r ON r.id = b.release_id
LEFT JOIN LATERAL (
    SELECT
        CASE WHEN count(*) = count(n.value) THEN CAST(sum(n.value) AS integer) END AS value,
        CASE WHEN count(*) = count(n.value) THEN bool_or(n.estimated) END AS estimated
    FROM (
        SELECT DISTINCT m.child_code
        FROM memberships AS m
        JOIN areas AS c ON c.code = m.child_code
        WHERE m.parent_code = b.code
          AND m.parent_type = 'rgn'
          AND c.type = 'lad'
          AND (c.valid_from IS NULL OR c.valid_from <= gis.today())
          AND (c.valid_to IS NULL OR c.valid_to > gis.today())
    ) AS c
    LEFT JOIN weights AS n
        ON n.code = c.child_code AND n.area_set = 'lad' AND n.measure = 'people'
) AS w ON TRUE
WHERE b.release_id = (SELECT gis.layer_on('rgn', gis.today()))
  AND (a.valid_from IS NULL OR a.valid_from <= gis.today())
  AND (a.valid_to IS NULL OR a.valid_to > gis.today());

CREATE VIEW gis.counties AS
SELECT
    b.code,
    a.name,
    b.area_m2,
    w.value AS people,
    w.estimated AS people_estimated,
    b.release_id AS release,
    r.quality,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
JOIN releases AS r ON r.id = b.release_id
LEFT JOIN LATERAL (
    SELECT
        CASE WHEN count(*) = count(n.value) THEN CAST(sum(n.value) AS integer) END AS value,
        CASE WHEN count(*) = count(n.value) THEN bool_or(n.estimated) END AS estimated
    FROM (
        SELECT DISTINCT m.child_code
        FROM memberships AS m
        JOIN areas AS c ON c.code = m.child_code
        WHERE m.parent_code = b.code
          AND m.parent_type = 'cty'
          AND c.type = 'lad'
          AND (c.valid_from IS NULL OR c.valid_from <= gis.today())
          AND (c.valid_to IS NULL OR c.valid_to > gis.today())
    ) AS c
    LEFT JOIN weights AS n
        ON n.code = c.child_code AND n.area_set = 'lad' AND n.measure = 'people'
) AS w ON TRUE
WHERE b.release_id = (SELECT gis.layer_on('cty', gis.today()))
  AND (a.valid_from IS NULL OR a.valid_from <= gis.today())
  AND (a.valid_to IS NULL OR a.valid_to > gis.today());

CREATE VIEW gis.combined_authorities AS
SELECT
    b.code,
    a.name,
    b.area_m2,
    w.value AS people,
    w.estimated AS people_estimated,
    b.release_id AS release,
    r.quality,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
JOIN releases AS r ON r.id = b.release_id
LEFT JOIN LATERAL (
    SELECT
        CASE WHEN count(*) = count(n.value) THEN CAST(sum(n.value) AS integer) END AS value,
        CASE WHEN count(*) = count(n.value) THEN bool_or(n.estimated) END AS estimated
    FROM (
        SELECT DISTINCT m.child_code
        FROM memberships AS m
        JOIN areas AS c ON c.code = m.child_code
        WHERE m.parent_code = b.code
          AND m.parent_type = 'cauth'
          AND c.type = 'lad'
          AND (c.valid_from IS NULL OR c.valid_from <= gis.today())
          AND (c.valid_to IS NULL OR c.valid_to > gis.today())
    ) AS c
    LEFT JOIN weights AS n
        ON n.code = c.child_code AND n.area_set = 'lad' AND n.measure = 'people'
) AS w ON TRUE
WHERE b.release_id = (SELECT gis.layer_on('cauth', gis.today()))
  AND (a.valid_from IS NULL OR a.valid_from <= gis.today())
  AND (a.valid_to IS NULL OR a.valid_to > gis.today());

CREATE VIEW gis.districts AS
SELECT
    b.code,
    a.name,
    c.code AS county_code,
    c.name AS county_name,
    g.code AS region_code,
    g.name AS region_name,
    b.area_m2,
    w.value AS people,
    w.estimated AS people_estimated,
    b.release_id AS release,
    r.quality,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
JOIN releases AS r ON r.id = b.release_id
LEFT JOIN weights AS w
    ON w.code = b.code AND w.area_set = 'lad' AND w.measure = 'people'
LEFT JOIN LATERAL (
    SELECT
        (array_agg(p.code ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS code,
        (array_agg(p.name ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS name
    FROM memberships AS m
    JOIN areas AS p ON p.code = m.parent_code
    WHERE m.child_code = b.code
      AND m.parent_type = 'cty'
      AND (p.valid_from IS NULL OR p.valid_from <= gis.today())
      AND (p.valid_to IS NULL OR p.valid_to > gis.today())
) AS c ON TRUE
LEFT JOIN LATERAL (
    SELECT
        (array_agg(p.code ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS code,
        (array_agg(p.name ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS name
    FROM memberships AS m
    JOIN areas AS p ON p.code = m.parent_code
    WHERE m.child_code = b.code
      AND m.parent_type = 'rgn'
      AND (p.valid_from IS NULL OR p.valid_from <= gis.today())
      AND (p.valid_to IS NULL OR p.valid_to > gis.today())
) AS g ON TRUE
WHERE b.release_id = (SELECT gis.layer_on('lad', gis.today()))
  AND (a.valid_from IS NULL OR a.valid_from <= gis.today())
  AND (a.valid_to IS NULL OR a.valid_to > gis.today());

CREATE VIEW gis.wards AS
SELECT
    b.code,
    a.name,
    d.code AS lad_code,
    d.name AS lad_name,
    b.area_m2,
    b.release_id AS release,
    r.quality,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
JOIN releases AS r ON r.id = b.release_id
LEFT JOIN LATERAL (
    SELECT
        (array_agg(p.code ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS code,
        (array_agg(p.name ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS name
    FROM memberships AS m
    JOIN areas AS p ON p.code = m.parent_code
    WHERE m.child_code = b.code
      AND m.parent_type = 'lad'
      AND (p.valid_from IS NULL OR p.valid_from <= gis.today())
      AND (p.valid_to IS NULL OR p.valid_to > gis.today())
) AS d ON TRUE
WHERE b.release_id = (SELECT gis.layer_on('wd', gis.today()))
  AND (a.valid_from IS NULL OR a.valid_from <= gis.today())
  AND (a.valid_to IS NULL OR a.valid_to > gis.today());

CREATE VIEW gis.parishes AS
SELECT
    b.code,
    a.name,
    CASE a.type WHEN 'ncp' THEN 'unparished area' ELSE 'parish' END AS kind,
    d.code AS lad_code,
    d.name AS lad_name,
    b.area_m2,
    b.release_id AS release,
    r.quality,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
JOIN releases AS r ON r.id = b.release_id
LEFT JOIN LATERAL (
    SELECT
        (array_agg(p.code ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS code,
        (array_agg(p.name ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS name
    FROM memberships AS m
    JOIN areas AS p ON p.code = m.parent_code
    WHERE m.child_code = b.code
      AND m.parent_type = 'lad'
      AND (p.valid_from IS NULL OR p.valid_from <= gis.today())
      AND (p.valid_to IS NULL OR p.valid_to > gis.today())
) AS d ON TRUE
WHERE b.release_id = (SELECT gis.layer_on('par', gis.today()))
  AND (a.valid_from IS NULL OR a.valid_from <= gis.today())
  AND (a.valid_to IS NULL OR a.valid_to > gis.today());

CREATE VIEW gis.msoas AS
SELECT
    b.code,
    a.name,
    d.code AS lad_code,
    d.name AS lad_name,
    b.area_m2,
    w.value AS people,
    w.estimated AS people_estimated,
    b.release_id AS release,
    r.quality,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
JOIN releases AS r ON r.id = b.release_id
LEFT JOIN LATERAL (
    SELECT
        CASE WHEN count(*) = count(n.value) THEN CAST(sum(n.value) AS integer) END AS value,
        CASE WHEN count(*) = count(n.value) THEN bool_or(n.estimated) END AS estimated
    FROM (
        SELECT DISTINCT m.child_code
        FROM memberships AS m
        JOIN areas AS c ON c.code = m.child_code
        WHERE m.parent_code = b.code
          AND m.parent_type = 'msoa'
          AND c.type = 'lsoa'
          AND (c.valid_from IS NULL OR c.valid_from <= gis.today())
          AND (c.valid_to IS NULL OR c.valid_to > gis.today())
    ) AS c
    LEFT JOIN weights AS n
        ON n.code = c.child_code AND n.area_set = 'lsoa-2021' AND n.measure = 'people'
) AS w ON TRUE
LEFT JOIN LATERAL (
    SELECT
        (array_agg(p.code ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS code,
        (array_agg(p.name ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS name
    FROM memberships AS m
    JOIN areas AS p ON p.code = m.parent_code
    WHERE m.child_code = b.code
      AND m.parent_type = 'lad'
      AND (p.valid_from IS NULL OR p.valid_from <= gis.today())
      AND (p.valid_to IS NULL OR p.valid_to > gis.today())
) AS d ON TRUE
WHERE b.release_id = (SELECT gis.layer_on('msoa', gis.today()))
  AND (a.valid_from IS NULL OR a.valid_from <= gis.today())
  AND (a.valid_to IS NULL OR a.valid_to > gis.today());

CREATE VIEW gis.lsoas_2011 AS
SELECT
    b.code,
    a.name,
    d.code AS lad_code,
    d.name AS lad_name,
    b.area_m2,
    w.value AS people,
    w.estimated AS people_estimated,
    b.release_id AS release,
    r.quality,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
JOIN releases AS r ON r.id = b.release_id
LEFT JOIN weights AS w
    ON w.code = b.code AND w.area_set = 'lsoa-2011' AND w.measure = 'people'
LEFT JOIN LATERAL (
    SELECT
        (array_agg(p.code ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS code,
        (array_agg(p.name ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS name
    FROM memberships AS m
    JOIN areas AS p ON p.code = m.parent_code
    WHERE m.child_code = b.code
      AND m.parent_type = 'lad'
      AND (p.valid_from IS NULL OR p.valid_from <= gis.today())
      AND (p.valid_to IS NULL OR p.valid_to > gis.today())
) AS d ON TRUE
WHERE b.release_id = (SELECT gis.layer_on('lsoa', DATE '2015-04-01'))
  AND (a.valid_from IS NULL OR a.valid_from <= DATE '2015-04-01')
  AND (a.valid_to IS NULL OR a.valid_to > DATE '2015-04-01');

CREATE VIEW gis.lsoas_2021 AS
SELECT
    b.code,
    a.name,
    d.code AS lad_code,
    d.name AS lad_name,
    b.area_m2,
    w.value AS people,
    w.estimated AS people_estimated,
    b.release_id AS release,
    r.quality,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN areas AS a ON a.code = b.code
JOIN releases AS r ON r.id = b.release_id
LEFT JOIN weights AS w
    ON w.code = b.code AND w.area_set = 'lsoa-2021' AND w.measure = 'people'
LEFT JOIN LATERAL (
    SELECT
        (array_agg(p.code ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS code,
        (array_agg(p.name ORDER BY m.method = 'exact' DESC, m.share DESC, p.code))[1] AS name
    FROM memberships AS m
    JOIN areas AS p ON p.code = m.parent_code
    WHERE m.child_code = b.code
      AND m.parent_type = 'lad'
      AND (p.valid_from IS NULL OR p.valid_from <= gis.today())
      AND (p.valid_to IS NULL OR p.valid_to > gis.today())
) AS d ON TRUE
WHERE b.release_id = (SELECT gis.layer_on('lsoa', DATE '2022-04-01'))
  AND (a.valid_from IS NULL OR a.valid_from <= DATE '2022-04-01')
  AND (a.valid_to IS NULL OR a.valid_to > DATE '2022-04-01');

