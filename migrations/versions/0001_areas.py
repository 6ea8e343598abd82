"""the geography: releases, areas, outlines, lookups, people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "areas",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "valid_from", sa.Date(), nullable=True, comment="null: since before the records begin"
        ),
        sa.Column(
            "valid_to",
            sa.Date(),
            nullable=True,
            comment="null: still alive; else the first day it is gone",
        ),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_areas_life")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_areas")),
    )
    op.create_index(op.f("ix_areas_name"), "areas", ["name"], unique=False)
    op.create_index(op.f("ix_areas_type"), "areas", ["type"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("child_code", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("parent_type", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column(
            "share",
            sa.Double(),
            nullable=False,
            comment="share of the child, 0 to 1; 1 for exact and best fit",
        ),
        sa.CheckConstraint("method IN ('exact', 'best-fit')", name=op.f("ck_memberships_method")),
        sa.PrimaryKeyConstraint("child_code", "parent_code", "lookup", name=op.f("pk_memberships")),
    )
    op.create_index(
        "ix_memberships_parent_code", "memberships", ["parent_code", "child_code"], unique=False
    )
    op.create_geospatial_table(
        "postcodes",
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("easting", sa.Integer(), nullable=False),
        sa.Column("northing", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=27700,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=False,
        ),
        sa.Column("lad_code", sa.Text(), nullable=True),
        sa.Column("lsoa11_code", sa.Text(), nullable=True),
        sa.Column("lsoa21_code", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "status IN ('current', 'not in the current list')", name=op.f("ck_postcodes_status")
        ),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_postcodes")),
    )
    op.create_geospatial_index(
        "ix_postcodes_geom",
        "postcodes",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_postcodes_lad_code", "postcodes", ["lad_code"], unique=False)
    op.create_index(op.f("ix_postcodes_lsoa11_code"), "postcodes", ["lsoa11_code"], unique=False)
    op.create_index(op.f("ix_postcodes_lsoa21_code"), "postcodes", ["lsoa21_code"], unique=False)
    op.create_table(
        "releases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("area_type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column(
            "resolution",
            sa.Text(),
            nullable=False,
            comment="bfc, bgc, bsc, buc or as the source says",
        ),
        sa.Column(
            "tolerance_m",
            sa.Double(),
            nullable=False,
            comment="how far its outlines may lie from the truth, metres",
        ),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column(
            "partial",
            sa.Boolean(),
            nullable=False,
            comment="true: holds only some places, nothing national is computed",
        ),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("crs_operation", sa.Text(), nullable=False),
        sa.Column("features_in", sa.Integer(), nullable=False),
        sa.Column("features_stored", sa.Integer(), nullable=False),
        sa.Column("features_refused", sa.Integer(), nullable=False),
        sa.Column(
            "features_elsewhere",
            sa.Integer(),
            nullable=False,
            comment="read, and left out as not of this place",
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "quality IN ('official', 'best-fit', 'approximate', 'invented')",
            name=op.f("ck_releases_quality"),
        ),
        sa.CheckConstraint(
            "state IN ('loaded', 'served', 'withdrawn')", name=op.f("ck_releases_state")
        ),
        sa.CheckConstraint(
            "features_in = features_stored + features_refused + features_elsewhere",
            name=op.f("ck_releases_nothing_lost"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    op.create_index(op.f("ix_releases_area_type"), "releases", ["area_type"], unique=False)
    op.create_table(
        "successions",
        sa.Column("old_code", sa.Text(), nullable=False),
        sa.Column("new_code", sa.Text(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "share",
            sa.Double(),
            nullable=True,
            comment="share of the old area's people; null where not known",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("old_code", "new_code", "changed_on", name=op.f("pk_successions")),
    )
    op.create_index("ix_successions_new_code", "successions", ["new_code"], unique=False)
    op.create_table(
        "weights",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("area_set", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "area_set", "measure", name=op.f("pk_weights")),
    )
    op.create_geospatial_table(
        "boundaries",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
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
            nullable=False,
        ),
        sa.Column(
            "geom_wgs84",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=False,
        ),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["areas.code"], name=op.f("fk_boundaries_code_areas")),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_boundaries_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("release_id", "code", name=op.f("pk_boundaries")),
    )
    op.create_index("ix_boundaries_code", "boundaries", ["code"], unique=False)
    op.create_geospatial_index(
        "ix_boundaries_geom",
        "boundaries",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "ix_boundaries_geom_wgs84",
        "boundaries",
        ["geom_wgs84"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "import_findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column(
            "feature", sa.Integer(), nullable=False, comment="position in the source, from 1"
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("area_before_m2", sa.Double(), nullable=True),
        sa.Column("area_after_m2", sa.Double(), nullable=True),
        sa.CheckConstraint("kind IN ('repaired', 'refused')", name=op.f("ck_import_findings_kind")),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_import_findings_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_findings")),
    )
    op.create_index(
        op.f("ix_import_findings_release_id"), "import_findings", ["release_id"], unique=False
    )
    op.create_table(
        "touching_pairs",
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("code_a", sa.Text(), nullable=False),
        sa.Column("code_b", sa.Text(), nullable=False),
        sa.Column("border_m", sa.Double(), nullable=False),
        sa.CheckConstraint("code_a < code_b", name=op.f("ck_touching_pairs_each_pair_once")),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_touching_pairs_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("release_id", "code_a", "code_b", name=op.f("pk_touching_pairs")),
    )


def downgrade() -> None:
    op.drop_table("touching_pairs")
    op.drop_index(op.f("ix_import_findings_release_id"), table_name="import_findings")
    op.drop_table("import_findings")
    op.drop_geospatial_index(
        "ix_boundaries_geom_wgs84",
        table_name="boundaries",
        postgresql_using="gist",
        column_name="geom_wgs84",
    )
    op.drop_geospatial_index(
        "ix_boundaries_geom", table_name="boundaries", postgresql_using="gist", column_name="geom"
    )
    op.drop_index("ix_boundaries_code", table_name="boundaries")
    op.drop_geospatial_table("boundaries")
    op.drop_table("weights")
    op.drop_index("ix_successions_new_code", table_name="successions")
    op.drop_table("successions")
    op.drop_index(op.f("ix_releases_area_type"), table_name="releases")
    op.drop_table("releases")
    op.drop_index(op.f("ix_postcodes_lsoa21_code"), table_name="postcodes")
    op.drop_index(op.f("ix_postcodes_lsoa11_code"), table_name="postcodes")
    op.drop_index("ix_postcodes_lad_code", table_name="postcodes")
    op.drop_geospatial_index(
        "ix_postcodes_geom", table_name="postcodes", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("postcodes")
    op.drop_index("ix_memberships_parent_code", table_name="memberships")
    op.drop_table("memberships")
    op.drop_index(op.f("ix_areas_type"), table_name="areas")
    op.drop_index(op.f("ix_areas_name"), table_name="areas")
    op.drop_table("areas")
