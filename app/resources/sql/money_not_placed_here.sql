-- Question: how much money of one stage is stated for the districts around an estate, or only for a recipient there,
--   so that none of it can be counted on the estate?
-- Parameters: districts (text[], old and new codes), stage, demo, slug (of the partnership, or null).
-- Columns: what ('district' or 'recipient'), lines, pence, funders (how many). In pounds alone.
-- Relies on: ix_resource_lines_place_code, ix_resource_lines_recipient_lad.
SELECT
    CASE WHEN l.place_kind = 'recipient' THEN 'recipient' ELSE 'district' END AS what,
    count(*) AS lines,
    sum(l.amount_pence) AS pence,
    count(DISTINCT l.funder) AS funders
FROM resource_lines AS l
JOIN resource_files AS f ON f.id = l.file_id
WHERE l.stage = :stage
    AND l.demo = :demo
    AND l.currency = 'GBP'
    AND (f.partnership_slug IS NULL OR f.partnership_slug = CAST(:slug AS text))
    AND (
        (l.place_kind = 'area' AND l.place_code = ANY(CAST(:districts AS text[])))
        OR (l.place_kind = 'recipient' AND l.recipient_lad = ANY(CAST(:districts AS text[])))
    )
GROUP BY 1
ORDER BY 1
