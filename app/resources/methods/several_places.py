"""Places of published files, where nobody can be asked, and several places of one line taken together."""

from __future__ import annotations

from collections.abc import Sequence

from app.resources.methods.place import (
    REGION_WORDS,
    WIDE_NAMES,
    PlaceLookups,
    Placement,
    PlaceUnsure,
    Stated,
    name_key,
    place_by_code,
    place_by_words,
    placement_of,
    wide_placement,
)


def place_published(
    places: Sequence[Stated], lookups: PlaceLookups, *, recipient_address: bool
) -> Placement:
    """Place a line of a published file, where nobody can be asked: words that are not sure stay words (grade G).

    Several places make one placement of all of them, of the coarsest grade (`together`). With no place
    at all the recipient's address gives grade F (in no total), and without that G.
    """
    placed = [place_stated(each, lookups) for each in places]
    if not placed:
        if recipient_address:
            return Placement("recipient", "F", name="recipient's address only")
        return Placement("none", "G")
    return together(placed, lookups)


def together(placed: Sequence[Placement], lookups: PlaceLookups) -> Placement:
    """Make one placement of several places that one line is for, without shares: their codes, the coarsest grade.

    A point and a postcode stand for the small area that holds them, an estate for itself alone. Where
    one of them cannot be told, the whole cannot (grade G): the line may be for that one.
    """
    if len(placed) == 1:
        return placed[0]
    text = "; ".join(each.text for each in placed if each.text)
    candidates = tuple(found for each in placed for found in each.candidates)
    held = [_code_held(each, lookups) for each in placed]
    if any(code is None for code in held):
        why = "One of its several places cannot be told, or is no area."
        return Placement("none", "G", text, note=why, candidates=candidates)
    codes = sorted({one for code in held if code for one in code.split()})
    if len({(each.kind, code) for each, code in zip(placed, held, strict=True)}) == 1:
        return placed[0]
    grade = max(each.grade for each in placed)
    kind = "wide" if grade == "E" else "area"
    names = "; ".join(each.name or each.code or "" for each in placed)
    return Placement(kind, grade, text, " ".join(codes), "several", names)


def _code_held(placement: Placement, lookups: PlaceLookups) -> str | None:
    if placement.code is not None:
        return placement.code
    if placement.postcode is not None:
        return lookups.spots.get(placement.postcode)
    if placement.lon is not None and placement.lat is not None:
        return lookups.spots.get((placement.lon, placement.lat))
    return None


def place_stated(stated: Stated, lookups: PlaceLookups) -> Placement:
    """Place one stated place: by its code, its point, its country or a name that is sure; else grade G."""
    if stated.name and name_key(stated.name) in lookups.confirmed:
        return _place_confirmed(stated.name, lookups)
    if stated.code:
        return _place_stated_code(stated.code, stated.name, lookups)
    if stated.lon is not None and stated.lat is not None:
        return point_placement(stated)
    if stated.country and stated.country not in ("GB", "UK"):
        where = stated.name or stated.country
        return Placement("abroad", "E", where, type="abroad", name=where)
    return _place_in_britain(stated, lookups)


def _place_confirmed(name: str, lookups: PlaceLookups) -> Placement:
    try:
        return place_by_words(name, lookups)
    except PlaceUnsure as unsure:
        return Placement("none", "G", name, note=unsure.detail)


def _place_in_britain(stated: Stated, lookups: PlaceLookups) -> Placement:
    if stated.name:
        return _place_published_name(stated.name, lookups)
    return wide_placement("UK", "K02000001", lookups) if stated.country else Placement("none", "G")


def point_placement(stated: Stated) -> Placement:
    """Place a line by a point in degrees."""
    return Placement(
        "point",
        "A",
        stated.name,
        type="point",
        name=stated.name,
        lon=stated.lon,
        lat=stated.lat,
    )


def place_told(places: Sequence[Stated], lookups: PlaceLookups) -> list[Placement]:
    """Place what a plain table states, each place for itself. Raises PlaceUnsure for the first that is not sure."""
    placed = []
    for each in places:
        if each.lon is not None and each.lat is not None:
            placed.append(point_placement(each))
            continue
        try:
            placed.append(place_by_words(each.name or "", lookups))
        except PlaceUnsure as unsure:
            unsure.words = each.name or ""
            raise
    return placed


def _place_stated_code(code: str, name: str | None, lookups: PlaceLookups) -> Placement:
    try:
        placed = place_by_code(code, lookups)
    except PlaceUnsure as unsure:
        return Placement("none", "G", name or code, note=unsure.detail)
    return placed._replace(text=name or code, name=placed.name or name)


def _place_published_name(name: str, lookups: PlaceLookups) -> Placement:
    """Take a nation or region by its exact name, or the county or district of "Region - Name" if just one bears it."""
    key = name_key(name)
    if key in WIDE_NAMES:
        return wide_placement(name, WIDE_NAMES[key], lookups)
    region, dash, rest = name.partition(" - ")
    if dash and name_key(region) in REGION_WORDS:
        wider = [
            each
            for each in lookups.by_name.get((name_key(rest), True), [])
            if each.type in ("cty", "lad", "cauth")
        ]
        if len(wider) == 1:
            return placement_of(wider[0], name, "Found by its name; the source gives no code.")
    return Placement(
        "none",
        "G",
        name,
        note="The source names a place but gives no code, and the name is not sure.",
        candidates=tuple(lookups.spelled_like(key)),
    )
