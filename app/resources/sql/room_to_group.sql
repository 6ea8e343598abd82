-- Question: none; tells the planner how the next statements of this transaction may join.
-- Parameters: otherwise ('off': by hashing alone; 'on': as it likes), memory.
-- Columns: the memory as it was before, then the settings. The planner knows nothing of how many places lines state, and of a table just
--   filled nothing at all: it would sort every line by its place, or compare each place with each.
-- Relies on: nothing.
SELECT
    current_setting('work_mem') AS memory_before,
    set_config('work_mem', :memory, true),
    set_config('enable_mergejoin', :otherwise, true),
    set_config('enable_nestloop', :otherwise, true)
