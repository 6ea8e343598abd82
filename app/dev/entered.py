"""Which rows people entered and nobody can import again, and how they are copied out and in.

Every table is of one of three kinds: entered (some or all of its rows), imported (its files can be had
again), or worked out (made anew when it is asked for). A test keeps the three lists whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from app.dev.backup_files import Counted

OF_A_PERSON = "partnership_slug IS NOT NULL"
_UPLOADED = "dataset_id = 'upload'"
# Files of money that a person gave: no load of the catalogue named them, and no demo brought them. Files
# that a load reads together have one checksum there and are kept too: more than need be, and not less.
_FILES = (
    "kind <> 'demo' AND NOT EXISTS (SELECT FROM dataset_loads AS known"
    " WHERE known.sha256 = resource_files.sha256)"
)
_OF_FILES = "file_id IN (SELECT id FROM resource_files WHERE " + _FILES + ")"  # noqa: S608  words of ours
_ON_LINES = "SELECT footprint_id FROM resource_lines WHERE " + _OF_FILES  # noqa: S608  words of ours
_BY_HAND = "(file_id IS NULL OR " + _OF_FILES + ")"
_LINES = "SELECT id FROM resource_lines WHERE " + _OF_FILES  # noqa: S608  words of ours
_NUMBERS = "number IN (SELECT number FROM indicators WHERE " + _UPLOADED + ")"  # noqa: S608  words of ours


@dataclass(frozen=True)
class EnteredTable:
    """A table with rows that people entered.

    where: which rows, in words of ours. number: its column that the database counts out, which is given
    anew; by: the column by which the new number is found. follows: columns that hold another table's number.
    """

    name: str
    where: str = "true"
    number: str | None = None
    by: str | None = None
    follows: tuple[tuple[str, str], ...] = ()


_GROUND = "id IN (SELECT footprint_id FROM neighbourhood_versions UNION " + _ON_LINES + ")"  # noqa: S608  words of ours
# Parents before their children.
ENTERED = (
    EnteredTable("tokens"),
    EnteredTable("audit_events"),
    EnteredTable("plans"),
    EnteredTable("planned_areas"),
    EnteredTable("partnerships"),
    EnteredTable("assessor_notes"),
    EnteredTable("own_indices"),
    EnteredTable("designations"),
    EnteredTable("targets"),
    EnteredTable("planned_actions"),
    EnteredTable("written_strategies"),
    EnteredTable("resource_mappings"),
    EnteredTable("footprints", _GROUND, number="id", by="digest"),
    EnteredTable("neighbourhoods"),
    EnteredTable("neighbourhood_versions", follows=(("footprint_id", "footprints"),)),
    EnteredTable("neighbourhood_managers"),
    EnteredTable("service_agreements"),
    EnteredTable("programmes", OF_A_PERSON),
    EnteredTable("devolved_budgets"),
    EnteredTable("statements_of_use"),
    EnteredTable("resource_files", _FILES),
    EnteredTable("resource_lines", _OF_FILES, follows=(("footprint_id", "footprints"),)),
    EnteredTable("resource_line_weights", "line_id IN (" + _LINES + ")"),
    EnteredTable("resource_refusals", _OF_FILES, number="id"),
    EnteredTable("services", _OF_FILES),
    EnteredTable("budgets", _OF_FILES, number="id"),
    EnteredTable("programme_areas", _BY_HAND),
    EnteredTable("programme_allocations", _BY_HAND),
    EnteredTable("indicators", _UPLOADED, number="number", by="id"),
    EnteredTable("indicator_periods", _NUMBERS, follows=(("number", "indicators"),)),
    EnteredTable("indicator_values", _NUMBERS, follows=(("number", "indicators"),)),
)
IMPORTED = frozenset({
    "alembic_version", "area_codes", "area_names", "areas", "boundaries", "dataset_fetches",
    "dataset_findings", "dataset_loads", "geography_changes", "import_findings", "index_summaries",
    "index_values", "indices", "lookup_disagreements", "memberships", "mended_areas", "postcodes",
    "raster_bands", "rasters", "recipient_sums", "release_days", "releases", "successions", "weights",
})  # fmt: skip
WORKED_OUT = frozenset({
    "boundary_levels", "browser_sessions", "feature_sets", "feature_texts", "footprint_shares",
    "footprint_tables", "geography_facts", "import_runs", "input_changes", "kept_features", "map_shapes", "map_sheets",
    "overlap_tables", "overlaps",
    "raster_footprint_values", "raster_values", "raster_zone_tables", "region_answers", "release_levels",
    "release_topology", "sent_once", "touching_pairs",
})  # fmt: skip


def columns_of(connection: Connection[Any], table: str) -> list[str]:
    """The columns of a table that hold what was written, in their order; not those the database works out."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in rows]


def chosen_rows(table: EnteredTable, columns: Sequence[str]) -> sql.Composed:
    """The statement that reads the entered rows of one table, in the order of their first column."""
    return sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY 1").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(table.name),
        sql.SQL(table.where),
    )


def count_entered(
    connection: Connection[Any], table: EnteredTable, columns: Sequence[str]
) -> Counted:
    """Count the entered rows of a table, with the sum of their hashes; numbers that are given anew left out."""
    anew = {table.number, *(column for column, _ in table.follows)}
    shown = [column for column in columns if column not in anew]
    statement = sql.SQL(
        "SELECT count(*), coalesce(sum(hashtextextended((SELECT row(chosen.*)::text), 0)), 0)"
        " FROM (SELECT {} FROM {} WHERE {}) AS chosen"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, shown)),
        sql.Identifier(table.name),
        sql.SQL(table.where),
    )
    rows, checksum = connection.execute(statement).fetchone() or (0, 0)
    return Counted(rows, str(checksum))


def forget_entered(connection: Connection[Any]) -> None:
    """Remove the entered rows, children before their parents; ground stays, for others may stand on it."""
    for table in reversed(ENTERED):
        if table.name != "footprints":
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE {}").format(
                    sql.Identifier(table.name),
                    sql.SQL(table.where),
                )
            )


def stage(
    connection: Connection[Any], table: EnteredTable, columns: Sequence[str]
) -> sql.Identifier:
    """Make an empty copy of a table for this transaction, to which rows are copied before they are stored."""
    staged = sql.Identifier(f"staged_{table.name}")
    connection.execute(
        sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
            staged, sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table.name)
        )
    )
    return staged


def store_staged(connection: Connection[Any], table: EnteredTable, columns: Sequence[str]) -> None:
    """Store the staged rows of a table, with the numbers of this database in place of those they had."""
    for column, other in table.follows:
        parent = next(each for each in ENTERED if each.name == other)
        assert parent.number is not None, "only what is numbered is followed"
        assert parent.by is not None, "and it is found by a name"
        connection.execute(
            sql.SQL(
                "UPDATE {mine} AS mine SET {column} = - here.{number} FROM {staged} AS was"
                " JOIN {other} AS here ON here.{by} = was.{by} WHERE was.{number} = mine.{column}"
            ).format(
                mine=sql.Identifier(f"staged_{table.name}"), column=sql.Identifier(column),
                number=sql.Identifier(parent.number), staged=sql.Identifier(f"staged_{other}"),
                other=sql.Identifier(other), by=sql.Identifier(parent.by),
            )
        )  # fmt: skip
        # Negative meanwhile: a new number may be another row's old one.
        connection.execute(
            sql.SQL("UPDATE {mine} SET {column} = - {column}").format(
                mine=sql.Identifier(f"staged_{table.name}"), column=sql.Identifier(column)
            )
        )
    kept = [column for column in columns if column != table.number]
    named = sql.SQL(", ").join(map(sql.Identifier, kept))
    # The same ground is one row, whoever said it first.
    same = "ON CONFLICT (digest) DO NOTHING" if table.name == "footprints" else ""
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} {}").format(
            sql.Identifier(table.name), named, named, sql.Identifier(f"staged_{table.name}"),
            sql.SQL(same),
        )
    )  # fmt: skip


def set_counters(connection: Connection[Any]) -> None:
    """Let the database count on behind the numbers that were stored with their rows."""
    for table, column in (("tokens", "id"), ("audit_events", "id"), ("statements_of_use", "id")):
        connection.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence(%s, %s), greatest(1, (SELECT max({}) FROM {})))"
            ).format(sql.Identifier(column), sql.Identifier(table)),
            [table, column],
        )
