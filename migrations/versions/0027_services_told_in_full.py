"""Services say who gives them, when, and under which terms of a taxonomy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def _service() -> tuple[sa.Column, ...]:
    return (
        sa.Column(
            "organisation", sa.Text(), nullable=True, comment="that gives it; never a person"
        ),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=True, comment="when it is open, in words"),
        sa.Column(
            "terms", postgresql.ARRAY(sa.Text()), nullable=True, comment="of its source's taxonomy"
        ),
    )


def upgrade() -> None:
    for column in _service():
        op.add_column("services", column)


def downgrade() -> None:
    for column in reversed(_service()):
        op.drop_column("services", column.name)
