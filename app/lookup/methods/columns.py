"""Finds what of a table of a user's own says where each row is: a postcode, a point, a code or a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from boundaries.errors import Fault, Invalid
from boundaries.gss import is_gss_code, normalise_code
from boundaries.sources.postcodes import tidy_postcode

Way = Literal["postcode", "lonlat", "grid", "code", "name"]
WAYS: tuple[Way, ...] = ("postcode", "lonlat", "grid", "code", "name")
# Of the filled cells looked at, how many must have the shape that a column is taken for.
MOST_OF_THEM = 0.5

_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9O][A-Z0-9]? [0-9O][A-Z]{2}")
_TITLES: dict[str, tuple[str, ...]] = {
    "postcode": ("postcode", "post code", "postal code", "pcd", "pcds", "pcd2", "zip", "pc"),
    "lon": ("lon", "long", "longitude", "lng"),
    "lat": ("lat", "latitude"),
    "easting": ("easting", "eastings", "oseast1m", "bng e", "x", "grid e"),
    "northing": ("northing", "northings", "osnrth1m", "bng n", "y", "grid n"),
    "name": (
        "name", "area", "area name", "district", "council", "authority", "local authority", "place",
        "ward", "parish", "county", "region", "lad name", "ward name", "la name",
    ),
}  # fmt: skip


class NoPlaceColumn(Invalid):
    """No column of the table says where its rows are, or several might."""

    slug = "no-place-column"
    title = "No column says where the rows are"


@dataclass(frozen=True)
class PlaceColumns:
    """How the rows say where they are, and in which columns (positions, one or two)."""

    way: Way
    at: tuple[int, ...]

    def titles(self, header: Sequence[str]) -> list[str]:
        """Name the columns."""
        return [header[at] for at in self.at]


def read_way(written: str | None) -> Way | None:
    """Check how places are said; raises Invalid naming the ways."""
    for way in WAYS:
        if written == way:
            return way
    if written is None:
        return None
    raise Invalid(
        f"places are not said by {written[:40]!r}; there are {', '.join(WAYS)}",
        [Fault("unknown way", "/way", value=written[:40])],
    )


def plain_title(title: str) -> str:
    """Fold a column's title: `PostCode_1` is `post code 1`, `Lat.` is `lat`."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title)
    return " ".join(re.sub(r"[\W_]+", " ", parted).lower().split())


def find_columns(
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    named: Sequence[str] = (),
    way: Way | None = None,
) -> PlaceColumns:
    """Choose the columns: those named, else those whose titles and cells say a postcode, a point, a code or a name.

    named : titles given by hand; two for a point, in the order of the way. A postcode is taken before
    a point, a point before a code, a code before a name.

    Raises NoPlaceColumn where none is found, or a title stands twice or not at all.
    """
    if named:
        return _by_hand(header, sample, named, way)
    titles = [plain_title(title) for title in header]
    for one in (way,) if way else WAYS:
        found = _FINDERS[one](titles, sample)
        if found is not None:
            return PlaceColumns(one, found)
    kinds = "postcodes, coordinates, codes or names" if way is None else way
    raise NoPlaceColumn(
        f"no column holds {kinds}: name it with --column",
        [Fault("has none", value=", ".join(header)[:200], rule="place-column-found")],
    )


def _by_hand(
    header: Sequence[str], sample: Sequence[Sequence[str]], named: Sequence[str], way: Way | None
) -> PlaceColumns:
    at = []
    for title in named:
        places = [k for k, each in enumerate(header) if each.strip() == title.strip()]
        if len(places) != 1:
            told = "stands in the header more than once" if places else "is no column of the table"
            raise NoPlaceColumn(
                f"{title!r} {told}", [Fault(told, column=title, rule="place-column-found")]
            )
        at.append(places[0])
    if way is None:
        way = _way_of(at, sample)
    wanted = 2 if way in ("lonlat", "grid") else 1
    if len(at) != wanted:
        raise NoPlaceColumn(
            f"a row's place by {way} is in {wanted} column{'s' if wanted > 1 else ''}, not {len(at)}",
            [Fault(f"needs {wanted}", rule="place-column-found")],
        )
    return PlaceColumns(way, tuple(at))


def _way_of(at: Sequence[int], sample: Sequence[Sequence[str]]) -> Way:
    if len(at) == 2:
        sizes = [abs(number) for k in at for number in _numbers(sample, k)]
        return "grid" if sizes and max(sizes) > 360 else "lonlat"
    if _share(sample, at[0], _is_postcode) >= MOST_OF_THEM:
        return "postcode"
    return "code" if _share(sample, at[0], _is_code) >= MOST_OF_THEM else "name"


def _cells(sample: Sequence[Sequence[str]], at: int) -> list[str]:
    return [row[at].strip() for row in sample if at < len(row) and row[at].strip()]


def _share(sample: Sequence[Sequence[str]], at: int, fits: object) -> float:
    cells = _cells(sample, at)
    assert callable(fits), "a test of a cell"
    return sum(bool(fits(cell)) for cell in cells) / len(cells) if cells else 0.0


def _numbers(sample: Sequence[Sequence[str]], at: int) -> list[float]:
    found = []
    for cell in _cells(sample, at):
        try:
            found.append(float(cell.replace(",", "")))
        except ValueError:
            continue
    return found


def _is_postcode(cell: str) -> bool:
    return len(cell) <= 12 and bool(_POSTCODE.fullmatch(tidy_postcode(cell)))


def _is_code(cell: str) -> bool:
    return is_gss_code(normalise_code(cell))


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d,]*\.?\d+(e[-+]?\d+)?", cell, re.IGNORECASE | re.ASCII))


def _titled(titles: Sequence[str], kind: str) -> list[int]:
    wanted = _TITLES[kind]
    return [at for at, title in enumerate(titles) if title in wanted]


def _find_postcode(
    titles: Sequence[str], sample: Sequence[Sequence[str]]
) -> tuple[int, ...] | None:
    shares = [_share(sample, at, _is_postcode) for at in range(len(titles))]
    likely = [at for at, share in enumerate(shares) if share >= MOST_OF_THEM]
    named = [at for at in _titled(titles, "postcode") if shares[at] > 0]
    chosen = [at for at in named if at in likely] or likely or named
    return (max(chosen, key=lambda at: (shares[at], -at)),) if chosen else None


def _find_pair(
    titles: Sequence[str], sample: Sequence[Sequence[str]], kinds: tuple[str, str]
) -> tuple[int, ...] | None:
    found = []
    for kind in kinds:
        at = [k for k in _titled(titles, kind) if _share(sample, k, _is_number) >= MOST_OF_THEM]
        if not at:
            return None
        found.append(at[0])
    return tuple(found)


def _find_lonlat(titles: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[int, ...] | None:
    return _find_pair(titles, sample, ("lon", "lat"))


def _find_grid(titles: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[int, ...] | None:
    return _find_pair(titles, sample, ("easting", "northing"))


def _find_code(titles: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[int, ...] | None:
    shares = [_share(sample, at, _is_code) for at in range(len(titles))]
    best = max(range(len(titles)), key=lambda at: (shares[at], -at), default=None)
    return (best,) if best is not None and shares[best] >= MOST_OF_THEM else None


def _find_name(titles: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[int, ...] | None:
    named = [at for at in _titled(titles, "name") if _cells(sample, at)]
    return (named[0],) if named else None


_FINDERS = {
    "postcode": _find_postcode, "lonlat": _find_lonlat, "grid": _find_grid, "code": _find_code,
    "name": _find_name,
}  # fmt: skip
