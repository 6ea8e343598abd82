"""who manages a neighbourhood, what is agreed for it, which money it decides on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def _of_neighbourhood() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("neighbourhood", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "revision", sa.Integer(), server_default="1", nullable=False,
            comment="goes up with every write",
        ),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
    ]  # fmt: skip


def _keys(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["neighbourhood"], ["neighbourhoods.slug"], ondelete="CASCADE",
            name=op.f(f"fk_{table}_neighbourhood_neighbourhoods"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "neighbourhood_managers",
        *_of_neighbourhood(),
        sa.Column("role", sa.Text(), nullable=False, comment="the post, never a person's name"),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_neighbourhood_managers_in_time")),
        *_keys("neighbourhood_managers"),
    )
    op.create_table(
        "service_agreements",
        *_of_neighbourhood(),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False, comment="an organisation"),
        sa.Column("standard", sa.Text(), nullable=False, comment="what is promised, in words"),
        sa.Column("measure", sa.Text(), nullable=True, comment="how it is told whether it is kept"),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="agreed", nullable=False),
        sa.CheckConstraint("starts_on <= review_on", name=op.f("ck_service_agreements_in_time")),
        sa.CheckConstraint(
            "status IN ('proposed', 'agreed', 'under review', 'ended')",
            name=op.f("ck_service_agreements_status"),
        ),
        *_keys("service_agreements"),
    )
    op.create_table(
        "devolved_budgets",
        *_of_neighbourhood(),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.Text(), nullable=True),
        sa.Column("financial_year", sa.Text(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False, comment="a body or a post"),
        sa.CheckConstraint(
            "amount_pence >= 0", name=op.f("ck_devolved_budgets_not_below_nothing")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], ondelete="SET NULL",
            name=op.f("fk_devolved_budgets_programme_id_programmes"),
        ),
        *_keys("devolved_budgets"),
    )  # fmt: skip
    for table in ("neighbourhood_managers", "service_agreements", "devolved_budgets"):
        op.create_index(op.f(f"ix_{table}_neighbourhood"), table, ["neighbourhood"])
    op.create_index(op.f("ix_devolved_budgets_programme_id"), "devolved_budgets", ["programme_id"])


def downgrade() -> None:
    for table in ("devolved_budgets", "service_agreements", "neighbourhood_managers"):
        op.drop_table(table)
