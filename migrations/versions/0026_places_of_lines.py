"""A line's place in one word, by which lines of one place are told at once; refused rows keep their amount."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# Told apart by what each kind of place is known by: a whole row as text would cost three times as much.
_PLACE_KEY = """
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
    """Name places; keep what a refused row asked for, where it could be read."""
    op.execute(_PLACE_KEY)
    op.add_column(
        "resource_refusals",
        sa.Column(
            "amount_pence",
            sa.BigInteger(),
            nullable=True,
            comment="of the row, on one of its faults; null where it could not be read",
        ),
    )
    op.add_column(
        "resource_refusals",
        sa.Column("currency", sa.Text(), nullable=True, comment="of amount_pence"),
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_column("resource_refusals", "currency")
    op.drop_column("resource_refusals", "amount_pence")
    op.execute("DROP FUNCTION place_key(resource_lines)")
