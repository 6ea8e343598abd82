"""areas that are planned, added by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="who says so, and where"),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_plans")),
    )
    op.create_table(
        "planned_areas",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "made_of",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="codes of the areas that end when it begins",
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_planned_areas_life")),
        sa.ForeignKeyConstraint(
            ["plan"], ["plans.slug"], name=op.f("fk_planned_areas_plan_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_planned_areas")),
    )
    op.create_index(op.f("ix_planned_areas_plan"), "planned_areas", ["plan"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_planned_areas_plan"), table_name="planned_areas")
    op.drop_table("planned_areas")
    op.drop_table("plans")
