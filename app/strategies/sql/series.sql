-- Question: what are all values of some indicators, period by period, as whole columns?
-- Parameters: numbers (integer[]), periods (text[]): the indicators' periods, pair by pair.
-- Columns: codes (char(40)[]), places (integer[]: the pair's place in the list, from 1), values (float8[]);
--   null where nothing is held. Areas without a value are not among them.
-- Relies on: pk_indicator_values.
SELECT
    array_agg(CAST(v.code AS char(40))) AS codes,
    array_agg(CAST(p.place AS integer)) AS places,
    array_agg(v.value) AS values
FROM unnest(CAST(:numbers AS integer[]), CAST(:periods AS text[])) WITH ORDINALITY AS p (number, period, place)
JOIN indicator_values AS v ON v.number = p.number AND v.period = p.period
WHERE v.state = 'value'
