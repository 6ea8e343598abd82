"""The tables of a partnership's record, each with its columns in order; the same in JSON, XLSX and CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

# text: kept to the letter. word: ids, statuses, periods; blanks around it aside. list: of words or words
# with blanks. steps: (period, figure) pairs. day, moment: ISO 8601. json, json-list: what a program wrote.
Kind = Literal[
    "text",
    "word",
    "whole",
    "number",
    "truth",
    "day",
    "moment",
    "list",
    "steps",
    "json",
    "json-list",
]


class Column(NamedTuple):
    """A column: what its cells hold, whether each row must say it, and how long it may be (of a list: each)."""

    name: str
    kind: Kind = "text"
    is_needed: bool = False
    most: int = 400


class Table(NamedTuple):
    """A table of the record. key : the columns that tell its rows apart; none where their order counts.

    together : of rows without a key, the columns that those which stand together have in common.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    together: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Name the columns in order."""
        return tuple(column.name for column in self.columns)


PARTNERSHIP, MEMBERS, TARGETS, ACTIONS = "partnership", "members", "targets", "actions"
NEIGHBOURHOODS, VERSIONS, GROUND = "neighbourhoods", "neighbourhood_versions", "ground"
PROGRAMMES, PROGRAMME_AREAS, ALLOCATIONS = "programmes", "programme_areas", "allocations"
MANAGERS, SERVICES, BUDGETS = "managers", "services", "budgets"
STRATEGIES, OBJECTIVES, LEARNING, PLANS, SIGN_OFFS = (
    "strategies", "objectives", "learning", "plans", "sign_offs",
)  # fmt: skip
NOTES, DESIGNATIONS, RESULTS = "assessor_notes", "designations", "designation_results"
STATEMENTS, FIGURES, MONEY = "statements", "statement_figures", "money_files"
MONEY_LINES, MONEY_WEIGHTS, MONEY_ESTATES, MONEY_REFUSALS = (
    "money_lines", "money_weights", "money_estates", "money_refusals",
)  # fmt: skip
# What a row, or all that stand together, said when the file was written: by it a later change is noticed.
AS_EXPORTED = "as_exported"
# What a row of ground holds.
CODE, POSTCODE, OUTLINE = "code", "postcode", "outline"

_ID = Column("id", "word", most=160)
_NEIGHBOURHOOD = Column("neighbourhood", "word", is_needed=True, most=120)
_VERSION = Column("version", "whole", is_needed=True)
_PROGRAMME = Column("programme", "word", is_needed=True, most=160)
_NOTE = Column("note", most=4000)
_THEME = Column("theme", most=80)
# Outlines are written in pieces: a cell of a workbook holds 32,767 characters.
PIECE = 30_000

_STATEMENT = (
    Column("programme", "word", is_needed=True, most=160), Column("year", "word", is_needed=True, most=20),
    Column("number", "whole", is_needed=True),
)  # fmt: skip
_PIECE = (Column("piece", "whole", is_needed=True), Column("value", is_needed=True, most=PIECE))
_FILE = Column("file", "word", is_needed=True, most=200)
_LINE = (_FILE, Column("identifier", is_needed=True, most=2000))
# What a line says in words, as it is kept; of these each line has the first.
LINE_TEXTS = (
    "title", "funder", "stage", "currency", "place_kind", "grade", "role", "programme", "theme", "recipient",
    "deliverer", "financial_year", "place_text", "place_code", "place_type", "place_name", "place_postcode",
    "recipient_postcode", "recipient_lad", "related_identifier", "money_kind", "estimate_basis", "part_of",
    "part_share", "outcome",
)  # fmt: skip
_LINE_NEEDS = LINE_TEXTS[:7]


def _said(name: str) -> Column:
    return Column(
        name, is_needed=name in _LINE_NEEDS, most=30_000 if name == "place_code" else 2000
    )


TABLES: Mapping[str, Table] = {
    table.name: table._replace(columns=(*table.columns, Column(AS_EXPORTED, "word", most=40)))
    for table in (
        Table(PARTNERSHIP, "The partnership", (
            Column("slug", "word", is_needed=True, most=80), Column("name", is_needed=True, most=200),
            Column("kind", "word", most=40), Column("authorities", "list", most=200),
            Column("lead", most=200), Column("valid_from", "day"), Column("valid_to", "day"),
        ), ("slug",)),
        Table(MEMBERS, "The register of members", (
            Column("name", is_needed=True, most=200), Column("sector", "word", most=80),
            Column("communities", "list", most=80), Column("role", most=120), Column("joined", "day"),
            Column("left", "day"),
        )),
        Table(NEIGHBOURHOODS, "Saved neighbourhoods", (
            Column("slug", "word", is_needed=True, most=80), Column("name", is_needed=True, most=200),
            Column("named_by", "word", is_needed=True, most=20), Column("kind", "word", is_needed=True, most=20),
        ), ("slug",)),
        Table(VERSIONS, "Versions of their ground", (
            _NEIGHBOURHOOD, _VERSION, Column("reason", is_needed=True, most=1000),
            Column("made_at", "moment", is_needed=True), Column("inputs", "json", is_needed=True, most=30_000),
            Column("figures", "json", is_needed=True, most=30_000),
        ), ("neighbourhood", "version")),
        Table(GROUND, "The ground of each version; without a neighbourhood, the partnership's own outline", (
            Column("neighbourhood", "word", most=120), Column("version", "whole"),
            Column("kind", "word", is_needed=True, most=20), Column("as_at", "day"),
            *_PIECE,
        ), (), ("neighbourhood", "version")),
        Table(PROGRAMMES, "The partnership's own programmes", (
            Column("id", "word", is_needed=True, most=160), Column("title", is_needed=True, most=200),
            Column("funder", is_needed=True, most=200), Column("theme", most=200),
            Column("money_kind", "word", most=40), Column("estimate_basis", "word", most=40),
            Column("period", most=200), Column("first_year", "word", most=20), Column("last_year", "word", most=20),
        ), ("id",)),
        Table(PROGRAMME_AREAS, "Places that they are for: a code on a day, or the whole partnership", (
            _PROGRAMME, Column("place", is_needed=True, most=200), Column("as_at", "day"),
            Column("note", most=2000),
        ), (), ("programme",)),
        Table(ALLOCATIONS, "What they give a place in a year or a period", (
            _PROGRAMME, Column("place", is_needed=True, most=200), Column("year", "word", most=20),
            Column("period", most=2000), Column("amount_pence", "whole", is_needed=True),
            Column("status", "word", most=20), Column("derived", "truth"), Column("basis", most=2000),
            Column("source", most=2000), Column("note", most=2000),
        ), (), ("programme",)),
        Table(TARGETS, "Targets", (
            _ID, Column("title", is_needed=True), _THEME, Column("kind", "word", is_needed=True, most=20),
            Column("scope", "word", most=20), Column("indicator", "word", most=120), Column("measure"),
            Column("unit", "word", most=80), Column("higher_is_worse", "truth"), Column("threshold", "number"),
            Column("reduction_share", "number"), Column("tail_share", "number"),
            Column("baseline_period", "word", is_needed=True, most=20), Column("baseline_value", "number"),
            Column("due_period", "word", is_needed=True, most=20), Column("path", "word", most=20),
            Column("milestones", "steps", most=20), Column("source", most=2000), Column("is_record", "truth"),
        ), ("id",)),
        Table(ACTIONS, "Actions", (
            _ID, Column("title", is_needed=True), _THEME, Column("owner", is_needed=True),
            Column("neighbourhoods", "list", most=120), Column("targets", "list", most=120),
            Column("programmes", "list", most=120), Column("lines", "list", most=120),
            Column("starts_on", "day"), Column("due_on", "day", is_needed=True),
            Column("status", "word", most=20), _NOTE,
        ), ("id",)),
        Table(MANAGERS, "Posts that manage a neighbourhood", (
            _ID, _NEIGHBOURHOOD, Column("role", is_needed=True, most=1000),
            Column("organisation", is_needed=True, most=1000), Column("starts_on", "day"),
            Column("ends_on", "day"), _NOTE,
        ), ("id",)),
        Table(SERVICES, "Service agreements", (
            _ID, _NEIGHBOURHOOD, Column("service", is_needed=True, most=1000),
            Column("provider", is_needed=True, most=1000), Column("standard", is_needed=True, most=4000),
            Column("measure", most=1000), _THEME, Column("starts_on", "day"),
            Column("review_on", "day", is_needed=True), Column("status", "word", most=20), _NOTE,
        ), ("id",)),
        Table(BUDGETS, "Devolved budgets", (
            _ID, _NEIGHBOURHOOD, Column("fund", is_needed=True, most=1000),
            Column("programme", "word", most=120), Column("year", "word", is_needed=True, most=20),
            Column("amount_pence", "whole", is_needed=True), Column("decided_by", is_needed=True, most=1000),
            _NOTE,
        ), ("id",)),
        Table(STRATEGIES, "Versions of the strategy; one without a day of publishing is a draft", (
            _VERSION, Column("published_on", "day"), Column("vision", most=8000),
            Column("reason", is_needed=True, most=1000),
        ), ("version",)),
        Table(OBJECTIVES, "Objectives of each version", (
            _VERSION, Column("title", is_needed=True), _THEME, Column("words", most=8000),
            Column("targets", "list", most=120), Column("actions", "list", most=120),
        ), (), ("version",)),
        Table(LEARNING, "What is to be learnt", (
            _VERSION, Column("title", is_needed=True), Column("by"), Column("due_on", "day"),
            Column("status", "word", most=20),
        ), (), ("version",)),
        Table(PLANS, "Plans that the strategy brings together", (
            _VERSION, Column("title", is_needed=True), Column("owner"), Column("part_of"),
            Column("status", "word", most=20),
        ), (), ("version",)),
        Table(SIGN_OFFS, "Members and the day each signed", (
            _VERSION, Column("member", is_needed=True, most=200), Column("signed_on", "day", is_needed=True),
        ), (), ("version",)),
        Table(NOTES, "The assessor's note of each criterion", (
            Column("criterion", "word", is_needed=True, most=40), Column("words", is_needed=True, most=8000),
            Column("role", is_needed=True, most=200), Column("noted_on", "day", is_needed=True),
        ), ("criterion",)),
        Table(DESIGNATIONS, "Saved designations: the rule, and what it rests on", (
            Column("id", "word", is_needed=True, most=160), Column("name", is_needed=True, most=2000),
            Column("index", "word", is_needed=True, most=160), Column("rule", "json", is_needed=True, most=30_000),
            Column("inputs", "json-list", is_needed=True, most=30_000), Column("made_at", "moment", is_needed=True),
        ), ("id",)),
        Table(RESULTS, "What each designation found, as JSON in pieces", (
            Column("designation", "word", is_needed=True, most=160), *_PIECE,
        ), (), ("designation",)),
        Table(STATEMENTS, "Statements of use; one without a moment of signing is a draft", (
            *_STATEMENT, Column("signed_at", "moment"), Column("words", "json", is_needed=True, most=30_000),
            Column("sign_off", "json", is_needed=True, most=30_000),
        ), ("programme", "year", "number")),
        Table(FIGURES, "The figures of each signed statement, as JSON in pieces", (
            *_STATEMENT, *_PIECE,
        ), (), ("programme", "year", "number")),
        Table(MONEY, "The partnership's own files of money", (
            Column("id", "word", is_needed=True, most=200), Column("title", is_needed=True, most=2000),
            Column("source_file", most=400), Column("sha256", "word", is_needed=True, most=64),
            Column("kind", "word", most=40), Column("lines", "whole"), Column("refused", "whole"),
            Column("publisher", most=2000), Column("licence", most=2000), Column("attribution", most=4000),
            Column("coverage", most=2000), Column("loaded_at", "moment"),
        ), ("id",)),
        Table(MONEY_LINES, "Each line of money as it was read and placed", (
            *_LINE, Column("row", "whole", is_needed=True), *(_said(name) for name in LINE_TEXTS),
            Column("amount_pence", "whole", is_needed=True), Column("awarded_on", "day"),
            # To the last figure, which a spreadsheet's numbers do not keep.
            Column("easting", "word", most=40), Column("northing", "word", most=40),
        ), ("file", "identifier")),
        Table(MONEY_WEIGHTS, "Weights that a line states for areas, for its estimate", (
            *_LINE, Column("area", "word", is_needed=True, most=20), Column("weight", "word", is_needed=True, most=40),
        ), (), ("file", "identifier")),
        Table(MONEY_ESTATES, "The ground of lines that are stated for an estate", (
            *_LINE, Column("kind", "word", is_needed=True, most=20), Column("as_at", "day"), *_PIECE,
        ), (), ("file", "identifier")),
        Table(MONEY_REFUSALS, "Rows of the files that were not stored, and why", (
            _FILE, Column("row", "whole", is_needed=True), Column("column", most=2000), Column("value", most=2000),
            Column("rule", "word", is_needed=True, most=80), Column("detail", is_needed=True, most=4000),
            Column("amount_pence", "whole"), Column("currency", "word", most=3),
        ), (), ("file",)),
    )
}  # fmt: skip
