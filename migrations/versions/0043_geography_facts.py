"""What is known of all served releases in sum, for a process that has just begun."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "geography_facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "mark", sa.Text(), nullable=False, comment="how often the geography had changed"
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="JSON"),
        sa.Column("kept_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_geography_facts")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("geography_facts")
