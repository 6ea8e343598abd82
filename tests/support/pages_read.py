"""How many pages of the database an answer looks at: what is counted where every page would come from a cold disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import event
from sqlalchemy.orm import Session


class Looked(NamedTuple):
    """One statement: its words, the pages that it looked at (each time it did), and by what.

    planned : the indexes that it would look in. found : those it did look in, and the named steps that gave rows
    """

    statement: str
    pages: int
    planned: frozenset[str]
    found: frozenset[str]


def looks_of(session: Session, ask: Callable[[], object]) -> list[Looked]:
    """Ask, and tell of each statement that reads what it looked at when it is run once more."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return [_look(session, *each) for each in asked if "SELECT" in each[0]]


def _look(session: Session, statement: str, parameters: Any) -> Looked:
    explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    with session.connection().connection.cursor() as cursor:
        cursor.execute(explained, parameters)
        plan = cursor.fetchone()[0][0]["Plan"]
    nodes = _nodes(plan)
    indexed = [
        (each, f"{each['Node Type']} {each['Index Name']}")
        for each in nodes
        if "Index Name" in each
    ]
    steps = {
        str(each["Subplan Name"])
        for each in nodes
        if "Subplan Name" in each and each["Actual Rows"] > 0
    }
    return Looked(
        statement, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], frozenset(name for _, name in indexed),
        frozenset(name for each, name in indexed if each["Actual Loops"] > 0) | steps,
    )  # fmt: skip


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for each in plan.get("Plans", ()) for node in _nodes(each))]
