"""other codes and names of areas, the days a lookup answers for, and how a share of people was found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# What these datasets tell has grown (districts of each year, regions, the days that a lookup answers
# for): the next load reads them again, although their bytes are those that are here.
READ_AGAIN = """
    DELETE FROM dataset_loads WHERE dataset_id IN (
        'lad-all-codes', 'lad-changes-2014-2025', 'local-authority-register', 'ltla23-utla23',
        'ltla24-rgn24', 'ltla23-cauth23', 'lsoa11-msoa11-lad18-21', 'lsoa21-msoa21-lad22-wd24',
        'lsoa11-wd19-lad19', 'lsoa11-lsoa21-lad22', 'lsoa11-par-2019', 'parish-names-2020-12',
        'lsoa01-lsoa11', 'lsoa01-lad07', 'oa11-lsoa11-msoa11-lad11', 'lsoa11-wd17', 'wd19-lad19',
        'wd23-lad23', 'wd11-wd22'
    )
"""


def upgrade() -> None:
    op.create_table(
        "area_codes",
        sa.Column(
            "scheme", sa.Text(), nullable=False, comment="old-ons, gss-former, nhs, register, …"
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scheme", "code", "area_code", name=op.f("pk_area_codes")),
    )
    op.create_index("ix_area_codes_code", "area_codes", ["code"], unique=False)
    op.create_index("ix_area_codes_area_code", "area_codes", ["area_code"], unique=False)
    op.create_table(
        "area_names",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "until",
            sa.Date(),
            nullable=True,
            comment="the first day without the name; null: no list says",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('former', 'also', 'welsh', 'local')", name=op.f("ck_area_names_kind")
        ),
        sa.PrimaryKeyConstraint("area_code", "name", "kind", name=op.f("pk_area_names")),
    )
    op.create_index("ix_area_names_name", "area_names", ["name"], unique=False)
    op.add_column(
        "memberships",
        sa.Column(
            "from_day",
            sa.Date(),
            nullable=True,
            comment="first day that the lookup answers for; null: open",
        ),
    )
    op.add_column(
        "memberships",
        sa.Column(
            "to_day",
            sa.Date(),
            nullable=True,
            comment="first day that it no longer does; null: open",
        ),
    )
    op.create_check_constraint(op.f("ck_memberships_span"), "memberships", "from_day < to_day")
    op.add_column(
        "successions",
        sa.Column("method", sa.Text(), nullable=True, comment="how the share was found"),
    )
    op.execute(READ_AGAIN)


def downgrade() -> None:
    op.drop_column("successions", "method")
    op.drop_constraint(op.f("ck_memberships_span"), "memberships", type_="check")
    op.drop_column("memberships", "to_day")
    op.drop_column("memberships", "from_day")
    op.drop_index("ix_area_names_name", table_name="area_names")
    op.drop_table("area_names")
    op.drop_index("ix_area_codes_area_code", table_name="area_codes")
    op.drop_index("ix_area_codes_code", table_name="area_codes")
    op.drop_table("area_codes")
