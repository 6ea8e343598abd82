"""what partnerships agreed to do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planned_actions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("partnership_slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column(
            "owner", sa.Text(), nullable=False, comment="an organisation or a role, never a person"
        ),
        sa.Column(
            "neighbourhoods",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="slugs; none: the whole partnership",
        ),
        sa.Column(
            "targets", postgresql.ARRAY(sa.Text()), nullable=False, comment="ids of what it serves"
        ),
        sa.Column(
            "programmes",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="ids of what pays for it",
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="planned", nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="goes up with every write",
        ),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'under way', 'done', 'dropped')",
            name=op.f("ck_planned_actions_status"),
        ),
        sa.CheckConstraint("starts_on <= due_on", name=op.f("ck_planned_actions_in_time")),
        sa.ForeignKeyConstraint(
            ["partnership_slug"],
            ["partnerships.slug"],
            name=op.f("fk_planned_actions_partnership_slug_partnerships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_actions")),
    )
    op.create_index(
        op.f("ix_planned_actions_partnership_slug"), "planned_actions", ["partnership_slug"]
    )


def downgrade() -> None:
    op.drop_table("planned_actions")
