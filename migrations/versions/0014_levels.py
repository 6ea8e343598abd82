"""outlines simplified on shared arcs, what a layer's borders are like, and its own tolerance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The columns of 0008 as they were; what is measured comes after them.
LAYERS = """
CREATE OR REPLACE VIEW gis.layers AS
SELECT
    l.type,
    l.release,
    l.title,
    l.published_on,
    l.quality,
    l.tolerance_m,
    l.partial,
    l.missing,
    l.is_exact,
    l.publisher,
    l.licence,
    l.attribution,
    l.demo{measured}
FROM gis.layers_on(gis.today()) AS l{joined}
"""
MEASURED = """,
    r.own_tolerance_m,
    t.gaps,
    t.gaps_m2,
    t.overlaps,
    t.overlaps_m2"""
JOINED = """
JOIN releases AS r ON r.id = l.release
LEFT JOIN release_topology AS t
    ON t.release_id = l.release
    AND (t.from_day IS NULL OR t.from_day <= gis.today())
    AND (t.to_day IS NULL OR t.to_day > gis.today())"""
COMMENTS = {
    "own_tolerance_m": "tolerance to judge it by, metres: stated, or three times its slivers; null: not measured",
    "gaps": "holes of over 1 m² between its areas; null: it does not cover the land",
    "gaps_m2": "square metres of those holes together",
    "overlaps": "pairs of its areas that share over 1 m²",
    "overlaps_m2": "square metres that those pairs share together",
}

# As 0008 gives it: the role exists in a private cluster alone.
GRANT = """
DO $$
BEGIN
    IF to_regrole('bounds_ro') IS NOT NULL THEN
        GRANT SELECT ON gis.layers TO bounds_ro;
    END IF;
END
$$
"""


def upgrade() -> None:
    op.add_column(
        "releases",
        sa.Column(
            "own_tolerance_m",
            sa.Float(),
            nullable=True,
            comment="max(stated, 3 x p99 of slivers), metres; null: not measured",
        ),
    )
    op.add_column(
        "releases",
        sa.Column(
            "sliver_p99_m",
            sa.Float(),
            nullable=True,
            comment="99th percentile of the width of its slivers, metres",
        ),
    )
    op.add_column(
        "releases",
        sa.Column(
            "measured_against",
            sa.Text(),
            nullable=True,
            comment="the release of districts that its slivers were measured against",
        ),
    )
    op.create_table(
        "release_topology",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column(
            "from_day",
            sa.Date(),
            nullable=True,
            comment="first day of the span that a temporal set is judged for; null: since ever",
        ),
        sa.Column("to_day", sa.Date(), nullable=True, comment="first day after it; null: no end"),
        sa.Column("areas", sa.Integer(), nullable=False),
        sa.Column(
            "faulty",
            sa.Integer(),
            nullable=False,
            comment="areas with an edge that does not match its neighbour's",
        ),
        sa.Column(
            "gaps",
            sa.Integer(),
            nullable=True,
            comment="holes over 1 m² between areas; null: the type does not cover the land",
        ),
        sa.Column("gaps_m2", sa.Float(), nullable=True),
        sa.Column("overlaps", sa.Integer(), nullable=False, comment="pairs that share over 1 m²"),
        sa.Column("overlaps_m2", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_release_topology_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_topology")),
    )
    op.create_index(
        op.f("ix_release_topology_release_id"), "release_topology", ["release_id"], unique=False
    )
    op.create_table(
        "mended_areas",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("taken_m2", sa.Float(), nullable=False, comment="gained by the mending"),
        sa.Column("given_m2", sa.Float(), nullable=False, comment="lost by the mending"),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_mended_areas_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("release_id", "code", name=op.f("pk_mended_areas")),
    )
    op.create_table(
        "release_levels",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("tolerance_m", sa.Float(), nullable=False),
        sa.Column("areas", sa.Integer(), nullable=False),
        sa.Column("corners", sa.Integer(), nullable=False),
        sa.Column(
            "held",
            sa.Integer(),
            nullable=False,
            comment="areas drawn finer than the tolerance, because they are small",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_release_levels_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("release_id", "tolerance_m", name=op.f("pk_release_levels")),
    )
    op.create_geospatial_table(
        "boundary_levels",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column(
            "tolerance_m",
            sa.Float(),
            nullable=False,
            comment="square root of the area of the corners that were dropped",
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "geom_wgs84",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["release_id", "tolerance_m"],
            ["release_levels.release_id", "release_levels.tolerance_m"],
            name=op.f("fk_boundary_levels_release_id_release_levels"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "release_id", "tolerance_m", "code", name=op.f("pk_boundary_levels")
        ),
    )
    # As boundaries (0010): coordinates hardly compress, and a simple outline fits into its row.
    op.execute("ALTER TABLE boundary_levels ALTER COLUMN geom_wgs84 SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE boundary_levels SET (toast_tuple_target = 8160)")
    op.execute(LAYERS.format(measured=MEASURED, joined=JOINED))
    for column, words in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN gis.layers.{column} IS '{words}'")


def downgrade() -> None:
    # A view cannot lose columns in place; nothing in gis reads this one.
    op.execute("DROP VIEW gis.layers")
    op.execute(LAYERS.format(measured="", joined=""))
    op.execute(GRANT)
    op.drop_geospatial_table("boundary_levels")
    op.drop_table("release_levels")
    op.drop_table("mended_areas")
    op.drop_index(op.f("ix_release_topology_release_id"), table_name="release_topology")
    op.drop_table("release_topology")
    op.drop_column("releases", "measured_against")
    op.drop_column("releases", "sliver_p99_m")
    op.drop_column("releases", "own_tolerance_m")
