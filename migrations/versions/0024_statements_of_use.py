"""Statements of use, and programmes whose places and allocations are their own record and come from no file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_OWN = "null: of the programme's own record"


def upgrade() -> None:
    for table in ("programme_areas", "programme_allocations"):
        op.alter_column(table, "file_id", existing_type=sa.Text(), nullable=True, comment=_OWN)
    op.create_table(
        "statements_of_use",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("partnership_slug", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("financial_year", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "words",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what people wrote, by section",
        ),
        sa.Column(
            "sign_off",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="roles and organisations, no person's name",
        ),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "figures",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="the statement as it was signed; never changed",
        ),
        sa.CheckConstraint("revision > 0", name=op.f("ck_statements_of_use_revision")),
        sa.CheckConstraint(
            "(signed_at IS NULL) = (figures IS NULL)", name=op.f("ck_statements_of_use_frozen")
        ),
        sa.ForeignKeyConstraint(
            ["partnership_slug"],
            ["partnerships.slug"],
            name=op.f("fk_statements_of_use_partnership_slug_partnerships"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name=op.f("fk_statements_of_use_programme_id_programmes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements_of_use")),
        sa.UniqueConstraint(
            "partnership_slug",
            "programme_id",
            "financial_year",
            "revision",
            name=op.f("uq_statements_of_use_revision"),
        ),
    )
    op.create_index(
        op.f("ix_statements_of_use_programme_id"), "statements_of_use", ["programme_id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_statements_of_use_programme_id"), "statements_of_use")
    op.drop_table("statements_of_use")
    # What stands in no file has no place in the tables of before.
    op.execute("DELETE FROM programme_areas WHERE file_id IS NULL")
    op.execute("DELETE FROM programme_allocations WHERE file_id IS NULL")
    for table in ("programme_areas", "programme_allocations"):
        op.alter_column(
            table,
            "file_id",
            existing_type=sa.Text(),
            nullable=False,
            existing_comment=_OWN,
            comment=None,
        )
