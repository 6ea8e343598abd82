"""HTTP face of looking up; the hot addresses read their own parameters, for the framework's reader costs more."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO, Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import Engine

from app.dependencies import Heavy, ReadSession
from app.dependencies import as_at as read_as_at
from app.lookup.answers import check_types, place_of_point
from app.lookup.geometry import GEOMETRY_TYPES, look_up_geometry, read_geometry
from app.lookup.methods.columns import read_way
from app.lookup.rows import TableAsked, look_up_table
from app.lookup.standing import Standing
from app.problems import UnknownParameter
from app.sessions import reads_of
from app.vintages.sent import BODIES, CSV_ANSWER, as_records, read_sent_table
from app.whole_files import send_parts
from boundaries.errors import BoundsError, Fault, Invalid
from boundaries.point_lookup import atlas_folder

# Included without the check of parameters of other rooms: these addresses have their own.
hot = APIRouter(tags=["areas"])
router = APIRouter(tags=["areas"])

MOST_PARAMETERS = 64
# Of a table's: a fourth of what a processor does that does nothing else (43,000 postcodes, 2026-11).
ROWS_A_SECOND = 10_000
_NUMBERS = {"lon": 180.0, "lat": 90.0, "easting": 2e6, "northing": 2e6}


@dataclass(frozen=True)
class Asked:
    """What the query string of a look-up says."""

    numbers: Mapping[str, float]
    types: tuple[str, ...]
    day: date


def read_query(written: bytes, numbers: tuple[str, ...] = ()) -> Asked:
    """Read `type`, `as_at` and some numbers; `type` may be repeated or hold commas.

    Raises UnknownParameter (400), and Invalid (422) for a value that is none, not finite, out of
    range or given twice.
    """
    try:
        pairs = parse_qsl(
            written.decode("ascii"), keep_blank_values=True, errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )  # fmt: skip
    except ValueError:
        raise Invalid(
            "the query of the address cannot be read", [Fault("not UTF-8, or too long")]
        ) from None
    allowed = (*numbers, "type", "as_at")
    found: dict[str, float] = {}
    types: list[str] = []
    day: str | None = None
    for name, value in pairs:
        if name in numbers:
            if name in found:
                raise Invalid(
                    f"{name} is given twice", [Fault("given twice", f"/{name}", value=value[:80])]
                )
            found[name] = _number(name, value)
        elif name == "type":
            types += [part.strip() for part in value.split(",")]
        elif name == "as_at":
            day = value
        else:
            has = "it has " + ", ".join(sorted(allowed))
            raise UnknownParameter(
                f"this address has no parameter {name[:80]!r}; {has}",
                [Fault(f"unknown parameter; {has}", pointer=f"/{name[:80]}")],
            )
    return Asked(found, check_types(types), read_as_at(day))


def _number(name: str, value: str) -> float:
    try:
        number = float(value) if value.isascii() and "_" not in value else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Invalid(
            f"{name} must be a number, not {value[:80]!r}",
            [Fault("must be a number", f"/{name}", value=value[:80])],
        )
    limit = _NUMBERS[name]
    if abs(number) > limit:
        raise Invalid(
            f"{name} must lie between {-limit:g} and {limit:g}",
            [Fault(f"must lie between {-limit:g} and {limit:g}", f"/{name}", value=value[:80])],
        )
    return number


def standing_by(state: Any, asked: Engine) -> Standing:
    """Give the process's atlas and layers by the database that is asked, made at its first question."""
    if not hasattr(state, "standings"):
        state.standings = {}
    kept: dict[Engine, Standing] = state.standings
    if asked not in kept:
        kept[asked] = Standing(asked, state.settings)
    return kept[asked]


async def answer_point(standing: Standing, query: bytes) -> bytes:
    """Answer a query string about a point, as JSON. Raises UnknownParameter (400) and Invalid (422)."""
    asked = read_query(query, ("lon", "lat", "easting", "northing"))
    given = asked.numbers
    place = place_of_point(
        given.get("lon"), given.get("lat"), given.get("easting"), given.get("northing")
    )
    return await standing.point(place, asked.types, asked.day)


async def answer_postcode(standing: Standing, written: str, query: bytes) -> bytes:
    """Answer a query string about a postcode, as JSON. Raises also UnknownPostcode (404)."""
    asked = read_query(query)
    return await standing.postcode(written[:20], asked.types, asked.day)


def _standing_of(request: Request) -> Standing:
    return standing_by(request.app.state, reads_of(request))


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _described(names: Mapping[str, str]) -> dict[str, Any]:
    """Describe query parameters for the OpenAPI document, which cannot see them."""
    texts = {
        "type": "area types, repeated or with commas between; default all",
        "as_at": "the day asked about, YYYY-MM-DD; default today",
    }
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "description": words,
             "schema": {"type": "number" if name in _NUMBERS else "string"}}
            for name, words in {**names, **texts}.items()
        ]
    }  # fmt: skip


@hot.get(
    "/lookup/point",
    openapi_extra=_described(
        {"lon": "longitude, WGS84 degrees", "lat": "latitude", "easting": "British National Grid, metres",
         "northing": "British National Grid, metres"}
    ),
)  # fmt: skip
async def lookup_point(request: Request) -> Response:
    """What lies at a point, given as longitude and latitude or as easting and northing: one area a type.

    With the metres to each area's border. A point in an overlap takes the lowest code, in a gap the
    nearest area, noted. Outside England: 200, no areas, and a note.
    """
    return _json(await answer_point(_standing_of(request), request.scope["query_string"]))


_PC = {
    "name": "pc", "in": "path", "required": True, "description": "a postcode, or the beginning of one",
    "schema": {"type": "string"},
}  # fmt: skip


@hot.get(
    "/lookup/postcode/{pc}",
    openapi_extra={"parameters": [_PC, *_described({})["parameters"]]},
)
async def lookup_postcode(request: Request) -> Response:
    """Where a postcode is, with the metres to each border and, where one is near, the other side of it.

    A part of a postcode lists its districts with shares. One that is not here is 404; where a letter
    was written for a digit, what may be meant is named.
    """
    written = str(request.path_params["pc"])
    query = request.scope["query_string"]
    return _json(await answer_postcode(_standing_of(request), written, query))


@router.post("/lookup/csv", dependencies=[Heavy], openapi_extra=BODIES, responses=CSV_ANSWER)
def lookup_csv(
    request: Request,
    session: ReadSession,
    sent: Annotated[tuple[bytes, str], Depends(read_sent_table)],
    type: Annotated[list[str], Query(max_length=40)] = [],  # noqa: B006  FastAPI copies it
    as_at: Annotated[str | None, Query()] = None,
    column: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    way: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Send a CSV back with what each row's place is in: same rows, same order, columns added, a status for each.

    The column is found (postcodes, longitude and latitude, easting and northing, codes of any scheme, names), or
    named with `column` (two for a point) and `way`. A file that is cut off is refused whole. At most 1,200,000
    lines (10,000 for each second that a long request may take). Stores nothing.
    """
    types = tuple(part for each in type for part in each.split(","))
    asked = TableAsked(types, read_as_at(as_at), tuple(column), read_way(way))
    records = as_records(request, sent, ROWS_A_SECOND)
    folder = atlas_folder(request.app.state.settings.data_dir)
    # On disk and whole before the first byte is sent: a fault in the last row is a refusal, not half an answer.
    whole = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115  closed when sent
    try:
        look_up_table(session, records, asked, folder, whole)
    except BoundsError:
        whole.close()
        raise
    whole.seek(0)
    return send_parts(request, _blocks(whole), "text/csv; charset=utf-8")


def _blocks(file: IO[str]) -> Generator[bytes]:
    with file:
        while block := file.read(1 << 18):
            yield block.encode()


@router.post("/lookup/geometry", dependencies=[Heavy])
def lookup_geometry(
    session: ReadSession,
    geometry: Annotated[dict[str, Any], Body()],
    type: Annotated[list[str], Query(max_length=40)] = [],  # noqa: B006
    as_at: Annotated[str | None, Query()] = None,
) -> dict[str, Any]:
    """List the areas that an outline lies in: the body is a GeoJSON geometry or feature, WGS84.

    With the share of the outline in each area and of each area in the outline, by ground and, where known, by
    postcodes and people. Types default to districts and wards.
    """
    types = tuple(part for each in type for part in each.split(","))
    kinds = check_types(types or GEOMETRY_TYPES)
    return look_up_geometry(session, read_geometry(geometry), kinds, read_as_at(as_at))
