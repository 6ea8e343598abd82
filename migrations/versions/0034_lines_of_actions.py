"""the lines of money that an action draws on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No action that is kept already draws on a line that it named."""
    op.add_column(
        "planned_actions",
        sa.Column(
            "lines",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="ids of lines of money that pay for it",
        ),
    )


def downgrade() -> None:
    op.drop_column("planned_actions", "lines")
