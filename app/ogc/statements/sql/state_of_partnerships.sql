-- Question: in what state are the partnerships and the layers that draw them?
-- Parameters: none.
-- Columns: state (text that changes with any of them).
SELECT concat_ws('|',
    (SELECT md5(string_agg(concat_ws(',', p.slug, p.version, p.created_at), ';' ORDER BY p.slug))
     FROM partnerships AS p),
    (SELECT count(*) FROM geography_changes)
) AS state
