-- Question: which grants pass on a grant that they name as related, its recipient being their funder?
-- Parameters: file_id: only grants of this file, and grants that name one of it.
-- Writes resource_lines.role; lines that state a role of their own (plain tables, refunds) are left.
-- Names are compared without regard to case and to how many blanks part the words.
-- Relies on: ix_resource_lines_file_id, ix_resource_lines_identifier, ix_resource_lines_related_identifier.
WITH pairs AS (
    SELECT child.id
    FROM resource_lines AS child
    JOIN resource_lines AS parent ON parent.identifier = child.related_identifier
    WHERE child.file_id = CAST(:file_id AS text)
      AND child.role = 'award'
      AND parent.demo = child.demo
      AND regexp_replace(lower(btrim(parent.recipient)), '\s+', ' ', 'g')
          = regexp_replace(lower(btrim(child.funder)), '\s+', ' ', 'g')
    UNION
    SELECT child.id
    FROM resource_lines AS parent
    JOIN resource_lines AS child ON child.related_identifier = parent.identifier
    WHERE parent.file_id = CAST(:file_id AS text)
      AND child.role = 'award'
      AND child.demo = parent.demo
      AND regexp_replace(lower(btrim(parent.recipient)), '\s+', ' ', 'g')
          = regexp_replace(lower(btrim(child.funder)), '\s+', ' ', 'g')
)
UPDATE resource_lines AS l
SET role = 'regrant'
FROM resource_files AS f
WHERE f.id = l.file_id
  AND f.kind = '360giving'
  AND l.id IN (SELECT pairs.id FROM pairs)
