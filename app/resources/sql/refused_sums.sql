-- Question: how many rows of some files were refused, by the first rule that each broke, and for how much?
-- Parameters: files (ids, text[]).
-- Columns: file_id, rule, currency (null where no amount could be read), file_rows, pence (null likewise).
-- Relies on: ix_resource_refusals_file_id.
WITH each_row AS (
    SELECT
        r.file_id,
        r.row,
        (array_agg(r.rule ORDER BY r.id))[1] AS rule,
        max(r.amount_pence) FILTER (WHERE r.amount_pence IS NOT NULL) AS amount_pence,
        max(r.currency) FILTER (WHERE r.amount_pence IS NOT NULL) AS currency
    FROM resource_refusals AS r
    WHERE r.file_id = ANY(CAST(:files AS text[]))
    GROUP BY r.file_id, r.row
)
SELECT
    file_id,
    rule,
    currency,
    count(*) AS file_rows,
    sum(amount_pence)::bigint AS pence
FROM each_row
GROUP BY file_id, rule, currency
ORDER BY file_id, rule, currency NULLS LAST
