"""finished features are found by the box they lie in: without outlines, and among those of their own set alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was finished before has no boxes: the first that asks has it finished anew."""
    op.add_column(
        "feature_sets",
        sa.Column(
            "strip", sa.Integer(), sa.Identity(), nullable=False,
            comment="its features' boxes lie this many strips further east",
        ),
    )  # fmt: skip
    op.execute("ALTER TABLE feature_texts ADD COLUMN reach box")
    op.execute(
        "COMMENT ON COLUMN feature_texts.reach IS"
        " 'of an area''s outline, in degrees, carried into the strip of its set'"
    )
    op.create_index("ix_feature_texts_reach", "feature_texts", ["reach"], postgresql_using="gist")


def downgrade() -> None:
    op.drop_index("ix_feature_texts_reach", table_name="feature_texts")
    op.drop_column("feature_texts", "reach")
    op.drop_column("feature_sets", "strip")
