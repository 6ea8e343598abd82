"""indicators, their periods and their values: suppressed, missing and zero kept apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Values go with their indicator. A foreign key would check each of millions of rows as it is copied in,
# which is two thirds of the time of a load.
FORGET = """
CREATE FUNCTION forget_indicator_values() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM indicator_values WHERE number = OLD.number;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "indicators",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column(
            "denominator",
            sa.Text(),
            nullable=True,
            comment="what it is a share of: an indicator's id, or words",
        ),
        sa.Column("area_type", sa.Text(), nullable=False),
        sa.Column("area_set", sa.Text(), nullable=False, comment="lsoa-2021, wd-2017, lad-2021 …"),
        sa.Column(
            "release_id",
            sa.Text(),
            nullable=False,
            comment="the release that draws its areas; empty where none does",
        ),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Text(), nullable=True, comment="what part it holds; null: all"),
        sa.Column("partnership_slug", sa.Text(), nullable=True, comment="null: published data"),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False, comment="upload: a file of a user's"),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows_in", sa.Integer(), nullable=False),
        sa.Column("rows_stored", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("rows_elsewhere", sa.Integer(), nullable=False),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "direction IN ('higher-is-worse', 'lower-is-worse', 'neither')",
            name=op.f("ck_indicators_direction"),
        ),
        sa.CheckConstraint(
            "nature IN ('extensive', 'intensive')", name=op.f("ck_indicators_nature")
        ),
        sa.CheckConstraint(
            "rows_in = rows_stored + rows_refused + rows_elsewhere",
            name=op.f("ck_indicators_nothing_lost"),
        ),
        sa.ForeignKeyConstraint(
            ["partnership_slug"],
            ["partnerships.slug"],
            name=op.f("fk_indicators_partnership_slug_partnerships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators")),
        sa.UniqueConstraint("number", name=op.f("uq_indicators_number")),
    )
    op.create_index("ix_indicators_dataset_id", "indicators", ["dataset_id"], unique=False)
    op.create_table(
        "indicator_periods",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("values_held", sa.Integer(), nullable=False),
        sa.Column("suppressed", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("ranked", sa.Integer(), nullable=False, comment="areas that have a rank: N"),
        sa.Column(
            "rank_basis", sa.Text(), nullable=True, comment="published or computed; null: no ranks"
        ),
        sa.Column("lowest", sa.Double(), nullable=True),
        sa.Column("highest", sa.Double(), nullable=True),
        sa.Column(
            "carried_from",
            sa.Text(),
            nullable=True,
            comment="the earlier period that all of it repeats: no measurement of its own",
        ),
        sa.Column(
            "repeated_share",
            sa.Double(),
            nullable=True,
            comment="of the areas with a value, how many have that of the period before",
        ),
        sa.CheckConstraint(
            "rank_basis IN ('published', 'computed')", name=op.f("ck_indicator_periods_rank_basis")
        ),
        sa.ForeignKeyConstraint(
            ["number"],
            ["indicators.number"],
            name=op.f("fk_indicator_periods_number_indicators"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", "period", name=op.f("pk_indicator_periods")),
    )
    op.create_table(
        "indicator_values",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True, comment="1 = worst; ties take the lowest"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "carried_from", sa.Text(), nullable=True, comment="the earlier period that it repeats"
        ),
        sa.CheckConstraint(
            "state IN ('value', 'suppressed', 'missing')", name=op.f("ck_indicator_values_state")
        ),
        sa.CheckConstraint(
            "(state = 'value') = (value IS NOT NULL)", name=op.f("ck_indicator_values_known")
        ),
        sa.PrimaryKeyConstraint("number", "period", "code", name=op.f("pk_indicator_values")),
    )
    op.execute(FORGET)
    op.execute(
        "CREATE TRIGGER forget_values AFTER DELETE ON indicators"
        " FOR EACH ROW EXECUTE FUNCTION forget_indicator_values()"
    )


def downgrade() -> None:
    # Their figures go with their tables: the next load reads these files again, although their bytes are the same.
    op.execute(
        "UPDATE dataset_loads SET sha256 = '' WHERE dataset_id IN (SELECT dataset_id FROM indicators)"
    )
    op.execute("DROP TRIGGER forget_values ON indicators")
    op.execute("DROP FUNCTION forget_indicator_values()")
    op.drop_table("indicator_values")
    op.drop_table("indicator_periods")
    op.drop_index("ix_indicators_dataset_id", table_name="indicators")
    op.drop_table("indicators")
