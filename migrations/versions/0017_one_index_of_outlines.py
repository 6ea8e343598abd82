"""one index of outlines: boxes of degrees are carried to metres, so the copies in degrees need none."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_boundaries_geom_wgs84", table_name="boundaries")


def downgrade() -> None:
    op.create_index(
        "ix_boundaries_geom_wgs84", "boundaries", ["geom_wgs84"], postgresql_using="gist"
    )
