-- Question: at which published rank does each of some levels stand among an edition's areas?
-- Parameters: :index_ids, :measures, :levels: arrays in one order.
-- Columns: place (counts from 1), rank: of the first area whose score is not higher; null below all.
-- Relies on: ix_index_values_measure, read from the worst area on until one is found.
SELECT asked.place, found.rank
FROM unnest(
    CAST(:index_ids AS text[]), CAST(:measures AS text[]), CAST(:levels AS float8[])
) WITH ORDINALITY AS asked (index_id, measure, level, place)
LEFT JOIN LATERAL (
    SELECT v.rank
    FROM index_values AS v
    WHERE v.index_id = asked.index_id
      AND v.measure = asked.measure
      AND v.score <= asked.level
    ORDER BY v.rank
    LIMIT 1
) AS found ON true
ORDER BY asked.place
