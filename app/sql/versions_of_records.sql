-- Question: which version of what is kept of each of some partnerships does this session see?
-- Parameters: slugs (text[]), every (all of them, whatever slugs says), kinds (text[], the letters of rows below;
--   null: all of them).
-- Columns: slug, version. Each write of a row leaves the number of its transaction, xmin; a row more or less
--   makes another list.
-- Relies on: pk_partnerships and the indexes of partnership_slug; pk_neighbourhood_versions.
WITH asked AS (
    SELECT slug
    FROM partnerships
    WHERE slug = ANY(CAST(:slugs AS text[])) OR :every
),
rows_of AS (
    SELECT p.slug, 'p' AS row_of, CAST(p.xmin AS text) AS written
    FROM partnerships AS p
    JOIN asked ON asked.slug = p.slug
    UNION ALL
    SELECT t.partnership_slug, 't ' || t.id, CAST(t.xmin AS text)
    FROM targets AS t
    JOIN asked ON asked.slug = t.partnership_slug
    UNION ALL
    SELECT a.partnership_slug, 'a ' || a.id, CAST(a.xmin AS text)
    FROM planned_actions AS a
    JOIN asked ON asked.slug = a.partnership_slug
    UNION ALL
    SELECT s.partnership_slug, 's ' || s.version, CAST(s.xmin AS text)
    FROM written_strategies AS s
    JOIN asked ON asked.slug = s.partnership_slug
    UNION ALL
    SELECT o.partnership_slug, 'o ' || o.criterion, CAST(o.xmin AS text)
    FROM assessor_notes AS o
    JOIN asked ON asked.slug = o.partnership_slug
    UNION ALL
    SELECT d.partnership_slug, 'd ' || d.id, CAST(d.xmin AS text)
    FROM designations AS d
    JOIN asked ON asked.slug = d.partnership_slug
    UNION ALL
    SELECT n.partnership_slug, 'n ' || n.slug, CAST(n.xmin AS text)
    FROM neighbourhoods AS n
    JOIN asked ON asked.slug = n.partnership_slug
    UNION ALL
    SELECT n.partnership_slug, 'v ' || v.slug || ' ' || v.version, CAST(v.xmin AS text)
    FROM neighbourhood_versions AS v
    JOIN neighbourhoods AS n ON n.slug = v.slug
    JOIN asked ON asked.slug = n.partnership_slug
)
SELECT slug, md5(string_agg(row_of || ' ' || written, ',' ORDER BY row_of)) AS version
FROM rows_of
WHERE CAST(:kinds AS text[]) IS NULL OR split_part(row_of, ' ', 1) = ANY(CAST(:kinds AS text[]))
GROUP BY slug
ORDER BY slug
