-- Question: is any line of one stage stated for an estate?
-- Parameters: stage, demo.
-- Columns: is_stated.
-- Relies on: ix_resource_lines_footprint_id.
SELECT EXISTS (
    SELECT 1
    FROM resource_lines AS l
    WHERE l.footprint_id IS NOT NULL AND l.place_kind = 'estate' AND l.stage = :stage AND l.demo = :demo
) AS is_stated
