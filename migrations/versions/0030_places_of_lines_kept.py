"""A line's place in one word is kept beside it: a ledger groups by it and reads nothing else of most lines."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# The parts of a word stand between colons, which no code, postcode or slug holds: they are read back out of it.
_WORD = """
CASE place_kind
    WHEN 'postcode' THEN 'postcode:' || coalesce(place_postcode, '')
    WHEN 'point' THEN 'point:' || coalesce(encode(ST_AsEWKB(place_geom), 'hex'), '')
    WHEN 'partnership' THEN 'partnership:' || coalesce(partnership_slug, '')
    WHEN 'recipient' THEN
        'recipient:' || coalesce(recipient_postcode, '') || ':' || coalesce(recipient_lad, '')
    WHEN 'none' THEN 'none'
    ELSE
        place_kind || ':' || coalesce(place_type, '') || ':' || coalesce(place_code, '')
        || coalesce(':' || footprint_id::text, '')
END
"""
_BEFORE = """
CREATE FUNCTION place_key(line resource_lines) RETURNS text LANGUAGE sql STABLE AS $$
SELECT CASE line.place_kind
    WHEN 'postcode' THEN 'postcode:' || coalesce(line.place_postcode, '')
    WHEN 'point' THEN 'point:' || coalesce(ST_AsEWKB(line.place_geom)::text, '')
    WHEN 'partnership' THEN 'partnership:' || coalesce(line.partnership_slug, '')
    WHEN 'recipient' THEN
        'recipient:' || coalesce(line.recipient_postcode, '') || ':' || coalesce(line.recipient_lad, '')
    WHEN 'none' THEN 'none'
    ELSE
        line.place_kind || ':' || coalesce(line.place_type, '') || ':' || coalesce(line.place_code, '')
        || coalesce(':' || line.footprint_id::text, '')
END
$$
"""


def upgrade() -> None:
    """Keep the word; the function that made it each time goes."""
    op.execute("DROP FUNCTION place_key(resource_lines)")
    op.execute(
        f"ALTER TABLE resource_lines ADD COLUMN place_key text GENERATED ALWAYS AS ({_WORD}) STORED"
    )


def downgrade() -> None:
    """Make the word each time again."""
    op.execute("ALTER TABLE resource_lines DROP COLUMN place_key")
    op.execute(_BEFORE)
