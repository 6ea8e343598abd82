"""Reads a plan of new unitaries from TOML, JSON or CSV; looks nothing up, so a plan may still name what is not there.

Every fault of the file is collected before it is refused.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import orjson

from boundaries.errors import Fault, Invalid, Refused

# Of a plan that stands in an address, so that its answer can be sent to somebody as a link.
MOST_LETTERS = 6_000
MOST_UNITARIES = 60
MOST_CODES = 1000
MOST_BYTES = 1_000_000
MOST_NAME = 120
How = Literal["toml", "json", "csv"]
COLUMNS = ("unitary", "council", "part")


class PlanInvalid(Invalid):
    """A plan of new unitaries cannot be rehearsed as it is written."""

    slug = "rehearsal-invalid"
    title = "That plan cannot be rehearsed"


class PlanUnreadable(Refused):
    """The file is not the TOML, JSON or CSV of a plan."""

    slug = "plan-unreadable"
    title = "That is no readable plan"


@dataclass(frozen=True)
class Proposed:
    """One unitary: its name, the councils that it takes whole (codes or names), and parts of others (codes)."""

    name: str
    councils: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What is to be rehearsed: a name, the day the unitaries begin, and the unitaries."""

    name: str
    day: date | None
    unitaries: tuple[Proposed, ...]
    file: str = ""


def how_written(name: str) -> How:
    """Say by a file's ending how it is written; raises PlanUnreadable."""
    ending = name.rsplit(".", 1)[-1].lower()
    if ending == "toml":
        return "toml"
    if ending in ("json", "csv"):
        return "json" if ending == "json" else "csv"
    raise PlanUnreadable(
        f"a plan is a .toml, .json or .csv file, not {name!r}", [Fault("unknown ending", file=name)]
    )


def guess_how(written: str) -> How:
    """Guess how a text that somebody pasted is written: JSON opens with a brace, CSV with its column names."""
    text = written.lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return "json"
    first = text.partition("\n")[0].lower()
    return "csv" if first.replace('"', "").strip().startswith("unitary,") else "toml"


def read_plan(written: bytes, how: How, file: str = "") -> Plan:
    """Read a plan. Raises PlanUnreadable for what is no such file, PlanInvalid with every fault of one that is."""
    if len(written) > MOST_BYTES:
        raise PlanUnreadable(
            f"the plan has {len(written):,} bytes; at most {MOST_BYTES:,} are read"
        )
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlanUnreadable(f"the plan is not UTF-8: byte {error.start}") from error
    if how == "csv":
        return _from_csv(text, file)
    try:
        found = orjson.loads(text) if how == "json" else tomllib.loads(text)
    except (orjson.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise PlanUnreadable(f"the plan is not readable {how.upper()}: {error}") from error
    return plan_of(found, file)


def plan_of(found: Any, file: str = "") -> Plan:
    """Make a plan of plain values (`name`, `day`, `unitaries` of `name`, `councils`, `parts`); raises PlanInvalid."""
    if not isinstance(found, Mapping):
        raise PlanInvalid("a plan is a table with `name`, `day` and `unitaries`")
    faults = [
        Fault(f"unknown word {key!r}; there are name, day, unitaries", f"/{key}", file=file)
        for key in map(str, found)
        if key not in ("name", "day", "unitaries", "unitary")
    ]
    rows = found.get("unitaries", found.get("unitary"))
    if not isinstance(rows, list) or not rows:
        faults.append(Fault("unitaries: a list with at least one", "/unitaries", file=file))
        rows = []
    if len(rows) > MOST_UNITARIES:
        faults.append(Fault(f"at most {MOST_UNITARIES} unitaries", "/unitaries", file=file))
        rows = []
    unitaries = [_proposed(row, n, faults, file) for n, row in enumerate(rows)]
    name = found.get("name", "This plan")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= MOST_NAME:
        faults.append(Fault(f"name: 1 to {MOST_NAME} letters", "/name", file=file))
        name = ""
    day = _day(found.get("day"), faults, file)
    return _checked(Plan(name.strip(), day, tuple(unitaries), file), faults)


def _day(written: object, faults: list[Fault], file: str) -> date | None:
    if written is None:
        return None
    try:
        day = date.fromisoformat(str(written)[:10] if isinstance(written, date) else str(written))
    except ValueError:
        faults.append(Fault("day: written YYYY-MM-DD", "/day", file=file, value=str(written)[:40]))
        return None
    if day == date.min:  # councils are taken as they were on the day before
        faults.append(Fault("day: one that has a day before it", "/day", file=file, value=str(day)))
    return day


def _proposed(row: object, n: int, faults: list[Fault], file: str) -> Proposed:
    where = f"/unitaries/{n}"
    if not isinstance(row, Mapping):
        faults.append(Fault("a unitary is a table with `name` and `councils`", where, file=file))
        return Proposed("")
    faults += [
        Fault(f"unknown word {key!r}; there are name, councils, parts", f"{where}/{key}", file=file)
        for key in map(str, row)
        if key not in ("name", "councils", "parts")
    ]
    name = row.get("name")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= MOST_NAME:
        faults.append(Fault(f"name: 1 to {MOST_NAME} letters", f"{where}/name", file=file))
        name = ""
    lists = []
    for key in ("councils", "parts"):
        words = row.get(key, [])
        if not isinstance(words, list) or not all(isinstance(w, str) and w.strip() for w in words):
            faults.append(Fault(f"{key}: a list of codes or names", f"{where}/{key}", file=file))
            words = []
        lists.append(tuple(word.strip() for word in words))
    return Proposed(name.strip(), *lists)


def _checked(plan: Plan, faults: list[Fault]) -> Plan:
    seen: set[str] = set()
    for n, one in enumerate(plan.unitaries):
        folded = one.name.casefold()
        if folded and folded in seen:
            faults.append(
                Fault("two unitaries of one name", f"/unitaries/{n}/name", file=plan.file, value=one.name)
            )  # fmt: skip
        seen.add(folded)
        if one.name and not one.councils and not one.parts:
            faults.append(
                Fault("it takes no council and no part", f"/unitaries/{n}", file=plan.file, value=one.name)
            )  # fmt: skip
    if sum(len(one.councils) + len(one.parts) for one in plan.unitaries) > MOST_CODES:
        faults.append(
            Fault(f"at most {MOST_CODES} councils and parts", "/unitaries", file=plan.file)
        )
    if faults:
        raise PlanInvalid("; ".join(dict.fromkeys(f.detail for f in faults)), faults)
    return plan


def _from_csv(text: str, file: str) -> Plan:
    """Read the columns unitary, council and, if wanted, part: a line gives one council or part to a unitary."""
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise PlanUnreadable(f"the plan is not readable CSV: {error}") from error
    head = [cell.strip().lower() for cell in lines[0]] if lines else []
    if not {"unitary", "council"} <= set(head) or set(head) - set(COLUMNS):
        raise PlanUnreadable(
            f"the first line names the columns {', '.join(COLUMNS)} (part may be left out), "
            f"not {', '.join(head)[:80]!r}"
        )
    faults: list[Fault] = []
    councils: dict[str, list[str]] = {}
    parts: dict[str, list[str]] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            faults.append(
                Fault(f"{len(cells)} cells where {len(head)} columns are named", file=file, row=number)
            )  # fmt: skip
            continue
        row = {key: cell.strip() for key, cell in zip(head, cells, strict=True)}
        council, part = row["council"], row.get("part", "")
        if not row["unitary"] or bool(council) == bool(part):
            faults.append(
                Fault("a unitary, and either a council or a part", file=file, row=number, column="council")
            )  # fmt: skip
            continue
        councils.setdefault(row["unitary"], [])
        parts.setdefault(row["unitary"], [])
        (councils if council else parts)[row["unitary"]].append(council or part)
    unitaries = [
        Proposed(name, tuple(codes), tuple(parts[name])) for name, codes in councils.items()
    ]
    if not unitaries and not faults:
        faults.append(Fault("there is no line under the column names", file=file, row=2))
    if len(unitaries) > MOST_UNITARIES:
        faults.append(Fault(f"at most {MOST_UNITARIES} unitaries", file=file))
    return _checked(Plan("This plan", None, tuple(unitaries), file), faults)
