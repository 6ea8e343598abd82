"""Says in one sentence why a line of money stands in its bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from app.resources.methods import relate
from app.resources.methods.place import type_words


def reason_of(
    line: Mapping[str, Any], relation: str, shares: Sequence[Any], names: Mapping[int, str],
    kind: str = "priority",
) -> str:  # fmt: skip
    """Say why, for people.

    `shares` are the relation's other columns: neighbourhood, share in it, share in all
    neighbourhoods, share in the partnership, basis. `names` gives the neighbourhoods' names; `kind` is what
    they are: priority or saved.
    Example: "Its small area (LSOA) E01020866 lies wholly in priority neighbourhood 3, Tressell."
    """
    number, own_share, share, share_here, basis, *_ = shares
    place = _place(line)
    if relation == relate.INSIDE_NEIGHBOURHOOD:
        return f"{place} lies wholly in {kind} neighbourhood {_neighbourhood(number, names)}."
    if relation == relate.INSIDE_PARTNERSHIP:
        return f"{place} lies in the partnership and in no {kind} neighbourhood."
    if relation == relate.PARTLY:
        return f"{place} lies in the partnership; {_majority(number, own_share, share, basis, names, kind)}"
    if relation == relate.STRADDLES:
        start = f"{place} lies across the partnership's edge, with {_percent(share_here)} of its {basis} inside"
        if 2 * share_here < 1:
            return f"{start}: less than half, so it counts as outside."
        return f"{start}; {_majority(number, own_share, share, basis, names, kind)}"
    return _simple(line, relation, place)


def _simple(line: Mapping[str, Any], relation: str, place: str) -> str:
    whole = (
        "It is for the whole partnership, and is not pushed below it."
        if line["place_kind"] == "partnership"
        else f"{place} is the partnership's own ground, no finer than a district, and is not pushed below it."
    )
    words = line["place_text"]
    named = f"Its source names the place only as {words!r}, which is not sure enough to place."
    recipient = "Its source gives only the recipient's address, which is not the place of spending."
    return {
        relate.WHOLE: whole,
        relate.OUTSIDE: f"{place} is no part of the partnership.",
        relate.CONTAINS: f"{place} contains the partnership: how much was meant for here is not stated.",
        relate.OVERLAPS: f"{place} covers part of the partnership and ground beyond it:"
        " how much was meant for here is not stated.",
        relate.UNKNOWN: f"{place} cannot be related to the partnership by any loaded lookup.",
        relate.NO_PLACE: named if words else "Its source states no place.",
        relate.RECIPIENT_HERE: recipient,
        relate.RECIPIENT_ELSEWHERE: recipient,
    }[relation]


def _majority(
    number: int | None,
    own_share: Fraction | None,
    share: Fraction,
    basis: str,
    names: Mapping[int, str],
    kind: str,
) -> str:
    if number is None or not share:
        return f"none of it in a {kind} neighbourhood."
    held = f"{_percent(share)} of its {basis} are in {kind} neighbourhoods"
    if 2 * share < 1:
        return f"{held}: less than half, so it counts to the rest."
    if own_share == share:
        return f"{held}, in {_neighbourhood(number, names)}: at least half, so it counts there (estimated)."
    return f"{held}, most of them in {_neighbourhood(number, names)}: at least half, so it counts there (estimated)."


def _place(line: Mapping[str, Any]) -> str:
    kind, code, name = line["place_kind"], line["place_code"], line["place_name"]
    if kind == "area" and code and " " not in code:
        words = f"Its {type_words(line['place_type'])} {code}" + (
            f", {name}," if name and name != code else ""
        )
    elif code and " " in code:
        words = f"The ground of its places ({name})"
    else:
        words = {
            "postcode": f"Its postcode {name or line['place_text']}",
            "point": "Its point",
            "partnership": "Its place, a whole partnership,",
        }.get(kind, f"Its place, {name or line['place_text'] or code},")
    return words


def _neighbourhood(number: int | None, names: Mapping[int, str]) -> str:
    name = names.get(number) if number is not None else None
    return f"{number}, {name}" if name else str(number)


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):.1f}%"
