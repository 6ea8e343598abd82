-- Question: which programme do the words of each line name, where they name just one?
-- Parameters: programme_id (only lines drawing on it, or about to), file_id (only lines of this file); null for all.
-- Writes resource_lines.programme_id where it differs; words that name none or several programmes leave it null.
-- A partnership's own programme is named only by lines of files for that partnership, and goes before a published
-- one of the same words. Compared without regard to case and to how many blanks part the words.
-- Relies on: ix_resource_lines_file_id (with file_id).
WITH named AS (
    SELECT p.id, p.partnership_slug, p.demo, regexp_replace(lower(btrim(each.words)), '\s+', ' ', 'g') AS words
    FROM programmes AS p
    CROSS JOIN LATERAL (VALUES (p.title), (p.id)) AS each (words)
),
spoken AS (
    SELECT DISTINCT
        l.programme,
        l.demo,
        f.partnership_slug,
        regexp_replace(lower(btrim(l.programme)), '\s+', ' ', 'g') AS words
    FROM resource_lines AS l
    JOIN resource_files AS f ON f.id = l.file_id
    WHERE l.programme IS NOT NULL
      AND (CAST(:file_id AS text) IS NULL OR l.file_id = CAST(:file_id AS text))
),
meant AS (
    SELECT
        s.programme,
        s.demo,
        s.partnership_slug,
        array_agg(DISTINCT n.id) FILTER (WHERE n.partnership_slug IS NOT NULL) AS own,
        array_agg(DISTINCT n.id) FILTER (WHERE n.partnership_slug IS NULL AND n.id IS NOT NULL) AS published
    FROM spoken AS s
    LEFT JOIN named AS n
        ON n.words = s.words
        AND n.demo = s.demo
        AND (n.partnership_slug IS NULL OR n.partnership_slug = s.partnership_slug)
    GROUP BY s.programme, s.demo, s.partnership_slug
),
found AS MATERIALIZED (
    -- One object to look words up in: a join would go through all lines once for every programme's words.
    SELECT jsonb_object_agg(
        concat_ws('|', m.demo, coalesce(m.partnership_slug, ''), m.programme),
        (coalesce(m.own, m.published))[1]
    ) AS ids
    FROM meant AS m
    WHERE cardinality(coalesce(m.own, m.published)) = 1
)
UPDATE resource_lines AS l
SET programme_id = found.ids ->> concat_ws('|', l.demo, coalesce(f.partnership_slug, ''), l.programme)
FROM found
CROSS JOIN resource_files AS f
WHERE f.id = l.file_id
  AND l.programme IS NOT NULL
  AND (CAST(:file_id AS text) IS NULL OR l.file_id = CAST(:file_id AS text))
  AND l.programme_id IS DISTINCT FROM
      found.ids ->> concat_ws('|', l.demo, coalesce(f.partnership_slug, ''), l.programme)
  AND (
      CAST(:programme_id AS text) IS NULL
      OR l.programme_id = CAST(:programme_id AS text)
      OR found.ids ->> concat_ws('|', l.demo, coalesce(f.partnership_slug, ''), l.programme)
          = CAST(:programme_id AS text)
  )
