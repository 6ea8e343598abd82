"""Reads what is asked of a collection's features; every fault is a 400 that names the parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import QueryParams

from app.dependencies import decode_cursor
from app.ogc.crs_names import CRS84, System, lon_lat_box, read_system
from app.ogc.filter_text import JSON, TEXT, read_filter
from app.ogc.spans import Span, read_span
from app.problems import BadPaging, BadRequest, UnknownParameter
from boundaries.crs import Bounds
from boundaries.errors import Fault

DEFAULT_LIMIT, MOST_LIMIT = 100, 10_000
MOST_SORTED = 4
#: what GDAL says that it takes; before its version 3.7 it asks for ten features and then follows `next`. Of pages of
#: 1,000 it writes and reads what no longer fits the processor's cache: a tenth more time for all
GDAL_TAKES, GDAL_BEGINS, GDAL_GOES_ON = "application/geo+json, application/json", 10, 500
MOST_WRITTEN = 2_000  # characters of any parameter but the filter
ITEMS = (
    "bbox", "bbox-crs", "crs", "cursor", "datetime", "f", "filter", "filter-crs", "filter-lang",
    "limit", "properties", "sortby",
)  # fmt: skip
ITEM = ("crs", "datetime", "f", "properties")


@dataclass(frozen=True)
class Question:
    """What is asked: how many, where, when, which, in which system, order and form.

    boxes : west, south, east, north in `box_system` (of degrees: longitude first); two where the
        antimeridian is crossed, none where no box was given.
    limit : None where a file is asked for without one: all. A page's is lowered to what it may hold at most.
    after : total, then the sort values and key of the last feature seen.
    next_limit : how many the pages after this one hold, where that is not `limit`.
    """

    limit: int | None
    boxes: tuple[Bounds, ...] | None
    box_system: System
    system: System
    span: Span | None
    tree: Any
    filter_system: System
    properties: tuple[str, ...] | None
    order: tuple[tuple[str, bool], ...]
    after: list[Any] | None
    asked: Mapping[str, str]
    next_limit: int | None = None

    @property
    def is_plain(self) -> bool:
        """Say whether whole features in CRS84 are asked for, so that the finished texts serve."""
        return self.system is CRS84 and self.properties is None


def check_names(given: QueryParams, allowed: Sequence[str]) -> dict[str, str]:
    """Give the parameters, each once and known. Raises UnknownParameter and BadRequest (400)."""
    unknown = sorted(set(given) - set(allowed))
    if unknown:
        has = "it has " + ", ".join(allowed)
        raise UnknownParameter(
            f"this address has no parameter {', '.join(repr(u[:60]) for u in unknown[:5])}; {has}",
            [Fault(f"unknown parameter; {has}", pointer=f"/{name[:60]}") for name in unknown[:5]],
        )
    asked: dict[str, str] = {}
    for name, value in given.multi_items():
        if name in asked:
            raise _bad(name, "is given twice", value)
        if name != "filter" and len(value) > MOST_WRITTEN:
            raise _bad(name, f"is longer than {MOST_WRITTEN} characters", value)
        asked[name] = value
    return asked


def read_question(
    given: QueryParams, allowed: Sequence[str] = ITEMS, *, is_file: bool = False
) -> Question:
    """Read every parameter of an address of features. Raises BadRequest and its kinds (400)."""
    asked = check_names(given, allowed)
    box_system = read_system("bbox-crs", asked.get("bbox-crs"))
    tree = None
    lang = asked.get("filter-lang")
    if "filter" in asked:
        tree = read_filter(asked["filter"], lang)
    elif lang not in (None, TEXT, JSON):
        read_filter("", lang)
    return Question(
        _limit(asked.get("limit"), is_file=is_file), _boxes(asked.get("bbox"), box_system),
        box_system, read_system("crs", asked.get("crs")), read_span(asked.get("datetime")),
        tree, read_system("filter-crs", asked.get("filter-crs")),
        _listed(asked.get("properties")), _order(asked.get("sortby")),
        _after(asked.get("cursor"), is_file=is_file), asked,
    )  # fmt: skip


def paged_for(question: Question, accept: str) -> Question:
    """Let the pages that follow GDAL's first ten features be large: it would ask 3,285 times for 32,844.

    What is accepted chooses among answers anyway (Vary), so that a shared cache keeps them apart.
    """
    begins = question.limit == GDAL_BEGINS and question.after is None and "limit" in question.asked
    if begins and accept == GDAL_TAKES:
        return replace(question, next_limit=GDAL_GOES_ON)
    return question


def check_properties(question: Question, known: Sequence[str]) -> None:
    """Refuse (400) a property, asked for or sorted by, that the collection does not have."""
    for name, parameter in [
        *((each, "properties") for each in question.properties or ()),
        *((each, "sortby") for each, _ in question.order),
    ]:
        if name not in known:
            raise _bad(parameter, f"names no property; there are {', '.join(known)}", name)
    if question.after is not None and len(question.after) != len(question.order) + 2:
        raise BadPaging("the cursor belongs to another question; leave it out to begin again")


def _limit(written: str | None, *, is_file: bool) -> int | None:
    if written is None:
        return None if is_file else DEFAULT_LIMIT
    if not (written.isascii() and written.isdigit() and int(written[:12]) >= 1):
        beyond = "" if is_file else f" (beyond {MOST_LIMIT}: that many)"
        raise _bad("limit", f"is a whole number from 1{beyond}", written)
    # A page that was cut leads on by its link `next`; a file has none, so that it holds as many as asked for.
    return int(written[:12]) if is_file else min(int(written[:12]), MOST_LIMIT)


def _after(written: str | None, *, is_file: bool) -> list[Any] | None:
    if written is None:
        return None
    if is_file:
        raise _bad("cursor", "belongs to pages; a file holds all that is asked for", written)
    after = decode_cursor(written)
    if not after:
        raise BadPaging("the cursor is not one that this service gave out")
    return after


def _boxes(written: str | None, system: System) -> tuple[Bounds, ...] | None:
    if written is None:
        return None
    parts = written.split(",")
    if len(parts) not in (4, 6):
        raise _bad("bbox", "has four numbers, or six with heights", written)
    try:
        if not written.isascii() or "_" in written:  # which Python's own numbers may have
            raise ValueError
        numbers = [float(part) for part in parts]
    except ValueError:
        raise _bad("bbox", "holds what is no number", written) from None
    if not all(math.isfinite(number) for number in numbers):
        raise _bad("bbox", "holds a number that is not finite", written)
    half = len(numbers) // 2
    first = (numbers[0], numbers[1], numbers[half], numbers[half + 1])
    box = lon_lat_box(first, system)
    if box[1] > box[3]:
        raise _bad("bbox", "ends south of where it begins", written)
    if system.in_metres:
        if box[0] > box[2]:
            raise _bad("bbox", "ends west of where it begins", written)
        return (box,)
    if not (min(box[0], box[2]) >= -180 and max(box[0], box[2]) <= 180):
        raise _bad("bbox", "has longitudes from -180 to 180", written)
    if not (box[1] >= -90 and box[3] <= 90):
        raise _bad("bbox", "has latitudes from -90 to 90", written)
    if box[0] > box[2]:  # across the antimeridian, as the standard says
        return (box[0], box[1], 180.0, box[3]), (-180.0, box[1], box[2], box[3])
    return (box,)


def _listed(written: str | None) -> tuple[str, ...] | None:
    if written is None:
        return None
    return tuple(dict.fromkeys(name for name in written.split(",") if name))


def _order(written: str | None) -> tuple[tuple[str, bool], ...]:
    """Read `sortby`: names, with - before those that fall; a plus sign may have become a blank."""
    if written is None:
        return ()
    order = []
    for part in written.split(","):
        name = part.lstrip(" ")
        falls = name.startswith("-")
        name = name[1:] if name[:1] in {"-", "+"} else name
        if not name:
            raise _bad("sortby", "has an empty name", written)
        order.append((name, falls))
    if len(order) > MOST_SORTED or len({name for name, _ in order}) < len(order):
        raise _bad("sortby", f"has at most {MOST_SORTED} names, each once", written)
    return tuple(order)


def _bad(name: str, said: str, value: str) -> BadRequest:
    detail = f"{name} {said}"
    return BadRequest(detail, [Fault(detail, pointer=f"/{name}", value=value[:80])])
