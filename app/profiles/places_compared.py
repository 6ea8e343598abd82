"""Two to four places of any kind side by side: the same figures of each by one index, with receipts; money a head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.indicators.queries import get_index
from app.neighbourhoods.queries import get_neighbourhood, get_version
from app.partnerships.queries import get_partnership, partnerships_at_once
from app.profiles.place_money import CERTAINTY_TITLES, PlaceMoney, money_of_place
from app.profiles.place_words import NotComparable, PlaceWords, read_place, read_places
from app.profiles.profile import (
    Profile,
    codes_profile,
    neighbourhood_profile,
    partnership_profile,
)
from boundaries.errors import BoundsError, Conflict, Fault, Invalid, NotFound
from boundaries.footprints import Ground, read_ground

_Found = TypeVar("_Found")
PER_HEAD = "sum of amount_pence over the rows where certainty is {certainty}, over people"
MONEY_NOTE = (
    "Money counts at the finest place that its source states. Located lies wholly in the place; of estimated "
    "money most of the people of the stated place live there, and it counts whole; partnership-wide money is "
    "stated for a whole partnership or council, and no part of it is given to a smaller place. Never added."
)


@dataclass(frozen=True)
class ComparedPlace:
    """One place as it was written, its profile, its money, and of a neighbourhood its ground, for a map."""

    asked: PlaceWords
    profile: Profile
    money: PlaceMoney
    ground: Ground | None

    @property
    def address(self) -> str | None:
        """Path of its own page; None where it has none."""
        if self.asked.kind == "areas":
            return f"/areas/{self.asked.codes[0]}" if len(self.asked.codes) == 1 else None
        ending = "/profile" if self.asked.kind == "partnership" else ""
        return f"/{self.asked.words}{ending}"


@dataclass(frozen=True)
class PlacesCompared:
    """The places and what is said of them all; body is the API's answer."""

    places: list[ComparedPlace]
    body: dict[str, Any]


def compare_places(
    session: Session, written: Sequence[str], index: str | None, day: date, *, stage: str = "awarded",
    year: str | None = None,
) -> PlacesCompared:  # fmt: skip
    """Put two to four places side by side, all by one index: that asked for, or the first place's.

    Raises NotComparable naming each place that cannot stand here, Invalid for a stage or year there is not.
    """
    asked = _meant(session, read_places(written))
    if index is not None:
        _of_place("the index", "/index", index, lambda: get_index(session, index))
    made: list[ComparedPlace] = []
    for position, one in enumerate(asked):
        chosen = index or (made[0].profile.body["index"]["id"] if made else None)
        made.append(
            _of_place(
                one.words, f"/place/{position}", one.words,
                lambda one=one, chosen=chosen: _compared(session, one, chosen, day, stage, year),  # type: ignore[misc]
            )
        )  # fmt: skip
    return PlacesCompared(made, _body(made, day, stage, year))


def _meant(session: Session, asked: Sequence[PlaceWords]) -> list[PlaceWords]:
    """Take a bare slug of no partnership for a neighbourhood's. Raises NotComparable where one place comes twice."""
    found = [place_meant(session, one) for one in asked]
    for position, one in enumerate(found):
        if one in found[:position]:
            detail = f"{one.words[:80]} is asked for twice"
            raise NotComparable(detail, [Fault(detail, f"/place/{position}", value=one.words[:80])])
    return found


def place_meant(session: Session, one: PlaceWords) -> PlaceWords:
    """Give the place that is meant: a bare slug is a partnership's, or where there is none a neighbourhood's."""
    if not one.bare or partnerships_at_once(session, [one.name]):
        return one
    try:
        return PlaceWords("neighbourhood", get_neighbourhood(session, one.name).slug)
    except NotFound:
        return one


def known_place(session: Session, written: str) -> PlaceWords:
    """Read one place that a comparison begins with. Raises NotComparable where there is no such place."""
    one = place_meant(session, read_place(written))
    find = {"partnership": get_partnership, "neighbourhood": get_neighbourhood}.get(one.kind)
    if find is not None:
        _of_place(one.words, "/place", one.words, lambda: find(session, one.name))
    return one


def _of_place(words: str, pointer: str, value: str, find: Callable[[], _Found]) -> _Found:
    """Find something of one place; what it is not becomes one refusal that names the place."""
    try:
        return find()
    except (NotFound, Invalid, Conflict) as error:
        raise _named(error, words, pointer, value) from error


def _named(error: BoundsError, words: str, pointer: str, value: str) -> NotComparable:
    detail = f"{words[:80]}: {error.detail}"
    return NotComparable(detail, [Fault(error.detail, pointer, value=value[:80])])


def profile_of_place(
    session: Session, one: PlaceWords, index: str | None, day: date
) -> tuple[Profile, Ground | None]:
    """Profile one place by an index; of a neighbourhood with its ground, for a map."""
    if one.kind == "neighbourhood":
        made = neighbourhood_profile(session, one.name, index, day)
        return made, read_ground(session, get_version(session, one.name).footprint_id)
    if one.kind == "partnership":
        return partnership_profile(session, one.name, index, day), None
    return codes_profile(session, one.codes, index, day), None


def _compared(
    session: Session, one: PlaceWords, index: str | None, day: date, stage: str, year: str | None
) -> ComparedPlace:
    made, ground = profile_of_place(session, one, index, day)
    return ComparedPlace(one, made, money_of_place(session, one, day, stage, year), ground)


def _body(
    made: list[ComparedPlace], day: date, stage: str, year: str | None
) -> dict[str, Any]:  # fmt: skip
    first = made[0].profile.body
    bodies = [one.profile.body for one in made]
    return {
        "as_at": day.isoformat(),
        "index": first["index"],
        "money": {"stage": stage, "year": year, "note": MONEY_NOTE},
        "places": [
            {
                "place": one.asked.words, "kind": one.asked.kind, "title": one.profile.body["title"],
                "address": one.address, "ground": one.profile.body["ground"], "money": one.money.as_plain(),
            }
            for one in made
        ],
        "rows": [*_people_rows(bodies), *_theme_rows(bodies), *_trend_rows(bodies), *_money_rows(made, stage, year)],
        "notes": list(dict.fromkeys(note for body in bodies for note in body["notes"])),
        "inputs": list({put["id"]: put for body in bodies for put in body["inputs"]}.values()),
        "attributions": list(dict.fromkeys(
            told["attribution"] for body in bodies for told in body["receipts"].values()
        )),
    }  # fmt: skip


def _row(
    group: str, title: str, unit: str, figures: Sequence[tuple[Any, str, dict[str, Any] | None]], **more: str
) -> dict[str, Any]:  # fmt: skip
    """Write one figure of every place: (value, why there is none, receipt); of two places also second less first."""
    values = [value for value, _, _ in figures]
    known = len(values) == 2 and None not in values
    return {
        "group": group, "title": title, "unit": unit, **more,
        "values": [
            {
                "value": value, "reason": reason if value is None else "",
                "receipt": receipt if value is not None else None,
            }
            for value, reason, receipt in figures
        ],
        "difference": round(values[1] - values[0], 6) if known else None,
    }  # fmt: skip


def _receipt(body: dict[str, Any], name: str | None) -> dict[str, Any] | None:
    told = body["receipts"].get(name or "")
    if told is None:
        return None
    return {
        key: told[key]
        for key in ("edition", "source", "release", "method", "constants", "also", "attribution", "rows")
    }  # fmt: skip


def _people_rows(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    people = [
        (one["ground"]["people"], "not known for every small area", _receipt(one, one["ground"]["receipt"]))
        for one in bodies
    ]  # fmt: skip
    areas = [
        (one["ground"]["areas"], "", (_receipt(one, one["ground"]["receipt"]) or {}) | {
            "method": "the number of rows with share above 0",
        })
        for one in bodies
    ]  # fmt: skip
    return [
        _row("People", "People", "people", people),
        _row("People", "Small areas, whole or in part", "areas", areas),
    ]


def _theme_rows(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for at, theme in enumerate(bodies[0]["themes"]):
        across = [(body, body["themes"][at]) for body in bodies]
        title, named = theme["title"], {"measure": theme["measure"]}
        missing = "a value is missing on part of the ground"
        for words, unit, key, field in (
            ("level", theme["unit"], "level", "value"),
            ("most deprived % of small areas", "percentile", "percentile_in_england", "percentile"),
            ("share of people in the worst tenth", "share", "share_in_worst_10", "value"),
        ):
            figures = [
                (one[key][field], one[key].get("reason") or missing, _receipt(body, one[key]["receipt"]))
                for body, one in across
            ]  # fmt: skip
            rows.append(_row(title, f"{title}: {words}", unit, figures, **named))
    return rows


def _trend_rows(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row an edition in which any place stands: the per cent of that edition's small areas that it is among."""
    themes = [
        next((one for one in body["themes"] if one["measure"] == "imd"), body["themes"][0])
        for body in bodies
    ]
    rows = []
    for point in themes[0]["trend"]:
        across = [
            (body, next((one for one in theme["trend"] if one["edition"] == point["edition"]), None))
            for body, theme in zip(bodies, themes, strict=True)
        ]  # fmt: skip
        figures = [
            (None, "not held", None)
            if one is None
            else (one["percentile"], one.get("reason") or "not held", _receipt(body, one["receipt"]))
            for body, one in across
        ]  # fmt: skip
        if any(value is not None for value, _, _ in figures):
            title = f"{themes[0]['title']}: most deprived %, {point['title']}"
            rows.append(
                _row("Trend", title, "percentile", figures, measure=themes[0]["measure"], edition=point["edition"])
            )  # fmt: skip
    return rows


def _money_rows(
    made: list[ComparedPlace], stage: str, year: str | None
) -> list[dict[str, Any]]:  # fmt: skip
    rows = []
    for certainty, title in CERTAINTY_TITLES.items():
        sums: list[tuple[Any, str, dict[str, Any] | None]] = []
        heads: list[tuple[Any, str, dict[str, Any] | None]] = []
        for one in made:
            pence, reason = one.money.pence(certainty)
            people = one.profile.body["ground"]["people"]
            told = {
                "edition": f"lines of money {stage}{f' in {year}' if year else ''}", "also": one.money.whose,
                "method": PER_HEAD.format(certainty=certainty), "attribution": " ".join(one.money.attributions),
                "rows": f"/api/v1/compare-places/money.csv?{_asked(one, stage, year)}",
            }  # fmt: skip
            sums.append((pence, reason, told | {"method": told["method"].rsplit(",", 1)[0]}))
            per_head = round(pence / people) if pence is not None and people else None
            heads.append((per_head, reason or "people not known", told))
        words = f"Money {stage}, {title}"
        rows.append(_row("Money", words, "pence", sums, certainty=certainty))
        rows.append(_row("Money", f"{words}, a head", "pence a head", heads, certainty=certainty))
    return rows


def _asked(one: ComparedPlace, stage: str, year: str | None) -> str:
    asked = [("place", one.asked.words), ("stage", stage)]
    return urlencode(asked + ([("year", year)] if year else []))
