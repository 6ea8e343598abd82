-- Question: what are all values of one indicator, period by period, as whole columns?
-- Parameters: number (the indicator's), periods (text[], in order of time).
-- Columns: codes (char(40)[]), places (integer[]: the period's place in the list, from 1), values (float8[]);
--   null where nothing is held. Areas without a value are not among them.
-- Relies on: pk_indicator_values.
SELECT
    array_agg(CAST(v.code AS char(40))) AS codes,
    array_agg(CAST(p.place AS integer)) AS places,
    array_agg(v.value) AS values
FROM unnest(CAST(:periods AS text[])) WITH ORDINALITY AS p (period, place)
JOIN indicator_values AS v ON v.number = :number AND v.period = p.period
WHERE v.state = 'value'
