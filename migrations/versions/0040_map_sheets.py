"""outlines laid out for maps: in metres of the map, each level of a release by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from boundaries.box_type import Box

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is laid out yet: `bounds releases warm ID --commit` does it; until then tiles are drawn as before."""
    op.create_table(
        "map_sheets",
        sa.Column(
            "id", sa.Integer(), sa.Identity(), primary_key=True,
            comment="its boxes lie this many strips further east",
        ),
        sa.Column(
            "release_id", sa.Text(), sa.ForeignKey("releases.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("tolerance_m", sa.Double(), nullable=False),
        sa.Column(
            "made_of", sa.Text(), nullable=False, comment="digest of all that the outlines follow from"
        ),
        sa.UniqueConstraint("release_id", "tolerance_m"),
    )  # fmt: skip
    op.create_table(
        "map_shapes",
        sa.Column(
            "sheet", sa.Integer(), sa.ForeignKey("map_sheets.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "reach", Box(), nullable=False,
            comment="of the outline, in metres of the map, carried into the strip of its sheet",
        ),
        sa.Column(
            "geom", Geometry("MULTIPOLYGON", srid=3857, spatial_index=False), nullable=False
        ),
    )  # fmt: skip
    # Uncompressed, and in its row up to a page of the table: outlines are read by the thousand.
    op.execute("ALTER TABLE map_shapes ALTER COLUMN geom SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE map_shapes SET (toast_tuple_target = 8160)")
    op.create_index("ix_map_shapes_reach", "map_shapes", ["reach"], postgresql_using="gist")


def downgrade() -> None:
    op.drop_table("map_shapes")
    op.drop_table("map_sheets")
