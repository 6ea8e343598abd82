"""features finished for the standard API: their text, and the outlines of what no release draws."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is finished yet: the first that asks, or `bounds releases warm`, has it made."""
    op.create_table(
        "feature_sets",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column(
            "release_id", sa.Text(), sa.ForeignKey("releases.id", ondelete="CASCADE"), index=True
        ),
        sa.Column(
            "made_of", sa.Text(), nullable=False, comment="digest of all that the features say"
        ),
        sa.Column("features", sa.Integer(), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
    )
    op.create_table(
        "feature_texts",
        _set_id(),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("written", sa.Text(), nullable=False),
    )
    # Uncompressed: a page of a thousand is read in half the time, and most texts stay in their row.
    op.execute("ALTER TABLE feature_texts ALTER COLUMN written SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE feature_texts SET (toast_tuple_target = 8160)")
    op.create_table(
        "kept_features",
        _set_id(),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("properties", postgresql.JSONB(), nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=27700, spatial_index=False)),
        sa.Column("geom_wgs84", Geometry("GEOMETRY", srid=4326, spatial_index=False)),
    )
    op.create_index("ix_kept_features_geom", "kept_features", ["geom"], postgresql_using="gist")


def downgrade() -> None:
    op.drop_table("kept_features")
    op.drop_table("feature_texts")
    op.drop_table("feature_sets")


def _set_id() -> sa.Column[str]:
    return sa.Column(
        "set_id",
        sa.Text(),
        sa.ForeignKey("feature_sets.id", ondelete="CASCADE"),
        primary_key=True,
    )
