"""What was told of a region, for a process that has just begun."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "region_answers",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column(
            "mark", sa.Text(), nullable=False,
            comment="digest of the day, of all inputs and of all partnerships",
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="JSON"),
        sa.Column("kept_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("code", "stage", name=op.f("pk_region_answers")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("region_answers")
