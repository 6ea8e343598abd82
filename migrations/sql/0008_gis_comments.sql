-- Question: what does each column of schema gis hold, and in which unit?
-- One word means one thing: a line with '*' is said of every view that has the column, unless a line
-- names the view. QGIS and psql (\d+) show these comments; docs/gis.md says the same words.
DO $$
DECLARE
    told record;
BEGIN
    FOR told IN
        SELECT DISTINCT ON (c.relname, a.attname)
            c.relname,
            a.attname,
            w.words
        FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid
        JOIN (VALUES
            ('*', 'id', 'unique key of the row'),
            ('*', 'code', 'code of the area (GSS), unique in a view of areas'),
            ('*', 'name', 'name of the area'),
            ('partnerships', 'name', 'name of the partnership'),
            ('*', 'type', 'type of area: rgn, cauth, cty, lad, wd, par, ncp, msoa, lsoa, oa'),
            ('layers', 'type', 'type of area, unique'),
            ('parishes', 'kind', 'parish or unparished area'),
            ('partnerships', 'kind', 'kind of partnership, e.g. lsp'),
            ('*', 'lad_code', 'code of its district or unitary of today'),
            ('*', 'lad_name', 'name of its district or unitary of today'),
            ('postcodes', 'lad_code', 'code of its district or unitary'),
            ('*', 'county_code', 'code of its county; null for a unitary'),
            ('*', 'county_name', 'name of its county; null for a unitary'),
            ('*', 'region_code', 'code of its region'),
            ('*', 'region_name', 'name of its region'),
            ('*', 'area_m2', 'area of the outline as drawn, square metres'),
            ('*', 'people', 'people, mid-2020 (of File 7 where a place came from its publishers alone); null where not known'),
            ('designated_areas', 'people', 'people as counted when it was saved; null where not known'),
            ('*', 'people_estimated', 'true: people are re-based from the set of 2011'),
            ('*', 'release', 'release that drew the outline'),
            ('layers', 'release', 'release that draws this type today'),
            ('layers', 'title', 'title of the release'),
            ('resources', 'title', 'what the money is for'),
            ('*', 'published_on', 'day the release speaks of'),
            ('*', 'state', 'loaded, checked, served or withdrawn; only served ones draw maps'),
            ('*', 'quality', 'official, best-fit, approximate, or invented'),
            ('*', 'tolerance_m', 'how far its outlines may lie from the truth, metres'),
            ('*', 'partial', 'true: holds some places only, nothing national may be computed'),
            ('*', 'missing', 'areas alive that the release does not draw'),
            ('*', 'is_exact', 'true: the release draws the areas alive and, unless temporal, no others'),
            ('*', 'publisher', 'who publishes it'),
            ('*', 'licence', 'licence it may be used under'),
            ('*', 'attribution', 'line to print under a map made of it'),
            ('*', 'valid_from', 'first day of the area''s life; null: before the records begin'),
            ('*', 'valid_to', 'first day after the area''s life; null: alive'),
            ('partnerships', 'valid_from', 'first day of the partnership; null: not given'),
            ('partnerships', 'valid_to', 'first day after the partnership; null: not given'),
            ('*', 'demo', 'true: invented, of the demo county; never mixed with real rows'),
            ('*', 'geom', 'outline, British National Grid, metres'),
            ('postcodes', 'geom', 'point, British National Grid, metres'),
            ('resources', 'geom', 'point, British National Grid, metres'),
            ('partnerships', 'geom', 'its own outline, where it has one; else null: see partnership_authorities'),
            ('partnership_authorities', 'geom', 'outline of the authority today; null where the code has ended'),
            ('designated_areas', 'geom', 'outline in the release its index speaks of, British National Grid, metres'),
            ('*', 'child_code', 'code of the area that belongs'),
            ('*', 'parent_code', 'code of the area it belongs to'),
            ('*', 'parent_name', 'name of the area it belongs to'),
            ('*', 'parent_type', 'type of the area it belongs to'),
            ('*', 'lookup', 'lookup that says so'),
            ('*', 'method', 'exact or best-fit'),
            ('*', 'share', 'share of the child, 0 to 1; 1 for exact and best fit'),
            ('*', 'parent_valid_from', 'first day of the parent''s life; null: before the records begin'),
            ('*', 'parent_valid_to', 'first day after the parent''s life; null: alive'),
            ('*', 'postcode', 'postcode, unique'),
            ('*', 'status', 'current, or not in the current list'),
            ('*', 'lsoa11_code', 'code of its LSOA of 2011'),
            ('*', 'lsoa21_code', 'code of its LSOA of 2021'),
            ('*', 'easting', 'easting, metres'),
            ('*', 'northing', 'northing, metres'),
            ('*', 'lon', 'longitude, degrees (WGS84)'),
            ('*', 'lat', 'latitude, degrees (WGS84)'),
            ('*', 'index_id', 'index, e.g. imd-2019'),
            ('*', 'measure', 'imd, income, employment, education, health, crime, barriers, living, or another of the index'),
            ('*', 'score', 'score as published; null where none is'),
            ('*', 'rank', 'rank as published, 1 = most deprived; null where none is'),
            ('*', 'decile', 'decile as published, 1 = most deprived; null where none is'),
            ('designated_areas', 'rank', 'rank when it was saved, 1 = most deprived; null where none is'),
            ('designated_areas', 'decile', 'decile when it was saved, 1 = most deprived; null where none is'),
            ('*', 'areas_total', 'number of areas that the index ranks'),
            ('*', 'area_set', 'set of small areas it speaks of: lsoa-2011 or lsoa-2021'),
            ('*', 'slug', 'partnership it belongs to'),
            ('partnerships', 'slug', 'short name of the partnership, unique'),
            ('resources', 'slug', 'partnership that the file was given to; null: for everybody'),
            ('*', 'authorities', 'codes of its districts and unitaries'),
            ('*', 'lead', 'who leads it; null: not given'),
            ('*', 'partnership', 'name of the partnership'),
            ('*', 'designation_id', 'designation, as in its address'),
            ('*', 'designation', 'name of the designation'),
            ('*', 'selected', 'true: the rule selects it'),
            ('*', 'cannot_tell', 'true: a value is missing, so the rule cannot tell'),
            ('*', 'created_at', 'when it was saved'),
            ('*', 'funder', 'who gives the money'),
            ('*', 'programme', 'programme it belongs to; null: not stated'),
            ('*', 'theme', 'theme; null: not stated'),
            ('*', 'recipient', 'who receives it; null: not stated'),
            ('*', 'stage', 'planned, awarded or paid: never add one stage to another'),
            ('*', 'grade', 'how finely the source places it, A to G (docs/methods/money.md)'),
            ('*', 'amount_pence', 'amount, whole pence'),
            ('*', 'currency', 'currency of the amount'),
            ('*', 'awarded_on', 'day of the award; null: not stated'),
            ('*', 'financial_year', 'financial year, April to March, e.g. 2018-19; null: not stated'),
            ('*', 'place_text', 'place as the source words it'),
            ('*', 'shown_at', 'its point or its postcode'),
            ('*', 'source', 'title of the file the line stands in')
        ) AS w (view_name, column_name, words)
            ON w.column_name = a.attname AND w.view_name IN ('*', c.relname)
        WHERE c.relnamespace = to_regnamespace('gis') AND c.relkind = 'v' AND a.attnum > 0
        ORDER BY c.relname, a.attname, w.view_name = '*'
    LOOP
        EXECUTE format('COMMENT ON COLUMN gis.%I.%I IS %L', told.relname, told.attname, told.words);
    END LOOP;
END
$$;
