-- Question: which layer draws a day, and what is stored of every release and lookup?
-- Makes schema gis: three functions that choose (today, whether the demo county shows, the layer), the
-- views of everything stored (boundaries, memberships) and of today's layers, and table functions for
-- any day.
-- Views read with their owner's rights; the functions that choose are SECURITY DEFINER for the same
-- reason: whoever reads schema gis needs no other right. They are called as (SELECT …), so that the
-- planner runs them once for a query and not for each row.
-- Relies on: ix_boundaries_geom for a window, pk_boundaries for a whole release, pk_release_days.
CREATE SCHEMA gis;

CREATE FUNCTION gis.today() RETURNS date LANGUAGE sql STABLE
AS $$
    SELECT CAST(now() AT TIME ZONE 'Europe/London' AS date)
$$;

CREATE FUNCTION gis.shows_demo() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT NOT EXISTS (SELECT 1 FROM releases WHERE state = 'served' AND NOT demo)
$$;

CREATE FUNCTION gis.layer_on(of_type text, on_day date) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT id FROM layer_on(of_type, on_day, gis.shows_demo())
$$;

CREATE VIEW gis.boundaries AS
SELECT
    b.release_id || '/' || b.code AS id,
    b.code,
    b.name,
    a.type,
    b.area_m2,
    b.release_id AS release,
    r.published_on,
    r.state,
    r.quality,
    r.partial,
    a.valid_from,
    a.valid_to,
    r.demo,
    b.geom
FROM boundaries AS b
JOIN releases AS r ON r.id = b.release_id
JOIN areas AS a ON a.code = b.code
WHERE r.demo = (SELECT gis.shows_demo());

CREATE VIEW gis.memberships AS
SELECT
    m.child_code || '/' || m.parent_code || '/' || m.lookup AS id,
    m.child_code,
    m.parent_code,
    p.name AS parent_name,
    m.parent_type,
    m.lookup,
    m.method,
    m.share,
    p.valid_from AS parent_valid_from,
    p.valid_to AS parent_valid_to
FROM memberships AS m
LEFT JOIN areas AS p ON p.code = m.parent_code
WHERE coalesce(p.demo, FALSE) = (SELECT gis.shows_demo());

CREATE FUNCTION gis.layers_on(on_day date) RETURNS TABLE (
    type text, release text, title text, published_on date, quality text, tolerance_m double precision,
    partial boolean, missing integer, is_exact boolean, publisher text, licence text, attribution text,
    demo boolean
) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT
        r.area_type,
        r.id,
        r.title,
        r.published_on,
        r.quality,
        r.tolerance_m,
        r.partial,
        d.missing,
        d.is_exact,
        r.publisher,
        r.licence,
        r.attribution,
        r.demo
    FROM (SELECT DISTINCT area_type FROM releases) AS t
    CROSS JOIN LATERAL layer_on(t.area_type, on_day, gis.shows_demo()) AS d
    JOIN releases AS r ON r.id = d.id
$$;

CREATE VIEW gis.layers AS
SELECT
    l.type,
    l.release,
    l.title,
    l.published_on,
    l.quality,
    l.tolerance_m,
    l.partial,
    l.missing,
    l.is_exact,
    l.publisher,
    l.licence,
    l.attribution,
    l.demo
FROM gis.layers_on(gis.today()) AS l;

-- Inlined by the planner (not SECURITY DEFINER), so that a window around it still uses ix_boundaries_geom.
CREATE FUNCTION gis.areas_on(of_type text, on_day date) RETURNS TABLE (
    code text, name text, type text, area_m2 double precision, release text, quality text,
    valid_from date, valid_to date, demo boolean, geom geometry
) LANGUAGE sql STABLE AS $$
    SELECT
        b.code,
        b.name,
        b.type,
        b.area_m2,
        b.release,
        b.quality,
        b.valid_from,
        b.valid_to,
        b.demo,
        b.geom
    FROM gis.boundaries AS b
    WHERE b.release = (SELECT gis.layer_on(of_type, on_day))
      AND (b.valid_from IS NULL OR b.valid_from <= on_day)
      AND (b.valid_to IS NULL OR b.valid_to > on_day)
$$;

CREATE FUNCTION gis.districts_on(on_day date) RETURNS TABLE (
    code text, name text, type text, area_m2 double precision, release text, quality text,
    valid_from date, valid_to date, demo boolean, geom geometry
) LANGUAGE sql STABLE AS $$
    SELECT
        d.code,
        d.name,
        d.type,
        d.area_m2,
        d.release,
        d.quality,
        d.valid_from,
        d.valid_to,
        d.demo,
        d.geom
    FROM gis.areas_on('lad', on_day) AS d
$$;
