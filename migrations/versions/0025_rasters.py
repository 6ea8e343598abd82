"""Rasters, their bands, and what each is over areas and footprints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rasters",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column(
            "nature",
            sa.Text(),
            nullable=False,
            comment="extensive: cells are counts and are added; intensive: levels, and averaged",
        ),
        sa.Column(
            "nodata_means",
            sa.Text(),
            nullable=False,
            comment="of a cell without value: nobody is 0, unknown is no value",
        ),
        sa.Column("system", sa.Text(), nullable=False, comment="what its edges are measured in"),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("cell_width", sa.Double(), nullable=False),
        sa.Column("cell_height", sa.Double(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Text(), nullable=True, comment="what part it holds; null: all"),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False, comment="upload: a user's own file"),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the file as it was given"),
        sa.Column(
            "stored_file", sa.Text(), nullable=False, comment="its name in the folder of rasters"
        ),
        sa.Column("stored_sha256", sa.Text(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("nature IN ('extensive', 'intensive')", name=op.f("ck_rasters_nature")),
        sa.CheckConstraint(
            "nodata_means IN ('nobody', 'unknown')", name=op.f("ck_rasters_nodata_means")
        ),
        sa.CheckConstraint("system IN ('bng', 'lon-lat')", name=op.f("ck_rasters_system")),
        sa.CheckConstraint(
            "columns > 0 AND rows > 0 AND cell_width > 0 AND cell_height > 0",
            name=op.f("ck_rasters_cells"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rasters")),
    )
    op.create_index(op.f("ix_rasters_dataset_id"), "rasters", ["dataset_id"])
    op.create_table(
        "raster_bands",
        sa.Column("raster_id", sa.Text(), nullable=False),
        sa.Column("band", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("cells_with_value", sa.BigInteger(), nullable=False),
        sa.Column("cells_without", sa.BigInteger(), nullable=False),
        sa.Column("lowest", sa.Double(), nullable=True),
        sa.Column("highest", sa.Double(), nullable=True),
        sa.Column("total", sa.Double(), nullable=False, comment="of all cells with a value"),
        sa.Column(
            "breaks",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="upper ends of the classes that it is drawn in but the last",
        ),
        sa.ForeignKeyConstraint(
            ["raster_id"],
            ["rasters.id"],
            name=op.f("fk_raster_bands_raster_id_rasters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("raster_id", "band", name=op.f("pk_raster_bands")),
    )
    _create_values()


def _create_values() -> None:
    op.create_table(
        "raster_zone_tables",
        sa.Column("raster_id", sa.Text(), nullable=False),
        sa.Column("band", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("areas", sa.Integer(), nullable=False, comment="that the grid reaches"),
        sa.Column(
            "areas_without",
            sa.Integer(),
            nullable=False,
            comment="of these, those where no cell has a value",
        ),
        sa.Column(
            "inside",
            sa.Double(),
            nullable=False,
            comment="sum of value times ground, over all areas",
        ),
        sa.Column(
            "outside",
            sa.Double(),
            nullable=False,
            comment="the same of the cells' ground in no area",
        ),
        sa.Column(
            "computed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["raster_id", "band"],
            ["raster_bands.raster_id", "raster_bands.band"],
            name=op.f("fk_raster_zone_tables_raster_id_band_raster_bands"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_raster_zone_tables_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "raster_id", "band", "release_id", name=op.f("pk_raster_zone_tables")
        ),
    )
    op.create_index(op.f("ix_raster_zone_tables_release_id"), "raster_zone_tables", ["release_id"])
    op.create_table(
        "raster_values",
        sa.Column("raster_id", sa.Text(), nullable=False),
        sa.Column("band", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column(
            "share_with_value", sa.Double(), nullable=False, comment="of the area's ground, 0 to 1"
        ),
        sa.CheckConstraint(
            "share_with_value > 0 OR value IS NULL", name=op.f("ck_raster_values_known")
        ),
        sa.ForeignKeyConstraint(
            ["raster_id", "band", "release_id"],
            [
                "raster_zone_tables.raster_id",
                "raster_zone_tables.band",
                "raster_zone_tables.release_id",
            ],
            name=op.f("fk_raster_values_raster_id_band_release_id_raster_zone_tables"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "raster_id", "band", "release_id", "code", name=op.f("pk_raster_values")
        ),
    )
    op.create_index(op.f("ix_raster_values_code"), "raster_values", ["code"])
    op.create_table(
        "raster_footprint_values",
        sa.Column("raster_id", sa.Text(), nullable=False),
        sa.Column("band", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("footprint_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column(
            "share_with_value",
            sa.Double(),
            nullable=False,
            comment="of the footprint's ground, 0 to 1",
        ),
        sa.CheckConstraint(
            "share_with_value > 0 OR value IS NULL", name=op.f("ck_raster_footprint_values_known")
        ),
        sa.ForeignKeyConstraint(
            ["raster_id", "band"],
            ["raster_bands.raster_id", "raster_bands.band"],
            name=op.f("fk_raster_footprint_values_raster_id_band_raster_bands"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["footprint_id"],
            ["footprints.id"],
            name=op.f("fk_raster_footprint_values_footprint_id_footprints"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "raster_id", "band", "footprint_id", name=op.f("pk_raster_footprint_values")
        ),
    )
    op.create_index(
        op.f("ix_raster_footprint_values_footprint_id"), "raster_footprint_values", ["footprint_id"]
    )


def downgrade() -> None:
    # The next load reads these files again, although their bytes are the same.
    op.execute(
        "UPDATE dataset_loads SET sha256 = '' WHERE dataset_id IN (SELECT dataset_id FROM rasters)"
    )
    for table in (
        "raster_footprint_values",
        "raster_values",
        "raster_zone_tables",
        "raster_bands",
        "rasters",
    ):
        op.drop_table(table)
