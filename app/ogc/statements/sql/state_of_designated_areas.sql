-- Question: in what state are the saved designations and the layers that draw their areas?
-- Parameters: none.
-- Columns: state (text that changes with any of them).
SELECT concat_ws('|',
    (SELECT md5(string_agg(concat_ws(',', d.id, d.name, d.created_at), ';' ORDER BY d.id))
     FROM designations AS d),
    (SELECT count(*) FROM geography_changes)
) AS state
