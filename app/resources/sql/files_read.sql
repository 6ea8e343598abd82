-- Question: which files of money does a partnership read, and how many rows of each stand where?
-- Parameters: demo, slug (null for a passing view), districts (the partnership's codes, text[]), file_id (the
--   one file asked for, read by whoever; null for all that the partnership reads).
-- Columns: the file's own, then stored_rows (rows that became lines), allocations, areas, budgets, sums and
--   services (what else it brought), refused_rows (rows of which a fault is kept).
-- Relies on: ix_resource_lines_file_id, ix_resource_refusals_file_id and the like of the other tables.
SELECT
    f.id,
    f.title,
    f.publisher,
    f.kind,
    f.coverage,
    f.source_file,
    f.sha256,
    f.partnership_slug,
    f.rows_in,
    f.rows_stored,
    f.rows_refused,
    f.loaded_at,
    (SELECT count(DISTINCT l.row) FROM resource_lines AS l WHERE l.file_id = f.id) AS stored_rows,
    (SELECT count(*) FROM programme_allocations AS a WHERE a.file_id = f.id) AS allocations,
    (SELECT count(*) FROM programme_areas AS a WHERE a.file_id = f.id) AS areas,
    (SELECT count(*) FROM budgets AS b WHERE b.file_id = f.id) AS budgets,
    (SELECT count(*) FROM recipient_sums AS s WHERE s.file_id = f.id) AS sums,
    (SELECT count(*) FROM services AS s WHERE s.file_id = f.id) AS services,
    (SELECT count(DISTINCT r.row) FROM resource_refusals AS r WHERE r.file_id = f.id) AS refused_rows
FROM resource_files AS f
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
ORDER BY f.id
