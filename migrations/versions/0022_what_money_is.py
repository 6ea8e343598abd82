"""What a line of money is: its role, kind, deliverer, parts, programme and place on some ground."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_BASES = (
    "('population', 'households', 'worst-fifth', 'equal', 'area', 'raster-population', 'given')"
)


def _line() -> tuple[sa.Column, ...]:
    return (
        sa.Column(
            "deliverer", sa.Text(), nullable=True, comment="who spends it, where not the recipient"
        ),
        sa.Column("money_kind", sa.Text(), nullable=True),
        sa.Column(
            "role",
            sa.Text(),
            server_default="award",
            nullable=False,
            comment="award; regrant or match: of the line that related_identifier names; refund: below 0",
        ),
        sa.Column(
            "related_identifier", sa.Text(), nullable=True, comment="as the source writes it"
        ),
        sa.Column(
            "part_of",
            sa.Text(),
            nullable=True,
            comment="identifier of the row that states shares for several places; the line is one part",
        ),
        sa.Column(
            "part_share", sa.Text(), nullable=True, comment="the share as stated: 0.4 or 1/3"
        ),
        sa.Column("programme_id", sa.Text(), nullable=True),
        sa.Column(
            "estimate_basis",
            sa.Text(),
            nullable=True,
            comment="of this line, before its programme's",
        ),
        sa.Column("outcome", sa.Text(), nullable=True, comment="what it is said to have done"),
        sa.Column(
            "footprint_id",
            sa.BigInteger(),
            nullable=True,
            comment="the estate that it is stated for",
        ),
    )


def _programme() -> tuple[sa.Column, ...]:
    return (
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("money_kind", sa.Text(), nullable=True),
        sa.Column(
            "partnership_slug", sa.Text(), nullable=True, comment="whose own it is; null: published"
        ),
        sa.Column(
            "first_year", sa.Text(), nullable=True, comment="2001-02; lines lie in these years"
        ),
        sa.Column("last_year", sa.Text(), nullable=True),
        sa.Column("estimate_basis", sa.Text(), server_default="population", nullable=False),
    )


def upgrade() -> None:
    for column in _line():
        op.add_column("resource_lines", column)
    for column in _programme():
        op.add_column("programmes", column)
    op.create_foreign_key(
        op.f("fk_resource_lines_programme_id_programmes"),
        "resource_lines",
        "programmes",
        ["programme_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        op.f("fk_resource_lines_footprint_id_footprints"),
        "resource_lines",
        "footprints",
        ["footprint_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_programmes_partnership_slug_partnerships"),
        "programmes",
        "partnerships",
        ["partnership_slug"],
        ["slug"],
        ondelete="CASCADE",
    )
    for name in ("related_identifier", "programme_id", "footprint_id", "part_of"):
        op.create_index(op.f(f"ix_resource_lines_{name}"), "resource_lines", [name])
    op.create_index(op.f("ix_programmes_partnership_slug"), "programmes", ["partnership_slug"])
    for table, name, rule in _CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


_CHECKS = (
    ("resource_lines", "money_kind", "money_kind IN ('revenue', 'capital')"),
    ("resource_lines", "role", "role IN ('award', 'regrant', 'match', 'refund')"),
    ("resource_lines", "sign", "amount_pence = 0 OR (role = 'refund') = (amount_pence < 0)"),
    ("resource_lines", "estimate_basis", f"estimate_basis IN {_BASES}"),
    ("programmes", "money_kind", "money_kind IN ('revenue', 'capital')"),
    ("programmes", "estimate_basis", f"estimate_basis IN {_BASES}"),
)


def downgrade() -> None:
    for table, name, _ in reversed(_CHECKS):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.drop_index(op.f("ix_programmes_partnership_slug"), "programmes")
    for column in reversed(_programme()):
        op.drop_column("programmes", column.name)
    for column in reversed(_line()):
        op.drop_column("resource_lines", column.name)
