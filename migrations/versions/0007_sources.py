"""sources: fetches and loads, checks of releases, the day rule, disputed lookups, tokens that expire."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# For each span of days in which one set of areas of a type is alive, and each release of the type:
# how many of those areas it does not draw, and how many it draws beside them.
REFRESH = """
CREATE FUNCTION refresh_release_days(of_type text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM release_days AS d USING releases AS r
    WHERE r.id = d.release_id AND r.area_type = of_type;

    INSERT INTO release_days (release_id, from_day, to_day, missing, extra)
    WITH turns AS (
        SELECT demo, DATE '0001-01-01' AS day FROM releases WHERE area_type = of_type
        UNION
        SELECT demo, valid_from FROM areas WHERE type = of_type AND valid_from IS NOT NULL
        UNION
        SELECT demo, valid_to FROM areas WHERE type = of_type AND valid_to IS NOT NULL
    ),
    spans AS (
        SELECT
            demo,
            day AS from_day,
            lead(day, 1, DATE '9999-12-31') OVER (PARTITION BY demo ORDER BY day) AS to_day
        FROM turns
    ),
    alive AS (
        SELECT s.demo, s.from_day, count(a.code) AS living
        FROM spans AS s
        LEFT JOIN areas AS a
            ON a.type = of_type AND a.demo = s.demo
            AND (a.valid_from IS NULL OR a.valid_from <= s.from_day)
            AND (a.valid_to IS NULL OR a.valid_to > s.from_day)
        GROUP BY s.demo, s.from_day
    ),
    drawn AS (
        SELECT
            r.id,
            r.demo,
            s.from_day,
            count(*) FILTER (
                WHERE (a.valid_from IS NULL OR a.valid_from <= s.from_day)
                  AND (a.valid_to IS NULL OR a.valid_to > s.from_day)
            ) AS living,
            count(a.code) AS in_all
        FROM releases AS r
        JOIN spans AS s ON s.demo = r.demo
        JOIN boundaries AS b ON b.release_id = r.id
        JOIN areas AS a ON a.code = b.code AND a.type = of_type
        WHERE r.area_type = of_type
        GROUP BY r.id, r.demo, s.from_day
    )
    SELECT
        r.id,
        s.from_day,
        s.to_day,
        alive.living - coalesce(drawn.living, 0),
        coalesce(drawn.in_all - drawn.living, 0)
    FROM releases AS r
    JOIN spans AS s ON s.demo = r.demo
    JOIN alive ON alive.demo = s.demo AND alive.from_day = s.from_day
    LEFT JOIN drawn ON drawn.id = r.id AND drawn.from_day = s.from_day
    WHERE r.area_type = of_type;
$$
"""

# CONTRACT, codes and dates: on a day one coherent layer draws the areas alive. First the served
# releases whose set of codes is exactly the set alive, the finest outlines first, then the nearest
# in date; then a temporal set that draws them all; where neither is loaded, the release that leaves
# fewest undrawn.
LAYER_ON = """
CREATE FUNCTION layer_on(of_type text, on_day date, is_demo boolean)
RETURNS TABLE (
    id text, published_on date, quality text, tolerance_m double precision, partial boolean,
    temporal boolean, attribution text, missing integer, is_exact boolean
) LANGUAGE sql STABLE AS $$
    SELECT
        r.id,
        r.published_on,
        r.quality,
        r.tolerance_m,
        r.partial,
        r.temporal,
        r.attribution,
        coalesce(d.missing, 0),
        coalesce(d.missing, 0) = 0 AND (r.temporal OR coalesce(d.extra, 0) = 0)
    FROM releases AS r
    LEFT JOIN release_days AS d
        ON d.release_id = r.id AND d.from_day <= on_day AND on_day < d.to_day
    WHERE r.state = 'served'
      AND r.area_type = of_type
      AND r.demo = is_demo
    ORDER BY
        CASE
            WHEN coalesce(d.missing, 0) > 0 THEN 2
            WHEN r.temporal THEN 1
            WHEN coalesce(d.extra, 0) > 0 THEN 2
            ELSE 0
        END,
        coalesce(d.missing, 0),
        r.tolerance_m,
        abs(r.published_on - on_day),
        r.id
    LIMIT 1
$$
"""


def upgrade() -> None:
    op.create_table(
        "dataset_fetches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "fetched_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_fetches")),
    )
    op.create_index(
        op.f("ix_dataset_fetches_dataset_id"), "dataset_fetches", ["dataset_id"], unique=False
    )
    op.create_table(
        "dataset_loads",
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column(
            "sha256",
            sa.Text(),
            nullable=False,
            comment="of the file, or of the files read together",
        ),
        sa.Column("rows_in", sa.Integer(), nullable=False),
        sa.Column("rows_stored", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column(
            "rows_elsewhere",
            sa.Integer(),
            nullable=False,
            comment="read, and left out as not of this place",
        ),
        sa.Column(
            "partial", sa.Boolean(), nullable=False, comment="true: loaded for some places only"
        ),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "rows_in = rows_stored + rows_refused + rows_elsewhere",
            name=op.f("ck_dataset_loads_nothing_lost"),
        ),
        sa.PrimaryKeyConstraint("dataset_id", name=op.f("pk_dataset_loads")),
    )
    op.create_table(
        "dataset_findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True, comment="position in the file, from 1"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["dataset_loads.dataset_id"],
            name=op.f("fk_dataset_findings_dataset_id_dataset_loads"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_findings")),
    )
    op.create_index(
        op.f("ix_dataset_findings_dataset_id"), "dataset_findings", ["dataset_id"], unique=False
    )
    op.create_table(
        "lookup_disagreements",
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("child_code", sa.Text(), nullable=False),
        sa.Column("parent_type", sa.Text(), nullable=False),
        sa.Column("lookup_parent", sa.Text(), nullable=False),
        sa.Column("outline_parent", sa.Text(), nullable=True),
        sa.Column(
            "lookup_share",
            sa.Float(),
            nullable=False,
            comment="share of the child's area in lookup_parent",
        ),
        sa.Column(
            "outline_share", sa.Float(), nullable=False, comment="the same in outline_parent"
        ),
        sa.Column("child_release", sa.Text(), nullable=False),
        sa.Column("parent_release", sa.Text(), nullable=False),
        sa.Column("used", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "used IN ('lookup', 'outline')", name=op.f("ck_lookup_disagreements_used")
        ),
        sa.PrimaryKeyConstraint(
            "lookup", "child_code", "parent_type", name=op.f("pk_lookup_disagreements")
        ),
    )
    op.create_table(
        "release_days",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False, comment="the first day after the span"),
        sa.Column(
            "missing", sa.Integer(), nullable=False, comment="areas alive that it does not draw"
        ),
        sa.Column(
            "extra", sa.Integer(), nullable=False, comment="areas it draws that are not alive"
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_release_days_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("release_id", "from_day", name=op.f("pk_release_days")),
    )
    op.add_column(
        "releases",
        sa.Column(
            "temporal",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="true: draws areas of many years, of which a day shows those alive",
        ),
    )
    op.add_column(
        "releases",
        sa.Column(
            "checks",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
            comment="what was checked before serving: check, seen, wanted, passed",
        ),
    )
    op.drop_constraint(op.f("ck_releases_state"), "releases", type_="check")
    op.create_check_constraint(
        op.f("ck_releases_state"),
        "releases",
        "state IN ('loaded', 'checked', 'served', 'withdrawn')",
    )
    op.create_unique_constraint(
        op.f("uq_releases_area_type_published_on_resolution_demo"),
        "releases",
        ["area_type", "published_on", "resolution", "demo"],
    )
    op.add_column(
        "tokens",
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="null: made before tokens expired",
        ),
    )
    op.execute(REFRESH)
    op.execute(LAYER_ON)
    op.execute(
        "SELECT refresh_release_days(area_type) FROM (SELECT DISTINCT area_type FROM releases) AS r"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION layer_on(text, date, boolean)")
    op.execute("DROP FUNCTION refresh_release_days(text)")
    op.drop_column("tokens", "expires_at")
    op.drop_constraint(
        op.f("uq_releases_area_type_published_on_resolution_demo"), "releases", type_="unique"
    )
    op.execute("UPDATE releases SET state = 'loaded' WHERE state = 'checked'")
    op.drop_constraint(op.f("ck_releases_state"), "releases", type_="check")
    op.create_check_constraint(
        op.f("ck_releases_state"), "releases", "state IN ('loaded', 'served', 'withdrawn')"
    )
    op.drop_column("releases", "checks")
    op.drop_column("releases", "temporal")
    op.drop_table("release_days")
    op.drop_table("lookup_disagreements")
    op.drop_index(op.f("ix_dataset_findings_dataset_id"), table_name="dataset_findings")
    op.drop_table("dataset_findings")
    op.drop_table("dataset_loads")
    op.drop_index(op.f("ix_dataset_fetches_dataset_id"), table_name="dataset_fetches")
    op.drop_table("dataset_fetches")
