"""what finding points, postcodes and names needs: a count of the changes of the geography."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WATCHED = ("areas", "area_codes", "area_names", "boundaries", "releases")


def upgrade() -> None:
    op.create_table(
        "geography_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_geography_changes")),
    )
    # A row a statement and never an update: two loads at once do not wait for each other, and a
    # change counts when it is committed.
    op.execute(
        "CREATE FUNCTION note_geography_change() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN INSERT INTO geography_changes (table_name) VALUES (TG_TABLE_NAME); RETURN NULL; END $$"
    )
    for table in WATCHED:
        op.execute(
            f"CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION note_geography_change()"
        )


def downgrade() -> None:
    for table in WATCHED:
        op.execute(f"DROP TRIGGER note_change ON {table}")
    op.execute("DROP FUNCTION note_geography_change()")
    op.drop_table("geography_changes")
