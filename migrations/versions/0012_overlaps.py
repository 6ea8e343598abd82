"""footprints, and how much two layers share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_footprints()
    _create_overlaps()


def _create_footprints() -> None:
    op.create_geospatial_table(
        "footprints",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("as_at", sa.Date(), nullable=True, comment="the day that the codes are said for"),
        sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=27700,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("postcodes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False, comment="sha256 of the ground as said"),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('codes', 'outline', 'postcodes')", name=op.f("ck_footprints_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'codes') = (codes IS NOT NULL AND as_at IS NOT NULL)"
            " AND (kind = 'outline') = (geom IS NOT NULL)"
            " AND (kind = 'postcodes') = (postcodes IS NOT NULL)",
            name=op.f("ck_footprints_said_one_way"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_footprints")),
        sa.UniqueConstraint("digest", name=op.f("uq_footprints_digest")),
    )
    op.create_geospatial_index(
        "ix_footprints_geom",
        "footprints",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "footprint_tables",
        sa.Column("footprint_id", sa.BigInteger(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column(
            "tolerance_m",
            sa.Double(),
            nullable=False,
            comment="slivers thinner than this have no core",
        ),
        sa.Column("areas", sa.Integer(), nullable=False, comment="areas that meet the footprint"),
        sa.Column(
            "computed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["footprint_id"],
            ["footprints.id"],
            name=op.f("fk_footprint_tables_footprint_id_footprints"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_footprint_tables_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("footprint_id", "release_id", name=op.f("pk_footprint_tables")),
    )
    op.create_index(
        op.f("ix_footprint_tables_release_id"), "footprint_tables", ["release_id"], unique=False
    )
    op.create_table(
        "footprint_shares",
        sa.Column("footprint_id", sa.BigInteger(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "overlap_m2", sa.Double(), nullable=True, comment="null: a list of postcodes has no m²"
        ),
        sa.Column("area_share", sa.Double(), nullable=True, comment="share of the area, 0 to 1"),
        sa.Column("core_share", sa.Double(), nullable=True, comment="the same without slivers"),
        sa.Column("postcode_share", sa.Double(), nullable=True, comment="of its current postcodes"),
        sa.Column("people_share", sa.Double(), nullable=True, comment="of its people"),
        sa.ForeignKeyConstraint(
            ["footprint_id", "release_id"],
            ["footprint_tables.footprint_id", "footprint_tables.release_id"],
            name=op.f("fk_footprint_shares_footprint_id_footprint_tables"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "footprint_id", "release_id", "code", name=op.f("pk_footprint_shares")
        ),
    )
    op.create_index("ix_footprint_shares_code", "footprint_shares", ["code"], unique=False)


def _create_overlaps() -> None:
    op.create_table(
        "overlap_tables",
        sa.Column("release_a", sa.Text(), nullable=False),
        sa.Column("release_b", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "tolerance_m",
            sa.Double(),
            nullable=False,
            comment="what is thinner than this is a sliver",
        ),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False, comment="how long the computing took"),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('current', 'stale')", name=op.f("ck_overlap_tables_state")),
        sa.CheckConstraint(
            'release_a < release_b COLLATE "C"', name=op.f("ck_overlap_tables_each_pair_once")
        ),
        sa.ForeignKeyConstraint(
            ["release_a"],
            ["releases.id"],
            name=op.f("fk_overlap_tables_release_a_releases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["release_b"],
            ["releases.id"],
            name=op.f("fk_overlap_tables_release_b_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("release_a", "release_b", name=op.f("pk_overlap_tables")),
    )
    op.create_index(
        op.f("ix_overlap_tables_release_b"), "overlap_tables", ["release_b"], unique=False
    )
    op.create_table(
        "overlaps",
        sa.Column("release_a", sa.Text(), nullable=False),
        sa.Column("release_b", sa.Text(), nullable=False),
        sa.Column("code_a", sa.Text(), nullable=False),
        sa.Column("code_b", sa.Text(), nullable=False),
        sa.Column("overlap_m2", sa.Double(), nullable=False),
        sa.Column("share_of_a", sa.Double(), nullable=False),
        sa.Column("share_of_b", sa.Double(), nullable=False),
        sa.Column(
            "postcodes", sa.Integer(), nullable=True, comment="current postcodes in both areas"
        ),
        sa.Column("postcode_share_of_a", sa.Double(), nullable=True),
        sa.Column("postcode_share_of_b", sa.Double(), nullable=True),
        sa.Column("people_share_of_a", sa.Double(), nullable=True),
        sa.Column("people_share_of_b", sa.Double(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=False, comment="of a to b"),
        sa.CheckConstraint(
            "relation IN ('equals', 'covers', 'within', 'overlaps', 'touches')",
            name=op.f("ck_overlaps_relation"),
        ),
        sa.ForeignKeyConstraint(
            ["release_a", "release_b"],
            ["overlap_tables.release_a", "overlap_tables.release_b"],
            name=op.f("fk_overlaps_release_a_overlap_tables"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "release_a", "release_b", "code_a", "code_b", name=op.f("pk_overlaps")
        ),
    )
    op.create_index(
        "ix_overlaps_code_b", "overlaps", ["release_a", "release_b", "code_b"], unique=False
    )


def downgrade() -> None:
    op.drop_table("overlaps")
    op.drop_table("overlap_tables")
    op.drop_table("footprint_shares")
    op.drop_table("footprint_tables")
    op.drop_geospatial_table("footprints")
