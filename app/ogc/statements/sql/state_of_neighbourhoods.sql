-- Question: in what state are the neighbourhoods and the layers that draw them?
-- Parameters: none.
-- Columns: state (text that changes with any of them).
SELECT concat_ws('|',
    (SELECT md5(string_agg(concat_ws(',', n.slug, n.revision, n.made_at), ';' ORDER BY n.slug))
     FROM neighbourhoods AS n),
    (SELECT concat(count(*), ',', max(v.made_at)) FROM neighbourhood_versions AS v),
    (SELECT count(*) FROM geography_changes)
) AS state
