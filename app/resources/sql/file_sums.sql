-- Question: how many lines, rows and pence does each file of money hold, by stage and currency?
-- Parameters: demo, slug (null for a passing view), districts (the partnership's codes, text[]), file_id (the
--   one file asked for, read by whoever; null for all that the partnership reads).
-- Columns: file_id, stage, currency, lines, file_rows (a row with shares makes several lines), pence.
-- Relies on: ix_resource_lines_file_id.
SELECT
    l.file_id,
    l.stage,
    l.currency,
    count(*) AS lines,
    count(DISTINCT l.row) AS file_rows,
    sum(l.amount_pence)::bigint AS pence
FROM resource_lines AS l
JOIN resource_files AS f ON f.id = l.file_id
LEFT JOIN partnerships AS p ON p.slug = f.partnership_slug
WHERE CASE
    WHEN CAST(:file_id AS text) IS NOT NULL THEN f.id = CAST(:file_id AS text)
    ELSE f.demo = :demo
        AND (
            f.partnership_slug IS NULL
            OR f.partnership_slug = CAST(:slug AS text)
            OR p.authorities && CAST(:districts AS text[])
        )
END
GROUP BY l.file_id, l.stage, l.currency
ORDER BY l.file_id, l.stage, l.currency
